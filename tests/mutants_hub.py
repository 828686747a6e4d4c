"""Which mistakes in the hub must the seeded world notice? Each changes one thing in the shipped code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from controller.wire.envelope import Envelope
from controller.wire.messages import Ack
from controller.wire.topics import Outgoing, match_topic, outgoing
from hub.care import enrolment, home, judge, reminders
from hub.care.alerting import alerts, climbing, reaching
from hub.care.entries import Entry
from hub.care.ledger import AlertRecord, BoxRecord, Change, Ledger, SlotRecord
from hub.care.page import Page
from hub.engine import Engine
from hub.intake import ingest
from hub.intake.arrivals import Arrival, EventRead
from hub.intake.ingest import take_in
from hub.intake.streams import Deliverable, Stream
from hub.intake.turn import Turn
from hub.letters import postbox
from hub.letters.desk import Desk
from hub.letters.parcels import Parcel
from hub.letters.postbox import Ended, Postbox
from tests.mutants import BOX_MUTANTS, ROUGH, STORM, Mutant


def _acks_before_commit(patch: pytest.MonkeyPatch) -> None:
    shipped = Engine.take
    late: dict[Engine, Sequence[Arrival]] = {}

    def take(self: Engine, arrivals: Sequence[Arrival], at_ms: int) -> list[Outgoing]:
        found = [
            message
            for message in shipped(self, late.pop(self, ()), at_ms)
            if not message.topic.endswith("/ack")
        ]
        late[self] = arrivals
        turn = self._turn(at_ms)
        take_in(turn, arrivals)
        for box, stream in turn.acks:
            seq = turn.stream((box, stream)).mark.watermark
            found.append(outgoing("ack", Ack(v=1, box=box, stream=stream, seq=seq), box=box))
        return found

    patch.setattr(Engine, "take", take)


def _watermark_is_highest(patch: pytest.MonkeyPatch) -> None:
    def place(stream: Stream, seq: int, envelope: Envelope | None, at_ms: int) -> tuple[Stream, Deliverable]:
        mark = replace(stream.mark, watermark=max(seq, stream.mark.watermark))
        return replace(stream, mark=mark), () if envelope is None else (envelope,)

    patch.setattr(ingest, "place", place)


def _repeats_are_news(patch: pytest.MonkeyPatch) -> None:
    shipped = ingest._take_event

    def forgetful(turn: Turn, arrival: Arrival, read: EventRead) -> None:
        envelope = read.envelope
        if turn.stored(envelope.box, envelope.stream, envelope.seq) is not None:
            turn.deliver(envelope)
        shipped(turn, arrival, read)

    patch.setattr(ingest, "_take_event", forgetful)


def _silence_is_missed(patch: pytest.MonkeyPatch) -> None:
    shipped = judge.silence
    patch.setattr(home, "silence", lambda slot: replace(shipped(slot), outcome="missed"))
    patch.setattr(judge, "MAY_BECOME", {**judge.MAY_BECOME, "silence": {None: frozenset({"missed"})}})


def _silence_stays(patch: pytest.MonkeyPatch) -> None:
    box = {**judge.MAY_BECOME["box"], "unconfirmed": frozenset[str]()}
    patch.setattr(judge, "MAY_BECOME", {**judge.MAY_BECOME, "box": box})


def _holds_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(home, "excusing_at", lambda slot, started_at: slot.opens_at)


def _believes_what_comes_early(patch: pytest.MonkeyPatch) -> None:
    for module in (home, judge):
        patch.setattr(module, "is_premature", lambda slot, verdict, at: False)


def _forgets_what_comes_early(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(home, "waiting", lambda slot, verdict, stamp: slot)


def _second_doses_are_kept_quiet(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(home, "contradict", lambda page, slot, data: None)


def _forgets_its_newest_plan(patch: pytest.MonkeyPatch) -> None:
    shipped = enrolment._publish

    def publish(page: Page, box: BoxRecord, slots: Iterable[SlotRecord]) -> None:
        shipped(page, replace(box, plan_made_at=None), slots)

    patch.setattr(enrolment, "_publish", publish)


def _no_history(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Page, "note", lambda self, note: None)


def _history_without_cause(patch: pytest.MonkeyPatch) -> None:
    shipped = Page.note
    patch.setattr(Page, "note", lambda self, note: shipped(self, replace(note, cause="silence")))


def _withdraws_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(enrolment, "_withdraw", lambda page, kept: None)


def _reminds_of_held(patch: pytest.MonkeyPatch) -> None:
    shipped = reminders.reminds_at

    def reminds_at(slot: SlotRecord) -> int | None:
        return shipped(replace(slot, status="planned"))

    def settle(page: Page) -> None:
        settled(page)
        for slot in tuple(page.slots.values()):
            if slot.status != "planned" and slot.outcome is None and slot.opens_at <= page.at:
                reminders.remind(page, slot)

    settled = home._settle_slots
    patch.setattr(reminders, "reminds_at", reminds_at)
    patch.setattr(home, "_settle_slots", settle)
    patch.setattr(Postbox, "_is_late", lambda self, message, at_ms: False)


def _sends_stale_reminders(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Postbox, "_is_late", lambda self, message, at_ms: False)


def _plans_are_not_given_again(patch: pytest.MonkeyPatch) -> None:
    shipped = Engine.announce

    def announce(self: Engine, at_ms: int) -> list[Outgoing]:
        return [one for one in shipped(self, at_ms) if (match_topic(one.topic) or [""])[0] != "plan"]

    patch.setattr(Engine, "announce", announce)


def _nobody_is_told(patch: pytest.MonkeyPatch) -> None:
    def climb(page: Page, alert: AlertRecord) -> AlertRecord:
        return alert

    for module in (alerts, climbing):
        patch.setattr(module, "climb", climb)


def _sends_what_is_over(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(postbox, "is_moot", lambda alert, letter: False)


def _written_is_told(patch: pytest.MonkeyPatch) -> None:
    shipped = Postbox.ended

    def ended(self: Postbox, message: str, **said: Any) -> Ended | None:
        found = shipped(self, message, **said)
        return None if found is None else replace(found, letter=found.letter, ok=True)

    patch.setattr(Postbox, "ended", ended)


def _ends_are_not_told(patch: pytest.MonkeyPatch) -> None:
    for module in (alerts, reaching):
        patch.setattr(module, "tell_end", lambda *said: None)


def _forgets_answers(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("hub.care.home.answer_extra", lambda page, envelope, said: None)


def _writes_entries_nowhere(patch: pytest.MonkeyPatch) -> None:
    shipped = Page.closed

    def closed(self: Page) -> tuple[Ledger, tuple[Change, ...]]:
        ledger, changes = shipped(self)
        return ledger, tuple(change for change in changes if not isinstance(change, Entry))

    patch.setattr(Page, "closed", closed)


def _forgets_what_was_needed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(home, "_take_as_needed", lambda page, envelope, said: None)


def _settles_the_first_letter_only(patch: pytest.MonkeyPatch) -> None:
    shipped = Desk.attempts_ended

    def first(self: Desk, messages: Sequence[str], ok: bool | None, reply: str, at_ms: int) -> list[Outgoing]:
        return shipped(self, messages[:1], ok, reply, at_ms)

    patch.setattr(Desk, "attempts_ended", first)


def _drops_what_waits_for_its_like(patch: pytest.MonkeyPatch) -> None:
    shipped = Postbox.parcels

    def impatient(self: Postbox, at_ms: int, limit: int, is_free: Callable[[str, str], bool]) -> list[Parcel]:
        found = shipped(self, at_ms, limit, is_free)
        leaving = {one.letter.message for parcel in found for one in parcel}
        for due in self.due(at_ms, limit):
            if due.message.message not in leaving:
                self._store.set_message(due.message.message, "failed", None)
        return found

    patch.setattr(Postbox, "parcels", impatient)


HUB_MUTANTS: Mapping[str, Mutant] = {
    "ack before commit": Mutant(
        breaks="The hub acknowledges a batch and stores it only later; a kill in between loses it.",
        spoil=_acks_before_commit,
        law=1,
    ),
    "highest for contiguous": Mutant(
        breaks="The acknowledgement names the highest number and not the end of the unbroken row.",
        spoil=_watermark_is_highest,
        law=1,
    ),
    "repeats are news": Mutant(
        breaks="An event that comes twice is acted on twice.",
        spoil=_repeats_are_news,
        law=1,
    ),
    "silence is missed": Mutant(
        breaks="A slot nobody testified to is called missed.",
        spoil=_silence_is_missed,
        law=3,
    ),
    "silence stays": Mutant(
        breaks="Testimony that comes late does not heal what was unconfirmed.",
        spoil=_silence_stays,
        law=4,
    ),
    "holds at once": Mutant(
        breaks="A hold decides a slot when its window opens, and lifting it on the same day changes nothing.",
        spoil=_holds_at_once,
        law=4,
    ),
    "believes what comes early": Mutant(
        breaks="A box whose clock ran ahead calls a window over that is open by the hub's clock.",
        spoil=_believes_what_comes_early,
        law=3,
    ),
    "forgets what comes early": Mutant(
        breaks="What a box says before the close by the hub's clock is lost, though the box was right.",
        spoil=_forgets_what_comes_early,
        law=4,
    ),
    "second doses are kept quiet": Mutant(
        breaks="A lid that is opened during a hold is noted, and nobody is told.",
        spoil=_second_doses_are_kept_quiet,
        law=8,
        weather=replace(STORM, order=0.8, link_cut=0.6),
    ),
    "forgets its newest plan": Mutant(
        breaks="A plan made after the hub's clock went back is older than the one before it, and is refused.",
        spoil=_forgets_its_newest_plan,
        law=9,
        weather=replace(STORM, order=1.0, hub_clock_step=1.0),
    ),
    "no history": Mutant(
        breaks="Outcomes change without a note.",
        spoil=_no_history,
        law=4,
    ),
    "wrong cause": Mutant(
        breaks="The history gives silence as the cause of everything.",
        spoil=_history_without_cause,
        law=4,
    ),
    "withdraws nothing": Mutant(
        breaks="A slot that the clinic took back stays planned, and its patient is reminded of it.",
        spoil=_withdraws_nothing,
        law=5,
    ),
    "reminds of held": Mutant(
        breaks="The phone reminds of a slot that is held or withdrawn.",
        spoil=_reminds_of_held,
        law=5,
    ),
    "stale reminders": Mutant(
        breaks="A reminder that could not be sent is sent although the dose has been taken since.",
        spoil=_sends_stale_reminders,
        law=5,
        weather=ROUGH,
    ),
    "as needed forgotten": Mutant(
        breaks="What was taken as needed at a lid is not kept at the hub.",
        spoil=_forgets_what_was_needed,
        law=2,
    ),
    "answers forgotten": Mutant(
        breaks="What the patient answered of an extra opening is not kept.",
        spoil=_forgets_answers,
        law=2,
    ),
    "answers not stored": Mutant(
        breaks="What the patient answered is known until the hub is started anew, and stored nowhere.",
        spoil=_writes_entries_nowhere,
        law=2,
    ),
    "plans not given again": Mutant(
        breaks="The broker dies with the retained plan and nobody publishes it again.",
        spoil=_plans_are_not_given_again,
        law=4,
    ),
    "nobody is told": Mutant(
        breaks="An alert is raised and nobody climbs its ladder.",
        spoil=_nobody_is_told,
        law=8,
    ),
    "sends what is over": Mutant(
        breaks="A letter that could not be sent is sent although its alert is over or taken on.",
        spoil=_sends_what_is_over,
        law=8,
        weather=ROUGH,
    ),
    "written is told": Mutant(
        breaks="A letter counts as having reached somebody although its channel failed.",
        spoil=_written_is_told,
        law=8,
        weather=ROUGH,
    ),
    "settles the first letter only": Mutant(
        breaks="Of several letters in one message only the first counts as delivered.",
        spoil=_settles_the_first_letter_only,
        law=8,
    ),
    "drops what waits for its like": Mutant(
        breaks="A letter that has to wait for others, or for the limit, is given up.",
        spoil=_drops_what_waits_for_its_like,
        law=8,
    ),
    "ends are not told": Mutant(
        breaks="Nobody who was told of an alert hears that it is over.",
        spoil=_ends_are_not_told,
        law=8,
    ),
}

MUTANTS: Mapping[str, Mutant] = {**BOX_MUTANTS, **HUB_MUTANTS}
