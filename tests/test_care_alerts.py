"""Is anybody told, in the right order, until somebody answers or it is over?"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from controller.wire.events import DoseExtra, DoseWrongCompartment, HelpRequested, LidClosed, LidLeftOpen
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS, instant_ms
from controller.wire.messages import Alert
from controller.wire.shape import from_plain, to_plain
from hub.care.alerting.ladder import quiet_until_at
from hub.care.caregivers import LadderStep
from hub.care.happenings import AlertAcknowledged, HouseholdChanged, TroubleArrived
from hub.care.home import next_deadline
from hub.care.ledger import AlertRecord
from tests.care_days import (
    BEA,
    CEM,
    EVENING,
    MORNING,
    Keeper,
    at,
    household,
    missed,
    regimen,
    stated,
    taken,
    unobserved,
)

QUIET_BEA = replace(BEA, quiet=("22:00", "07:00"))


def started(**home: object) -> Keeper:
    keeper = Keeper(household(**home))  # type: ignore[arg-type]  # Passed through to a function that checks.
    keeper.live(at("06:00"))
    return keeper


def told_at(keeper: Keeper, kind: str = "alert") -> list[tuple[int, str, str]]:
    return [(said.made_at, said.to, said.channel) for said in keeper.messages if said.kind == kind]


def test_the_ladder_is_climbed_at_its_times() -> None:
    keeper = started()
    keeper.live(at("12:00"))
    keeper.send(at("12:01"), missed(MORNING))
    keeper.live(at("12:40"))
    assert told_at(keeper) == [
        (at("12:01"), "bea", "push"),
        (at("12:16"), "bea", "sms"),
        (at("12:31"), "cem", "mail"),
    ]
    alert = keeper.alert("dose.missed")
    assert (alert.state, alert.rung, alert.told) == ("told", 3, ("bea", "cem"))


def test_a_climb_begins_again_an_hour_after_its_end_then_ever_later_but_daily() -> None:
    keeper = started(steps=(LadderStep(after_ms=0, who="bea", channel="push"),))
    keeper.send(at("12:01"), missed(MORNING))
    keeper.until(at("12:01", 28))
    instants = [said.made_at for said in keeper.messages if said.alert == keeper.alerts_of(MORNING)[0].alert]
    pauses = [later - earlier for earlier, later in pairwise(instants)]
    assert pauses == [HOUR_MS * hours for hours in (1, 2, 4, 8, 16, 24, 24, 24)]


def test_no_rung_is_taken_once_somebody_has_taken_it_on() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    keeper.acknowledge(at("12:05"), keeper.alert("dose.missed"))
    keeper.live(at("06:00", 24))
    assert [said.kind for said in keeper.messages if said.alert == keeper.alert("dose.missed").alert] == [
        "alert"
    ]
    assert keeper.alert("dose.missed").state == "acknowledged"


def test_the_others_hear_who_has_taken_it_on() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    keeper.live(at("12:40"))
    keeper.acknowledge(at("12:41"), keeper.alert("dose.missed"), by="cem", until=at("15:00"))
    [said] = [message for message in keeper.messages if message.kind == "acknowledged"]
    assert (said.to, said.channel) == ("bea", "sms"), "by the channel that reached her last"
    assert said.body == "Ada: Cem has taken it on (until 15:00)."


def test_a_promise_that_lapses_reopens_the_alert_from_the_first_rung() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    keeper.acknowledge(at("12:05"), keeper.alert("dose.missed"), by="cem", until=at("13:00"))
    keeper.live(at("12:59"))
    assert len(told_at(keeper)) == 1
    changes = keeper.do_at(at("13:00"))
    assert any(isinstance(change, AlertRecord) and change.state == "told" for change in changes)
    assert told_at(keeper)[1:] == [(at("13:00"), "bea", "push")]
    assert "Cem had taken it on until 13:00 on 23 November; it is still open." in keeper.messages[-1].body
    keeper.live(at("13:40"))
    assert told_at(keeper)[2:] == [(at("13:15"), "bea", "sms"), (at("13:30"), "cem", "mail")]


def test_a_stranger_cannot_acknowledge() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    for who in ("mallory", "ada", "kitchen", ""):
        assert keeper.acknowledge(at("12:02"), keeper.alert("dose.missed"), by=who) == ()


def test_a_caregiver_of_another_patient_cannot_acknowledge() -> None:
    keeper = started(caregivers=(BEA, replace(CEM, wants={})))
    keeper.send(at("12:01"), missed(MORNING))
    assert keeper.acknowledge(at("12:02"), keeper.alert("dose.missed"), by="cem") == ()


def test_a_repeated_or_lapsed_acknowledgement_changes_nothing() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    alert = keeper.alert("dose.missed")
    assert keeper.acknowledge(at("12:02"), alert, until=at("12:02")) == ()
    assert keeper.acknowledge(at("12:03"), alert, until=at("12:30")) != ()
    assert keeper.acknowledge(at("12:04"), alert, until=at("12:30")) == ()
    assert keeper.acknowledge(at("12:05"), alert, until=at("12:45")) != ()
    assert keeper.do(AlertAcknowledged(at=at("12:06"), alert="a-unknown", by="bea")) == ()


def test_an_acknowledgement_outlives_the_hub() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    keeper.acknowledge(at("12:05"), keeper.alert("dose.missed"), until=at("13:00"))
    again = keeper.restarted()
    again.live(at("12:59"))
    assert again.messages == keeper.messages
    again.live(at("13:01"))
    assert told_at(again)[-1] == (at("13:00"), "bea", "push")


def test_a_climb_goes_on_after_a_restart_and_gives_people_their_time() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    again = keeper.restarted()
    again.do_at(at("15:00"))
    again.until(at("15:16"))
    assert told_at(again) == [
        (at("12:01"), "bea", "push"),
        (at("15:00"), "bea", "sms"),
        (at("15:15"), "cem", "mail"),
    ]


def test_rungs_do_not_drift_when_the_hub_ticks_a_little_late() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    keeper.do_at(at("12:16") + 20_000)
    assert keeper.alert("dose.missed").next_step_at == at("12:31")


def test_what_is_over_and_begins_again_within_a_millisecond_is_two_alerts() -> None:
    keeper = started()
    keeper.send(at("06:05"), LidLeftOpen(compartment="mon-am", because="open_10m", open_ms=600_000))
    keeper.send(at("06:05"), LidClosed(compartment="mon-am", because="edge"))
    keeper.send(at("06:05"), LidLeftOpen(compartment="mon-am", because="open_10m", open_ms=600_000))
    assert [alert.state for alert in keeper.alerts.values()] == ["resolved", "told"]


def test_a_healed_alert_corrects_everyone_who_was_told() -> None:
    keeper = started()
    keeper.until(at("12:40"))
    assert keeper.alert("dose.unconfirmed").told == ("bea", "cem")
    keeper.send(at("13:00"), taken(MORNING, at("08:05")))
    alert = keeper.alert("dose.unconfirmed")
    assert (alert.state, alert.because, alert.next_step_at) == ("resolved", "taken", None)
    corrections = [said for said in keeper.messages if said.kind == "correction"]
    assert [(said.to, said.channel) for said in corrections] == [("bea", "sms"), ("cem", "mail")]
    assert corrections[0].body == (
        "Ada: Correction: the Monday morning compartment, due at 08:00 on 23 November, was opened at 08:05."
    )
    assert [note.outcome for note in keeper.notes] == ["unconfirmed", "taken"]


def test_an_unconfirmed_dose_that_was_missed_becomes_that_alert() -> None:
    keeper = started()
    keeper.until(at("12:40"))
    keeper.send(at("13:00"), missed(MORNING))
    assert keeper.alert("dose.unconfirmed").state == "resolved"
    assert keeper.alert("dose.missed").state == "told"
    last = [(said.kind, said.to) for said in keeper.messages if said.made_at == at("13:00") and said.alert]
    # Bea reads the correction in the new alert; Cem, who is later on the ladder, gets it by itself.
    assert ("alert", "bea") in last
    assert ("correction", "cem") in last
    assert ("correction", "bea") not in last
    [body] = [
        said.body
        for said in keeper.messages
        if said.kind == "alert" and said.made_at == at("13:00") and "not opened from" in said.body
    ]
    assert "The box has been heard since." in body


def test_a_person_who_says_it_was_taken_ends_the_alert() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    keeper.do(stated(at=at("12:10"), slot=MORNING, outcome="self_reported", by="cem", why="from the old box"))
    assert keeper.alert("dose.missed").state == "resolved"
    [said] = [message for message in keeper.messages if message.kind == "correction"]
    assert (
        said.body
        == "Ada: Correction: Cem says that the dose due at 08:00 on 23 November was taken from elsewhere."
    )
    assert keeper.notes[-1].said == "from the old box"


@pytest.mark.parametrize(
    ("who", "counts"), [("bea", True), ("ada", True), ("mallory", False), ("kitchen", False)]
)
def test_only_people_of_this_home_may_declare(who: str, counts: bool) -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    keeper.do(stated(at=at("12:10"), slot=MORNING, outcome="skipped", by=who, why=""))
    assert (keeper.slots[MORNING].outcome == "skipped") is counts


@pytest.mark.parametrize("who", ["bea", "ada"])
def test_a_declared_slot_is_no_longer_asked_of_the_box(who: str) -> None:
    keeper = started()
    assert EVENING in {slot.slot for slot in keeper.plans[-1].plan.slots}
    keeper.do(stated(at=at("12:10"), slot=EVENING, outcome="skipped", by=who, why="told to by the clinic"))
    assert EVENING not in {slot.slot for slot in keeper.plans[-1].plan.slots}
    assert MORNING in {slot.slot for slot in keeper.plans[-1].plan.slots}


def test_a_missed_dose_that_was_acknowledged_ends_after_a_day() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    keeper.acknowledge(at("12:05"), keeper.alert("dose.missed"))
    before = len(keeper.told("dose.missed"))
    keeper.until(at("12:05", 24))
    alert = keeper.alerts_of(MORNING)[0]
    assert (alert.state, alert.because) == ("resolved", "acknowledged")
    assert len([said for said in keeper.messages if said.alert == alert.alert]) == before


def test_a_resolved_alert_is_cleared_after_a_day_and_leaves_the_ledger() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    keeper.send(at("12:10"), taken(MORNING, at("11:59")))
    alert = keeper.alert("dose.missed")
    keeper.until(at("12:09", 24))
    assert alert.alert in keeper.ledger.alerts
    keeper.until(at("12:10", 24))
    assert alert.alert not in keeper.ledger.alerts


def test_a_person_who_does_not_want_a_kind_is_left_out_and_nobody_waits_for_them() -> None:
    keeper = started(duty="cem")
    keeper.do(TroubleArrived(at=at("06:01"), box="kitchen", trouble="mail_dead", text="Mail cannot be sent."))
    assert told_at(keeper) == [(at("06:01"), "bea", "sms")]


def test_on_duty_is_whoever_is_on_duty_when_the_rung_is_taken() -> None:
    keeper = started(duty="bea")
    keeper.live(at("12:00"))
    keeper.do(HouseholdChanged(at=at("12:00"), household=household(duty="cem")))
    keeper.send(at("12:01"), missed(MORNING))
    # Cem has no such channel; his own comes first.
    assert told_at(keeper) == [(at("12:01"), "cem", "mail")]


def test_without_a_ladder_everyone_who_wants_it_is_told_at_once() -> None:
    keeper = started(steps=())
    keeper.send(at("12:01"), missed(MORNING))
    assert told_at(keeper) == [(at("12:01"), "bea", "push"), (at("12:01"), "cem", "mail")]


def test_a_ladder_that_reaches_nobody_does_not_silence_the_others() -> None:
    only_cem = (LadderStep(after_ms=0, who="cem", channel="mail"),)
    keeper = started(steps=only_cem)
    keeper.do(TroubleArrived(at=at("06:01"), box="kitchen", trouble="sms_dead", text="SMS cannot be sent."))
    assert told_at(keeper) == [(at("06:01"), "bea", "push")]


def test_with_nobody_to_tell_the_alert_stays_raised_and_says_so() -> None:
    keeper = started(caregivers=(), duty=None, steps=())
    keeper.send(at("12:01"), missed(MORNING))
    alert = keeper.alert("dose.missed")
    assert (alert.state, alert.because, alert.next_step_at) == ("raised", "nobody_to_tell", None)
    keeper.do(HouseholdChanged(at=at("13:00"), household=household()))
    assert told_at(keeper) == [(at("13:00"), "bea", "push")]


def test_a_household_that_changed_while_the_hub_was_down_is_told_what_waits() -> None:
    keeper = started(caregivers=(), duty=None, steps=())
    keeper.send(at("12:01"), missed(MORNING))
    again = keeper.restarted()
    again.ledger = replace(again.ledger, household=household())
    again.do_at(at("12:30"))
    assert told_at(again) == [(at("12:30"), "bea", "push")]


def test_help_is_told_at_once_even_to_somebody_who_did_not_ask_for_it() -> None:
    keeper = started(caregivers=(CEM,), duty="cem", steps=())
    keeper.send(at("06:05"), HelpRequested(because="button"))
    assert told_at(keeper) == [(at("06:05"), "cem", "mail")]
    assert keeper.alert("care.help").want == "care"


def test_help_asked_for_again_climbs_on_and_reopens_what_was_taken_on() -> None:
    keeper = started()
    keeper.send(at("06:05"), HelpRequested(because="button"))
    keeper.send(at("06:05"), HelpRequested(because="button"))
    assert len(told_at(keeper)) == 1
    keeper.send(at("06:07"), HelpRequested(because="button"))
    assert told_at(keeper)[1:] == [(at("06:07"), "bea", "sms")]
    keeper.acknowledge(at("06:08"), keeper.alert("care.help"))
    keeper.send(at("06:30"), HelpRequested(because="button"))
    assert told_at(keeper)[2:] == [(at("06:30"), "bea", "push")]


def test_a_new_press_for_help_is_never_an_old_alert() -> None:
    keeper = started()
    keeper.send(at("06:05"), HelpRequested(because="button"))
    keeper.acknowledge(at("06:06"), keeper.alert("care.help"))
    keeper.live(at("06:07", 24))
    keeper.send(at("06:08", 24), HelpRequested(because="button"))
    assert len({alert.alert for alert in keeper.alerts.values() if alert.kind == "care.help"}) == 2


def extra(opened_at: int, compartment: str = "tue-am", because: str = "not_due") -> DoseExtra:
    return DoseExtra(compartment=compartment, evidence="lid", because=because, opened_at=opened_at)


def test_extra_openings_of_one_compartment_within_a_quarter_of_an_hour_are_one_alert() -> None:
    keeper = started()
    for clock in ("06:10", "06:15", "06:24"):
        keeper.send(at(clock), extra(at(clock)))
    assert len(told_at(keeper)) == 1
    keeper.send(at("06:26"), extra(at("06:26")))
    keeper.send(at("06:27"), extra(at("06:27"), compartment="wed-am"))
    assert len(told_at(keeper)) == 3


def test_an_extra_opening_is_told_once_to_one_and_ends_by_itself() -> None:
    keeper = started()
    keeper.send(at("06:10"), extra(at("06:10"), because="already_taken"))
    keeper.live(at("18:09"))
    assert told_at(keeper)[0] == (at("06:10"), "bea", "push")
    assert keeper.told("dose.extra") == [("bea", "push", "alert")]
    keeper.until(at("18:10"))
    assert keeper.alert("dose.extra").state == "resolved"
    assert keeper.told("dose.extra") == [("bea", "push", "alert")]


def test_a_wrong_compartment_is_told_with_both_names() -> None:
    keeper = started()
    wrong = DoseWrongCompartment(
        slot=MORNING, compartment="tue-am", expected="mon-am", evidence="lid", because="other_slot_due",
        opened_at=at("08:02"),
    )  # fmt: skip
    keeper.send(at("08:02"), wrong)
    body = keeper.alert("dose.wrong_compartment").body
    assert "The box saw the Tuesday morning compartment opened at 08:02" in body
    assert "in the time of the dose in the Monday morning compartment" in body


def test_trouble_is_told_once_a_day_for_each_box_and_word() -> None:
    keeper = started()
    for clock, word in (("06:01", "quarantine"), ("06:02", "quarantine"), ("06:03", "mail_dead")):
        keeper.do(TroubleArrived(at=at(clock), box="kitchen", trouble=word, text="A message was refused."))
    assert len([kind for kind in keeper.kinds() if kind == "device.trouble"]) == 2
    alert = next(alert for alert in keeper.alerts.values() if alert.kind == "device.trouble")
    keeper.acknowledge(at("06:05"), alert)
    keeper.do(TroubleArrived(at=at("06:06"), box="kitchen", trouble="quarantine", text="Again."))
    assert len([kind for kind in keeper.kinds() if kind == "device.trouble"]) == 2
    keeper.do(TroubleArrived(at=at("06:06", 24), box="kitchen", trouble="quarantine", text="Again."))
    assert len([alert for alert in keeper.alerts.values() if alert.kind == "device.trouble"]) == 3


def test_trouble_without_a_box_of_ours_is_told_under_one_that_is() -> None:
    keeper = started()
    keeper.do(TroubleArrived(at=at("06:01"), box="hub", trouble="disk_full", text="The disk is full."))
    assert keeper.alert("device.trouble").box == "kitchen"


def test_quiet_hours_hold_back_storage_and_devices_but_never_a_dose() -> None:
    keeper = Keeper(household(caregivers=(QUIET_BEA, CEM), duty="bea"))
    keeper.live(at("23:00"))
    keeper.do(TroubleArrived(at=at("23:00"), box="kitchen", trouble="sms_dead", text="SMS cannot be sent."))
    alert = keeper.alert("device.trouble")
    assert (alert.state, alert.next_step_at, alert.because) == ("raised", at("07:00", 24), "quiet_hours")
    keeper.send(at("00:00", 24), unobserved(EVENING))
    assert keeper.told("dose.unobserved") == [("bea", "push", "alert")]
    keeper.live(at("07:01", 24))
    assert [said[:2] for said in keeper.told("device.trouble")] == [("bea", "push")]


def test_somebody_awake_is_told_in_place_of_somebody_asleep() -> None:
    awake = replace(CEM, wants={"ada": ("device",)})
    keeper = Keeper(household(caregivers=(QUIET_BEA, awake), duty="bea"))
    keeper.live(at("23:00"))
    keeper.do(TroubleArrived(at=at("23:00"), box="kitchen", trouble="sms_dead", text="SMS cannot be sent."))
    assert keeper.told("device.trouble") == [("cem", "mail", "alert")]


def test_the_end_of_quiet_hours_is_local() -> None:
    berlin, daytime = ZoneInfo("Europe/Berlin"), replace(BEA, quiet=("13:00", "15:00"))
    assert quiet_until_at(QUIET_BEA, berlin, at("20:59")) is None
    assert quiet_until_at(QUIET_BEA, berlin, at("21:00")) == at("06:00", 24)
    assert quiet_until_at(QUIET_BEA, berlin, at("05:59")) == at("06:00")
    assert quiet_until_at(QUIET_BEA, berlin, at("06:00")) is None
    assert quiet_until_at(daytime, berlin, at("12:00")) == at("14:00")
    assert quiet_until_at(daytime, berlin, at("14:00")) is None
    assert quiet_until_at(BEA, berlin, at("23:00")) is None


def test_quiet_hours_that_end_in_the_doubled_hour_end_at_its_second_coming() -> None:
    """Once they went on a second at a time, and wrote the alert anew in each of them."""
    night = replace(BEA, quiet=("22:00", "02:30"))
    berlin = ZoneInfo("Europe/Berlin")
    first, second = instant_ms("2026-10-25T00:30:00Z"), instant_ms("2026-10-25T01:30:00Z")
    assert quiet_until_at(night, berlin, first - HOUR_MS) == first
    assert quiet_until_at(night, berlin, first) is None
    assert quiet_until_at(night, berlin, instant_ms("2026-10-25T01:10:00Z")) == second


def test_each_slot_of_two_regimens_is_alerted_by_itself_and_ids_are_opaque() -> None:
    keeper = started(regimens=(regimen(), replace(regimen(), id="vitamin-d")))
    keeper.until(at("12:06"))
    alerts = [alert for alert in keeper.alerts.values() if alert.kind == "dose.unconfirmed"]
    assert len(alerts) == 2
    for alert in alerts:
        assert "azathioprine" not in f"{alert.alert} {alert.title} {alert.body}"
        assert "vitamin" not in f"{alert.alert} {alert.title} {alert.body}"


def test_an_alert_record_fits_the_wire() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    alert = keeper.alert("dose.missed")
    message = Alert(
        v=1, box=alert.box, alert=alert.alert, kind=alert.kind, state=alert.state, title=alert.title,
        body=alert.body, raised_at=alert.raised_at, changed_at=alert.changed_at, told=alert.told,
    )  # fmt: skip
    assert from_plain(Alert, to_plain(message)) == message


def test_an_open_alert_always_has_a_next_instant() -> None:
    keeper = started()
    keeper.send(at("12:01"), missed(MORNING))
    keeper.until(at("12:00", 30))
    deadline = next_deadline(keeper.ledger)
    assert deadline is not None
    assert deadline <= at("12:00", 30) + DAY_MS + MINUTE_MS
