"""When is it said that somebody has stopped taking a medicine? Days in a row, and only what was seen."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.instants import DAY_MS
from hub.care.ledger import AlertRecord
from hub.care.people import Hold
from tests.care_days import EVENING, Keeper, at, household, missed, regimen, stated, taken, unobserved

DAYS = ("2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26")


def mornings(keeper: Keeper, *outcomes: str) -> None:
    """Let the mornings of some days end, each by its word; every evening is left unseen."""
    keeper.do_at(at("06:00"))
    for number, (day, outcome) in enumerate(zip(DAYS, outcomes, strict=False)):
        slot, then = f"azathioprine/{day}/08:00", number * DAY_MS
        match outcome:
            case "taken":
                keeper.send(at("08:10") + then, taken(slot, at("08:10") + then))
            case "missed":
                keeper.send(at("14:01") + then, missed(slot))
            case _:
                keeper.send(at("14:01") + then, unobserved(slot))
        keeper.send(at("23:59") + then, unobserved(f"azathioprine/{day}/20:00"))


def stopped(keeper: Keeper) -> list[str]:
    return [
        alert.state
        for alert in keeper.ledger.alerts.values()
        if alert.kind == "dose.stopped" and alert.state != "resolved"
    ]


def test_three_dates_in_a_row_without_an_intake_are_told_once() -> None:
    keeper = Keeper(household())
    mornings(keeper, "missed", "missed")
    assert stopped(keeper) == []
    keeper.send(at("14:01") + 2 * DAY_MS, missed("azathioprine/2026-11-25/08:00"))
    assert len(stopped(keeper)) == 1
    keeper.send(at("14:01") + 3 * DAY_MS, missed("azathioprine/2026-11-26/08:00"))
    assert len(stopped(keeper)) == 1


def test_an_intake_ends_the_row_and_the_alert() -> None:
    keeper = Keeper(household())
    mornings(keeper, "missed", "missed", "missed")
    assert stopped(keeper)
    then = 3 * DAY_MS
    keeper.send(at("08:05") + then, taken("azathioprine/2026-11-26/08:00", at("08:05") + then))
    assert stopped(keeper) == []


def test_a_taken_date_in_between_is_no_row() -> None:
    keeper = Keeper(household())
    mornings(keeper, "missed", "taken", "missed", "missed")
    assert stopped(keeper) == []


def test_what_could_not_be_seen_neither_counts_nor_ends_the_row() -> None:
    keeper = Keeper(household())
    mornings(keeper, "missed", "unseen", "missed", "unseen")
    assert stopped(keeper) == []
    keeper.send(at("14:01") + 4 * DAY_MS, missed("azathioprine/2026-11-27/08:00"))
    assert stopped(keeper)


def test_a_pocket_dose_that_is_told_later_ends_it() -> None:
    keeper = Keeper(household())
    mornings(keeper, "missed", "missed", "missed")
    now = at("09:00") + 3 * DAY_MS
    keeper.do(stated(at=now, slot="azathioprine/2026-11-25/08:00", outcome="self_reported", by="bea"))
    assert stopped(keeper) == []


def test_it_is_still_known_after_a_restart_and_says_what_was_observed() -> None:
    keeper = Keeper(household())
    mornings(keeper, "missed", "missed", "missed")
    (alert,) = [one for one in keeper.ledger.alerts.values() if one.kind == "dose.stopped"]
    assert "None of the 3 doses due from" in alert.body
    assert "Of 2 more we cannot say." in alert.body
    assert "The leaflet says" in alert.body or "ask the doctor" in alert.body
    again = keeper.restarted()
    again.do_at(at("09:00") + 3 * DAY_MS)
    assert len(stopped(again)) == 1
    assert EVENING in again.slots


def fading(keeper: Keeper) -> list[AlertRecord]:
    return [
        alert
        for alert in keeper.ledger.alerts.values()
        if alert.kind == "dose.fading" and alert.state != "resolved"
    ]


def week(keeper: Keeper, outcomes: str, *, first: int = 23) -> None:
    """Let mornings end, a letter each: t(aken), m(issed), u(nseen). Evenings are in no plan."""
    keeper.do_at(at("06:00"))
    for number, outcome in enumerate(outcomes):
        day = first + number
        slot, opens = f"azathioprine/2026-11-{day}/08:00", at("08:10", day)
        match outcome:
            case "t":
                keeper.send(opens, taken(slot, opens))
            case "m":
                keeper.send(at("14:01", day), missed(slot))
            case _:
                keeper.send(at("14:01", day), unobserved(slot))


def mornings_only(holds: tuple[Hold, ...] = ()) -> Keeper:
    return Keeper(household(regimens=[regimen(times={"08:00": 0.5}, holds=holds)]))


def test_a_week_of_which_less_than_half_was_taken_is_told_once_with_what_was_seen() -> None:
    keeper = mornings_only()
    week(keeper, "tmmtmm")
    assert [alert.title for alert in fading(keeper)] == ["2 of 6 doses taken in 7 days"]
    assert "as far as the box and people say." in fading(keeper)[0].body
    keeper.send(at("14:01", 29), missed("azathioprine/2026-11-29/08:00"))
    # Three in a row are the other alert: one condition is told once.
    assert (fading(keeper), len(stopped(keeper))) == ([], 1)


def test_half_of_a_week_is_not_fading_and_a_few_doses_say_nothing() -> None:
    for outcomes in ("tmtmtm", "mmtmm", "tttttt", "mtmtmt"):
        keeper = mornings_only()
        week(keeper, outcomes)
        assert fading(keeper) == [], outcomes


def test_what_nobody_saw_neither_fades_nor_hides_that_it_does() -> None:
    keeper = mornings_only()
    week(keeper, "muumuut")
    assert fading(keeper) == []
    evenings_too = Keeper(household())
    week(evenings_too, "tmmtmmt")
    for day in range(23, 30):
        evenings_too.send(at("23:59", day) + 7 * DAY_MS, unobserved(f"azathioprine/2026-11-{day}/20:00"))
    assert fading(evenings_too) == []


def test_it_is_over_at_two_thirds_and_not_one_dose_earlier() -> None:
    """It would else be told and taken back day by day by somebody who takes every second dose."""
    keeper = mornings_only()
    week(keeper, "mmtmmt")
    assert len(fading(keeper)) == 1
    states = []
    for number in range(5):
        opens = at("08:10", 29) + number * DAY_MS
        day = date(2026, 11, 29) + timedelta(days=number)
        keeper.send(opens, taken(f"azathioprine/{day}/08:00", opens))
        states.append(bool(fading(keeper)))
    # 3 of 7, then 4 of 7 (mtmmttt…), 5 of 7 and more.
    assert states == [True, True, False, False, False]


def test_days_of_a_pause_are_not_days_without_an_intake() -> None:
    hold = Hold(begins=date(2026, 11, 24), until=date(2026, 11, 29), by="clinic", why="an infection")
    keeper = mornings_only((hold,))
    week(keeper, "m")
    keeper.live(at("23:00", 29))
    assert (fading(keeper), stopped(keeper)) == ([], [])


@settings(max_examples=60, deadline=None)
@given(outcomes=st.text("tmu", min_size=1, max_size=7), place=st.integers(0, 6))
def test_a_dose_more_that_was_taken_never_makes_it_fade(outcomes: str, place: int) -> None:
    """Law: taking is never told as fading; what was missed is never hidden by missing more."""
    before, after = mornings_only(), mornings_only()
    better = outcomes[: place % len(outcomes)] + "t" + outcomes[place % len(outcomes) + 1 :]
    week(before, outcomes)
    week(after, better)
    told, told_after = bool(fading(before) or stopped(before)), bool(fading(after) or stopped(after))
    known = [letter for letter in better if letter != "u"]
    few = known.count("t") * 2 < len(known) and len(known) >= 6
    assert told_after <= (told or few)
    assert not fading(after) or few
