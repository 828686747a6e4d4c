"""Does the hub tell people of what lids do unasked, once, honestly, and until it is over?"""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from controller.wire.events import (
    DoseAsNeeded,
    DoseExtra,
    DoseExtraAnswered,
    DoseUnobserved,
    DoseWrongCompartment,
    EventData,
    LidClosed,
    LidDay,
    LidDisturbed,
    LidOpened,
    LidOutOfHours,
    LidRepeated,
    LidUnmoved,
    LidWearing,
)
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from hub.care.alerting.naming import Moment
from hub.care.alerting.words.brief_wording import alerted
from hub.care.entries import AsNeededTaken, ExtraAnswered, in_force
from hub.care.happenings import EntryMade
from hub.care.people import LidWatch
from hub.writing import entry_of
from tests.care_days import MORNING, Keeper, at, household, stated, taken

LIDS = ("mon-am", "mon-pm", "tue-am", "tue-pm", "wed-am", "wed-pm", "thu-am")


def started(watch: LidWatch | None = None) -> Keeper:
    home = household()
    boxes = {name: replace(box, watch=watch) for name, box in home.boxes.items()}
    keeper = Keeper(replace(home, boxes=boxes))
    keeper.live(at("01:00"))
    return keeper


def night(keeper: Keeper, opened_at: int, compartment: str = "mon-pm", because: str = "not_due") -> None:
    keeper.send(opened_at, LidOutOfHours(compartment=compartment, because="watch_hours", opened_at=opened_at))
    keeper.send(
        opened_at,
        DoseExtra(compartment=compartment, evidence="lid", because=because, opened_at=opened_at),
    )


def kinds(keeper: Keeper) -> list[str]:
    return [alert.kind for alert in keeper.alerts.values()]


# Out of hours.


def test_a_child_at_night_is_one_alert_in_honest_words() -> None:
    keeper = started()
    night(keeper, at("02:13"))
    alert = keeper.alert("lid.out_of_hours")
    assert kinds(keeper) == ["lid.out_of_hours"], "and no second one for the same opening"
    assert "The Monday evening compartment was opened at 02:13" in alert.body
    assert "nothing was due" in alert.body
    assert "Who opened it the box does not see." in alert.body
    assert alert.title == "02:13 on 23 November: opened, nothing was due"


def test_what_is_opened_within_a_quarter_of_an_hour_is_the_same_alert() -> None:
    keeper = started()
    for minutes, compartment in ((0, "mon-pm"), (4, "tue-am"), (14, "mon-pm")):
        night(keeper, at("02:13") + minutes * MINUTE_MS, compartment)
    assert kinds(keeper) == ["lid.out_of_hours"]
    night(keeper, at("02:40"))
    assert kinds(keeper) == ["lid.out_of_hours"] * 2


def test_a_second_dose_in_that_quarter_is_told_by_itself() -> None:
    keeper = started()
    night(keeper, at("02:13"))
    night(keeper, at("02:15"), because="already_taken")
    assert sorted(kinds(keeper)) == ["dose.extra", "lid.out_of_hours"]


def test_it_climbs_the_ladder_until_somebody_answers() -> None:
    keeper = started()
    night(keeper, at("02:13"))
    keeper.live(at("04:30"))
    alert = keeper.alert("lid.out_of_hours")
    assert set(alert.told) == {"bea", "cem"}
    keeper.acknowledge(at("04:31"), alert)
    keeper.live(at("06:00", 24))
    assert keeper.alert("lid.out_of_hours").state == "resolved"


@pytest.mark.parametrize(
    ("want", "told_as", "soon"),
    [("dose", "dose", "Please look after it soon."), ("care", "care", "Urgent: please look after it now.")],
)
def test_the_home_says_how_urgent_it_is(want: str, told_as: str, soon: str) -> None:
    keeper = started(LidWatch(hours=None, want="care" if want == "care" else "dose"))
    night(keeper, at("02:13"))
    keeper.send(
        at("02:14"),
        LidRepeated(because="within_an_hour", count=5, since=at("02:00"), compartments=("mon-pm",)),
    )
    assert keeper.alert("lid.out_of_hours").want == told_as
    assert keeper.alert("lid.repeated").want == told_as
    for kind in ("lid.out_of_hours", "lid.repeated"):
        assert soon in alerted(keeper.alert(kind), Moment(ZoneInfo("Europe/London"), at("02:14"))), kind


def test_the_answer_at_the_box_ends_it() -> None:
    keeper = started()
    night(keeper, at("02:13"))
    said = DoseExtraAnswered(
        compartment="mon-pm", opened_at=at("02:13"), answer="looked", evidence="button", because="button"
    )
    keeper.send(at("02:14"), said)
    alert = keeper.alert("lid.out_of_hours")
    assert (alert.state, alert.because) == ("resolved", "looked")


