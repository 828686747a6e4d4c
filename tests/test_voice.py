"""Does the box speak while nobody waits for it, whatever the programs that speak may do?"""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import stat
import subprocess
import threading
import time
import wave
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.board import BoxSettings
from firmware.boxes import open_box
from firmware.errors import RecordingRefused
from firmware.hat.matrix import MatrixPanel
from firmware.ports import Glyph, PanelView, Utterance
from firmware.show.player import SoundPlayer
from firmware.voice import spoken as spoken_module
from firmware.voice.findings import voice_findings
from firmware.voice.programs import Programs, find_programs
from firmware.voice.recordings import BYTES_MAX, SECONDS_MAX, recording_of
from firmware.voice.spoken import SpokenVoice, with_voice
from firmware.voice.wanted import Language, Wanted

DUE = Utterance(state="due", words="Monday morning: open the lit compartment")
GLYPHS: tuple[Glyph, ...] = get_args(Glyph)
LATE = Utterance(state="late", words="Monday morning, not opened yet: open the lit compartment")


def recorded(path: Path, *, seconds: float = 1.0, rate: int = 8_000, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(b"\0\0" * int(seconds * rate) * channels)
    return path


class Process:
    """A program that ends when the test says so, or is killed."""

    def __init__(self, argv: tuple[str, ...], status: int | None, *, immortal: bool = False) -> None:
        self.argv = argv
        self.text = ""
        self.returncode = status
        self.immortal = immortal
        self.killed = threading.Event()
        self.over = threading.Event()
        if status is not None:
            self.over.set()

    def communicate(self, text: bytes, timeout: float) -> None:
        self.text = text.decode()
        self.wait(timeout)

    def wait(self, timeout: float) -> None:
        if not self.over.wait(timeout):
            raise subprocess.TimeoutExpired(self.argv, timeout)

    def kill(self) -> None:
        self.killed.set()
        if not self.immortal and self.returncode is None:
            self.returncode = -9
            self.over.set()


class Machine:
    """What is installed, and how each program ends; `None` is a program that hangs."""

    def __init__(self, **ends: int | None) -> None:
        self.ends = ends
        self.immortal = False
        self.started: queue.Queue[Process] = queue.Queue()

    def start(self, argv: tuple[str, ...], **_: Any) -> Process:
        if "missing" in argv[0]:
            raise FileNotFoundError(2, "No such file or directory")
        process = Process(argv, self.ends.get(argv[0]), immortal=self.immortal)
        self.started.put(process)
        return process

    def next(self) -> Process:
        return self.started.get(timeout=5)

    def voice(self, folder: Path | None = None, programs: Programs | None = None) -> SpokenVoice:
        both = Programs(speak=("espeak", "--stdin"), play=("aplay", "-q"))
        return SpokenVoice(Wanted(voice=True, recordings=folder), programs or both, start=self.start)


def test_a_sentence_goes_to_the_program_and_never_into_its_command_line() -> None:
    machine = Machine(espeak=0)
    voice = machine.voice()
    voice.say(Utterance(state="due", words="--help; rm -rf /"))
    process = machine.next()
    assert process.argv == ("espeak", "--stdin")
    voice.close()
    assert process.text == "--help; rm -rf /"


def test_a_sentence_waits_for_the_tune_before_it() -> None:
    machine = Machine(espeak=0)
    voice = machine.voice()
    began_s = time.monotonic()
    voice.say(Utterance(state="due", words="now", after="chime"))
    machine.next()
    assert time.monotonic() - began_s >= 0.69
    voice.close()


def test_a_newer_sentence_ends_the_one_that_is_being_said(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine()
    voice = machine.voice()
    voice.say(DUE)
    first = machine.next()
    voice.say(LATE)
    second = machine.next()
    assert first.killed.is_set()
    assert second.over.is_set() is False
    voice.close()
    assert second.text == LATE.words
    assert "does not speak" not in caplog.text, "it gave way, and did not fail"


def test_law_11_saying_never_waits_for_a_program_that_hangs_and_cannot_be_killed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(spoken_module, "LONGEST_S", 0.05)
    monkeypatch.setattr(spoken_module, "DEAD_S", 0.05)
    machine = Machine()
    machine.immortal = True
    voice = machine.voice()
    began_s = time.monotonic()
    for _ in range(20):
        voice.say(DUE)
    assert time.monotonic() - began_s < 0.5
    machine.next()
    voice.say(LATE)
    until(lambda: machine.started.qsize() > 0, "the next sentence is begun all the same")
    voice.close()
    assert time.monotonic() - began_s < 5
    assert "hangs and cannot be ended" in caplog.text


def until(true: Callable[[], bool], why: str) -> None:
    end_s = time.monotonic() + 5
    pause = threading.Event()
    while not true():
        assert time.monotonic() < end_s, why
        pause.wait(0.005)


def test_a_real_program_that_hangs_is_killed_by_the_next_sentence(tmp_path: Path) -> None:
    program = tmp_path / "espeak-ng"
    program.write_text(f"#!/bin/sh\ntrap '' TERM INT HUP\necho $$ >> {tmp_path}/pids\nexec sleep 600\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    pids = tmp_path / "pids"
    voice = SpokenVoice(Wanted(voice=True), Programs(speak=(str(program),), play=None))

    def started(count: int) -> bool:
        return pids.exists() and len(pids.read_text().split()) >= count

    voice.say(DUE)
    until(lambda: started(1), "it begins")
    voice.say(LATE)
    until(lambda: started(2), "the newer sentence does not wait for the old one")
    voice.close()
    for pid in pids.read_text().split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)


def test_nothing_that_is_told_the_panel_ever_waits_for_a_driver_that_hangs(box: Any) -> None:
    """Matrix, buzzer and voice hang at once; the box goes on with what it is there for."""
    held = threading.Event()
    machine = Machine()
    machine.immortal = True

    def hang(*_: object) -> None:
        held.wait(20)

    voice = machine.voice()
    matrix, buzzer = MatrixPanel(hang, ("a",), low_light=hang), SoundPlayer(hang)
    began_s = time.monotonic()
    for number in range(300):
        matrix.show(PanelView(glyph=GLYPHS[number % len(GLYPHS)], dim=number % 2 == 1))
        buzzer.play("wrong")
        voice.say(DUE)
    assert time.monotonic() - began_s < 1.0
    box.lids.start(lambda reading: None)
    box.buttons.start(lambda press: None)
    assert replace(box, voice=voice).deaf() is None, "a voice that hangs is no reason to start the box anew"
    held.set()
    machine.next().over.set()
    for part in (matrix, buzzer, voice):
        part.close()


# The family's voice.


def test_a_recording_is_played_instead_of_the_made_voice(tmp_path: Path) -> None:
    recorded(tmp_path / "due.wav")
    machine = Machine(aplay=0, espeak=0)
    voice = machine.voice(tmp_path)
    voice.say(DUE)
    assert machine.next().argv == ("aplay", "-q", str(tmp_path / "due.wav"))
    voice.say(LATE)
    assert machine.next().argv == ("espeak", "--stdin"), "no recording of this one"
    voice.close()


@pytest.mark.parametrize("status", [1, -11])
def test_a_player_that_fails_gives_way_to_the_made_voice(
    tmp_path: Path, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    recorded(tmp_path / "due.wav")
    machine = Machine(aplay=status, espeak=0)
    voice = machine.voice(tmp_path)
    for _ in range(3):
        voice.say(DUE)
        assert machine.next().argv[0] == "aplay"
        assert machine.next().argv[0] == "espeak"
    voice.close()
    assert caplog.text.count("aplay does not speak") == 1


def damaged(path: Path) -> None:
    path.write_bytes(b"RIFF" + b"\xff" * 40)


def cut_short(path: Path) -> None:
    whole = recorded(path, seconds=2).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(BYTES_MAX + 1)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (damaged, "no WAV file"),
        (cut_short, "ends before its sound does"),
        (huge, "larger than 4 MiB"),
        (lambda path: recorded(path, seconds=SECONDS_MAX + 1), "longer than 15 seconds"),
        (lambda path: recorded(path, seconds=0), "ends before its sound does"),
        (lambda path: recorded(path, rate=4_000), "4000 samples a second"),
        (lambda path: path.write_bytes(b""), "no WAV file"),
        (lambda path: path.mkdir(), "is not a file"),
    ],
)
def test_what_a_player_would_choke_on_is_refused_and_the_made_voice_speaks(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], object], why: str
) -> None:
    spoil(tmp_path / "due.wav")
    with pytest.raises(RecordingRefused, match=why):
        recording_of(tmp_path, "due")
    machine = Machine(espeak=0)
    voice = machine.voice(tmp_path)
    for _ in range(2):
        voice.say(DUE)
        assert machine.next().argv == ("espeak", "--stdin")
    voice.close()
    assert caplog.text.count(why) == 1


