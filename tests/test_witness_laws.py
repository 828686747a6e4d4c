"""Do the laws hold for the witness, whatever happens to a box?"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.wire.envelope import Stamp
from controller.wire.events import (
    ClockStepped,
    DoseExtra,
    DoseMissed,
    DoseSelfReported,
    DoseTaken,
    DoseUnobserved,
    EventData,
    LidClosed,
    LidOpened,
    ReminderGiven,
)
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.messages import Command
from controller.wire.plan import Limit, Plan, PlannedSlot
from controller.wire.shape import to_plain
from controller.wire.words import ClockTrust
from controller.witness.box import next_deadline, recall, remembered, state_message, view
from controller.witness.clock import STEP_MS
from controller.witness.inputs import (
    ButtonPressed,
    ClimateRead,
    CommandArrived,
    HubSeen,
    Input,
    LidMoved,
    PlanArrived,
    RecordingFailed,
    Started,
    Stopping,
    Tick,
)
from firmware.ports import Button, ClimateReading, NoReading
from tests.witness_scenes import COMPARTMENTS, MONDAY, Scene, moved_slot, on, plan_of, slot

DAMP = Limit(
    rule="damp",
    excursion="damp",
    measure="humidity_pct",
    side="above",
    limit=60.0,
    clear=55.0,
    dwell_ms=HOUR_MS,
    clear_dwell_ms=30 * MINUTE_MS,
)
STALE = Limit(
    rule="stale",
    excursion="stale",
    measure="silence",
    side="above",
    limit=0.0,
    clear=0.0,
    dwell_ms=2 * HOUR_MS,
    clear_dwell_ms=0,
)
LIDS = ("mon-am", "mon-pm", "tue-am", "tue-pm")
TIMES = [(time, day) for day in range(3) for time in ("08:00", "20:00")]

EXAMPLES = int(os.environ.get("WITNESS_EXAMPLES", "25"))
LAWS = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class Act:
    """One line of a random script: wait, then do."""

    wait_ms: int
    do: str
    what: int


def planned(what: int) -> Plan:
    """Return one of a few plans: all slots, a hold, a shift by minutes, a second regimen, limits."""
    slots = [slot(time, day=day) for time, day in TIMES]
    if what & 1:
        slots += [slot(time, day=day, regimen="b") for time, day in TIMES]
    if what & 2:
        slots = [moved_slot(one, 7 * MINUTE_MS) for one in slots]
    if what & 4:
        slots = slots[1:]
    limits = (DAMP, STALE) if what & 8 else (DAMP,)
    return plan_of(*slots, name=f"p{what}", made_at=MONDAY + what, limits=limits)


DO = (
    "open", "close", "open", "close", "use", "use", "late", "restart", "power", "jump", "untrust", "trust",
    "snooze", "taken", "refill", "climate", "tick", "hub",
)  # fmt: skip

acts = st.builds(
    Act,
    wait_ms=st.one_of(
        st.integers(0, 2_000), st.integers(0, 20 * MINUTE_MS), st.integers(HOUR_MS, 9 * HOUR_MS)
    ),
    do=st.sampled_from(DO),
    what=st.integers(0, 63),
)
steady_acts = acts.filter(lambda act: act.do not in ("jump", "untrust", "trust", "power", "restart"))
scripts = st.lists(acts, max_size=40)
steady_scripts = st.lists(steady_acts, max_size=40)


class Checked(Scene):
    """A scene that knows the truth: when the box has been watching, and which lids were opened when."""

    watching_since: int | None = None
    slots: dict[str, PlannedSlot]
    openings: list[tuple[str, int]]
    answered: set[str]
    judged: list[str]
    verdicts: set[tuple[str, int]]
    rewound: int

    def prepare(self) -> None:
        self.slots, self.openings, self.answered, self.judged = {}, [], set(), []
        self.verdicts, self.rewound = set(), 0

    def take(self, happening: Input) -> list[EventData]:
        found = super().take(happening)
        trusted = happening.stamp.clock != "untrusted"
        if isinstance(happening, LidMoved) and trusted and LidOpened in {type(event) for event in found}:
            self.openings.append((happening.compartment, happening.stamp.at))
        held = self.box.course.held
        self.slots = {} if held is None else {one.slot: one for one in held.slots}
        for event in found:
            self.check(event, happening.stamp)
        return found

    def check(self, event: EventData, stamp: Stamp) -> None:
        match event:
            case ClockStepped():
                self.rewound += event.by_ms < 0
            case DoseTaken() | DoseSelfReported():
                assert event.slot not in self.answered, "law 2: a slot has at most one intake"
                self.answered.add(event.slot)
            case DoseMissed():
                self.check_missed(event.slot)
                self.judge(event.slot, stamp)
            case DoseUnobserved():
                self.judge(event.slot, stamp)
            case ReminderGiven():
                one = self.slots[event.slot]
                assert stamp.clock != "untrusted"
                assert event.slot not in self.answered, "law 5: no reminder for a slot that is taken"
                assert one.opens_at <= stamp.at < one.closes_at, "law 5: no reminder outside the window"
                assert not self.box.mode.refill
            case _:
                pass

    def check_missed(self, name: str) -> None:
        one = self.slots[name]
        assert self.watching_since is not None, "law 3: only a trusted clock may judge"
        assert self.watching_since <= one.opens_at, "law 3: the whole window must have been watched"
        seen = [at for lid, at in self.openings if lid == one.compartment]
        assert not any(one.opens_at <= at <= one.closes_at for at in seen), "a lid opened in the window"
        if self.lids.get(one.compartment, False):
            assert any(at > one.closes_at for at in seen), "a lid stood open all the while"

    def judge(self, name: str, stamp: Stamp) -> None:
        assert stamp.clock != "untrusted"
        assert name not in self.answered, "law 4: an intake is never overturned"
        assert self.slots[name].closes_at < stamp.at, "law 4: no window is judged before it has closed"
        self.judged.append(name)
        assert (name, self.rewound) not in self.verdicts, "law 4: judged again, though no clock went back"
        self.verdicts.add((name, self.rewound))


def begin(plan: Plan | None, shift_ms: int = 0) -> Checked:
    scene = Checked(wall_ms=MONDAY + shift_ms)
    scene.prepare()
    scene.watching_since = scene.wall_ms
    scene.start()
    if plan is not None:
        scene.plan(plan)
    return scene


def play(scene: Checked, script: list[Act], *, plans: bool = True, shift_ms: int = 0) -> None:
    for act in script:
        scene.after(act.wait_ms)
        do(scene, act, plans=plans, shift_ms=shift_ms)


def do(scene: Checked, act: Act, *, plans: bool, shift_ms: int) -> None:
    lid = LIDS[act.what % len(LIDS)]
    match act.do:
        case "open" | "close":
            scene.lid(lid, act.do == "open")
        case "late":
            scene.after(100)
            scene.tick()
            scene.lid(lid, not scene.lids.get(lid, False), before_ms=min(act.what, 99))
        case "use":
            scene.use(lid)
        case "snooze":
            scene.press("snooze")
        case "taken":
            scene.press("taken_elsewhere")
        case "refill":
            scene.press("refill")
        case "climate":
            scene.climate(20.0, 40.0 + act.what)
        case "hub" if plans:
            scene.plan(shifted(planned(act.what), shift_ms))
        case _:
            trouble(scene, act, lid)


def trouble(scene: Checked, act: Act, lid: str) -> None:
    trusted = scene.clock != "untrusted"
    match act.do:
        case "restart" | "power":
            off_ms = act.what * 20 * MINUTE_MS
            if act.do == "power" and act.what % 3 == 0:
                scene.lids[lid] = not scene.lids.get(lid, False)
            scene.watching_since = scene.wall_ms + off_ms if trusted else None
            scene.restart(off_ms=off_ms, power=act.do == "power")
        case "jump":
            by_ms = (act.what - 31) * 13 * MINUTE_MS + 1
            if trusted and abs(by_ms) > STEP_MS:
                scene.watching_since = scene.wall_ms + by_ms
            scene.jump(by_ms)
        case "untrust":
            scene.watching_since = None
            scene.trust("untrusted", (act.what - 31) * 1000 if act.what % 2 else 0)
        case "trust":
            if not trusted:
                scene.watching_since = scene.wall_ms
            scene.trust("synced" if act.what % 2 else "rtc")
        case _:
            scene.tick()


def shifted(plan: Plan, by_ms: int) -> Plan:
    return replace(
        plan,
        made_at=plan.made_at + by_ms,
        until=plan.until + by_ms,
        slots=tuple(moved_slot(one, by_ms) for one in plan.slots),
    )


def to_the_end(scene: Checked) -> None:
    """Let the box run, with a clock to be trusted, until all windows have closed."""
    if scene.clock == "untrusted":
        scene.watching_since = scene.wall_ms
        scene.trust("synced")
    scene.after(max(0, on("12:00", day=5) - scene.wall_ms))
    scene.tick()


@LAWS
@given(script=scripts, what=st.integers(0, 15))
def test_laws_2_3_and_5_hold_whatever_happens(script: list[Act], what: int) -> None:
    scene = begin(planned(what))
    play(scene, script)
    to_the_end(scene)


@LAWS
@given(script=scripts, what=st.integers(0, 15))
def test_law_4_every_slot_of_a_steady_plan_ends_in_exactly_one_outcome(script: list[Act], what: int) -> None:
    plan = planned(what)
    scene = begin(plan)
    play(scene, script, plans=False)
    to_the_end(scene)
    for one in plan.slots:
        assert one.slot in scene.answered or one.slot in scene.judged, f"law 4: {one.slot} got no outcome"


@LAWS
@given(script=steady_scripts, what=st.integers(0, 15))
def test_a_box_that_watched_everything_says_unobserved_only_for_lids_and_refills(
    script: list[Act], what: int
) -> None:
    scene = begin(planned(what))
    play(scene, script, plans=False)
    to_the_end(scene)
    assert {event.because for event in scene.of(DoseUnobserved)} <= {"lid_already_open", "refill"}


@LAWS
@given(script=scripts, what=st.integers(0, 15), days=st.integers(-400, 400), odd_ms=st.integers(0, DAY_MS))
def test_law_6_shifting_a_scene_shifts_its_answer(
    script: list[Act], what: int, days: int, odd_ms: int
) -> None:
    shift_ms = days * DAY_MS + odd_ms
    here, there = begin(planned(what)), begin(shifted(planned(what), shift_ms), shift_ms)
    play(here, script)
    play(there, script, shift_ms=shift_ms)
    assert [back(record.stamp.at, record.data, 0) for record in here.said] == [
        back(record.stamp.at, record.data, shift_ms) for record in there.said
    ]
    assert [(at, sound) for at, sound in here.sounds] == [
        (at - shift_ms, sound) for at, sound in there.sounds
    ]


def back(at: int, event: EventData, shift_ms: int) -> tuple[object, ...]:
    instants = {
        name: getattr(event, name) - shift_ms
        for name in ("opened_at", "since", "until")
        if hasattr(event, name)
    }
    rest = {name: value for name, value in to_plain(event).items() if name not in instants}
    return at - shift_ms, type(event), rest, instants


@LAWS
@given(script=scripts, what=st.integers(0, 15))
def test_law_7_the_same_inputs_give_the_same_answer(script: list[Act], what: int) -> None:
    answers = []
    for _ in range(2):
        scene = begin(planned(what))
        play(scene, script)
        answers.append((scene.said, scene.sounds, scene.view(), remembered(scene.box)))
    assert answers[0] == answers[1]


@LAWS
@given(script=scripts, jumps=st.lists(st.integers(-3 * DAY_MS, 3 * DAY_MS), max_size=8))
def test_law_9_a_jumping_clock_invents_no_outcome(script: list[Act], jumps: list[int]) -> None:
    scene = begin(planned(1))
    for act, by_ms in zip(script, jumps, strict=False):
        scene.after(act.wait_ms)
        if scene.clock != "untrusted" and abs(by_ms) > STEP_MS:
            scene.watching_since = scene.wall_ms + by_ms
        scene.jump(by_ms)
        do(scene, act, plans=False, shift_ms=0)
    opened = {
        (event.compartment, record.stamp.at)
        for record in scene.said
        for event in [record.data]
        if isinstance(event, LidOpened)
    }
    taken = [event for event in scene.of(DoseTaken) if event.because == "lid_opened"]
    assert all((event.compartment, event.opened_at) in opened for event in taken)


@LAWS
@given(script=scripts, what=st.integers(0, 15), cut=st.integers(0, 40))
def test_a_box_that_is_recalled_goes_on_as_if_it_had_only_been_restarted(
    script: list[Act], what: int, cut: int
) -> None:
    here, there = begin(planned(what)), begin(planned(what))
    play(here, script[:cut])
    play(there, script[:cut])
    there.box = recall("kitchen", COMPARTMENTS, remembered(there.box))
    assert remembered(there.box) == remembered(here.box)
    for scene in (here, there):
        scene.watching_since = scene.wall_ms if scene.clock != "untrusted" else None
        scene.start()
        play(scene, script[cut:])
    assert here.said == there.said
    assert here.sounds == there.sounds
    assert here.view() == there.view()


@LAWS
@given(script=steady_scripts)
def test_every_movement_of_a_lid_is_recorded_once(script: list[Act]) -> None:
    scene = begin(planned(0))
    wanted: list[tuple[str, bool]] = []
    was: dict[str, bool] = {}
    for act in script:
        lid = LIDS[act.what % len(LIDS)]
        scene.after(act.wait_ms)
        if act.do in ("open", "close", "use"):
            for is_open in (True, False) if act.do == "use" else (act.do == "open",):
                scene.lid(lid, is_open)
                if was.get(lid, False) != is_open:
                    wanted.append((lid, is_open))
                was[lid] = is_open
    found = [
        (event.compartment, isinstance(event, LidOpened))
        for record in scene.said
        for event in [record.data]
        if isinstance(event, LidOpened | LidClosed)
    ]
    assert found == wanted


@LAWS
@given(script=steady_scripts)
def test_an_opening_while_the_plan_runs_gets_a_verdict_unless_refilling(script: list[Act]) -> None:
    scene = begin(planned(1))
    for act in script:
        before = len(scene.said)
        scene.after(act.wait_ms)
        was_open = scene.lids.get(LIDS[act.what % len(LIDS)], False)
        refill = scene.box.mode.refill
        if act.do != "open" or was_open or refill:
            continue
        found = [type(event).__name__ for event in scene.open(LIDS[act.what % len(LIDS)])]
        assert found[0] == "LidOpened"
        assert any(name in ("DoseTaken", "DoseExtra", "DoseWrongCompartment") for name in found)
        assert len(scene.said) > before


words = st.sampled_from(["absent", "crc"])
stamps = st.builds(
    Stamp,
    at=st.one_of(st.integers(0, 2**40), st.integers(MONDAY - DAY_MS, MONDAY + 3 * DAY_MS)),
    boot=st.sampled_from(["boot-1", "boot-2"]),
    mono_ms=st.one_of(st.integers(0, 2**40), st.integers(0, DAY_MS)),
    clock=st.sampled_from(["synced", "rtc", "untrusted"]),
)
places = st.sampled_from([*LIDS, "attic"])
commands = st.builds(
    Command,
    v=st.just(1),
    box=st.sampled_from(["kitchen", "shed"]),
    id=st.sampled_from(["c1", "c2", "c3"]),
    command=st.sampled_from(["cue", "quiet", "find_me", "refill_start", "refill_done", "self_test"]),
    expires_at=st.integers(0, 2**41),
    compartment=st.one_of(st.none(), places),
    until=st.one_of(st.none(), st.integers(0, 2**41)),
)
numbers = st.floats(allow_nan=True, allow_infinity=True)
buttons: st.SearchStrategy[Button] = st.sampled_from(["snooze", "taken_elsewhere", "help", "refill", "quiet"])
happenings: st.SearchStrategy[Input] = st.one_of(
    st.builds(
        Started, stamp=stamps, version=st.just("1"), lids=st.dictionaries(places, st.booleans(), max_size=4)
    ),
    st.builds(Stopping, stamp=stamps),
    st.builds(
        LidMoved,
        stamp=stamps,
        compartment=places,
        open=st.booleans(),
        because=st.sampled_from(["edge", "poll", "at_boot"]),
    ),
    st.builds(
        ClimateRead,
        stamp=stamps,
        sensor=words,
        reading=st.one_of(
            st.builds(NoReading, because=words),
            st.builds(ClimateReading, temperature_c=numbers, humidity_pct=numbers),
            st.builds(ClimateReading, temperature_c=st.floats(-60, 130), humidity_pct=st.floats(0, 100)),
        ),
    ),
    st.builds(ButtonPressed, stamp=stamps, button=buttons),
    st.builds(PlanArrived, stamp=stamps, plan=st.integers(0, 15).map(planned)),
    st.builds(CommandArrived, stamp=stamps, command=commands),
    st.builds(HubSeen, stamp=stamps, online=st.booleans()),
    st.builds(RecordingFailed, stamp=stamps, failed=st.booleans()),
    st.builds(Tick, stamp=stamps),
)


@settings(max_examples=EXAMPLES * 3, deadline=None)
@given(inputs=st.lists(happenings, max_size=25))
def test_no_input_in_any_order_raises_or_leaves_a_box_that_cannot_speak(inputs: list[Input]) -> None:
    scene = Scene()
    for happening in inputs:
        scene.take(happening)
        view(scene.box)
        assert state_message(scene.box, outbox=0, version="1") is not None
        next_deadline(scene.box)
        texts = remembered(scene.box)
        assert remembered(recall("kitchen", COMPARTMENTS, texts)) == texts


junk = st.one_of(
    st.text(max_size=20),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=6,
    ).map(json.dumps),
)
PARTS = ("slots", "past", "lids", "kept", "mode", "excursions", "faults", "boot", "plan")


@settings(max_examples=EXAMPLES, deadline=None)
@given(damage=st.dictionaries(st.sampled_from(PARTS), junk), script=st.lists(acts, max_size=10))
def test_a_damaged_memory_is_as_if_never_known_and_stops_nothing(
    damage: dict[str, str], script: list[Act]
) -> None:
    scene = begin(planned(9))
    play(scene, script)
    scene.clock = "synced"
    texts = {**remembered(scene.box), **damage}
    scene.box = recall("kitchen", COMPARTMENTS, texts)
    # What was taken is forgotten with the part that said so: the box may remind of it again.
    scene.prepare()
    scene.lids = {name: scene.lids.get(name, False) for name in COMPARTMENTS}
    Scene.take(scene, Started(stamp=scene.stamp(), version="1", lids=scene.lids))
    Scene.after(scene, HOUR_MS)


TRUSTS: tuple[ClockTrust, ...] = ("synced", "rtc")


@LAWS
@given(at=st.integers(on("00:00"), on("23:59")))
def test_the_window_test_is_inclusive_and_every_instant_has_one_verdict(at: int) -> None:
    one = slot("08:00")
    scene = Scene.begun(plan_of(one))
    found = [event for event in scene.open("mon-am", at) if isinstance(event, DoseTaken | DoseExtra)]
    assert len(found) == 1
    inside = one.opens_at <= at <= one.closes_at
    assert isinstance(found[0], DoseTaken) == inside
    if isinstance(found[0], DoseTaken):
        late = "late" if at > one.late_at else "on_time"
        assert found[0].timing == ("early" if at < one.due_at else late)
