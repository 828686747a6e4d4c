"""What does a leaflet say of signs, effects and checks, as a medicine file lists it?"""

from __future__ import annotations

from typing import cast, get_args

from controller.wire.instants import DAY_MS
from hub.care.leaflets import CheckKind, CheckPhase, CheckRhythm, SideEffect, Sign
from hub.tables import Table

_YEARS_MS = 3_650 * DAY_MS


def read_signs(table: Table) -> tuple[Sign, ...]:
    """Read the warning signs; each id stands once."""
    found = []
    for entry in _listed(table, "sign"):
        entry.only("id", "text", "source", "above_c")
        above_c = entry.number("above_c", 35, 43) if entry.has("above_c") else None
        name, text, source = (entry.slug("id"), entry.text("text"), entry.text("source"))
        found.append(Sign(id=name, text=text, source=source, above_c=above_c))
    return tuple(found)


def read_effects(table: Table) -> tuple[SideEffect, ...]:
    """Read what may be felt; each id stands once."""
    found = []
    for entry in _listed(table, "effect"):
        entry.only("id", "text", "source", "expected")
        expected = entry.truth("expected") if entry.has("expected") else False
        name, text, source = (entry.slug("id"), entry.text("text"), entry.text("source"))
        found.append(SideEffect(id=name, text=text, source=source, is_expected=expected))
    return tuple(found)


def read_check_rhythms(table: Table) -> tuple[CheckRhythm, ...]:
    """Read the checks that go with a medicine; only the last phase of each goes on without an end."""
    found = []
    for entry in _listed(table, "check"):
        entry.only("id", "title", "kind", "phase", "source")
        phases = [_phase(phase) for phase in entry.children("phase")]
        if not phases:
            raise entry.refusal("phase", 'is missing: say how often, such as { every = "30d" }')
        if any(phase.for_days is None for phase in phases[:-1]) or phases[-1].for_days is not None:
            raise entry.refusal("phase", "must say `for` how long, in each but the last, which goes on")
        found.append(
            CheckRhythm(
                id=entry.slug("id"),
                title=entry.text("title"),
                kind=cast(CheckKind, entry.choice("kind", get_args(CheckKind))),
                phases=tuple(phases),
                source=entry.text("source"),
            )
        )
    return tuple(found)


def _phase(table: Table) -> CheckPhase:
    table.only("every", "for")
    return CheckPhase(
        every_days=_days(table, "every"), for_days=_days(table, "for") if table.has("for") else None
    )


def _days(table: Table, key: str) -> int:
    span_ms = table.span_ms(key, DAY_MS, _YEARS_MS)
    if span_ms % DAY_MS:
        raise table.refusal(key, "is not a whole number of days such as 7d")
    return span_ms // DAY_MS


def _listed(table: Table, key: str) -> list[Table]:
    entries = table.children(key, named_by="id")
    names = [entry.slug("id") for entry in entries]
    for entry, name in zip(entries, names, strict=True):
        if names.count(name) > 1:
            raise entry.refusal("id", f"is {name!r} a second time")
    return entries
