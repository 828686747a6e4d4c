"""How are instants, compartments and amounts called, so that everybody at home understands?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from controller.wire.naming import lid_words, tablet_words
from controller.wire.plan import Amount

# The locale of the machine must not decide how a month is called, as it would in strftime.
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moment:
    """Where and when somebody reads: local times are said as seen from here."""

    zone: ZoneInfo
    at: int

    def say(self, instant_ms: int) -> str:
        """Say an instant as local time, with its date unless that is today's."""
        then = self._local(instant_ms)
        return f"{then:%H:%M}" if then.date() == self._local(self.at).date() else self.dated(instant_ms)

    def dated(self, instant_ms: int) -> str:
        """Say an instant with its date: an alert may still be read days later."""
        then = self._local(instant_ms)
        return f"{then:%H:%M} on {then.day} {_MONTHS[then.month - 1]}"

    def known(self, instant_ms: int | None) -> str:
        """Say an instant with its date, or that the box which tells of it did not know it."""
        return "a time that the box did not know" if instant_ms is None else self.dated(instant_ms)

    def counted(self, instant_ms: int) -> str:
        """Say when something was counted: `on` a day where only that was written down, else `at` a time."""
        then = self._local(instant_ms)
        is_a_day = (then.hour, then.minute, then.second, then.microsecond) == (0, 0, 0, 0)
        return f"on {then.day} {_MONTHS[then.month - 1]}" if is_a_day else f"at {self.dated(instant_ms)}"

    def near(self, instant_ms: int) -> Moment:
        """Return the moment from which only that instant's day goes without saying."""
        return Moment(self.zone, instant_ms)

    def day(self) -> str:
        """Return the local date, such as `2026-11-23`."""
        return self._local(self.at).date().isoformat()

    def _local(self, instant_ms: int) -> datetime:
        return datetime.fromtimestamp(instant_ms / 1000, self.zone)


def compartment_words(compartment: str) -> str:
    """Name a compartment as people do: `mon-am` is the Monday morning compartment."""
    words = lid_words(compartment)
    return f"compartment {compartment}" if words is None else f"{words} compartment"


def amount_words(amounts: Iterable[Amount]) -> str:
    """Say how much lies there, in halves: `1½ tablets`, whatever they are called."""
    return tablet_words(sum(part.amount for part in amounts))
