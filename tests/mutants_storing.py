"""Which mistakes about storage must a test notice? Each changes one thing in the shipped code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest

from controller.wire.instants import DAY_MS
from controller.wire.plan import Limit
from hub.asking import storage
from hub.care.storing import beyond, box_air, exposure, hours, placement, samples, stays, stuck, warmth
from hub.care.storing.samples import Sample, Watch
from hub.care.supplying.stock import Emptied, Move, StockRecord, moved
from hub.care.wall_clock import local_time
from hub.reporting import air, air_words
from hub.reporting.owning import Owned
from hub.store.port import Store, StoredEvent
from tests import test_air_words as words
from tests import test_asking_storage as asking
from tests import test_storing_beyond as limits
from tests import test_storing_places as places
from tests import test_storing_samples as watching
from tests import test_storing_stays as lying
from tests import test_storing_stuck as frozen
from tests import test_storing_warmth as means
from tests.mistakes import Mistake, instead
from tests.storing_air import after_another


def _in_a_home(test: Callable[[Path], None]) -> Callable[[], None]:
    def noticed() -> None:
        with TemporaryDirectory() as directory:
            test(Path(directory))

    return noticed


def _goes_on_through_a_silence(patch: pytest.MonkeyPatch) -> None:
    shipped = beyond._runs

    def runs(said: tuple[tuple[Sample, beyond.Readings | None], ...], limit: Limit) -> tuple[beyond.Run, ...]:
        known = [one for one, _ in said]
        ends = [*(one.since for one in known[1:]), known[-1].until]
        pairs = zip(said, ends, strict=True)
        return shipped([(replace(one, until=end), values) for (one, values), end in pairs], limit)

    patch.setattr(beyond, "_runs", runs)


def _hides_how_far_it_was_beyond(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(beyond, "_worse", lambda one, other, limit: min(one, other))


def _emptying_changes_nothing(patch: pytest.MonkeyPatch) -> None:
    shipped = moved

    def unmoved(stock: StockRecord, move: Move) -> StockRecord:
        return stock if isinstance(move, Emptied) else shipped(stock, move)

    patch.setattr(stays, "moved", unmoved)


def _a_clock_is_a_clock(patch: pytest.MonkeyPatch) -> None:
    shipped = air.watched_air

    class Trusting:
        """A store whose every clock was set by the network."""

        def __init__(self, store: Store) -> None:
            self._store = store

        def events(self, box: str, begin: int, end: int, kinds: tuple[str, ...]) -> list[StoredEvent]:
            return [replace(event, clock="synced") for event in self._store.events(box, begin, end, kinds)]

        def untimed(self, *_: object) -> list[object]:
            return []

    def watched(store: Store, *asked: Any) -> Watch:
        return shipped(cast(Store, Trusting(store)), *asked)

    patch.setattr(storage, "watched_air", watched)


def _says_warm_of_two_days(patch: pytest.MonkeyPatch) -> None:
    def is_too_warm(found: box_air.BoxAir) -> bool:
        return (found.month.kinetic_c or 0) > (found.kinetic_limit_c or 100)

    patch.setattr(box_air.BoxAir, "is_too_warm", property(is_too_warm))


def _nothing_seen_is_nothing_wrong(patch: pytest.MonkeyPatch) -> None:
    shipped = placement._verdict

    def verdict(*asked: Any) -> placement.Verdict:
        found = shipped(*asked)
        return "kept" if found == "unknown" else found

    patch.setattr(placement, "_verdict", verdict)


HOTTER = (after_another((20, 12), (26, 12)), 23.47)
MISTAKES: Mapping[str, Mistake] = {
    "silence": Mistake(
        "A week without a reading counts as watched.",
        instead(samples, "GAP_MS", 40 * DAY_MS),
        means.test_a_month_of_which_a_week_is_missing_is_not_set_beside_a_limit_and_the_week_is_named,
    ),
    "sleep": Mistake(
        "One reading speaks for a whole night's sleep of the box.",
        instead(samples, "BELIEVED_MS", DAY_MS),
        watching.test_a_sample_that_spans_a_sleep_of_the_box_tells_of_a_quarter_of_an_hour,
    ),
    "enough": Mistake(
        "Half of a time is enough to speak of all of it.",
        instead(samples, "ENOUGH", 0.5),
        watching.test_four_fifths_of_a_time_are_enough_and_less_is_not,
    ),
    "plain-mean": Mistake(
        "The kinetic mean is hardly more than the plain one.",
        instead(warmth, "HEAT_K", 100.0),
        partial(
            means.test_the_mean_kinetic_temperature_is_that_of_the_clinical_vectors, HOTTER[0], HOTTER[1]
        ),
    ),
    "the-limit-itself": Mistake(
        "Exactly 30 degrees are above 30 degrees.",
        instead(beyond, "is_beyond", lambda value, limit: value >= limit.limit),
        limits.test_the_limit_itself_is_kept,
    ),
    "through-silence": Mistake(
        "A run goes on through a time of which nobody knows.",
        _goes_on_through_a_silence,
        limits.test_a_silence_breaks_a_run_as_nobody_knows_what_was_in_it,
    ),
    "mildest": Mistake(
        "The worst value that is said is the mildest one.",
        _hides_how_far_it_was_beyond,
        limits.test_hours_above_a_limit_are_summed_over_days,
    ),
    "emptied": Mistake(
        "Tablets that were taken out of the box go on lying in it.",
        _emptying_changes_nothing,
        lying.test_an_emptied_compartment_ends_the_stay_and_a_new_fill_begins_another,
    ),
    "whole-time": Mistake(
        "A fill went through whatever the box went through before and after.",
        instead(exposure, "all_beyond", lambda watch, asked: beyond.all_beyond(lying.AIR, asked)),
        partial(lying.test_tablets_were_there_only_while_they_lay_there, 24, 0),
    ),
    "habit": Mistake(
        "What happened twice in a fortnight is a habit.",
        instead(hours, "SHARE", 0.0),
        places.test_what_happens_on_few_days_is_no_habit,
    ),
    "greenwich": Mistake(
        "Hours are those of Greenwich, wherever somebody lives.",
        instead(hours, "local_time", lambda zone, instant_ms: local_time("UTC", instant_ms)),
        places.test_hours_are_those_of_the_patients_clock,
    ),
    "good-place": Mistake(
        "A place of which nothing was read is a good one.",
        _nothing_seen_is_nothing_wrong,
        places.test_a_place_of_which_nothing_was_read_is_unknown,
    ),
    "last-season": Mistake(
        "A habit of three weeks ago is one of now.",
        instead(box_air, "HABIT_MS", 30 * DAY_MS),
        words.test_a_habit_of_long_ago_is_not_told_as_how_the_place_is_now,
    ),
    "warm-of-little": Mistake(
        "A month is called too warm of which too little was read.",
        _says_warm_of_two_days,
        words.test_a_month_that_was_too_warm_is_said_so_only_where_enough_of_it_was_measured,
    ),
    "rounded-up": Mistake(
        "Almost all of the time is said to be all of it.",
        instead(air_words, "int", lambda share: round(share + 0.4), hides_builtin=True),
        words.test_how_much_was_measured_is_never_rounded_up_to_all_of_it,
    ),
    "frozen": Mistake(
        "A sensor that has stood still for two days is believed.",
        instead(stuck, "STUCK_MS", 30 * DAY_MS),
        frozen.test_a_frozen_sensor_never_makes_a_good_place,
    ),
    "untrusted-clock": Mistake(
        "A clock that cannot be trusted says when it was hot.",
        _a_clock_is_a_clock,
        _in_a_home(asking.test_what_a_clock_dates_that_cannot_be_trusted_is_not_put_anywhere),
    ),
    "handed-on": Mistake(
        "Whoever gets a box gets the heat it stood in before.",
        instead(Owned, "at", lambda owned, box, instant_ms: True),
        _in_a_home(asking.test_the_air_of_a_box_from_before_it_was_this_patients_is_not_theirs),
    ),
}
