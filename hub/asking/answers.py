"""In which form does a command of the care answer, and how does it refuse?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from controller.wire.shape import write_json
from hub.errors import HubError


class Refused(HubError, ValueError):
    """What was asked for makes no sense as it stands."""


def answer(asked: argparse.Namespace, lines: Sequence[str], plain: Any) -> int:
    """Say what was asked for, as lines or as one JSON object."""
    sys.stdout.write(f"{write_json(plain)}\n" if asked.json else "".join(f"{line}\n" for line in lines))
    return 0
