"""Do the figures say what happened? A home, the judge of its alerts, the bounds beside the rates."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.wire.instants import HOUR_MS
from tests.evidence.judging import Findings, findings
from tests.evidence.living import Home, live
from tests.evidence.report import at_most, report, share, span, written_into

DAYS = 40


@pytest.fixture(scope="module")
def home() -> Home:
    return live(5, DAYS)


def test_a_month_in_a_home_loses_no_alert_and_says_nothing_that_was_not_so(home: Home) -> None:
    found = findings(home)
    assert found.breaches == []
    assert sum(found.raised.values()) > 3
    assert found.slots > DAYS
    assert found.letters["letters delivered"] > 10


def test_law_7_the_same_seed_gives_the_same_figures(home: Home) -> None:
    again = live(5, DAYS)
    assert again.trace.hexdigest() == home.trace.hexdigest()
    assert report(findings(again), 1, DAYS, 5) == report(findings(home), 1, DAYS, 5)


def test_an_alert_of_a_dose_that_was_opened_is_found_to_be_untrue(home: Home) -> None:
    """The judge must be able to fail: the truth is turned round beneath it."""
    missed = next(one for one in home.store.alerts(resolved_too=True) if one.kind == "dose.missed")
    slot = home.store.slot("ada", missed.condition.partition(" ")[2])
    assert slot is not None
    move = replace(home.kitchen.moves[0], at_ms=slot.due_at, compartment=slot.compartment, open=True)
    home.kitchen.moves.append(move)
    try:
        assert findings(home).untrue["dose.missed"] == 1
    finally:
        home.kitchen.moves.pop()


def test_help_that_nobody_heard_of_is_found_to_be_lost(home: Home) -> None:
    home.truth.pressed.append(home.begins_ms + HOUR_MS)
    try:
        assert findings(home).lost["help asked for"] == 1
    finally:
        home.truth.pressed.pop()


def test_a_letter_that_never_arrived_is_counted_as_such(home: Home) -> None:
    found = findings(home).letters
    message, times = next((name, times) for name, times in home.arrived.items() if times)
    kept = list(times)
    home.arrived[message] = []
    assert findings(home).letters["letters delivered"] == found["letters delivered"] - 1
    home.arrived[message] = [*kept, kept[0] + 1]
    assert findings(home).letters["repeats"] == found["repeats"] + 1
    home.arrived[message] = kept


def test_findings_of_several_homes_add_up(home: Home) -> None:
    one, both = findings(home), Findings()
    both.add(one)
    both.add(one)
    assert both.slots == 2 * one.slots
    assert both.raised.total() == 2 * one.raised.total()
    assert all(len(both.delays[kind]) == 2 * len(delays) for kind, delays in one.delays.items())


@pytest.mark.parametrize(("count", "bound"), [(0, 3.0), (1, 4.74), (10, 16.96), (100, 118.1)])
def test_the_bound_of_a_count_is_that_of_poisson(count: int, bound: float) -> None:
    assert at_most(count) == pytest.approx(bound, abs=0.05)


def test_spans_and_shares_are_said_as_people_do() -> None:
    assert (span(5_400), span(300_000), span(7_200_000)) == ("5 s", "5 min", "2.0 h")
    assert share([5, 1, 3, 2, 4], 0.5) == 3
    assert share(list(range(100)), 0.99) == 99


def test_a_table_goes_between_its_marks_and_nowhere_else() -> None:
    page = "before\n<!-- homes -->old<!-- end of homes -->\nafter"
    assert written_into(page, "homes", "new") == (
        "before\n<!-- homes -->\n\nnew\n\n<!-- end of homes -->\nafter"
    )
    with pytest.raises(ValueError, match="no part"):
        written_into("nothing", "homes", "new")
