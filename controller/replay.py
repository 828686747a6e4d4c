"""Why did the box say that? The real engine on recorded input, in virtual time.

No hardware, no broker, no network, no clock: the same input gives the same bytes. The hub is taken to be
prompt: what is sent while the link is up counts as stored there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from controller.engine import Engine
from controller.keeping.outbox import Outbox
from controller.presence import LISTENS_TO, status
from controller.reaction import Reaction
from controller.recorded import (
    Air,
    End,
    Lid,
    Line,
    LinkState,
    Measured,
    Message,
    Power,
    Pressed,
    WallClock,
    read_lines,
)
from controller.recorded_scene import Scene, refuse_unknown_lids, scene_of
from controller.wire.envelope import Stamp
from controller.wire.instants import instant_text
from controller.wire.messages import Ack, HubStatus
from controller.wire.shape import write_json
from controller.wire.topics import Outgoing, match_topic, message_json, topic_of
from controller.wire.words import ClockTrust
from controller.witness.clock import instant
from controller.witness.inputs import (
    ButtonPressed,
    ButtonReleased,
    ClimateRead,
    DeviceRead,
    LidMoved,
    Started,
    Tick,
)
from firmware.ports import LockSide, PanelView

STREAM = "replay"
VERSION = "replay"
SENSOR = "replay"
RETAINED = frozenset({"plan", "hub_status"})


Show = Callable[[int, PanelView], object]


def replay(
    lines: Iterable[str],
    out: Callable[[str], object],
    *,
    box: str | None = None,
    compartments: Sequence[str] | None = None,
    lock: LockSide | None = None,
    show: Show | None = None,
) -> None:
    """Run recorded input through the box and write what it published, a line for each message.

    `show` is told what the patient sees from an instant on, at each change.

    Without `box` and `compartments` they are taken from the input: the first topic that names a box,
    and the layout `7x2` unless a plan names other compartments.

    Raises:
        ReplayRefused: A line cannot be replayed. What came before it has been written.

    """
    recorded = list(read_lines(lines))
    scene = replace(scene_of(recorded, box, compartments), lock=lock)
    refuse_unknown_lids(recorded, scene)
    if recorded:
        _Replay(scene, out, show).run(recorded)


class _Replay:
    """The world around one box: true time, its power, its network, its clock and its lids."""

    def __init__(self, scene: Scene, out: Callable[[str], object], show: Show | None) -> None:
        self._scene = scene
        self._out = out
        self._show = show
        self._shown = PanelView()
        mints = count(1)
        self._outbox = Outbox(
            None, box=scene.box, mint=lambda: STREAM if (n := next(mints)) == 1 else f"{STREAM}-{n}"
        )
        self._event_topic = topic_of("event", box=scene.box)
        self._ack_topic = topic_of("ack", box=scene.box)
        self._lids = dict.fromkeys(scene.compartments, False)
        self._engine: Engine | None = None
        self._boots = 0
        self._boot_ms = 0
        self._at_ms = 0
        self._ticked_ms = -1
        self._link_up = True
        self._trust: ClockTrust = "synced"
        self._offset_ms = 0
        self._retained: dict[str, str] = {}
        self._held_back: list[Message] = []

    def run(self, recorded: Sequence[Line]) -> None:
        self._at_ms = recorded[0].at_ms
        if not isinstance(recorded[0].what, Power):
            self._power_on()
        for line in recorded:
            self._tick_until(line.at_ms - 1)
            self._at_ms = line.at_ms
            self._take(line)
        self._tick_until(recorded[-1].at_ms)

    def _take(self, line: Line) -> None:
        match line.what:
            case Message():
                self._deliver(line.what)
            case Lid():
                self._move_lid(line.what)
            case Air() | Measured() | Pressed():
                if self._engine is not None:
                    for sensed in _sensed(line.what, self._stamp()):
                        self._publish(self._engine.handle(sensed))
            case Power(on=on):
                self._switch_power(on)
            case LinkState(up=up):
                self._switch_link(up)
            case WallClock(trust=trust, offset_ms=offset_ms):
                self._trust, self._offset_ms = trust, offset_ms
                self._tick()
            case End():
                pass

    def _tick_until(self, end_ms: int) -> None:
        """Let time pass up to and including `end_ms`, waking the box exactly when it asked to be."""
        while self._engine is not None and (due := self._engine.next_deadline()) is not None:
            at_ms = max(self._boot_ms + due, self._at_ms)
            if at_ms <= self._ticked_ms:
                # A deadline that a tick did not move is served one millisecond on: time only goes forward.
                at_ms = self._ticked_ms + 1
            if at_ms > end_ms:
                return
            self._at_ms = self._ticked_ms = at_ms
            self._tick()

    def _tick(self) -> None:
        if self._engine is not None:
            self._publish(self._engine.handle(Tick(stamp=self._stamp())))

    def _stamp(self) -> Stamp:
        return Stamp(
            at=instant(self._at_ms + self._offset_ms),
            boot=f"boot-{self._boots}",
            mono_ms=self._at_ms - self._boot_ms,
            clock=self._trust,
        )

    def _switch_power(self, on: bool) -> None:
        if on and self._engine is None:
            self._power_on()
        elif not on and self._engine is not None:
            self._engine = None
            if self._link_up:
                self._write(status(self._scene.box, "offline", "connection_lost"))

    def _power_on(self) -> None:
        self._boots += 1
        self._boot_ms = self._at_ms
        self._engine = Engine(
            box=self._scene.box,
            compartments=self._scene.compartments,
            outbox=self._outbox,
            version=VERSION,
            chance=lambda: 0.0,
            lock=self._scene.lock,
        )
        self._publish(
            self._engine.handle(Started(stamp=self._stamp(), version=VERSION, lids=dict(self._lids)))
        )
        if self._link_up:
            self._connect()

    def _switch_link(self, up: bool) -> None:
        if up == self._link_up:
            return
        self._link_up = up
        if self._engine is None:
            return
        if up:
            self._connect()
        else:
            self._engine.link(False, self._stamp())
            # The broker cannot tell a cut line from a dead box: it publishes the last will.
            self._write(status(self._scene.box, "offline", "connection_lost"))

    def _connect(self) -> None:
        """Bring the box online: its retained topics and what the broker kept for it arrive."""
        if self._engine is None:
            return
        self._publish(self._engine.link(True, self._stamp()))
        hub = topic_of("hub_status")
        self._retained.setdefault(hub, message_json(HubStatus(v=1, status="online", because="replay")))
        for topic, payload in sorted(self._retained.items()):
            self._receive(Message(topic=topic, payload=payload))
        held_back, self._held_back = self._held_back, []
        for message in held_back:
            self._receive(message)

    def _deliver(self, message: Message) -> None:
        name, ids = match_topic(message.topic) or ("", {})
        if name not in LISTENS_TO or ids.get("box", self._scene.box) != self._scene.box:
            # A recording of a whole broker holds much that this broker would not give to this box.
            return
        if name in RETAINED:
            self._retained[message.topic] = message.payload
        if self._link_up and self._engine is not None:
            self._receive(message)
        elif name not in RETAINED:
            self._held_back.append(message)

    def _receive(self, message: Message) -> None:
        if self._engine is not None:
            self._publish(self._engine.receive(message.topic, message.payload, self._stamp()))

    def _move_lid(self, lid: Lid) -> None:
        if self._lids[lid.lid] == lid.open:
            return
        self._lids[lid.lid] = lid.open
        if self._engine is not None:
            moved = LidMoved(stamp=self._stamp(), compartment=lid.lid, open=lid.open, because="edge")
            self._publish(self._engine.handle(moved))

    def _publish(self, reaction: Reaction) -> None:
        if self._show is not None and reaction.view != self._shown:
            self._shown = reaction.view
            self._show(self._at_ms, reaction.view)
        sent_to = 0
        for message in reaction.outgoing:
            plain = self._write(message)
            if message.topic == self._event_topic:
                sent_to = plain["seq"]
        if sent_to:
            # The prompt hub: its acknowledgement is there before anything else happens.
            ack = Ack(v=1, box=self._scene.box, stream=self._outbox.stream, seq=sent_to)
            self._receive(Message(topic=self._ack_topic, payload=message_json(ack)))

    def _write(self, message: Outgoing) -> Any:
        plain = json.loads(message.payload)
        line = {"at": instant_text(self._at_ms), "topic": message.topic, "payload": plain}
        self._out(write_json(line) + "\n")
        return plain


def _sensed(
    what: Air | Measured | Pressed, stamp: Stamp
) -> tuple[ClimateRead | DeviceRead | ButtonPressed | ButtonReleased, ...]:
    match what:
        case Air(reading=reading, of_medicine=own):
            sensor = what.sensor or SENSOR
            return (ClimateRead(stamp=stamp, sensor=sensor, reading=reading, of_medicine=own),)
        case Measured(reading=measured):
            return (DeviceRead(stamp=stamp, reading=measured),)
        case Pressed(button=button, down=down):
            pressed = () if down is False else (ButtonPressed(stamp=stamp, button=button),)
            released = () if down is True else (ButtonReleased(stamp=stamp, button=button),)
            return (*pressed, *released)
