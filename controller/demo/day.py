"""Which chapters does the day have? Everything the product promises, once."""

from __future__ import annotations

from controller.demo.caring import morning_post, warning_sign
from controller.demo.stage import COMPARTMENTS, DAY
from controller.demo.story import DAMP, HOT, ORDINARY, Chapter, Scenes
from controller.wire.events import (
    BoxStarted,
    DoseExtra,
    DoseMissed,
    DoseTaken,
    DoseUnobserved,
    DoseWrongCompartment,
    ExcursionEnded,
    ExcursionStarted,
    LidOpened,
    RefillDone,
    RefillStarted,
    ReminderGiven,
)
from controller.wire.naming import tablet_words

MEDICINES = {"azathioprine-50mg-tablet": "Azathioprine 50 mg", "calcium-500mg-tablet": "Calcium 500 mg"}
"""How the medicines of the demo are called; a plan names them by the ids of their files."""


def tablets_words(amount: float, medicine: str) -> str:
    """Say how much of what lies in a compartment."""
    return f"{tablet_words(amount)} of {MEDICINES.get(medicine, medicine)}"


def slot(regimen: str, time: str) -> str:
    """Return the id of a slot of the day."""
    return f"{regimen}/{DAY}/{time}"


def plan(scenes: Scenes) -> None:
    """Show how the hub plans and the box begins to watch."""
    scenes.stage.start("hub")
    scenes.expect(
        "hub_status", lambda status: status.status == "online", "the hub to come online", by="07:00"
    )
    scenes.stage.start("box")
    found = scenes.expect("plan", lambda _: True, "a plan for the box", by="07:00")
    today = [one for one in found.slots if f"/{DAY}/" in one.slot]
    scenes.tell(f"a plan for the kitchen box: {len(today)} intakes today, {len(found.slots)} in all", "hub")
    for one in today:
        tablets = " and ".join(tablets_words(part.amount, part.medicine) for part in one.amounts)
        scenes.tell(f"{one.slot.rpartition('/')[2]} in “{one.compartment}”: {tablets}")
    scenes.event(BoxStarted, "the box to say that it watches", by="07:20")
    scenes.expect(
        "state", lambda state: state.plan == found.plan, "the box to say that it has the plan", by="07:20"
    )
    scenes.tell("the box has the plan; from here on it needs no network to guide Ada", "good")


def on_time(scenes: Scenes) -> None:
    """Show a reminder, then the right lid."""
    due = slot("azathioprine", "08:00")
    scenes.at("07:55")
    scenes.event(ReminderGiven, "the reminder of 08:00", by="08:05", slot=due)
    scenes.tell("lights up “morning” and chimes; Ada's phone gets the same reminder", "box")
    scenes.panel("due", "the sign that a dose is due", by="08:05")
    scenes.letter("ada", "phone", "the reminder on Ada's phone", by="08:10")
    scenes.at("08:12")
    scenes.tell("Ada opens “morning” and takes what is in it.", "ada")
    scenes.move("morning", is_open=True)
    found = scenes.event(DoseTaken, "the dose of 08:00", by="08:25", slot=due)
    scenes.at("08:16")
    scenes.move("morning", is_open=False)
    scenes.tell(f"08:00 taken, {found.timing.replace('_', ' ')}; evidence: the {found.evidence}", "good")


def extra(scenes: Scenes) -> None:
    """Show the same lid again: nothing is due there, and the box says so at once."""
    scenes.at("08:50")
    scenes.remember("nine")
    scenes.tell("Ada has forgotten that she took it, and opens “morning” again.", "ada")
    scenes.move("morning", is_open=True)
    found = scenes.event(DoseExtra, "the extra opening", by="09:05", compartment="morning")
    scenes.panel("extra", "the warning at the lid", by="09:05")
    scenes.tell("warns at the lid, before anything is swallowed", "box")
    scenes.letter("bea", "push", "Bea to be told of the extra opening", by="09:10")
    scenes.at("08:54")
    scenes.move("morning", is_open=False)
    scenes.tell(f"recorded as an extra opening ({found.because.replace('_', ' ')}), not as an intake", "good")
    # Late enough for the damp to be noticed, and told, in its own chapter and not in the middle of the next.
    scenes.at("09:25")
    scenes.remember("damp")
    scenes.air(DAMP)
    scenes.tell("Somebody puts the box beside the kettle: the air in it is damp.", "ada")


