"""Does what only stands wrong sound once, by day, and is the panel dim at night but for what calls?"""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from controller.wire.plan import Limit, Notices
from controller.witness.state import new_box
from controller.witness.telling.hours import NIGHT, Hours, Span
from controller.witness.telling.standing import AGAIN_MS, Standing, followed, sounded
from firmware.ports import Glyph
from tests.witness_scenes import COMPARTMENTS, MONDAY, Scene, on, plan_of, slot

HOT = Limit(
    rule="hot", excursion="hot", measure="temperature_c", side="above", limit=30.0, clear=29.0, dwell_ms=0,
    clear_dwell_ms=0,
)  # fmt: skip
PLAN = plan_of(slot("08:00"), limits=(HOT,))


def begun(at: int, hours: Hours | None = None) -> Scene:
    """Return a scene with a hub, a plan and the hours of a home."""
    scene = Scene(box=new_box("kitchen", COMPARTMENTS, hours=hours or Hours()), wall_ms=at)
    scene.start()
    scene.plan(PLAN)
    scene.hub(True)
    return scene


def test_a_condition_sounds_once_when_it_begins() -> None:
    scene = begun(on("12:30"))
    scene.climate(34)
    assert scene.standing == [(on("12:30"), "hot")]
    scene.until(on("21:00"))
    assert len(scene.standing) == 1


def test_a_condition_that_ends_and_begins_again_soon_is_not_sounded_again() -> None:
    scene = begun(on("12:30"))
    for _ in range(5):
        scene.climate(34)
        scene.after(10 * MINUTE_MS)
        scene.climate(21)
        scene.after(10 * MINUTE_MS)
    assert len(scene.standing) == 1
    scene.after(AGAIN_MS)
    scene.climate(34)
    assert len(scene.standing) == 2


def test_by_night_it_waits_for_the_morning() -> None:
    scene = begun(on("23:00"))
    scene.climate(34)
    scene.until(on("06:59:59", day=1))
    assert scene.standing == []
    scene.until(on("08:00", day=1))
    assert scene.standing == [(on("07:00", day=1), "hot")]


def test_what_ends_by_night_is_never_sounded() -> None:
    scene = begun(on("23:00"))
    scene.climate(34)
    scene.after(HOUR_MS)
    scene.climate(21)
    scene.until(on("12:00", day=1))
    assert scene.standing == []


def test_a_home_that_wants_it_hears_it_by_night_too() -> None:
    scene = begun(on("23:00"), Hours(silent=None))
    scene.climate(34)
    assert scene.standing == [(on("23:00"), "hot")]


def test_the_night_is_that_of_the_home_and_not_of_the_meridian() -> None:
    tokyo = begun(on("13:30"), Hours(zone=ZoneInfo("Asia/Tokyo")))
    tokyo.climate(34)
    assert tokyo.standing == [], "it is half past ten at night there"
    tokyo.until(on("23:00"))
    assert tokyo.standing == [(on("22:00"), "hot")]


def test_the_quiet_button_quietens_it_too_and_not_for_ever() -> None:
    scene = begun(on("12:30"))
    scene.press("quiet")
    scene.climate(34)
    assert scene.standing == []
    scene.until(on("14:00"))
    assert scene.standing == [(on("13:30"), "hot")]


def test_no_standing_sound_cuts_a_reminder_off_or_follows_it_at_once() -> None:
    scene = begun(on("07:30"))
    scene.until(on("07:59:59"))
    scene.after(SECOND_MS)
    assert scene.sounds == [(on("08:00"), "chime")]
    scene.climate(34)
    assert scene.standing == []
    scene.after(MINUTE_MS)
    assert scene.standing == [(on("08:00:10"), "hot")]


def test_several_conditions_are_sounded_one_after_the_other_the_gravest_first() -> None:
    plan = replace(PLAN, notices=Notices(low_supply=True))
    scene = Scene.begun(at=on("12:30"))
    scene.hub(True)
    scene.plan(plan)
    scene.climate(34)
    scene.climate("crc")
    scene.after(MINUTE_MS)
    assert [sound for _, sound in scene.standing] == ["low_supply", "fault", "hot"]
    instants = [at for at, _ in scene.standing]
    assert instants == [on("12:30"), on("12:30:10"), on("12:30:20")]


@pytest.mark.parametrize(("sign", "stands_ms"), [("no_hub", 15 * MINUTE_MS), ("clock", 5 * MINUTE_MS)])
def test_what_every_start_begins_with_must_stand_for_a_while(sign: str, stands_ms: int) -> None:
    scene = begun(on("12:30"))
    if sign == "no_hub":
        scene.hub(False)
    else:
        scene.trust("untrusted")
    scene.after(stands_ms - 1)
    assert scene.standing == []
    scene.after(1)
    assert [sound for _, sound in scene.standing] == [sign]


