"""Does every opening of a lid that a box saw lead to what it must, and every intake go back to one?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from controller.wire.instants import MINUTE_MS, SECOND_MS, instant_ms
from controller.wire.plan import HANDLING_MS
from tests.world import World
from tests.world_box import Window, WorldBox
from tests.world_spoken import FOREVER, INTAKES, Spoken, newest_plans, spoken, versions_of

Verdicts = dict[tuple[str, int], list[Spoken]]


def law_2_every_opening_seen_is_judged(world: World) -> Iterator[str]:
    """The first opening in a window is the intake, a later one is extra, and no intake comes from nothing."""
    for box in world.boxes.values():
        said = list(spoken(box))
        yield from intakes_from_nothing(box, said)
        yield from openings_misjudged(world, box, said)
        yield from handlings_warned_of(box, said)


def intakes_from_nothing(box: WorldBox, said: list[Spoken]) -> Iterator[str]:
    """Find intakes that rest on no opening somebody saw, or lie outside their window."""
    seen: set[tuple[str, int]] = set()
    untimed: dict[tuple[str, str], list[int]] = defaultdict(list)
    for event in said:
        if event.kind == "lid.opened" and event.data["because"] == "edge":
            lid = event.data["compartment"]
            if event.clock != "untrusted":
                seen.add((lid, event.at))
            untimed[event.boot, lid].append(event.mono_ms)
        if event.kind != "dose.taken":
            continue
        lid, opened_at = event.data["compartment"], instant_ms(event.data["opened_at"])
        if not any(one.opens_at <= opened_at <= one.closes_at for one in versions_of(box, event.slot)):
            yield f"law 2: {box.box.id} took an opening for {event.slot} outside its window"
        if event.data["because"] == "lid_opened" and (lid, opened_at) not in seen:
            yield f"law 2: the intake of {event.slot} at {box.box.id} rests on no opening that was seen"
        reckoned = [event.at - event.mono_ms + mono_ms for mono_ms in untimed[event.boot, lid]]
        is_reckoned = event.data["because"] == "restamped" and event.clock != "untrusted"
        if is_reckoned and not any(abs(at - opened_at) <= 2 * SECOND_MS for at in reckoned):
            yield f"law 2: the restamped intake of {event.slot} rests on no opening that was seen"


def handlings_warned_of(box: WorldBox, said: list[Spoken]) -> Iterator[str]:
    """Find openings called a second one although they belong to the handling of an intake at that lid."""
    intakes: dict[str, list[int]] = defaultdict(list)
    for event in said:
        lid = event.data.get("compartment", "")
        if event.kind == "dose.taken":
            intakes[lid].append(instant_ms(event.data["opened_at"]))
        elif event.kind == "dose.extra" and event.data["because"] == "already_taken":
            opened_at = instant_ms(event.data["opened_at"])
            if any(0 <= opened_at - at <= HANDLING_MS for at in intakes[lid]):
                yield f"law 2: {lid} of {box.box.id} was still handled, and its opening is called extra"


def openings_misjudged(world: World, box: WorldBox, said: list[Spoken]) -> Iterator[str]:
    """Find openings in a known window that are neither its intake nor, after its handling, extra."""
    by_lid = lasting_windows(world, box)
    verdicts: Verdicts = defaultdict(list)
    for event in said:
        if event.kind in ("dose.taken", "dose.extra"):
            verdicts[event.data["compartment"], instant_ms(event.data["opened_at"])].append(event)
    taken: dict[str, int | None] = {}
    refilling = False
    for event in said:
        if event.kind in INTAKES:
            opened = event.data.get("opened_at")
            taken[event.slot] = None if opened is None else instant_ms(opened)
        if event.kind in ("refill.started", "refill.done"):
            refilling = event.kind == "refill.started"
        was_seen = event.kind == "lid.opened" and event.data["because"] == "edge"
        if not was_seen or event.clock == "untrusted" or refilling:
            continue
        lid = event.data["compartment"]
        for slot, heard_ms, window in by_lid[lid]:
            if not window.opens_at <= event.at <= window.closes_at or heard_ms > event.true_ms - MINUTE_MS:
                continue
            # A clock that leapt back by days shows a window that the plan has long left behind.
            if not all(slot in plan for plan in newest_plans(box, event.true_ms)):
                continue
            intake_at = taken.get(slot)
            if intake_at is not None and 0 < event.at - intake_at <= HANDLING_MS:
                continue
            wanted = "dose.extra" if slot in taken else "dose.taken"
            found = verdicts[lid, event.at]
            if not any(one.kind == wanted and one.data.get("slot") == slot for one in found):
                yield f"law 2: an opening for {slot} at {box.box.id} is no {wanted}"


def lasting_windows(world: World, box: WorldBox) -> dict[str, list[tuple[str, int, Window]]]:
    """Return by lid the slots that no plan ever moved: when each was first heard of, and its window."""
    planned = {
        slot.slot for slot in world.store.slots_between(box.box.patient, *FOREVER) if slot.status == "planned"
    }
    found: dict[str, list[tuple[str, int, Window]]] = defaultdict(list)
    for slot, versions in box.heard.items():
        if slot in planned and len(versions) == 1:
            heard_ms, window = versions[0]
            found[window.compartment].append((slot, heard_ms, window))
    return found
