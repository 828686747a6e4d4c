"""What was the air around the tablets like, and does a place suit them?"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from controller.wire.instants import DAY_MS, HOUR_MS, instant_text
from controller.wire.plan import Limit
from hub.asking.acting import Act, acting
from hub.asking.amounts import whole_read
from hub.asking.answers import Refused, answer
from hub.asking.dates import date_read
from hub.asking.undoing import by_words
from hub.care.planning import limits_in, strictest_limits
from hub.care.schedule import ONE_DAY, local_instant, local_time
from hub.care.storing.box_air import BoxAir, box_air
from hub.care.storing.exposure import FillExposure, by_fill, exposure
from hub.care.storing.placement import Placement, Verdict, placement
from hub.care.storing.samples import Watch
from hub.care.storing.stays import Stay, stays
from hub.care.storing.warmth import MONTH_MS
from hub.care.supplying.intakes import intakes_of
from hub.care.supplying.moves import known_from, moves_of
from hub.reporting.air import watched_air
from hub.reporting.air_words import (
    air_lines,
    beyond_words,
    dampness_words,
    gap_lines,
    habit_words,
    plain_air,
    plain_beyond,
    plain_dampness,
    plain_habit,
    plain_warmth,
    plain_watch,
    silence_lines,
    warmth_words,
    watched_words,
)
from hub.reporting.damp_rises import damp_rises, plain_rise, rise_lines
from hub.reporting.open_lids import OpenLids, open_lids, open_lines, plain_open
from hub.reporting.owning import Owned
from hub.tables import nearest

HOURS = 48
HOURS_LEAST, HOURS_MOST = 24, 720
EARLY_MS = 2 * DAY_MS
A_YEAR = timedelta(days=366)
"""A box is placed for the medicine it holds, or is to hold within a year."""
ASK = "Ask the pharmacist what this means for the tablets."
VERDICTS: Mapping[Verdict, str] = {
    "passed": "This place has been beyond a limit for as long as its file allows, or longer. Try another "
    "place, and ask again in two days.",
    "touched": "This place has been beyond a limit, for less than its file allows. Try another place, or ask "
    "the pharmacist.",
    "kept": "In what was measured here no limit was passed. Other seasons may differ.",
    "unknown": "Too little was measured to say anything of this place. Leave the box here, switched on, and "
    "ask again.",
}


def storage(asked: argparse.Namespace) -> int:
    """Show what the air was like and what each fill went through, or judge a place."""
    with acting(asked, changes=False) as act:
        if asked.what == "place":
            if asked.first or asked.last:
                raise Refused("`storage place` looks back from now: say --hours instead of dates")
            return _place(act)
        if asked.hours:
            raise Refused("--hours is for `storage place`; say --from and --until here")
        return _show(act)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The time that is asked for, and of which boxes."""

    begin: int
    end: int
    boxes: Sequence[str]


def _asked(act: Act) -> Asked:
    last = None if act.asked.last is None else date_read(act.asked.last)
    if last is not None and last > act.today:
        raise Refused(f"{last} is still to come; today is {act.today}")
    end = (
        act.now_ms if last is None else min(act.now_ms, local_instant(act.zone.key, last + ONE_DAY, "00:00"))
    )
    if act.asked.first is None:
        return Asked(begin=end - MONTH_MS, end=end, boxes=_boxes(act))
    first = date_read(act.asked.first)
    begin = local_instant(act.zone.key, first, "00:00")
    if begin >= end:
        raise Refused(f"the time begins on {first}, after it ends")
    return Asked(begin=begin, end=end, boxes=_boxes(act))


def _boxes(act: Act) -> Sequence[str]:
    own = [box.id for box in act.household.boxes_of(act.patient)]
    name = act.asked.box
    if name is None and not own:
        raise Refused(f"{act.patient} has no box: nothing measures the air around the tablets")
    if name is not None and name not in own:
        raise Refused(f"{act.patient} has no box {name!r}{nearest(name, own)}")
    return own if name is None else [name]


def _show(act: Act) -> int:
    asked = _asked(act)
    owned = Owned(act.store, act.patient, act.config.medicines)
    first, last = (local_time(act.zone.key, one).date() for one in (asked.begin, asked.end))
    lying = [
        stay
        for stay in _stays(act)
        if stay.place[0] in asked.boxes
        and stay.since < asked.end
        and (stay.until is None or stay.until > asked.begin)
    ]
    lines: list[str] = []
    airs: list[BoxAir] = []
    plain_airs: list[dict[str, Any]] = []
    fills: list[FillExposure] = []
    opened: list[OpenLids] = []
    for box in asked.boxes:
        here = [stay for stay in lying if stay.place[0] == box]
        begin = min([asked.begin, asked.end - MONTH_MS, *(stay.since for stay in here)])
        air = watched_air(act.store, box, begin, asked.end, owned.at)
        limits = strictest_limits(act.household, box, first, last)
        found = box_air(box, air, (asked.begin, asked.end), limits, act.zone.key)
        lines.append(f"{box}, {_span(act, found.watch)}: {watched_words(found.watch)}")
        lines += [f"  {line}" for line in air_lines(found, act.zone)]
        opened.append(open_lids(act.store, box, asked.begin, asked.end, owned.at))
        lines += [f"  {line}" for line in open_lines(opened[-1])]
        let_in = damp_rises(act.store, box, asked.begin, asked.end, owned.at)
        lines += [f"  {line}" for line in rise_lines(let_in)]
        airs.append(found)
        plain_airs.append({**plain_air(found), "let_in": [plain_rise(one) for one in let_in]})
        fills += by_fill(exposure(one, air, _limits(act, box, one.regimen), asked.end) for one in here)
    lines += [line for one in fills for line in _fill_lines(act, one, asked.end)]
    if any(one.passed or one.is_too_warm for one in airs):
        lines.append(ASK)
    plain = {
        "air": plain_airs,
        "lids": [plain_open(one) for one in opened],
        "fills": [_plain_fill(one) for one in fills],
    }
    return answer(act.asked, lines, plain)


