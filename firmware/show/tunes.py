"""How does each sound go?

Tones lie between 500 and 1500 Hz, which old ears still hear. Each is told from every other by its rhythm
alone, so that it is known without an ear for pitch. Two tunes are at least two
tones or pauses apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from firmware.ports import Sound

SHORT_MS = 130
LONG_MS = 450
GAP_MS = 110
PAUSE_MS = 420

RHYTHMS: Final[dict[Sound, str]] = {
    "none": "",
    "chime": ".-",
    "double_chime": ".- .-",
    "insistent": "...-",
    "late": "..- ..-",
    "wrong": ".....",
    "extra": "-.-.-",
    "held": "--..",
    "unheard": "... ---",
    "find_me": ".. .. ..",
    "cannot_record": "----",
    "no_plan": "--- .",
    "clock": ". . . .",
    "fault": "- - -",
    "hot": ". .. ...",
    "damp": "... .. .",
    "cold": "- ... -",
    "low_supply": "-.",
    "no_hub": ". - .",
}
"""A dot is a short tone, a dash a long one, a blank a pause that stands for the gap between two tones."""

PITCHES: Final[dict[Sound, tuple[int, ...]]] = {
    "chime": (784, 1047),
    "double_chime": (784, 1047),
    "insistent": (1047, 1047, 1047, 784),
    "late": (880, 880, 1175),
    "wrong": (1397,),
    "extra": (1397, 1047),
    "held": (1047, 1047, 1397, 1397),
    "unheard": (1397, 1397, 1397, 784, 784, 784),
    "find_me": (1047, 1319),
    "cannot_record": (523,),
    "no_plan": (659, 659, 659, 523),
    "clock": (659, 523),
    "fault": (523,),
    "hot": (587, 698, 698, 880, 880, 880),
    "damp": (880, 880, 880, 698, 698, 587),
    "cold": (784, 1047, 1047, 1047, 784),
    "low_supply": (784, 622),
    "no_hub": (784, 587, 784),
}
"""The pitches of a sound in hertz, taken by turns."""


@dataclass(frozen=True, slots=True)
class Note:
    """A tone, or silence for `hz` 0."""

    hz: int
    ms: int


def _tune(sound: Sound) -> tuple[Note, ...]:
    notes: list[Note] = []
    tones = 0
    for beat in RHYTHMS[sound]:
        if beat == " ":
            notes[-1] = Note(0, PAUSE_MS)
            continue
        pitches = PITCHES[sound]
        notes += [Note(pitches[tones % len(pitches)], SHORT_MS if beat == "." else LONG_MS), Note(0, GAP_MS)]
        tones += 1
    return tuple(notes[:-1])


SOUNDS: Final[dict[Sound, tuple[Note, ...]]] = {sound: _tune(sound) for sound in RHYTHMS}


def length_ms(sound: Sound) -> int:
    """Return how long a sound is."""
    return sum(note.ms for note in SOUNDS[sound])
