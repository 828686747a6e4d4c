"""What is prescribed after a change, a stop, a hold or a resume, with the past as it was?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise

from hub.care.people import Hold, Regimen, Rhythm, Step
from hub.care.schedule import ONE_DAY

DAILY = Rhythm()


def changed_from(regimen: Regimen, day: date, steps: Iterable[Step]) -> Regimen:
    """Return the regimen with these steps from a date on; they begin on that date or later.

    The step that runs then ends the day before, later ones are replaced, and nothing earlier is touched.
    """
    past = tuple(
        step if step.until is not None and step.until < day else replace(step, until=day - ONE_DAY)
        for step in regimen.steps
        if step.begins < day
    )
    return replace(regimen, steps=past + tuple(sorted(steps, key=lambda step: step.begins)))


def stopped_from(regimen: Regimen, day: date) -> Regimen:
    """Return the regimen without anything to take from a date on; it may be left with no step at all."""
    return changed_from(regimen, day, ())


def dated_steps(
    versions: Mapping[date, Mapping[str, float]],
    *,
    compartments: Mapping[str, str],
    rhythm: Rhythm = DAILY,
    by: str = "",
    why: str = "",
) -> tuple[Step, ...]:
    """Return a titration or a taper as one list of steps: each ends the day before the next begins.

    `compartments` says where a time lies; times it does not name are left to the layout of the box.
    """
    return tuple(
        Step(
            begins=begins,
            until=None if following is None else following - ONE_DAY,
            times=dict(sorted(versions[begins].items())),
            compartments={time: place for time, place in compartments.items() if time in versions[begins]},
            rhythm=rhythm,
            by=by,
            why=why,
        )
        for begins, following in pairwise([*sorted(versions), None])
        if begins is not None
    )


def held(regimen: Regimen, hold: Hold) -> Regimen:
    """Return the regimen with one more pause; one without an end never ends by itself."""
    return replace(regimen, holds=tuple(sorted((*regimen.holds, hold), key=lambda one: one.begins)))


def resumed(regimen: Regimen, day: date, *, by: str) -> Regimen:
    """Return the regimen with every hold that covers a date ended the day before; `by` ordered that.

    A hold that would begin on that very date falls away. Holds that begin later are other orders and stay.
    """
    kept = []
    for hold in regimen.holds:
        if not covers(hold, day):
            kept.append(hold)
        elif hold.begins < day:
            kept.append(replace(hold, until=day - ONE_DAY, why=f"{hold.why} (ended by {by})"))
    return replace(regimen, holds=tuple(kept))


def covers(hold: Hold, day: date) -> bool:
    """Tell whether a hold covers a date."""
    return hold.begins <= day and (hold.until is None or day <= hold.until)


def keeps_rhythm(step: Step, day: date) -> bool:
    """Tell whether the rhythm of a step, counted anew from a date, falls on the same days as before."""
    passed, rhythm = (day - step.begins).days, step.rhythm
    periods = (rhythm.every_days or 1, sum(rhythm.cycle) if rhythm.cycle else 1)
    return all(passed % period == 0 for period in periods)


def running_step(regimen: Regimen, day: date) -> Step | None:
    """Return the version of a regimen that is in force on a date."""
    return next(
        (step for step in regimen.steps if step.begins <= day and (step.until is None or day <= step.until)),
        None,
    )
