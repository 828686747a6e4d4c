"""Which mistakes about the box's computer must its tests notice? Each changes one thing in shipped code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from controller.wire.health import BEGUN_BY
from controller.witness import health
from controller.witness.health import RULES, Health, Mark, Rule
from firmware.device import power
from hub.care import boxes
from hub.care.restamping import moved_by_ms
from hub.reporting import air
from tests import test_device_readers as readers
from tests import test_restamping as restamping
from tests import test_wellbeing as wellbeing
from tests import test_witness_health as witness
from tests.mistakes import Mistake, Spoil


def _rule(word: str, **changes: Any) -> Spoil:
    def spoil(patch: pytest.MonkeyPatch) -> None:
        patch.setitem(dict_of(RULES), word, replace(RULES[word], **changes))

    return spoil


def dict_of(rules: Mapping[str, Rule]) -> dict[str, Rule]:
    assert isinstance(rules, dict)
    return rules


def _silence_is_well(patch: pytest.MonkeyPatch) -> None:
    shipped = health._values

    def values(*asked: Any) -> list[tuple[str, float | None]]:
        return [
            (word, RULES[word].well if value is None and word != "card_wearing" else value)
            for word, value in shipped(*asked)
        ]

    patch.setattr(health, "_values", values)


def _forgets_at_a_restart(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(health, "begin", lambda known: Health())


def _counts_since_the_start(patch: pytest.MonkeyPatch) -> None:
    shipped = health._count_day

    def count(known: Health, mono_ms: int) -> tuple[Health, float | None]:
        day = known.day
        return shipped(replace(known, day=None if day is None else replace(day, value=0)), mono_ms)

    patch.setattr(health, "_count_day", count)


def _any_fall_is_a_discharge(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(health, "HOUR_MS", 10**12)


def _never_turns(patch: pytest.MonkeyPatch) -> None:
    shipped = health._follow_charge

    def follow(known: Health, mono_ms: int) -> tuple[Health, float | None]:
        after, slope = shipped(known, mono_ms)
        first = known.turn or after.turn
        return replace(
            after, turn=first if first is None else Mark(value=first.value, mono_ms=mono_ms)
        ), slope

    patch.setattr(health, "_follow_charge", follow)


def _nothing_ends(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(boxes, "BEGUN_BY", {})


def _ends_another(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(boxes, "BEGUN_BY", dict.fromkeys(BEGUN_BY, "disk_low"))


def _shown_time_is_true_time(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(air, "moved", lambda at, by_ms: at)


def _half_restamped(patch: pytest.MonkeyPatch) -> None:
    shipped = moved_by_ms
    patch.setattr(air, "moved_by_ms", lambda *two: None if (by := shipped(*two)) is None else by // 2)


def _only_now(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(power, "UNDER_VOLTAGE_BITS", 1)


MISTAKES: Mapping[str, Mistake] = {
    "hovers": Mistake(
        "A value that hovers about its limit is told again and again.",
        _rule("disk_low", well=10.5),
        lambda: witness.test_a_value_that_hovers_between_the_limits_tells_nothing("disk_low"),
    ),
    "one-look": Mistake(
        "One hot look is a hot processor.",
        _rule("cpu_hot", worse_after=1),
        witness.test_one_hot_reading_is_no_hot_processor,
    ),
    "silence-is-well": Mistake(
        "What cannot be measured is taken to be well.",
        _silence_is_well,
        lambda: witness.test_what_cannot_be_measured_neither_begins_nor_ends_anything("battery_low"),
    ),
    "restart": Mistake(
        "A restart tells everything anew.",
        _forgets_at_a_restart,
        witness.test_a_restart_tells_nothing_twice_and_still_ends_what_it_told_before,
    ),
    "since-start": Mistake(
        "What was written since the start is taken for what was written in a day.",
        _counts_since_the_start,
        witness.test_a_card_is_judged_by_what_was_written_in_the_day_and_not_since_it_started,
    ),
    "slow-fall": Mistake(
        "A full battery that sinks over days is on battery.",
        _any_fall_is_a_discharge,
        witness.test_a_full_battery_that_sinks_a_little_over_days_is_not_on_battery,
    ),
    "never-turns": Mistake(
        "A rise is counted from before the fall.",
        _never_turns,
        witness.test_a_charge_that_falls_is_a_box_on_its_battery_until_it_rises,
    ),
    "nothing-ends": Mistake(
        "The word that ends an ailment is one more ailment.",
        _nothing_ends,
        lambda: wellbeing.test_an_ailment_is_one_alert_that_its_other_word_ends("cpu_hot"),
    ),
    "ends-another": Mistake(
        "One end is the end of another.",
        _ends_another,
        wellbeing.test_two_ailments_are_two_alerts_and_end_apart,
    ),
    "only-now": Mistake(
        "A dip of the supply between two looks is forgotten.",
        _only_now,
        lambda: readers.test_the_answer_of_the_firmware_is_read_by_its_bits("throttled=0x10000", True),
    ),
    "shown-time": Mistake(
        "The time that a wrong clock showed is taken for the true one.",
        _shown_time_is_true_time,
        restamping.test_a_box_from_its_start_without_the_time_to_the_hub_that_knows_it,
    ),
    "half-restamped": Mistake(
        "A restamped reading stands at half its distance.",
        _half_restamped,
        restamping.test_a_box_from_its_start_without_the_time_to_the_hub_that_knows_it,
    ),
}
