"""Does anybody hear what is not so, and does everybody hear what became of it, whatever channels are dead?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.wire.events import DoseExtra, ExcursionEnded, ExcursionStarted, LidClosed, LidLeftOpen
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.words import Level
from hub.care.caregivers import LadderStep
from hub.care.happenings import HouseholdChanged, LetterEnded
from hub.care.ledger import AlertRecord, MessageRecord
from hub.care.people import Household
from tests.care_days import BEA, CEM, MORNING, STEPS, Keeper, at, household, missed, stated, taken

EXTRA = DoseExtra(compartment="tue-am", evidence="lid", because="not_due", opened_at=at("06:10"))
HOT = ExcursionStarted(excursion="hot", rule="hot_30", because="beyond_limit", since=at("20:00"))
BEA_SLEEPS = replace(BEA, quiet=("22:00", "07:00"))
BY_TWO_WAYS = replace(CEM, channels={"mail": "mailto://127.0.0.1", "push": "ntfy://127.0.0.1/cem"})


def started(home: Household | None = None, *, dead: tuple[str, ...] = (), clock: str = "06:00") -> Keeper:
    keeper = Keeper(home or household(), dead=frozenset(dead))
    keeper.live(at(clock))
    return keeper


def letters(keeper: Keeper, alert: AlertRecord, *kinds: str) -> list[tuple[int, str, str]]:
    return [
        (said.made_at, said.to, said.channel)
        for said in keeper.messages
        if said.alert == alert.alert and (not kinds or said.kind in kinds)
    ]


# Who was reached.


def test_only_whom_a_letter_has_reached_counts_as_told() -> None:
    keeper = started(dead=("push", "sms", "mail"))
    keeper.send(at("12:01"), missed(MORNING))
    alert = keeper.alert("dose.missed")
    assert (alert.state, alert.told) == ("raised", ())
    assert "Told already" not in " ".join(said.body for said in keeper.messages)
    keeper.dead = frozenset()
    keeper.live(at("14:00"))
    alert = keeper.alert("dose.missed")
    assert (alert.state, alert.told, alert.reached_by) == (
        "told",
        ("bea", "cem"),
        {"bea": "sms", "cem": "mail"},
    )


def test_the_first_failure_of_a_letter_lets_the_next_rung_not_wait() -> None:
    keeper = started(dead=("push",))
    keeper.send(at("12:01"), missed(MORNING))
    keeper.live(at("12:20"))
    assert letters(keeper, keeper.alert("dose.missed")) == [
        (at("12:01"), "bea", "push"),
        (at("12:01"), "bea", "sms"),
        (at("12:16"), "cem", "mail"),
    ]


def test_a_household_whose_channels_are_all_dead_is_not_rung_through_without_end() -> None:
    keeper = started(dead=("push", "sms", "mail"))
    keeper.send(at("12:01"), missed(MORNING))
    alert = keeper.alert("dose.missed")
    assert len(letters(keeper, alert)) == len(STEPS)
    assert alert.next_step_at == at("13:01")


def test_a_letter_that_fails_again_or_is_not_the_newest_hurries_nobody() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    keeper.live(at("12:17"))
    first, second = (said for said in keeper.messages if said.kind == "alert")
    assert keeper.do(LetterEnded(at=at("12:17"), letter=first, ok=False, failures=1)) == ()
    assert keeper.do(LetterEnded(at=at("12:17"), letter=second, ok=False, failures=2)) == ()
    assert keeper.do(LetterEnded(at=at("12:17"), letter=second, ok=False, failures=1)) != ()


def test_an_end_of_a_letter_that_comes_again_changes_nothing() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    [letter] = [said for said in keeper.messages if said.kind == "alert"]
    assert keeper.do(LetterEnded(at=at("12:02"), letter=letter, ok=True)) == ()
    strange = replace(letter, alert="a-unknown")
    assert keeper.do(LetterEnded(at=at("12:02"), letter=strange, ok=True)) == ()


# What only informs.


def test_law_8_what_only_informs_climbs_until_it_has_reached_somebody() -> None:
    keeper = started(dead=("push",))
    keeper.send(at("06:10"), EXTRA)
    alert = keeper.alert("dose.extra")
    assert letters(keeper, alert) == [(at("06:10"), "bea", "push"), (at("06:10"), "bea", "sms")]
    assert (alert.told, alert.next_step_at) == (("bea",), None)
    keeper.live(at("18:10"))
    assert len(letters(keeper, alert)) == 2
    alert = keeper.alert("dose.extra")
    assert (alert.state, alert.because) == ("resolved", "told")


def test_law_8_what_only_informs_does_not_expire_before_it_was_tried() -> None:
    late = (replace(STEPS[0], after_ms=5 * MINUTE_MS), *STEPS[1:])
    keeper = started(household(steps=late))
    keeper.send(at("06:10"), EXTRA)
    again = keeper.restarted()
    again.do_at(at("06:10", 27))
    assert letters(again, again.alert("dose.extra")) == [(at("06:10", 27), "bea", "push")]
    assert again.alert("dose.extra").told == ("bea",)


def test_law_8_what_only_informs_is_given_up_only_after_days_of_trying_the_whole_ladder() -> None:
    keeper = started(dead=("push", "sms", "mail"))
    keeper.send(at("06:10"), EXTRA)
    keeper.until(at("06:09", 26))
    assert keeper.alert("dose.extra").state == "raised"
    assert len(letters(keeper, keeper.alert("dose.extra"))) >= 5 * len(STEPS)
    keeper.until(at("06:10", 26))
    alert = keeper.alert("dose.extra")
    assert (alert.state, alert.because) == ("resolved", "undeliverable")


# How it ends.


def test_the_end_goes_by_the_channel_that_reached_them() -> None:
    keeper = started(dead=("push",))
    keeper.send(at("12:01"), missed(MORNING))
    declared = stated(at=at("12:10"), slot=MORNING, outcome="self_reported", by="cem", why="")
    keeper.do(declared)
    assert letters(keeper, keeper.alert("dose.missed"), "correction") == [(at("12:10"), "bea", "sms")]


def test_an_end_that_fails_goes_by_the_persons_next_channel_and_by_each_once() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    keeper.dead = frozenset({"push", "sms"})
    keeper.do(stated(at=at("12:10"), slot=MORNING, outcome="self_reported", by="cem", why=""))
    assert letters(keeper, keeper.alert("dose.missed"), "correction") == [
        (at("12:10"), "bea", "push"),
        (at("12:10"), "bea", "sms"),
    ]


def test_nobody_is_corrected_about_what_nobody_was_told() -> None:
    keeper = started(dead=("push", "sms", "mail"))
    keeper.send(at("12:01"), missed(MORNING))
    keeper.send(at("12:10"), taken(MORNING, at("11:59")))
    alert = keeper.alert("dose.missed")
    assert alert.state == "resolved"
    assert letters(keeper, alert, "correction") == []


@pytest.mark.parametrize("ok", [True, None])
def test_whoever_gets_a_letter_that_was_on_its_way_at_the_end_hears_of_the_end(ok: bool | None) -> None:
    keeper = started(dead=("push", "sms", "mail"))
    keeper.send(at("12:01"), missed(MORNING))
    letter = next(said for said in keeper.messages if said.to == "cem" and said.kind == "alert")
    keeper.send(at("12:10"), taken(MORNING, at("11:59")))
    keeper.do(LetterEnded(at=at("12:10"), letter=letter, ok=ok))
    [end] = [said for said in keeper.messages if said.kind == "correction"]
    assert (end.to, end.channel) == ("cem", "mail")
    assert end.body.startswith("Ada: Correction: the Monday morning compartment")


def test_whoever_may_have_been_reached_hears_the_end_and_is_not_called_told() -> None:
    keeper = started(dead=("push", "sms", "mail"))
    keeper.send(at("12:01"), missed(MORNING))
    letter = next(said for said in keeper.messages if said.channel == "push")
    keeper.do(LetterEnded(at=at("12:02"), letter=letter, ok=None))
    assert keeper.alert("dose.missed").told == ()
    keeper.send(at("12:10"), taken(MORNING, at("11:59")))
    assert {to for _, to, _ in letters(keeper, keeper.alert("dose.missed"), "correction")} == {"bea"}


def test_whoever_gets_a_letter_after_it_was_taken_on_hears_that_it_was() -> None:
    keeper = started(dead=("push", "sms", "mail"))
    keeper.send(at("12:01"), missed(MORNING))
    letter = next(said for said in keeper.messages if said.to == "cem" and said.kind == "alert")
    keeper.acknowledge(at("12:05"), keeper.alert("dose.missed"), by="bea")
    keeper.do(LetterEnded(at=at("12:05"), letter=letter, ok=True))
    assert letters(keeper, keeper.alert("dose.missed"), "acknowledged") == [(at("12:05"), "cem", "mail")]


@pytest.mark.parametrize("hours", [2, 26, 50, 100])
def test_whoever_was_alerted_gets_the_correction_however_late_the_testimony_comes(hours: int) -> None:
    keeper = started()
    keeper.live(at("12:06"))
    keeper.acknowledge(at("12:30"), keeper.alert("dose.unconfirmed"))
    known = keeper.alert("dose.unconfirmed")
    keeper.live(at("12:30") + hours * HOUR_MS)
    keeper.ledger = replace(keeper.ledger, slots={**keeper.ledger.slots, MORNING: keeper.slots[MORNING]})
    keeper.send(at("12:30") + hours * HOUR_MS, taken(MORNING, at("08:05")))
    [end] = [said for said in keeper.messages if said.alert == known.alert and said.kind == "correction"]
    assert (end.to, end.channel) == ("bea", "sms"), "by the channel that reached her last"
    assert keeper.slots[MORNING].alerted is None
    keeper.do(stated(at=keeper.ledger.clock_at or 0, slot=MORNING, outcome="skipped", by="bea", why=""))
    assert len(letters(keeper, known, "correction")) == 1, "what was corrected once is not corrected again"


# Quiet hours.


def test_a_sleeper_who_was_passed_over_is_told_when_the_quiet_hours_end() -> None:
    awake = replace(CEM, wants={"ada": ("storage",)})
    keeper = started(household(caregivers=(BEA_SLEEPS, awake)), clock="22:00")
    keeper.send(at("22:05"), HOT)
    keeper.live(at("12:00", 24))
    told = letters(keeper, keeper.alert("storage.hot"))
    assert told[0] == (at("22:05"), "cem", "mail")
    assert next(one for one in told if one[1] == "bea") == (at("07:00", 24), "bea", "push")
    assert not [one for one in told if one[1] == "bea" and one[0] < at("07:00", 24)]


def test_what_may_rest_ends_and_is_taken_on_after_the_quiet_hours() -> None:
    keeper = started(household(caregivers=(BEA_SLEEPS, CEM)), clock="21:00")
    keeper.send(at("21:50"), HOT)
    keeper.acknowledge(at("22:30"), keeper.alert("storage.hot"), by="cem")
    over = ExcursionEnded(excursion="hot", rule="hot_30", because="back", since=at("20:00"))
    keeper.send(at("03:10", 24), over)
    waits = {
        (said.kind, said.to): said.wait_until
        for said in keeper.messages
        if said.kind in ("resolved", "acknowledged")
    }
    assert waits == {
        ("acknowledged", "bea"): at("07:00", 24),
        ("resolved", "bea"): at("07:00", 24),
        ("resolved", "cem"): None,
    }


@pytest.mark.parametrize(("level", "heard"), [(None, True), ("high", True), ("low", False), ("info", False)])
def test_what_was_grave_for_the_storage_and_is_over_by_morning_is_told_then_once(
    level: Level | None, heard: bool
) -> None:
    """Water had condensed in a box by night, and in the morning nobody heard of it, for it was over."""
    asleep = replace(CEM, quiet=("22:00", "08:00"))
    keeper = started(household(caregivers=(BEA_SLEEPS, asleep)), clock="22:00")
    keeper.send(at("22:05"), replace(HOT, level=level))
    over = ExcursionEnded(excursion="hot", rule="hot_30", because="back_within", since=at("20:00"))
    keeper.send(at("01:10", 24), over)
    keeper.live(at("12:00", 24))
    storage = [said for said in keeper.messages if said.title.startswith("Storage")]
    assert [(said.to, said.kind, said.wait_until) for said in storage] == (
        [("bea", "resolved", at("07:00", 24))] if heard else []
    )
    for said in storage:
        assert "In your quiet hours: By its sensor" in said.body
        assert "This is over since 01:10 on 24 November." in said.body
        assert "Ada" not in said.brief


def test_what_somebody_heard_of_is_not_told_once_more_to_who_slept() -> None:
    awake = replace(CEM, wants={"ada": ("storage",)})
    keeper = started(household(caregivers=(BEA_SLEEPS, awake)), clock="22:00")
    keeper.send(at("22:05"), HOT)
    over = ExcursionEnded(excursion="hot", rule="hot_30", because="back_within", since=at("20:00"))
    keeper.send(at("01:10", 24), over)
    keeper.live(at("12:00", 24))
    assert {said.to for said in keeper.messages if said.title.startswith("Storage")} == {"cem"}


def test_a_correction_of_a_dose_waits_for_nobodys_morning() -> None:
    keeper = started(household(caregivers=(BEA_SLEEPS, CEM)))
    keeper.live(at("12:06"))
    keeper.send(at("23:30"), taken(MORNING, at("11:59")))
    assert {(said.to, said.wait_until) for said in keeper.messages if said.kind == "correction"} == {
        ("bea", None),
        ("cem", None),
    }


# The household changes.


def changed(keeper: Keeper, instant: int, home: Household) -> None:
    keeper.live(instant)
    keeper.do(HouseholdChanged(at=instant, household=home))


def test_somebody_new_at_the_first_step_is_told_at_once() -> None:
    dan = replace(CEM, id="dan", name="Dan")
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    keeper.live(at("20:00"))
    first = LadderStep(after_ms=0, who="dan", channel="mail")
    changed(keeper, at("20:00"), household(caregivers=(BEA, CEM, dan), steps=(first, *STEPS)))
    assert letters(keeper, keeper.alert("dose.missed"))[-2:] == [
        (at("20:00"), "dan", "mail"),
        (at("20:00"), "bea", "push"),
    ]


def test_a_shorter_ladder_is_climbed_from_its_first_changed_step() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    keeper.live(at("12:17"))
    changed(keeper, at("12:20"), household(steps=(LadderStep(after_ms=0, who="cem", channel="mail"),)))
    keeper.live(at("16:00"))
    assert letters(keeper, keeper.alert("dose.missed"))[2:] == [
        (at("12:20"), "cem", "mail"),
        (at("13:20"), "cem", "mail"),
        (at("15:20"), "cem", "mail"),
    ]


@pytest.mark.parametrize("steps", [STEPS, STEPS[:2]], ids=["the same", "without its last step"])
def test_nobody_is_told_the_same_step_again_because_the_household_was_imported(
    steps: tuple[LadderStep, ...],
) -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    keeper.live(at("12:17"))
    before = letters(keeper, keeper.alert("dose.missed"))
    changed(keeper, at("12:18"), household(steps=steps))
    assert letters(keeper, keeper.alert("dose.missed")) == before
    assert keeper.alert("dose.missed").next_step_at == at("12:31")


def test_a_ladder_whose_times_alone_change_repeats_no_step_and_does_not_wait() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    slower = tuple(replace(step, after_ms=step.after_ms * 2) for step in STEPS)
    changed(keeper, at("12:05"), household(steps=slower))
    assert letters(keeper, keeper.alert("dose.missed")) == [
        (at("12:01"), "bea", "push"),
        (at("12:05"), "bea", "sms"),
    ]


@pytest.mark.parametrize("why", ["gone", "wants nothing"])
def test_what_was_taken_on_by_somebody_who_leaves_is_open_again(why: str) -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    keeper.acknowledge(at("12:05"), keeper.alert("dose.missed"))
    left = (CEM,) if why == "gone" else (replace(BEA, wants={}), CEM)
    changed(keeper, at("12:30"), household(caregivers=left, duty="cem"))
    alert = keeper.alert("dose.missed")
    assert (alert.state, alert.because) == ("told", "told")
    assert letters(keeper, alert)[-1] == (at("12:30"), "cem", "mail")


def test_the_alerts_of_a_patient_who_leaves_are_over_and_those_told_get_one_word() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    left = household(caregivers=(replace(BEA, wants={}),), duty=None, steps=())
    changed(keeper, at("12:05"), replace(left, patients={}, boxes={}, regimens={}))
    alert = keeper.alert("dose.missed")
    assert (alert.state, alert.because) == ("resolved", "patient_left")
    [word] = [said for said in keeper.messages if said.alert == alert.alert and said.kind != "alert"]
    assert word.to == "bea"
    assert "does not watch over this patient any more" in word.body


def test_an_alert_stays_without_a_step_while_nobody_is_there_and_goes_on_when_somebody_is() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    changed(keeper, at("12:30"), household(caregivers=(), duty=None, steps=()))
    alert = keeper.alert("dose.missed")
    assert (alert.next_step_at, alert.because) == (None, "nobody_to_tell")
    changed(keeper, at("13:00"), household())
    assert letters(keeper, alert)[-1] == (at("13:00"), "bea", "push")


# What came late.


def test_a_lid_that_opened_and_closed_while_the_box_was_not_heard_leaves_no_false_last_word() -> None:
    keeper = started(dead=("push", "sms", "mail"))
    left_open = LidLeftOpen(compartment="mon-am", because="open_10m", open_ms=600_000)
    keeper.send(at("10:00"), left_open, when=at("03:10"))
    keeper.send(at("10:00"), LidClosed(compartment="mon-am", because="edge"), when=at("03:30"))
    alert = keeper.alert("device.lid_left_open")
    assert (alert.state, letters(keeper, alert, "resolved")) == ("resolved", [])


def kinds_of(messages: list[MessageRecord]) -> set[str]:
    return {said.kind for said in messages}


def test_a_day_of_dead_channels_leaves_every_alert_with_a_next_step() -> None:
    keeper = started(dead=("push", "sms", "mail"))
    keeper.send(at("12:01"), missed(MORNING))
    keeper.until(at("12:01") + DAY_MS)
    waiting = [alert for alert in keeper.alerts.values() if alert.state != "resolved"]
    assert waiting
    assert all(alert.next_step_at is not None for alert in waiting)
    assert kinds_of(keeper.messages) <= {"alert", "reminder"}
