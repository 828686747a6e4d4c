"""Which box is a recording about?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from controller.errors import ReplayRefused
from controller.recorded import Lid, Line, Message
from controller.wire.errors import Malformed
from controller.wire.shape import from_plain
from controller.wire.topics import match_topic
from controller.wire.words import Slug
from firmware.board import LAYOUTS
from firmware.ports import LockSide

DEFAULT_BOX = "kitchen"
DEFAULT_COMPARTMENTS = LAYOUTS["7x2"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Which box the recording is of; `lock` is how its lock fails, if it has one."""

    box: str
    compartments: tuple[str, ...]
    lock: LockSide | None = None


def scene_of(recorded: Sequence[Line], box: str | None, compartments: Sequence[str] | None) -> Scene:
    """Return which box and which compartments a recording is about, where nobody says it.

    Raises:
        ReplayRefused: A name is none that a box or a compartment can have.

    """
    named: list[str] = []
    for line in recorded:
        if isinstance(line.what, Message):
            name, ids = match_topic(line.what.topic) or ("", {})
            if box is None and "box" in ids:
                box = ids["box"]
            if name == "plan":
                named += [each for each in _compartments_in(line.what.payload) if each not in named]
    if compartments is None:
        compartments = DEFAULT_COMPARTMENTS if set(named) <= set(DEFAULT_COMPARTMENTS) else sorted(named)
    box = box or DEFAULT_BOX
    for each in (box, *compartments):
        if (why := _why_no_name(each)) is not None:
            raise ReplayRefused(f"neither a box nor a compartment can be called {each!r}: {why}")
    return Scene(box=box, compartments=tuple(compartments))


def _compartments_in(payload: str) -> list[str]:
    """Return the compartments a plan names, as far as it can be read: the engine judges it later."""
    try:
        plan = json.loads(payload)
        named = [each["compartment"] for each in (*plan["slots"], *plan.get("as_needed", ()))]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []
    return [name for name in named if _why_no_name(name) is None]


def _why_no_name(name: object) -> str | None:
    try:
        from_plain(Slug, name, "the name")
    except Malformed as error:
        return str(error)
    return None


def refuse_unknown_lids(recorded: Sequence[Line], scene: Scene) -> None:
    """Refuse a recording of lids that the box does not have.

    Raises:
        ReplayRefused: A line moves such a lid.

    """
    for line in recorded:
        if isinstance(line.what, Lid) and line.what.lid not in scene.compartments:
            raise ReplayRefused(f"line {line.number}: the box has no compartment {line.what.lid!r}")
