"""What does the hub publish about what it has stored? Plans and alerts, as they stand at the broker."""

from __future__ import annotations

from collections.abc import Iterable

from controller.wire.messages import Alert
from controller.wire.topics import Outgoing, outgoing, outgoing_text
from hub.care.ledger import AlertRecord, Change, PlanRecord


def published(changes: Iterable[Change]) -> list[Outgoing]:
    """Return what is to be published after a commit: of several versions of one thing, the last."""
    newest: dict[tuple[str, str], Outgoing] = {}
    for change in changes:
        match change:
            case PlanRecord():
                newest["plan", change.box] = outgoing("plan", change.plan, box=change.box)
            case AlertRecord():
                newest["alert", change.alert] = alert_message(change)
            case _:
                pass
    return list(newest.values())


def alert_message(alert: AlertRecord) -> Outgoing:
    """Return an alert as caregivers' devices see it."""
    message = Alert(
        v=1,
        box=alert.box,
        alert=alert.alert,
        kind=alert.kind,
        state=alert.state,
        title=alert.title,
        body=alert.body,
        raised_at=alert.raised_at,
        changed_at=alert.changed_at,
        told=alert.told,
        acknowledged=alert.acknowledged,
    )
    return outgoing("alert", message, box=alert.box, alert=alert.alert)


def taken_back(alert: AlertRecord) -> Outgoing:
    """Return the empty message that clears an alert's retained topic."""
    return outgoing_text("alert", "", box=alert.box, alert=alert.alert)


def stored_plan(box: str, plan: str) -> Outgoing:
    """Return a plan that was stored as its text."""
    return outgoing_text("plan", plan, box=box)
