"""What did each lid do today, and does its switch still behave as it used to?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from controller.wire.envelope import BootMs
from controller.wire.events.lids import BOUNCES_MAX, Bounces, LidDay, LidUnmoved, LidUse, LidWearing
from controller.wire.instants import DAY_MS
from controller.wire.plan import Plan
from controller.wire.words import OPENINGS_MAX, Instant, Openings, Slug
from controller.witness.clock import instant
from controller.witness.inputs import NEVER_MS, LidMoved, Saying
from controller.witness.lids.contact import Contact, Lid
from controller.witness.lids.wear import Wear, worn

UNMOVED_MS = 7 * DAY_MS
UNMOVED_DOSES = 2
OTHERS_MOVED = 3
"""So many other lids, or all others where there are fewer, must have moved while one did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What one lid has done since the day began; `missed` counts its doses that passed without an opening."""

    opened: Openings = 0
    open_ms: int = 0
    moves: Openings = 0
    bounces: Bounces = 0
    missed: Openings = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Today:
    """What the lids have done since the day began, at `since`; on the clock of this boot at `begun_ms`.

    Remembered as one part; equal only to itself.
    """

    since: Instant | None = None
    begun_ms: BootMs = 0
    uses: Mapping[Slug, Use] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of one lid from the days before: since the day that began at `moved_at` it has not moved.

    Since then `missed` doses passed without an opening; `told` says that this has been told. One that was
    `never` seen to move is counted from the day on which its first dose passed.
    """

    moved_at: Instant
    never: bool = False
    missed: Openings = 0
    told: bool = False
    wear: Wear = field(default_factory=Wear)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Before:
    """What is known of the lids from the days before. Remembered as one part; equal only to itself."""

    lids: Mapping[Slug, Known] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Today and the days before; at `wake_at` (wall time) the patient's next day begins."""

    today: Today = field(default_factory=Today)
    before: Before = field(default_factory=Before)
    wake_at: int = NEVER_MS


_UNUSED = Use()

Said = tuple[Days, tuple[Saying, ...]]


def begin(days: Days, *, same_boot: bool) -> Days:
    """Begin a new watch: the clock of a new boot counts from nothing."""
    return days if same_boot else replace(days, today=replace(days.today, begun_ms=0))


def moved(days: Days, was: Lid, moved: LidMoved) -> Days:
    """Count one movement of a lid; `was` is the lid before it."""
    use = days.today.uses.get(moved.compartment, _UNUSED)
    counted = replace(
        use,
        opened=min(use.opened + moved.open, OPENINGS_MAX),
        open_ms=use.open_ms + (0 if moved.open else _open_ms(days.today, was, moved.stamp.mono_ms)),
        moves=min(use.moves + 1, OPENINGS_MAX),
        bounces=min(use.bounces + max(0, moved.bounces), BOUNCES_MAX),
    )
    return _using(days, {moved.compartment: counted})


def missed(days: Days, compartments: Iterable[str]) -> Days:
    """Count that a dose of these lids passed, watched, without an opening."""
    uses = days.today.uses
    counted = {
        name: replace(use, missed=min(use.missed + 1, OPENINGS_MAX))
        for name in compartments
        for use in (uses.get(name, _UNUSED),)
    }
    return _using(days, counted)


def turn(days: Days, plan: Plan | None, contact: Contact, at: int, now_ms: int) -> Said:
    """End the day if the patient's next one has begun, and find when the one after begins.

    The clock must be trusted. A plan that names no days ends none: the counts go on.
    """
    starts = () if plan is None else plan.day_starts_at or ()
    today = days.today
    since = today.since
    if since is None or since > at:
        # Also where the clock had run ahead and was set right: the day begins anew, its counts stay.
        today = replace(today, since=instant(at))
        since = at
    until = max((one for one in starts if since < one <= at), default=None)
    said: tuple[Saying, ...] = ()
    if until is not None:
        days, said = _ended(replace(days, today=today), contact, until, now_ms)
        today = Today(since=until, begun_ms=now_ms)
    wake_at = min((one for one in starts if one > at), default=NEVER_MS)
    return replace(days, today=today, wake_at=wake_at), said


def _ended(days: Days, contact: Contact, until: int, now_ms: int) -> Said:
    since = until if days.today.since is None else days.today.since
    uses = dict(days.today.uses)
    for name, lid in contact.known.lids.items():
        open_ms = _open_ms(days.today, lid, now_ms) if lid.open else 0
        if open_ms:
            use = uses.get(name, _UNUSED)
            uses[name] = replace(use, open_ms=use.open_ms + open_ms)
    told = tuple(
        LidUse(compartment=name, opened=use.opened, open_ms=use.open_ms, moves=use.moves, bounces=use.bounces)
        for name, use in sorted(uses.items())
        if use.moves or use.open_ms
    )
    said: list[Saying] = [LidDay(because="day_over", since=since, until=until, lids=told)]
    lids = dict(days.before.lids)
    for name, use in sorted(uses.items()):
        lids[name] = _known(lids.get(name), use, since)
    for name, known in sorted(lids.items()):
        lids[name], more = _judged(name, known, uses.get(name, _UNUSED), lids, until)
        said += more
    return replace(days, before=Before(lids=lids)), tuple(said)


def _known(known: Known | None, use: Use, since: int) -> Known:
    if known is None or use.moves:
        wear = Wear() if known is None else known.wear
        return Known(moved_at=since, never=not use.moves, missed=0 if use.moves else use.missed, wear=wear)
    return replace(known, missed=min(known.missed + use.missed, OPENINGS_MAX))


def _judged(
    name: str, known: Known, use: Use, lids: Mapping[str, Known], until: int
) -> tuple[Known, tuple[Saying, ...]]:
    said: tuple[Saying, ...] = ()
    if use.moves:
        wear, because = worn(known.wear, round(use.bounces / use.moves, 1))
        known = replace(known, wear=wear)
        if because is not None:
            said = (
                LidWearing(compartment=name, because=because, bounces=wear.newest, before=wear.first_weeks),
            )
    if not known.told and _is_unmoved(name, known, lids, until):
        known = replace(known, told=True)
        said = (
            *said,
            LidUnmoved(compartment=name, because="others_moved", since=known.moved_at, missed=known.missed),
        )
    return known, said


def _is_unmoved(name: str, known: Known, lids: Mapping[str, Known], until: int) -> bool:
    """Tell whether a lid kept still for so long, while the box was used, that its switch may have died."""
    if known.missed < UNMOVED_DOSES or until - known.moved_at < UNMOVED_MS:
        return False
    others = [other for key, other in lids.items() if key != name]
    used = sum(
        not other.never and other.moved_at > known.moved_at and until - other.moved_at <= UNMOVED_MS
        for other in others
    )
    return bool(others) and used >= min(OTHERS_MOVED, len(others))


def _using(days: Days, uses: Mapping[str, Use]) -> Days:
    if not uses:
        return days
    return replace(days, today=replace(days.today, uses={**days.today.uses, **uses}))


def _open_ms(today: Today, lid: Lid, now_ms: int) -> int:
    return 0 if lid.opened_ms is None else max(0, now_ms - max(lid.opened_ms, today.begun_ms))
