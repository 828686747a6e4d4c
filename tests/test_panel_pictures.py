"""Are the pictures those of the code, and is every state known by eyes that see less colour, or none?"""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.cli import main
from controller.errors import OutputLost
from controller.picturing.gallery import MAIN, pictures, write_pictures
from controller.picturing.states import State, states
from controller.picturing.vision import SIGHTS, Sight, apart, on_screen, seen
from controller.witness.telling.panel import FILL_LAMP, LATE_LAMP, WARNING_LAMPS
from controller.witness.telling.standing import SOUND_OF
from firmware.hat.emission import emitted
from firmware.hat.glyphs import COLOURS, DARK, sign
from firmware.ports import Colour, Glyph
from firmware.show.tunes import RHYTHMS

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "panel"
PAGE = (ROOT / "docs" / "panel.md").read_text("utf-8")
GLYPHS: tuple[Glyph, ...] = get_args(Glyph)
STATES = states()

SEEN_APART = 20.0
"""A colour difference nobody overlooks; 2.3 is just seen side by side."""
POINTS_APART = 12


def test_the_pictures_in_the_docs_are_those_of_the_code() -> None:
    drawn = pictures()
    kept = {path.name: path.read_text("utf-8") for path in FOLDER.iterdir()}
    stale = sorted(name for name in drawn.keys() | kept.keys() if drawn.get(name) != kept.get(name))
    assert stale == [], "run: pillbox-controller pictures --into docs/panel"


def test_the_same_code_draws_the_same_bytes_and_writes_only_what_changed(tmp_path: Path) -> None:
    assert pictures() == pictures()
    assert len(write_pictures(tmp_path / "new")) == len(pictures())
    assert write_pictures(tmp_path / "new") == ()
    (tmp_path / "new" / "due.svg").write_text("old")
    assert write_pictures(tmp_path / "new") == ("due.svg",)


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pictures", "--into", str(tmp_path)]) == 0
    assert "due.svg\n" in capsys.readouterr().out
    assert main(["pictures", "--into", str(tmp_path)]) == 0
    assert capsys.readouterr().out == ""
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputLost, match="cannot be written"):
        write_pictures(tmp_path / "file")


@pytest.mark.parametrize("name", sorted(pictures()))
def test_a_picture_is_well_formed_and_says_what_it_shows(name: str) -> None:
    root = ElementTree.fromstring(pictures()[name])
    space = "{http://www.w3.org/2000/svg}"
    assert root.find(f"{space}title") is not None
    width, height = int(root.attrib["width"]), int(root.attrib["height"])
    for each in root.iter(f"{space}circle"):
        assert 0 < float(each.attrib["cx"]) < width
        assert 0 < float(each.attrib["cy"]) < height
    for each in root.iter(f"{space}rect"):
        assert float(each.attrib.get("x", 0)) + float(each.attrib["width"]) <= width
        assert float(each.attrib.get("y", 0)) + float(each.attrib["height"]) <= height


# Every state.


@pytest.mark.parametrize("glyph", GLYPHS)
def test_the_witness_itself_comes_into_every_state(glyph: Glyph) -> None:
    assert STATES[glyph].view.glyph == glyph


@pytest.mark.parametrize("glyph", GLYPHS)
def test_every_state_is_explained_with_its_picture_its_sound_and_what_to_do(glyph: Glyph) -> None:
    state, words = STATES[glyph], glyph.replace("_", " ")
    part = PAGE.partition(f"### {words.capitalize()}\n")[2].partition("\n#")[0]
    assert f"](panel/{glyph.replace('_', '-')}.svg)" in part
    assert "**What to do:**" in part
    assert not state.words or f'"{state.words}"' in part
    [row] = [line for line in PAGE.splitlines() if line.startswith(f"| [{words}](#")]
    assert f"(`{glyph}`)" in row
    assert row.endswith(f"| `{RHYTHMS[state.sound]}` |" if state.sound != "none" else "| none |")
    for lamp in state.view.lamps.values():
        assert lamp.colour in row or glyph == "wrong", "beside the wrong lid the right one is lit, too"


