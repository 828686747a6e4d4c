"""Does every command of the hub answer quickly, say what it did, and refuse in one sentence?"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import resource
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from controller.wire.instants import instant_text
from controller.wire.topics import read_message
from hub import doctor
from hub.care.ledger import AlertRecord
from hub.commands import COMMANDS
from hub.config import HubConfig, read_config
from hub.engine import Engine
from hub.household import read_household
from hub.intake.arrivals import Arrival
from hub.store.sqlite.store import open_store
from tests.hub_parts import DUE_MS, MORNING, ROOT, compressed, event, home_toml, install, pillbox_hub, taken
from tests.parts import free_port, start_mosquitto

EXAMPLE = ROOT / "deploy" / "household.toml"
AT = "2026-11-23T06:00:00Z"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return install(tmp_path / "hub", free_port(), clock=compressed(1))


@pytest.fixture
def imported(config: Path) -> Path:
    done = pillbox_hub("import", config.parent / "household.toml", "--config", config)
    assert done.returncode == 0, done.stderr
    return config


@pytest.fixture
def lived(imported: Path) -> Path:
    """Return a hub that has seen one dose taken."""
    settings = read_config(imported)
    with closing(open_store(settings.database, "hub")) as store:
        engine = Engine(store)
        engine.start(DUE_MS)
        engine.take([Arrival(topic="pillbox/v1/kitchen/event", payload=event(1, taken()).encode())], DUE_MS)
    return imported


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one sentence a refused command leaves."""
    assert done.returncode == 2, done
    assert done.stdout == ""
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("pillbox-hub: ")
    return sentence


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_reads_well_and_is_there_at_once(command: str) -> None:
    arguments = [sys.executable, "-m", "hub.cli", *([command] if command else []), "--help"]
    # Time on the processor, not on the wall: the tests beside this one must not decide it.
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=True)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    took_s = ended.ru_utime - began.ru_utime + ended.ru_stime - began.ru_stime
    assert took_s < 0.3, "on an idle machine it takes 50 ms"
    assert "example" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_help_imports_neither_vendor_nor_database() -> None:
    code = (
        "import sys, hub.cli\n"
        "try:\n    hub.cli.main(['run', '--help'])\nexcept SystemExit: pass\n"
        "print(sorted({'paho', 'sqlite_utils', 'apprise', 'sqlite3'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")


def test_every_command_is_offered_and_known() -> None:
    text = pillbox_hub("--help").stdout
    assert all(f"    {name} " in text for name in COMMANDS)
    assert pillbox_hub("--version").stdout.startswith("pillbox-hub ")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["report", "--format", "pdf"],
        ["report", "--to", "2026-11-23"],
        ["plan", "--box", "kitchen"],
    ],
)
def test_a_command_that_is_not_there_is_refused(arguments: list[str]) -> None:
    done = pillbox_hub(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_plan_is_one_line_a_box_can_read() -> None:
    done = pillbox_hub("plan", "--household", EXAMPLE, "--box", "kitchen", "--at", AT)
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = done.stdout.splitlines()
    plain = json.loads(line)
    assert list(plain) == ["at", "topic", "payload"]
    assert plain["at"] == "2026-11-23T06:00:00.000Z"
    name, ids, plan = read_message(plain["topic"], json.dumps(plain["payload"]))
    assert (name, ids["box"]) == ("plan", "kitchen")
    assert MORNING in {slot.slot for slot in plan.slots}
    assert done.stdout == pillbox_hub("plan", "--household", EXAMPLE, "--box", "kitchen", "--at", AT).stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["plan", "--household", "nowhere.toml", "--box", "kitchen"], "nowhere.toml"),
        (["plan", "--household", EXAMPLE, "--box", "cellar"], "no box 'cellar'; it has kitchen"),
        (["plan", "--household", EXAMPLE, "--box", "kitchen", "--at", "noon"], "'noon' is not an instant"),
        (["replay", "--household", EXAMPLE, "nowhere.jsonl"], "nowhere.jsonl cannot be read"),
        (["export", "--config", "nowhere.toml"], "nowhere.toml does not exist"),
        (["report", "--config", "nowhere.toml"], "nowhere.toml does not exist"),
    ],
)
def test_a_refusal_is_one_sentence(arguments: list[str | Path], why: str) -> None:
    assert why in refused(pillbox_hub(*arguments))


