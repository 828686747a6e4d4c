"""What is each box asked to watch for in the coming days, and when is that thought over again?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import get_args

from controller.wire.plan import (
    FIRST_MEASURES,
    Cue,
    Limit,
    Notices,
    Plan,
    PlannedAsNeeded,
    PlannedSlot,
    WatchSpan,
)
from controller.wire.shape import MESSAGE_BYTES_MAX
from controller.wire.words import Level
from hub.care.entries import Entry
from hub.care.holding import held_lids
from hub.care.ledger import SlotRecord
from hub.care.needing import day_starts, planned_as_needed
from hub.care.people import Household, Regimen
from hub.care.schedule import ONE_DAY, care_day, local_instant, slots_between
from hub.care.travelling.moving import trips_near
from hub.care.watching import watch_spans

PLANNED_DAYS = 14

TRAVELLED_DAYS = timedelta(days=3)
"""On a trip a slot may be due half a day later, and half of a gap of two days later still be open."""

HELD_LID_BYTES = 130
NOTHING = Notices()

GENTLE_TO_INSISTENT = (
    Cue(light="slow_pulse", sound="chime"),
    Cue(light="slow_pulse", sound="double_chime"),
    Cue(light="double_blink", sound="double_chime"),
    Cue(light="double_blink", sound="insistent"),
)
"""What the reminder steps look and sound like where the household says nothing else."""


def planned_slots(household: Household, patient: str, now_ms: int) -> tuple[SlotRecord, ...]:
    """Return the patient's slots from yesterday to 14 days ahead, held ones too, by due time and id.

    Yesterday is included because its last window may still be open, on a trip also that of a day before.
    """
    if patient not in household.patients:
        return ()
    first, last = _planned_days(household, patient, now_ms)
    found = [
        slot
        for regimen in household.regimens_of(patient)
        for slot in slots_between(household, regimen, first, last)
    ]
    return tuple(sorted(found, key=_by_due))


def is_planned_ahead(household: Household, patient: str, now_ms: int, slot: SlotRecord) -> bool:
    """Say whether a slot's date is among those that are planned now, so that a plan can leave it out."""
    first, last = _planned_days(household, patient, now_ms)
    return first <= _day(slot) <= last


def next_planning_at(household: Household, patient: str, now_ms: int) -> int:
    """Return the first instant after `now_ms` at which a day of this patient starts."""
    zone, day_starts = _zone_and_start(household, patient)
    day = care_day(zone, day_starts, now_ms)
    while (starts_at := local_instant(zone, day, day_starts)) <= now_ms:
        day += ONE_DAY
    return starts_at


def plan_of(
    household: Household,
    box: str,
    slots: Iterable[SlotRecord],
    made_at: int,
    entries: Iterable[Entry] = (),
    *,
    low_supply: bool = False,
) -> Plan:
    """Make the plan of one box from slots that `planned_slots` gave; others are left out.

    Its id follows from what it says and not from `made_at`. Slots that are held, withdrawn, or settled by a
    person are not in it. From `entries` it says what was taken as needed lately, beside it which lids hold
    what is on hold, and whether `low_supply`. It covers as many days as one message can hold, and yesterday:
    that day may not be over yet, and what was taken in it still counts.
    """
    patient = household.boxes[box].patient if box in household.boxes else ""
    first, last = _planned_days(household, patient, made_at)
    limits = strictest_limits(household, box, first, last)
    yesterday = last - timedelta(days=PLANNED_DAYS) - ONE_DAY
    known = tuple(slot for slot in slots if first <= _day(slot) <= last)
    wanted = _asked_of(box, known, yesterday, made_at)
    needs = planned_as_needed(household, box, (yesterday, last), entries)
    while last > first and _bytes_at_most(wanted, limits, needs) > MESSAGE_BYTES_MAX:
        last -= ONE_DAY
        wanted = [slot for slot in wanted if _day(slot) <= last]
    until = local_instant(_zone_and_start(household, patient)[0], last + ONE_DAY, "00:00")
    planned = tuple(_planned(household, slot) for slot in sorted(wanted, key=_by_due))
    cues = household.cues or GENTLE_TO_INSISTENT
    watch = watch_spans(household, box, (yesterday, last))
    room = _room(_bytes_at_most(wanted, limits, needs))
    notices = Notices(held=held_lids(known, box, until)[:room], low_supply=low_supply)
    return Plan(
        v=1,
        box=box,
        plan=_plan_id(until, planned, limits, cues, (*needs, *(watch or ()), notices)),
        made_at=made_at,
        until=until,
        slots=planned,
        limits=tuple(one for one in limits if one.measure in FIRST_MEASURES),
        cues=cues,
        as_needed=needs or None,
        day_starts_at=day_starts(household, patient, (yesterday, last)) or None,
        watch=watch,
        notices=None if notices == NOTHING else notices,
        more_limits=tuple(one for one in limits if one.measure not in FIRST_MEASURES) or None,
    )


def _asked_of(box: str, slots: Iterable[SlotRecord], since: date, at: int) -> list[SlotRecord]:
    """Return the slots of a box from a day on, and those of before that are not over."""
    asked = [slot for slot in slots if slot.box == box and slot.is_asked_of_box]
    return [slot for slot in asked if _day(slot) >= since or at < slot.closes_at]