@given(raw=st.binary(max_size=80))
def test_no_file_however_made_does_more_than_be_refused(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    folder = tmp_path_factory.mktemp("voice", numbered=True)
    (folder / "due.wav").write_bytes(b"RIFF\x24\0\0\0WAVEfmt " + raw)
    with contextlib.suppress(RecordingRefused):
        recording_of(folder, "due")
    shutil.rmtree(folder)


def test_a_voice_without_any_program_left_is_silent_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine(espeak=0)
    voice = machine.voice(programs=Programs(speak=("missing-espeak",), play=None))
    voice.say(DUE)
    until(lambda: "missing-espeak does not speak: No such file" in caplog.text, "it is told")
    voice.close()
    voice.close()


# What the machine has.


def with_only(*names: str) -> Callable[[str], str | None]:
    return lambda name: f"/usr/bin/{name}" if name in names else None


@pytest.fixture
def box() -> Iterator[Any]:
    hardware = open_box(BoxSettings(compartments=("a",)), lambda: 0)
    yield hardware
    hardware.close()


@pytest.mark.parametrize(
    ("programs", "speaks", "note"),
    [
        (("espeak-ng", "aplay"), True, None),
        (("espeak-ng",), True, "no program plays the recordings: install alsa-utils"),
        (("aplay",), True, "the box has no voice of its own: install espeak-ng"),
        ((), False, "the box has no voice of its own: install espeak-ng"),
    ],
)
def test_what_is_not_installed_is_a_note_and_no_fault(
    tmp_path: Path, box: Any, programs: tuple[str, ...], speaks: bool, note: str | None
) -> None:
    wanted = Wanted(voice=True, recordings=tmp_path)
    heard = with_voice(box, wanted, with_only(*programs))
    assert (heard.voice is not None) is speaks
    assert heard.missing == box.missing
    assert note is None or note in heard.notes
    if heard.voice is not None:
        heard.voice.close()
    findings = voice_findings(wanted, with_only(*programs))
    assert all(finding.ok for finding in findings)
    assert note is None or note[1:] in findings[0].sentence


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(voice=True, volume_pct=0)])
def test_a_home_that_wants_no_voice_has_none_and_hears_nothing_of_it(box: Any, wanted: Wanted) -> None:
    assert with_voice(box, wanted, with_only("espeak-ng")) is box
    assert voice_findings(wanted, with_only("espeak-ng")) == ()


