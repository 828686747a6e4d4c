"""How do lights blink and sounds play without anybody waiting for them?

Each player has a thread of its own that sleeps until there is something to change; a light that never
changes costs nothing. A device that fails is told once in the log and tried again at the next change.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from firmware.ports import Sound
from firmware.show.tunes import SOUNDS

_log = logging.getLogger(__name__)

RETRY_MS = 2_000

DEAF_S = 20.0
"""A driver that holds a frame or a tone for this long will not let go by itself."""

View = TypeVar("View")

Draw = Callable[[View, int], int | None]
"""Draws a view as it is so many ms after it began; returns the ms at which it changes next, if ever."""


class _Touch:
    """How long a device has been holding the thread that touches it."""

    def __init__(self) -> None:
        self._since_s: float | None = None

    def __enter__(self) -> None:
        self._since_s = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._since_s = None

    def lasts(self) -> bool:
        since_s = self._since_s
        return since_s is not None and time.monotonic() - since_s >= DEAF_S


class FramePlayer(Generic[View]):
    """Shows the newest view on one device."""

    def __init__(self, draw: Draw[View], dark: Callable[[], None], *, title: str) -> None:
        self._draw = draw
        self._dark = dark
        self._title = title
        self._changed = threading.Condition()
        self._view: View | None = None
        self._began_s = 0.0
        self._closing = False
        self._failing = False
        self._touch = _Touch()
        self._thread = threading.Thread(target=self._run, name=title, daemon=True)
        self._thread.start()

    def show(self, view: View) -> None:
        """Show this view from now on; an equal one goes on without a jump."""
        with self._changed:
            if view != self._view:
                self._view, self._began_s = view, time.monotonic()
                self._changed.notify()

    def alive(self) -> bool:
        """Tell whether a new view would be drawn."""
        return self._thread.is_alive() and not self._touch.lasts()

    def close(self) -> None:
        """Go dark and stop. Safe to call twice."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout=2.0)

    def _run(self) -> None:
        self._show_all()
        try:
            self._dark()
        except Exception as error:  # noqa: BLE001 - as in a frame: a dead light is no reason to die
            _log.warning("The %s could not be darkened: %s.", self._title, error)

    def _show_all(self) -> None:
        wait_s: float | None = None
        shown: View | None = None
        while True:
            with self._changed:
                if not self._closing and self._view is shown:
                    self._changed.wait(wait_s)
                if self._closing:
                    return
                shown, began_s = self._view, self._began_s
            if shown is not None:
                wait_s = self._frame(shown, began_s)

    def _frame(self, view: View, began_s: float) -> float | None:
        """Draw once and return how long that frame stands."""
        elapsed_ms = int((time.monotonic() - began_s) * 1000)
        try:
            with self._touch:
                next_ms = self._draw(view, elapsed_ms)
            self._failing = False
        except Exception as error:  # noqa: BLE001 - a dead light must not end the program that shows it
            if not self._failing:
                _log.warning("The %s shows nothing: %s.", self._title, error)
            self._failing = True
            next_ms = elapsed_ms + RETRY_MS
        if next_ms is None:
            return None
        return max(0.0, began_s + next_ms / 1000 - time.monotonic())


class SoundPlayer:
    """Plays the newest sound once on a buzzer; `tone(0)` is silence."""

    def __init__(self, tone: Callable[[int], None]) -> None:
        self._tone = tone
        self._changed = threading.Condition()
        self._wanted: Sound | None = None
        self._closing = False
        self._failing = False
        self._touch = _Touch()
        self._thread = threading.Thread(target=self._run, name="buzzer", daemon=True)
        self._thread.start()

    def play(self, sound: Sound) -> None:
        """Play a sound; one that is still playing gives way, `none` makes silence."""
        with self._changed:
            self._wanted = sound
            self._changed.notify()

    def alive(self) -> bool:
        """Tell whether a new sound would be played."""
        return self._thread.is_alive() and not self._touch.lasts()

    def close(self) -> None:
        """Be silent and stop. Safe to call twice."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout=2.0)

    def _run(self) -> None:
        while (sound := self._next()) is not None:
            for note in SOUNDS[sound]:
                self._sound(note.hz)
                if self._interrupted(note.ms):
                    break
            self._sound(0)

    def _next(self) -> Sound | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closing or self._wanted is not None)
            sound, self._wanted = self._wanted, None
            return None if self._closing else sound

    def _interrupted(self, wait_ms: int) -> bool:
        with self._changed:
            return self._changed.wait_for(
                lambda: self._closing or self._wanted is not None, timeout=wait_ms / 1000
            )

    def _sound(self, hz: int) -> None:
        try:
            with self._touch:
                self._tone(hz)
            self._failing = False
        except Exception as error:  # noqa: BLE001 - a dead buzzer must not end the program that plays on it
            if not self._failing:
                _log.warning("The buzzer is silent: %s.", error)
            self._failing = True
