"""Does a medicine file say everything, with its source, and is a bad one refused by file, key and reason?"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.instants import HOUR_MS, MINUTE_MS
from controller.wire.plan import Limit, Plan
from controller.wire.topics import message_json, read_message, topic_of
from hub.care.people import Medicine
from hub.errors import HouseholdRefused
from hub.household import parse_household
from hub.medicines import parse_medicine, read_cabinet
from tests.home_examples import EXAMPLE_TEXT

FIFTY = "azathioprine-50mg-tablet"
TWENTY_FIVE = "azathioprine-25mg-tablet"
SHIPPED = read_cabinet()

DAY, WEEK, MONTH = 24.0, 168.0, 720.0

# Rule: excursion, measure, side, limit, clear, dwell and clear dwell in hours, how it counts, in which
# window of hours, in how many readings, and how grave it is. Written by hand, row by row, from the alert
# table (WHO PQS E006, USP <659>, ICH Q1A). A limit itself is within: 40.0 C is not yet beyond 40 C.
TABLE = {
    # T_HOT
    "warm": ("hot", "temperature_c", "above", 25.0, 24.0, DAY, 0.5, "consecutive", None, None, "info"),
    # T_EXC30
    "hot": ("hot", "temperature_c", "above", 30.0, 29.0, 10.0, 0.5, "cumulative", MONTH, None, "low"),
    "hot-day": ("hot", "temperature_c", "above", 30.0, 29.0, DAY, 0.5, "cumulative", MONTH, None, "medium"),
    # T_40
    "heat": ("hot", "temperature_c", "above", 40.0, 39.0, 1 / 6, 0.5, "instant", None, 2, "medium"),
    "searing": ("hot", "temperature_c", "above", 45.0, 44.0, 1.0, 0.5, "consecutive", None, None, "high"),
    # T_COLD
    "cold": ("cold", "temperature_c", "below", 15.0, 16.0, DAY, 0.5, "consecutive", None, None, "info"),
    "freezing": ("cold", "temperature_c", "below", -0.5, 0.5, 1.0, 0.5, "consecutive", None, None, "low"),
    # H_DAMP
    "damp-day": ("damp", "humidity_pct", "above", 60.0, 55.0, 19.0, 0.5, "mean", DAY, None, "info"),
    # H_WET
    "damp": ("damp", "humidity_pct", "above", 75.0, 70.0, 6.0, 0.5, "consecutive", None, None, "low"),
    # H_COND
    "condensation": (
        "condensation", "dew_gap_k", "below", 2.0, 3.0, 0.5, 0.5, "consecutive", None, None, "medium",
    ),
    # H_DRYBOX
    "desiccant": ("damp", "vapour_hpa", "above", 9.33, 8.86, 134.0, 0.5, "mean", WEEK, None, "info"),
    # light where the medicine asks for the dark
    "light": ("light", "light_pct", "above", 25.0, 15.0, 1.0, 0.5, "consecutive", None, None, "info"),
    # S_STALE
    "stale": ("stale", "silence", "above", 0.0, 0.0, 0.5, 0.0, "consecutive", None, None, "low"),
}  # fmt: skip


def shown(limit: Limit) -> tuple[object, ...]:
    return (
        limit.excursion,
        limit.measure,
        limit.side,
        limit.limit,
        limit.clear,
        limit.dwell_ms / HOUR_MS,
        limit.clear_dwell_ms / HOUR_MS,
        limit.counts,
        None if limit.window_ms is None else limit.window_ms / HOUR_MS,
        limit.readings,
        limit.level,
    )


def shipped_text(name: str = FIFTY) -> str:
    return (files("hub.medicines") / f"{name}.toml").read_text(encoding="utf-8")


def test_the_hub_knows_both_strengths_and_other_medicines_by_data_alone() -> None:
    both = [SHIPPED[TWENTY_FIVE], SHIPPED[FIFTY]]
    assert [(one.strength, one.smallest_part) for one in both] == [("25 mg", 1.0), ("50 mg", 0.5)]
    others = set(SHIPPED) - {TWENTY_FIVE, FIFTY}
    assert len([name for name in others if SHIPPED[name].lives_in_box]) >= 4
    assert [name for name in others if not SHIPPED[name].lives_in_box] == ["interferon-beta-1a-30mcg"]


@pytest.mark.parametrize("name", [FIFTY, TWENTY_FIVE])
def test_every_warning_sign_of_the_founding_leaflet_is_asked_for(name: str) -> None:
    """Written by hand from row L23 of the leaflet, so that a lost sign is noticed."""
    wanted = {
        "fever", "sweats-or-chills", "rash", "pain-or-swelling", "wound", "sore", "sore-throat", "sinus",
        "cough", "white-patches", "vomiting", "flu", "urinating", "urine", "other-worry",
    }  # fmt: skip
    signs = {sign.id: sign for sign in SHIPPED[name].signs}
    assert wanted <= signs.keys()
    assert signs["fever"].above_c == 37.7
    assert all(sign.above_c is None for sign in signs.values() if sign.id != "fever")


@pytest.mark.parametrize("name", [FIFTY, TWENTY_FIVE])
def test_what_is_expected_and_what_is_not_are_told_apart_by_data(name: str) -> None:
    effects = {effect.id: effect.is_expected for effect in SHIPPED[name].effects}
    assert effects["mild-nausea"]
    assert not effects["extreme-nausea"]
    assert {"hair", "appetite", "blood", "bruises", "fatigue", "mouth-sores", "stomach"} <= effects.keys()


@pytest.mark.parametrize("name", list(SHIPPED))
def test_every_sign_effect_and_check_has_its_source(name: str) -> None:
    medicine = SHIPPED[name]
    sources = [one.source for one in medicine.signs] + [one.source for one in medicine.effects]
    assert all(source.strip() for source in (*sources, *(one.source for one in medicine.checks)))
    assert medicine.sources.keys() == medicine.leaflet.keys()
    assert 1 <= medicine.fill_days_max <= 31


def test_blood_tests_have_a_rhythm_at_the_start_and_one_later() -> None:
    (check,) = SHIPPED[FIFTY].checks
    assert [(phase.every_days, phase.for_days) for phase in check.phases] == [(14, 42), (30, 90), (84, None)]


SIGN = '[[sign]]\nid = "a"\ntext = "x"\nsource = "y"\n'
EFFECT = '[[effect]]\nid = "a"\ntext = "x"\nsource = "y"\n'
CHECK = '[[check]]\nid = "a"\ntitle = "x"\nkind = "blood_test"\nsource = "y"\n'


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        (SIGN.replace("source", "from"), "sign[a].from is not a key"),
        (SIGN.replace('source = "y"\n', ""), "sign[a].source is missing"),
        (SIGN + "above_c = 400\n", "sign[a].above_c is 400, outside"),
        (SIGN * 2, "sign[a].id is 'a' a second time"),
        (EFFECT + "expected = 1\n", "effect[a].expected is a number"),
        (CHECK, "check[a].phase is missing"),
        (CHECK + 'phase = [{ every = "7d" }, { every = "30d" }]\n', "check[a].phase must say `for` how"),
        (CHECK + 'phase = [{ every = "36h" }]\n', "check[a].phase[1].every is not a whole number of days"),
    ],
)
def test_bad_signs_effects_and_checks_are_refused_with_line_and_reason(block: str, reason: str) -> None:
    with pytest.raises(HouseholdRefused, match=r"calcium\.toml: line \d+: " + re.escape(reason)):
        parse_medicine("calcium.toml", GOOD + "\n" + block)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("fill_days_max = 40", "fill_days_max is 40, outside 1 to 31"),
        ('lives_in_box = "no"', "lives_in_box is the text"),
    ],
)
def test_bad_facts_of_the_product_are_refused(line: str, reason: str) -> None:
    with pytest.raises(HouseholdRefused, match=r"calcium\.toml: line 1: " + re.escape(reason)):
        parse_medicine("calcium.toml", f"{line}\n{GOOD.lstrip()}")


def test_every_shipped_file_is_named_after_its_id() -> None:
    names = [entry.name for entry in files("hub.medicines").iterdir() if entry.name.endswith(".toml")]
    assert sorted(names) == [f"{name}.toml" for name in SHIPPED]


@pytest.mark.parametrize("rule", TABLE)
@pytest.mark.parametrize("name", [TWENTY_FIVE, FIFTY])
def test_each_storage_limit_is_that_of_its_row_in_the_clinical_table(name: str, rule: str) -> None:
    assert {limit.rule: shown(limit) for limit in SHIPPED[name].limits}[rule] == TABLE[rule]
    assert [limit.rule for limit in SHIPPED[name].limits] == list(TABLE)


@pytest.mark.parametrize("name", [TWENTY_FIVE, FIFTY])
def test_the_limits_cross_the_wire_unchanged(name: str) -> None:
    plan = Plan(v=1, box="kitchen", plan="p", made_at=0, until=1, slots=(), limits=SHIPPED[name].limits)
    _, _, read = read_message(topic_of("plan", box="kitchen"), message_json(plan))
    assert read == plan


@pytest.mark.parametrize("name", [TWENTY_FIVE, FIFTY])
def test_every_fact_of_the_leaflet_has_its_source(name: str) -> None:
    medicine = SHIPPED[name]
    assert set(medicine.leaflet) == set(medicine.sources)
    assert {
        "missed_dose",
        "storage",
        "container",
        "children",
        "call_your_doctor",
        "blood_tests",
        "infection",
        "vaccination",
        "supply",
        "outdated",
        "regularly",
        "halves",
        "take",
    } <= set(medicine.leaflet)


def test_the_missed_dose_rule_is_the_leaflets_and_never_combines_two() -> None:
    rule = SHIPPED[FIFTY].leaflet["missed_dose"]
    assert "as soon as you remember" in rule
    assert "regular schedule" in rule
    assert "Never take two doses together" in rule
    assert "doctor or pharmacist" in rule


@pytest.mark.parametrize("name", [TWENTY_FIVE, FIFTY])
def test_no_text_judges_tablets_or_people(name: str) -> None:
    texts = " ".join((*SHIPPED[name].leaflet.values(), shipped_text(name))).casefold()
    for word in ("safe to take", "spoiled", "diagnos", "restart"):
        assert word not in texts


def test_the_scoreless_strength_is_not_prescribed_in_halves() -> None:
    text = EXAMPLE_TEXT.replace(FIFTY, TWENTY_FIVE)
    with pytest.raises(HouseholdRefused, match="steps of 1 tablet"):
        parse_household(text)
    whole = text.replace('"08:00" = 0.5', '"08:00" = 2').replace('"20:00" = 0.5', '"20:00" = 1')
    assert list(parse_household(whole).medicines) == [TWENTY_FIVE]


GOOD = """
id = "calcium"
name = "Calcium"
strength = "500 mg"
form = "chewable tablet"
smallest_part = 0.25

