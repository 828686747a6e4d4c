"""Does a table say what is wrong in words, and write durations the way it reads them?"""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from hub.errors import HouseholdRefused
from hub.tables import FIRST_DAY, LAST_DAY, Table, nearest, read_toml, span_text
from hub.toml_lines import Place, lines_of


def table(text: str) -> Table:
    return read_toml("file.toml", text)


@pytest.mark.parametrize(
    ("text", "span_ms"),
    [
        ("-60m", -60 * MINUTE_MS),
        ("+0m", 0),
        ("0m", 0),
        ("90m", 90 * MINUTE_MS),
        ("2h", 2 * HOUR_MS),
        ("-1h", -HOUR_MS),
        ("7d", 7 * DAY_MS),
    ],
)
def test_a_duration_has_a_sign_a_number_and_a_unit(text: str, span_ms: int) -> None:
    assert table(f'x = "{text}"').span_ms("x", -(10**12), 10**12) == span_ms


@pytest.mark.parametrize(
    "text", ["", "m", "60", "60s", "1.5h", "60 m", "60M", "--60m", "999999m", "\u0666\u0660m", "P1D"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(HouseholdRefused, match=r"file.toml: line \d+: x is "):
        table(f'x = "{text}"').span_ms("x", -(10**12), 10**12)


@given(st.integers(-99_999, 99_999), st.booleans())
def test_a_duration_reads_back_as_it_was_written(minutes: int, signed: bool) -> None:
    written = span_text(minutes * MINUTE_MS, signed=signed)
    assert table(f'x = "{written}"').span_ms("x", -(10**12), 10**12) == minutes * MINUTE_MS


def test_a_signed_duration_shows_its_plus() -> None:
    shown = [span_text(0), span_text(0, signed=True), span_text(HOUR_MS, signed=True), span_text(-MINUTE_MS)]
    assert shown == ["0m", "+0m", "+60m", "-1m"]


def test_bounds_belong_to_what_is_allowed() -> None:
    read = table("low = 1\nhigh = 3\nbelow = 0\nabove = 4")
    assert [read.whole(key, 1, 3) for key in ("low", "high")] == [1, 3]
    assert [read.number(key, 1, 3) for key in ("low", "high")] == [1.0, 3.0]
    for key in ("below", "above"):
        with pytest.raises(HouseholdRefused, match="outside 1 to 3"):
            read.whole(key, 1, 3)
        with pytest.raises(HouseholdRefused, match="outside 1 to 3"):
            read.number(key, 1, 3)


def test_the_first_and_the_last_day_are_days() -> None:
    read = table(f"first = {FIRST_DAY}\nlast = {LAST_DAY}\nearly = 1999-12-31\nlate = 2200-01-01")
    assert [read.day("first"), read.day("last")] == [date(2000, 1, 1), date(2199, 12, 31)]
    for key in ("early", "late"):
        with pytest.raises(HouseholdRefused, match="outside the years 2000 to 2199"):
            read.day(key)


def test_only_the_known_keys_pass() -> None:
    read = table("a = 1\nb = 2")
    assert read.only("a", "b", "c") is read
    with pytest.raises(HouseholdRefused, match="b is not a key that is known here"):
        read.only("a")


def test_a_child_is_named_by_its_place() -> None:
    read = table('[[box]]\nid = "kitchen"\n[box.window]\nopens = 3\n[[box]]\nid = "No slug"\n')
    first, other = read.children("box", named_by="id")
    assert (first.place, other.place) == ("box[kitchen]", "box[2]")
    with pytest.raises(HouseholdRefused, match=r"box\[kitchen\].window.opens is a number, not text"):
        first.child("window").text("opens")
    assert read.children("absent") == []


def test_a_list_is_named_by_its_numbers() -> None:
    read = table('quiet = ["22:00", 7]').listed("quiet")
    assert read.time("[1]") == "22:00"
    with pytest.raises(HouseholdRefused, match=r"file.toml: line \d+: quiet\[2\] is a number, not text"):
        read.time("[2]")


@pytest.mark.parametrize(
    ("word", "known", "answer"),
    [
        ("remnid", ["remind", "window"], "; did you mean 'remind'?"),
        ("EUROPE/london", ["Europe/London", "Europe/Lisbon"], "; did you mean 'Europe/London'?"),
        ("ramipril", ["window", "ramipril-5mg-tablet"], "; did you mean 'ramipril-5mg-tablet'?"),
        ("ra", ["ramipril-5mg-tablet"], ""),
        ("zzz", ["remind", "window"], ""),
        ("", ["remind"], ""),
        ("x", [], ""),
        ("remind" * 10_000, ["remind"], ""),
    ],
)
def test_a_near_miss_is_offered_and_a_far_one_is_not(word: str, known: list[str], answer: str) -> None:
    assert nearest(word, known) == answer


def test_a_refusal_is_short_however_long_the_mistake() -> None:
    with pytest.raises(HouseholdRefused) as caught:
        table(f'x = "{"a" * 900}"').slug("x")
    assert len(str(caught.value)) < 200
    with pytest.raises(HouseholdRefused) as caught:
        table(f"{'k' * 900} = 1").only("x")
    assert len(str(caught.value)) < 200


def test_a_refusal_names_the_line_on_which_the_key_stands() -> None:
    text = """# a home
[home]
note = '''
x = 1
[other]
'''
[[box]]
id = "kitchen"

[[box]]
id = "hall"
[[box.lid]]
"quoted key" = 1   # said
[[box.lid]]
two = 2
[box.place]
three = 3
"""
    root = read_toml("home.toml", text)
    hall = root.children("box", named_by="id")[1]
    second = hall.children("lid")[1]
    assert str(hall.refusal("id", "is odd")) == "home.toml: line 11: box[hall].id is odd."
    assert str(hall.refusal("layout", "is missing")) == "home.toml: line 10: box[hall].layout is missing."
    assert str(second.refusal("two", "is odd")) == "home.toml: line 15: box[hall].lid[2].two is odd."
    assert str(hall.child("place").refusal("three", "is odd")).startswith("home.toml: line 17: ")
    first = hall.children("lid")[0]
    assert str(first.refusal("quoted key", "is odd")).startswith("home.toml: line 13: ")
    assert "line" not in str(root.refusal("nothing", "is missing"))


@given(st.text(max_size=200))
def test_any_text_has_lines_or_none_and_never_fails(text: str) -> None:
    assert all(1 <= line <= text.count("\n") + 1 for line in lines_of(text).values())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a = [\n[1]\n]\nb = 2", {("a",): 1, ("b",): 4}),
        ("a = [ # ]\n  { x = 1 },\n]\nb = 2", {("a",): 1, ("b",): 4}),
        ("a = [\"[\", '[']\nb = 2", {("a",): 1, ("b",): 2}),
        ('a = """\n[x]\nb = 1\n"""\nc = 3', {("a",): 1, ("c",): 5}),
        ("steps = [\n  { after = 1 },\n]\n[x]\ny = 1", {("steps",): 1, ("x",): 4, ("x", "y"): 5}),
    ],
)
def test_what_only_looks_like_a_key_or_a_header_has_no_line(text: str, wanted: dict[Place, int]) -> None:
    assert lines_of(text) == wanted
