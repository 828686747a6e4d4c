"""How does a colour look to an eye that lacks one kind of cone?

The matrices are those of Machado, Oliveira and Fernandes (2009), "A Physiologically-based Model for
Simulation of Color Vision Deficiency", doi 10.1109/TVCG.2009.113, for a severity of 1; they are for linear
light. How far apart two colours look is their distance in CIE 1976 L*a*b* under D65.
"""

from __future__ import annotations

import math
from typing import Final, Literal

Sight = Literal["usual", "protanopia", "deuteranopia", "tritanopia"]
Light = tuple[float, float, float]
"""Linear red, green and blue from 0 to 1."""

Matrix = tuple[Light, Light, Light]

_SIGHTS: Final[dict[Sight, Matrix]] = {
    "usual": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
SIGHTS: Final = tuple(_SIGHTS)

_TO_XYZ: Final[Matrix] = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_WHITE: Final[Light] = (0.95047, 1.0, 1.08883)


def seen(light: Light, sight: Sight) -> Light:
    """Return the light that looks to the usual eye as `light` does to this one."""
    red, green, blue = _times(_SIGHTS[sight], light)
    return _clipped(red), _clipped(green), _clipped(blue)


def apart(one: Light, other: Light) -> float:
    """Return how far apart two lights look (CIE 1976 colour difference; about 2.3 is just seen)."""
    return math.dist(_lab(one), _lab(other))


def on_screen(light: Light) -> str:
    """Write a light as a colour of a screen (sRGB), such as `#00a0ff`."""
    return "#" + "".join(f"{round(255 * _encoded(part)):02x}" for part in light)


def _lab(light: Light) -> Light:
    x, y, z = (_root(part / white) for part, white in zip(_times(_TO_XYZ, light), _WHITE, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _root(part: float) -> float:
    return float(part ** (1 / 3)) if part > 216 / 24389 else (24389 / 27 * part + 16) / 116


def _times(matrix: Matrix, light: Light) -> Light:
    one, two, three = (sum(a * b for a, b in zip(row, light, strict=True)) for row in matrix)
    return one, two, three


def _clipped(part: float) -> float:
    return min(max(part, 0.0), 1.0)


def _encoded(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else float(1.055 * part ** (1 / 2.4)) - 0.055
