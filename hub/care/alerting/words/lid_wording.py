"""How is it said what the lids tell: opened at once, out of hours, again and again, or not moved at all?"""

from __future__ import annotations

from collections.abc import Iterable

from controller.wire.events import LidDisturbed, LidOutOfHours, LidRepeated, LidUnmoved, LidWearing
from hub.care.alerting.naming import Moment, compartment_words
from hub.care.alerting.words.opening_wording import UNSEEN
from hub.care.alerting.words.wording import Words

WHO = "Who opened it the box does not see."
LOOK = "Please look whether tablets lie where they should, before the next one is taken."
WHICH = "If you cannot tell which tablet is which, ask the pharmacist."
NAMED_MOST = 4


def disturbed(box: str, lids: LidDisturbed, moment: Moment) -> Words:
    """Say that many lids opened at one moment."""
    if lids.since is None:
        seen = f"the box did not know the time; word of it came at {moment.dated(moment.at)}"
    else:
        seen = f"at {moment.dated(lids.since)}"
    again = ""
    if lids.slots:
        again = " What had been called taken by these openings is open again."
    return Words(
        "Several lids opened at once",
        f"{len(lids.compartments)} lids of box {box} opened at the same moment, {seen}. That is so when a "
        "box is moved, dropped or turned over; which it was the box does not see, and it counts no dose by "
        f"it.{again} {LOOK} {WHICH}",
    )


def out_of_hours(lid: LidOutOfHours, moment: Moment) -> Words:
    """Say that a lid was opened in the watch hours."""
    opened = moment.dated(lid.opened_at)
    return Words(
        f"{opened}: opened, nothing was due",
        f"The {compartment_words(lid.compartment)} was opened at {opened}; nothing was due, and this home "
        f"watches at that time. {WHO} {UNSEEN}",
    )


def repeated(box: str, lids: LidRepeated, moment: Moment) -> Words:
    """Say that lids were opened again and again."""
    since = moment.dated(lids.since)
    return Words(
        f"Since {since}: opened again and again",
        f"Lids of box {box} were opened {lids.count} times within an hour, since {since}, and no dose had "
        f"asked for it: {_places(lids.compartments)}. Who opened them the box does not see. {UNSEEN}",
    )


def unmoved(box: str, lid: LidUnmoved, moment: Moment) -> Words:
    """Say that one switch has not moved while others did: it may be dead, or its lid untouched."""
    since = moment.dated(lid.since)
    return Words(
        "A lid has not moved",
        f"By its switch the {compartment_words(lid.compartment)} of box {box} has not moved since {since}, "
        f"while other lids did; {lid.missed} of its doses passed meanwhile. Either its switch does not work "
        "any more, or nobody opened it: the box cannot tell the two apart. Please open and close it once, "
        "look what lies in it, and ask. If this goes on, the switch has to be looked at.",
    )


def wearing(box: str, lid: LidWearing, moment: Moment) -> Words:
    """Say that a switch bounces more than it did."""
    before = "" if lid.before is None else f", {lid.before:g} when it was new here"
    return Words(
        "A switch wears out",
        f"The switch of the {compartment_words(lid.compartment)} of box {box} bounces about {lid.bounces:g} "
        f"times at each movement{before}. It still counts; it was noticed at {moment.dated(moment.at)}. "
        "Please have it looked at before it fails.",
    )


def _places(compartments: Iterable[str]) -> str:
    names = [compartment_words(one) for one in compartments]
    more = len(names) - NAMED_MOST
    return ", ".join(names[:NAMED_MOST]) + (f" and {more} more" if more > 0 else "")
