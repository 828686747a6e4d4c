"""Is every sound heard by old ears, and known from every other by its rhythm alone?"""

from __future__ import annotations

import itertools
from typing import get_args

import pytest

from controller.witness.telling.conditions import TROUBLE
from controller.witness.telling.panel import WARNING_SOUNDS
from controller.witness.telling.standing import SOUND_OF
from firmware.ports import Sound
from firmware.show.tunes import PITCHES, RHYTHMS, SOUNDS, length_ms

ALL_SOUNDS: tuple[Sound, ...] = get_args(Sound)
HEARD = tuple(sound for sound in ALL_SOUNDS if sound != "none")


@pytest.mark.parametrize("sound", ALL_SOUNDS)
def test_every_sound_is_audible_to_old_ears_and_ends_soon(sound: Sound) -> None:
    notes = SOUNDS[sound]
    assert all(note.hz == 0 or 500 <= note.hz <= 1500 for note in notes)
    assert all(note.ms > 0 for note in notes)
    assert length_ms(sound) < 3_000
    assert (sound == "none") == (notes == ())


@pytest.mark.parametrize("sound", HEARD)
def test_a_tune_begins_and_ends_with_a_tone_and_no_two_tones_run_together(sound: Sound) -> None:
    """Two tones without a gap are one long tone to an ear that hears no pitch."""
    lit = [note.hz > 0 for note in SOUNDS[sound]]
    assert lit[0]
    assert lit[-1]
    assert all(one != other for one, other in itertools.pairwise(lit))
    assert len([beat for beat in RHYTHMS[sound] if beat != " "]) == sum(lit)


def steps_between(one: str, other: str) -> int:
    """Count the tones and pauses to be added, left out or exchanged to make one rhythm into another."""
    row = list(range(len(other) + 1))
    for place, beat in enumerate(one, 1):
        following = [place]
        for column, against in enumerate(other, 1):
            exchanged = row[column - 1] + (beat != against)
            following.append(min(row[column] + 1, following[-1] + 1, exchanged))
        row = following
    return row[-1]


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(HEARD, 2)))
def test_two_tunes_differ_in_two_beats_at_least_whatever_their_pitch(one: Sound, other: Sound) -> None:
    assert steps_between(RHYTHMS[one], RHYTHMS[other]) >= 2


def test_every_state_that_calls_has_a_sound_of_its_own() -> None:
    assert set(SOUND_OF) == set(TROUBLE)
    own = [*SOUND_OF.values(), *WARNING_SOUNDS.values(), "late", "find_me", "unheard"]
    assert len(set(own)) == len(own)
    assert set(PITCHES) == set(HEARD)
