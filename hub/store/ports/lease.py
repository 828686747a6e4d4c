"""What must any store do so that of several hubs only one acts? A part of the port of the hub's store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class BootMoment:
    """A moment by the clock that never goes back: which start of the machine, and how long after it."""

    boot: str
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who acts as the hub, and until when by the clock that never goes back. `number` counts the holders."""

    holder: str
    number: int
    boot: str
    until_ms: int

    def is_over(self, now: BootMoment) -> bool:
        """Tell whether it has ended; with the machine that was started anew, every holder has."""
        return now.boot != self.boot or now.at_ms >= self.until_ms


class LeaseStore(Protocol):
    """What the hubs of one store agree by."""

    def lease(self) -> Lease | None:
        """Return the lease as it stands, `None` before any hub has run."""
        ...

    def claim_lease(
        self, holder: str, clock: Callable[[], BootMoment], span_ms: int, *, is_left: bool = False
    ) -> bool:
        """Take the lease if it is free or over, or if its holder is known to be gone (`is_left`).

        From then on every transaction of this store begins with a look at it, in the transaction itself:
        one that somebody else has taken meanwhile is refused with `LeaseLost`, and changes nothing.
        """
        ...

    def keep_lease(self) -> None:
        """Write that this hub goes on; one that holds no lease writes nothing."""
        ...
