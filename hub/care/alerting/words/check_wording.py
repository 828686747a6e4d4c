"""What is said of a blood test or an appointment that is coming?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from controller.wire.shown import shown
from hub.care.alerting.words import brief_wording
from hub.care.alerting.words.wording import Words
from hub.care.appointments import Check


def check_ahead(name: str, check: Check, on: date, days: int, notes: Iterable[tuple[str, str, str]]) -> Words:
    """Remind the patient of one in `days` days; `notes` are quoted: medicine, words, source.

    The title names neither what it is nor the medicine, for it lights up on a locked phone.
    """
    when = "today" if days == 0 else "tomorrow" if days == 1 else f"in {days} days"
    at = f" at {check.time}" if check.time else ""
    place = f", {shown(check.place)}" if check.place else ""
    bring = f" Bring: {shown(check.bring)}." if check.bring else ""
    quoted = "".join(f" The leaflet of {medicine} says: “{said}”" for medicine, said, _ in notes)
    return Words(
        f"{when.capitalize()}: an appointment of yours",
        f"{name}, {when}, on {on:%A} {on.day} {on:%B}{at}{place}: {shown(check.title)}.{bring}{quoted} "
        "If it has to move, tell the practice and whoever cares for you.",
        brief_wording.check_ahead(when, on, at),
    )
