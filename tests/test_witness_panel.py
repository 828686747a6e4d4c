"""Does the patient see and hear the right thing at the right moment, with no network too?"""

from __future__ import annotations

from typing import Literal

import pytest

from controller.wire.events import (
    BoxHealth,
    DoseSelfReported,
    HelpRequested,
    RefillDone,
    RefillStarted,
    ReminderGiven,
)
from controller.wire.instants import HOUR_MS, MINUTE_MS, SECOND_MS
from controller.wire.messages import Command
from controller.wire.plan import Cue, Limit
from controller.wire.words import ExcursionKind
from controller.witness.box import state_message, view
from controller.witness.inputs import RecordingFailed
from controller.witness.state import new_box
from controller.witness.telling.panel_words import moment_of
from firmware.ports import Button, Glyph, Lamp, PanelView
from tests.witness_scenes import COMPARTMENTS, MONDAY, Scene, on, only, plan_of, slot

Order = Literal["cue", "quiet", "find_me", "refill_start", "refill_done", "self_test"]

MORNING = slot("08:00")
EVENING = slot("20:00", amount=0.5)


@pytest.fixture
def scene() -> Scene:
    scene = Scene.begun(plan_of(MORNING, EVENING), at=on("06:00"))
    scene.hub(True)
    return scene


def order(name: Order, compartment: str | None = None) -> Command:
    """Return a command that is still valid."""
    return Command(
        v=1,
        box="kitchen",
        id=f"c-{name}-{compartment or 'any'}",
        command=name,
        expires_at=on("23:00"),
        compartment=compartment,
    )


def test_a_box_before_its_first_stamp_shows_nothing() -> None:
    box = new_box("kitchen", COMPARTMENTS)
    assert view(box) == PanelView()
    assert state_message(box, outbox=0, version="1") is None


def test_with_nothing_to_do_the_panel_rests(scene: Scene) -> None:
    assert scene.view() == PanelView(glyph="idle", lamps={}, marks=(), text="")


def test_a_slot_that_is_due_lights_its_lid(scene: Scene) -> None:
    scene.until(on("07:59:59"))
    assert scene.view().lamps == {}
    scene.after(SECOND_MS)
    shown = scene.view()
    assert shown.glyph == "due"
    assert shown.lamps == {"mon-am": Lamp(colour="blue", light="slow_pulse")}
    assert shown.text == "Monday morning: 1 tablet"


def test_a_late_slot_is_amber_and_says_so_with_its_sign(scene: Scene) -> None:
    scene.until(on("09:00"))
    assert scene.view().glyph == "due"
    scene.after(1)
    assert scene.view().glyph == "late"
    assert scene.view().lamps == {"mon-am": Lamp(colour="amber", light="triple_blink")}


def test_the_light_follows_the_cue_of_the_step() -> None:
    cues = (Cue(light="steady", sound="chime"), Cue(light="fast_blink", sound="chime"))
    scene = Scene.begun(plan_of(MORNING, cues=cues), at=on("06:00"))
    scene.until(on("08:00"))
    assert scene.view().lamps["mon-am"].light == "steady"
    scene.until(on("08:30"))
    assert scene.view().lamps["mon-am"].light == "quick_double", "what blinks fast is a warning"


def test_after_the_window_the_lid_is_dark(scene: Scene) -> None:
    scene.until(on("12:00:01"))
    assert scene.view().lamps == {}
    assert scene.view().glyph == "idle"


def test_an_intake_is_thanked_for_ten_seconds(scene: Scene) -> None:
    scene.open("mon-am", on("08:05"))
    assert (scene.view().glyph, scene.view().text) == ("thanks", "thank you")
    assert scene.view().lamps == {}
    scene.after(9_999)
    assert scene.view().glyph == "thanks"
    scene.after(1)
    assert scene.view().glyph == "idle"
    assert [sound for _, sound in scene.sounds] == ["chime"], "thanks make no sound"


