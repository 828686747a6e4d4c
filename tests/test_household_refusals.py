"""Does every slip in a household file get one sentence that names the file, the key and the reason?"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import HouseholdRefused
from hub.household import parse_household, read_household
from tests.home_examples import EXAMPLE_TEXT


def refusal(text: str, *dirs: Path) -> str:
    """Return the sentence a household is refused with."""
    with pytest.raises(HouseholdRefused) as caught:
        parse_household(text, file="home.toml", medicines_dirs=dirs)
    sentence = str(caught.value)
    assert sentence.startswith("home.toml: ")
    assert sentence.endswith((".", "?"))
    assert "\n" not in sentence
    return sentence


def changed(old: str, new: str, count: int = 1) -> str:
    """Return the example with one thing written otherwise."""
    assert old in EXAMPLE_TEXT, old
    return EXAMPLE_TEXT.replace(old, new, count)


def test_the_example_itself_is_refused_nothing() -> None:
    assert parse_household(EXAMPLE_TEXT).country == "GB"


# What is written, what stands there instead, and what the refusal must say: the place first, then the reason.
SLIPS = [
    # Keys nobody knows, each with the one that was meant.
    ("[home]", "[hom]", "hom is not a key", "did you mean 'home'"),
    ('country = "GB"', 'countrie = "GB"', "home.countrie", "did you mean 'country'"),
    ('timezone = "Eu', 'time_zone = "Eu', "patient[ada].time_zone", "did you mean 'timezone'"),
    ("fill_day =", "fil_day =", "box[kitchen].fil_day", "did you mean 'fill_day'"),
    ("remind = [", "remnid = [", "regimen[azathioprine].remnid", "did you mean 'remind'"),
    ("opens =", "open =", "regimen[azathioprine].window.open ", "did you mean 'opens'"),
    ("times = {", "time = {", "regimen[azathioprine].step[1].time ", "did you mean 'times'"),
    ('why = "tr', 'reason = "tr', "regimen[azathioprine].hold[1].reason", "not a key that is known here."),
    ("refills_left =", "refils_left =", "regimen[azathioprine].supply.refils_left", "'refills_left'"),
    ('every = "7d"', 'evry = "7d"', "check[blood-count].evry", "did you mean 'every'"),
    ("quiet =", "Quiet =", "caregiver[bea].Quiet", "did you mean 'quiet'"),
    ('after = "15m"', 'afer = "15m"', "ladder[ada].steps[2].afer", "did you mean 'after'"),
    ("[[duty]]", "[[dutys]]", "dutys is not a key", "did you mean 'duty'"),
    # Keys that are missing.
    ('country = "GB"', "", "home.country", "is missing"),
    ('name = "Ada"', "", "patient[ada].name", "is missing"),
    ('timezone = "Europe/London"', "", "patient[ada].timezone", "is missing"),
    ('id = "kitchen"', "", "box[1].id", "is missing"),
    ('layout = "7x2"', "", "box[kitchen].layout", "write layout"),
    ('medicine = "azathioprine-50mg-tablet"', "", "regimen[azathioprine].medicine", "is missing"),
    (', closes = "half"', "", "regimen[azathioprine].window.closes", "is missing"),
    ('times = { "08:00" = 0.5 }', "", "regimen[azathioprine].step[1].times", "is missing"),
    ('by = "clinic"', "", "regimen[azathioprine].hold[1].by", "is missing"),
    ("counted_on = 2026-11-22", "", "regimen[azathioprine].supply.counted_on", "is missing"),
    # Wrong types, each named as what it is.
    ('name = "Ada"', "name = 7", "patient[ada].name", "is a number, not text"),
    ('name = "Ada"', "name = true", "patient[ada].name", "is true or false, not text"),
    ('name = "Ada"', 'name = ["Ada"]', "patient[ada].name", "is a list, not text"),
    ('name = "Ada"', "name = { first = 1 }", "patient[ada].name", "is a table, not text"),
    (
        'day_starts = "03:00"',
        "day_starts = 03:00:00",
        "patient[ada].day_starts",
        "time without quotes, not text",
    ),
    ("until = 2026-12-06", 'until = "2026-12-06"', "step[1].until", "the text '2026-12-06', not a date"),
    ("until = 2026-12-06", "until = 2026-12-06T00:00:00Z", "step[1].until", "a date with a time"),
    ("until = 2026-12-06", "until = 20261206", "step[1].until", "is a number, not a date"),
    ("tablets = 56", 'tablets = "56"', "supply.tablets", "is the text '56', not a number"),
    ("tablets = 56", "tablets = true", "supply.tablets", "is true or false, not a number"),
    ("pack = 28", "pack = 28.0", "supply.pack", "is a number, not a whole number"),
    ("pack = 28", "pack = true", "supply.pack", "is true or false, not a whole number"),
    ('remind = ["+0m", "+30m", "+60m", "+120m"]', 'remind = "+0m"', "azathioprine].remind", "not a list"),
    ('["+0m", "+30m"', "[0, 30", "azathioprine].remind[1]", "is a number, not text"),
    ("[[box]]", "[box]", "box", "is a table, not a list of tables; write [[box]]"),
    ('quiet = ["22:00", "07:00"]', 'quiet = ["22:00"]', "caregiver[bea].quiet", "a pair of times"),
    (
        'window = { opens = "-60m", late = "+60m", closes = "half" }',
        'window = "half"',
        ".window",
        "not a table",
    ),
    ('{ phone = "ntfy://ntfy.invalid/ada" }', '"ntfy://x"', "patient[ada].channels", "not a table"),
    # Words, times and durations in their form.
    ('"Ada"', '""', "patient[ada].name", "is empty"),
    ('"Ada"', '"  "', "patient[ada].name", "is empty"),
    ('"Ada"', '"Ada\\nBea"', "patient[ada].name", "line break"),
    ('"Ada"', '"Ada\\u0000"', "patient[ada].name", "control character"),
    ('"Ada"', f'"{"a" * 1001}"', "patient[ada].name", "1001 characters"),
    ('language = "en"', 'language = "English"', "patient[ada].language", "is not a language"),
    ('language = "en"', 'phone = "call me"', "patient[ada].phone", "is not a phone number"),
    ('country = "GB"', 'country = "gb"', "home.country", "'gb', which is not a country such as GB"),
    ('subdivision = "ENG"', 'subdivision = "England"', "home.subdivision", "not a part of a country"),
    ('day_starts = "03:00"', 'day_starts = "3:00"', "patient[ada].day_starts", "'3:00', which is not a time"),
    ('day_starts = "03:00"', 'day_starts = "24:00"', "patient[ada].day_starts", "is not a time"),
    ('{ "08:00" = 0.5 }', '{ "8:00" = 0.5 }', 'step[1].times."', "is not a time such as 08:00"),
    ('{ "08:00" = 0.5 }', '{ "08:60" = 0.5 }', "step[1].times", "is not a time such as 08:00"),
    ('{ "08:00" = 0.5 }', '{ "08:00:00" = 0.5 }', "step[1].times", "is not a time such as 08:00"),
    ('{ "08:00" = 0.5 }', '{ "\\u0660\\u0668:00" = 0.5 }', "step[1].times", "is not a time such as 08:00"),
    ('{ "08:00" = 0.5 }', "{ }", "step[1].times", "has 0 times of the day"),
    ('["22:00"', '["22.00"', "caregiver[bea].quiet[1]", "is not a time"),
    ('opens = "-60m"', 'opens = "an hour before"', "window.opens", "not a duration such as -60m"),
    ('opens = "-60m"', 'opens = "-60s"', "window.opens", "not a duration"),
    ('opens = "-60m"', 'opens = "60m"', "window.opens", "outside -1440m to -1m"),
    ('opens = "-60m"', 'opens = "-0m"', "window.opens", "outside -1440m to -1m"),
    ('late = "+60m"', 'late = "-5m"', "window.late", "outside 0m to 1440m"),
    ('closes = "half"', 'closes = "+30m"', "window.closes", "before a dose counts as late"),
    ('closes = "half"', 'closes = "2d"', "window.closes", "outside 1m to 1320m"),
    ('closes = "half"', 'closes = "halves"', "window.closes", "not a duration"),
    ('every = "7d"', 'every = "36h"', "check[blood-count].every", "not a whole number of days"),
    ('every = "7d"', 'every = "0d"', "check[blood-count].every", "outside"),
    ('after = "15m"', 'after = "-15m"', "ladder[ada].steps[2].after", "outside 0m"),
    ('phone = "ntfy://ntfy.invalid/ada"', 'phone = "0123"', "ada].channels.phone", "not an Apprise address"),
    ('phone = "ntfy', 'Phone = "ntfy', "patient[ada].channels.Phone", "is not an id"),
    # Ids.
    ('id = "ada"', 'id = "Ada"', "patient[1].id", "is 'Ada', which is not an id: small letters"),
    ('id = "ada"', 'id = "ada/box"', "patient[1].id", "is not an id"),
    ('id = "ada"', f'id = "{"a" * 33}"', "patient[1].id", "at most 32"),
    ('id = "ada"', 'id = "-ada"', "patient[1].id", "is not an id"),
    ('id = "kitchen"', 'id = "hub"', "box[hub].id", "topic of the hub itself"),
    ('id = "cem"', 'id = "bea"', "caregiver[bea].id", "a second time"),
    ('id = "cem"', 'id = "ada"', "caregiver[ada].id", "a patient's id too"),
    ('id = "cem"', 'id = "on-duty"', "caregiver[on-duty].id", "whoever is on duty"),
    # References to nobody and nothing.
    ("Europe/London", "Europe/Londen", "patient[ada].timezone", "did you mean 'Europe/London'"),
    ("Europe/London", "europe/london", "patient[ada].timezone", "did you mean 'Europe/London'"),
    ("Europe/London", "London", "patient[ada].timezone", "not an IANA time zone"),
    ("Europe/London", "Europe", "patient[ada].timezone", "not an IANA time zone"),
    ("Europe/London", "../etc/passwd", "patient[ada].timezone", "not an IANA time zone"),
    ("Europe/London", "/etc/passwd", "patient[ada].timezone", "not an IANA time zone"),
    ("Europe/London", "zone.tab", "patient[ada].timezone", "not an IANA time zone"),
    ("Europe/London", "localtime", "patient[ada].timezone", "not an IANA time zone"),
    ("Europe/London", "right/Europe/London", "patient[ada].timezone", "not an IANA time zone"),
    ("Europe/London", "UTC+1", "patient[ada].timezone", "not an IANA time zone"),
    (
        "azathioprine-50mg-tablet",
        "azathioprin-50mg",
        "azathioprine].medicine",
        "azathioprine-25mg-tablet, azathioprine-50mg",
    ),
    (
        'box = "kitchen"',
        'box = "bath"',
        "regimen[azathioprine].box",
        "'bath', not a box of this file (known: kitchen)",
    ),
    ('patient = "ada"\nlayout', 'patient = "eve"\nlayout', "box[kitchen].patient", "known: ada"),
    ('patient = "ada"\nbox', 'patient = "eve"\nbox', "regimen[azathioprine].patient", "known: ada"),
    ('patient = "ada"\ntitle', 'patient = "eve"\ntitle', "check[blood-count].patient", "known: ada"),
    ('patient = "ada"\nsteps', 'patient = "eve"\nsteps', "ladder[eve].patient", "known: ada"),
    ('patient = "ada"\nwho', 'patient = "eve"\nwho', "duty[eve].patient", "known: ada"),
    (
        'wants = { ada = ["dose", "supply"] }',
        'wants = { adda = ["dose"] }',
        "caregiver[cem].wants.adda",
        "'ada'",
    ),
    ('["dose", "supply"]', '["doses"]', "caregiver[cem].wants.ada[1]", "did you mean 'dose'"),
    ('who = "cem"', 'who = "dan"', "ladder[ada].steps[3].who", "known: on-duty, bea, cem"),
    (
        'channel = "mail"',
        'channel = "sms"',
        "ladder[ada].steps[3].channel",
        "a channel of 'cem' (known: mail)",
    ),
    (
        'channel = "push"',
        'channel = "pager"',
        "ladder[ada].steps[1].channel",
        "a channel of 'bea' (known: push, sms)",
    ),
    ('who = "bea"\n', 'who = "zoe"\n', "duty[ada].who", "not a caregiver of this file (known: bea, cem)"),
    ('layout = "7x2"', 'layout = "7x3"', "box[kitchen].layout", "known: 7x2, 7x4"),
    ('fill_day = "sun"', 'fill_day = "sunday"', "box[kitchen].fill_day", "did you mean 'sun'"),
    # Amounts.
    ("= 0.5 }", "= -0.5 }", 'step[1].times."', "is -0.5, outside 0.125 to 100"),
    ("= 0.5 }", "= 0 }", "step[1].times", "is 0, outside"),
    ("= 0.5 }", "= 0.33 }", "step[1].times", "is 0.33, but azathioprine-50mg-tablet comes in steps of 0.5"),
    ("= 0.5 }", "= 0.3333333333333333 }", "step[1].times", "comes in steps of 0.5 tablet"),
    ("= 0.5 }", "= 0.25 }", "step[1].times", "comes in steps of 0.5 tablet"),
    ("= 0.5 }", "= 101 }", "step[1].times", "outside"),
    ("= 0.5 }", "= nan }", "step[1].times", "is nan, outside"),
    ("= 0.5 }", "= inf }", "step[1].times", "is inf, outside"),
    ("= 0.5 }", '= "half" }', "step[1].times", "is the text 'half', not a number"),
    ("= 0.5 }", "= 99999999999999999999999999 }", "step[1].times", "is a very large number, outside"),
    (
        '"azathioprine-50mg-tablet" #',
        '"azathioprine-25mg-tablet" #',
        "step[1].times",
        "is 0.5, but azathioprine-25mg-tablet comes in steps of 1 tablet",
    ),
    ("tablets = 56", "tablets = -1", "supply.tablets", "is -1, outside 0 to 100000"),
    ("pack = 28", "pack = 0", "supply.pack", "is 0, outside"),
    ("refills_left = 2", "refills_left = -2", "supply.refills_left", "outside"),
    # Dates.
    (
        "until = 2026-12-06",
        "until = 2026-11-22",
        "step[1].until",
        "2026-11-22, before it begins on 2026-11-23",
    ),
    ("until = 2026-12-06", "until = 2026-12-07", "azathioprine].step", "overlaps the step from 2026-12-07"),
    ("until = 2026-12-06", "", "azathioprine].step", "from 2026-11-23 goes on for ever"),
    ("from = 2026-11-23", "from = 0226-11-23", "step[1].from", "outside the years 2000 to 2199"),
    ("until = 2026-12-27", "until = 2026-12-19", "hold[1].until", "before it begins"),
    ("until = 2026-12-28", "until = 2026-11-29", "check[blood-count].until", "before it begins"),
    # Reminders and windows that contradict each other.
    ('["+0m", "+30m", "+60m", "+120m"]', '["+30m", "+0m"]', "azathioprine].remind", "not in ascending order"),
    ('["+0m", "+30m", "+60m", "+120m"]', '["+0m", "+0m"]', "azathioprine].remind", "not in ascending order"),
    ('["+0m",', '["-61m", "+0m",', "azathioprine].remind", "-61m, before the dose window opens"),
    ('closes = "half"', 'closes = "+90m"', "azathioprine].remind", "+120m, after the dose window closes"),
    (
        '"20:00" = 0.5',
        '"11:00" = 0.5',
        "azathioprine].remind",
        "+120m, after the window of 08:00 closes at +90m",
    ),
    (
        '"20:00" = 0.5',
        '"09:00" = 0.5',
        "azathioprine].window",
        "late = +60m, after the window of 08:00 closes at +30m",
    ),
    ('"20:00" = 0.5', '"05:00" = 0.5', "azathioprine].remind", "after the window of 05:00 closes at +90m"),
    ('"+120m"]', f"{', '.join(f'{chr(34)}+{n}m{chr(34)}' for n in range(61, 75))}]", ".remind", "at most 12"),
    # People and ladders that would end in silence.
    ('after = "0m"', 'after = "20m"', "ladder[ada].steps[2].after", "comes before the step above it"),
    (
        '[[duty]]\npatient = "ada"\nwho = "bea"\n',
        "",
        "ladder[ada].steps[1].who",
        "no [[duty]] says who that is",
    ),
]


@pytest.mark.parametrize(("old", "new", "place", "reason"), SLIPS, ids=lambda value: str(value)[:40])
def test_a_slip_of_the_hand_is_named_with_its_place(old: str, new: str, place: str, reason: str) -> None:
    sentence = refusal(changed(old, new))
    assert place in sentence
    assert reason in sentence


def test_ids_are_given_once_in_a_home() -> None:
    for kind, block in (
        ("patient", 'id = "ada"\nname = "Ada"\ntimezone = "UTC"\n'),
        ("box", 'id = "kitchen"\npatient = "ada"\nlayout = "7x2"\n'),
        ("caregiver", 'id = "bea"\nname = "Bea"\n'),
        ("check", 'id = "blood-count"\npatient = "ada"\ntitle = "Again"\nfrom = 2026-11-30\n'),
    ):
        sentence = refusal(f"{EXAMPLE_TEXT}\n[[{kind}]]\n{block}")
        assert f"{kind}[" in sentence
        assert "a second time" in sentence


SECOND = """
[[regimen]]
id = "{name}"
patient = "ada"
box = "kitchen"
medicine = "azathioprine-50mg-tablet"
window = {{ opens = "-60m", late = "+60m", closes = "{closes}" }}
[[regimen.step]]
from = {begins}
times = {{ "{time}" = 1 }}
"""


def second(time: str, *, name: str = "second", closes: str = "half", begins: str = "2026-11-23") -> str:
    return EXAMPLE_TEXT + SECOND.format(name=name, closes=closes, begins=begins, time=time)


def test_a_patient_has_one_regimen_of_an_id() -> None:
    sentence = refusal(second("08:00", name="azathioprine"))
    assert "regimen[azathioprine].id is 'azathioprine' a second time" in sentence


def test_one_ladder_and_one_person_on_duty_for_each_patient() -> None:
    duty = '\n[[duty]]\npatient = "ada"\nwho = "cem"\n'
    assert "one person is on duty at a time" in refusal(EXAMPLE_TEXT + duty)
    ladder = '\n[[ladder]]\npatient = "ada"\nsteps = [{ after = "0m", who = "bea", channel = "sms" }]\n'
    assert "each patient has one, and others name their wants" in refusal(EXAMPLE_TEXT + ladder)


def test_a_ladder_has_a_step() -> None:
    text = re.sub(r"steps = \[.*?\n\]", "steps = []", EXAMPLE_TEXT, flags=re.DOTALL)
    assert "ladder[ada].steps is missing or empty" in refusal(text)


def test_two_slots_that_an_opening_could_not_tell_apart_are_refused_with_their_date() -> None:
    sentence = refusal(second("10:00"))
    assert "box[kitchen]" in sentence
    assert "azathioprine/2026-11-23/08:00 and second/2026-11-23/10:00 overlap" in sentence
    assert "'mon-am'" in sentence


def test_slots_due_together_may_close_apart() -> None:
    """One opening answers both; a box must be able to hold a daily and a twice-daily medicine."""
    assert len(parse_household(second("08:00")).regimens) == 2
    assert len(parse_household(second("08:00", closes="+90m")).regimens) == 2


def test_a_long_window_hides_no_overlap_behind_a_short_one() -> None:
    """The short window of 08:00 is over at 09:30; the long one of the same time is not."""
    block = SECOND.format(name="third", closes="+90m", begins="2026-11-23", time="11:30")
    sentence = refusal(second("08:00", closes="+90m") + block)
    assert "azathioprine/2026-11-23/08:00 and third/2026-11-23/11:30" in sentence


def test_the_last_time_of_a_day_is_half_way_to_the_first_of_the_next() -> None:
    sentence = refusal(changed('"08:00" = 1, "20:00" = 0.5', '"02:00" = 1, "23:00" = 0.5'))
    assert "regimen[azathioprine].remind has +120m, after the window of 23:00 closes at +90m" in sentence


def test_an_overlap_that_begins_with_a_later_step_is_found() -> None:
    """Only from 7 December on is there a slot at 20:00; at 14:00 alone nothing is wrong before."""
    assert len(parse_household(second("14:00", closes="+90m")).regimens) == 2
    assert "2026-12-07/20:00" in refusal(second("19:00", closes="+90m"))


def test_an_overlap_that_begins_years_later_is_found() -> None:
    sentence = refusal(second("10:00", begins="2031-05-05"))
    assert "azathioprine/2031-05-05/08:00 and second/2031-05-05/10:00" in sentence


LISTED = """
[home]
country = "US"
[[patient]]
id = "ada"
name = "Ada"
timezone = "America/New_York"
[[box]]
id = "hall"
patient = "ada"
compartments = ["a1", "a2"]
[[regimen]]
id = "aza"
patient = "ada"
box = "hall"
medicine = "azathioprine-50mg-tablet"
window = { opens = "-30m", late = "+15m", closes = "half" }
[[regimen.step]]
from = 2026-01-01
times = { "01:30" = 1, "03:30" = 1, "10:00" = 0.5 }
compartments = { "01:30" = "a1", "03:30" = "a1", "10:00" = "a2" }
"""


def test_an_overlap_on_one_night_of_the_year_is_found() -> None:
    """On 8 March 2026 one hour lies between 01:30 and 03:30: the window closes as the next one opens."""
    assert "aza/2026-03-08/01:30 and aza/2026-03-08/03:30 overlap" in refusal(LISTED)
    there = LISTED.replace("America/New_York", "America/Phoenix")
    assert parse_household(there).boxes["hall"].compartments == ("a1", "a2")


def test_an_overlap_at_the_end_of_a_long_step_is_found() -> None:
    """The last slot of a step closes as late as the one before it did, which only its last day shows."""
    text = LISTED.replace('"01:30" = 1, "03:30" = 1, "10:00" = 0.5', '"08:00" = 1, "22:00" = 1').replace(
        '"01:30" = "a1", "03:30" = "a1", "10:00" = "a2"', '"08:00" = "a2", "22:00" = "a1"'
    )
    ending = text.replace("from = 2026-01-01\n", "from = 2026-01-01\nuntil = 2028-01-31\n")
    other = """
