"""What happens between the hub and a person's device? Channels that fail, hang, answer late or deliver twice.

The world's own hub tells everything at once. Here every attempt takes its time, as in the running hub: one
letter at a time on each channel of each person, and a call that hangs is given up after 30 seconds.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any, Literal, TypeVar

from controller.wire.instants import MINUTE_MS, SECOND_MS
from controller.wire.topics import Outgoing
from hub.care.ledger import MessageRecord
from hub.engine import Engine
from hub.intake.arrivals import Arrival
from hub.letters.parcels import Parcel
from tests.world import World

HANGS_MS = 30 * SECOND_MS
"""After so long the running hub gives up on a call: nobody knows whether the letter has arrived."""

Fate = Literal["taken", "refused", "lost", "unanswered", "late", "twice"]
"""`lost` and `unanswered` hang both; of the second the letter has arrived."""

UNSURE: frozenset[Fate] = frozenset({"lost", "unanswered", "late"})

Found = TypeVar("Found")


class Killed(BaseException):
    """The hub died at this very instruction."""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """How often a channel does what it should not: chances for each attempt, and for each call of the hub."""

    refused: float = 0.02
    lost: float = 0.005
    unanswered: float = 0.005
    late: float = 0.002
    twice: float = 0.001
    doom: float = 0.0
    """How often the hub dies within one call of it, at an instruction drawn by chance."""


@dataclass(frozen=True)
class Try:
    """One attempt as the channel saw it, and whether a hub was alive to hear how it ended."""

    letter: MessageRecord
    at_ms: int
    fate: Fate


class MortalHub(Engine):
    """The shipped engine, which may die within any of its calls."""

    world: LetterWorld

    def start(self, at_ms: int) -> list[Outgoing]:
        return self.world.mortally(lambda: super(MortalHub, self).start(at_ms))

    def take(self, arrivals: Sequence[Arrival], at_ms: int) -> list[Outgoing]:
        return self.world.mortally(lambda: super(MortalHub, self).take(arrivals, at_ms))

    def tick(self, at_ms: int) -> list[Outgoing]:
        return self.world.mortally(lambda: super(MortalHub, self).tick(at_ms))

    def parcels_due(
        self, at_ms: int, is_free: Callable[[str, str], bool] = lambda *_: True, limit: int = 100
    ) -> list[Parcel]:
        return self.world.mortally(lambda: super(MortalHub, self).parcels_due(at_ms, is_free, limit))

    def attempts_begun(self, messages: Sequence[str], at_ms: int) -> Mapping[str, int]:
        return self.world.mortally(lambda: super(MortalHub, self).attempts_begun(messages, at_ms))

    def attempts_ended(
        self, messages: Sequence[str], ok: bool | None, reply: str, at_ms: int
    ) -> list[Outgoing]:
        return self.world.mortally(lambda: super(MortalHub, self).attempts_ended(messages, ok, reply, at_ms))


class LetterWorld(World):
    """A world whose letters travel, and whose hub may die at any instruction."""

    mail = Mail()

    def __post_init__(self) -> None:
        self.tries: list[Try] = []
        self.begun: Counter[str] = Counter()
        """How often an attempt of a letter was begun, which a channel may never have heard of."""
        self.ended: Counter[str] = Counter()
        """How often a hub heard how an attempt ended, or that it was unknown."""
        self.arrived: dict[str, list[int]] = defaultdict(list)
        self.deaths = 0
        self._busy: set[tuple[str, str]] = set()
        super().__post_init__()
        self.letters_unsure = True

    # The hub's life.

    def at(self, at_ms: int, happens: Callable[[], None]) -> None:
        """Let something happen, and outlive the hub's death in it."""
        super().at(at_ms, lambda: self._outlive(happens))

    def _outlive(self, happens: Callable[[], None]) -> None:
        try:
            happens()
        except Killed:
            self.deaths += 1
            self.hub = None
            self.hub_inbox.clear()
            self.at(self.now_ms + SECOND_MS, self._restart_hub)

    def start_hub(self) -> None:
        """Start the hub's program over what its store kept."""
        self.hub = MortalHub(self.store, care=self.care)
        self.hub.world = self
        self._busy.clear()
        self._leaves_hub(self.hub.start(self.hub_ms()))
        self._wake_hub()

    def mortally(self, call: Callable[[], Found]) -> Found:
        """Make a call of the hub, and rarely let it die at one of its lines."""
        if self.calm or not self.mail.doom or self.wires.random() >= self.mail.doom:
            return call()
        lines = int(10 ** self.wires.uniform(0, 4))
        acted, before = self.care.acted.copy(), sys.gettrace()
        sys.settrace(_Doom(lines).enter)
        try:
            call()
        finally:
            sys.settrace(before)
            for key in self.care.acted - acted:
                # What it acted on and did not live to commit, it has not acted on. One that lay above a gap
                # was stored before: only the watermark tells.
                box, stream, seq = key
                if self.store.mark(box, stream).watermark < seq:
                    self.care.acted[key] = acted[key]
        # It lived to commit everything, and nobody hears of it any more.
        raise Killed

    def _wake_hub(self) -> None:
        """Wake the hub at its next deadline; a letter that waits for a busy channel wakes nobody."""
        if self.hub is None:
            return
        waits = [self.hub.next_deadline()]
        parcel_at = self.hub.next_parcel_at(self.hub_ms())
        if parcel_at is not None and parcel_at > self.hub_ms():
            waits.append(parcel_at)
        known = [at for at in waits if at is not None]
        if not known:
            return
        true_ms = max(self.now_ms, min(known) - self.hub_offset_ms)
        if true_ms != self._hub_due:
            self._hub_due = true_ms
            self.at(true_ms, lambda: self._tick_hub(true_ms))

    # The letters.

    def _leaves_hub(self, messages: list[Outgoing]) -> None:
        self._publish_from_hub(messages)
        assert self.hub is not None
        for parcel in self.hub.parcels_due(self.hub_ms(), self._is_free, 500):
            begun = self.hub.attempts_begun([one.letter.message for one in parcel], self.hub_ms())
            letters = [one.letter for one in parcel if one.letter.message in begun]
            self.begun.update(begun.keys())
            if letters:
                self._send(letters)

    def _is_free(self, to: str, channel: str) -> bool:
        return (to, channel) not in self._busy

    def _send(self, letters: Sequence[MessageRecord]) -> None:
        """Let letters that travel together leave as one message."""
        self.messages_sent += 1
        self._busy.add((letters[0].to, letters[0].channel))
        fate = self.fate(letters[0])
        for letter in letters:
            self._look_at_letter(letter)
            self.tries.append(Try(letter, self.now_ms, fate))
        takes_ms = 300 + self.wires.randrange(3 * SECOND_MS)
        for arrives_ms in _arrivals(fate, takes_ms):
            self.at(self.now_ms + arrives_ms, lambda: self._arrive(letters))
        ok = {"taken": True, "twice": True, "refused": False}.get(fate)
        life = self.hub
        ends_ms = self.now_ms + (HANGS_MS if ok is None else takes_ms)
        self.at(ends_ms, lambda: self._ends(life, letters, ok))

    def fate(self, letter: MessageRecord) -> Fate:
        """Draw what becomes of an attempt."""
        left = self.wires.random()
        mail = CALM_MAIL if self.calm else self.mail
        chances: tuple[tuple[Fate, float], ...] = (
            ("refused", mail.refused), ("lost", mail.lost), ("unanswered", mail.unanswered),
            ("late", mail.late), ("twice", mail.twice),
        )  # fmt: skip
        for fate, chance in chances:
            if left < chance:
                return fate
            left -= chance
        return "taken"

    def _arrive(self, letters: Sequence[MessageRecord]) -> None:
        for letter in letters:
            self.arrived[letter.message].append(self.now_ms)
            self._arrived(letter)
            self.hears(letter)

    def hears(self, letter: MessageRecord) -> None:
        """Let the person act on a letter, as far as they do."""
        if letter.kind == "alert" and letter.alert and self.wires.random() < 0.8:
            at_ms = self.now_ms + self.wires.randrange(20 * MINUTE_MS)
            self.at(at_ms, lambda: self._acknowledge(letter))

    def _ends(self, life: Any, letters: Sequence[MessageRecord], ok: bool | None) -> None:
        if self.hub is None or self.hub is not life:
            return  # It died meanwhile: nobody hears how the call ended.
        self._busy.discard((letters[0].to, letters[0].channel))
        reply = {True: "taken", False: "refused", None: "no answer"}[ok]
        names = [letter.message for letter in letters]
        follows = self.hub.attempts_ended(names, ok, reply, self.hub_ms())
        self.ended.update(names)
        self._leaves_hub(follows)
        self._wake_hub()


CALM_MAIL = Mail(refused=0, lost=0, unanswered=0, late=0, twice=0)


def _arrivals(fate: Fate, takes_ms: int) -> tuple[int, ...]:
    """Return when a letter reaches the device, counted from its sending."""
    match fate:
        case "taken" | "unanswered":
            return (takes_ms,)
        case "late":
            return (HANGS_MS + 10 * takes_ms,)
        case "twice":
            return (takes_ms, 2 * takes_ms)
        case _:
            return ()


class _Doom:
    """Counts the lines of the hub's own code that are executed, and ends it all at one of them."""

    def __init__(self, lines: int) -> None:
        self._left = lines

    def enter(self, frame: FrameType, _event: str, _argument: Any) -> Callable[..., Any] | None:
        """Follow a frame of the hub's code, and no other."""
        return self._line if "/hub/" in frame.f_code.co_filename else None

    def _line(self, _frame: FrameType, event: str, _argument: Any) -> Callable[..., Any]:
        if event == "line":
            self._left -= 1
            if self._left <= 0:
                raise Killed
        return self._line
