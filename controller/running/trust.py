"""What time is it on both clocks, and how far can the wall clock be trusted?

A Pi has no clock of its own: after a power cut it may wake up in the past, and says nothing. Until
the network has set it, or a clock chip holds it, no verdict may rest on it. And that there is a chip proves
little: every Pi 5 has one, mostly without the battery that would keep its time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from controller.installing.config import ClockSettings
from controller.wire.clocks import set_by_network
from controller.wire.envelope import Stamp
from controller.wire.words import ClockTrust
from controller.witness.clock import instant

CLOCK_CHIP = Path("/sys/class/rtc/rtc0/since_epoch")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

CHIP_ERROR_MS = 600_000
"""Two clocks drift apart by some minutes in months without a network; a chip without a battery by years."""

WALL_NOTE = "wall_ms"
"""The newest wall time that was believed, in the notes of the outbox."""
SYNCED_NOTE = "synced_ms"
"""The newest time the network vouched for; a box that has none believes no clock chip."""

Reason = Literal[
    "configured", "network", "chip", "no_chip", "chip_never_set", "chip_disagrees", "clock_in_the_past"
]
"""What the trust in the wall clock, or its lack, rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouchers:
    """What this machine says of its own wall clock; `chip_ms` is the time by its clock chip, if any."""

    network: bool
    chip_ms: int | None = None


def look_around() -> Vouchers:
    """Ask the kernel; the chip only where the network has not set the clock."""
    if set_by_network():
        return Vouchers(network=True)
    return Vouchers(network=False, chip_ms=_chip_ms())


def _chip_ms() -> int | None:
    try:
        return int(CLOCK_CHIP.read_text("ascii")) * 1_000
    except (OSError, ValueError):
        return None


def judged(seen: Vouchers, *, wall_ms: int, floor_ms: int, once_synced: bool) -> tuple[ClockTrust, Reason]:
    """Say how far the wall clock can be trusted, and why.

    The network's word outranks the floor: what was remembered may itself have been wrong. A chip is believed
    only once the network has set this box's clock, and with it the chip, and while nothing contradicts it.
    """
    if seen.network:
        return "synced", "network"
    if seen.chip_ms is None:
        return "untrusted", "no_chip"
    if not once_synced:
        return "untrusted", "chip_never_set"
    if abs(seen.chip_ms - wall_ms) > CHIP_ERROR_MS:
        return "untrusted", "chip_disagrees"
    if wall_ms < floor_ms:
        return "untrusted", "clock_in_the_past"
    return "rtc", "chip"


def boot_name(settings: ClockSettings) -> str:
    """Name this boot; a compressed day that begins anew is a boot of its own."""
    name = BOOT_ID.read_text("ascii").strip()
    return name if settings.zero_ms is None else f"{name}-{settings.zero_ms}"


class Watchmaker:
    """Stamps what happens with both clocks."""

    def __init__(
        self,
        settings: ClockSettings,
        *,
        boot: str,
        floor_ms: int,
        once_synced: bool,
        look: Callable[[], Vouchers] = look_around,
    ) -> None:
        """Take the clock.

        Args:
            settings: Which clock, and whether the installer vouches for it.
            boot: The name of this boot.
            floor_ms: The newest wall time that was ever believed.
            once_synced: Whether the network has ever set this box's clock.
            look: Asks the machine what it says of its clock.

        """
        self.clock = settings.clock
        self.once_synced = once_synced
        self.trust: ClockTrust = "untrusted"
        self.because: Reason = "no_chip"
        self._settled = settings.trust
        self._boot = boot
        self._floor_ms = floor_ms
        self._look = look
        self._offset_ms = self.clock.wall_ms() - self.clock.boot_ms()
        self.examine()

    def stamp(self, mono_ms: int | None = None) -> Stamp:
        """Stamp an instant of the boot clock, by default this one, with the wall time it had."""
        boot_ms = self.clock.boot_ms()
        then_ms = boot_ms if mono_ms is None else min(mono_ms, boot_ms)
        wall_ms = self.clock.wall_ms() - (boot_ms - then_ms)
        # A clock beyond the last year of the wire had ended the program as it wrote its first event.
        return Stamp(at=instant(wall_ms), boot=self._boot, mono_ms=then_ms, clock=self.trust)

    def examine(self) -> bool:
        """Look at the clock again; return whether it stepped or its trust changed."""
        offset_ms = self.clock.wall_ms() - self.clock.boot_ms()
        trust, self.because = self._judged()
        changed = trust != self.trust or abs(offset_ms - self._offset_ms) > 1_000
        self.trust = trust
        self._offset_ms = offset_ms
        return changed

    def believed_ms(self) -> int | None:
        """Return the wall time worth remembering as a floor, if it is to be believed now."""
        return None if self.trust == "untrusted" else self.clock.wall_ms()

    def notes_due(self) -> tuple[str, ...]:
        """Return under which names the time that is believed now is worth remembering."""
        if self.believed_ms() is None:
            return ()
        return (WALL_NOTE, SYNCED_NOTE) if self.because == "network" else (WALL_NOTE,)

    def _judged(self) -> tuple[ClockTrust, Reason]:
        if self._settled is not None:
            return self._settled, "configured"
        seen = self._look()
        self.once_synced = self.once_synced or seen.network
        return judged(
            seen, wall_ms=self.clock.wall_ms(), floor_ms=self._floor_ms, once_synced=self.once_synced
        )
