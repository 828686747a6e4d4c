"""Does the demo show what it promises, say so when it does not, and leave nothing behind?"""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.demo.__main__ import main, to_try
from controller.demo.day import CHAPTERS, tablets_words
from controller.demo.errors import CannotStage, ChapterMissing
from controller.demo.stage import BOX, MARK, NEXT_MORNING, Stage, open_stage
from controller.demo.story import Chapter, Scenes, perform
from controller.demo.telling import Teller
from controller.demo.watcher import Watcher
from controller.wire.instants import instant_ms, instant_text
from firmware.scene import read_scene
from tests.parts import eventually

ROOT = Path(__file__).parent.parent
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def started(directory: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "controller.demo", "--directory", str(directory), *words]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"}, start_new_session=True,
    )  # fmt: skip


def read_until(demo: subprocess.Popen[str], word: str) -> str:
    assert demo.stdout is not None
    lines = []
    for line in demo.stdout:
        lines.append(line)
        if word in line:
            break
    return "".join(lines)


def left_over(directory: Path) -> list[str]:
    """Return the command lines of processes that still work in a directory."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if str(directory) in line and str(os.getpid()) != entry.name:
                found.append(line)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("broker", ["auto", "embedded"])
def test_every_chapter_of_the_day_happens(tmp_path: Path, broker: str) -> None:
    directory = tmp_path / "a demo"
    demo = started(directory, "--once", "--broker", broker)
    said, _ = demo.communicate(timeout=200)
    assert demo.returncode == 0, said
    for number, chapter in enumerate(CHAPTERS, 1):
        assert f"{number}. {chapter.title}" in said
    assert "5 slots: 3 taken (2 on time, 1 late), 1 missed, 1 unobserved." in said
    assert "opened again, after the opening of its dose" in said
    assert "-tablet" not in said, "a medicine is called by its name"
    assert "nobody else is told" not in said
    assert "“13:30 on 23 November: not opened: taken on”" in " ".join(said.split())
    assert "window watched" not in said
    assert "box_off" not in said
    assert "4 filled in their order, evening left out, 1 wrong lid" in " ".join(said.split())
    damp = re.search(r"^(\d\d:\d\d)  to Bea by push: “Storage is too damp”", said, re.MULTILINE)
    assert damp is not None
    # Noticed two hours after 09:25; half an hour of patience for a slow machine.
    assert "11:25" <= damp[1] <= "11:55"
    assert "\x1b" not in said
    assert left_over(directory) == []


def test_an_interrupted_demo_ends_what_it_started(tmp_path: Path) -> None:
    directory = tmp_path / "demo"
    demo = started(directory)
    read_until(demo, "a plan for the kitchen box")
    assert left_over(directory)
    demo.send_signal(signal.SIGINT)
    said, _ = demo.communicate(timeout=90)
    assert demo.returncode == 130, said
    assert "Interrupted" in said
    assert "Traceback" not in said
    eventually(lambda: left_over(directory) == [], what="every process to end")


def test_a_killed_demo_takes_its_programs_along_and_the_next_one_starts(tmp_path: Path) -> None:
    directory = tmp_path / "demo"
    demo = started(directory)
    read_until(demo, "a plan for the kitchen box")
    demo.kill()
    demo.communicate(timeout=10)
    eventually(lambda: left_over(directory) == [], what="every process to end")
    assert (directory / "hub" / "hub.db").exists()
    again = started(directory)
    assert "5 intakes today" in read_until(again, "a plan for the kitchen box")
    again.terminate()
    again.communicate(timeout=90)
    assert again.returncode == 130


def test_two_demos_do_not_share_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controller.demo.stage.ALONE_S", 0.2)
    with (
        open_stage(tmp_path / "demo", speed=1),
        pytest.raises(CannotStage, match="another demo"),
        open_stage(tmp_path / "demo", speed=1),
    ):
        pass


def test_a_directory_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    precious = tmp_path / "thesis.txt"
    precious.write_text("years of work")
    with pytest.raises(CannotStage, match="holds something else"), open_stage(tmp_path, speed=1):
        pass
    assert precious.read_text() == "years of work"
    assert not (tmp_path / MARK).exists()


def test_a_directory_that_cannot_be_written_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--once", "--directory", "/proc/demo"]) == 1
    assert "cannot be used" in capsys.readouterr().out


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("stage"), speed=720) as found:
        yield found


def test_what_happened_before_a_mark_is_no_evidence(stage: Stage) -> None:
    scenes = Scenes(stage, Teller(io.StringIO()))
    hub = Watcher(stage.address, "hub", stage.logins.passwords["hub"])
    assert hub.count() == 0
    scenes.mark()
    with pytest.raises(ChapterMissing, match="waited in vain for a plan"):
        _expect_soon(scenes)
    hub.close()


def _expect_soon(scenes: Scenes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("controller.demo.story.PATIENCE_S", 0.1)
        scenes.expect("plan", lambda _: True, "a plan", by="00:00")


def test_a_missing_chapter_is_named_and_the_next_one_still_played(stage: Stage) -> None:
    out = io.StringIO()
    played = []

    def fails(_: Scenes) -> None:
        raise ChapterMissing("waited in vain for spring")

    chapters = (Chapter("Winter", fails), Chapter("Spring", lambda _: played.append("spring")))
    assert perform(stage, Teller(out), chapters) == ["Winter"]
    assert played == ["spring"]
    assert "waited in vain for spring" in out.getvalue()


def test_a_program_that_ended_by_itself_is_shown_with_its_log(stage: Stage) -> None:
    stage.box_config.write_text("[box]\nid = 7\n")
    stage.start("box")
    eventually(lambda: stage.running["box"].poll() is not None, what="the box program to refuse its file")
    assert "ended by itself" in (stage.dead() or "")
    with pytest.raises(CannotStage, match="box program ended"):
        Scenes(stage, Teller(io.StringIO())).at("00:00")
    stage.stop()
    stage.write_configs()
    assert stage.dead() is None


def test_nobody_is_told_to_use_a_program_that_is_not_there(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.demo.__main__.shutil.which", lambda name: f"/usr/bin/{name}")
    assert "mosquitto_pub -h" in to_try(stage).replace("-V mqttv5 ", "")
    monkeypatch.setattr("controller.demo.__main__.shutil.which", lambda _: None)
    said = to_try(stage)
    assert "mosquitto_" not in said
    assert stage.logins.passwords["cem"] in said
    assert "/alert/ALERT/ack" in said


def test_a_medicine_of_the_day_is_called_as_its_file_calls_it() -> None:
    household = tomllib.loads((ROOT / "controller" / "demo" / "household.toml").read_text())
    folders = [ROOT / "controller" / "demo" / "medicines", ROOT / "hub" / "medicines"]
    for regimen in household["regimen"]:
        (file,) = [path for folder in folders if (path := folder / f"{regimen['medicine']}.toml").exists()]
        medicine = tomllib.loads(file.read_text())
        assert tablets_words(0.5, medicine["id"]) == f"½ tablet of {medicine['name']} {medicine['strength']}"
    assert tablets_words(2, "iron") == "2 tablets of iron"


def test_a_verb_that_fails_says_why(stage: Stage) -> None:
    with pytest.raises(CannotStage, match="import /nowhere failed"):
        stage.ask("hub", "import", "/nowhere")


def test_the_hand_moves_the_lid_of_the_simulated_box(stage: Stage) -> None:
    scenes = Scenes(stage, Teller(io.StringIO()))
    scenes.move("lunch", is_open=True)
    assert read_scene(stage.scene).lids["lunch"]
    scenes.move("lunch", is_open=False)
    assert not read_scene(stage.scene).lids["lunch"]


def test_another_pace_goes_on_from_the_same_moment(stage: Stage) -> None:
    before_ms = stage.clock.wall_ms()
    stage.pace(60)
    assert 0 <= stage.clock.wall_ms() - before_ms < 3_600_000
    assert "speed = 60 " in stage.hub_config.read_text()
    assert f'id = "{BOX}"' in stage.box_config.read_text()


def told(columns: int, monkeypatch: pytest.MonkeyPatch, out: io.StringIO, **settings: str) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    teller = Teller(out)
    teller.chapter(1, "The plan")
    teller.say("word " * 40, voice="hub", time="08:00")
    teller.say("done", voice="good")
    return out.getvalue()


@pytest.mark.parametrize("columns", [30, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ANSI.sub("", told(columns, monkeypatch, Terminal())).splitlines()
    assert max(map(len, lines)) <= min(columns, 92)
    assert lines[2].startswith("08:00  hub: word")
    assert lines[3].startswith("            word")


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[" in told(80, monkeypatch, Terminal())
    assert "\x1b[" not in told(80, monkeypatch, Terminal(), NO_COLOR="1")
    assert "\x1b[" not in told(80, monkeypatch, Terminal(), TERM="dumb")
    assert "\x1b[" not in told(80, monkeypatch, io.StringIO())


def test_an_old_locale_does_not_stop_the_story() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    Teller(out).say("“taken”", voice="good", time="08:00")
    assert raw.getvalue() == b"08:00  ? ?taken?\n"


@pytest.mark.parametrize("words", [["--speed", "0"], ["--speed", "fast"], ["--broker", "none"], ["--twice"]])
def test_a_wrong_argument_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert words[0] in said
    assert words[0] != "--speed" or "is not a number from 1 to 2000" in said


def test_the_demo_goes_on_in_the_next_morning(stage: Stage) -> None:
    stage.pace(60, not_before=NEXT_MORNING)
    assert instant_text(stage.clock.wall_ms()).startswith("2026-11-24T06:5")
    stage.pace(1, not_before=NEXT_MORNING)
    assert stage.clock.wall_ms() >= instant_ms(NEXT_MORNING)