def strictest_limits(household: Household, box: str, first: date, last: date) -> tuple[Limit, ...]:
    """Return the storage limits of every medicine that lies in a box on any of these days, by rule.

    A hold does not take the tablets out of the box, so it does not lift their limits either.
    """
    patient = household.boxes[box].patient if box in household.boxes else ""
    return strictest(
        limit
        for regimen in household.regimens_of(patient)
        if regimen.box == box and _is_in_use(regimen, first, last)
        for limit in limits_in(household, box, household.medicines[regimen.medicine].limits)
    )


def limits_in(household: Household, box: str, limits: Iterable[Limit]) -> tuple[Limit, ...]:
    """Return those of a medicine's limits that are asked of a box.

    An ordinary heated room is no dry place: only of air that the home calls sealed is that asked.
    """
    sealed = box in household.boxes and household.boxes[box].sealed
    return tuple(limit for limit in limits if sealed or limit.measure != "vapour_hpa")


def strictest(limits: Iterable[Limit]) -> tuple[Limit, ...]:
    """Return one limit for each rule; where two medicines bring one, each number is the stricter one."""
    found: dict[str, Limit] = {}
    for limit in limits:
        known = found.get(limit.rule)
        found[limit.rule] = limit if known is None else _stricter(known, limit)
    return tuple(found[rule] for rule in sorted(found))


def _stricter(one: Limit, other: Limit) -> Limit:
    choose = min if one.side == "above" else max
    return replace(
        one,
        limit=choose(one.limit, other.limit),
        clear=choose(one.clear, other.clear),
        dwell_ms=min(one.dwell_ms, other.dwell_ms),
        clear_dwell_ms=max(one.clear_dwell_ms, other.clear_dwell_ms),
        window_ms=_of_both(max, one.window_ms, other.window_ms),
        readings=_of_both(min, one.readings, other.readings),
        level=_graver(one.level, other.level),
    )


def _of_both(choose: Callable[[int, int], int], one: int | None, other: int | None) -> int | None:
    return one if other is None else other if one is None else choose(one, other)


def _graver(one: Level | None, other: Level | None) -> Level | None:
    # What says nothing of its level is alerted as it always was, as one of the middle.
    found = max(one or "medium", other or "medium", key=get_args(Level).index)
    return None if one is None and other is None else found


def _is_in_use(regimen: Regimen, first: date, last: date) -> bool:
    return any(step.begins <= last and (step.until is None or first <= step.until) for step in regimen.steps)


def _planned_days(household: Household, patient: str, now_ms: int) -> tuple[date, date]:
    today = care_day(*_zone_and_start(household, patient), now_ms)
    is_away = bool(trips_near(household.trips, patient, today, today)) if household.trips else False
    return today - (TRAVELLED_DAYS if is_away else ONE_DAY), today + timedelta(days=PLANNED_DAYS)


def _zone_and_start(household: Household, patient: str) -> tuple[str, str]:
    # A patient who has moved out still has a ledger that is asked when to think again.
    known = household.patients.get(patient)
    return ("UTC", "03:00") if known is None else (known.timezone, known.day_starts)


def _day(slot: SlotRecord) -> date:
    return date.fromisoformat(slot.slot.split("/")[1])


def _by_due(slot: SlotRecord) -> tuple[int, str]:
    return slot.due_at, slot.slot


def _planned(household: Household, slot: SlotRecord) -> PlannedSlot:
    regimen = household.regimens.get(slot.slot.split("/")[0])
    return PlannedSlot(
        slot=slot.slot,
        compartment=slot.compartment,
        opens_at=slot.opens_at,
        due_at=slot.due_at,
        late_at=slot.late_at,
        closes_at=slot.closes_at,
        amounts=slot.amounts,
        remind_at=slot.remind_at,
        least_gap_ms=None if regimen is None else regimen.window.least_gap_ms or None,
        looked_at=slot.looked_at,
    )


def _bytes_at_most(
    slots: list[SlotRecord], limits: tuple[Limit, ...], needs: tuple[PlannedAsNeeded, ...]
) -> int:
    # Writing the message only to weigh it took longer than making the plan.
    taken = sum(1_000 + 60 * len(need.taken) for need in needs)
    return 4_096 + taken + 320 * len(limits) + sum(430 + 27 * len(slot.remind_at) for slot in slots)


def _room(taken: int) -> int:
    """Return how many lids on hold a message has room for: they must not cost a day of the plan."""
    return max(0, MESSAGE_BYTES_MAX - taken) // HELD_LID_BYTES


def _plan_id(
    until: int,
    slots: tuple[PlannedSlot, ...],
    limits: tuple[Limit, ...],
    cues: tuple[Cue, ...],
    others: tuple[PlannedAsNeeded | WatchSpan | Notices, ...],
) -> str:
    # `until` counts as content: a plan without slots would else never be renewed and run out at the box.
    lines = [
        f"{slot.slot} {slot.compartment} {slot.opens_at} {slot.due_at} {slot.late_at} {slot.closes_at} "
        f"{[(part.medicine, part.amount) for part in slot.amounts]} {slot.remind_at}"
        f"{slot.least_gap_ms or ''}{f' {slot.looked_at}' if slot.looked_at else ''}"
        for slot in slots
    ]
    # A plan that says nothing beside its slots keeps the id it always had.
    said = [str(one) for one in others if one != NOTHING]
    content = "\n".join([str(until), *lines, *map(str, limits), *map(str, cues), *said])
    return f"p-{hashlib.sha256(content.encode()).hexdigest()[:12]}"
