"""Does `unlock` show first, ask only with a yes, and refuse what could open nothing or too much?"""

from __future__ import annotations

import json
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from controller.wire.instants import MINUTE_MS
from controller.wire.messages import BoxStatus, Command
from controller.wire.topics import message_json, read_message, topic_of
from hub.boot_clock import is_hub_acting
from hub.care.entries import Fact, UnlockAsked
from hub.care.unlocking import EXPIRES_MS
from hub.config import read_config
from hub.store.sqlite.store import open_store
from tests.hub_parts import HubProcess, Peer, compressed, install, pillbox_hub
from tests.parts import eventually, free_port, start_mosquitto

COMMAND = topic_of("command", box="kitchen")


def installed_at(tmp_path: Path, port: int) -> Path:
    """Return a hub with the usual home, on the morning of 23 November 2026."""
    found = install(tmp_path / "hub", port, clock=compressed(1))
    done = pillbox_hub("import", found.parent / "household.toml", "--config", found)
    assert done.returncode == 0, done.stderr
    return found


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return installed_at(tmp_path, free_port())


def ask(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return pillbox_hub("unlock", *words, "--config", config)


def facts(config: Path) -> list[Fact]:
    with closing(open_store(read_config(config).database, "read")) as store:
        return [entry.fact for entry in store.entries_waiting()]


def test_what_would_be_opened_is_shown_and_nothing_asked_for(config: Path) -> None:
    shown = ask(config, "--by", "bea", "--minutes", "5")
    assert shown.returncode == 0, shown.stderr
    assert "The lock of box kitchen opens now and until Monday 23 November, 08:05" in shown.stdout
    assert "asked for by bea" in shown.stdout
    assert "! the box is not online now" in shown.stdout
    assert "! no hub is running that could ask it" in shown.stdout
    assert "Nothing was changed. Add --yes to do it." in shown.stdout
    assert facts(config) == []


def test_without_a_running_hub_it_is_refused_and_the_way_out_is_named(config: Path) -> None:
    """What nobody can carry out within two minutes would only read as done."""
    refused = ask(config, "--by", "bea", "--yes")
    assert refused.returncode == 2
    assert "no hub is running" in refused.stderr
    assert "hold its help button for 10 seconds" in refused.stderr
    assert facts(config) == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "say who makes this change: --by"),
        (("--by", "mallory"), "'mallory' has no part in the care of 'ada'"),
        (("--by", "bea", "--minutes", "0"), "1 to 60 minutes"),
        (("--by", "bea", "--minutes", "61"), "1 to 60 minutes"),
        (("--by", "bea", "--minutes", "soon"), "invalid int value"),
        (("--by", "bea", "--box", "kitchn"), "has no box 'kitchn'"),
        (("--by", "bea", "--patient", "ida"), "there is no patient 'ida'"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(config: Path, words: tuple[str, ...], why: str) -> None:
    refused = ask(config, *words)
    assert (refused.returncode, why in refused.stderr) == (2, True), refused.stderr
    assert facts(config) == []


def test_the_running_hub_asks_the_box_at_once_in_a_message_that_does_not_stay(tmp_path: Path) -> None:
    with start_mosquitto(tmp_path / "broker") as broker:
        config = installed_at(tmp_path, broker.port)
        box = Peer(broker.port, "kitchen")
        hub = HubProcess(config)
        try:
            eventually(lambda: is_there(config), within_s=30, what="the hub to take its lease")
            online = BoxStatus(v=1, box="kitchen", status="online", because="connected")
            box.say(topic_of("status", box="kitchen"), message_json(online), retain=True)
            eventually(lambda: "not online" not in ask(config, "--by", "bea").stdout, within_s=20, what="it")
            done = ask(config, "--by", "bea", "--minutes", "5", "--yes", "--json")
            said = json.loads(done.stdout)
            assert said["changed"] is True
            payload, retained = box.hears(COMMAND)
            assert not retained
            command: Command = read_message(COMMAND, payload)[2]
            assert (command.command, command.by, command.id) == ("unlock", "bea", said["entry"])
            assert command.until is not None
            assert command.until - command.expires_at == 5 * MINUTE_MS - EXPIRES_MS
        finally:
            hub.end()
            box.end()
    assert [type(fact) for fact in kept(config)] == [UnlockAsked]


def is_there(config: Path) -> bool:
    with closing(open_store(read_config(config).database, "read")) as store:
        return is_hub_acting(store)


def kept(config: Path) -> list[Fact]:
    with closing(open_store(read_config(config).database, "read")) as store:
        return [entry.fact for entry in store.entries("ada")]
