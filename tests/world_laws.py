"""Which laws does a world obey? Each is one function that finds what breaks it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from controller.wire.envelope import sealed_json
from controller.wire.instants import HOUR_MS, MINUTE_MS, instant_ms
from hub.care.alerting.climbing import informs
from hub.care.ledger import MessageRecord, OutcomeNote, SlotRecord
from hub.care.schedule import is_held
from tests.world import World
from tests.world_answers import law_2_an_extra_opening_is_answered_once
from tests.world_box import WorldBox
from tests.world_needs import law_2_as_needed_within_its_rule
from tests.world_openings import law_2_every_opening_seen_is_judged
from tests.world_spoken import FOREVER, INTAKES, Spoken, newest_plans, spoken, versions_of

GRACE_MS = 6 * MINUTE_MS
SKEW_MS = 2 * MINUTE_MS
HUB_CLOCK_MS = 20 * MINUTE_MS
"""By so much the hub may be early or late for the close of a window, by its clock and by its stops."""
SAME_MS = 15 * MINUTE_MS

KIND_OF_OUTCOME = {
    "taken": "dose.taken",
    "missed": "dose.missed",
    "unobserved": "dose.unobserved",
    "self_reported": "dose.self_reported",
}


def broken_laws(world: World) -> list[str]:
    """Return a sentence for each breach, with the law's number; an honest world returns none."""
    found = list(world.breaches)
    found += outbox_left_over(world)
    found += law_1_stored_and_acted_on_exactly_once(world)
    found += law_2_one_intake_a_slot(world)
    found += law_2_every_opening_seen_is_judged(world)
    found += law_2_an_extra_opening_is_answered_once(world)
    found += law_2_as_needed_within_its_rule(world)
    found += law_3_missed_only_if_watched(world)
    found += law_4_one_outcome_with_its_history(world)
    found += law_4_every_change_has_its_cause(world)
    found += law_4_held_only_what_was_on_hold_to_its_close(world)
    found += law_5_no_reminder_for_what_is_over(world)
    found += law_8_no_alert_ends_in_silence(world)
    found += law_8_an_intake_on_hold_is_told(world)
    found += law_8_whoever_was_told_hears_the_end(world)
    found += law_9_no_instant_changed(world)
    found += law_9_no_plan_is_older_than_the_one_before(world)
    return [f"seed {world.seed}: {sentence}" for sentence in found]


def outbox_left_over(world: World) -> Iterator[str]:
    """After two calm days nothing may still wait in a box."""
    for box in world.boxes.values():
        if box.outbox.depth:
            yield f"law 1: {box.box.id} still holds {box.outbox.depth} events after the calm"


def law_1_stored_and_acted_on_exactly_once(world: World) -> Iterator[str]:
    """Every event a box recorded is stored at the hub, byte for byte, and acted on once."""
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
            times = world.care.acted[(box.box.id, *key)]
            if times != 1:
                yield f"law 1: event {key} of {box.box.id} was acted on {times} times"


def law_2_one_intake_a_slot(world: World) -> Iterator[str]:
    """A slot gets at most one intake, and the box does not call it anything else after that."""
    for box in world.boxes.values():
        intakes: dict[str, int] = defaultdict(int)
        for event in spoken(box, *KIND_OF_OUTCOME.values()):
            if event.kind in INTAKES:
                intakes[event.slot] += 1
            elif intakes[event.slot]:
                yield f"law 2: {event.slot} of {box.box.id} is called {event.kind} after its intake"
        for slot, count in intakes.items():
            if count > 1:
                yield f"law 2: {slot} of {box.box.id} got {count} intakes"


def law_3_missed_only_if_watched(world: World) -> Iterator[str]:
    """Missed means: watched over the whole window, and the lid neither opened in it nor stood open before."""
    for box in world.boxes.values():
        said = {event.slot for event in spoken(box, "dose.missed")}
        for slot in sorted(said):
            if why := why_not_missed(box, slot):
                yield f"law 3: {slot} of {box.box.id} is called missed, but {why}"
        for record in world.store.slots_between(box.box.patient, *FOREVER):
            if record.outcome == "missed" and record.slot not in said:
                yield f"law 3: {record.slot} of {box.box.id} is called missed, and its box never said so"
            for note in world.store.history(record.patient, record.slot):
                is_over = note.at >= record.closes_at - SKEW_MS
                if note.outcome in ("missed", "unobserved", "unconfirmed") and not is_over:
                    yield f"law 3: {record.slot} was called {note.outcome} while its window was open"


