"""Is what a look at an expander shows told as the edges it stands for, each at an honest time?"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.expander.captured import PULSE_MS, Edge, edges
from firmware.expander.registers import Look, input_name

unhurried = settings(deadline=None)  # a loaded machine is slow, not wrong
inputs = st.integers(0, 2**14 - 1)


def told(
    known: int,
    captured: int,
    level: int,
    *,
    interrupted: int = 2**14 - 1,
    fell_ms: int = 1_000,
    now_ms: int = 1_004,
    last: int = 0,
) -> list[Edge]:
    look = Look(interrupted=interrupted, captured=captured, level=level)
    return list(edges(known, look, fell_ms=fell_ms, now_ms=now_ms, last_edges_ms={0: last}))


def test_a_captured_level_that_stands_bears_the_time_of_the_interrupt() -> None:
    assert told(0b0, 0b1, 0b1) == [(0, True, 1_000)]


def test_what_moved_after_the_interrupt_bears_the_time_of_the_look() -> None:
    assert told(0b00, 0b01, 0b11) == [(0, True, 1_000), (1, True, 1_004)]


def test_what_a_port_keeps_of_an_older_interrupt_is_no_edge() -> None:
    assert told(0b0, 0b1, 0b0, interrupted=0, now_ms=9_000) == []
    assert told(0b0, 0b1, 0b1, interrupted=0) == [(0, True, 1_004)]


def test_a_whole_opening_between_two_looks_is_two_edges() -> None:
    assert told(0b0, 0b1, 0b0, now_ms=1_000 + PULSE_MS) == [(0, True, 1_000), (0, False, 1_000 + PULSE_MS)]


def test_a_pulse_shorter_than_any_opening_is_a_contact_that_bounced_and_is_not_at_rest() -> None:
    assert told(0b0, 0b1, 0b0, now_ms=1_000 + PULSE_MS - 1) == [(0, False, 1_000 + PULSE_MS - 1)]


def test_a_bounce_of_a_lid_that_has_just_been_shut_is_no_opening_however_late_it_is_looked_at() -> None:
    """A program stopped for ten seconds just after a lid was shut would have seen it open so long."""
    assert told(0b0, 0b1, 0b0, now_ms=11_000, last=951) == [(0, False, 11_000)]
    assert told(0b0, 0b1, 0b0, now_ms=11_000, last=950) == [(0, True, 1_000), (0, False, 11_000)]


@unhurried
@given(known=inputs, captured=inputs, level=inputs, late_ms=st.integers(0, 20_000))
def test_the_edges_of_a_look_lead_from_what_was_known_to_what_is(
    known: int, captured: int, level: int, late_ms: int
) -> None:
    now = known
    times: dict[int, int] = {}
    for number, is_open, at_ms in told(known, captured, level, now_ms=1_000 + late_ms):
        is_change = bool(now >> number & 1) != is_open
        assert is_change or at_ms == 1_000 + late_ms, (
            "an edge is a change, or says that a contact is not at rest"
        )
        assert 1_000 <= times.get(number, 1_000) <= at_ms <= 1_000 + late_ms
        times[number] = at_ms
        now = now & ~(1 << number) | is_open << number
    assert now == level


def test_the_inputs_have_the_names_of_the_data_sheet() -> None:
    assert [input_name(number) for number in (0, 6, 7, 13)] == ["GPA0", "GPA6", "GPB0", "GPB6"]
