"""What would the installer have to mend before this box works?

Works on a machine with no hardware at all, and never raises: what cannot be looked at is a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from firmware.board import BoxSettings, check_wiring
from firmware.errors import DeviceAbsent, FirmwareError
from firmware.expander.looking import expander_findings
from firmware.expander.registers import RegisterBus, open_registers
from firmware.findings import Finding, bad, good
from firmware.gpio.pins import Pins, open_pins
from firmware.hat.parts import HatParts, open_hat
from firmware.locks.wiring import LockWiring
from firmware.ports import Climate
from firmware.scene import read_scene
from firmware.sensors.opening import open_climates
from firmware.sensors.trying import PAUSE_S, try_sensors

CONSOLE_PINS = frozenset({14, 15})
KERNEL_COMMAND_LINE = Path("/proc/cmdline")

PERSISTING = tuple(
    Path(f"/sys/module/pinctrl_{chip}/parameters/persist_gpio_outputs") for chip in ("bcm2835", "rp1")
)
"""Whether the kernel leaves an output as it was when its program is gone (raspberrypi/linux #6117, #6150)."""


def probe(
    settings: BoxSettings,
    *,
    opener: Callable[[], Pins] | None = None,
    open_bus: Callable[[int], RegisterBus] = open_registers,
    sensors: Callable[[BoxSettings, HatParts | None], Sequence[Climate]] = open_climates,
    pause_s: float = PAUSE_S,
) -> tuple[Finding, ...]:
    """Look at every pin and device. `opener`, `open_bus` and `sensors` open others than this machine's.

    The controller of the box must be stopped meanwhile: each pin has one owner.
    """
    if settings.hardware == "simulated":
        return _simulation(settings)
    try:
        check_wiring(settings)
    except FirmwareError as error:
        wiring = bad("wiring", f"{error}.")
    else:
        wiring = good("wiring", f"{sum(1 for _ in settings.uses())} pins, none in conflict.")
    hat, hat_findings = _hat(settings)
    opened = opener or (lambda: open_pins(settings.pin_library, settings.gpio_chip))
    felt = try_sensors(settings, sensors(settings, hat), pause_s=pause_s)
    return (wiring, *_pins(settings, opened, open_bus), *hat_findings, *felt)


def _simulation(settings: BoxSettings) -> tuple[Finding, ...]:
    count = len(settings.compartments)
    if settings.simulation_file is None:
        return (good("box", f"{count} simulated compartments, moved by the program itself."),)
    try:
        read_scene(settings.simulation_file)
    except DeviceAbsent as error:
        return (bad("box", f"{error}."),)
    return (good("box", f"{count} simulated compartments, moved by {settings.simulation_file}."),)


def _pins(
    settings: BoxSettings, opener: Callable[[], Pins], open_bus: Callable[[int], RegisterBus]
) -> tuple[Finding, ...]:
    try:
        pins = opener()
    except DeviceAbsent as error:
        return (bad("pins", _whole(f"{error}")),)
    try:
        found = [
            *(_lid(settings, pins, name, pin) for name, pin in settings.pins.lids.items()),
            *expander_findings(settings, pins, open_bus),
            *(_light(pins, name, pin) for name, pin in settings.pins.lamps.items()),
            *(_button(pins, name, pin) for name, pin in settings.pins.buttons.items()),
        ]
        if settings.pins.buzzer is not None:
            found.append(_tried("buzzer", lambda: pins.tone(settings.pins.buzzer or 0), "can be sounded"))
        if settings.lock is not None:
            found += [_lock(settings.lock, pins), *_persisting(settings.lock)]
        if (blind_spot := pins.blind_spot()) is not None:
            found.append(bad("edges", f"{blind_spot[0].upper()}{blind_spot[1:]}."))
    finally:
        pins.close()
    return (*found, *_console({pin for pin, _ in settings.uses()}))


def _lid(settings: BoxSettings, pins: Pins, compartment: str, pin: int) -> Finding:
    name = f"lid {compartment}"
    try:
        closed = pins.switch(pin, lambda closed, age_ms: None).closed()
    except DeviceAbsent as error:
        return bad(name, f"{error}.")
    is_open = closed == (settings.lid_switch == "opens_with_lid")
    return good(name, f"GPIO{pin} reads {'open' if is_open else 'shut'}.")


def _light(pins: Pins, compartment: str, pin: int) -> Finding:
    return _tried(f"light {compartment}", lambda: pins.light(pin), f"GPIO{pin} can be lit")


def _button(pins: Pins, button: str, pin: int) -> Finding:
    name = f"button {button}"
    try:
        pressed = pins.switch(pin, lambda closed, age_ms: None).closed()
    except DeviceAbsent as error:
        return bad(name, f"{error}.")
    if pressed:
        return bad(name, f"GPIO{pin} reads pressed; if nobody presses it, look for a short to ground.")
    return good(name, f"GPIO{pin} reads released.")


def _lock(lock: LockWiring, pins: Pins) -> Finding:
    """Take the pin of the lock; a trial that moved it would open the box for whoever stands there."""
    if lock.kind == "servo":
        is_a = "a servo, which stays where it is without power"
        return _tried("lock", lambda: pins.servo(lock.pin), f"GPIO{lock.pin} drives {is_a}{_by_hand(lock)}")
    limit = "all day" if lock.energised_max_s is None else f"for {lock.energised_max_s:g} s at most"
    done = f"energises a solenoid {limit}; without power it is {lock.fails}{_by_hand(lock)}"
    active_high = lock.energised_by == "high"
    return _tried("lock", lambda: pins.coil(lock.pin, active_high=active_high), f"GPIO{lock.pin} {done}")


def _persisting(lock: LockWiring) -> tuple[Finding, ...]:
    """Tell of a kernel that keeps what a dead program had switched on: that of Raspberry Pi OS does so."""
    if lock.kind != "solenoid" or not any(_is_set(path) for path in PERSISTING):
        return ()
    harm = f"GPIO{lock.pin} would stay as it was if the controller died: the lock fails {lock.fails} too late"
    return (bad("lock", f"{harm}, and its coil may burn. Put dtparam=strict_gpiod into config.txt."),)


def _is_set(path: Path) -> bool:
    try:
        return path.read_text("ascii", "replace").strip() in ("Y", "1")
    except OSError:
        return False


def _by_hand(lock: LockWiring) -> str:
    return f"; then it is opened by hand: {lock.by_hand}" if lock.by_hand else ""


def _tried(name: str, opened: Callable[[], object], done: str) -> Finding:
    try:
        opened()
    except DeviceAbsent as error:
        return bad(name, f"{error}.")
    return good(name, f"{done}.")


def _console(used: set[int]) -> tuple[Finding, ...]:
    """Tell of a serial console on two of the pins; no pin library knows of it."""
    wanted = sorted(used & CONSOLE_PINS)
    if not wanted:
        return ()
    try:
        line = KERNEL_COMMAND_LINE.read_text("ascii", "replace")
    except OSError:
        line = ""
    if "console=serial0" in line or "console=ttyAMA0" in line:
        named = " and ".join(f"GPIO{pin}" for pin in wanted)
        belong = "belongs" if len(wanted) == 1 else "belong"
        return (bad("console", f"{named} {belong} to the serial console; turn it off with raspi-config."),)
    return ()


def _hat(settings: BoxSettings) -> tuple[HatParts | None, tuple[Finding, ...]]:
    if not settings.hat:
        return None, ()
    try:
        hat = open_hat()
    except DeviceAbsent as error:
        return None, (bad("sense-hat", _whole(f"{error}")),)
    if hat.stick is not None:
        hat.stick.close()
    if hat.missing:
        return hat, tuple(bad("sense-hat", _whole(part.sentence)) for part in hat.missing)
    return hat, (good("sense-hat", "LED matrix and joystick are there."),)


def _whole(sentence: str) -> str:
    """End a sentence that does not end by itself with a question."""
    return sentence if sentence.endswith("?") else f"{sentence}."
