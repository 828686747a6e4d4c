"""Does the supply hold its voltage, and how warm is the processor?"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

HWMON = Path("/sys/class/hwmon")
THERMAL = Path("/sys/class/thermal/thermal_zone0/temp")

UNDER_VOLTAGE_SENSOR = "rpi_volt"
"""The Pi's own alarm among the hwmon devices; their numbers change from boot to boot, the name does not."""

UNDER_VOLTAGE_BITS = 1 << 0 | 1 << 16
"""Of `vcgencmd get_throttled`: the voltage is too low now, or has been since this was last asked."""
VCGENCMD_S = 5.0

CPU_C = (-40.0, 125.0)
"""What a processor that still computes can have; anything else is a reading gone wrong."""

Ask = Callable[[], str]


def under_voltage(hwmon: Path = HWMON, ask: Ask | None = None) -> bool | None:
    """Tell whether the supply fell below what a Pi needs; `None` where nothing here can tell.

    The kernel's alarm is asked first: it costs no process, and needs no device of its own.
    """
    for name in sorted(hwmon.glob("hwmon*/name")):
        if _text(name) == UNDER_VOLTAGE_SENSOR:
            alarm = _text(name.with_name("in0_lcrit_alarm"))
            return None if alarm not in ("0", "1") else alarm == "1"
    return throttled((ask or ask_vcgencmd)())


def throttled(answer: str) -> bool | None:
    """Read an answer such as `throttled=0x50005`; `None` for anything else."""
    word, _, number = answer.strip().partition("=")
    try:
        return bool(int(number, 16) & UNDER_VOLTAGE_BITS) if word == "throttled" else None
    except ValueError:
        return None


def ask_vcgencmd() -> str:
    """Ask the firmware of the Pi; empty where there is none to ask."""
    try:
        done = subprocess.run(
            ["vcgencmd", "get_throttled"], capture_output=True, text=True, timeout=VCGENCMD_S, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def cpu_c(thermal: Path = THERMAL) -> float | None:
    """Return the temperature of the processor; `None` where it is not told."""
    try:
        found = round(int(_text(thermal) or "") / 1_000, 1)
    except ValueError:
        return None
    return found if CPU_C[0] <= found <= CPU_C[1] else None


def _text(path: Path) -> str | None:
    try:
        return path.read_text("ascii").strip()
    except (OSError, ValueError):
        return None
