"""Is everything there that this hub needs, and what has to be mended?

Every finding is one sentence for the person who installed it; an address or a password is never in it.
"""

from __future__ import annotations

import os
import queue
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from paho.mqtt.client import Client

from controller.wire.clocks import SystemClock, set_by_network
from hub.care.people import Household
from hub.config import Broker, HubConfig, read_config
from hub.errors import ConfigRefused, HouseholdRefused, StoreRefused
from hub.household import parse_household
from hub.letters.notify import address_problems
from hub.running.link import CLIENT_ID, MQTT_3, MQTT_5, dial, new_client
from hub.store.sqlite.store import SqliteStore, open_store

ROOM_MIB = 256
SLOW_SYNC_S = 0.5
PAGES_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found about one part; if it is not well, the text says what to mend."""

    part: str
    well: bool
    text: str


def examine(config_file: Path) -> list[Finding]:
    """Look at everything, whatever is wrong with the rest."""
    try:
        config = read_config(config_file)
    except ConfigRefused as error:
        return [Finding(part="configuration", well=False, text=str(error))]
    findings = [Finding(part="configuration", well=True, text=f"{config_file} is understood")]
    findings += [look(config) for look in (_clock, _disk, _broker, _pages, _database, _watcher)]
    found, household = _household(config)
    findings.append(found)
    if household is not None:
        findings += [_zones(household), _channels(config, household), _ladders(household)]
    return findings


def _clock(config: HubConfig) -> Finding:
    if not isinstance(config.clock, SystemClock):
        text = "time is compressed, as in the demo; take [clock] out of the configuration of a real home"
        return Finding(part="clock", well=True, text=text)
    now = datetime.fromtimestamp(config.clock.wall_ms() / 1000, UTC)
    if set_by_network():
        return Finding(part="clock", well=True, text=f"set by the network; it is {now:%Y-%m-%d %H:%M} UTC")
    # A clock that is an hour off passes for a right one by its year, and every reminder comes an hour late.
    text = (
        f"it is {now:%Y-%m-%d %H:%M} UTC by the clock, but the network has not set it, and every plan and "
        "reminder rests on it; let the machine reach a time server"
    )
    return Finding(part="clock", well=False, text=text)


def _disk(config: HubConfig) -> Finding:
    folder = config.directory
    if not folder.is_dir():
        text = f"{folder} does not exist; make it and give it to the hub's user, or start the hub once"
        return Finding(part="disk", well=False, text=text)
    try:
        free_mib = shutil.disk_usage(folder).free // 2**20
        took_s = _sync_s(folder)
    except OSError as error:
        text = f"{folder} cannot be written ({error.strerror}); give it to the hub's user"
        return Finding(part="disk", well=False, text=text)
    if free_mib < ROOM_MIB:
        text = f"only {free_mib} MiB are free at {folder}; make room"
        return Finding(part="disk", well=False, text=text)
    if took_s > SLOW_SYNC_S:
        text = f"writing durably to {folder} takes {took_s:.1f} s; the disk may be failing"
        return Finding(part="disk", well=False, text=text)
    return Finding(
        part="disk", well=True, text=f"{free_mib} MiB free, a durable write takes {took_s * 1000:.1f} ms"
    )


def _sync_s(folder: Path) -> float:
    began = time.perf_counter()
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(b"x" * 4096)
        probe.flush()
        os.fsync(probe.fileno())
    return time.perf_counter() - began


def _broker(config: HubConfig) -> Finding:
    place = f"{config.broker.host}:{config.broker.port}"
    try:
        wrong = probe(config.broker)
    except ConfigRefused as error:
        return Finding(part="broker", well=False, text=str(error))
    if wrong is None:
        return Finding(part="broker", well=True, text=f"{place} lets {config.broker.user} in")
    text = f"{wrong}; see that the broker runs and knows the user {config.broker.user}"
    return Finding(part="broker", well=False, text=text)


def _pages(config: HubConfig) -> Finding:
    web = config.web
    if web is None:
        return Finding(part="pages", well=True, text="none are served; [web] is not in the configuration")
    # Whoever listens everywhere is asked here.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(web.host, web.host)
    with closing(HTTPConnection(host, web.port, timeout=PAGES_S)) as connection:
        try:
            connection.request("GET", "/health")
            status = connection.getresponse().status
        except (OSError, HTTPException):
            text = f"nothing answers at {web.host}:{web.port}; see that the hub runs, and what its log says"
            return Finding(part="pages", well=False, text=text)
    if status != HTTPStatus.OK:
        text = "they answer, but the hub behind them cannot record; see what its log says"
        return Finding(part="pages", well=False, text=text)
    return Finding(part="pages", well=True, text=f"they answer; links begin with {web.url}")


def _database(config: HubConfig) -> Finding:
    def look(store: SqliteStore) -> Finding:
        verdict = store.integrity()
        if verdict != "ok":
            text = f"{config.database} is damaged ({verdict}); stop the hub and restore a copy"
            return Finding(part="database", well=False, text=text)
        counts = store.counts()
        text = f"{counts['event']} events, {counts['slot']} slots, {counts['quarantine']} messages set aside"
        return Finding(part="database", well=True, text=text)

    return _with_store(config, "database", look)


def _watcher(config: HubConfig) -> Finding:
    # It is not called here: that would say that all is well, and the doctor cannot know.
    if not config.watcher.url:
        text = "nobody outside hears of it when this house falls silent; set [watcher] url, see operations.md"
        return Finding(part="watcher", well=True, text=text)
    text = f"is called every {config.watcher.every_s:g} s; the hub's log says when it cannot be reached"
    return Finding(part="watcher", well=True, text=text)


def _household(config: HubConfig) -> tuple[Finding, Household | None]:
    kept: list[Household] = []

    def look(store: SqliteStore) -> Finding:
        found = store.household()
        if found is None:
            text = "none has been imported yet: pillbox-hub import household.toml"
            return Finding(part="household", well=False, text=text)
        try:
            household = parse_household(found.text, medicines_dirs=config.medicines)
        except HouseholdRefused as error:
            return Finding(part="household", well=False, text=str(error))
        kept.append(household)
        text = f"version {found.version}; patients: {len(household.patients)}, boxes: {len(household.boxes)}"
        return Finding(part="household", well=True, text=text)

    return _with_store(config, "household", look), kept[0] if kept else None


def _with_store(config: HubConfig, part: str, look: Callable[[SqliteStore], Finding]) -> Finding:
    try:
        with closing(open_store(config.database, "read")) as store:
            return look(store)
    except StoreRefused as error:
        return Finding(part=part, well=False, text=str(error))


def _zones(household: Household) -> Finding:
    for patient in household.patients.values():
        try:
            ZoneInfo(patient.timezone)
        except (ZoneInfoNotFoundError, OSError, ValueError):
            text = f"the rules of {patient.timezone} are missing; install tzdata"
            return Finding(part="time zones", well=False, text=text)
    return Finding(part="time zones", well=True, text="the rules of every patient's zone are there")


def _channels(config: HubConfig, household: Household) -> Finding:
    if not config.notify.enabled:
        text = "messages to people are switched off; set [notify] enabled = true"
        return Finding(part="channels", well=False, text=text)
    problems = address_problems(household)
    if problems:
        return Finding(
            part="channels", well=False, text="nothing can be sent to " + "; nor to ".join(problems)
        )
    return Finding(part="channels", well=True, text="every address has a form that can be sent to")


def _ladders(household: Household) -> Finding:
    alone = [
        name
        for name in household.patients
        if not any(name in one.wants for one in household.caregivers.values())
    ]
    if alone:
        text = f"nobody is told when something is wrong with {', '.join(alone)}; add a caregiver who wants it"
        return Finding(part="caregivers", well=False, text=text)
    return Finding(part="caregivers", well=True, text="somebody is told about every patient")


def probe(broker: Broker, *, within_s: float = 3.0) -> str | None:
    """Log in once and leave; return what is wrong, or `None`.

    The broker may turn every user's name into its client id, so this may take the running hub's place
    for a second: it asks for a lasting session and confirms nothing, so that nothing of it is destroyed.
    """
    answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def on_connect(_client: Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        answers.put(str(reason) if reason.is_failure else None)

    def on_connect_fail(_client: Client, _userdata: Any) -> None:
        answers.put(f"nothing answers at {broker.host}:{broker.port}")

    versions = {"5": [MQTT_5], "3.1.1": [MQTT_3]}
    wrong: str | None = None
    for protocol in versions.get(broker.mqtt, [MQTT_5, MQTT_3]):
        client = new_client(broker, f"{CLIENT_ID}-doctor", protocol)
        client.on_connect, client.on_connect_fail = on_connect, on_connect_fail
        dial(client, broker)
        client.loop_start()
        try:
            wrong = answers.get(timeout=within_s)
        except queue.Empty:
            wrong = f"{broker.host}:{broker.port} takes the connection but does not answer to MQTT"
        client.disconnect()
        client.loop_stop()
        if wrong is None:
            return None
    return wrong
