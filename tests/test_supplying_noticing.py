"""Is it told in time that tablets run out, expire, or lie unchecked or too long, and over when restocked?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from hub.care.entries import BoxFilled, Entry, Fact, FillChecked, PacksFetched
from hub.care.people import Supply
from hub.care.supplying.noticing import Notice, notices
from hub.care.supplying.outlook import Known
from hub.writing import entry_of
from tests.care_days import WEEK, at, household, regimen


def told(tablets: float, *facts: tuple[Fact, int], now: int, holidays: tuple[date, ...] = ()) -> list[Notice]:
    supply = Supply(tablets=tablets, counted_on=date(2026, 11, 22), pack=28, refills_left=0, lead_days=3)
    one = replace(regimen(times={"08:00": 1.0}), supply=supply)
    home = household(regimens=[one])
    home = replace(home, boxes={name: replace(box, second_check=True) for name, box in home.boxes.items()})
    entries: list[Entry] = [entry_of("ada", fact, by="bea", at_ms=when) for fact, when in facts]
    known = Known(
        household=home, patient="ada", entries=entries, intakes=(), slots=(), at=now, holidays=holidays
    )
    return list(notices(known))


def kinds(found: list[Notice]) -> list[str]:
    return [one.kind for one in found]


@pytest.mark.parametrize(
    ("tablets", "about"),
    [(30, None), (11, None), (10, "azathioprine 10"), (5, "azathioprine 5"), (0, "azathioprine 5")],
)
def test_it_is_told_at_ten_days_and_again_at_five(tablets: float, about: str | None) -> None:
    found = told(tablets, now=at("07:00", 23))
    assert [one.about for one in found] == ([] if about is None else [about])


def test_it_is_told_until_when_it_lasts_and_whom_to_ask_without_naming_it() -> None:
    [one] = told(10, now=at("07:00", 23))
    assert one.words.title == "Supply: a prescription is needed"
    assert one.words.body == (
        "By what was counted on 22 November, one medicine lasts through 2026-12-02. "
        "No refill is left, so a new prescription is needed: ask the doctor for it by 2026-11-27."
    )
    assert one.regimens == ("azathioprine",)


def test_when_the_last_safe_day_to_order_is_over_it_is_said_so() -> None:
    [one] = told(2, now=at("07:00", 23))
    assert one.words.body.endswith("ask the doctor for it now: the last safe day for it was 2026-11-19.")


def test_nothing_that_stands_where_strangers_read_names_a_medicine_a_regimen_or_an_amount() -> None:
    fact = BoxFilled(box="kitchen", compartments={"mon-am": {"azathioprine": 1}})
    packs = PacksFetched(regimen="azathioprine", tablets=3, expires=date(2026, 11, 24))
    found = told(1, (packs, at("06:00", 20)), (fact, at("06:00", 20)), now=at("07:00", 30))
    assert set(kinds(found)) == {"supply.low", "supply.outdated", "fill.old", "fill.unchecked"}
    for one in found:
        said = f"{one.words.title} {one.words.body}".lower()
        assert "azathioprine" not in said
        assert "tablet" not in said.replace("tablets outside the box", "")


def test_a_whole_fill_is_one_notice_and_not_one_for_each_compartment() -> None:
    week = {name: {"azathioprine": 1.0} for name in WEEK if name.endswith("-am")}
    filled = (BoxFilled(box="kitchen", compartments=week), at("06:00", 22))
    found = told(60, filled, now=at("07:00", 30))
    assert kinds(found) == ["fill.old", "fill.unchecked"]
    assert found[0].words.body == (
        "The Monday morning compartment and 6 more were filled at 06:00 on 22 November, by Bea; "
        "7 days are what is foreseen. In doubt, ask the doctor or the pharmacist."
    )


def test_what_was_filled_today_can_wait_for_its_second_look() -> None:
    fact = BoxFilled(box="kitchen", compartments={"mon-am": {"azathioprine": 1}})
    assert [one.can_wait for one in told(60, (fact, at("06:00", 22)), now=at("20:00", 22))] == [True]
    assert [one.can_wait for one in told(60, (fact, at("06:00", 22)), now=at("07:00", 23))] == [False]


def test_before_holidays_it_is_told_earlier() -> None:
    days = tuple(date(2026, 11, 26) + timedelta(days=number) for number in range(7))
    assert told(12, now=at("07:00", 23)) == []
    assert kinds(told(12, now=at("07:00", 23), holidays=days)) == ["supply.low"]


def test_restocking_ends_it() -> None:
    packs = PacksFetched(regimen="azathioprine", tablets=28)
    assert told(5, (packs, at("06:00", 23)), now=at("07:00", 23)) == []


def test_what_has_expired_is_told() -> None:
    packs = PacksFetched(regimen="azathioprine", tablets=28, expires=date(2026, 11, 24))
    assert told(40, (packs, at("06:00", 23)), now=at("07:00", 24)) == []
    assert kinds(told(40, (packs, at("06:00", 23)), now=at("07:00", 25))) == ["supply.outdated"]


def test_a_fill_is_told_until_a_second_person_has_looked_and_when_it_lies_too_long() -> None:
    fact = BoxFilled(box="kitchen", compartments={"mon-am": {"azathioprine": 1}})
    filled = (fact, at("06:00", 22))
    assert kinds(told(60, filled, now=at("07:00", 29))) == ["fill.unchecked"]
    assert kinds(told(60, filled, now=at("07:00", 30))) == ["fill.old", "fill.unchecked"]
    word = entry_of("ada", fact, by="bea", at_ms=at("06:00", 22)).entry
    own = (FillChecked(fill=word), at("06:10", 22))
    assert kinds(told(60, filled, own, now=at("07:00", 29))) == ["fill.unchecked"]


def test_a_fill_alone_tells_nothing_of_what_lies_outside_the_box() -> None:
    fact = BoxFilled(box="kitchen", compartments={"mon-am": {"azathioprine": 1}})
    packs = PacksFetched(regimen="azathioprine", tablets=3)
    home = household(regimens=[regimen(times={"08:00": 1.0})])

    def low(*facts: Fact) -> list[str]:
        entries = [entry_of("ada", one, by="bea", at_ms=at("06:00", 23)) for one in facts]
        known = Known(
            household=home, patient="ada", entries=entries, intakes=(), slots=(), at=at("07:00", 23)
        )
        return [one.words.body for one in notices(known) if one.kind == "supply.low"]

    assert low(fact) == []
    [body] = low(fact, packs)
    assert body.startswith("By what was fetched, one medicine lasts through 2026-11-26.")
