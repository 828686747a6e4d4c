"""How is said what the air around the tablets was like? What was measured, and never what it did to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never
from zoneinfo import ZoneInfo

from controller.wire.instants import DAY_MS, instant_text
from controller.wire.plan import Limit
from hub.care.storing.beyond import Beyond
from hub.care.storing.box_air import BoxAir
from hub.care.storing.dampness import TESTED_PCT, Dampness
from hub.care.storing.hours import HOURS, Habit
from hub.care.storing.samples import Gap, Watch
from hub.care.storing.warmth import Warmth
from hub.reporting.words import local, span_words

GAPS_MAX = 5
"""So many silences are named one by one; a box in a drawer has hundreds."""
_MEASURES = {
    "temperature_c": "{:g} °C", "humidity_pct": "{:g} % humidity", "dew_gap_k": "{:g} °C",
    "vapour_hpa": "{:g} hPa of water vapour", "light_pct": "{:g} % light",
}  # fmt: skip
_MORNING, _NOON, _EVENING, _NIGHT = 5, 12, 18, 23

Plain = dict[str, object]


def limit_words(limit: Limit) -> str:
    """Say beyond what the air was: `above 30 °C`, `less than 2 °C above the dew point`."""
    value = _MEASURES.get(limit.measure, "{:g}").format(limit.limit)
    mean = f"on the mean of {window_words(limit)} " if limit.counts == "mean" else ""
    if limit.measure == "dew_gap_k":
        return f"{mean}{'less' if limit.side == 'below' else 'more'} than {value} above the dew point"
    return f"{mean}{limit.side} {value}"


def window_words(limit: Limit) -> str:
    """Say how long a window is within which hours are added up, or whose mean is taken."""
    days, rest_ms = divmod(limit.window_ms or 0, DAY_MS)
    return f"{days} days" if days > 1 and not rest_ms else lasting(limit.window_ms or 0)


def let_words(limit: Limit) -> str:
    """Say how long the file lets the air be beyond a limit."""
    match limit.counts:
        case "instant" | "consecutive":
            return f"the file lets it be {lasting(limit.dwell_ms)} at once"
        case "cumulative":
            return f"the file lets it be {lasting(limit.dwell_ms)} in all within {window_words(limit)}"
        case "mean":
            return "the file does not let it be"
        case _:
            assert_never(limit.counts)


def value_words(limit: Limit, value: float) -> str:
    """Say a value of a limit's measure."""
    return _MEASURES.get(limit.measure, "{:g}").format(round(value, 1))


def lasting(span_ms: int) -> str:
    """Say how long something lasted, without minutes where there are none."""
    return span_words(span_ms).removesuffix(" 0 min")


def watched_words(watch: Watch | Warmth) -> str:
    """Say how much of a time was measured; what is not the whole is never rounded up to it."""
    return f"measured {int(watch.coverage * 100)} % of the time"


def warmth_words(found: Warmth) -> str:
    """Say how warm a time was, and whether enough was measured to say so."""
    if found.kinetic_c is None:
        return "nothing was measured"
    mean = f"mean kinetic temperature {found.kinetic_c:.1f} °C (plain mean {found.mean_c:.1f} °C)"
    short = "" if found.is_enough else ": too little to set it beside a limit"
    return f"{mean}, {watched_words(found)}{short}"


def dampness_words(found: Dampness) -> str:
    """Say how damp a time was on average, and of damp air what medicines are tested at."""
    tested = f", more than the {TESTED_PCT:g} % at which medicines are tested for years"
    return f"mean humidity {found.humidity_pct:.0f} %{tested if found.is_beyond_tested else ''}"


def beyond_words(found: Beyond) -> str:
    """Say how long the air was beyond a limit, how surely, and how long the file lets it be so at once."""
    where = limit_words(found.limit)
    if not found.span_ms:
        return f"{where}: for moments only, at worst {value_words(found.limit, found.extreme or 0)}"
    parts = [f"{where}: {lasting(found.span_ms)} in all"]
    if found.longest_ms < found.span_ms:
        parts.append(f"{lasting(found.longest_ms)} at once")
    if found.at_most_ms > found.span_ms:
        parts.append(f"{lasting(found.at_most_ms)} at most")
    if found.extreme is not None:
        parts.append(f"at worst {value_words(found.limit, found.extreme)}")
    return f"{', '.join(parts)} ({let_words(found.limit)})"


def habit_words(found: Habit) -> str:
    """Say at which hours a place passes a limit, on how many of the days."""
    where = limit_words(found.limit)
    if found.begins == found.ends:
        return f"{where} around the clock on {found.days} of {found.seen_days} days"
    hours = f"between {found.begins:02d}:00 and {found.ends:02d}:00"
    return f"{where} {hours} on {found.days} of {found.seen_days} {_part_of_day(found)}"


def _part_of_day(found: Habit) -> str:
    last = (found.ends - 1) % HOURS
    if _MORNING <= found.begins <= last < _NOON:
        return "mornings"
    if _NOON <= found.begins <= last < _EVENING:
        return "afternoons"
    if _EVENING <= found.begins <= last < _NIGHT:
        return "evenings"
    return "days"


