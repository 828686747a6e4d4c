"""Is a lock refused that could burn, keep a dose from the patient, or not fail as the home decided?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.errors import ConfigRefused
from controller.installing.config import read_config
from firmware.board import BoxSettings, PinMap, check_wiring
from firmware.errors import WiringRefused
from firmware.locks.coil import Coil, Current, driven
from firmware.locks.wiring import HOLD_OFF_MAX_S, LockWiring, check_lock
from firmware.ports import Button

KEY = "the key hangs in the kitchen"
PULLED = LockWiring(kind="solenoid", pin=15, fails="locked", by_hand=KEY)
MAGNET = LockWiring(
    kind="solenoid", pin=15, fails="open", energised_is="locked", energised_max_s=None, hold_off_s=1
)
SERVO = LockWiring(kind="servo", pin=15, fails="locked", by_hand=KEY)
HELP: tuple[Button, ...] = ("help",)


@pytest.mark.parametrize("lock", [PULLED, MAGNET, SERVO, replace(PULLED, energised_by="low", pin=8)])
def test_a_lock_that_keeps_its_promise_is_taken(lock: LockWiring) -> None:
    check_lock(lock, HELP, hat=False)
    check_lock(lock, (), hat=True)


@pytest.mark.parametrize(
    ("lock", "why"),
    [
        (replace(PULLED, by_hand=" "), "say in by_hand how it is opened then"),
        (replace(PULLED, energised_is="locked"), "locked while energised is open without power"),
        (replace(MAGNET, energised_is="open"), "open while energised is locked without power"),
        (replace(MAGNET, energised_max_s=5.0), "continuous = true"),
        (replace(PULLED, pin=4), "GPIO4 rests high while the computer starts.*a pin from 9 to 27"),
        (replace(PULLED, energised_by="low"), "GPIO15 rests low while the computer starts.*from 2 to 8"),
        (replace(PULLED, hold_off_s=10.5), "the way out would not open in time"),
        (replace(SERVO, fails="open"), "a servo stays where it is when the power goes"),
        (replace(SERVO, open_angle=5), "differ by less than 10 degrees"),
    ],
)
def test_a_lock_that_cannot_keep_its_promise_is_refused_with_what_to_change(
    lock: LockWiring, why: str
) -> None:
    with pytest.raises(WiringRefused, match=why):
        check_lock(lock, HELP, hat=False)


def test_a_lock_without_a_button_for_the_way_out_is_refused() -> None:
    with pytest.raises(WiringRefused, match="hold it for 10 s is the way out"):
        check_lock(MAGNET, ("snooze", "quiet"), hat=False)


def test_the_pin_of_the_lock_is_no_other_part_s() -> None:
    pins = PinMap(lids={"a": 15}, buttons={"help": 14})
    box = BoxSettings(hardware="pi", compartments=("a",), pins=pins, lock=MAGNET)
    with pytest.raises(WiringRefused, match="GPIO15 is used twice: for the lid of a and for the lock"):
        check_wiring(box)
    check_wiring(replace(box, lock=replace(MAGNET, pin=16)))
    with pytest.raises(WiringRefused, match="a servo stays"):
        check_wiring(replace(box, lock=replace(SERVO, pin=16, fails="open")))


CONFIG = """
[box]
id = "kitchen"
compartments = ["a"]
{box}
[pins]
lids = {{ a = 4 }}
buttons = {{ help = 5 }}
[lock]
{lock}
"""


def lock_of(directory: Path, lock: str, box: str = "") -> LockWiring | None:
    file = directory / "controller.toml"
    file.write_text(CONFIG.format(box=box, lock=lock), "utf-8")
    return read_config(file).settings.lock


def test_what_the_installer_says_is_read(tmp_path: Path) -> None:
    assert lock_of(
        tmp_path, f'kind = "solenoid"\npin = 15\nfails = "locked"\nby_hand = "{KEY}"\nenergised_max_s = 2'
    ) == replace(PULLED, energised_max_s=2)
    assert (
        lock_of(tmp_path, 'kind = "solenoid"\npin = 15\nfails = "open"\ncontinuous = true\nhold_off_s = 1')
        == MAGNET
    )
    servo = f'kind = "servo"\npin = 15\nfails = "locked"\nby_hand = "{KEY}"\nopen_angle = 120'
    assert lock_of(tmp_path, servo) == replace(SERVO, open_angle=120)


@pytest.mark.parametrize(
    ("lock", "why"),
    [
        ("", r"\[lock\] kind is missing"),
        ('kind = "solenoid"\npin = 15', "fails is missing: decide whether the box is open or locked"),
        ('kind = "solenoid"\nfails = "open"', "pin is missing"),
        ('kind = "bolt"\npin = 15\nfails = "open"', "kind is 'bolt', not one of solenoid, servo"),
        ('kind = "solenoid"\npin = 15\nfails = "shut"', "fails is 'shut'"),
        (
            'kind = "solenoid"\npin = 15\nfails = "open"\ncontinuous = true\nenergised_max_s = 3',
            "continuous and energised_max_s exclude each other",
        ),
        ('kind = "solenoid"\npin = 15\nfails = "open"\nhold_off_s = 20', "hold_off_s is 20, outside"),
        (
            f'kind = "servo"\npin = 15\nfails = "locked"\nby_hand = "{KEY}"\ncontinuous = true',
            "continuous says nothing of a servo",
        ),
        (
            'kind = "solenoid"\npin = 15\nfails = "open"\ncontinuous = true\nopen_angle = 90',
            "open_angle says nothing of a solenoid: take it out",
        ),
        ('kind = "solenoid"\npin = 15\nfails = "open"\ncontinuous = true\nangle = 90', "angle is not known"),
        ('kind = "servo"\npin = 15\nfails = "open"', "it cannot fail open"),
    ],
)
def test_a_slip_of_the_installer_is_refused_in_a_sentence(tmp_path: Path, lock: str, why: str) -> None:
    with pytest.raises(ConfigRefused, match=why):
        lock_of(tmp_path, lock)


def test_a_box_without_the_table_has_no_lock(tmp_path: Path) -> None:
    file = tmp_path / "controller.toml"
    file.write_text('[box]\nid = "kitchen"\nhardware = "simulated"\n', "utf-8")
    assert read_config(file).settings.lock is None


COILS = st.builds(Coil, limit_ms=st.integers(200, 20_000), rest_ms=st.integers(500, 10_000))
ORDERS = st.lists(st.tuples(st.integers(0, 15_000), st.booleans()), min_size=1, max_size=30)


@given(COILS, ORDERS)
def test_a_coil_is_never_energised_longer_than_it_bears_and_rests_after(
    coil: Coil, orders: list[tuple[int, bool]]
) -> None:
    assert coil.limit_ms is not None
    current, now_ms, wanted, look_ms = Current(), 0, False, None
    on_ms: int | None = None
    off_ms = -coil.rest_ms
    for span_ms, wanted_next in orders:
        end_ms = now_ms + span_ms
        while look_ms is not None and look_ms <= end_ms:
            assert look_ms > now_ms, "it must sleep in between"
            now_ms = look_ms
            current, look_ms = driven(coil, current, now_ms, wanted=wanted)
            on_ms, off_ms = judged(coil, current, now_ms, on_ms, off_ms)
        now_ms, wanted = end_ms, wanted_next
        current, look_ms = driven(coil, current, now_ms, wanted=wanted)
        on_ms, off_ms = judged(coil, current, now_ms, on_ms, off_ms)
        assert current.flows <= wanted, "what is not wanted gets no current"
        # The way out: whoever waits is served within the rest, which is 10 s at most.
        assert not wanted or current.flows or (look_ms or now_ms) <= now_ms + HOLD_OFF_MAX_S * 1000


def judged(
    coil: Coil, current: Current, now_ms: int, on_ms: int | None, off_ms: int
) -> tuple[int | None, int]:
    """Follow the current from outside: return since when it flows, and when it last ceased."""
    assert coil.limit_ms is not None
    if current.flows:
        began_ms = now_ms if on_ms is None else on_ms
        if on_ms is None:
            assert now_ms - off_ms >= coil.rest_ms, "it had no rest"
        assert now_ms - began_ms < coil.limit_ms
        return began_ms, off_ms
    if on_ms is not None:
        assert now_ms - on_ms <= coil.limit_ms
        return None, now_ms
    return None, off_ms


def test_a_coil_made_for_it_is_energised_all_day_and_needs_no_rest() -> None:
    coil = Coil(limit_ms=None, rest_ms=5_000)
    current, look_ms = driven(coil, Current(), 0, wanted=True)
    assert (current.flows, look_ms) == (True, None)
    assert driven(coil, current, 86_400_000, wanted=True) == (current, None)
    current, look_ms = driven(coil, current, 86_400_000, wanted=False)
    assert (current.flows, look_ms) == (False, None)
    assert driven(coil, current, 86_400_001, wanted=True)[0].flows
