"""Does every alert say what was seen, since when, how surely, what has been done, and what may be done?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.words import ExcursionKind, Level
from hub.care.alerting.climbing import informs
from hub.care.alerting.words.storage_wording import storage_kind
from hub.care.appointments import Check
from hub.care.entries import BoxFilled
from hub.care.happenings import BrokerLink, EntryMade
from hub.care.ledger import AlertRecord, MessageRecord
from hub.care.people import Household, Supply
from hub.writing import entry_of
from tests.care_days import BEA, CEM, MORNING, Keeper, at, household, regimen, taken
from tests.test_private_text import ACTS, FIFTY, SECRET
from tests.test_supply_alerts import home as with_tablets
from tests.test_supply_alerts import take

WHEN = r"(\d\d:\d\d on \d+ [A-Z][a-z]+|\d+ [A-Z][a-z]+|\d{4}-\d\d-\d\d|In the last \d+ days)"
MAY_DO = re.compile(r"(?i)\b(please|ask|look|call|order|ordered)\b")


@dataclass(frozen=True)
class Row:
    """What the letter about one kind of alert must hold: what was seen and by whom, and how sure that is."""

    seen: str
    sure: str


BY_SENSOR = Row(seen="By its sensor the storage in box kitchen has been", sure="By its sensor")
NOT_MEASURED = Row(seen="has not been measured", sure="We cannot see")
LID = "does not see: please ask"
ROWS: Mapping[str, Row] = {
    "dose.missed": Row(seen="was not opened from", sure=f"The box watched all that time.*elsewhere it {LID}"),
    "dose.unobserved": Row(seen="the box was off", sure="It is not known whether"),
    "dose.unconfirmed": Row(seen="The box has sent nothing", sure="we cannot see"),
    "dose.extra": Row(seen="The box saw the Tuesday morning compartment opened", sure=LID),
    "dose.extra_taken": Row(
        seen="the patient answered that a dose was taken", sure="what was taken out it does not see"
    ),
    "dose.wrong_compartment": Row(seen="The box saw the Tuesday morning compartment opened", sure=LID),
    "dose.lock_override": Row(seen="button of box kitchen was held", sure="the box does not know"),
    "dose.lock_forced": Row(seen="The box kitchen saw the Tuesday morning compartment opened", sure=LID),
    "dose.stopped": Row(seen="None of the 3 doses due", sure="as far as the box and people say"),
    "dose.fading": Row(seen=r"\d+ of \d+ doses were taken", sure="as far as the box and people say"),
    **{
        storage_kind(kind, level): NOT_MEASURED if kind == "stale" else BY_SENSOR
        for kind in get_args(ExcursionKind)
        for level in get_args(Level)
    },
    "device.broker": Row(seen="it hears no box at all", sure="we cannot see what is opened there"),
    "device.silent": Row(seen="has not been heard", sure="we cannot see what is opened there"),
    "device.clock": Row(seen="The clock of box kitchen", sure="cannot say whether a dose was taken in time"),
    "device.sensor": Row(seen="has given no reading", sure="we cannot see how the tablets in it are kept"),
    "device.lid_left_open": Row(seen="has stood open for 10 minutes", sure="as its switch says"),
    "device.lid_stuck": Row(seen="sees a lid that behaves as no lid does", sure="cannot say when"),
    "device.under_voltage": Row(seen="too little voltage", sure="as the computer in it measured"),
    "device.cpu_hot": Row(seen="has a hot processor", sure="as it measured itself"),
    "device.disk_low": Row(seen="has little room left on its card", sure="as it counted itself"),
    "device.card_wearing": Row(seen="wrote much to its card in a day", sure="as it counted itself"),
    "device.wifi_weak": Row(seen="hears the Wi-Fi of the home only weakly", sure="as it measured itself"),
    "device.on_battery": Row(seen="seems to run on its battery", sure="as the battery's gauge says"),
    "device.battery_low": Row(seen="has little charge left in its battery", sure="as the battery's gauge"),
    "device.lid_unmoved": Row(seen="By its switch the Monday morning", sure="cannot tell the two apart"),
    "device.lid_wearing": Row(seen="bounces about 12.5 times at each movement", sure="It still counts"),
    "lid.out_of_hours": Row(seen="was opened at .*; nothing was due", sure=LID),
    "lid.repeated": Row(seen="were opened 5 times within an hour", sure=LID),
    "lid.disturbed": Row(seen="3 lids of box kitchen opened at the same moment", sure="the box does not see"),
    "device.plan_ended": Row(seen="has no plan any more", sure="It said so"),
    "device.trouble": Row(seen="cannot be reached by phone", sure="The hub noticed it"),
    "care.help": Row(seen="was pressed", sure="Why, the box does not know"),
    "care.warning_sign": Row(seen="was reported|Reported at", sure="Reported"),
    "check.overdue": Row(seen="it was to take place", sure="nobody has said that it did"),
    "supply.low": Row(seen="one medicine", sure="By what was counted"),
    "supply.outdated": Row(seen="outside the box bear", sure="as the day on which it expires"),
    "fill.old": Row(seen="filled", sure="are what is foreseen"),
    "fill.unchecked": Row(seen="filled", sure="no second person has said"),
}


def _filled(keeper: Keeper, now: int) -> None:
    fact = BoxFilled(box="kitchen", compartments={"sun-am": {"azathioprine": 1}})
    keeper.live(now)
    keeper.do(EntryMade(at=now, entry=entry_of("ada", fact, by="bea", at_ms=now)))


def _days(days: int, *, filled: bool = False) -> Callable[[Keeper, int], None]:
    def pass_by(keeper: Keeper, now: int) -> None:
        if filled:
            _filled(keeper, now)
        keeper.live(now + days * DAY_MS + 4 * HOUR_MS)

    return pass_by


def _without_a_broker(keeper: Keeper, now: int) -> None:
    keeper.live(now)
    keeper.do(BrokerLink(at=now, heard=False))


RAISED: Mapping[str, Callable[[Keeper, int], object]] = {
    **ACTS,
    "device.broker": _without_a_broker,
    "supply.low": _days(0),
    "supply.outdated": _days(1),
    "fill.old": _days(9, filled=True),
    "fill.unchecked": _days(1, filled=True),
}


def home(kind: str) -> Household:
    """Return a home whose people read everything, and in which every kind of alert can be raised."""
    supply = Supply(tablets=5, counted_on=date(2026, 11, 22), expires=date(2026, 11, 23), pack=28)
    is_supply = kind.startswith("supply.")
    one = replace(regimen(), supply=supply if is_supply else None)
    both = (BEA, replace(CEM, wants=BEA.wants))
    found = household(caregivers=both, regimens=[one])
    check = Check(id="blood", patient="ada", title="Blood count", begins=date(2026, 11, 20))
    boxes = {name: replace(box, second_check=kind == "fill.unchecked") for name, box in found.boxes.items()}
    return replace(found, boxes=boxes, medicines={FIFTY.id: FIFTY}, checks=(check,))


def letters(kind: str) -> list[MessageRecord]:
    """Raise an alert of a kind, let nobody answer, and return what was written about it."""
    keeper = Keeper(home(kind))
    keeper.live(at("06:00"))
    RAISED[kind](keeper, at("07:30"))
    keeper.live((keeper.ledger.clock_at or 0) + 40 * MINUTE_MS)
    of_kind = {alert.alert for alert in keeper.alerts.values() if alert.kind == kind}
    assert of_kind, sorted({alert.kind for alert in keeper.alerts.values()})
    first = min(said.alert or "" for said in keeper.messages if said.alert in of_kind)
    return [said for said in keeper.messages if said.alert == first and said.kind == "alert"]


@pytest.mark.parametrize("kind", ROWS)
def test_every_alert_says_what_was_seen_since_when_how_surely_and_what_may_be_done(kind: str) -> None:
    body = letters(kind)[0].body
    assert re.search(ROWS[kind].seen, body), body
    assert re.search(ROWS[kind].sure, body), body
    assert re.search(WHEN, body), body
    assert MAY_DO.search(body), body


@pytest.mark.parametrize("kind", ROWS)
def test_its_brief_text_says_when_and_where_more_is_read_and_names_nothing(kind: str) -> None:
    for said in letters(kind):
        assert re.search(WHEN, said.brief), said.brief
        assert f"Read more of {said.alert}" in said.brief
        assert not SECRET.search(f"{said.title} {said.brief}"), said.brief


@pytest.mark.parametrize("kind", sorted(kind for kind in ROWS if not informs(kind)))
def test_whoever_is_told_later_reads_who_was_told_before_and_that_nobody_has_answered(kind: str) -> None:
    first, *later = letters(kind)
    assert "Told already" not in first.body
    assert later, "the ladder is climbed"
    assert "Told already: Bea. Nobody has taken it on yet." in later[0].body


def test_every_kind_the_hub_raises_stands_in_the_table() -> None:
    source = "".join(path.read_text("utf-8") for path in Path("hub/care").rglob("*.py"))
    # Where a word is no kind itself but what kinds begin with, it ends with a dot.
    raised = set(re.findall(r'"((?:dose|storage|device|care|check|supply|fill|lid)\.[a-z_]+)"', source))
    assert raised <= ROWS.keys(), raised - ROWS.keys()
    assert ROWS.keys() == RAISED.keys()


def test_what_is_said_anew_is_called_over_nowhere() -> None:
    keeper = Keeper(with_tablets(9))
    keeper.do_at(at("10:00"))
    for day in range(24, 29):
        take(keeper, day)
    keeper.live(at("10:00", 28))
    # Bea reads it in the newer message.
    ended = [said for said in keeper.messages if said.title.endswith(": said anew")]
    assert ended
    assert {said.brief for said in ended} == {"It is not over: another message says how it stands now."}


# Corrections go to exactly those who were told.


def concerned(alert: AlertRecord) -> set[str]:
    taken_by = {alert.acknowledged.by} if alert.acknowledged else set[str]()
    return {*alert.told, *alert.reached_by, *taken_by}


@settings(max_examples=80, deadline=None)
@given(
    waits=st.integers(0, 26 * 60),
    dead=st.sets(st.sampled_from(["push", "sms", "mail"])),
    taker=st.sampled_from([None, "bea", "cem"]),
    quiet=st.booleans(),
)
def test_a_correction_goes_to_exactly_those_who_were_told(
    waits: int, dead: set[str], taker: str | None, quiet: bool
) -> None:
    bea = replace(BEA, quiet=("10:00", "13:00"), wakes=()) if quiet else BEA
    keeper = Keeper(household(caregivers=(bea, CEM)), dead=frozenset(dead))
    keeper.live(at("06:00"))
    # The window closes at 12:00; the hub waits a little for the box before it says that it has heard nothing.
    keeper.live(at("12:10"))
    if taker is not None:
        keeper.acknowledge(at("12:10"), keeper.alert("dose.unconfirmed"), by=taker)
    now = at("12:10") + waits * MINUTE_MS
    keeper.live(now)
    told = concerned(keeper.alerts_of(MORNING)[0])
    keeper.send(now, taken(MORNING, at("08:05")))
    corrected = {
        said.to
        for said in keeper.messages
        if said.kind == "correction" and said.title.startswith("08:00 on 23 November")
    }
    assert corrected == told
