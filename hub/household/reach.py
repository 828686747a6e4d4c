"""Of whom would nobody ever be told? A household can be lawful and still leave a patient alone."""

from __future__ import annotations

from hub.care.caregivers import ON_DUTY
from hub.care.people import Household
from hub.household.duties import on_duty_ever


def unreached(household: Household) -> list[str]:
    """Return a sentence for every patient of whom nobody, or nobody on the ladder, would be told."""
    return [said for patient in household.patients if (said := _unreached(household, patient))]


def _unreached(household: Household, patient: str) -> str:
    reached = {one.id for one in household.caregivers.values() if one.wants.get(patient) and one.channels}
    if not reached:
        return f"nobody is told when something is wrong with {patient}; add a caregiver who wants it"
    duty = household.duties.get(patient)
    on_duty = on_duty_ever(duty) if duty is not None else ()
    for ladder in (one for one in household.ladders if one.patient == patient):
        tried = {who for step in ladder.steps for who in (on_duty if step.who == ON_DUTY else (step.who,))}
        if not tried & reached:
            return f"the ladder of {patient} reaches nobody who wants to be told about {patient}"
    return ""
