"""Does every sign look like no other, and does a box without lights still show which lid?"""

from __future__ import annotations

import itertools
import threading
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.witness.telling.conditions import TROUBLE
from firmware.board import LAYOUTS, grid_of
from firmware.hat.emission import STEPS, emitted
from firmware.hat.glyphs import COLOURS, DARK, LETTERS, MARKS, SIGN_ROWS, SIGNS, WIDTH, marks_row, sign
from firmware.hat.matrix import UNLIT, MatrixPanel, dimmed, frame
from firmware.ports import Colour, Glyph, Lamp, Light, PanelView
from firmware.show.patterns import lit

unhurried = settings(deadline=None)  # a loaded machine is slow, not wrong

GLYPHS: tuple[Glyph, ...] = get_args(Glyph)
WEEK = LAYOUTS["7x2"]
GRID = grid_of(WEEK)
lamps = st.builds(Lamp, colour=st.sampled_from(get_args(Colour)), light=st.sampled_from(get_args(Light)))
views = st.builds(
    PanelView,
    glyph=st.sampled_from(GLYPHS),
    lamps=st.dictionaries(st.sampled_from(WEEK), lamps, max_size=4),
    marks=st.lists(st.sampled_from(MARKS), unique=True).map(tuple),
)


def test_every_sign_is_drawn_and_no_other() -> None:
    assert set(SIGNS) == set(GLYPHS)


@pytest.mark.parametrize("glyph", GLYPHS)
def test_a_sign_has_seven_rows_of_eight_known_points(glyph: Glyph) -> None:
    rows = SIGNS[glyph].split()
    assert [len(row) for row in rows] == [WIDTH] * SIGN_ROWS
    assert set("".join(rows)) <= set(LETTERS)
    assert any(point != DARK for point in sign(glyph))


def test_no_two_signs_differ_by_colour_alone() -> None:
    shapes = {glyph: tuple(point != DARK for point in sign(glyph)) for glyph in GLYPHS}
    for one, other in itertools.combinations(GLYPHS, 2):
        assert shapes[one] != shapes[other], (one, other)


def test_every_standing_condition_has_its_own_place_in_the_eighth_row() -> None:
    rows = [marks_row((mark,)) for mark in MARKS]
    places = [[index for index, point in enumerate(row) if point != DARK] for row in rows]
    assert places == [[index] for index in range(WIDTH)]
    assert marks_row(()) == (DARK,) * WIDTH


def test_the_row_has_room_for_every_condition_that_may_stand_beside_something_else() -> None:
    assert set(MARKS) == set(TROUBLE) - {"cannot_record"}, "which is never beside anything but a warning"


def test_a_mark_of_something_that_passes_is_not_shown_in_the_row() -> None:
    assert marks_row(("thanks",)) == (DARK,) * WIDTH


@unhurried
@given(view=views, elapsed_ms=st.integers(0, 60_000))
def test_a_frame_has_64_points_and_stands_until_the_moment_it_names(view: PanelView, elapsed_ms: int) -> None:
    points, next_ms = frame(view, GRID, elapsed_ms)
    assert len(points) == 64
    assert points[56:] == marks_row(view.marks)
    if next_ms is not None:
        assert next_ms > elapsed_ms
        assert frame(view, GRID, next_ms - 1)[0] == points


@unhurried
@given(view=views, elapsed_ms=st.integers(0, 60_000))
def test_what_is_lit_stays_lit_when_it_is_dimmed_and_what_is_dark_stays_dark(
    view: PanelView, elapsed_ms: int
) -> None:
    points, _ = frame(view, GRID, elapsed_ms)
    for point, dim in zip(points, dimmed(points), strict=True):
        assert (point == DARK) == (dim == DARK)
        assert all(lower <= part for part, lower in zip(point, dim, strict=True))
        assert point == DARK or any(emitted(*dim)), "it still gives light"


def test_every_colour_still_gives_light_when_it_is_dimmed() -> None:
    assert all(any(emitted(*point)) for point in dimmed(tuple(COLOURS.values())))


