"""Does the report say what was seen, keep what was corrected, and fit where it is read?"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.messages import Acknowledgement
from controller.wire.plan import Amount
from hub.care.alerting.naming import Moment
from hub.care.alerting.words import opening_wording, wording
from hub.care.ledger import AlertRecord, Outcome, OutcomeNote, SlotRecord
from hub.care.people import Medicine
from hub.reporting import render
from hub.reporting.account import Excursion, Opening, Report, Seen, Whose, report_of, summary
from hub.reporting.table import WIDTH
from hub.reporting.words import EXPLAINED, OPENED, REASONS, WORDS, amount_text

DAY_MS = 86_400_000
DUE_MS = 1_795_420_800_000
"""2026-11-23T08:00:00Z, a Monday."""

FORBIDDEN = ("swallowed the", "safe", "spoiled", "diagnos", "noncompliant", "failed to")


def slot(
    number: int = 0, outcome: Outcome | None = None, *, amounts: tuple[float, ...] = (0.5,), **more: object
) -> SlotRecord:
    due = DUE_MS + number * DAY_MS
    made = SlotRecord(
        patient="ada",
        slot=f"azathioprine/2026-11-{23 + number}/08:00",
        regimen="azathioprine",
        box="kitchen",
        compartment="mon-am",
        opens_at=due - 3_600_000,
        due_at=due,
        late_at=due + 3_600_000,
        closes_at=due + 6 * 3_600_000,
        remind_at=(),
        amounts=tuple(Amount(medicine="azathioprine-50mg-tablet", amount=one) for one in amounts),
        outcome=outcome,
    )
    return replace(made, **more)  # type: ignore[arg-type]  # the tests name fields of the record


def note(outcome: Outcome, *, at: int = DUE_MS, cause: str = "silence", said: str = "") -> OutcomeNote:
    return OutcomeNote(
        at=at, patient="ada", slot="azathioprine/2026-11-23/08:00", outcome=outcome, timing=None,
        evidence="none", because="word", cause=cause, said=said,
    )  # fmt: skip


def medicine(name: str, strength: str) -> Medicine:
    return Medicine(
        id=f"{name.lower()}-{strength.replace(' ', '')}-tablet", name=name, strength=strength, form="tablet",
        smallest_part=0.5, limits=(),
    )  # fmt: skip


CABINET = {one.id: one for one in (medicine("Azathioprine", "50 mg"), medicine("Calcium", "500 mg"))}


def whose(zone: str = "Europe/London") -> Whose:
    return Whose(
        patient="ada", name="Ada Byron", zone=zone, version=3, medicines=CABINET, names={"bea": "Bea"}
    )


def report(
    *slots: SlotRecord,
    notes: tuple[OutcomeNote, ...] = (),
    zone: str = "Europe/London",
    seen: Seen | None = None,
) -> Report:
    period = "2026-11-23", "2026-11-29"
    return report_of(whose(zone), period, slots, lambda _: notes, DUE_MS + 7 * DAY_MS, seen)


def test_a_taken_dose_is_an_opened_lid_and_nothing_more_is_claimed() -> None:
    text = render(
        report(slot(outcome="taken", timing="on_time", evidence="lid", opened_at=DUE_MS + 180_000)), "table"
    )
    assert text == (
        "Ada Byron, 2026-11-23 to 2026-11-29, times in Europe/London\n"
        "Made 2026-11-30 08:00 from version 3 of the household.\n"
        "Tablets of Azathioprine 50 mg.\n"
        "\n"
        "  due    lid     amount  outcome  timing   opened  evidence\n"
        "Monday 2026-11-23\n"
        "  08:00  mon-am  ½       taken    on time  08:03   lid\n"
        "\n"
        "1 slot: 1 taken (1 on time).\n"
        "\n"
        "taken: the lid was opened in the dose window; swallowing is not seen.\n"
    )


def test_the_unseen_is_counted_apart_from_the_missed() -> None:
    found = report(
        slot(0, "missed"), slot(1, "unobserved"), slot(2, "unconfirmed"), slot(3, "unconfirmed"), slot(4)
    )
    assert summary(found) == "5 slots: 1 missed, 1 unobserved, 2 unconfirmed, 1 open."
    table = render(found, "table")
    assert "not the same as missed" in table
    counts = json.loads(render(found, "json"))["counts"]
    assert counts == {"missed": 1, "open": 1, "unconfirmed": 2, "unobserved": 1}


def test_a_correction_is_flagged_with_all_that_was_recorded_and_who_said_so() -> None:
    notes = (
        note("unconfirmed"),
        note("self_reported", at=DUE_MS + 3_600_000, cause="person bea", said="Taken at my place"),
    )
    found = report(slot(outcome="self_reported", evidence="caregiver", because="person"), notes=notes)
    table = render(found, "table")
    assert "* 08:00  mon-am" in table
    assert "2026-11-23 08:00 unconfirmed, no word from the box" in table
    assert '2026-11-23 09:00 self-reported, Bea says "Taken at my place"' in table
    (row,) = json.loads(render(found, "json"))["slots"]
    assert row["corrected"] is True
    assert [change["outcome"] for change in row["changes"]] == ["unconfirmed", "self_reported"]
    (line,) = csv.DictReader(io.StringIO(render(found, "csv")))
    assert line["corrected"] == "yes"
    assert "unconfirmed (silence); " in line["changes"]


def test_a_hold_of_today_is_shown_before_its_slot_is_over() -> None:
    found = report(slot(0, status="held"))
    assert "a hold was ordered" in render(found, "table")
    assert json.loads(render(found, "json"))["counts"] == {"held": 1}


def test_one_note_is_no_correction() -> None:
    assert not report(slot(outcome="missed"), notes=(note("missed"),)).rows[0].corrected


def test_times_are_the_patients_own() -> None:
    found = report(slot(outcome="taken", opened_at=DUE_MS), zone="America/New_York")
    assert (found.rows[0].due, found.rows[0].opened, found.rows[0].date) == ("03:00", "03:00", "2026-11-23")
    assert found.rows[0].due_at == "2026-11-23T08:00:00.000Z"


def test_an_opening_on_another_day_says_so() -> None:
    late = report(slot(outcome="taken", timing="late", opened_at=DUE_MS + DAY_MS))
    assert late.rows[0].opened == "08:00 +1d"


def test_slots_stand_in_the_order_of_their_due_times_under_their_day() -> None:
    table = render(report(slot(1), slot(0)), "table")
    assert table.index("Monday 2026-11-23") < table.index("Tuesday 2026-11-24")


def test_a_withdrawn_or_held_slot_says_why() -> None:
    table = render(report(slot(0, status="withdrawn"), slot(1, "held", because="on_hold")), "table")
    assert "withdrawn" in table
    assert "held: a hold was ordered" in table


def test_an_empty_period_is_said_to_be_empty() -> None:
    assert "No slot in this period." in render(report(), "table")
    assert json.loads(render(report(), "json"))["slots"] == []
    assert len(render(report(), "csv").splitlines()) == 1


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0.5, "½"), (1, "1"), (1.5, "1½"), (0.25, "¼"), (2.75, "2¾"), (0.125, "0.125"), (10, "10")],
)
def test_amounts_are_written_as_people_write_them(amount: float, text: str) -> None:
    assert amount_text(amount) == text


def test_several_tablets_of_one_slot_are_listed() -> None:
    assert "½ + 1" in render(report(slot(amounts=(0.5, 1))), "table")


def test_the_csv_keeps_the_words_of_the_records() -> None:
    text = render(report(slot(outcome="taken", timing="late", evidence="lid", opened_at=DUE_MS)), "csv")
    (line,) = csv.DictReader(io.StringIO(text))
    assert (line["outcome"], line["timing"], line["evidence"]) == ("taken", "late", "lid")
    assert line["opened_at"] == "2026-11-23T08:00:00.000Z"
    assert line["amounts"] == "0.5 azathioprine-50mg-tablet"


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@x"])
def test_a_spreadsheet_runs_nothing_of_it(formula: str) -> None:
    (line,) = csv.DictReader(io.StringIO(render(report(slot(because=formula)), "csv")))
    assert line["because"] == f"'{formula}"


def test_what_somebody_wrote_over_two_lines_stays_in_one_row_of_a_spreadsheet() -> None:
    notes = (note("missed"), note("skipped", cause="person bea\rand\nCem"))
    text = render(report(slot(outcome="skipped", because="one\rtwo"), notes=notes), "csv")
    (line,) = csv.DictReader(io.StringIO(text))
    assert line["because"] == "one two"
    assert "person bea and Cem" in line["changes"]


def test_every_outcome_has_a_word_and_an_explanation_that_claims_nothing() -> None:
    assert WORDS.keys() == EXPLAINED.keys()
    said = " ".join([*WORDS.values(), *EXPLAINED.values()]).lower()
    assert not [word for word in FORBIDDEN if word in said]


_words = st.text(alphabet="abcdefghijklmnopqrstuvwxyz_-", min_size=1, max_size=32)
_records = st.builds(
    slot,
    number=st.integers(0, 6),
    outcome=st.sampled_from(
        [None, "taken", "missed", "skipped", "held", "self_reported", "unobserved", "unconfirmed"]
    ),
    amounts=st.lists(st.sampled_from([0.25, 0.5, 1.0, 2.5, 12.125]), min_size=1, max_size=5).map(tuple),
    timing=st.sampled_from([None, "early", "on_time", "late"]),
    compartment=_words,
    because=_words,
    opened_at=st.none() | st.integers(DUE_MS, DUE_MS + 9 * DAY_MS),
    status=st.sampled_from(["planned", "held", "withdrawn"]),
)
_notes = st.lists(
    st.builds(
        note,
        outcome=st.sampled_from(["missed", "unconfirmed", "taken"]),
        cause=st.just("event kitchen/" + "s" * 60 + "/12345"),
        said=st.text(max_size=120),
    ),
    max_size=3,
).map(tuple)


@given(slots=st.lists(_records, max_size=8, unique_by=lambda one: one.slot), notes=_notes)
def test_no_line_of_the_table_is_wider_than_a_terminal(
    slots: list[SlotRecord], notes: tuple[OutcomeNote, ...]
) -> None:
    table = render(report(*slots, notes=notes), "table")
    assert max(len(line) for line in table.splitlines()) <= WIDTH


@given(slots=st.lists(_records, max_size=8, unique_by=lambda one: one.slot))
def test_every_slot_is_in_every_form_and_counted_once(slots: list[SlotRecord]) -> None:
    found = report(*slots)
    plain = json.loads(render(found, "json"))
    assert len(plain["slots"]) == len(slots) == sum(plain["counts"].values())
    assert len(list(csv.DictReader(io.StringIO(render(found, "csv"))))) == len(slots)
    assert summary(found).startswith(("1 slot:", f"{len(slots)} slots:", "No slot"))


def test_every_reason_of_the_box_is_called_as_the_letters_call_it() -> None:
    moment = Moment(ZoneInfo("Europe/London"), DUE_MS)
    for word in wording.WHY_UNSEEN:
        letter = wording.unobserved(slot(outcome="unobserved", because=word), moment)
        assert f": {REASONS[word]}. " in letter.body, word


def test_every_opening_beside_the_plan_has_words() -> None:
    assert {*opening_wording._EXTRA, "other_slot_due"} <= OPENED.keys()


def test_the_table_says_why_in_words_and_holds_no_word_of_a_machine() -> None:
    notes = (
        note("unconfirmed"),
        note("unobserved", cause="event kitchen/a9a8f0e2c4d6b8a0a9a8f0e2c4d6b8a0/69"),
    )
    text = render(report(slot(outcome="unobserved", because="box_off"), notes=notes), "table")
    assert "         the box was off\n" in text
    assert "unobserved, the box kitchen says" in text
    assert "a9a8" not in text
    assert not [line for line in text.splitlines() if "_" in line]


def test_several_medicines_are_told_apart_by_name_and_strength_in_every_form() -> None:
    calcium = (Amount(medicine="calcium-500mg-tablet", amount=1),)
    found = report(slot(0), slot(1, amounts=(1,)), replace(slot(2), amounts=calcium))
    table = render(found, "table")
    assert "         Azathioprine 50 mg\n" in table
    assert "         Calcium 500 mg\n" in table
    lines = list(csv.DictReader(io.StringIO(render(found, "csv"))))
    assert [line["medicines"] for line in lines][::2] == ["½ Azathioprine 50 mg", "1 Calcium 500 mg"]
    plain = json.loads(render(found, "json"))["slots"][2]["amounts"]
    assert plain == [
        {"medicine": "calcium-500mg-tablet", "amount": 1.0, "name": "Calcium", "strength": "500 mg"}
    ]


def test_summer_time_does_not_make_an_opening_look_an_hour_off() -> None:
    june_ms = DUE_MS - 160 * DAY_MS
    one = slot(outcome="taken", due_at=june_ms, opened_at=june_ms + 180_000)
    (line,) = csv.DictReader(io.StringIO(render(report(one), "csv")))
    assert (line["due"], line["opened"][-5:], line["opened_at"][11:16]) == ("09:00", "09:03", "08:03")
    (plain,) = json.loads(render(report(one), "json"))["slots"]
    assert plain["opened"] == line["opened"]


EXTRA = Opening(
    kind="extra", box="kitchen", compartment="mon-am", opened_at=DUE_MS + 3_000_000, because="already_taken"
)
WRONG = Opening(
    kind="wrong_compartment", box="kitchen", compartment="tue-am", opened_at=DUE_MS, because="other_slot_due",
    expected="mon-am",
)  # fmt: skip
DAMP = Excursion(
    excursion="damp", box="kitchen", rule="damp", since=DUE_MS, ended_at=DUE_MS + 12_300_000, extreme=83.0
)
ALERT = AlertRecord(
    alert="a-1", patient="ada", box="kitchen", condition="c", kind="dose.missed", want="dose",
    state="resolved", title="08:00: not opened", body="", raised_at=DUE_MS, changed_at=DUE_MS,
    acknowledged=Acknowledgement(by="bea", at=DUE_MS + 600_000, intent="I am calling her", until=None),
)  # fmt: skip
SEEN = Seen(openings=(WRONG, EXTRA), excursions=(DAMP,), alerts=(ALERT,))


def test_a_possible_second_dose_damp_storage_and_who_answered_stand_in_the_table() -> None:
    text = render(report(slot(outcome="taken"), seen=SEEN), "table")
    assert "1 slot: 1 taken. Beside them: 1 extra opening, 1 wrong opening." in text
    assert "  2026-11-23 08:50 mon-am: opened again, after the opening of its dose\n" in text
    assert "  2026-11-23 08:00 tue-am: opened, in the time of another lid's dose (mon-am)\n" in text
    assert "2026-11-23 08:00 to 2026-11-23 11:25 (3 h 25 min), box kitchen: too damp, at" in text
    assert "“08:00: not opened”: answered by Bea (“I am calling her”), at" in text
    assert max(map(len, text.splitlines())) <= WIDTH


def test_an_excursion_whose_end_nobody_recorded_is_not_said_to_be_over() -> None:
    text = render(report(seen=Seen(excursions=(replace(DAMP, ended_at=None, extreme=None),))), "table")
    assert "2026-11-23 08:00 no end recorded, box kitchen: too damp" in text


def test_openings_excursions_and_alerts_are_rows_of_their_own_kind() -> None:
    found = report(slot(outcome="taken"), seen=SEEN)
    lines = list(csv.DictReader(io.StringIO(render(found, "csv"))))
    assert [line["kind"] for line in lines] == ["slot", "wrong_compartment", "extra", "excursion", "alert"]
    assert lines[1]["expected"] == "mon-am"
    assert {line["date"] for line in lines} == {"2026-11-23"}
    assert {line["box"] for line in lines} == {"kitchen"}
    assert (lines[3]["began"], lines[3]["ended"]) == ("2026-11-23 08:00", "2026-11-23 11:25")
    assert (lines[4]["answered_by"], lines[4]["because"]) == ("bea", "dose.missed")
    plain = json.loads(render(found, "json"))
    assert [len(plain[part]) for part in ("slots", "openings", "excursions", "alerts")] == [1, 2, 1, 1]
    assert (plain["name"], plain["household"], plain["made_at"]) == (
        "Ada Byron", 3, "2026-11-30T08:00:00.000Z",
    )  # fmt: skip


def test_what_somebody_wrote_does_not_steer_the_terminal() -> None:
    notes = (note("missed"), note("skipped", cause="person bea", said="\x1b[2J\x07gone"))
    text = render(report(slot(outcome="skipped", because="\x1b[31m"), notes=notes), "table")
    assert not [letter for letter in text if letter != "\n" and not letter.isprintable()]