def test_a_named_person_who_says_it_was_me_ends_it() -> None:
    keeper = started()
    night(keeper, at("02:13"))
    fact = ExtraAnswered(box="kitchen", compartment="mon-pm", opened_at=at("02:13"), answer="looked")
    keeper.do(EntryMade(at=at("02:30"), entry=entry_of("ada", fact, by="bea", at_ms=at("02:30"))))
    assert keeper.alert("lid.out_of_hours").state == "resolved"


def test_that_something_was_taken_then_is_told_anew() -> None:
    keeper = started()
    night(keeper, at("02:13"))
    said = DoseExtraAnswered(
        compartment="mon-pm", opened_at=at("02:13"), answer="took", evidence="button", because="button"
    )
    keeper.send(at("02:14"), said)
    assert keeper.alert("lid.out_of_hours").state == "resolved"
    assert keeper.alert("dose.extra_taken").state == "told"


# Again and again.


def test_many_openings_within_an_hour_are_one_alert_that_names_their_number() -> None:
    keeper = started()
    again = LidRepeated(
        because="within_an_hour", count=5, since=at("18:02"), compartments=(*LIDS[:4], LIDS[5])
    )
    for minutes in (0, 5):
        keeper.send(at("18:40") + minutes * MINUTE_MS, again)
    assert kinds(keeper).count("lid.repeated") == 1
    body = keeper.alert("lid.repeated").body
    assert "opened 5 times within an hour, since 18:02" in body
    assert "Tuesday evening compartment and 1 more" in body


# All at once.


def fallen(keeper: Keeper, when: int, *, slots: tuple[str, ...] = ()) -> None:
    keeper.send(
        when + 4_000,
        LidDisturbed(because="many_at_once", compartments=LIDS, since=when, slots=slots),
    )


def test_a_fall_is_one_alert_and_ends_what_was_told_of_its_first_lid() -> None:
    keeper = started()
    for compartment in LIDS:
        keeper.send(at("15:00"), LidOpened(compartment=compartment, because="edge"))
    keeper.send(
        at("15:00"), DoseExtra(compartment="mon-am", evidence="lid", because="closed", opened_at=at("15:00"))
    )
    fallen(keeper, at("15:00"))
    open_kinds = [one.kind for one in keeper.alerts.values() if one.state != "resolved"]
    assert [kind for kind in open_kinds if kind != "dose.unconfirmed"] == ["lid.disturbed"]
    alert = keeper.alert("lid.disturbed")
    assert "7 lids of box kitchen opened at the same moment, at 15:00" in alert.body
    assert "look whether tablets lie where they should" in alert.body
    assert "called taken" not in alert.body


def test_a_dose_that_was_called_taken_is_open_again_and_ends_unobserved() -> None:
    keeper = started()
    keeper.send(at("08:05"), taken(MORNING, at("08:05")))
    fallen(keeper, at("08:05"), slots=(MORNING,))
    assert keeper.slots[MORNING].outcome is None
    assert "What had been called taken by these openings is open again." in keeper.alert("lid.disturbed").body
    unseen = DoseUnobserved(slot=MORNING, compartment="mon-am", evidence="none", because="lid_disturbed")
    keeper.send(at("14:01"), unseen)
    assert keeper.slots[MORNING].outcome == "unobserved"
    assert "many lids opened at the same moment" in keeper.alert("dose.unobserved").body


def test_a_lid_opened_on_its_own_afterwards_is_an_intake() -> None:
    keeper = started()
    keeper.send(at("08:05"), taken(MORNING, at("08:05")))
    fallen(keeper, at("08:05"), slots=(MORNING,))
    keeper.send(at("08:20"), taken(MORNING, at("08:20")))
    slot = keeper.slots[MORNING]
    assert (slot.outcome, slot.opened_at) == ("taken", at("08:20"))


def test_what_a_person_has_said_of_the_dose_stands() -> None:
    keeper = started()
    keeper.send(at("08:05"), taken(MORNING, at("08:05")))
    keeper.do(stated(at=at("08:05"), slot=MORNING, outcome="skipped", by="bea"))
    fallen(keeper, at("08:05"), slots=(MORNING,))
    assert keeper.slots[MORNING].outcome == "skipped"
    assert keeper.slots[MORNING].witnessed is None


def test_a_box_takes_back_only_what_lies_in_it_and_what_its_lids_had_said() -> None:
    keeper = started()
    keeper.do(stated(at=at("08:00"), slot=MORNING, outcome="self_reported", by="bea"))
    fallen(keeper, at("08:05"), slots=(MORNING, "azathioprine/2026-11-23/20:00", "other/2026-11-23/20:00"))
    assert keeper.slots[MORNING].outcome == "self_reported"