class Device:
    """A matrix that writes down what it is told, and can refuse to be dimmed."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.log: list[object] = []
        self.refuses = refuses
        self.told = threading.Condition()

    def draw(self, points: tuple[tuple[int, int, int], ...]) -> None:
        with self.told:
            self.log.append(points)
            self.told.notify_all()

    def low_light(self, wanted: bool) -> None:
        self.log.append(wanted)
        if self.refuses:
            raise OSError("Inappropriate ioctl")

    def wait_for(self, entry: object) -> None:
        with self.told:
            assert self.told.wait_for(lambda: entry in self.log, timeout=5), self.log


DIM = PanelView(glyph="hot", dim=True)


def test_a_matrix_that_can_is_dimmed_by_itself_and_is_told_once() -> None:
    device = Device()
    panel = MatrixPanel(device.draw, WEEK, low_light=device.low_light)
    panel.show(DIM)
    device.wait_for(sign("hot") + marks_row(()))
    panel.show(PanelView(glyph="cold", dim=True))
    device.wait_for(sign("cold") + marks_row(()))
    panel.show(PanelView(glyph="due"))
    device.wait_for(sign("due") + marks_row(()))
    panel.close()
    assert [entry for entry in device.log if isinstance(entry, bool)] == [True, False]


@pytest.mark.parametrize("refuses", [True, False])
def test_a_matrix_that_cannot_be_dimmed_is_darkened_point_by_point(refuses: bool) -> None:
    device = Device(refuses=refuses)
    panel = MatrixPanel(device.draw, WEEK, low_light=device.low_light if refuses else None)
    panel.show(DIM)
    device.wait_for(dimmed(sign("hot") + marks_row(())))
    panel.close()


def test_without_a_lit_compartment_only_the_sign_is_shown() -> None:
    off = PanelView(glyph="damp", lamps={"mon-am": Lamp(colour="blue", light="off")})
    for view in (PanelView(glyph="damp"), off):
        assert frame(view, GRID, 0) == (sign("damp") + marks_row(()), None)
        assert frame(view, GRID, 3_000)[1] is None


def test_what_is_drawn_gives_light_on_the_real_matrix() -> None:
    """The map of the box was drawn so darkly that its driver made nothing of it."""
    assert emitted(*DARK) == (0.0, 0.0, 0.0)
    assert emitted(24, 24, 24) == emitted(47, 47, 47) == (0.0, 0.0, 0.0)
    assert emitted(255, 255, 255) == (1.0, 1.0, 1.0)
    assert emitted(*UNLIT) == (1 / STEPS, 1 / STEPS, 1 / STEPS)
    assert all(any(emitted(*point)) for point in COLOURS.values())


@pytest.mark.parametrize("colour", COLOURS)
def test_every_colour_stands_out_from_the_dark_by_three_to_one(colour: Colour) -> None:
    """WCAG 2.2, 1.4.11: what has to be told from its surroundings has three times their light."""
    red, green, blue = emitted(*COLOURS[colour])
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    assert (light + 0.05) / 0.05 >= 3


def test_a_lit_compartment_is_shown_by_turns_with_the_sign_on_a_map_of_the_box() -> None:
    view = PanelView(glyph="due", lamps={"wed-pm": Lamp(colour="blue", light="steady")})
    assert frame(view, GRID, 0)[0][:56] == sign("due")
    points, next_ms = frame(view, GRID, 2_000)
    assert next_ms == 5_000
    rows = [points[start : start + WIDTH] for start in range(0, 56, WIDTH)]
    wednesday = [row[2] for row in rows]
    assert wednesday == [UNLIT] * 3 + [COLOURS["blue"]] * 3 + [DARK]
    assert all(row[7] == DARK for row in rows), "a week is seven wide"
    assert rows[0][0] == UNLIT, "the other compartments are just visible"
    assert frame(view, GRID, 5_000)[0][:56] == sign("due")


@unhurried
@given(light=st.sampled_from(get_args(Light)))
def test_the_map_never_flashes_three_times_in_a_second(light: Light) -> None:
    view = PanelView(glyph="wrong", lamps={"mon-am": Lamp(colour="red", light=light)})
    bright = [frame(view, GRID, ms)[0][0] == COLOURS["red"] for ms in range(2_000, 5_000, 10)]
    rises = [index for index in range(1, len(bright)) if bright[index] and not bright[index - 1]]
    assert all(sum(start <= rise < start + 100 for rise in rises) < 3 for start in range(len(bright)))


def rises(states: list[bool]) -> list[int]:
    return [index for index in range(1, len(states)) if states[index] and not states[index - 1]]


def most_in_a_second(moments: list[int]) -> int:
    """Return how many of some moments, in steps of 10 ms, lie within any one second."""
    return max((sum(start <= other < start + 100 for other in moments) for start in moments), default=0)


@settings(deadline=None, max_examples=30)
@given(view=views)
def test_no_point_of_any_view_flashes_three_times_in_a_second(view: PanelView) -> None:
    frames = [frame(view, GRID, ms)[0] for ms in range(0, 8_000, 10)]
    for place in range(56):
        assert most_in_a_second(rises([points[place] not in (DARK, UNLIT) for points in frames])) < 3


@unhurried
@given(together=st.sets(st.sampled_from(get_args(Light)), min_size=2))
def test_no_lights_that_are_lit_together_flash_three_times_in_a_second(together: set[Light]) -> None:
    """However they are mixed: wherever one goes on, so does the light of the box as a whole."""
    moments = {
        moment for light in together for moment in rises([lit(light, ms)[0] for ms in range(0, 12_000, 10)])
    }
    assert most_in_a_second(sorted(moments)) < 3


@unhurried
@given(count=st.integers(1, 40))
def test_a_box_of_any_size_has_its_compartments_on_the_map(count: int) -> None:
    names = tuple(f"c{number}" for number in range(count))
    grid = grid_of(names)
    for name in (names[0], names[-1]):
        view = PanelView(lamps={name: Lamp(colour="amber", light="steady")})
        assert COLOURS["amber"] in frame(view, grid, 2_500)[0][:56]
