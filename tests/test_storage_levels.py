"""Is an excursion told as gravely as its file calls it, and a dry place asked of sealed boxes alone?"""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.events import ExcursionEnded, LidDampRise
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from hub.care.alerting.naming import Moment
from hub.care.alerting.words import brief_wording
from hub.care.alerting.words.storage_wording import storage
from hub.care.planning import strictest
from hub.care.storing.rises import rises
from hub.errors import HouseholdRefused
from hub.household import parse_household
from hub.reporting.damp_rises import plain_rise, rise_lines
from tests.care_days import Keeper, at
from tests.home_examples import EXAMPLE_TEXT
from tests.storing_air import limit
from tests.test_care_boxes import HOT, started
from tests.test_planning import NOON, plan_at

LONDON = Moment(ZoneInfo("Europe/London"), at("12:00"))
SEALED = EXAMPLE_TEXT.replace("# sealed = true", "sealed = true", 1)


def over(keeper: Keeper, now: int) -> None:
    keeper.send(now, ExcursionEnded(excursion="hot", rule="hot_30", because="back", since=at("02:00")))


@pytest.mark.parametrize(
    ("level", "kind", "soon"),
    [
        (None, "storage.hot", "Please look after it today."),
        ("medium", "storage.hot", "Please look after it today."),
        ("low", "storage.hot.low", "Please look after it in the next days."),
        ("high", "storage.hot.high", "Urgent: please look after it now."),
        ("info", "storage.hot.info", "This is for information: it can wait, and nobody need answer."),
    ],
)
def test_an_excursion_says_how_soon_it_must_be_looked_after(level: str | None, kind: str, soon: str) -> None:
    keeper = started()
    keeper.send(at("12:00"), replace(HOT, level=level))  # type: ignore[arg-type]  # the words of the literal
    assert keeper.alert(kind).want == "storage"
    assert brief_wording.urgency(kind) == soon
    over(keeper, at("13:00"))
    assert keeper.alert(kind).state == "resolved"


def test_what_is_information_is_told_once_and_shown_for_as_long_as_it_lasts() -> None:
    keeper = started()
    keeper.send(at("12:00"), replace(HOT, level="info"))
    keeper.live(at("12:00", 25))
    alert = keeper.alert("storage.hot.info")
    assert (alert.told, alert.state) == (("bea",), "told")
    assert len([said for said in keeper.messages if said.alert == alert.alert]) == 1
    over(keeper, at("12:01", 25))
    assert keeper.alert("storage.hot.info").state == "resolved"


def test_what_is_low_goes_on_until_somebody_answers() -> None:
    keeper = started()
    keeper.send(at("12:00"), replace(HOT, level="low"))
    keeper.live(at("18:00"))
    assert keeper.alert("storage.hot.low").rung > 1


# What is said.


def test_hours_that_were_added_up_are_told_as_such() -> None:
    added = replace(HOT, kind="cumulative", counted_ms=10 * HOUR_MS, window_ms=30 * DAY_MS)
    assert storage("kitchen", added, LONDON, added.since).body.startswith(
        "By its sensor the storage in box kitchen has been too warm (above 30 °C) for 10 hours in all within "
        "30 days, now since 02:00 on 23 November. Measured: 31.2 °C."
    )


def test_a_mean_is_told_as_one() -> None:
    mean = replace(
        HOT, excursion="damp", measure="humidity_pct", limit=60.0, value=63.0, kind="mean",
        counted_ms=20 * HOUR_MS, window_ms=DAY_MS,
    )  # fmt: skip
    body = storage("kitchen", mean, LONDON, mean.since).body
    assert "(above 60 % humidity) on the mean of 24 hours since" in body
    assert "Mean: 63.0 % humidity." in body


def test_a_spent_desiccant_is_to_be_changed() -> None:
    damp = replace(HOT, excursion="damp", measure="vapour_hpa", limit=9.33, value=11.8)
    body = storage("kitchen", damp, LONDON, damp.since).body
    assert "above 9.33 hPa of water vapour" in body
    assert "change what dries it, the desiccant" in body


def test_light_asks_where_the_box_stands() -> None:
    light = replace(HOT, excursion="light", measure="light_pct", limit=25.0, value=60.0)
    assert "look whether it stands in the sun" in storage("kitchen", light, LONDON, light.since).body


# What is asked of which box.


def test_a_dry_place_is_asked_of_a_sealed_box_and_of_no_other() -> None:
    """An ordinary heated room is no dry place: nobody is ever alerted of that."""
    room = plan_at(parse_household(EXAMPLE_TEXT), NOON)
    sealed = plan_at(parse_household(SEALED), NOON)
    assert "vapour_hpa" not in {one.measure for one in room.every_limit}
    assert {one.rule for one in sealed.every_limit} - {one.rule for one in room.every_limit} == {"desiccant"}


def test_sealed_is_true_or_false() -> None:
    with pytest.raises(HouseholdRefused, match="sealed"):
        parse_household(SEALED.replace("sealed = true", 'sealed = "yes"'))


@given(st.permutations(["hot", "hot-day"]), st.sampled_from([None, "info", "low", "high"]))
def test_of_two_medicines_the_graver_level_and_the_longer_window_hold(
    names: list[str], other: str | None
) -> None:
    one = limit(names[0])
    longer = replace(one, window_ms=40 * DAY_MS, level=other)  # type: ignore[arg-type]  # as above
    [found] = strictest([one, longer])
    [turned] = strictest([longer, one])
    assert found == turned
    assert found.window_ms == 40 * DAY_MS
    order = ["info", "low", "medium", "high"]
    assert order.index(found.level or "medium") == max(map(order.index, (one.level or "", other or "medium")))


# What came in by the lids.


def risen(name: str, rise_pct: float, *beside: str) -> LidDampRise:
    return LidDampRise(
        compartment=name, because="lid_open", since=at("08:00"), open_ms=MINUTE_MS, rise_pct=rise_pct,
        humidity_pct=60.0, beside=beside,
    )  # fmt: skip


def test_the_compartment_that_let_most_in_is_named_first() -> None:
    twice = [risen("tue-am", 9), risen("tue-am", 12, "mon-am")]
    found = rises([risen("mon-am", 4), *twice, risen("wed-am", 20)])
    assert [one.compartment for one in found] == ["tue-am", "wed-am", "mon-am"]
    assert next(rise_lines(found)) == (
        "damp let in by tue-am: 2 times, 10 % humidity more on average, 12 % at most, "
        "open for 2 min in all; 1 of them with other lids open too"
    )
    assert plain_rise(found[1]) == {
        "compartment": "wed-am", "times": 1, "mean_pct": 20.0, "most_pct": 20,
        "open_ms": MINUTE_MS, "shared": 0,
    }  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(3, 90)), max_size=20))
def test_every_rise_counts_once(told: list[tuple[str, float]]) -> None:
    found = rises(risen(name, rise) for name, rise in told)
    assert sum(one.times for one in found) == len(told)
    assert sum(one.times * one.mean_pct for one in found) == pytest.approx(sum(rise for _, rise in told))
    assert all(one.mean_pct <= one.most_pct + 1e-9 for one in found)