def wrong_then_late(scenes: Scenes) -> None:
    """Show the wrong lid while another is due, then the right one, late."""
    due = slot("calcium", "10:30")
    scenes.at("10:40")
    scenes.tell("Ada opens “lunch” instead of “late-morning”.", "ada")
    scenes.move("lunch", is_open=True)
    found = scenes.event(DoseWrongCompartment, "the wrong lid", by="10:55", slot=due, compartment="lunch")
    scenes.panel("wrong", "the warning at the wrong lid", by="10:55")
    scenes.tell(f"warns: this is the wrong lid, “{found.expected}” is the one that is lit", "box")
    scenes.at("10:44")
    scenes.move("lunch", is_open=False)
    scenes.at("11:12")
    scenes.tell("Ada comes back and opens “late-morning”.", "ada")
    scenes.move("late-morning", is_open=True)
    taken = scenes.event(DoseTaken, "the late dose", by="11:25", slot=due, timing="late")
    scenes.at("11:16")
    scenes.move("late-morning", is_open=False)
    scenes.tell(f"10:30 taken, {taken.timing}; the wrong opening is kept beside it", "good")


def damp(scenes: Scenes) -> None:
    """Show damp storage: noticed by the box, told, and over."""
    scenes.recall("damp")
    scenes.event(ExcursionStarted, "the box to notice the damp", by="11:40", excursion="damp")
    scenes.letter("bea", "push", "Bea to be told of the damp", by="11:50", kind="damp")
    scenes.at("11:50")
    scenes.tell("Bea moves the box to the shelf.", "people")
    scenes.air(ORDINARY)
    ended = scenes.event(ExcursionEnded, "the damp to end", by="12:45", excursion="damp")
    scenes.tell(f"it was damp for over two hours, up to {ended.extreme:g} %; now it is over", "good")


def missed(scenes: Scenes) -> None:
    """Show a lid that nobody opens, and the ladder climbed."""
    due = slot("calcium", "13:30")
    scenes.at("13:30")
    scenes.event(ReminderGiven, "the reminder of 13:30", by="13:40", slot=due)
    scenes.tell("lights up “lunch” and chimes, again and again; Ada is asleep in her chair", "box")
    scenes.event(DoseMissed, "the box to say that lunch was missed", by="14:55", slot=due)
    scenes.tell("13:30 missed: not opened, and the box watched the whole window", "box")
    alert = scenes.expect("alert", lambda one: one.kind == "dose.missed", "the alert", by="15:00")
    scenes.letter("bea", "push", "the first rung: Bea's push", by="15:00", kind="not opened")
    scenes.letter(
        "bea", "sms", "the second rung: Bea's text message", by="15:15", kind="not opened", short=True
    )
    scenes.letter("cem", "mail", "the third rung: Cem's mail", by="15:30", kind="not opened", short=True)
    scenes.kept["alert"] = alert.alert
    scenes.tell("nobody had answered for 15 and for 30 minutes: three rungs of the ladder", "good")


def acknowledged(scenes: Scenes) -> None:
    """Show somebody take the alert on."""
    alert = scenes.kept.get("alert", "")
    scenes.at("15:24")
    scenes.tell("Cem answers: “I am calling her”", "people")
    scenes.acknowledge(alert, "cem", "I am calling her")
    found = scenes.expect(
        "alert",
        lambda one: one.alert == alert and one.state == "acknowledged",
        "the acknowledgement on the wire",
        by="15:40",
    )
    scenes.letter("bea", "sms", "Bea to hear who has taken it on", by="15:45", kind="taken on")
    scenes.tell(
        f"the alert is {found.state} by {found.acknowledged.by.title()}; it climbs no further, and Bea "
        "knows who has it",
        "good",
    )


def hot(scenes: Scenes) -> None:
    """Show hot storage: the sun through the window."""
    scenes.at("15:30")
    scenes.tell("The sun has reached the shelf: 43 °C in the box.", "ada")
    scenes.air(HOT)
    scenes.event(ExcursionStarted, "the box to notice the heat", by="15:55", excursion="hot")
    scenes.letter("bea", "push", "Bea to be told of the heat", by="16:00", kind="warm")
    scenes.at("15:58")
    scenes.air(ORDINARY)
    ended = scenes.event(ExcursionEnded, "the heat to end", by="16:45", excursion="hot")
    scenes.tell(f"up to {ended.extreme:g} °C; what that means for a tablet is the pharmacist's word", "good")


