"""Is the storage reckoned by the medicine's own sensor alone, however many others tell of theirs?"""

from __future__ import annotations

from dataclasses import replace

from controller.wire.envelope import Envelope, Stamp, envelope_json
from controller.wire.events import ClimateSampled, HumiditySpan, TemperatureSpan
from controller.wire.events.climate import SensorRole
from controller.wire.instants import HOUR_MS, MINUTE_MS
from hub.care.storing.samples import Watch
from hub.engine import Engine
from hub.intake.arrivals import Arrival
from hub.reporting.air import watched_air
from hub.store.sqlite.store import open_store
from tests.storing_month import BEGIN_MS, BOX, HOUSEHOLD

QUARTER_MS = 15 * MINUTE_MS


def sampled(index: int, warm_c: float, role: SensorRole | None) -> Arrival:
    """Return the word of one quarter of an hour, the medicine's even in number and the other's odd."""
    # Of two samples that overlap the later one is not counted twice: the other's begins a minute before.
    since = BEGIN_MS + index * QUARTER_MS - (0 if role is None else MINUTE_MS)
    warm_c += index % 2 / 10
    data = ClimateSampled(
        sensor="tablets" if role is None else "shelf", since=since, readings=15,
        temperature_c=TemperatureSpan(low=warm_c, mean=warm_c, high=warm_c),
        humidity_pct=HumiditySpan(low=45.0, mean=45.0, high=45.0), role=role,
    )  # fmt: skip
    stamp = Stamp(at=since + QUARTER_MS, boot="b1", mono_ms=1_000 + index * QUARTER_MS, clock="synced")
    seq = 2 * index + (1 if role is None else 2)
    payload = envelope_json(Envelope(box=BOX, stream="s1", seq=seq, stamp=stamp, data=data))
    return Arrival(topic=f"pillbox/v1/{BOX}/event", payload=payload.encode())


def watched(*, own_hours: float, hours: int = 6) -> Watch:
    """Let a cool sensor among the tablets read for some hours, and one in the hot window all the time."""
    store = open_store(None)
    engine = Engine(store)
    engine.start(BEGIN_MS)
    engine.import_household(HOUSEHOLD.read_text("utf-8"), BEGIN_MS)
    end = BEGIN_MS + hours * HOUR_MS
    arrivals = []
    for index in range(hours * 4):
        if index < own_hours * 4:
            arrivals.append(sampled(index, 21.0, None))
        else:
            # A stream has no holes: what the medicine's sensor does not say, the other says again.
            again = sampled(index, 21.0, "beside")
            text = again.payload.replace(b'"seq":%d' % (2 * index + 2), b'"seq":%d' % (2 * index + 1))
            arrivals.append(replace(again, payload=text))
        arrivals.append(sampled(index, 38.0, "beside"))
    engine.take(arrivals, end)
    found = watched_air(store, BOX, BEGIN_MS, end)
    store.close()
    return found


def test_a_sensor_in_the_window_makes_no_tablets_warm() -> None:
    found = watched(own_hours=6)
    assert {one.temperature_c.high for one in found.samples} == {21.0, 21.1}
    assert len(found.samples) == 24
    assert found.gaps() == ()


def test_a_sensor_in_the_room_fills_no_gap_of_the_medicines() -> None:
    found = watched(own_hours=2)
    assert len(found.samples) == 8
    assert found.gaps() != ()
