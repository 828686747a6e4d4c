"""Is a hub that hears nobody one trouble, over when it hears again, and is no box forgotten meanwhile?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from hub.care.boxes import NEVER_HEARD_MS, SILENT_MS
from hub.care.happenings import BrokerLink, TimePassed, TroubleArrived, TroubleOver
from hub.care.home import open_ledger, step
from hub.care.ledger import AlertRecord
from hub.engine import Engine
from hub.intake.arrivals import Arrival
from hub.running.hearing import LOST_S, Hearing
from hub.store.port import Store
from tests import care_days
from tests.care_days import at
from tests.hub_examples import NOON, alert_record, message_record, opened
from tests.hub_parts import DUE_MS, HubProcess, Webhook, home_toml, installed
from tests.parts import Mosquitto, start_mosquitto
from tests.test_letters_storms import BOXES, NINE, heard, run


def test_a_broker_that_is_back_within_minutes_is_nobodys_trouble() -> None:
    hearing = Hearing(0.0)
    assert hearing.news(LOST_S - 1) is None
    hearing.up()
    assert hearing.news(LOST_S) is True
    hearing.told(True)
    hearing.down(1_000.0)
    hearing.down(1_200.0)
    assert hearing.news(1_000.0 + LOST_S - 1) is None
    assert hearing.news(1_000.0 + LOST_S) is False, "counted from the first failure"
    assert hearing.news(1_000.0 + LOST_S) is False, "until the engine has stored it"
    hearing.told(False)
    assert hearing.news(9_000.0) is None
    hearing.up()
    assert hearing.news(9_001.0) is True


def test_a_broker_that_never_answered_is_told_too() -> None:
    assert Hearing(50.0).news(50.0 + LOST_S) is False


def open_alerts(store: Store, kind: str) -> list[AlertRecord]:
    return [alert for alert in store.alerts() if alert.kind == kind]


def test_a_hub_without_its_broker_is_one_alert_for_nine_boxes_and_no_box_seems_silent() -> None:
    with opened() as store:
        engine = Engine(store)
        engine.start(DUE_MS)
        engine.import_household(NINE, DUE_MS)
        heard(engine, DUE_MS)
        now = DUE_MS + 10 * MINUTE_MS
        engine.broker_link(now, heard=False)
        engine.broker_link(now + 1, heard=False)
        found = run(engine, now, now + 3 * HOUR_MS)
        told = {one.letter.alert for parcel in found for one in parcel if "hears no box" in one.letter.title}
        assert len(told) == 1
        assert open_alerts(store, "device.silent") == []
        back = now + 3 * HOUR_MS
        engine.broker_link(back, heard=True)
        assert open_alerts(store, "device.broker") == []
        (end, *_) = (parcel for parcel in run(engine, back, back + 2 * MINUTE_MS))
        assert "The hub hears no box: over" in [one.letter.title for one in end]
        assert open_alerts(store, "device.silent") == [], "silence counts from when the hub hears again"
        run(engine, back + 2 * MINUTE_MS, back + SILENT_MS + MINUTE_MS)
        assert len(open_alerts(store, "device.silent")) >= len(BOXES)


def test_a_restart_neither_forgets_the_broker_nor_asks_each_box() -> None:
    with opened() as store:
        first = Engine(store)
        first.start(DUE_MS)
        first.import_household(NINE, DUE_MS)
        heard(first, DUE_MS)
        first.broker_link(DUE_MS + 10 * MINUTE_MS, heard=False)
        engine = Engine(store)
        begins = DUE_MS + 20 * MINUTE_MS
        engine.start(begins)
        run(engine, begins, begins + 2 * HOUR_MS)
        assert open_alerts(store, "device.silent") == []
        engine.broker_link(begins + 2 * HOUR_MS, heard=True)
        assert open_alerts(store, "device.broker") == []


def test_a_broker_that_is_heard_changes_nothing_where_nothing_was_told() -> None:
    ledger, _ = step(open_ledger(care_days.household(), "ada"), TimePassed(at=NOON))
    after, changes = step(ledger, BrokerLink(at=NOON + 1, heard=True))
    assert changes == ()
    assert after.started_at == ledger.started_at


def test_a_broker_that_somebody_looks_after_stays_one_trouble_until_it_is_heard() -> None:
    with opened() as store:
        engine = Engine(store)
        engine.start(DUE_MS)
        engine.import_household(NINE, DUE_MS)
        heard(engine, DUE_MS)
        engine.broker_link(DUE_MS + 10 * MINUTE_MS, heard=False)
        (alert,) = open_alerts(store, "device.broker")
        engine.acknowledge(alert.alert, "bea", DUE_MS + 11 * MINUTE_MS)
        run(engine, DUE_MS + 11 * MINUTE_MS, DUE_MS + 3 * DAY_MS)
        (still,) = open_alerts(store, "device.broker")
        assert still.state == "acknowledged"
        assert open_alerts(store, "device.silent") == []


@pytest.mark.parametrize("last_will", [True, False], ids=["its last will stands", "the broker forgot it"])
def test_a_box_that_was_offline_before_the_hub_ever_started_is_told(last_will: bool) -> None:
    """Elsewhere nothing happens where the trouble is there already (home-assistant/core#28290)."""
    with opened() as store:
        engine = Engine(store)
        engine.start(NOON)
        engine.import_household(home_toml(), NOON)
        if last_will:
            said = b'{"v":1,"status":"offline","because":"lost"}'
            engine.take([Arrival(topic="pillbox/v1/kitchen/status", payload=said, retained=True)], NOON + 1)
        run(engine, NOON, NOON + NEVER_HEARD_MS - 1)
        assert open_alerts(store, "device.silent") == []
        sent = run(engine, NOON + NEVER_HEARD_MS, NOON + NEVER_HEARD_MS + 2 * MINUTE_MS)
        (alert,) = open_alerts(store, "device.silent")
        assert "has never been heard" in alert.body
        assert "bea" in {
            one.letter.to for parcel in sent for one in parcel if one.letter.alert == alert.alert
        }


def test_a_hub_started_anew_judges_a_silent_box_again() -> None:
    with opened() as store:
        first = Engine(store)
        first.start(NOON)
        first.import_household(home_toml(), NOON)
        again = Engine(store)
        again.start(NOON + 20 * MINUTE_MS)
        run(again, NOON + 20 * MINUTE_MS, NOON + 20 * MINUTE_MS + NEVER_HEARD_MS)
        assert len(open_alerts(store, "device.silent")) == 1


# Channels.


def test_the_trouble_of_a_channel_is_over_with_the_first_message_it_takes() -> None:
    with opened() as store:
        engine = Engine(store)
        engine.start(NOON)
        engine.import_household(home_toml(), NOON)
        with store.transaction():
            store.apply([alert_record(), message_record("d", alert="a-1", channel="push")])
        now = NOON
        for ok in (False, False, False):
            engine.attempt_begun("d", now)
            engine.attempt_ended("d", ok, "no route", now)
            now = store.next_message_at(now) or now
        (trouble,) = open_alerts(store, "device.trouble")
        assert trouble.body.startswith("bea cannot be reached by push: no route. The hub noticed it at ")
        while (found := store.message("d")) is not None and found[1] == "pending":
            engine.attempt_begun("d", now)
            engine.attempt_ended("d", True, "taken", now)
        assert open_alerts(store, "device.trouble") == []


def test_another_channel_that_works_does_not_end_it() -> None:
    begun, _ = step(open_ledger(care_days.household(), "ada"), TimePassed(at=NOON))
    told, _ = step(begun, TroubleArrived(at=NOON, box="kitchen", trouble="channel_bea_push", text="x"))
    after, changes = step(told, TroubleOver(at=NOON, box="kitchen", trouble="channel_bea_pus"))
    assert changes == ()
    ended, _ = step(after, TroubleOver(at=NOON, box="kitchen", trouble="channel_bea_push"))
    assert [alert.state for alert in ended.alerts.values()] == ["resolved"]


def test_what_is_still_open_from_yesterday_is_not_raised_a_second_time() -> None:
    ledger, _ = step(open_ledger(care_days.household(), "ada"), TimePassed(at=NOON))
    for now in (NOON, NOON + HOUR_MS, at("12:00", 24), at("12:00", 25)):
        ledger, _ = step(ledger, TroubleArrived(at=now, box="kitchen", trouble="conflict", text="x"))
    troubles = [alert for alert in ledger.alerts.values() if alert.kind == "device.trouble"]
    assert len(troubles) == 1


# The real program.


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    found = Webhook()
    yield found
    found.end()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with start_mosquitto(tmp_path / "broker") as found:
        yield found


def test_caregivers_hear_that_the_broker_is_gone_and_that_it_is_back(
    tmp_path: Path, webhook: Webhook, broker: Mosquitto
) -> None:
    home = home_toml(webhook.address("bea"), webhook.address("cem"))
    config = installed(tmp_path, broker.port, household=home, notify="gather_s = 0")
    broker.kill()
    hub = HubProcess(config, fault="from hub.running import hearing\nhearing.LOST_S = 1.0\n")
    try:
        webhook.next("/bea", "The hub hears no box")
        broker.start()
        webhook.next("/bea", "The hub hears no box: over", within_s=40)
    finally:
        hub.tidy()
