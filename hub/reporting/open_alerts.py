"""Which alerts are open, who has really been told, and who has taken them on?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from controller.wire.instants import instant_text
from hub.care.ledger import AlertRecord
from hub.care.people import Household
from hub.reporting.words import local, plain_text
from hub.store.port import MessageState, Store

_BEST_FIRST: tuple[MessageState, ...] = ("delivered", "sending", "pending", "failed")

NOWHERE = "UTC"
"""Where times are said of a patient whom the household does not know any more."""


def open_alerts(household: Household, store: Store) -> Iterator[str]:
    """Write every open alert in two lines, oldest first.

    What was told is what the letters say: an alert that was written to somebody and never delivered was told
    to nobody, and the list had claimed otherwise.
    """
    for alert in store.alerts():
        person = household.patients.get(alert.patient)
        zone = ZoneInfo(person.timezone if person else NOWHERE)
        whose = (
            "" if person else f"patient {alert.patient}, who is not in the household any more; times in UTC; "
        )
        raised = local(alert.raised_at, zone).strftime("%Y-%m-%d %H:%M")
        stands = f"{whose}{standing(alert, zone)}; {_told(alert, store)}"
        yield f"{raised}  {alert.kind}  {stands}  ({alert.alert})"
        yield f"  {_about(alert)}"


def open_alerts_plain(store: Store) -> list[dict[str, object]]:
    """Return every open alert for a program, oldest first, with what became of the letter to each person."""
    return [_plain(alert, store) for alert in store.alerts()]


def standing(alert: AlertRecord, zone: ZoneInfo, names: Mapping[str, str] | None = None) -> str:
    """Say who has taken an alert on, what they intend and until when, or that it is open."""
    promise = alert.acknowledged
    if promise is None:
        return "open"
    by = (names or {}).get(promise.by, promise.by)
    until = "" if promise.until is None else f" until {local(promise.until, zone):%Y-%m-%d %H:%M}"
    intent = f" (“{plain_text(promise.intent)}”)" if promise.intent else ""
    if alert.state == "acknowledged":
        return f"taken on by {by}{until}{intent}"
    if alert.state == "resolved":
        return f"answered by {by}{intent}"
    # One whose promise had lapsed was listed as taken on while it climbed, and nobody looked after it.
    return f"open again, {by} had it{until}{intent}"


def answer_words(alert: AlertRecord, zone: ZoneInfo, names: Mapping[str, str]) -> str:
    """Say who answered an alert and when, or that nobody did."""
    if alert.acknowledged is not None:
        return f"{standing(alert, zone, names)}, at {local(alert.acknowledged.at, zone):%Y-%m-%d %H:%M}"
    return "over without an answer" if alert.state == "resolved" else standing(alert, zone, names)


def delivered(alert: AlertRecord, store: Store) -> Mapping[str, MessageState]:
    """Return what became of the letters of an alert, for each person: the best of them."""
    best: dict[str, MessageState] = {}
    # One letter for each rung, named after it (`hub.care.alerting.telling`).
    for number in range(1, alert.rung + 1):
        known = store.message(f"{alert.alert}-{number}")
        if known is not None:
            who = known[0].to
            best[who] = min(best.get(who, known[1]), known[1], key=_BEST_FIRST.index)
    return best


def _told(alert: AlertRecord, store: Store) -> str:
    states = delivered(alert, store)
    reached = [who for who in alert.told if states.get(who) == "delivered"]
    lost = [who for who in alert.told if states.get(who) == "failed"]
    waiting = [who for who in alert.told if who not in reached and who not in lost]
    parts = [
        f"{word}: {', '.join(found)}"
        for word, found in (("told", reached), ("not delivered yet", waiting), ("not delivered", lost))
        if found
    ]
    return "; ".join(parts) or "nobody told yet"


def _plain(alert: AlertRecord, store: Store) -> dict[str, object]:
    promise = alert.acknowledged
    until = None if promise is None or promise.until is None else instant_text(promise.until)
    return {
        "alert": alert.alert, "patient": alert.patient, "box": alert.box, "kind": alert.kind,
        "state": alert.state, "about": _about(alert), "raised_at": instant_text(alert.raised_at),
        "letters": dict(delivered(alert, store)), "told": list(alert.told),
        "taken_on": promise and {"by": promise.by, "intent": promise.intent, "until": until},
    }  # fmt: skip


def _about(alert: AlertRecord) -> str:
    """Say what an alert is about; the title of a technical one is the same for every trouble."""
    if not alert.kind.startswith("device.") or not alert.body:
        return alert.title
    sentence = alert.body.partition(". ")[0].rstrip(".")
    return f"{alert.title}: {sentence}."
