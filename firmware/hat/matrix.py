"""What does the LED matrix show at any moment of a view?

The sign; and where compartments are lit, by turns with it, a small map of the box, so that the patient
finds the lid on a box that has no light at each compartment.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from firmware.board import grid_of
from firmware.hat.emission import LEAST
from firmware.hat.glyphs import COLOURS, DARK, SIGN_ROWS, WIDTH, Point, marks_row, sign
from firmware.ports import Lamp, PanelView, Sound
from firmware.show.patterns import Pattern, lit
from firmware.show.player import FramePlayer

_log = logging.getLogger(__name__)

TURNS = Pattern((2000, 3000))
"""How long the sign stands, and how long the map."""

NO_LAMP = Lamp(colour="white", light="off")
UNLIT: Point = (56, 56, 56)
"""Compartments that are not lit are just visible: a lone point would not tell where in the box it is. At 24
the driver of the matrix made them dark, and no test saw it."""

DIM_SHARE = 0.25

BLANK: tuple[Point, ...] = (DARK,) * (WIDTH * (SIGN_ROWS + 1))


def frame(
    view: PanelView, grid: tuple[tuple[str, ...], ...], elapsed_ms: int
) -> tuple[tuple[Point, ...], int | None]:
    """Return the 64 points of a moment of a view, and when they change, if ever."""
    row = marks_row(view.marks)
    if all(lamp.light == "off" for lamp in view.lamps.values()):
        return sign(view.glyph) + row, None
    is_sign, turn_ms = TURNS.at(elapsed_ms)
    if is_sign:
        return sign(view.glyph) + row, turn_ms
    points, next_ms = _map(view, grid, elapsed_ms)
    return points + row, turn_ms if next_ms is None else min(turn_ms, next_ms)


def _map(
    view: PanelView, grid: tuple[tuple[str, ...], ...], elapsed_ms: int
) -> tuple[tuple[Point, ...], int | None]:
    """Draw the box from above: each compartment one point wide and as high as there is room."""
    points = [DARK] * (WIDTH * SIGN_ROWS)
    height = max(1, SIGN_ROWS // max(1, len(grid)))
    changes = []
    for down, compartments in enumerate(grid[:SIGN_ROWS]):
        for across, compartment in enumerate(compartments):
            lamp = view.lamps.get(compartment, NO_LAMP)
            on, next_ms = lit(lamp.light, elapsed_ms)
            if next_ms is not None:
                changes.append(next_ms)
            for row in range(down * height, (down + 1) * height):
                points[row * WIDTH + across] = COLOURS[lamp.colour] if on else UNLIT
    return tuple(points), min(changes, default=None)


def dimmed(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Darken points as far as they can still be seen; what is lit stays lit."""
    return tuple((_dim(red), _dim(green), _dim(blue)) for red, green, blue in points)


def _dim(part: int) -> int:
    return max(LEAST, round(part * DIM_SHARE)) if part else 0


class MatrixPanel:
    """The LED matrix; keeps the `Panel` port.

    `draw` takes 64 points, row by row; `low_light` turns the device's own dimming on and off. Both may raise.
    Without `low_light` the points themselves are darkened.
    """

    def __init__(
        self,
        draw: Callable[[tuple[Point, ...]], None],
        compartments: tuple[str, ...],
        *,
        low_light: Callable[[bool], None] | None = None,
    ) -> None:
        self._draw_points = draw
        self._low_light = low_light
        self._is_low = False
        self._grid = grid_of(compartments)
        self._last: tuple[Point, ...] | None = None
        self._player = FramePlayer(self._draw, self._dark, title="LED matrix")

    def show(self, view: PanelView) -> None:
        """Show a view."""
        self._player.show(view)

    def play(self, sound: Sound) -> None:
        """Stay silent: the HAT has no buzzer."""

    def alive(self) -> bool:
        """Tell whether the device still lets go of what it is told."""
        return self._player.alive()

    def close(self) -> None:
        """Go dark."""
        self._player.close()

    def _dark(self) -> None:
        self._draw_points(BLANK)

    def _draw(self, view: PanelView, elapsed_ms: int) -> int | None:
        points, next_ms = frame(view, self._grid, elapsed_ms)
        self._set_low_light(view.dim)
        if view.dim and self._low_light is None:
            points = dimmed(points)
        if points != self._last:
            self._last = None
            self._draw_points(points)
            self._last = points
        return next_ms

    def _set_low_light(self, wanted: bool) -> None:
        """Dim the device; one that will not be dimmed must go on showing its signs."""
        if self._low_light is None or wanted == self._is_low:
            return
        try:
            self._low_light(wanted)
            self._is_low = wanted
        except (OSError, RuntimeError, ValueError) as error:
            _log.warning("The LED matrix is darkened point by point: %s.", error)
            self._low_light = None
