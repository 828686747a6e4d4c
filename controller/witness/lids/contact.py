"""What do the lids say: which one stands open, since when, and which switch behaves as no lid does?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from controller.wire.envelope import BootMs, Stamp
from controller.wire.events import LidClosed, LidLeftOpen, LidOpened, LidSource, LidStuck
from controller.wire.instants import DAY_MS, MINUTE_MS
from controller.wire.words import Instant, Slug
from controller.witness.clock import is_trusted, wall_of
from controller.witness.inputs import NEVER_MS, Saying

LEFT_OPEN_MS = 10 * MINUTE_MS
STUCK_OPEN_MS = DAY_MS
CHATTER_MS = MINUTE_MS
CHATTER_MOVES = 30
CALM_MOVES = 10
"""A chattering switch behaves again once its last minute holds no more moves than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lid:
    """One lid. Readings in ms are of this boot's clock; `opened_at`, `closed_at` are trusted wall time.

    `seen` tells whether the opening itself was seen or the lid was found open.
    """

    open: bool = False
    opened_ms: BootMs | None = None
    opened_at: Instant | None = None
    closed_ms: BootMs | None = None
    closed_at: Instant | None = None
    seen: bool = False
    left_open: bool = False
    stuck: Literal["open_24h", "chatter"] | None = None

    def stood_open_at(self, opens_at: int, now: Stamp) -> bool:
        """Tell whether this opening began before a window did.

        Both readings of the opening are asked and the doubtful answer wins: a slewed clock must not
        turn an opening just before the window into one just inside that nobody judged.
        """
        if self.opened_ms is None:
            return self.open
        # A lid that was found open had been opened before anybody looked.
        found_ms = 0 if self.seen else 1
        return wall_of(now, self.opened_ms) - found_ms < opens_at or (
            self.opened_at is not None and self.opened_at - found_ms < opens_at
        )

    def was_open_since(self, opens_at: int, now: Stamp) -> bool:
        """Tell whether the lid stood open, by either clock, at that instant or at any after it."""
        if self.open or self.closed_ms is None:
            return self.open
        return wall_of(now, self.closed_ms) >= opens_at or (
            self.closed_at is not None and self.closed_at >= opens_at
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lids:
    """The lids that ever said something. Remembered as one part; equal only to itself."""

    lids: dict[Slug, Lid] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """All lids, the moves of each in the last minute, and when time alone makes one worth a word."""

    known: Lids = field(default_factory=Lids)
    moves: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    wake_ms: int = NEVER_MS

    def lid(self, compartment: str) -> Lid:
        """Return a lid; one that never said anything is closed."""
        return self.known.lids.get(compartment, _CLOSED)


_CLOSED = Lid()

Said = tuple[Contact, tuple[Saying, ...]]


def begin(
    contact: Contact,
    stamp: Stamp,
    found: Mapping[str, bool],
    compartments: tuple[str, ...],
    *,
    same_boot: bool,
) -> Said:
    """Compare what was remembered with the lids as they are found.

    Nobody knows when a lid moved that moved unseen: it is told, and it is never an intake.
    """
    lids: dict[str, Lid] = {}
    said: list[Saying] = []
    for compartment in compartments:
        lid = contact.lid(compartment)
        is_open = found.get(compartment, lid.open)
        if lid.open != is_open:
            if is_open:
                said.append(LidOpened(compartment=compartment, because="at_boot"))
                lid = Lid(open=True, opened_ms=stamp.mono_ms, opened_at=_trusted_at(stamp))
            else:
                said.append(LidClosed(compartment=compartment, because="at_boot"))
                lid = _CLOSED
        elif not same_boot and is_open:
            lid = replace(lid, opened_ms=stamp.mono_ms, opened_at=_trusted_at(stamp), seen=False)
        elif not same_boot:
            lid = Lid(stuck=lid.stuck)
        lids[compartment] = lid
    return _settled(Lids(lids=lids), {}), tuple(said)


def moved(contact: Contact, stamp: Stamp, compartment: str, *, is_open: bool, because: LidSource) -> Said:
    """Take one debounced change; one that repeats the known level changes and says nothing."""
    lid = contact.lid(compartment)
    if lid.open == is_open:
        return contact, ()
    said: list[Saying] = []
    if is_open:
        said.append(LidOpened(compartment=compartment, because=because))
        after = Lid(
            open=True,
            opened_ms=stamp.mono_ms,
            opened_at=_trusted_at(stamp),
            seen=because != "at_boot",
            stuck=lid.stuck,
        )
    else:
        open_ms = None if lid.opened_ms is None or not lid.seen else max(0, stamp.mono_ms - lid.opened_ms)
        said.append(LidClosed(compartment=compartment, because=because, open_ms=open_ms))
        stuck = lid.stuck if lid.stuck == "chatter" else None
        after = replace(
            lid,
            open=False,
            closed_ms=stamp.mono_ms,
            closed_at=_trusted_at(stamp),
            left_open=False,
            stuck=stuck,
        )
    recent = tuple(ms for ms in contact.moves.get(compartment, ()) if ms > stamp.mono_ms - CHATTER_MS)
    recent = (*recent[-CHATTER_MOVES:], stamp.mono_ms)
    if after.stuck is None and len(recent) > CHATTER_MOVES:
        said.append(LidStuck(compartment=compartment, because="chatter"))
        after = replace(after, stuck="chatter")
    elif after.stuck == "chatter" and len(recent) <= CALM_MOVES:
        after = replace(after, stuck=None)
    known = Lids(lids={**contact.known.lids, compartment: after})
    return _settled(known, {**contact.moves, compartment: recent}), tuple(said)


def pass_time(contact: Contact, now_ms: int) -> Said:
    """Say which lids have stood open too long, once for each opening."""
    if now_ms < contact.wake_ms:
        return contact, ()
    lids = dict(contact.known.lids)
    said: list[Saying] = []
    for compartment, lid in contact.known.lids.items():
        if not lid.open or lid.opened_ms is None:
            continue
        open_ms = now_ms - lid.opened_ms
        if not lid.left_open and open_ms >= LEFT_OPEN_MS:
            said.append(LidLeftOpen(compartment=compartment, because="open_10m", open_ms=open_ms))
            lids[compartment] = lid = replace(lid, left_open=True)
        if lid.stuck is None and open_ms >= STUCK_OPEN_MS:
            said.append(LidStuck(compartment=compartment, because="open_24h"))
            lids[compartment] = replace(lid, stuck="open_24h")
    return _settled(Lids(lids=lids), contact.moves), tuple(said)


def _settled(known: Lids, moves: Mapping[str, tuple[int, ...]]) -> Contact:
    wake_ms = NEVER_MS
    for lid in known.lids.values():
        if lid.open and lid.opened_ms is not None:
            if not lid.left_open:
                wake_ms = min(wake_ms, lid.opened_ms + LEFT_OPEN_MS)
            if lid.stuck is None:
                wake_ms = min(wake_ms, lid.opened_ms + STUCK_OPEN_MS)
    return Contact(known=known, moves=moves, wake_ms=wake_ms)


def _trusted_at(stamp: Stamp) -> int | None:
    return stamp.at if is_trusted(stamp) else None
