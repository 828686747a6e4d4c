"""What did the installer say of the port expanders?"""

from __future__ import annotations

from controller.installing.table import Table
from firmware.expander.wiring import ExpanderWiring


def expander_wiring(table: Table) -> ExpanderWiring:
    """Return how the expanders are wired; an empty table means two, as in the installation guide.

    Raises:
        ConfigRefused: A key or a value is not known.

    """
    usual = ExpanderWiring()
    wiring = ExpanderWiring(
        addresses=table.wholes("addresses", 0x03, 0x77) or usual.addresses,
        interrupt=table.whole("interrupt", usual.interrupt, 0, 27),
        i2c_bus=table.whole("i2c_bus", usual.i2c_bus, 0, 63),
    )
    table.done()
    return wiring
