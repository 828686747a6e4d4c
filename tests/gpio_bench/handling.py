"""Who handles a box of 42 lids for an hour, and was every opening seen that could be?

An hour of handling is as many openings as somebody makes who opens a lid every quarter of a minute. Their
number is kept, and their length and the pauses are cut to what a lid needs to rest: it lasts half a minute.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, Listener
from typing import Any

from tests.expander_model import ModelBus
from tests.gpio_bench import chip

ADDRESSES = (0x20, 0x21)
PLACES = {f"x{number}": (ADDRESSES[number // 14], number % 14) for number in range(28)}
LIDS = (*chip.LIDS, *PLACES)
HANDS = 6
SHORTEST_S, LONGEST_S = 0.15, 0.25

EARLY_MS = 110
"""A lid that moves while a neighbour's interrupt waits to be read may bear that one's time."""

LATE_MS = 1_200
"""A level that only the poll could find is stamped when it was found."""


def boot_ms() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


@dataclass(frozen=True)
class Opening:
    """A lid stood open from one moment to another."""

    lid: str
    began_ms: int
    ended_ms: int


class Box:
    """Fourteen lids at the header, and 28 at two expanders whose registers are played here."""

    def __init__(self, socket: str) -> None:
        self.header = chip.Chip()
        self._pushed = self.header.hold()
        self._bus = ModelBus(*ADDRESSES, wire=self.header.interrupt)
        self._one_at_a_time = threading.Lock()
        self._listener = Listener(socket, "AF_UNIX")
        threading.Thread(target=self._serve, daemon=True).start()

    def release(self) -> None:
        """Let go of the lids at the header, once their lines are claimed."""
        self._pushed.set()

    def level(self, lid: str, *, opened: bool) -> None:
        if lid in PLACES:
            with self._one_at_a_time:
                self._bus.move(*PLACES[lid], opened=opened)
        else:
            self.header.level(lid, opened=opened)

    def move(self, lid: str, chance: random.Random, *, opened: bool) -> None:
        """Open or shut a lid as contacts do: with up to seven bounces of 0.3 to 4 ms."""
        for _ in range(chance.randint(0, 7)):
            self.level(lid, opened=opened)
            time.sleep(chance.uniform(0.0003, 0.004))
            self.level(lid, opened=not opened)
            time.sleep(chance.uniform(0.0003, 0.004))
        self.level(lid, opened=opened)

    def _serve(self) -> None:
        while True:
            with self._listener.accept() as line:
                self._answer(line)

    def _answer(self, line: Connection[Any, Any]) -> None:
        try:
            while True:
                address, register, what = line.recv()
                with self._one_at_a_time:
                    if isinstance(what, bytes):
                        self._bus.write_i2c_block_data(address, register, list(what))
                        answer = b""
                    else:
                        answer = bytes(self._bus.read_i2c_block_data(address, register, what))
                line.send(answer)
        except (EOFError, OSError):
            return


def handled(box: Box, count: int, meanwhile: Callable[[], None] = lambda: None) -> list[Opening]:
    """Open and shut lids with six hands at once, and do something meanwhile; return what was opened."""
    made: list[Opening] = []

    def hand(number: int) -> None:
        chance = random.Random(f"{number} of {count}")
        for _ in range(count // HANDS):
            lid = chance.choice(LIDS[number::HANDS])
            began_ms = boot_ms()
            box.move(lid, chance, opened=True)
            time.sleep(chance.uniform(SHORTEST_S, LONGEST_S))
            ended_ms = boot_ms()
            box.move(lid, chance, opened=False)
            made.append(Opening(lid, began_ms, ended_ms))
            time.sleep(chance.uniform(SHORTEST_S, LONGEST_S))

    hands = [threading.Thread(target=hand, args=(number,)) for number in range(HANDS)]
    for thread in hands:
        thread.start()
    meanwhile()
    for thread in hands:
        thread.join()
    return made


def unseen(made: list[Opening], stored: list[tuple[str, int]]) -> tuple[list[Opening], list[tuple[str, int]]]:
    """Return the openings that were not stored, and what was stored and never made.

    Each stored opening is a lid and a time; it stands for the one opening of its lid in which that time lies.
    """
    left = sorted(stored, key=lambda each: each[1])
    lost = []
    for opening in sorted(made, key=lambda each: each.began_ms):
        fits = [
            each
            for each in left
            if each[0] == opening.lid and opening.began_ms - EARLY_MS <= each[1] <= opening.ended_ms + LATE_MS
        ]
        if fits:
            left.remove(fits[0])
        else:
            lost.append(opening)
    return lost, left
