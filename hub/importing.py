"""What is said back when a household is imported? What changed, what would go wrong, and the coming days."""

from __future__ import annotations

from collections.abc import Iterator

from hub.care.people import Household
from hub.care.planning import planned_slots
from hub.household.reach import unreached
from hub.letters.notify import address_problems
from hub.readback import changes, coming_days, idle, prescribed, questions


def read_back(before: Household | None, household: Household, now_ms: int) -> Iterator[str]:
    """Go through the lines for whoever imports it, to be checked."""
    for line in changes(before, household) or ["nothing has changed"]:
        yield f"  {line}"
    for problem in address_problems(household):
        yield f"warning: nothing can be sent to {problem}"
    for problem in unreached(household):
        yield f"warning: {problem}"
    if found := idle(household):
        yield f"Kept, and not yet acted upon: {found}."
    for patient in household.patients:
        yield ""
        yield from prescribed(household, patient)
        yield ""
        yield from coming_days(household, patient, planned_slots(household, patient, now_ms), now_ms)
    for question in questions(household):
        # At the end, where it is still on the screen.
        yield f"\nPLEASE LOOK AGAIN: {question}"
