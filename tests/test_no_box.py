"""What becomes of a dose that lies in no box: is it reminded of, and is nobody told that it was missed?"""

from __future__ import annotations

from dataclasses import replace

from tests.care_days import MORNING, Keeper, at, household, regimen, stated


def started() -> Keeper:
    """Start a hub for a home whose one medicine lies in no box."""
    keeper = Keeper(household(regimens=[replace(regimen(times={"08:00": 1.0}), box=None)]))
    keeper.live(at("06:00"))
    return keeper


def test_a_dose_in_no_box_is_reminded_of_on_the_phone() -> None:
    keeper = started()
    keeper.live(at("08:00"))
    (said,) = [message for message in keeper.messages if message.kind == "reminder"]
    assert "lies in no box" in said.body
    assert "compartment" not in said.body


def test_a_dose_in_no_box_of_which_nobody_speaks_is_unobserved_and_never_missed() -> None:
    keeper = started()
    keeper.live(at("12:10"))
    assert [(note.outcome, note.because, note.cause) for note in keeper.notes] == [
        ("unobserved", "not_in_box", "silence")
    ]
    (alert,) = [one for one in keeper.alerts.values() if one.condition.startswith("dose.")]
    assert alert.box == "kitchen"
    assert "Nobody has said that the dose" in alert.body
    assert "missed" not in alert.body + alert.title


def test_a_dose_in_no_box_that_somebody_states_is_settled_and_raises_nothing() -> None:
    keeper = started()
    keeper.do(
        stated(at=at("08:20"), slot=MORNING, outcome="self_reported", by="ada", why="taken at breakfast")
    )
    keeper.live(at("12:10"))
    assert [note.outcome for note in keeper.notes] == ["self_reported"]
    assert not [one for one in keeper.alerts.values() if one.condition.startswith("dose.")]


def test_a_later_word_corrects_what_was_told_of_a_dose_in_no_box() -> None:
    keeper = started()
    keeper.live(at("12:10"))
    keeper.do(stated(at=at("12:30"), slot=MORNING, outcome="self_reported", by="bea", why="seen"))
    keeper.live(at("12:40"))
    (alert,) = [one for one in keeper.alerts.values() if one.condition.startswith("dose.")]
    assert alert.state == "resolved"
    assert any("Bea says that the dose due at" in message.body for message in keeper.messages)
    assert not any("elsewhere" in message.body for message in keeper.messages)
