"""Which lids let the room's air in just now, and how much damper did the box become with each?

Air that comes in through an open lid is that of the room: such readings are marked, and no alarm about damp
or light rests on them. A lid that stands open for long is no opening any more but how the box stands, or a
switch that sticks: a box must not go blind by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from controller.wire.envelope import Stamp
from controller.wire.events import LidDampRise
from controller.wire.instants import MINUTE_MS
from controller.witness.air.tallies import GAP_MS
from controller.witness.clock import wall_of
from controller.witness.inputs import Saying
from controller.witness.lids.contact import LEFT_OPEN_MS, Contact, Lid

AFTER_MS = 5 * MINUTE_MS
"""So long after a lid was closed a reading still tells of the room."""
RISE_PCT = 3.0
"""A smaller rise is within what a sensor strays by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Airing:
    """A time in which lids were opened: how damp it was at `before_ms` and at most, and which lids it was."""

    before_ms: int
    before_pct: float
    most_pct: float
    lids: Mapping[str, Lid]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draught:
    """The newest humidity, and the airing that is under way; both begin anew with each run."""

    read_ms: int = 0
    humidity_pct: float | None = None
    airing: Airing | None = None


Opened = Mapping[str, Lid]
"""The lids that let the room's air into one reading."""


def opened_at(contact: Contact, mono_ms: int) -> Opened:
    """Find the lids that were open when a reading was made, but not for long, or had just been closed."""
    return {name: lid for name, lid in contact.known.lids.items() if _lets_in(lid, mono_ms)}


def aired(
    draught: Draught, opened: Opened, humidity_pct: float, mono_ms: int, now: Stamp
) -> tuple[Draught, tuple[Saying, ...]]:
    """Take the humidity of one reading; say what came in once the lids have been closed for a while."""
    airing = draught.airing
    said: tuple[Saying, ...] = ()
    if airing is not None:
        airing = replace(airing, most_pct=max(airing.most_pct, humidity_pct))
    lids = _opened_since(opened, draught.read_ms if airing is None else airing.before_ms)
    if airing is not None and lids:
        airing = replace(airing, lids={**airing.lids, **lids})
    elif airing is not None:
        said, airing = _rises(airing, mono_ms, now), None
    elif lids and draught.humidity_pct is not None and mono_ms - draught.read_ms <= GAP_MS:
        # Without a reading from shortly before nobody can say how much of it came in with the lid.
        before_pct = draught.humidity_pct
        airing = Airing(
            before_ms=draught.read_ms,
            before_pct=before_pct,
            most_pct=max(before_pct, humidity_pct),
            lids=lids,
        )
    return Draught(read_ms=mono_ms, humidity_pct=humidity_pct, airing=airing), said


def _opened_since(opened: Opened, mono_ms: int) -> Opened:
    """Leave out a lid that had been open already: its opening was told of, or nobody saw it."""
    return {name: lid for name, lid in opened.items() if (lid.opened_ms or 0) >= mono_ms}


def _lets_in(lid: Lid, mono_ms: int) -> bool:
    if lid.open:
        return lid.opened_ms is None or mono_ms - lid.opened_ms < LEFT_OPEN_MS
    return lid.closed_ms is not None and mono_ms - lid.closed_ms < AFTER_MS


def _rises(airing: Airing, mono_ms: int, now: Stamp) -> tuple[Saying, ...]:
    rise_pct = round(airing.most_pct - airing.before_pct, 1)
    if rise_pct < RISE_PCT:
        return ()
    return tuple(
        LidDampRise(
            compartment=name,
            because="lid_open",
            since=wall_of(now, lid.opened_ms or mono_ms),
            open_ms=_open_ms(lid, mono_ms),
            rise_pct=rise_pct,
            humidity_pct=round(airing.most_pct, 1),
            beside=tuple(other for other in airing.lids if other != name),
        )
        for name, lid in airing.lids.items()
    )


def _open_ms(lid: Lid, mono_ms: int) -> int:
    until_ms = mono_ms if lid.open or lid.closed_ms is None else lid.closed_ms
    return max(0, until_ms - (lid.opened_ms or until_ms))
