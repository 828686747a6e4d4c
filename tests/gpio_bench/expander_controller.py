"""What if the expanders of a box lie in another process? The real controller, on an I2C bus behind a socket.

Takes the arguments of `pillbox-controller`; EXPANDER_BUS names the socket. The registers must not stand
still with the controller when that is stopped.
"""

from __future__ import annotations

import functools
import os
import sys
from multiprocessing.connection import Client

from controller.cli import main
from firmware import boxes


class DistantBus:
    """A bus that asks for every transfer, and is refused as the kernel refuses."""

    def __init__(self, number: int) -> None:
        self._line = Client(os.environ["EXPANDER_BUS"], "AF_UNIX")

    def read_i2c_block_data(self, i2c_addr: int, register: int, length: int) -> list[int]:
        return list(self._asked((i2c_addr, register, length)))

    def write_i2c_block_data(self, i2c_addr: int, register: int, data: list[int]) -> None:
        self._asked((i2c_addr, register, bytes(data)))

    def close(self) -> None:
        self._line.close()

    def _asked(self, transfer: tuple[int, int, int | bytes]) -> bytes:
        self._line.send(transfer)
        answer = self._line.recv()
        if not isinstance(answer, bytes):
            raise OSError(121, "Remote I/O error")
        return answer


boxes.open_pi_box = functools.partial(boxes.open_pi_box, open_bus=DistantBus)
sys.exit(main(sys.argv[1:]))
