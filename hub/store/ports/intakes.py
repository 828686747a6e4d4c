"""What must any store be able to say of what was taken? A part of the port of the hub's store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from hub.care.ledger import Intake


class IntakeStore(Protocol):
    """What the hub remembers of intakes, however long ago."""

    def intakes_since(self, patient: str, from_ms: int) -> Mapping[str, Intake]:
        """Return what was taken for each slot due since an instant, by the id of the slot."""
        ...
