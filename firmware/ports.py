"""What must any box be able to do? The protocols that real and simulated hardware both keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

BootClock = Callable[[], int]
"""Returns milliseconds on CLOCK_BOOTTIME (or a clock that stands in for it); never goes back."""

LidSource = Literal["edge", "poll", "at_boot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LidReading:
    """A debounced change of one lid. `mono_ms` is the boot clock at the first edge of the change.

    `bounces` counts the edges after the first one, before the contact rested; 0 where nothing counts them.
    """

    compartment: str
    open: bool
    mono_ms: int
    because: LidSource
    bounces: int = 0


class Lids(Protocol):
    """The switches under the lids."""

    def start(self, report: Callable[[LidReading], None]) -> Mapping[str, bool]:
        """Begin to watch and return the baseline: compartment to whether its lid is open.

        `report` is then called from a worker thread, once for each debounced change, in the order of
        the changes and never twice at a time. It must not block for long and must not raise.
        """
        ...

    def alive(self) -> bool:
        """Tell whether changes would still be noticed (worker and notify threads live)."""
        ...

    def close(self) -> None:
        """Stop watching and free the pins. Safe to call twice."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ClimateReading:
    """Air temperature and relative humidity, corrected for the heat of the computer.

    `light_pct` is from a sensor that sees light: 100 is as bright as it can tell.
    """

    temperature_c: float
    humidity_pct: float
    light_pct: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoReading:
    """A reading that failed; `because` is one machine word such as `crc`, `absent`, `not_ready`."""

    because: str


class Climate(Protocol):
    """A humidity and temperature sensor."""

    name: str

    def read(self) -> ClimateReading | NoReading:
        """Read once. Never raises: what fails is a `NoReading`. May take a quarter of a second."""
        ...

    def close(self) -> None:
        """Free the bus. Safe to call twice."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceReading:
    """What the computer in the box measures of itself; what it cannot measure is `None`.

    `under_voltage` also covers the seconds before; `card_written_bytes` counts since the machine started.
    """

    under_voltage: bool | None = None
    cpu_c: float | None = None
    disk_free_pct: float | None = None
    card_written_bytes: int | None = None
    wifi_dbm: int | None = None
    battery_pct: float | None = None
    battery_v: float | None = None


class Device(Protocol):
    """The computer in the box."""

    def read(self) -> DeviceReading:
        """Measure once. Never raises. May wait for a bus or a slow card."""
        ...

    def close(self) -> None:
        """Free what was opened. Safe to call twice."""
        ...


Colour = Literal["blue", "amber", "white", "red", "green"]
Light = Literal[
    "off", "steady", "slow_pulse", "double_blink", "quick_double", "triple_blink", "fast_blink", "long_short",
    "double_dark",
]  # fmt: skip
"""All patterns stay under three flashes a second (WCAG 2.2, 2.3.1)."""

Sound = Literal[
    "none", "chime", "double_chime", "insistent", "late", "wrong", "extra", "held", "unheard", "find_me",
    "cannot_record", "no_plan", "clock", "fault", "hot", "damp", "cold", "low_supply", "no_hub",
]  # fmt: skip
"""`unheard`: help was asked for, and nobody hears it."""

Glyph = Literal[
    "idle", "due", "late", "wrong", "extra", "held", "refill", "damp", "hot", "cold", "no_hub", "no_plan",
    "clock", "fault", "cannot_record", "low_supply", "thanks", "find_me",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp:
    """What the light at one compartment does."""

    colour: Colour
    light: Light


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelView:
    """Everything the patient sees now. Two equal views look the same.

    `lamps` maps compartments to their lights; a compartment that is not named is dark.
    `glyph` is the one large sign on the matrix; `marks` are small steady signs beside it. A `dim` view is
    shown as darkly as can still be seen.
    """

    glyph: Glyph = "idle"
    lamps: Mapping[str, Lamp] = field(default_factory=dict)
    marks: tuple[Glyph, ...] = ()
    text: str = ""
    dim: bool = False


class Panel(Protocol):
    """Lights and sound. No method ever blocks on a light or a sound, and none raises."""

    def show(self, view: PanelView) -> None:
        """Show this view until the next one."""
        ...

    def play(self, sound: Sound) -> None:
        """Play a sound once; a sound that is still playing gives way."""
        ...

    def alive(self) -> bool:
        """Tell whether a view or a sound would still come through; one that fails is one that comes."""
        ...

    def close(self) -> None:
        """Go dark and silent and free the pins. Safe to call twice."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """A sentence to be said aloud, and the state that a recording of it is named after.

    It waits for `after`, the sound that is played first.
    """

    state: Glyph
    words: str
    after: Sound = "none"


class Voice(Protocol):
    """Says sentences. No method ever blocks or raises: a box that cannot speak has signs and tunes."""

    def say(self, utterance: Utterance) -> None:
        """Say this from now on; a sentence that is still being said gives way."""
        ...

    def close(self) -> None:
        """Fall silent. Safe to call twice."""
        ...


Button = Literal["snooze", "taken_elsewhere", "help", "refill", "quiet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button went down, or (`down` false) was let go, at `mono_ms` on the boot clock."""

    button: Button
    mono_ms: int
    down: bool = True


class Buttons(Protocol):
    """The buttons or joystick of the patient."""

    def start(self, report: Callable[[Press], None]) -> None:
        """Begin to watch; `report` is called from one worker thread and must not raise."""
        ...

    def alive(self) -> bool:
        """Tell whether presses would still be noticed."""
        ...

    def close(self) -> None:
        """Stop watching. Safe to call twice."""
        ...


LockSide = Literal["open", "locked"]

WAYS_OUT: tuple[Button, ...] = ("help", "refill")
"""The buttons that open the lock when one of them is held: the way out when nothing else opens it."""


class Lock(Protocol):
    """The lock that holds all lids. No method ever blocks on it, and none raises."""

    def engage(self) -> None:
        """Hold the lids from now on; asked again, try again."""
        ...

    def release(self) -> None:
        """Let the lids be opened from now on; asked again, try again."""
        ...

    def alive(self) -> bool:
        """Tell whether an order would still come through; a lock that fails is one that is tried again."""
        ...

    def close(self) -> None:
        """Leave the lock to itself: without power, as the home decided. Safe to call twice."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A part that should be there and is not. `word` names it for machines; no two parts share one."""

    word: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxHardware:
    """The parts of one opened box.

    The first of `climates` is the medicine's: its storage is judged by that one. `missing` is what people
    have to mend; `notes` says in sentences what else is good to know.
    """

    compartments: tuple[str, ...]
    lids: Lids
    climates: tuple[Climate, ...]
    panel: Panel
    buttons: Buttons
    lock: Lock | None = None
    voice: Voice | None = None
    notes: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()

    def deaf(self) -> str | None:
        """Say which part no longer notices or shows anything, if one does not. A voice is no such part."""
        if not self.lids.alive():
            return "the lids are no longer watched"
        if not self.buttons.alive():
            return "the buttons are no longer watched"
        if not self.panel.alive():
            return "the lights or the buzzer hang in their driver"
        if self.lock is not None and not self.lock.alive():
            return "the lock hangs in its driver"
        return None

    def close(self) -> None:
        """Close every part."""
        self.lids.close()
        self.buttons.close()
        if self.lock is not None:
            self.lock.close()
        self.panel.close()
        if self.voice is not None:
            self.voice.close()
        for climate in self.climates:
            climate.close()