def _stays(act: Act) -> Iterable[Stay]:
    entries = act.store.entries(act.patient)
    begins = known_from(act.household, act.patient, entries)
    if begins is None:
        return ()
    intakes = intakes_of(entries, (), act.store.intakes_since(act.patient, begins - EARLY_MS).values())
    return [
        stay
        for regimen in act.household.regimens_of(act.patient)
        for stay in stays(act.patient, regimen.id, moves_of(act.household, regimen, entries, intakes))
    ]


def _limits(act: Act, box: str, regimen: str) -> Sequence[Limit]:
    medicine = act.household.medicines[act.household.regimens[regimen].medicine]
    return limits_in(act.household, box, medicine.limits)


def _fill_lines(act: Act, one: FillExposure, end: int) -> Iterator[str]:
    longest = one.longest
    stay = longest.stay
    still = sum(each.stay.until is None or each.stay.until > end for each in one.exposures)
    lids = f"{len(one.exposures)} {'lid' if len(one.exposures) == 1 else 'lids'}, {still} not yet empty"
    yield f"{one.regimen}, laid into {stay.place[0]} at {_when(act, stay.since)} {by_words(stay.by)}: {lids}"
    yield f"  {warmth_words(longest.warmth)}"
    for found in longest.passed:
        names = ", ".join(one.touched(found.limit))
        yield f"  {'! ' if found.is_dwelt else ''}{beyond_words(found)}, around {names}"
    yield from (f"  ! {line}" for line in gap_lines(longest.warmth.gaps, act.zone))


def _plain_fill(one: FillExposure) -> dict[str, Any]:
    return {
        "fill": one.fill,
        "regimen": one.regimen,
        "by": one.longest.stay.by,
        "at": instant_text(one.longest.stay.since),
        "compartments": [
            {
                "box": each.stay.place[0],
                "compartment": each.stay.place[1],
                "until": None if each.stay.until is None else instant_text(each.stay.until),
                "warmth": plain_warmth(each.warmth),
                "beyond": [plain_beyond(found) for found in each.passed],
            }
            for each in one.exposures
        ],
    }


def _place(act: Act) -> int:
    hours = HOURS if act.asked.hours is None else whole_read(act.asked.hours, "hours")
    if not HOURS_LEAST <= hours <= HOURS_MOST:
        raise Refused(
            f"a place is judged by {HOURS_LEAST} to {HOURS_MOST} hours: in less there is no night, in more a "
            "change of place is forgotten"
        )
    lines, plain = [], []
    owned = Owned(act.store, act.patient, act.config.medicines)
    for box in _boxes(act):
        limits = strictest_limits(act.household, box, act.today, act.today + A_YEAR)
        if not limits:
            raise Refused(f"no medicine with storage limits is to lie in box {box!r}: nothing to judge it by")
        watch = watched_air(act.store, box, act.now_ms - hours * HOUR_MS, act.now_ms, owned.at)
        found = placement(watch, limits, act.zone.key)
        lines += [*_place_lines(act, box, found), *_quoted(act, box)]
        plain.append(_plain_place(box, found))
    return answer(act.asked, lines, {"places": plain})


def _place_lines(act: Act, box: str, found: Placement) -> Iterator[str]:
    yield f"{box}, {_span(act, found.watch)}: {watched_words(found.watch)}"
    if found.dampness is not None:
        yield f"  {dampness_words(found.dampness)}"
    yield from (f"  {'! ' if one.is_dwelt else ''}{beyond_words(one)}" for one in found.passed)
    yield from (f"  {habit_words(one)}" for one in found.habits)
    yield from (f"  {line}" for line in silence_lines(found.watch, act.zone))
    yield VERDICTS[found.verdict]
    if not found.sees_light:
        yield "Light was not measured."


def _plain_place(box: str, found: Placement) -> dict[str, Any]:
    return {
        "box": box,
        "verdict": found.verdict,
        **plain_watch(found.watch),
        **plain_dampness(found.dampness),
        "beyond": [plain_beyond(one) for one in found.passed],
        "light_measured": found.sees_light,
        "habits": [plain_habit(one) for one in found.habits],
    }


def _quoted(act: Act, box: str) -> list[str]:
    """Quote what the leaflets say of storage, each sentence once."""
    medicines = [
        act.household.medicines[one.medicine]
        for one in act.household.regimens_of(act.patient)
        if one.box == box
    ]
    said = [one.leaflet["storage"] for one in medicines if "storage" in one.leaflet]
    return [f"The leaflet says: “{text}”" for text in dict.fromkeys(said)]


def _span(act: Act, watch: Watch) -> str:
    return f"{_when(act, watch.begin)} to {_when(act, watch.end)}"


def _when(act: Act, instant_ms: int) -> str:
    return f"{local_time(act.zone.key, instant_ms):%Y-%m-%d %H:%M}"
