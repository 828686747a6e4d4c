"""Is what a patient answers of an extra opening said once, and kept once at the hub?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from controller.wire.instants import instant_ms
from hub.care.entries import ExtraAnswered
from tests.world import World
from tests.world_spoken import Spoken, spoken

Answered = tuple[str, int]


def law_2_an_extra_opening_is_answered_once(world: World) -> Iterator[str]:
    """Every answer is about an extra opening before it, which has no other; the hub keeps just these."""
    for box in world.boxes.values():
        asked: set[Answered] = set()
        answers: Counter[Answered] = Counter()
        for event in spoken(box, "dose.extra", "dose.extra_answered"):
            if event.kind == "dose.extra":
                asked.add(_opening(event))
                continue
            answers[_opening(event)] += 1
            if _opening(event) not in asked:
                yield f"law 2: {box.box.id} has an answer to no extra opening, {_opening(event)}"
        for opening, count in answers.items():
            if count > 1:
                yield f"law 2: {opening} of {box.box.id} was answered {count} times"
        facts = [entry.fact for entry in world.store.entries(box.box.patient)]
        kept = Counter(
            (fact.compartment, fact.opened_at)
            for fact in facts
            if isinstance(fact, ExtraAnswered) and fact.box == box.box.id
        )
        if kept != Counter(set(answers)):
            yield f"law 2: the hub keeps other answers than {box.box.id} gave: {kept}, not {answers}"


def _opening(event: Spoken) -> Answered:
    return event.data["compartment"], instant_ms(event.data["opened_at"])
