"""Which compartments has a box of a known layout, and in which of them lies what is due at a time of day?"""

from __future__ import annotations

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

PARTS_OF_DAY: dict[str, tuple[tuple[str, str], ...]] = {
    "7x2": (("am", "12:00"), ("pm", "24:00")),
    "7x4": (("morning", "11:00"), ("noon", "15:00"), ("evening", "21:00"), ("night", "24:00")),
}
"""Each part of the day, and the time before which it ends."""

COMPARTMENTS: dict[str, tuple[str, ...]] = {
    layout: tuple(f"{day}-{part}" for day in WEEKDAYS for part, _ in parts)
    for layout, parts in PARTS_OF_DAY.items()
}


def place(layout: str, weekday: int, time: str) -> str:
    """Return the compartment of a weekday (0 is Monday) in which a time of day lies."""
    part = next(part for part, ends in PARTS_OF_DAY[layout] if time < ends)
    return f"{WEEKDAYS[weekday]}-{part}"
