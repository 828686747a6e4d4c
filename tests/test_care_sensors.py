"""Is a failed sensor one trouble with one alert, honestly worded, however it fails?"""

from __future__ import annotations

import pytest

from controller.wire.events import ExcursionEnded, ExcursionStarted, SensorFault, SensorRecovered
from hub.care.ledger import AlertRecord
from tests.care_days import Keeper, at
from tests.test_care_boxes import FAULT, sampled, started

STALE = ExcursionStarted(excursion="stale", rule="stale", because="no_reading", since=at("06:10"))
MEASURED = ExcursionEnded(excursion="stale", rule="stale", because="reading_again", since=at("06:10"))
BESIDE = SensorFault(sensor="shelf", because="absent", role="beside")


def of_storage(keeper: Keeper) -> list[AlertRecord]:
    return [alert for alert in keeper.alerts.values() if alert.kind in ("device.sensor", "storage.stale")]


def test_a_sensor_that_fails_and_a_storage_not_measured_are_one_alert() -> None:
    """Both were told, a minute apart, and each climbed its own ladder."""
    keeper = started()
    keeper.send(at("06:11"), FAULT)
    keeper.send(at("06:40"), STALE)
    keeper.live(at("10:00"))
    [alert] = of_storage(keeper)
    assert alert.kind == "storage.stale"
    assert alert.body == (
        "The storage in box kitchen has not been measured since 06:10 on 23 November: its sensor sht4x has "
        "given no reading. We cannot see how the tablets in it are kept. Look whether it is plugged in."
    )
    keeper.send(at("10:05"), SensorRecovered(sensor="sht4x", because="reading_again"))
    keeper.send(at("10:10"), MEASURED)
    keeper.live(at("11:00"))
    assert {one.state for one in of_storage(keeper)} == {"resolved"}
    assert len(of_storage(keeper)) == 1


def test_where_the_silence_is_told_later_the_sensors_alert_stands_for_both() -> None:
    keeper = started()
    keeper.send(at("06:11"), FAULT)
    keeper.live(at("06:45"))
    keeper.send(at("08:10"), STALE)
    keeper.live(at("09:00"))
    assert [alert.kind for alert in of_storage(keeper)] == ["device.sensor"]
    keeper.send(at("09:05"), SensorRecovered(sensor="sht4x", because="reading_again"))
    keeper.send(at("09:10"), MEASURED)
    assert [alert.state for alert in of_storage(keeper)] == ["resolved"]


def test_a_silence_without_a_fault_is_told_as_before() -> None:
    keeper = started()
    keeper.send(at("06:40"), STALE)
    [alert] = of_storage(keeper)
    assert "has not been measured since 06:10 on 23 November. We cannot see" in alert.body


def test_a_limit_that_is_withdrawn_leaves_the_failed_sensor_told() -> None:
    keeper = started()
    keeper.send(at("06:11"), FAULT)
    keeper.send(at("06:40"), STALE)
    withdrawn = ExcursionEnded(excursion="stale", rule="stale", because="rule_withdrawn", since=at("06:10"))
    keeper.send(at("07:00"), withdrawn)
    keeper.live(at("07:05"))
    assert {one.kind: one.state == "resolved" for one in of_storage(keeper)} == {
        "storage.stale": True,
        "device.sensor": False,
    }


def test_a_sensor_beside_the_medicines_is_an_alert_of_its_own_that_says_what_still_works() -> None:
    keeper = started()
    keeper.send(at("06:11"), BESIDE)
    keeper.send(at("06:20"), FAULT)
    keeper.send(at("06:40"), STALE)
    keeper.live(at("07:30"))
    kinds = sorted(alert.kind for alert in of_storage(keeper))
    assert kinds == ["device.sensor", "storage.stale"]
    body = next(alert.body for alert in of_storage(keeper) if alert.kind == "device.sensor")
    assert body == (
        "The sensor shelf of box kitchen has given no reading since 06:11 on 23 November. The storage is "
        "still judged by the sensor that lies with the tablets. Look whether it is plugged in."
    )


@pytest.mark.parametrize(
    ("because", "said", "mend"),
    [
        ("absent", "has given no reading", "plugged in"),
        ("crc", "has sent damaged answers", "wires"),
        ("implausible", "has read what no air is like", "replaced"),
        ("jumping", "has jumped from one value to another", "plug"),
        ("frozen", "has read exactly the same", "plug it in again"),
        ("stuck", "has read exactly the same", "plug it in again"),
        ("hung", "has not let go of its wires", "Unplug the box"),
        ("wrong_chip", "is not the one that this box expects", "looks after the system"),
        ("a_word_of_a_newer_box", "has given no reading", "plugged in"),
    ],
)
def test_how_it_fails_is_said_as_it_was_seen(because: str, said: str, mend: str) -> None:
    for stale in (False, True):
        keeper = started()
        keeper.send(at("06:11"), SensorFault(sensor="sht4x", because=because))
        if stale:
            keeper.send(at("06:40"), STALE)
        keeper.live(at("07:00"))
        [alert] = of_storage(keeper)
        assert said in alert.body
        assert mend in alert.body
        assert "cannot see how the tablets" in alert.body
        assert "spoiled" not in alert.body


def test_two_that_disagree_are_both_named_and_neither_is_blamed() -> None:
    keeper = started()
    keeper.send(at("06:40"), SensorFault(sensor="tablets", because="disagreeing", against="shelf"))
    keeper.send(at("07:09"), STALE)
    keeper.live(at("07:40"))
    [alert] = of_storage(keeper)
    assert alert.body == (
        "The storage in box kitchen has not been measured reliably since 06:10 on 23 November: its sensor "
        "tablets has differed from the sensor shelf by more than 3 °C or 15 % humidity. We cannot see how "
        "the tablets in it are kept. Hold a thermometer beside both, and have the one that is off "
        "calibrated or replaced."
    )


def test_a_sample_of_another_sensor_proves_nothing_of_the_failed_one() -> None:
    keeper = started()
    keeper.send(at("06:11"), SensorFault(sensor="other", because="absent"))
    keeper.send(at("06:40"), sampled(since=at("06:20")))
    assert keeper.boxes["kitchen"].faults == {"other": at("06:11")}


def test_what_a_fault_was_like_is_forgotten_with_the_fault() -> None:
    keeper = started()
    keeper.send(at("06:11"), SensorFault(sensor="sht4x", because="frozen"))
    assert keeper.boxes["kitchen"].ailments["sht4x"].because == "frozen"
    keeper.send(at("06:30"), sampled(since=at("06:15")))
    assert keeper.boxes["kitchen"].ailments == {}
