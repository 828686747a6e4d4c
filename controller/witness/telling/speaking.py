"""Which sentence is said aloud, if any?

What sounds is explained, and whoever pressed a button is answered. One sentence at a time, the newest.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from controller.witness.doses.asking import WORDS
from controller.witness.doses.reminders import due_now
from controller.witness.inputs import Play, Say, Saying
from controller.witness.state import Box
from controller.witness.telling.conditions import TROUBLE
from controller.witness.telling.panel_words import aloud, due_aloud
from controller.witness.telling.showing import view
from controller.witness.telling.standing import SOUND_OF
from firmware.ports import Glyph, PanelView, Sound, Utterance

_REMINDING: Final[frozenset[Sound]] = frozenset({"chime", "double_chime", "insistent", "late"})
_WARNING: Final[frozenset[Sound]] = frozenset({"wrong", "extra", "held", "unheard", "find_me"})
_STANDING: Final[dict[Sound, Glyph]] = {sound: sign for sign, sound in SOUND_OF.items()}


def spoken(before: Box, after: Box, said: Iterable[Saying]) -> tuple[Say, ...]:
    """Return the sentence that goes with what a step has brought about."""
    sounds = [saying.sound for saying in said if isinstance(saying, Play)]
    if not sounds and before.signals is after.signals and before.mode is after.mode:
        return ()
    shown = view(after)
    if sounds:
        return _with_sound(after, shown, sounds[-1])
    old = view(before)
    if (shown.glyph, shown.text) == (old.glyph, old.text):
        return ()
    is_answer = bool(after.signals.notice) and shown.text.startswith(after.signals.notice)
    if is_answer or shown.glyph == "refill" or WORDS in shown.text:
        return _say(shown.glyph, shown.text)
    return ()


def _with_sound(box: Box, shown: PanelView, sound: Sound) -> tuple[Say, ...]:
    if sound in _REMINDING and box.now is not None:
        due = due_now(box.course, box.now.at)
        is_late = any(box.now.at > slot.late_at for slot in due)
        return _say("late" if is_late else "due", due_aloud(due, late=is_late), sound) if due else ()
    if sound in _STANDING:
        sign = _STANDING[sound]
        return _say(sign, TROUBLE[sign], sound)
    return _say(shown.glyph, shown.text, sound) if sound in _WARNING else ()


def _say(state: Glyph, text: str, after: Sound = "none") -> tuple[Say, ...]:
    return (Say(utterance=Utterance(state=state, words=aloud(text), after=after)),)
