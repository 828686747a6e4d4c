"""What does a good message of every row and kind look like? Strategies and the golden examples."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from controller.wire.envelope import Envelope, Stamp
from controller.wire.events import (
    BoxHealth,
    BoxStarted,
    BoxStopping,
    ClimateSampled,
    ClockStepped,
    DoseAsNeeded,
    DoseExtra,
    DoseExtraAnswered,
    DoseMissed,
    DoseSelfReported,
    DoseTaken,
    DoseUnobserved,
    DoseWrongCompartment,
    EventData,
    ExcursionEnded,
    ExcursionStarted,
    HelpRequested,
    HumiditySpan,
    LidClosed,
    LidDampRise,
    LidDay,
    LidDisturbed,
    LidLeftOpen,
    LidOpened,
    LidOutOfHours,
    LidRepeated,
    LidStuck,
    LidUnmoved,
    LidUse,
    LidWearing,
    LightSpan,
    LockForced,
    LockLocked,
    LockOpened,
    LockOverride,
    RefillDone,
    RefillStarted,
    ReminderGiven,
    ReminderSnoozed,
    SensorFault,
    SensorRecovered,
    TemperatureSpan,
)
from controller.wire.instants import FIRST_MS, LAST_MS, instant_ms
from controller.wire.marks import AsInstant, Pattern, Within
from controller.wire.messages import (
    Ack,
    Acknowledgement,
    Alert,
    AlertAck,
    BoxState,
    BoxStatus,
    ClimateNow,
    Command,
    HubStatus,
    NextSlot,
)
from controller.wire.plan import Amount, Cue, HeldLid, Limit, Notices, Plan, PlannedSlot
from controller.wire.topics import TopicName

AT = instant_ms("2026-11-23T08:05:00.250Z")
DUE = instant_ms("2026-11-23T08:00:00Z")
HOUR = 3_600_000
SLOT = "azathioprine/2026-11-23/08:00"
STAMP = Stamp(at=AT, boot="boot-1", mono_ms=61_250, clock="synced")

EVENTS: tuple[EventData, ...] = (
    BoxStarted(version="0.1.0", because="power_on", lids_open=("tue-pm",)),
    BoxStopping(because="asked"),
    BoxHealth(because="plan_ended", text="The plan ended on Monday.", count=1),
    LidOpened(compartment="mon-am", because="edge"),
    LidClosed(compartment="mon-am", because="poll", open_ms=4_200),
    LidLeftOpen(compartment="mon-am", because="open_10min", open_ms=600_000),
    LidStuck(compartment="mon-am", because="chatter"),
    LidDay(
        because="day_over",
        since=AT - 24 * HOUR,
        until=AT,
        lids=(LidUse(compartment="mon-am", opened=2, open_ms=61_000, moves=4, bounces=9),),
    ),
    LidDisturbed(
        because="many_at_once", compartments=("mon-am", "mon-pm", "tue-am"), since=AT - 2_000, slots=(SLOT,)
    ),
    LidOutOfHours(compartment="mon-pm", because="watch_hours", opened_at=AT),
    LidRepeated(because="within_an_hour", count=5, since=AT - HOUR, compartments=("mon-pm", "tue-am")),
    LidUnmoved(compartment="mon-am", because="others_moved", since=AT - 192 * HOUR, missed=2),
    LidWearing(compartment="mon-am", because="grown", bounces=12.5, before=3.5),
    DoseTaken(
        slot=SLOT,
        compartment="mon-am",
        timing="on_time",
        evidence="lid",
        because="lid_opened",
        opened_at=AT,
    ),
    LockOpened(because="command", by="bea", until=AT + 600_000),
    LockLocked(because="time_over"),
    LockForced(compartment="mon-am", because="opened_while_locked"),
    LockOverride(because="help_held"),
    DoseMissed(slot=SLOT, compartment="mon-am", evidence="none", because="window_watched"),
    DoseUnobserved(slot=SLOT, compartment="mon-am", evidence="none", because="box_off"),
    DoseExtra(compartment="mon-am", evidence="lid", because="already_taken", opened_at=AT, slot=SLOT),
    DoseAsNeeded(
        regimen="pain",
        compartment="prn",
        medicine="paracetamol-500mg-tablet",
        amount=1.0,
        evidence="lid",
        because="lid_opened",
        opened_at=AT,
    ),
    DoseExtraAnswered(
        compartment="mon-am", opened_at=AT, answer="looked", evidence="button", because="button", slot=SLOT
    ),
    DoseWrongCompartment(
        slot=SLOT,
        compartment="tue-am",
        expected="mon-am",
        evidence="lid",
        because="other_slot_due",
        opened_at=AT,
    ),
    DoseSelfReported(slot=SLOT, compartment="mon-am", evidence="button", because="button"),
    ReminderGiven(slot=SLOT, compartment="mon-am", step=1, because="due"),
    ReminderSnoozed(slot=SLOT, compartment="mon-am", until=AT + 900_000, because="button"),
    HelpRequested(because="button"),
    RefillStarted(because="button"),
    RefillDone(
        because="button", opened=("mon-am", "mon-pm"), filled=("mon-am",), skipped=("tue-am",), wrong=1
    ),
    ClimateSampled(
        sensor="sht4x",
        since=AT - 900_000,
        readings=15,
        temperature_c=TemperatureSpan(low=21.5, mean=21.8, high=22.0),
        humidity_pct=HumiditySpan(low=48.0, mean=49.5, high=51.0),
    ),
    ExcursionStarted(
        excursion="damp", rule="damp", because="beyond_limit", since=AT - 6 * HOUR, limit=75.0, value=81.5
    ),
    ExcursionEnded(excursion="damp", rule="damp", because="back_inside", since=AT - 6 * HOUR, extreme=84.0),
    LidDampRise(
        compartment="mon-am",
        because="lid_open",
        since=AT - 600_000,
        open_ms=40_000,
        rise_pct=11.5,
        humidity_pct=52.0,
        beside=("mon-pm",),
    ),
    SensorFault(sensor="sht4x", because="crc"),
    SensorRecovered(sensor="sht4x", because="reads_again"),
    ClockStepped(by_ms=-3_600_000, because="stepped_back"),
)

LATER: dict[str, EventData] = {
    "climate.sampled.beside": ClimateSampled(
        sensor="shelf",
        since=AT - 900_000,
        readings=15,
        temperature_c=TemperatureSpan(low=21.5, mean=21.8, high=22.0),
        humidity_pct=HumiditySpan(low=48.0, mean=49.5, high=51.0),
        role="beside",
    ),
    "sensor.fault.disagreeing": SensorFault(
        sensor="shelf", because="disagreeing", role="beside", against="sht4x"
    ),
}
"""Fields that came later than their kind: the golden file of a kind stays as it was released."""

PLAN = Plan(
    v=1,
    box="kitchen",
    plan="p-0123456789ab",
    made_at=DUE - 5 * HOUR,
    until=DUE + 14 * 24 * HOUR,
    slots=(
        PlannedSlot(
            slot=SLOT,
            compartment="mon-am",
            opens_at=DUE - HOUR,
            due_at=DUE,
            late_at=DUE + HOUR,
            closes_at=DUE + 12 * HOUR,
            amounts=(Amount(medicine="azathioprine-50mg-tablet", amount=0.5),),
            remind_at=(DUE, DUE + HOUR // 2),
        ),
    ),
    limits=(
        Limit(
            rule="damp",
            excursion="damp",
            measure="humidity_pct",
            side="above",
            limit=75.0,
            clear=70.0,
            dwell_ms=6 * HOUR,
            clear_dwell_ms=HOUR // 2,
        ),
    ),
    cues=(Cue(light="slow_pulse", sound="chime"),),
    notices=Notices(
        held=(HeldLid(compartment="tue-am", begins_at=DUE + 12 * HOUR, ends_at=DUE + 47 * HOUR),),
        low_supply=True,
    ),
)

MESSAGES: dict[TopicName, Any] = {
    "status": BoxStatus(v=1, box="kitchen", status="offline", because="last_will"),
    "state": BoxState(
        v=1,
        box="kitchen",
        at=AT,
        boot="boot-1",
        clock="synced",
        version="0.1.0",
        lids={"mon-am": True, "mon-pm": False},
        outbox=3,
        hub="online",
        refill=False,
        climate=ClimateNow(at=AT - 60_000, temperature_c=21.8, humidity_pct=49.5),
        next_slot=NextSlot(slot=SLOT, compartment="mon-am", due_at=DUE),
        plan="p-0123456789ab",
        plan_until=DUE + 14 * 24 * HOUR,
    ),
    "ack": Ack(v=1, box="kitchen", stream="stream-1", seq=17),
    "plan": PLAN,
    "command": Command(
        v=1, box="kitchen", id="c-1", command="quiet", expires_at=AT + 60_000, until=AT + HOUR
    ),
    "alert": Alert(
        v=1,
        box="kitchen",
        alert="a-0123456789ab",
        kind="dose.missed",
        state="acknowledged",
        title="A compartment was not opened",
        body="The compartment for 08:00 was not opened.",
        raised_at=AT,
        changed_at=AT + 60_000,
        told=("bea",),
        acknowledged=Acknowledgement(by="bea", at=AT + 60_000, intent="on my way", until=AT + HOUR),
    ),
    "alert_ack": AlertAck(v=1, alert="a-0123456789ab", by="bea", intent="on my way", until=AT + HOUR),
    "hub_status": HubStatus(v=1, status="online", because="started"),
}

LATER_EVENTS: tuple[EventData, ...] = (
    ClimateSampled(
        sensor="sht4x",
        since=AT - 900_000,
        readings=15,
        temperature_c=TemperatureSpan(low=21.5, mean=21.8, high=22.0),
        humidity_pct=HumiditySpan(low=48.0, mean=49.5, high=51.0),
        light_pct=LightSpan(low=0.0, mean=0.4, high=3.0),
        lids_open=2,
    ),
    ExcursionStarted(
        excursion="hot",
        rule="hot",
        because="beyond_limit",
        since=AT - 2 * HOUR,
        limit=30.0,
        value=31.5,
        level="low",
        counted_ms=10 * HOUR,
        window_ms=30 * 24 * HOUR,
        measure="temperature_c",
        kind="cumulative",
    ),
    ExcursionEnded(
        excursion="hot",
        rule="hot",
        because="back_within",
        since=AT - 2 * HOUR,
        extreme=31.5,
        measure="temperature_c",
    ),
)
"""Kinds that were released before some of their fields were: here they say everything."""

LATER_PLAN = replace(
    PLAN,
    limits=(
        replace(PLAN.limits[0], kind="mean", window_ms=24 * HOUR, level="info"),
        replace(PLAN.limits[0], rule="heat", kind="instant", readings=2, level="medium"),
    ),
    more_limits=(
        replace(PLAN.limits[0], rule="light", excursion="light", measure="light_pct", level="info"),
    ),
)


def sealed(data: EventData, seq: int = 1) -> Envelope:
    """Put an event into an envelope of the example box."""
    return Envelope(box="kitchen", stream="stream-1", seq=seq, stamp=STAMP, data=data)


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Derive a strategy from an annotation of the wire, marks included."""
    origin = get_origin(hint)
    if origin is Annotated:
        return _marked(*get_args(hint))
    if origin is Literal:
        return st.sampled_from(get_args(hint))
    if origin in (Union, types.UnionType):
        inner = next(part for part in get_args(hint) if part is not type(None))
        return st.none() | values_of(inner)
    if origin is tuple:
        return st.lists(values_of(get_args(hint)[0]), max_size=3).map(tuple)
    if origin in (dict, Mapping):
        key, item = get_args(hint)
        return st.dictionaries(values_of(key), values_of(item), max_size=3)
    if isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint, include_extras=True)
        return st.builds(hint, **{field.name: values_of(hints[field.name]) for field in fields(hint)})
    plain: dict[Any, st.SearchStrategy[Any]] = {
        str: st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
        int: st.integers(-(2**53) + 1, 2**53 - 1),
        float: st.floats(-1e6, 1e6),
        bool: st.booleans(),
    }
    return plain[hint]


def _marked(base: Any, *marks: Any) -> st.SearchStrategy[Any]:
    for mark in marks:
        match mark:
            case AsInstant():
                return st.integers(FIRST_MS, LAST_MS)
            case Pattern(expression):
                return st.from_regex(expression, fullmatch=True).filter(str.isascii)
            case Within(low, high) if base is int:
                return st.integers(int(low), int(high))
            case Within(low, high):
                return st.floats(low, high)
            case _:
                raise TypeError(f"{mark!r} is no mark of the wire")
    return values_of(base)