def test_low_supply_is_shown_as_long_as_the_plan_says_so() -> None:
    scene = begun(on("12:30"))
    scene.plan(replace(PLAN, plan="p2", made_at=MONDAY + 1, notices=Notices(low_supply=True)))
    assert (scene.view().glyph, scene.view().text) == (
        "low_supply",
        "the supply runs low: tell your caregiver",
    )
    scene.plan(replace(PLAN, plan="p3", made_at=MONDAY + 2))
    assert scene.view().glyph == "idle"


# Dimming.


def test_at_rest_the_panel_is_dim_at_night() -> None:
    scene = begun(on("20:30"), Hours(dimmed=NIGHT))
    assert not scene.view().dim
    scene.until(on("22:00"))
    assert scene.view().dim
    scene.until(on("07:00", day=1) - 1)
    assert scene.view().dim
    scene.after(1)
    assert not scene.view().dim


def test_a_dose_that_is_due_is_never_dimmed_by_the_night() -> None:
    scene = Scene(box=new_box("kitchen", COMPARTMENTS, hours=Hours(dimmed=NIGHT)), wall_ms=on("21:00"))
    scene.start()
    scene.plan(plan_of(slot("22:30", late_ms=HOUR_MS)))
    scene.until(on("22:30"))
    assert (scene.view().glyph, scene.view().dim) == ("due", False)
    scene.until(on("23:31"))
    assert (scene.view().glyph, scene.view().dim) == ("late", False)
    scene.open("sun-pm")
    assert (scene.view().glyph, scene.view().dim) == ("wrong", False)


def test_a_home_that_wants_it_dim_has_it_dim_by_day_too() -> None:
    scene = begun(on("08:00"), Hours(always_dim=True))
    assert (scene.view().glyph, scene.view().dim) == ("due", True)


# Hours.

minutes = st.integers(0, 24 * 60 - 1)
spans = st.builds(lambda begins, ends: Span(begins=begins, ends=ends), minutes, minutes)
instants = st.integers(MONDAY - 400 * DAY_MS, MONDAY + 400 * DAY_MS)


@given(span=spans, minute=minutes)
def test_a_span_and_the_one_that_is_the_other_way_round_share_the_day(span: Span, minute: int) -> None:
    other = Span(begins=span.ends, ends=span.begins)
    if span.begins != span.ends:
        assert span.holds(minute) != other.holds(minute)
    else:
        assert not span.holds(minute)


@given(span=spans, at=instants)
def test_nothing_changes_before_the_edge_that_is_named(span: Span, at: int) -> None:
    hours = Hours(silent=span)
    edge = hours.next_edge(at, span)
    assert at < edge <= at + DAY_MS
    if span.begins != span.ends:
        assert hours.is_silent(edge - 1) == hours.is_silent(at)
        assert hours.is_silent(edge) != hours.is_silent(at)


@given(at=instants)
def test_the_edge_comes_by_the_clock_of_the_home_even_when_clocks_change(at: int) -> None:
    hours = Hours(zone=ZoneInfo("Europe/Berlin"))
    end = at
    for _ in range(4):
        end = hours.next_edge(end, NIGHT)
    local = datetime.fromtimestamp(end / 1000, UTC).astimezone(hours.zone)
    assert at + DAY_MS <= end <= at + 3 * DAY_MS
    assert local.hour in (6, 7, 8, 21, 22, 23), "an hour beside it on the two days of the year"


@pytest.mark.parametrize("at", [-(10**17), 0, 10**17])
def test_an_instant_of_no_calendar_is_an_hour_all_the_same(at: int) -> None:
    assert Hours().is_silent(at) in (True, False)
    assert Hours().next_edge(at, NIGHT) > at


# The rule by itself.

signs: tuple[Glyph, ...] = ("hot", "damp", "no_hub", "low_supply")


@given(
    story=st.lists(
        st.tuples(st.sets(st.sampled_from(signs)), st.integers(0, 40 * MINUTE_MS), st.booleans()), max_size=40
    )
)
def test_no_condition_sounds_twice_without_having_ended_for_hours_and_no_two_at_once(
    story: list[tuple[set[Glyph], int, bool]],
) -> None:
    standing, now_ms = Standing(), 0
    heard: list[tuple[int, str]] = []
    for found, span_ms, played in story:
        now_ms += span_ms
        standing = followed(standing, tuple(found), now_ms, played=played)
        assert set(standing.since_ms) == found
        if not played:
            standing, plays = sounded(standing, now_ms)
            heard += [(now_ms, play.sound) for play in plays]
            assert all(play.sound in found for play in plays)
    for sign in signs:
        times = [at for at, sound in heard if sound == sign]
        assert all(later - earlier >= AGAIN_MS for earlier, later in itertools.pairwise(times))
    moments = [at for at, _ in heard]
    assert all(later - earlier >= 10 * SECOND_MS for earlier, later in itertools.pairwise(moments))
