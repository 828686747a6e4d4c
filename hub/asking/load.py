"""How much do the alerts ask of people? Said to a person as lines, to a machine as JSON or metrics."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from controller.wire.instants import MINUTE_MS
from controller.wire.shape import to_plain
from hub.asking.answers import Refused, answer
from hub.care.people import Household
from hub.commands import known_household, opened_store
from hub.config import read_config
from hub.reporting.load import WEEK_MS, CaregiverLoad, Load, PatientLoad, load_of
from hub.store.port import Store
from hub.tables import nearest

WEEKS_MAX = 520


def load(asked: argparse.Namespace) -> int:
    """Say how much the alerts ask of people."""
    config = read_config(asked.config)
    with opened_store(config, "read") as store:
        home = known_household(config, store)
        found = load_read(store, _patients(home, asked.patient), config.clock.wall_ms(), _weeks(asked.weeks))
    plain = {"weeks": round(found.weeks, 2), **to_plain(found)}
    return answer(asked, list(_lines(found, home)), plain)


def metrics(asked: argparse.Namespace) -> int:
    """Write the figures as Prometheus reads them."""
    from hub.reporting.metrics import metrics_text

    config = read_config(asked.config)
    with opened_store(config, "read") as store:
        patients = list(known_household(config, store).patients)
        found = load_read(store, patients, config.clock.wall_ms(), _weeks(asked.weeks))
        text = metrics_text(found, store.proofs())
    sys.stdout.write(text)
    return 0


def load_read(store: Store, patients: list[str], now_ms: int, weeks: int) -> Load:
    """Read the load of the last weeks; no further back than there is a household."""
    begun = [one.imported_at for one in store.households()]
    from_ms = min(max([now_ms - weeks * WEEK_MS, *begun[:1]]), now_ms)
    alerts = store.alerts(resolved_too=True)
    return load_of(alerts, store.first_told(from_ms), patients, from_ms, now_ms)


def _patients(home: Household, patient: str | None) -> list[str]:
    if patient is None:
        return list(home.patients)
    if patient not in home.patients:
        raise Refused(f"nobody here is called {patient!r}{nearest(patient, home.patients)}")
    return [patient]


def _weeks(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= WEEKS_MAX):
        raise Refused(f"{text[:20]!r} is not a number of weeks from 1 to {WEEKS_MAX}")
    return int(text)


def _lines(found: Load, home: Household) -> Iterator[str]:
    for patient in found.patients:
        name = home.patients[patient.patient].name
        yield f"{name}: {patient.alerts} alerts in {found.weeks:.1f} weeks, {patient.a_week:.1f} a week"
        if not patient.alerts:
            continue
        yield from _about(patient)
        for one in patient.caregivers:
            known = home.caregivers.get(one.caregiver)
            yield f"  {known.name if known else one.caregiver}: {_told(one)}"
        for kind in patient.kinds:
            tune = "  <- tune it: most were for nothing" if kind.is_to_tune else ""
            yield f"  {kind.kind}: {kind.alerts}, for nothing {kind.false}{tune}"


def _about(patient: PatientLoad) -> Iterator[str]:
    used = "" if patient.steps_used is None else f"; {patient.steps_used:.0%} of the ladder was climbed"
    reached = f"; {patient.untold} reached nobody" if patient.untold else ""
    yield f"  for nothing: {patient.false}; still open: {patient.still_open}{reached}{used}"


def _told(one: CaregiverLoad) -> str:
    told = f"told of {one.alerts}, {one.a_week:.1f} a week, for nothing {one.false}, took on {one.taken_on}"
    if one.median_ms is None or one.most_ms is None:
        return told
    return f"{told}: half within {_minutes(one.median_ms)}, 9 in 10 within {_minutes(one.most_ms)}"


def _minutes(span_ms: int) -> str:
    return f"{max(1, round(span_ms / MINUTE_MS))} min"