def test_every_picture_is_in_the_docs_and_every_one_in_the_docs_exists() -> None:
    assert set(re.findall(r"\(panel/([a-z-]+\.svg)\)", PAGE)) == set(pictures())


def test_every_state_that_calls_has_its_own_sound() -> None:
    calling = [state.sound for name, state in STATES.items() if name not in ("idle", "thanks", "refill")]
    assert "none" not in calling
    assert len(set(calling)) == len(calling)
    assert all(STATES[name].sound == sound for name, sound in SOUND_OF.items())


# Eyes.


def points_apart(one: State, other: State, sight: Sight) -> int:
    pairs = zip(sign(one.view.glyph), sign(other.view.glyph), strict=True)
    return sum(apart(seen(emitted(*a), sight), seen(emitted(*b), sight)) > SEEN_APART for a, b in pairs)


@pytest.mark.parametrize("sight", SIGHTS)
def test_every_two_states_are_told_apart_by_every_kind_of_eye(sight: Sight) -> None:
    for one, other in itertools.combinations(GLYPHS, 2):
        assert points_apart(STATES[one], STATES[other], sight) >= POINTS_APART, (one, other)


def test_every_two_states_are_told_apart_without_any_colour() -> None:
    shapes = {glyph: [point != DARK for point in sign(glyph)] for glyph in GLYPHS}
    for one, other in itertools.combinations(GLYPHS, 2):
        differ = sum(a != b for a, b in zip(shapes[one], shapes[other], strict=True))
        assert differ >= POINTS_APART, (one, other)


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("colour", COLOURS)
def test_every_colour_stands_out_from_the_dark_for_every_kind_of_eye(colour: Colour, sight: Sight) -> None:
    red, green, blue = seen(emitted(*COLOURS[colour]), sight)
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    assert (light + 0.05) / 0.05 >= 3


def test_every_two_lights_at_a_lid_that_mean_different_things_have_different_rhythms() -> None:
    lamps = [*WARNING_LAMPS.values(), LATE_LAMP, FILL_LAMP]
    assert len({lamp.light for lamp in lamps}) == len(lamps)
    assert not {lamp.light for lamp in lamps} & {"slow_pulse", "double_blink", "quick_double"}, (
        "those are due"
    )


def test_the_main_states_are_shown_as_every_kind_of_eye_sees_them() -> None:
    text = pictures()["eyes.svg"]
    assert all(f">{sight}<" in text for sight in SIGHTS)
    assert all(text.count(f">{name.replace('_', ' ')}<") == len(SIGHTS) for name in MAIN)


# The model of the eye.

shares = st.floats(0, 1, allow_nan=False)
lights = st.tuples(shares, shares, shares)


@given(light=lights)
def test_the_usual_eye_sees_what_is_there_and_no_eye_makes_colour_of_grey(
    light: tuple[float, float, float],
) -> None:
    assert seen(light, "usual") == light
    grey = (light[0],) * 3
    for sight in SIGHTS:
        assert seen(grey, sight) == pytest.approx(grey, abs=1e-4)
        assert all(0 <= part <= 1 for part in seen(light, sight))


@given(one=lights, other=lights)
def test_how_far_apart_two_lights_look_is_a_distance(
    one: tuple[float, float, float], other: tuple[float, float, float]
) -> None:
    assert apart(one, one) == 0
    assert apart(one, other) == pytest.approx(apart(other, one))


def test_known_distances_and_colours_come_out() -> None:
    """Black and white are 100 apart by definition; red and green as in any table of L*a*b*."""
    black, white, red, green = (0.0,) * 3, (1.0,) * 3, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)
    assert apart(black, white) == pytest.approx(100, abs=0.02)
    assert apart(red, green) == pytest.approx(170.6, abs=0.2)
    assert on_screen((1.0, 0.0, 0.2158605)) == "#ff0080"


def test_an_eye_without_the_cones_for_red_takes_red_for_a_dark_yellow() -> None:
    red, green, blue = seen((1.0, 0.0, 0.0), "protanopia")
    assert red == pytest.approx(green, abs=0.05)
    assert max(red, green, blue) < 0.2
