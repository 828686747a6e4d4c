"""What would a doctor say of the voice of this box?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast, get_args

from firmware.errors import RecordingRefused
from firmware.findings import Finding
from firmware.ports import Glyph
from firmware.voice.programs import Find, find_programs
from firmware.voice.recordings import recording_of
from firmware.voice.spoken import lacking
from firmware.voice.wanted import Wanted


def voice_findings(wanted: Wanted, find: Find | None = None) -> tuple[Finding, ...]:
    """Look at the programs and the recordings; a home that wants neither hears nothing of it."""
    folder = wanted.recordings
    if folder is not None and not wanted.voice:
        unheard = f"The recordings in {folder} are never played: say voice = true, too."
        return (Finding(name="voice", ok=False, sentence=unheard),)
    if not wanted.voice or wanted.volume_pct == 0:
        return ()
    programs = find_programs(wanted) if find is None else find_programs(wanted, find)
    absent = lacking(wanted, programs)
    said = "; ".join(absent) or f"Speaks with {programs.speak[0] if programs.speak else 'recordings'}"
    # Signs and tunes need no voice: what is not installed is good to know, and nothing stands still for it.
    is_there = folder is None or folder.is_dir()
    voice = Finding(name="voice", ok=is_there, sentence=f"{said[0].upper()}{said[1:]}.")
    return (voice, *(Finding(name="recording", ok=False, sentence=f"{why}.") for why in _unplayable(wanted)))


def _unplayable(wanted: Wanted) -> Iterator[str]:
    folder = wanted.recordings
    if folder is None or not folder.is_dir():
        return
    known = set(get_args(Glyph))
    for path in _files(folder):
        if path.suffix != ".wav" or path.stem not in known:
            yield f"{path} is named after no state of the panel, so it is never played"
            continue
        try:
            recording_of(folder, cast(Glyph, path.stem))
        except RecordingRefused as error:
            yield str(error)


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
