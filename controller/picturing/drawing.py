"""How is a state of the panel drawn as a picture?

The points are those that the LED matrix is told, the lights blink as their pattern says, and the tune is that
of the buzzer. SVG, written by hand: the same state gives the same bytes on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape

from controller.picturing.states import State
from controller.picturing.vision import Sight, on_screen, seen
from firmware.board import LAYOUTS, grid_of
from firmware.hat.emission import emitted
from firmware.hat.glyphs import COLOURS, DARK, WIDTH, Point
from firmware.hat.matrix import frame
from firmware.ports import Lamp, PanelView, Sound
from firmware.show.patterns import lit
from firmware.show.tunes import SOUNDS

GRID = grid_of(LAYOUTS["7x2"])
PAGE_WIDTH = 420
STEP = 18
MATRIX = WIDTH * STEP + 8
"""The width of a drawn matrix with its edge."""

HEAD = 52
"""The height of the name of a state and of its words."""

MAP_MS = range(2_000, 5_000, 50)
"""When the map of the box stands in the place of the sign."""

STRIP_MS = 4_000
STRIP = 320
_STRIP_X = 80
_LID_WIDTH, _LID_HEIGHT = 56, 40

_BACK, _EDGE, _OFF, _INK = "#101317", "#39424d", "#1b2026", "#e8ecf0"


def shown_light(point: Point, sight: Sight) -> str:
    """Return the colour in which a point of the matrix is drawn, as an eye with this sight would see it."""
    return on_screen(seen(emitted(*point), sight))


def picture(name: str, state: State, sight: Sight = "usual") -> str:
    """Draw one state: sign, map of the box where a lid is lit, lids, and the rhythms of light and sound."""
    parts: list[str] = []
    view = state.view
    parts += matrix(view, 0, 10, HEAD, sight)
    has_lamp = any(lamp.light != "off" for lamp in view.lamps.values())
    if has_lamp:
        parts.append(_text(10 + MATRIX + 14, 116, "by turns"))
        parts += matrix(view, _map_ms(view), 10 + MATRIX + 90, HEAD, sight)
    top = HEAD + MATRIX + 14
    parts += _lids(view.lamps, top, sight)
    top += 2 * _LID_HEIGHT + 26
    for lid, lamp in sorted(view.lamps.items()):
        parts += _light_strip(lid, lamp, top, sight)
        top += 26
    parts += _sound_strip(state.sound, top)
    parts.append(_text(10, 40, view.text))
    return _page(name.replace("_", " "), parts, top + 34)


def matrix(view: PanelView, elapsed_ms: int, left: int, top: int, sight: Sight) -> Iterator[str]:
    """Draw the 64 points of a moment of a view."""
    points, _ = frame(view, GRID, elapsed_ms)
    edge = f'rx="6" fill="#000" stroke="{_EDGE}"'
    yield f'<rect x="{left}" y="{top}" width="{MATRIX}" height="{MATRIX}" {edge}/>'
    for place, point in enumerate(points):
        x, y = left + 4 + STEP // 2 + place % WIDTH * STEP, top + 4 + STEP // 2 + place // WIDTH * STEP
        fill = _OFF if point == DARK else shown_light(point, sight)
        yield f'<circle cx="{x}" cy="{y}" r="{4 if point == DARK else 7}" fill="{fill}"/>'


def lamp_mark(lamp: Lamp, x: int, y: int, sight: Sight) -> str:
    """Draw the light of a lid."""
    return f'<circle cx="{x}" cy="{y}" r="9" fill="{shown_light(COLOURS[lamp.colour], sight)}"/>'


def sheet(heading: str, parts: Iterable[str], height: int, width: int = PAGE_WIDTH) -> str:
    """Put drawn parts on a page of their own."""
    return _page(heading, list(parts), height, width)


def label(x: int, y: int, words: str, size: int = 13) -> str:
    """Write some words."""
    return _text(x, y, words, size)


def _map_ms(view: PanelView) -> int:
    """Return a moment at which the map shows all lids that are lit, or as many as it ever does."""
    return max(MAP_MS, key=lambda ms: (sum(lit(lamp.light, ms)[0] for lamp in view.lamps.values()), -ms))


def _page(heading: str, parts: list[str], height: int, width: int = PAGE_WIDTH) -> str:
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    font = f'font-family="sans-serif" font-size="13" fill="{_INK}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" {font}>',
        f"<title>{escape(heading)}</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="{_BACK}"/>',
        f'<text x="10" y="22" font-size="15" font-weight="bold">{escape(heading)}</text>',
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _lids(lamps: Mapping[str, Lamp], top: int, sight: Sight) -> Iterator[str]:
    for row, names in enumerate(GRID):
        for column, name in enumerate(names):
            x, y = 10 + column * (_LID_WIDTH + 1), top + row * (_LID_HEIGHT + 4)
            yield (
                f'<rect x="{x}" y="{y}" width="{_LID_WIDTH}" height="{_LID_HEIGHT}" rx="5" fill="{_OFF}" '
                f'stroke="{_EDGE}"/>'
            )
            yield _text(x + 5, y + 15, name, size=11)
            lamp = lamps.get(name)
            if lamp is not None and lamp.light != "off":
                yield lamp_mark(lamp, x + _LID_WIDTH - 14, y + _LID_HEIGHT - 14, sight)


def _light_strip(lid: str, lamp: Lamp, top: int, sight: Sight) -> Iterator[str]:
    yield _text(10, top + 14, lid)
    yield _strip(top)
    fill = shown_light(COLOURS[lamp.colour], sight)
    for begins_ms, ends_ms in _lit_spans(lamp):
        yield _bar(begins_ms, ends_ms, top + 2, 14, fill)


def _lit_spans(lamp: Lamp) -> Iterator[tuple[int, int]]:
    at_ms = 0
    while at_ms < STRIP_MS:
        on, next_ms = lit(lamp.light, at_ms)
        end_ms = STRIP_MS if next_ms is None else min(next_ms, STRIP_MS)
        if on:
            yield at_ms, end_ms
        at_ms = end_ms


def _sound_strip(sound: Sound, top: int) -> Iterator[str]:
    yield _text(10, top + 14, "sound" if SOUNDS[sound] else "no sound")
    yield _strip(top)
    at_ms = 0
    for note in SOUNDS[sound]:
        if note.hz:
            # Higher tones stand higher: 500 Hz at the foot of the strip, 1500 Hz at its head.
            rise = round((note.hz - 500) / 1000 * 12)
            yield _bar(at_ms, at_ms + note.ms, top + 13 - rise, 4, _INK)
        at_ms += note.ms


def _strip(top: int) -> str:
    return f'<rect x="{_STRIP_X}" y="{top}" width="{STRIP}" height="18" rx="3" fill="{_OFF}"/>'


def _bar(begins_ms: int, ends_ms: int, top: int, height: int, fill: str) -> str:
    x, end = (_STRIP_X + round(ms * STRIP / STRIP_MS) for ms in (begins_ms, ends_ms))
    return f'<rect x="{x}" y="{top}" width="{end - x}" height="{height}" fill="{fill}"/>'


def _text(x: int, y: int, words: str, size: int = 13) -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}">{escape(words)}</text>'
