"""What is one measured figure, and how is it read beside its floor?"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure with the physical floor it is compared to; `better` says which way is better."""

    what: str
    value: float
    unit: str
    floor: float
    floor_is: str
    p99: float | None = None
    count: int = 0

    @property
    def ratio(self) -> float:
        """Return how many times the floor this figure is."""
        return self.value / self.floor if self.floor else float("nan")

    def plain(self) -> dict[str, object]:
        """Return what goes into the JSON file."""
        return {
            "what": self.what,
            "value": round(self.value, 4),
            "p99": None if self.p99 is None else round(self.p99, 4),
            "unit": self.unit,
            "floor": round(self.floor, 4),
            "floor_is": self.floor_is,
            "ratio": round(self.ratio, 3),
            "count": self.count,
        }


def p50_p99(values: Sequence[float]) -> tuple[float, float]:
    """Return the median and the 99th percentile."""
    ordered = sorted(values)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


def table(figures: Sequence[Figure]) -> str:
    """Lay the figures out for a terminal of 100 columns."""
    lines = [f"{'':<44}{'value':>11}{'p99':>10} {'unit':<9}{'floor':>9}{'ratio':>8}"]
    for figure in figures:
        p99 = "" if figure.p99 is None else f"{figure.p99:,.2f}"
        lines.append(
            f"{figure.what:<44}{figure.value:>11,.2f}{p99:>10} {figure.unit:<9}"
            f"{figure.floor:>9,.2f}{figure.ratio:>8.2f}"
        )
        lines.append(f"  floor: {figure.floor_is}")
    return "\n".join(lines)
