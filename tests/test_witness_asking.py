"""Does the box ask once what an extra opening was, and take one answer?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.wire.events import DoseExtra, DoseExtraAnswered, DoseSelfReported, DoseTaken, ReminderSnoozed
from controller.wire.instants import HOUR_MS, MINUTE_MS
from controller.witness.doses.asking import ASKED_MS
from firmware.ports import Button
from tests.witness_scenes import Scene, on, only, plan_of, slot

MORNING = slot("08:00")
EVENING = slot("20:00")


@pytest.fixture
def scene() -> Scene:
    """Return a box at which the morning was taken, and opened again at 09:00."""
    scene = Scene.begun(plan_of(MORNING, EVENING))
    scene.hub(online=True)
    scene.use("mon-am", on("08:05"))
    scene.use("mon-am", on("09:00"))
    return scene


@pytest.mark.parametrize(("button", "answer"), [("taken_elsewhere", "took"), ("snooze", "looked")])
def test_the_answer_says_which_opening_it_is_about(scene: Scene, button: Button, answer: str) -> None:
    found = only(scene.press(button), DoseExtraAnswered)
    assert (found.answer, found.compartment, found.opened_at) == (answer, "mon-am", on("09:00"))
    assert (found.slot, found.evidence, found.because) == (MORNING.slot, "button", "button")
    assert scene.view().text == "noted: thank you"


def test_an_opening_is_never_answered_twice(scene: Scene) -> None:
    scene.press("snooze")
    assert scene.press("taken_elsewhere") == []
    assert scene.press("snooze") == []
    assert len(scene.of(DoseExtraAnswered)) == 1


def test_the_panel_asks_once_the_warning_is_over(scene: Scene) -> None:
    assert scene.view().glyph == "extra"
    assert scene.view().text == (
        "Monday morning opened: did you take it? taken_elsewhere: yes, snooze: only looked"
    )
    scene.until(on("09:00") + ASKED_MS)
    assert scene.view().glyph == "idle"


def test_a_lid_left_open_is_warned_of_first_and_asked_of_then() -> None:
    scene = Scene.begun(plan_of(MORNING, EVENING))
    scene.open("mon-pm", on("13:00"))
    assert scene.view().text.startswith("not yet")
    scene.after(2 * MINUTE_MS)
    assert "did you take it" in scene.view().text


def test_after_five_minutes_it_stays_unanswered(scene: Scene) -> None:
    scene.until(on("09:00") + ASKED_MS)
    assert scene.press("snooze") == []
    assert scene.of(DoseExtraAnswered) == []


def test_a_newer_extra_opening_takes_the_question_over(scene: Scene) -> None:
    scene.use("mon-pm", on("09:02"))
    assert only(scene.press("snooze"), DoseExtraAnswered).compartment == "mon-pm"
    assert scene.press("snooze") == []


def test_only_what_is_extra_is_asked_of() -> None:
    scene = Scene.begun(plan_of(MORNING, EVENING))
    scene.use("mon-am", on("08:05"))
    scene.use("mon-am", on("08:10"))
    assert "did you" not in scene.view().text
    assert scene.press("snooze") == []


def test_while_it_asks_the_buttons_mean_nothing_else() -> None:
    due = slot("09:00", compartment="tue-am", regimen="b")
    scene = Scene.begun(plan_of(MORNING, EVENING, due))
    scene.use("mon-am", on("08:05"))
    scene.use("mon-am", on("09:01"))
    scene.press("taken_elsewhere")
    assert scene.of(DoseSelfReported) == []
    only(scene.press("snooze"), ReminderSnoozed)


def test_the_answer_decides_no_slot(scene: Scene) -> None:
    scene.use("mon-pm", on("18:00"))
    scene.press("taken_elsewhere")
    assert only(scene.use("mon-pm", on("19:30")), DoseTaken).slot == EVENING.slot


def test_refilling_ends_the_question(scene: Scene) -> None:
    scene.press("refill")
    assert scene.press("taken_elsewhere") == []
    scene.press("refill")
    assert scene.of(DoseExtraAnswered) == []


def test_a_question_is_asked_and_answered_under_a_clock_that_is_lost_meanwhile(scene: Scene) -> None:
    scene.trust("untrusted", by_ms=-40 * HOUR_MS)
    assert only(scene.press("snooze"), DoseExtraAnswered).opened_at == on("09:00")


def test_a_restart_forgets_the_question_and_concludes_nothing(scene: Scene) -> None:
    scene.restart()
    scene.press("snooze")
    assert scene.of(DoseExtraAnswered) == []


def test_what_was_opened_under_a_doubtful_clock_is_not_asked_of() -> None:
    scene = Scene.begun(plan_of(MORNING), at=on("05:30"))
    scene.trust("untrusted")
    scene.use("mon-am", on("06:00"))
    only(scene.trust("synced"), DoseExtra)
    assert scene.press("snooze") == []


BUTTONS: tuple[Button, ...] = ("taken_elsewhere", "snooze")
WHAT = st.sampled_from(("mon-am", "mon-pm", "tue-am", *BUTTONS))


@given(st.lists(st.tuples(WHAT, st.integers(1, 900)), max_size=25))
def test_every_answer_is_about_the_newest_extra_opening_of_the_last_minutes(
    acts: list[tuple[str, int]],
) -> None:
    scene = Scene.begun(plan_of(MORNING, EVENING), at=on("07:00"))
    for what, wait_s in acts:
        scene.after(wait_s * 1_000)
        button = next((one for one in BUTTONS if one == what), None)
        if button is None:
            scene.use(what)
            continue
        newest = [extra.opened_at for extra in scene.of(DoseExtra)][-1:]
        for answer in scene.press(button):
            if isinstance(answer, DoseExtraAnswered):
                assert newest == [answer.opened_at]
                assert scene.wall_ms - answer.opened_at < ASKED_MS
    answered = [(one.compartment, one.opened_at) for one in scene.of(DoseExtraAnswered)]
    assert len(set(answered)) == len(answered)
