"""Who opened the lock of a box and when, and which lid was opened in spite of it?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from controller.wire.events import KINDS
from controller.wire.instants import instant_text
from controller.wire.shape import from_plain
from hub.care.restamping import moved
from hub.reporting.timing import timed
from hub.reporting.words import local
from hub.store.port import Store, StoredEvent

LOCK_KINDS = ("lock.opened", "lock.override", "lock.forced")
BY_PEOPLE = frozenset({"command", "refill"})
"""Why a lock was opened that is worth a line: what the plan opens for stands with the doses."""

_HELD = {"help_held": "help", "refill_held": "refill"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LockTurn:
    """One opening of a lock by an act of a person, or of a lid in spite of it.

    `at` is untrusted where `is_timed` is not so; `by` is who asked, `until` how long it was to last.
    """

    kind: str
    box: str
    at: int
    because: str
    is_timed: bool = True
    by: str | None = None
    until: int | None = None
    compartment: str | None = None


def lock_turns(
    store: Store, boxes: Iterable[str], begin: int, end: int, is_owned: Callable[[str, int], bool]
) -> Iterator[LockTurn]:
    """Go through what people did to the locks of some boxes in a period, in its order."""
    found = [_turn(event, by_ms) for box in boxes for event, by_ms in timed(store, box, LOCK_KINDS)]
    for one in sorted(found, key=lambda one: (one.at, one.box, one.kind)):
        if not begin <= one.at < end:
            continue
        if (one.kind != "opened" or one.because in BY_PEOPLE) and is_owned(one.box, one.at):
            yield one


def turn_words(turn: LockTurn, zone: ZoneInfo, names: Mapping[str, str]) -> str:
    """Say one turn in a line."""
    when = local(turn.at, zone).strftime("%Y-%m-%d %H:%M")
    doubt = "" if turn.is_timed else " (the clock of the box was not to be trusted)"
    return f"{when}{doubt}, box {turn.box}: {_what(turn, zone, names)}"


def plain_turn(turn: LockTurn, zone: ZoneInfo) -> dict[str, object]:
    """Return one turn for a program."""
    return {
        "kind": turn.kind, "box": turn.box, "compartment": turn.compartment, "because": turn.because,
        "opened": local(turn.at, zone).isoformat(timespec="minutes"), "opened_at": instant_text(turn.at),
        "is_timed": turn.is_timed, "by": turn.by,
        "until": None if turn.until is None else instant_text(turn.until),
    }  # fmt: skip


def _what(turn: LockTurn, zone: ZoneInfo, names: Mapping[str, str]) -> str:
    if turn.kind == "forced":
        return f"{turn.compartment} opened while the lock was to hold it"
    if turn.kind == "override":
        button = _HELD.get(turn.because, "its")
        return f"opened at the box: somebody held the {button} button for 10 seconds"
    if turn.because == "refill":
        return "opened for a refill"
    until = "" if turn.until is None else f" until {local(turn.until, zone):%H:%M}"
    return f"opened{until}; {names.get(turn.by or '', turn.by or 'nobody named')} had asked for it"


def _turn(event: StoredEvent, by_ms: int | None) -> LockTurn:
    said: Any = from_plain(KINDS[event.kind], json.loads(event.data), event.kind)
    return LockTurn(
        kind=event.kind.partition(".")[2],
        box=event.box,
        at=moved(event.at, by_ms or 0),
        because=said.because,
        is_timed=by_ms is not None,
        by=getattr(said, "by", None),
        until=getattr(said, "until", None),
        compartment=getattr(said, "compartment", None),
    )