def network_down(scenes: Scenes) -> None:
    """Show the box witness without a network, the hub say that it cannot see, and the record heal."""
    due = slot("calcium", "17:00")
    scenes.at("16:40")
    scenes.stage.cable.cut()
    scenes.tell("The router is unplugged. The box goes on by itself.", "ada")
    scenes.expect("status", lambda one: one.status == "offline", "the last will of the box", by="17:00")
    scenes.at("17:06")
    scenes.panel("due", "the reminder without a network", by="17:10")
    scenes.tell("Ada opens “afternoon” all the same: it is lit.", "ada")
    scenes.move("afternoon", is_open=True)
    scenes.at("17:10")
    scenes.move("afternoon", is_open=False)
    scenes.expect(
        "alert", lambda one: one.kind == "dose.unconfirmed", "the hub to say it cannot see", by="18:30"
    )
    scenes.letter("bea", "push", "Bea to be told that we cannot see", by="18:35", kind="no word")
    scenes.tell("17:00 unconfirmed: no word from the box, which is not the same as missed", "hub")
    scenes.at("18:40")
    scenes.mark()
    scenes.stage.cable.mend()
    scenes.tell("The router is back.", "ada")
    found = scenes.event(DoseTaken, "the buffered testimony", by="19:00", slot=due)
    scenes.letter("bea", "sms", "the correction to Bea", by="19:05", kind="correction")
    scenes.tell(f"17:00 healed: taken, {found.timing.replace('_', ' ')}; whoever was alarmed knows", "good")


def unplugged(scenes: Scenes) -> None:
    """Show a box without power: nobody can testify, and nobody pretends to."""
    due = slot("azathioprine", "20:00")
    scenes.at("19:20")
    scenes.mark()
    scenes.stage.kill("box")
    scenes.tell("The vacuum cleaner needs the socket: the box is unplugged in mid-sentence.", "ada")
    scenes.expect("status", lambda one: one.status == "offline", "the last will of the box", by="19:50")
    scenes.expect(
        "alert",
        lambda one: one.kind == "dose.unconfirmed",
        "the hub to say that it cannot see the evening",
        by="22:20",
    )
    scenes.letter("bea", "push", "Bea to be told that we cannot see", by="22:25", kind="no word", short=True)
    scenes.at("22:12")
    scenes.mark()
    scenes.stage.start("box")
    scenes.tell("The box is plugged in again.", "ada")
    scenes.event(
        DoseUnobserved, "the box to say what it did not see", by="22:40", slot=due, because="box_off"
    )
    scenes.letter("bea", "push", "what is known now, to Bea", by="22:45", kind="not watched")
    scenes.tell("20:00 unobserved: the box was off, so nobody watched; the honest answer", "good")


def filling(scenes: Scenes) -> None:
    """Show a refill, guided lid by lid, with a wrong lid and one that is left out."""
    scenes.at("22:30")
    scenes.mark()
    scenes.tell("Nothing is due now. Ada presses “refill”, to fill the box for the coming days.", "ada")
    scenes.press("refill")
    scenes.event(RefillStarted, "the refill to begin", by="23:10")
    *filled, left_out = COMPARTMENTS
    for lid in filled:
        if lid == "lunch":
            _fill_wrong(scenes, "afternoon")
        _fill(scenes, lid)
    said = scenes.panel_says(f"fill {left_out.upper()}", f"“{left_out}” to be asked for", by="23:50")
    scenes.tell(f"“{said}”; she has no halves at hand, and presses “snooze”", "box")
    scenes.press("snooze")
    scenes.tell(f"“{scenes.panel_says('all filled', 'the end of the refill', by='23:50')}”", "box")
    scenes.press("refill")
    done = scenes.event(RefillDone, "the record of the refill", by="23:55", filled=tuple(filled))
    scenes.tell(
        f"{len(done.filled)} filled in their order, {', '.join(done.skipped)} left out, "
        f"{done.wrong} wrong lid; and no opening was taken for a dose",
        "good",
    )


def _fill(scenes: Scenes, lid: str) -> None:
    said = scenes.panel_says(f"fill {lid.upper()}", f"“{lid}” to be asked for", by="23:50")
    scenes.tell(f"lights up “{lid}”: “{said}”", "box")
    scenes.mark()
    scenes.move(lid, is_open=True)
    scenes.event(LidOpened, f"“{lid}” to be opened", by="23:50", compartment=lid)
    scenes.move(lid, is_open=False)


def _fill_wrong(scenes: Scenes, lid: str) -> None:
    scenes.panel_says("fill LUNCH", "“lunch” to be asked for", by="23:50")
    scenes.tell(f"Ada opens “{lid}”.", "ada")
    scenes.move(lid, is_open=True)
    scenes.tell(f"“{scenes.panel_says('not this one', 'the warning at the wrong lid', by='23:50')}”", "box")
    scenes.move(lid, is_open=False)


CHAPTERS = (
    Chapter("The plan", plan),
    Chapter("A dose on time", on_time),
    Chapter("The same lid again", extra),
    Chapter("The morning's post: a blood test, and tablets before a holiday", morning_post),
    Chapter("The wrong lid, and a late dose", wrong_then_late),
    Chapter("Damp storage", damp),
    Chapter("A missed dose, and the ladder", missed),
    Chapter("Somebody answers", acknowledged),
    Chapter("Hot storage", hot),
    Chapter("A warning sign", warning_sign),
    Chapter("No network", network_down),
    Chapter("No power", unplugged),
    Chapter("Filling the box", filling),
)
