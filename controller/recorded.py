"""What may stand in a line of recorded input?

JSON Lines ordered by `at`: messages to the box, lids, climate, buttons, power, link and clock. Whatever
is none of these is refused with its line number: a recording that is half understood answers wrongly.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args

from controller.errors import ReplayRefused
from controller.wire.errors import Malformed
from controller.wire.events.climate import SensorRole
from controller.wire.health import Decibels, Percent, Volts
from controller.wire.marks import Within
from controller.wire.shape import from_plain, write_json
from controller.wire.topics import match_topic
from controller.wire.words import Brightness, ClockTrust, Humidity, Instant, Slug, Temperature, Word
from firmware.ports import Button, ClimateReading, DeviceReading, NoReading


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that reached the broker for the box."""

    topic: str
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lid:
    """A lid was moved."""

    lid: Slug
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Air:
    """A sensor was read: the medicine's, unless it is said to be `beside`."""

    reading: ClimateReading | NoReading
    sensor: Word | None = None
    of_medicine: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The computer in the box was measured."""

    reading: DeviceReading


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A button was pressed and let go at once; `down` says that it went down, or came up, alone."""

    button: Button
    down: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """The box was plugged in or out."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkState:
    """The network came or went."""

    up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WallClock:
    """What the wall clock of the box shows from here on, against true time."""

    trust: ClockTrust
    offset_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The recording goes on to here and no further."""


Happening = Union[Message, Lid, Air, Measured, Pressed, Power, LinkState, WallClock, End]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: its number from 1, its true instant in Unix ms, and what happened."""

    number: int
    at_ms: int
    what: Happening


@dataclass(frozen=True, slots=True, kw_only=True)
class _Air:
    temperature_c: Temperature
    humidity_pct: Humidity
    light_pct: Brightness | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failed:
    failed: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sensor:
    sensor: Word | None = None
    role: SensorRole | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Device:
    under_voltage: bool | None = None
    cpu_c: Temperature | None = None
    disk_free_pct: Percent | None = None
    card_written_bytes: Annotated[int, Within(0, 2**60)] | None = None
    wifi_dbm: Decibels | None = None
    battery_pct: Percent | None = None
    battery_v: Volts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _At:
    at: Instant


OFFSET_MAX_S = 10 * 366 * 86_400


def read_lines(lines: Iterable[str]) -> Iterator[Line]:
    """Read recorded input up to its end.

    Raises:
        ReplayRefused: A line has not the form of any, or lies before the one above it.

    """
    last_ms = 0
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            line = _read(number, text)
        except Malformed as error:
            raise ReplayRefused(f"line {number}: {error}") from error
        if line.at_ms < last_ms:
            raise ReplayRefused(f"line {number}: its instant lies before that of the line above it")
        last_ms = line.at_ms
        yield line
        if isinstance(line.what, End):
            return


def _read(number: int, text: str) -> Line:
    try:
        text.encode()
        plain = json.loads(text)
    except UnicodeEncodeError as error:
        raise Malformed("this is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise Malformed(f"this is no JSON: {error}") from error
    if not isinstance(plain, dict):
        raise Malformed('this is no JSON object such as {"at":…,"lid":…}')
    at_ms = from_plain(_At, plain, "line").at
    keys = frozenset(plain) - {"at"}
    for wanted, optional, read in _FORMS:
        if wanted <= keys <= wanted | optional:
            return Line(number=number, at_ms=at_ms, what=read(plain))
    said = ", ".join(sorted(keys)) or "nothing"
    raise Malformed(f'it says {said[:80]} beside "at"; that is none of the forms of recorded input')


def _message(plain: dict[str, Any]) -> Message:
    topic, payload = plain["topic"], plain["payload"]
    if not isinstance(topic, str) or match_topic(topic) is None:
        raise Malformed(f"{str(topic)[:80]!r} is no topic of the contract")
    if isinstance(payload, dict):
        payload = write_json(payload)
    if not isinstance(payload, str):
        raise Malformed("payload is neither an object nor text")
    return Message(topic=topic, payload=payload)


def _air(plain: dict[str, Any]) -> Air:
    named = from_plain(_Sensor, plain, "line")
    return Air(reading=_reading(plain["climate"]), sensor=named.sensor, of_medicine=named.role is None)


def _reading(plain: Any) -> ClimateReading | NoReading:
    if plain is None:
        return NoReading(because="absent")
    if isinstance(plain, dict) and set(plain) == {"failed"}:
        return NoReading(because=from_plain(_Failed, plain, "climate").failed)
    air = from_plain(_Air, plain, "climate")
    return ClimateReading(
        temperature_c=air.temperature_c, humidity_pct=air.humidity_pct, light_pct=air.light_pct
    )


def _measured(plain: dict[str, Any]) -> Measured:
    found = from_plain(_Device, plain["device"], "device")
    return Measured(reading=DeviceReading(**{name: getattr(found, name) for name in _Device.__slots__}))


def _pressed(plain: dict[str, Any]) -> Pressed:
    down = plain.get("down")
    if down is not None and not isinstance(down, bool):
        raise Malformed("down is neither true nor false")
    return Pressed(button=_choice(plain, "button", get_args(Button)), down=down)


def _clock(plain: dict[str, Any]) -> WallClock:
    trust = _choice(plain, "clock", get_args(ClockTrust))
    offset_s = plain.get("offset_s", 0)
    if isinstance(offset_s, bool) or not isinstance(offset_s, int | float):
        raise Malformed("offset_s is not a number")
    if not -OFFSET_MAX_S <= offset_s <= OFFSET_MAX_S:
        raise Malformed("offset_s is more than ten years")
    return WallClock(trust=trust, offset_ms=int(offset_s * 1000))


def _end(plain: dict[str, Any]) -> End:
    if plain["end"] is not True:
        raise Malformed("end is not true")
    return End()


def _choice(plain: dict[str, Any], key: str, choices: tuple[Any, ...]) -> Any:
    if plain[key] not in choices or not isinstance(plain[key], str):
        raise Malformed(f"{key} is {str(plain[key])[:40]!r}, not one of {', '.join(choices)}")
    return plain[key]


def _power(plain: dict[str, Any]) -> Power:
    return Power(on=_choice(plain, "power", ("off", "on")) == "on")


def _link(plain: dict[str, Any]) -> LinkState:
    return LinkState(up=_choice(plain, "link", ("up", "down")) == "up")


def _lid(plain: dict[str, Any]) -> Lid:
    return from_plain(Lid, plain, "line")


_FORMS: tuple[tuple[frozenset[str], frozenset[str], Callable[[dict[str, Any]], Happening]], ...] = (
    (frozenset({"topic", "payload"}), frozenset({"qos", "retain"}), _message),
    (frozenset({"lid", "open"}), frozenset(), _lid),
    (frozenset({"climate"}), frozenset({"sensor", "role"}), _air),
    (frozenset({"device"}), frozenset(), _measured),
    (frozenset({"button"}), frozenset({"down"}), _pressed),
    (frozenset({"power"}), frozenset(), _power),
    (frozenset({"link"}), frozenset(), _link),
    (frozenset({"clock"}), frozenset({"offset_s"}), _clock),
    (frozenset({"end"}), frozenset(), _end),
)
