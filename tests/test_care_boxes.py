"""Is a box that is silent, confused or unwell noticed in time, and is it said when it is well again?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Literal

import pytest

from controller.wire.events import (
    BoxHealth,
    BoxStarted,
    ClimateSampled,
    DoseExtra,
    DoseSelfReported,
    EventData,
    ExcursionEnded,
    ExcursionStarted,
    HelpRequested,
    HumiditySpan,
    LidClosed,
    LidLeftOpen,
    LidOpened,
    LidStuck,
    SensorFault,
    SensorRecovered,
    TemperatureSpan,
)
from hub.care.happenings import (
    AlertAcknowledged,
    BoxHeard,
    EventArrived,
    HouseholdChanged,
    PresenceArrived,
)
from hub.care.home import next_deadline
from hub.care.ledger import BoxRecord
from hub.care.people import Box, Hold
from tests.care_days import MORNING, Keeper, at, event, household, missed, regimen, stated, taken

STARTED = BoxStarted(version="1", because="power_on", lids_open=())
FAULT = SensorFault(sensor="sht4x", because="no_reading")
HOT = ExcursionStarted(
    excursion="hot", rule="hot_30", because="beyond_limit", since=at("02:00"), limit=30.0, value=31.2
)


def started() -> Keeper:
    keeper = Keeper()
    keeper.live(at("06:00"))
    return keeper


def sampled(since: int) -> ClimateSampled:
    return ClimateSampled(
        sensor="sht4x", since=since, readings=3,
        temperature_c=TemperatureSpan(low=20, mean=21, high=22),
        humidity_pct=HumiditySpan(low=40, mean=41, high=42),
    )  # fmt: skip


def told_of(keeper: Keeper, *, hold: bool = False, word: Literal["self_reported", "skipped"] | None) -> None:
    """Let a box that was offline tell of an intake after a hold was ordered or a person has spoken."""
    if hold:
        pause = Hold(begins=date(2026, 11, 23), until=None, by="clinic", why="low white cells")
        home = household(regimens=[regimen(holds=(pause,))])
        keeper.do(HouseholdChanged(at=at("07:30"), household=home))
    if word is not None:
        keeper.do(stated(at=at("09:00"), slot=MORNING, outcome=word, by="cem", why="from the blister"))
    keeper.until(at("11:00"))
    keeper.do(EventArrived(at=at("11:00"), envelope=event(1, taken(MORNING, at("08:20")))))


@pytest.mark.parametrize(("hold", "word", "title"), [
    (False, "self_reported", "08:20 on 23 November: opened as well"),
    (False, "skipped", "08:20 on 23 November: opened, not skipped"),
    (True, None, "08:20 on 23 November: opened, a hold was ordered"),
])  # fmt: skip
def test_an_intake_against_a_word_or_a_hold_is_told_once(
    hold: bool, word: Literal["self_reported", "skipped"] | None, title: str
) -> None:
    keeper = started()
    told_of(keeper, hold=hold, word=word)
    assert keeper.slots[MORNING].outcome == (word or "taken")
    assert keeper.alert("dose.extra").title == title
    keeper.send(at("11:10"), taken(MORNING, at("08:20")))
    keeper.live(at("20:00"))
    assert keeper.told("dose.extra") == [("bea", "push", "alert")]


def test_an_intake_that_contradicts_nobody_is_not_told() -> None:
    keeper = started()
    told_of(keeper, word=None)
    assert [alert.kind for alert in keeper.alerts.values() if alert.want == "dose"] == []


def test_a_box_of_which_nothing_is_heard_for_twenty_minutes_is_silent() -> None:
    keeper = started()
    keeper.until(at("06:19"))
    assert keeper.kinds() == []
    keeper.until(at("06:20"))
    assert keeper.kinds() == ["device.silent"]
    assert "not been heard since 06:00 on 23 November" in keeper.alert("device.silent").body


def test_a_box_that_is_offline_for_five_minutes_is_silent() -> None:
    keeper = started()
    keeper.do(PresenceArrived(at=at("06:01"), box="kitchen", presence="offline"))
    keeper.until(at("06:05"))
    assert keeper.kinds() == []
    keeper.until(at("06:06"))
    assert keeper.kinds() == ["device.silent"]


def test_a_short_absence_is_nobodys_business() -> None:
    keeper = started()
    keeper.do(PresenceArrived(at=at("06:01"), box="kitchen", presence="offline"))
    keeper.do(PresenceArrived(at=at("06:05"), box="kitchen", presence="online"))
    keeper.until(at("06:20"))
    assert keeper.alerts == {}


def test_a_will_that_comes_after_the_box_is_back_does_not_silence_it() -> None:
    keeper = started()
    keeper.do(BoxHeard(at=at("06:01"), box="kitchen"))
    keeper.do(PresenceArrived(at=at("06:01") + 1_000, box="kitchen", presence="offline"))
    keeper.do(BoxHeard(at=at("06:01") + 2_000, box="kitchen"))
    keeper.until(at("06:20"))
    assert keeper.alerts == {}


def test_a_retained_online_that_is_only_repeated_is_no_sign_of_life() -> None:
    keeper = started()
    keeper.do(PresenceArrived(at=at("06:00"), box="kitchen", presence="online"))
    for clock in ("06:10", "06:19"):
        keeper.until(at(clock))
        keeper.do(PresenceArrived(at=at(clock), box="kitchen", presence="online"))
    keeper.until(at("06:20"))
    assert keeper.kinds() == ["device.silent"]


def test_offline_said_twice_counts_from_the_first() -> None:
    keeper = started()
    for clock in ("06:01", "06:04"):
        keeper.until(at(clock))
        keeper.do(PresenceArrived(at=at(clock), box="kitchen", presence="offline"))
    keeper.until(at("06:06"))
    assert keeper.kinds() == ["device.silent"]


@pytest.mark.parametrize("how", ["event", "state", "online"])
def test_whatever_is_heard_ends_the_silence(how: str) -> None:
    keeper = started()
    keeper.until(at("07:00"))
    match how:
        case "event":
            keeper.send(at("07:01"), STARTED)
        case "state":
            keeper.do(BoxHeard(at=at("07:01"), box="kitchen"))
        case _:
            keeper.do(PresenceArrived(at=at("07:01"), box="kitchen", presence="online"))
    alert = keeper.alert("device.silent")
    assert (alert.state, alert.because) == ("resolved", "heard")
    assert [said.kind for said in keeper.messages if said.alert == alert.alert][-1] == "resolved"
    assert keeper.messages[-1].body == "Ada: The box is heard again since 07:01 on 23 November."


def test_a_box_that_was_never_heard_is_told_half_an_hour_after_the_hub_began() -> None:
    keeper = Keeper()
    keeper.do_at(at("06:00"))
    keeper.do(PresenceArrived(at=at("06:00"), box="kitchen", presence="offline"))
    keeper.until(at("06:29"))
    assert keeper.kinds() == []
    keeper.until(at("06:30"))
    assert keeper.kinds() == ["device.silent"]
    assert "never been heard" in keeper.alert("device.silent").body


def test_a_hub_that_was_down_does_not_blame_the_box() -> None:
    again = started().restarted()
    again.do_at(at("15:00"))
    again.until(at("15:19"))
    assert again.kinds() == ["dose.unconfirmed"]
    again.until(at("15:20"))
    assert again.kinds() == ["device.silent", "dose.unconfirmed"]


def test_being_heard_is_recorded_at_most_every_half_minute() -> None:
    keeper = started()
    changes = [keeper.do(BoxHeard(at=at("06:01") + ms, box="kitchen")) for ms in range(0, 30_001, 1_000)]
    assert [len(found) for found in changes] == [1, *[0] * 29, 1]


def test_a_strange_box_is_not_noted() -> None:
    keeper = started()
    assert keeper.do(BoxHeard(at=at("06:01"), box="shed")) == ()
    assert keeper.do(PresenceArrived(at=at("06:01"), box="shed", presence="online")) == ()


def test_what_we_cannot_see_is_said_to_be_the_boxs_silence() -> None:
    keeper = started()
    keeper.live(at("10:00"))
    keeper.until(at("12:06"))
    assert keeper.kinds() == ["device.silent", "dose.unconfirmed"]
    assert "The box has not been heard since 10:00." in keeper.alert("dose.unconfirmed").body


def test_an_untrusted_clock_is_told_after_half_an_hour() -> None:
    keeper = started()
    keeper.send(at("06:10"), STARTED, clock="untrusted")
    keeper.live(at("06:20"))
    keeper.send(at("06:30"), LidOpened(compartment="mon-am", because="edge"), clock="untrusted")
    assert keeper.kinds() == []
    keeper.live(at("06:40"))
    assert keeper.kinds() == ["device.clock"]
    keeper.send(at("06:50"), LidClosed(compartment="mon-am", because="edge"))
    assert keeper.kinds() == []
    assert keeper.boxes["kitchen"].untrusted_since is None


def test_a_clock_that_is_trusted_again_in_time_is_not_told() -> None:
    keeper = started()
    keeper.send(at("06:10"), STARTED, clock="untrusted")
    keeper.send(at("06:20"), LidOpened(compartment="mon-am", because="edge"), clock="rtc")
    keeper.live(at("08:00"))
    assert keeper.kinds() == []


def test_a_failed_sensor_is_told_after_half_an_hour_and_when_it_reads_again() -> None:
    keeper = started()
    keeper.send(at("06:10"), FAULT)
    keeper.live(at("06:39"))
    assert keeper.kinds() == []
    keeper.live(at("06:40"))
    assert keeper.kinds() == ["device.sensor"]
    keeper.send(at("06:50"), SensorRecovered(sensor="other", because="reading"))
    assert keeper.kinds() == ["device.sensor"]
    keeper.send(at("06:55"), SensorRecovered(sensor="sht4x", because="reading"))
    assert keeper.kinds() == []
    assert keeper.boxes["kitchen"].faults == {}


def test_only_a_sample_from_after_the_fault_proves_that_the_sensor_reads() -> None:
    keeper = started()
    keeper.send(at("06:10"), FAULT)
    keeper.send(at("06:15"), sampled(since=at("06:00")))
    assert keeper.boxes["kitchen"].faults == {"sht4x": at("06:10")}
    keeper.send(at("06:30"), sampled(since=at("06:15")))
    assert keeper.boxes["kitchen"].faults == {}


def test_a_fault_said_twice_counts_from_the_first() -> None:
    keeper = started()
    keeper.send(at("06:10"), FAULT)
    keeper.send(at("06:30"), FAULT)
    keeper.live(at("06:40"))
    assert keeper.kinds() == ["device.sensor"]


def test_two_sensors_fail_by_themselves() -> None:
    keeper = started()
    keeper.send(at("06:10"), FAULT)
    keeper.send(at("06:20"), SensorFault(sensor="sense_hat", because="no_reading"))
    keeper.live(at("06:55"))
    assert keeper.kinds() == ["device.sensor", "device.sensor"]


def test_an_excursion_is_told_and_its_end_too() -> None:
    keeper = started()
    keeper.send(at("12:00"), HOT)
    alert = keeper.alert("storage.hot")
    assert (alert.want, alert.about_at, alert.told) == ("storage", at("02:00"), ("bea",))
    assert alert.body == (
        "By its sensor the storage in box kitchen has been too warm (above 30 °C) since 02:00 on 23 "
        "November. Measured: 31.2 °C. Look where the box stands, and ask the pharmacist what this means for "
        "the tablets in it."
    )
    keeper.send(at("12:10"), HOT)
    assert len([kind for kind in keeper.kinds() if kind == "storage.hot"]) == 1
    ended = ExcursionEnded(excursion="hot", rule="hot_30", because="back", since=at("02:00"), extreme=32.5)
    keeper.send(at("13:00"), ended)
    assert keeper.alert("storage.hot").state == "resolved"
    assert keeper.messages[-1].body == (
        "Ada: This is over since 13:00 on 23 November. The extreme was 32.5 °C."
    )


def test_an_excursion_stays_open_after_it_was_acknowledged_until_it_ends() -> None:
    keeper = started()
    keeper.send(at("12:00"), HOT)
    keeper.acknowledge(at("12:05"), keeper.alert("storage.hot"))
    keeper.live(at("12:00", 26))
    assert keeper.alert("storage.hot").state == "acknowledged"
    keeper.send(at("12:01", 26), ExcursionEnded(excursion="hot", rule="hot_30", because="back", since=0))
    assert keeper.alert("storage.hot").state == "resolved"


def test_two_rules_of_one_kind_are_two_alerts() -> None:
    keeper = started()
    keeper.send(at("07:00"), HOT)
    keeper.send(at("07:01"), replace(HOT, rule="hot_25", limit=25.0))
    keeper.send(at("07:02"), ExcursionEnded(excursion="hot", rule="hot_30", because="back", since=0))
    assert keeper.kinds() == ["storage.hot"]


def test_an_end_without_a_beginning_changes_nothing_but_that_the_box_lives() -> None:
    keeper = started()
    changes = keeper.send(
        at("06:10"), ExcursionEnded(excursion="hot", rule="hot_30", because="back", since=0)
    )
    assert all(isinstance(change, BoxRecord) for change in changes)


def test_a_lid_left_open_is_told_until_it_is_closed() -> None:
    keeper = started()
    keeper.send(at("06:20"), LidLeftOpen(compartment="mon-am", because="open_10m", open_ms=600_000))
    assert keeper.alert("device.lid_left_open").want == "storage"
    assert "has stood open for 10 minutes" in keeper.alert("device.lid_left_open").body
    keeper.send(at("06:25"), LidClosed(compartment="tue-am", because="edge"))
    assert keeper.kinds() == ["device.lid_left_open"]
    keeper.send(at("06:30"), LidClosed(compartment="mon-am", because="edge"))
    assert keeper.kinds() == []


def test_help_that_was_pressed_while_the_box_could_not_be_heard_is_told_with_its_own_time() -> None:
    keeper = started()
    keeper.send(at("10:00"), HelpRequested(because="button"), when=at("02:00"))
    assert keeper.alert("care.help").body == (
        "The help button of box kitchen was pressed at 02:00 on 23 November; word of it came at 10:00 on 23 "
        "November. Why, the box does not know: please call, or look in."
    )


def test_a_box_that_does_not_know_the_time_is_not_quoted_with_one() -> None:
    keeper = started()
    keeper.send(at("10:00"), HelpRequested(because="button"), when=at("02:00"), clock="untrusted")
    body = keeper.alert("care.help").body
    assert "pressed; word of it came at 10:00" in body
    assert "02:00" not in body


def test_a_lid_that_stood_open_at_night_is_told_in_the_past_and_its_end_with_its_own_time() -> None:
    keeper = started()
    left_open = LidLeftOpen(compartment="mon-am", because="open_10m", open_ms=600_000)
    keeper.send(at("10:00"), left_open, when=at("03:10"))
    alert = keeper.alert("device.lid_left_open")
    assert alert.title == "A lid stood open"
    assert "had stood open for 10 minutes at 03:10 on 23 November" in alert.body
    keeper.send(at("10:05"), LidClosed(compartment="mon-am", because="edge"), when=at("03:30"))
    assert keeper.messages[-1].body == "Ada: This is over since 03:30 on 23 November."


@pytest.mark.parametrize(("data", "kind"), [
    (BoxHealth(because="plan_ended"), "device.plan_ended"),
    (BoxHealth(because="outbox_damaged", text="moved aside"), "device.outbox_damaged"),
    (BoxHealth(because="message_refused", count=3), "device.message_refused"),
    (BoxHealth(because="something_new"), "device.something_new"),
    (LidStuck(compartment="mon-am", because="chatter"), "device.lid_stuck"),
])  # fmt: skip
def test_what_a_box_says_of_itself_is_told_once(data: EventData, kind: str) -> None:
    keeper = started()
    keeper.send(at("06:20"), data)
    keeper.send(at("06:21"), data)
    assert keeper.kinds() == [kind]
    keeper.acknowledge(at("06:22"), keeper.alert(kind))
    keeper.live(at("06:22", 24))
    assert keeper.alert(kind).state == "resolved"


def test_a_self_test_alarms_nobody() -> None:
    keeper = started()
    keeper.send(at("06:20"), BoxHealth(because="self_test"))
    assert keeper.alerts == {}


def test_a_kind_that_a_box_makes_up_still_fits_the_wire() -> None:
    keeper = started()
    keeper.send(at("06:20"), BoxHealth(because="x" * 64))
    [alert] = keeper.alerts.values()
    assert len(alert.kind) == 64


@pytest.mark.parametrize("data", [taken(MORNING, at("08:00")), missed(MORNING)])
def test_a_box_that_speaks_of_doses_has_a_plan_again(data: EventData) -> None:
    keeper = started()
    keeper.send(at("06:20"), BoxHealth(because="plan_ended"))
    keeper.send(at("08:00"), LidOpened(compartment="mon-am", because="edge"))
    assert keeper.kinds() == ["device.plan_ended"]
    keeper.send(at("08:01"), data)
    assert "device.plan_ended" not in keeper.kinds()


def test_a_clock_that_leaps_ahead_and_back_leaves_nothing_waiting_for_a_far_day() -> None:
    keeper = started()
    keeper.do_at(at("07:00", 23) + 365 * 86_400_000)
    keeper.do(BoxHeard(at=at("07:00", 23) + 365 * 86_400_000, box="kitchen"))
    keeper.do_at(at("06:01"))
    heard_at = keeper.boxes["kitchen"].heard_at
    assert heard_at is not None
    assert heard_at <= at("06:01")
    keeper.until(at("06:25"))
    assert keeper.kinds() == ["device.silent"]
    deadline = next_deadline(keeper.ledger)
    assert deadline is not None
    assert deadline < at("08:00")


def test_an_alert_of_a_wrong_year_still_climbs_when_the_clock_is_right_again() -> None:
    keeper = started()
    ahead = 365 * 86_400_000
    keeper.send(at("06:05"), HOT)
    rung = keeper.alert("storage.hot").rung
    keeper.do_at(at("06:06") + ahead)
    keeper.do_at(at("06:07"))
    keeper.live(at("09:00"))
    assert keeper.alert("storage.hot").rung > rung + 1


def test_a_hub_that_wakes_in_the_past_still_listens_before_it_judges() -> None:
    keeper = started()
    keeper.live(at("12:03"))
    keeper.do(BoxHeard(at=at("18:00"), box="kitchen"))
    again = keeper.restarted()
    again.do_at(at("12:10"))
    assert again.notes == keeper.notes
    again.until(at("12:15"))
    assert [note.outcome for note in again.notes][-1] == "unconfirmed"


def test_a_hub_that_wakes_in_the_past_counts_its_spans_from_there() -> None:
    keeper = started()
    keeper.live(at("09:00"))
    again = keeper.restarted()
    again.do_at(at("07:00"))
    again.until(at("07:20"))
    assert "device.silent" in again.kinds()


def test_a_silence_that_somebody_took_on_ends_only_when_the_box_is_heard() -> None:
    keeper = started()
    keeper.until(at("06:20"))
    keeper.do(AlertAcknowledged(at=at("06:21"), alert=keeper.alert("device.silent").alert, by="bea"))
    keeper.until(at("06:21", 25))
    assert keeper.alert("device.silent").state == "acknowledged"
    assert len(keeper.told("device.silent")) == 1
    keeper.do(BoxHeard(at=at("06:22", 25), box="kitchen"))
    assert keeper.alert("device.silent").state == "resolved"


def test_whoever_took_it_on_hears_the_end_even_if_nobody_had_told_them() -> None:
    keeper = started()
    keeper.until(at("06:20"))
    keeper.do(AlertAcknowledged(at=at("06:21"), alert=keeper.alert("device.silent").alert, by="cem"))
    keeper.do(BoxHeard(at=at("06:22"), box="kitchen"))
    ends = {(said.to, said.kind) for said in keeper.messages if said.made_at == at("06:22")}
    assert ends == {("bea", "resolved"), ("cem", "resolved")}


def test_two_patients_of_one_home_are_two_ledgers() -> None:
    home = household()
    bobs = Box(id="shed", patient="bob", layout="7x2", compartments=("mon-am",))
    both = replace(
        home,
        patients={**home.patients, "bob": replace(home.patients["ada"], id="bob")},
        boxes={**home.boxes, "shed": bobs},
    )
    ada, bob = Keeper(both), Keeper(both, patient="bob")
    for keeper in (ada, bob):
        keeper.do_at(at("06:00"))
    assert set(ada.ledger.boxes) == {"kitchen"}
    assert set(bob.ledger.boxes) == {"shed"}
    assert bob.ledger.slots == {}
    assert [plan.box for plan in bob.plans] == ["shed"]
    assert bob.do(BoxHeard(at=at("06:01"), box="kitchen")) == ()


def test_a_lid_opened_after_its_dose_was_only_reported_is_not_called_opened_before() -> None:
    keeper = started()
    keeper.live(at("08:05"))
    said = DoseSelfReported(slot=MORNING, compartment="mon-am", evidence="button", because="button")
    keeper.send(at("08:05"), said)
    again = DoseExtra(
        compartment="mon-am", evidence="lid", because="already_taken", opened_at=at("08:06"), slot=MORNING
    )
    keeper.send(at("08:06"), again)
    alert = keeper.alert("dose.extra")
    assert "had already been reported as taken" in alert.body
    assert "opened again" not in alert.title
