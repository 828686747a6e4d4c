"""What becomes of a dose that lies in no box: is it reminded of, and is nobody told that it was missed?"""

from __future__ import annotations

from dataclasses import replace

from hub.announcing import published, taken_back
from hub.care.entries import Felt
from hub.care.happenings import EntryMade
from hub.writing import entry_of
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


def without_a_box() -> Keeper:
    """Start a hub for somebody who has no box at all, only a weekly injection from the fridge."""
    home = household(regimens=[replace(regimen(times={"08:00": 1.0}), box=None)])
    keeper = Keeper(replace(home, boxes={}))
    keeper.do_at(at("06:00"))
    return keeper


def test_who_has_no_box_is_no_less_cared_for() -> None:
    """An alert of a standing condition once needed a box to be published under, or nobody was told."""
    keeper = without_a_box()
    keeper.until(at("12:10"))
    (alert,) = keeper.alerts.values()
    assert (alert.kind, alert.box, alert.told) == ("dose.unobserved", "", ("bea",))
    felt = Felt(signs=("rash",))
    keeper.do(EntryMade(at=at("13:00"), entry=entry_of("ada", felt, by="ada", at_ms=at("13:00"))))
    assert keeper.alert("care.warning_sign").told[0] == "bea"


def test_an_alert_without_a_box_has_no_topic_and_is_told_to_people() -> None:
    keeper = without_a_box()
    keeper.until(at("12:10"))
    [alert] = keeper.alerts.values()
    assert published([alert]) == []
    assert taken_back([alert]) == []
    assert len(published([replace(alert, box="kitchen")])) == len(taken_back([replace(alert, box="kitchen")]))
    assert [said.to for said in keeper.messages if said.alert == alert.alert] == ["bea"]
