"""Are lids and amounts called as people call them, the same on both sides of the wire?"""

from __future__ import annotations

import pytest

from controller.wire.naming import lid_words, tablet_words
from controller.wire.plan import Amount
from hub.care.alerting.naming import amount_words, compartment_words


@pytest.mark.parametrize(
    ("tablets", "words"),
    [
        (0.5, "½ tablet"), (1, "1 tablet"), (1.5, "1½ tablets"), (2, "2 tablets"), (0.25, "¼ tablet"),
        (0.125, "⅛ tablet"), (2.875, "2⅞ tablets"), (0.0, "0 tablets"), (0.3, "0.3 tablets"),
    ],
)  # fmt: skip
def test_tablets_are_said_in_halves_quarters_and_eighths(tablets: float, words: str) -> None:
    assert tablet_words(tablets) == words
    assert amount_words([Amount(medicine="m", amount=tablets)]) == words


def test_a_lid_of_the_week_is_called_as_it_is_printed_and_another_has_no_words() -> None:
    assert lid_words("mon-am") == "Monday morning"
    assert lid_words("sun-pm") == "Sunday evening"
    assert lid_words("mon-morning") == "Monday morning"
    assert lid_words("tue-noon") == "Tuesday noon"
    assert lid_words("sat-evening") == "Saturday evening"
    assert lid_words("sun-night") == "Sunday night"
    assert lid_words("a1") is None
    assert lid_words("noon") is None
    assert compartment_words("sun-pm") == "Sunday evening compartment"
    assert compartment_words("a1") == "compartment a1"
