"""How does the service manager learn how the hub is?"""

from __future__ import annotations

import contextlib
import os
import socket


def tell_service(text: str) -> None:
    """Tell systemd how we are; without systemd, nobody."""
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as service:
            service.connect(address.replace("@", "\0", 1) if address.startswith("@") else address)
            service.sendall(text.encode())
