"""What does the hub's loop answer to a visit of the web? Looking changes nothing; an act is done once.

Called by the loop alone. A visit whose browser has given up is not acted on any more.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import assert_never

from controller.wire.topics import Outgoing
from hub.care.alerting.telling import slot_of
from hub.care.entries import SlotStated, in_force
from hub.care.ledger import AlertRecord
from hub.engine import Engine
from hub.errors import StoreRefused
from hub.store.port import Store
from hub.web.links import ActWord, Link
from hub.web.seeing import Seeing
from hub.web.visits import Alive, Found, TurnedAway, Unrecorded, Visit
from hub.writing import entry_of

COMING = "on my way"
CANNOT_RECORD = "the hub cannot record at present"
NOTHING = "Nothing was noted: the hub could not act on it. Its log says why."

UNKNOWN = TurnedAway(
    title="This alert is not known here",
    text="It may be from another home, or from a hub that was set up anew.",
)
NOT_YOURS = TurnedAway(
    title="You do not follow this patient any more",
    text="The household was changed after this link was made. Whoever looks after it can add you again.",
)

log = logging.getLogger("hub.web.reception")


class Reception:
    """Where visits wait for the loop."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self._engine, self._store = engine, store
        self._waiting: deque[Visit] = deque()

    @property
    def is_waited_at(self) -> bool:
        """Whether somebody waits for an answer."""
        return bool(self._waiting)

    def take(self, visit: Visit) -> None:
        """Let a visit wait for its turn."""
        self._waiting.append(visit)

    def turn_away(self) -> None:
        """Tell everybody who waits that the hub cannot record, so that nobody believes it did."""
        while self._waiting:
            visit = self._waiting.popleft()
            if visit.answer.set_running_or_notify_cancel():
                visit.answer.set_exception(Unrecorded(CANNOT_RECORD))

    def answer(self, now_ms: int) -> list[Outgoing]:
        """Answer everybody who waits; return what is to be published.

        Raises:
            StoreRefused: The hub cannot record; whoever waited has been told so.

        """
        said: list[Outgoing] = []
        while self._waiting:
            visit = self._waiting.popleft()
            if not visit.answer.set_running_or_notify_cancel():
                continue
            try:
                found, outgoing = self._answer(visit, now_ms)
            except StoreRefused:
                visit.answer.set_exception(Unrecorded(CANNOT_RECORD))
                self.turn_away()
                raise
            except Exception as error:
                # A bug behind a page must stop neither the loop nor the next alert (law 10).
                log.exception("a visit of the web cannot be answered")
                visit.answer.set_exception(error)
                continue
            said += outgoing
            visit.answer.set_result(found)
        return said

    def _answer(self, visit: Visit, now_ms: int) -> tuple[Found, list[Outgoing]]:
        if visit.link is None:
            self._store.check()
            return Alive(), []
        household, link = self._engine.household, visit.link
        caregiver = None if household is None else household.caregivers.get(link.caregiver)
        if household is None or caregiver is None:
            return NOT_YOURS, []
        seeing = Seeing(household, self._store, caregiver, now_ms)
        if link.purpose == "person":
            return seeing.person(link.expires_ms), []
        alert = self._store.alert(link.alert)
        if alert is None:
            return UNKNOWN, []
        if alert.patient not in caregiver.wants:
            return NOT_YOURS, []
        if not visit.acts:
            return seeing.alert(alert, link.expires_ms), []
        notice, is_refusal, said = self._act(seeing, alert, link, now_ms)
        after = self._store.alert(link.alert) or alert
        if not notice:
            # Whoever had it before is told as well, and is not in the alert any more.
            notice = f"Noted: {seeing.stands(after)} {seeing.others(alert)}"
        return seeing.alert(after, link.expires_ms, notice, is_refusal=is_refusal), said

    def _act(
        self, seeing: Seeing, alert: AlertRecord, link: Link, now_ms: int
    ) -> tuple[str, bool, list[Outgoing]]:
        """Do what a link says; return a notice of one's own, whether it is a refusal, and what to publish."""
        if link.act == "elsewhere":
            return self._elsewhere(seeing, alert, link.caregiver, now_ms)
        if alert.state == "resolved":
            return f"Nothing was noted. {seeing.stands(alert)}", True, []
        promise = alert.acknowledged
        if alert.state == "acknowledged" and promise is not None:
            if promise.by != link.caregiver and link.act != "take_over":
                return f"Nothing was noted. {seeing.stands(alert)}", True, []
            if promise.by == link.caregiver and _is_same(link, promise.intent, promise.until):
                return f"This was noted already. {seeing.stands(alert)}", False, []
        if link.act == "coming" and link.until_ms <= now_ms:
            return "Nothing was noted: that time is past. Please choose another one.", True, []
        said = self._engine.acknowledge(
            alert.alert, link.caregiver, now_ms, intent=_intent(link.act), until=link.until_ms or None
        )
        taken = self._store.alert(alert.alert)
        if taken is None or taken.acknowledged is None or taken.acknowledged.by != link.caregiver:
            return NOTHING, True, said
        return "", False, said

    def _elsewhere(
        self, seeing: Seeing, alert: AlertRecord, by: str, now_ms: int
    ) -> tuple[str, bool, list[Outgoing]]:
        known = [
            one
            for one in in_force(self._store.entries(alert.patient))
            if isinstance(one.fact, SlotStated)
            and one.fact.slot == slot_of(alert)
            and one.fact.outcome == "self_reported"
        ]
        if known:
            who = seeing.name(known[-1].by)
            return f"This was noted already: {who} says that the dose was taken elsewhere.", False, []
        fact = seeing.elsewhere(alert)
        if fact is None:
            return f"Nothing was noted: it would change nothing. {seeing.stands(alert)}", True, []
        entry = entry_of(alert.patient, fact, by=by, at_ms=now_ms)
        said = self._engine.write(entry, now_ms)
        slot = self._store.slot(alert.patient, fact.slot)
        if slot is None or all(one.entry != entry.entry for one in slot.statements):
            return NOTHING, True, said
        notice = f"Noted: {seeing.name(by)} says that the dose was taken elsewhere. {seeing.others(alert)}"
        return notice, False, said


def _is_same(link: Link, intent: str | None, until: int | None) -> bool:
    return (intent, until) == (_intent(link.act), link.until_ms or None)


def _intent(act: ActWord) -> str | None:
    match act:
        case "coming":
            return COMING
        case "" | "acknowledge" | "take_over" | "elsewhere":
            return None
        case _:
            assert_never(act)
