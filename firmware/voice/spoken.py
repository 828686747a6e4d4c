"""How is a sentence said while nobody waits for it?

One thread of its own starts one program at a time and waits for it; a newer sentence kills what is still
being said. A recording that fails gives way to the made voice, and that to the tune, which sounded before.
"""

from __future__ import annotations

import logging
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from firmware.errors import RecordingRefused
from firmware.ports import BoxHardware, Utterance
from firmware.show.tunes import length_ms
from firmware.voice.programs import Find, Programs, find_programs
from firmware.voice.recordings import SECONDS_MAX, recording_of
from firmware.voice.wanted import Wanted

_log = logging.getLogger(__name__)

LONGEST_S = SECONDS_MAX + 5.0
"""A program that speaks for longer hangs, and is killed."""

DEAD_S = 2.0
"""How long a killed program may take to die before it is left to itself."""

Start = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One command line, and what goes to its standard input."""

    argv: tuple[str, ...]
    text: str = ""


class SpokenVoice:
    """Keeps the `Voice` port with programs of the machine."""

    def __init__(self, wanted: Wanted, programs: Programs, *, start: Start = subprocess.Popen) -> None:
        self._wanted = wanted
        self._programs = programs
        self._start = start
        self._changed = threading.Condition()
        self._next: Utterance | None = None
        self._process: Any = None
        self._closing = False
        self._told: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="voice", daemon=True)
        self._thread.start()

    def say(self, utterance: Utterance) -> None:
        """Say this; a sentence that is still being said gives way."""
        with self._changed:
            self._next = utterance
            self._interrupt()

    def close(self) -> None:
        """Fall silent and stop. Safe to call twice."""
        with self._changed:
            self._closing = True
            self._interrupt()
        self._thread.join(timeout=2 * DEAD_S)

    def _interrupt(self) -> None:
        _kill(self._process)
        self._changed.notify()

    def _run(self) -> None:
        while (utterance := self._taken()) is not None:
            if self._is_newer(length_ms(utterance.after) / 1000):
                continue
            try:
                self._say(utterance)
            except Exception as error:  # noqa: BLE001 - a voice that fails must not end the thread that speaks
                self._tell(f"the voice fails: {error}")

    def _taken(self) -> Utterance | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closing or self._next is not None)
            utterance, self._next = self._next, None
            return None if self._closing else utterance

    def _is_newer(self, within_s: float = 0.0) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._closing or self._next is not None, timeout=within_s)

    def _say(self, utterance: Utterance) -> None:
        for line in self._lines(utterance):
            why = self._ran(line)
            if why is None or self._is_newer():
                return
            self._tell(f"{line.argv[0]} does not speak: {why}")

    def _lines(self, utterance: Utterance) -> Iterator[_Line]:
        play, folder = self._programs.play, self._wanted.recordings
        if play is not None and folder is not None:
            try:
                recording = recording_of(folder, utterance.state)
            except RecordingRefused as error:
                self._tell(str(error))
            else:
                if recording is not None:
                    yield _Line(argv=(*play, str(recording)))
        if self._programs.speak is not None:
            yield _Line(argv=self._programs.speak, text=utterance.words)

    def _ran(self, line: _Line) -> str | None:
        """Run one program to its end; return why it failed, if it did."""
        try:
            process = self._start(
                line.argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            return str(error.strerror or error)
        with self._changed:
            self._process = process
            if self._closing or self._next is not None:
                _kill(process)
        try:
            process.communicate(line.text.encode(), timeout=LONGEST_S)
        except subprocess.TimeoutExpired:
            return self._given_up(process)
        finally:
            with self._changed:
                self._process = None
        return None if process.returncode == 0 else f"it ends with {process.returncode}"

    def _given_up(self, process: Any) -> str:
        _kill(process)
        try:
            process.wait(timeout=DEAD_S)
        except subprocess.TimeoutExpired:
            self._tell("a program that speaks hangs and cannot be ended")
        return f"it did not end within {LONGEST_S:g} seconds"

    def _tell(self, why: str) -> None:
        """Log each reason once: a broken recording is met with every reminder."""
        if why not in self._told:
            self._told.add(why)
            _log.warning("%s", why)


def _kill(process: Any) -> None:
    if process is not None:
        try:
            process.kill()
        except OSError as error:
            _log.debug("a program that spoke could not be ended: %s", error)


def lacking(wanted: Wanted, programs: Programs) -> tuple[str, ...]:
    """Say what the home wants of a voice and this machine does not have."""
    found = []
    if programs.speak is None:
        found.append("the box has no voice of its own: install espeak-ng")
    if wanted.recordings is not None and not wanted.recordings.is_dir():
        found.append(f"there is no folder {wanted.recordings} with recordings")
    if wanted.recordings is not None and programs.play is None:
        found.append("no program plays the recordings: install alsa-utils")
    return tuple(found)


def with_voice(hardware: BoxHardware, wanted: Wanted, find: Find | None = None) -> BoxHardware:
    """Give a box the voice its home wants, as far as this machine has one; what is missing is a note."""
    if not wanted.voice or wanted.volume_pct == 0:
        return hardware
    programs = find_programs(wanted) if find is None else find_programs(wanted, find)
    notes = (*hardware.notes, *lacking(wanted, programs))
    has_any = programs.speak is not None or (wanted.recordings is not None and programs.play is not None)
    return replace(hardware, voice=SpokenVoice(wanted, programs) if has_any else None, notes=notes)