def test_the_doctor_names_a_recording_that_would_never_be_heard(tmp_path: Path) -> None:
    recorded(tmp_path / "due.wav")
    recorded(tmp_path / "deu.wav")
    damaged(tmp_path / "late.wav")
    wanted = Wanted(voice=True, recordings=tmp_path)
    found = [each for each in voice_findings(wanted, with_only("espeak-ng", "aplay")) if not each.ok]
    assert len(found) == 2
    assert "deu.wav is named after no state" in found[0].sentence
    assert "late.wav is no WAV file" in found[1].sentence


def test_a_folder_that_is_not_there_is_said(tmp_path: Path, box: Any) -> None:
    wanted = Wanted(voice=True, recordings=tmp_path / "none")
    heard = with_voice(box, wanted, with_only("espeak-ng", "aplay"))
    assert any("there is no folder" in note for note in heard.notes)
    assert heard.voice is not None
    heard.voice.close()
    [finding] = voice_findings(wanted, with_only("espeak-ng", "aplay"))
    assert not finding.ok
    assert "There is no folder" in finding.sentence


def test_recordings_of_a_home_that_says_nothing_of_a_voice_are_no_silent_slip(tmp_path: Path) -> None:
    [finding] = voice_findings(Wanted(recordings=tmp_path), with_only("espeak-ng", "aplay"))
    assert not finding.ok
    assert "say voice = true" in finding.sentence


ESPEAK = shutil.which("espeak-ng")


@pytest.mark.skipif(ESPEAK is None, reason="espeak-ng is not installed here")
@pytest.mark.parametrize("language", get_args(Language))
def test_the_real_program_makes_a_sound_of_a_sentence(tmp_path: Path, language: Language) -> None:
    """To a file: whether it is heard, only a machine with a loudspeaker shows."""
    speak = find_programs(Wanted(voice=True, language=language)).speak
    assert speak is not None
    told = tmp_path / "told.wav"
    made = subprocess.run(
        [*speak, "-w", str(told)], input=DUE.words.encode(), timeout=20, capture_output=True, check=True
    )
    assert made.returncode == 0
    with wave.open(str(told), "rb") as sound:
        seconds = sound.getnframes() / sound.getframerate()
        assert 1.5 < seconds < 8
        assert any(sound.readframes(sound.getnframes()))
    shutil.copy(told, tmp_path / "due.wav")
    assert recording_of(tmp_path, "due") == tmp_path / "due.wav", "what it makes is a recording, too"


def test_every_state_can_be_recorded(tmp_path: Path) -> None:
    for state in get_args(Glyph):
        recorded(tmp_path / f"{state}.wav", seconds=0.1)
        assert recording_of(tmp_path, state) is not None