def test_what_was_taken_as_needed_by_it_does_not_count() -> None:
    keeper = started()
    seen = DoseAsNeeded(
        regimen="pain", compartment="tue-am", medicine="azathioprine-50mg-tablet", amount=1.0,
        evidence="lid", because="lid_opened", opened_at=at("15:00"),
    )  # fmt: skip
    earlier = replace(seen, opened_at=at("09:00"))
    keeper.send(at("09:00"), earlier)
    keeper.send(at("15:00"), seen)
    fallen(keeper, at("15:00"))
    counted = [one.fact.taken_at for one in in_force(keeper.entries) if isinstance(one.fact, AsNeededTaken)]
    assert counted == [at("09:00")]


def test_a_fall_while_the_box_knew_no_time_says_when_word_of_it_came() -> None:
    keeper = started()
    keeper.send(at("15:00"), LidDisturbed(because="many_at_once", compartments=LIDS), clock="untrusted")
    assert "the box did not know the time; word of it came at 15:00" in keeper.alert("lid.disturbed").body


# Switches.


def test_a_lid_that_has_not_moved_names_both_reasons_and_ends_when_it_moves() -> None:
    keeper = started()
    since = at("03:00") - 9 * DAY_MS
    keeper.send(
        at("03:00", 24), LidUnmoved(compartment="mon-am", because="others_moved", since=since, missed=2)
    )
    alert = keeper.alert("device.lid_unmoved")
    assert "has not moved since 03:00 on 14 November" in alert.body
    assert "Either its switch does not work any more, or nobody opened it" in alert.body
    keeper.acknowledge(at("04:00", 24), alert)
    keeper.live(at("06:00", 26))
    assert keeper.alert("device.lid_unmoved").state == "acknowledged", "it is still so"
    keeper.send(at("08:00", 26), LidOpened(compartment="tue-am", because="edge"))
    assert keeper.alert("device.lid_unmoved").state == "acknowledged"
    keeper.send(at("08:00", 26), LidOpened(compartment="mon-am", because="edge"))
    assert keeper.alert("device.lid_unmoved").state == "resolved"


def test_a_wearing_switch_waits_for_the_day() -> None:
    keeper = started()
    keeper.send(at("03:00", 24), LidWearing(compartment="mon-am", because="grown", bounces=12.5, before=3.0))
    alert = keeper.alert("device.lid_wearing")
    assert alert.want == "device"
    assert "bounces about 12.5 times at each movement, 3 when it was new here" in alert.body


QUIET: tuple[EventData, ...] = (
    LidDay(because="day_over", since=at("03:00"), until=at("03:00", 24)),
    LidClosed(compartment="mon-am", because="edge"),
)


@pytest.mark.parametrize("data", QUIET)
def test_a_day_that_is_over_and_a_lid_that_closes_alert_nobody(data: EventData) -> None:
    keeper = started()
    keeper.send(at("03:00", 24), data)
    assert [one for one in kinds(keeper) if one.startswith(("lid.", "device."))] == []


SAID: tuple[EventData, ...] = (
    LidOutOfHours(compartment="mon-pm", because="watch_hours", opened_at=at("08:06")),
    LidRepeated(because="within_an_hour", count=5, since=at("08:00"), compartments=("mon-pm",)),
    LidUnmoved(compartment="mon-am", because="others_moved", since=at("03:00"), missed=2),
    LidWearing(compartment="mon-am", because="grown", bounces=12.5),
    LidDay(because="day_over", since=at("03:00"), until=at("08:00")),
    LidDisturbed(because="many_at_once", compartments=LIDS, since=at("08:05")),
)


@pytest.mark.parametrize("data", SAID, ids=lambda data: type(data).__name__)
def test_no_slot_changes_by_what_lids_tell_but_by_those_that_are_named_as_disturbed(data: EventData) -> None:
    keeper = started()
    keeper.send(at("08:05"), taken(MORNING, at("08:05")))
    before = dict(keeper.slots)
    keeper.send(at("08:06"), data)
    assert keeper.slots == before


def test_a_wrong_lid_in_a_fall_is_no_alert_of_its_own_any_more() -> None:
    keeper = started()
    wrong = DoseWrongCompartment(
        slot=MORNING, compartment="tue-am", expected="mon-am", evidence="lid", because="other_slot_due",
        opened_at=at("08:05"),
    )  # fmt: skip
    keeper.send(at("08:05"), wrong)
    fallen(keeper, at("08:05"))
    assert keeper.alert("dose.wrong_compartment").state == "resolved"


def test_an_hour_later_a_fall_says_nothing_of_an_older_opening() -> None:
    keeper = started()
    extra = DoseExtra(compartment="mon-am", evidence="lid", because="closed", opened_at=at("14:00"))
    keeper.send(at("14:00"), extra)
    fallen(keeper, at("14:00") + HOUR_MS)
    assert keeper.alert("dose.extra").state != "resolved"
