"""How do edges and polls of many switches become one orderly report each?

Whatever notices an edge (a library's thread, a file that changed) only queues it here. One worker
debounces, polls every level so that a lost edge heals, and reports. Lids and buttons, real and
simulated, all go through it.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping

from firmware import debounce
from firmware.debounce import Change, Contact
from firmware.ports import BootClock

_log = logging.getLogger(__name__)

POLL_S = 0.5
SOON_S = 0.005
STALE_S = 20.0
"""A worker that has not gone round for this long is taken for dead."""

Edge = tuple[str, bool, int, int | None]
Report = Callable[[str, Change], None]


class ContactWatch:
    """One worker thread over named switches. `read_level` may raise: that ends the worker.

    `pending_wait_s` bounds how long the worker sleeps while a switch is moving; a clock that runs
    faster than time needs a small one, the machine's own clock none.
    """

    def __init__(
        self,
        names: tuple[str, ...],
        *,
        read_level: Callable[[str], bool],
        boot_clock: BootClock,
        title: str,
        pending_wait_s: float = POLL_S,
    ) -> None:
        self._names = names
        self._read_level = read_level
        self._boot_clock = boot_clock
        self._title = title
        self._pending_wait_s = pending_wait_s
        self._edges: queue.SimpleQueue[Edge | None] = queue.SimpleQueue()
        self._contacts: dict[str, Contact] = {}
        self._report: Report = _nobody
        self._thread: threading.Thread | None = None
        self._closing = False
        self._rounds = 0
        self._round_at = time.monotonic()

    def edge(self, name: str, level: bool, mono_ms: int, seen_ms: int | None = None) -> None:
        """Queue an edge, and until when more may have followed unseen.

        Safe from any thread; never blocks and never raises.
        """
        self._edges.put((name, level, mono_ms, seen_ms))

    def start(self, report: Report) -> Mapping[str, bool]:
        """Read the baseline, start the worker and return the baseline.

        Edges that were queued before are kept: they are newer than what was last known.
        """
        baseline = {name: self._read_level(name) for name in self._names}
        self._contacts = {name: debounce.at_rest(level) for name, level in baseline.items()}
        self._report = report
        self._round_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=self._title, daemon=True)
        self._thread.start()
        return baseline

    def alive(self) -> bool:
        """Tell whether the worker still goes round."""
        thread = self._thread
        if thread is None or not thread.is_alive():
            return False
        if time.monotonic() - self._round_at < STALE_S:
            return True
        # A process that was stopped and continued looks stale for a moment: let the worker try.
        rounds = self._rounds
        thread.join(timeout=2 * POLL_S)
        return self._rounds != rounds and thread.is_alive()

    def close(self) -> None:
        """Stop the worker. Safe to call twice and from the worker itself."""
        self._closing = True
        self._edges.put(None)
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=2.0)

    def _run(self) -> None:
        try:
            self._go_round()
        except Exception:  # noqa: BLE001 - whatever it is, the worker is over and must say so
            # The thread ends here; `alive` tells it, and the process is restarted.
            _log.exception("The worker %r ended: its switches are no longer watched.", self._title)

    def _go_round(self) -> None:
        next_poll_s = time.monotonic() + POLL_S
        while not self._closing:
            self._take_edges(self._wait_s(next_poll_s))
            self._settle()
            if time.monotonic() >= next_poll_s:
                self._poll()
                next_poll_s = time.monotonic() + POLL_S
            self._rounds += 1
            self._round_at = time.monotonic()

    def _wait_s(self, next_poll_s: float) -> float:
        wait_s = next_poll_s - time.monotonic()
        due = [ms for contact in self._contacts.values() if (ms := debounce.due_ms(contact)) is not None]
        if due:
            # What is overdue waits for an edge that is on its way: it is looked at again, without spinning.
            due_s = max(SOON_S, (min(due) - self._boot_clock()) / 1000)
            wait_s = min(wait_s, self._pending_wait_s, due_s)
        return max(0.0, wait_s)

    def _take_edges(self, wait_s: float) -> None:
        """Wait for one edge, then drain the queue: what lies in it is older than now."""
        try:
            found = self._edges.get(timeout=wait_s) if wait_s > 0 else self._edges.get_nowait()
            while found is not None:
                self._take(*found)
                found = self._edges.get_nowait()
        except queue.Empty:
            return

    def _take(self, name: str, level: bool, mono_ms: int, seen_ms: int | None) -> None:
        self._contacts[name], change = debounce.edge(self._contacts[name], level, mono_ms, seen_ms)
        if change is not None:
            self._report(name, change)

    def _settle(self) -> None:
        now_ms = self._boot_clock()
        for name, contact in self._by_first_edge():
            due = debounce.due_ms(contact)
            if due is None or now_ms < due:
                continue
            level = self._read_level(name)
            self._contacts[name], change = debounce.confirmed(contact, level, now_ms)
            if change is not None:
                self._report(name, change)

    def _by_first_edge(self) -> list[tuple[str, Contact]]:
        moving = [(name, contact) for name, contact in self._contacts.items() if contact.first_ms is not None]
        return sorted(moving, key=lambda item: item[1].first_ms or 0)

    def _poll(self) -> None:
        now_ms = self._boot_clock()
        for name in self._names:
            self._contacts[name] = debounce.polled(self._contacts[name], self._read_level(name), now_ms)


def _nobody(name: str, change: Change) -> None:
    raise AssertionError(f"{name} changed to {change.level} before the watch was started")
