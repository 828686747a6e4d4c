"""Does the report keep what people said as they said it, with who, when, and who answered a warning sign?"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.instants import HOUR_MS
from controller.wire.messages import Acknowledgement
from hub.care.appointments import Check
from hub.care.checking.occurrences import AHEAD
from hub.care.entries import CheckDone, CheckMoved, Entry, EntryUndone, Fact, Felt, in_force, undone_by
from hub.care.ledger import AlertRecord
from hub.care.people import Hold, Household
from hub.engine import Engine
from hub.medicines import read_cabinet
from hub.reporting import render
from hub.reporting.account import Report, Whose
from hub.reporting.gathering import gathered, whose_report
from hub.reporting.table import WIDTH
from hub.reporting.told import Period, Told, told_of
from hub.store.port import Store
from hub.store.sqlite.store import open_store
from hub.writing import entry_of
from tests.care_days import at, household, regimen
from tests.hub_parts import DUE_MS, home_toml

FIFTY = read_cabinet()["azathioprine-50mg-tablet"]
FIRST, LAST = date(2026, 11, 23), date(2026, 11, 29)
WEEK = Period(first=FIRST, last=LAST, begin=at("00:00"), end=at("00:00", 30), today=LAST)
BLOOD = Check(id="blood-count", patient="ada", title="Blood count", begins=date(2026, 11, 24), every_days=28)


def home(*checks: Check, holds: tuple[Hold, ...] = ()) -> Household:
    found = household(regimens=[regimen(holds=holds)])
    return replace(found, medicines={FIFTY.id: FIFTY}, checks=checks)


def said(fact: Fact, *, by: str = "ada", now: int = at("10:00"), why: str = "") -> Entry:
    return entry_of("ada", fact, by=by, at_ms=now, why=why)


def alert_of(entry: Entry, acknowledged: Acknowledgement | None = None) -> AlertRecord:
    return AlertRecord(
        alert="a-1", patient="ada", box="kitchen", condition=f"care.warning_sign {entry.entry}",
        kind="care.warning_sign", want="care", state="told" if acknowledged is None else "acknowledged",
        title="A sign to call about", body="", raised_at=entry.at, changed_at=entry.at,
        acknowledged=acknowledged,
    )  # fmt: skip


def told(*entries: Entry, at_home: Household | None = None, alerts: tuple[AlertRecord, ...] = ()) -> Told:
    return told_of(at_home or home(), "ada", entries, alerts, WEEK)


def report(*entries: Entry, at_home: Household | None = None, alerts: tuple[AlertRecord, ...] = ()) -> Report:
    there = at_home or home()
    whose = Whose(
        patient="ada", name="Ada", zone="Europe/London", version=1, medicines=there.medicines,
        names={"ada": "Ada", "bea": "Bea"}, household=there,
    )  # fmt: skip
    found = told(*entries, at_home=there, alerts=alerts)
    return Report(whose=whose, first=str(FIRST), last=str(LAST), rows=(), made_at=at("08:00", 30), told=found)


def shown(*entries: Entry, at_home: Household | None = None, alerts: tuple[AlertRecord, ...] = ()) -> str:
    """Return the table as one line, whatever was folded."""
    return " ".join(render(report(*entries, at_home=at_home, alerts=alerts), "table").split())


def rows(*entries: Entry, at_home: Household | None = None) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render(report(*entries, at_home=at_home), "csv"))))


def test_a_report_of_a_week_in_which_nobody_said_anything_has_no_such_section() -> None:
    table = shown()
    assert "How the patient" not in table
    assert "Blood tests" not in table
    assert "Paused" not in table
    assert [len(json.loads(render(report(), "json"))[part]) for part in ("felt", "checks", "holds")] == [
        0
    ] * 3


def test_an_answer_stands_with_its_date_in_its_own_words_and_with_who_said_it() -> None:
    felt = Felt(effects={"mild-nausea": "a little after breakfast"}, words="slept badly")
    table = shown(said(felt, by="bea"))
    assert "2026-11-23 10:00 Mild nausea" in table
    assert "a little after breakfast (Bea says)" in table
    assert "2026-11-23 10:00 “slept badly” (Bea says)" in table
    assert "to call the doctor" not in table, "an expected effect is no warning"


def test_all_that_was_denied_stands_in_one_line() -> None:
    table = shown(said(Felt(effects={"rash": "no", "hair": "no", "fatigue": "a lot"})))
    assert table.count("no to: ") == 1
    assert table.index("a lot (Ada says)") < table.index("no to: ")


def test_a_warning_sign_says_when_its_alert_was_answered_and_by_whom() -> None:
    entry = said(Felt(signs=("rash",)))
    promise = Acknowledgement(by="bea", at=at("10:20"), intent="I am calling her", until=None)
    table = shown(entry, alerts=(alert_of(entry, promise),))
    assert "2026-11-23 10:00 A skin rash (Ada says): taken on by Bea (“I am calling her”), at" in table
    assert "at 2026-11-23 10:20" in table
    (plain,) = json.loads(render(report(entry, alerts=(alert_of(entry, promise),)), "json"))["felt"]
    assert (plain["alert"], plain["answered_by"], plain["answered_at"]) == (
        "a-1", "bea", "2026-11-23T10:20:00.000Z",
    )  # fmt: skip
    assert plain["warned"] == ["A skin rash"]


def test_in_a_spreadsheet_an_answered_alert_stands_beside_the_sign_and_not_beside_a_mild_thing() -> None:
    entry = said(Felt(signs=("rash",), fever_c=38.6, effects={"hair": "a little"}))
    promise = Acknowledgement(by="bea", at=at("10:20"), intent=None, until=None)
    text = render(report(entry, alerts=(alert_of(entry, promise),)), "csv")
    found = list(csv.DictReader(io.StringIO(text)))
    assert [(row["because"], row["answered_by"]) for row in found] == [
        ("rash", "bea"), ("fever", "bea"), ("hair", ""),
    ]  # fmt: skip
    assert {(row["began"], row["began_at"]) for row in found} == {
        ("2026-11-23 10:00", "2026-11-23T10:00:00.000Z")
    }


def test_a_sign_of_which_no_alert_is_recorded_says_so_and_one_nobody_answered_is_open() -> None:
    entry = said(Felt(signs=("rash",)))
    assert "A skin rash (Ada says): no alert is recorded" in shown(entry)
    assert "A skin rash (Ada says): open" in shown(entry, alerts=(alert_of(entry),))


def test_the_alert_of_another_check_in_is_not_taken_for_the_one_of_this() -> None:
    one, two = said(Felt(signs=("rash",))), said(Felt(signs=("rash",)), now=at("11:00"))
    first, second = told(one, two, alerts=(alert_of(two),)).answers
    assert first.alert is None
    assert second.alert is not None


@pytest.mark.parametrize(("fever_c", "is_warning"), [(37.7, False), (37.8, True), (38.6, True)])
def test_a_fever_is_said_with_its_value_and_is_a_sign_above_what_the_leaflet_says(
    fever_c: float, is_warning: bool
) -> None:
    entry = said(Felt(effects={"fever": f"measured {fever_c:g} °C"}, fever_c=fever_c))
    assert told(entry).answers[0].is_warning is is_warning
    table = shown(entry)
    assert f"2026-11-23 10:00 temperature: {fever_c:g} °C (Ada says)" in table
    assert table.count("temperature:") == 1
    assert "measured" not in table.partition("How the patient")[2], "a temperature is said once there"
    assert (f", measured {fever_c:g} °C" in table) is is_warning


def test_a_sign_whose_medicine_is_not_taken_any_more_is_still_a_warning_if_it_was_told_as_one() -> None:
    entry = said(Felt(fever_c=38.6))
    nothing = replace(home(), regimens={})
    assert "A sign to call about, measured 38.6 °C (Ada says): open" in shown(
        entry, at_home=nothing, alerts=(alert_of(entry),)
    )


def test_what_was_taken_back_is_still_said_with_who_took_it_back_and_why() -> None:
    entry = said(Felt(signs=("rash",)))
    undo = said(EntryUndone(entry=entry.entry), by="bea", now=at("12:00"), why="it was a stain")
    table = shown(entry, undo)
    assert "A skin rash (Ada says; taken back by Bea, 2026-11-23 12:00: “it was a stain”)" in table
    (row,) = rows(entry, undo)
    assert (row["kind"], row["answer"], row["corrected"]) == ("felt", "yes", "yes")
    again = said(EntryUndone(entry=undo.entry), now=at("13:00"))
    assert "taken back" not in shown(entry, undo, again)


def test_an_answer_belongs_to_the_days_on_which_it_was_given() -> None:
    inside = [said(Felt(words="x"), now=one) for one in (WEEK.begin, WEEK.end - 1)]
    outside = [said(Felt(words="x"), now=one) for one in (WEEK.begin - 1, WEEK.end)]
    assert [one.at for one in told(*inside, *outside).answers] == [one.at for one in inside]


def test_a_check_says_when_it_took_place_and_who_said_so() -> None:
    done = said(CheckDone(check="blood-count", due=BLOOD.begins, on=date(2026, 11, 25)), by="bea")
    line = "Blood count, due 2026-11-24: took place on 2026-11-25, Bea says"
    assert line in shown(done, at_home=home(BLOOD))
    (row,) = rows(done, at_home=home(BLOOD))
    assert (row["kind"], row["date"], row["outcome"], row["said_by"]) == (
        "check",
        "2026-11-25",
        "done",
        "bea",
    )


def test_a_check_nobody_spoke_of_is_overdue_and_not_called_missed() -> None:
    table = shown(at_home=home(BLOOD))
    assert "Blood count, due 2026-11-24: overdue: nobody has said that it took place" in table
    soon = replace(BLOOD, begins=LAST)
    assert "due 2026-11-29: nobody has said yet that it took place" in shown(at_home=home(soon))


def test_a_check_that_is_overdue_since_before_the_period_does_not_vanish_from_it() -> None:
    old = replace(BLOOD, begins=date(2026, 11, 1), every_days=None)
    (one,) = told(at_home=home(old)).checks
    assert (one.due, one.state) == (date(2026, 11, 1), "overdue")
    done = said(CheckDone(check="blood-count", due=old.begins, on=date(2026, 11, 20)))
    assert told(done, at_home=home(old)).checks == ()


def test_a_check_that_was_moved_is_in_the_period_it_left_and_in_the_one_it_came_to() -> None:
    move = said(CheckMoved(check="blood-count", due=BLOOD.begins, to=date(2026, 12, 3)), by="bea")
    assert "due 2026-11-24: moved to 2026-12-03, Bea says" in shown(move, at_home=home(BLOOD))
    into = replace(BLOOD, begins=date(2026, 11, 20))
    to = said(CheckMoved(check="blood-count", due=into.begins, to=date(2026, 11, 24)))
    table = shown(to, at_home=home(into))
    assert "overdue: moved to 2026-11-24, Ada says, nobody has said that it took place" in table


def test_a_check_done_ahead_of_its_time_counts_where_it_took_place() -> None:
    later = replace(BLOOD, begins=LAST + AHEAD)
    done = said(CheckDone(check="blood-count", due=later.begins, on=FIRST))
    found = told(done, at_home=home(later)).checks
    assert [(one.on, one.state) for one in found] == [(FIRST, "done")]


def test_what_took_place_is_said_also_of_a_check_the_household_does_not_know_any_more() -> None:
    done = said(CheckDone(check="liver", due=FIRST, on=FIRST), by="bea")
    assert "liver, due 2026-11-23: took place on 2026-11-23, Bea says" in shown(done)
    nobody = told_of(None, "ada", [done, said(Felt(signs=("rash",)))], (), WEEK)
    assert [one.title for one in nobody.checks] == ["liver"]
    assert [one.felt.signs for one in nobody.answers] == [("rash",)]


def test_a_check_of_another_patient_is_not_in_it() -> None:
    assert told(at_home=home(replace(BLOOD, patient="ida"))).checks == ()


def test_a_hold_says_who_ordered_it_why_and_that_it_lasts_until_somebody_resumes_it() -> None:
    hold = Hold(begins=date(2026, 11, 20), until=None, by="Dr Sand", why="an infection")
    there = home(holds=(hold,))
    line = "Azathioprine 50 mg from 2026-11-20 until somebody resumes it, ordered by Dr Sand: “an infection”"
    assert line in shown(at_home=there)
    (row,) = rows(at_home=there)
    assert (row["kind"], row["began"], row["ended"], row["said_by"], row["because"]) == (
        "hold", "2026-11-20", "", "Dr Sand", "an infection",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("begins", "until", "is_in"),
    [(20, 22, False), (20, 23, True), (29, 30, True), (30, None, False), (1, None, True)],
)
def test_a_hold_is_in_every_period_it_touches(begins: int, until: int | None, is_in: bool) -> None:
    end = None if until is None else date(2026, 11, until)
    hold = Hold(begins=date(2026, 11, begins), until=end, by="bea", why="")
    assert bool(told(at_home=home(holds=(hold,))).holds) is is_in


_felt = st.builds(
    Felt,
    effects=st.dictionaries(
        st.sampled_from([one.id for one in FIFTY.effects]), st.text(min_size=1, max_size=200), max_size=4
    ),
    signs=st.lists(st.sampled_from([one.id for one in FIFTY.signs]), unique=True, max_size=4).map(tuple),
    fever_c=st.none() | st.floats(34, 43),
    words=st.text(max_size=500),
)
_entries = st.lists(
    st.builds(
        said, _felt, by=st.sampled_from(["ada", "mallory"]), now=st.integers(WEEK.begin, WEEK.end)
    ),
    max_size=4, unique_by=lambda one: one.entry,
)  # fmt: skip


@given(_entries)
def test_no_line_of_it_is_wider_than_a_terminal_and_none_steers_it(entries: list[Entry]) -> None:
    text = render(report(*entries), "table")
    assert max(map(len, text.splitlines())) <= WIDTH
    assert not [letter for letter in text if letter != "\n" and not letter.isprintable()]


@given(_entries)
def test_nothing_that_was_said_is_left_out_or_said_twice(entries: list[Entry]) -> None:
    inside = [one for one in entries if WEEK.begin <= one.at < WEEK.end]
    assert {one["entry"] for one in json.loads(render(report(*entries), "json"))["felt"]} == {
        one.entry for one in inside
    }
    parts = sum(
        len(one.fact.effects) + len(one.fact.signs) + (one.fact.fever_c is not None) + bool(one.fact.words)
        for one in inside
        if isinstance(one.fact, Felt)
    )
    assert len(rows(*entries)) == parts


@given(st.lists(st.integers(0, 9), max_size=10))
def test_what_does_not_count_is_what_somebody_took_back_and_nothing_else(targets: list[int]) -> None:
    """Each entry undoes the one of the given number, which may be itself, a later one, or an undoing."""
    names = [f"e-{number}" for number in range(len(targets) + 1)]
    written = [replace(said(Felt(words="x")), entry=names[0])]
    for number, target in enumerate(targets, 1):
        undoing = said(EntryUndone(entry=f"e-{target}"), now=at("11:00") + number)
        written.append(replace(undoing, entry=names[number]))
    counting, back = {one.entry for one in in_force(written)}, undone_by(written)
    assert (names[0] in back) == (names[0] not in counting)
    assert not counting & back.keys()
    assert all(one.at > written[names.index(name)].at for name, one in back.items())


def begin(store: Store) -> None:
    """Bring a store to where a warning sign was told and taken on."""
    with store.transaction():
        store.add_household(home_toml(), DUE_MS - HOUR_MS)
    engine = Engine(store)
    engine.start(DUE_MS - HOUR_MS)
    engine.write(said(Felt(signs=("rash",), effects={"hair": "no"}), now=DUE_MS), DUE_MS)
    (alert,) = store.alerts()
    engine.acknowledge(alert.alert, "bea", DUE_MS + HOUR_MS, intent="I am calling her")


@pytest.fixture
def store() -> Iterator[Store]:
    """Return the store of a hub in which a warning sign was told and taken on."""
    with closing(open_store(None)) as found:
        begin(found)
        yield found


def test_a_warning_sign_goes_from_the_answer_to_the_report_with_who_took_it_on(store: Store) -> None:
    found = gathered(store, whose_report(store, "ada", ()), FIRST, FIRST, DUE_MS + 4 * HOUR_MS, ())
    table = render(found, "table")
    _, opened, rest = table.partition("Signs of the leaflet")
    assert opened + rest.partition("\n\nopen:")[0] == (
        "Signs of the leaflet to call the doctor about, and who answered the alert:\n"
        "  2026-11-23 08:00 A skin rash (Ada says): taken on by Bea (“I am calling her”),\n"
        "    at 2026-11-23 09:00\n"
        "\n"
        "How the patient said they were (as it was answered; nothing is interpreted):\n"
        "  2026-11-23 08:00 A skin rash: yes (Ada says)\n"
        "  2026-11-23 08:00 no to: Changes of the hair (Ada says)"
    )


def test_what_was_said_of_a_patient_is_in_the_report_of_nobody_else(store: Store) -> None:
    with store.transaction():
        entry = entry_of("ida", Felt(words="not hers"), by="bea", at_ms=DUE_MS)
        store.add_entry(entry)
    found = gathered(store, whose_report(store, "ada", ()), FIRST, LAST, DUE_MS + 4 * HOUR_MS, ())
    assert len(found.told.answers) == 1
    assert "not hers" not in render(found, "json")
