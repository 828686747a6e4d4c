"""Does `storage` say what was around which tablets, judge a place, and refuse nonsense in one sentence?"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from controller.wire.envelope import Envelope, Stamp, envelope_json
from controller.wire.events import ClimateSampled, EventData, HumiditySpan, TemperatureSpan
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS, instant_ms
from controller.wire.words import ClockTrust
from hub.care.entries import BoxFilled
from hub.config import read_config
from hub.engine import Engine
from hub.intake.arrivals import Arrival
from hub.store.sqlite.store import open_store
from hub.writing import entry_of
from tests.hub_parts import DUE_MS, compressed, home_toml, install, pillbox_hub, taken
from tests.parts import free_port

QUARTER_MS = 15 * MINUTE_MS
NOW_MS = DUE_MS + 2 * DAY_MS
"""Wednesday 25 November, 08:00."""
FILLED_MS = DUE_MS - 2 * HOUR_MS
OTHER = """
[[patient]]
id = "ben"
name = "Ben"
timezone = "Europe/London"

[[box]]
id = "hall"
patient = "ben"
layout = "7x2"

[[patient]]
id = "eva"
name = "Eva"
timezone = "Europe/London"
"""
FORBIDDEN = ("is safe", "are safe", "spoiled", "do not take", "throw")
Air = Callable[[float], tuple[float, float] | None]
"""What is read so many hours after the morning's due time of Monday."""


def mild(hour: float) -> tuple[float, float] | None:
    return 21.0, 45.0


def hot_on_tuesday(hour: float) -> tuple[float, float] | None:
    return (34.0 if 20 <= hour < 23 else 21.0), 45.0