def why_not_missed(box: WorldBox, slot: str) -> str | None:
    """Say why a slot cannot be called missed, by any version of its window that the box knew."""
    why: str | None = "no plan ever asked for it"
    for version in versions_of(box, slot):
        watches = [
            watch
            for watch in box.watches_now()
            if watch.begins_ms + watch.offset_ms <= version.opens_at
            and watch.ends_ms + watch.offset_ms >= version.closes_at
        ]
        if not watches:
            why = "nobody watched its window"
            continue
        offset_ms = watches[0].offset_ms
        stood_open = False
        opened = False
        for move in box.moves:
            shown_ms = move.at_ms + offset_ms
            if move.compartment != version.compartment or shown_ms > version.closes_at:
                continue
            if shown_ms < version.opens_at:
                stood_open = move.open
            elif move.open:
                opened = True
        if not opened and not stood_open:
            return None
        why = "its lid opened in the window" if opened else "its lid stood open when the window opened"
    return why


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


def law_4_every_change_has_its_cause(world: World) -> Iterator[str]:
    """Every note of a history goes back to an event, to silence or to a hold; and testimony always heals."""
    for box in world.boxes.values():
        said = {event.key: event for event in spoken(box, *KIND_OF_OUTCOME.values())}
        received = {
            (event.stream, event.seq): event.received_at for event in world.store.events(box.box.id, *FOREVER)
        }
        told: dict[str, list[Spoken]] = defaultdict(list)
        for event in said.values():
            told[event.slot].append(event)
        for slot in world.store.slots_between(box.box.patient, *FOREVER):
            for note in world.store.history(box.box.patient, slot.slot):
                if not is_caused(note, box.box.id, said):
                    yield f"law 4: {note.slot} became {note.outcome} because of {note.cause!r}, which was not"
            counts = {
                event.kind
                for event in told[slot.slot]
                if event.kind in INTAKES
                or received.get(event.key, 0) >= slot.closes_at - SKEW_MS
                or stands_until_the_close(box, slot, event)
            }
            if why := why_not_healed(slot, counts):
                yield f"law 4: {slot.slot} stayed {slot.outcome}, though {why}"


def stands_until_the_close(box: WorldBox, slot: SlotRecord, verdict: Spoken) -> bool:
    """Tell whether a verdict that came early must be believed: no clock of its box showed it to be false."""
    if len(versions_of(box, slot.slot)) > 1:
        return False
    return all(
        event.clock == "untrusted" or event.at >= slot.closes_at - SKEW_MS
        for event in spoken(box)
        if event.key[0] == verdict.key[0] and event.key[1] >= verdict.key[1]
    )


def law_4_held_only_what_was_on_hold_to_its_close(world: World) -> Iterator[str]:
    """A hold decides a slot once its window is over, and one that was lifted before decides nothing."""
    for patient in world.household.patients:
        for slot in world.store.slots_between(patient, *FOREVER):
            held = [note for note in world.store.history(patient, slot.slot) if note.outcome == "held"]
            if len(held) > 1:
                yield f"law 4: {slot.slot} was held {len(held)} times"
            if held and not was_held(world, slot):
                yield f"law 4: {slot.slot} is held, and nobody held it when its window closed"


def was_held(world: World, slot: SlotRecord) -> bool:
    """Tell whether a household that was in force around the close of a slot had it on hold."""
    regimen, day, _ = slot.slot.split("/")
    begun = [*(at_ms for at_ms, _ in world.households), world.ends_ms]
    for (begins_ms, household), ends_ms in zip(world.households, begun[1:], strict=True):
        is_near = begins_ms <= slot.closes_at + HUB_CLOCK_MS and ends_ms >= slot.closes_at - HUB_CLOCK_MS
        if is_near and is_held(household.regimens[regimen].holds, date.fromisoformat(day)):
            return True
    return False


def is_caused(note: OutcomeNote, box: str, said: dict[tuple[str, int], Spoken]) -> bool:
    """Tell whether what a note names as its cause happened, and can have led to it."""
    if note.cause == "silence":
        return note.outcome == "unconfirmed"
    if note.cause == "plan":
        return note.outcome == "held"
    word, _, name = note.cause.partition(" ")
    named, stream, seq = name.split("/")
    event = said.get((stream, int(seq)))
    return (
        word == "event"
        and named == box
        and event is not None
        and event.slot == note.slot
        and event.kind == KIND_OF_OUTCOME.get(note.outcome)
    )


def why_not_healed(slot: SlotRecord, told: set[str]) -> str | None:
    """Say what the box told of a slot that its outcome does not show."""
    if told & set(INTAKES):
        return None if slot.outcome in ("taken", "self_reported") else "its box witnessed an intake"
    if told and slot.status == "planned" and slot.outcome not in ("missed", "unobserved"):
        return f"its box said {', '.join(sorted(told))}"
    return None


