"""Which chapters of the day are about the care around the doses: supply, a blood test, a warning sign?"""

from __future__ import annotations

from controller.demo.story import Scenes


def morning_post(scenes: Scenes) -> None:
    """Show what is told at nine: a blood test of today, and tablets that must be ordered before a holiday."""
    scenes.recall("nine")
    scenes.letter("ada", "phone", "the reminder of the blood test", by="09:40", kind="appointment")
    scenes.letter("bea", "push", "Bea to be told that tablets must be ordered", by="09:40", kind="order")
    scenes.mark()
    scenes.tell("Bea fetches two packs and says so; Ada is back from the blood test.", "people")
    fetched = ("supply", "fetched", "azathioprine", "--packs", "2", "--expires", "2028-05-31")
    scenes.stage.ask("hub", *fetched, "--by", "bea", "--yes")
    done = scenes.stage.ask("hub", "check", "done", "blood-count", "--by", "ada", "--yes")
    scenes.stage.nudge("hub")
    scenes.letter("bea", "sms", "Bea to hear that it is mended", by="10:20", kind="supply", short=True)
    scenes.tell(f"“{done.partition(';')[0]}”; the next one is due in a week", "good")


def warning_sign(scenes: Scenes) -> None:
    """Show a fever that is taken down: whom to call is said at once, and the caregivers are alerted."""
    scenes.at("16:04")
    scenes.mark()
    scenes.tell("Ada feels hot. She measures 38.6 °C and says so.", "ada")
    said = scenes.stage.ask("hub", "feeling", "say", "--fever", "38.6", "--by", "ada", "--yes")
    call = next(line for line in said.splitlines() if "Call" in line or "call" in line)
    scenes.tell(f"at once: {call.strip()}", "hub")
    scenes.stage.nudge("hub")
    found = scenes.expect("alert", lambda one: one.kind == "care.warning_sign", "the alert", by="16:30")
    scenes.letter("bea", "push", "Bea to be told of the warning sign", by="16:30", kind="warning sign")
    scenes.acknowledge(found.alert, "bea", "I am calling the clinic")
    scenes.expect(
        "alert",
        lambda one: one.alert == found.alert and one.state == "acknowledged",
        "Bea's answer on the wire",
        by="16:35",
    )
    scenes.tell("Bea answers: “I am calling the clinic”; the leaflet was quoted, nothing was judged", "good")
