"""Is what the installer wrote taken as meant, and every slip of the pen named with its file and key?"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from controller.errors import ConfigRefused
from controller.installing.config import Config, read_config
from controller.wire.clocks import CompressedClock, SystemClock
from controller.wire.instants import instant_ms
from firmware.board import LAYOUTS, SUGGESTED_BUZZER_PIN, SUGGESTED_LID_PINS
from tests.box_parts import REPOSITORY

LEAST = '[box]\nid = "kitchen"\n'


def read(directory: Path, text: str) -> Config:
    path = directory / "controller.toml"
    path.write_text(text, encoding="utf-8")
    return read_config(path)


def refusal(directory: Path, text: str) -> str:
    with pytest.raises(ConfigRefused) as refused:
        read(directory, text)
    said = str(refused.value)
    assert "controller.toml" in said
    assert "\n" not in said
    return said


def test_the_least_that_can_be_said_is_the_name_of_the_box(tmp_path: Path) -> None:
    config = read(tmp_path, LEAST)
    assert config.box == "kitchen"
    assert config.directory == tmp_path / "state"
    assert config.settings.compartments == LAYOUTS["7x2"]
    assert config.settings.hardware == "pi"
    assert tuple(config.settings.pins.lids.values()) == SUGGESTED_LID_PINS
    assert config.settings.pins.buzzer == SUGGESTED_BUZZER_PIN
    assert isinstance(config.clock.clock, SystemClock)


def test_the_mark_that_notepad_puts_in_front_is_read_over(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("open sesame", encoding="utf-8-sig")
    config = read(tmp_path, "\ufeff" + LEAST + '[broker]\npassword_file = "secret"\n')
    assert config.broker.password == "open sesame"


@pytest.mark.parametrize(
    "line",
    [
        'directory = "~nosuchuser/x"',
        'directory = "a\\u0000b"',
        f"hat = 0x{'f' * 6_000}",
        f"hardware = 0x{'f' * 6_000}",
        f"directory = {'[' * 1_200}{']' * 1_200}",
    ],
)
def test_what_no_program_can_use_is_refused_in_a_sentence(tmp_path: Path, line: str) -> None:
    assert len(refusal(tmp_path, LEAST + line + "\n")) < 400


@pytest.mark.parametrize("table", ["pins.lids", "sensor", "broker"])
def test_a_number_of_thousands_of_digits_is_refused_in_a_sentence(tmp_path: Path, table: str) -> None:
    key = {"pins.lids": "mon-am", "sensor": "i2c_bus", "broker": "port"}[table]
    refusal(tmp_path, f"{LEAST}[{table}]\n{key} = 0x{'f' * 6_000}\n")


def test_the_broker_is_on_the_loopback_unless_somebody_says_otherwise(tmp_path: Path) -> None:
    broker = read(tmp_path, LEAST).broker
    assert (broker.host, broker.port, broker.tls, broker.password) == ("127.0.0.1", 1883, None, None)
    assert broker.protocol == "auto"


def test_the_shipped_example_is_read_as_it_stands() -> None:
    config = read_config(REPOSITORY / "deploy" / "controller.toml")
    assert config.box == "kitchen"
    assert config.settings.hat


@pytest.mark.parametrize(
    ("lock", "in_place_of", "instead"),
    [
        ("solenoid", (), ()),
        ("solenoid of seconds", ("continuous", "energised_is"), ("energised_max", "hold_off_")),
        ("servo", ("energised_", "continuous"), ("open_", "locked_")),
    ],
)
def test_every_key_the_shipped_example_names_in_a_comment_is_one_that_is_known(
    tmp_path: Path, lock: str, in_place_of: tuple[str, ...], instead: tuple[str, ...]
) -> None:
    """A commented line is documentation: with its mark taken away the file must still be accepted.

    What stands further in takes the place of other lines, and stays a comment where those are wanted.
    """
    example = (REPOSITORY / "deploy" / "controller.toml").read_text("utf-8")
    (tmp_path / "box.password").write_text("secret")
    lines = []
    for line in example.splitlines():
        bare = line.removeprefix("# ")
        key = bare.lstrip()
        is_key = bare != line and (" = " in key or key.startswith("[")) and not key[0].isupper()
        is_wanted = key.startswith(instead) if key != bare else not key.startswith(in_place_of)
        lines.append(key if is_key and is_wanted else line)
    text = "\n".join(lines).replace("/etc/pillbox/", f"{tmp_path}/")
    text = text.replace("lids = { mon-am = 4, mon-pm = 5 }", "lids = {}")
    text = text.replace('layout = "7x2"', 'layout = "7x4"')  # two expanders are too many for fourteen lids
    text = text.replace('kind = "solenoid"', f'kind = "{lock.split()[0]}"')
    if instead:
        text = text.replace('fails = "open"', 'fails = "locked"').replace('by_hand = ""', 'by_hand = "a key"')
    tomllib.loads(text)
    config = read(tmp_path, text)
    assert config.broker.password == "secret"
    assert config.settings.simulation_file == tmp_path / "scene.json"
    assert isinstance(config.clock.clock, CompressedClock)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "[box] id is missing"),
        ('[box]\nid = "Kitchen"', "[box] id is 'Kitchen'"),
        ('[box]\nid = "hub"', "the name of the hub"),
        ('[box]\nid = "a/b"', "[box] id"),
        ("[box]\nid = 5", "[box] id is not text"),
        ("box = 5", "[box] is not a table"),
        (LEAST + "colour = 1", "[box] colour is not known"),
        (LEAST + "[boks]\n", "boks is not known"),
        (LEAST + 'layout = "9x9"', "9x9"),
        (LEAST + 'layout = "7x2"\ncompartments = ["a1"]', "exclude each other"),
        (LEAST + 'compartments = ["a 1"]', "[box] compartments"),
        (LEAST + "compartments = [1]", "not a list of texts"),
        (LEAST + 'compartments = ["a1", "a1"]', "twice"),
        (LEAST + 'hardware = "toaster"', "not one of pi, simulated"),
        (LEAST + 'hat = "yes"', "neither true nor false"),
        (LEAST + "[broker]\nport = 0", "[broker] port is 0"),
        (LEAST + "[broker]\nport = 1.5", "not a whole number"),
        (LEAST + '[broker]\nport = "1883"', "not a number"),
        (LEAST + "[broker]\nport = true", "not a number"),
        (LEAST + "[broker]\nmqtt = 4", "[broker] mqtt is 4"),
        (LEAST + '[broker]\npassword = "x"', "[broker] password is not known"),
        (LEAST + '[broker]\npassword_file = "none"', "cannot be read"),
        (LEAST + "[broker]\ntls = {}", "[broker.tls] ca is missing"),
        (LEAST + '[broker]\ntls = { ca = "a", cert = "b" }', "cert and key go together"),
        (LEAST + '[broker]\ntls = { ca = "a", insecure = true }', "[broker.tls] insecure is not known"),
        (LEAST + "[pins]\nlids = { mon-am = 4 }", "no lid pin"),
        (LEAST + '[pins]\nlids = { mon-am = "4" }', "not a table of names and pin numbers"),
        (LEAST + "[pins]\nbuzzer = 99", "[pins] buzzer is 99"),
        (LEAST + "[pins]\nbuzzer = 4", "used twice"),
        (LEAST + "[pins]\nbuttons = { bell = 2 }", "names 'bell'"),
        (LEAST + '[sensor]\nkind = "nose"', "[sensor] kind"),
        (LEAST + '[sensor]\nkind = "sense-hat"', "no HAT"),
        (LEAST + "[sensor]\ncalibration = { factor = 1 }", "[sensor.calibration] factor is not known"),
        (LEAST + "[clock]\ncompressed = {}", "[clock.compressed] start"),
        (LEAST + '[clock]\ncompressed = { start = "soon" }', "not an instant"),
        (LEAST + '[clock]\ntrust = "blind"', "[clock] trust"),
        ("[box\nid=1", "is not TOML"),
    ],
)
def test_what_cannot_be_is_refused_by_file_and_key(tmp_path: Path, text: str, named: str) -> None:
    assert named in refusal(tmp_path, text)


def test_a_file_that_is_not_there_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefused, match="cannot be read"):
        read_config(tmp_path / "none.toml")


def test_a_file_that_is_no_text_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "controller.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigRefused, match="is not TOML"):
        read_config(tmp_path / "controller.toml")


def test_paths_are_relative_to_the_file_they_stand_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    (tmp_path / "secret").write_text("word\n")
    config = read(
        tmp_path,
        LEAST + 'directory = "deep/box"\n[broker]\npassword_file = "secret"\n[simulation]\nfile = "s.json"',
    )
    assert config.directory == tmp_path / "deep" / "box"
    assert config.settings.simulation_file == tmp_path / "s.json"
    assert config.broker.password == "word", "the line end is none of the password"


def test_an_absolute_path_stays_as_it_is(tmp_path: Path) -> None:
    assert read(tmp_path, LEAST + 'directory = "/var/lib/pillbox"').directory == Path("/var/lib/pillbox")


def test_tls_moves_the_port_unless_one_is_named(tmp_path: Path) -> None:
    tls = '[broker]\ntls = { ca = "ca.pem", cert = "box.pem", key = "box.key" }\n'
    broker = read(tmp_path, LEAST + tls).broker
    assert broker.port == 8_883
    assert broker.tls is not None
    assert broker.tls.ca == tmp_path / "ca.pem"
    assert read(tmp_path, LEAST + tls + "port = 1234").broker.port == 1_234


@pytest.mark.parametrize(
    ("written", "meant"), [("5", "5"), ('"5"', "5"), ('"3.1.1"', "3.1.1"), ('"auto"', "auto")]
)
def test_the_version_of_mqtt_may_be_a_number_or_a_text(tmp_path: Path, written: str, meant: str) -> None:
    assert read(tmp_path, LEAST + f"[broker]\nmqtt = {written}").broker.protocol == meant


def test_a_compressed_day_is_synced_and_told_apart_by_its_zero(tmp_path: Path) -> None:
    compressed = '[clock]\ncompressed = { start = "2026-11-23T06:00:00Z", zero_boot_ms = 5, speed = 1440 }'
    clock = read(tmp_path, LEAST + compressed).clock
    assert clock.clock == CompressedClock(start_ms=instant_ms("2026-11-23T06:00:00Z"), zero_ms=5, speed=1440)
    assert (clock.trust, clock.zero_ms) == ("synced", 5)


def test_the_installer_may_vouch_for_the_clock(tmp_path: Path) -> None:
    assert read(tmp_path, LEAST + '[clock]\ntrust = "rtc"').clock.trust == "rtc"
    assert read(tmp_path, LEAST).clock.trust is None


def test_a_box_of_its_own_compartments_and_pins(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        '[box]\nid = "bag"\ncompartments = ["a1", "a2"]\nhat = true\n'
        "[pins]\nlids = { a1 = 5, a2 = 6 }\nlamps = { a1 = 12 }\nbuttons = { help = 16 }\n"
        'lid_switch = "opens_with_lid"\nlibrary = "rpigpio"\nchip = 4\n'
        '[sensor]\nkind = "sense-hat"\ncalibration = { cpu_factor = 1.5, humidity_offset_pct = -2 }\n',
    )
    settings = config.settings
    assert settings.compartments == ("a1", "a2")
    assert (dict(settings.pins.lids), dict(settings.pins.lamps)) == ({"a1": 5, "a2": 6}, {"a1": 12})
    assert (settings.lid_switch, settings.pin_library, settings.gpio_chip) == ("opens_with_lid", "rpigpio", 4)
    [sensor] = settings.sensors
    assert (sensor.name, sensor.kind) == ("sense-hat", "sense-hat")
    assert sensor.calibration.cpu_factor == 1.5
    assert sensor.calibration.humidity_offset_pct == -2


def test_a_simulated_box_needs_no_pins(tmp_path: Path) -> None:
    settings = read(tmp_path, LEAST + 'hardware = "simulated"').settings
    assert dict(settings.pins.lids) == {}


# Several sensors.

TWO_SENSORS = """
[[sensors]]
name = "shelf"
kind = "bme280"
address = 0x77
i2c_bus = 3

