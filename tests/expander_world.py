"""In which time do lids at expanders live that are opened and looked at by chance? One that the test moves.

The model of the registers, the real reader of the chips, the real debounce; their threads are played by
turns, so that every interleaving is one the test has drawn.
"""

from __future__ import annotations

import heapq
import types
from collections.abc import Callable, Iterator

import pytest

from firmware import debounce
from firmware.expander import lids as lids_module
from firmware.expander.lids import ExpanderLids
from firmware.expander.registers import RegisterBus
from firmware.expander.wiring import ExpanderWiring
from firmware.gpio.pins import Edge, Pins, Switch
from firmware.ports import LidReading
from tests.expander_model import ModelBus

REGISTER_MS = 0.1
WORKER_MS = 20
ADDRESSES = (0x20, 0x21)


class World:
    """A clock, contacts that move at their times, and delays that are drawn."""

    def __init__(self, names: tuple[str, ...], delays: Iterator[float]) -> None:
        self.now = 1_000.0
        self.names = names
        self.delays = delays
        self.readings: list[LidReading] = []
        self.transfers: list[float] = []
        self._coming: list[tuple[float, int, Callable[[], None]]] = []
        self._falls: list[int] = []
        self._tell_edge: Edge | None = None
        self._low = False
        self.bus = ModelBus(*ADDRESSES, wire=self._wire)
        self.bus.between = lambda: self.pass_ms(REGISTER_MS)

    def open_lids(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Open the adapter on this world's bus and line, and begin to watch without a thread."""
        clock = types.SimpleNamespace(monotonic=lambda: self.now / 1_000)
        monkeypatch.setattr(lids_module, "time", clock)
        self.lids = ExpanderLids(
            _Header(self),
            ExpanderWiring(addresses=ADDRESSES),
            self.names,
            switch="closes_with_lid",
            boot_clock=lambda: int(self.now),
            open_bus=self._bus,
        )
        self.lids._line.falls = self._wait  # type: ignore[method-assign] # the test's own time
        watch = self.lids._watch
        watch._contacts = {name: debounce.at_rest(False) for name in self.names}
        watch._report = lambda name, change: self.readings.append(
            LidReading(compartment=name, open=change.level, mono_ms=change.mono_ms, because=change.because)
        )
        self.work()

    def at(self, ms: float, act: Callable[[], None]) -> None:
        """Let something happen at a time."""
        heapq.heappush(self._coming, (ms, len(self._coming), act))

    def move(self, lid: int, *, opened: bool) -> None:
        """Open or shut the contact of a lid."""
        self.bus.move(ADDRESSES[lid // 14], lid % 14, opened=opened)

    def pass_ms(self, ms: float) -> None:
        """Let time pass, with all that comes in it."""
        end = self.now + ms
        while self._coming and self._coming[0][0] <= end:
            at, _, act = heapq.heappop(self._coming)
            self.now = max(self.now, at)
            act()
        self.now = max(self.now, end)

    def work(self) -> None:
        """Let the worker that debounces go round, and again some ms later."""
        watch = self.lids._watch
        watch._take_edges(0)
        watch._settle()
        if int(self.now) % 500 < WORKER_MS:
            watch._poll()
        self.at(self.now + WORKER_MS, self.work)

    def live_until(self, ms: float) -> None:
        """Let the reader of the chips go round until then."""
        while self.now < ms:
            self.lids._go_round()

    def _bus(self, number: int) -> RegisterBus:
        return self.bus

    def _wire(self, low: bool) -> None:
        self._low = low
        if low and self._tell_edge is not None:
            self._falls.append(int(self.now))

    def _wait(self, wait_s: float) -> list[int]:
        """Wait for an interrupt; the reader is waked after a delay, and with all that fell by then."""
        end = self.now + wait_s * 1_000
        while not self._falls and self.now < end:
            self.pass_ms(min(end, self._coming[0][0]) - self.now)
        self.pass_ms(next(self.delays))
        falls, self._falls = self._falls, []
        return falls


class _Header(Pins):
    """Pins of which one is the line; its times come from the world."""

    def __init__(self, world: World) -> None:
        super().__init__(None)
        self._world = world

    def switch(self, pin: int, edge: Edge) -> Switch:
        self._world._tell_edge = edge
        return _Line(self._world)


class _Line(Switch):
    def __init__(self, world: World) -> None:
        self._world = world

    def closed(self) -> bool:
        return self._world._low
