"""How do the hub's parts run together, and how is it noticed when one of them does not?

One loop: gather what happened, let the engine commit what follows, and only then publish, acknowledge and
send. The threads beside it (the broker's, one for each channel to a person) only fill its queue.
"""

from __future__ import annotations

import contextlib
import logging
import math
import queue
import signal
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from controller.wire.messages import HubStatus
from controller.wire.topics import Outgoing, outgoing
from hub.config import HubConfig
from hub.engine import Engine
from hub.errors import LeaseLost, StoreGone, StoreRefused
from hub.household import parse_household
from hub.intake.arrivals import Arrival
from hub.letters.notify import Notifier, Sent
from hub.letters.parting import send_parcels
from hub.medicines.keeping import KeptMedicines
from hub.running.chores import Chores
from hub.running.distress import Distress
from hub.running.guard import DEAF_EXIT, watch_over
from hub.running.hearing import Hearing
from hub.running.link import Arrived, Link, LinkDown, LinkUp
from hub.running.service import tell_service
from hub.running.watcher import Watcher
from hub.store.port import Store
from hub.web.proving import Proof
from hub.web.reception import Reception
from hub.web.serving import Serving
from hub.web.visits import Visit

BATCH = 500
TEND_S = 1.0
RETRY_S = 2.0

LAST_WILL = outgoing("hub_status", HubStatus(v=1, status="offline", because="lost"))
FAREWELL = outgoing("hub_status", HubStatus(v=1, status="offline", because="stopped"))
AILING = outgoing("hub_status", HubStatus(v=1, status="offline", because="cannot_record"))

log = logging.getLogger("hub.running.run")


@dataclass(frozen=True, slots=True)
class Stop:
    """Somebody wants the program to end."""


@dataclass(frozen=True, slots=True)
class Reload:
    """Somebody says that the household has changed."""


