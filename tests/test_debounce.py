"""Does a bouncing contact come to rest once, at the right level, since its first edge?"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import example, given, settings
from hypothesis import strategies as st

from firmware import debounce
from firmware.debounce import QUIET_MS, Change, Contact

unhurried = settings(deadline=None)  # a loaded machine is slow, not wrong

Edges = list[tuple[int, bool]]


@dataclass(frozen=True)
class Story:
    """What a contact did: every edge, and the changes a patient would swear to."""

    edges: Edges
    changes: list[tuple[int, bool]]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """A contact that starts shut, moves with bounces and rests long enough after each movement."""
    now_ms = draw(st.integers(0, 10_000))
    level = False
    edges: Edges = []
    changes = []
    for _ in range(draw(st.integers(0, 6))):
        now_ms += draw(st.integers(QUIET_MS, 2_000))
        first_ms = now_ms
        bounces = draw(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=7))
        level = not level
        for there_ms, back_ms in bounces:
            edges += [(now_ms, level), (now_ms + there_ms, not level)]
            now_ms += there_ms + back_ms
        edges.append((now_ms, level))
        changes.append((first_ms, level))
    return Story(edges, changes)


@st.composite
def glitches(draw: st.DrawFn) -> Edges:
    """Disturbances shorter than a movement: the level is back before it could rest."""
    now_ms = 0
    edges: Edges = []
    for _ in range(draw(st.integers(1, 5))):
        now_ms += draw(st.integers(QUIET_MS, 1_000))
        edges += [(now_ms, True), (now_ms + draw(st.integers(0, QUIET_MS - 1)), False)]
        now_ms = edges[-1][0]
    return edges


def played(edges: Edges, *, looks: list[int] = [], resting: bool = False) -> tuple[Contact, list[Change]]:  # noqa: B006 - never changed
    """Play edges, looking at the clock at `looks` in between, and once long after the end."""
    contact, told = debounce.at_rest(resting), []
    happenings = sorted([(ms, 1, level) for ms, level in edges] + [(ms, 0, False) for ms in looks], key=order)
    for ms, kind, level in happenings:
        contact, change = debounce.edge(contact, level, ms) if kind else debounce.settled(contact, ms)
        told += [change] if change else []
    end_ms = max([ms for ms, _, _ in happenings], default=0) + QUIET_MS
    contact, change = debounce.settled(contact, end_ms)
    return contact, told + ([change] if change else [])


def order(happening: tuple[int, int, bool]) -> tuple[int, int]:
    return happening[0], happening[1]


def told_as(changes: list[Change]) -> list[tuple[int, bool]]:
    return [(change.mono_ms, change.level) for change in changes]


@unhurried
@given(story=stories(), looks=st.lists(st.integers(0, 15_000), max_size=30))
def test_bounces_neither_invent_nor_lose_a_movement_and_it_bears_its_first_edge(
    story: Story, looks: list[int]
) -> None:
    _, told = played(story.edges, looks=looks)
    assert told_as(told) == story.changes


@unhurried
@given(story=stories())
def test_edges_that_arrive_all_at_once_count_as_if_they_had_arrived_in_time(story: Story) -> None:
    """A thread that was held up brings a whole opening and closing in one go."""
    often = list(range(0, 16_000, 45))
    assert told_as(played(story.edges)[1]) == told_as(played(story.edges, looks=often)[1])


@unhurried
@given(data=st.data(), story=stories())
def test_edges_that_come_late_lose_nothing_though_levels_are_read_meanwhile(
    data: st.DataObject, story: Story
) -> None:
    """Law of a loaded machine: the level is known at once, its edge up to 200 ms later."""
    arrivals: list[tuple[int, int, bool]] = []
    for ms, level in story.edges:
        delay_ms = data.draw(st.integers(0, debounce.LATE_MS), label="delay")
        arrivals.append((max(ms + delay_ms, arrivals[-1][0] if arrivals else 0), ms, level))
    looks = data.draw(st.lists(st.integers(0, 15_000), max_size=40), label="looks")
    happenings = [(at, 1, ms, level) for at, ms, level in arrivals] + [(at, 0, 0, False) for at in looks]
    happenings.sort(key=lambda happening: happening[:2])
    contact, told = debounce.at_rest(False), []
    for at, kind, ms, level in happenings:
        change = None
        if kind:
            contact, change = debounce.edge(contact, level, ms)
        elif (due := debounce.due_ms(contact)) is None:
            contact = debounce.polled(contact, level_at(story.edges, at), at)
        elif at >= due:
            contact, change = debounce.confirmed(contact, level_at(story.edges, at), at)
        told += [change] if change else []
    contact, change = debounce.settled(contact, 10**6)
    told += [change] if change else []
    assert [change.level for change in told] == [level for _, level in story.changes]


def level_at(edges: Edges, ms: int) -> bool:
    """Return what a reading of the level at a moment gives."""
    return [False, *(level for at, level in edges if at <= ms)][-1]


def test_an_opening_that_was_over_before_its_edges_came_is_told() -> None:
    """Lost on the bench under load: a worker held up for 20 ms read the level of the closing."""
    contact, _ = debounce.edge(debounce.at_rest(False), True, 1_000)
    contact, change = debounce.confirmed(contact, False, 1_070)
    assert change is None
    contact, change = debounce.edge(contact, False, 1_065)
    assert change == Change(level=True, mono_ms=1_000, because="edge")


def test_a_worker_that_slept_long_waits_for_the_edge_as_well() -> None:
    contact, _ = debounce.edge(debounce.at_rest(False), True, 1_000)
    contact, change = debounce.confirmed(contact, False, 9_000)
    assert change is None
    assert debounce.edge(contact, False, 8_999)[1] == Change(level=True, mono_ms=1_000, because="edge")


def test_a_level_whose_edge_never_comes_wins_in_the_end() -> None:
    contact, _ = debounce.edge(debounce.at_rest(False), True, 1_000)
    contact, _ = debounce.confirmed(contact, False, 1_050)
    assert debounce.confirmed(contact, False, 1_050 + debounce.LATE_MS - 1) == (contact, None)
    contact, _ = debounce.confirmed(contact, False, 1_050 + debounce.LATE_MS)
    assert debounce.settled(contact, 2_000) == (debounce.at_rest(False), None)


@unhurried
@given(edges=glitches())
@example(edges=[(0, True), (0, False)])
def test_a_level_that_comes_back_within_the_quiet_span_is_no_movement(edges: Edges) -> None:
    contact, told = played(edges)
    assert told == []
    assert contact == debounce.at_rest(False)


@unhurried
@given(story=stories(), shift_ms=st.integers(0, 10**9))
def test_a_story_shifted_in_time_has_its_answer_shifted_as_much(story: Story, shift_ms: int) -> None:
    shifted = [(ms + shift_ms, level) for ms, level in story.edges]
    before, after = told_as(played(story.edges)[1]), told_as(played(shifted)[1])
    assert after == [(ms + shift_ms, level) for ms, level in before]


@unhurried
@given(story=stories(), kept=st.lists(st.booleans(), min_size=200, max_size=200))
def test_whatever_edges_are_lost_a_poll_brings_the_last_level(story: Story, kept: list[bool]) -> None:
    edges = [edge for edge, keep in zip(story.edges, kept, strict=False) if keep]
    contact, _ = played(edges)
    true_level = story.edges[-1][1] if story.edges else False
    end_ms = max([ms for ms, _ in story.edges], default=0) + 10 * QUIET_MS
    contact = debounce.polled(contact, true_level, end_ms)
    contact, _ = debounce.settled(contact, end_ms + QUIET_MS)
    assert contact == debounce.at_rest(true_level)


@unhurried
@given(story=stories())
def test_changes_of_one_contact_alternate_and_their_stamps_grow(story: Story) -> None:
    told = told_as(played(story.edges)[1])
    assert [level for _, level in told] == [index % 2 == 0 for index in range(len(told))]
    assert [ms for ms, _ in told] == sorted({ms for ms, _ in told})


def test_a_contact_rests_exactly_at_the_end_of_the_quiet_span() -> None:
    contact, _ = debounce.edge(debounce.at_rest(False), True, 1_000)
    assert debounce.due_ms(contact) == 1_000 + QUIET_MS
    assert debounce.settled(contact, 1_000 + QUIET_MS - 1)[1] is None
    contact, change = debounce.settled(contact, 1_000 + QUIET_MS)
    assert change == Change(level=True, mono_ms=1_000, because="edge")
    assert debounce.due_ms(contact) is None


def test_each_bounce_begins_the_quiet_span_anew() -> None:
    contact, _ = debounce.edge(debounce.at_rest(False), True, 0)
    for ms in (30, 60, 90):
        contact, change = debounce.edge(contact, ms % 60 == 0, ms)
        assert change is None
    assert debounce.due_ms(contact) == 90 + QUIET_MS


def test_a_poll_that_saw_the_level_first_gives_way_to_the_edge_that_made_it() -> None:
    """Seen on the bench: under load the poll came between an edge and its callback."""
    contact = debounce.polled(debounce.at_rest(False), True, 1_012)
    contact, _ = debounce.edge(contact, True, 1_000)
    assert debounce.settled(contact, 2_000)[1] == Change(level=True, mono_ms=1_000, because="edge")


def test_a_change_that_only_the_poll_saw_says_so() -> None:
    contact = debounce.polled(debounce.at_rest(False), True, 500)
    assert debounce.settled(contact, 600)[1] == Change(level=True, mono_ms=500, because="poll")


def test_a_poll_that_agrees_changes_nothing() -> None:
    moving, _ = debounce.edge(debounce.at_rest(False), True, 10)
    assert debounce.polled(moving, True, 40) is moving
    resting = debounce.at_rest(True)
    assert debounce.polled(resting, True, 40) is resting


def test_an_edge_that_comes_after_its_poll_was_told_is_not_told_twice() -> None:
    contact = debounce.polled(debounce.at_rest(False), True, 1_000)
    contact, change = debounce.settled(contact, 1_060)
    assert change is not None
    contact, again = debounce.edge(contact, True, 990)
    assert again is None
    assert debounce.settled(contact, 1_200) == (debounce.at_rest(True), None)


@unhurried
@given(stories())
def test_what_came_after_the_first_edge_of_a_movement_are_its_bounces(story: Story) -> None:
    told = played(story.edges)[1]
    assert sum(change.bounces for change in told) == len(story.edges) - len(told)


def test_the_edge_that_comes_after_its_poll_is_no_bounce() -> None:
    contact = debounce.polled(debounce.at_rest(False), True, 1_012)
    contact, _ = debounce.edge(contact, True, 1_000)
    contact, _ = debounce.edge(contact, False, 1_002)
    contact, _ = debounce.edge(contact, True, 1_004)
    change = debounce.settled(contact, 2_000)[1]
    assert change is not None
    assert change.bounces == 2


def test_a_contact_rests_no_sooner_than_after_it_was_last_seen() -> None:
    """Where only two moments are seen, it may have bounced between them."""
    moving, _ = debounce.edge(debounce.at_rest(False), True, 1_000, 1_040)
    assert debounce.due_ms(moving) == 1_040 + debounce.QUIET_MS
    assert debounce.settled(moving, 1_040 + debounce.QUIET_MS - 1)[1] is None
    _, change = debounce.settled(moving, 1_040 + debounce.QUIET_MS)
    assert change is not None
    assert (change.mono_ms, change.level, change.bounces) == (1_000, True, 0)


def test_a_level_that_is_told_again_is_no_bounce_but_no_rest_either() -> None:
    moving, _ = debounce.edge(debounce.at_rest(False), True, 1_000)
    again, change = debounce.edge(moving, True, 1_030)
    assert change is None
    assert again.bounces == 0
    assert debounce.due_ms(again) == 1_030 + debounce.QUIET_MS
