"""Which mistakes about storage limits and opened lids must a test notice? Each changes one thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, get_args

import pytest

from controller.wire import vapour
from controller.wire.instants import DAY_MS
from controller.wire.plan import Limit, Measure
from controller.witness.air import airing, limits, rules, tallies
from controller.witness.air.rules import Dwell, Rules
from controller.witness.air.tallies import Tally
from hub.care import planning
from hub.care.alerting import alerts, climbing
from hub.care.storing import beyond, windows
from hub.care.storing.samples import Sample
from hub.reporting import timing as dated
from tests import test_care_letters as letters
from tests import test_planning as plans
from tests import test_report_timing as dates
from tests import test_storage_evidence as evidence
from tests import test_storage_levels as levels
from tests import test_storing_beyond as hours
from tests import test_witness_airing as lids
from tests import test_witness_tallies as counting
from tests.mistakes import Mistake, instead


def _counts_for_ever(patch: pytest.MonkeyPatch) -> None:
    shipped = tallies.tallied

    def tallied(tally: Tally, limit: Limit, value: float, mono_ms: int) -> Tally:
        return shipped(tally, replace(limit, window_ms=400 * DAY_MS), value, mono_ms)

    patch.setattr(limits, "tallied", tallied)


def _writes_with_each_reading(patch: pytest.MonkeyPatch) -> None:
    shipped = limits.measured

    def measured(known: Rules, *more: Any) -> limits.Said:
        after, said = shipped(known, *more)
        return limits.keep(after, more[-1]), said

    patch.setattr(limits, "measured", measured)


def _one_reading_is_enough(patch: pytest.MonkeyPatch) -> None:
    shipped = rules.is_enough

    def is_enough(known: Rules, limit: Limit, dwell: Dwell) -> bool:
        return shipped(known, replace(limit, readings=1), dwell)

    patch.setattr(limits, "is_enough", is_enough)


def _the_room_is_the_box(patch: pytest.MonkeyPatch) -> None:
    shipped = beyond.readings

    def readings(sample: Sample, limit: Limit) -> beyond.Readings | None:
        return shipped(replace(sample, is_aired=False), limit)

    patch.setattr(beyond, "readings", readings)


class _Spent(windows.Hours):
    """Hours that stay too many for as long as they are in the window."""

    def are_enough(self, since: int, until: int) -> bool:
        spans, counted_ms = self._spans.copy(), self._counted_ms
        enough = super().are_enough(since, until)
        if enough:
            self._spans, self._counted_ms = spans, counted_ms
        return enough


MISTAKES: Mapping[str, Mistake] = {
    "slept-through": Mistake(
        "Who slept while water settled in the box never hears of it.",
        instead(alerts, "_was_slept_through", lambda alert: False),
        partial(
            letters.test_what_was_grave_for_the_storage_and_is_over_by_morning_is_told_then_once, None, True
        ),
    ),
    "silent-hours": Mistake(
        "Hours of which nobody read anything count as hot.",
        instead(tallies, "GAP_MS", DAY_MS),
        counting.test_a_silence_adds_nothing_to_the_hours,
    ),
    "no-window": Mistake(
        "Hours of last year count today.",
        _counts_for_ever,
        counting.test_hours_that_have_left_the_window_do_not_count,
    ),
    "forgotten": Mistake(
        "A box that restarts begins to count anew.",
        instead(limits, "recalled", lambda remembered, now: {}),
        partial(counting.test_hours_are_counted_on_over_a_restart, power=True),
    ),
    "worn-card": Mistake(
        "What has counted is written with each reading.",
        _writes_with_each_reading,
        counting.test_the_memory_is_written_with_a_sample_and_not_with_a_reading,
    ),
    "one-instant": Mistake(
        "One reading is as good as two.",
        _one_reading_is_enough,
        counting.test_one_reading_beyond_is_no_instant_where_two_are_asked_for,
    ),
    "open-lid": Mistake(
        "The air of the room is taken for that of the box.",
        instead(airing, "opened_at", lambda contact, mono_ms: {}),
        lids.test_damp_that_comes_with_an_open_lid_is_no_alarm,
    ),
    "blind": Mistake(
        "A switch that sticks makes the box blind to damp.",
        instead(airing, "LEFT_OPEN_MS", 400 * DAY_MS),
        lids.test_a_switch_that_stuck_days_ago_makes_no_box_blind,
    ),
    "told-twice": Mistake(
        "A lid that is closed after long is taken for opened then.",
        instead(airing, "_opened_since", lambda opened, mono_ms: opened),
        lids.test_a_lid_that_is_closed_at_last_is_not_told_a_second_time,
    ),
    "no-ice": Mistake(
        "Frost is reckoned as if it were dew.",
        instead(vapour, "_ICE", vapour._WATER),
        partial(evidence.test_the_water_vapour_is_that_of_the_source, "saturated over ice at -10"),
    ),
    "dry-room": Mistake(
        "Of every room a dry place is asked.",
        instead(planning, "limits_in", lambda household, box, asked: tuple(asked)),
        levels.test_a_dry_place_is_asked_of_a_sealed_box_and_of_no_other,
    ),
    "nagging": Mistake(
        "What only informs asks for an answer.",
        instead(climbing, "INFORMS", ".never"),
        levels.test_what_is_information_is_told_once_and_shown_for_as_long_as_it_lasts,
    ),
    "room-at-the-hub": Mistake(
        "The hub reckons with damp that was the room's.",
        _the_room_is_the_box,
        hours.test_what_was_read_with_a_lid_open_is_no_damp_of_the_box_and_breaks_none,
    ),
    "spent-at-the-hub": Mistake(
        "After ten hot hours each warm minute of a month is another excursion.",
        instead(beyond, "Hours", _Spent),
        hours.test_hours_that_were_too_many_count_anew,
    ),
    "too-new-for-the-box": Mistake(
        "Every box can measure whatever the hub knows.",
        instead(planning, "FIRST_MEASURES", frozenset(get_args(Measure))),
        partial(plans.test_a_box_of_the_first_version_can_read_the_whole_plan, sealed=False),
    ),
    "another-clocks-date": Mistake(
        "A report dates heat by whatever the clock showed.",
        instead(dated, "moved_by_ms", lambda untrusted, trusted: 0),
        dates.test_it_is_in_the_report_of_the_day_on_which_it_truly_was,
    ),
}
