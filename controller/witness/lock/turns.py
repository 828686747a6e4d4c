"""What does the lock do after all that has just happened to the box?"""

from __future__ import annotations

from dataclasses import replace

from controller.wire.events import DoseAsNeeded, DoseTaken, LidOpened
from controller.witness.inputs import Input, LidMoved, Saying, Stalled
from controller.witness.lids import disturbed
from controller.witness.lock import locking
from controller.witness.state import Box


def turn_lock(
    before: Box, box: Box, happening: Input, said: tuple[Saying, ...]
) -> tuple[Box, tuple[Saying, ...]]:
    """Let the lock follow from all that has just happened, and say if a lid was opened in spite of it."""
    lock, now = box.lock, box.now
    if lock is None or now is None:
        return box, ()
    if isinstance(happening, Stalled):
        lock = locking.stalled(lock)
    lock, turned = locking.settle(lock, box.course, box.contact, now, refill=box.mode.refill)
    box = replace(box, lock=lock)
    was_released = before.lock is not None and before.lock.released
    if not isinstance(happening, LidMoved) or was_released or not _was_opened(box, happening, said):
        return box, turned
    said = turned
    for told in locking.forced(lock, happening.compartment, happening.stamp):
        burst, at_once = disturbed.forced(box.burst, told, happening.stamp.mono_ms)
        box, said = replace(box, burst=burst), (*said, *at_once)
    return box, said


def _was_opened(box: Box, moved: LidMoved, said: tuple[Saying, ...]) -> bool:
    """Tell whether a lid was really opened now, by a hand and not for what was due until this moment."""
    was_opened = any(isinstance(saying, LidOpened) and saying.because != "at_boot" for saying in said)
    is_sound = box.contact.lid(moved.compartment).stuck != "chatter"
    return was_opened and is_sound and not any(isinstance(one, DoseTaken | DoseAsNeeded) for one in said)
