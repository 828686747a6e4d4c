"""How does a box behave that has no hardware?

A peer of the real adapters: the same ports, the same debounce, the same threads. A hand moves it either
by the methods of `SimulatedBox` or, from another process, through the scene file.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from firmware import scene
from firmware.debounce import Change
from firmware.locks.simulated import SimulatedLock
from firmware.ports import (
    BootClock,
    BoxHardware,
    Button,
    ClimateReading,
    LidReading,
    PanelView,
    Press,
    Sound,
)  # fmt: skip
from firmware.scene import Scene, Shown
from firmware.scene_eyes import Eyes
from firmware.sensors.simulated import SimulatedClimate
from firmware.watch import ContactWatch

_log = logging.getLogger(__name__)

KEPT_SOUNDS = 20


class SimulatedBox:
    """All ports of one simulated box, and the hand that moves it."""

    def __init__(
        self,
        compartments: tuple[str, ...],
        boot_clock: BootClock,
        *,
        simulation_file: Path | None = None,
        has_lock: bool = False,
    ) -> None:
        self.compartments = compartments
        self._boot_clock = boot_clock
        self._file = simulation_file
        self._lock = threading.Lock()
        self._scene = Scene() if simulation_file is None else _opened(simulation_file)
        self._pressed = self._scene.last_press()
        self._eyes = Eyes(simulation_file, self._play)
        self.lids = SimulatedLids(compartments, boot_clock, self._lid_open, self._eyes)
        self.climate = SimulatedClimate(self._air)
        self.panel = SimulatedPanel(simulation_file)
        self.buttons = SimulatedButtons(boot_clock, self._eyes)
        self.lock = SimulatedLock(simulation_file) if has_lock else None

    def hardware(self) -> BoxHardware:
        """Return the box as the controller takes it."""
        where = "moved by the program itself" if self._file is None else f"moved by {self._file}"
        return BoxHardware(
            compartments=self.compartments,
            lids=self.lids,
            climates=(self.climate,),
            panel=self.panel,
            buttons=self.buttons,
            lock=self.lock,
            notes=(f"this box is simulated, {where}",),
        )

    def move_lid(self, compartment: str, *, open: bool) -> None:  # noqa: A002 - the word of the field
        """Open or close a lid."""
        if self._file is not None:
            scene.move_lid(self._file, compartment, open=open)
        else:
            self._play(replace(self._scene, lids={**self._scene.lids, compartment: open}))

    def set_climate(self, climate: ClimateReading | None) -> None:
        """Change the air; `None` unplugs the sensor."""
        if self._file is not None:
            scene.set_climate(self._file, climate)
        else:
            self._play(replace(self._scene, climate=climate))

    def press(self, button: Button) -> None:
        """Press a button once."""
        if self._file is not None:
            scene.press(self._file, button)
        else:
            now = self._scene
            self._play(replace(now, presses=(*now.presses[-3:], (now.last_press() + 1, button))))

    def hold(self, button: Button, *, down: bool) -> None:
        """Hold a button down, or let it go."""
        if self._file is not None:
            scene.hold(self._file, button, down=down)
        else:
            self._play(scene.with_held(self._scene, button, down=down))

    def _play(self, after: Scene) -> None:
        """Bring the box from the scene it was in to another."""
        with self._lock:
            before, self._scene = self._scene, after
            now_ms = self._boot_clock()
            for compartment in self.compartments:
                level = after.lids.get(compartment, False)
                if level != before.lids.get(compartment, False):
                    self.lids.edge(compartment, level, now_ms)
            fresh = [press for press in sorted(after.presses) if press[0] > self._pressed]
            self._pressed = max(self._pressed, after.last_press())
        for _, button in fresh:
            self.buttons.moved(button, down=True)
            self.buttons.moved(button, down=False)
        for button in sorted(set(before.held) ^ set(after.held)):
            self.buttons.moved(button, down=button in after.held)

    def _lid_open(self, compartment: str) -> bool:
        return self._scene.lids.get(compartment, False)

    def _air(self) -> ClimateReading | None:
        return self._scene.climate


class SimulatedLids:
    """Lids without switches; keeps the `Lids` port."""

    def __init__(
        self,
        compartments: tuple[str, ...],
        boot_clock: BootClock,
        is_open: Callable[[str], bool],
        eyes: Eyes,
    ) -> None:
        # The clock may be compressed: a minute of it passes while the worker would sleep 50 ms.
        self._watch = ContactWatch(
            compartments, read_level=is_open, boot_clock=boot_clock, title="lids", pending_wait_s=0.002
        )
        self.edge = self._watch.edge
        self._eyes = eyes

    def start(self, report: Callable[[LidReading], None]) -> Mapping[str, bool]:
        """Begin to watch and return the baseline."""

        def told(compartment: str, change: Change) -> None:
            report(
                LidReading(
                    compartment=compartment,
                    open=change.level,
                    mono_ms=change.mono_ms,
                    because=change.because,
                    bounces=change.bounces,
                )
            )

        baseline = self._watch.start(told)
        self._eyes.open()
        return baseline

    def alive(self) -> bool:
        """Tell whether the worker lives and the scene is looked at."""
        return self._eyes.alive() and self._watch.alive()

    def close(self) -> None:
        """Stop watching."""
        self._eyes.close()
        self._watch.close()


class SimulatedPanel:
    """A panel that others can look at; keeps the `Panel` port."""

    def __init__(self, simulation_file: Path | None) -> None:
        self._file = simulation_file
        self._lock = threading.Lock()
        self._shown = Shown()
        self._count = 0

    @property
    def view(self) -> PanelView:
        """The view that is shown now."""
        return self._shown.view

    @property
    def sounds(self) -> tuple[Sound, ...]:
        """The last sounds, oldest first."""
        return tuple(sound for _, sound in self._shown.sounds)

    def show(self, view: PanelView) -> None:
        """Show a view."""
        with self._lock:
            if view != self._shown.view:
                self._put(replace(self._shown, view=view))

    def play(self, sound: Sound) -> None:
        """Remember a sound as played."""
        if sound == "none":
            return
        with self._lock:
            self._count += 1
            heard = (*self._shown.sounds, (self._count, sound))[-KEPT_SOUNDS:]
            self._put(replace(self._shown, sounds=heard))

    def alive(self) -> bool:
        """Say yes: no driver lies under it."""
        return True

    def close(self) -> None:
        """Go dark."""
        self.show(PanelView())

    def _put(self, shown: Shown) -> None:
        self._shown = shown
        if self._file is None:
            return
        try:
            scene.write_panel(self._file, shown)
        except OSError as error:
            _log.warning("What the panel shows could not be written: %s.", error)


class SimulatedButtons:
    """Buttons that the scene presses; keeps the `Buttons` port."""

    def __init__(self, boot_clock: BootClock, eyes: Eyes) -> None:
        self._boot_clock = boot_clock
        self._eyes = eyes
        self._report: Callable[[Press], None] | None = None

    def start(self, report: Callable[[Press], None]) -> None:
        """Begin to look at the scene."""
        self._report = report
        self._eyes.open()

    def moved(self, button: Button, *, down: bool) -> None:
        """Report that a button went down or was let go, if anybody listens."""
        if self._report is not None:
            self._report(Press(button=button, mono_ms=self._boot_clock(), down=down))

    def alive(self) -> bool:
        """Tell whether the scene is still looked at."""
        return self._eyes.alive()

    def close(self) -> None:
        """Stop looking."""
        self._eyes.close()


def _opened(path: Path) -> Scene:
    """Read the scene there is, or make one, so that whoever plays the hand finds a file."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        scene.write_scene(path, Scene())
    return scene.read_scene(path)
