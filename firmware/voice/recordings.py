"""Which recording is there for a state, and can it be played?

A family's recording is taken as it comes: from a phone, cut short by a full card, or an hour long by mistake.
What a player would choke on is refused here with a reason, and the made voice speaks instead.
"""

from __future__ import annotations

import wave
from pathlib import Path

from firmware.errors import RecordingRefused
from firmware.ports import Glyph

BYTES_MAX = 4 * 1024 * 1024
SECONDS_MAX = 15
RATES = range(8_000, 48_001)


def recording_of(folder: Path, state: Glyph) -> Path | None:
    """Return the recording for a state, `None` where the family has made none.

    Raises:
        RecordingRefused: There is one, and it is damaged, too large or too long.

    """
    path = folder / f"{state}.wav"
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RecordingRefused(f"{path} cannot be read: {error.strerror}") from error
    if not path.is_file():
        raise RecordingRefused(f"{path} is not a file")
    if size > BYTES_MAX:
        raise RecordingRefused(f"{path} is larger than {BYTES_MAX // 2**20} MiB")
    _check_sound(path, size)
    return path


def _check_sound(path: Path, size: int) -> None:
    try:
        with wave.open(str(path), "rb") as sound:
            rate, frames = sound.getframerate(), sound.getnframes()
            frame_bytes = sound.getnchannels() * sound.getsampwidth()
    except (OSError, EOFError, wave.Error) as error:
        raise RecordingRefused(
            f"{path} is no WAV file that can be played: {str(error) or 'it ends early'}"
        ) from error
    if rate not in RATES:
        raise RecordingRefused(f"{path} has {rate} samples a second; 8000 to 48000 are played")
    if frames <= 0 or size < frames * frame_bytes:
        raise RecordingRefused(f"{path} ends before its sound does")
    if frames > rate * SECONDS_MAX:
        raise RecordingRefused(f"{path} lasts longer than {SECONDS_MAX} seconds")
