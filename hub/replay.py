"""Why did the hub say that? The real hub on recorded input, in virtual time, without broker, disk or people.

Input and output are lines of JSON. The same lines give the same bytes, so that a complaint
from a home becomes a test.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from controller.wire.errors import Malformed
from controller.wire.instants import instant_ms, instant_text
from controller.wire.shape import from_plain, read_json, write_json
from controller.wire.topics import Outgoing
from hub.care.alerting.privacy import text_for
from hub.care.entries import FACTS, Fact, SlotStated, Stated
from hub.care.ledger import AlertRecord, Change, MessageRecord, OutcomeNote
from hub.care.people import Household
from hub.engine import Engine
from hub.errors import ReplayRefused
from hub.household import household_toml
from hub.intake.arrivals import Arrival
from hub.store.port import Store
from hub.store.sqlite.store import open_store
from hub.writing import entry_of

DECLARED: tuple[Stated, ...] = get_args(Stated)

_FORMS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "topic": (frozenset({"topic", "payload"}), frozenset({"retained"})),
    "caregiver": (
        frozenset({"caregiver", "do"}),
        frozenset({"alert", "intent", "until", "slot", "outcome", "why"}),
    ),
    "patient": (frozenset({"patient", "do"}), frozenset({"slot", "outcome", "why"})),
    "entry": (frozenset({"entry", "by"}), frozenset({"patient", "why"})),
    "end": (frozenset({"end"}), frozenset()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One line of a recording: when, which form, and the rest of it."""

    at_ms: int
    form: str
    said: Mapping[str, Any]


def replay(household: Household, lines: Iterable[bytes]) -> Iterator[str]:
    """Run a recording through the hub and yield what it does, line by line, without line ends.

    Raises:
        ReplayRefused: A line cannot be replayed; the text starts with its number. What follows from the
            lines before it has been yielded.

    """
    run: _Run | None = None
    store = open_store(None)
    where = _Numbered()
    where.log.addFilter(where)
    try:
        for number, raw in enumerate(lines, 1):
            where.number = number
            if not raw.strip():
                continue
            try:
                line = _read_line(raw)
                run = run or _Run(store, household, line.at_ms)
                yield from run.pass_line(line)
            except (Malformed, ReplayRefused) as error:
                raise ReplayRefused(f"line {number}: {error}") from error
        if run is not None:
            yield from run.finish()
    finally:
        where.log.removeFilter(where)
        store.close()


