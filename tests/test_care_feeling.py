"""Is a warning sign told at once, in the words of the leaflet, and nothing else read into an answer?"""

from __future__ import annotations

import pytest

from hub.care.entries import Felt
from hub.care.happenings import EntryMade
from hub.care.ledger import AlertRecord
from hub.medicines import read_cabinet
from hub.writing import entry_of
from tests.care_days import Keeper, at, household

FIFTY = read_cabinet()["azathioprine-50mg-tablet"]


def started() -> Keeper:
    home = household()
    home.medicines[FIFTY.id] = FIFTY  # type: ignore[index]  # the example's mapping is a dict
    keeper = Keeper(home)
    keeper.do_at(at("06:00"))
    return keeper


def after(felt: Felt, by: str = "ada") -> list[AlertRecord]:
    keeper = started()
    keeper.do(EntryMade(at=at("09:00"), entry=entry_of("ada", felt, by=by, at_ms=at("09:00"))))
    return [one for one in keeper.ledger.alerts.values() if one.kind == "care.warning_sign"]


@pytest.mark.parametrize("sign", [sign.id for sign in FIFTY.signs])
def test_every_sign_of_the_leaflet_alerts_the_caregivers_at_once(sign: str) -> None:
    [alert] = after(Felt(signs=(sign,)))
    assert alert.want == "care"
    assert "bea" in alert.told
    assert "The leaflet says: “Call your doctor right away about a fever" in alert.body


def test_a_fever_counts_above_what_the_leaflet_says_and_not_at_it() -> None:
    assert after(Felt(fever_c=37.7)) == []
    [alert] = after(Felt(fever_c=37.8))
    assert "Measured: 37.8 °C." in alert.body
    assert "A fever above 37.7 °C (100 °F)" in alert.body


def test_an_expected_effect_alerts_nobody() -> None:
    assert after(Felt(effects={"mild-nausea": "a little"}, words="otherwise fine")) == []


def test_what_the_broker_keeps_names_neither_the_patient_nor_who_said_it() -> None:
    [alert] = after(Felt(signs=("rash",)), by="bea")
    assert not {"Ada", "Bea", "azathioprine", "Azathioprine"} & set(f"{alert.title} {alert.body}".split())


def test_a_strangers_answer_alerts_nobody() -> None:
    assert after(Felt(signs=("rash",)), by="mallory") == []


def test_two_check_ins_are_two_alerts_and_the_same_one_is_one() -> None:
    keeper = started()
    for clock in ("09:00", "10:00", "10:00"):
        entry = entry_of("ada", Felt(signs=("rash",)), by="ada", at_ms=at(clock))
        keeper.do(EntryMade(at=at(clock), entry=entry))
    found = [one for one in keeper.ledger.alerts.values() if one.kind == "care.warning_sign"]
    assert len(found) == 2
