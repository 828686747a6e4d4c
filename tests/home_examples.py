"""Which homes do the tests of schedule, planning and the household file start from?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from controller.wire.instants import MINUTE_MS, instant_ms, instant_text
from controller.wire.plan import Limit
from hub.care.layouts import COMPARTMENTS
from hub.care.ledger import SlotRecord
from hub.care.people import Box, Hold, Household, Medicine, Patient, Regimen, Step, Window

EXAMPLE = Path(__file__).parent.parent / "deploy" / "household.toml"
EXAMPLE_TEXT = EXAMPLE.read_text(encoding="utf-8")

BEGINS = date(2020, 1, 1)
HALF = Window(opens_ms=-60 * MINUTE_MS, late_ms=60 * MINUTE_MS, closes_ms=None)
WARM = Limit(
    rule="warm",
    excursion="hot",
    measure="temperature_c",
    side="above",
    limit=25.0,
    clear=24.0,
    dwell_ms=86_400_000,
    clear_dwell_ms=1_800_000,
)
COLD = replace(WARM, rule="cold", excursion="cold", side="below", limit=15.0, clear=16.0)


def tablet(name: str = "tablet", *limits: Limit, smallest_part: float = 0.5) -> Medicine:
    """Make a medicine with these storage limits."""
    return Medicine(
        id=name, name=name, strength="50 mg", form="tablet", smallest_part=smallest_part, limits=limits
    )


def regimen(
    times: Mapping[str, float],
    *,
    name: str = "aza",
    box: str = "kitchen",
    medicine: str = "tablet",
    window: Window = HALF,
    remind: tuple[int, ...] = (0, 30, 60),
    begins: date = BEGINS,
    until: date | None = None,
    compartments: Mapping[str, str] | None = None,
    holds: tuple[Hold, ...] = (),
) -> Regimen:
    """Make a regimen of one dated step; `remind` is in minutes."""
    step = Step(begins=begins, until=until, times=times, compartments=compartments or {})
    return Regimen(
        id=name,
        patient="ada",
        box=box,
        medicine=medicine,
        window=window,
        remind_ms=tuple(minutes * MINUTE_MS for minutes in remind),
        steps=(step,),
        holds=holds,
    )


def home(
    *regimens: Regimen,
    zone: str = "Europe/London",
    day_starts: str = "03:00",
    medicines: tuple[Medicine, ...] = (tablet(),),
    compartments: tuple[str, ...] = (),
) -> Household:
    """Make a home of Ada with her boxes: `kitchen`, and `hall` with compartments of its own."""
    listed = compartments or ("a1", "a2", "a3")
    return Household(
        country="GB",
        subdivision=None,
        patients={"ada": Patient(id="ada", name="Ada", timezone=zone, day_starts=day_starts)},
        boxes={
            "kitchen": Box(id="kitchen", patient="ada", layout="7x2", compartments=COMPARTMENTS["7x2"]),
            "hall": Box(id="hall", patient="ada", layout=None, compartments=listed),
        },
        regimens={one.id: one for one in regimens},
        medicines={one.id: one for one in medicines},
    )


def text_of(instant: int) -> str:
    """Write an instant as UTC without seconds, as the tables of the tests do."""
    return instant_text(instant)[:16] + "Z"


def at(text: str) -> int:
    """Read an instant."""
    return instant_ms(text)


def local(zone: str, instant: int) -> str:
    """Write what the clocks of a zone show at an instant, by way of the standard library alone."""
    return datetime.fromtimestamp(instant // 1000, UTC).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def ids(slots: tuple[SlotRecord, ...]) -> list[str]:
    """Return the slots' ids in their order."""
    return [slot.slot for slot in slots]
