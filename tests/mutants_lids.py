"""Which mistakes about what lids do unasked must a test notice? Each changes one thing in shipped code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from controller.witness.doses.progress import Course
from controller.witness.lids import days, disturbed, unasked, wear
from controller.witness.lids.disturbed import Burst
from hub.care import lids, watching
from hub.care.wall_clock import local_instant
from tests import test_care_lids as hub
from tests import test_watch_hours as hours
from tests import test_witness_disturbed as fall
from tests import test_witness_lid_days as counting
from tests import test_witness_unasked as opening
from tests.mistakes import Mistake, instead
from tests.witness_scenes import Scene, on, plan_of, slot


def _fallen(test: Callable[[Scene], None]) -> Callable[[], None]:
    return lambda: test(Scene.begun(plan_of(fall.MORNING, slot("20:00")), at=on("06:00")))


def _watched(test: Callable[[Scene], None]) -> Callable[[], None]:
    def noticed() -> None:
        scene = Scene.begun(opening.watched(), at=on("06:00"))
        scene.use("mon-am", on("08:05"))
        scene.use("mon-pm", on("20:05"))
        test(scene)

    return noticed


def _takes_nothing_back(patch: pytest.MonkeyPatch) -> None:
    shipped = disturbed.shaken

    def shaken(burst: Burst, course: Course, at: int | None) -> tuple[Burst, Course]:
        return shipped(burst, course, at)[0], course

    patch.setattr(disturbed, "shaken", shaken)


def _forgets_the_fall_with_the_power(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("controller.witness.state.recalled", lambda unsaid: Burst())


def _hours_in_utc(patch: pytest.MonkeyPatch) -> None:
    shipped = local_instant
    patch.setattr(watching, "local_instant", lambda zone, day, time: shipped("UTC", day, time))


MISTAKES: dict[str, Mistake] = {
    "no-fall": Mistake(
        "A box that falls has been opened lid by lid.",
        instead(disturbed, "is_many", lambda burst, lids: False),
        _fallen(fall.test_half_of_the_box_within_two_seconds_is_one_event_and_no_intake),
    ),
    "taken-by-a-fall": Mistake(
        "What a fall had answered stays answered.",
        _takes_nothing_back,
        _fallen(fall.test_a_slot_that_was_due_then_ends_unobserved_with_this_cause),
    ),
    "gap-of-a-fall": Mistake(
        "The gap to the next dose counts from a fall.",
        instead(disturbed, "_unmarked", lambda course, burst, taken: course),
        fall.test_the_least_gap_counts_from_the_intake_before_it,
    ),
    "held-back-for-long": Mistake(
        "Whoever goes from lid to lid is told of when the hand rests.",
        instead(disturbed, "passed", lambda burst: (burst, ())),
        _fallen(fall.test_lids_opened_one_after_another_for_long_are_told_of_as_they_are_opened),
    ),
    "forced-by-a-fall": Mistake(
        "A fall forces the lock once for each lid.",
        instead(disturbed, "forced", lambda burst, told, mono_ms: (burst, (told,))),
        fall.test_a_locked_box_that_falls_is_told_once_and_not_as_forced_lid_by_lid,
    ),
    "held-back-for-ever": Mistake(
        "What was held back for a moment is never told.",
        instead(disturbed, "held_back", lambda burst, verdict: (burst, ())),
        _fallen(fall.test_seven_lids_opened_one_after_another_are_no_fall),
    ),
    "forgotten-fall": Mistake(
        "A fall that pulls the plug is never told.",
        _forgets_the_fall_with_the_power,
        _fallen(fall.test_a_fall_that_pulls_the_plug_is_told_when_the_box_is_back),
    ),
    "second-dose-at-night": Mistake(
        "A dose that may be taken twice at night is told as a child.",
        instead(unasked, "NOTHING_DUE", unasked.NOTHING_DUE | {"already_taken"}),
        _watched(opening.test_what_was_taken_already_keeps_its_own_warning),
    ),
    "repeated-too-soon": Mistake(
        "Four openings within an hour are told as repeated.",
        instead(unasked, "REPEATED", 4),
        _watched(opening.test_four_openings_or_five_in_more_than_an_hour_are_not),
    ),
    "open-twice": Mistake(
        "What stood open over the end of a day counts whole on both days.",
        instead(
            days,
            "_open_ms",
            lambda today, lid, now_ms: 0 if lid.opened_ms is None else max(0, now_ms - lid.opened_ms),
        ),
        counting.test_what_stands_open_over_the_end_of_a_day_counts_in_both,
    ),
    "dead-for-nothing": Mistake(
        "Where nobody takes anything, every switch is called dead.",
        instead(days, "OTHERS_MOVED", 0),
        counting.test_a_patient_who_takes_nothing_at_all_has_no_broken_switch,
    ),
    "worn-when-new": Mistake(
        "A switch that bounces as it always did is called worn.",
        instead(wear, "GROWN", 1.0),
        counting.test_less_than_that_is_no_wear_and_a_quiet_switch_may_bounce_a_little,
    ),
    "each-lid-an-alert": Mistake(
        "A child that opens three lids is three alerts.",
        instead(lids, "_told_near", lambda *asked: False),
        hub.test_what_is_opened_within_a_quarter_of_an_hour_is_the_same_alert,
    ),
    "fall-believed-at-the-hub": Mistake(
        "The hub keeps a dose as taken that a fall had answered.",
        instead(lids, "_taken_back", lambda page, box, name: None),
        hub.test_a_dose_that_was_called_taken_is_open_again_and_ends_unobserved,
    ),
    "fall-over-a-word": Mistake(
        "A fall takes back what a person has said.",
        instead(lids, "is_stated", lambda slot: False),
        hub.test_what_a_person_has_said_of_the_dose_stands,
    ),
    "hours-of-elsewhere": Mistake(
        "Watch hours are those of another zone.",
        _hours_in_utc,
        lambda: hours.test_where_the_clocks_change_a_night_is_as_long_as_it_really_is((2026, 10, 24), 10),
    ),
    "half-a-night": Mistake(
        "Hours over midnight end before they begin.",
        instead(watching, "ONE_DAY", timedelta()),
        hours.test_the_plan_holds_each_night_as_absolute_instants,
        also=(IndexError,),
    ),
}
