"""How does each sign look on eight by eight points?

Seven rows of sign; the eighth row belongs to the marks. Letters choose the colour, a dot is dark. No
sign is told from another by its colour alone.
"""

from __future__ import annotations

from firmware.ports import Colour, Glyph

Point = tuple[int, int, int]
"""Red, green and blue from 0 to 255."""

DARK: Point = (0, 0, 0)
COLOURS: dict[Colour, Point] = {
    "blue": (0, 80, 255),
    "amber": (255, 140, 0),
    "white": (200, 200, 200),
    "red": (255, 0, 0),
    "green": (0, 180, 0),
}
LETTERS: dict[str, Point] = {name[0]: point for name, point in COLOURS.items()} | {".": DARK}

WIDTH = 8
SIGN_ROWS = 7

SIGNS: dict[Glyph, str] = {
    "idle": """
        ........
        ........
        ........
        ...gg...
        ........
        ........
        ........
    """,
    "due": """
        ...bb...
        ...bb...
        ...bb...
        .bbbbbb.
        ..bbbb..
        ...bb...
        bbbbbbbb
    """,
    "late": """
        ..aaaa..
        .a....a.
        a..a...a
        a..aaa.a
        a......a
        .a....a.
        ..aaaa..
    """,
    "wrong": """
        rr....rr
        .rr..rr.
        ..rrrr..
        ...rr...
        ..rrrr..
        .rr..rr.
        rr....rr
    """,
    "extra": """
        rrrrrrrr
        r......r
        r......r
        r.rrrr.r
        r......r
        r......r
        rrrrrrrr
    """,
    "held": """
        www..www
        w.w..w.w
        w.w..w.w
        w.w..w.w
        w.w..w.w
        w.w..w.w
        www..www
    """,
    "low_supply": """
        ..wwww..
        ..w..w..
        .w....w.
        .w....w.
        .w....w.
        .waaaaw.
        .wwwwww.
    """,
    "refill": """
        ...ww...
        ...ww...
        .wwwwww.
        .wwwwww.
        ...ww...
        ...ww...
        ........
    """,
    "damp": """
        ...b....
        ..bbb...
        ..bbb...
        .bbbbb..
        .bbbbb..
        .bbbbb..
        ..bbb...
    """,
    "hot": """
        r..r..r.
        .r.r.r..
        ..rrr...
        rrrrrrr.
        ..rrr...
        .r.r.r..
        r..r..r.
    """,
    "cold": """
        ...w....
        w..w..w.
        .w.w.w..
        ..www...
        .w.w.w..
        w..w..w.
        ...w....
    """,
    "no_hub": """
        .....w..
        ww..w.ww
        w.ww...w
        w.w.w..w
        w.w..w.w
        ww.ww.ww
        .w......
    """,
    "no_plan": """
        wwwwwwww
        w......w
        wwwwwwww
        w......w
        w..ww..w
        w......w
        wwwwwwww
    """,
    "clock": """
        wwwwwwww
        .w....w.
        ..wwww..
        ...ww...
        ..w..w..
        .wwwwww.
        wwwwwwww
    """,
    "fault": """
        ...ww...
        ..w..w..
        ..w..w..
        .w.ww.w.
        .w....w.
        w..ww..w
        wwwwwwww
    """,
    "cannot_record": """
        wwwwww..
        w.ww.ww.
        w.ww..w.
        wr...rw.
        w.r.r.w.
        w..r..w.
        wwwwwww.
    """,
    "thanks": """
        ........
        .......g
        ......gg
        .....gg.
        g...gg..
        gg.gg...
        .ggg....
    """,
    "find_me": """
        b..bb..b
        .b....b.
        ..bbbb..
        b.bbbb.b
        ..bbbb..
        .b....b.
        b..bb..b
    """,
}

MARKS: tuple[Glyph, ...] = (
    "damp", "hot", "cold", "no_hub", "no_plan", "clock", "fault", "low_supply",
)  # fmt: skip
"""Which point of the eighth row, from the left, stands for which standing condition.

A box that cannot record needs no point: its sign gives way to a warning and to nothing else.
"""

MARK_COLOURS: dict[Glyph, Colour] = {"damp": "blue", "hot": "red", "cold": "blue", "low_supply": "amber"}


def sign(glyph: Glyph) -> tuple[Point, ...]:
    """Return the seven rows of a sign as points, row by row."""
    return tuple(LETTERS[letter] for row in SIGNS[glyph].split() for letter in row)


def marks_row(marks: tuple[Glyph, ...]) -> tuple[Point, ...]:
    """Return the eighth row: each standing condition has its own place in it."""
    return tuple(COLOURS[MARK_COLOURS.get(mark, "white")] if mark in marks else DARK for mark in MARKS)
