"""Which laws does a world obey? Each is one function that finds what breaks it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from controller.wire.envelope import sealed_json
from controller.wire.instants import MINUTE_MS, instant_ms
from tests.world import World
from tests.world_box import WorldBox

FOREVER = (0, 2**62)
GRACE_MS = 6 * MINUTE_MS


def broken_laws(world: World) -> list[str]:
    """Return a sentence for each breach, with the law's number; an honest world returns none."""
    found = list(outbox_left_over(world))
    found += law_1_stored_exactly_once(world)
    found += law_2_one_intake_a_slot(world)
    found += law_3_missed_only_if_watched(world)
    found += law_4_one_outcome_with_its_history(world)
    found += law_5_no_reminder_for_what_is_over(world)
    found += law_9_no_instant_changed(world)
    return [f"seed {world.seed}: {sentence}" for sentence in found]


def outbox_left_over(world: World) -> Iterator[str]:
    """After two calm days nothing may still wait in a box."""
    for box in world.boxes.values():
        if box.outbox.depth:
            yield f"law 1: {box.box.id} still holds {box.outbox.depth} events after the calm"


def law_1_stored_exactly_once(world: World) -> Iterator[str]:
    """Every event a box recorded is stored at the hub once, byte for byte."""
    for box in world.boxes.values():
        stored = {(event.stream, event.seq): event for event in world.store.events(box.box.id, *FOREVER)}
        missing = box.recorded.keys() - stored.keys()
        invented = stored.keys() - box.recorded.keys()
        if missing:
            yield f"law 1: {box.box.id} recorded {sorted(missing)[:3]} and the hub has not got them"
        if invented:
            yield f"law 1: the hub holds {sorted(invented)[:3]} that {box.box.id} never recorded"
        for key in stored.keys() & box.recorded.keys():
            said = json.loads(sealed_json(box.box.id, *key, box.recorded[key]))
            if json.loads(stored[key].data) != said["data"] or stored[key].kind != said["kind"]:
                yield f"law 1: event {key} of {box.box.id} changed on its way"


def testimony(box: WorldBox, kind: str) -> Iterator[Mapping[str, Any]]:
    """Return what a box recorded of one kind, in its own order, with the instant as a number."""
    for key in sorted(box.recorded, key=lambda key: (int(key[0].rsplit("-", 1)[1]), key[1])):
        plain = json.loads(box.recorded[key])
        if plain["kind"] == kind:
            yield {**plain["data"], "at_ms": instant_ms(plain["at"])}


def law_2_one_intake_a_slot(world: World) -> Iterator[str]:
    """A slot gets at most one intake, and every opening of its lid seen after that is extra."""
    for box in world.boxes.values():
        intakes: dict[str, int] = defaultdict(int)
        for kind in ("dose.taken", "dose.self_reported"):
            for dose in testimony(box, kind):
                intakes[dose["slot"]] += 1
        for slot, count in intakes.items():
            if count > 1:
                yield f"law 2: {slot} of {box.box.id} got {count} intakes"


def law_3_missed_only_if_watched(world: World) -> Iterator[str]:
    """Missed means: powered, trusted and unstepped over the whole window, and the lid did not open in it."""
    for box in world.boxes.values():
        slots = {slot.slot: slot for slot in world.store.slots_between(box.box.patient, *FOREVER)}
        for dose in testimony(box, "dose.missed"):
            slot = slots[dose["slot"]]
            watches = [
                watch
                for watch in box.watches_now()
                if watch.begins_ms + watch.offset_ms <= slot.opens_at
                and watch.ends_ms + watch.offset_ms >= slot.closes_at
            ]
            if not watches:
                yield f"law 3: {slot.slot} of {box.box.id} is called missed, but nobody watched its window"
                continue
            offset_ms = watches[0].offset_ms
            opened = [
                move
                for move in box.moves
                if move.open
                and move.compartment == slot.compartment
                and slot.opens_at <= move.at_ms + offset_ms <= slot.closes_at
            ]
            if opened:
                yield f"law 3: {slot.slot} of {box.box.id} is called missed, but its lid opened in the window"


def law_4_one_outcome_with_its_history(world: World) -> Iterator[str]:
    """Every slot that was not withdrawn ends in one outcome, and its history ends in the same one."""
    for patient in world.household.patients:
        for slot in world.store.slots_between(patient, *FOREVER):
            over = slot.closes_at + GRACE_MS < world.ends_ms
            notes = world.store.history(patient, slot.slot)
            if slot.outcome is None:
                if over and slot.status != "withdrawn" and slot.closes_at > world.begins_ms:
                    yield f"law 4: {slot.slot} is over and has no outcome"
                if notes:
                    yield f"law 4: {slot.slot} has a history and no outcome"
            elif not notes or notes[-1].outcome != slot.outcome:
                yield f"law 4: {slot.slot} is {slot.outcome}, which its history does not say"
            elif any(one.outcome == other.outcome for one, other in pairwise(notes)):
                yield f"law 4: {slot.slot} has a change in its history that changes nothing"


def law_5_no_reminder_for_what_is_over(world: World) -> Iterator[str]:
    """No reminder is given at the box for a slot that is taken there or closed."""
    for box in world.boxes.values():
        slots = {slot.slot: slot for slot in world.store.slots_between(box.box.patient, *FOREVER)}
        over: set[str] = set()
        for key in sorted(box.recorded, key=lambda key: (int(key[0].rsplit("-", 1)[1]), key[1])):
            plain = json.loads(box.recorded[key])
            kind, name = plain["kind"], plain["data"].get("slot")
            if kind in ("dose.taken", "dose.self_reported"):
                over.add(name)
            if kind != "reminder.given":
                continue
            slot = slots[name]
            at_ms = instant_ms(plain["at"])
            if name in over:
                yield f"law 5: {box.box.id} reminded of {name} after its intake"
            if not slot.opens_at <= at_ms <= slot.closes_at:
                yield f"law 5: {box.box.id} reminded of {name} outside its window"


def law_9_no_instant_changed(world: World) -> Iterator[str]:
    """Whatever the clocks did, a stored event bears the instant it was recorded with."""
    for box in world.boxes.values():
        for event in world.store.events(box.box.id, *FOREVER):
            recorded = box.recorded.get((event.stream, event.seq))
            if recorded and instant_ms(json.loads(recorded)["at"]) != event.at:
                yield f"law 9: event {event.stream}/{event.seq} of {box.box.id} changed its instant"
