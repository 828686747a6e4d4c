"""What would a trip do to each day, is it to be entered, and which trips are there?"""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import timedelta
from typing import get_args

from hub.asking.acting import Act, acting, change_household
from hub.asking.answers import Refused, answer
from hub.asking.dates import date_read
from hub.asking.travel_words import compared, day_lines, packed, plain_days, trip_words
from hub.care.people import Household, Trip, TripPolicy
from hub.care.travelling.daily import overtaken, travelled, with_trip
from hub.care.travelling.offsets import DAYS_MAX, SHIFT_MAX_MS, SHIFT_MIN_MS
from hub.household import household_toml, parse_household
from hub.household.saying import trip_lines
from hub.household.trips import overlap
from hub.household.zones import is_zone, no_zone
from hub.tables import Table

SHIFT = "1h"


def travel(asked: argparse.Namespace) -> int:
    """List the trips, show one day by day and enter it, or give it up."""
    with acting(asked, changes=asked.act != "list" and asked.yes) as act:
        match asked.act:
            case "plan":
                return _plan(act)
            case "cancel":
                return _cancel(act)
            case _:
                return _list(act)


def _list(act: Act) -> int:
    own = [one for one in act.household.trips if one.patient == act.patient]
    lines = [f"{trip_words(one)}{'  (over)' if one.until < act.today else ''}" for one in own]
    plain = [{"from": str(one.begins), **trip_lines(one)} for one in own]
    return answer(act.asked, lines or ["No trip is planned."], {"trips": plain})


def _plan(act: Act) -> int:
    if act.asked.policy is None:
        return _compare(act)
    trip = _trip(act, act.asked.policy)
    after = _checked(act, with_trip(act.household, trip))
    intakes = travelled(after, trip)
    said = [f"{trip_words(trip)}; is that right?", *day_lines(after, trip, intakes)]
    said += packed(after, trip, intakes)
    if not act.asked.yes and (act.asked.by is None or act.asked.json):
        plain = {"trip": _plain(trip), "days": plain_days(intakes), "changed": False}
        return answer(
            act.asked, [*said, "Nothing was changed. Add --by and --yes to enter this trip."], plain
        )
    return change_household(act, with_trip(act.household, replace(trip, by=act.by)), said)


def _compare(act: Act) -> int:
    if act.asked.yes:
        raise Refused("say which way is chosen: --policy home, --policy local or --policy shift")
    lines, plain = [], {}
    for policy in get_args(TripPolicy):
        trip = _trip(act, policy)
        after = _checked(act, with_trip(act.household, trip))
        intakes = travelled(after, trip)
        lines += [
            f"--policy {policy}: {trip_words(trip)}",
            *(f"  {line}" for line in compared(intakes)),
        ]
        unusual = [one for one in intakes if one.is_unusual]
        lines += [f"  {line}" for line in day_lines(after, trip, unusual)] + [""]
        plain[policy] = {"trip": _plain(trip), "days": plain_days(intakes)}
    lines.append("Night is from 23:00 to 06:00 where the patient is.")
    lines.append("Nothing was changed. Choose one with --policy, which shows every day of it.")
    return answer(act.asked, lines, {"policies": plain, "changed": False})


def _cancel(act: Act) -> int:
    trip = _meant(act)
    others = tuple(one for one in act.household.trips if one is not trip)
    if trip.begins > act.today:
        after = replace(act.household, trips=others)
        said = [f"Given up: {trip_words(trip)}. All doses are due at home times again; is that right?"]
    else:
        if trip.until == act.today:
            raise Refused("the trip ends today anyway")
        ended = replace(trip, until=act.today)
        after = with_trip(replace(act.household, trips=others), ended)
        said = [f"The trip ends today: {trip_words(ended)}; is that right?"]
        said += day_lines(after, ended, [one for one in travelled(after, ended) if one.day >= act.today])
    return change_household(act, _checked(act, after), said)


def _meant(act: Act) -> Trip:
    own = [one for one in act.household.trips if one.patient == act.patient and one.until >= act.today]
    if act.asked.begins is not None:
        begins = date_read(act.asked.begins)
        own = [one for one in own if one.begins == begins]
    if not own:
        raise Refused("there is no such trip that is not over; `pillbox-hub travel` lists them")
    if len(own) > 1:
        raise Refused(f"say which one: {' or '.join(f'--from {one.begins}' for one in own)}")
    return own[0]


def _trip(act: Act, policy: TripPolicy) -> Trip:
    asked = act.asked
    if asked.zone is None or asked.begins is None or asked.until is None:
        raise Refused("say where and when: --zone America/New_York --from 2026-12-10 --until 2026-12-20")
    if not is_zone(asked.zone):
        raise Refused(f"--zone {no_zone(asked.zone)}")
    begins, until = date_read(asked.begins), date_read(asked.until)
    if begins < act.today:
        raise Refused(
            f"{begins} is over; the past is never rewritten, so a trip begins on {act.today} or later"
        )
    if until < begins:
        raise Refused(f"the trip would end on {until}, before it begins on {begins}")
    if until - begins >= timedelta(days=DAYS_MAX):
        raise Refused(f"from {begins} until {until} is too long: a trip lasts {DAYS_MAX} days at most")
    if asked.shift is not None and asked.policy not in (None, "shift"):
        raise Refused(f"--shift belongs to --policy shift, not to --policy {asked.policy}")
    trip = Trip(
        patient=act.patient,
        begins=begins,
        until=until,
        zone=asked.zone,
        policy=policy,
        shift_ms=_shift_ms(asked.shift or SHIFT) if policy == "shift" else 0,
        with_box=not asked.without_box,
    )
    for other in act.household.trips:
        if overlap(trip, other):
            raise Refused(f"there is a trip already: {trip_words(other)}")
    return trip


def _shift_ms(text: str) -> int:
    return Table("the command line", "", {}).span_of("--shift", text, SHIFT_MIN_MS, SHIFT_MAX_MS)


def _checked(act: Act, after: Household) -> Household:
    """Return a changed household that can be kept, and that puts no dose still to come into the past."""
    parse_household(household_toml(after), file="the changed household", medicines_dirs=act.config.medicines)
    slot = overtaken(act.household, after, act.patient, act.now_ms, act.today)
    if slot is not None:
        raise Refused(f"{slot} would have been due already; let the trip begin or end a day later")
    return after


def _plain(trip: Trip) -> dict[str, str]:
    return {"from": str(trip.begins), **trip_lines(trip)}
