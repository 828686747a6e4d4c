"""Who turns the engine? The program: one queue, one loop, and threads that only put something there."""

from __future__ import annotations

import logging
import os
import queue
import random
import secrets
import signal
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import assert_never

from controller.engine import Engine
from controller.installing.config import Config
from controller.keeping.outbox import Outbox
from controller.keeping.rows import whole
from controller.presence import status, subscriptions
from controller.reaction import LockOrder, Reaction
from controller.running.alone import alone
from controller.running.arrivals import (
    Arrival,
    Arrived,
    ClimateTaken,
    DeviceMeasured,
    LinkDown,
    LinkUp,
    StopAsked,
    happening,
)
from controller.running.link import Link
from controller.running.pulse import Pulse
from controller.running.sensing import ClimateThreads
from controller.running.trust import SYNCED_NOTE, WALL_NOTE, Watchmaker, boot_name
from controller.running.watchdog import Watchdog
from controller.running.wellbeing import WellbeingThread
from controller.troubles import Troubles, absent
from controller.witness.inputs import (
    Stalled,
    Started,
    Stopping,
    Tick,
)
from firmware.boxes import open_box
from firmware.device.machine import open_device
from firmware.ports import BoxHardware, LidReading, PanelView, Press
from firmware.voice.spoken import with_voice

DEAF = 70
"""The exit status of a program that has gone deaf: the service manager starts it again."""

LONGEST_WAIT_S = 1.0
BATCH = 200
EXAMINE_S = 5.0
REMEMBER_MS = 900_000

log = logging.getLogger(__name__)


def outbox_path(config: Config) -> Path:
    """Return where the outbox of a box lies."""
    return config.directory / "outbox.sqlite3"


def version() -> str:
    """Return the version that is installed."""
    try:
        return metadata.version("smart-pillbox")
    except metadata.PackageNotFoundError:
        return "not-installed"


def run(config: Config) -> int:
    """Watch the box until a signal ends it; return the exit status.

    Raises:
        ControllerError: The box cannot be watched at all: the outbox, or another controller's lock.
        FirmwareError: The lids cannot be watched.

    """
    with alone(config.directory):
        clock = config.clock.clock
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(clock.wall_ms() / 1000))
        outbox = Outbox(outbox_path(config), box=config.box, mint=lambda: secrets.token_hex(16), now=now)
        hardware = with_voice(open_box(config.settings, clock.boot_ms), config.settings.sound)
        for note in (*hardware.notes, *(part.sentence for part in hardware.missing)):
            log.warning("%s", note)
        try:
            result = Program(config, hardware, outbox).run()
        except Exception:
            log.exception("the controller met something it does not know")
            result = DEAF
        if result == DEAF:
            # A thread that hangs in a driver would keep an orderly exit waiting for ever.
            outbox.close()
            logging.shutdown()
            os._exit(DEAF)
        hardware.close()
        outbox.close()
    return result


