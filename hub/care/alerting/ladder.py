"""Who is told next, on which channel, and when? The household's ladder, climbed rung by rung."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from controller.wire.instants import DAY_MS, HOUR_MS, SECOND_MS
from hub.care.page import zone_of
from hub.care.people import ON_DUTY, Caregiver, Household, LadderStep, WantKind

ROUND_PAUSE_MS = HOUR_MS
"""After the last rung the ladder rests this long, then twice as long, up to a day; then it begins again."""
RESTING = frozenset[WantKind]({"storage", "supply", "device"})
"""What may wait until a caregiver's quiet hours are over. A dose and a call for help never wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A ladder step with its person found: the caregiver and the channel that will be used."""

    position: int
    caregiver: Caregiver
    channel: str
    quiet_until: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The ladder of one kind of alert as it stands at one instant."""

    after_ms: tuple[int, ...]
    rungs: tuple[Rung, ...]

    @property
    def marks(self) -> tuple[str, ...]:
        """Return what tells each step from another: its time, and whom it reaches by which channel."""
        reached = {rung.position: f" {rung.caregiver.id} {rung.channel}" for rung in self.rungs}
        return tuple(f"{after}{reached.get(place, '')}" for place, after in enumerate(self.after_ms))

    def next_rung(self, position: int) -> Rung | None:
        """Return the first rung from `position` on, in this round, whose person may be told now."""
        for rung in self.rungs:
            if rung.position >= position and rung.quiet_until is None:
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
        sleepers = [rung for rung in self.rungs if rung.quiet_until is not None]
        return min(sleepers, key=lambda rung: (rung.quiet_until or 0, rung.position), default=None)


def ladder_for(household: Household, patient: str, want: WantKind, at: int) -> Ladder:
    """Find everybody who can be told.

    The household's ladder comes first; where it reaches nobody, everyone who wants this kind is told at
    once; and a call for help goes to whoever there is, wanted or not.
    """
    ladder = household.ladders.get(patient)
    steps = ladder.steps if ladder else ()
    choices = [(steps, True), (_everyone(household), True)]
    if want == "care":
        choices += [(steps, False), (_everyone(household), False)]
    for tried, wanted_only in choices:
        rungs = _rungs(household, patient, want, at, tried, wanted_only=wanted_only)
        if rungs:
            return Ladder(after_ms=tuple(step.after_ms for step in tried), rungs=rungs)
    return Ladder(after_ms=(), rungs=())


def channel_of(household: Household, patient: str, caregiver: Caregiver) -> str | None:
    """Return where to tell a caregiver what became of an alert: as the ladder would reach them."""
    ladder = household.ladders.get(patient)
    for step in ladder.steps if ladder else ():
        who = household.duties.get(patient) if step.who == ON_DUTY else step.who
        if who == caregiver.id and step.channel in caregiver.channels:
            return step.channel
    return next(iter(caregiver.channels), None)


def _everyone(household: Household) -> tuple[LadderStep, ...]:
    return tuple(
        LadderStep(after_ms=0, who=caregiver.id, channel=next(iter(caregiver.channels), ""))
        for caregiver in household.caregivers.values()
    )


def _rungs(
    household: Household,
    patient: str,
    want: WantKind,
    at: int,
    steps: tuple[LadderStep, ...],
    *,
    wanted_only: bool,
) -> tuple[Rung, ...]:
    zone = zone_of(household, patient)
    found = []
    for position, step in enumerate(steps):
        who = household.duties.get(patient) if step.who == ON_DUTY else step.who
        caregiver = household.caregivers.get(who or "")
        if caregiver is None or patient not in caregiver.wants or not caregiver.channels:
            continue
        if wanted_only and want not in caregiver.wants[patient]:
            continue
        channel = step.channel if step.channel in caregiver.channels else next(iter(caregiver.channels))
        quiet_until = quiet_until_at(caregiver, zone, at) if want in RESTING else None
        found.append(Rung(position=position, caregiver=caregiver, channel=channel, quiet_until=quiet_until))
    return tuple(found)


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
