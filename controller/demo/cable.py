"""What if the network of the box is cut? A cable between box and broker that the demo can pull."""

from __future__ import annotations

import contextlib
import socket
import threading

LOOPBACK = "127.0.0.1"
CHUNK = 65_536


class Cable:
    """Forwards TCP from a loopback port of its own to the broker, until it is cut."""

    def __init__(self, broker_port: int) -> None:
        self._broker_port = broker_port
        self._lock = threading.Lock()
        self._whole = True
        self._open: set[socket.socket] = set()
        self._socket = socket.create_server((LOOPBACK, 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, name="cable", daemon=True).start()

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        with self._lock:
            self._whole = False
            ends, self._open = self._open, set()
        for end in ends:
            _hang_up(end)

    def mend(self) -> None:
        """Let connections through again."""
        with self._lock:
            self._whole = True

    def close(self) -> None:
        """Stop for good. Safe to call twice."""
        self.cut()
        # Closing alone would leave accept() waiting in its thread.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._socket.accept()
            except OSError:
                return
            self._join(near)

    def _join(self, near: socket.socket) -> None:
        with self._lock:
            whole = self._whole
        if not whole:
            _hang_up(near)
            return
        try:
            far = socket.create_connection((LOOPBACK, self._broker_port), timeout=5)
        except OSError:
            _hang_up(near)
            return
        far.settimeout(None)
        for end in (near, far):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            # It may have been cut while we dialled.
            whole = self._whole
            if whole:
                self._open |= {near, far}
        if not whole:
            _hang_up(near)
            _hang_up(far)
            return
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._carry, args=(source, sink), name="cable", daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(CHUNK):
                sink.sendall(chunk)
        with self._lock:
            self._open -= {source, sink}
        _hang_up(source)
        _hang_up(sink)


def _hang_up(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