def sample(since: int, read: tuple[float, float], *, still: bool) -> ClimateSampled:
    warm, damp = read
    # No air is the same to a tenth for hours.
    damp += 0 if still else 0.1 * (since // QUARTER_MS % 2)
    return ClimateSampled(
        sensor="sht4x", since=since, readings=30,
        temperature_c=TemperatureSpan(low=warm, mean=warm, high=warm),
        humidity_pct=HumiditySpan(low=damp, mean=damp, high=damp),
    )  # fmt: skip


def samples(air: Air, end: int, *, still: bool) -> Iterable[tuple[int, EventData]]:
    for since in range(FILLED_MS, end, QUARTER_MS):
        read = air((since - DUE_MS) / HOUR_MS)
        if read is not None:
            yield since + QUARTER_MS, sample(since, read, still=still)


def message(seq: int, at_ms: int, data: EventData, *, clock: ClockTrust = "synced") -> Arrival:
    stamp = Stamp(at=at_ms, boot="b1", mono_ms=at_ms - DUE_MS + 30 * DAY_MS, clock=clock)
    payload = envelope_json(Envelope(box="kitchen", stream="s1", seq=seq, stamp=stamp, data=data))
    return Arrival(topic="pillbox/v1/kitchen/event", payload=payload.encode())


def lived(
    tmp_path: Path,
    air: Air,
    *,
    clock: ClockTrust = "synced",
    filled: bool = False,
    until: int = NOW_MS,
    still: bool = False,
) -> Path:
    """Return a hub that has taken in two days of air, and on Monday an intake."""
    config = install(
        tmp_path / "hub", free_port(), clock=compressed(1e-6, NOW_MS), household=home_toml() + OTHER
    )
    assert pillbox_hub("import", config.parent / "household.toml", "--config", config).returncode == 0
    with closing(open_store(read_config(config).database, "hub")) as store:
        engine = Engine(store)
        engine.start(FILLED_MS)
        events = sorted(
            [*samples(air, until, still=still), (DUE_MS + 5 * MINUTE_MS, taken())], key=lambda one: one[0]
        )
        engine.take([message(seq, at, data, clock=clock) for seq, (at, data) in enumerate(events, 1)], NOW_MS)
        if filled:
            lids: dict[str, dict[str, float]] = {
                "mon-am": {"azathioprine": 0.5},
                "tue-am": {"azathioprine": 0.5},
                "wed-am": {"azathioprine": 0.5},
            }
            fact = BoxFilled(box="kitchen", compartments=lids)
            with store.transaction():
                store.add_entry(entry_of("ada", fact, by="bea", at_ms=FILLED_MS, why=""))
    return config


def ask(config: Path, *words: str, whose: str = "ada") -> subprocess.CompletedProcess[str]:
    return pillbox_hub("storage", *words, "--patient", whose, "--config", config)


def plain(config: Path, *words: str) -> dict[str, Any]:
    done = ask(config, *words, "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def said(config: Path, *words: str) -> str:
    done = ask(config, *words)
    assert done.returncode == 0, done.stderr
    assert not [word for word in FORBIDDEN if word in done.stdout]
    return done.stdout


def test_a_fill_says_which_tablets_lay_there_while_it_was_hot(tmp_path: Path) -> None:
    config = lived(tmp_path, hot_on_tuesday, filled=True)
    [fill] = plain(config)["fills"]
    beyond = {
        one["compartment"]: {each["rule"]: each["span_ms"] / HOUR_MS for each in one["beyond"]}
        for one in fill["compartments"]
    }
    assert beyond == {"mon-am": {}, "tue-am": {"warm": 3, "hot": 3}, "wed-am": {"warm": 3, "hot": 3}}
    [monday] = [one for one in fill["compartments"] if one["compartment"] == "mon-am"]
    assert instant_ms(monday["until"]) == DUE_MS + 3 * MINUTE_MS, "it was taken out then"
    assert (fill["by"], instant_ms(fill["at"])) == ("bea", FILLED_MS)


def test_what_a_fill_went_through_is_read_with_its_lids_and_whom_to_ask(tmp_path: Path) -> None:
    text = said(lived(tmp_path, hot_on_tuesday, filled=True))
    assert "azathioprine, laid into kitchen at 2026-11-23 06:00 by bea: 3 lids, 2 not yet empty\n" in text
    hot = "above 30 °C: 3 h in all, at worst 34 °C (the file lets it be 10 h in all within 30 days)"
    assert f"  {hot}, around tue-am, wed-am\n" in text
    assert text.endswith("Ask the pharmacist what this means for the tablets.\n")


def test_a_fill_of_before_the_days_asked_for_is_told_if_it_still_lay_there(tmp_path: Path) -> None:
    config = lived(tmp_path, hot_on_tuesday, filled=True)
    later = plain(config, "--from", "2026-11-25")
    assert [len(one["compartments"]) for one in later["fills"]] == [2], "Monday's was taken on Monday"
    assert later["fills"][0]["compartments"][0]["beyond"], "also what it went through before"
    assert later["air"][0]["beyond"] == [], "the air of the day itself was mild"
    assert plain(config, "--from", "2026-11-20", "--until", "2026-11-22")["fills"] == []


def test_a_fill_counts_the_lids_that_were_not_yet_empty_then(tmp_path: Path) -> None:
    config = lived(tmp_path, hot_on_tuesday, filled=True)
    assert ": 3 lids, 2 not yet empty\n" in said(config, "--until", "2026-11-23")


def test_thirty_days_of_which_two_were_measured_are_not_set_beside_a_limit(tmp_path: Path) -> None:
    config = lived(tmp_path, lambda hour: (29.0, 45.0))
    [air] = plain(config)["air"]
    assert (air["month"]["kinetic_c"], air["month"]["enough"], air["too_warm"]) == (29.0, False, False)
    assert "too little to set it beside a limit" in said(config)
    assert "! not measured: 2026-10-26 08:00 to 2026-11-23 06:00 (670 h)" in said(config)


def test_a_box_that_never_measured_is_said_to_have_measured_nothing(tmp_path: Path) -> None:
    config = lived(tmp_path, lambda hour: None)
    text = said(config)
    assert "kitchen, 2026-10-26 08:00 to 2026-11-25 08:00: measured 0 % of the time" in text
    assert "no limit was passed" not in text
    [air] = plain(config)["air"]
    assert (air["coverage"], len(air["gaps"]), air["month"]["kinetic_c"]) == (0.0, 1, None)


def test_a_sensor_that_fell_silent_yesterday_shows_since_when(tmp_path: Path) -> None:
    config = lived(tmp_path, mild, until=DUE_MS + DAY_MS)
    text = said(config, "--from", "2026-11-24")
    assert "! not measured: 2026-11-24 08:00 to 2026-11-25 08:00 (24 h)" in text


def test_what_a_clock_dates_that_cannot_be_trusted_is_not_put_anywhere(tmp_path: Path) -> None:
    config = lived(tmp_path, hot_on_tuesday, clock="untrusted")
    [air] = plain(config)["air"]
    assert (air["coverage"], air["beyond"]) == (0.0, [])


def test_the_air_of_a_box_from_before_it_was_this_patients_is_not_theirs(tmp_path: Path) -> None:
    config = lived(tmp_path, hot_on_tuesday)
    household = config.parent / "household.toml"
    handed_on = household.read_text("utf-8").replace(
        'id = "hall"\npatient = "ben"', 'id = "hall"\npatient = "eva"'
    )
    to_ben = handed_on.replace('id = "kitchen"\npatient = "ada"', 'id = "kitchen"\npatient = "ben"')
    to_ben = to_ben.replace('patient = "ada"\nbox = "kitchen"', 'patient = "ben"\nbox = "kitchen"')
    household.write_text(to_ben, encoding="utf-8")
    done = pillbox_hub("import", household, "--config", config)
    assert done.returncode == 0, done.stderr
    found = json.loads(ask(config, "--json", whose="ben").stdout)["air"]
    assert [(one["box"], one["coverage"], one["beyond"]) for one in found] == [("kitchen", 0.0, [])]


def test_a_mild_place_has_kept_the_limits_in_what_was_measured(tmp_path: Path) -> None:
    config = lived(tmp_path, mild)
    text = said(config, "place")
    assert "kitchen, 2026-11-23 08:00 to 2026-11-25 08:00: measured 100 % of the time\n" in text
    assert "In what was measured here no limit was passed." in text
    assert "Light was not measured." in text
    assert "The leaflet says: “Store it at room temperature," in text
    [place] = plain(config, "place")["places"]
    assert (place["verdict"], place["humidity_pct"], place["dry_place"]) == ("kept", 45.0, False)
    assert "  mean humidity 45 %\n" in text


@pytest.mark.parametrize(
    ("air", "verdict", "words"),
    [
        (lambda hour: (41.0 if 20 <= hour < 21 else 21.0, 45.0), "passed", "! above 40 °C: 1 h in all"),
        (hot_on_tuesday, "touched", "above 30 °C: 3 h in all"),
        (
            lambda hour: (21.0, 85.0 if hour % 24 >= 23 else 45.0),
            "touched",
            "between 07:00 and 08:00 on 2 of",
        ),
        (lambda hour: mild(hour) if hour > 24 else None, "unknown", "! not measured: 2026-11-23 08:00"),
        (lambda hour: None, "unknown", "Too little was measured to say anything of this place."),
    ],
)
def test_a_place_is_judged_by_what_was_measured_there(
    tmp_path: Path, air: Air, verdict: str, words: str
) -> None:
    config = lived(tmp_path, air)
    [place] = plain(config, "place")["places"]
    assert place["verdict"] == verdict
    assert words in said(config, "place")


def test_a_place_is_judged_over_as_many_hours_as_are_asked_for(tmp_path: Path) -> None:
    config = lived(tmp_path, hot_on_tuesday)
    assert plain(config, "place", "--hours", "24")["places"][0]["verdict"] == "kept"
    assert plain(config, "place", "--hours", "30")["places"][0]["verdict"] == "touched"
    assert plain(config, "place", "--hours", "72")["places"][0]["verdict"] == "unknown"


@pytest.mark.parametrize(
    ("words", "whose", "refusal"),
    [
        (("place", "--hours", "3"), "ada", "a place is judged by 24 to 720 hours"),
        (("place", "--hours", "721"), "ada", "a place is judged by 24 to 720 hours"),
        (("place", "--hours", "two"), "ada", "'two' is not a number of hours"),
        (("place", "--from", "2026-11-23"), "ada", "say --hours instead of dates"),
        (("--hours", "48"), "ada", "--hours is for `storage place`"),
        (("--from", "2026-11-25", "--until", "2026-11-23"), "ada", "the time begins on 2026-11-25"),
        (("--until", "2026-12-24"), "ada", "2026-12-24 is still to come; today is 2026-11-25"),
        (("--from", "Monday"), "ada", "'Monday' is not a date"),
        (("--box", "hall"), "ada", "ada has no box 'hall'"),
        (("--box", "kitchn"), "ada", "ada has no box 'kitchn'; did you mean 'kitchen'?"),
        (("place",), "ben", "no medicine with storage limits is to lie in box 'hall'"),
        ((), "eva", "eva has no box: nothing measures the air around the tablets"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(
    tmp_path: Path, words: tuple[str, ...], whose: str, refusal: str
) -> None:
    done = ask(lived(tmp_path, lambda hour: None), *words, whose=whose)
    assert (done.returncode, done.stdout) == (2, "")
    assert refusal in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.fixture
def frozen(tmp_path: Path) -> Path:
    """Return a hub whose sensor has read one value for two days."""
    return lived(tmp_path, mild, still=True)


def test_a_place_that_a_frozen_sensor_calls_mild_is_unknown(frozen: Path) -> None:
    [place] = plain(frozen, "place")["places"]
    assert (place["verdict"], place["coverage"], len(place["stuck"])) == ("unknown", 0.0, 1)
    assert "! the sensor read exactly the same from 2026-11-23 08:00 to 2026-11-25 08:00 (48 h)" in said(
        frozen, "place"
    )


def test_a_sensor_that_froze_before_the_day_that_is_asked_for_is_known_by_the_hours_before(
    frozen: Path,
) -> None:
    [air] = plain(frozen, "--from", "2026-11-25")["air"]
    assert (air["coverage"], len(air["stuck"])) == (0.0, 1)


def test_the_report_of_the_days_says_what_the_air_was_like(tmp_path: Path) -> None:
    config = lived(tmp_path, hot_on_tuesday)
    done = pillbox_hub("report", "--patient", "ada", "--from", "2026-11-23", "--config", config)
    assert (
        "The air around the tablets, as the sensor of the box read it:\n  box kitchen: measured"
        in done.stdout
    )
    said = " ".join(done.stdout.split())
    assert "above 30 °C: 3 h in all, at worst 34 °C (the file lets it be 10 h in all within 30 days)" in said


def test_the_report_of_days_without_air_says_that_nothing_was_measured(tmp_path: Path) -> None:
    config = lived(tmp_path, lambda hour: None)
    done = pillbox_hub("report", "--patient", "ada", "--from", "2026-11-23", "--config", config)
    assert "box kitchen: measured 0 % of the time" in done.stdout
    assert "! not measured: 2026-11-23 00:00 to 2026-11-25 08:00 (56 h)" in done.stdout