def test_a_recording_is_replayed_from_a_file_or_the_input_to_the_same_bytes(tmp_path: Path) -> None:
    event_at = DUE_MS + 180_000
    status = {"v": 1, "box": "kitchen", "status": "online", "because": "started"}
    lines = [
        {"at": AT, "topic": "pillbox/v1/kitchen/status", "payload": status},
        {
            "at": instant_text(event_at),
            "topic": "pillbox/v1/kitchen/event",
            "payload": json.loads(event(1, taken(), at_ms=event_at)),
        },
        {"at": "2026-11-23T09:00:00Z", "end": True},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    path = tmp_path / "day.jsonl"
    path.write_text(text)
    by_file = pillbox_hub("replay", "--household", EXAMPLE, path)
    by_pipe = pillbox_hub("replay", "--household", EXAMPLE, "-", given=text)
    assert by_file.returncode == 0, by_file.stderr
    assert by_file.stdout == by_pipe.stdout
    found = [json.loads(line) for line in by_file.stdout.splitlines()]
    assert [line["outcome"] for line in found if "outcome" in line] == ["taken"]


@pytest.mark.parametrize("bad", ["{", '{"at":"noon"}', '{"at":"2026-11-23T06:00:00Z","what":1}', "\udcff"])
def test_a_line_that_cannot_be_replayed_is_named_by_its_number(bad: str) -> None:
    given = bad.encode("utf-8", "surrogateescape")
    done = pillbox_hub("replay", "--household", EXAMPLE, given=given)
    assert "line 1" in refused(done)


def test_an_import_says_what_is_new_and_reads_the_coming_days_back(config: Path) -> None:
    done = pillbox_hub("import", config.parent / "household.toml", "--config", config)
    assert (done.returncode, done.stderr) == (0, "")
    assert "is now version 1" in done.stdout
    assert "new regimen azathioprine" in done.stdout
    assert "Mon 23 Nov 08:00  mon-am  ½ tablet of Azathioprine 50 mg" in done.stdout
    assert "Mon 23 Nov 20:00  mon-pm  1 tablet of Azathioprine 50 mg" in done.stdout
    again = pillbox_hub("import", config.parent / "household.toml", "--config", config)
    assert "nothing has changed" in again.stdout


def test_an_import_says_what_has_changed_and_what_is_gone(imported: Path) -> None:
    household = imported.parent / "household.toml"
    text = home_toml().replace('"08:00" = 0.5', '"08:00" = 1').replace('until = "x"', "")
    household.write_text(
        text + '\n[[check]]\nid = "blood"\npatient = "ada"\ntitle = "Blood"\nfrom = 2026-11-30\n'
    )
    done = pillbox_hub("import", household, "--config", imported)
    assert "regimen azathioprine: step from 2026-11-20: " in done.stdout
    assert "new check blood of ada" in done.stdout
    household.write_text(text)
    assert "check blood of ada is gone" in pillbox_hub("import", household, "--config", imported).stdout


def test_an_import_asks_to_look_again_where_many_tablets_are_meant_at_one_time(config: Path) -> None:
    path = config.parent / "household.toml"
    path.write_text(home_toml().replace('"08:00" = 0.5', '"08:00" = 50'))
    done = pillbox_hub("import", path, "--check", "--config", config)
    assert done.returncode == 0
    (asked,) = [line for line in done.stdout.splitlines() if line.startswith("PLEASE LOOK AGAIN: ")]
    assert "50 tablets of Azathioprine 50 mg at one time" in asked
    assert "Kept, and not yet acted upon" not in done.stdout, "everything in it is acted upon"


def test_the_mark_that_notepad_puts_in_front_of_a_household_is_read_over(config: Path) -> None:
    path = config.parent / "household.toml"
    path.write_text(home_toml(), encoding="utf-8-sig")
    done = pillbox_hub("import", path, "--config", config)
    assert done.returncode == 0, done.stderr
    assert pillbox_hub("export", "--config", config).stdout == home_toml()


def test_a_checked_import_stores_nothing(config: Path) -> None:
    done = pillbox_hub("import", config.parent / "household.toml", "--check", "--config", config)
    assert done.returncode == 0
    assert "Nothing was stored" in done.stdout
    assert not (config.parent / "state").exists()


def test_a_household_that_cannot_be_used_changes_nothing(imported: Path) -> None:
    bad = imported.parent / "bad.toml"
    bad.write_text(home_toml().replace("Europe/London", "Europe/Lundon"))
    assert "Lundon" in refused(pillbox_hub("import", bad, "--config", imported))
    assert pillbox_hub("export", "--config", imported).stdout == home_toml()


def test_an_address_nobody_can_send_to_is_warned_of_without_repeating_it(config: Path) -> None:
    path = config.parent / "household.toml"
    path.write_text(home_toml(push="twilio://hunter2"))
    done = pillbox_hub("import", path, "--config", config)
    assert done.returncode == 0
    assert "warning: nothing can be sent to bea, channel push" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr


def test_what_is_exported_is_what_was_imported(imported: Path, tmp_path: Path) -> None:
    done = pillbox_hub("export", "--config", imported)
    assert done.stdout == (imported.parent / "household.toml").read_text()
    copy = tmp_path / "copy.toml"
    copy.write_text(done.stdout)
    assert read_household(copy) == read_household(imported.parent / "household.toml")


def test_before_the_first_import_a_question_is_answered_with_what_to_do(config: Path) -> None:
    new = refused(pillbox_hub("export", "--config", config))
    assert "has the hub ever run" in new
    assert "A new home begins with: pillbox-hub import household.toml" in new
    with closing(open_store_of(config)):
        pass
    for command in ("export", "report", "alerts"):
        assert "pillbox-hub import" in refused(pillbox_hub(command, "--config", config))


def open_store_of(config: Path) -> Any:
    settings = read_config(config)
    settings.directory.mkdir(exist_ok=True)
    return open_store(settings.database, "hub")


def test_a_report_in_each_form(lived: Path) -> None:
    asked: list[str | Path] = ["report", "--from", "2026-11-23", "--until", "2026-11-23", "--config", lived]
    table = pillbox_hub(*asked)
    assert "08:00  mon-am  ½       taken    on time  08:03   lid" in table.stdout
    assert "2 slots: 1 taken (1 on time), 1 open." in table.stdout
    plain = json.loads(pillbox_hub(*asked, "--format", "json").stdout)
    assert [slot["outcome"] for slot in plain["slots"]] == ["taken", "open"]
    lines = csv.DictReader(io.StringIO(pillbox_hub(*asked, "--format", "csv").stdout))
    assert [line["kind"] for line in lines] == ["slot", "slot", "air"], "a silent box is said to be silent"


def test_a_report_without_dates_is_of_the_last_seven_days(lived: Path) -> None:
    plain = json.loads(pillbox_hub("report", "--format", "json", "--config", lived).stdout)
    assert (plain["from"], plain["until"]) == ("2026-11-17", "2026-11-23")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--patient", "eve"], "no patient 'eve'; it has ada"),
        (["--from", "yesterday"], "'yesterday' is not a date"),
        (["--from", "2026-11-24", "--until", "2026-11-23"], "before it begins"),
    ],
)
def test_a_report_of_nobody_or_no_time_is_refused(lived: Path, arguments: list[str], why: str) -> None:
    assert why in refused(pillbox_hub("report", *arguments, "--config", lived))


