"""Whose word changes what became of a slot? Every speaker, every outcome, every standing."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import get_args

import pytest

from controller.wire.events import (
    ClockStepped,
    DoseMissed,
    DoseSelfReported,
    DoseUnobserved,
    EventData,
    HelpRequested,
    LidOpened,
)
from controller.wire.instants import HOUR_MS
from controller.wire.words import ClockTrust
from hub.care import judge
from hub.care.entries import Statement
from hub.care.happenings import EventArrived, HouseholdChanged
from hub.care.judge import (
    MAY_BECOME,
    closing_at,
    excused,
    judged,
    may_become,
    silence,
    statement_verdict,
)
from hub.care.ledger import Outcome, SlotRecord, Speaker, Verdict
from tests.care_days import (
    BEA,
    EVENING,
    MORNING,
    Keeper,
    at,
    event,
    household,
    missed,
    regimen,
    taken,
    unobserved,
)

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
SPEAKERS: tuple[Speaker, ...] = get_args(Speaker)
STANDINGS = (None, *OUTCOMES)


def slot(outcome: Outcome | None = None, status: str = "planned") -> SlotRecord:
    return SlotRecord(
        patient="ada", slot=MORNING, regimen="azathioprine", box="kitchen", compartment="mon-am",
        opens_at=at("07:00"), due_at=at("08:00"), late_at=at("09:00"), closes_at=at("12:00"),
        remind_at=(), amounts=(), outcome=outcome, status=status,  # type: ignore[arg-type]  # Words of the test.
    )  # fmt: skip


def verdict(speaker: Speaker, outcome: Outcome) -> Verdict:
    return Verdict(speaker=speaker, outcome=outcome, because="so", cause="test")


# One line for each standing: what it may become, by whom. Written out a second time, by hand, on purpose.
EXPECTED = {
    None: {
        "box": {"taken", "missed", "unobserved", "self_reported"},
        "silence": {"unconfirmed", "unobserved"},
        "hold": {"held"},
        "person": {"self_reported", "skipped"},
    },
    "unconfirmed": {
        "box": {"taken", "missed", "unobserved", "self_reported"},
        "person": {"self_reported", "skipped"},
    },
    "missed": {"box": {"taken", "self_reported"}, "person": {"self_reported", "skipped"}},
    "unobserved": {"box": {"taken", "self_reported"}, "person": {"self_reported", "skipped"}},
    "held": {"box": {"taken", "self_reported"}, "person": {"self_reported"}},
    "taken": {"person": {"self_reported", "skipped"}},
    "self_reported": {"person": {"skipped"}},
    "skipped": {"person": {"self_reported"}},
}


def test_the_table_allows_exactly_what_is_written_here() -> None:
    for standing, speaker, said in product(STANDINGS, SPEAKERS, OUTCOMES):
        expected = said in EXPECTED[standing].get(speaker, set())
        assert may_become(slot(standing), verdict(speaker, said)) is expected, (standing, speaker, said)


def test_a_repeat_changes_nothing() -> None:
    for speaker, said in product(SPEAKERS, OUTCOMES):
        assert judged(slot(said), verdict(speaker, said), at("09:00")) is None


@pytest.mark.parametrize("standing", ["self_reported", "skipped"])
@pytest.mark.parametrize("said", OUTCOMES)
def test_no_sensor_changes_what_a_person_said(standing: Outcome, said: Outcome) -> None:
    for speaker in ("box", "silence", "hold"):
        assert not may_become(slot(standing), verdict(speaker, said))


def test_silence_never_calls_a_dose_missed() -> None:
    assert silence(slot()).outcome == "unconfirmed"
    assert silence(slot()).evidence == "none"
    assert silence(replace(slot(), box="", compartment="")).outcome == "unobserved"
    for standing in STANDINGS:
        assert not may_become(slot(standing), verdict("silence", "missed"))


def test_every_standing_of_the_table_is_an_outcome() -> None:
    for rows in MAY_BECOME.values():
        assert set(rows) <= set(STANDINGS)


@pytest.mark.parametrize(("status", "speaker", "allowed"), [
    ("withdrawn", "box", {"taken", "self_reported"}),
    ("withdrawn", "silence", set()),
    ("withdrawn", "hold", set()),
    ("withdrawn", "person", {"self_reported"}),
    ("held", "box", {"taken", "self_reported"}),
    ("held", "silence", set()),
    ("held", "hold", {"held"}),
    ("held", "person", {"self_reported"}),
])  # fmt: skip
def test_a_slot_off_the_plan_may_be_an_intake_but_never_missed(
    status: str, speaker: Speaker, allowed: set[str]
) -> None:
    for said in OUTCOMES:
        assert may_become(slot(None, status), verdict(speaker, said)) is (said in allowed), said


@pytest.mark.parametrize(("standing", "status", "because"), [
    (None, "planned", "lid_opened"),
    ("unconfirmed", "planned", "lid_opened"),
    (None, "held", "taken_while_held"),
    ("held", "held", "taken_while_held"),
    (None, "withdrawn", "taken_after_withdrawal"),
])  # fmt: skip
def test_an_intake_against_the_plan_says_so(standing: Outcome | None, status: str, because: str) -> None:
    found = judge.testimony(event(7, taken(MORNING, at("08:05"))))
    assert found is not None
    result = judged(slot(standing, status), found[1], at("08:06"))
    assert result is not None
    decided, note = result
    assert (decided.outcome, decided.because, note.because) == ("taken", because, because)


@pytest.mark.parametrize("said", ["missed", "unobserved"])
@pytest.mark.parametrize("standing", [None, "unconfirmed"])
def test_no_box_judges_a_window_that_is_still_open(standing: Outcome | None, said: Outcome) -> None:
    for clock in ("06:00", "07:00", "11:57:59.999"):
        assert judged(slot(standing), verdict("box", said), at(clock)) is None
    # By so much two clocks may differ that are both right.
    assert judged(slot(standing), verdict("box", said), at("11:58")) is not None


def said_early(keeper: Keeper, data: EventData, *, hub: str, box: str, clock: ClockTrust = "synced") -> None:
    """Let a box whose clock is ahead of the hub's testify."""
    keeper.live(at(hub))
    said = event(keeper.ticks + 1, data, when=at(box), clock=clock)
    keeper.do(EventArrived(at=at(hub), envelope=said))


