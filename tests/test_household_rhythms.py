"""Are rhythms, intervals, doses as needed and medicine in no box read, said back, and refused if nonsense?"""

from __future__ import annotations

import pytest

from controller.wire.instants import HOUR_MS
from hub.care.people import AsNeeded, Household, Interval, Rhythm, Step
from hub.errors import HouseholdRefused
from hub.household import household_toml, parse_household
from hub.household.saying import entries
from hub.readback import prescribed, questions

MEDICINE = "azathioprine-50mg-tablet"


def text(
    step: str,
    *,
    box: str = 'box = "kitchen"',
    boxes: str = 'layout = "7x2"\nalso = ["prn"]',
    more: str = "",
    zone: str = "Europe/London",
    window: str = 'opens = "-60m", late = "+60m", closes = "half"',
) -> str:
    """Write a household of one regimen with one step from Monday 7 December."""
    return f"""
[home]
country = "GB"
[[patient]]
id = "ada"
name = "Ada"
timezone = "{zone}"
[[box]]
id = "kitchen"
patient = "ada"
{boxes}
[[regimen]]
id = "aza"
patient = "ada"
{box}
medicine = "{MEDICINE}"
window = {{ {window} }}
[[regimen.step]]
from = 2026-12-07
{step}
{more}
"""


OTHER = f"""
[[regimen]]
id = "other"
patient = "ada"
box = "kitchen"
medicine = "{MEDICINE}"
window = {{ opens = "-60m", late = "+60m", closes = "+120m" }}
[[regimen.step]]
from = 2026-12-07
"""
NEED = 'as_needed = { amount = 1, least_gap = "6h", most_a_day = 4, reason = "pain", compartment = "prn" }'


def read(step: str, **other: str) -> tuple[Household, Step]:
    """Read such a household, and see that it is read back after being written."""
    home = parse_household(text(step, **other))
    assert parse_household(household_toml(home)) == home
    return home, home.regimens["aza"].steps[0]


def said(home: Household) -> str:
    return entries(home)["regimen"]["aza"]["step from 2026-12-07"]


@pytest.mark.parametrize(
    ("words", "rhythm", "sentence"),
    [
        ('weekdays = ["thu", "mon"]', Rhythm(weekdays=("mon", "thu")), "08:00 1 tablet, on mon and thu"),
        ('every = "2d"', Rhythm(every_days=2), "08:00 1 tablet, every 2 days"),
        ("cycle = { on = 21, off = 7 }", Rhythm(cycle=(21, 7)), "1 tablet, 21 days on and 7 days off"),
    ],
)
def test_a_rhythm_is_read_and_said_back(words: str, rhythm: Rhythm, sentence: str) -> None:
    home, step = read(f'times = {{ "08:00" = 1 }}\n{words}')
    assert step.rhythm == rhythm
    assert said(home).endswith(sentence)


def test_an_interval_is_read_and_said_back() -> None:
    home, step = read('interval = { first = "08:00", every = "8h", amount = 1.5 }')
    assert step.interval == Interval(first="08:00", every_ms=8 * HOUR_MS, amount=1.5)
    assert said(home) == "until further notice: 1½ tablets every 8 hours, the first at 08:00"


def test_a_dose_as_needed_is_read_and_said_back() -> None:
    home, step = read(NEED)
    assert step.as_needed == AsNeeded(
        amount=1, least_gap_ms=6 * HOUR_MS, most_a_day=4, reason="pain", compartment="prn"
    )
    assert said(home) == (
        "until further notice: 1 tablet when needed for pain, at least 6 hours apart, "
        "at most 4 tablets in 24 hours, in prn"
    )


def test_who_ordered_a_step_and_why_is_kept() -> None:
    home, step = read('times = { "08:00" = 1 }\nby = "clinic"\nwhy = "better blood counts"')
    assert (step.by, step.why) == ("clinic", "better blood counts")
    assert said(home).endswith("08:00 1 tablet (by clinic, better blood counts)")


def test_medicine_may_lie_in_no_box() -> None:
    home, _ = read('times = { "08:00" = 1 }\nweekdays = ["mon"]', box="")
    assert home.regimens["aza"].box is None
    assert any("in no box" in line for line in prescribed(home, "ada"))


