"""Does an answer over MQTT count only for whom it is proven to be by, where the home demands it?"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.wire.messages import AlertAck
from controller.wire.topics import message_json, read_message
from hub.config import HubConfig, read_config
from hub.intake.arrivals import AckRead, Arrival, Refused, read_arrival
from hub.running.link import Arrived
from hub.web.links import Link, Purpose, Signer
from hub.web.proving import Proof
from tests.parts import eventually
from tests.web_parts import Home, home

NOW = 1_795_420_800_000
TOPIC = "pillbox/v1/kitchen/alert/a-1/ack"
CONFIG = HubConfig(directory=Path("state"))


@pytest.fixture
def config(tmp_path: Path) -> HubConfig:
    found = HubConfig(directory=tmp_path, signed_acks=True)
    Signer(found.secret).ready()
    return found


def key(config: HubConfig, who: str = "bea", purpose: Purpose = "key", lasts_ms: int = 1000) -> str:
    return Signer(config.secret).token(Link(purpose=purpose, caregiver=who, expires_ms=NOW + lasts_ms))


def ack(key: str | None = None, by: str = "bea") -> bytes:
    return message_json(AlertAck(v=1, alert="a-1", by=by, key=key)).encode()


def test_a_key_crosses_the_wire_and_one_without_is_written_as_before() -> None:
    assert read_message(TOPIC, ack("k"))[2] == AlertAck(v=1, alert="a-1", by="bea", key="k")
    assert "key" not in json.loads(ack())


def test_an_answer_with_its_own_key_counts_and_any_other_does_not(config: HubConfig) -> None:
    proof = Proof(config)
    assert not proof.is_missing(TOPIC, ack(key(config)), NOW)
    for payload in (
        ack(),
        ack(key(config), by="cem"),
        ack(key(config, "cem")),
        ack(key(config, purpose="person")),
        ack(key(config, purpose="act")),
        ack(key(config, lasts_ms=0)),
        ack("nonsense"),
        ack(""),
    ):
        assert proof.is_missing(TOPIC, payload, NOW), payload


def test_a_home_that_demands_no_key_still_believes_no_wrong_one(config: HubConfig) -> None:
    lenient = Proof(replace(config, signed_acks=False))
    assert not lenient.is_missing(TOPIC, ack(), NOW)
    assert not lenient.is_missing(TOPIC, ack(key(config)), NOW)
    assert lenient.is_missing(TOPIC, ack(key(config, "cem")), NOW)


def test_keys_end_with_the_secret(config: HubConfig) -> None:
    before = key(config)
    Signer(config.secret).renew()
    assert Proof(config).is_missing(TOPIC, ack(before), NOW)
    config.secret.unlink()
    assert Proof(config).is_missing(TOPIC, ack(before), NOW)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=st.binary(max_size=60), topic=st.sampled_from([TOPIC, "pillbox/v1/kitchen/event", "x", ""]))
def test_whatever_arrives_nothing_is_raised(payload: bytes, topic: str) -> None:
    assert not Proof(replace(CONFIG, signed_acks=True)).is_missing(topic, payload, NOW)


def test_what_is_no_answer_needs_no_key(config: HubConfig) -> None:
    assert not Proof(config).is_missing("pillbox/v1/kitchen/event", b"{}", NOW)
    assert not Proof(config).is_missing(TOPIC, b"{", NOW)


def test_an_unproven_answer_is_set_aside_and_names_no_key() -> None:
    payload = ack("a-secret-key")
    read = read_arrival(Arrival(topic=TOPIC, payload=payload, is_unproven=True), {"kitchen"})
    assert isinstance(read, Refused)
    assert (read.trouble, "a-secret-key" in read.reason) == ("unproven_ack", False)
    assert isinstance(read_arrival(Arrival(topic=TOPIC, payload=payload), {"kitchen"}), AckRead)


def answered(house: Home, alert: str, **more: Any) -> None:
    said = {"v": 1, "alert": alert, "by": "bea", **more}
    topic = f"pillbox/v1/kitchen/alert/{alert}/ack"
    house.hub.inbox.put(Arrived(topic, json.dumps(said).encode(), 9, 1, 0))


def test_a_running_hub_that_demands_keys_hears_only_answers_with_one(tmp_path: Path) -> None:
    with home(tmp_path, more="[alerts]\nsigned_acks = true\n") as house:
        alert = house.miss()
        answered(house, alert)
        answered(house, alert, key=house.token("key", "cem"))
        eventually(lambda: house.rows("SELECT COUNT(*) FROM quarantine") == [(2,)])
        assert house.rows("SELECT state FROM alert WHERE kind = 'dose.missed'") == [("raised",)]
        answered(house, alert, key=house.token("key", "bea"))
        eventually(
            lambda: house.rows("SELECT state FROM alert WHERE kind = 'dose.missed'") == [("acknowledged",)]
        )


def test_the_demand_is_read_from_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "hub.toml"
    file.write_text('[hub]\ndirectory = "x"\n[alerts]\nsigned_acks = true\n')
    assert read_config(file).signed_acks
    file.write_text('[hub]\ndirectory = "x"\n')
    assert not read_config(file).signed_acks
