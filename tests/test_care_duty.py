"""Whose duty is it, and who hears of what is open when it passes to somebody else?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS, instant_ms
from hub.care.caregivers import Duty, DutyDays, LadderStep, Turn
from hub.care.duty import Watch, next_look_at, watch_at
from hub.care.entries import DutyTaken, Entry, EntryUndone
from hub.care.happenings import EntryMade
from hub.care.people import Household
from hub.writing import entry_of
from tests.care_days import BEA, CEM, MORNING, Keeper, at, household, missed

BERLIN = Duty(
    patient="ada",
    zone="Europe/Berlin",
    turns=(Turn(weekday="mon", time="00:00", who="bea"), Turn(weekday="fri", time="18:00", who="cem")),
    days=(DutyDays(begins=date(2026, 12, 24), until=date(2026, 12, 26), who="bea"),),
)
ON_DUTY_ONLY = (LadderStep(after_ms=0, who="on-duty", channel="push"),)


def home(duty: Duty = BERLIN, **more: object) -> Household:
    return replace(household(**more), duties={"ada": duty})  # type: ignore[arg-type]  # passed through


def instant(text: str) -> int:
    return instant_ms(f"2026-{text}Z")


def taken_over(who: str, *, at: int, by: str = "bea", until: int | None = None) -> Entry:
    return entry_of("ada", DutyTaken(who=who, until=until), by=by, at_ms=at)


@pytest.mark.parametrize(
    ("when", "who", "until"),
    [
        # In Berlin it is an hour later: Friday 18:00 there is 17:00 UTC, midnight 23:00 UTC.
        ("11-27T16:59:59", "bea", "11-27T17:00:00"),
        ("11-27T17:00:00", "cem", "11-29T23:00:00"),
        ("11-29T22:59:59", "cem", "11-29T23:00:00"),
        ("11-29T23:00:00", "bea", "12-04T17:00:00"),
        # Christmas is Bea's, though its Friday evening would be Cem's.
        ("12-23T22:59:00", "bea", "12-26T23:00:00"),
        ("12-25T20:00:00", "bea", "12-26T23:00:00"),
        ("12-26T23:00:00", "cem", "12-27T23:00:00"),
    ],
)
def test_the_week_and_its_exceptions_say_whose_duty_it_is(when: str, who: str, until: str) -> None:
    assert watch_at(home(), "ada", (), instant(when)) == Watch(who=who, until=instant(until))


def test_one_person_who_always_has_the_duty_has_it_for_good() -> None:
    assert watch_at(home(Duty(patient="ada", who="cem")), "ada", (), at("12:00")) == Watch(
        who="cem", until=None
    )
    assert watch_at(replace(home(), duties={}), "ada", (), at("12:00")) == Watch(who=None, until=None)


def test_an_exception_of_weeks_that_changes_nothing_ends_at_a_turn_after_it() -> None:
    long = replace(BERLIN, days=(DutyDays(begins=date(2026, 12, 1), until=date(2026, 12, 18), who="cem"),))
    # It ends on a Friday night, when Cem has the duty anyhow: Bea's turn comes on Monday.
    assert watch_at(home(long), "ada", (), instant("12-02T12:00:00")) == Watch(
        who="cem", until=instant("12-20T23:00:00")
    )


def test_a_turn_at_a_time_that_the_clocks_skip_or_repeat_is_taken_once() -> None:
    rota = Duty(
        patient="ada",
        zone="Europe/Berlin",
        turns=(Turn(weekday="sun", time="02:30", who="bea"), Turn(weekday="mon", time="02:30", who="cem")),
    )
    for sunday, hands_over in (("03-29", "03-29T01:30:00"), ("10-25", "10-25T00:30:00")):
        before = watch_at(home(rota), "ada", (), instant(f"{sunday}T00:00:00"))
        assert before == Watch(who="cem", until=instant(hands_over))
        hours = [instant(hands_over) + number * HOUR_MS for number in range(20)]
        assert {watch_at(home(rota), "ada", (), hour).who for hour in hours} == {"bea"}


def test_one_act_hands_the_duty_over_until_the_rotas_next_change() -> None:
    act = taken_over("cem", at=instant("11-24T10:00:00"))
    assert watch_at(home(), "ada", [act], instant("11-24T09:59:59")).who == "bea"
    during = watch_at(home(), "ada", [act], instant("11-26T10:00:00"))
    assert during == Watch(who="cem", until=instant("11-27T17:00:00"), by="bea")
    assert watch_at(home(), "ada", [act], instant("11-30T10:00:00")).who == "bea"


def test_an_act_with_an_end_outranks_the_rota_until_then_and_not_longer() -> None:
    act = taken_over("cem", at=instant("11-24T10:00:00"), until=instant("11-24T12:00:00"))
    assert watch_at(home(), "ada", [act], instant("11-24T11:59:59")).who == "cem"
    assert watch_at(home(), "ada", [act], instant("11-24T12:00:00")) == Watch(
        who="bea", until=instant("11-27T17:00:00")
    )


def test_where_there_is_no_rota_an_act_holds_until_the_next_one() -> None:
    duty = Duty(patient="ada", who="bea")
    first = taken_over("cem", at=at("10:00"))
    assert watch_at(home(duty), "ada", [first], at("10:00") + 300 * DAY_MS).who == "cem"
    second = taken_over("bea", at=at("12:00"), by="cem")
    assert watch_at(home(duty), "ada", [first, second], at("13:00")).who == "bea"


def test_a_duty_that_was_taken_back_does_not_return_to_whom_it_was_given_before() -> None:
    first = taken_over("cem", at=at("10:00"))
    second = taken_over("bea", at=at("11:00"), until=at("12:00"))
    duty = Duty(patient="ada", who="bea")
    assert watch_at(home(duty), "ada", [first, second], at("13:00")).who == "bea"


def test_an_act_that_is_undone_leaves_what_was_before_it() -> None:
    act = taken_over("cem", at=at("10:00"))
    undo = entry_of("ada", EntryUndone(entry=act.entry), by="bea", at_ms=at("10:05"))
    assert watch_at(home(), "ada", [act, undo], at("10:04")).who == "cem"
    assert watch_at(home(), "ada", [act, undo], at("10:05")).who == "bea"


def test_nobody_gets_a_duty_who_does_not_follow_the_patient() -> None:
    for who in ("mallory", "ada"):
        assert watch_at(home(), "ada", [taken_over(who, at=at("10:00"))], at("11:00")).who == "bea"


@settings(max_examples=200, deadline=None)
@given(
    when=st.integers(instant("01-01T00:00:00"), instant("12-31T00:00:00")),
    taken=st.lists(st.tuples(st.sampled_from(["bea", "cem"]), st.integers(0, 300)), max_size=4),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]),
)
def test_whose_duty_it_is_changes_exactly_when_it_is_said_to(
    when: int, taken: list[tuple[str, int]], zone: str
) -> None:
    """Law: between now and `until` nobody else has it, and at `until` somebody else does."""
    acts = [
        taken_over(who, at=when - hours * HOUR_MS) for who, hours in sorted(taken, key=lambda one: -one[1])
    ]
    place = home(replace(BERLIN, zone=zone))
    watch = watch_at(place, "ada", acts, when)
    assert watch.until is None or watch.until > when
    assert when < next_look_at(watch, when) <= when + DAY_MS
    if watch.until is not None:
        for share in range(10):
            between = when + (watch.until - when) * share // 10
            assert watch_at(place, "ada", acts, between).who == watch.who
        after = watch_at(place, "ada", acts, watch.until)
        assert after.until is None or after.until > watch.until


# Who hears of it.


def alerted(duty: Duty, **more: object) -> Keeper:
    keeper = Keeper(home(duty, caregivers=(BEA, replace(CEM, channels={"push": "ntfy://h/cem"})), **more))
    keeper.live(at("06:00", 27))
    return keeper


def letters(keeper: Keeper, kind: str = "dose.missed") -> list[tuple[str, int]]:
    of_kind = {one.alert for one in keeper.alerts.values() if one.kind == kind}
    return [(said.to, said.made_at) for said in keeper.messages if said.alert in of_kind]


def test_who_takes_the_duty_by_the_rota_hears_at_once_of_what_is_open() -> None:
    keeper = alerted(BERLIN, steps=ON_DUTY_ONLY)
    keeper.send(at("16:00", 27), missed("azathioprine/2026-11-27/08:00"))
    keeper.live(at("17:30", 27))
    assert letters(keeper)[0] == ("bea", at("16:00", 27))
    assert ("cem", at("17:00", 27)) in letters(keeper), "Friday 18:00 in Berlin"


def test_who_is_handed_the_duty_hears_at_once_and_not_twice() -> None:
    keeper = alerted(Duty(patient="ada", who="bea"), steps=ON_DUTY_ONLY)
    keeper.send(at("12:01", 27), missed("azathioprine/2026-11-27/08:00"))
    act = taken_over("cem", at=at("12:10", 27))
    for _ in range(2):
        keeper.do(EntryMade(at=at("12:10", 27), entry=act))
    keeper.live(at("12:30", 27))
    assert letters(keeper) == [("bea", at("12:01", 27)), ("cem", at("12:10", 27))]


def test_what_somebody_has_taken_on_stays_theirs_when_the_duty_passes_on() -> None:
    keeper = alerted(BERLIN, steps=ON_DUTY_ONLY)
    keeper.send(at("16:00", 27), missed("azathioprine/2026-11-27/08:00"))
    keeper.acknowledge(at("16:05", 27), keeper.alert("dose.missed"))
    keeper.live(at("19:00", 27))
    assert [who for who, _ in letters(keeper)] == ["bea"]


def test_after_a_restart_nobody_hears_again_and_the_next_hand_over_still_comes() -> None:
    keeper = alerted(BERLIN, steps=ON_DUTY_ONLY)
    keeper.send(at("16:50", 27), missed("azathioprine/2026-11-27/08:00"))
    again = keeper.restarted()
    again.do_at(at("16:55", 27))
    assert len(letters(again)) == 1
    again.until(at("17:01", 27))
    assert [who for who, _ in letters(again)] == ["bea", "cem"]


def test_a_snooze_of_the_patient_stops_nobody() -> None:
    """The clock of the ladder is the caregivers'; a patient's snooze is for the patient."""
    keeper = alerted(Duty(patient="ada", who="bea"))
    keeper.ledger = replace(
        keeper.ledger,
        slots={
            name: replace(slot, snoozed_until=at("23:00", 27)) for name, slot in keeper.ledger.slots.items()
        },
    )
    keeper.send(at("12:01", 27), missed("azathioprine/2026-11-27/08:00"))
    keeper.live(at("12:40", 27))
    assert [when for _, when in letters(keeper)] == [
        at("12:01", 27), at("12:01", 27) + 15 * MINUTE_MS, at("12:01", 27) + 30 * MINUTE_MS
    ]  # fmt: skip


def test_the_deadline_of_a_quiet_home_moves_on_at_every_hand_over() -> None:
    keeper = Keeper(home())
    keeper.do_at(at("06:00"))
    keeper.until(at("06:00") + 9 * DAY_MS)
    assert keeper.ledger.people_at is not None
    assert keeper.ledger.people_at > at("06:00") + 9 * DAY_MS
    assert MORNING in keeper.slots