[[regimen]]
id = "bee"
patient = "ada"
box = "hall"
medicine = "azathioprine-50mg-tablet"
window = { opens = "-30m", late = "+15m", closes = "+30m" }
[[regimen.step]]
from = 2026-01-01
times = { "04:15" = 1 }
compartments = { "04:15" = "a1" }
"""
    assert len(parse_household(text + other).regimens) == 2
    assert "aza/2028-01-31/22:00 and bee/2028-02-01/04:15" in refusal(ending + other)


@pytest.mark.parametrize(
    ("old", "new", "place", "reason"),
    [
        (
            '"03:30" = "a1"',
            '"03:30" = "a9"',
            'step[1].compartments."03:30"',
            "a compartment of box 'hall' (known: a1, a2)",
        ),
        ('"03:30" = "a1", ', "", "step[1].compartments", "does not say where 03:30 lies"),
        ('"03:30" = "a1"', '"04:30" = "a1"', 'step[1].compartments."04:30"', "not a time of this step"),
        (
            'compartments = ["a1", "a2"]',
            "compartments = []",
            "box[hall].compartments",
            "lists 0 compartments",
        ),
        ('["a1", "a2"]', '["a1", "a1"]', "box[hall].compartments", "names 'a1' twice"),
        ('["a1", "a2"]', '["a1", "A2"]', "box[hall].compartments[2]", "is not an id"),
        ('["a1", "a2"]', '["a1", 2]', "box[hall].compartments[2]", "is a number, not text"),
        ('["a1", "a2"]', '["a1", "a2"]\nlayout = "7x2"', "box[hall].compartments", "beside layout '7x2'"),
    ],
)
def test_a_listed_box_says_where_everything_lies(old: str, new: str, place: str, reason: str) -> None:
    sentence = refusal(LISTED.replace("America/New_York", "UTC").replace(old, new, 1))
    assert place in sentence
    assert reason in sentence


def test_a_box_belongs_to_the_patient_whose_tablets_lie_in_it() -> None:
    other = '\n[[patient]]\nid = "ben"\nname = "Bea"\ntimezone = "UTC"\n'
    text = changed('patient = "ada"\nbox', 'patient = "ben"\nbox')
    assert "regimen[azathioprine].box is 'kitchen', which is the box of 'ada'" in refusal(text + other)


def test_more_slots_than_a_plan_can_carry_are_refused() -> None:
    times = ", ".join(f'"{hour:02d}:00" = 1' for hour in range(24))
    crowd = LISTED.replace("America/New_York", "UTC")
    crowd = crowd.replace('"-30m", late = "+15m", closes = "half"', '"-5m", late = "5m", closes = "5m"')
    crowd = re.sub(r"times = .*", f"times = {{ {times} }}", crowd)
    places = ", ".join(f'"{hour:02d}:00" = "a1"' for hour in range(24))
    crowd = re.sub(r"compartments = {.*", f"compartments = {{ {places} }}", crowd)
    assert len(parse_household(crowd).regimens) == 1
    block = crowd[crowd.index("[[regimen]]") :].replace('id = "aza"', 'id = "bee"')
    assert "48 slots; a plan carries at most 40 a day" in refusal(crowd + block)


def test_two_medicines_that_mean_different_things_by_one_rule_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text(
        'id = "other"\nname = "Other"\nstrength = "1 mg"\nform = "tablet"\nsmallest_part = 0.5\n'
        '[[limit]]\nrule = "damp"\nexcursion = "damp"\nmeasure = "dew_gap_k"\n'
        'below = 1.0\nclear = 2.0\ndwell = "1h"\n',
        encoding="utf-8",
    )
    before, _, after = second("08:00").rpartition("azathioprine-50mg-tablet")
    text = f"{before}other{after}"
    assert "azathioprine-50mg-tablet and other mean different things" in refusal(text, tmp_path)


def test_cues_of_the_home_are_of_the_words_a_box_knows() -> None:
    good = changed('subdivision = "ENG"', 'cues = [{ light = "steady", sound = "none" }]')
    assert len(parse_household(good).cues) == 1
    bad = changed('subdivision = "ENG"', 'cues = [{ light = "steady", sound = "siren" }]')
    assert "home.cues[1].sound is 'siren'" in refusal(bad)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "home is missing"),
        ("home = 3", "home is a number, not a table"),
        ("[home\n", "this is not TOML"),
        ('[home]\ncountry = "GB"\ncountry = "DE"\n', "this is not TOML"),
        ("a = " + "[" * 5_000, "this is not TOML"),
        ("a = 2026-02-30", "this is not TOML"),
        (f"a = {'9' * 5_000}", "this is not TOML"),
        ("#" * 1_000_001, "longer than 1000000 characters"),
        ('[home]\ncountry = "GB"\n[[patient]]\n', "patient[1].id is missing"),
        ('[home]\ncountry = "GB"\n[home."no ☂ key"]\n', 'home."no ☂ key" is not a key'),
        ('patient = ["ada"]\n[home]\ncountry = "GB"\n', "patient has an item 1 that is no table"),
    ],
)
def test_what_is_no_household_at_all_is_refused(text: str, reason: str) -> None:
    assert reason in refusal(text)


def test_the_parsers_line_number_is_kept() -> None:
    assert "line 3" in refusal('[home]\ncountry = "GB"\nsubdivision = ENG\n')


def test_an_empty_home_is_a_household_with_nothing_to_do() -> None:
    household = parse_household('[home]\ncountry = "GB"\n')
    assert (household.patients, household.regimens, household.subdivision) == ({}, {}, None)


def test_a_file_that_cannot_be_read_is_refused_by_its_name(tmp_path: Path) -> None:
    not_text = tmp_path / "latin.toml"
    not_text.write_bytes(b'[home]\ncountry = "\xff"\n')
    for path, reason in (
        (tmp_path / "absent.toml", "No such file"),
        (tmp_path, "directory"),
        (not_text, "not UTF-8"),
    ):
        with pytest.raises(HouseholdRefused, match=reason) as caught:
            read_household(path)
        assert str(caught.value).startswith(f"{path}: ")


LINES = EXAMPLE_TEXT.splitlines()
WORDS = ['""', '"half"', '"ada"', '["x"]', '"\\u2028"']
NUMBERS = ["0", "-1", "1.5", "nan", "0x10", "9" * 40, "true"]
OTHERS = ["[]", "{}", "[[1]]", "{ a = 1 }", "2026-11-23", "07:00:00", "2026-11-23T01:00:00"]
JUNK = st.sampled_from([*WORDS, *NUMBERS, *OTHERS])


def lines_with_values() -> list[int]:
    return [
        number for number, line in enumerate(LINES) if " = " in line and not line.lstrip().startswith("#")
    ]


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(lines_with_values()), JUNK)
def test_any_value_in_the_place_of_any_other_is_read_or_refused_in_a_sentence(line: int, junk: str) -> None:
    text = "\n".join([*LINES[:line], f"{LINES[line].partition(' = ')[0]} = {junk}", *LINES[line + 1 :]])
    read_or_refused(text)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(range(len(LINES))), min_size=1, max_size=4))
def test_a_file_with_lines_missing_is_read_or_refused_in_a_sentence(missing: list[int]) -> None:
    read_or_refused("\n".join(line for number, line in enumerate(LINES) if number not in missing))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.integers(0, len(EXAMPLE_TEXT)))
def test_a_file_with_anything_in_the_middle_is_read_or_refused_in_a_sentence(junk: str, place: int) -> None:
    read_or_refused(EXAMPLE_TEXT[:place] + junk + EXAMPLE_TEXT[place:])


def read_or_refused(text: str, read: Callable[..., object] = parse_household) -> None:
    """Check that nothing but a refusal is ever raised, and that it is one sentence."""
    try:
        read(text, file="home.toml")
    except HouseholdRefused as error:
        sentence = str(error)
        assert sentence.startswith("home.toml: ")
        assert len(sentence) < 600


def test_the_example_is_toml_of_the_keys_that_are_fixed() -> None:
    assert set(tomllib.loads(EXAMPLE_TEXT)) == {
        "home",
        "patient",
        "box",
        "regimen",
        "check",
        "caregiver",
        "away",
        "ladder",
        "duty",
    }
