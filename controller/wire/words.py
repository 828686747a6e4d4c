"""Which words and bounds does every message share?"""

from __future__ import annotations

from typing import Annotated, Literal

from controller.wire.marks import AsInstant, Pattern, Within

Instant = Annotated[int, AsInstant()]
"""Unix milliseconds in the programs, UTC text on the wire."""

Slug = Annotated[str, Pattern(r"[a-z0-9][a-z0-9-]{0,31}")]
"""An id that is safe in a topic, a file name and an address: of a box, a person, a compartment."""

SlotId = Annotated[str, Pattern(r"[a-z0-9][a-z0-9-]{0,31}/\d{4}-\d\d-\d\d/\d\d:\d\d")]
"""`regimen/local-date/HH:MM`, such as `azathioprine/2026-11-23/08:00`."""

Word = Annotated[str, Pattern(r"[a-z0-9][a-z0-9_.-]{0,63}")]
"""One machine word, such as the `because` of a verdict."""

Version = Literal[1]
Sequence = Annotated[int, Within(1, 2**53 - 1)]
OPENINGS_MAX = 10_000
Openings = Annotated[int, Within(0, OPENINGS_MAX)]
"""A number of openings; a box counts no further."""
Tablets = Annotated[float, Within(0.125, 100)]
Temperature = Annotated[float, Within(-60, 130)]
"""Degrees Celsius."""
Humidity = Annotated[float, Within(0, 100)]
"""Per cent relative humidity."""
Brightness = Annotated[float, Within(0, 100)]
"""Per cent of the brightest light that a sensor can tell."""

ClockTrust = Literal["synced", "rtc", "untrusted"]
Presence = Literal["online", "offline"]
Timing = Literal["early", "on_time", "late"]
Evidence = Literal["lid", "button", "caregiver", "none"]
Level = Literal["info", "low", "medium", "high"]
"""How grave it is that a storage limit has been passed."""
ExcursionKind = Literal["hot", "damp", "cold", "condensation", "light", "stale"]
