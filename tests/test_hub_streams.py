"""Does a stream set its events free in order, each once, whatever order they come in?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from controller.wire.envelope import Envelope
from controller.wire.instants import DAY_MS
from hub.intake.streams import (
    GAP_PATIENCE_MS,
    GAP_REPEATS,
    HELD_MAX,
    Stream,
    is_known_above,
    is_too_far,
    place,
    repeated,
)
from hub.store.port import StreamMark
from tests.hub_examples import NOON, box_event

FRESH = Stream(mark=StreamMark(box="kitchen", stream="s1"))


def run(stream: Stream, *seqs: int, at: int = NOON) -> tuple[Stream, list[int]]:
    """Send events as a shell would: a known one is a repeat, any other one fills its place."""
    free: list[int] = []
    for seq in seqs:
        found: tuple[Envelope, ...] = ()
        if is_known_above(stream, seq):
            stream, found = repeated(stream, seq, at)
        elif seq > stream.mark.watermark:
            stream, found = place(stream, seq, box_event(seq), at)
        free += [envelope.seq for envelope in found]
    return stream, free


@st.composite
def orders(draw: st.DrawFn) -> list[int]:
    """Any order of some first events, with repeats anywhere."""
    count = draw(st.integers(1, 12))
    once = draw(st.permutations(range(1, count + 1)))
    again = draw(st.lists(st.integers(1, count), max_size=12))
    mixed = list(once)
    for seq in again:
        mixed.insert(draw(st.integers(0, len(mixed))), seq)
    return mixed


@given(orders())
def test_events_are_set_free_in_order_and_once_whatever_order_they_come_in(order: list[int]) -> None:
    stream, free = run(FRESH, *order)
    assert free == list(range(1, max(order) + 1))
    assert stream.mark.watermark == max(order)
    assert not stream.held
    assert stream.mark.gap_since is None


@given(orders())
def test_the_watermark_never_passes_a_gap_and_never_falls(order: list[int]) -> None:
    stream, seen = FRESH, set()
    for seq in order:
        before = stream.mark.watermark
        stream, _ = run(stream, seq)
        seen.add(seq)
        contiguous = next(n for n in range(99) if n + 1 not in seen)
        assert stream.mark.watermark == contiguous >= before
        assert set(stream.held) == {one for one in seen if one > contiguous}
        assert (stream.mark.gap_since is not None) == bool(stream.held)


@given(orders(), st.sets(st.integers(1, 12)))
def test_an_unreadable_event_fills_its_place_and_is_not_acted_on(order: list[int], bad: set[int]) -> None:
    stream, free, seen = FRESH, [], set()
    for seq in order:
        if seq in seen:
            continue
        seen.add(seq)
        stream, found = place(stream, seq, None if seq in bad else box_event(seq), NOON)
        free += [envelope.seq for envelope in found]
    assert stream.mark.watermark == max(order)
    assert free == [seq for seq in range(1, max(order) + 1) if seq not in bad]


def test_a_sound_event_takes_the_place_that_an_unreadable_one_held() -> None:
    stream, _ = place(FRESH, 3, None, NOON)
    assert not is_known_above(stream, 3)
    stream, free = place(stream, 3, box_event(3), NOON)
    assert free == ()
    assert is_known_above(stream, 3)
    _, found = run(stream, 1, 2)
    assert found == [1, 2, 3]


def test_an_event_below_the_watermark_is_acted_on_when_it_comes_after_all() -> None:
    stream = Stream(mark=StreamMark(box="kitchen", stream="s1", watermark=9))
    after, free = place(stream, 4, box_event(4), NOON)
    assert [envelope.seq for envelope in free] == [4]
    assert after == stream


def test_a_gap_is_given_up_only_after_patience_and_repeats() -> None:
    stream, free = run(FRESH, 5, 6)
    assert free == []
    late = NOON + GAP_PATIENCE_MS
    for _ in range(GAP_REPEATS + 5):
        stream, free = run(stream, 5, at=late - 1)
        assert free == [], "repeats alone are no reason"
    stream, free = run(stream, 6, at=late)
    assert free == [], "only what lies right above the gap proves that the box has nothing below it"
    stream, free = run(stream, 5, at=late)
    assert free == [5, 6]
    assert stream.mark.watermark == 6
    assert stream.mark.gap_since is None


def test_patience_alone_gives_no_gap_up() -> None:
    stream, _ = run(FRESH, 5)
    late = NOON + GAP_PATIENCE_MS * 100
    for _ in range(GAP_REPEATS - 1):
        stream, free = run(stream, 5, at=late)
        assert free == []
    _, free = run(stream, 5, at=late)
    assert free == [5]


def test_something_new_below_what_is_held_begins_the_count_anew() -> None:
    stream, _ = run(FRESH, 5, 5, 5)
    stream, _ = run(stream, 3)
    assert stream.mark.repeats == 0
    _, free = run(stream, 3, 3, at=NOON + GAP_PATIENCE_MS)
    assert free == []


def test_a_gap_that_was_found_by_a_clock_that_ran_ahead_is_given_up_in_time() -> None:
    leapt = NOON + 365 * DAY_MS
    stream, _ = run(FRESH, 1, 3, at=leapt)
    assert stream.mark.gap_since == leapt
    for _ in range(GAP_REPEATS):
        stream, free = run(stream, 3, at=NOON)
        assert free == []
    assert stream.mark.gap_since == NOON
    assert run(stream, 3, at=NOON + GAP_PATIENCE_MS)[1] == [3]


def test_a_gap_that_moves_on_gets_new_patience() -> None:
    stream, _ = run(FRESH, 2, 9)
    stream, free = run(stream, 1, at=NOON + 7)
    assert free == [1, 2]
    assert stream.mark.gap_since == NOON + 7


def test_only_so_many_events_are_held_above_a_gap() -> None:
    held = dict.fromkeys(range(2, HELD_MAX + 2))
    stream = Stream(mark=StreamMark(box="kitchen", stream="s1", gap_since=NOON), held=held)
    assert is_too_far(stream, HELD_MAX + 2)
    assert not is_too_far(stream, 1), "what fills the gap always has room"
