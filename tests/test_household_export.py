"""Is a household that was written the household that is read back?"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.plan import Cue
from hub.care.appointments import Check
from hub.care.caregivers import CanaryRhythm, Caregiver, Duty, DutyDays, Ladder, LadderStep, Turn, WantKind
from hub.care.layouts import COMPARTMENTS, WEEKDAYS
from hub.care.leaflets import CheckKind
from hub.care.people import (
    AsNeeded,
    Away,
    Box,
    Hold,
    Household,
    Interval,
    LidWatch,
    Patient,
    Regimen,
    Rhythm,
    Step,
    Supply,
    Trip,
    TripPolicy,
    Window,
)
from hub.household import household_toml, parse_household, read_household
from hub.household.duties import on_duty_ever
from hub.medicines import read_cabinet
from tests.home_examples import EXAMPLE, EXAMPLE_TEXT

CABINET = read_cabinet()
TIMES = ("02:00", "08:00", "14:00", "20:00")
EXAMPLE_DAY = date(2026, 11, 23)
KINDS: tuple[WantKind, ...] = ("dose", "storage", "supply", "device", "care")

slugs = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=12).map(lambda word: f"x{word}")
texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('"\\#=[]{},🙂é\u2028'),
    min_size=1,
    max_size=30,
).filter(str.strip)
times = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))
dates = st.dates(date(2024, 1, 1), date(2030, 12, 31))
watches = st.builds(
    LidWatch,
    hours=st.none() | st.tuples(times, times).filter(lambda pair: pair[0] != pair[1]),
    want=st.sampled_from(["dose", "care"]),
)
addresses = st.dictionaries(slugs, texts.map(lambda text: f"json://{text}"), min_size=1, max_size=3)
zones = st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kolkata"])


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """Draw a window that times six hours apart leave room for, also where the clocks make five of them."""
    closes_min = draw(maybe(st.integers(1, 140)))
    late_max = 140 if closes_min is None else closes_min
    return Window(
        opens_ms=-draw(st.integers(1, 140)) * MINUTE_MS,
        late_ms=draw(st.integers(0, late_max)) * MINUTE_MS,
        closes_ms=None if closes_min is None else closes_min * MINUTE_MS,
        least_gap_ms=draw(st.integers(0, 300)) * MINUTE_MS,
    )


@st.composite
def regimens(draw: st.DrawFn, name: str, box: Box) -> Regimen:
    window = draw(windows())
    medicine = CABINET[draw(st.sampled_from(sorted(CABINET)))]
    last_min = 140 if window.closes_ms is None else window.closes_ms // MINUTE_MS
    minutes = st.integers(window.opens_ms // MINUTE_MS, last_min)
    is_boxed = draw(st.integers(0, 3)) > 0
    return Regimen(
        id=name,
        patient=box.patient,
        box=box.id if is_boxed else None,
        medicine=medicine.id,
        window=window,
        remind_ms=tuple(minute * MINUTE_MS for minute in sorted(draw(st.sets(minutes, max_size=4)))),
        steps=draw(steps(box if is_boxed else None, medicine.smallest_part)),
        holds=tuple(draw(st.lists(holds(), max_size=2))),
        supply=draw(maybe(supplies())),
    )


@st.composite
def steps(draw: st.DrawFn, box: Box | None, part: float) -> tuple[Step, ...]:
    bounds = sorted(draw(st.sets(dates, min_size=1, max_size=3)))
    found = []
    for begins, after in pairwise([*bounds, None]):
        assert begins is not None
        until = None if after is None else after - timedelta(days=1)
        if until is None and draw(st.booleans()):
            until = begins + timedelta(days=draw(st.integers(0, 40)))
        found.append(replace(draw(taken(box, part)), begins=begins, until=until))
    return tuple(found)


@st.composite
def taken(draw: st.DrawFn, box: Box | None, part: float) -> Step:
    """Draw what is taken in a step; its dates are given later."""
    amounts = st.integers(1, 8).map(lambda count: count * part)
    named = Step(begins=EXAMPLE_DAY, until=None, by=draw(st.just("") | texts), why=draw(st.just("") | texts))
    kinds = ["times", "as_needed"] if box else ["times", "as_needed", "interval"]
    match draw(st.sampled_from(kinds)):
        case "interval":
            every = Interval(
                first=draw(times),
                every_ms=draw(st.integers(360, 4_320)) * MINUTE_MS,
                amount=draw(amounts),
            )
            return replace(named, interval=every)
        case "as_needed":
            amount = draw(amounts)
            need = AsNeeded(
                amount=amount,
                least_gap_ms=draw(st.integers(1, 1_440)) * MINUTE_MS,
                most_a_day=amount * draw(st.integers(1, 4)),
                reason=draw(texts),
            )
            return replace(named, as_needed=need)
        case _:
            shown = sorted(draw(st.sets(st.sampled_from(TIMES), min_size=1)))
            # With one compartment for each time no two windows of one compartment can overlap.
            cells = dict(zip(TIMES, box.compartments if box else (), strict=False))
            return replace(
                named,
                times={time: draw(amounts) for time in shown},
                compartments={} if box is None or box.layout else {time: cells[time] for time in shown},
                rhythm=draw(rhythms()),
            )


@st.composite
def rhythms(draw: st.DrawFn) -> Rhythm:
    """Draw one rule or none: several may leave no day at all."""
    match draw(st.integers(0, 3)):
        case 0:
            # A step may be as short as one day: some day of it must be named.
            return Rhythm(weekdays=WEEKDAYS)
        case 1:
            return Rhythm(every_days=draw(st.integers(1, 90)))
        case 2:
            return Rhythm(cycle=(draw(st.integers(1, 40)), draw(st.integers(1, 40))))
        case _:
            return Rhythm()


@st.composite
def holds(draw: st.DrawFn) -> Hold:
    begins = draw(dates)
    length = draw(maybe(st.integers(0, 60)))
    until = None if length is None else begins + timedelta(days=length)
    return Hold(begins=begins, until=until, by=draw(texts), why=draw(texts))


@st.composite
def supplies(draw: st.DrawFn) -> Supply:
    return Supply(
        tablets=draw(st.integers(0, 2_000)) / draw(st.sampled_from([1, 2, 10])),
        counted_on=draw(dates),
        expires=draw(maybe(dates)),
        pack=draw(maybe(st.integers(1, 200))),
        refills_left=draw(maybe(st.integers(0, 12))),
        lead_days=draw(maybe(st.integers(0, 30))),
    )


def full_texts(channels: Mapping[str, str]) -> st.SearchStrategy[tuple[str, ...] | None]:
    chosen = st.lists(st.sampled_from(sorted(channels)), unique=True) if channels else st.just(list[str]())
    return maybe(chosen.map(lambda names: tuple(names)))


@st.composite
def patients_with_boxes(draw: st.DrawFn, name: str) -> tuple[Patient, list[Box]]:
    called, channels = draw(texts), draw(st.just({}) | addresses)
    patient = Patient(
        id=name,
        name=called,
        timezone=draw(zones),
        language=draw(st.sampled_from(["en", "de", "pt-BR"])),
        day_starts=draw(times),
        phone=draw(st.sampled_from(["", "+44 20 7946 0018", "0171/23 (45)-6"])),
        channels=channels,
        alias=draw(st.sampled_from(["", "№ 4"])) if "№" not in called and "4" not in called else "",
        full_text=draw(full_texts(channels)),
    )
    boxes = []
    for number in range(draw(st.integers(1, 2))):
        layout = draw(st.sampled_from(["7x2", "7x4", None]))
        boxes.append(
            Box(
                id=f"{name}-{number}",
                patient=name,
                layout=layout,
                compartments=COMPARTMENTS[layout] + draw(st.sampled_from([(), ("prn", "spare")]))
                if layout
                else ("a1", "a2", "a3", "a4"),
                fill_day=draw(maybe(st.sampled_from(WEEKDAYS))),
                second_check=draw(st.booleans()),
                watch=draw(maybe(watches)),
                sealed=draw(st.booleans()),
            )
        )
    return patient, boxes


@st.composite
def checks(draw: st.DrawFn, patients: list[str]) -> tuple[Check, ...]:
    found = []
    for name in draw(st.sets(slugs, max_size=2)):
        begins = draw(dates)
        length = draw(maybe(st.integers(0, 400)))
        found.append(
            Check(
                id=name,
                patient=draw(st.sampled_from(patients)),
                title=draw(texts),
                begins=begins,
                every_days=draw(maybe(st.integers(1, 365))),
                until=None if length is None else begins + timedelta(days=length),
                kind=draw(st.sampled_from(get_args(CheckKind))),
                time=draw(maybe(times)),
                place=draw(st.just("") | texts),
                bring=draw(st.just("") | texts),
                remind_days=draw(st.integers(0, 60)),
                overdue_days=draw(st.integers(1, 60)),
            )
        )
    return tuple(found)


LADDERS: list[list[tuple[WantKind, ...]]] = [[()], [("dose", "care")], [(), ("storage",)]]
"""For which kinds a patient has ladders of their own, beside the general one or without it."""


@st.composite
def caregivers(draw: st.DrawFn, name: str, patients: list[str]) -> Caregiver:
    wanted = st.lists(st.sampled_from(KINDS), unique=True).map(lambda kinds: tuple(kinds))
    channels = draw(addresses)
    return Caregiver(
        id=name,
        name=draw(texts),
        channels=channels,
        full_text=draw(full_texts(channels)),
        wants=draw(st.dictionaries(st.sampled_from(patients), wanted)),
        quiet=draw(maybe(st.tuples(times, times))),
        timezone=draw(maybe(zones)),
        wakes=draw(wanted),
        canary=draw(st.sampled_from(get_args(CanaryRhythm))),
    )


@st.composite
def duties_of(draw: st.DrawFn, patient: str, names: Sequence[str]) -> Duty:
    who = st.sampled_from(names)
    turns = st.lists(
        st.builds(Turn, weekday=st.sampled_from(WEEKDAYS), time=times, who=who),
        max_size=3,
        unique_by=lambda one: (one.weekday, one.time),
    )
    found = tuple(draw(turns))
    begins = draw(dates)
    days = st.builds(lambda who: DutyDays(begins=begins, until=begins + timedelta(days=3), who=who), who)
    return Duty(
        patient=patient,
        who=None if found else draw(who),
        zone=draw(maybe(zones)),
        turns=found,
        days=tuple(draw(st.lists(days, max_size=1))),
    )


@st.composite
def ladders(
    draw: st.DrawFn, of: str, people: dict[str, Caregiver], duty: Duty | None, wants: tuple[WantKind, ...]
) -> Ladder:
    found = []
    for after_min in sorted(draw(st.lists(st.integers(0, 7 * 1440), min_size=1, max_size=4))):
        who = draw(st.sampled_from([*people, *(["on-duty"] if duty else [])]))
        tried = on_duty_ever(duty) if who == "on-duty" and duty else (who,)
        channel = draw(st.sampled_from(sorted({name for one in tried for name in people[one].channels})))
        found.append(LadderStep(after_ms=after_min * MINUTE_MS, who=who, channel=channel))
    rounds = draw(maybe(st.integers(1, 100)))
    return Ladder(patient=of, steps=tuple(found), wants=wants, rounds=rounds)


@st.composite
def journeys(draw: st.DrawFn) -> Trip:
    policies: st.SearchStrategy[TripPolicy] = st.sampled_from(get_args(TripPolicy))
    begins, policy = draw(dates), draw(policies)
    return Trip(
        patient="ada",
        begins=begins,
        until=begins + timedelta(days=draw(st.integers(0, 40))),
        zone=draw(zones),
        policy=policy,
        shift_ms=90 * MINUTE_MS if policy == "shift" else 0,
        with_box=draw(st.booleans()),
        by=draw(st.just("") | texts),
    )


absences = st.builds(
    lambda begins, days: Away(begins=begins, until=begins + timedelta(days=days), why="a wedding"),
    st.dates(date(2026, 1, 1), date(2027, 1, 1)),
    st.integers(0, 30),
)


@st.composite
def households(draw: st.DrawFn) -> Household:
    homes = [draw(patients_with_boxes(name)) for name in draw(st.sampled_from([["ada"], ["ada", "ada2"]]))]
    patients = {patient.id: patient for patient, _ in homes}
    boxes = {box.id: box for _, owned in homes for box in owned}
    prescribed = {
        f"r-{box.id}": draw(regimens(f"r-{box.id}", box)) for box in boxes.values() if draw(st.booleans())
    }
    names = draw(st.sampled_from([("bea", "cem"), ()]))
    people = {name: draw(caregivers(name, sorted(patients))) for name in names}
    some = st.sets(st.sampled_from(sorted(patients))) if people else st.just(set[str]())
    duties = {one: draw(duties_of(one, names)) for one in sorted(draw(some))}
    climbing = sorted(draw(some))
    cues = st.builds(
        Cue,
        light=st.sampled_from(["steady", "slow_pulse", "double_blink", "fast_blink"]),
        sound=st.sampled_from(["none", "chime", "double_chime", "insistent"]),
    )
    return Household(
        country=draw(st.sampled_from(["GB", "DE", "US"])),
        subdivision=draw(maybe(st.sampled_from(["ENG", "BY", "1"]))),
        patients=patients,
        boxes=boxes,
        regimens=prescribed,
        medicines={one: CABINET[one] for one in sorted({one.medicine for one in prescribed.values()})},
        checks=draw(checks(sorted(patients))),
        caregivers=people,
        ladders=tuple(
            draw(ladders(one, people, duties.get(one), wants))
            for one in climbing
            for wants in draw(st.sampled_from(LADDERS))
        ),
        duties=duties,
        cues=tuple(draw(st.lists(cues, max_size=3))),
        trips=tuple(draw(st.lists(journeys(), max_size=1))),
        away=tuple(draw(st.lists(absences, max_size=2))),
    )


@settings(max_examples=50, deadline=None)
@given(households())
def test_what_was_written_reads_back_equal(household: Household) -> None:
    written = household_toml(household)
    assert parse_household(written) == household
    assert household_toml(parse_household(written)) == written


def test_the_example_is_written_in_its_own_style() -> None:
    """Compare what the two files say, key by key; only comments and line breaks may differ."""
    assert tomllib.loads(household_toml(parse_household(EXAMPLE_TEXT))) == tomllib.loads(EXAMPLE_TEXT)


def test_durations_and_tablets_are_written_as_a_person_would() -> None:
    written = household_toml(read_household(EXAMPLE))
    assert 'window = { opens = "-60m", late = "+60m", closes = "half" }' in written
    assert 'remind = ["+0m", "+30m", "+60m", "+120m"]' in written
    assert 'times = { "08:00" = 1, "20:00" = 0.5 }' in written
    assert 'every = "7d"' in written
    assert '{ after = "15m", who = "bea", channel = "sms" }' in written


def test_hours_and_days_are_read_as_well_as_minutes() -> None:
    text = EXAMPLE_TEXT.replace('closes = "half"', 'closes = "+4h"').replace('"+120m"', '"2h"')
    [found] = parse_household(text).regimens.values()
    assert (found.window.closes_ms, found.remind_ms[-1]) == (4 * HOUR_MS, 2 * HOUR_MS)
    assert (
        parse_household(text.replace('"30m", who = "cem"', '"1d", who = "cem"')).ladders[0].steps[-1].after_ms
        == DAY_MS
    )


def test_quotes_backslashes_and_hashes_survive() -> None:
    household = read_household(EXAMPLE)
    name = 'Ada "the first" \\ # [x] = {y} — Ådå 🙂'
    changed = replace(household, patients={"ada": replace(household.patients["ada"], name=name)})
    assert parse_household(household_toml(changed)).patients["ada"].name == name


def test_steps_are_kept_by_their_dates_however_they_were_written() -> None:
    one = '[[regimen.step]]\nfrom = 2026-12-07\ntimes = { "08:00" = 1 }\n'
    other = (
        '[[regimen.step]]\nfrom = 2026-11-23\nuntil = 2026-12-06\ntimes = { "20:00" = 1, "08:00" = 0.5 }\n'
    )
    head = "".join(
        (
            '[home]\ncountry = "GB"\n[[patient]]\nid = "ada"\nname = "Ada"\ntimezone = "Europe/London"\n',
            '[[box]]\nid = "kitchen"\npatient = "ada"\nlayout = "7x2"\n',
            '[[regimen]]\nid = "aza"\npatient = "ada"\nbox = "kitchen"\n',
            'medicine = "azathioprine-50mg-tablet"\n',
            'window = { opens = "-60m", late = "60m", closes = "half" }\n',
        )
    )
    read = parse_household(head + one + other)
    assert read == parse_household(head + other + one)
    first = read.regimens["aza"].steps[0]
    assert (first.begins, list(first.times)) == (date(2026, 11, 23), ["08:00", "20:00"])
    assert read.regimens["aza"].remind_ms == ()


def test_the_file_and_its_text_are_the_same_household(tmp_path: Path) -> None:
    path = tmp_path / "home.toml"
    path.write_text(EXAMPLE_TEXT, encoding="utf-8")
    assert read_household(path) == parse_household(EXAMPLE_TEXT) == read_household(EXAMPLE)


def test_the_example_holds_what_it_says() -> None:
    household = read_household(EXAMPLE)
    [found] = household.regimens.values()
    assert [dict(step.times) for step in found.steps] == [{"08:00": 0.5}, {"08:00": 1.0, "20:00": 0.5}]
    assert [step.until for step in found.steps] == [date(2026, 12, 6), None]
    assert (found.holds[0].by, found.holds[0].until) == ("clinic", date(2026, 12, 27))
    assert found.supply is not None
    assert (found.supply.tablets, found.supply.pack, found.supply.lead_days) == (56.0, 28, 3)
    assert household.boxes["kitchen"].compartments == COMPARTMENTS["7x2"]
    assert (household.duties, household.caregivers["bea"].quiet) == (
        {"ada": Duty(patient="ada", who="bea")},
        ("22:00", "07:00"),
    )
    assert household.caregivers["cem"].wants == {"ada": ("dose", "supply")}
    assert [step.after_ms // MINUTE_MS for step in household.ladders[0].steps] == [0, 15, 30]
    assert (household.checks[0].every_days, household.checks[0].until) == (7, date(2026, 12, 28))
    assert list(household.medicines) == ["azathioprine-50mg-tablet"]


def test_a_kind_that_is_wanted_twice_is_told_once() -> None:
    text = EXAMPLE_TEXT.replace('["dose", "supply"]', '["dose", "supply", "dose"]')
    assert parse_household(text).caregivers["cem"].wants == {"ada": ("dose", "supply")}


def test_the_example_sends_nothing_to_anybody() -> None:
    """Who imports the example as it is must not reach a stranger: `.invalid` never resolves (RFC 2606)."""
    household = read_household(EXAMPLE)
    channels = [patient.channels for patient in household.patients.values()]
    channels += [caregiver.channels for caregiver in household.caregivers.values()]
    found = [address for one in channels for address in one.values()]
    assert len(found) == 4
    assert all(address.split("/")[2].endswith(".invalid") for address in found)