def test_a_wrong_lid_is_warned_of_at_once_and_the_right_one_stays_lit(scene: Scene) -> None:
    scene.hub(False)
    scene.open("mon-pm", on("08:05"))
    shown = scene.view()
    assert (shown.glyph, shown.text) == ("wrong", "not this one: open Monday morning")
    assert shown.lamps == {
        "mon-am": Lamp(colour="blue", light="slow_pulse"),
        "mon-pm": Lamp(colour="red", light="fast_blink"),
    }
    assert scene.sounds[-1] == (on("08:05"), "wrong")


def test_the_warning_ends_when_the_lid_is_closed(scene: Scene) -> None:
    scene.open("sun-pm", on("07:30"))
    scene.open("mon-pm", on("08:05"))
    scene.close("sun-pm")
    assert scene.view().glyph == "wrong"
    scene.close("mon-pm")
    assert scene.view().glyph == "due"


def test_the_warning_ends_after_a_minute(scene: Scene) -> None:
    scene.open("mon-pm", on("08:05"))
    scene.after(59_999)
    assert scene.view().glyph == "wrong"
    scene.after(1)
    assert scene.view().glyph == "due"
    assert "mon-pm" not in scene.view().lamps


@pytest.mark.parametrize(
    ("compartment", "at", "text"),
    [
        ("mon-am", "06:30", "not yet: this is for Monday morning"),
        ("mon-am", "13:00", "the time for Monday morning is over: ask your pharmacist"),
        ("mon-pm", "13:00", "not yet: this is for Monday evening"),
        ("sun-pm", "13:00", "nothing is planned here"),
    ],
)
def test_an_extra_opening_says_what_it_is(scene: Scene, compartment: str, at: str, text: str) -> None:
    scene.open(compartment, on(at))
    assert (scene.view().glyph, scene.view().text) == ("extra", text)
    assert scene.view().lamps == {compartment: Lamp(colour="red", light="long_short")}
    assert scene.sounds[-1][1] == "extra"


def test_a_second_opening_says_that_there_was_a_first(scene: Scene) -> None:
    scene.use("mon-am", on("08:05"))
    scene.open("mon-am", on("08:21"))
    assert scene.view().text == "Monday morning was opened before: ask your pharmacist"


def test_a_chattering_switch_warns_no_more_once_it_is_known(scene: Scene) -> None:
    scene.until(on("13:00"))
    for _ in range(40):
        scene.lid("mon-am", True)
        scene.after(100)
        scene.lid("mon-am", False)
        scene.after(100)
    warnings = [sound for _, sound in scene.sounds if sound == "extra"]
    assert 10 <= len(warnings) <= 16


@pytest.mark.parametrize(
    ("amounts", "text"),
    [
        ((0.5,), "½ tablet"),
        ((1.0,), "1 tablet"),
        ((1.5,), "1½ tablets"),
        ((0.25,), "¼ tablet"),
        ((2.75,), "2¾ tablets"),
        ((0.125,), "⅛ tablet"),
        ((2.0,), "2 tablets"),
        ((0.5, 0.5), "1 tablet"),
        ((1.0, 0.5), "1½ tablets"),
    ],
)
def test_the_amount_is_said_in_halves(amounts: tuple[float, ...], text: str) -> None:
    slots = [slot("08:00", regimen=f"r{index}", amount=amount) for index, amount in enumerate(amounts)]
    scene = Scene.begun(plan_of(*slots), at=on("06:00"))
    scene.until(on("08:00"))
    assert scene.view().text == f"Monday morning: {text}"


def test_slots_due_in_several_lids_name_the_first_and_count_the_rest() -> None:
    slots = [slot("08:00", regimen=name, compartment=f"{name}1") for name in "abc"]
    scene = Scene(box=new_box("kitchen", ("a1", "b1", "c1")), wall_ms=on("06:00"))
    scene.start()
    scene.plan(plan_of(*slots))
    scene.until(on("08:00"))
    assert scene.view().text == "A1 (Monday morning): 1 tablet, then 2 more lids"
    assert set(scene.view().lamps) == {"a1", "b1", "c1"}