[[sensors]]
name = "tablets"
kind = "sht4x"
of_medicine = true
calibration = { temperature_offset_c = -0.4 }
"""


def test_several_sensors_are_read_and_the_medicines_comes_first(tmp_path: Path) -> None:
    tablets, shelf = read(tmp_path, LEAST + TWO_SENSORS).settings.sensors
    assert (tablets.name, tablets.kind, tablets.address, tablets.i2c_bus) == ("tablets", "sht4x", 0x44, 1)
    assert tablets.calibration.temperature_offset_c == -0.4
    assert (shelf.name, shelf.kind, shelf.address, shelf.i2c_bus) == ("shelf", "bme280", 0x77, 3)


def test_the_one_table_of_before_goes_on_to_work(tmp_path: Path) -> None:
    [sensor] = read(tmp_path, LEAST + '[sensor]\nkind = "sht4x"\naddress = 0x45\n').settings.sensors
    assert (sensor.name, sensor.address) == ("sht4x", 0x45)
    assert read(tmp_path, LEAST + '[sensor]\nkind = "none"\n').settings.sensors == ()
    assert read(tmp_path, LEAST).settings.sensors == ()
    hat = LEAST.replace("[box]", "[box]\nhat = true") + '[sensor]\nkind = "sense-hat"\naddress = 0x44\n'
    assert read(tmp_path, hat).settings.sensors[0].kind == "sense-hat"


def test_a_sensor_that_is_alone_is_the_medicines(tmp_path: Path) -> None:
    [sensor] = read(tmp_path, LEAST + '[[sensors]]\nkind = "bme280"\n').settings.sensors
    assert (sensor.name, sensor.address) == ("bme280", 0x76)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (TWO_SENSORS.replace("of_medicine = true\n", ""), "of_medicine = true at exactly one"),
        (TWO_SENSORS.replace('"shelf"', '"shelf"\nof_medicine = true'), "of_medicine = true at exactly one"),
        (TWO_SENSORS.replace('"tablets"', '"shelf"'), "two sensors are named shelf"),
        (TWO_SENSORS.replace("0x77", "0x44"), "answers at 0x76 or 0x77"),
        (TWO_SENSORS.replace('"shelf"', '"The Shelf"'), "lower-case letters"),
        (TWO_SENSORS.replace('kind = "bme280"', 'kind = "dht22"'), "not one of"),
        (TWO_SENSORS.replace('kind = "bme280"\n', ""), "kind is missing"),
        (TWO_SENSORS.replace("i2c_bus = 3", "bus = 3"), "bus is not known; is it misspelt"),
        (TWO_SENSORS + '[sensor]\nkind = "sht4x"\n', "exclude each other"),
        ('[sensors]\nkind = "sht4x"\n', r"write \[\[sensors\]\] before each"),
        (
            TWO_SENSORS.replace('kind = "bme280"\naddress = 0x77\ni2c_bus = 3', 'kind = "sht4x"'),
            "are both at 0x44 on I2C bus 1",
        ),
    ],
)
def test_sensors_that_cannot_be_are_refused_with_a_sentence(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(ConfigRefused, match=why):
        read(tmp_path, LEAST + text)
