"""How is it said that a box is not as the medicine asks for? What was measured of its air, and no more."""

from __future__ import annotations

from controller.wire.events import ExcursionEnded, ExcursionStarted
from controller.wire.instants import DAY_MS, HOUR_MS
from controller.wire.plan import Measure
from controller.wire.words import ExcursionKind, Level
from hub.care.alerting.naming import Moment
from hub.care.alerting.words.wording import Words

ASK_PHARMACIST = "Look where the box stands, and ask the pharmacist what this means for the tablets in it."
DESICCANT = "The air in the box is damper than that of a dry place: change what dries it, the desiccant."
LIGHT = "A closed box is dark: look whether it stands in the sun, and whether its lids are closed."

_STATES: dict[ExcursionKind, str] = {
    "hot": "too warm",
    "cold": "too cold",
    "damp": "too damp",
    "condensation": "so damp that water may condense",
    "light": "in the light",
    "stale": "not measured",
}
_VALUES: dict[Measure, str] = {
    "temperature_c": "{} °C",
    "humidity_pct": "{} % humidity",
    "dew_gap_k": "{} °C above the dew point",
    "vapour_hpa": "{} hPa of water vapour",
    "light_pct": "{} % of the most light that its sensor can tell",
    "silence": "{}",
}
_MEASURED: dict[ExcursionKind, Measure] = {
    "hot": "temperature_c",
    "cold": "temperature_c",
    "damp": "humidity_pct",
    "condensation": "dew_gap_k",
    "light": "light_pct",
    "stale": "silence",
}
"""What a box measured that does not say so."""
_BELOW = ("cold", "condensation")
_WHAT_TO_DO: dict[Measure, str] = {"vapour_hpa": f"{DESICCANT} ", "light_pct": f"{LIGHT} "}


def storage_kind(excursion: ExcursionKind, level: Level | None) -> str:
    """Name the kind of an alert; what is of the middle is called as it was before there were levels."""
    if excursion == "stale":
        # That nobody can see is no less grave in one medicine than in another.
        return "storage.stale"
    return f"storage.{excursion}" if level in (None, "medium") else f"storage.{excursion}.{level}"


def storage(box: str, excursion: ExcursionStarted, moment: Moment, began_at: int | None) -> Words:
    """Say that the storage has been outside a limit, since when its box knows, if it does."""
    since = moment.known(began_at)
    state, measure = _STATES[excursion.excursion], _measure(excursion)
    measured = "" if excursion.value is None else f" {_value_words(excursion, measure)}."
    return Words(
        f"Storage is {state}",
        f"By its sensor the storage in box {box} has been {state}{_beyond(excursion, measure)}"
        f"{_counted(excursion)} since {since}.{measured} {_WHAT_TO_DO.get(measure, '')}{ASK_PHARMACIST}",
    )


def storage_over(excursion: ExcursionEnded, title: str, moment: Moment) -> Words:
    """Say that an excursion has ended."""
    if excursion.because == "rule_withdrawn":
        body = f"This limit does not apply any more since {moment.dated(moment.at)}."
        return Words(f"{title}: over", body)
    worst = ""
    if excursion.extreme is not None and excursion.excursion != "stale":
        worst = f" The extreme was {_VALUES[_measure(excursion)].format(f'{excursion.extreme:.1f}')}."
    return Words(f"{title}: over", f"This is over since {moment.dated(moment.at)}.{worst}")


def _measure(excursion: ExcursionStarted | ExcursionEnded) -> Measure:
    return excursion.measure or _MEASURED[excursion.excursion]


def _beyond(excursion: ExcursionStarted, measure: Measure) -> str:
    if excursion.limit is None:
        return ""
    side = "above"
    if excursion.excursion in _BELOW:
        side = "less than" if measure == "dew_gap_k" else "below"
    return f" ({side} {_VALUES[measure].format(f'{excursion.limit:g}')})"


def _counted(excursion: ExcursionStarted) -> str:
    """Say how the time was counted, where it was not so at once; since when it is so now follows."""
    if excursion.window_ms is None or excursion.counted_ms is None:
        return ""
    window = _span(excursion.window_ms)
    if excursion.kind == "mean":
        return f" on the mean of {window}"
    return f" for {_span(excursion.counted_ms)} in all within {window}, now"


def _value_words(excursion: ExcursionStarted, measure: Measure) -> str:
    word = "Mean" if excursion.kind == "mean" else "Measured"
    return f"{word}: {_VALUES[measure].format(f'{excursion.value:.1f}')}"


def _span(span_ms: int) -> str:
    if span_ms >= 2 * DAY_MS and span_ms % DAY_MS == 0:
        return f"{span_ms // DAY_MS} days"
    return f"{round(span_ms / HOUR_MS, 1):g} hours"
