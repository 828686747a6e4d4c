"""Can a home say who may read what, and does a hub send to every channel only what may be read there?"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from controller.wire.events import HelpRequested
from hub.config import read_config
from hub.errors import HouseholdRefused
from hub.household import household_toml, parse_household
from hub.household.saying import entries
from hub.letters.notify import Letter
from hub.running.distress import Distress
from hub.running.link import Arrived
from hub.running.run import Hub
from hub.store.sqlite.store import open_store
from tests.home_examples import EXAMPLE_TEXT
from tests.hub_parts import event, home_toml, installed
from tests.parts import free_port
from tests.test_hub_distress import EVENT, NotedNotifier, arrived, hub_without_a_broker

HELP = event(1, HelpRequested(because="button"))
BEA = 'sms = "json://sms.invalid/bea" }   # Apprise addresses\n'
ADA = 'name = "Ada"\n'


class StillNotifier(NotedNotifier):
    """Takes letters in a hub that turns."""

    def tend(self) -> None:
        """Nothing hangs."""


def of_before(text: str) -> str:
    """Return a home of before: nothing in it says who may read what."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("full_text"))


def with_bea(line: str) -> str:
    assert BEA in EXAMPLE_TEXT
    return EXAMPLE_TEXT.replace(BEA, f"{BEA}{line}\n", 1)


def with_ada(line: str) -> str:
    assert ADA in EXAMPLE_TEXT
    return EXAMPLE_TEXT.replace(ADA, f"{ADA}{line}\n", 1)


@pytest.mark.parametrize(("text", "said"), [
    (with_bea('full_text = ["pusch"]'), "caregiver[bea].full_text[1] is 'pusch', not a channel"),
    (with_bea('full_text = "push"'), "caregiver[bea].full_text is the text 'push', not a list"),
    (with_bea("full_text = [1]"), "caregiver[bea].full_text[1] is a number, not text"),
    (with_ada('full_text = ["push"]'), "patient[ada].full_text[1] is 'push', not a channel"),
    (with_ada('alias = "Mrs Ada"'), "patient[ada].alias is 'Mrs Ada', which holds a word of the name"),
    (with_ada('alias = "(ADA)"'), "which holds a word of the name"),
    (with_ada('alias = " "'), "patient[ada].alias is empty"),
])  # fmt: skip
def test_a_slip_about_who_may_read_what_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(HouseholdRefused) as refused:
        parse_household(text, file="home.toml")
    assert said in str(refused.value)
    assert "line " in str(refused.value)


def test_what_the_home_chose_is_written_back_and_an_empty_choice_is_one_too() -> None:
    chosen = with_ada('alias = "Room 4"\nfull_text = ["phone"]').replace(BEA, f"{BEA}full_text = []\n")
    home = parse_household(chosen)
    ada = home.patients["ada"]
    assert (ada.alias, ada.full_text) == ("Room 4", ("phone",))
    assert home.caregivers["bea"].full_text == ()
    assert parse_household(household_toml(home)) == home


def test_a_home_of_before_is_read_as_it_was() -> None:
    home = parse_household(of_before(EXAMPLE_TEXT))
    assert [one.full_text for one in home.caregivers.values()] == [None, None]
    assert home.patients["ada"].alias == ""
    assert parse_household(household_toml(home)) == home


def test_the_read_back_says_by_what_names_may_be_read() -> None:
    said = entries(parse_household(with_bea('full_text = ["push"]')))
    assert said["caregiver"]["bea"]["full text"] == "by push"
    assert said["caregiver"]["cem"]["full text"] == "by mail"
    assert said["patient"]["ada"]["full text"] == "by none: it names no patient, medicine or compartment"
    assert said["patient"]["ada"]["alias"] == "none"


def letters(tmp_path: Path, household: str) -> list[Letter]:
    """Let the help button be pressed in a home and return what leaves its hub."""
    config = read_config(installed(tmp_path, free_port(), household=household))
    with closing(open_store(config.database, "hub")) as store:
        hub: Hub = hub_without_a_broker(config, store)
        notifier = StillNotifier()
        hub.notifier = notifier  # type: ignore[assignment]  # it notes letters
        hub.inbox.put(Arrived(EVENT, HELP.encode(), 1, 1, 1))
        hub.turn()
        hub.turn()
        return [one for one in notifier.letters if one.title == "Help was asked for"]


def test_a_hub_sends_to_each_channel_only_what_may_be_read_there(tmp_path: Path) -> None:
    [full] = letters(tmp_path, home_toml())
    assert "help button of box kitchen" in full.body


def test_a_hub_of_before_names_nobody_where_it_did(tmp_path: Path) -> None:
    [private] = letters(tmp_path, of_before(home_toml()))
    assert "The help button of the box was pressed." in private.body
    assert "Urgent" in private.body
    assert "kitchen" not in private.body
    assert "Ada" not in private.body


def test_a_hub_that_cannot_record_names_no_box_where_others_may_read() -> None:
    home = parse_household(of_before(home_toml()))
    notifier = NotedNotifier()
    calling = Distress(notifier, enabled=True)  # type: ignore[arg-type]  # it notes letters
    calling.call(home, [arrived(HELP)], 0.0)
    [letter] = notifier.letters
    assert letter.body.startswith(
        "Somebody pressed the help button of a box. The hub cannot record this call"
    )
    bea = replace(home.caregivers["bea"], full_text=("push",))
    trusting = replace(home, caregivers={**home.caregivers, "bea": bea})
    calling.over()
    calling.call(trusting, [arrived(HELP)], 0.0)
    assert "of the box kitchen" in notifier.letters[-1].body
