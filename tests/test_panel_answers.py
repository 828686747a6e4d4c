"""Is one press one press, even from a hand that shakes, and does every button and sound have its sentence?"""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.events import DoseSelfReported, HelpRequested, RefillDone, RefillStarted, ReminderSnoozed
from controller.wire.instants import MINUTE_MS, SECOND_MS
from controller.wire.messages import Command
from controller.witness.telling.conditions import TROUBLE
from controller.witness.telling.panel_words import aloud, due_aloud
from controller.witness.telling.tremor import SHAKE_MS, is_same_press
from firmware.ports import Button, Utterance
from tests.witness_scenes import Scene, on, plan_of, slot

BUTTONS: tuple[Button, ...] = get_args(Button)


@pytest.fixture
def scene() -> Scene:
    return begun()


def begun() -> Scene:
    """Return a box with a hub and a plan, early on a Monday."""
    scene = Scene.begun(plan_of(slot("08:00"), slot("20:00", amount=0.5)), at=on("06:00"))
    scene.hub(True)
    return scene


def shake(scene: Scene, button: Button, times: int = 6, every_ms: int = 300) -> None:
    for _ in range(times):
        scene.press(button, shaking=True)
        scene.after(every_ms)


# Tremor.


def test_a_press_that_shakes_is_one_press(scene: Scene) -> None:
    scene.until(on("08:05"))
    shake(scene, "snooze")
    assert len(scene.of(ReminderSnoozed)) == 1


def test_a_hand_that_shakes_does_not_begin_and_end_a_refill(scene: Scene) -> None:
    shake(scene, "refill", times=9)
    assert len(scene.of(RefillStarted)) == 1
    assert scene.of(RefillDone) == []
    assert scene.box.mode.refill


def test_the_answer_to_an_earlier_button_does_not_hide_the_lid_to_be_filled(scene: Scene) -> None:
    scene.press("help")
    scene.press("refill")
    assert scene.view().glyph == "refill"
    assert scene.view().text.startswith("fill Monday morning")


def test_a_hand_that_shakes_calls_for_help_once_and_at_once(scene: Scene) -> None:
    scene.press("help", shaking=True)
    assert len(scene.of(HelpRequested)) == 1
    shake(scene, "help")
    assert len(scene.of(HelpRequested)) == 1


def test_however_long_it_shakes_it_is_the_same_press_and_a_still_moment_ends_it(scene: Scene) -> None:
    shake(scene, "refill", times=40, every_ms=SHAKE_MS - 1)
    assert scene.of(RefillDone) == []
    scene.after(1)
    scene.press("refill", shaking=True)
    assert len(scene.of(RefillDone)) == 1


def test_another_button_is_another_press(scene: Scene) -> None:
    scene.until(on("08:05"))
    scene.press("snooze", shaking=True)
    scene.press("taken_elsewhere", shaking=True)
    assert len(scene.of(ReminderSnoozed)) == len(scene.of(DoseSelfReported)) == 1


@given(
    gaps_ms=st.lists(st.integers(0, 4_000), max_size=20),
    button=st.sampled_from(BUTTONS),
    start=st.integers(0),
)
def test_presses_count_by_the_pauses_between_them(gaps_ms: list[int], button: Button, start: int) -> None:
    pressed: dict[Button, int] = {}
    counted, now_ms = 0, start
    for gap_ms in (0, *gaps_ms):
        now_ms += gap_ms
        counted += not is_same_press(pressed, button, now_ms)
        pressed[button] = now_ms
    assert counted == 1 + sum(gap_ms >= SHAKE_MS for gap_ms in gaps_ms)


# Answers.


def last(scene: Scene) -> Utterance:
    return scene.spoken[-1]


def test_snooze_is_answered_in_sign_and_words(scene: Scene) -> None:
    scene.until(on("08:05"))
    scene.press("snooze")
    assert (scene.view().glyph, scene.view().text) == ("thanks", "I remind you again in 15 minutes")
    assert last(scene) == Utterance(state="thanks", words="I remind you again in 15 minutes")


def test_a_snooze_that_is_none_says_so(scene: Scene) -> None:
    scene.press("snooze")
    assert (scene.view().glyph, scene.view().text) == ("idle", "nothing is due now")
    scene.until(on("08:05"))
    for _ in range(4):
        scene.press("snooze")
        scene.after(20 * SECOND_MS)
    scene.press("snooze")
    assert (scene.view().glyph, last(scene).words) == ("due", "put off 3 times: not again")
    scene.until(on("09:30"))
    scene.press("snooze")
    assert (scene.view().glyph, scene.view().text) == ("late", "put off 3 times: not again")


