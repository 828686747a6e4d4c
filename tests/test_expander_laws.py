"""Is no opening lost and none invented, however the lids bounce and whenever the chips are read?"""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.board import LAYOUTS
from tests.expander_world import World

unhurried = settings(deadline=None, max_examples=15)  # a loaded machine is slow, not wrong
NAMES = LAYOUTS["7x4"]
BOUNCING_MS = 30
EARLY_MS = 30
"""A lid that moves within the interrupt of a neighbour may bear its time, or that of the look before."""


def handled(world: World, chance: random.Random, lids: list[int]) -> dict[str, list[tuple[float, float]]]:
    """Let some lids be opened for longer than 150 ms, with bounces; return from when to when each was."""
    made: dict[str, list[tuple[float, float]]] = {}
    for lid in lids:
        at = world.now + chance.uniform(0, 600)
        for _ in range(chance.randint(1, 3)):
            shut = at + BOUNCING_MS + 150 + chance.choice([0, chance.uniform(0, 500)])
            moved(world, chance, lid, at, opened=True)
            moved(world, chance, lid, shut, opened=False)
            made.setdefault(NAMES[lid], []).append((at, shut))
            at = shut + BOUNCING_MS + 150 + chance.choice([0, chance.uniform(0, 500)])
    return made


def moved(world: World, chance: random.Random, lid: int, at: float, *, opened: bool) -> None:
    count = 2 * chance.randint(0, 5)
    moments = [at, *sorted(at + chance.uniform(0.05, BOUNCING_MS) for _ in range(count))]
    for number, moment in enumerate(moments):
        level = opened == (number % 2 == 0)
        world.at(moment, lambda level=level: world.move(lid, opened=level))  # type: ignore[misc] # a lambda


@unhurried
@given(seed=st.integers(0, 2**32), slowest_ms=st.sampled_from([0.0, 5.0, 20.0]))
def test_no_opening_is_lost_or_invented_whenever_the_chips_are_read(seed: int, slowest_ms: float) -> None:
    """The reader waits up to `slowest_ms` twice a look. At 40 ms about one run in a hundred fails."""
    chance = random.Random(seed)
    with pytest.MonkeyPatch.context() as patch:
        world = World(NAMES, iter(lambda: chance.uniform(0, slowest_ms), None))
        world.open_lids(patch)
        made = handled(world, chance, chance.sample(range(28), chance.randint(1, 6)))
        world.live_until(world.now + 4_800)
        told = {
            name: [reading for reading in world.readings if reading.compartment == name] for name in NAMES
        }
        for name in NAMES:
            levels = [reading.open for reading in told[name]]
            assert levels == [True, False] * len(made.get(name, [])), (name, made.get(name), told[name])
            for opening, opened, shut in zip(
                made.get(name, []), told[name][::2], told[name][1::2], strict=True
            ):
                early_ms = EARLY_MS + 2 * slowest_ms
                late_ms = BOUNCING_MS + 2 * slowest_ms + 30
                assert opening[0] - early_ms <= opened.mono_ms <= opening[0] + late_ms
                assert opening[1] - early_ms <= shut.mono_ms <= opening[1] + late_ms
        assert {reading.because for reading in world.readings} <= {"edge"}


@unhurried
@given(seed=st.integers(0, 2**32), stopped_ms=st.floats(200, 10_000))
def test_a_reader_that_was_stopped_invents_nothing_and_ends_with_the_true_levels(
    seed: int, stopped_ms: float
) -> None:
    chance = random.Random(seed)
    stops = [0.0] * chance.randint(1, 12) + [stopped_ms]
    with pytest.MonkeyPatch.context() as patch:
        world = World(NAMES, iter(lambda: stops.pop(0) if stops else 1.0, None))
        world.open_lids(patch)
        made = handled(world, chance, chance.sample(range(28), chance.randint(1, 6)))
        world.live_until(world.now + 17_000)
        for name in NAMES:
            levels = [reading.open for reading in world.readings if reading.compartment == name]
            assert levels == [True, False] * (len(levels) // 2), "ends shut, as it is"
            assert len(levels) <= 2 * len(made.get(name, []))
