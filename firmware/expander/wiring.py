"""Where do port expanders lie, and can they be wired so?"""

from __future__ import annotations

from dataclasses import dataclass

from firmware.errors import WiringRefused

ADDRESSES = range(0x20, 0x28)
"""What A0 to A2 of an MCP23017 can choose; nothing of a Sense HAT lies there."""

INPUTS_PER_CHIP = 14
"""Seven at each port: its eighth pin may be no input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpanderWiring:
    """Port expanders, and the one pin to which each is joined by its INTA. Free under a Sense HAT, too.

    The lids that have no pin of their own lie at them, in order: GPA0 to GPA6, then GPB0 to GPB6.
    """

    addresses: tuple[int, ...] = (0x20, 0x21)
    interrupt: int = 4
    i2c_bus: int = 1


def check_expander(
    expander: ExpanderWiring, lids: tuple[str, ...], sensors: frozenset[tuple[int, int]]
) -> None:
    """Refuse what cannot be wired; `sensors` are the bus and address of each sensor.

    Raises:
        WiringRefused: An address is none, or taken; or the chips do not have as many inputs as it takes.

    """
    addresses = expander.addresses
    for address in addresses:
        if address not in ADDRESSES:
            raise WiringRefused(
                f"an expander cannot have the address {address:#x}; A0 to A2 choose 0x20 to 0x27"
            )
        if addresses.count(address) > 1:
            raise WiringRefused(f"two expanders have the address {address:#x}; wire A0 to A2 differently")
        if (expander.i2c_bus, address) in sensors:
            raise WiringRefused(f"an expander and a sensor have the same address {address:#x}")
    needed = -(-len(lids) // INPUTS_PER_CHIP)
    if needed != len(addresses):
        raise WiringRefused(
            f"{len(lids)} lids lie at the expander, {INPUTS_PER_CHIP} to a chip: that takes {needed}, "
            f"but {len(addresses)} addresses are named"
        )