class _Numbered(logging.Filter):
    """Puts the number of the line in front of what the hub logs: its trouble was in no findable place."""

    log = logging.getLogger("hub.intake.turn")
    number = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything pass, with its number."""
        record.msg = f"line {self.number}: {record.msg}"
        return True


def _read_line(raw: bytes) -> _Line:
    plain = read_json(raw)
    if not isinstance(plain, dict):
        raise Malformed("it is no object")
    at = plain.pop("at", None)
    if not isinstance(at, str):
        raise Malformed("'at' is missing or is not text such as 2026-11-23T08:00:00.000Z")
    form = next((name for name in ("entry", *_FORMS) if name in plain), None)
    if form is None:
        raise Malformed(f"it has none of {', '.join(map(repr, _FORMS))}")
    needed, allowed = _FORMS[form]
    if missing := sorted(needed - plain.keys()):
        raise Malformed(f"{missing[0]!r} is missing")
    if strange := sorted(plain.keys() - needed - allowed):
        raise Malformed(f"{strange[0]!r} has no meaning beside {form!r}")
    return _Line(at_ms=instant_ms(at), form=form, said=plain)


class _Run:
    """A hub in virtual time."""

    def __init__(self, store: Store, household: Household, at_ms: int) -> None:
        self._store = store
        self._household = household
        self._changes: list[Change] = []
        self._written: dict[str, int] = {}
        self._engine = Engine(store, read_household=lambda _: household, observer=self._watch)
        self._now_ms = at_ms
        self._ended = False
        self._begun = False

    def _watch(self, changes: Sequence[Change]) -> None:
        self._changes.extend(changes)
        for change in changes:
            if isinstance(change, MessageRecord):
                self._written.setdefault(change.message, len(self._written))

    def pass_line(self, line: _Line) -> Iterator[str]:
        """Let time pass up to a line, then let it happen; what is due at the same instant comes after it."""
        if self._ended:
            raise Malformed("nothing can come after the end")
        if line.at_ms < self._now_ms:
            raise Malformed(f"it is earlier than the line before it ({instant_text(self._now_ms)})")
        if not self._begun:
            self._begun = True
            with self._store.transaction():
                self._store.add_household(household_toml(self._household), line.at_ms)
            yield from self._told(self._engine.start(line.at_ms))
        yield from self._wait(line.at_ms - 1)
        self._now_ms = line.at_ms
        match line.form:
            case "topic":
                yield from self._told(self._engine.take([_arrival(line.said)], self._now_ms))
            case "entry":
                yield from self._told(self._write(line.said))
            case "end":
                if line.said["end"] is not True:
                    raise Malformed("'end' can only be true")
                self._ended = True
            case _:
                yield from self._told(self._act(line.form, line.said))

    def finish(self) -> Iterator[str]:
        """Let happen what is due at the last instant."""
        yield from self._wait(self._now_ms)

    def _wait(self, until_ms: int) -> Iterator[str]:
        while (due_at := self._next_at()) is not None and due_at <= until_ms:
            self._now_ms = max(self._now_ms, due_at)
            yield from self._told(self._engine.tick(self._now_ms))

    def _next_at(self) -> int | None:
        # A letter may wait for the end of somebody's quiet hours.
        waits = (self._engine.next_deadline(), self._engine.next_message_at())
        return min((at for at in waits if at is not None), default=None)

    def _act(self, form: str, said: Mapping[str, Any]) -> list[Outgoing]:
        people = self._household.caregivers if form == "caregiver" else self._household.patients
        by = said[form]
        if by not in people:
            raise Malformed(f"there is no {form} {by!r}")
        match said["do"]:
            case "ack" if form == "caregiver":
                return self._acknowledge(by, said)
            case "declare":
                return self._declare(form, by, said)
            case other:
                raise Malformed(f"a {form} cannot do {other!r}")

    def _write(self, said: Mapping[str, Any]) -> list[Outgoing]:
        patients = list(self._household.patients)
        patient = _text(said, "patient") if "patient" in said else patients[0]
        if patient not in patients or (len(patients) > 1 and "patient" not in said):
            raise Malformed(f"'patient' is none of {', '.join(patients)}")
        fact = _fact(said["entry"])
        why = _text(said, "why") if "why" in said else ""
        entry = entry_of(patient, fact, by=_text(said, "by"), at_ms=self._now_ms, why=why)
        return self._engine.write(entry, self._now_ms)

    def _acknowledge(self, by: str, said: Mapping[str, Any]) -> list[Outgoing]:
        wanted = _text(said, "alert")
        intent = _text(said, "intent") if said.get("intent") is not None else None
        until = instant_ms(_text(said, "until")) if said.get("until") is not None else None
        alert = _only_alert(self._store.alerts(), wanted)
        return self._engine.acknowledge(alert, by, self._now_ms, intent=intent, until=until)

    def _declare(self, form: str, by: str, said: Mapping[str, Any]) -> list[Outgoing]:
        slot, outcome = _text(said, "slot"), _text(said, "outcome")
        if outcome not in DECLARED:
            raise Malformed(f"{outcome!r} cannot be declared; {' or '.join(DECLARED)} can")
        among = [by] if form == "patient" else self._household.patients
        whose = [name for name in among if self._store.slot(name, slot) is not None]
        if len(whose) != 1:
            raise Malformed(f"slot {slot!r} belongs to {'no patient' if not whose else 'several patients'}")
        why = _text(said, "why") if said.get("why") is not None else ""
        fact = SlotStated(slot=slot, outcome=outcome)
        return self._engine.write(entry_of(whose[0], fact, by=by, at_ms=self._now_ms, why=why), self._now_ms)

    def _told(self, messages: Iterable[Outgoing]) -> Iterator[str]:
        """Yield what has just happened: outcomes, what is published, what people are told."""
        letters, follows = self._deliver()
        changes, self._changes = self._changes, []
        at = instant_text(self._now_ms)
        for change in changes:
            if isinstance(change, OutcomeNote):
                yield write_json({"at": at, **_outcome(change)})
        # Of several versions of one thing at one instant, the last.
        for message in {one.topic: one for one in (*messages, *follows)}.values():
            payload = json.loads(message.payload) if message.payload else ""
            yield write_json({"at": at, "topic": message.topic, "payload": payload})
        for letter in letters:
            yield write_json({"at": at, "notify": _notice(letter, text_for(self._household, letter))})

    def _deliver(self) -> tuple[list[MessageRecord], list[Outgoing]]:
        """Send every letter that is due: here there are no channels, and all of them arrive at once."""
        letters, follows = list[MessageRecord](), list[Outgoing]()
        while due := self._engine.messages_due(self._now_ms):
            for one in sorted(due, key=lambda one: self._written[one.message.message]):
                if self._engine.attempt_begun(one.message.message, self._now_ms):
                    letters.append(one.message)
                    follows += self._engine.attempt_ended(one.message.message, True, "replayed", self._now_ms)
        return letters, follows


def _arrival(said: Mapping[str, Any]) -> Arrival:
    topic, payload = _text(said, "topic"), said["payload"]
    if not isinstance(payload, dict | str):
        raise Malformed("'payload' is neither an object nor text")
    text = payload if isinstance(payload, str) else write_json(payload)
    return Arrival(
        topic=topic, payload=text.encode("utf-8", "surrogatepass"), retained=said.get("retained") is True
    )


def _fact(said: Any) -> Fact:
    if not isinstance(said, dict) or said.get("kind") not in FACTS:
        raise Malformed(f"'entry' has no 'kind' of {', '.join(FACTS)}")
    content = {key: value for key, value in said.items() if key != "kind"}
    return from_plain(FACTS[said["kind"]], content, "'entry'")


def _only_alert(alerts: Sequence[AlertRecord], wanted: str) -> str:
    """Return the open alert with this id, or the only one whose condition or kind begins so."""
    if any(alert.alert == wanted for alert in alerts):
        return wanted
    found = [alert for alert in alerts if alert.condition.startswith(wanted)]
    if len(found) > 1:
        found = [alert for alert in found if alert.state != "acknowledged"] or found
    if not found:
        raise Malformed(f"no open alert is {wanted!r} or is about something that begins so")
    if len(found) > 1:
        several = ", ".join(alert.condition for alert in found)
        raise Malformed(f"several open alerts begin with {wanted!r}: {several}")
    return found[0].alert


def _outcome(note: OutcomeNote) -> dict[str, Any]:
    return {
        "slot": note.slot,
        "outcome": note.outcome,
        "timing": note.timing,
        "evidence": note.evidence,
        "because": note.because,
    }


def _notice(message: MessageRecord, text: str) -> dict[str, Any]:
    return {
        "to": message.to,
        "channel": message.channel,
        "title": message.title,
        "body": text,
        "alert": message.alert,
        "kind": message.kind,
    }


def _text(said: Mapping[str, Any], key: str) -> str:
    if not isinstance(said.get(key), str):
        raise Malformed(f"{key!r} is missing or is not text")
    return from_plain(str, said[key], repr(key))
