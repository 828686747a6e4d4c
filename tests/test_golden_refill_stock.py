"""Does the hub know after a guided refill of a week what lies in the box, from the testimony alone?"""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

from controller.replay import replay
from controller.wire.instants import instant_ms
from controller.wire.shape import write_json
from hub.care.entries import BY_BOX, BoxFilled
from hub.care.supplying.intakes import intakes_of
from hub.care.supplying.moves import stock_of
from hub.engine import Engine
from hub.household import parse_household
from hub.intake.arrivals import Arrival
from hub.store.sqlite.store import open_store

CARE = Path(__file__).parent / "golden" / "care"
HOUSEHOLD = (Path(__file__).parent / "golden" / "days" / "household.toml").read_text()


def test_a_guided_refill_of_a_week_is_a_fill_at_the_hub_and_the_first_dose_comes_out_of_it() -> None:
    out = StringIO()
    replay((CARE / "refill-week.box.jsonl").read_text().splitlines(), out.write)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    store = open_store(None)
    engine = Engine(store)
    start_ms = instant_ms(lines[0]["at"])
    engine.start(start_ms)
    engine.import_household(HOUSEHOLD, start_ms)
    for line in lines:
        if line["topic"].endswith("/event"):
            payload = write_json(line["payload"]).encode()
            engine.take([Arrival(topic=line["topic"], payload=payload)], instant_ms(line["at"]))
    [entry] = store.entries("ada")
    assert entry.by == BY_BOX
    assert isinstance(entry.fact, BoxFilled)
    assert "fri-pm" not in entry.fact.compartments, "it was skipped"
    assert len(entry.fact.compartments) == 13
    home = parse_household(HOUSEHOLD)
    taken = intakes_of([entry], (), store.intakes_since("ada", start_ms).values())
    stock = stock_of(home, home.regimens["azathioprine"], [entry], taken)
    assert stock.all_eighths == 56 * 8 - sum(one.eighths for one in taken), "nothing was lost or made"
    assert ("kitchen", "mon-am") not in stock.compartments, "the first dose came out of it"
    assert stock.compartments["kitchen", "tue-am"].eighths == 8
    assert stock.compartments["kitchen", "tue-pm"].eighths == 4
    store.close()
