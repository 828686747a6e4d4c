"""Does each slot enter once, end once, and is it reminded of only while it is due and open?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from controller.wire.events import ReminderSnoozed
from controller.wire.instants import DAY_MS, MINUTE_MS
from hub.care.happenings import EventArrived, HouseholdChanged, TimePassed
from hub.care.home import next_deadline, open_ledger, step
from hub.care.ledger import PlanRecord, SlotRecord
from hub.care.people import Box, Hold, Household
from tests.care_days import (
    EVENING,
    MORNING,
    TOMORROW,
    Keeper,
    at,
    event,
    household,
    missed,
    regimen,
    stated,
    taken,
    unobserved,
)


def started(home: Household | None = None) -> Keeper:
    keeper = Keeper(household() if home is None else home)
    keeper.live(at("06:00"))
    return keeper


def outcomes(keeper: Keeper, slot: str) -> list[tuple[str, str, str]]:
    return [(note.outcome, note.because, note.cause) for note in keeper.notes if note.slot == slot]


def reminders(keeper: Keeper) -> list[int]:
    return [said.made_at for said in keeper.messages if said.kind == "reminder"]


def on_hold(*, until: date | None = None) -> Household:
    hold = Hold(begins=date(2026, 11, 23), until=until, by="clinic", why="treated for an infection")
    return household(regimens=[regimen(holds=(hold,))])


# --- Planning


def test_a_ledger_plans_with_its_first_step_whatever_that_is() -> None:
    ledger = open_ledger(household(), "ada")
    assert next_deadline(ledger) is None
    ledger, changes = step(
        ledger, EventArrived(at=at("08:05"), envelope=event(1, taken(MORNING, at("08:05"))))
    )
    assert ledger.slots[MORNING].outcome == "taken"
    assert any(isinstance(change, PlanRecord) for change in changes)


def test_the_plan_of_a_box_is_published_once_until_it_says_something_else() -> None:
    keeper = started()
    keeper.until(at("02:59", 24))
    assert len(keeper.plans) == 1
    keeper.until(at("03:59", 24))
    assert [record.plan.made_at for record in keeper.plans] == [at("06:00"), at("03:00", 24)]
    assert keeper.boxes["kitchen"].plan == keeper.plans[-1].plan.plan
    keeper.do(HouseholdChanged(at=at("04:00", 24), household=household()))
    assert len(keeper.plans) == 2


def test_a_restarted_hub_neither_republishes_nor_rewrites_what_did_not_change() -> None:
    keeper = started()
    again = keeper.restarted()
    assert again.do_at(at("06:01")) == ()


def test_a_slot_that_was_over_before_the_hub_knew_it_is_nobodys_to_judge() -> None:
    keeper = Keeper()
    keeper.live(at("12:30"))
    assert MORNING not in keeper.ledger.slots
    assert EVENING in keeper.ledger.slots


def test_a_withdrawn_slot_is_neither_reminded_nor_missed() -> None:
    keeper = started()
    keeper.live(at("08:10"))
    keeper.do(HouseholdChanged(at=at("08:10"), household=household(regimens=[])))
    assert keeper.slots[MORNING].status == "withdrawn"
    keeper.live(at("13:00"))
    assert outcomes(keeper, MORNING) == []
    assert reminders(keeper) == [at("08:00")]
    keeper.send(at("13:01"), missed(MORNING))
    assert outcomes(keeper, MORNING) == []
    assert keeper.kinds() == []


def test_an_intake_of_a_withdrawn_slot_is_a_fact() -> None:
    keeper = started()
    keeper.do(HouseholdChanged(at=at("08:10"), household=household(regimens=[])))
    keeper.send(at("08:20"), taken(MORNING, at("08:19")))
    assert outcomes(keeper, MORNING) == [("taken", "taken_after_withdrawal", "event kitchen/s1/1")]


def test_a_slot_that_comes_back_in_time_is_planned_again() -> None:
    keeper = started()
    keeper.do(HouseholdChanged(at=at("08:10"), household=household(regimens=[])))
    keeper.do(HouseholdChanged(at=at("08:20"), household=household()))
    assert keeper.slots[MORNING].status == "planned"
    keeper.until(at("12:05"))
    assert keeper.slots[MORNING].outcome == "unconfirmed"


def test_a_slot_that_comes_back_too_late_stays_withdrawn() -> None:
    keeper = started()
    keeper.do(HouseholdChanged(at=at("08:10"), household=household(regimens=[])))
    keeper.live(at("12:30"))
    keeper.do(HouseholdChanged(at=at("12:30"), household=household()))
    keeper.live(at("13:00"))
    assert keeper.slots[MORNING].status == "withdrawn"
    assert outcomes(keeper, MORNING) == []


def test_a_slot_whose_window_is_over_is_not_withdrawn_any_more() -> None:
    keeper = started()
    keeper.until(at("12:01"))
    keeper.do(HouseholdChanged(at=at("12:02"), household=household(regimens=[])))
    keeper.until(at("12:05"))
    assert keeper.slots[MORNING].outcome == "unconfirmed"


def test_a_decided_slot_is_never_planned_anew() -> None:
    keeper = started()
    keeper.send(at("08:05"), taken(MORNING, at("08:05")))
    before = keeper.slots[MORNING]
    for home in (household(regimens=[]), on_hold(), household(regimens=[regimen(times={"08:00": 2.0})])):
        keeper.do(HouseholdChanged(at=at("08:30"), household=home))
        assert keeper.slots[MORNING] == before


def test_new_amounts_and_times_reach_an_undecided_slot() -> None:
    keeper = started()
    keeper.live(at("08:10"))
    changed = replace(regimen(times={"08:00": 2.0}), remind_ms=(0, 20 * MINUTE_MS, 40 * MINUTE_MS))
    keeper.do(HouseholdChanged(at=at("08:10"), household=household(regimens=[changed])))
    assert keeper.slots[MORNING].amounts[0].amount == 2.0
    keeper.live(at("09:00"))
    assert reminders(keeper) == [at("08:00"), at("08:20"), at("08:40")]


def test_decided_slots_leave_the_ledger_after_eight_days_but_not_while_an_alert_is_open() -> None:
    keeper = started()
    keeper.send(at("08:05"), taken(MORNING, at("08:05")))
    keeper.send(at("23:59"), missed(EVENING))
    keeper.live(at("02:59", 27) + 5 * DAY_MS)
    assert MORNING in keeper.ledger.slots
    keeper.live(at("03:00", 27) + 5 * DAY_MS)
    assert MORNING not in keeper.ledger.slots
    assert EVENING in keeper.ledger.slots
    keeper.acknowledge(at("04:00", 27) + 5 * DAY_MS, keeper.alerts_of(EVENING)[0])
    keeper.live(at("04:00", 29) + 5 * DAY_MS)
    assert EVENING not in keeper.ledger.slots


def test_a_clock_that_leaps_ahead_for_a_moment_makes_the_ledger_forget_nothing() -> None:
    keeper = started()
    keeper.send(at("08:05"), taken(MORNING, at("08:05")))
    keeper.do_at(at("08:06") + 10 * DAY_MS)
    keeper.do_at(at("08:07"))
    keeper.live(at("13:00"))
    assert outcomes(keeper, MORNING) == [("taken", "lid_opened", "event kitchen/s1/1")]
    assert keeper.slots[MORNING].outcome == "taken"


def test_a_box_that_leaves_the_home_is_no_longer_missed() -> None:
    keeper = started()
    keeper.until(at("07:00"))
    assert keeper.kinds() == ["device.silent"]
    keeper.do(HouseholdChanged(at=at("07:01"), household=replace(household(regimens=[]), boxes={})))
    assert keeper.kinds() == []
    keeper.until(at("07:00", 24))
    assert keeper.kinds() == []


def test_a_patient_who_leaves_the_home_stops_nothing() -> None:
    keeper = started()
    gone = replace(household(regimens=[]), patients={}, boxes={})
    keeper.do(HouseholdChanged(at=at("07:01"), household=gone))
    keeper.until(at("07:00", 25))
    assert all(slot.status == "withdrawn" for slot in keeper.slots.values())


# --- Holds


def test_a_hold_is_noted_when_its_window_closes_and_only_once() -> None:
    keeper = started(on_hold())
    keeper.live(at("11:59"))
    assert outcomes(keeper, MORNING) == []
    assert keeper.slots[MORNING].status == "held"
    keeper.live(at("12:30"))
    assert outcomes(keeper, MORNING) == [("held", "on_hold", "plan")]
    assert reminders(keeper) == []
    assert keeper.kinds() == []
    assert keeper.notes[0].said == "clinic: treated for an infection"
    assert keeper.notes[0].at == at("12:00")


def test_a_hold_lifted_on_the_same_day_gives_back_slot_plan_and_reminders() -> None:
    keeper = started()
    keeper.live(at("07:30"))
    keeper.do(HouseholdChanged(at=at("07:30"), household=on_hold()))
    assert MORNING not in {slot.slot for slot in keeper.plans[-1].plan.slots}
    keeper.live(at("08:10"))
    assert reminders(keeper) == []
    keeper.do(HouseholdChanged(at=at("08:10"), household=household()))
    assert MORNING in {slot.slot for slot in keeper.plans[-1].plan.slots}
    keeper.live(at("12:05"))
    assert reminders(keeper) == [at("08:10"), at("08:30"), at("09:00")]
    assert outcomes(keeper, MORNING) == [("unconfirmed", "no_testimony", "silence")]


def test_a_hold_lifted_after_the_window_stays_the_truth_about_it() -> None:
    keeper = started(on_hold())
    keeper.live(at("12:00"))
    keeper.do(HouseholdChanged(at=at("12:01"), household=household()))
    keeper.live(at("12:30"))
    assert outcomes(keeper, MORNING) == [("held", "on_hold", "plan")]


def test_a_clock_that_leaps_ahead_for_a_moment_excuses_no_slot() -> None:
    keeper = started(on_hold())
    keeper.do_at(at("06:01") + 10 * DAY_MS)
    keeper.do(HouseholdChanged(at=at("06:02"), household=household()))
    keeper.send(at("08:05"), taken(MORNING, at("08:05")))
    assert outcomes(keeper, MORNING) == [("taken", "lid_opened", "event kitchen/s1/1")]


def test_a_hub_that_was_down_when_a_held_window_closed_notes_the_hold_once() -> None:
    again = started(on_hold()).restarted()
    again.do_at(at("15:00"))
    assert outcomes(again, MORNING) == []
    again.until(at("15:05"))
    later = again.restarted()
    later.live(at("16:00"))
    assert outcomes(later, MORNING) == [("held", "on_hold", "plan")]


def test_a_resume_before_the_window_opens_leaves_no_trace() -> None:
    keeper = started(on_hold())
    keeper.do(HouseholdChanged(at=at("06:30"), household=household()))
    keeper.send(at("08:05"), taken(MORNING, at("08:05")))
    assert outcomes(keeper, MORNING) == [("taken", "lid_opened", "event kitchen/s1/1")]


def test_a_slot_held_in_mid_window_is_neither_reminded_nor_missed() -> None:
    keeper = started()
    keeper.live(at("08:10"))
    keeper.do(HouseholdChanged(at=at("08:10"), household=on_hold()))
    keeper.send(at("12:01"), missed(MORNING))
    assert outcomes(keeper, MORNING) == [("held", "on_hold", "plan")]
    assert reminders(keeper) == [at("08:00")]
    assert keeper.kinds() == []


def test_a_held_dose_that_is_taken_says_so() -> None:
    keeper = started(on_hold())
    keeper.send(at("08:05"), taken(MORNING, at("08:05")))
    keeper.live(at("12:30"))
    assert [note[:2] for note in outcomes(keeper, MORNING)] == [("taken", "taken_while_held")]


def test_a_held_dose_that_is_told_as_taken_later_heals_to_that() -> None:
    keeper = started(on_hold())
    keeper.live(at("12:30"))
    keeper.send(at("12:31"), taken(MORNING, at("08:05")))
    assert [note[:2] for note in outcomes(keeper, MORNING)] == [
        ("held", "on_hold"),
        ("taken", "taken_while_held"),
    ]


def test_a_hold_ends_with_its_last_day() -> None:
    keeper = started(on_hold(until=date(2026, 11, 23)))
    assert keeper.slots[EVENING].status == "held"
    assert keeper.slots[TOMORROW].status == "planned"
    assert {slot.slot for slot in keeper.plans[-1].plan.slots} >= {TOMORROW}
    assert EVENING not in {slot.slot for slot in keeper.plans[-1].plan.slots}


# --- Judging


def test_silence_is_judged_five_minutes_after_the_close_and_not_before() -> None:
    keeper = started()
    keeper.live(at("12:04"))
    assert outcomes(keeper, MORNING) == []
    keeper.live(at("12:05"))
    assert outcomes(keeper, MORNING) == [("unconfirmed", "no_testimony", "silence")]
    assert keeper.kinds() == ["dose.unconfirmed"]


def test_testimony_just_before_the_judgement_is_heard() -> None:
    keeper = started()
    keeper.live(at("12:04"))
    keeper.do(EventArrived(at=at("12:05"), envelope=event(1, missed(MORNING))))
    assert outcomes(keeper, MORNING) == [("missed", "window_watched", "event kitchen/s1/1")]


def test_a_hub_that_was_down_listens_before_it_judges() -> None:
    again = started().restarted()
    again.do_at(at("15:00"))
    assert outcomes(again, MORNING) == []
    again.until(at("15:04"))
    again.send(at("15:04"), taken(MORNING, at("08:05")))
    again.live(at("15:30"))
    assert [note[0] for note in outcomes(again, MORNING)] == ["taken"]
    other = started().restarted()
    other.do_at(at("15:00"))
    other.until(at("15:05"))
    assert [note[0] for note in outcomes(other, MORNING)] == ["unconfirmed"]


def test_a_hub_that_slept_listens_before_it_judges() -> None:
    keeper = started()
    keeper.do_at(at("15:00"))
    assert outcomes(keeper, MORNING) == []
    keeper.until(at("15:05"))
    assert [note[0] for note in outcomes(keeper, MORNING)] == ["unconfirmed"]


def test_an_event_of_another_box_or_slot_changes_nothing() -> None:
    home = household()
    other = Box(id="shed", patient="bob", layout="7x2", compartments=("mon-am",))
    keeper = started(replace(home, boxes={**home.boxes, "shed": other}))
    keeper.do(TimePassed(at=at("08:00")))
    for box in ("shed", "nowhere"):
        assert (
            keeper.do(EventArrived(at=at("08:05"), envelope=event(1, taken(MORNING, at("08:05")), box=box)))
            == ()
        )
    unknown = event(2, taken("azathioprine/2026-11-23/09:00", at("08:05")))
    changes = keeper.do(EventArrived(at=at("08:05"), envelope=unknown))
    assert not any(isinstance(change, SlotRecord) for change in changes)


def two_boxes(*, lies_in: str = "kitchen") -> Household:
    home = household(regimens=[replace(regimen(), box=lies_in)])
    travel = Box(id="travel", patient="ada", layout="7x2", compartments=("mon-am",))
    return replace(home, boxes={**home.boxes, "travel": travel})


def newest_plan(keeper: Keeper, box: str) -> set[str]:
    return {slot.slot for slot in [one.plan for one in keeper.plans if one.box == box][-1].slots}


def test_that_nothing_was_seen_only_the_box_can_say_in_which_the_slot_lies() -> None:
    keeper = started(two_boxes())
    for data in (missed(MORNING), unobserved(MORNING)):
        keeper.do(EventArrived(at=at("12:01"), envelope=event(1, data, when=at("12:01"), box="travel")))
    assert keeper.slots[MORNING].outcome is None


def test_an_intake_is_a_fact_in_whichever_box_it_was_seen_and_the_other_reminds_no_more() -> None:
    keeper = started(two_boxes())
    keeper.live(at("09:00"))
    keeper.do(HouseholdChanged(at=at("09:00"), household=two_boxes(lies_in="travel")))
    assert MORNING in newest_plan(keeper, "travel")
    keeper.do(EventArrived(at=at("10:00"), envelope=event(1, taken(MORNING, at("08:05")))))
    assert outcomes(keeper, MORNING) == [("taken", "taken_at_other_box", "event kitchen/s1/1")]
    assert MORNING not in newest_plan(keeper, "travel")
    assert EVENING in newest_plan(keeper, "travel")
    keeper.do(
        EventArrived(at=at("12:01"), envelope=event(1, missed(MORNING), when=at("12:01"), box="travel"))
    )
    assert keeper.slots[MORNING].outcome == "taken"


def test_a_slot_stays_with_the_box_it_lay_in_when_its_window_closed() -> None:
    keeper = started(two_boxes())
    keeper.live(at("12:01"))
    keeper.do(HouseholdChanged(at=at("12:02"), household=two_boxes(lies_in="travel")))
    keeper.send(at("12:03"), missed(MORNING))
    assert outcomes(keeper, MORNING) == [("missed", "window_watched", "event kitchen/s1/1")]


def test_a_plan_is_never_older_than_the_one_before_it() -> None:
    keeper = started()
    keeper.do(HouseholdChanged(at=at("05:56"), household=on_hold()))
    again = keeper.restarted()
    again.do(HouseholdChanged(at=at("05:57"), household=household()))
    made = [record.plan.made_at for record in again.plans]
    assert made == [at("06:00"), at("06:00") + 1, at("06:00") + 2]


def test_a_box_that_is_given_up_gets_a_plan_without_slots_and_once() -> None:
    keeper = started()
    gone = replace(household(regimens=[]), boxes={})
    keeper.do(HouseholdChanged(at=at("07:01"), household=gone))
    assert newest_plan(keeper, "kitchen") == set()
    assert keeper.boxes["kitchen"].left_at == at("07:01")
    keeper.do(HouseholdChanged(at=at("07:02"), household=gone))
    keeper.until(at("07:00", 25))
    assert len(keeper.plans) == 2


def test_the_first_of_two_testimonies_without_an_intake_stands() -> None:
    for first, second, stands in (
        (missed(MORNING), unobserved(MORNING), "missed"),
        (unobserved(MORNING), missed(MORNING), "unobserved"),
    ):
        keeper = started()
        keeper.send(at("12:01"), first)
        keeper.send(at("12:02"), second)
        assert keeper.slots[MORNING].outcome == stands
        assert keeper.kinds() == [f"dose.{stands}"]


def test_a_late_lid_report_heals_a_missed_dose() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    keeper.send(at("12:02"), taken(MORNING, at("11:59")))
    assert [note[0] for note in outcomes(keeper, MORNING)] == ["missed", "taken"]
    assert keeper.kinds() == []


# --- Reminders


def test_a_dose_is_reminded_at_its_steps_until_it_is_taken() -> None:
    keeper = started()
    keeper.live(at("08:40"))
    keeper.send(at("08:45"), taken(MORNING, at("08:45")))
    keeper.live(at("11:00"))
    assert reminders(keeper) == [at("08:00"), at("08:30")]
    assert {(said.to, said.channel) for said in keeper.messages if said.kind == "reminder"} == {
        ("ada", "phone")
    }


def test_what_a_clock_that_ran_ahead_reminded_of_is_reminded_of_in_its_time() -> None:
    keeper = started()
    keeper.do_at(at("20:10"))
    keeper.do_at(at("06:10"))
    keeper.send(at("07:30"), taken(MORNING, at("07:30")))
    keeper.live(at("20:20"))
    assert reminders(keeper) == [at("20:10"), at("20:00")]


def test_a_clock_that_is_set_back_a_little_repeats_no_reminder() -> None:
    keeper = started()
    keeper.live(at("08:01"))
    keeper.do_at(at("07:50"))
    keeper.live(at("08:20"))
    assert reminders(keeper) == [at("08:00")]


def test_law_9_a_hub_that_wakes_up_years_ago_withdraws_nothing_of_today() -> None:
    """Twenty seconds without the network time had withdrawn the dose of today, and "missed" told nobody."""
    keeper = started()
    keeper.live(at("08:40"))
    keeper.do_at(at("08:41") - 26 * 365 * DAY_MS)
    keeper.do_at(at("08:42"))
    assert keeper.ledger.slots[MORNING].status == "planned"
    keeper.send(at("12:01"), missed(MORNING))
    assert keeper.ledger.slots[MORNING].outcome == "missed"


def test_after_a_pause_only_the_newest_step_is_sent() -> None:
    keeper = started()
    keeper.until(at("07:59"))
    keeper.do_at(at("09:10"))
    keeper.live(at("11:00"))
    assert reminders(keeper) == [at("09:10")]


def test_a_dose_taken_early_is_never_reminded() -> None:
    keeper = started()
    keeper.send(at("07:30"), taken(MORNING, at("07:30")))
    keeper.live(at("12:30"))
    assert reminders(keeper) == []


def test_an_intake_that_arrives_at_the_instant_of_the_reminder_wins() -> None:
    keeper = started()
    keeper.until(at("07:59"))
    keeper.do(EventArrived(at=at("08:00"), envelope=event(1, taken(MORNING, at("07:59")))))
    keeper.live(at("12:30"))
    assert reminders(keeper) == []


def test_no_reminder_comes_after_the_close() -> None:
    keeper = started()
    keeper.until(at("07:59"))
    keeper.do_at(at("12:02"))
    keeper.until(at("12:30"))
    assert reminders(keeper) == []
    assert [note[0] for note in outcomes(keeper, MORNING)] == ["unconfirmed"]


def test_a_snooze_at_the_box_puts_the_phone_off_too() -> None:
    keeper = started()
    keeper.live(at("08:05"))
    snoozed = ReminderSnoozed(slot=MORNING, compartment="mon-am", until=at("08:45"), because="button")
    keeper.send(at("08:10"), snoozed)
    keeper.live(at("09:30"))
    assert reminders(keeper) == [at("08:00"), at("08:45"), at("09:00")]


def test_a_snooze_is_never_shortened_by_an_older_one() -> None:
    keeper = started()
    for until in ("08:45", "08:35"):
        keeper.send(
            at("08:10"),
            ReminderSnoozed(slot=MORNING, compartment="mon-am", until=at(until), because="button"),
        )
    assert keeper.slots[MORNING].snoozed_until == at("08:45")


def test_a_snooze_outlives_a_new_plan() -> None:
    keeper = started()
    keeper.live(at("08:05"))
    keeper.send(
        at("08:10"), ReminderSnoozed(slot=MORNING, compartment="mon-am", until=at("08:50"), because="button")
    )
    keeper.do(HouseholdChanged(at=at("08:15"), household=household(regimens=[regimen(times={"08:00": 1.0})])))
    keeper.live(at("08:55"))
    assert reminders(keeper) == [at("08:00"), at("08:50")]


def test_a_patient_without_a_phone_is_reminded_by_the_box_alone() -> None:
    keeper = started(household(phone=False))
    keeper.live(at("11:00"))
    assert reminders(keeper) == []
    assert keeper.slots[MORNING].reminded == 0


def test_a_declared_dose_is_not_reminded() -> None:
    keeper = started()
    keeper.do(stated(at=at("07:30"), slot=MORNING, outcome="self_reported", by="ada", why="at my sister's"))
    keeper.live(at("12:30"))
    assert reminders(keeper) == []
    assert keeper.kinds() == []


def test_a_reminder_after_a_change_of_its_steps_is_another_message_than_the_one_before() -> None:
    """Numbered by step, it bore the name of one already sent, and was swallowed as its repeat."""
    keeper = started()
    keeper.until(at("08:01"))
    later = replace(regimen(), remind_ms=(30 * MINUTE_MS, 60 * MINUTE_MS))
    keeper.do(HouseholdChanged(at=at("08:05"), household=household(regimens=[later])))
    keeper.until(at("08:31"))
    said = [one.message for one in keeper.messages if one.kind == "reminder"]
    assert len(said) == len(set(said)) == 2
