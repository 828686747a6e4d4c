"""How are the findings read? As a table with the number of trials and a bound beside every rate."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from tests.evidence.judging import Findings


def at_most(count: int) -> float:
    """Return the upper end of the 95 % interval for a count of rare events; 3 where there was none."""
    if count == 0:
        return 3.0
    low, high = float(count), count + 10 * math.sqrt(count) + 10
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _chance_of_at_most(count, middle) > 0.05 else (low, middle)
    return high


def _chance_of_at_most(count: int, expected: float) -> float:
    """Return how likely so few events are where so many are expected (Poisson)."""
    logs = [number * math.log(expected) - expected - math.lgamma(number + 1) for number in range(count + 1)]
    top = max(logs)
    return math.exp(top) * sum(math.exp(one - top) for one in logs)


def share(values: Sequence[int], part: float) -> int:
    """Return the value below which a part of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def span(ms: int) -> str:
    """Say a span as people do."""
    seconds = ms / 1_000
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3_600:.1f} h"


def report(found: Findings, homes: int, days: int, seed: int) -> str:
    """Lay out everything for the terminal and for the docs."""
    weeks = found.patient_days / 7
    lost, trials = sum(found.lost.values()), sum(found.conditions.values()) + sum(found.raised.values())
    of = f"{weeks:,.0f} patient-weeks, {found.slots:,} doses, {found.faults:,} faults"
    bound = f"under {at_most(lost) / trials:.1e} each"
    lines = [
        f"{homes} homes over {days} days (seeds {seed} to {seed + homes - 1}): {of}.",
        "",
        "| what | figure | trials | 95 % bound |",
        "|---|---|---|---|",
        _rate("alerts that said what was not so, per patient-week", sum(found.untrue.values()), weeks),
        _rate("alerts about a dose that had been taken, per patient-week", sum(found.healed.values()), weeks),
        _rate("all alerts, per patient-week", sum(found.raised.values()), weeks),
        f"| alerts lost | {lost} | {trials:,} alerts and conditions | {bound} |",
        *_of_letters(found, weeks),
        "",
        *_by_kind(found),
        "",
        *_conditions(found),
    ]
    return "\n".join(lines)


def _rate(what: str, count: int, weeks: float) -> str:
    bound = f"under {at_most(count) / weeks:.4f}"
    return f"| {what} | {count / weeks:.4f} | {count:,} in {weeks:,.0f} weeks | {bound} |"


def _of_letters(found: Findings, weeks: float) -> list[str]:
    letters = found.letters
    tried, delivered, repeats = letters["letters tried"], letters["letters delivered"], letters["repeats"]
    trials, of = f"{tried:,} letters in {letters['attempts']:,} attempts", f"{repeats:,} of {delivered:,}"
    least = f"{100 * (1 - at_most(tried - delivered) / tried):.2f}"
    most = f"{100 * at_most(repeats) / delivered:.2f}"
    caregiver_weeks = 2 * weeks
    alerts = letters["alert to a caregiver"]
    others = sum(count for what, count in letters.items() if what.endswith("caregiver")) - alerts
    return [
        f"| letters that reached a device | {100 * delivered / tried:.2f} % | {trials} | over {least} % |",
        f"| letters that came twice or more | {100 * repeats / delivered:.2f} % | {of} | under {most} % |",
        _rate("letters about an alert, per caregiver-week", alerts, caregiver_weeks),
        _rate("letters that say what became of it, per caregiver-week", others, caregiver_weeks),
    ]


def _by_kind(found: Findings) -> list[str]:
    lines = [
        "| alert | raised | not so | taken all the same | told after: median | 99 % |",
        "|---|---|---|---|---|---|",
    ]
    for kind in sorted(found.raised):
        delays = found.delays.get(kind, [])
        told = f"{span(share(delays, 0.5))} | {span(share(delays, 0.99))}" if delays else "- | -"
        lines.append(
            f"| `{kind}` | {found.raised[kind]:,} | {found.untrue[kind]} | {found.healed[kind]} | {told} |"
        )
    return lines


def _conditions(found: Findings) -> list[str]:
    lines = ["| what was so | how often | nobody alerted | 95 % bound |", "|---|---|---|---|"]
    for what in sorted(found.conditions):
        count, lost = found.conditions[what], found.lost[what]
        lines.append(f"| {what} | {count:,} | {lost} | under {at_most(lost) / count:.1e} each |")
    return lines


def written_into(page: str, part: str, text: str) -> str:
    """Return a page with one of its parts, between its two marks, written anew."""
    begins, ends = f"<!-- {part} -->", f"<!-- end of {part} -->"
    pattern = re.compile(f"{re.escape(begins)}.*?{re.escape(ends)}", re.DOTALL)
    if not pattern.search(page):
        raise ValueError(f"the page has no part {part!r}")
    return pattern.sub(lambda _: f"{begins}\n\n{text}\n\n{ends}", page)
