"""Whose box was it at an instant, and what did the household say then?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hub.care.people import Household
from hub.errors import HouseholdRefused
from hub.household import parse_household
from hub.store.port import Store, StoredHousehold

FAR_MS = 2**52
"""After every event: an excursion of a period may end long after it."""


def parsed(stored: StoredHousehold, folders: Sequence[Path]) -> Household:
    """Read a version of the household as it was stored.

    Raises:
        HouseholdRefused: It cannot be read any more.

    """
    return parse_household(stored.text, file="the stored household", medicines_dirs=folders, lawful=True)


def readable(stored: StoredHousehold, folders: Sequence[Path]) -> Household | None:
    """Read an old version; one whose medicine file was taken away since is passed over."""
    try:
        return parsed(stored, folders)
    except HouseholdRefused:
        return None


class Owned:
    """Whose box was it? A box that was handed on must not bring one patient's openings to the other."""

    def __init__(self, store: Store, patient: str, folders: Sequence[Path]) -> None:
        self.patient = patient
        self._spans: dict[str, list[tuple[int, int]]] = {}
        ends_at = FAR_MS
        versions = store.households()
        for number, stored in enumerate(versions[::-1], 1):
            # What came before the first import belongs to whom that import names.
            begins_at = 0 if number == len(versions) else stored.imported_at
            household = readable(stored, folders)
            for box in household.boxes.values() if household is not None else ():
                if box.patient == patient:
                    self._spans.setdefault(box.id, []).append((begins_at, ends_at))
            ends_at = stored.imported_at

    def boxes(self) -> set[str]:
        """Return every box that was ever this patient's."""
        return set(self._spans)

    def at(self, box: str, instant_ms: int) -> bool:
        """Tell whether a box was this patient's at an instant."""
        # A box that no readable household names is known by the patient's own slots.
        spans = self._spans.get(box, [(0, FAR_MS)])
        return any(begins_at <= instant_ms < ends_at for begins_at, ends_at in spans)