class Hub:
    """The running hub. `turn` is one round of its loop."""

    def __init__(self, config: HubConfig, store: Store) -> None:
        self.inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._kept = KeptMedicines(config.directory / "medicines-kept")
        read = partial(parse_household, medicines_dirs=config.medicines, lawful=True, kept=self._kept)
        self.engine = Engine(store, read_household=read, pace=config.notify.pace)
        self.link = Link(config.broker, self.inbox, LAST_WILL)
        self.notifier = Notifier(config.notify, self.inbox)
        self._hearing = Hearing(time.monotonic())
        self._chores = Chores(config, store, self.engine, self._hearing)
        self._watcher = Watcher(config.watcher)
        self.web = Serving(config, self.inbox.put)
        self._reception = Reception(self.engine, store)
        self._proof = Proof(config)
        self._distress = Distress(self.notifier, enabled=config.notify.enabled)
        # Not turning yet: the first plans of a thousand boxes take a while, and READY is waited for.
        self.turned_s = math.inf
        self._config, self._store = config, store
        self._clock = config.clock
        self._arrived: deque[Arrived] = deque()
        self._sent: deque[Sent] = deque()
        self._stopping = False
        self._announce = False
        self._farewell: tuple[Outgoing, ...] = (FAREWELL,)
        self._ailing_until_s: float | None = None
        self._tended_s = 0.0
        self._last_complaint = ""

    def start(self) -> None:
        """Take up the work where it was left, and begin to connect.

        Raises:
            StoreRefused: The database cannot be read or written.

        """
        self._watcher.start(time.monotonic())
        self.engine.start(self._clock.wall_ms())
        if trouble := self._kept.trouble():
            # What it publishes is announced anyway with the first connection.
            self.engine.trouble_everywhere("medicine_damaged", trouble, self._clock.wall_ms())
        self.link.start()
        self.web.start()

    def run(self) -> int:
        """Turn until somebody wants the program to end, or a part of it is deaf; return the exit status."""
        self.start()
        tell_service("READY=1")
        while (status := self.turn()) is None:
            pass
        tell_service("STOPPING=1")
        self.web.stop()
        self.notifier.stop()
        self.link.stop(self._farewell)
        return status

    def turn(self) -> int | None:
        """Wait for what happens next and let everything follow from it; return a status to end with."""
        self._gather(self._wait_s())
        self.turned_s = time.monotonic()
        if self._stopping:
            return 0
        if self.turned_s - self._tended_s >= TEND_S:
            self._tended_s = self.turned_s
            if not self._tend():
                return DEAF_EXIT
        if self._ailing_until_s is None or self.turned_s >= self._ailing_until_s:
            try:
                self._follow(self._clock.wall_ms())
            except LeaseLost as error:
                log.critical("%s", error)
                # The broker is told by whoever acts now: `offline` would be untrue.
                self._farewell = ()
                return DEAF_EXIT
            except StoreGone as error:
                # Nothing that is written any more would be found again: no waiting mends that.
                log.critical("%s; the hub ends, to be started on what is there now", error)
                return DEAF_EXIT
        else:
            self._reception.turn_away()
        # After all that: a turn that hangs or fails must not have said that it went well.
        self._watcher.beat(self.turned_s, well=self.link.connected and self._ailing_until_s is None)
        return None

    def _wait_s(self) -> float:
        if self._ailing_until_s is not None:
            return max(0.0, min(TEND_S, self._ailing_until_s - time.monotonic()))
        if self._arrived or self._sent or self._reception.is_waited_at:
            return 0.0
        now = self._clock.wall_ms()
        waits = [TEND_S]
        if (deadline := self.engine.next_deadline()) is not None:
            waits.append(self._clock.real_s(deadline - now))
        next_try = self.engine.next_message_at()
        if next_try is not None and next_try > now:
            # One that is overdue waits for its busy channel, whose answer will wake the loop.
            waits.append(self._clock.real_s(next_try - now))
        return max(0.0, min(waits))

    def _gather(self, wait_s: float) -> None:
        with contextlib.suppress(queue.Empty):
            self._sort(self.inbox.get(timeout=wait_s) if wait_s > 0 else self.inbox.get_nowait())
            while len(self._arrived) < BATCH:
                self._sort(self.inbox.get_nowait())

    def _sort(self, item: Any) -> None:
        match item:
            case Arrived():
                self._arrived.append(item)
            case Sent():
                self._sent.append(item)
            case LinkUp(mqtt):
                log.info(
                    "connected to %s:%d by MQTT %s", self._config.broker.host, self._config.broker.port, mqtt
                )
                self._announce = True
                self._hearing.up()
                self._last_complaint = ""
            case LinkDown(why):
                self._hearing.down(time.monotonic())
                if why != self._last_complaint:
                    log.warning("%s", why)
                self._last_complaint = why
            case Visit():
                self._reception.take(item)
            case Stop():
                self._stopping = True
            case Reload():
                self._chores.hurry()
            case _:
                raise TypeError(f"nobody knows what {item!r} in the hub's queue means")

    def _tend(self) -> bool:
        self.link.tend()
        self.notifier.tend()
        self.web.tend()
        if not self.link.alive():
            log.critical("the thread that listens to the broker died; ending, to be started again")
            return False
        tell_service("WATCHDOG=1")
        return True

    def _follow(self, now: int) -> None:
        """Do all that is to be done, in order; where the store refuses, all of it is tried again later."""
        try:
            for said in self._chores.do(self.turned_s, now):
                self.link.publish(said)
            self._take(now)
            while self._sent:
                sent = self._sent[0]
                letters = (sent.message, *sent.others)
                self.link.publish(self.engine.attempts_ended(letters, sent.ok, sent.reply, now))
                self._sent.popleft()
            if self.engine.is_due(now):
                self.link.publish(self.engine.tick(now))
            if self._announce or self._ailing_until_s is not None:
                self.link.publish(self.engine.announce(now))
                self._announce = False
            self.link.publish(self._reception.answer(now))
            self._send_letters(now)
        except StoreGone:
            raise
        except StoreRefused as error:
            self._cannot_record(error)
            return
        if self._ailing_until_s is not None:
            log.warning("the hub can record again")
            self._distress.over()
            self._ailing_until_s = None

    def _cannot_record(self, error: StoreRefused) -> None:
        if self._ailing_until_s is None:
            log.critical("the hub cannot record: %s; boxes keep what they have seen until it can", error)
        self._reception.turn_away()
        # Nobody may rely on a hub that can neither store nor alert.
        self.link.publish([AILING])
        self._announce = False
        self._ailing_until_s = time.monotonic() + RETRY_S
        self._distress.call(self.engine.household, list(self._arrived)[:BATCH], time.monotonic())

    def _take(self, now: int) -> None:
        """Commit a batch, publish what follows, and only then acknowledge it to the broker."""
        batch = list(self._arrived)[:BATCH]
        if not batch:
            return
        try:
            self._take_in(batch, now)
        except StoreRefused:
            raise
        except Exception:
            log.exception("a batch of %d messages failed as a whole; taking them one by one", len(batch))
            self._take_each(batch, now)

    def _take_in(self, batch: Sequence[Arrived], now: int) -> None:
        arrivals = [
            Arrival(
                topic=one.topic, payload=one.payload, retained=one.retained,
                is_unproven=self._proof.is_missing(one.topic, one.payload, now),
            )
            for one in batch
        ]  # fmt: skip
        self.link.publish(self.engine.take(arrivals, now))
        self.link.confirm(batch)
        for _ in batch:
            self._arrived.popleft()

    def _take_each(self, batch: Sequence[Arrived], now: int) -> None:
        """Let one message that trips over a bug of ours stop no other; it stays unacknowledged."""
        for message in batch:
            try:
                self._take_in([message], now)
            except StoreRefused:
                raise
            except Exception:
                log.exception("a message to %r cannot be taken in; it is left aside", message.topic[:80])
                self._arrived.popleft()

    def _send_letters(self, now: int) -> None:
        household = self.engine.household
        if self._config.notify.enabled and household is not None:
            send_parcels(self.engine, self.notifier, household, now, self.web.invite)


def run(config: HubConfig, store: Store) -> int:
    """Run the hub until it is told to end, and return its exit status."""
    hub = Hub(config, store)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: hub.inbox.put(Stop()))
    signal.signal(signal.SIGHUP, lambda *_: hub.inbox.put(Reload()))
    guard = threading.Thread(target=watch_over, args=(lambda: hub.turned_s,), name="guard", daemon=True)
    guard.start()
    return hub.run()
