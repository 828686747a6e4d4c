"""Which mistakes of delivery must a test notice? Each changes one thing in the shipped code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pytest

from hub.care import boxes, troubles
from hub.care.happenings import BrokerLink
from hub.care.ledger import BoxRecord
from hub.care.page import Page
from hub.letters import canary, delivery, parcels, parting, postbox
from hub.letters.parcels import Pace, Waiting
from hub.reporting import load
from hub.running import watcher
from hub.store.sqlite.channels import SqliteChannels
from hub.store.sqlite.lease import SqliteLease
from tests import test_hub_hearing as hearing
from tests import test_hub_load as loads
from tests import test_letters_canary as canaries
from tests import test_letters_parcels as wrapping
from tests import test_letters_storms as storms
from tests import test_store_lease as leases
from tests import test_watcher as watching
from tests.hub_examples import alert_record
from tests.mistakes import Mistake, instead


def _every_letter_is_a_message(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(parcels, "LETTERS_MAX", 1)


def _help_waits_for_the_limit(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(parcels, "never_waits", lambda one: False)


def _failures_use_up_the_limit(patch: pytest.MonkeyPatch) -> None:
    def sent_since(self: SqliteChannels, to: str, channel: str, after_ms: int) -> list[int]:
        rows = self._rows("SELECT DISTINCT began_at FROM attempt WHERE began_at > ?", (after_ms,))
        return [row[0] for row in rows]

    patch.setattr(SqliteChannels, "sent_since", sent_since)


def _only_the_first_is_named(patch: pytest.MonkeyPatch) -> None:
    shipped = parcels.words_of
    patch.setattr(wrapping, "words_of", lambda parcel: shipped(parcel[:1]))


def _repeats_have_another_name(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(wrapping, "reference", lambda letter, attempt: f"[{letter.alert}/{attempt}]")


def _a_dose_gathers(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(parcels, "WAKING", ())


def _ripe_for_ever(one: Waiting, pace: Pace, at_ms: int) -> int:
    return at_ms


def _a_frozen_hub_goes_on(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SqliteLease, "_fence", lambda self: None)


def _broker_back_is_not_noticed(page: Page, link: BrokerLink) -> None:
    _shipped_link(page, replace(link, heard=False))


_shipped_link = troubles._broker_link


def _awaits_all(
    known: Iterable[BoxRecord], alerts: Sequence[object], started_at: int
) -> Iterable[tuple[int, str, str]]:
    for box in known:
        yield (box.heard_at or started_at) + boxes.SILENT_MS, "device.silent", box.box


_shipped_say = watcher.Watcher._say


def _all_is_well(self: watcher.Watcher, word: watcher.Word) -> None:
    _shipped_say(self, "success")


MISTAKES: Mapping[str, Mistake] = {
    "every letter is a message": Mistake(
        "Nine boxes without power are nine messages.",
        _every_letter_is_a_message,
        storms.test_nine_boxes_that_lose_their_power_are_one_message_and_one_when_they_are_back,
    ),
    "nothing gathers": Mistake(
        "Of nine boxes the first leaves alone and the others after it.",
        instead(parcels, "_ripe_at", _ripe_for_ever),
        storms.test_nine_boxes_that_lose_their_power_are_one_message_and_one_when_they_are_back,
    ),
    "help waits for the limit": Mistake(
        "A call for help in a storm waits for ten minutes.",
        _help_waits_for_the_limit,
        wrapping.test_a_call_for_help_waits_for_no_limit_and_is_not_buried_among_others,
    ),
    "a dose gathers": Mistake(
        "An alert about a dose waits for a minute as one about a box does.",
        _a_dose_gathers,
        wrapping.test_a_dose_leaves_at_once_and_takes_along_what_gathers,
    ),
    "failures use up the limit": Mistake(
        "A channel that is dead holds back what is to be tried again.",
        _failures_use_up_the_limit,
        storms.test_the_limit_counts_messages_and_not_letters_and_forgets_what_failed,
    ),
    "only the first is named": Mistake(
        "A letter counts as delivered in a message that does not name it.",
        _only_the_first_is_named,
        wrapping.test_several_letters_read_as_a_line_each,
    ),
    "repeats have another name": Mistake(
        "A receiver cannot tell a repeat from another letter.",
        _repeats_have_another_name,
        wrapping.test_a_repeat_bears_the_same_reference_and_another_letter_of_the_alert_another,
    ),
    "a channel that works again waits": Mistake(
        "What piled up behind a dead channel waits an hour after it works again.",
        instead(SqliteChannels, "hasten_channel", lambda self, *key: None),
        storms.test_a_channel_that_works_again_delivers_at_once_what_had_piled_up,
    ),
    "what became wrong is sent": Mistake(
        "A letter whose alert is over leaves in the company of others.",
        instead(postbox, "is_moot", lambda alert, letter: False),
        storms.test_a_letter_that_became_wrong_leaves_its_company_before_the_message_does,
    ),
    "a canary at night": Mistake(
        "A channel that was dead by day proves itself at night.",
        instead(delivery, "PATIENCE_MS", {}),
        canaries.test_a_canary_that_is_late_or_needless_is_not_sent,
    ),
    "a canary in an alarm": Mistake(
        "A canary comes between the alerts.",
        instead(canary, "CALM_MS", 0),
        canaries.test_no_canary_comes_while_a_letter_waits_or_an_alert_is_about,
    ),
    "a canary rings": Mistake(
        "A message that asks for nothing rings.",
        instead(parting, "CANARY", "another"),
        canaries.test_only_a_canary_is_sent_quietly,
    ),
    "a frozen hub goes on": Mistake(
        "A hub whose place is taken goes on sending.",
        _a_frozen_hub_goes_on,
        leases.test_no_two_hubs_ever_act_at_once_whoever_freezes_and_comes_back,
    ),
    "every box seems silent": Mistake(
        "Without its broker the hub alerts of each box.",
        instead(boxes, "awaited", _awaits_all),
        hearing.test_a_hub_without_its_broker_is_one_alert_for_nine_boxes_and_no_box_seems_silent,
    ),
    "a broker that is back is not noticed": Mistake(
        "The alert about the broker never ends.",
        instead(troubles, "_broker_link", _broker_back_is_not_noticed),
        hearing.test_a_hub_without_its_broker_is_one_alert_for_nine_boxes_and_no_box_seems_silent,
    ),
    "a mended channel stays trouble": Mistake(
        "The trouble of a channel outlasts its mending.",
        instead(postbox, "_mended", lambda turn, word: None),
        hearing.test_the_trouble_of_a_channel_is_over_with_the_first_message_it_takes,
    ),
    "the watcher hears that all is well": Mistake(
        "A hub without its broker or with a full disk says outside that all is well.",
        instead(watcher.Watcher, "_say", _all_is_well),
        watching.test_what_ails_for_less_than_a_minute_is_nobodys_trouble_and_then_fail_is_said_until_it_is_over,
    ),
    "what was mended is false": Mistake(
        "An alert that somebody acted on counts as one for nothing.",
        instead(loads, "is_false", lambda alert: alert.state == "resolved"),
        lambda: loads.test_false_is_what_was_corrected_or_went_before_anybody_took_it_on(
            loads.over(loads.taken_on(alert_record(**loads.SILENT))), False
        ),
    ),
    "a week is foretold from an hour": Mistake(
        "One alert in the first hour is said to be 168 a week.",
        instead(load, "DAY_MS", 1),
        loads.test_an_hour_of_records_foretells_no_week,
    ),
}
