"""How does systemd know that the program is ready, alive, or stopping?"""

from __future__ import annotations

import os
import socket
import time

EVERY_S = 1.0


class Watchdog:
    """Tells the service manager by its notify socket; without one it keeps silent."""

    def __init__(self, address: str | None = None) -> None:
        """Take the address, by default the one systemd passes in the environment."""
        found = os.environ.get("NOTIFY_SOCKET") if address is None else address
        # An abstract socket is written with @ and addressed with a zero byte.
        self._address = f"\0{found[1:]}" if found and found.startswith("@") else found
        self._fed_s = 0.0

    def ready(self) -> None:
        """Say that the box is watched from now on."""
        self._say("READY=1")

    def feed(self) -> None:
        """Say that all is alive, at most once a second."""
        if time.monotonic() - self._fed_s >= EVERY_S:
            self._fed_s = time.monotonic()
            self._say("WATCHDOG=1")

    def stopping(self, why: str) -> None:
        """Say that the program ends on purpose, and why."""
        self._say(f"STOPPING=1\nSTATUS={why}")

    def _say(self, text: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
                notify.settimeout(1)
                notify.sendto(text.encode(), self._address)
        except OSError:
            # A service manager that does not listen is its own trouble; it restarts what it does not hear.
            return
