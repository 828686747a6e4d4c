"""How is an amount of tablets read that somebody typed, and what is said when it cannot be?"""

from __future__ import annotations

import math

from hub.asking.answers import Refused
from hub.care.people import Household

TABLETS_MAX = 100_000


def tablets_read(household: Household, regimen: str, text: str) -> float:
    """Read how many tablets of a regimen somebody means.

    Raises:
        Refused: It is no number, below nothing, beyond all reason, or a part this tablet does not come in.

    """
    try:
        tablets = float(text.strip().replace("½", ".5"))
    except ValueError as error:
        raise Refused(f"{text[:40]!r} is not a number of tablets such as 28 or 14.5") from error
    if not math.isfinite(tablets) or not 0 <= tablets <= TABLETS_MAX:
        raise Refused(f"{text[:40]} tablets cannot be: 0 to {TABLETS_MAX} can")
    medicine = household.medicines[household.regimens[regimen].medicine]
    if tablets % medicine.smallest_part:
        raise Refused(
            f"{text[:40]} tablets cannot be: {medicine.id} comes in steps of {medicine.smallest_part:g}"
        )
    return tablets


def whole_read(text: str, what: str) -> int:
    """Read a whole number of things.

    Raises:
        Refused: It is no whole number from 1 to 1,000.

    """
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= 1_000):
        raise Refused(f"{text[:40]!r} is not a number of {what} from 1 to 1,000")
    return int(text)