[[limit]]
rule = "warm"
excursion = "hot"
measure = "temperature_c"
above = 28
clear = 27.5
dwell = "90m"
clear_dwell = "2h"

[leaflet.missed_dose]
text = "Leave out the forgotten tablet."
source = "leaflet in the packet, 2026-01"
"""


def test_a_home_brings_medicines_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "calcium.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a medicine", encoding="utf-8")
    found = read_cabinet([tmp_path])
    assert set(found) == {*SHIPPED, "calcium"}
    assert found["calcium"] == Medicine(
        id="calcium",
        name="Calcium",
        strength="500 mg",
        form="chewable tablet",
        smallest_part=0.25,
        limits=(
            Limit(
                rule="warm",
                excursion="hot",
                measure="temperature_c",
                side="above",
                limit=28.0,
                clear=27.5,
                dwell_ms=90 * MINUTE_MS,
                clear_dwell_ms=2 * HOUR_MS,
            ),
        ),
        leaflet={"missed_dose": "Leave out the forgotten tablet."},
        sources={"missed_dose": "leaflet in the packet, 2026-01"},
    )


def test_the_leaflet_in_the_homes_own_packet_outranks_ours(tmp_path: Path) -> None:
    first, later = tmp_path / "first", tmp_path / "later"
    for folder, name in ((first, "Imuran"), (later, "Azafalk")):
        folder.mkdir()
        text = shipped_text().replace('name = "Azathioprine"', f'name = "{name}"')
        (folder / f"{FIFTY}.toml").write_text(text, encoding="utf-8")
    assert read_cabinet([first])[FIFTY].name == "Imuran"
    assert read_cabinet([first, later])[FIFTY].name == "Azafalk"
    assert read_cabinet()[FIFTY].name == "Azathioprine"
    assert parse_household(EXAMPLE_TEXT, medicines_dirs=[first]).medicines[FIFTY].name == "Imuran"


def test_a_medicine_without_limits_or_leaflet_is_a_medicine() -> None:
    medicine = parse_medicine("calcium.toml", GOOD[: GOOD.index("[[limit]]")])
    assert (medicine.limits, medicine.leaflet, medicine.sources) == ((), {}, {})


SLIPS = [
    ('id = "calcium"', 'id = "Calcium"', "id is 'Calcium', which is not an id"),
    ('name = "Calcium"', "", "name is missing"),
    ('name = "Calcium"', "name = 5", "name is a number, not text"),
    ('form = "chewable tablet"', 'from = "chewable tablet"', "from is not a key"),
    ("smallest_part = 0.25", "smallest_part = 0.3", "smallest_part is 0.3, not one of 1, 0.5, 0.25"),
    ("smallest_part = 0.25", "smallest_part = 0", "smallest_part is 0, outside 0.125 to 1"),
    ("smallest_part = 0.25", 'smallest_part = "half"', "smallest_part is the text 'half', not a number"),
    ("[[limit]]", "[[limits]]", "limits is not a key that is known here; did you mean 'limit'?"),
    ('rule = "warm"', "", "limit[1].rule is missing"),
    ('rule = "warm"', 'rule = "Warm!"', "limit[1].rule is 'Warm!', which is not an id"),
    ('excursion = "hot"', 'excursion = "warm"', "limit[warm].excursion is 'warm', not one of the words"),
    ('"temperature_c"', '"temperature"', "limit[warm].measure is 'temperature'"),
    ('"temperature_c"', '"silence"', "limit[warm].above has no meaning for silence"),
    ("above = 28", "", "limit[warm].above is missing"),
    ("above = 28", "above = 28\nbelow = 1", "limit[warm].below stands beside above"),
    ("above = 28", 'above = "28 C"', "limit[warm].above is the text '28 C', not a number"),
    ("above = 28", "above = 300", "limit[warm].above is 300, outside -60 to 130"),
    ("clear = 27.5", "", "limit[warm].clear is missing"),
    ("clear = 27.5", "clear = 28.5", "limit[warm].clear is 28.5, which is itself above the limit 28"),
    ("above = 28", "below = 28", "limit[warm].clear is 27.5, which is itself below the limit 28"),
    ('dwell = "90m"', 'dwell = "a while"', "limit[warm].dwell is 'a while', not a duration"),
    ('dwell = "90m"', "dwell = 90", "limit[warm].dwell is a number, not text"),
    ('dwell = "90m"', 'dwell = "-90m"', "limit[warm].dwell is -90m, outside"),
    ('dwell = "90m"', 'dwell = "41d"', "limit[warm].dwell is 41d, outside"),
    ('dwell = "90m"', 'dwell = "90m"\nkind = "often"', "limit[warm].kind is 'often', not one of the words"),
    ('dwell = "90m"', 'dwell = "90m"\nkind = "mean"', "limit[warm].window is missing"),
    (
        'dwell = "90m"',
        'dwell = "90m"\nkind = "mean"\nwindow = "1h"',
        "limit[warm].window is shorter than the dwell",
    ),
    ('dwell = "90m"', 'dwell = "90m"\nwindow = "9h"', "limit[warm].window belongs to a limit that is"),
    ('dwell = "90m"', 'dwell = "90m"\nkind = "instant"', "limit[warm].readings is missing"),
    ('dwell = "90m"', 'dwell = "90m"\nreadings = 2', "limit[warm].readings belongs to a limit that"),
    ('dwell = "90m"', 'dwell = "90m"\nlevel = "mild"', "limit[warm].level is 'mild', not one of the words"),
    ('source = "leaflet in the packet, 2026-01"', "", "leaflet.missed_dose.source is missing"),
    ("text = ", "txt = ", "leaflet.missed_dose.txt is not a key"),
    ("[leaflet.missed_dose]", "[leaflets.missed_dose]", "leaflets is not a key"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "reason"), SLIPS, ids=lambda value: str(value)[:30])
def test_a_bad_medicine_file_is_refused_with_file_key_and_reason(old: str, new: str, reason: str) -> None:
    assert old in GOOD
    with pytest.raises(HouseholdRefused, match=r"calcium\.toml: (line \d+: )?" + re.escape(reason)):
        parse_medicine("calcium.toml", GOOD.replace(old, new, 1))


def test_a_rule_is_said_once() -> None:
    block = GOOD[GOOD.index("[[limit]]") : GOOD.index("[leaflet")]
    with pytest.raises(HouseholdRefused, match="limit has two limits for the rule 'warm'"):
        parse_medicine("calcium.toml", GOOD.replace("[leaflet", f"{block}[leaflet"))


def test_a_file_that_bears_another_medicines_id_is_refused(tmp_path: Path) -> None:
    """Two files of one id would else replace each other by the accident of their names."""
    path = tmp_path / "other.toml"
    path.write_text(GOOD, encoding="utf-8")
    with pytest.raises(HouseholdRefused, match=r"other.toml: id is 'calcium', but the file is named 'other'"):
        read_cabinet([tmp_path])


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        HouseholdRefused, match="absent: the folder of medicines cannot be read: No such file"
    ):
        read_cabinet([tmp_path / "absent"])


def test_a_bad_file_in_the_folder_stops_the_household_by_its_own_name(tmp_path: Path) -> None:
    path = tmp_path / "calcium.toml"
    path.write_text(GOOD.replace("clear = 27.5", "clear = 99"), encoding="utf-8")
    with pytest.raises(HouseholdRefused, match=re.escape(f"{path}: line 13: limit[warm].clear")):
        parse_household(EXAMPLE_TEXT, medicines_dirs=[tmp_path])


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40), st.integers(0, len(GOOD)))
def test_anything_in_the_middle_of_a_medicine_is_read_or_refused(junk: str, place: int) -> None:
    refused = ""
    try:
        parse_medicine("calcium.toml", GOOD[:place] + junk + GOOD[place:])
    except HouseholdRefused as error:
        refused = str(error)
    assert not refused or refused.startswith("calcium.toml: ")
