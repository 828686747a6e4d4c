"""Does `storage` say how long a day compartments stood open, as far as their box told of it?"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from controller.wire.events import LidDay, LidUse
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from hub.config import read_config
from hub.engine import Engine
from hub.reporting.open_lids import OpenLids, open_lids, open_lines, plain_open
from hub.store.sqlite.store import open_store
from tests.hub_parts import DUE_MS
from tests.test_asking_storage import lived, message, mild, plain, said

DAY = LidDay(
    because="day_over",
    since=DUE_MS - 5 * HOUR_MS,
    until=DUE_MS + 19 * HOUR_MS,
    lids=(
        LidUse(compartment="mon-am", opened=2, open_ms=40 * MINUTE_MS, moves=4, bounces=3),
        LidUse(compartment="mon-pm", opened=1, open_ms=2 * MINUTE_MS, moves=2),
    ),
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a hub that was told of one day, and of another one long before."""
    found = lived(tmp_path, mild)
    with closing(open_store(read_config(found).database, "hub")) as store:
        engine = Engine(store)
        engine.start(DUE_MS + DAY_MS)
        said_at = DUE_MS + 19 * HOUR_MS
        engine.take([message(1_000, said_at, DAY)], DUE_MS + 2 * DAY_MS)
    return found


def test_the_storage_of_a_box_says_how_long_its_lids_stood_open(config: Path) -> None:
    text = said(config)
    assert "its lids stood open 42 minutes a day in all, over 1.0 days it told of" in text
    assert "the longest, 40 minutes in that time, the Monday morning compartment" in text


def test_programs_read_the_same(config: Path) -> None:
    (found,) = plain(config)["lids"]
    assert found["told_ms"] == DAY_MS
    assert found["lids"][0] == {"compartment": "mon-am", "opened": 2, "open_ms": 40 * MINUTE_MS}


def test_a_box_that_told_of_no_day_is_called_neither_open_nor_closed(tmp_path: Path) -> None:
    config = lived(tmp_path, mild)
    assert "stood open" not in said(config)
    assert plain(config)["lids"] == [{"box": "kitchen", "told_ms": 0, "lids": []}]


def test_days_that_ended_outside_the_time_asked_for_are_not_counted(config: Path) -> None:
    with closing(open_store(read_config(config).database, "hub")) as store:
        span = (DAY.until - 1, DAY.until, DAY.until + 1)
        counted = [
            open_lids(store, "kitchen", begin, end, lambda box, at: True).told_ms
            for begin, end in ((span[0] - DAY_MS, span[0]), (span[0], span[1]), (span[1], span[2]))
        ]
    assert counted == [0, DAY_MS, 0]


def test_a_day_of_whoever_had_the_box_before_is_not_told(config: Path) -> None:
    with closing(open_store(read_config(config).database, "hub")) as store:
        found = open_lids(store, "kitchen", 0, DUE_MS + 2 * DAY_MS, lambda box, at: at > DAY.since)
    assert plain_open(found)["told_ms"] == 0


def test_lids_that_were_hardly_open_name_none_as_the_longest() -> None:
    (line,) = open_lines(OpenLids(box="kitchen", told_ms=DAY_MS, lids=(("mon-am", 1, 10_000),)))
    assert line == (
        "its lids stood open 0 minutes a day in all, over 1.0 days it told of; an open compartment takes damp"
    )
