"""What if the network of the box is cut? A cable between box and broker that the demo can pull.

As with a real router, the box is not told: its connection stays open and goes nowhere, while the broker
sees the box vanish.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass

LOOPBACK = "127.0.0.1"
CHUNK = 65_536


@dataclass(eq=False, slots=True)
class _Pair:
    """One connection: its end at the box, and its end at the broker."""

    near: socket.socket
    far: socket.socket
    dangling: bool = False


class Cable:
    """Forwards TCP from a loopback port of its own to the broker, until it is cut."""

    def __init__(self, broker_port: int) -> None:
        self._broker_port = broker_port
        self._lock = threading.Lock()
        self._pairs: set[_Pair] = set()
        self._listener: socket.socket | None = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self._listen(self._listener)

    def cut(self) -> None:
        """Leave every connection dangling and refuse new ones. Safe to call twice."""
        with self._lock:
            listener, self._listener = self._listener, None
            pairs = tuple(self._pairs)
            for pair in pairs:
                pair.dangling = True
        # Letting a client in to hang up on it at once would look like a broker that refuses its protocol.
        for end in (*([listener] if listener else []), *(pair.far for pair in pairs)):
            _hang_up(end)

    def mend(self) -> None:
        """Let connections through again, on the same port; those that dangled are found to be dead."""
        with self._lock:
            if self._listener is None:
                self._listener = socket.create_server((LOOPBACK, self.port))
                self._listen(self._listener)
        self._drop()

    def close(self) -> None:
        """Stop for good. Safe to call twice."""
        self.cut()
        self._drop()

    def _drop(self) -> None:
        with self._lock:
            dangling = {pair for pair in self._pairs if pair.dangling}
            self._pairs -= dangling
        for pair in dangling:
            _hang_up(pair.near)

    def _listen(self, listener: socket.socket) -> None:
        threading.Thread(target=self._accept, args=(listener,), name="cable", daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            self._join(near)

    def _join(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection((LOOPBACK, self._broker_port), timeout=5)
        except OSError:
            _hang_up(near)
            return
        far.settimeout(None)
        for end in (near, far):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pair = _Pair(near, far)
        with self._lock:
            # It may have been cut while we dialled.
            whole = self._listener is not None
            if whole:
                self._pairs.add(pair)
        if not whole:
            _hang_up(near)
            _hang_up(far)
            return
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._carry, args=(pair, source, sink), name="cable", daemon=True).start()

    def _carry(self, pair: _Pair, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(CHUNK):
                sink.sendall(chunk)
        with self._lock:
            if pair.dangling:
                return
            self._pairs.discard(pair)
        _hang_up(source)
        _hang_up(sink)


def _hang_up(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # Closing alone would leave another thread waiting in accept() or recv().
        end.shutdown(socket.SHUT_RDWR)
    end.close()
