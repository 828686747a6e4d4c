"""How does SQLite keep that only one hub acts, also when another was frozen and comes back?

A lock of the file system falls with its process, but not when that is only stopped. The lease ends by itself;
and whoever comes back too late finds it in other hands within the very transaction that would have recorded
an attempt, so that nothing is sent twice under one number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hub.errors import LeaseLost
from hub.store.ports.lease import BootMoment, Lease
from hub.store.sqlite.file import SqliteFile

_SET = """INSERT INTO lease (name, holder, number, boot, until_ms) VALUES ('hub', ?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, number = excluded.number,
        boot = excluded.boot, until_ms = excluded.until_ms"""


@dataclass(frozen=True, slots=True)
class _Held:
    holder: str
    clock: Callable[[], BootMoment]
    span_ms: int


class SqliteLease(SqliteFile):
    """The part of the store by which hubs agree who of them acts."""

    _held: _Held | None = None

    def lease(self) -> Lease | None:
        """Return the lease as it stands, `None` before any hub has run."""
        row = self._row("SELECT holder, number, boot, until_ms FROM lease WHERE name = 'hub'")
        return None if row is None else Lease(holder=row[0], number=row[1], boot=row[2], until_ms=row[3])

    def claim_lease(
        self, holder: str, clock: Callable[[], BootMoment], span_ms: int, *, is_left: bool = False
    ) -> bool:
        """Take the lease if it is free or over, or if its holder is known to be gone; see the port."""
        with self.transaction():
            found, now = self.lease(), clock()
            if found is not None and not (is_left or found.is_over(now) or found.holder == holder):
                return False
            number = 1 if found is None else found.number + (found.holder != holder)
            self._run(_SET, (holder, number, now.boot, now.at_ms + span_ms))
        self._held = _Held(holder, clock, span_ms)
        return True

    def keep_lease(self) -> None:
        """Write that this hub goes on; one that holds no lease writes nothing."""
        if self._held is not None:
            with self.transaction():
                self._prolong(self._held)

    def _fence(self) -> None:
        if self._held is None:
            return
        found, now = self.lease(), self._held.clock()
        if found is None or found.holder != self._held.holder:
            raise LeaseLost("another hub has taken over; this one ends and sends nothing more")
        if found.is_over(now) or found.until_ms - now.at_ms < self._held.span_ms // 2:
            self._prolong(self._held)

    def _prolong(self, held: _Held) -> None:
        # It may be over by now: as long as nobody else has taken it, it is still ours.
        now = held.clock()
        self._run(
            "UPDATE lease SET boot = ?, until_ms = ? WHERE name = 'hub'", (now.boot, now.at_ms + held.span_ms)
        )
