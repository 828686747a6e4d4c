"""Where does this hub live, which broker does it speak to, and by which clock?

The file holds only how a hub is installed; who lives in the home is a household, which is imported.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

from controller.wire.clocks import Clock, CompressedClock, SystemClock
from controller.wire.errors import Malformed
from controller.wire.instants import SECOND_MS, instant_ms
from hub.config_table import ConfigTable
from hub.errors import ConfigRefused
from hub.letters.parcels import USUAL_PACE, Pace

DATABASE = "hub.db"
SECRET = "web.key"

MqttChoice = Literal["auto", "5", "3.1.1"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Certificates for the broker: whom we trust, and who we are."""

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """How to reach the broker. The password lives in a file of its own, never in the configuration."""

    host: str = "127.0.0.1"
    port: int = 1883
    user: str = "hub"
    password_file: Path | None = None
    tls: Tls | None = None
    mqtt: MqttChoice = "auto"

    def password(self) -> str | None:
        """Read the password.

        Raises:
            ConfigRefused: The file cannot be read or is empty.

        """
        if self.password_file is None:
            return None
        try:
            text = self.password_file.read_text(encoding="utf-8-sig").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigRefused(f"the password file {self.password_file} cannot be read: {error}") from error
        if not text:
            raise ConfigRefused(f"the password file {self.password_file} is empty")
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Whether messages to people leave the house, how long one may take, and how many may come at once."""

    enabled: bool = True
    timeout_s: float = 30.0
    pace: Pace = USUAL_PACE


@dataclass(frozen=True, slots=True, kw_only=True)
class WatcherSettings:
    """Where to say that the hub is well, how often, and what is added for each word; without `url`, nowhere.

    The address is a secret: whoever knows it can say that all is well.
    """

    url: str = field(default="", repr=False)
    every_s: float = 60.0
    timeout_s: float = 10.0
    start: str = "/start"
    success: str = ""
    fail: str = "/fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """Where pages for caregivers are served, and what the links to them begin with, as others reach it."""

    url: str
    host: str = "127.0.0.1"
    port: int = 8780


@dataclass(frozen=True, slots=True, kw_only=True)
class HubConfig:
    """One hub as it is installed. `medicines` are folders of the home's own medicine files.

    A hub that has not moved for `lease_ms` may be replaced by one that stands by.
    `signed_acks`: an answer over MQTT must prove by a key that it is by the caregiver it names.
    """

    directory: Path
    broker: Broker = field(default_factory=Broker)
    notify: Notify = field(default_factory=Notify)
    watcher: WatcherSettings = field(default_factory=WatcherSettings)
    web: Web | None = None
    signed_acks: bool = False
    clock: Clock = field(default_factory=SystemClock)
    medicines: tuple[Path, ...] = ()
    lease_ms: int = 60 * SECOND_MS

    @property
    def database(self) -> Path:
        """Name the file that holds everything the hub knows."""
        return self.directory / DATABASE

    @property
    def secret(self) -> Path:
        """Name the file that holds what links are signed with."""
        return self.directory / SECRET


def read_config(path: Path) -> HubConfig:
    """Read a hub's configuration. Relative paths in it are relative to the file.

    Raises:
        ConfigRefused: It is missing, malformed, or asks for something that cannot be; the text
            names the file and the key.

    """
    try:
        # Notepad begins a file with a mark that TOML does not know.
        plain = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise ConfigRefused(f"{path} does not exist; name the hub's configuration with --config") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigRefused(f"{path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigRefused(f"{path} is not TOML: {error}") from error
    return _config(ConfigTable(path, "", plain))


def _config(table: ConfigTable) -> HubConfig:
    hub, home, alerts = table.table("hub"), table.table("home"), table.table("alerts")
    config = HubConfig(
        directory=hub.path("directory", required=True) or Path(),
        broker=_broker(table.table("broker")),
        notify=_notify(table.table("notify")),
        watcher=_watcher(table.table("watcher")),
        web=_web(table.table("web")) if "web" in table.keys else None,
        signed_acks=alerts.plain("signed_acks", bool, False),
        clock=_clock(table.table("clock")),
        medicines=home.paths("medicines"),
        lease_ms=_within(hub, "lease_s", 60, 2, 3_600) * SECOND_MS,
    )
    for done in (hub, home, alerts, table):
        done.refuse_the_rest()
    return config


def _broker(table: ConfigTable) -> Broker:
    fallback = Broker()
    port = table.plain("port", int, fallback.port)
    if not 1 <= port <= 65_535:
        raise table.refusal("port", f"is {port}, outside 1 to 65535")
    mqtt = str(table.plain("mqtt", str, "auto"))
    if mqtt not in ("auto", "5", "3.1.1"):
        raise table.refusal("mqtt", f'is {mqtt!r}, not "auto", "5" or "3.1.1"')
    tls = _tls(table.table("tls")) if "tls" in table.keys else None
    broker = Broker(
        host=table.plain("host", str, fallback.host),
        port=port,
        user=table.plain("user", str, fallback.user),
        password_file=table.path("password_file"),
        tls=tls,
        mqtt=cast(MqttChoice, mqtt),
    )
    table.refuse_the_rest()
    return broker


def _tls(table: ConfigTable) -> Tls:
    tls = Tls(ca=table.path("ca"), cert=table.path("cert"), key=table.path("key"))
    table.refuse_the_rest()
    if (tls.cert is None) != (tls.key is None):
        raise table.refusal("cert", "and key belong together; one of them is missing")
    return tls


def _notify(table: ConfigTable) -> Notify:
    timeout_s = table.plain("timeout_s", float, Notify().timeout_s)
    if not 1 <= timeout_s <= 300:
        raise table.refusal("timeout_s", f"is {timeout_s:g}, outside 1 to 300 seconds")
    enabled = table.plain("enabled", bool, True)
    pace = Pace(
        gather_ms=_within(table, "gather_s", USUAL_PACE.gather_ms // SECOND_MS, 0, 600) * SECOND_MS,
        most=_within(table, "most", USUAL_PACE.most, 1, 1_000),
        span_ms=_within(table, "most_within_s", USUAL_PACE.span_ms // SECOND_MS, 1, 3_600) * SECOND_MS,
    )
    table.refuse_the_rest()
    return Notify(enabled=enabled, timeout_s=timeout_s, pace=pace)


def _watcher(table: ConfigTable) -> WatcherSettings:
    usual = WatcherSettings()
    url = table.plain("url", str, "")
    if url and not url.startswith(("https://", "http://")):
        raise table.refusal("url", "does not begin with https:// or http://")
    every_s = table.plain("every_s", float, usual.every_s)
    timeout_s = table.plain("timeout_s", float, usual.timeout_s)
    for key, found in (("every_s", every_s), ("timeout_s", timeout_s)):
        if not 1 <= found <= 3_600:
            raise table.refusal(key, f"is {found:g}, outside 1 to 3600 seconds")
    start, success, fail = (
        table.plain(key, str, getattr(usual, key)) for key in ("start", "success", "fail")
    )
    table.refuse_the_rest()
    return WatcherSettings(
        url=url.rstrip("/"), every_s=every_s, timeout_s=timeout_s, start=start, success=success, fail=fail
    )


def _within(table: ConfigTable, key: str, fallback: int, least: int, most: int) -> int:
    found = table.plain(key, int, fallback)
    if not least <= found <= most:
        raise table.refusal(key, f"is {found}, outside {least} to {most}")
    return found


def _web(table: ConfigTable) -> Web:
    listen = table.plain("listen", str, "127.0.0.1:8780")
    host, _, digits = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not re.fullmatch(r"[0-9]{1,5}", digits, re.ASCII) or not 1 <= int(digits) <= 65_535:
        raise table.refusal("listen", f"is {listen!r}, not an address with a port such as 127.0.0.1:8780")
    url = table.plain("url", str, "").rstrip("/")
    if not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?", url, re.ASCII):
        why = (
            f"is {url!r}, not what links begin with, such as https://pillbox.example" if url else "is missing"
        )
        raise table.refusal("url", why)
    table.refuse_the_rest()
    return Web(url=url, host=host, port=int(digits))


def _clock(table: ConfigTable) -> Clock:
    if "compressed" not in table.keys:
        table.refuse_the_rest()
        return SystemClock()
    compressed = table.table("compressed")
    start = compressed.plain("start", str, "")
    try:
        start_ms = instant_ms(start)
    except Malformed as error:
        raise compressed.refusal("start", str(error)) from error
    speed = compressed.plain("speed", float, 0.0)
    if not 0 < speed <= 100_000:
        raise compressed.refusal("speed", f"is {speed:g}, outside 0 to 100000")
    clock = CompressedClock(start_ms=start_ms, zero_ms=compressed.plain("zero_boot_ms", int, -1), speed=speed)
    if clock.zero_ms < 0:
        raise compressed.refusal("zero_boot_ms", "is missing or negative")
    compressed.refuse_the_rest()
    table.refuse_the_rest()
    return clock
