"""Does a slip of the pen in the hub's configuration get a sentence that names file and key?"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.wire.clocks import CompressedClock, SystemClock
from hub.config import Web, read_config
from hub.errors import ConfigRefused

ROOT = Path(__file__).parent.parent


def config_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "hub.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_that_is_shipped_is_read() -> None:
    config = read_config(ROOT / "deploy" / "hub.toml")
    assert config.broker.host == "127.0.0.1", "nothing points elsewhere unless somebody says so"
    assert config.notify.enabled
    assert isinstance(config.clock, SystemClock)


def test_what_is_left_out_is_the_careful_choice(tmp_path: Path) -> None:
    config = read_config(config_file(tmp_path, '[hub]\ndirectory = "/var/lib/x"'))
    assert (config.broker.host, config.broker.port, config.broker.user) == ("127.0.0.1", 1883, "hub")
    assert config.broker.mqtt == "auto"
    assert config.database == Path("/var/lib/x/hub.db")


def test_relative_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    text = """
    [hub]
    directory = "state"
    [broker]
    password_file = "secrets/hub"
    tls = { ca = "ca.pem", cert = "hub.pem", key = "hub.key" }
    [home]
    medicines = ["mine"]
    """
    config = read_config(config_file(tmp_path, text))
    assert config.directory == tmp_path / "state"
    assert config.broker.password_file == tmp_path / "secrets" / "hub"
    assert config.broker.tls is not None
    assert config.broker.tls.ca == tmp_path / "ca.pem"
    assert config.medicines == (tmp_path / "mine",)


def test_a_compressed_clock_runs_from_its_three_numbers(tmp_path: Path) -> None:
    text = """
    [hub]
    directory = "x"
    [clock]
    compressed = { start = "2026-11-23T06:00:00Z", zero_boot_ms = 5, speed = 1440 }
    """
    clock = read_config(config_file(tmp_path, text)).clock
    assert clock == CompressedClock(start_ms=1_795_413_600_000, zero_ms=5, speed=1440.0)


@pytest.mark.parametrize(
    ("listen", "host", "port"),
    [("", "127.0.0.1", 8780), ("[::1]:81", "::1", 81), ("0.0.0.0:443", "0.0.0.0", 443)],
)
def test_pages_are_served_only_where_somebody_says_so(
    tmp_path: Path, listen: str, host: str, port: int
) -> None:
    assert read_config(config_file(tmp_path, "[hub]\ndirectory = 'x'")).web is None
    where = f"listen = '{listen}'" if listen else ""
    text = f"[hub]\ndirectory = 'x'\n[web]\nurl = 'https://pillbox.example/home/'\n{where}"
    assert read_config(config_file(tmp_path, text)).web == Web(
        url="https://pillbox.example/home", host=host, port=port
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[hub]", r"\[hub\] directory is missing"),
        ("", r"\[hub\] directory is missing"),
        ("[hub]\ndirectory = 5", r"\[hub\] directory is 5, not text"),
        ("[hub]\ndirctory = 'x'", r"\[hub\] dirctory is not known; did you mean 'directory'"),
        (
            "[hub]\ndirektory = 'x'\ndirectory = 'x'",
            r"\[hub\] direktory is not known; did you mean 'directory'",
        ),
        ("hub = 1", "hub is a single value, not a table"),
        ("[hubs]\nx = 1\n[hub]\ndirectory = 'x'", "hubs is not known; did you mean 'hub'"),
        ("[hub]\ndirectory = 'x'\n[broker]\nport = '1883'", r"\[broker\] port is '1883', not a whole number"),
        ("[hub]\ndirectory = 'x'\n[broker]\nport = true", r"\[broker\] port is True, not a whole number"),
        ("[hub]\ndirectory = 'x'\n[broker]\nport = 70000", "outside 1 to 65535"),
        ("[hub]\ndirectory = 'x'\n[broker]\nmqtt = '4'", r"\[broker\] mqtt is '4'"),
        ("[hub]\ndirectory = 'x'\n[broker]\nprot = 1", r"\[broker\] prot is not known; did you mean 'port'"),
        ("[hub]\ndirectory = 'x'\n[broker.tls]\ncert = 'a'", "one of them is missing"),
        (
            "[hub]\ndirectory = 'x'\n[broker.tls]\ncertificate = 'a'",
            r"\[broker.tls\] certificate is not known",
        ),
        ("[hub]\ndirectory = 'x'\n[notify]\nenabled = 'yes'", "not true or false"),
        ("[hub]\ndirectory = 'x'\n[notify]\ntimeout_s = 0", "outside 1 to 300"),
        ("[hub]\ndirectory = 'x'\n[notify]\ntimeout_s = nan", "outside 1 to 300"),
        ("[hub]\ndirectory = 'x'\n[web]", r"\[web\] url is missing"),
        ("[hub]\ndirectory = 'x'\n[web]\nurl = 'pillbox.example'", "not what links begin with"),
        ("[hub]\ndirectory = 'x'\n[web]\nurl = 'https://a.example/?x=1'", "not what links begin with"),
        ("[hub]\ndirectory = 'x'\n[web]\nurl = 'https://a, b'", "not what links begin with"),
        ("[hub]\ndirectory = 'x'\n[web]\nurl = 'https://a'\nlisten = '8780'", "not an address with a port"),
        (
            "[hub]\ndirectory = 'x'\n[web]\nurl = 'https://a'\nlisten = 'a:99999'",
            "not an address with a port",
        ),
        ("[hub]\ndirectory = 'x'\n[web]\nurl = 'https://a'\nport = 1", r"\[web\] port is not known"),
        ("[hub]\ndirectory = 'x'\n[clock]\nspeed = 2", r"\[clock\] speed is not known"),
        ("[hub]\ndirectory = 'x'\n[clock.compressed]\nspeed = 2", r"\[clock.compressed\] start"),
        (
            "[hub]\ndirectory = 'x'\n[clock]\ncompressed = {start='2026-11-23T06:00:00Z', speed=2}",
            "zero_boot_ms is missing",
        ),
        (
            "[hub]\ndirectory = 'x'\n[clock]\ncompressed = {start='2026-11-23T06:00:00Z', zero_boot_ms=1}",
            "speed is 0",
        ),
        ("[hub]\ndirectory = 'x'\n[home]\nmedicines = 'mine'", "not a list of folders"),
        ("[hub\n", "is not TOML"),
    ],
)
def test_a_slip_is_refused_by_file_and_key(tmp_path: Path, text: str, why: str) -> None:
    path = config_file(tmp_path, text)
    with pytest.raises(ConfigRefused, match=why) as refused:
        read_config(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value) or "TOML" in str(refused.value)


def test_the_mark_that_notepad_puts_in_front_is_read_over(tmp_path: Path) -> None:
    path = config_file(tmp_path, "[hub]\ndirectory = 'x'\n[broker]\npassword_file = 'secret'")
    for name in (path, tmp_path / "secret"):
        text = name.read_text() if name.exists() else "open sesame"
        name.write_text(text, encoding="utf-8-sig")
    assert read_config(path).broker.password() == "open sesame"


def test_a_missing_or_unreadable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefused, match="does not exist"):
        read_config(tmp_path / "nowhere.toml")
    with pytest.raises(ConfigRefused, match="cannot be read"):
        read_config(tmp_path)
    strange = tmp_path / "strange.toml"
    strange.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigRefused, match="cannot be read"):
        read_config(strange)


def test_the_password_comes_from_its_own_file(tmp_path: Path) -> None:
    path = config_file(tmp_path, "[hub]\ndirectory = 'x'\n[broker]\npassword_file = 'secret'")
    broker = read_config(path).broker
    with pytest.raises(ConfigRefused, match="cannot be read"):
        broker.password()
    (tmp_path / "secret").write_text("\n")
    with pytest.raises(ConfigRefused, match="is empty"):
        broker.password()
    (tmp_path / "secret").write_text("hunter2\n")
    assert broker.password() == "hunter2"
    assert "hunter2" not in repr(broker)


_plain = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 70_000) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    section=st.sampled_from(
        ["hub", "broker", "notify", "web", "clock", "home", "clock.compressed", "broker.tls"]
    ),
    key=st.sampled_from(
        ["directory", "host", "port", "mqtt", "url", "listen", "enabled", "start", "speed", "medicines", "ca"]
    ),
    value=_plain,
)
def test_whatever_stands_there_is_read_or_refused(
    tmp_path: Path, section: str, key: str, value: object
) -> None:
    written = repr(value).replace("True", "true").replace("False", "false").replace("None", '""')
    path = config_file(tmp_path, f"[{section}]\n{key} = {written}\n")
    try:
        read_config(path)
    except ConfigRefused as error:
        refused = str(error)
    else:
        refused = ""
    assert refused == "" or str(path) in refused
