"""Does looking change nothing, and is what somebody does about an alert done once and told truly?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.running.link import Arrived
from tests.hub_parts import DUE_MS, brief_home_toml, taken
from tests.hub_parts import event as an_event
from tests.parts import eventually
from tests.web_parts import EVENT, Home, home

HOUR_MS = 3_600_000


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Home]:
    with home(tmp_path) as found:
        yield found


def state(house: Home, alert: str) -> list[tuple[object, ...]]:
    return house.rows(f"SELECT state FROM alert WHERE alert = '{alert}'")


def test_a_page_says_what_was_observed_and_looking_changes_nothing(house: Home) -> None:
    alert = house.miss()
    before = house.dump()
    for path in (
        f"/alert/{house.token('show', 'bea', alert)}",
        f"/act/{house.token('act', 'bea', alert, 'acknowledge')}",
        f"/mine/{house.token('person', 'bea')}",
        "/health",
        "/",
    ):
        for _ in range(3):
            assert house.get(path).status == 200
    assert house.dump() == before
    said = house.get(f"/alert/{house.token('show', 'bea', alert)}")
    for words in ("Ada", "not opened", "Nobody has taken it on yet.", "I take care of it", "taken elsewhere"):
        assert words in said.words, words


def test_an_alert_is_taken_on_once_however_often_its_button_is_pressed(house: Home) -> None:
    alert = house.miss()
    path = house.get(f"/alert/{house.token('show', 'bea', alert)}").act("I take care of it")
    assert state(house, alert) == [("raised",)]
    first = house.post(path)
    assert first.status == 200
    assert "Noted: Bea has taken it on." in first.words
    assert state(house, alert) == [("acknowledged",)]
    after = house.dump()
    again = house.post(path)
    assert "This was noted already. Bea has taken it on." in again.words
    assert house.dump() == after


def test_a_promise_to_come_is_kept_with_its_time(house: Home) -> None:
    alert = house.miss()
    page = house.get(f"/alert/{house.token('show', 'bea', alert)}")
    said = house.post(page.act("On my way until 09:00"))
    assert "Noted: Bea has taken it on: on my way until 09:00." in said.words
    after = house.dump()
    assert "noted already" in house.post(page.act("On my way until 09:00")).words
    assert house.dump() == after


def test_a_promise_whose_time_is_past_is_no_promise(house: Home) -> None:
    alert = house.miss()
    token = house.token("act", "bea", alert, "coming", until_ms=DUE_MS - 1)
    before = house.dump()
    said = house.post(f"/act/{token}")
    assert (said.status, "that time is past" in said.words) == (409, True)
    assert house.dump() == before


def test_nobody_takes_an_alert_from_somebody_else_by_mistake(house: Home) -> None:
    alert = house.miss()
    blind = f"/act/{house.token('act', 'cem', alert, 'acknowledge')}"
    house.post(f"/act/{house.token('act', 'bea', alert, 'acknowledge')}")
    before = house.dump()
    said = house.post(blind)
    assert said.status == 409
    assert "Nothing was noted. Bea has taken it on." in said.words
    assert house.dump() == before
    over = house.post(said.act("Take over from Bea"))
    assert "Noted: Cem has taken it on. Bea is told of it." in over.words


def test_a_dose_taken_elsewhere_becomes_the_word_of_that_caregiver_once(house: Home) -> None:
    alert = house.miss()
    path = house.get(f"/alert/{house.token('show', 'bea', alert)}").act("taken elsewhere")
    said = house.post(path)
    assert "Noted: Bea says that the dose was taken elsewhere." in said.words
    assert house.rows("SELECT outcome FROM slot WHERE outcome IS NOT NULL") == [("self_reported",)]
    assert house.rows('SELECT "by" FROM entry') == [("bea",)]
    assert state(house, alert) == [("resolved",)]
    after = house.dump()
    again = house.post(path)
    assert "noted already: Bea says" in again.words
    assert "This alert is over" in again.words
    assert house.dump() == after


def test_an_alert_that_is_over_says_so_and_offers_nothing(house: Home) -> None:
    alert = house.miss()
    house.hub.inbox.put(Arrived(EVENT, an_event(2, taken()).encode(), 2, 1, 0))
    eventually(lambda: state(house, alert) == [("resolved",)])
    page = house.get(f"/alert/{house.token('show', 'bea', alert)}")
    assert "This alert is over since 08:00" in page.words
    assert "<button" not in page.text
    before = house.dump()
    said = house.post(f"/act/{house.token('act', 'bea', alert, 'acknowledge')}")
    assert (said.status, "Nothing was noted. This alert is over" in said.words) == (409, True)
    assert house.dump() == before


def test_ones_own_page_shows_every_open_alert_and_its_acts(house: Home) -> None:
    mine = f"/mine/{house.token('person', 'bea')}"
    assert "No alert is open." in house.get(mine).words
    alert = house.miss()
    page = house.get(mine)
    assert "not opened" in page.words
    assert "Ada" in page.words
    assert house.post(page.act("I take care of it")).status == 200
    assert state(house, alert) == [("acknowledged",)]


def test_a_caregiver_who_left_or_never_followed_sees_nothing(tmp_path: Path) -> None:
    grace = '\n[[patient]]\nid = "abe"\nname = "Ada"\ntimezone = "Europe/London"\n'
    stranger = '\n[[caregiver]]\nid = "dan"\nname = "Cem"\nwants = { abe = ["dose"] }\n'
    with home(tmp_path, household=brief_home_toml() + grace + stranger) as house:
        alert = house.miss()
        before = house.dump()
        for who in ("dan", "gone"):
            for path in (
                f"/alert/{house.token('show', who, alert)}",
                f"/act/{house.token('act', who, alert, 'acknowledge')}",
            ):
                said = house.post(path) if path.startswith("/act") else house.get(path)
                assert said.status == 404
                assert "You do not follow this patient" in said.words
                assert "not opened" not in said.words
        assert "not opened" not in house.get(f"/mine/{house.token('person', 'dan')}").words
        assert house.get(f"/mine/{house.token('person', 'gone')}").status == 404
        assert house.get(f"/alert/{house.token('show', 'bea', 'a-unknown')}").status == 404
        assert house.dump() == before


def test_the_patient_can_be_called_only_where_the_household_knows_a_number(
    tmp_path: Path, house: Home
) -> None:
    alert = house.miss()
    assert "tel:" not in house.get(f"/alert/{house.token('show', 'bea', alert)}").text
    text = brief_home_toml().replace('name = "Ada"\n', 'name = "Ada"\nphone = "+44 (20) 7946-0018"\n')
    with home(tmp_path / "other", household=text) as other:
        alert = other.miss()
        page = other.get(f"/alert/{other.token('show', 'bea', alert)}")
        assert 'href="tel:+442079460018"' in page.text
        assert "Call Ada" in page.words


def test_what_a_home_writes_is_text_on_a_page_and_never_markup(tmp_path: Path) -> None:
    text = brief_home_toml().replace('name = "Ada"', "name = \"<script>alert('x')</script>\"")
    with home(tmp_path, household=text) as house:
        alert = house.miss()
        for path in (f"/alert/{house.token('show', 'bea', alert)}", f"/mine/{house.token('person', 'bea')}"):
            page = house.get(path).text
            assert "<script" not in page
            assert "&lt;script&gt;" in page


def test_every_button_of_a_page_leads_to_this_hub_and_nothing_else_is_loaded(house: Home) -> None:
    alert = house.miss()
    page = house.get(f"/alert/{house.token('show', 'bea', alert)}").text
    for link in re.findall(r'(?:href|src|action)="([^"]+)"', page):
        assert link.startswith("/"), link
        assert not link.startswith("//"), link
    assert "<script" not in page
    assert " style=" not in page
