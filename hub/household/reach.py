"""Of whom would nobody ever be told? A household can be lawful and still leave a patient alone."""

from __future__ import annotations

from hub.care.people import ON_DUTY, Household


def unreached(household: Household) -> list[str]:
    """Return a sentence for every patient of whom nobody, or nobody on the ladder, would be told."""
    return [said for patient in household.patients if (said := _unreached(household, patient))]


def _unreached(household: Household, patient: str) -> str:
    reached = {one.id for one in household.caregivers.values() if one.wants.get(patient) and one.channels}
    if not reached:
        return f"nobody is told when something is wrong with {patient}; add a caregiver who wants it"
    ladder = household.ladders.get(patient)
    if ladder is not None:
        tried = {household.duties.get(patient) if step.who == ON_DUTY else step.who for step in ladder.steps}
        if not tried & reached:
            return f"the ladder of {patient} reaches nobody who wants to be told about {patient}"
    return ""
