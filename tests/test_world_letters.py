"""Law 8 in the seeded world: is every alert told, or climbs it, whatever channels do and whenever a hub dies?

The hub is killed between any two lines of its own code, also between its commit and what follows from it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from controller.wire.instants import HOUR_MS
from hub.care.ledger import AlertRecord
from hub.letters.postbox import Ended, Postbox
from hub.store.sqlite.store import open_store
from tests.world import Weather
from tests.world_homes import home_of, household_text
from tests.world_laws import broken_laws
from tests.world_letters import UNSURE, LetterWorld, Mail

SEEDS = int(os.environ.get("PILLBOX_LETTER_SEEDS", "2"))
DAYS = 30
BEGINS = date(2026, 3, 10)

STORMY = Mail(refused=0.15, lost=0.05, unanswered=0.05, late=0.03, twice=0.03, doom=0.01)
"""Every fourth letter goes wrong, and the hub dies within one of a hundred calls."""

WEATHER = replace(Weather(), order=0, power_cut=0.05, hub_kill=0.05)
"""No orders: a hub that dies while it takes one in leaves open whether the clinic's word was heard."""


@pytest.fixture(autouse=True)
def seldom_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a healthy box speak twice a day, so that letters and not heartbeats are simulated."""
    monkeypatch.setattr("controller.heartbeat.HEARTBEAT_MS", 12 * HOUR_MS)
    monkeypatch.setattr("hub.care.boxes.SILENT_MS", 25 * HOUR_MS)


def letter_world(seed: int, mail: Mail = STORMY, days: int = DAYS) -> LetterWorld:
    """Make the world of a seed, with letters that travel."""
    store = open_store(None)
    begins_ms = int(datetime(BEGINS.year, BEGINS.month, BEGINS.day, tzinfo=UTC).timestamp() * 1000)
    world = LetterWorld(
        seed=seed, household=home_of(seed, BEGINS, 2), store=store, begins_ms=begins_ms, days=days,
        weather=WEATHER,
    )  # fmt: skip
    world.mail = mail
    with store.transaction():
        store.add_household(household_text(seed, BEGINS, 2), begins_ms)
    return world


def letters_gone_wrong(world: LetterWorld) -> Iterator[str]:
    """Find alerts that lost or doubled a step, and letters that came more often than they may."""
    for alert in world.store.alerts(resolved_too=True):
        yield from steps_gone_wrong(world, alert)
    unsure = Counter(one.letter.message for one in world.tries if one.fate in UNSURE)
    doubled = Counter(one.letter.message for one in world.tries if one.fate == "twice")
    for message, times in world.arrived.items():
        _, state, _ = world.store.message(message) or (None, "unknown", 0)
        may_come = 1 + unsure[message] + 2 * doubled[message] + world.begun[message] - world.ended[message]
        if len(times) > may_come:
            yield f"{message} came {len(times)} times and may come {may_come} times"
        if state == "unknown":
            yield f"{message} arrived and the hub knows nothing of it"
    for message in world.begun:
        known = world.store.message(message)
        if known is not None and known[1] == "sending" and known[0].made_at < world.ends_ms - HOUR_MS:
            yield f"{message} hangs for ever"


def steps_gone_wrong(world: LetterWorld, alert: AlertRecord) -> Iterator[str]:
    """Find steps of one alert's ladder without a letter; no two steps share one."""
    for number in range(1, alert.rung + 1):
        known = world.store.message(f"{alert.alert}-{number}")
        if known is None:
            yield f"step {number} of {alert.condition!r} has no letter"
            continue
        letter = known[0]
        if letter.alert != alert.alert or letter.made_at < alert.raised_at:
            yield f"the letter of step {number} of {alert.condition!r} is another's"
    if world.store.message(f"{alert.alert}-{alert.rung + 1}") is not None:
        yield f"{alert.condition!r} has a letter of a step that was not taken"


@pytest.mark.parametrize("seed", range(1, 1 + SEEDS))
def test_law_8_every_alert_is_told_or_climbs_whenever_the_hub_dies(seed: int) -> None:
    world = letter_world(seed)
    world.run()
    assert not broken_laws(world), f"repeat with seed {seed}"
    assert not list(letters_gone_wrong(world)), f"repeat with seed {seed}"
    fates = Counter(one.fate for one in world.tries)
    assert all(fates[fate] for fate in ("taken", "refused", "lost", "unanswered")), fates
    assert world.deaths > 5
    assert len(world.told) > 50


def _forgets_what_was_under_way(self: Postbox, at_ms: int) -> list[Ended]:
    return []


@pytest.mark.parametrize(
    ("where", "mistake", "found"),
    [
        ("hub.letters.postbox.Postbox.interrupted", _forgets_what_was_under_way, "hangs for ever"),
        ("hub.letters.postbox.after_failure", lambda *_: ("failed", None), "the last word"),
    ],
)
def test_a_hub_that_loses_a_letter_is_found_out(
    where: str, mistake: object, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The world must be able to fail: each mistake alone loses what only a death or a dead channel shows."""
    monkeypatch.setattr(where, mistake)
    for seed in range(1, 7):
        world = letter_world(seed)
        world.run()
        if any(found in sentence for sentence in (*broken_laws(world), *letters_gone_wrong(world))):
            return
    pytest.fail(f"no world says that {found}")
