"""What happens on Ada's day, hour by hour, and what proves that it did?"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from controller.demo.errors import CannotStage, ChapterMissing
from controller.demo.letterbox import Letter
from controller.demo.stage import BOX, DAY, Stage
from controller.demo.telling import Teller, Voice
from controller.wire.events import EventData
from controller.wire.instants import instant_ms, instant_text
from controller.wire.messages import AlertAck
from controller.wire.topics import TopicName, outgoing
from firmware.ports import Button, ClimateReading
from firmware.scene import move_lid, press, read_panel, set_climate

PATIENCE_S = 8.0
"""Real seconds that evidence may be late: a slow machine makes the story slower, not wrong."""
LOOK_S = 0.02

DAMP = ClimateReading(temperature_c=24.0, humidity_pct=83.0)
HOT = ClimateReading(temperature_c=43.0, humidity_pct=30.0)
ORDINARY = ClimateReading(temperature_c=21.0, humidity_pct=45.0)


@dataclass(frozen=True, slots=True)
class Chapter:
    """One thing that happens on the day."""

    title: str
    play: Callable[[Scenes], None]


class Scenes:
    """The words the chapters are written in: wait, move, expect, tell."""

    def __init__(self, stage: Stage, teller: Teller) -> None:
        self.stage = stage
        self._teller = teller
        self._pause = threading.Event()
        self._heard = 0
        self._letters = 0
        self._moments: dict[str, tuple[int, int]] = {}
        self.kept: dict[str, str] = {}

    def mark(self) -> None:
        """Let only what comes from here on count as evidence."""
        self._heard = self.stage.watcher.count()
        self._letters = self.stage.letterbox.count()

    def remember(self, name: str) -> None:
        """Keep this moment: what comes from here on may be evidence in a later chapter."""
        self._moments[name] = self.stage.watcher.count(), self.stage.letterbox.count()

    def recall(self, name: str) -> None:
        """Let everything since a remembered moment count as evidence."""
        self._heard, self._letters = self._moments.get(name, (self._heard, self._letters))

    def now(self) -> str:
        """Return the time of Ada's day; her zone is UTC in November."""
        return instant_text(self.stage.clock.wall_ms())[11:16]

    def at(self, time: str) -> None:
        """Wait until the time of the day."""
        span_ms = instant_ms(f"{DAY}T{time}:00Z") - self.stage.clock.wall_ms()
        if span_ms > 0:
            self._pause.wait(self.stage.clock.real_s(span_ms))
        if said := self.stage.dead():
            raise CannotStage(said)

    def tell(self, text: str, voice: Voice = "teller") -> None:
        """Tell what happens now."""
        self._teller.say(text, voice=voice, time=self.now())

    def move(self, lid: str, *, is_open: bool) -> None:
        """Open or close a lid."""
        move_lid(self.stage.scene, lid, open=is_open)

    def press(self, button: Button) -> None:
        """Press a button of the box."""
        press(self.stage.scene, button)

    def air(self, climate: ClimateReading) -> None:
        """Change the air around the box."""
        set_climate(self.stage.scene, climate)

    def event(self, shape: type[EventData], what: str, *, by: str, **fields: Any) -> Any:
        """Expect the testimony of the box at the hub's wire."""

        def wanted(envelope: Any) -> bool:
            data = envelope.data
            return isinstance(data, shape) and all(getattr(data, key) == fields[key] for key in fields)

        found = self.expect("event", wanted, what, by=by)
        return found.data

    def expect(self, name: TopicName, wanted: Callable[[Any], bool], what: str, *, by: str) -> Any:
        """Expect a message on the wire until the time of the day, and some patience longer."""
        found = self.stage.watcher.find(name, wanted, after=self._heard, within_s=self._left_s(by))
        if found is None:
            raise self._missing(what)
        return found

    def letter(
        self, to: str, channel: str, what: str, *, by: str, kind: str = "", short: bool = False
    ) -> Letter:
        """Expect a message to a person, and show it; `short` leaves out its text."""

        def wanted(letter: Letter) -> bool:
            return letter.to == to and letter.channel == channel and kind.lower() in letter.title.lower()

        found = self.stage.letterbox.find(wanted, after=self._letters, within_s=self._left_s(by))
        if found is None:
            raise self._missing(what)
        text = "" if short else f" {found.body}"
        self.tell(f"to {to.title()} by {channel}: “{found.title}”{text}", "people")
        return found

    def panel(self, glyph: str, what: str, *, by: str) -> None:
        """Expect the box to show a sign to the patient."""
        self._see(lambda view: view.get("glyph") == glyph, what, by)

    def panel_says(self, begins: str, what: str, *, by: str) -> str:
        """Expect the box to say something to the patient; return the whole of it."""
        return str(self._see(lambda view: str(view.get("text", "")).startswith(begins), what, by)["text"])

    def acknowledge(self, alert: str, by: str, intent: str) -> None:
        """Let a caregiver take an alert on, over MQTT."""
        message = AlertAck(v=1, alert=alert, by=by, intent=intent)
        self.stage.watcher.say(outgoing("alert_ack", message, box=BOX, alert=alert))

    def _see(self, wanted: Callable[[dict[str, Any]], bool], what: str, by: str) -> dict[str, Any]:
        left_s = self._left_s(by)
        while True:
            view: dict[str, Any] = read_panel(self.stage.scene).get("view", {})
            if wanted(view):
                return view
            if left_s <= 0:
                raise self._missing(what)
            self._pause.wait(LOOK_S)
            left_s -= LOOK_S

    def _left_s(self, by: str) -> float:
        span_ms = instant_ms(f"{DAY}T{by}:00Z") - self.stage.clock.wall_ms()
        return max(0.0, self.stage.clock.real_s(span_ms)) + PATIENCE_S

    def _missing(self, what: str) -> ChapterMissing | CannotStage:
        if said := self.stage.dead():
            return CannotStage(said)
        return ChapterMissing(f"waited in vain for {what}")


def perform(stage: Stage, teller: Teller, chapters: tuple[Chapter, ...]) -> list[str]:
    """Play the chapters and return the titles of those whose evidence did not come."""
    scenes, missing = Scenes(stage, teller), []
    for number, chapter in enumerate(chapters, 1):
        teller.chapter(number, chapter.title)
        try:
            scenes.mark()
            chapter.play(scenes)
        except ChapterMissing as error:
            teller.say(str(error), voice="bad", time=scenes.now())
            missing.append(chapter.title)
    return missing