def history(keeper: Keeper, name: str = MORNING) -> list[tuple[str, str]]:
    return [(note.outcome, note.because) for note in keeper.notes if note.slot == name]


@pytest.mark.parametrize("data", [missed(MORNING), unobserved(MORNING)])
def test_a_verdict_that_comes_while_the_window_is_open_waits_for_its_close(
    data: DoseMissed | DoseUnobserved,
) -> None:
    keeper = Keeper()
    said_early(keeper, data, hub="09:00", box="12:00")
    keeper.until(at("12:04"))
    assert history(keeper) == []
    keeper = keeper.restarted()
    keeper.do_at(at("12:04"))
    keeper.until(at("12:30"))
    outcome = "missed" if isinstance(data, DoseMissed) else "unobserved"
    assert history(keeper) == [(outcome, data.because)]
    assert keeper.slots[MORNING].early is None


def test_a_verdict_that_waits_reminds_on_and_alerts_nobody() -> None:
    keeper = Keeper()
    said_early(keeper, missed(MORNING), hub="07:30", box="12:00")
    keeper.live(at("11:59"))
    assert [said.made_at for said in keeper.messages] == [at("08:00"), at("08:30"), at("09:00")]
    assert keeper.kinds() == []


def test_an_intake_in_the_open_window_wins_over_a_verdict_that_waits() -> None:
    keeper = Keeper()
    said_early(keeper, missed(MORNING), hub="08:30", box="12:00")
    keeper.send(at("09:00"), taken(MORNING, at("09:00")))
    keeper.live(at("12:30"))
    assert history(keeper) == [("taken", "lid_opened")]


@pytest.mark.parametrize("data", [
    ClockStepped(by_ms=-3 * HOUR_MS, because="stepped"), LidOpened(compartment="tue-pm", because="edge"),
])  # fmt: skip
def test_a_box_whose_clock_goes_back_takes_back_the_verdict_that_waits(data: EventData) -> None:
    keeper = Keeper()
    said_early(keeper, missed(MORNING), hub="09:00", box="12:00")
    said_early(keeper, data, hub="09:05", box="09:05")
    keeper.live(at("12:30"))
    assert history(keeper) == [("unconfirmed", "no_testimony")]


@pytest.mark.parametrize(("box", "clock"), [("11:59", "synced"), ("09:06", "untrusted"), ("13:00", "rtc")])
def test_a_clock_that_shows_no_earlier_time_takes_nothing_back(box: str, clock: ClockTrust) -> None:
    keeper = Keeper()
    said_early(keeper, missed(MORNING), hub="09:00", box="12:00")
    lid = LidOpened(compartment="tue-pm", because="edge")
    said_early(keeper, lid, hub="09:05", box=box, clock=clock)
    keeper.live(at("12:30"))
    assert history(keeper) == [("missed", "window_watched")]


def test_of_two_verdicts_that_wait_the_newer_counts() -> None:
    keeper = Keeper()
    said_early(keeper, missed(MORNING), hub="09:00", box="12:00")
    said_early(keeper, unobserved(MORNING), hub="09:05", box="12:05")
    keeper.live(at("12:30"))
    assert history(keeper) == [("unobserved", "box_off")]


