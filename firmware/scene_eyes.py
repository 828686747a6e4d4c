"""Who notices that the hand has moved a simulated box?"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from firmware import scene
from firmware.errors import DeviceAbsent
from firmware.scene import Scene

_log = logging.getLogger(__name__)

LOOK_S = 0.01


class Eyes:
    """The thread that looks whether the scene file changed."""

    def __init__(self, path: Path | None, changed: Callable[[Scene], None]) -> None:
        self._path = path
        self._changed = changed
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Begin to look; safe to call twice."""
        if self._path is not None and self._thread is None:
            self._thread = threading.Thread(target=self._look, args=(self._path,), name="scene", daemon=True)
            self._thread.start()

    def alive(self) -> bool:
        """Tell whether a change of the scene would still be seen."""
        return self._path is None or (self._thread is not None and self._thread.is_alive())

    def close(self) -> None:
        """Stop looking. Safe to call twice."""
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=2.0)

    def _look(self, path: Path) -> None:
        seen: tuple[int, ...] | None = None
        while not self._stop.wait(LOOK_S):
            mark = _mark(path)
            if mark in (seen, None):
                continue
            seen = mark
            try:
                self._changed(scene.read_scene(path))
            except DeviceAbsent as error:
                _log.warning("The box stays as it was: %s.", error)


def _mark(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