def test_where_no_alert_is_open_that_is_said(lived: Path) -> None:
    assert pillbox_hub("alerts", "--config", lived).stdout == "No alert is open.\n"
    assert json.loads(pillbox_hub("alerts", "--json", "--config", lived).stdout) == {"alerts": []}


def test_who_has_left_is_still_answered_for(lived: Path) -> None:
    lonely = lived.parent / "household.toml"
    lonely.write_text(home_toml().replace('"ada"', '"ida"').replace("ada =", "ida ="))
    assert pillbox_hub("import", lonely, "--config", lived).returncode == 0
    alert = AlertRecord(
        alert="a-1", patient="ada", box="kitchen", condition="c", kind="dose.missed", want="dose",
        state="told", title="08:00 not opened", body="", raised_at=DUE_MS, changed_at=DUE_MS,
    )  # fmt: skip
    with closing(open_store_of(lived)) as store, store.transaction():
        store.apply([alert])
    said = pillbox_hub("alerts", "--config", lived)
    assert "patient ada, who is not in the household any more" in said.stdout
    (plain,) = json.loads(pillbox_hub("alerts", "--json", "--config", lived).stdout)["alerts"]
    assert (plain["alert"], plain["patient"], plain["kind"]) == ("a-1", "ada", "dose.missed")
    assert (plain["taken_on"], plain["letters"], plain["about"]) == (None, {}, "08:00 not opened")
    assert plain["raised_at"] == instant_text(DUE_MS)
    done = pillbox_hub("report", "--patient", "ada", "--format", "json", "--config", lived)
    assert (json.loads(done.stdout)["name"], json.loads(done.stdout)["left"]) == ("Ada", True)


def test_the_doctor_finds_a_healthy_hub_well(imported: Path, tmp_path: Path) -> None:
    with start_mosquitto(tmp_path / "broker") as broker:
        text = imported.read_text()
        imported.write_text(re.sub(r"port = \d+", f"port = {broker.port}", text))
        done = pillbox_hub("doctor", "--json", "--config", imported)
    assert done.returncode == 0, done.stdout
    found = json.loads(done.stdout)
    assert found["well"] is True
    parts = {one["part"] for one in found["findings"]}
    assert parts >= {
        "configuration",
        "clock",
        "disk",
        "broker",
        "database",
        "household",
        "time zones",
        "channels",
    }