def test_a_verdict_on_a_window_that_a_new_plan_moves_is_dropped() -> None:
    keeper = Keeper()
    said_early(keeper, missed(MORNING), hub="09:00", box="12:00")
    later = replace(regimen().window, closes_ms=5 * HOUR_MS)
    home = household(regimens=[replace(regimen(), window=later)])
    keeper.do(HouseholdChanged(at=at("09:10"), household=home))
    keeper.live(at("13:30"))
    assert history(keeper) == [("unconfirmed", "no_testimony")]


def test_testimony_heals_a_slot_that_a_hub_ahead_of_time_called_unconfirmed() -> None:
    """Its clock came back before the close, and the verdict then came early by the clock that was right."""
    keeper = Keeper()
    keeper.live(at("06:00"))
    keeper.do_at(at("12:30"))
    keeper.until(at("12:40"))
    keeper.do_at(at("08:00"))
    assert history(keeper) == [("unconfirmed", "no_testimony")]
    said_early(keeper, missed(MORNING), hub="11:00", box="12:00")
    assert len(history(keeper)) == 1
    keeper.live(at("12:30"))
    assert history(keeper) == [("unconfirmed", "no_testimony"), ("missed", "window_watched")]


@pytest.mark.parametrize("said", ["taken", "self_reported"])
def test_an_intake_counts_also_before_its_window_opens(said: Outcome) -> None:
    assert judged(slot(), verdict("box", said), at("06:00")) is not None


def test_a_dose_missed_after_a_box_leapt_through_its_plan_and_back_is_told() -> None:
    keeper = Keeper(household(caregivers=(BEA,), duty="bea"))
    keeper.live(at("06:10"))
    for name in (MORNING, EVENING):
        keeper.send(at("06:10"), unobserved(name))
    assert keeper.kinds() == []
    keeper.live(at("12:01"))
    keeper.send(at("12:01"), missed(MORNING))
    assert keeper.told("dose.missed") == [("bea", "push", "alert")]


def test_a_decided_slot_keeps_what_its_verdict_rests_on() -> None:
    found = judge.testimony(event(7, taken(MORNING, at("08:05"))))
    assert found is not None
    name, said = found
    assert name == MORNING
    result = judged(slot(), said, at("08:06"))
    assert result is not None
    decided, note = result
    assert (decided.timing, decided.evidence, decided.opened_at) == ("on_time", "lid", at("08:05"))
    assert decided.decided_at == at("08:06")
    assert (note.at, note.cause, note.outcome) == (at("08:06"), "event kitchen/s1/7", "taken")
    assert (note.timing, note.evidence) == ("on_time", "lid")


def test_an_intake_that_is_taken_back_leaves_no_timing_behind() -> None:
    found = judge.testimony(event(7, taken(MORNING, at("08:05"))))
    assert found is not None
    first = judged(slot(), found[1], at("08:06"))
    assert first is not None
    said = Statement(entry="e-1", at=at("09:00"), by="bea", outcome="skipped", why="opened by mistake")
    verdict = statement_verdict(said, patient="ada")
    assert verdict is not None
    second = judged(first[0], verdict, at("09:00"))
    assert second is not None
    decided, note = second
    assert (decided.outcome, decided.timing, decided.opened_at) == ("skipped", None, None)
    assert (decided.evidence, note.cause, note.said) == ("caregiver", "person bea", "opened by mistake")


def test_the_patients_own_word_is_no_caregivers() -> None:
    for who, evidence in (("ada", "button"), ("bea", "caregiver")):
        said = Statement(entry="e-1", at=0, by=who, outcome="self_reported")
        verdict = statement_verdict(said, patient="ada")
        assert verdict is not None
        assert verdict.evidence == evidence


def test_only_verdicts_of_doses_are_testimony() -> None:
    assert judge.testimony(event(1, HelpRequested(because="button"))) is None
    assert judge.testimony(event(1, LidOpened(compartment="mon-am", because="edge"))) is None
    button = DoseSelfReported(slot=MORNING, compartment="mon-am", evidence="button", because="button")
    outcomes = [judge.testimony(event(1, data)) for data in (missed(MORNING), unobserved(MORNING), button)]
    assert [found[1].outcome for found in outcomes if found] == ["missed", "unobserved", "self_reported"]
    assert all(found[1].timing is None and found[1].opened_at is None for found in outcomes if found)


def test_silence_waits_for_testimony_that_may_be_on_its_way() -> None:
    heard_all_along = closing_at(slot(), at("00:00"))
    just_restarted = closing_at(slot(), at("15:00"))
    assert heard_all_along == at("12:05")
    assert just_restarted == at("15:05")


def test_a_hold_excuses_without_evidence() -> None:
    result = judged(slot(None, "held"), excused(), at("07:00"))
    assert result is not None
    assert (result[0].outcome, result[0].evidence, result[1].cause) == ("held", "none", "plan")
    assert judged(result[0], excused(), at("07:01")) is None
