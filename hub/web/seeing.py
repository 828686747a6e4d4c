"""How does an alert stand, in the words of a page?"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from controller.wire.instants import HOUR_MS, MINUTE_MS
from hub.care.alerting.naming import Moment
from hub.care.alerting.telling import concerned, slot_of
from hub.care.caregivers import Caregiver
from hub.care.entries import SlotStated
from hub.care.judge import may_become, statement_verdict
from hub.care.ledger import AlertRecord
from hub.care.people import Household
from hub.reporting.open_alerts import delivered
from hub.reporting.words import local, plain_text
from hub.store.port import Store
from hub.web.links import ALERT_LINK_MS, ActWord, Link
from hub.web.visits import AlertSeen, Choice, PersonSeen
from hub.writing import statement_of

QUARTER_MS = 15 * MINUTE_MS
PROMISES_MS = (30 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS)

_REACHED = {
    "delivered": "told", "sending": "being told now", "pending": "not delivered yet",
    "failed": "could not be reached",
}  # fmt: skip


class Seeing:
    """What one caregiver sees, from the household and the store, at one instant."""

    def __init__(self, household: Household, store: Store, caregiver: Caregiver, now_ms: int) -> None:
        self._household, self._store = household, store
        self._caregiver, self._now_ms = caregiver, now_ms

    def person(self, expires_ms: int) -> PersonSeen:
        """Return the page of this caregiver."""
        followed = self._caregiver.wants
        found = [one for one in self._store.alerts() if one.patient in followed]
        zone = self._zone(next(iter(followed), ""))
        return PersonSeen(
            name=self._caregiver.name,
            now=f"{local(self._now_ms, zone):%H:%M} on {local(self._now_ms, zone):%Y-%m-%d} ({zone.key})",
            patients=tuple(self.name(one) for one in followed),
            alerts=tuple(self.alert(one, expires_ms) for one in found),
        )

    def alert(
        self, alert: AlertRecord, expires_ms: int, notice: str = "", *, is_refusal: bool = False
    ) -> AlertSeen:
        """Return one alert with what this caregiver may do about it until `expires_ms`."""
        person = self._household.patients.get(alert.patient)
        return AlertSeen(
            patient=self.name(alert.patient),
            title=plain_text(alert.title),
            body=plain_text(alert.body),
            since=f"Raised at {self._say(alert, alert.raised_at)}.",
            stands=self.stands(alert),
            told=self._told(alert),
            choices=self._choices(alert, min(expires_ms, self._now_ms + ALERT_LINK_MS)),
            notice=notice,
            is_refusal=is_refusal,
            phone=person.phone if person is not None else "",
        )

    def stands(self, alert: AlertRecord) -> str:
        """Say in a sentence whether an alert is open, taken on by whom, or over."""
        promise = alert.acknowledged
        if alert.state == "resolved":
            over = f"This alert is over since {self._say(alert, alert.changed_at)}."
            ending = "" if alert.ending is None else f" {plain_text(alert.ending.body)}"
            answered = "" if promise is None else f" {self.name(promise.by)} had answered it."
            return over + answered + ending
        if promise is None:
            return "Nobody has taken it on yet."
        who = self.name(promise.by)
        until = "" if promise.until is None else f" until {self._say(alert, promise.until)}"
        intent = f": {plain_text(promise.intent)}" if promise.intent else ""
        if alert.state == "acknowledged":
            return f"{who} has taken it on{intent}{until}."
        return f"It is open again. {who} had taken it on{intent}{until}."

    def name(self, who: str) -> str:
        """Return the name of somebody of the home, or the id of one who has left."""
        person = self._household.caregivers.get(who) or self._household.patients.get(who)
        return plain_text(person.name if person else who)

    def others(self, alert: AlertRecord) -> str:
        """Say who else hears of what was just noted."""
        names = [self.name(who) for who in concerned(alert) if who != self._caregiver.id]
        if not names:
            return "Nobody else had been told of it."
        verb = "is" if len(names) == 1 else "are"
        return f"{', '.join(names)} {verb} told of it."

    def elsewhere(self, alert: AlertRecord) -> SlotStated | None:
        """Return what this caregiver could say of the alert's dose; `None` where it would change nothing."""
        slot = self._store.slot(alert.patient, slot_of(alert) or "")
        if slot is None:
            return None
        fact = SlotStated(slot=slot.slot, outcome="self_reported")
        said = statement_of(self._caregiver.id, fact, self._now_ms)
        verdict = statement_verdict(said, patient=alert.patient)
        return fact if verdict is not None and may_become(slot, verdict) else None

    def _told(self, alert: AlertRecord) -> tuple[str, ...]:
        states = delivered(alert, self._store)
        return tuple(f"{self.name(who)}: {_REACHED[state]}" for who, state in states.items())

    def _choices(self, alert: AlertRecord, expires_ms: int) -> tuple[Choice, ...]:
        if alert.state == "resolved":
            return ()
        promise, me = alert.acknowledged, self._caregiver.id
        found: list[tuple[str, ActWord, int]] = []
        if alert.state == "acknowledged" and promise is not None and promise.by != me:
            found.append((f"Take over from {self.name(promise.by)}", "take_over", 0))
        else:
            found.append(("I take care of it", "acknowledge", 0))
            found += [
                (f"On my way until {local(until, self._zone(alert.patient)):%H:%M}", "coming", until)
                for until in promises(self._now_ms)
            ]
        if self.elsewhere(alert) is not None:
            found.append(("The dose was taken elsewhere", "elsewhere", 0))
        return tuple(
            Choice(
                label=label,
                link=Link(
                    purpose="act", caregiver=me, alert=alert.alert, act=act,
                    until_ms=until, expires_ms=expires_ms,
                ),
            )
            for label, act, until in found
        )  # fmt: skip

    def _say(self, alert: AlertRecord, instant_ms: int) -> str:
        return Moment(self._zone(alert.patient), self._now_ms).say(instant_ms)

    def _zone(self, patient: str) -> ZoneInfo:
        person = self._household.patients.get(patient)
        return ZoneInfo(self._caregiver.timezone or (person.timezone if person else "UTC"))


def promises(now_ms: int) -> tuple[int, ...]:
    """Return until when somebody may promise to come: at full quarters of an hour."""
    return tuple(round((now_ms + ahead) / QUARTER_MS) * QUARTER_MS for ahead in PROMISES_MS)