class Program:
    """One box with its hardware, its engine and its link, in one thread."""

    def __init__(self, config: Config, hardware: BoxHardware, outbox: Outbox) -> None:
        """Put the parts together; nothing moves before `run`."""
        self._hardware = hardware
        self._outbox = outbox
        self._queue: queue.SimpleQueue[Arrival] = queue.SimpleQueue()
        self._time = Watchmaker(
            config.clock,
            boot=boot_name(config.clock),
            floor_ms=whole(outbox.note(WALL_NOTE)),
            once_synced=outbox.note(SYNCED_NOTE) is not None,
        )
        self._engine = Engine(
            box=config.box,
            compartments=hardware.compartments,
            outbox=outbox,
            version=version(),
            chance=random.random,
            hours=config.hours,
            troubles=Troubles(absent=[absent(part.word, part.sentence) for part in hardware.missing]),
            lock=config.settings.lock.fails if config.settings.lock and hardware.lock else None,
        )
        self._link = Link(
            config.broker,
            client_id=config.box,
            will=status(config.box, "offline", "connection_lost"),
            subscriptions=subscriptions(config.box),
            report=self._queue.put,
            backlog=self._queue.qsize,
        )
        self._climate = ClimateThreads(hardware.climates, config.clock.clock, self._queue.put)
        device = open_device(config.settings, config.directory, config.ups)
        self._wellbeing = WellbeingThread(device, config.clock.clock, self._queue.put)
        self._watchdog = Watchdog()
        self._pulse = Pulse()
        self._shown: PanelView | None = None
        self._ordered: LockOrder | None = None
        self._examined_s = time.monotonic()
        self._remembered_ms = 0

    def run(self) -> int:
        """Watch until somebody asks to stop (0) or a part goes deaf (70)."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(
                number, lambda got, _frame: self._queue.put(StopAsked(because=signal.Signals(got).name))
            )
        lids = self._hardware.lids.start(self._queue.put)
        self._hardware.buttons.start(self._queue.put)
        sensors = tuple(climate.name for climate in self._hardware.climates)
        started = Started(stamp=self._time.stamp(), version=version(), lids=lids, sensors=sensors)
        self._react(self._engine.handle(started))
        log.info("%d lids are watched, %d events wait for the hub", len(lids), self._outbox.depth)
        self._pulse.start()
        self._link.start()
        self._climate.start()
        self._wellbeing.start()
        self._watchdog.ready()
        while True:
            for arrival in self._arrivals():
                if isinstance(arrival, StopAsked):
                    return self._stop(arrival)
                self._take(arrival)
            self._tick()
            if (deaf := self._deaf()) is not None:
                log.critical("%s; the controller ends so that it is started again", deaf)
                return DEAF
            self._watchdog.feed()

    def _arrivals(self) -> Iterator[Arrival]:
        """Yield what has arrived, waiting for the first no longer than the engine can wait."""
        try:
            yield self._queue.get(timeout=self._patience_s())
            for _ in range(BATCH):
                yield self._queue.get_nowait()
        except queue.Empty:
            return

    def _patience_s(self) -> float:
        due = self._engine.next_deadline()
        if due is None:
            return LONGEST_WAIT_S
        clock = self._time.clock
        return min(LONGEST_WAIT_S, max(0.001, clock.real_s(due - clock.boot_ms())))

    def _take(self, arrival: Arrival) -> None:
        engine, stamp = self._engine, self._time.stamp
        self._own_up()
        match arrival:
            case LidReading() | Press() | ClimateTaken() | DeviceMeasured():
                self._react(engine.handle(happening(arrival, stamp(arrival.mono_ms))))
            case LinkUp():
                self._react(engine.link(True, stamp()))
            case LinkDown():
                self._react(engine.link(False, stamp()))
            case Arrived(topic=topic, payload=payload):
                self._react(engine.receive(topic, payload, stamp()))
            case StopAsked():
                pass
            case _:
                assert_never(arrival)

    def _own_up(self) -> None:
        """Admit a freeze before anything is judged: a lid may have been opened and closed unseen in it."""
        if self._pulse.stalled():
            log.warning("the program stood still for some seconds; its watch begins anew")
            self._react(self._engine.handle(Stalled(stamp=self._time.stamp())))

    def _react(self, reaction: Reaction) -> None:
        self._turn_lock(reaction.lock)
        for message in reaction.outgoing:
            self._link.send(message)
        if reaction.view != self._shown:
            self._shown = reaction.view
            self._hardware.panel.show(reaction.view)
        for sound in reaction.sounds:
            self._hardware.panel.play(sound)
        voice = self._hardware.voice
        if voice is not None:
            for utterance in reaction.said:
                voice.say(utterance)

    def _turn_lock(self, order: LockOrder | None) -> None:
        lock = self._hardware.lock
        if lock is None or order is None or order == self._ordered:
            return
        self._ordered = order
        if order.released:
            lock.release()
        else:
            lock.engage()

    def _tick(self) -> None:
        self._own_up()
        due = self._engine.next_deadline()
        is_due = due is not None and self._time.clock.boot_ms() >= due
        if time.monotonic() - self._examined_s >= EXAMINE_S:
            self._examined_s = time.monotonic()
            is_due = self._time.examine() or is_due
            self._remember_time()
            self._climate.tell_hanging()
        if is_due:
            self._react(self._engine.handle(Tick(stamp=self._time.stamp())))

    def _remember_time(self) -> None:
        """Keep a floor under the wall clock for the next boot, seldom enough for an SD card."""
        believed_ms = self._time.believed_ms()
        if believed_ms is not None and abs(believed_ms - self._remembered_ms) >= REMEMBER_MS:
            self._remembered_ms = believed_ms
            for key in self._time.notes_due():
                self._outbox.keep_note(key, str(believed_ms))

    def _deaf(self) -> str | None:
        """Say which part no longer notices anything, if one does not."""
        if (deaf := self._hardware.deaf()) is not None:
            return deaf
        if not self._climate.alive():
            return "the humidity and temperature sensor no longer answers its thread"
        if not self._wellbeing.alive():
            return "the card no longer says how full it is"
        if not self._pulse.alive():
            return "the pulse that notices a freeze no longer beats"
        if not self._link.alive():
            return "the link to the broker no longer moves"
        return None

    def _stop(self, asked: StopAsked) -> int:
        log.info("stopping (%s)", asked.because)
        self._watchdog.stopping(asked.because)
        self._own_up()
        self._react(self._engine.handle(Stopping(stamp=self._time.stamp())))
        self._remember_time()
        self._link.close()
        self._pulse.close()
        self._climate.close()
        self._wellbeing.close()
        return 0
