"""Who opens and shuts the lids of the bench? A kernel GPIO chip whose outside is pulled by files.

gpio-sim has one limit: a program that claims a line with a pull-up pulls the *outside*, too, so that
every shut lid springs open. `hold` is the hand that pushes them shut again, as a real contact would.
"""

from __future__ import annotations

import os
import random
import threading
import time
from pathlib import Path

CONFIG = Path("/sys/kernel/config/gpio-sim")
LABEL = "pinctrl-bcm2711"
HEADER_LINES = 28
LINES = 54
HANDS = 3
INTERRUPT = 23
"""The line to which the expanders of the bench are joined by their INTA."""

LIDS = {
    f"{day}-{half}": pin
    for (day, half), pin in zip(
        ((day, half) for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun") for half in ("am", "pm")),
        (4, 5, 6, 7, 12, 16, 17, 18, 19, 20, 21, 22, 26, 27),
        strict=True,
    )
}


class Chip:
    """The header of a Pi 4 B. A shut lid closes its contact to ground."""

    def __init__(self) -> None:
        bank = CONFIG / "header" / "bank0"
        bank.mkdir(parents=True)
        (bank / "num_lines").write_text(str(LINES))
        (bank / "label").write_text(LABEL)
        for line in range(HEADER_LINES):
            (bank / f"line{line}").mkdir()
            (bank / f"line{line}" / "name").write_text(f"GPIO{line}")
        (CONFIG / "header" / "live").write_text("1")
        device = (CONFIG / "header" / "dev_name").read_text().strip()
        chip = (bank / "chip_name").read_text().strip()
        outside = Path("/sys/devices/platform") / device / chip
        pins = (*LIDS.values(), INTERRUPT)
        self._pulls = {pin: os.open(outside / f"sim_gpio{pin}/pull", os.O_RDWR) for pin in pins}
        self.shut: set[int] = set(LIDS.values())
        self._lock = threading.Lock()
        self._random = random.Random(14)
        for pin in LIDS.values():
            self._pull(pin)

    def remove(self) -> None:
        """Take the chip away, so that the next one is the first again."""
        for pull in self._pulls.values():
            os.close(pull)
        header = CONFIG / "header"
        (header / "live").write_text("0")
        for line in range(HEADER_LINES):
            (header / "bank0" / f"line{line}").rmdir()
        (header / "bank0").rmdir()
        header.rmdir()

    def level(self, lid: str, *, opened: bool) -> None:
        """Put one lid's contact to a level, at once."""
        pin = LIDS[lid]
        with self._lock:
            (self.shut.discard if opened else self.shut.add)(pin)
            self._pull(pin)

    def interrupt(self, low: bool) -> None:
        """Pull the line of the expanders low, or let it go."""
        os.pwrite(self._pulls[INTERRUPT], b"pull-down" if low else b"pull-up", 0)

    def move(self, lid: str, *, opened: bool) -> None:
        """Open or shut a lid as contacts do: with up to seven bounces of 0.3 to 4 ms."""
        for _ in range(self._random.randint(0, 7)):
            self.level(lid, opened=opened)
            time.sleep(self._random.uniform(0.0003, 0.004))
            self.level(lid, opened=not opened)
            time.sleep(self._random.uniform(0.0003, 0.004))
        self.level(lid, opened=opened)

    def hold(self) -> threading.Event:
        """Push the shut lids shut again whenever somebody claims their lines, until the event is set."""
        enough = threading.Event()
        threading.Thread(target=self._hold, args=(enough,), daemon=True).start()
        return enough

    def _hold(self, enough: threading.Event) -> None:
        while not enough.wait(0.02):
            for pin in LIDS.values():
                with self._lock:
                    pulled_down = b"down" in os.pread(self._pulls[pin], 16, 0)
                    if pulled_down != (pin in self.shut):
                        self._pull(pin)

    def _pull(self, pin: int) -> None:
        os.pwrite(self._pulls[pin], b"pull-down" if pin in self.shut else b"pull-up", 0)


def openings(chip: Chip, count: int, *, but: str) -> dict[str, int]:
    """Open and shut lids with three hands at once; return how often each lid was opened.

    A lid stays open, and shut, for three times the 50 ms in which a contact comes to rest: the kernel stamps
    an edge when its interrupt runs, and on a busy host 60 ms between two pulls became less than 50 between
    stamps.
    """
    names = [name for name in LIDS if name != but]
    made = dict.fromkeys(names, 0)

    def hand(number: int) -> None:
        chooser = random.Random(number)
        for _ in range(count // HANDS):
            lid = chooser.choice(names[number::HANDS])
            chip.move(lid, opened=True)
            time.sleep(chooser.uniform(0.15, 0.25))
            chip.move(lid, opened=False)
            time.sleep(chooser.uniform(0.15, 0.25))
            made[lid] += 1

    hands = [threading.Thread(target=hand, args=(number,)) for number in range(HANDS)]
    for thread in hands:
        thread.start()
    for thread in hands:
        thread.join()
    return {lid: number for lid, number in made.items() if number}
