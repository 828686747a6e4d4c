"""How does a hub that starts on a damaged medicine file go on? With the text that it could read last.

One slip in a file of the home's own once left a hub without any household at its next start: it reminded of
nothing, told nobody, and only its log said why.
"""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path

log = logging.getLogger("hub.medicines")


class KeptMedicines:
    """The last readable texts of the home's own files, in a folder of the hub; `damaged` maps ids to reasons.

    Only a running hub uses it: a command that reads a household refuses a damaged file, as before.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.damaged: dict[str, str] = {}

    def keep(self, name: str, text: str) -> None:
        """Keep a text that was read; a disk that refuses it costs only this safety net."""
        self.damaged.pop(name, None)
        if self.text(name) == text:
            return
        path = self._folder / f"{name}.toml"
        new = path.with_suffix(".new")
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with new.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            # A half-written copy must not be what a damaged file is replaced by.
            new.replace(path)
        except OSError as error:
            log.warning("the medicine %s cannot be kept beside its file: %s", name, error.strerror)
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)

    def text(self, name: str) -> str | None:
        """Return the text that was kept last, `None` if there is none."""
        try:
            return (self._folder / f"{name}.toml").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def stand_in(self, name: str, why: str) -> str | None:
        """Return the text kept for a file that is damaged, and note why it is needed."""
        kept = self.text(name)
        if kept is not None:
            log.warning("%s The text that was read last is used instead.", why)
            self.damaged[name] = why
        return kept

    def trouble(self) -> str:
        """Say what must be mended, empty if nothing."""
        if not self.damaged:
            return ""
        said = " ".join(self.damaged[name] for name in sorted(self.damaged))
        return f"The hub goes on with what it could read last of a damaged medicine file. {said}"
