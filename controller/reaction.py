"""What must leave the engine after each thing that happens?"""

from __future__ import annotations

from dataclasses import dataclass

from controller.wire.topics import Outgoing
from firmware.ports import PanelView, Sound, Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOrder:
    """What the lock is told; the same word under another `number` is told anew."""

    released: bool
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What must now leave the engine: messages and sounds in order, the view, an order and a sentence."""

    outgoing: tuple[Outgoing, ...]
    sounds: tuple[Sound, ...]
    view: PanelView
    lock: LockOrder | None = None
    said: tuple[Utterance, ...] = ()
