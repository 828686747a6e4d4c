"""What is a planted mistake, and which test must notice it?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

Spoil = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Mistake:
    """What is broken, how, and the test that must fail then.

    `also` are the exceptions besides a failed assertion by which that test may fail.
    """

    breaks: str
    spoil: Spoil
    noticed_by: Callable[..., None]
    also: tuple[type[BaseException], ...] = ()


def instead(place: object, name: str, wrong: object, *, hides_builtin: bool = False) -> Spoil:
    """Return what puts something wrong in the place of something shipped, or before something built in."""
    return lambda patch: patch.setattr(place, name, wrong, raising=not hides_builtin)
