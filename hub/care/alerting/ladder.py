"""Who is told next, on which channel, and when? The household's ladder, climbed rung by rung."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from controller.wire.instants import DAY_MS, HOUR_MS, SECOND_MS
from hub.care.caregivers import ON_DUTY, Caregiver, LadderStep, WantKind
from hub.care.duty import watch_at
from hub.care.muting import muted_until
from hub.care.page import Page, zone_of
from hub.care.people import Household

ROUND_PAUSE_MS = HOUR_MS
"""After the last rung the ladder rests this long, then twice as long, up to a day; then it begins again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A ladder step with its person found: the caregiver and the channel that will be used.

    Until `quiet_until` they sleep, until `muted_until` they want no alerts of this kind; `overrides` says
    that they are told nevertheless, because nobody else would be.
    """

    position: int
    caregiver: Caregiver
    channel: str
    quiet_until: int | None = None
    muted_until: int | None = None
    overrides: bool = False

    @property
    def is_open(self) -> bool:
        """Whether this person may be told now."""
        return self.quiet_until is None and (self.muted_until is None or self.overrides)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The ladder of one kind of alert as it stands at one instant; `rounds` is the home's own limit."""

    after_ms: tuple[int, ...]
    rungs: tuple[Rung, ...]
    rounds: int | None = None

    @property
    def marks(self) -> tuple[str, ...]:
        """Return what tells each step from another: its time, and whom it reaches by which channel."""
        reached = {rung.position: f" {rung.caregiver.id} {rung.channel}" for rung in self.rungs}
        return tuple(f"{after}{reached.get(place, '')}" for place, after in enumerate(self.after_ms))

    def next_rung(self, position: int) -> Rung | None:
        """Return the first rung from `position` on, in this round, whose person may be told now."""
        for rung in self.rungs:
            if rung.position >= position and rung.is_open:
                return rung
        return None

    def wait_ms(self, position: int) -> int:
        """Return how long to wait between the step before `position` and that one."""
        return max(0, self.after_ms[position] - self.after_ms[position - 1])

    def pause_ms(self, rounds: int) -> int:
        """Return how long to rest after a round; `rounds` counts those before it."""
        return min(ROUND_PAUSE_MS << min(rounds, 10), DAY_MS)

    def first_awake(self) -> Rung | None:
        """Return the sleeper whose quiet hours end first, `None` if nobody sleeps."""
        sleepers = [rung for rung in self.rungs if rung.quiet_until is not None and rung.muted_until is None]
        return min(sleepers, key=lambda rung: (rung.quiet_until or 0, rung.position), default=None)


def ladder_for(page: Page, want: WantKind) -> Ladder:
    """Find everybody who can be told of a kind of alerts now.

    The household's ladder comes first; where it reaches nobody, everyone who wants this kind is told at
    once; and a call for help goes to whoever there is, wanted or not. Where everybody of them wants silence,
    nobody has it.
    """
    ladder = page.household.ladder_of(page.patient, want)
    steps = ladder.steps if ladder else ()
    choices = [(steps, True), (_everyone(page.household), True)]
    if want == "care":
        choices += [(steps, False), (_everyone(page.household), False)]
    for tried, wanted_only in choices:
        rungs = _rungs(page, want, tried, wanted_only=wanted_only)
        if rungs:
            if all(rung.muted_until is not None for rung in rungs):
                rungs = tuple(replace(rung, overrides=True) for rung in rungs)
            rounds = ladder.rounds if ladder else None
            return Ladder(after_ms=tuple(step.after_ms for step in tried), rungs=rungs, rounds=rounds)
    return Ladder(after_ms=(), rungs=())


def channel_of(page: Page, caregiver: Caregiver, want: WantKind) -> str | None:
    """Return where to tell a caregiver what became of an alert: as the ladder would reach them."""
    ladder = page.household.ladder_of(page.patient, want)
    for step in ladder.steps if ladder else ():
        if _who(page, step) == caregiver.id and step.channel in caregiver.channels:
            return step.channel
    return next(iter(caregiver.channels), None)


def _who(page: Page, step: LadderStep) -> str | None:
    if step.who != ON_DUTY:
        return step.who
    return watch_at(page.household, page.patient, page.entries, page.at).who


def _everyone(household: Household) -> tuple[LadderStep, ...]:
    return tuple(
        LadderStep(after_ms=0, who=caregiver.id, channel=next(iter(caregiver.channels), ""))
        for caregiver in household.caregivers.values()
    )


def _rungs(
    page: Page, want: WantKind, steps: tuple[LadderStep, ...], *, wanted_only: bool
) -> tuple[Rung, ...]:
    found = []
    for position, step in enumerate(steps):
        caregiver = page.household.caregivers.get(_who(page, step) or "")
        if caregiver is None or page.patient not in caregiver.wants or not caregiver.channels:
            continue
        if wanted_only and want not in caregiver.wants[page.patient]:
            continue
        channel = step.channel if step.channel in caregiver.channels else next(iter(caregiver.channels))
        found.append(
            Rung(
                position=position,
                caregiver=caregiver,
                channel=channel,
                quiet_until=resting_until(page, caregiver, want),
                muted_until=muted_until(page.entries, caregiver.id, want, page.at),
            )
        )
    return tuple(found)


def resting_until(page: Page, caregiver: Caregiver, want: WantKind) -> int | None:
    """Return until when a kind of alerts waits for the end of a caregiver's quiet hours."""
    if want == "care" or want in caregiver.wakes:
        return None
    zone = ZoneInfo(caregiver.timezone) if caregiver.timezone else zone_of(page.household, page.patient)
    return quiet_until_at(caregiver, zone, page.at)


def quiet_until_at(caregiver: Caregiver, zone: ZoneInfo, at: int) -> int | None:
    """Return when a caregiver's quiet hours end that hold at `at`, `None` if they do not hold."""
    if caregiver.quiet is None:
        return None
    begins, ends = caregiver.quiet
    now = datetime.fromtimestamp(at / 1000, zone)
    clock = now.strftime("%H:%M")
    overnight = begins > ends
    is_quiet = (clock >= begins or clock < ends) if overnight else begins <= clock < ends
    if not is_quiet:
        return None
    day = now.date() + timedelta(days=1 if overnight and clock >= begins else 0)
    awake = datetime.fromisoformat(f"{day.isoformat()}T{ends}").replace(tzinfo=zone)
    if awake.timestamp() * SECOND_MS <= at:
        # The clocks went back over the end: it comes a second time.
        awake = awake.replace(fold=1)
    return max(int(awake.timestamp() * SECOND_MS), at + SECOND_MS)
