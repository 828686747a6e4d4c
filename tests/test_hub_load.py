"""Is the load of alerts counted as people feel it, and do the metrics say the same?"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.messages import Acknowledgement
from hub.care.ledger import AlertRecord
from hub.reporting.load import FEW, WEEK_MS, Load, is_false, load_of, nearest_rank
from hub.reporting.metrics import metrics_text
from hub.store.ports.channels import FirstTold, Proof
from hub.store.sqlite.store import SqliteStore, open_store
from tests.hub_examples import NOON, alert_record, message_record, opened
from tests.hub_parts import DUE_MS, home_toml, install, pillbox_hub

SILENT: dict[str, Any] = {"kind": "device.silent", "want": "device"}


def taken_on(alert: AlertRecord, by: str = "bea", after_ms: int = MINUTE_MS) -> AlertRecord:
    said = Acknowledgement(by=by, at=alert.raised_at + after_ms, intent=None, until=None)
    return replace(alert, acknowledged=said, state="acknowledged", because="acknowledged")


def over(alert: AlertRecord, because: str = "heard") -> AlertRecord:
    return replace(alert, state="resolved", because=because)


def load(*alerts: AlertRecord, told: list[FirstTold] | None = None, weeks: float = 1.0) -> Load:
    known = [FirstTold(alert=one.alert, to="bea", at_ms=one.raised_at) for one in alerts]
    return load_of(
        alerts,
        known if told is None else told,
        ["ada"],
        NOON - HOUR_MS,
        NOON - HOUR_MS + round(weeks * WEEK_MS),
    )


@pytest.mark.parametrize(
    ("alert", "false"),
    [
        (alert_record(), False),
        (over(alert_record(), "taken"), True),
        (over(taken_on(alert_record()), "taken"), True),
        (over(taken_on(alert_record()), "acknowledged"), False),
        (over(alert_record(**SILENT)), True),
        (over(taken_on(alert_record(**SILENT))), False),
        (over(alert_record(kind="dose.extra"), "told"), False),
        (over(alert_record(), "undeliverable"), False),
        (over(alert_record(), "patient_left"), False),
    ],
    ids=[
        "open", "corrected", "corrected after somebody went", "answered", "went by itself", "was mended",
        "information", "reached nobody", "not watched any more",
    ],
)  # fmt: skip
def test_false_is_what_was_corrected_or_went_before_anybody_took_it_on(
    alert: AlertRecord, false: bool
) -> None:
    assert is_false(alert) == false


def test_a_patient_without_alerts_is_counted_as_such() -> None:
    (found,) = load().patients
    assert (found.alerts, found.a_week, found.steps_used, found.caregivers, found.kinds) == (
        0,
        0.0,
        None,
        (),
        (),
    )


def test_alerts_are_counted_by_week_kind_and_caregiver() -> None:
    alerts = [alert_record(f"a-{number}") for number in range(3)]
    alerts.append(over(alert_record("a-9", **SILENT)))
    told = [FirstTold(alert="a-0", to="bea", at_ms=NOON), FirstTold(alert="a-0", to="cem", at_ms=NOON + 5)]
    told.append(FirstTold(alert="a-9", to="bea", at_ms=NOON))
    (found,) = load(*alerts, told=told, weeks=2).patients
    assert (found.alerts, found.a_week, found.false, found.untold, found.still_open) == (4, 2.0, 1, 2, 3)
    assert [(one.caregiver, one.alerts, one.a_week, one.false) for one in found.caregivers] == [
        ("bea", 2, 1.0, 1), ("cem", 1, 0.5, 0),
    ]  # fmt: skip
    assert [(one.kind, one.alerts, one.false) for one in found.kinds] == [
        ("dose.missed", 3, 0), ("device.silent", 1, 1),
    ]  # fmt: skip


def test_the_time_to_take_on_counts_from_being_told_and_for_whoever_did_it() -> None:
    alerts = [taken_on(alert_record(f"a-{number}"), after_ms=number * MINUTE_MS) for number in range(1, 11)]
    alerts.append(taken_on(alert_record("a-cem"), by="cem", after_ms=HOUR_MS))
    (found,) = load(*alerts).patients
    (bea,) = found.caregivers
    assert (bea.alerts, bea.taken_on, bea.median_ms, bea.most_ms) == (11, 10, 5 * MINUTE_MS, 9 * MINUTE_MS)
    late = [FirstTold(alert="a-5", to="bea", at_ms=NOON + 2 * MINUTE_MS)]
    (again,) = load(alerts[4], told=late).patients
    assert again.caregivers[0].median_ms == 3 * MINUTE_MS
    early = [FirstTold(alert="a-5", to="bea", at_ms=NOON + HOUR_MS)]
    (clocks,) = load(alerts[4], told=early).patients
    assert clocks.caregivers[0].median_ms == 0, "a clock that went back makes no negative time"


def test_the_part_of_the_ladder_that_was_climbed_is_at_most_all_of_it() -> None:
    ladder = ("0 bea push", "1 cem mail")
    alerts = [alert_record(f"a-{rung}", ladder=ladder, rung=rung) for rung in (1, 2, 7)]
    (found,) = load(*alerts, alert_record("a-none")).patients
    assert found.steps_used == pytest.approx((0.5 + 1 + 1) / 3)


def test_a_kind_is_to_be_tuned_when_most_of_several_were_for_nothing() -> None:
    false = [over(alert_record(f"a-{number}", **SILENT)) for number in range(FEW)]
    (found,) = load(*false).patients
    assert [one.is_to_tune for one in found.kinds] == [True]
    (few,) = load(*false[: FEW - 1]).patients
    assert [one.is_to_tune for one in few.kinds] == [False], "two say nothing about it yet"
    real = [alert_record(f"b-{number}", **SILENT) for number in range(FEW + 1)]
    (mostly,) = load(*false, *real).patients
    assert [one.is_to_tune for one in mostly.kinds] == [False]


def test_what_was_raised_outside_the_period_or_of_others_does_not_count() -> None:
    begins, ends = NOON - HOUR_MS, NOON - HOUR_MS + WEEK_MS
    alerts = [
        alert_record("a-1", raised_at=begins - 1), alert_record("a-2", raised_at=begins),
        alert_record("a-3", raised_at=ends - 1), alert_record("a-4", raised_at=ends),
        alert_record("a-5", patient="somebody"),
    ]  # fmt: skip
    (found,) = load(*alerts).patients
    assert found.alerts == 2


def test_an_hour_of_records_foretells_no_week() -> None:
    (found,) = load(alert_record(), weeks=2 / 168).patients
    assert found.a_week == 7.0


@given(st.lists(st.integers(0, 10**9), min_size=1), st.sampled_from([0.5, 0.9, 1.0]))
def test_a_rank_is_a_value_that_this_part_does_not_exceed(values: list[int], part: float) -> None:
    ordered = sorted(values)
    found = nearest_rank(ordered, part)
    assert found in values
    assert sum(value <= found for value in ordered) >= part * len(ordered)
    assert nearest_rank([], part) is None


# From the records.


def delivered(store: SqliteStore, name: str, alert: str, to: str, at_ms: int, *, ok: bool = True) -> None:
    with store.transaction():
        store.apply([message_record(name, alert=alert, to=to, made_at=at_ms)])
        store.begin_attempt(name, at_ms)
        store.end_attempt(
            name, ok=ok, reply="", at_ms=at_ms + 1, state="delivered" if ok else "pending", next_try_at=None
        )  # fmt: skip


def test_first_told_is_the_first_letter_of_an_alert_that_arrived() -> None:
    with opened() as store:
        delivered(store, "a-1-1", "a-1", "bea", NOON + 9, ok=False)
        delivered(store, "a-1-2", "a-1", "bea", NOON + 20)
        delivered(store, "a-1-3", "a-1", "bea", NOON + 30)
        delivered(store, "old", "a-0", "cem", NOON - 1)
        with store.transaction():
            store.apply([message_record("r", kind="reminder", to="ada")])
        assert store.first_told(NOON) == [FirstTold(alert="a-1", to="bea", at_ms=NOON + 21)]
        assert len(store.first_told(NOON - 1)) == 2


@pytest.fixture
def config(tmp_path: Path) -> Path:
    found = install(
        tmp_path,
        1,
        clock='compressed = { start = "2026-11-30T08:00:00Z", zero_boot_ms = 0, speed = 0.000001 }',
    )
    (tmp_path / "state").mkdir()
    with closing(open_store(tmp_path / "state" / "hub.db", "write")) as store, store.transaction():
        store.add_household(home_toml(), DUE_MS)
        alerts = [over(alert_record(f"a-{n}", raised_at=DUE_MS + n * HOUR_MS, **SILENT)) for n in range(3)]
        store.apply(
            [*alerts, taken_on(alert_record("a-7", raised_at=DUE_MS, ladder=("0 bea push",), rung=1))]
        )
    with closing(open_store(tmp_path / "state" / "hub.db", "write")) as store:
        for number in (0, 1, 2, 7):
            delivered(store, f"a-{number}-1", f"a-{number}", "bea", DUE_MS + number * HOUR_MS)
    return found


def test_the_load_is_said_to_a_person(config: Path) -> None:
    done = pillbox_hub("load", "--config", config)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "Ada: 4 alerts in 1.0 weeks, 4.0 a week",
        "  for nothing: 3; still open: 1; 100% of the ladder was climbed",
        "  Bea: told of 4, 4.0 a week, for nothing 3, took on 1: half within 1 min, 9 in 10 within 1 min",
        "  device.silent: 3, for nothing 3  <- tune it: most were for nothing",
        "  dose.missed: 1, for nothing 0",
    ]


def test_the_load_is_said_to_a_machine(config: Path) -> None:
    plain = json.loads(pillbox_hub("load", "--json", "--weeks", "52", "--config", config).stdout)
    assert plain["weeks"] == 1.0, "no further back than there is a household"
    (ada,) = plain["patients"]
    assert (ada["patient"], ada["alerts"], ada["false"]) == ("ada", 4, 3)
    assert ada["kinds"][0] == {"kind": "device.silent", "alerts": 3, "false": 3, "is_to_tune": True}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (["--weeks", "0"], "is not a number of weeks from 1 to 520"),
        (["--weeks", "x"], "is not a number of weeks"),
        (["--patient", "ad"], "nobody here is called 'ad'; did you mean 'ada'?"),
    ],
)
def test_nonsense_is_refused_in_a_sentence(config: Path, said: list[str], why: str) -> None:
    done = pillbox_hub("load", *said, "--config", config)
    assert done.returncode == 2
    assert why in done.stderr


def test_the_metrics_say_the_same_in_the_form_that_prometheus_reads(config: Path) -> None:
    done = pillbox_hub("metrics", "--config", config)
    assert done.returncode == 0, done.stderr
    found = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(done.stdout)
        for sample in family.samples
    }
    ada, bea = ("patient", "ada"), ("caregiver", "bea")
    assert found["pillbox_alerts_per_week", ada] == pytest.approx(4.0)
    assert found["pillbox_alerts_false", ("kind", "device.silent"), ada] == 3
    assert found["pillbox_alerts_open", ada] == 1
    assert found["pillbox_ladder_steps_used_ratio", ada] == 1.0
    assert found["pillbox_caregiver_alerts_taken_on", bea, ada] == 1
    assert ("pillbox_caregiver_answer_seconds", bea, ada, ("quantile", "0.9")) in found
    (accepted,) = (value for key, value in found.items() if "last_accepted" in str(key))
    assert accepted == pytest.approx((DUE_MS + 7 * HOUR_MS + 1) / 1_000)
    for name in ("Ada", "Bea", "azathioprine", "Imurel"):
        assert name not in done.stdout, "a scraper is told ids and numbers"


def test_the_metrics_are_a_pure_function_of_what_is_known() -> None:
    known = load(alert_record())
    channels = {("bea", "push"): Proof(accepted_at=DUE_MS), ("cem", "mail"): Proof(canary_at=DUE_MS)}
    text = metrics_text(known, channels)
    assert text == metrics_text(known, channels)
    assert 'person="cem"' not in text, "it has never taken anything"
    assert text.endswith("\n")
    assert known.until_ms - known.from_ms == 7 * DAY_MS