def test_a_lid_without_a_day_is_called_by_its_own_name() -> None:
    scene = Scene(box=new_box("kitchen", ("a1", "a2")), wall_ms=on("06:00"))
    scene.start()
    scene.plan(plan_of(slot("08:00", compartment="a1")))
    scene.until(on("08:05"))
    scene.lid("a2", True)
    assert scene.view().text == "not this one: open A1 (Monday morning)"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a/2026-11-23/04:00", "Monday morning"),
        ("a/2026-11-24/11:59", "Tuesday morning"),
        ("a/2026-11-25/12:00", "Wednesday afternoon"),
        ("a/2026-11-26/17:00", "Thursday evening"),
        ("a/2026-11-27/21:00", "Friday night"),
        ("a/2026-11-29/03:59", "Sunday night"),
        ("a/2026-13-45/08:00", "2026-13-45 08:00"),
    ],
)
def test_a_slot_is_named_by_its_day_and_part_of_day(name: str, text: str) -> None:
    assert moment_of(name) == text


# Signs of trouble.

HOT = Limit(
    rule="hot",
    excursion="hot",
    measure="temperature_c",
    side="above",
    limit=30.0,
    clear=29.0,
    dwell_ms=0,
    clear_dwell_ms=0,
)


def test_without_a_plan_the_panel_says_so(scene: Scene) -> None:
    bare = Scene.begun(at=on("06:00"))
    assert (bare.view().glyph, bare.view().text) == ("no_plan", "no plan: ask your caregiver")
    scene.until(MONDAY + 14 * 24 * HOUR_MS + 1)
    assert scene.view().glyph == "no_plan"


def test_a_doubtful_clock_is_shown_and_lights_no_lid(scene: Scene) -> None:
    scene.until(on("08:10"))
    scene.trust("untrusted")
    assert (scene.view().glyph, scene.view().lamps) == ("clock", {})


def test_no_hub_is_a_small_sign_while_there_is_something_to_do(scene: Scene) -> None:
    scene.hub(False)
    assert scene.view().glyph == "no_hub"
    scene.until(on("08:00"))
    assert (scene.view().glyph, scene.view().marks) == ("due", ("no_hub",))


@pytest.mark.parametrize(
    ("kind", "sign"),
    [
        ("hot", "hot"),
        ("cold", "cold"),
        ("damp", "damp"),
        ("condensation", "damp"),
        ("stale", "fault"),
    ],
)
def test_an_excursion_shows_its_sign(kind: ExcursionKind, sign: Glyph) -> None:
    limit = Limit(
        rule="r",
        excursion=kind,
        measure="temperature_c",
        side="above",
        limit=30.0,
        clear=29.0,
        dwell_ms=0,
        clear_dwell_ms=0,
    )
    scene = Scene.begun(plan_of(MORNING, limits=(limit,)), at=on("06:00"))
    scene.hub(True)
    scene.climate(35.0)
    assert scene.view().glyph == sign
    scene.after(5 * MINUTE_MS)
    scene.climate(20.0)
    assert scene.view().glyph == "idle"


def test_a_failed_sensor_is_shown(scene: Scene) -> None:
    scene.climate("absent")
    assert scene.view().glyph == "fault"
    scene.climate(20.0)
    assert scene.view().glyph == "idle"


def test_signs_stand_in_the_order_of_their_gravity() -> None:
    scene = Scene.begun(plan_of(MORNING, limits=(HOT,)), at=on("06:00"))
    scene.climate(35.0)
    scene.climate("crc")
    assert scene.view().glyph == "fault"
    assert scene.view().marks == ("hot", "no_hub")


def test_a_box_that_cannot_record_says_so_even_while_a_slot_is_due(scene: Scene) -> None:
    scene.until(on("08:05"))
    scene.take(RecordingFailed(stamp=scene.stamp(), failed=True))
    assert scene.view().glyph == "cannot_record"
    assert "mon-am" in scene.view().lamps
    scene.take(RecordingFailed(stamp=scene.stamp(), failed=False))
    assert scene.view().glyph == "due"


