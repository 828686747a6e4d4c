"""What may a medicine file say of how its medicine is stored, and how is nonsense refused?"""

from __future__ import annotations

from typing import Literal, cast, get_args

from controller.wire.instants import DAY_MS
from controller.wire.plan import Limit, LimitKind, Measure
from controller.wire.words import ExcursionKind, Level
from hub.tables import Table

_BOUNDS: dict[str, tuple[float, float]] = {
    "temperature_c": (-60, 130),
    "humidity_pct": (0, 100),
    "dew_gap_k": (0, 100),
    "vapour_hpa": (0, 200),
    "light_pct": (0, 100),
}
_DWELL_MAX_MS = 40 * DAY_MS
_READINGS_MAX = 100
_IN_A_WINDOW: tuple[LimitKind, ...] = ("cumulative", "mean")


def read_limits(table: Table) -> tuple[Limit, ...]:
    """Read the storage limits; each rule stands once."""
    limits = [_limit(entry) for entry in table.children("limit", named_by="rule")]
    rules = [limit.rule for limit in limits]
    for rule in rules:
        if rules.count(rule) > 1:
            raise table.refusal("limit", f"has two limits for the rule {rule!r}")
    return tuple(limits)


def _limit(table: Table) -> Limit:
    table.only(
        "rule", "excursion", "measure", "above", "below", "clear", "dwell", "clear_dwell", "kind", "window",
        "readings", "level",
    )  # fmt: skip
    measure = cast(Measure, table.choice("measure", get_args(Measure)))
    rule = table.slug("rule")
    excursion = cast(ExcursionKind, table.choice("excursion", get_args(ExcursionKind)))
    dwell_ms = table.span_ms("dwell", 0, _DWELL_MAX_MS)
    clear_dwell_ms = table.span_ms("clear_dwell", 0, _DWELL_MAX_MS) if table.has("clear_dwell") else 0
    kind = cast(LimitKind, table.choice("kind", get_args(LimitKind))) if table.has("kind") else None
    if measure == "silence" and kind is not None:
        raise table.refusal("kind", "has no meaning for silence, which lasts at once")
    side, limit, clear = _edge(table, measure)
    return Limit(
        rule=rule,
        excursion=excursion,
        measure=measure,
        side=side,
        limit=limit,
        clear=clear,
        dwell_ms=dwell_ms,
        clear_dwell_ms=clear_dwell_ms,
        kind=kind,
        window_ms=_window_ms(table, kind, dwell_ms),
        readings=_readings(table, kind),
        level=cast(Level, table.choice("level", get_args(Level))) if table.has("level") else None,
    )


def _window_ms(table: Table, kind: LimitKind | None, dwell_ms: int) -> int | None:
    if kind not in _IN_A_WINDOW:
        if table.has("window"):
            raise table.refusal("window", "belongs to a limit that is cumulative or a mean")
        return None
    window_ms = table.span_ms("window", 1, _DWELL_MAX_MS)
    if window_ms < dwell_ms:
        raise table.refusal("window", "is shorter than the dwell, which would never be over in it")
    return window_ms


def _readings(table: Table, kind: LimitKind | None) -> int | None:
    if kind != "instant":
        if table.has("readings"):
            raise table.refusal("readings", "belongs to a limit that is instant")
        return None
    return table.whole("readings", 1, _READINGS_MAX)


def _edge(table: Table, measure: Measure) -> tuple[Literal["above", "below"], float, float]:
    given = [key for key in ("above", "below", "clear") if table.has(key)]
    if measure == "silence":
        if given:
            raise table.refusal(given[0], "has no meaning for silence, which is only a time")
        return "above", 0.0, 0.0
    if table.has("above") and table.has("below"):
        raise table.refusal("below", "stands beside above; a limit has one side")
    side: Literal["above", "below"] = "below" if table.has("below") else "above"
    low, high = _BOUNDS[measure]
    limit, clear = table.number(side, low, high), table.number("clear", low, high)
    if clear > limit if side == "above" else clear < limit:
        # An excursion that is over while it lasts would start and end with every reading.
        raise table.refusal("clear", f"is {clear:g}, which is itself {side} the limit {limit:g}")
    return side, limit, clear
