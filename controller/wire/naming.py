"""How are lids and tablets called, so that the box and the hub say the same?"""

from __future__ import annotations

from typing import Final

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PARTS: Final = {
    "am": "morning", "pm": "evening",
    "morning": "morning", "noon": "noon", "evening": "evening", "night": "night",
}  # fmt: skip
_WEEK: Final = {
    f"{day[:3].lower()}-{part}": f"{day} {words}" for day in DAYS for part, words in _PARTS.items()
}
EIGHTHS: Final = ("", "⅛", "¼", "⅜", "½", "⅝", "¾", "⅞")


def lid_words(compartment: str) -> str | None:
    """Name a lid of a week's box as it is printed there: `mon-am` is `Monday morning`; others have none."""
    return _WEEK.get(compartment)


def tablet_words(tablets: float) -> str:
    """Say an amount in halves, as a prescription does: `1½ tablets`, `½ tablet`."""
    whole, part = divmod(tablets * 8, 8)
    if part != int(part):
        return f"{tablets:g} tablets"
    number = f"{int(whole) if whole or not part else ''}{EIGHTHS[int(part)]}"
    return f"{number} {'tablet' if 0 < tablets <= 1 else 'tablets'}"