def test_no_sign_rests_on_colour_alone(scene: Scene) -> None:
    looks = set()
    for act in (lambda: None, lambda: scene.open("mon-pm"), lambda: scene.until(on("09:30"))):
        scene.until(on("08:05"))
        act()
        shown = scene.view()
        assert shown.text
        looks.add((shown.glyph, tuple(sorted(lamp.light for lamp in shown.lamps.values()))))
    assert len(looks) == 3, "the three situations differ without their colours"


# What people ask for.


def test_refilling_is_shown_and_told(scene: Scene) -> None:
    scene.until(on("08:05"))
    assert scene.press("refill") == [RefillStarted(because="button")]
    assert scene.view().glyph == "refill"
    assert scene.view().lamps == {"mon-pm": Lamp(colour="white", light="steady")}
    scene.use("tue-pm")
    scene.use("mon-am")
    done = only(scene.press("refill"), RefillDone)
    assert (done.because, done.opened) == ("button", ("mon-am", "tue-pm"))
    assert scene.view().glyph == "due"


def test_a_forgotten_refill_ends_an_hour_after_the_last_lid(scene: Scene) -> None:
    scene.until(on("13:00"))
    scene.press("refill")
    scene.after(30 * MINUTE_MS)
    scene.use("tue-pm")
    scene.after(59 * MINUTE_MS)
    assert scene.of(RefillDone) == []
    scene.after(2 * MINUTE_MS)
    assert [(done.because, done.opened) for done in scene.of(RefillDone)] == [("left_on", ("tue-pm",))]


def test_a_refill_survives_a_restart(scene: Scene) -> None:
    scene.press("refill")
    scene.use("tue-pm")
    scene.restart(power=True)
    assert scene.view().glyph == "refill"
    assert only(scene.press("refill"), RefillDone).opened == ("tue-pm",)


def test_refilling_by_command_starts_and_ends_once(scene: Scene) -> None:
    assert scene.command(order("refill_start")) == [RefillStarted(because="command")]
    assert scene.command(order("refill_start", compartment="x")) == []
    assert scene.command(order("refill_done")) == [RefillDone(because="command", opened=())]
    assert scene.command(order("refill_done", compartment="x")) == []


def test_help_is_told_and_answered(scene: Scene) -> None:
    assert scene.press("help") == [HelpRequested(because="button")]
    assert scene.view().text == "help is asked for"
    scene.hub(False)
    scene.press("help")
    assert scene.view().text == "no connection: call somebody"


def test_finding_the_box_sounds_and_flashes_for_two_minutes(scene: Scene) -> None:
    scene.until(on("13:00"))
    scene.sounds.clear()
    scene.command(order("find_me"))
    assert scene.view().glyph == "find_me"
    scene.after(119 * SECOND_MS)
    assert scene.view().glyph == "find_me"
    assert {sound for _, sound in scene.sounds} == {"find_me"}
    assert len(scene.sounds) == 8
    scene.after(SECOND_MS)
    assert scene.view().glyph == "idle"
    scene.after(HOUR_MS)
    assert len(scene.sounds) == 8


def test_a_cue_sounds_only_while_something_is_due(scene: Scene) -> None:
    scene.command(order("cue"))
    assert scene.sounds == []
    scene.until(on("08:31"))
    scene.sounds.clear()
    scene.command(order("cue", compartment="sun-pm"))
    assert scene.sounds == []
    scene.command(order("cue", compartment="mon-am"))
    assert [sound for _, sound in scene.sounds] == ["double_chime"]


def test_a_self_test_says_how_the_box_is(scene: Scene) -> None:
    scene.open("sun-pm", on("13:00"))
    scene.climate("crc")
    health = only(scene.command(order("self_test")), BoxHealth)
    assert health.because == "self_test"
    assert health.text == "clock synced; lids open: sun-pm; sensors failed: sht4x; plan p1"


def test_a_command_is_done_once_however_often_it_comes(scene: Scene) -> None:
    assert len(scene.command(order("self_test"))) == 1
    assert scene.command(order("self_test")) == []


def test_an_expired_command_is_ignored(scene: Scene) -> None:
    scene.until(on("23:00:00.001"))
    assert scene.command(order("self_test")) == []


