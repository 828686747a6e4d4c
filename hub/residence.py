"""Which of the imported households does the hub work with? The newest that it can read.

A hub that ended over a household it could not read took every older one down with it: nobody was reminded,
and nobody was told. So it goes on with the newest that it understands, and says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from controller.wire.instants import MINUTE_MS
from hub.care.people import Household
from hub.errors import HouseholdRefused
from hub.store.port import Store, StoredHousehold

READ_AGAIN_MS = MINUTE_MS
"""How long a version that could not be read is left alone: its medicine file may be put back meanwhile."""

log = logging.getLogger("hub.residence")

Reader = Callable[[str], Household]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A version that can be read; `fresh` if no plans were made from it yet."""

    household: Household
    version: int
    fresh: bool


class Residence:
    """Reads the stored households. `version` is the one that is worked with, 0 before there is one."""

    def __init__(self, store: Store, read: Reader) -> None:
        self._store = store
        self._read = read
        self.version = 0
        self._refused: tuple[int, int] | None = None
        self._told = 0
        self._untold = ""

    def newer(self, at_ms: int) -> Found | None:
        """Return the newest version that can be read, if it is newer than the one that is worked with."""
        newest = self._store.household_version()
        if newest <= self.version or self._is_left_alone(newest, at_ms):
            return None
        self._refused = None
        for stored in self._newest_first():
            if stored.version <= self.version:
                break
            try:
                household = self._read(stored.text)
            except HouseholdRefused as error:
                self._note_refusal(stored.version, str(error), at_ms)
                continue
            return Found(household=household, version=stored.version, fresh=stored.applied_at is None)
        return None

    def refusal(self) -> str:
        """Return once what people must be told about a version that cannot be used; else nothing."""
        said, self._untold = self._untold, ""
        return said

    def _newest_first(self) -> Iterator[StoredHousehold]:
        newest = self._store.household()
        if newest is not None:
            yield newest
            # Only where the newest fails: there may be hundreds.
            yield from reversed(self._store.households()[:-1])

    def _is_left_alone(self, newest: int, at_ms: int) -> bool:
        if self._refused is None:
            return False
        version, refused_at = self._refused
        return version == newest and 0 <= at_ms - refused_at < READ_AGAIN_MS

    def _note_refusal(self, version: int, why: str, at_ms: int) -> None:
        if self._refused is None:
            self._refused = version, at_ms
        if version <= self._told:
            return
        self._told = max(self._told, version)
        log.critical(
            "version %d of the household cannot be used, the one before it stays: %s", version, why
        )  # fmt: skip
        self._untold = self._untold or (
            f"Version {version} of the household cannot be used, an older one is still in force: {why}"
        )
