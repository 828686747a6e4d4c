"""Which mistakes about the supply must a test notice? Each changes one thing in the shipped code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from controller.wire.envelope import Envelope
from controller.wire.events import RefillDone
from hub.care import home, standing
from hub.care.alerting.words import supply_wording
from hub.care.alerting.words.wording import Words
from hub.care.page import Page
from hub.care.supplying import intakes, moves, refills, telling
from hub.care.supplying.noticing import Notice
from hub.care.supplying.refilling import take_refill
from hub.intake import memory, turn
from tests import test_supply_alerts as alerts
from tests import test_supplying_intakes as sums
from tests import test_supplying_refilling as refilling
from tests import test_supplying_refills as left
from tests.mistakes import Mistake, instead


def _names_the_medicine(patch: pytest.MonkeyPatch) -> None:
    shipped = standing._noticed

    def noticed(notice: Notice) -> standing.Condition:
        words = Words(notice.words.title, f"{notice.regimens[0]}: {notice.words.body}")
        return shipped(replace(notice, words=words))

    patch.setattr(standing, "_noticed", noticed)


def _stands_when_it_was_heard(page: Page, envelope: Envelope, refill: RefillDone) -> None:
    stamp = replace(envelope.stamp, clock="untrusted")
    take_refill(page, replace(envelope, stamp=stamp), refill)


def _every_open_lid_is_filled(page: Page, envelope: Envelope, refill: RefillDone) -> None:
    take_refill(page, envelope, replace(refill, filled=refill.opened))


MISTAKES: Mapping[str, Mistake] = {
    "told at night": Mistake(
        breaks="Caregivers are woken for what can wait until the morning.",
        spoil=instead(telling, "is_day", lambda page: True),
        noticed_by=alerts.test_nobody_is_woken_for_it_and_a_hub_that_starts_at_night_waits_for_the_morning,
    ),
    "over at five days": Mistake(
        breaks="With five days left people are told that it is over.",
        spoil=instead(standing, "taken_over", lambda notice: ""),
        noticed_by=alerts.test_at_five_days_it_is_said_anew_although_somebody_had_taken_it_on_at_ten,
    ),
    "named at the broker": Mistake(
        breaks="A retained message names the regimen.",
        spoil=_names_the_medicine,
        noticed_by=alerts.test_what_may_be_read_by_strangers_names_no_medicine_and_the_letter_does,
    ),
    "named nowhere": Mistake(
        breaks="The letter does not say which medicine runs out.",
        spoil=instead(supply_wording, "of_medicine", lambda name, strength: ""),
        noticed_by=alerts.test_what_may_be_read_by_strangers_names_no_medicine_and_the_letter_does,
    ),
    "no holidays": Mistake(
        breaks="The core is not told the holidays.",
        spoil=instead(memory, "_holidays", lambda *words: frozenset()),
        noticed_by=alerts.test_the_hub_knows_the_holidays_only_where_somebody_has_counted,
    ),
    "forgets at the start": Mistake(
        breaks="After a start what was taken long ago counts as still there.",
        spoil=instead(turn, "past_intakes", lambda store, ledger: ()),
        noticed_by=alerts.test_a_hub_that_starts_takes_off_what_was_taken_long_ago,
    ),
    "forgets what leaves": Mistake(
        breaks="A slot that leaves the ledger gives its tablets back.",
        spoil=instead(intakes, "_with", lambda ledger, more: ledger.past),
        noticed_by=alerts.test_of_intakes_long_ago_only_their_sum_stays_in_mind_and_the_stock_stays_the_same,
    ),
    "sums over entries": Mistake(
        breaks="Intakes before and after a count are put together.",
        spoil=instead(intakes, "bisect_right", lambda edges, at: 0),
        noticed_by=sums.test_the_stock_from_sums_is_the_stock_from_each_intake,
    ),
    "counted twice": Mistake(
        breaks="A fill that the box saw and a person took down is laid in twice.",
        spoil=instead(moves, "told_once", tuple),
        noticed_by=refilling.test_what_a_person_takes_down_of_the_same_time_counts_instead_lid_by_lid,
    ),
    "a fill at the wrong time": Mistake(
        breaks="A fill heard of late lies in the box after the intakes out of it.",
        spoil=instead(home, "take_refill", _stands_when_it_was_heard),
        noticed_by=refilling.test_a_fill_heard_of_late_lies_where_it_happened,
    ),
    "an open lid is a fill": Mistake(
        breaks="A refill that nobody was guided through counts as a fill.",
        spoil=instead(home, "take_refill", _every_open_lid_is_filled),
        noticed_by=refilling.test_a_refill_that_the_box_did_not_guide_lays_nothing_in,
    ),
    "fewer than none": Mistake(
        breaks="The refills fall below none.",
        spoil=instead(refills, "max", lambda least, found: found, hides_builtin=True),
        noticed_by=left.test_refills_are_never_less_than_none_and_the_stock_stays_what_moved_it,
    ),
    "a refill is lost": Mistake(
        breaks="A fetching that was undone still takes a refill.",
        spoil=instead(refills, "in_force", tuple),
        noticed_by=left.test_without_a_refill_a_prescription_is_needed_until_the_fetching_is_undone,
    ),
}