def test_nobody_can_call_a_command_expired_with_a_doubtful_clock(scene: Scene) -> None:
    scene.until(on("23:30"))
    scene.trust("untrusted")
    assert len(scene.command(order("self_test"))) == 1


def test_the_command_of_another_box_is_ignored(scene: Scene) -> None:
    command = order("self_test")
    object.__setattr__(command, "box", "shed")
    assert scene.command(command) == []


@pytest.mark.parametrize("button", ["snooze", "quiet"])
def test_buttons_that_need_a_calendar_say_when_there_is_none(scene: Scene, button: Button) -> None:
    scene.until(on("08:05"))
    scene.trust("untrusted")
    assert scene.press(button) == []
    assert scene.view().text == "the clock is not set yet"


def test_a_dose_taken_elsewhere_is_noted_before_the_clock_is_set_and_judged_after(scene: Scene) -> None:
    """The patient's word had been dropped, while an opening in the same state was kept."""
    scene.until(on("08:05"))
    scene.trust("untrusted")
    assert scene.press("taken_elsewhere") == []
    assert scene.view().text == "noted: thank you"
    scene.after(2 * MINUTE_MS)
    assert only(scene.trust("synced"), DoseSelfReported).slot == MORNING.slot
    scene.until(on("13:00"))
    assert len(scene.of(ReminderGiven)) == 1


def test_a_call_for_help_that_nobody_can_hear_shows_no_tick(scene: Scene) -> None:
    """Without a network the patient had been shown the sign for "recorded, thank you"."""
    scene.hub(False)
    only(scene.press("help"), HelpRequested)
    assert (scene.view().glyph, scene.view().text) == ("no_hub", "no connection: call somebody")
    assert scene.sounds[-1][1] == "unheard"
    scene.hub(True)
    scene.press("help")
    assert (scene.view().glyph, scene.view().text) == ("thanks", "help is asked for")


def test_a_lid_is_named_by_what_is_printed_on_it_not_by_the_hour_of_its_dose() -> None:
    """A dose of the morning may lie in the evening's compartment: the words had sent the patient past it."""
    scene = Scene.begun(plan_of(slot("08:00", compartment="mon-pm")), at=on("07:30"))
    scene.open("mon-am")
    assert scene.view().text == "not this one: open Monday evening"
    scene.close("mon-am")
    scene.until(on("08:05"))
    assert scene.view().text == "Monday evening: 1 tablet"


# The snapshot.


def test_the_state_names_the_slot_that_is_next(scene: Scene) -> None:
    for at, wanted in (("06:00", MORNING), ("11:59", MORNING), ("12:01", EVENING)):
        scene.until(on(at))
        message = state_message(scene.box, outbox=3, version="1.0")
        assert message is not None
        assert message.next_slot is not None
        assert (message.next_slot.slot, message.next_slot.due_at) == (wanted.slot, wanted.due_at)


def test_the_state_says_how_the_box_is(scene: Scene) -> None:
    scene.open("sun-pm", on("13:00"))
    scene.press("refill")
    message = state_message(scene.box, outbox=7, version="1.2")
    assert message is not None
    assert [name for name, is_open in message.lids.items() if is_open] == ["sun-pm"]
    assert set(message.lids) == set(COMPARTMENTS)
    assert (message.outbox, message.version, message.hub, message.refill) == (7, "1.2", "online", True)
    assert (message.plan, message.plan_until) == ("p1", MONDAY + 14 * 24 * HOUR_MS)
    assert (message.at, message.boot, message.clock) == (on("13:00"), "boot-1", "synced")


def test_a_doubtful_clock_names_no_next_slot(scene: Scene) -> None:
    scene.trust("untrusted")
    message = state_message(scene.box, outbox=0, version="1")
    assert message is not None
    assert (message.next_slot, message.clock) == (None, "untrusted")


def test_a_box_with_nothing_left_names_no_next_slot(scene: Scene) -> None:
    scene.use("mon-am", on("08:05"))
    scene.use("mon-pm", on("20:05"))
    message = state_message(scene.box, outbox=0, version="1")
    assert message is not None
    assert message.next_slot is None
