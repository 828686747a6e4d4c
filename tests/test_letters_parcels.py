"""Does every letter leave in some message, soon, in good company, and never too often?"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.instants import MINUTE_MS, SECOND_MS
from hub.care.caregivers import WantKind
from hub.letters.parcels import (
    BYTES_MAX,
    LETTERS_MAX,
    REPEATED,
    USUAL_PACE,
    Pace,
    Waiting,
    leaves_at,
    leaving,
    never_waits,
    reference,
    words_of,
)
from tests.hub_examples import NOON, message_record

WANTS: tuple[WantKind | None, ...] = ("dose", "storage", "supply", "device", "care", None)


def waiting(name: str = "m", *, want: WantKind | None = "device", attempt: int = 1, **said: Any) -> Waiting:
    said = {"alert": f"alert-of-{name}", "title": f"title of {name}", "body": f"body of {name}", **said}
    return Waiting(letter=message_record(name, **said), attempt=attempt, want=want)


def names(parcel: tuple[Waiting, ...]) -> list[str]:
    return [one.letter.message for one in parcel]


def test_a_dose_leaves_at_once_and_takes_along_what_gathers() -> None:
    device, dose = waiting("device"), waiting("dose", want="dose")
    assert leaving([device], [], USUAL_PACE, NOON) == ()
    assert names(leaving([device, dose], [], USUAL_PACE, NOON)) == ["dose", "device"]


def test_what_may_wait_gathers_for_a_minute() -> None:
    one, other = waiting("one"), waiting("other", made_at=NOON + 50 * SECOND_MS)
    assert leaving([one, other], [], USUAL_PACE, NOON + MINUTE_MS - 1) == ()
    assert leaves_at([one, other], [], USUAL_PACE, NOON + 50 * SECOND_MS) == NOON + MINUTE_MS
    assert names(leaving([one, other], [], USUAL_PACE, NOON + MINUTE_MS)) == ["one", "other"]


@pytest.mark.parametrize(
    "one",
    [waiting(attempt=2), waiting(wait_until=NOON), waiting(made_at=NOON + MINUTE_MS)],
    ids=["tried before", "waited for the morning", "made by a clock that ran ahead"],
)
def test_nothing_gathers_twice(one: Waiting) -> None:
    assert leaving([one], [], USUAL_PACE, NOON)


def test_what_comes_above_the_limit_is_gathered_until_the_oldest_is_ten_minutes_back() -> None:
    sent_at = [NOON - minutes * MINUTE_MS for minutes in (9, 7, 5, 3, 1)]
    doses = [waiting("one", want="dose"), waiting("two", want="dose")]
    assert leaving(doses, sent_at, USUAL_PACE, NOON) == ()
    assert leaves_at(doses, sent_at, USUAL_PACE, NOON) == NOON + MINUTE_MS
    assert names(leaving(doses, sent_at, USUAL_PACE, NOON + MINUTE_MS)) == ["one", "two"]


def test_a_call_for_help_waits_for_no_limit_and_is_not_buried_among_others() -> None:
    sent_at = [NOON] * 50
    others = [waiting(f"dose {number}", want="dose") for number in range(9)]
    assert names(leaving([*others, waiting("help", want="care")], sent_at, USUAL_PACE, NOON)) == ["help"]
    assert leaves_at([*others, waiting("help", want="care")], sent_at, USUAL_PACE, NOON) == NOON


def test_a_reminder_waits_for_no_limit() -> None:
    """Ten minutes later it would ring for a dose already taken."""
    assert leaving([waiting(kind="reminder", want=None)], [NOON] * 9, USUAL_PACE, NOON)


def test_a_sent_time_ahead_of_a_clock_that_was_set_back_holds_nothing_up() -> None:
    assert leaving([waiting(want="dose")], [NOON + MINUTE_MS] * 9, USUAL_PACE, NOON)


def test_the_most_urgent_comes_first_and_an_alert_before_the_end_of_another() -> None:
    parcel = leaving(
        [
            waiting("supply", want="supply"), waiting("device"), waiting("storage", want="storage"),
            waiting("over", want="dose", kind="resolved"), waiting("dose", want="dose", made_at=NOON + 5),
        ],
        [], USUAL_PACE, NOON + MINUTE_MS,
    )  # fmt: skip
    assert names(parcel) == ["dose", "over", "storage", "device", "supply"]


def test_a_single_letter_reads_as_it_stands_and_names_what_a_receiver_knows_a_repeat_by() -> None:
    one = waiting(alert="a-12ab")
    words = words_of((one,))
    assert words.title == "title of m"
    assert words.body == f"body of m\n\n{reference(one.letter, 1)}"
    assert "a-12ab" in words.body
    assert words_of((waiting(alert=None),)).body == "body of m"


def test_several_letters_read_as_a_line_each() -> None:
    parcel = (waiting("one", body="two\nlines"), waiting("other", attempt=2))
    words = words_of(parcel)
    assert words.title == "title of one (and 1 more)"
    first, second = words.body.splitlines()
    assert first == f"1. title of one: two lines {reference(parcel[0].letter, 1)}"
    assert second == f"2. title of other: body of other {REPEATED} {reference(parcel[1].letter, 2)}"


def test_a_repeat_bears_the_same_reference_and_another_letter_of_the_alert_another() -> None:
    one, end = message_record("a-1-1", alert="a-1"), message_record("a-1-end-bea", alert="a-1")
    assert reference(one, 2) == f"{reference(one, 1)} (2)"
    assert reference(one, 1) != reference(end, 1)
    assert "bea" not in reference(end, 1), "a lock screen need not say who"


def test_one_message_holds_no_more_than_a_service_takes() -> None:
    many = [waiting(f"m{number:02d}", want="dose", body="x" * 10) for number in range(40)]
    assert len(leaving(many, [], USUAL_PACE, NOON)) == LETTERS_MAX
    long = [waiting(f"m{number}", want="dose", body="ü" * 700) for number in range(9)]
    parcel = leaving(long, [], USUAL_PACE, NOON)
    assert len(parcel) == 2
    assert len(words_of(parcel).body.encode()) <= BYTES_MAX
    giant = waiting("giant", want="dose", body="x" * 5_000)
    assert leaving([giant], [], USUAL_PACE, NOON) == (giant,), "it would else wait for ever"


arriving = st.lists(
    st.tuples(st.integers(0, 30 * MINUTE_MS), st.sampled_from(WANTS), st.integers(1, 900)), max_size=40
)
paces = st.builds(
    Pace,
    gather_ms=st.integers(0, 3 * MINUTE_MS),
    most=st.integers(1, 6),
    span_ms=st.integers(1, 15 * MINUTE_MS),
)


@given(arriving, paces)
def test_every_letter_is_in_exactly_one_message_or_still_waits(
    arrivals: list[tuple[int, WantKind | None, int]], pace: Pace
) -> None:
    letters = [
        waiting(f"m{number}", want=want, made_at=NOON + after_ms, body="x" * size)
        for number, (after_ms, want, size) in enumerate(arrivals)
    ]
    to_come = sorted(letters, key=lambda one: one.letter.made_at)
    here: list[Waiting] = []
    left: list[str] = []
    sent_at: list[int] = []
    now = NOON
    while to_come or here:
        turns = [one.letter.made_at for one in to_come[:1]]
        now = max(now, min([*turns, *([leaves_at(here, sent_at, pace, now)] if here else [])]))
        here += [one for one in to_come if one.letter.made_at <= now]
        to_come = to_come[len(here) + len(left) - len(letters) + len(to_come) :]
        parcel = leaving(here, sent_at, pace, now)
        assert bool(parcel) == (leaves_at(here, sent_at, pace, now) <= now)
        if not parcel:
            assert not any(never_waits(one) for one in here), "a call for help waits for nothing"
            continue
        said = words_of(parcel).body
        assert all(one.letter.body in said and reference(one.letter, 1) in said for one in parcel)
        here = [one for one in here if one not in parcel]
        left += names(parcel)
        if not any(never_waits(one) for one in parcel):
            recent = [at for at in sent_at if at > now - pace.span_ms]
            assert len(recent) < pace.most, "nobody gets more than the limit"
        sent_at.append(now)
    assert sorted(left) == sorted(names(tuple(letters)))
