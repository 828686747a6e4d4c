"""Which mistakes about what people read must a test notice? Each changes one thing in the shipped code."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from hub.care import standing
from hub.care.alerting import alerts, privacy, telling
from hub.care.alerting.naming import compartment_words
from hub.care.alerting.words import brief_wording, people_wording, supply_wording, wording
from hub.household import reading
from hub.letters import parting
from hub.running import distress
from tests import test_honest_wording as honest
from tests import test_private_home as home
from tests import test_private_text as private
from tests.mistakes import Mistake, instead


def _in_a_folder(test: Callable[[Path], None]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        test(Path(folder))


_shipped_end = telling.tell_end

MISTAKES: Mapping[str, Mistake] = {
    "everything everywhere": Mistake(
        breaks="Names and medicines light up on a locked phone.",
        spoil=instead(privacy, "reads_in_full", lambda person, channel: True),
        noticed_by=private.test_an_address_that_was_changed_meanwhile_decides_as_it_is_now,
    ),
    "what is not known is trusted": Mistake(
        breaks="An address of a kind that nobody has judged gets everything.",
        spoil=instead(privacy, "ELSEWHERE", replace(privacy.ELSEWHERE, is_own=True)),
        noticed_by=partial(
            private.test_the_kind_of_an_address_decides, "newest://of/all", "elsewhere", False
        ),
    ),
    "the hub does not choose": Mistake(
        breaks="What leaves a running hub is always the full text.",
        spoil=instead(parting, "text_for", lambda household, message: message.body),
        noticed_by=partial(_in_a_folder, home.test_a_hub_of_before_names_nobody_where_it_did),
    ),
    "a hub in distress names the box": Mistake(
        breaks="A hub that cannot record tells a locked phone whose box it is.",
        spoil=instead(distress, "reads_in_full", lambda person, channel: True),
        noticed_by=home.test_a_hub_that_cannot_record_names_no_box_where_others_may_read,
    ),
    "the full text in brief": Mistake(
        breaks="The brief text of an alert is its full one.",
        spoil=instead(brief_wording, "alerted", lambda alert, moment, told: alert.body),
        noticed_by=partial(
            private.test_no_kind_of_alert_names_anybody_where_others_may_read, "dose.missed"
        ),
    ),
    "a family name": Mistake(
        breaks="A caregiver's name gives away the patient's.",
        spoil=instead(
            telling, "_others", lambda page, people: [telling.name_of(page, who) for who in people]
        ),
        noticed_by=private.test_whose_name_gives_the_patients_away_is_another_caregiver_there,
    ),
    "a correction that corrects nothing": Mistake(
        breaks="The brief correction does not say what is so.",
        spoil=instead(brief_wording, "healed", lambda slot, moment, by_person: ""),
        noticed_by=private.test_a_correction_says_there_too_what_is_so,
    ),
    "a lid on a locked phone": Mistake(
        breaks="A brief reminder names the compartment.",
        spoil=instead(
            brief_wording, "reminder", lambda slot, moment, amounts: compartment_words(slot.compartment)
        ),
        noticed_by=private.test_a_reminder_on_a_locked_phone_names_no_lid_and_says_that_the_box_shows_it,
    ),
    "an alias that is a name": Mistake(
        breaks="A home may choose an alias that holds the patient's name.",
        spoil=instead(reading, "read_alias", lambda table: "Mrs Ada"),
        noticed_by=partial(
            home.test_a_slip_about_who_may_read_what_is_named_with_its_line,
            home.with_ada('alias = "Mrs Ada"'), "which holds a word of the name",
        ),
    ),
    "not over is over": Mistake(
        breaks="That a supply is said anew reads as if it were over.",
        spoil=instead(
            standing, "said_anew", lambda title: replace(supply_wording.said_anew(title), brief="")
        ),
        noticed_by=honest.test_what_is_said_anew_is_called_over_nowhere,
    ),
    "one is corrected": Mistake(
        breaks="Only the first of those who were told hears that it was otherwise.",
        spoil=instead(
            alerts, "tell_end", lambda page, alert, end, to: _shipped_end(page, alert, end, list(to)[:1])
        ),
        noticed_by=honest.test_a_correction_goes_to_exactly_those_who_were_told,
    ),
    "everybody is corrected": Mistake(
        breaks="A correction goes to people who had heard of nothing.",
        spoil=instead(alerts, "concerned", lambda alert: ("bea", "cem")),
        noticed_by=honest.test_a_correction_goes_to_exactly_those_who_were_told,
    ),
    "who knows is not said": Mistake(
        breaks="Nobody reads who has been told before them.",
        spoil=instead(people_wording, "told_already", lambda names: ""),
        noticed_by=partial(
            honest.test_whoever_is_told_later_reads_who_was_told_before_and_that_nobody_has_answered,
            "dose.missed",
        ),
    ),
    "surer than the box": Mistake(
        breaks="A missed dose reads as if nothing could have been taken from elsewhere.",
        spoil=instead(wording, "ELSEWHERE", ""),
        noticed_by=partial(
            honest.test_every_alert_says_what_was_seen_since_when_how_surely_and_what_may_be_done,
            "dose.missed",
        ),
    ),
}  # fmt: skip