def test_the_least_gap_of_a_window_and_the_compartments_beyond_a_layout_are_said() -> None:
    window = 'opens = "-60m", late = "+60m", closes = "half", least_gap = "4h"'
    home, _ = read('times = { "08:00" = 1 }', window=window)
    assert home.regimens["aza"].window.least_gap_ms == 4 * HOUR_MS
    assert entries(home)["regimen"]["aza"]["window"].endswith("at least 4 hours apart")
    assert home.boxes["kitchen"].compartments[-1] == "prn"
    assert entries(home)["box"]["kitchen"]["layout"] == "7x2, and prn"


def test_many_tablets_are_asked_about_in_every_kind_of_step() -> None:
    for step in (
        'interval = { first = "08:00", every = "8h", amount = 50 }',
        NEED.replace("amount = 1", "amount = 50").replace("= 4", "= 100"),
    ):
        assert len(list(questions(read(step)[0]))) == 1


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ('times = { "08:00" = 0.3333 }', "comes in steps of 0.5 tablet"),
        ('times = { "08:00" = -1 }', "is -1, outside 0.125 to 100"),
        ('interval = { first = "08:00", every = "8h", amount = 0.3333 }', "comes in steps of 0.5 tablet"),
        ('interval = { first = "08:00", every = "30m", amount = 1 }', "every is 30m, outside 60m to 4320m"),
        ('interval = { first = "08:00", every = "8h", amount = 1 }\ntimes = {}', "stands beside times"),
        (f'{NEED}\ninterval = {{ first = "08:00", every = "8h", amount = 1 }}', "stands beside interval"),
        (f'{NEED}\nweekdays = ["mon"]', "weekdays, every and cycle belong to times"),
        (NEED.replace("most_a_day = 4", "most_a_day = 0.5"), "is 0.5, less than the 1 of one time"),
        (NEED.replace("prn", "attic"), "not a compartment of box 'kitchen'"),
        ('times = { "08:00" = 1 }\nweekdays = []', "weekdays is empty"),
        ('times = { "08:00" = 1 }\nweekdays = ["monday"]', "did you mean 'mon'?"),
        ('times = { "08:00" = 1 }\nevery = "36h"', "is not a whole number of days"),
        ('times = { "08:00" = 1 }\ncycle = { on = 21, off = 0 }', "is 0, outside 1 to 366"),
        ('times = { "08:00" = 1 }\nuntil = 2026-12-08\nweekdays = ["thu"]', "leaves no day of this step"),
        ('times = { "08:00" = 1 }\nuntil = 2026-12-06', "is 2026-12-06, before it begins on 2026-12-07"),
        ('interval = { first = "08:00", every = "90m", amount = 1 }', "late = +60m"),
    ],
)
def test_nonsense_in_a_step_is_refused(step: str, sentence: str) -> None:
    with pytest.raises(HouseholdRefused) as caught:
        parse_household(text(step))
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (text('times = { "08:00" = 1 }', boxes='layout = "7x2"\nalso = ["mon-am"]'), "has already"),
        (text('times = { "08:00" = 1 }', boxes='compartments = ["a"]\nalso = ["b"]'), "belongs to a layout"),
        (text('times = { "08:00" = 1 }', box="").replace('patient = "ada"\nlayout', 'patient = "ada"\nlayout')
         .replace('[[box]]\nid = "kitchen"\npatient = "ada"\nlayout = "7x2"\nalso = ["prn"]', ""),
         "has no box at all"),
        (text(NEED, box=""), "the regimen names no box"),
        (text('times = { "08:00" = 1 }\ncompartments = { "08:00" = "mon-am" }', box=""), "names no box"),
        (text('times = { "08:00" = 1, "12:00" = 1 }',
              window='opens = "-60m", late = "+60m", closes = "+60m", least_gap = "6h"'),
         "has least_gap = 360m, but the next after 08:00 is due 240m later"),
        (text(NEED, more=f"{OTHER}{NEED}"), "are both taken as needed out of compartment 'prn'"),
        (text(NEED.replace("prn", "mon-am"), more=f'{OTHER}times = {{ "08:00" = 1 }}'), "lies too"),
        (text('interval = { first = "00:00", every = "1h", amount = 1 }', box="",
              window='opens = "-10m", late = "+10m", closes = "half"'), "show that time twice"),
        (text('times = { "08:00" = 1 }\nevery = "29d"',
              more=f'{OTHER}times = {{ "10:00" = 1 }}\nevery = "31d"\n'.replace("12-07", "12-08")),
         "overlap in compartment"),
    ],
)  # fmt: skip
def test_a_household_no_box_could_witness_is_refused(written: str, sentence: str) -> None:
    with pytest.raises(HouseholdRefused) as caught:
        parse_household(written)
    assert sentence in str(caught.value)
