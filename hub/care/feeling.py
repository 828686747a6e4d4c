"""What follows from how the patient says they are? A warning sign is told at once; nothing is interpreted."""

from __future__ import annotations

from collections.abc import Mapping

from hub.care.alerting.alerts import raise_alert
from hub.care.alerting.words import wording
from hub.care.entries import Entry, Felt
from hub.care.leaflets import SideEffect, Sign
from hub.care.page import Page
from hub.care.people import Household

WARNING = "care.warning_sign"
CALL = "call_your_doctor"
"""Where a medicine keeps what its leaflet says of calling the doctor."""


def signs_of(household: Household, patient: str) -> Mapping[str, Sign]:
    """Return the warning signs of everything a patient takes, by id."""
    return {
        sign.id: sign
        for regimen in household.regimens_of(patient)
        for sign in household.medicines[regimen.medicine].signs
    }


def effects_of(household: Household, patient: str) -> Mapping[str, SideEffect]:
    """Return what may be felt of everything a patient takes, by id."""
    return {
        effect.id: effect
        for regimen in household.regimens_of(patient)
        for effect in household.medicines[regimen.medicine].effects
    }


def signs_reported(felt: Felt, signs: Mapping[str, Sign]) -> list[str]:
    """Return the words of the signs that were reported; a fever counts above what the leaflet says."""
    found = dict.fromkeys(felt.signs)
    for sign in signs.values():
        if sign.above_c is not None and felt.fever_c is not None and felt.fever_c > sign.above_c:
            found[sign.id] = None
    return [signs[name].text if name in signs else name for name in found]


def whom_to_call(household: Household, patient: str) -> list[str]:
    """Return what the leaflets of a patient's medicines say of calling the doctor."""
    said = (
        household.medicines[regimen.medicine].leaflet.get(CALL, "")
        for regimen in household.regimens_of(patient)
    )
    return [text for text in dict.fromkeys(said) if text]


def warn_of_signs(page: Page, entry: Entry, felt: Felt) -> None:
    """Alert the caregivers to what was reported, in the words of the leaflet."""
    reported = signs_reported(felt, signs_of(page.household, page.patient))
    if reported:
        calls = whom_to_call(page.household, page.patient)
        words = wording.warning_signs(reported, felt.fever_c, page.moment(entry.at), calls)
        raise_alert(page, kind=WARNING, want="care", box=page.first_box(), about=entry.entry, words=words)
