"""Is a trip read, refused in one clear sentence where it makes no sense, and said back?"""

from __future__ import annotations

from datetime import date

import pytest

from controller.wire.instants import HOUR_MS
from hub.care.people import Trip
from hub.errors import HouseholdRefused
from hub.household import household_toml, parse_household
from hub.readback import changes
from tests.home_examples import EXAMPLE_TEXT

TRIP = """
[[trip]]
patient = "ada"
from = 2027-02-01
until = 2027-02-14
zone = "America/New_York"
policy = "shift"
shift = "1h"
"""
ALIKE = TRIP.replace("2027-02-14", "2027-03-14").replace("2027-02-01", "2027-02-15")


def refused(text: str) -> str:
    """Return the sentence with which a household is refused."""
    with pytest.raises(HouseholdRefused) as caught:
        parse_household(text, file="home.toml")
    sentence = str(caught.value)
    assert sentence.startswith("home.toml: ")
    return sentence


def test_a_trip_is_read_as_it_was_written() -> None:
    home = parse_household(f'{EXAMPLE_TEXT}{TRIP}with_box = false\nby = "bea"\n')
    expected = Trip(
        patient="ada",
        begins=date(2027, 2, 1),
        until=date(2027, 2, 14),
        zone="America/New_York",
        policy="shift",
        shift_ms=HOUR_MS,
        with_box=False,
        by="bea",
    )
    assert home.trips == (expected,)
    assert parse_household(household_toml(home)) == home


def test_the_box_comes_along_unless_it_is_said_that_it_stays() -> None:
    assert parse_household(EXAMPLE_TEXT + TRIP).trips[0].with_box


def test_the_example_of_a_trip_can_be_used_as_it_stands() -> None:
    start = EXAMPLE_TEXT.index("# [[trip]]")
    trip = EXAMPLE_TEXT[start:].replace("# [[", "[[").replace("\n# ", "\n")
    assert parse_household(EXAMPLE_TEXT[:start] + trip).trips[0].by == "bea"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("America/New_York", "America/NewYork", "did you mean 'America/New_York'?"),
        ("America/New_York", "New York", "did you mean 'America/New_York'?"),
        ("America/New_York", "Europe", "not an IANA time zone"),
        ("America/New_York", "Atlantis", "not an IANA time zone"),
        ("America/New_York", "localtime", "not an IANA time zone"),
        ("2027-02-14", "2027-01-31", "is 2027-01-31, before it begins on 2027-02-01"),
        ("2027-02-14", "2028-03-07", "a trip lasts 400 days at most"),
        ('"shift"', '"slowly"', "not one of the words (known: home, local, shift)"),
        ('"shift"', '"local"', 'stands beside policy "local"; it belongs to policy "shift"'),
        ('shift = "1h"\n', "", "shift is missing"),
        ('"1h"', '"10m"', "outside 15m to 240m"),
        ('"1h"', '"5h"', "outside 15m to 240m"),
        ('"ada"', '"bea"', "not a patient of this file"),
        ('"1h"', '"1h"\nwithbox = false', "did you mean 'with_box'?"),
    ],
)
def test_a_trip_that_makes_no_sense_is_refused_with_the_reason(old: str, new: str, why: str) -> None:
    assert why in refused(EXAMPLE_TEXT + TRIP.replace(old, new))


def test_the_longest_trip_is_one_of_400_days() -> None:
    longest = TRIP.replace("2027-02-14", "2028-03-06")
    assert len(parse_household(EXAMPLE_TEXT + longest).trips) == 1


def test_trips_of_one_patient_follow_each_other_and_never_overlap() -> None:
    assert len(parse_household(EXAMPLE_TEXT + TRIP + ALIKE).trips) == 2
    overlapping = ALIKE.replace("2027-02-15", "2027-02-14")
    assert "within the trip from 2027-02-01 until 2027-02-14" in refused(EXAMPLE_TEXT + TRIP + overlapping)


def test_a_trip_after_which_there_is_no_way_back_is_refused() -> None:
    """Once a day and never less than a day apart: who went west could never come earlier again."""
    daily = EXAMPLE_TEXT.replace('times = { "08:00" = 1, "20:00" = 0.5 }', 'times = { "08:00" = 1 }')
    strict = daily.replace('closes = "half" }', 'closes = "half", least_gap = "24h" }', 1)
    sentence = refused(strict + TRIP)
    assert "after it azathioprine would not come back to its own times" in sentence
    assert parse_household(strict + TRIP.replace('"shift"\nshift = "1h"', '"home"')).trips


def test_a_trip_on_which_two_doses_would_lie_under_one_lid_at_once_is_refused() -> None:
    every = 'interval = { first = "12:00", every = "24h", amount = 1 }'
    second = EXAMPLE_TEXT[EXAMPLE_TEXT.index("[[regimen]]") : EXAMPLE_TEXT.index("[[regimen.step]]")]
    second = second.replace('id = "azathioprine"', 'id = "spaced"')
    step = f'[[regimen.step]]\nfrom = 2026-12-07\n{every}\ncompartments = {{ "12:00" = "mon-am" }}\n'
    spaced = second.replace('closes = "half"', 'closes = "+2h"') + step
    text = EXAMPLE_TEXT.replace('closes = "half" }', 'closes = "+2h" }', 1) + spaced
    assert parse_household(text).trips == ()
    assert "overlap in compartment 'mon-am'" in refused(text + TRIP)
    # More than a year after the last step began, where no other day is tried.
    assert "overlap in compartment 'mon-am'" in refused(text + TRIP.replace("2027-02", "2031-02"))


def test_a_trip_is_said_back_line_by_line_and_so_is_a_change_of_it() -> None:
    before, after = parse_household(EXAMPLE_TEXT), parse_household(EXAMPLE_TEXT + TRIP)
    assert changes(before, after) == ["new trip of ada from 2027-02-01"]
    other = parse_household(EXAMPLE_TEXT + TRIP.replace("2027-02-14", "2027-02-20").replace('"1h"', '"2h"'))
    shifting = "move towards local time by at most {} hour{} a day, and back by the same steps"
    assert changes(after, other) == [
        "trip of ada from 2027-02-01: when: until 2027-02-14 -> until 2027-02-20",
        f"trip of ada from 2027-02-01: policy: {shifting.format(1, '')} -> {shifting.format(2, 's')}",
    ]
