"""How are lids that are watched in two ways one port?"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from firmware.ports import LidReading, Lids


class SeveralLids:
    """Lids of several kinds, as direct pins and an expander; keeps the `Lids` port."""

    def __init__(self, parts: tuple[Lids, ...]) -> None:
        self._parts = parts
        self._one_at_a_time = threading.Lock()

    def start(self, report: Callable[[LidReading], None]) -> Mapping[str, bool]:
        """Begin to watch and return which lids are open."""

        def told(reading: LidReading) -> None:
            with self._one_at_a_time:
                report(reading)

        return {name: level for part in self._parts for name, level in part.start(told).items()}

    def alive(self) -> bool:
        """Tell whether changes of every lid would still be noticed."""
        return all(part.alive() for part in self._parts)

    def close(self) -> None:
        """Stop watching."""
        for part in self._parts:
            part.close()
