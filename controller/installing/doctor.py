"""What has to be mended before this box can be relied on?

Looks at every pin, the sensor, the disk, the clock and the broker the way the program itself would use
them, and says each in one sentence.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from controller.installing.config import BrokerSettings, Config
from controller.installing.device import device_finding
from controller.keeping.ballast import BALLAST_BYTES, SPARE_BYTES
from controller.presence import status, subscriptions
from controller.running.alone import is_running
from controller.running.run import outbox_path
from controller.running.trust import SYNCED_NOTE, WALL_NOTE, Reason, Watchmaker, boot_name
from firmware.findings import Finding
from firmware.probe import probe
from firmware.voice.findings import voice_findings

BROKER_S = 4.0
WRONG_VERSION = 132

SLOW_SYNC_S = 0.5


def examine(config: Config) -> tuple[Finding, ...]:
    """Look at everything; nothing of it raises."""
    running = is_running(config.directory)
    # Each pin has one owner: while the controller holds them there is nothing to try.
    hardware = (_running_note(),) if running else probe(config.settings)
    return (
        *hardware,
        *voice_findings(config.settings.sound),
        device_finding(config),
        _disk(config),
        _outbox(config),
        _clock(config),
        _broker(config, running=running),
    )


def report(findings: tuple[Finding, ...], write: Callable[[str], object], *, as_json: bool) -> int:
    """Write what was found; return the exit status, 1 if something must be mended."""
    if as_json:
        write(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2) + "\n")
    else:
        for finding in findings:
            write(f"{'ok  ' if finding.ok else 'MEND'} {finding.name}: {finding.sentence}\n")
    return 0 if all(finding.ok for finding in findings) else 1


def _running_note() -> Finding:
    return Finding(
        name="hardware",
        ok=True,
        sentence="The controller is running and holds the pins; stop it to have them tried one by one.",
    )


def _disk(config: Config) -> Finding:
    if not config.directory.exists():
        return _unmade(config.directory)
    trial = config.directory / "doctor.trial"
    try:
        began_s = time.monotonic()
        with trial.open("wb") as file:
            file.write(b"\0" * 4_096)
            os.fsync(file.fileno())
        took_s = time.monotonic() - began_s
        trial.unlink()
        free = shutil.disk_usage(config.directory).free
    except OSError as error:
        return _bad("disk", f"{config.directory} cannot be written: {error.strerror}.")
    if free < BALLAST_BYTES + SPARE_BYTES:
        return _bad("disk", f"Only {free // 1024} KiB are free in {config.directory}; make room.")
    if took_s > SLOW_SYNC_S:
        return _bad("disk", f"A small write took {took_s:.1f} s to be safe; the card may be worn out.")
    return _good("disk", f"{free // 2**20} MiB free; a write is safe after {took_s * 1000:.0f} ms.")


def _unmade(directory: Path) -> Finding:
    """Look where the controller will make its directory; a doctor makes none, least of all as root."""
    above = next(parent for parent in directory.absolute().parents if parent.exists())
    if not os.access(above, os.W_OK | os.X_OK):
        return _bad("disk", f"{directory} does not exist, and nothing can be made in {above}.")
    free = shutil.disk_usage(above).free
    if free < BALLAST_BYTES + SPARE_BYTES:
        return _bad("disk", f"Only {free // 1024} KiB are free in {above}; make room.")
    return _good("disk", f"{directory} is made when the controller first starts; {free // 2**20} MiB free.")


def _outbox(config: Config) -> Finding:
    path = outbox_path(config)
    if not path.exists():
        return _good("outbox", "None yet; the controller makes it when it first starts.")
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            depth = db.execute("SELECT count(*) FROM outbox").fetchone()[0]
        db.close()
    except sqlite3.Error as error:
        verdict, depth = str(error), 0
    if verdict != "ok":
        return _bad("outbox", f"{path} is damaged ({verdict}); it is replaced, and kept, at the next start.")
    if not path.with_suffix(".ballast").exists():
        return _bad("outbox", "The disk was full: the last room for doses is in use. Make room on the disk.")
    return _good("outbox", f"Sound; {depth} events wait for the hub.")


_CLOCK: dict[Reason, str] = {
    "configured": "The configuration says how far to trust it ([clock] trust)",
    "network": "Set by the network",
    "chip": "Held by a clock chip, not yet set by the network",
    "no_chip": "The network has not set it, and there is no clock chip",
    "chip_never_set": "There is a clock chip, but the network has never set the clock of this box, and so "
    "not the chip either",
    "chip_disagrees": "The clock chip says another time; its battery may be flat or missing",
    "clock_in_the_past": "It lies before a time this box has already seen; the battery of its clock chip may "
    "be flat",
}


def _clock(config: Config) -> Finding:
    notes = _notes(config)
    watchmaker = Watchmaker(
        config.clock,
        boot=boot_name(config.clock),
        floor_ms=int(notes.get(WALL_NOTE, 0)),
        once_synced=SYNCED_NOTE in notes,
    )
    shown = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(config.clock.clock.wall_ms() / 1000))
    why = _CLOCK[watchmaker.because]
    if watchmaker.trust != "untrusted":
        return _good("clock", f"{why}; it is {shown} UTC.")
    mend = "Let the Pi reach a time server, or fit a clock chip with a battery."
    return _bad("clock", f"{why}. It says {shown} UTC; until it is set no dose is judged. {mend}")


def _notes(config: Config) -> dict[str, str]:
    """Read what the controller remembers of its clock; a box that never ran remembers nothing."""
    try:
        with closing(sqlite3.connect(f"file:{outbox_path(config)}?mode=ro", uri=True)) as db:
            rows = db.execute("SELECT key, value FROM meta WHERE key LIKE 'note.%'").fetchall()
    except sqlite3.Error:
        return {}
    return {str(key).removeprefix("note."): str(value) for key, value in rows}


def _broker(config: Config, *, running: bool) -> Finding:
    """Log in as the box does. While the controller runs, a second login would throw it out."""
    where = f"{config.broker.host}:{config.broker.port}"
    if running:
        return _good("broker", f"{where} is the running controller's business; its log tells.")
    versions = {"5": [True], "3.1.1": [False]}
    why: str | None = None
    for speaks_5 in versions.get(config.broker.protocol, [True, False]):
        trial = Trial(config.broker, config.box, speaks_5=speaks_5)
        why = trial.run()
        if why is None:
            said = "" if speaks_5 else "; MQTT 3.1.1 has no word for a message that is refused"
            return _good("broker", f"{where} takes the box in as {config.box}, to listen and to speak{said}.")
        if trial.refused:
            break
    return _bad("broker", f"{where} cannot be used ({why}); check its address, password file and ACL.")


class Trial:
    """One login as the box: it asks for all the box listens to, and says that the box is not there.

    The broker's rules let a box use no other name, so this is the session of the controller, and what waits
    in it must go on waiting: nothing is confirmed, and MQTT 5 is asked for no retained message.
    """

    def __init__(self, broker: BrokerSettings, box: str, *, speaks_5: bool = True) -> None:
        self.refused = False
        self._broker = broker
        self._box = box
        self._speaks_5 = speaks_5
        self._topics = subscriptions(box)
        self._word = status(box, "offline", "not_running")
        self._answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def run(self, *, within_s: float = BROKER_S) -> str | None:
        """Return what is wrong, or `None`."""
        from controller.running.link import connect, new_client  # paho: a third of a second on a small Pi

        try:
            client = new_client(self._broker, self._box, speaks_5=self._speaks_5, manual_ack=True)
            client.on_connect = self._on_connect
            client.on_subscribe = self._on_subscribe
            client.on_publish = self._on_publish
            client.on_disconnect = self._on_disconnect
            connect(client, self._broker)
        except (OSError, ValueError) as error:
            return str(error) or type(error).__name__
        client.loop_start()
        try:
            return self._answers.get(timeout=within_s)
        except queue.Empty:
            return f"it takes the connection but does not answer to MQTT {'5' if self._speaks_5 else '3.1.1'}"
        finally:
            client.on_disconnect = None
            client.disconnect()
            client.loop_stop()

    def _on_connect(self, client: Any, _user: Any, _flags: Any, reason: Any, _more: Any) -> None:
        if reason.is_failure:
            # A broker that only wants another version of MQTT is asked again in that.
            self._refuse(f"the broker refuses the box: {reason}", final=reason.value != WRONG_VERSION)
        elif self._speaks_5:
            from paho.mqtt.subscribeoptions import SubscribeOptions

            client.subscribe([(topic, SubscribeOptions(qos=1, retainHandling=2)) for topic in self._topics])
        else:
            client.subscribe([(topic, 1) for topic in self._topics])

    def _on_subscribe(self, client: Any, _user: Any, _mid: int, reasons: Any, _more: Any) -> None:
        refused = [topic for topic, reason in zip(self._topics, reasons, strict=False) if reason.is_failure]
        if refused:
            self._refuse(f"the broker does not let the box listen to {', '.join(refused)}")
        else:
            client.publish(self._word.topic, self._word.payload, self._word.qos, self._word.retain)

    def _on_publish(self, _client: Any, _user: Any, _mid: int, reason: Any, _more: Any) -> None:
        if reason.is_failure:
            self._refuse(f"the broker does not let the box speak on {self._word.topic}: {reason}")
        else:
            self._answers.put(None)

    def _on_disconnect(self, _client: Any, _user: Any, _flags: Any, reason: Any, _more: Any) -> None:
        self._answers.put(f"the broker ended the connection: {reason}")

    def _refuse(self, why: str, *, final: bool = True) -> None:
        self.refused = final
        self._answers.put(why)


def _good(name: str, sentence: str) -> Finding:
    return Finding(name=name, ok=True, sentence=sentence)


def _bad(name: str, sentence: str) -> Finding:
    return Finding(name=name, ok=False, sentence=sentence)
