"""Does every queued event go out again until the hub confirms it, and none too many at once?"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from controller.keeping import resend
from controller.keeping.resend import FIRST_PAUSE_MS, LONGEST_PAUSE_MS, WINDOW, Resend, Span

CHANCE = st.floats(min_value=0, max_value=1)


def test_nothing_is_sent_while_the_link_is_down() -> None:
    assert resend.span(Resend()) is None
    assert resend.span(resend.link_down(resend.link_up(Resend()))) is None


def test_a_new_link_starts_from_the_acknowledgement_upwards() -> None:
    state = resend.sent(resend.link_up(Resend(acked=7, sent_to=7)), 30, 0, 0.0)
    again = resend.link_up(resend.link_down(state))
    assert resend.span(again) == Span(above=7, limit=WINDOW)


def test_what_was_sent_is_not_sent_again_before_its_pause_is_over() -> None:
    state = resend.sent(resend.link_up(Resend()), 3, 1_000, 0.0)
    early = resend.due(state, 1_000 + FIRST_PAUSE_MS - 1)
    assert early is state
    assert resend.span(early) == Span(above=3, limit=WINDOW - 3)


def test_without_progress_everything_above_the_acknowledgement_goes_out_again() -> None:
    state = resend.sent(resend.link_up(Resend()), 3, 1_000, 0.0)
    late = resend.due(state, 1_000 + FIRST_PAUSE_MS)
    assert resend.span(late) == Span(above=0, limit=WINDOW)


def test_the_pauses_double_up_to_five_minutes_and_never_end() -> None:
    state = resend.sent(resend.link_up(Resend()), 1, 0, 0.0)
    pauses = []
    for _ in range(20):
        assert state.next_try_mono_ms is not None
        now_ms = state.next_try_mono_ms
        state = resend.sent(resend.due(state, now_ms), 1, now_ms, 0.0)
        assert state.next_try_mono_ms is not None
        pauses.append(state.next_try_mono_ms - now_ms)
    assert pauses[:4] == [2 * FIRST_PAUSE_MS, 4 * FIRST_PAUSE_MS, 8 * FIRST_PAUSE_MS, 16 * FIRST_PAUSE_MS]
    assert pauses[-1] == LONGEST_PAUSE_MS
    assert pauses == sorted(pauses)


def test_progress_sets_the_pause_back_to_its_first_length() -> None:
    state = resend.sent(resend.link_up(Resend()), 10, 0, 0.0)
    for _ in range(5):
        assert state.next_try_mono_ms is not None
        state = resend.sent(resend.due(state, state.next_try_mono_ms), 10, state.next_try_mono_ms, 0.0)
    state = resend.acked(state, 4, 1_000_000, 0.0)
    assert state.next_try_mono_ms == 1_000_000 + FIRST_PAUSE_MS
    assert state.attempt == 0


def test_when_all_is_confirmed_there_is_nothing_to_wait_for() -> None:
    state = resend.acked(resend.sent(resend.link_up(Resend()), 10, 0, 0.0), 10, 1, 0.0)
    assert state.next_try_mono_ms is None


def test_a_stale_acknowledgement_changes_nothing() -> None:
    state = resend.acked(resend.sent(resend.link_up(Resend()), 10, 0, 0.0), 8, 1, 0.0)
    assert resend.acked(state, 8, 2, 0.5) is state
    assert resend.acked(state, 3, 2, 0.5) is state


def test_an_acknowledgement_from_before_a_rewind_moves_the_sending_forward() -> None:
    """The window was rewound and then the late acknowledgement came: what it covers is not sent again."""
    state = resend.due(resend.sent(resend.link_up(Resend()), 10, 0, 0.0), FIRST_PAUSE_MS)
    state = resend.acked(state, 10, FIRST_PAUSE_MS, 0.0)
    assert resend.span(state) == Span(above=10, limit=WINDOW)


@given(attempt=st.integers(0, 10_000), chance=CHANCE)
def test_chance_lengthens_a_pause_by_no_more_than_a_quarter(attempt: int, chance: float) -> None:
    least = resend.pause_ms(attempt, 0.0)
    assert least <= resend.pause_ms(attempt, chance) <= least * 1.25
    assert FIRST_PAUSE_MS <= least <= LONGEST_PAUSE_MS


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(1, 300)),
        st.tuples(st.just("pump"), st.integers(0, 400_000)),
        st.tuples(st.just("ack"), st.floats(0, 1)),
        st.tuples(st.just("old_ack"), st.floats(0, 1)),
        st.tuples(st.just("cut"), st.booleans()),
    ),
    max_size=40,
)


@settings(max_examples=150)
@given(steps=STEPS, chance=CHANCE)
def test_law_1_every_event_is_sent_until_confirmed_whatever_the_link_and_the_hub_do(
    steps: list[tuple[str, float]], chance: float
) -> None:
    state, written, now_ms, sent_ever = resend.link_up(Resend()), 0, 0, 0

    def pump() -> None:
        nonlocal state, sent_ever
        state = resend.due(state, now_ms)
        while (span := resend.span(state)) and span.above < written:
            # No hole: what is sent follows what was sent, and nothing under the acknowledgement is.
            assert state.acked <= span.above <= max(sent_ever, state.acked)
            sent_to = min(span.above + span.limit, written)
            state = resend.sent(state, sent_to, now_ms, chance)
            sent_ever = max(sent_ever, sent_to)
        assert state.sent_to - state.acked <= WINDOW

    for what, amount in steps:
        if what == "write":
            written += int(amount)
        elif what == "pump":
            now_ms += int(amount)
            pump()
        elif what in ("ack", "old_ack") and state.linked:
            top = sent_ever if what == "ack" else state.acked
            state = resend.acked(state, int(top * amount), now_ms, chance)
        elif what == "cut":
            state = resend.link_down(state) if amount else resend.link_up(state)
    state = resend.link_up(state)
    for _ in range(10_000):
        pump()
        if state.acked == written:
            break
        # The hub lost everything so far and confirms one window at last.
        now_ms += LONGEST_PAUSE_MS * 2
        pump()
        assert state.sent_to > state.acked, "an unconfirmed event is never given up"
        state = resend.acked(state, state.sent_to, now_ms, chance)
    assert state.acked == written
    assert state.next_try_mono_ms is None