def test_the_doctor_calls_a_clock_well_only_if_the_network_has_set_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any clock of this year passed, however wrong."""
    config = HubConfig(directory=tmp_path)
    monkeypatch.setattr(doctor, "set_by_network", lambda: True)
    assert doctor._clock(config).text.startswith("set by the network; it is ")
    monkeypatch.setattr(doctor, "set_by_network", lambda: False)
    assert not doctor._clock(config).well
    assert "let the machine reach a time server" in doctor._clock(config).text


def test_the_doctor_names_what_to_mend_and_goes_on(imported: Path) -> None:
    (imported.parent / "household.toml").write_text(home_toml(push="file:///etc/passwd"))
    pillbox_hub("import", imported.parent / "household.toml", "--config", imported)
    done = pillbox_hub("doctor", "--config", imported)
    assert done.returncode == 1
    lines = {line.split("  ", 1)[1].split(":")[0]: line for line in done.stdout.splitlines()}
    assert lines["broker"].startswith("MEND")
    assert "nothing answers" in lines["broker"]
    assert lines["channels"].startswith("MEND")
    assert "bea, channel push" in lines["channels"]
    assert "passwd" not in done.stdout
    assert lines["database"].startswith("well")


def test_the_doctor_sees_a_damaged_database_and_a_missing_configuration(lived: Path, tmp_path: Path) -> None:
    database = read_config(lived).database
    content = bytearray(database.read_bytes())
    content[4096:8192] = b"\x5a" * 4096
    database.write_bytes(content)
    done = pillbox_hub("doctor", "--config", lived)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    (line,) = [line for line in done.stdout.splitlines() if " database:" in line]
    assert line.startswith("MEND")
    missing = pillbox_hub("doctor", "--config", tmp_path / "none.toml")
    assert missing.returncode == 1
    assert "MEND  configuration" in missing.stdout


def test_a_reader_who_has_seen_enough_causes_no_complaint(lived: Path) -> None:
    reader = subprocess.Popen(
        [sys.executable, "-m", "hub.cli", "export", "--config", str(lived)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert reader.stdout is not None
    reader.stdout.close()
    assert reader.stderr is not None
    assert reader.stderr.read() == b""
    assert reader.wait(20) == 0
    reader.stderr.close()


def test_an_unforeseen_name_for_a_command_is_impossible() -> None:
    assert sorted(COMMANDS) == sorted(_commands_in_help())


def _commands_in_help() -> Iterator[str]:
    for line in pillbox_hub("--help").stdout.splitlines():
        if line.startswith("    ") and line[4:5].isalpha() and not line.startswith("    COMMAND"):
            yield line.split()[0]


def to_stdout(where: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a shell whose standard output is full or closed."""
    command = shlex.join([sys.executable, "-m", "hub.cli", *map(str, arguments)])
    shell = ["sh", "-c", f"exec {command} {where}"]
    # Buffered as in a user's shell: unbuffered, what failed to be written does not fail again at the end.
    buffered = {**os.environ, "PYTHONUNBUFFERED": ""}
    return subprocess.run(shell, cwd=ROOT, capture_output=True, text=True, check=False, env=buffered)


def test_an_import_that_cannot_be_read_back_says_that_it_is_stored(config: Path) -> None:
    done = to_stdout(">/dev/full", "import", config.parent / "household.toml", "--config", config)
    assert refused(done).endswith(
        "household.toml is now version 1 of the household, but it cannot be read back "
        "here: No space left on device"
    )
    assert pillbox_hub("export", "--config", config).stdout == home_toml()


def test_an_answer_that_cannot_be_written_is_one_sentence(lived: Path) -> None:
    done = to_stdout(">/dev/full", "report", "--config", lived)
    assert refused(done) == "pillbox-hub: the answer cannot be written: No space left on device"


def test_a_closed_output_is_no_fault(config: Path) -> None:
    done = to_stdout(">&-", "import", config.parent / "household.toml", "--config", config)
    assert (done.returncode, done.stderr) == (0, "")
    assert pillbox_hub("export", "--config", config).stdout == home_toml()


@pytest.mark.parametrize(
    "period", [("--until", "9999-12-31"), ("--until", "0001-01-03"), ("--from", "0001-01-01")]
)
def test_a_report_on_the_ends_of_the_calendar_is_refused_in_a_sentence(imported: Path, period: Any) -> None:
    assert "lies outside the years 2000 to 2199" in refused(
        pillbox_hub("report", *period, "--config", imported)
    )
