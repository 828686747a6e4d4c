"""What does the hub publish about what it has stored? Plans and alerts, as they stand at the broker."""

from __future__ import annotations

from collections.abc import Container, Iterable

from controller.wire.instants import DAY_MS
from controller.wire.messages import Ack, Alert, HubStatus
from controller.wire.topics import Outgoing, outgoing, outgoing_text
from hub.care.entries import Entry
from hub.care.ledger import AlertRecord, Change, PlanRecord
from hub.care.people import Household
from hub.care.planning import PLANNED_DAYS
from hub.care.unlocking import unlock_command
from hub.intake.streams import confirmed
from hub.intake.turn import Turn
from hub.store.port import Store

LISTENING = HubStatus(v=1, status="online", because="listening")
NOBODY_HOME = HubStatus(v=1, status="offline", because="no_household")
"""Such a hub can call nobody: at its word `online` a box showed "help is asked for" to a patient alone."""

TAKEN_BACK_AGAIN_MS = 7 * DAY_MS
"""So long a cleared alert is cleared anew at every connection: the broker may not have heard it."""

LEFT_AGAIN_MS = (PLANNED_DAYS + 1) * DAY_MS
"""So long a box that was given up is told so anew: then the plan it may still have has run out by itself."""


def standing(store: Store, boxes: Container[str], at_ms: int, status: HubStatus) -> list[Outgoing]:
    """Return all that must stand at a broker that may have forgotten everything."""
    left = {box.box for box in store.boxes() if box.left_at and at_ms - box.left_at < LEFT_AGAIN_MS}
    return [
        outgoing("hub_status", status),
        *(stored_plan(box, plan) for box, plan in store.plans().items() if box in boxes or box in left),
        *(alert_message(alert) for alert in (*store.alerts(), *store.uncleared()) if alert.box),
        *taken_back(store.cleared_since(at_ms - TAKEN_BACK_AGAIN_MS)),
    ]


def acknowledgements(turn: Turn) -> list[Outgoing]:
    """Return what each box is told of how far its streams are stored."""
    return [
        outgoing(
            "ack",
            Ack(v=1, box=box, stream=stream, seq=confirmed(turn.stream((box, stream)).mark, proven)),
            box=box,
        )
        for (box, stream), proven in turn.acks.items()
    ]


def published(changes: Iterable[Change]) -> list[Outgoing]:
    """Return what is to be published after a commit: of several versions of one thing, the last."""
    newest: dict[tuple[str, str], Outgoing] = {}
    for change in changes:
        match change:
            case PlanRecord():
                newest["plan", change.box] = outgoing("plan", change.plan, box=change.box)
            case AlertRecord() if change.box:
                # Of somebody without a box an alert has no topic: it is told to people.
                newest["alert", change.alert] = alert_message(change)
            case _:
                pass
    return list(newest.values())


def commanded(entries: Iterable[Entry], household: Household, at_ms: int) -> list[Outgoing]:
    """Return the commands that people have asked for; a box that is away gets none of them later."""
    found = (unlock_command(entry, household, at_ms) for entry in entries)
    return [outgoing("command", command, box=command.box) for command in found if command is not None]


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


def taken_back(alerts: Iterable[AlertRecord]) -> list[Outgoing]:
    """Return the empty messages that clear the retained topics of alerts."""
    return [outgoing_text("alert", "", box=one.box, alert=one.alert) for one in alerts if one.box]


def stored_plan(box: str, plan: str) -> Outgoing:
    """Return a plan that was stored as its text."""
    return outgoing_text("plan", plan, box=box)