def test_taken_elsewhere_is_answered_whether_or_not_anything_was_due(scene: Scene) -> None:
    scene.press("taken_elsewhere")
    assert (scene.view().text, last(scene).words) == ("nothing is due now", "nothing is due now")
    scene.until(on("08:05"))
    scene.press("taken_elsewhere")
    assert (scene.view().glyph, last(scene).words) == ("thanks", "thank you")


@pytest.mark.parametrize(
    ("online", "state", "words"),
    [(True, "thanks", "help is asked for"), (False, "no_hub", "no connection: call somebody")],
)
def test_help_is_answered_with_what_really_becomes_of_it(
    scene: Scene, online: bool, state: str, words: str
) -> None:
    scene.hub(online)
    scene.press("help")
    assert (last(scene).state, last(scene).words) == (state, words)
    assert last(scene).after == ("none" if online else "unheard")


def test_quiet_and_refill_are_answered(scene: Scene) -> None:
    scene.press("quiet")
    assert (scene.view().text, last(scene).words) == (("no sound of reminders for an hour",) * 2)
    scene.after(MINUTE_MS)
    scene.press("refill")
    assert last(scene).words == "fill Monday morning: 1 tablet"
    scene.press("snooze")
    assert last(scene).words == "fill Monday evening: a half of a tablet"


def test_no_button_is_pressed_without_a_sentence(scene: Scene) -> None:
    for button in BUTTONS:
        before = len(scene.spoken)
        scene.press(button)
        assert len(scene.spoken) > before, button
        scene.after(15 * SECOND_MS)


# Sentences.


def test_a_reminder_says_which_lid_and_never_what_lies_in_it(scene: Scene) -> None:
    scene.until(on("08:00"))
    assert last(scene) == Utterance(
        state="due", words="Monday morning: open the lit compartment", after="chime"
    )
    scene.until(on("10:00"))
    assert last(scene) == Utterance(
        state="late", words="Monday morning, not opened yet: open the lit compartment", after="late"
    )


def test_a_warning_is_said_and_the_question_after_it(scene: Scene) -> None:
    scene.open("sun-pm", on("13:00"))
    assert last(scene) == Utterance(state="extra", words="nothing is planned here", after="extra")
    scene.close("sun-pm")
    assert last(scene).words == (
        "Sunday evening opened: did you take it? taken elsewhere: yes, snooze: only looked"
    )


def test_what_stands_wrong_is_said_with_its_sound(scene: Scene) -> None:
    scene.until(on("13:00"))
    scene.climate("crc")
    assert last(scene) == Utterance(state="fault", words=TROUBLE["fault"], after="fault")


def test_by_night_and_in_quiet_nothing_is_said_that_nobody_asked_for(scene: Scene) -> None:
    scene.until(on("23:00"))
    said = len(scene.spoken)
    scene.climate("crc")
    scene.after(MINUTE_MS)
    assert len(scene.spoken) == said
    scene.until(on("07:30", day=1))
    scene.press("quiet")
    said = len(scene.spoken)
    scene.until(on("08:29", day=1))
    assert len(scene.spoken) == said


def test_a_self_test_sounds_and_has_nothing_to_say(scene: Scene) -> None:
    order = Command(v=1, box="kitchen", id="c-1", command="self_test", expires_at=on("23:00"))
    scene.command(order)
    assert scene.spoken == []


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("fill NOON: 1½ tablets", "fill NOON: 1 and a half tablets"),
        ("fill NOON: ½ tablet", "fill NOON: a half of a tablet"),
        ("fill NOON: ¾ tablet", "fill NOON: three quarters of a tablet"),
        ("taken_elsewhere: yes", "taken elsewhere: yes"),
    ],
)
def test_a_text_is_written_so_that_it_can_be_read_aloud(text: str, heard: str) -> None:
    assert aloud(text) == heard


def test_of_several_lids_the_first_is_named() -> None:
    late, soon = slot("09:00"), slot("08:00", day=1)
    assert due_aloud((soon, late), late=False) == "Monday morning: open the lit compartment"


@settings(deadline=None, max_examples=25)
@given(
    acts=st.lists(
        st.one_of(
            st.sampled_from(BUTTONS),
            st.sampled_from(["mon-am", "mon-pm", "sun-pm"]),
            st.integers(1, 90).map(lambda minutes: minutes * MINUTE_MS),
        ),
        max_size=15,
    )
)
def test_no_sentence_names_a_medicine_and_each_is_short(acts: list[str | int]) -> None:
    scene = Scene.begun(plan_of(slot("08:00", regimen="azathioprine"), slot("20:00")), at=on("06:30"))
    for act in acts:
        if isinstance(act, int):
            scene.after(act)
        elif act in BUTTONS:
            scene.press(act)
        else:
            scene.lid(act, not scene.lids.get(act, False))
    for utterance in scene.spoken:
        assert 0 < len(utterance.words) < 120
        assert "azathioprine" not in utterance.words
