"""Is what people read plain, true, and free of advice that only a doctor or pharmacist may give?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from controller.wire.events import (
    DoseExtra,
    DoseWrongCompartment,
    ExcursionEnded,
    ExcursionStarted,
    LidLeftOpen,
    LockForced,
    LockOverride,
)
from controller.wire.health import ENDED_BY
from controller.wire.plan import Amount, Measure
from controller.wire.words import ExcursionKind
from hub.care.alerting.naming import Moment, amount_words, compartment_words
from hub.care.alerting.words import (
    box_wording,
    lock_wording,
    opening_wording,
    people_wording,
    sensor_wording,
    storage_wording,
    wording,
)
from hub.care.alerting.words.wording import Words
from hub.care.ledger import Ailment, Outcome, SlotRecord
from tests.care_days import MORNING, RULE, Keeper, at, missed

LONDON = Moment(ZoneInfo("Europe/London"), at("12:06"))
SLOT = SlotRecord(
    patient="ada", slot=MORNING, regimen="azathioprine", box="kitchen", compartment="mon-am",
    opens_at=at("07:00"), due_at=at("08:00"), late_at=at("09:00"), closes_at=at("12:00"), remind_at=(),
    amounts=(Amount(medicine="azathioprine-50mg-tablet", amount=1.5),), opened_at=at("08:05"),
)  # fmt: skip

FORBIDDEN = re.compile(
    r"safe to take|spoiled|spoilt|diagnos|you should take|take (one|two|another|the next)|double the|"
    r"swallow|overdose|ineffective|do not take|must take|harmless|dangerous|infection|immun|azathioprine",
    re.IGNORECASE,
)


def every_wording() -> Iterator[Words]:
    yield from wordings_of_doses()
    yield from wordings_of_storage()
    yield from wordings_of_boxes_and_people()


def wordings_of_doses() -> Iterator[Words]:
    outcomes: tuple[Outcome, ...] = get_args(Outcome)
    for outcome in outcomes:
        yield wording.healed(replace(SLOT, outcome=outcome), LONDON, None)
    for outcome in ("self_reported", "skipped"):
        yield wording.healed(replace(SLOT, outcome=outcome), LONDON, "Bea")
    yield wording.healed(replace(SLOT, outcome="taken", opened_at=None), LONDON, None)
    yield wording.missed(SLOT, LONDON)
    for because in (
        "box_off",
        "clock_untrusted",
        "clock_stepped",
        "lid_already_open",
        "refill",
        "plan_late",
        "stalled",
        "new_word",
    ):
        yield wording.unobserved(replace(SLOT, because=because), LONDON)
    for since in (None, at("10:00")):
        yield wording.unconfirmed(SLOT, LONDON, since)
    yield wording.now_known(wording.missed(SLOT, LONDON))
    for because in ("already_taken", "not_due", "closed", "nothing_planned", "new_word"):
        yield opening_wording.extra(
            DoseExtra(compartment="mon-am", evidence="lid", because=because, opened_at=at("08:31")), LONDON
        )
    yield opening_wording.wrong_compartment(wrong(), LONDON)
    for standing in ("self_reported", "skipped", "taken"):
        yield opening_wording.opened_as_well(replace(SLOT, outcome=standing), at("08:31"), LONDON)


def wordings_of_sensors() -> Iterator[Words]:
    shown = ("absent", "crc", "implausible", "jumping", "frozen", "hung", "wrong_chip", "disagreeing")
    for because in shown:
        against = "shelf" if because == "disagreeing" else None
        own = Ailment(because=because, against=against)
        yield sensor_wording.failed("kitchen", LONDON, at("10:00"), "sht4x", own)
        for since in (None, at("10:00")):
            yield sensor_wording.not_measured("kitchen", LONDON, since, "sht4x", own)
    for because in ("absent", "disagreeing"):
        beside = Ailment(because=because, role="beside")
        yield sensor_wording.failed("kitchen", LONDON, at("10:00"), "shelf", beside)
    yield sensor_wording.not_measured("kitchen", LONDON, at("10:00"), None, None)


def wordings_of_storage() -> Iterator[Words]:
    kinds: tuple[ExcursionKind, ...] = get_args(ExcursionKind)
    for kind, limit, value in product(kinds, (None, 30.0), (None, 31.25)):
        if kind == "stale":
            continue
        started = ExcursionStarted(
            excursion=kind, rule="rule", because="beyond_limit", since=at("02:00"), limit=limit, value=value
        )
        for began_at in (None, started.since):
            yield storage_wording.storage("kitchen", started, LONDON, began_at)
        for way in ("cumulative", "mean"):
            counted = replace(started, kind=way, counted_ms=36_000_000, window_ms=2_592_000_000)
            yield storage_wording.storage("kitchen", counted, LONDON, counted.since)
    for measure in get_args(Measure):
        damp = replace(started, excursion="damp", measure=measure)
        yield storage_wording.storage("kitchen", damp, LONDON, damp.since)
    for extreme in (None, 32.5):
        for kind in kinds:
            ended = ExcursionEnded(excursion=kind, rule="rule", because="back", since=0, extreme=extreme)
            yield storage_wording.storage_over(ended, "Storage", LONDON)
    dropped = ExcursionEnded(excursion="hot", rule="rule", because="rule_withdrawn", since=0)
    yield storage_wording.storage_over(dropped, "Storage is too warm", LONDON)


def wordings_of_boxes_and_people() -> Iterator[Words]:
    for since in (None, at("10:00")):
        yield box_wording.box_silent("kitchen", LONDON, since)
    yield box_wording.box_heard(LONDON)
    yield box_wording.clock_untrusted("kitchen", LONDON, at("10:00"))
    yield from wordings_of_sensors()
    yield wording.mended("Box does not know the time", LONDON)
    for word, text in product(
        (
            "plan_ended", "outbox_damaged", "cannot_record", "event_unreadable", "memory_unreadable",
            "message_refused", "lid_stuck", "lock_missing", "new_word", *ENDED_BY,
        ),
        (None, "more"),
    ):  # fmt: skip
        yield box_wording.box_health("kitchen", word, text, LONDON, LONDON.at)
    for said_at in (at("02:00"), None):
        yield box_wording.box_health("kitchen", "plan_ended", None, LONDON, said_at)
    yield wording.trouble("bea cannot be reached by push: refused.", LONDON)
    left_open = LidLeftOpen(compartment="mon-am", because="open_10m", open_ms=600_000)
    forced_lid = LockForced(compartment="mon-am", because="opened_while_locked")
    for then in (LONDON.at, at("02:00"), None):
        yield box_wording.lid_left_open("kitchen", left_open, LONDON, then)
        yield box_wording.help_wanted("kitchen", LONDON, then)
        yield lock_wording.override("kitchen", LockOverride(because="help_held"), LONDON, then)
        yield lock_wording.forced("kitchen", forced_lid, LONDON, then)
    yield people_wording.no_longer_watched("Box not heard")
    yield people_wording.taken_on("Help was asked for", "Bea", LONDON, "I am on my way", at("13:00"))
    for now in (at("08:00"), at("08:30")):
        yield wording.reminder("Ada", SLOT, replace(LONDON, at=now))


def wrong() -> DoseWrongCompartment:
    return DoseWrongCompartment(
        slot=MORNING, compartment="tue-am", expected="mon-am", evidence="lid", because="other_slot_due",
        opened_at=at("08:02"),
    )  # fmt: skip


def test_nothing_advises_a_dose_judges_a_tablet_or_diagnoses() -> None:
    for words in every_wording():
        assert not FORBIDDEN.search(f"{words.title} {words.body}"), words


def test_the_leaflet_is_quoted_as_it_stands_and_never_our_own_word() -> None:
    assert wording.leaflet_words([RULE]) == f"The leaflet says: “{RULE}”"
    assert wording.leaflet_words([]) == "In doubt, ask the doctor or the pharmacist."


def test_a_title_fits_a_lock_screen_and_names_nobody() -> None:
    for words in every_wording():
        assert len(words.title) <= 60, words.title
        assert not re.search(r"\b(Ada|Bea|Cem|tablets?|mg|azathioprine)\b", words.title), words.title


def test_every_text_is_made_of_whole_sentences() -> None:
    for words in every_wording():
        assert re.fullmatch(r"\S.*[.)?]", words.body), words.body
        assert "  " not in words.body, words.body
        assert "None" not in words.body, words.body
        assert "_" not in words.body, words.body


def test_what_the_broker_keeps_names_no_medicine_and_nobody() -> None:
    keeper = Keeper()
    keeper.live(at("06:00"))
    keeper.send(at("12:01"), missed(MORNING))
    keeper.until(at("23:00"))
    for alert in keeper.alerts.values():
        assert not re.search(r"Ada|azathioprine|tablet", f"{alert.alert} {alert.title} {alert.body}")


def test_every_sentence_is_the_one_that_was_read_over_by_people() -> None:
    golden = (Path(__file__).parent / "golden" / "care_sentences.txt").read_text(encoding="utf-8")
    said = [f"{words.title} | {words.body}" for words in every_wording()]
    assert said == golden.splitlines()


def test_the_whole_message_of_a_missed_dose() -> None:
    keeper = Keeper()
    keeper.live(at("06:00"))
    keeper.send(at("12:01"), missed(MORNING))
    keeper.live(at("12:17"))
    first, second = [said for said in keeper.messages if said.kind == "alert"]
    assert first.title == second.title == "08:00 on 23 November: not opened"
    assert first.body == (
        "Ada: The Monday morning compartment, due at 08:00 on 23 November, was not opened from 07:00 to "
        "12:00. The box watched all that time. What is taken from elsewhere it does not see: please ask. "
        f"The leaflet says: “{RULE}”"
    )
    # The rule for a forgotten dose is quoted to a person once: hours later it would still urge.
    once = first.body.replace(f"The leaflet says: “{RULE}”", "In doubt, ask the doctor or the pharmacist.")
    assert second.body == f"{once} Told already: Bea. Nobody has taken it on yet."


def test_whoever_is_told_first_reads_the_rule_of_the_leaflet() -> None:
    keeper = Keeper()
    keeper.live(at("06:00"))
    keeper.send(at("12:01"), missed(MORNING))
    keeper.live(at("12:40"))
    quoted = [said.to for said in keeper.messages if said.kind == "alert" and RULE in said.body]
    assert quoted == ["bea", "cem"]


def test_times_are_the_patients_and_dated_where_the_day_may_be_mistaken() -> None:
    auckland = Moment(ZoneInfo("Pacific/Auckland"), at("12:06"))
    assert auckland.say(at("08:00")) == "21:00 on 23 November"
    assert auckland.say(at("12:00")) == "01:00"
    assert auckland.dated(at("12:00")) == "01:00 on 24 November"
    assert auckland.day() == "2026-11-24"
    assert auckland.counted(at("11:00")) == "on 24 November", "a date that was written down has no time"
    assert auckland.counted(at("11:01")) == "at 00:01 on 24 November"
    assert LONDON.near(at("20:00", 22)).say(at("21:00", 22)) == "21:00"


def test_a_window_that_ends_tomorrow_says_so() -> None:
    late = replace(SLOT, due_at=at("20:00"), opens_at=at("19:00"), closes_at=at("02:00", 24))
    assert "from 19:00 to 02:00 on 24 November" in wording.missed(late, LONDON).body


@pytest.mark.parametrize(("compartment", "words"), [
    ("mon-am", "Monday morning compartment"),
    ("sun-pm", "Sunday evening compartment"),
    ("a1", "compartment a1"),
    ("mon", "compartment mon"),
    ("mon-noon", "Monday noon compartment"),
    ("noon", "compartment noon"),
])  # fmt: skip
def test_compartments_are_called_as_people_call_them(compartment: str, words: str) -> None:
    assert compartment_words(compartment) == words


@pytest.mark.parametrize(("amounts", "words"), [
    ((0.5,), "½ tablet"),
    ((1.0,), "1 tablet"),
    ((1.5,), "1½ tablets"),
    ((2.0,), "2 tablets"),
    ((0.25,), "¼ tablet"),
    ((1.0, 0.5), "1½ tablets"),
    ((0.3,), "0.3 tablets"),
    ((10.0,), "10 tablets"),
    ((), "0 tablets"),
])  # fmt: skip
def test_amounts_are_said_in_halves(amounts: tuple[float, ...], words: str) -> None:
    assert amount_words(Amount(medicine="x", amount=amount) for amount in amounts) == words
