"""What happens to a box, from what it senses to what leaves it?

The witness decides, the outbox keeps, the resend rule chooses what to send; this ties them together, with
no thread and no clock of its own. The order is the promise: step, then one commit, and only then
does anything leave. What cannot be committed waits in memory, is tried again, and is told aloud.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, assert_never

from controller.errors import CannotRecord
from controller.hearing import heard
from controller.heartbeat import Heartbeat
from controller.keeping import resend
from controller.keeping.outbox import Outbox, is_sample
from controller.keeping.resend import Resend
from controller.presence import status
from controller.reaction import LockOrder, Reaction
from controller.troubles import Troubles
from controller.wire.envelope import Stamp
from controller.wire.errors import Malformed
from controller.wire.events import BoxHealth
from controller.wire.messages import Ack, Command, HubStatus
from controller.wire.plan import Plan
from controller.wire.topics import Outgoing, outgoing, outgoing_text
from controller.witness.box import Box, next_deadline, recall, remembered, state_message, step, view
from controller.witness.inputs import (
    CommandArrived,
    HubSeen,
    Input,
    PlanArrived,
    Play,
    Record,
    RecordingFailed,
    Say,
    Started,
    Stopping,
)
from controller.witness.state import HOURS
from controller.witness.telling.hours import Hours
from firmware.ports import LockSide, PanelView, Sound, Utterance

RETRY_MS = 5_000
WAITING_MAX = 10_000
BATCH = 200

log = logging.getLogger(__name__)


class Engine:
    """One box: its core, its outbox and what is under way. Used by one thread."""

    def __init__(
        self,
        *,
        box: str,
        compartments: Sequence[str],
        outbox: Outbox,
        version: str,
        chance: Callable[[], float],
        troubles: Troubles | None = None,
        lock: LockSide | None = None,
        hours: Hours = HOURS,
    ) -> None:
        """Recall what the outbox remembers; `chance` returns random numbers from 0 to 1.

        `lock` is how the lock of the box fails; without it the box has none.
        """
        self.box = box
        self.messages_refused = 0
        self._compartments = tuple(compartments)
        self._outbox = outbox
        self._version = version
        self._chance = chance
        self._stored = outbox.parts()
        self._kept_core: Box | None = None
        self._core = recall(box, self._compartments, self._stored, lock, hours)
        self._resend = Resend(acked=outbox.confirmed, sent_to=outbox.confirmed)
        self._waiting: deque[Record] = deque()
        self._failed = False
        self._retry_mono_ms: int | None = None
        self._troubles = troubles or Troubles()
        self._troubles.opened(outbox)
        self._damaged: str | None = None
        self._said: tuple[Utterance, ...] = ()
        self._hub_online: bool | None = None
        self._heartbeat = Heartbeat()

    def handle(self, happening: Input) -> Reaction:
        """Let the core see what happened, record what it says, and return what may leave."""
        stamp = happening.stamp
        sounds = self._step(happening)
        if isinstance(happening, Started) and self._outbox.unwritable is not None:
            # What is kept in memory alone is not recorded, even though it is sent.
            sounds += self._step(RecordingFailed(stamp=stamp, failed=True))
        sounds += self._record(stamp)
        reaction = self._reaction(stamp, sounds)
        if isinstance(happening, Stopping) and self._resend.linked:
            farewell = status(self.box, "offline", "stopping")
            return replace(reaction, outgoing=(*reaction.outgoing, farewell))
        return reaction

    def receive(self, topic: str, payload: bytes | str, stamp: Stamp) -> Reaction:
        """Take a message from the broker; one that is malformed or foreign is counted and told."""
        sounds: list[Sound] = []
        try:
            message = heard(self.box, self._compartments, topic, payload)
        except Malformed as error:
            self.messages_refused += 1
            self._troubles.refused.add(text=str(error))
        else:
            sounds += self._take(message, stamp)
        sounds += self._record(stamp)
        return self._reaction(stamp, sounds)

    def link(self, up: bool, stamp: Stamp) -> Reaction:
        """Take note that the broker can or cannot be reached."""
        sounds: list[Sound] = []
        first: tuple[Outgoing, ...] = ()
        if up:
            self._resend = resend.link_up(self._resend)
            self._heartbeat.forget()
            first = (status(self.box, "online", "connected"),)
        else:
            self._resend = resend.link_down(self._resend)
            self._hub_online = None
            sounds += self._step(HubSeen(stamp=stamp, online=False))
        sounds += self._record(stamp)
        reaction = self._reaction(stamp, sounds)
        return replace(reaction, outgoing=first + reaction.outgoing)

    def pump(self, mono_ms: int) -> tuple[Outgoing, ...]:
        """Return the events that should be sent now."""
        self._resend = resend.due(self._resend, mono_ms)
        found: list[Outgoing] = []
        while (span := resend.span(self._resend)) and span.above < self._outbox.written:
            rows = self._outbox.pending(span.above, span.limit)
            sent_to = rows[-1][0] if rows else span.above
            self._resend = resend.sent(self._resend, sent_to, mono_ms, self._chance())
            found += [outgoing_text("event", payload, box=self.box) for _, payload in rows]
            if not rows:
                break
        return tuple(found)

    def next_deadline(self) -> int | None:
        """Return the boot-clock milliseconds at which a `Tick` must come, if any."""
        wanted = [next_deadline(self._core), self._resend.next_try_mono_ms, self._retry_mono_ms]
        if not self._failed:
            wanted.append(self._troubles.next_deadline())
        if self._resend.linked:
            wanted.append(self._heartbeat.next_deadline())
        return min((at for at in wanted if at is not None), default=None)

    @property
    def view(self) -> PanelView:
        """What the patient sees now."""
        return view(self._core)

    def _take(self, message: Any, stamp: Stamp) -> list[Sound]:
        match message:
            case Ack():
                self._take_ack(message, stamp.mono_ms)
            case Plan():
                return self._step(PlanArrived(stamp=stamp, plan=message))
            case Command():
                return self._step(CommandArrived(stamp=stamp, command=message))
            case HubStatus():
                online = message.status == "online"
                if online and self._hub_online is False:
                    # The hub is back: do not wait out a pause that may be minutes long by now.
                    self._resend = resend.link_up(self._resend)
                self._hub_online = online
                return self._step(HubSeen(stamp=stamp, online=online))
            case _:
                pass
        return []

    def _take_ack(self, ack: Ack, mono_ms: int) -> None:
        match self._outbox.acked(ack.stream, ack.seq):
            case "progress":
                confirmed = self._outbox.confirmed
                self._resend = resend.acked(self._resend, confirmed, mono_ms, self._chance())
            case "renewed":
                self._resend = Resend(linked=self._resend.linked)
                self._troubles.renewed.add()
            case "stale" | "foreign":
                pass

    def _step(self, happening: Input) -> list[Sound]:
        self._core, effects = step(self._core, happening)
        sounds: list[Sound] = []
        for effect in effects:
            match effect:
                case Record():
                    self._wait(effect)
                case Play():
                    sounds.append(effect.sound)
                case Say():
                    self._said = (effect.utterance,)
                case _:
                    assert_never(effect)
        return sounds

    def _wait(self, record: Record) -> None:
        """Queue an event for the commit. Only a box that cannot record for days runs out of room here."""
        if self._failed and is_sample(record):
            self._troubles.samples.add()
        elif len(self._waiting) >= WAITING_MAX:
            self._troubles.lost.add()
        else:
            self._waiting.append(record)

    def _record(self, stamp: Stamp) -> list[Sound]:
        """Commit what waits, and let the core know when that begins or ceases to fail."""
        if not self._failed:
            # While nothing can be recorded, troubles are counted: told, they would only queue up.
            for told in self._troubles.tell(stamp.mono_ms):
                self._wait(Record(stamp=stamp, data=told))
            if self._outbox.unreadable and self._resend.attempt > 0:
                # Sending again what lies around it brought no word: the hub does not have it either.
                count = len(self._outbox.unreadable)
                told = BoxHealth(because="event_unreadable", count=count)
                self._outbox.stand_in(Record(stamp=stamp, data=told))
        failed_before = self._failed
        self._failed = not self._committed(stamp.mono_ms)
        if self._failed == failed_before:
            return []
        sounds = self._step(RecordingFailed(stamp=stamp, failed=self._failed))
        if not self._failed:
            log.warning("events are recorded again")
            self._failed = not self._committed(stamp.mono_ms)
        return sounds

    def _committed(self, mono_ms: int) -> bool:
        was_tight = self._outbox.tight
        try:
            self._commit()
        except CannotRecord as error:
            self._retry_mono_ms = mono_ms + RETRY_MS
            if not self._failed:
                log.error("%s; %d events wait in memory", error, len(self._waiting))
            return False
        self._retry_mono_ms = None
        self._troubles.committed(self._outbox, was_tight=was_tight)
        if self._outbox.damaged != self._damaged:
            # The new file knows nothing: give it the whole memory of the core with the next commit.
            self._damaged = self._outbox.damaged
            self._troubles.damaged.add(text=f"the damaged outbox is kept as {self._damaged}")
            self._stored = {}
            self._kept_core = None
            self._resend = Resend(linked=self._resend.linked)
        return True

    def _commit(self) -> None:
        """Store what waits. In one transaction with the memory, unless it waited for long.

        Raises:
            CannotRecord: Some or all of it still waits.

        """
        while len(self._waiting) > BATCH:
            # After a long refusal one big transaction might find no room where small ones do. The memory
            # goes with the last: a crash in between then repeats testimony and loses none.
            self._outbox.commit(tuple(islice(self._waiting, BATCH)), {})
            for _ in range(BATCH):
                self._waiting.popleft()
        if self._core is self._kept_core and not self._waiting:
            return
        parts = self._changed_parts()
        if self._waiting or parts:
            self._outbox.commit(tuple(self._waiting), parts)
            self._waiting.clear()
            self._stored |= parts
        self._kept_core = self._core

    def _changed_parts(self) -> dict[str, str]:
        """Return what changed in the core's memory; it changes with what is worth a commit, not with time."""
        now = remembered(self._core)
        return {part: text for part, text in now.items() if self._stored.get(part) != text}

    def _reaction(self, stamp: Stamp, sounds: list[Sound]) -> Reaction:
        messages = [*self.pump(stamp.mono_ms), *self._state_due(stamp.mono_ms)]
        lock = self._core.lock
        order = None if lock is None else LockOrder(released=lock.released, number=lock.orders)
        said, self._said = self._said, ()
        return Reaction(outgoing=tuple(messages), sounds=tuple(sounds), view=self.view, lock=order, said=said)

    def _state_due(self, mono_ms: int) -> list[Outgoing]:
        if not self._resend.linked:
            return []
        state = state_message(self._core, outbox=self._outbox.depth, version=self._version)
        if state is None or not self._heartbeat.worth_telling(state, mono_ms):
            return []
        return [outgoing("state", state, box=self.box)]
