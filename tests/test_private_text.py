"""Is nobody, no medicine and no compartment named where others may read, whatever happens in a home?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from apprise import Apprise
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.events import (
    BoxHealth,
    DoseExtra,
    DoseWrongCompartment,
    ExcursionStarted,
    HelpRequested,
    LidDisturbed,
    LidLeftOpen,
    LidOutOfHours,
    LidRepeated,
    LidStuck,
    LidUnmoved,
    LidWearing,
    LockForced,
    LockOverride,
    SensorFault,
)
from controller.wire.events.doses import DoseExtraAnswered
from controller.wire.health import ENDED_BY
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.words import ExcursionKind, Level
from hub.care.alerting.naming import Moment
from hub.care.alerting.privacy import ELSEWHERE, NOTHING_MORE, PLACES, place_of, reads_in_full, text_for
from hub.care.alerting.words import brief_wording, wording
from hub.care.alerting.words.storage_wording import storage_kind
from hub.care.appointments import Check
from hub.care.caregivers import Caregiver, Ladder, LadderStep
from hub.care.entries import Felt
from hub.care.happenings import AlertAcknowledged, BrokerLink, EntryMade, HouseholdChanged, TroubleArrived
from hub.care.ledger import MessageRecord
from hub.care.people import Household
from hub.medicines import read_cabinet
from hub.writing import entry_of
from tests.care_days import BEA, CEM, MORNING, STEPS, Keeper, at, household, missed, stated, taken, unobserved

LONDON = Moment(ZoneInfo("Europe/London"), at("12:00"))
FIFTY = read_cabinet()["azathioprine-50mg-tablet"]
SECRET = re.compile(
    r"\b(ada|adaline|quixley|azathioprine|mg|kitchen|mon-am|tue-am|monday|tuesday|"
    r"pharmacy|rash|blood)\b",
    re.IGNORECASE,
)
"""Names of the patient, the medicine, the box and its compartments, and what only others have typed."""

CEM_OF_THE_FAMILY = replace(
    CEM, name="Cem Quixley", channels={"phone": "tgram://127.0.0.1/cem"},
    wants={"ada": ("dose", "storage", "supply", "device", "care")},
)  # fmt: skip
ON_BOTH_PHONES = (*STEPS[:2], LadderStep(after_ms=30 * MINUTE_MS, who="cem", channel="phone"))


def quixley(*, alias: str = "", rounds: int | None = None) -> Household:
    """Return a home whose every name can be recognised, and whose people read on phones alone."""
    found = household(caregivers=(BEA, CEM_OF_THE_FAMILY), steps=ON_BOTH_PHONES)
    check = Check(
        id="blood-count", patient="ada", title="Azathioprine blood count", begins=date(2026, 11, 20)
    )
    return replace(
        found,
        patients={"ada": replace(found.patients["ada"], name="Adaline Quixley", alias=alias)},
        medicines={FIFTY.id: FIFTY},
        ladders=(Ladder(patient="ada", steps=ON_BOTH_PHONES, rounds=rounds),),
        checks=(check,),
    )


def _excursion(kind: ExcursionKind, level: Level | None = None) -> Callable[[Keeper, int], object]:
    data = ExcursionStarted(
        excursion=kind, rule=kind, because="beyond_limit", since=at("02:00"), limit=30.0, level=level
    )
    return lambda keeper, now: keeper.send(now, data)


def _felt(keeper: Keeper, now: int) -> None:
    entry = entry_of("ada", Felt(signs=("rash",), words="Adaline"), by="ada", at_ms=now)
    keeper.do(EntryMade(at=now, entry=entry))


def _week_without(keeper: Keeper, now: int) -> None:
    keeper.do_at(now)
    for number, day in enumerate(range(23, 31)):
        keeper.send(at("14:01") + number * DAY_MS, missed(f"azathioprine/2026-11-{day}/08:00"))
        keeper.send(at("23:59") + number * DAY_MS, unobserved(f"azathioprine/2026-11-{day}/20:00"))


def _few_in_a_week(keeper: Keeper, now: int) -> None:
    keeper.do_at(now)
    for number, day in enumerate(range(23, 31)):
        then = number * DAY_MS
        morning, evening = (f"azathioprine/2026-11-{day}/{time}" for time in ("08:00", "20:00"))
        seen = taken(morning, at("08:01") + then) if number % 3 == 0 else missed(morning)
        keeper.send(at("14:01") + then, seen)
        keeper.send(at("23:59") + then, missed(evening))


def _wrong(keeper: Keeper, now: int) -> None:
    data = DoseWrongCompartment(
        slot=MORNING, compartment="tue-am", expected="mon-am", evidence="lid", because="other_slot_due",
        opened_at=now,
    )  # fmt: skip
    keeper.send(now, data)


def _extra(keeper: Keeper, now: int) -> None:
    keeper.send(now, DoseExtra(compartment="tue-am", evidence="lid", because="not_due", opened_at=now))


def _trouble(keeper: Keeper, now: int) -> None:
    text = "Adaline Quixley cannot be reached by phone: no kitchen"
    keeper.do(TroubleArrived(at=now, box="kitchen", trouble="channel_phone", text=text))


def _ill_sensor(keeper: Keeper, now: int) -> None:
    keeper.send(now, SensorFault(sensor="kitchen", because="no_answer"))
    keeper.live(now + HOUR_MS)


def _ailing(word: str) -> Callable[[Keeper, int], object]:
    return lambda keeper, now: keeper.send(now, BoxHealth(because=word, text="kitchen"))


def _lost_clock(keeper: Keeper, now: int) -> None:
    for minutes in range(0, 60, 10):
        keeper.send(now + minutes * MINUTE_MS, BoxHealth(because="self_test"), clock="untrusted")


def _said_taken(keeper: Keeper, now: int) -> None:
    _extra(keeper, now)
    said = DoseExtraAnswered(
        compartment="tue-am", opened_at=now, answer="took", evidence="button", because="button"
    )
    keeper.send(now + MINUTE_MS, said)


ACTS: Mapping[str, Callable[[Keeper, int], object]] = {
    "dose.missed": lambda keeper, now: keeper.send(max(now, at("12:01")), missed(MORNING)),
    "dose.unobserved": lambda keeper, now: keeper.send(max(now, at("12:01")), unobserved(MORNING)),
    "dose.unconfirmed": lambda keeper, now: keeper.live(max(now, at("12:30"))),
    "dose.extra": _extra,
    "dose.extra_taken": _said_taken,
    "dose.wrong_compartment": _wrong,
    "dose.lock_override": lambda keeper, now: keeper.send(now, LockOverride(because="help_held")),
    "dose.lock_forced": lambda keeper, now: keeper.send(
        now, LockForced(compartment="tue-am", because="opened_while_locked")
    ),
    "dose.stopped": _week_without,
    "dose.fading": _few_in_a_week,
    **{
        storage_kind(kind, level): _excursion(kind, level)
        for kind in get_args(ExcursionKind)
        for level in get_args(Level)
    },
    "device.broker": lambda keeper, now: keeper.do(BrokerLink(at=now, heard=False)),
    "device.silent": lambda keeper, now: keeper.until(now + HOUR_MS),
    "device.clock": _lost_clock,
    "device.sensor": _ill_sensor,
    "device.lid_left_open": lambda keeper, now: keeper.send(
        now, LidLeftOpen(compartment="mon-am", because="open_10m", open_ms=600_000)
    ),
    "device.lid_stuck": lambda keeper, now: keeper.send(
        now, LidStuck(compartment="mon-am", because="stuck_open")
    ),
    **{f"device.{word}": _ailing(word) for word in ENDED_BY},
    "device.lid_unmoved": lambda keeper, now: keeper.send(
        now, LidUnmoved(compartment="mon-am", because="others_moved", since=now - 9 * DAY_MS, missed=2)
    ),
    "device.lid_wearing": lambda keeper, now: keeper.send(
        now, LidWearing(compartment="mon-am", because="grown", bounces=12.5, before=2)
    ),
    "lid.out_of_hours": lambda keeper, now: keeper.send(
        now, LidOutOfHours(compartment="mon-am", because="watch_hours", opened_at=now)
    ),
    "lid.repeated": lambda keeper, now: keeper.send(
        now, LidRepeated(because="within_an_hour", count=5, since=now, compartments=("mon-am", "tue-am"))
    ),
    "lid.disturbed": lambda keeper, now: keeper.send(
        now, LidDisturbed(because="many_at_once", compartments=("mon-am", "tue-am", "wed-am"), since=now)
    ),
    "device.plan_ended": lambda keeper, now: keeper.send(now, BoxHealth(because="plan_ended")),
    "device.trouble": _trouble,
    "care.help": lambda keeper, now: keeper.send(now, HelpRequested(because="button")),
    "care.warning_sign": _felt,
    "check.overdue": lambda keeper, now: keeper.live(now + 4 * HOUR_MS),
}
"""What raises each kind of alert."""


def started(home: Household) -> Keeper:
    keeper = Keeper(home)
    keeper.live(at("06:00"))
    return keeper


def leaving(keeper: Keeper) -> list[tuple[MessageRecord, str]]:
    """Return every message with the text with which it would leave."""
    return [(said, text_for(keeper.ledger.household, said)) for said in keeper.messages]


def assert_private(keeper: Keeper) -> None:
    for said, text in leaving(keeper):
        assert not SECRET.search(f"{said.title} {text}"), (said.kind, text)
        assert text != NOTHING_MORE, "each is written for such places"


def act_of_people(keeper: Keeper) -> None:
    """Let somebody take everything on in words that name people, let the promise lapse, and let it end."""
    now = keeper.ledger.clock_at or at("12:00")
    for alert in [one for one in keeper.alerts.values() if one.state != "resolved"]:
        keeper.do(
            AlertAcknowledged(
                at=now, alert=alert.alert, by="cem", intent="I call Adaline Quixley of the kitchen",
                until=now + 20 * MINUTE_MS,
            )
        )  # fmt: skip
    keeper.live(now + HOUR_MS)
    said = stated(at=now + HOUR_MS, slot=MORNING, outcome="self_reported", by="ada", why="Ada had it")
    keeper.do(said)
    keeper.live(now + 2 * HOUR_MS)


@pytest.mark.parametrize("kind", ACTS)
def test_no_kind_of_alert_names_anybody_where_others_may_read(kind: str) -> None:
    keeper = started(quixley())
    ACTS[kind](keeper, at("07:30"))
    raised = {alert.kind for alert in keeper.alerts.values()}
    assert kind in raised, raised
    of_kind = {alert.alert for alert in keeper.alerts.values() if alert.kind == kind}
    assert any(said.alert in of_kind for said in keeper.messages)
    act_of_people(keeper)
    assert_private(keeper)


@settings(max_examples=60, deadline=None)
@given(
    acts=st.lists(st.sampled_from(sorted(set(ACTS) - {"dose.stopped", "dose.fading"})), max_size=5),
    minutes=st.lists(st.integers(1, 90), min_size=5, max_size=5),
    alias=st.sampled_from(["", "Room 4"]),
    people=st.booleans(),
    leaves=st.booleans(),
)
def test_whatever_happens_no_private_letter_names_anybody(
    acts: list[str], minutes: list[int], alias: str, people: bool, leaves: bool
) -> None:
    keeper = started(quixley(alias=alias, rounds=1))
    for kind, later in zip(acts, minutes, strict=False):
        ACTS[kind](keeper, (keeper.ledger.clock_at or 0) + later * MINUTE_MS)
    if people:
        act_of_people(keeper)
    now = (keeper.ledger.clock_at or 0) + 3 * HOUR_MS
    keeper.live(now)
    if leaves:
        keeper.do(HouseholdChanged(at=now, household=replace(keeper.ledger.household, patients={})))
    assert_private(keeper)
    of_alerts = [text for said, text in leaving(keeper) if said.alert is not None]
    if alias and not leaves:
        assert all(text.startswith("Room 4: ") for text in of_alerts)


def test_every_kind_the_hub_knows_has_a_sentence_of_its_own_for_such_places() -> None:
    source = "".join(path.read_text("utf-8") for path in Path("hub/care").rglob("*.py"))
    kinds = set(re.findall(r'"((?:dose|storage|device|care|check|supply|fill|lid)\.[a-z_]+)"', source))
    assert {"dose.missed", "device.silent", "care.help", "check.overdue", "supply.low"} <= kinds
    unknown = brief_wording.observed("nothing.known")
    for kind in kinds | set(ACTS):
        said = brief_wording.observed(kind)
        assert said not in ("", unknown), kind
        assert re.fullmatch(r"[A-Z].*\.", said), said
        assert brief_wording.urgency(kind).endswith("."), kind


def test_a_private_letter_says_what_was_seen_since_when_how_urgently_and_where_more_is_read() -> None:
    keeper = started(quixley())
    keeper.send(at("12:01"), missed(MORNING))
    keeper.live(at("12:17"))
    alert = keeper.alert("dose.missed").alert
    first, second = (text for said, text in leaving(keeper) if said.alert == alert)
    more = f"Read more of {alert} at the hub (pillbox-hub alerts) or in your MQTT app."
    seen = "The box watched all the time of a dose and saw no opening. Known since 12:01 on 23 November."
    assert first == f"{seen} Please look after it soon. {more}"
    told = "Told already: Bea. Nobody has taken it on yet."
    assert second == f"{seen} {told} Please look after it soon. {more}"


def test_whose_name_gives_the_patients_away_is_another_caregiver_there() -> None:
    keeper = started(quixley())
    keeper.send(at("12:01"), missed(MORNING))
    keeper.do(AlertAcknowledged(at=at("12:05"), alert=keeper.alert("dose.missed").alert, by="cem"))
    [text] = [text for said, text in leaving(keeper) if said.kind == "acknowledged"]
    assert text == "Another caregiver has taken it on."


def test_a_correction_says_there_too_what_is_so() -> None:
    keeper = started(quixley())
    keeper.until(at("12:30"))
    keeper.send(at("13:00"), taken(MORNING, at("08:05")))
    texts = {text for said, text in leaving(keeper) if said.kind == "correction"}
    assert texts == {
        "Correction, for the dose due at 08:00 on 23 November: the box saw its opening at 08:05."
    }


def test_a_reminder_on_a_locked_phone_names_no_lid_and_says_that_the_box_shows_it() -> None:
    keeper = started(quixley())
    keeper.live(at("08:00"))
    [text] = [text for said, text in leaving(keeper) if said.kind == "reminder"]
    assert text == (
        "What your box holds for now is due at 08:00: ½ tablet. It shows where. "
        "If you are unsure, follow the label and ask your doctor or pharmacist."
    )


def test_a_reminder_of_a_check_on_a_locked_phone_says_neither_what_it_is_nor_where() -> None:
    soon = Check(
        id="blood", patient="ada", title="Azathioprine blood count", begins=date(2026, 11, 25), time="09:30",
        place="Kitchen Street pharmacy", bring="the rash diary",
    )  # fmt: skip
    keeper = started(replace(quixley(), checks=(soon,)))
    keeper.live(at("10:00"))
    [text] = [text for said, text in leaving(keeper) if said.kind == "check" or "appointment" in said.title]
    assert text == (
        "It is in 2 days, on Wednesday 25 November at 09:30. What and where it is says pillbox-hub check."
    )
    assert_private(keeper)


def test_a_message_that_only_proves_a_channel_asks_for_nobody_there_either() -> None:
    proof = wording.channel_works("weekly")
    assert proof.brief == proof.body


def test_many_names_are_a_number() -> None:
    assert brief_wording.told_already(["Bea", "Cem"]) == "Told already: Bea, Cem. Nobody has taken it on yet."
    assert "told to 4 people" in brief_wording.last_word(list("WXYZ"), LONDON, at("06:00"), "a-1")


# Where others may read.


@pytest.mark.parametrize(("address", "place", "is_own"), [
    ("mailtos://bea:x@example.org", "mailbox", True),
    ("MAILTO://bea:x@example.org", "mailbox", True),
    ("ntfy://127.0.0.1/bea", "push", False),
    ("tgram://token/chat", "chat", False),
    ("twilio://sid:token@from/to", "text message", False),
    ("voipms://x", "voice", False),
    ("json://127.0.0.1/bea", "program", False),
    ("newest://of/all", "elsewhere", False),
    ("", "elsewhere", False),
])  # fmt: skip
def test_the_kind_of_an_address_decides(address: str, place: str, is_own: bool) -> None:
    found = place_of(address)
    assert (found.name, found.is_own) == (place, is_own)
    assert found.why


def test_every_kind_of_address_stands_in_one_place_and_is_one_that_is_sent_to() -> None:
    named = [scheme for place in PLACES for scheme in place.schemes]
    assert len(named) == len(set(named))
    known = {
        scheme
        for service in Apprise().details()["schemas"]
        for scheme in (*(service["protocols"] or ()), *(service["secure_protocols"] or ()))
    }
    assert set(named) <= known, set(named) - known
    assert not ELSEWHERE.is_own, "of what is not listed nobody knows who reads it"


@pytest.mark.parametrize(("full_text", "expected"), [
    (None, {"push": False, "mail": True}),
    ((), {"push": False, "mail": False}),
    (("push",), {"push": True, "mail": False}),
    (("push", "mail"), {"push": True, "mail": True}),
])  # fmt: skip
def test_the_home_may_choose_otherwise_for_each_person(
    full_text: tuple[str, ...] | None, expected: dict[str, bool]
) -> None:
    person = Caregiver(
        id="bea", name="Bea", channels={"push": "ntfy://127.0.0.1/bea", "mail": "mailto://127.0.0.1"},
        wants={}, full_text=full_text,
    )  # fmt: skip
    assert {channel: reads_in_full(person, channel) for channel in person.channels} == expected
    assert not reads_in_full(person, "gone")


def letter(**changes: object) -> MessageRecord:
    found = MessageRecord(
        message="m", patient="ada", to="cem", channel="mail", title="t", body="Ada: all of it.", kind="alert",
        made_at=0, brief="Briefly.",
    )  # fmt: skip
    return replace(found, **changes)  # type: ignore[arg-type]  # Passed through to the record.


def test_a_letter_that_goes_on_to_another_channel_leaves_with_the_text_for_that_one() -> None:
    home = household(caregivers=(replace(CEM, channels={**CEM.channels, "sms": "twilio://a:b@c/d"}),))
    assert text_for(home, letter()) == "Ada: all of it."
    assert text_for(home, letter(channel="sms")) == "Briefly."


def test_a_letter_of_before_or_to_somebody_who_has_left_is_never_sent_in_full() -> None:
    assert text_for(household(), letter(to="bea", channel="push", brief="")) == NOTHING_MORE
    assert text_for(household(), letter(to="dee")) == "Briefly."
    assert not SECRET.search(NOTHING_MORE)


def test_an_address_that_was_changed_meanwhile_decides_as_it_is_now() -> None:
    moved = household(caregivers=(replace(CEM, channels={"mail": "ntfy://127.0.0.1/cem"}),))
    assert text_for(moved, letter()) == "Briefly."
