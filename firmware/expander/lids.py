"""Which lids are open, by switches at port expanders with one interrupt line?

A thread of its own reads the chips, when they interrupt and twice a second besides, and queues the edges
where those of direct pins are queued, too: the debounce and its laws are the same.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from firmware.board import LidSwitch
from firmware.debounce import Change
from firmware.errors import DeviceAbsent
from firmware.expander.captured import edges
from firmware.expander.line import InterruptLine
from firmware.expander.registers import Look, Mcp23017, RegisterBus
from firmware.expander.wiring import INPUTS_PER_CHIP, ExpanderWiring
from firmware.gpio.pins import Pins
from firmware.ports import BootClock, LidReading
from firmware.watch import POLL_S, STALE_S, ContactWatch

_log = logging.getLogger(__name__)

SOON_S = 0.02
RESTLESS_S = 0.1
"""For so long after a movement the chips are read every `SOON_S`: an interrupt that comes while the line
has hardly been let go may be no edge to the kernel."""

RECENT_MS = 60
"""Without the time of an interrupt, captured levels are stamped with the look before, if it was so recent."""

LATE_S = 0.2
"""For so long the time of an interrupt may be on its way from the kernel while the line reads low already."""

SILENT_S = 3.0
"""A chip that has not answered for so long leaves its lids unwatched, as a program that stood still does."""


class ExpanderLids:
    """Up to fourteen lids at each chip, in order; keeps the `Lids` port.

    A reading bears the time of the interrupt, as the kernel has it, or of the look that found it.
    `interrupt_fault` says what is wrong with the interrupt line: then the chips are read every 20 ms instead.
    """

    def __init__(
        self,
        pins: Pins,
        wiring: ExpanderWiring,
        lids: tuple[str, ...],
        *,
        switch: LidSwitch,
        boot_clock: BootClock,
        open_bus: Callable[[int], RegisterBus],
    ) -> None:
        """Set up every chip and try the interrupt line.

        Raises:
            DeviceAbsent: A chip or the pin cannot be had; the text names its lids.

        """
        self._pins = pins
        self._places = {name: divmod(number, INPUTS_PER_CHIP) for number, name in enumerate(lids)}
        self._names = {place: name for name, place in self._places.items()}
        self._open_when_high = switch == "closes_with_lid"
        self._boot_clock = boot_clock
        self._watch = ContactWatch(lids, read_level=self._is_open, boot_clock=boot_clock, title="lids")
        self._line = InterruptLine(pins, wiring.interrupt, boot_clock=boot_clock)
        with _given_back_on_failure(open_bus(wiring.i2c_bus)) as self._bus:
            self._chips = tuple(Mcp23017(self._bus, address) for address in wiring.addresses)
            self._levels = [self._level_of(number) for number in range(len(self._chips))]
            self.interrupt_fault = self._line.fault(self._chips)
        self._last_edges_ms: list[dict[int, int]] = [{} for _ in self._chips]
        self._looked_ms = boot_clock()
        self._falls_ms: list[int] = []
        self._restless_until_s = 0.0
        self._unsure = self.interrupt_fault is not None
        self._silent_since_s: dict[int, float] = {}
        self._round_s = time.monotonic()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="expander", daemon=True)

    def start(self, report: Callable[[LidReading], None]) -> Mapping[str, bool]:
        """Begin to watch and return which lids are open."""

        def told(compartment: str, change: Change) -> None:
            report(
                LidReading(
                    compartment=compartment, open=change.level, mono_ms=change.mono_ms, because=change.because
                )
            )

        self._look([], resting=True)
        baseline = self._watch.start(told)
        self._round_s = time.monotonic()
        self._thread.start()
        return baseline

    def alive(self) -> bool:
        """Tell whether both workers and the library's notify thread live, and every chip answers."""
        silent_s = min(self._silent_since_s.copy().values(), default=None)
        if silent_s is not None and time.monotonic() - silent_s > SILENT_S:
            return False
        return self._pins.alive() and self._goes_round() and self._watch.alive()

    def close(self) -> None:
        """Stop watching and free the bus; the pins are freed with their factory."""
        self._closing = True
        self._line.wake()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout=2.0)
        self._watch.close()
        self._bus.close()

    def _goes_round(self) -> bool:
        if not self._thread.is_alive():
            return False
        if time.monotonic() - self._round_s >= STALE_S:
            # A process that was stopped and continued looks stale for a moment: let the worker try.
            self._thread.join(timeout=2 * POLL_S)
        return self._thread.is_alive() and time.monotonic() - self._round_s < STALE_S

    def _level_of(self, number: int) -> int:
        chip = self._chips[number]
        try:
            chip.set_up()
            look = chip.look()
        except OSError as error:
            names = ", ".join(name for name, place in self._places.items() if place[0] == number)
            raise DeviceAbsent(f"the lids of {names}: {error}") from error
        return 0 if look is None else look.level

    def _is_open(self, compartment: str) -> bool:
        chip, bit = self._places[compartment]
        return bool(self._levels[chip] >> bit & 1) == self._open_when_high

    def _run(self) -> None:
        try:
            while not self._closing:
                self._go_round()
        except Exception:  # noqa: BLE001 - whatever it is, the worker is over and must say so
            # The thread ends here; `alive` tells it, and the process is restarted.
            _log.exception("The worker of the expander ended: its lids are no longer watched.")

    def _go_round(self) -> None:
        resting = not self._unsure and time.monotonic() >= self._restless_until_s
        falls = self._line.falls(POLL_S if resting else SOON_S)
        if resting and not falls and self._line.low():
            falls = self._line.falls(LATE_S)
        pending = self._look(falls, resting=resting)
        if falls and self._unsure and self.interrupt_fault is None:
            self._trust_line(True)
        elif resting and not falls and (pending or self._line.low()):
            self._trust_line(False)
        self._round_s = time.monotonic()
        if falls or pending:
            self._restless_until_s = self._round_s + RESTLESS_S

    def _trust_line(self, trusted: bool) -> None:
        self._unsure = not trusted
        if trusted:
            _log.info("The interrupt line of the expander tells again.")
        else:
            _log.warning("The interrupt line of the expander does not tell: the chips are read every 20 ms.")

    def _look(self, falls: list[int], *, resting: bool) -> bool:
        """Read every chip and queue what moved; return whether any had an interrupt pending."""
        began_ms = self._boot_clock()
        looks = [
            found for number in range(len(self._chips)) if (found := self._looked_at(number)) is not None
        ]
        # One that came while the chips were read may be what was read, or what the next look will find.
        falls += self._line.falls(0.0)
        self._falls_ms += falls
        fell_ms = self._fell_ms()
        for number, look, kept in looks:
            self._take(number, look, fell_ms if kept else None, resting=resting or not kept)
        self._looked_ms = began_ms
        self._falls_ms = [each_ms for each_ms in self._falls_ms if each_ms > began_ms]
        return any(look.interrupted for _, look, _ in looks)

    def _fell_ms(self) -> int | None:
        """Return when the interrupt came that was pending, as well as it is known."""
        if fresh := [fell_ms for fell_ms in self._falls_ms if fell_ms > self._looked_ms]:
            return min(fresh)
        return self._looked_ms if self._boot_clock() - self._looked_ms <= RECENT_MS else None

    def _looked_at(self, number: int) -> tuple[int, Look, bool] | None:
        """Read one chip; tell, too, whether it had kept its settings. `None` if it does not answer."""
        chip = self._chips[number]
        try:
            look = chip.look()
            kept = look is not None
            look = look or _set_up_again(chip)
        except OSError as error:
            self._silent(number, error)
            return None
        self._silent_since_s.pop(number, None)
        return number, look, kept

    def _silent(self, number: int, error: OSError) -> None:
        if number not in self._silent_since_s:
            _log.warning("The expander at %#x does not answer: %s.", self._chips[number].address, error)
        now_s = time.monotonic()
        self._silent_since_s.setdefault(number, now_s)
        self._restless_until_s = now_s + RESTLESS_S

    def _take(self, number: int, look: Look, fell_ms: int | None, *, resting: bool) -> None:
        """Queue the edges of a look. What came untold while all rested is left to the poll, which says so."""
        known, self._levels[number] = self._levels[number], look.level
        if fell_ms is None and resting:
            return
        now_ms = self._boot_clock()
        if fell_ms is None:
            look, fell_ms = replace(look, interrupted=0), now_ms
        last_ms = self._last_edges_ms[number]
        for bit, level, at_ms in edges(known, look, fell_ms=fell_ms, now_ms=now_ms, last_edges_ms=last_ms):
            last_ms[bit] = at_ms
            if (name := self._names.get((number, bit))) is not None:
                self._watch.edge(name, level == self._open_when_high, at_ms, now_ms)


def _set_up_again(chip: Mcp23017) -> Look:
    _log.warning("The expander at %#x has lost its settings and gets them anew.", chip.address)
    chip.set_up()
    look = chip.look()
    if look is None:
        raise DeviceAbsent(f"the expander at {chip.address:#x} does not keep its settings")
    return look


@contextmanager
def _given_back_on_failure(bus: RegisterBus) -> Iterator[RegisterBus]:
    try:
        yield bus
    except BaseException:
        bus.close()
        raise
