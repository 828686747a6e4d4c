"""Is what the air was like said as measured, with how sure that is, and without a word on the tablets?"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from hub.care.storing.beyond import beyond
from hub.care.storing.box_air import BoxAir, box_air, kinetic_limit_c
from hub.care.storing.hours import Habit
from hub.care.storing.samples import Gap, Sample, watch_of
from hub.care.storing.stuck import believed
from hub.care.storing.warmth import warmth
from hub.reporting import render
from hub.reporting.account import Report, Seen, Whose
from hub.reporting.air_words import (
    GAPS_MAX,
    air_lines,
    beyond_words,
    gap_lines,
    habit_words,
    limit_words,
    silence_lines,
    warmth_words,
    watched_words,
)
from hub.reporting.table import WIDTH
from tests.storing_air import LIMITS, START_MS, after_another, days_of, limit, sample, stretch, whole

ZONE = ZoneInfo("Europe/London")
FORBIDDEN = ("safe", "spoiled", "harmless", "unusable", "ruined", "diagnos", "throw")


def of(samples: list[Sample], days: int = 30) -> BoxAir:
    end = START_MS + days * DAY_MS
    return box_air("kitchen", watch_of(samples, START_MS, end), (START_MS, end), LIMITS, ZONE.key)


def lines(samples: list[Sample], days: int = 30) -> list[str]:
    return list(air_lines(of(samples, days), ZONE))


def report(*air: BoxAir) -> Report:
    whose = Whose(patient="ada", name="Ada", zone=ZONE.key, version=3)
    return Report(
        whose=whose, first="2026-11-01", last="2026-11-30", rows=(), made_at=START_MS, seen=Seen(air=air)
    )


def test_each_limit_is_said_as_people_say_it() -> None:
    said = [limit_words(one) for one in LIMITS if one.measure != "silence"]
    assert said == [
        "above 25 °C",
        "above 30 °C",
        "above 30 °C",
        "above 40 °C",
        "above 45 °C",
        "below 15 °C",
        "below -0.5 °C",
        "on the mean of 24 h above 60 % humidity",
        "above 75 % humidity",
        "less than 2 °C above the dew point",
        "above 25 % light",
    ]


def test_hours_beyond_a_limit_say_how_many_at_once_how_sure_and_what_the_file_lets_be() -> None:
    known = after_another((22, 1), (31, 3), (22, 1), (33, 2), (22, 1))
    known += [sample(known[-1].until, 29.5, spread=1)]
    assert beyond_words(beyond(whole(known), limit("hot"))) == (
        "above 30 °C: 5 h in all, 3 h at once, 5 h 15 min at most, at worst 33 °C "
        "(the file lets it be 10 h in all within 30 days)"
    )


def test_a_limit_that_was_only_touched_is_said_to_be_touched_for_moments() -> None:
    found = beyond(whole([sample(START_MS, 29.5, spread=1)]), limit("hot"))
    assert beyond_words(found) == "above 30 °C: for moments only, at worst 30.5 °C"


@pytest.mark.parametrize(
    ("begins", "ends", "words"),
    [
        (7, 9, "between 07:00 and 09:00 on 9 of 14 mornings"),
        (12, 13, "between 12:00 and 13:00 on 9 of 14 afternoons"),
        (19, 21, "between 19:00 and 21:00 on 9 of 14 evenings"),
        (22, 2, "between 22:00 and 02:00 on 9 of 14 days"),
        (11, 13, "between 11:00 and 13:00 on 9 of 14 days"),
        (22, 0, "between 22:00 and 00:00 on 9 of 14 days"),
        (0, 0, "around the clock on 9 of 14 days"),
    ],
)
def test_a_habit_names_its_hours_and_counts_its_days(begins: int, ends: int, words: str) -> None:
    found = Habit(limit=limit("damp"), begins=begins, ends=ends, days=9, seen_days=14)
    assert habit_words(found) == f"above 75 % humidity {words}"


def test_how_much_was_measured_is_never_rounded_up_to_all_of_it() -> None:
    almost = watch_of(stretch(22, 9.75), START_MS, START_MS + 10 * HOUR_MS)
    assert watched_words(almost) == "measured 97 % of the time"
    nearly = watch_of(stretch(22, 719), START_MS, START_MS + 720 * HOUR_MS)
    assert watched_words(nearly) == "measured 99 % of the time"


def test_a_mean_of_too_little_says_that_it_is_too_little_and_one_of_nothing_that_it_is_none() -> None:
    month = START_MS, START_MS + 30 * DAY_MS
    assert warmth_words(warmth(watch_of(stretch(22, 24), *month))) == (
        "mean kinetic temperature 22.0 °C (plain mean 22.0 °C), measured 3 % of the time: "
        "too little to set it beside a limit"
    )
    assert warmth_words(warmth(watch_of([], *month))) == "nothing was measured"


def test_the_longest_silences_are_named_in_their_order_and_the_others_counted() -> None:
    gaps = [
        Gap(since=START_MS + day * DAY_MS, until=START_MS + day * DAY_MS + (day % 7 + 1) * HOUR_MS)
        for day in range(8)
    ]
    said = list(gap_lines(gaps, ZONE))
    assert said[0] == "not measured: 2026-11-03 00:00 to 2026-11-03 03:00 (3 h)"
    assert said[-1] == "not measured: 3 more times, 4 h in all"
    assert len(said) == GAPS_MAX + 1
    assert said[:-1] == sorted(said[:-1])


def test_a_sensor_that_may_be_stuck_is_named_and_what_it_read_counts_as_silence() -> None:
    known, spans = believed([*stretch(21, 24), *stretch(21, 24, since=START_MS + DAY_MS, damp=46)])
    watch = watch_of(known, START_MS, START_MS + 2 * DAY_MS, spans)
    counts = "as one does that is stuck: counted as not measured"
    assert list(silence_lines(watch, ZONE)) == [
        f"! the sensor read exactly the same from 2026-11-01 00:00 to 2026-11-02 00:00 (24 h), {counts}",
        f"! the sensor read exactly the same from 2026-11-02 00:00 to 2026-11-03 00:00 (24 h), {counts}",
        "! not measured: 2026-11-01 00:00 to 2026-11-03 00:00 (48 h)",
    ]


def test_a_good_month_says_that_no_limit_was_passed_in_what_was_measured() -> None:
    mean = "mean kinetic temperature 21.0 °C (plain mean 21.0 °C)"
    assert lines(days_of(30, lambda day, hour: (21.0, 45.0))) == [
        f"the 30 days until then: {mean}, measured 100 % of the time",
        "mean humidity 45 %",
        "no limit was passed in what was measured",
    ]


def test_damp_air_is_set_beside_what_medicines_are_tested_at() -> None:
    more = "mean humidity 61 %, more than the 60 % at which medicines are tested for years"
    assert more in lines(stretch(22, 720, damp=61))
    assert "mean humidity 60 %" in lines(stretch(22, 720, damp=60))


def test_a_silent_sensor_is_never_said_to_have_kept_a_limit() -> None:
    said = lines([])
    assert said == [
        "the 30 days until then: nothing was measured",
        "! not measured: 2026-11-01 00:00 to 2026-12-01 00:00 (720 h)",
    ]


def test_a_month_that_was_too_warm_is_said_so_only_where_enough_of_it_was_measured() -> None:
    warm = "! warmer than 25 °C, up to which the medicine is kept"
    assert warm in lines(stretch(26, 720))
    assert warm not in lines(stretch(24.9, 720))
    assert warm not in lines(stretch(26, 500)), "not of two thirds of a month"


def test_the_limit_to_the_mean_is_the_lowest_limit_to_warmth() -> None:
    assert kinetic_limit_c(LIMITS) == 25.0
    assert kinetic_limit_c([limit("damp"), limit("cold")]) is None
    assert not of(stretch(26, 720)).month.gaps
    assert not replace(of(stretch(26, 720)), kinetic_limit_c=None).is_too_warm


def test_what_lasted_longer_than_the_file_lets_it_asks_for_somebody() -> None:
    found = lines(after_another((22, 300), (31, 11), (22, 409)))
    assert [line for line in found if line.startswith("!")] == [
        "! above 30 °C: 11 h in all, at worst 31 °C (the file lets it be 10 h in all within 30 days)"
    ]


def test_a_habit_of_long_ago_is_not_told_as_how_the_place_is_now() -> None:
    def air(begins: int, ends: int) -> list[Sample]:
        return days_of(30, lambda day, hour: (22.0, 85.0 if 7 <= hour < 9 and begins <= day < ends else 50.0))

    assert of(air(0, 16)).habits == ()
    [habit] = of(air(16, 25)).habits
    assert (habit.days, habit.seen_days) == (9, 14)


def test_the_report_holds_the_air_in_all_its_forms_and_says_nothing_of_the_tablets() -> None:
    known = after_another((22, 300), (31, 11), (22, 309))
    found = report(of(known))
    text = render(found, "table")
    assert (
        "The air around the tablets, as the sensor of the box read it:\n  box kitchen: measured 86 %" in text
    )
    assert "  ! above 30 °C: 11 h in all" in text
    assert "  ! not measured: 2026-11-26 20:00 to 2026-12-01 00:00 (100 h)" in text
    assert max(map(len, text.splitlines())) <= WIDTH
    assert not [word for word in FORBIDDEN if word in text]
    rows = list(csv.DictReader(io.StringIO(render(found, "csv"))))
    assert [(row["kind"], row["because"], row["extreme"][:4]) for row in rows] == [
        ("air", "kinetic_mean", "22.2"),
        ("air", "warm", "31.0"),
        ("air", "hot", "31.0"),
    ]
    assert rows[0]["date"] == "2026-11-01"
    [plain] = json.loads(render(found, "json"))["air"]
    assert (plain["box"], plain["coverage"], plain["month"]["kinetic_c"]) == ("kitchen", 0.8611, 22.26)
    assert [(one["rule"], one["span_ms"] // MINUTE_MS, one["dwelt"]) for one in plain["beyond"]] == [
        ("warm", 660, False),
        ("hot", 660, True),
    ]


def test_a_report_without_a_box_says_nothing_of_air() -> None:
    assert "air" not in render(report(), "table")
    assert json.loads(render(report(), "json"))["air"] == []
