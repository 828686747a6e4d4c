"""Which dates would a medicine's leaflet give a blood test, counted from the first intake?

Only a proposal: the clinic's dates count. A rhythm of several phases becomes one check for each phase.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from hub.care.appointments import Check
from hub.care.leaflets import CheckRhythm


def suggested(
    rhythm: CheckRhythm, *, patient: str, regimen: str, begun: date, today: date
) -> Iterator[Check]:
    """Yield a check for each phase of a rhythm that is not over by today; the first times are still to come.

    A time falls at the end of each interval: one every 14 days is first due 14 days after the first intake.
    """
    starts = begun
    for number, phase in enumerate(rhythm.phases, 1):
        every = timedelta(days=phase.every_days)
        ends = None if phase.for_days is None else starts + timedelta(days=phase.for_days)
        first = starts + every
        if first < today:
            missed = (today - first).days
            first += every * (-(-missed // phase.every_days))
        if ends is None or first <= ends:
            last = ends if ends is None else first + every * ((ends - first).days // phase.every_days)
            yield Check(
                id=rhythm.id if len(rhythm.phases) == 1 else f"{rhythm.id}-{number}",
                patient=patient,
                title=rhythm.title,
                begins=first,
                every_days=phase.every_days,
                until=last,
                kind=rhythm.kind,
                regimen=regimen,
            )
        if ends is None:
            return
        starts = ends
