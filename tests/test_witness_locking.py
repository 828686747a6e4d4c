"""Does the lock hold what nobody is to open, and never a dose that is due?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.envelope import Stamp
from controller.wire.events import (
    DoseTaken,
    EventData,
    HelpRequested,
    LockForced,
    LockLocked,
    LockOpened,
    LockOverride,
    RefillStarted,
)
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from controller.wire.messages import Command
from controller.wire.plan import Intake, Plan, PlannedAsNeeded
from controller.wire.words import ClockTrust
from controller.witness.box import remembered
from controller.witness.inputs import Input, RecordingFailed, Stalled
from controller.witness.lock.locking import HOLD_MS, OVERRIDE_MS, UNLOCK_MAX_MS, UNLOCK_MS
from controller.witness.lock.words import HOLDING, OPEN, WAY_OUT, WAY_OUT_REFILLING
from controller.witness.state import new_box, recall
from firmware.ports import WAYS_OUT, Button, LockSide
from tests.test_witness_laws import LAWS, Act, Checked, acts, do, planned
from tests.witness_scenes import COMPARTMENTS, MONDAY, Scene, on, only, plan_of, slot

PAIN = PlannedAsNeeded(
    regimen="pain",
    compartment="sun-pm",
    medicine="paracetamol-500mg-tablet",
    amount=1.0,
    least_gap_ms=4 * HOUR_MS,
    most_a_day=3.0,
    begins_at=on("03:00"),
    ends_at=on("03:00", day=14),
)
SLOT = "a/2026-11-23/08:00"


def locked_box(plan: Plan | None, *, fails: LockSide = "locked", clock: ClockTrust = "synced") -> Scene:
    scene = Scene(box=new_box("kitchen", COMPARTMENTS, fails), clock=clock)
    scene.start()
    if plan is not None:
        scene.plan(plan)
    return scene


@pytest.fixture
def scene() -> Scene:
    return locked_box(plan_of(slot("08:00"), slot("20:00")))


def released(scene: Scene) -> bool:
    assert scene.box.lock is not None
    return scene.box.lock.released


def moves(scene: Scene) -> list[tuple[str, str]]:
    """Return what the lock did so far, with its reasons."""
    return [
        ("opened" if isinstance(one.data, LockOpened) else "locked", one.data.because)
        for one in scene.said
        if isinstance(one.data, LockOpened | LockLocked)
    ]


def hold(scene: Scene, button: Button = "help", span_ms: int = HOLD_MS) -> list[EventData]:
    said = scene.press(button)
    said += scene.after(span_ms)
    return said + scene.let_go(button)


def unlock(
    scene: Scene, *, by: str | None = "bea", minutes: float | None = 5, expires_ms: int = MINUTE_MS
) -> list[EventData]:
    until = None if minutes is None else scene.wall_ms + round(minutes * MINUTE_MS)
    return scene.command(
        Command(
            v=1, box="kitchen", id=f"u-{scene.mono_ms}", command="unlock",
            expires_at=scene.wall_ms + expires_ms, until=until, by=by,
        )
    )  # fmt: skip


def test_a_box_without_a_lock_says_nothing_of_one() -> None:
    scene = Scene.begun(plan_of(slot("08:00")))
    scene.use("mon-am", on("08:00"))
    hold(scene)
    unlock(scene)
    assert scene.box.lock is None
    assert "lock" not in remembered(scene.box)
    assert not [one for one in scene.said if isinstance(one.data, LockOpened | LockOverride | LockForced)]


def test_it_lets_go_when_the_window_opens_and_holds_after_the_dose(scene: Scene) -> None:
    assert not released(scene)
    scene.until(on("06:59:59"))
    assert not released(scene)
    assert only(scene.until(on("07:00")), LockOpened) == LockOpened(because="due", slot=SLOT)
    scene.open("mon-am", on("08:01"))
    assert released(scene), "a hand is in the box"
    assert only(scene.close("mon-am", on("08:02")), LockLocked).because == "taken"
    assert not released(scene)


def test_it_holds_again_when_the_window_closes(scene: Scene) -> None:
    scene.until(on("12:00"))
    assert released(scene)
    assert only(scene.until(on("12:00:01")), LockLocked).because == "window_over"


def test_it_holds_again_when_the_dose_was_taken_from_elsewhere(scene: Scene) -> None:
    scene.until(on("08:00"))
    assert only(scene.press("taken_elsewhere"), LockLocked).because == "self_reported"


def test_it_lets_go_until_the_last_of_several_lids_is_taken() -> None:
    scene = locked_box(plan_of(slot("08:00"), slot("08:00", regimen="b", compartment="tue-am")))
    scene.use("mon-am", on("08:00"))
    assert released(scene)
    scene.use("tue-am")
    assert not released(scene)
    assert moves(scene) == [("opened", "due"), ("locked", "taken")]


def test_a_lid_that_is_left_open_does_not_keep_the_box_open_for_ever(scene: Scene) -> None:
    scene.open("mon-am", on("08:00"))
    scene.until(on("08:09"))
    assert released(scene)
    scene.until(on("08:11"))
    assert not released(scene)


def test_it_holds_until_the_time_between_two_doses_is_over() -> None:
    late = replace(slot("08:00"), least_gap_ms=12 * HOUR_MS)
    next_one = replace(slot("20:00"), least_gap_ms=12 * HOUR_MS)
    scene = locked_box(plan_of(late, next_one))
    scene.use("mon-am", on("10:00"))
    scene.until(on("21:59"))
    assert not released(scene), "it may not be taken yet"
    scene.until(on("22:00"))
    assert released(scene)


def needed_box(most_a_day: float = 3.0) -> Scene:
    need = replace(PAIN, most_a_day=most_a_day)
    days = tuple(on("03:00", day=day) for day in range(-1, 15))
    return locked_box(replace(plan_of(slot("08:00")), as_needed=(need,), day_starts_at=days))


def test_what_is_taken_as_needed_is_in_reach_when_its_rules_allow_it() -> None:
    scene = needed_box()
    assert only(scene.until(on("03:00")), LockOpened).because == "as_needed"
    scene.open("sun-pm", on("05:00"))
    assert only(scene.close("sun-pm", on("05:01")), LockLocked).because == "not_now"
    scene.until(on("06:59"))
    assert not released(scene)
    scene.use("mon-am", on("07:30"))
    assert not released(scene)
    scene.until(on("09:00"))
    assert released(scene), "four hours after the last one"


def test_the_most_of_a_day_holds_until_the_next_day_allows_one() -> None:
    scene = needed_box(most_a_day=2.0)
    scene.use("sun-pm", on("05:00"))
    scene.use("sun-pm", on("13:30"))
    scene.until(on("23:00"))
    assert not released(scene)
    scene.until(on("05:00", day=1) + MINUTE_MS)
    assert released(scene)


def test_what_the_hub_knows_of_holds_too() -> None:
    taken = (Intake(at=on("02:00"), amount=1.0),)
    plan = replace(plan_of(), as_needed=(replace(PAIN, taken=taken),))
    scene = locked_box(plan)
    scene.until(on("05:59"))
    assert not released(scene)
    scene.until(on("06:00"))
    assert released(scene)


@pytest.mark.parametrize("button", WAYS_OUT)
def test_whoever_holds_the_button_for_ten_seconds_gets_in(scene: Scene, button: Button) -> None:
    scene.hub(online=True)
    said = scene.press(button)
    assert scene.view().text == HOLDING
    said += scene.after(HOLD_MS - 1)
    assert not released(scene)
    said += scene.after(1)
    assert released(scene)
    assert only(said, LockOverride).because == f"{button}_held"
    assert only(said, LockOpened) == LockOpened(because="override", until=scene.wall_ms + OVERRIDE_MS)
    assert (scene.wall_ms, "chime") in scene.sounds
    scene.let_go(button)
    if button == "help":
        assert only(said, HelpRequested) == HelpRequested(because="button")
        scene.after(OVERRIDE_MS - 1)
        assert released(scene)
        assert only(scene.after(1), LockLocked).because == "time_over"


@pytest.mark.parametrize("span_ms", [0, HOLD_MS - 1])
def test_a_button_let_go_before_opens_nothing(scene: Scene, span_ms: int) -> None:
    hold(scene, span_ms=span_ms)
    scene.after(MINUTE_MS)
    assert not released(scene)
    assert scene.of(LockOverride) == []


@pytest.mark.parametrize("button", ["snooze", "quiet", "taken_elsewhere"])
def test_the_other_buttons_open_nothing(scene: Scene, button: Button) -> None:
    hold(scene, button, span_ms=MINUTE_MS)
    assert not released(scene)


def test_a_button_held_long_enough_opens_though_it_is_told_late(scene: Scene) -> None:
    scene.press("help")
    scene._go(HOLD_MS)
    assert only(scene.let_go("help"), LockOverride).because == "help_held"
    assert len(scene.of(LockOverride)) == 1
    scene.after(MINUTE_MS)
    assert len(scene.of(LockOverride)) == 1


def test_nobody_is_said_to_have_held_a_button_while_the_program_stood_still(scene: Scene) -> None:
    scene.press("help")
    scene._go(HOLD_MS)
    scene.take(Stalled(stamp=scene.stamp()))
    scene.let_go("help")
    assert not released(scene)


def test_the_way_out_is_taken_anew_where_the_box_believes_itself_open(scene: Scene) -> None:
    """A bolt that jammed: the box says it is open, and somebody stands before a lid that is not."""
    scene.until(on("08:00"))
    assert scene.box.lock is not None
    orders = scene.box.lock.orders
    hold(scene)
    assert scene.box.lock.orders == orders + 1
    assert len(scene.of(LockOverride)) == 1


TROUBLES = ("no_plan", "clock", "ended", "other_hub", "disk", "switch")


@pytest.mark.parametrize("fails", ["open", "locked"])
@pytest.mark.parametrize("trouble", TROUBLES)
def test_no_trouble_closes_the_way_out(trouble: str, fails: LockSide) -> None:
    plan = None if trouble == "no_plan" else plan_of(slot("08:00"), until=on("12:00"))
    scene = locked_box(plan, fails=fails, clock="untrusted" if trouble == "clock" else "synced")
    if trouble == "ended":
        scene.until(on("13:00"))
    if trouble == "disk":
        scene.take(RecordingFailed(stamp=scene.stamp(), failed=True))
    if trouble == "switch":
        for _ in range(40):
            scene.lid("mon-am", True)
            scene.after(100)
            scene.lid("mon-am", False)
    in_doubt = trouble in ("no_plan", "clock", "ended")
    assert released(scene) == (in_doubt and fails == "open")
    hold(scene)
    assert released(scene)
    assert len(scene.of(LockOverride)) == 1


def test_where_the_box_cannot_know_it_is_as_the_home_decided_and_says_how_to_open_it() -> None:
    for fails in ("open", "locked"):
        scene = locked_box(None, fails=fails)
        assert released(scene) == (fails == "open")
        assert (WAY_OUT in scene.view().text) == (fails == "locked")
        scene.plan(plan_of(slot("08:00"), until=on("23:00")))
        assert not released(scene)
        assert WAY_OUT not in scene.view().text
        scene.until(on("23:01"))
        assert released(scene) == (fails == "open")
    assert moves(locked_box(None, fails="open")) == [("opened", "no_plan")]


def test_a_clock_that_is_lost_keeps_no_dose_that_was_due_from_the_patient(scene: Scene) -> None:
    scene.until(on("09:00"))
    scene.trust("untrusted", -30 * DAY_MS)
    assert released(scene), "it was due when the clock was still right"
    scene.after(2 * HOUR_MS + 59 * MINUTE_MS)
    assert released(scene)
    scene.after(2 * MINUTE_MS)
    assert not released(scene), "by the boot clock its window is over"
    assert moves(scene) == [("opened", "due"), ("locked", "window_over")]


def test_a_clock_that_is_found_again_says_what_is_due(scene: Scene) -> None:
    scene.trust("untrusted", 0)
    scene.after(8 * HOUR_MS)
    assert not released(scene)
    scene.trust("synced")
    assert released(scene)


def test_a_command_that_names_who_asks_opens_for_as_long_as_it_says(scene: Scene) -> None:
    opened = only(unlock(scene, minutes=5), LockOpened)
    assert opened == LockOpened(because="command", by="bea", until=scene.wall_ms + 5 * MINUTE_MS)
    assert scene.view().text in (OPEN, "no connection to the hub")
    scene.after(5 * MINUTE_MS - 1)
    assert released(scene)
    assert only(scene.after(1), LockLocked).because == "time_over"


def test_a_command_opens_for_ten_minutes_unless_it_says_and_for_an_hour_at_most(scene: Scene) -> None:
    unlock(scene, minutes=None)
    scene.after(UNLOCK_MS - 1)
    assert released(scene)
    scene.after(1)
    assert not released(scene)
    unlock(scene, minutes=600)
    scene.after(UNLOCK_MAX_MS - 1)
    assert released(scene)
    scene.after(1)
    assert not released(scene)


def test_a_command_that_comes_while_it_is_open_is_told_with_who_asked(scene: Scene) -> None:
    scene.until(on("08:00"))
    assert only(unlock(scene), LockOpened).by == "bea"
    scene.use("mon-am")
    assert released(scene)
    assert only(scene.after(5 * MINUTE_MS), LockLocked).because == "time_over"


def test_no_command_opens_that_is_nobody_s_expired_past_or_for_another_box(scene: Scene) -> None:
    unlock(scene, by=None)
    unlock(scene, expires_ms=-1)
    unlock(scene, minutes=-1)
    unlock(scene, minutes=0)
    other = Command(
        v=1, box="other", id="u-9", command="unlock", expires_at=scene.wall_ms + MINUTE_MS, by="bea"
    )
    scene.command(other)
    assert not released(scene)
    assert scene.of(LockOpened) == []


def test_a_command_is_followed_once_and_not_with_a_clock_that_cannot_tell_whether_it_expired(
    scene: Scene,
) -> None:
    command = Command(
        v=1, box="kitchen", id="u-1", command="unlock", expires_at=scene.wall_ms + HOUR_MS, by="bea"
    )
    scene.command(command)
    scene.after(UNLOCK_MS)
    scene.command(command)
    assert not released(scene)
    scene.trust("untrusted")
    scene.command(replace(command, id="u-2"))
    assert not released(scene)


def refill_command(scene: Scene, word: str) -> list[EventData]:
    return scene.command(
        Command(v=1, box="kitchen", id=f"r-{word}", command=word, expires_at=scene.wall_ms + MINUTE_MS)  # type: ignore[arg-type]  # one of the two
    )


def test_a_refill_that_the_hub_began_is_open_until_it_is_done(scene: Scene) -> None:
    assert only(refill_command(scene, "refill_start"), LockOpened).because == "refill"
    scene.use("mon-am")
    scene.after(30 * MINUTE_MS)
    assert released(scene)
    assert only(refill_command(scene, "refill_done"), LockLocked).because == "refill_done"


def test_a_refill_that_a_press_began_opens_nothing_until_the_button_is_held(scene: Scene) -> None:
    """A lock that one press opens would hold no child."""
    assert only(scene.press("refill"), RefillStarted).because == "button"
    scene.let_go("refill")
    assert not released(scene)
    assert WAY_OUT_REFILLING in scene.view().text
    hold(scene)
    scene.after(OVERRIDE_MS + MINUTE_MS)
    assert released(scene), "who was let in may finish"
    scene.press("refill")
    assert not released(scene)


def test_what_the_panel_says_in_a_refill_that_is_locked_ends_in_a_refill_that_is_open(scene: Scene) -> None:
    """Whoever held the button at once would have opened the lids and ended the refill."""
    scene.press("refill")
    scene.let_go("refill")
    assert "press refill, wait, then hold it" in scene.view().text
    for press in range(2):
        scene.after(2 * SECOND_MS)
        scene.press("refill")
        if not press:
            scene.let_go("refill")
    scene.after(HOLD_MS)
    scene.let_go("refill")
    assert released(scene)
    assert scene.box.mode.refill


def test_a_refill_begun_while_somebody_was_let_in_stays_open(scene: Scene) -> None:
    unlock(scene, minutes=5)
    scene.press("refill")
    scene.let_go("refill")
    scene.after(30 * MINUTE_MS)
    assert released(scene)
    scene.after(HOUR_MS)
    assert not released(scene), "a refill that nobody goes on with ends by itself"


def test_a_lid_that_opens_while_it_is_locked_is_told_as_forced(scene: Scene) -> None:
    scene.after(MINUTE_MS)
    assert only(scene.open("mon-pm"), LockForced) == LockForced(
        compartment="mon-pm", because="opened_while_locked"
    )
    assert not released(scene), "forcing a lid opens the others to nobody"


def test_nothing_is_called_forced_that_was_let_go_found_open_or_chatters(scene: Scene) -> None:
    scene.use("mon-am", on("08:00"))
    scene.after(1_000)
    scene.open("mon-am")
    assert scene.of(LockForced) == [], "a lid may be faster than the bolt that was told to hold"
    scene.close("mon-am")
    scene.after(MINUTE_MS)
    scene.lid("tue-am", True, because="at_boot")
    assert scene.of(LockForced) == []
    for _ in range(40):
        scene.lid("wed-am", True)
        scene.lid("wed-am", False)
    assert len(scene.of(LockForced)) < 20
    forced = len(scene.of(LockForced))
    scene.open("wed-am")
    assert len(scene.of(LockForced)) == forced


@pytest.mark.parametrize("power", [False, True])
def test_after_a_restart_the_lock_is_as_it_should_be_in_every_state(power: bool) -> None:
    for begin in (lambda s: None, lambda s: s.until(on("08:00")), unlock, hold, lambda s: s.press("refill")):
        scene = locked_box(plan_of(slot("08:00"), slot("20:00")))
        begin(scene)
        before, count = released(scene), len(moves(scene))
        scene.restart(off_ms=2_000, power=power)
        is_due = scene.box.now is not None and scene.box.now.at >= on("07:00")
        assert released(scene) == (is_due or (before and not power))
        assert len(moves(scene)) == count + (before != released(scene)), "no news, no word"


def test_an_act_ends_on_time_after_a_restart(scene: Scene) -> None:
    unlock(scene, minutes=5)
    scene.restart(off_ms=MINUTE_MS)
    scene.after(4 * MINUTE_MS - 1)
    assert released(scene)
    scene.after(1)
    assert not released(scene)


def test_a_dose_that_was_open_before_a_restart_locks_after_it(scene: Scene) -> None:
    scene.open("mon-am", on("08:00"))
    scene.restart(off_ms=3_000)
    assert released(scene)
    assert only(scene.close("mon-am"), LockLocked).because == "taken"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"why":1}', '{"act":"bribe"}', '{"until_ms":-1}'])
def test_a_memory_that_cannot_be_read_is_a_lock_that_holds(text: str, scene: Scene) -> None:
    hold(scene)
    parts = {**remembered(scene.box), "lock": text}
    box = recall("kitchen", COMPARTMENTS, parts, "locked")
    assert box.lock is not None
    assert not box.lock.released


def test_a_memory_from_before_there_was_a_lock_is_still_read(scene: Scene) -> None:
    parts = {name: part for name, part in remembered(scene.box).items() if name != "lock"}
    box = recall("kitchen", COMPARTMENTS, parts, "open")
    assert box.lock is not None
    assert box.course.held is not None


def test_an_hour_with_nothing_to_do_is_remembered_once(scene: Scene) -> None:
    """A part that changes with every step would be a write to the card with every step."""
    scene.until(on("08:00"))
    before = remembered(scene.box)["lock"]
    for minute in range(60):
        scene.until(on("08:00") + minute * MINUTE_MS)
        scene.climate(21.0)
        scene.jump(3)
        assert remembered(scene.box)["lock"] is before


LOCK_DO = ("hold", "press_help", "unlock", "refill_cmd")
lock_acts = st.one_of(
    acts,
    st.builds(Act, wait_ms=st.integers(0, HOUR_MS), do=st.sampled_from(LOCK_DO), what=st.integers(0, 63)),
)
lock_scripts = st.lists(lock_acts, max_size=30)


class Watched(Checked):
    """A scene that looks at every instant whether a dose that is due is behind a lock."""

    def take(self, happening: Input) -> list[EventData]:
        found = super().take(happening)
        now = self.box.now
        if self.box.lock is not None and now is not None and now.clock != "untrusted":
            assert self.box.lock.released or not self.due(now), "a dose that is due is kept from the patient"
        return found

    def due(self, now: Stamp) -> list[str]:
        course = self.box.course
        return [
            one.slot
            for one in course.covering(now.at)
            if course.of(one).outcome == "pending" and not course.too_soon(one, now.at)
        ]


def live(script: list[Act], fails: LockSide | None) -> Watched:
    scene = Watched(box=new_box("kitchen", COMPARTMENTS, fails), wall_ms=MONDAY)
    scene.prepare()
    scene.watching_since = scene.wall_ms
    scene.start()
    scene.plan(planned(0))
    for act in script:
        scene.after(act.wait_ms)
        match act.do:
            case "hold":
                hold(scene, WAYS_OUT[act.what % 2], span_ms=HOLD_MS + act.what * SECOND_MS)
            case "press_help":
                hold(scene, "help", span_ms=act.what * 100)
            case "unlock":
                unlock(scene, minutes=act.what / 4)
            case "refill_cmd":
                refill_command(scene, "refill_done" if act.what % 2 else "refill_start")
            case _:
                do(scene, act, plans=True, shift_ms=0)
    return scene


@LAWS
@given(lock_scripts, st.sampled_from(["open", "locked"]))
def test_whatever_happens_a_dose_that_is_due_is_in_reach(script: list[Act], fails: LockSide) -> None:
    scene = live(script, fails)
    scene.press("help")
    scene.after(HOLD_MS)
    assert released(scene), "the way out is always there"


@LAWS
@given(lock_scripts, st.sampled_from(["open", "locked"]))
def test_the_lock_says_each_turn_once_and_the_same_script_says_the_same(
    script: list[Act], fails: LockSide
) -> None:
    scene = live(script, fails)
    is_open = False
    for record in scene.said:
        match record.data:
            case LockOpened(because=because):
                assert not is_open or because in ("command", "override")
                is_open = True
            case LockLocked():
                assert is_open
                is_open = False
            case LockForced():
                assert not is_open
            case _:
                pass
    assert is_open == released(scene)
    assert live(script, fails).said == scene.said


@LAWS
@given(lock_scripts)
def test_a_lock_changes_nothing_of_what_the_box_testifies(script: list[Act]) -> None:
    lock_kinds = LockOpened | LockLocked | LockForced | LockOverride
    with_lock = [one for one in live(script, "locked").said if not isinstance(one.data, lock_kinds)]
    without = live(script, None).said
    verdicts = DoseTaken | HelpRequested | RefillStarted
    assert [one for one in with_lock if isinstance(one.data, verdicts)] == [
        one for one in without if isinstance(one.data, verdicts)
    ]
    assert [one.data for one in with_lock] == [one.data for one in without]
