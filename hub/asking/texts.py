"""Can what somebody typed be kept, and read again by others as they meant it?"""

from __future__ import annotations

import argparse

from controller.wire.shown import is_one_line
from hub.asking.answers import Refused
from hub.tables import TEXT_MAX


def refuse_unreadable(asked: argparse.Namespace) -> None:
    """Let no text pass that a line, a screen or the record could not hold.

    A lot of 5,000 characters was stored once, and no program could read that patient's record after it.

    Raises:
        Refused: A text is too long, or holds a line break or another character that is not seen.

    """
    for name, value in vars(asked).items():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str):
                _refuse(name, text)


def _refuse(name: str, text: str) -> None:
    if len(text) > TEXT_MAX:
        raise Refused(f"{name} has {len(text)} characters; at most {TEXT_MAX} are read")
    if not is_one_line(text):
        raise Refused(f"{name} must be one line, without characters that are not seen: {text[:60]!a}")
