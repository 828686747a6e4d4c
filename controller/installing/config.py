"""What did the installer say about this box, its broker and its clock?

TOML into frozen dataclasses. A key nobody knows is an error that names file and key: a misspelt pin that
is silently ignored is a lid that is silently not watched. Secrets stay in files of their own.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, cast, get_args

from controller.errors import ConfigRefused
from controller.installing.panel_table import panel_settings
from controller.installing.parts import box_name, box_settings
from controller.installing.table import Table
from controller.wire.clocks import Clock, CompressedClock, SystemClock
from controller.wire.errors import Malformed
from controller.wire.instants import instant_ms
from controller.wire.words import ClockTrust
from controller.witness.telling.hours import Hours
from firmware.board import BoxSettings
from firmware.device.fuel_gauge import UpsSettings
from firmware.errors import WiringRefused

Protocol = Literal["auto", "5", "3.1.1"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Certificates for the way to the broker; `cert` and `key` only where it wants to know the box."""

    ca: Path
    cert: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerSettings:
    """Where the broker is and how to log in. User and client id are the box itself."""

    host: str = "127.0.0.1"
    port: int = 1883
    tls: Tls | None = None
    password: str | None = None
    protocol: Protocol = "auto"
    keepalive_s: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSettings:
    """The clock to live by; `trust` overrides what the system says of its own."""

    clock: Clock
    zero_ms: int | None = None
    trust: ClockTrust | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything about one controller."""

    box: str
    directory: Path
    settings: BoxSettings
    broker: BrokerSettings
    clock: ClockSettings
    ups: UpsSettings | None = None
    hours: Hours = field(default_factory=Hours)


def read_config(path: Path) -> Config:
    """Read a controller's configuration file.

    Raises:
        ConfigRefused: The file is missing, no TOML, or asks for something that cannot be.

    """
    try:
        # Notepad begins a file with a mark that TOML does not know.
        plain = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ConfigRefused(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigRefused(f"{path} is not TOML: {error}") from error
    except RecursionError as error:
        raise ConfigRefused(f"{path} is not TOML that can be read: it is nested too deeply") from error
    try:
        return _config(Table(plain, "", path.resolve().parent))
    except (ConfigRefused, WiringRefused) as error:
        raise ConfigRefused(f"{path}: {error}") from error
    except (ValueError, RecursionError) as error:
        # A number of thousands of digits cannot even be quoted in the sentence that refuses it.
        raise ConfigRefused(f"{path} holds a value that cannot be used: {error}") from error


def _config(root: Table) -> Config:
    box = root.table("box")
    name = box_name(box)
    directory = box.path("directory", "state")
    assert directory is not None
    settings = box_settings(root, box)
    sound, hours = panel_settings(root.table("panel"))
    broker = _broker(root.table("broker"))
    clock = _clock(root.table("clock"))
    ups = _ups(root.table("ups")) if root.has("ups") else None
    box.done()
    root.done()
    settings = replace(settings, sound=sound)
    return Config(
        box=name, directory=directory, settings=settings, broker=broker, clock=clock, ups=ups, hours=hours
    )


def _ups(table: Table) -> UpsSettings:
    ups = UpsSettings(
        i2c_bus=table.whole("i2c_bus", 1, 0, 63), address=table.whole("address", 0x36, 0x03, 0x77)
    )
    table.done()
    return ups


def _broker(table: Table) -> BrokerSettings:
    tls_given = table.has("tls")
    tls = table.table("tls")
    ca, cert, key = tls.path("ca"), tls.path("cert"), tls.path("key")
    tls.done()
    if tls_given and ca is None:
        raise tls.refusal("ca", "is missing: name the certificate that signed the broker's")
    if (cert is None) != (key is None):
        raise tls.refusal("cert", "and key go together")
    settings = BrokerSettings(
        host=table.text("host", "127.0.0.1") or "127.0.0.1",
        port=table.whole("port", 8883 if tls_given else 1883, 1, 65_535),
        tls=None if ca is None else Tls(ca=ca, cert=cert, key=key),
        password=_secret(table, "password_file"),
        protocol=cast(Protocol, table.choice("mqtt", get_args(Protocol), "auto")),
        keepalive_s=table.whole("keepalive_s", 30, 5, 600),
    )
    table.done()
    return settings


def _secret(table: Table, key: str) -> str | None:
    path = table.path(key)
    if path is None:
        return None
    try:
        return path.read_text("utf-8-sig").strip()
    except (OSError, ValueError) as error:
        raise table.refusal(key, f"names {path}, which cannot be read: {error}") from error


def _clock(table: Table) -> ClockSettings:
    trust = cast("ClockTrust | None", table.choice("trust", get_args(ClockTrust), None))
    compressed = table.table("compressed") if table.has("compressed") else None
    table.done()
    if compressed is None:
        return ClockSettings(clock=SystemClock(), trust=trust)
    start = compressed.text("start") or ""
    zero_ms = compressed.whole("zero_boot_ms", 0, 0, 2**53)
    speed = compressed.number("speed", 1.0, 0.001, 100_000)
    compressed.done()
    try:
        clock = CompressedClock(start_ms=instant_ms(start), zero_ms=zero_ms, speed=speed)
    except Malformed as error:
        raise compressed.refusal("start", str(error)) from error
    return ClockSettings(clock=clock, zero_ms=zero_ms, trust=trust or "synced")
