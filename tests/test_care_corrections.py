"""Whose word stands? Corrections by named persons: appended, undoable, and above every sensor."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from hub.care.entries import Entry, TabletsCounted, in_force
from hub.care.happenings import EntryMade
from hub.care.ledger import OutcomeNote
from tests.care_days import EVENING, MORNING, Keeper, at, household, missed, stated, taken, undone


def started() -> Keeper:
    keeper = Keeper(household())
    keeper.do_at(at("06:00"))
    return keeper


def after_a_missed_morning() -> Keeper:
    keeper = started()
    keeper.send(at("14:01"), missed(MORNING))
    return keeper


@dataclass(frozen=True)
class Word:
    """The least that can be undone."""

    entry: str
    undoes: str | None = None


def test_an_undoing_takes_a_word_back_and_an_undoing_of_it_gives_it_again() -> None:
    keeper = after_a_missed_morning()
    pocket = stated(at=at("14:30"), slot=MORNING, outcome="self_reported", by="bea", why="at lunch with me")
    keeper.do(pocket)
    assert keeper.slots[MORNING].outcome == "self_reported"
    first = undone(pocket, at=at("14:40"), by="bea")
    keeper.do(first)
    slot = keeper.slots[MORNING]
    assert (slot.outcome, slot.because, slot.evidence) == ("missed", "window_watched", "none")
    keeper.do(undone(first, at=at("14:50"), by="cem"))
    slot = keeper.slots[MORNING]
    assert (slot.outcome, slot.evidence) == ("self_reported", "caregiver")
    assert len(slot.statements) == 3, "all of it is kept"


def test_every_change_by_a_person_is_noted_with_their_name() -> None:
    keeper = after_a_missed_morning()
    pocket = stated(at=at("14:30"), slot=MORNING, outcome="self_reported", by="bea")
    notes = [one for one in keeper.do(pocket) if isinstance(one, OutcomeNote)]
    back = undone(pocket, at=at("14:40"), by="cem")
    notes += [one for one in keeper.do(back) if isinstance(one, OutcomeNote)]
    assert [(note.outcome, note.cause) for note in notes] == [
        ("self_reported", "person bea"),
        ("missed", "person cem"),
    ]


def test_the_same_entry_again_changes_nothing() -> None:
    keeper = after_a_missed_morning()
    pocket = stated(at=at("14:30"), slot=MORNING, outcome="self_reported", by="bea")
    keeper.do(pocket)
    assert keeper.do(pocket) == ()
    back = undone(pocket, at=at("14:40"), by="bea")
    keeper.do(back)
    assert keeper.do(back) == ()


def test_what_the_box_says_while_a_word_stands_is_what_remains_when_it_is_undone() -> None:
    keeper = started()
    early = stated(at=at("07:30"), slot=MORNING, outcome="self_reported", by="ada")
    keeper.do(early)
    keeper.send(at("08:10"), taken(MORNING, at("08:10")))
    assert keeper.slots[MORNING].outcome == "self_reported"
    keeper.do(undone(early, at=at("08:20"), by="ada"))
    slot = keeper.slots[MORNING]
    assert (slot.outcome, slot.timing, slot.opened_at) == ("taken", "on_time", at("08:10"))


def test_a_word_that_is_undone_while_the_window_is_open_leaves_the_slot_to_the_box_again() -> None:
    keeper = started()
    early = stated(at=at("07:30"), slot=MORNING, outcome="skipped", by="bea")
    keeper.do(early)
    assert MORNING not in {slot.slot for slot in keeper.plans[-1].plan.slots}
    keeper.do(undone(early, at=at("07:40"), by="bea"))
    assert keeper.slots[MORNING].outcome is None
    assert MORNING in {slot.slot for slot in keeper.plans[-1].plan.slots}
    keeper.until(at("14:20"))
    assert keeper.slots[MORNING].outcome == "unconfirmed", "silence judges it as if nothing had been said"


def test_opened_by_mistake_is_no_intake_and_says_so() -> None:
    keeper = started()
    keeper.send(at("08:10"), taken(MORNING, at("08:10")))
    keeper.do(stated(at=at("08:30"), slot=MORNING, outcome="not_taken", by="bea", why="she only looked"))
    slot = keeper.slots[MORNING]
    assert (slot.outcome, slot.because) == ("skipped", "only_looked")


def test_undoing_a_word_that_excused_a_missed_dose_raises_its_alert_again() -> None:
    keeper = after_a_missed_morning()
    pocket = stated(at=at("14:30"), slot=MORNING, outcome="self_reported", by="bea")
    keeper.do(pocket)
    assert all(alert.state == "resolved" for alert in keeper.alerts_of(MORNING))
    keeper.do(undone(pocket, at=at("14:40"), by="bea"))
    assert [alert.kind for alert in keeper.alerts_of(MORNING) if alert.state != "resolved"] == ["dose.missed"]


def test_a_stranger_neither_says_nor_undoes_anything() -> None:
    keeper = after_a_missed_morning()
    pocket = stated(at=at("14:30"), slot=MORNING, outcome="self_reported", by="bea")
    keeper.do(pocket)
    assert keeper.do(undone(pocket, at=at("14:40"), by="mallory")) == ()
    assert keeper.do(stated(at=at("14:41"), slot=EVENING, outcome="skipped", by="mallory")) == ()
    counted = Entry(
        entry="e-9", patient="ada", at=0, by="mallory", fact=TabletsCounted(regimen="azathioprine", tablets=4)
    )
    assert keeper.do(EntryMade(at=at("14:42"), entry=counted)) == ()
    assert keeper.ledger.entries == ()


def test_an_entry_of_another_patient_changes_nothing() -> None:
    keeper = started()
    other = Entry(
        entry="e-9", patient="cem", at=0, by="bea", fact=TabletsCounted(regimen="azathioprine", tablets=4)
    )
    assert keeper.do(EntryMade(at=at("14:42"), entry=other)) == ()


def test_other_facts_are_kept_once_in_their_order() -> None:
    keeper = started()
    counts = [
        Entry(
            entry=f"e-{number}", patient="ada", at=at("09:00"), by="bea",
            fact=TabletsCounted(regimen="azathioprine", tablets=number),
        )
        for number in (4, 5)
    ]  # fmt: skip
    for entry in (*counts, counts[0]):
        keeper.do(EntryMade(at=at("09:00"), entry=entry))
    assert list(keeper.ledger.entries) == counts


@given(st.lists(st.integers(0, 20), max_size=20))
def test_what_is_in_force_never_holds_an_undoing_and_follows_from_the_last_word(targets: list[int]) -> None:
    written = [
        Word(entry=str(number), undoes=None if target % 2 or target // 2 >= number else str(target // 2))
        for number, target in enumerate(targets)
    ]
    counting = in_force(written)
    assert all(one.undoes is None for one in counting)
    assert list(counting) == sorted(counting, key=written.index)
    if written and written[-1].undoes is None:
        assert counting[-1] == written[-1], "nothing later can have undone the last word"
    # One more undoing of whatever was written last brings back what stood before it.
    assert in_force([*written, Word("x", undoes=written[-1].entry)] if written else []) == in_force(
        written[:-1]
    )
