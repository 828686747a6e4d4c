"""Was ever more taken as needed than its rule allows, and does the hub keep each intake once?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from controller.wire.instants import HOUR_MS, instant_ms
from hub.care.entries import AsNeededTaken
from hub.care.wall_clock import care_day
from tests.world import World
from tests.world_homes import GAP_HOURS, MOST
from tests.world_spoken import spoken


def law_2_as_needed_within_its_rule(world: World) -> Iterator[str]:
    """Never more in a patient's day than the most, never closer than the gap, by the clock of the box."""
    for box in world.boxes.values():
        person = world.household.patients[box.box.patient]
        opened = sorted(instant_ms(one.data["opened_at"]) for one in spoken(box, "dose.as_needed"))
        for earlier, later in pairwise(opened):
            if later - earlier < GAP_HOURS * HOUR_MS:
                yield f"law 2: {box.box.id} let something as needed be taken after {later - earlier} ms"
        days = Counter(care_day(person.timezone, person.day_starts, at) for at in opened)
        for day, count in days.items():
            if count > MOST:
                yield f"law 2: {box.box.id} let {count} as needed be taken on {day} in {person.timezone}"
        facts = [entry.fact for entry in world.store.entries(person.id)]
        kept = sorted(fact.taken_at for fact in facts if isinstance(fact, AsNeededTaken))
        if kept != opened:
            yield f"law 2: the hub keeps {len(kept)} intakes as needed, {box.box.id} saw {len(opened)}"