def gap_lines(gaps: Iterable[Gap], zone: ZoneInfo) -> Iterator[str]:
    """Name the longest silences in their order, and count the others."""
    found = list(gaps)
    longest = sorted(found, key=lambda gap: -gap.span_ms)[:GAPS_MAX]
    for gap in sorted(longest, key=lambda gap: gap.since):
        since, until = (f"{local(one, zone):%Y-%m-%d %H:%M}" for one in (gap.since, gap.until))
        yield f"not measured: {since} to {until} ({lasting(gap.span_ms)})"
    if len(found) > GAPS_MAX:
        others = sum(gap.span_ms for gap in found) - sum(gap.span_ms for gap in longest)
        yield f"not measured: {len(found) - GAPS_MAX} more times, {lasting(others)} in all"


def silence_lines(watch: Watch, zone: ZoneInfo) -> Iterator[str]:
    """Say when nothing was measured, or nothing that can be believed."""
    for one in watch.stuck:
        since, until = (f"{local(edge, zone):%Y-%m-%d %H:%M}" for edge in (one.since, one.until))
        when = f"from {since} to {until} ({lasting(one.span_ms)})"
        yield f"! the sensor read exactly the same {when}, as one does that is stuck: counted as not measured"
    yield from (f"! {line}" for line in gap_lines(watch.gaps(), zone))


def air_lines(found: BoxAir, zone: ZoneInfo) -> Iterator[str]:
    """Say everything of the air of a box; a line that begins with `!` asks for somebody."""
    yield f"the 30 days until then: {warmth_words(found.month)}"
    if found.is_too_warm and found.kinetic_limit_c is not None:
        yield f"! warmer than {found.kinetic_limit_c:g} °C, up to which the medicine is kept"
    if found.dampness is not None:
        yield dampness_words(found.dampness)
    for one in found.passed:
        yield f"{'! ' if one.is_dwelt else ''}{beyond_words(one)}"
    if not found.passed and found.beyond and found.watch.samples:
        yield "no limit was passed in what was measured"
    yield from map(habit_words, found.habits)
    yield from silence_lines(found.watch, zone)


def plain_beyond(found: Beyond) -> Plain:
    """Return what a program wants to know of a limit that was passed."""
    return {
        "rule": found.limit.rule, "measure": found.limit.measure, "side": found.limit.side,
        "limit": found.limit.limit, "at_least_ms": found.at_least_ms, "span_ms": found.span_ms,
        "at_most_ms": found.at_most_ms, "longest_ms": found.longest_ms, "extreme": found.extreme,
        "dwell_ms": found.limit.dwell_ms, "dwelt": found.is_dwelt, "kind": found.limit.counts,
        "window_ms": found.limit.window_ms,
        "runs": [
            {
                "since": instant_text(run.since), "until": instant_text(run.until), "extreme": run.extreme,
                "known_at": None if run.known_at is None else instant_text(run.known_at),
            }
            for run in found.runs
        ],
    }  # fmt: skip


def plain_warmth(found: Warmth) -> Plain:
    """Return what a program wants to know of how warm a time was."""
    return {
        "from": instant_text(found.begin), "until": instant_text(found.end),
        "kinetic_c": _rounded(found.kinetic_c), "mean_c": _rounded(found.mean_c),
        "coverage": round(found.coverage, 4), "enough": found.is_enough,
    }  # fmt: skip


def plain_dampness(found: Dampness | None) -> Plain:
    """Return what a program wants to know of how damp a time was."""
    return {
        "humidity_pct": None if found is None else round(found.humidity_pct, 1),
        "vapour_hpa": None if found is None else round(found.vapour_hpa, 2),
        "dry_place": None if found is None else found.is_dry_place,
    }


def plain_habit(found: Habit) -> Plain:
    """Return what a program wants to know of a habit."""
    return {
        "rule": found.limit.rule, "from_hour": found.begins, "until_hour": found.ends, "days": found.days,
        "of_days": found.seen_days,
    }  # fmt: skip


def plain_watch(found: Watch) -> Plain:
    """Return what a program wants to know of how well a time was watched."""
    return {
        "from": instant_text(found.begin), "until": instant_text(found.end),
        "coverage": round(found.coverage, 4),
        "gaps": [_plain_gap(gap) for gap in found.gaps()],
        "stuck": [_plain_gap(gap) for gap in found.stuck],
    }  # fmt: skip


def plain_air(found: BoxAir) -> Plain:
    """Return what a program wants to know of the air of a box."""
    return {
        "box": found.box, **plain_watch(found.watch), "month": plain_warmth(found.month),
        "too_warm": found.is_too_warm, **plain_dampness(found.dampness),
        "beyond": [plain_beyond(one) for one in found.passed],
        "habits": [plain_habit(one) for one in found.habits],
    }  # fmt: skip


def _rounded(value_c: float | None) -> float | None:
    return None if value_c is None else round(value_c, 2)


def _plain_gap(gap: Gap) -> Plain:
    return {"since": instant_text(gap.since), "until": instant_text(gap.until)}
