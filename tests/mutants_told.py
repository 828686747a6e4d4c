"""Which mistakes about what people told must a test notice? Each changes one thing in the shipped code."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial

import pytest

from hub.care.checking.occurrences import AHEAD
from hub.care.entries import Entry
from hub.care.ledger import AlertRecord
from hub.care.people import Household
from hub.reporting import gathering, plain, told, told_words
from hub.reporting.told import Answered, Period
from hub.store.port import Store
from hub.store.sqlite.store import open_store
from tests import test_hub_report as written
from tests import test_report_told as said
from tests.mistakes import Mistake, instead


def _at_a_hub(test: Callable[[Store], None]) -> None:
    with closing(open_store(None)) as store:
        said.begin(store)
        test(store)


def _every_alert_is_its_own(patch: pytest.MonkeyPatch) -> None:
    shipped = told._answers

    def answers(
        household: Household | None,
        patient: str,
        entries: tuple[Entry, ...],
        alerts: Iterable[AlertRecord],
        period: Period,
    ) -> Iterator[Answered]:
        known = tuple(alerts)
        for one in shipped(household, patient, entries, known, period):
            yield replace(one, alert=next(iter(known), None))

    patch.setattr(told, "_answers", answers)


MISTAKES: Mapping[str, Mistake] = {
    "what was undone is gone": Mistake(
        breaks="A sign that was taken back looks as if nobody had taken it back.",
        spoil=instead(told, "undone_by", lambda entries: {}),
        noticed_by=said.test_what_was_taken_back_is_still_said_with_who_took_it_back_and_why,
    ),
    "a fever is no sign": Mistake(
        breaks="A fever above what the leaflet says stands among the mild things.",
        spoil=instead(told, "signs_reported", lambda felt, signs: list(felt.signs)),
        noticed_by=partial(
            said.test_a_fever_is_said_with_its_value_and_is_a_sign_above_what_the_leaflet_says, 38.6, True
        ),
    ),
    "any alert answers": Mistake(
        breaks="The answer to one alert is shown as that to another.",
        spoil=_every_alert_is_its_own,
        noticed_by=said.test_the_alert_of_another_check_in_is_not_taken_for_the_one_of_this,
    ),
    "nothing is ever over": Mistake(
        breaks="A hold of last month is in this week's report.",
        spoil=instead(Period, "touches", lambda self, begins, until: True),
        noticed_by=partial(said.test_a_hold_is_in_every_period_it_touches, 20, 22, False),
    ),
    "a hold has an end": Mistake(
        breaks="A hold that nobody has ended is left out.",
        spoil=instead(Period, "touches", lambda self, begins, until: until is not None),
        noticed_by=said.test_a_hold_says_who_ordered_it_why_and_that_it_lasts_until_somebody_resumes_it,
    ),
    "only what was due can be done": Mistake(
        breaks="A blood test taken ahead of its date is not in the report.",
        spoil=instead(told, "AHEAD", AHEAD * 0),
        noticed_by=said.test_a_check_done_ahead_of_its_time_counts_where_it_took_place,
    ),
    "everybody is the patient": Mistake(
        breaks="What a caregiver said for the patient is said to be the patient's word.",
        spoil=instead(told_words, "_name", lambda report, who: "Ada"),
        noticed_by=said.test_an_answer_stands_with_its_date_in_its_own_words_and_with_who_said_it,
    ),
    "a temperature twice": Mistake(
        breaks="A temperature stands there twice, as a number and as an answer.",
        spoil=instead(told_words, "measured", lambda degrees_c: ""),
        noticed_by=partial(
            said.test_a_fever_is_said_with_its_value_and_is_a_sign_above_what_the_leaflet_says, 37.7, False
        ),
    ),
    "the report forgets what was told": Mistake(
        breaks="The sections are built and nobody fills them.",
        spoil=instead(gathering, "_told", lambda store, whose, period: told.Told()),
        noticed_by=partial(
            _at_a_hub, said.test_a_warning_sign_goes_from_the_answer_to_the_report_with_who_took_it_on
        ),
    ),
    "a line break in a cell": Mistake(
        breaks="A spreadsheet cannot read a report in which somebody pressed return.",
        spoil=instead(plain, "plain_text", str),
        noticed_by=written.test_what_somebody_wrote_over_two_lines_stays_in_one_row_of_a_spreadsheet,
        also=(csv.Error,),
    ),
}
