"""In which words does the panel speak of a dose, a refill or an extra opening?"""

from __future__ import annotations

from datetime import date

from controller.wire.events.doses import DoseExtra
from controller.wire.naming import DAYS, EIGHTHS, lid_words, tablet_words
from controller.wire.plan import PlannedSlot
from controller.witness.doses.filling import Guide, fill_words

_PARTS = (
    "an eighth",
    "a quarter",
    "three eighths",
    "a half",
    "five eighths",
    "three quarters",
    "seven eighths",
)


def refill_text(guide: Guide | None) -> str:
    """Say what is to be filled next, if the box can guide at all."""
    if guide is None:
        return "refilling: press refill when done"
    if guide.coming is not None:
        return fill_words(guide.coming)
    return f"all filled{f' but {guide.skipped}' if guide.skipped else ''}: press refill"


def due_text(due: tuple[PlannedSlot, ...]) -> str:
    """Name the lid that is due first with its tablets, and how many more are due."""
    first = min(due, key=lambda slot: (slot.due_at, slot.slot))
    together = [slot for slot in due if slot.due_at == first.due_at and slot.compartment == first.compartment]
    tablets = sum(amount.amount for slot in together for amount in slot.amounts)
    text = f"{place_text(first.slot, first.compartment)}: {tablet_words(tablets)}"
    others = len({slot.compartment for slot in due} - {first.compartment})
    return text if not others else f"{text}, then {others} more lid{'' if others == 1 else 's'}"


def due_aloud(due: tuple[PlannedSlot, ...], *, late: bool) -> str:
    """Say which lid is due first; how many tablets lie there the eye may see, and the ear need not."""
    first = min(due, key=lambda slot: (slot.due_at, slot.slot))
    place = place_text(first.slot, first.compartment)
    return f"{place}{', not opened yet' if late else ''}: open the lit compartment"


def held_text(slot: str | None, compartment: str) -> str:
    """Say that what lies in an opened lid, or a part of it, is on hold, and whom to ask."""
    place = lid_words(compartment) or compartment.upper()
    whole = f"{place} is on hold" if slot is None else f"a part of {place_text(slot, compartment)} is on hold"
    return f"{whole}: ask your doctor or pharmacist"


def aloud(text: str) -> str:
    """Write a text of the panel so that it can be read aloud."""
    for number, sign in enumerate(EIGHTHS[1:]):
        text = text.replace(f" {sign} ", f" {_PARTS[number]} of a ")
        text = text.replace(sign, f" and {_PARTS[number]}")
    return text.replace("_", " ")


def extra_text(extra: DoseExtra) -> str:
    """Say why nothing is to be taken there now, and whom to ask."""
    moment = "" if extra.slot is None else moment_of(extra.slot)
    match extra.because:
        case "already_taken":
            return f"{moment} was opened before: ask your pharmacist"
        case "not_due":
            return f"not yet: this is for {moment}"
        case "daily_most":
            return "the most for a day has been taken: ask your pharmacist"
        case "too_soon" if extra.slot is None:
            return "too soon after the last one: ask your pharmacist"
        case "too_soon":
            return f"too soon after the last one, for {moment}: ask your pharmacist"
        case "closed":
            return f"the time for {moment} is over: ask your pharmacist"
        case _:
            return "nothing is planned here"


def moment_of(slot: str) -> str:
    """Say in words when a slot is, from its id: `Monday morning`."""
    _, day, time = slot.rsplit("/", 2)
    try:
        weekday = DAYS[date.fromisoformat(day).weekday()]
    except ValueError:
        return f"{day} {time}"
    hour = int(time[:2])
    if 4 <= hour < 12:
        return f"{weekday} morning"
    if 12 <= hour < 17:
        return f"{weekday} afternoon"
    return f"{weekday} evening" if 17 <= hour < 21 else f"{weekday} night"


def place_text(slot: str, compartment: str) -> str:
    """Name a lid by what is printed on it, never by the hour of its dose; one without words by its name."""
    return lid_words(compartment) or f"{compartment.upper()} ({moment_of(slot)})"
