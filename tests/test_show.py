"""Do lights blink and sounds play in their own time, at no one's cost and at no one's risk?"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.ports import Buttons, Light, PanelView, Press, Sound
from firmware.show import player as player_module
from firmware.show.combined import CombinedButtons, CombinedPanel
from firmware.show.patterns import BLINKS, lit
from firmware.show.player import FramePlayer, SoundPlayer

unhurried = settings(deadline=None)  # a loaded machine is slow, not wrong

LIGHTS: tuple[Light, ...] = get_args(Light)


@pytest.mark.parametrize("light", LIGHTS)
def test_no_light_flashes_three_times_in_any_second(light: Light) -> None:
    """WCAG 2.2, 2.3.1: at most three; these stay under it."""
    assert most_flashes_a_second(lambda ms: lit(light, ms)[0]) < 3


def most_flashes_a_second(is_lit: Callable[[int], bool]) -> int:
    states = [is_lit(ms) for ms in range(0, 12_000, 10)]
    rises = [index for index in range(1, len(states)) if states[index] and not states[index - 1]]
    return max(sum(start <= rise < start + 100 for rise in rises) for start in range(len(states)))


@unhurried
@given(light=st.sampled_from(LIGHTS), elapsed_ms=st.integers(0, 10**9))
def test_a_light_keeps_its_state_until_the_moment_it_names(light: Light, elapsed_ms: int) -> None:
    on, next_ms = lit(light, elapsed_ms)
    if next_ms is None:
        assert light in ("off", "steady")
        return
    assert elapsed_ms < next_ms
    assert lit(light, next_ms - 1)[0] == on
    assert lit(light, next_ms)[0] != on


def test_every_blink_begins_lit_and_each_looks_different() -> None:
    assert all(lit(light, 0)[0] for light in BLINKS)
    looks = {tuple(lit(light, ms)[0] for ms in range(0, 4_000, 50)) for light in LIGHTS}
    assert len(looks) == len(LIGHTS)


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(LIGHTS, 2)))
def test_no_light_is_taken_for_another_in_one_colour_whenever_one_looks(one: Light, other: Light) -> None:
    """Whatever moment of one falls on whatever moment of the other, they differ for a seventh of the time."""
    first = [lit(one, ms)[0] for ms in range(0, 24_000, 50)]
    differ = []
    for shift_ms in range(0, 2_600, 50):
        second = [lit(other, ms + shift_ms)[0] for ms in range(0, 24_000, 50)]
        differ.append(sum(a != b for a, b in zip(first, second, strict=True)) / len(first))
    assert min(differ) > 1 / 7, min(differ)


class Screen:
    """Collects frames, and can fail."""

    def __init__(self, next_ms: Callable[[int], int | None] = lambda elapsed_ms: None) -> None:
        self.frames: list[tuple[str, int]] = []
        self.next_ms = next_ms
        self.broken = False
        self.dark = 0
        self.drawn = threading.Condition()
        self.player = FramePlayer(self.draw, self.darken, title="screen")

    def draw(self, view: PanelView, elapsed_ms: int) -> int | None:
        with self.drawn:
            self.frames.append((view.glyph, elapsed_ms))
            self.drawn.notify_all()
        if self.broken:
            raise OSError("no such device")
        return self.next_ms(elapsed_ms)

    def darken(self) -> None:
        self.dark += 1
        if self.broken:
            raise OSError("no such device")

    def wait_for(self, count: int) -> None:
        with self.drawn:
            assert self.drawn.wait_for(lambda: len(self.frames) >= count, timeout=5), self.frames


def test_showing_never_waits_for_a_slow_light() -> None:
    slow = threading.Event()
    player = FramePlayer[PanelView](lambda view, ms: slow.wait(5) and None, lambda: None, title="slow")
    began = time.monotonic()
    for glyph in ("due", "late", "wrong"):
        player.show(PanelView(glyph=glyph))
    assert time.monotonic() - began < 0.5
    slow.set()
    player.close()


def test_a_view_that_never_changes_is_drawn_once() -> None:
    screen = Screen()
    screen.player.show(PanelView(glyph="due"))
    screen.wait_for(1)
    screen.player.show(PanelView(glyph="due"))
    blinking = Screen(lambda elapsed_ms: elapsed_ms + 10)
    blinking.player.show(PanelView(glyph="due"))
    blinking.wait_for(10)
    blinking.player.close()
    assert len(screen.frames) == 1, "while another drew ten"
    screen.player.close()


def test_a_view_that_changes_is_drawn_at_the_moments_it_names() -> None:
    screen = Screen(lambda elapsed_ms: elapsed_ms - elapsed_ms % 30 + 30)
    screen.player.show(PanelView(glyph="due"))
    screen.wait_for(4)
    screen.player.close()
    moments = [ms for _, ms in screen.frames]
    assert moments == sorted(moments)
    assert all(ms >= 30 * index for index, ms in enumerate(moments))


def test_an_equal_view_goes_on_without_a_jump_and_a_new_one_begins_anew() -> None:
    screen = Screen(lambda elapsed_ms: elapsed_ms + 20)
    screen.player.show(PanelView(glyph="due"))
    screen.wait_for(3)
    screen.player.show(PanelView(glyph="due"))
    with screen.drawn:
        assert screen.drawn.wait_for(lambda: screen.frames[-1][1] > 1_000, timeout=10), screen.frames
    screen.player.show(PanelView(glyph="late"))
    end_s = time.monotonic() + 5
    while screen.frames[-1][0] != "late":
        assert time.monotonic() < end_s
    screen.player.close()
    assert next(ms for glyph, ms in screen.frames if glyph == "late") < 900


def test_a_light_that_fails_is_told_once_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    screen = Screen()
    screen.broken = True
    for number, glyph in enumerate(("due", "late"), start=1):
        screen.player.show(PanelView(glyph=glyph))  # type: ignore[arg-type] # both are glyphs
        screen.wait_for(number)
    screen.broken = False
    screen.player.show(PanelView(glyph="thanks"))
    screen.wait_for(3)
    screen.player.close()
    assert caplog.text.count("The screen shows nothing: no such device") == 1


def test_closing_darkens_once_even_if_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    screen = Screen()
    screen.broken = True
    screen.player.close()
    screen.player.close()
    assert screen.dark == 1
    assert "could not be darkened" in caplog.text


class Horn:
    """Collects tones."""

    def __init__(self) -> None:
        self.tones: list[int] = []
        self.broken = False
        self.heard = threading.Condition()
        self.player = SoundPlayer(self.tone)

    def tone(self, hz: int) -> None:
        with self.heard:
            self.tones.append(hz)
            self.heard.notify_all()
        if self.broken:
            raise OSError("no such device")

    def wait_for(self, true: Callable[[], bool]) -> None:
        with self.heard:
            assert self.heard.wait_for(true, timeout=5), self.tones


def test_a_sound_is_played_note_by_note_and_ends_in_silence() -> None:
    horn = Horn()
    horn.player.play("chime")
    horn.wait_for(lambda: len(horn.tones) == 4)
    assert horn.tones == [784, 0, 1047, 0]
    horn.player.close()


def test_a_sound_gives_way_to_the_next_at_once() -> None:
    horn = Horn()
    horn.player.play("insistent")
    horn.wait_for(lambda: horn.tones == [1047])
    horn.player.play("fault")
    horn.wait_for(lambda: 523 in horn.tones)
    assert horn.tones == [1047, 0, 523]
    horn.player.close()
    assert horn.tones[-1] == 0


def test_none_makes_silence_and_closing_does_too() -> None:
    horn = Horn()
    horn.player.play("insistent")
    horn.wait_for(lambda: horn.tones == [1047])
    horn.player.play("none")
    horn.wait_for(lambda: horn.tones[-1] == 0)
    horn.player.close()
    horn.player.close()
    assert 784 not in horn.tones


def test_a_buzzer_that_fails_is_told_once_and_played_on(caplog: pytest.LogCaptureFixture) -> None:
    horn = Horn()
    horn.broken = True
    horn.player.play("chime")
    horn.wait_for(lambda: len(horn.tones) == 4)
    horn.broken = False
    horn.player.play("chime")
    horn.wait_for(lambda: len(horn.tones) == 8)
    horn.player.close()
    assert caplog.text.count("The buzzer is silent: no such device") == 1


class Part:
    """A panel that writes down what it is told."""

    def __init__(self, log: list[str], name: str) -> None:
        self.log = log
        self.name = name
        self.lives = True

    def show(self, view: PanelView) -> None:
        self.log.append(f"{self.name} shows {view.glyph}")

    def play(self, sound: Sound) -> None:
        self.log.append(f"{self.name} plays {sound}")

    def alive(self) -> bool:
        return self.lives

    def close(self) -> None:
        self.log.append(f"{self.name} closes")


def test_a_combined_panel_tells_every_part_and_frees_the_pins_last() -> None:
    log: list[str] = []
    panel = CombinedPanel((Part(log, "lights"), Part(log, "buzzer")), then=lambda: log.append("pins free"))
    panel.show(PanelView(glyph="due"))
    panel.play("chime")
    panel.close()
    assert log == [
        "lights shows due",
        "buzzer shows due",
        "lights plays chime",
        "buzzer plays chime",
        "lights closes",
        "buzzer closes",
        "pins free",
    ]


def test_a_combined_panel_is_as_alive_as_the_least_of_its_parts() -> None:
    lights, buzzer = Part([], "lights"), Part([], "buzzer")
    panel = CombinedPanel((lights, buzzer), then=lambda: None)
    assert panel.alive()
    buzzer.lives = False
    assert not panel.alive()


def test_law_11_a_driver_that_holds_a_frame_or_a_tone_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread lives on in its driver, and nothing is shown any more."""
    held, touched = threading.Event(), threading.Semaphore(0)

    def hang(*_: object) -> None:
        touched.release()
        held.wait(20)

    frames, tones = FramePlayer(hang, lambda: None, title="matrix"), SoundPlayer(hang)
    monkeypatch.setattr(player_module, "DEAF_S", 0.0)
    assert frames.alive(), "it waits, and holds nobody"
    assert tones.alive()
    frames.show(PanelView(glyph="due"))
    tones.play("chime")
    assert touched.acquire(timeout=5)
    assert touched.acquire(timeout=5)
    assert not frames.alive()
    assert not tones.alive()
    monkeypatch.undo()
    assert frames.alive(), "a slow driver is none that hangs"
    assert tones.alive()
    held.set()
    frames.close()
    tones.close()
    assert not frames.alive()
    assert not tones.alive()


class Keys:
    """Buttons pressed by the test."""

    def __init__(self) -> None:
        self.report: Callable[[Press], None] | None = None
        self.lives = True
        self.closed = False

    def start(self, report: Callable[[Press], None]) -> None:
        self.report = report

    def alive(self) -> bool:
        return self.lives

    def close(self) -> None:
        self.closed = True


def test_combined_buttons_are_as_alive_as_the_least_of_them() -> None:
    first, second = Keys(), Keys()
    both: Buttons = CombinedButtons((first, second))
    heard: list[Press] = []
    both.start(heard.append)
    assert first.report is not None
    assert second.report is not None
    first.report(Press(button="help", mono_ms=1))
    second.report(Press(button="quiet", mono_ms=2))
    assert [press.button for press in heard] == ["help", "quiet"]
    assert both.alive()
    second.lives = False
    assert not both.alive()
    both.close()
    assert first.closed
    assert second.closed


def test_a_box_without_buttons_is_not_deaf() -> None:
    assert CombinedButtons(()).alive()
