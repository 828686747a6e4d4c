"""What about the device itself must people be told, and how often?

Refused messages, events that found no room, a damaged or full outbox: each is counted, none is
swallowed, and none may flood the hub while it lasts. What is missing from the start is told once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from controller.keeping.outbox import Outbox
from controller.wire.events import BoxHealth

REFUSAL_PAUSE_MS = 60_000
SAMPLES_PAUSE_MS = 3_600_000
TEXT_MAX = 200


@dataclass(slots=True)
class Counted:
    """Something that is told at most once in `pause_ms`, with how often it happened meanwhile."""

    because: str
    pause_ms: int
    count: int = 0
    text: str | None = None
    told_mono_ms: int | None = None

    def add(self, count: int = 1, text: str | None = None) -> None:
        """Count it; the newest text is the one that is told."""
        self.count += count
        self.text = None if text is None else text[:TEXT_MAX]

    def due_mono_ms(self) -> int | None:
        """Return from when on it may be told; `None` when there is nothing to tell."""
        if self.count == 0:
            return None
        return 0 if self.told_mono_ms is None else self.told_mono_ms + self.pause_ms

    def tell(self, mono_ms: int) -> BoxHealth | None:
        """Return what to testify now, if anything, and count from zero again."""
        due = self.due_mono_ms()
        if due is None or mono_ms < due:
            return None
        told = BoxHealth(because=self.because, text=self.text, count=self.count)
        self.count, self.text, self.told_mono_ms = 0, None, mono_ms
        return told


def absent(word: str, sentence: str) -> BoxHealth:
    """Make the testimony of a part that should be there and is not.

    The hub keeps one open alert for each word: with one word for all parts, people would hear of the first.
    """
    return BoxHealth(because=word, text=sentence[:TEXT_MAX])


@dataclass(slots=True)
class Troubles:
    """Everything of this kind that one box has to tell; `absent` is told once."""

    absent: list[BoxHealth] = field(default_factory=list)
    refused: Counted = field(default_factory=lambda: Counted("message_refused", REFUSAL_PAUSE_MS))
    samples: Counted = field(default_factory=lambda: Counted("samples_refused", SAMPLES_PAUSE_MS))
    lost: Counted = field(default_factory=lambda: Counted("testimony_lost", 0))
    renewed: Counted = field(default_factory=lambda: Counted("stream_renewed", 0))
    damaged: Counted = field(default_factory=lambda: Counted("outbox_damaged", 0))
    forgotten: Counted = field(default_factory=lambda: Counted("memory_unreadable", 0))
    unwritable: Counted = field(default_factory=lambda: Counted("cannot_record", 0))
    full: Counted = field(default_factory=lambda: Counted("disk_full", SAMPLES_PAUSE_MS))

    def opened(self, outbox: Outbox) -> None:
        """Take note of what an outbox that has just been opened could not keep or read."""
        if outbox.forgotten:
            self.forgotten.add(outbox.forgotten)
        if outbox.tight:
            self.full.add()
        if outbox.unwritable is not None:
            self.unwritable.add(text=f"what it sees is kept in memory alone: {outbox.unwritable}")

    def committed(self, outbox: Outbox, *, was_tight: bool) -> None:
        """Take note of what the last commit was refused."""
        if outbox.tight and not was_tight:
            self.full.add()
        if refused := outbox.samples_refused:
            outbox.samples_refused = 0
            self.samples.add(refused)

    def tell(self, mono_ms: int) -> list[BoxHealth]:
        """Return what to testify now."""
        told_once, self.absent = self.absent, []
        return told_once + [told for each in self._all() if (told := each.tell(mono_ms)) is not None]

    def next_deadline(self) -> int | None:
        """Return the boot-clock milliseconds at which there is something to tell."""
        if self.absent:
            return 0
        return min((due for each in self._all() if (due := each.due_mono_ms()) is not None), default=None)

    def _all(self) -> tuple[Counted, ...]:
        return (
            self.unwritable, self.damaged, self.forgotten, self.renewed, self.lost, self.full,
            self.refused, self.samples,
        )  # fmt: skip
