"""Was it so what caregivers were told, how soon did they hear it, and was anything lost?"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from hub.care.ledger import AlertRecord
from tests.evidence.living import Home, LivingBox, live
from tests.world_box import Move

FOREVER = (0, 2**62)
SLOT_KINDS = ("dose.missed", "dose.unobserved", "dose.unconfirmed")
DWELLS = {"heat": 10 * MINUTE_MS, "hot": 10 * HOUR_MS, "warm": 24 * HOUR_MS, "damp": 6 * HOUR_MS}
AIR_OF = {"heat": ("heat",), "hot": ("heat", "hot"), "warm": ("heat", "hot"), "damp": ("damp",)}
SLACK_MS = 2 * MINUTE_MS
READ_SLACK_MS = 6 * MINUTE_MS
"""A sensor that works again is read after five minutes, and not measured until then."""
LASTS_MS = 35 * MINUTE_MS
"""A box that is gone for so long is an alert, however the hub learns of it."""


@dataclass
class Findings:
    """What came of some homes. Everything adds up, so that homes can be lived one by one."""

    homes: int = 0
    patient_days: int = 0
    slots: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    raised: Counter[str] = field(default_factory=Counter)
    untrue: Counter[str] = field(default_factory=Counter)
    healed: Counter[str] = field(default_factory=Counter)
    conditions: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    delays: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    letters: Counter[str] = field(default_factory=Counter)
    faults: int = 0
    breaches: list[str] = field(default_factory=list)

    def add(self, other: Findings) -> None:
        """Add what came of other homes."""
        for name in ("homes", "patient_days", "slots", "faults"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("outcomes", "raised", "untrue", "healed", "conditions", "lost", "letters"):
            getattr(self, name).update(getattr(other, name))
        for kind, delays in other.delays.items():
            self.delays[kind].extend(delays)
        self.breaches.extend(other.breaches)


def findings(home: Home) -> Findings:
    """Hold everything that was told in a home against what was so."""
    found = Findings(homes=1, patient_days=home.days, faults=home.faults)
    judge = _Judge(home, found)
    judge.alerts()
    judge.conditions_of_slots()
    judge.conditions_of_the_box()
    judge.letters()
    return found


def one_home(work: tuple[int, int]) -> Findings:
    """Live in the home of a seed for some days, and judge."""
    return findings(live(*work))


class _Judge:
    def __init__(self, home: Home, found: Findings) -> None:
        self.home, self.found, self.truth = home, found, home.truth
        self.box: LivingBox = home.kitchen
        self.all = home.store.alerts(resolved_too=True)
        self.slots = {slot.slot: slot for slot in home.store.slots_between("ada", *FOREVER)}
        self.first_told: dict[str, int] = {}
        for at_ms, letter in home.told:
            if letter.kind == "alert" and letter.alert is not None:
                self.first_told.setdefault(letter.alert, at_ms)
        self.openings: dict[str, list[int]] = defaultdict(list)
        for move in self.box.moves:
            if move.open:
                self.openings[move.compartment].append(move.at_ms)

    # What was said.

    def alerts(self) -> None:
        for alert in self.all:
            began_ms = self.began(alert)
            self.found.raised[alert.kind] += 1
            if began_ms is None:
                self.found.untrue[alert.kind] += 1
                self.breach(f"untrue: {alert.condition} of {alert.raised_at} ({alert.body[:90]})")
            elif self.was_taken(alert):
                self.found.healed[alert.kind] += 1
            told_ms = self.first_told.get(alert.alert)
            if began_ms is not None and told_ms is not None:
                self.found.delays[alert.kind].append(told_ms - began_ms)
            # What is over before any channel worked need not be told; but only its cause can be over.
            is_over = alert.state == "resolved" and alert.because not in (
                "acknowledged", "told", "undeliverable",
            )  # fmt: skip
            if told_ms is None and not is_over and alert.raised_at < self.home.ends_ms - HOUR_MS:
                self.lose(alert.kind, f"nobody was told of {alert.condition}")

    def began(self, alert: AlertRecord) -> int | None:
        """Return since when what an alert says was so, `None` if it was not so."""
        kind, about = alert.kind, alert.condition.partition(" ")[2]
        if kind in SLOT_KINDS:
            return self._slot_began(kind, about)
        if kind.startswith("storage."):
            return self._air_began(about.partition("/")[2], alert.raised_at)
        if kind.startswith(("dose.extra", "dose.wrong_compartment")):
            lid = about.partition("/")[2].partition(" ")[0]
            happened = [at for at in self.openings[lid] if abs(at - (alert.about_at or 0)) < SLACK_MS]
            return happened[0] if happened else None
        if kind in ("lid.repeated", "lid.disturbed"):
            return self._opened_together(kind, alert.about_at or 0)
        if kind == "dose.fading":
            return alert.raised_at if self._share_taken(alert.raised_at) < 0.5 else None
        if kind == "dose.stopped":
            return alert.raised_at if self._share_taken(alert.raised_at, DAY_MS * 2) == 0 else None
        if kind == "care.help":
            return max((at for at in self.truth.pressed if at <= alert.raised_at), default=None)
        return self._box_began(kind, about, alert.raised_at)

    def _opened_together(self, kind: str, since_ms: int) -> int | None:
        """Return when many lids were opened, in an hour or in a moment, if they were."""
        least, span_ms = (5, HOUR_MS) if kind == "lid.repeated" else (3, 2 * SECOND_MS)
        every = [at for all_of in self.openings.values() for at in all_of]
        together = [at for at in every if -SLACK_MS <= at - since_ms <= span_ms + SLACK_MS]
        return min(together) if len(together) >= least else None

    def _box_began(self, kind: str, about: str, at_ms: int) -> int | None:
        match kind:
            case "device.silent":
                spell = self.gone_at(at_ms)
                return None if spell is None or at_ms - spell[0] < 4 * MINUTE_MS else spell[0]
            case "device.sensor":
                spell = self.truth.during("sensor_fails", at_ms, READ_SLACK_MS)
                return None if spell is None else spell[0]
            case "device.clock":
                trusted = any(watch.begins_ms <= at_ms <= watch.ends_ms for watch in self.box.watches_now())
                return None if trusted else at_ms
            case "device.lid_left_open":
                lid = about.partition("/")[2]
                opened = max((at for at in self.openings[lid] if at <= at_ms), default=None)
                return None if opened is None or at_ms - opened < 10 * MINUTE_MS - SLACK_MS else opened
            case "device.lid_unmoved":
                lid = about.partition("/")[2]
                kept_still = not any(at_ms - 6 * DAY_MS <= at <= at_ms for at in self.openings[lid])
                return at_ms if kept_still else None
            case "device.trouble":
                return self._channel_died(about.partition(" ")[0].rpartition("_")[2], at_ms)
            case _:
                return None

    def _channel_died(self, channel: str, at_ms: int) -> int | None:
        """Return when the first of three attempts for one letter by a channel failed, shortly before."""
        failed: dict[str, list[int]] = defaultdict(list)
        for one in self.home.tries:
            recent = at_ms - 2 * DAY_MS <= one.at_ms <= at_ms
            if recent and one.letter.channel == channel and one.fate not in ("taken", "twice"):
                failed[one.letter.message].append(one.at_ms)
        return max((times[0] for times in failed.values() if len(times) >= 3), default=None)

    def _slot_began(self, kind: str, name: str) -> int | None:
        slot = self.slots[name]
        if kind == "dose.missed":
            opened = any(slot.opens_at <= at <= slot.closes_at for at in self.openings[slot.compartment])
            return None if opened else slot.closes_at
        if not slot.box:
            # What lies in no box nothing can see: that nobody has spoken of it is said, and so it is.
            return slot.closes_at
        return slot.closes_at if self._is_blind(slot.opens_at, slot.closes_at) else None

    def _is_blind(self, opens_ms: int, closes_ms: int) -> bool:
        """Tell whether some part of a window was hidden from the box, or the box from the hub at its end."""
        watched = any(
            watch.begins_ms <= opens_ms and watch.ends_ms >= closes_ms for watch in self.box.watches_now()
        )
        near = closes_ms - 10 * MINUTE_MS, closes_ms + 10 * MINUTE_MS
        cut = self.gone_within(*near) or any(self.truth.touches(name, *near) for name in ("hub", "broker"))
        stood_open = any(
            opened < opens_ms and not any(opened < moved.at_ms <= opens_ms for moved in self._closings(lid))
            for lid, all_of in self.openings.items()
            for opened in all_of
        )
        return not watched or cut or stood_open

    def _closings(self, lid: str) -> list[Move]:
        return [move for move in self.box.moves if move.compartment == lid and not move.open]

    def _air_began(self, rule: str, at_ms: int) -> int | None:
        if rule == "stale":
            spell = self.truth.during("sensor_fails", at_ms, READ_SLACK_MS)
            return None if spell is None else spell[0]
        for name in AIR_OF.get(rule, ()):
            spell = self.truth.during(name, at_ms, 30 * MINUTE_MS)
            if spell is not None and at_ms - spell[0] >= DWELLS[rule] - SLACK_MS:
                return spell[0] + DWELLS[rule]
        return None

    def _share_taken(self, at_ms: int, back_ms: int = 7 * DAY_MS) -> float:
        """Return which share of the doses of the last days was taken from the box, as far as it is over."""
        week = [slot for slot in self.slots.values() if at_ms - back_ms <= slot.due_at < at_ms]
        known = [slot for slot in week if slot.closes_at <= at_ms and slot.outcome != "unobserved"]
        taken = [slot for slot in known if self._opened(slot.slot)]
        return len(taken) / len(known) if known else 0.0

    def _opened(self, name: str) -> bool:
        slot = self.slots[name]
        return any(slot.opens_at <= at <= slot.closes_at for at in self.openings[slot.compartment])

    def was_taken(self, alert: AlertRecord) -> bool:
        """Tell whether a dose of which somebody was alerted had been taken all the same."""
        name = alert.condition.partition(" ")[2]
        return alert.kind in SLOT_KINDS and (name in self.truth.pocket or self._opened(name))

    # What was so.

    def conditions_of_slots(self) -> None:
        raised = {alert.condition for alert in self.all}
        for slot in self.slots.values():
            is_over = self.home.begins_ms <= slot.opens_at and slot.closes_at < self.home.calm_ms
            if not is_over or slot.status != "planned" or not slot.box:
                continue
            self.found.slots += 1
            self.found.outcomes[str(slot.outcome)] += 1
            if self._opened(slot.slot) or slot.outcome == "self_reported":
                continue
            self.found.conditions["a dose not opened"] += 1
            if not any(f"{kind} {slot.slot}" in raised for kind in SLOT_KINDS):
                self.lose("a dose not opened", f"{slot.slot} was not opened and nobody was to be told")

    def conditions_of_the_box(self) -> None:
        for begins, ends in self.truth.spells["gone"]:
            if ends - begins < LASTS_MS or self._hub_away(begins, ends) or begins <= self.home.begins_ms:
                continue
            self.found.conditions["a box gone for 35 minutes"] += 1
            if not self._raised("device.silent", begins, ends):
                self.lose("a box gone for 35 minutes", f"the box was gone from {begins} and nobody told")
        for at_ms in self.truth.pressed:
            self.found.conditions["help asked for"] += 1
            if not any(
                one.kind == "care.help" and one.raised_at <= at_ms + 2 * DAY_MS
                and (one.state != "resolved" or one.changed_at >= at_ms)
                for one in self.all
            ):  # fmt: skip
                self.lose("help asked for", f"help was asked for at {at_ms} and nobody was told")
        for rule, dwell_ms in DWELLS.items():
            for begins, ends in self.truth.spells.get(AIR_OF[rule][-1], ()):
                if ends - begins < dwell_ms + LASTS_MS or self._hidden(begins, ends):
                    continue
                self.found.conditions["air beyond a limit"] += 1
                if not self._raised("storage.", begins, ends + LASTS_MS):
                    self.lose("air beyond a limit", f"{rule} from {begins} and nobody told")

    def _raised(self, kind: str, begins: int, ends: int) -> bool:
        return any(one.kind.startswith(kind) and begins <= one.raised_at <= ends for one in self.all)

    def _hub_away(self, begins: int, ends: int) -> bool:
        return any(self.truth.touches(name, begins, ends) for name in ("hub", "broker"))

    def _hidden(self, begins: int, ends: int) -> bool:
        return (
            self._hub_away(begins, ends)
            or self.gone_within(begins, ends)
            or self.truth.touches("sensor_fails", begins, ends)
        )

    def gone_at(self, at_ms: int) -> tuple[int, int] | None:
        """Return the spell at an instant in which the box could not be heard."""
        return self.truth.during("gone", at_ms, 5 * SECOND_MS)

    def gone_within(self, from_ms: int, to_ms: int) -> bool:
        """Tell whether the box could not be heard in some part of a stretch."""
        return self.truth.touches("gone", from_ms, to_ms)

    # What was sent.

    def letters(self) -> None:
        home, counted = self.home, self.found.letters
        for _, letter in home.told:
            counted[f"to {letter.to}" if letter.to == "ada" else f"{letter.kind} to a caregiver"] += 1
        for message in home.begun:
            times = len(home.arrived.get(message, ()))
            counted["letters tried"] += 1
            counted["letters delivered"] += times > 0
            counted["repeats"] += max(0, times - 1)
        counted["attempts"] += len(home.tries)

    def lose(self, kind: str, sentence: str) -> None:
        """Note what was lost."""
        self.found.lost[kind] += 1
        self.breach(f"lost: {sentence}")

    def breach(self, sentence: str) -> None:
        """Note a sentence for whoever looks for the cause."""
        self.found.breaches.append(f"home {self.home.seed}: {sentence}")
