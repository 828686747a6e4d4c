"""Would the laws of the seeded world notice a mistake? Every mutant is reported, the shipped code is not."""

from __future__ import annotations

import pytest

from tests.mutants import ROUGH, STORM
from tests.mutants_hub import MUTANTS
from tests.test_world import seldom_heartbeats, world_of
from tests.world import Weather
from tests.world_laws import broken_laws

BOXES = 2
SEEDS = range(1, 9)

__all__ = ["seldom_heartbeats"]


def laws_broken_in(seed: int, weather: Weather, days: int = 30) -> list[str]:
    """Live a stormy month of two boxes and return what was broken."""
    return broken_laws(world_of(seed, days=days, boxes=BOXES, weather=weather).run())


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS[:3])
@pytest.mark.parametrize("weather", [STORM, ROUGH], ids=["storm", "rough"])
def test_the_shipped_code_breaks_no_law_in_the_storm_of_the_mutants(seed: int, weather: Weather) -> None:
    """What a mutant is caught by is its own mistake, not the storm's."""
    assert not laws_broken_in(seed, weather)


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTANTS)
def test_the_world_notices_each_mutant(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a few stormy months the law is broken that the mistake must break."""
    mutant = MUTANTS[name]
    mutant.spoil(monkeypatch)
    reported: list[str] = []
    for seed in SEEDS:
        reported += laws_broken_in(seed, mutant.weather, mutant.days)
        if any(f"law {mutant.law}:" in sentence for sentence in reported):
            return
    pytest.fail(f"law {mutant.law} did not notice: {mutant.breaks} Reported instead: {reported[:3]}")


def test_there_are_more_than_a_dozen_mutants_and_each_says_what_it_breaks() -> None:
    """The design asks for a dozen at least; laws 1 to 5, 8 and 9 each have one."""
    assert len(MUTANTS) > 24
    assert {mutant.law for mutant in MUTANTS.values()} == {1, 2, 3, 4, 5, 8, 9}
    assert all(mutant.breaks.endswith(".") for mutant in MUTANTS.values())
