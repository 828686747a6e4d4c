"""Does the list of open alerts claim only what happened: who was reached, who has it, of whom it is?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from controller.wire.messages import Acknowledgement
from hub.care.ledger import AlertRecord, MessageRecord
from hub.household import parse_household
from hub.reporting.open_alerts import open_alerts
from hub.store.port import MessageState, Store
from hub.store.sqlite.store import open_store
from tests.hub_parts import DUE_MS, home_toml

HOUR_MS = 3_600_000
ALERT = AlertRecord(
    alert="a-1", patient="ada", box="kitchen", condition="c", kind="dose.missed", want="dose",
    state="told", title="08:00: not opened", body="The compartment was not opened. It was watched.",
    raised_at=DUE_MS, changed_at=DUE_MS, rung=2, told=("bea", "cem"),
)  # fmt: skip
PROMISE = Acknowledgement(
    by="cem", at=DUE_MS + HOUR_MS, intent="I am driving there", until=DUE_MS + 4 * HOUR_MS
)


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(open_store(None)) as found:
        yield found


def letter(store: Store, number: int, to: str, state: MessageState) -> None:
    """Write the letter of a rung, in the state that an attempt left it in."""
    record = MessageRecord(
        message=f"a-1-{number}", patient="ada", to=to, channel="push", title="t", body="b", kind="alert",
        made_at=DUE_MS, alert="a-1",
    )  # fmt: skip
    with store.transaction():
        store.apply([record])
        if state != "pending":
            store.begin_attempt(record.message, DUE_MS)
            ok = state == "delivered"
            store.end_attempt(record.message, ok=ok, reply="", at_ms=DUE_MS, state=state, next_try_at=None)


def listed(store: Store, alert: AlertRecord) -> list[str]:
    with store.transaction():
        store.apply([alert])
    return list(open_alerts(parse_household(home_toml()), store))


def test_only_a_delivered_letter_has_told_somebody(store: Store) -> None:
    letter(store, 1, "bea", "delivered")
    letter(store, 2, "cem", "pending")
    first, title = listed(store, ALERT)
    assert first == "2026-11-23 08:00  dose.missed  open; told: bea; not delivered yet: cem  (a-1)"
    assert title == "  08:00: not opened"


def test_a_letter_that_was_given_up_is_said_and_one_that_arrived_later_counts(store: Store) -> None:
    letter(store, 1, "bea", "failed")
    assert "open; not delivered yet: cem; not delivered: bea  (" in listed(store, ALERT)[0]
    letter(store, 2, "bea", "delivered")
    assert "open; told: bea; not delivered yet: cem  (" in listed(store, ALERT)[0]


def test_an_alert_nobody_was_written_to_says_so(store: Store) -> None:
    assert "open; nobody told yet  (" in listed(store, replace(ALERT, told=(), rung=0))[0]


def test_who_has_taken_it_on_is_named_with_intent_and_until(store: Store) -> None:
    said = listed(store, replace(ALERT, state="acknowledged", acknowledged=PROMISE))[0]
    assert "taken on by cem until 2026-11-23 12:00 (“I am driving there”); " in said


def test_an_alert_that_climbs_again_is_not_said_to_be_taken_on(store: Store) -> None:
    said = listed(store, replace(ALERT, state="reopened", acknowledged=PROMISE))[0]
    assert "open again, cem had it until 2026-11-23 12:00" in said
    assert "taken on" not in said
    climbing = listed(store, replace(ALERT, state="told", acknowledged=PROMISE))[0]
    assert "taken on" not in climbing


def test_a_technical_alert_says_what_it_is_about(store: Store) -> None:
    body = "bea cannot be reached by push: refused. Look at the address."
    trouble = replace(ALERT, kind="device.trouble", title="The pillbox system needs a look", body=body)
    assert listed(store, trouble)[1] == (
        "  The pillbox system needs a look: bea cannot be reached by push: refused."
    )


def test_an_alert_of_a_patient_who_left_is_listed_under_their_id(store: Store) -> None:
    said = listed(store, replace(ALERT, patient="ida"))[0]
    assert said.startswith("2026-11-23 08:00  dose.missed  patient ida, who is not in the household any more")
