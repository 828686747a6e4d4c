"""Does a power cut in a home reach a caregiver as one message, whose letters keep a life of their own?"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from controller.wire.events import HelpRequested, LidOpened
from controller.wire.instants import HOUR_MS, MINUTE_MS, SECOND_MS
from hub.engine import Engine
from hub.intake.arrivals import Arrival
from hub.letters.parcels import Parcel, words_of
from hub.store.sqlite.store import SqliteStore, open_store
from tests.hub_examples import NOON, NotingCare, alert_record, engine_on, message_record, opened
from tests.hub_parts import DUE_MS, event, home_toml

BOXES = tuple(f"box{number}" for number in range(1, 10))
NINE = home_toml().replace('times = {{ "08:00"', 'times = {{ "23:00"') + "".join(
    f'[[box]]\nid = "{box}"\npatient = "ada"\nlayout = "7x2"\n' for box in BOXES
)
LID = LidOpened(compartment="mon-am", because="edge")

Arrives = Callable[[Parcel], bool]


def heard(engine: Engine, now: int, seq: int = 1) -> None:
    """Let every box say something, five seconds after one another."""
    for number, box in enumerate(BOXES):
        at_ms = now + number * 5 * SECOND_MS
        payload = event(seq, LID, at_ms=at_ms, box=box).encode()
        engine.take([Arrival(topic=f"pillbox/v1/{box}/event", payload=payload)], at_ms)


def run(engine: Engine, from_ms: int, until_ms: int, arrives: Arrives = lambda parcel: True) -> list[Parcel]:
    """Tick at every deadline and send every parcel when it is due; return what arrived."""
    found: list[Parcel] = []
    now = from_ms
    while True:
        for parcel in engine.parcels_due(now):
            begun = engine.attempts_begun([one.letter.message for one in parcel], now)
            sent = tuple(one for one in parcel if one.letter.message in begun)
            ok = arrives(sent)
            found += [sent] if ok else []
            engine.attempts_ended([one.letter.message for one in sent], ok, "said so", now)
        turns = [at for at in (engine.next_deadline(), engine.next_parcel_at(now)) if at is not None]
        now = max(now, min(turns, default=until_ms + 1))
        if now > until_ms:
            return found
        engine.tick(now)


def hub(store: SqliteStore) -> Engine:
    engine = Engine(store)
    engine.start(DUE_MS)
    engine.import_household(NINE, DUE_MS)
    return engine


def about_boxes(parcels: list[Parcel]) -> list[Parcel]:
    return [found for found in parcels if any("box" in one.letter.title.lower() for one in found)]


def test_nine_boxes_that_lose_their_power_are_one_message_and_one_when_they_are_back() -> None:
    with opened() as store:
        engine = hub(store)
        heard(engine, DUE_MS)
        cut = about_boxes(run(engine, DUE_MS + MINUTE_MS, DUE_MS + 25 * MINUTE_MS))
        assert len(cut) == 1
        assert {one.letter.to for one in cut[0]} == {"bea"}
        words = words_of(cut[0])
        assert words.title == "Box not heard (and 8 more)"
        assert all(f"{number}. Box not heard: " in words.body for number in range(1, 10))
        assert all(f"The box {box} has" in words.body for box in BOXES)
        assert all(len(store.attempts(one.letter.message)) == 1 for one in cut[0]), "each has its own life"
        silent = [alert for alert in store.alerts() if alert.kind == "device.silent"]
        assert [alert.told for alert in silent] == [("bea",)] * 9
        assert all(alert.alert in words.body for alert in silent)

        heard(engine, DUE_MS + 26 * MINUTE_MS, 2)
        back = about_boxes(run(engine, DUE_MS + 27 * MINUTE_MS, DUE_MS + 30 * MINUTE_MS))
        assert [words_of(parcel).title for parcel in back] == ["Box heard again (and 8 more)"]


def test_a_message_that_fails_is_tried_again_as_one_and_every_letter_counts_its_own_attempts() -> None:
    with opened() as store:
        engine = hub(store)
        heard(engine, DUE_MS)
        tries: list[int] = []

        def third_time(parcel: Parcel) -> bool:
            if len(parcel) == 9:
                tries.append(parcel[0].attempt)
            return len(tries) > 2

        (cut, *_) = about_boxes(run(engine, DUE_MS + MINUTE_MS, DUE_MS + 25 * MINUTE_MS, third_time))
        assert tries == [1, 2, 3]
        assert [len(store.attempts(one.letter.message)) for one in cut] == [3] * 9
        assert "(3)" in words_of(cut).body


def test_a_call_for_help_leaves_in_the_midst_of_a_storm() -> None:
    with opened() as store:
        engine = hub(store)
        heard(engine, DUE_MS)
        payload = event(2, HelpRequested(because="button"), box="box1").encode()
        for number in range(5):
            name = f"earlier {number}"
            with store.transaction():
                store.apply([message_record(name, made_at=DUE_MS + number)])
                store.begin_attempt(name, DUE_MS + number)
                store.end_attempt(
                    name, ok=True, reply="", at_ms=DUE_MS, state="delivered", next_try_at=None
                )  # fmt: skip
        now = DUE_MS + MINUTE_MS
        engine.take([Arrival(topic="pillbox/v1/box1/event", payload=payload)], now)
        assert [parcel[0].letter.title for parcel in engine.parcels_due(now)] == ["Help was asked for"]


def waits(store: SqliteStore, *names: str, **said: Any) -> None:
    with store.transaction():
        for name in names:
            store.apply([alert_record(name, condition=name), message_record(name, alert=name, **said)])


def test_the_limit_counts_messages_and_not_letters_and_forgets_what_failed() -> None:
    with opened() as store:
        engine = engine_on(store, NotingCare())
        waits(store, *(f"m{number}" for number in range(4)))
        with store.transaction():
            for number in range(4):
                store.begin_attempt(f"m{number}", NOON)
        assert store.sent_since("bea", "push", NOON - 1) == [NOON], "four letters were one message"
        assert store.sent_since("bea", "push", NOON) == []
        assert store.sent_since("cem", "push", NOON - 1) == []
        engine.attempts_ended([f"m{number}" for number in range(4)], False, "no", NOON)
        assert store.sent_since("bea", "push", NOON - 1) == []


def test_a_storm_of_doses_keeps_to_the_limit_and_loses_nothing(tmp_path: Path) -> None:
    """Also over a restart: how many left lately is in the store."""
    sent: list[int] = []
    left: set[str] = set()
    for part in range(3):
        with closing(open_store(tmp_path / "hub.sqlite")) as store:
            engine = engine_on(store, NotingCare())
            for number in range(part * 10, part * 10 + 10):
                now = NOON + number * 10 * SECOND_MS
                waits(store, f"m{number:02d}", made_at=now)
                for parcel in run(engine, now, now):
                    sent.append(now)
                    left |= {one.letter.message for one in parcel}
            if part == 2:
                for parcel in run(engine, now, now + HOUR_MS):
                    left |= {one.letter.message for one in parcel}
    assert len(sent) == 5
    assert left >= {f"m{number:02d}" for number in range(30)}


def test_a_channel_that_works_again_delivers_at_once_what_had_piled_up() -> None:
    with opened() as store:
        engine = engine_on(store, NotingCare())
        waits(store, "old")
        now = NOON
        for _ in range(8):
            engine.attempt_begun("old", now)
            engine.attempt_ended("old", False, "no route", now)
            now = store.next_message_at() or now
        tried_at = now - 20 * MINUTE_MS
        waits(store, "new", made_at=tried_at)
        assert [[one.letter.message for one in found] for found in engine.parcels_due(tried_at)] == [["new"]]
        engine.attempts_begun(["new"], tried_at)
        engine.attempts_ended(["new"], True, "taken", tried_at)
        assert [[one.letter.message for one in found] for found in engine.parcels_due(tried_at)] == [["old"]]


def test_a_letter_that_became_wrong_leaves_its_company_before_the_message_does() -> None:
    with opened() as store:
        engine = engine_on(store, NotingCare())
        waits(store, "one", "two")
        (parcel,) = engine.parcels_due(NOON)
        with store.transaction():
            store.apply([alert_record("one", condition="one", state="resolved")])
        begun = engine.attempts_begun([one.letter.message for one in parcel], NOON)
        assert begun == {"two": 1}
        assert store.message("one") is not None
        assert store.attempts("one") == []
