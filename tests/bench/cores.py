"""What does a decision cost, in the box and for the plan of a fortnight?"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from controller.wire.instants import instant_ms
from controller.witness.box import step, view
from controller.witness.inputs import LidMoved, PlanArrived, Started, Tick
from controller.witness.state import new_box
from hub.care.planning import plan_of, planned_slots
from hub.care.schedule import slots_between
from hub.household import parse_household
from tests.bench.figures import Figure, p50_p99
from tests.bench.latency import stamp
from tests.chaos_home import LIDS

HOME = """
[home]
country = "GB"
[[patient]]
id = "ada"
name = "Ada"
timezone = "Europe/London"
[[box]]
id = "kitchen"
patient = "ada"
layout = "7x2"
"""
REGIMEN = """
[[regimen]]
id = "{name}"
patient = "ada"
box = "kitchen"
medicine = "azathioprine-50mg-tablet"
window = {{ opens = "-60m", late = "+60m", closes = "half" }}
remind = ["+0m", "+30m", "+60m", "+120m"]
[[regimen.step]]
from = 2026-11-01
times = {{ "08:00" = 1, "20:00" = 0.5 }}
"""


def core_figures(_directory: Path, scale: float) -> list[Figure]:
    """Measure the pure cores beside one `dataclasses.replace` of the state they return."""
    household = parse_household(HOME + "".join(REGIMEN.format(name=name) for name in ("one", "two", "three")))
    now_ms = instant_ms("2026-11-23T06:00:00Z")
    rounds = int(2_000 * scale)
    plan = plan_of(household, "kitchen", planned_slots(household, "ada", now_ms), now_ms)
    box, _ = step(new_box("kitchen", LIDS), Started(stamp=stamp(0), version="bench", lids={}))
    box, _ = step(box, PlanArrived(stamp=stamp(1), plan=plan))
    floor, _ = p50_p99(microseconds(lambda: replace(box), rounds))
    first = date(2026, 11, 23)

    def fortnight() -> None:
        for regimen in household.regimens.values():
            slots_between(household, regimen, first, first + timedelta(days=13))

    tick = Tick(stamp=stamp(2))
    moved = LidMoved(stamp=stamp(2), compartment="mon-am", open=True, because="edge")
    figures = []
    for what, act in (
        ("box, a tick of the clock", lambda: step(box, tick)),
        ("box, a lid opened", lambda: step(box, moved)),
        ("box, what the panel shows", lambda: view(box)),
        ("hub, a fortnight of three regimens", fortnight),
    ):
        p50, p99 = p50_p99(microseconds(act, rounds))
        figures.append(
            Figure(
                what=what, value=p50, p99=p99, unit="us", floor=floor, count=rounds,
                floor_is="one copy of the box's outermost dataclass",
            )
        )  # fmt: skip
    return figures


def microseconds(act: Callable[[], object], rounds: int) -> list[float]:
    """Time single calls, in microseconds."""
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        found.append((time.perf_counter() - began) * 1e6)
    return found
