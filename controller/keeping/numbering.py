"""Under which identity does a row of the outbox cross the wire?

Mostly under its stream and its own number. An outbox that had to be carried into memory, because its file
cannot be written, gives what was queued in the file the identity it has there, and numbers what happens
from then on in a stream of its own: the file will give the next numbers again.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """The stream of new rows, and of which stream the rows up to `carried_to` are."""

    stream: str
    carried: str = ""
    carried_to: int = 0

    def of(self, seq: int) -> tuple[str, int]:
        """Return the stream and the number in it of one row."""
        if seq <= self.carried_to:
            return self.carried, seq
        return self.stream, seq - self.carried_to

    def reach(self, stream: str, written: int) -> tuple[int, int] | None:
        """Return above which row a stream begins and with which it ends, `None` for a foreign one."""
        if stream == self.stream:
            return self.carried_to, written
        return (0, self.carried_to) if stream == self.carried else None
