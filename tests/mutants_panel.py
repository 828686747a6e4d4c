"""Which mistakes about signs, lights, sounds and sentences must a test notice?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from controller.wire.plan import Plan
from controller.witness.telling import panel, speaking, standing, tremor
from controller.witness.telling.hours import Hours
from firmware.hat import glyphs, matrix
from firmware.ports import Lamp
from firmware.show import patterns, tunes
from firmware.show.patterns import Pattern
from hub.care import enrolment, holding
from hub.care.ledger import SlotRecord
from tests import test_held_lids as held
from tests import test_matrix as points
from tests import test_panel_answers as answers
from tests import test_panel_hours as hours
from tests import test_panel_pictures as pictures
from tests import test_show as lights
from tests import test_supply_alerts as supply
from tests import test_tunes as sounds
from tests import test_witness_panel as signs
from tests.mistakes import Mistake, instead


def _only_its_window(slots: list[SlotRecord], until: int) -> Iterator[tuple[int, int]]:
    return ((slot.opens_at, slot.closes_at) for slot in slots if slot.status == "held")


def _dims_whatever_calls(self: Hours, at: int, *, calls: bool) -> bool:
    return self.dimmed is not None and self.dimmed.holds(self._minute(at))


def _late_is_drawn_as_wrong(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(glyphs.SIGNS, "late", glyphs.SIGNS["wrong"].replace("r", "a"))


MISTAKES: Mapping[str, Mistake] = {
    "wakes for what stands": Mistake(
        breaks="The home is woken because the supply runs low.",
        spoil=instead(Hours, "is_silent", lambda self, at: False),
        noticed_by=hours.test_by_night_it_waits_for_the_morning,
    ),
    "every flap sounds": Mistake(
        breaks="A weak radio sounds every time it comes back and goes.",
        spoil=instead(standing, "AGAIN_MS", 0),
        noticed_by=hours.test_a_condition_that_ends_and_begins_again_soon_is_not_sounded_again,
    ),
    "cuts a reminder off": Mistake(
        breaks="The tune of a dose is cut off by one that can wait.",
        spoil=instead(standing, "APART_MS", 0),
        noticed_by=hours.test_no_standing_sound_cuts_a_reminder_off_or_follows_it_at_once,
    ),
    "dims a dose": Mistake(
        breaks="A dose that is due at night is dimmed with all the rest.",
        spoil=instead(Hours, "is_dimmed", _dims_whatever_calls),
        noticed_by=hours.test_a_dose_that_is_due_is_never_dimmed_by_the_night,
    ),
    "counts every shake": Mistake(
        breaks="A hand that shakes begins a refill and ends it.",
        spoil=instead(tremor, "SHAKE_MS", 0),
        noticed_by=lambda: answers.test_a_hand_that_shakes_does_not_begin_and_end_a_refill(answers.begun()),
    ),
    "names what lies there": Mistake(
        breaks="The medicine is said aloud to whoever is in the room.",
        spoil=instead(speaking, "due_aloud", lambda due, *, late: due[0].slot),
        noticed_by=lambda: answers.test_a_reminder_says_which_lid_and_never_what_lies_in_it(answers.begun()),
    ),
    "forgets what is on hold": Mistake(
        breaks="A lid on hold says only that nothing is planned there.",
        spoil=instead(Plan, "holds_back", lambda self, compartment, at: False),
        noticed_by=held.test_a_lid_on_hold_says_so_when_it_is_opened_and_whom_to_ask,
    ),
    "on hold for its window only": Mistake(
        breaks="An hour after the time of a held dose its tablets are on hold no more.",
        spoil=instead(holding, "_spans", _only_its_window),
        noticed_by=held.test_a_lid_is_on_hold_from_the_last_dose_before_it_to_the_first_after_it,
    ),
    "keeps the low supply to itself": Mistake(
        breaks="The box never hears that the supply runs low.",
        spoil=instead(enrolment, "is_supply_low", lambda page: False),
        noticed_by=supply.test_the_box_is_told_as_long_as_people_are,
    ),
    "late in the light of due": Mistake(
        breaks="A late dose is lit like one that is due.",
        spoil=instead(panel, "LATE_LAMP", Lamp(colour="amber", light="double_blink")),
        noticed_by=lambda: signs.test_a_late_slot_is_amber_and_says_so_with_its_sign(answers.begun()),
    ),
    "told by colour alone": Mistake(
        breaks="Late is told from wrong only by eyes that see red.",
        spoil=_late_is_drawn_as_wrong,
        noticed_by=pictures.test_every_two_states_are_told_apart_without_any_colour,
    ),
    "dim is dark": Mistake(
        breaks="At night the matrix gives no light at all.",
        spoil=instead(matrix, "LEAST", 8),
        noticed_by=points.test_every_colour_still_gives_light_when_it_is_dimmed,
    ),
    "flashes": Mistake(
        breaks="A warning flashes five times in a second.",
        spoil=lambda patch: patch.setitem(patterns.BLINKS, "fast_blink", Pattern((100, 100))),
        noticed_by=lambda: lights.test_no_light_flashes_three_times_in_any_second("fast_blink"),
    ),
    "one tune for two": Mistake(
        breaks="Too warm and too damp sound alike to an ear without pitch.",
        spoil=lambda patch: patch.setitem(tunes.RHYTHMS, "hot", tunes.RHYTHMS["damp"]),
        noticed_by=lambda: sounds.test_two_tunes_differ_in_two_beats_at_least_whatever_their_pitch(
            "hot", "damp"
        ),
    ),
}