def law_5_no_reminder_for_what_is_over(world: World) -> Iterator[str]:
    """No reminder is given at the box for a slot that is taken there, closed, held or withdrawn."""
    for box in world.boxes.values():
        over: set[str] = set()
        for event in spoken(box, *INTAKES, "reminder.given"):
            if event.kind != "reminder.given":
                over.add(event.slot)
                continue
            if event.slot in over:
                yield f"law 5: {box.box.id} reminded of {event.slot} after its intake"
            if not any(one.opens_at <= event.at <= one.closes_at for one in versions_of(box, event.slot)):
                yield f"law 5: {box.box.id} reminded of {event.slot} outside its window"
            if all(event.slot not in plan for plan in newest_plans(box, event.true_ms)):
                yield f"law 5: {box.box.id} reminded of {event.slot}, which is no longer planned"


def law_8_no_alert_ends_in_silence(world: World) -> Iterator[str]:
    """What nobody could see or took is alerted; an alert is told, and goes on until somebody took it on."""
    alerts = world.store.alerts(resolved_too=True)
    conditions = {alert.condition for alert in alerts}
    told: dict[str | None, set[str]] = defaultdict(set)
    for _, letter in world.told:
        if letter.kind == "alert":
            told[letter.alert].add(letter.to)
    for patient in world.household.patients:
        for slot in world.store.slots_between(patient, *FOREVER):
            for note in world.store.history(patient, slot.slot):
                alarming = note.outcome in ("missed", "unobserved", "unconfirmed")
                if alarming and f"dose.{note.outcome} {slot.slot}" not in conditions:
                    yield f"law 8: {slot.slot} was {note.outcome} and nobody was to be told"
    for alert in alerts:
        if alert.raised_at > world.ends_ms - HOUR_MS:
            continue
        claimed, really = set(alert.told), told[alert.alert]
        if not claimed <= really or (claimed != really and not world.letters_unsure):
            yield f"law 8: {alert.condition!r} says that it reached {alert.told}, not {told[alert.alert]}"
        # What was over before any channel worked need not be told; but only its cause can be over.
        is_over = alert.state == "resolved" and alert.because not in ("acknowledged", "told", "undeliverable")
        if not told[alert.alert] and not is_over:
            yield f"law 8: nobody was ever told of alert {alert.condition!r}, which is {alert.state}"
        waits = alert.state in ("raised", "told", "reopened") and not informs(alert.kind)
        if waits and alert.next_step_at is None:
            yield f"law 8: alert {alert.condition!r} is {alert.state} and nobody will be told of it again"


def law_8_an_intake_on_hold_is_told(world: World) -> Iterator[str]:
    """What may have been a second dose, or one that was not to be taken, somebody hears of."""
    extras = [alert for alert in world.store.alerts(resolved_too=True) if alert.kind == "dose.extra"]
    for patient in world.household.patients:
        for slot in world.store.slots_between(patient, *FOREVER):
            if slot.because != "taken_while_held" or slot.opened_at is None:
                continue
            place = f"dose.extra {slot.box}/{slot.compartment} "
            near = [one.about_at for one in extras if one.condition.startswith(place)]
            if not any(at_ms is not None and abs(at_ms - slot.opened_at) < SAME_MS for at_ms in near):
                yield f"law 8: {slot.slot} was taken while on hold, and nobody was to be told"


def law_9_no_plan_is_older_than_the_one_before(world: World) -> Iterator[str]:
    """A box refuses a plan that is older than its own: whatever the hub's clock does, none may be."""
    newest: dict[str, tuple[int, str]] = {}
    for _, message in world.published:
        if not message.topic.endswith("/plan"):
            continue
        plan = json.loads(message.payload)
        made_at = instant_ms(plan["made_at"])
        known_at, known = newest.get(message.topic, (0, ""))
        if known != message.payload and made_at <= known_at:
            yield f"law 9: plan {plan['plan']} of {plan['box']} is not newer than the one before it"
        newest[message.topic] = made_at, message.payload


def law_8_whoever_was_told_hears_the_end(world: World) -> Iterator[str]:
    """The last word that anybody got about a dose or a box is never an alert that is over."""
    last: dict[tuple[str, str], MessageRecord] = {}
    alerts = {alert.alert: alert for alert in world.store.alerts(resolved_too=True)}
    for _, letter in world.told:
        if letter.alert is not None:
            about = alerts[letter.alert].condition.partition(" ")[2]
            last[letter.to, about] = letter
    for (who, about), letter in last.items():
        alert = alerts[letter.alert or ""]
        is_late = alert.changed_at > world.ends_ms - HOUR_MS
        if letter.kind == "alert" and alert.ending is not None and not is_late:
            yield f"law 8: the last word that {who} got about {about} is an alert that is over"


def law_9_no_instant_changed(world: World) -> Iterator[str]:
    """Whatever the clocks did, a stored event bears the instant it was recorded with."""
    for box in world.boxes.values():
        for event in world.store.events(box.box.id, *FOREVER):
            recorded = box.recorded.get((event.stream, event.seq))
            if recorded and instant_ms(json.loads(recorded)["at"]) != event.at:
                yield f"law 9: event {event.stream}/{event.seq} of {box.box.id} changed its instant"
