"""What does a monitoring system read of the hub? The load of alerts and the channels, as Prometheus text.

A pure function, so that a command can print it for a collector of text files and a web server can serve it.
It holds ids and numbers, and neither names nor medicines. The only module that knows prometheus-client.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from controller.wire.instants import SECOND_MS
from hub.reporting.load import Load
from hub.store.ports.channels import ChannelKey, Proof

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
QUANTILES = {"0.5": "median_ms", "0.9": "most_ms"}


def metrics_text(load: Load, channels: Mapping[ChannelKey, Proof]) -> str:
    """Write the metrics in the text format that Prometheus scrapes."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Known([*_of_load(load), _of_channels(channels)]))
    return generate_latest(registry).decode("utf-8")


class _Known(Collector):
    """Metrics that are worked out already."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = tuple(metrics)

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"pillbox_{name}", text, labels=labels)


def _of_load(load: Load) -> Iterator[Metric]:
    period = _gauge("load_period_weeks", "How many weeks the figures of the load cover.")
    period.add_metric([], load.weeks)
    yield period
    yield from _of_patients(load)
    yield from _of_caregivers(load)


def _of_patients(load: Load) -> Iterator[Metric]:
    weekly = _gauge("alerts_per_week", "Alerts raised, a week.", "patient")
    untold = _gauge("alerts_untold", "Alerts of the period that have reached nobody.", "patient")
    still_open = _gauge("alerts_open", "Alerts of the period that are not resolved.", "patient")
    steps = _gauge("ladder_steps_used_ratio", "The mean part of the ladder that was climbed.", "patient")
    kinds = _gauge("alerts", "Alerts raised in the period.", "patient", "kind")
    false = _gauge("alerts_false", "Alerts that were corrected or went by themselves.", "patient", "kind")
    for one in load.patients:
        weekly.add_metric([one.patient], one.a_week)
        untold.add_metric([one.patient], one.untold)
        still_open.add_metric([one.patient], one.still_open)
        if one.steps_used is not None:
            steps.add_metric([one.patient], one.steps_used)
        for kind in one.kinds:
            kinds.add_metric([one.patient, kind.kind], kind.alerts)
            false.add_metric([one.patient, kind.kind], kind.false)
    yield from (weekly, untold, still_open, steps, kinds, false)


def _of_caregivers(load: Load) -> Iterator[Metric]:
    who = ("patient", "caregiver")
    weekly = _gauge("caregiver_alerts_per_week", "Alerts that reached a caregiver, a week.", *who)
    false = _gauge("caregiver_alerts_false", "Of those, how many asked for nothing.", *who)
    taken = _gauge("caregiver_alerts_taken_on", "Of those, how many this caregiver took on.", *who)
    spans = _gauge("caregiver_answer_seconds", "From being told to taking it on.", *who, "quantile")
    for patient in load.patients:
        for one in patient.caregivers:
            key = [patient.patient, one.caregiver]
            weekly.add_metric(key, one.a_week)
            false.add_metric(key, one.false)
            taken.add_metric(key, one.taken_on)
            for quantile, name in QUANTILES.items():
                span_ms: int | None = getattr(one, name)
                if span_ms is not None:
                    spans.add_metric([*key, quantile], span_ms / SECOND_MS)
    yield from (weekly, false, taken, spans)


def _of_channels(channels: Mapping[ChannelKey, Proof]) -> Metric:
    taken = _gauge(
        "channel_last_accepted_timestamp_seconds", "When a channel last took a message.", "person", "channel"
    )
    for (person, channel), proof in sorted(channels.items()):
        if proof.accepted_at is not None:
            taken.add_metric([person, channel], proof.accepted_at / SECOND_MS)
    return taken
