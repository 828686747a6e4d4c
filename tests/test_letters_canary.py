"""Does every channel prove itself by day, as seldom as it may, and is a dead one found in time?"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from hub.care.caregivers import CanaryRhythm
from hub.care.people import Household
from hub.engine import Engine
from hub.household import parse_household
from hub.letters.canary import CANARY, canaries, is_due, is_needless
from hub.letters.delivery import CANARY_GIVEN_UP_MS, is_stale
from hub.letters.notify import Letter, _deliver
from hub.letters.parcels import USUAL_PACE, Waiting, leaves_at, leaving
from hub.letters.parting import send_parcels
from hub.store.ports.channels import Proof
from hub.store.sqlite.store import open_store
from tests.care_days import at
from tests.hub_examples import NOON, alert_record, message_record, opened
from tests.hub_parts import home_toml
from tests.parts import LOOPBACK

HOME = parse_household(home_toml())


def with_rhythm(rhythm: CanaryRhythm, **said: Any) -> Household:
    people = {name: replace(one, canary=rhythm, **said) for name, one in HOME.caregivers.items()}
    return replace(HOME, caregivers=people)


def whom(home: Household, at_ms: int, *alerts: Any, **proofs: Proof) -> list[str]:
    known = {("bea", "push"): proofs.get("bea", Proof()), ("cem", "mail"): proofs.get("cem", Proof())}
    return [one.to for one in canaries(home, known, alerts, at_ms)]


@pytest.mark.parametrize(
    ("clock", "proved"),
    [("09:59", []), ("10:00", ["bea", "cem"]), ("17:59", ["bea", "cem"]), ("18:00", []), ("03:00", [])],
)
def test_a_channel_proves_itself_by_day_in_the_zone_of_the_home(clock: str, proved: list[str]) -> None:
    assert whom(HOME, at(clock)) == proved
    abroad = {"ada": replace(HOME.patients["ada"], timezone="Australia/Brisbane")}
    moved = replace(HOME, patients=abroad)
    assert whom(moved, at(clock) - 10 * HOUR_MS) == proved, "ten hours ahead all year round"


def test_a_caregiver_elsewhere_has_a_day_of_their_own() -> None:
    home = with_rhythm("daily", timezone="America/New_York")
    assert whom(home, at("14:59")) == []
    assert whom(home, at("15:00")) == ["bea", "cem"], "ten o'clock there"


def test_nobody_is_proved_to_in_their_quiet_hours_or_against_their_will() -> None:
    assert whom(with_rhythm("daily", quiet=("08:00", "13:00")), NOON) == []
    assert whom(with_rhythm("off"), NOON) == []


@pytest.mark.parametrize(("rhythm", "period_ms"), [("daily", DAY_MS), ("weekly", 7 * DAY_MS)])
def test_what_took_a_message_within_the_rhythm_need_not_prove_itself(
    rhythm: CanaryRhythm, period_ms: int
) -> None:
    fresh, old = Proof(accepted_at=NOON - period_ms + 1), Proof(accepted_at=NOON - period_ms)
    assert whom(with_rhythm(rhythm), NOON, bea=fresh, cem=old) == ["cem"]
    tried = Proof(canary_at=NOON - period_ms + 1)
    assert whom(with_rhythm(rhythm), NOON, bea=tried, cem=old) == ["cem"], "a dead one is not tried for ever"


def test_no_canary_comes_while_a_letter_waits_or_an_alert_is_about() -> None:
    assert whom(HOME, NOON, bea=Proof(is_waiting=True)) == ["cem"]
    assert whom(HOME, NOON, alert_record(changed_at=NOON - HOUR_MS + 1)) == []
    assert whom(HOME, NOON, alert_record(changed_at=NOON - HOUR_MS)) == ["bea", "cem"]
    assert whom(HOME, NOON, alert_record(patient="somebody else")) == ["bea", "cem"]


def test_a_proof_that_lies_ahead_of_a_clock_that_was_set_back_is_none() -> None:
    assert whom(HOME, NOON, bea=Proof(accepted_at=NOON + 400 * DAY_MS)) == ["bea", "cem"]


@given(st.integers(0, 30 * DAY_MS), st.sampled_from(["daily", "weekly"]))
def test_a_channel_that_works_is_never_unproved_for_longer_than_its_rhythm_and_a_night(
    begins_ms: int, rhythm: CanaryRhythm
) -> None:
    home = with_rhythm(rhythm)
    proof, gaps = Proof(), []
    for minutes in range(0, 30 * 24 * 60, 10):
        now = NOON + begins_ms + minutes * MINUTE_MS
        found = [one for one in canaries(home, {("bea", "push"): proof}, (), now) if one.to == "bea"]
        if found:
            gaps.append(now - (proof.accepted_at or now))
            proof = Proof(accepted_at=now, canary_at=now)
    period_ms = DAY_MS if rhythm == "daily" else 7 * DAY_MS
    assert len(gaps) >= 30 * DAY_MS // period_ms - 1
    assert all(period_ms <= gap <= period_ms + 16 * HOUR_MS for gap in gaps[1:])


def test_is_due_says_the_same_as_the_rule() -> None:
    assert is_due(Proof(), "weekly", NOON)
    assert not is_due(Proof(), "off", NOON)


def test_a_canary_is_alone_in_its_message_and_leaves_after_what_is_in_earnest() -> None:
    canary = Waiting(letter=message_record("c", kind=CANARY), attempt=1, want=None)
    dose = Waiting(letter=message_record("d", alert="a"), attempt=1, want="dose")
    assert leaving([canary, dose], [], USUAL_PACE, NOON) == (dose,)
    assert leaving([canary], [], USUAL_PACE, NOON) == (canary,)
    device = Waiting(letter=message_record("e", alert="a"), attempt=1, want="device")
    assert leaving([canary, device], [], USUAL_PACE, NOON) == ()
    assert leaves_at([canary, device], [], USUAL_PACE, NOON) == NOON + USUAL_PACE.gather_ms


def test_a_canary_that_is_late_or_needless_is_not_sent() -> None:
    canary = message_record("c", kind=CANARY)
    assert not is_stale(canary, NOON + CANARY_GIVEN_UP_MS - 1)
    assert is_stale(canary, NOON + CANARY_GIVEN_UP_MS)
    assert is_needless(canary, Proof(accepted_at=NOON))
    assert not is_needless(canary, Proof(accepted_at=NOON - 1))
    assert not is_needless(canary, Proof())


def hub(path: Path) -> Iterator[tuple[Engine, Any]]:
    with closing(open_store(path)) as store:
        engine = Engine(store)
        engine.start(NOON)
        if engine.household is None:
            engine.import_household(home_toml(), NOON)
        yield engine, store


def sent(engine: Engine, now: int, *, ok: bool = True) -> list[str]:
    """Send what is due now and return to whom by which channel it went."""
    found = []
    for parcel in engine.parcels_due(now):
        names = [one.letter.message for one in parcel]
        engine.attempts_begun(names, now)
        engine.attempts_ended(names, ok, "said so", now)
        found += [f"{one.letter.to} {one.letter.kind}" for one in parcel]
    return found


def test_a_restart_forgets_no_proof(tmp_path: Path) -> None:
    for engine, _ in hub(tmp_path / "hub.sqlite"):
        engine.prove_channels(NOON)
        assert sent(engine, NOON) == ["bea canary", "cem canary"]
        engine.prove_channels(NOON + MINUTE_MS)
        assert sent(engine, NOON + MINUTE_MS) == []
    for engine, store in hub(tmp_path / "hub.sqlite"):
        engine.prove_channels(NOON + 6 * DAY_MS)
        assert [one for one in sent(engine, NOON + 6 * DAY_MS) if "canary" in one] == []
        assert store.proofs()["bea", "push"] == Proof(accepted_at=NOON, canary_at=NOON)


def test_a_dead_channel_is_found_by_its_canary_and_told_as_trouble_by_the_others() -> None:
    with opened() as store:
        engine = Engine(store)
        engine.start(NOON)
        engine.import_household(home_toml(), NOON)
        engine.prove_channels(NOON)
        now = NOON
        for _ in range(3):
            for parcel in engine.parcels_due(now):
                names = [one.letter.message for one in parcel]
                engine.attempts_begun(names, now)
                engine.attempts_ended(names, parcel[0].letter.to == "bea", "no route", now)
            now = store.next_message_at(now) or now
        (trouble,) = (alert for alert in store.alerts() if alert.kind == "device.trouble")
        assert trouble.body.startswith("cem cannot be reached by mail: no route. The hub noticed it at ")
        assert "channel_cem_mail" in trouble.condition
        assert store.next_message_at() is not None


def test_a_canary_is_dropped_when_an_alert_has_meanwhile_proved_its_channel() -> None:
    with opened() as store:
        engine = Engine(store)
        engine.start(NOON)
        engine.import_household(home_toml(), NOON)
        engine.prove_channels(NOON)
        with store.transaction():
            store.apply([message_record("d", alert="a-1", made_at=NOON + 1), alert_record()])
        assert "bea alert" in sent(engine, NOON + 1)
        assert [parcel for parcel in engine.parcels_due(NOON + 2) if parcel[0].letter.to == "bea"] == []
        found = store.message(f"{CANARY}-bea-push-2026-11-23")
        assert found is not None
        assert found[1:] == ("failed", 0), "without an attempt"


class Ntfy:
    """Stands in for an ntfy server, which knows how loud a message is by its query."""

    def __init__(self) -> None:
        self.got: queue.SimpleQueue[str] = queue.SimpleQueue()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.got.put(f"{self.headers} {body}")
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def address(self, query: str) -> str:
        return f"ntfy://{LOOPBACK}:{self.server.server_address[1]}/bea{query}"


@pytest.mark.parametrize("query", ["", "?priority=max", "?image=no&Priority=5"])
def test_a_canary_rings_nowhere_on_ntfy(query: str) -> None:
    ntfy = Ntfy()
    letter = Letter(
        message="m", to="bea", channel="push", title="T", body="B", address=ntfy.address(query), is_quiet=True
    )
    assert _deliver(letter, 10)[0]
    assert "\nX-Priority: min\n" in ntfy.got.get(timeout=10)
    ntfy.server.shutdown()
    ntfy.server.server_close()


def test_only_a_canary_is_sent_quietly() -> None:
    given_out: list[Letter] = []

    class Noting:
        def is_free(self, to: str, channel: str) -> bool:
            return True

        def send(self, letter: Letter) -> None:
            given_out.append(letter)

    with opened() as store:
        engine = Engine(store)
        engine.start(NOON)
        engine.import_household(home_toml(), NOON)
        engine.prove_channels(NOON)
        with store.transaction():
            store.apply([message_record("d", alert="a-1"), alert_record()])
        send_parcels(engine, Noting(), HOME, NOON)  # type: ignore[arg-type]  # it notes letters
    assert {(one.to, one.is_quiet) for one in given_out} == {("bea", False), ("cem", True)}
