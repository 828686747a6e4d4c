"""How does a message reach a person, and how do we know whether it did?

Every channel of every person has a thread of its own: one dead or slow channel delays no other. What
became of a message comes back through the main loop's queue; the durable list of what is still to be
sent is the store's. The only module that knows apprise.
"""

from __future__ import annotations

import logging
import queue
import re
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from hub.care.caregivers import Caregiver
from hub.care.people import Household, Patient
from hub.config import Notify
from hub.errors import HubError

if TYPE_CHECKING:
    from apprise import AppriseAsset

# These show or write something on the hub itself: they succeed, and nobody has been told.
LOCAL_SCHEMES = frozenset({
    "blink1", "dbus", "exec", "file", "gio", "glib", "gnome", "kde", "macosx", "qt", "rsyslog", "syslog",
    "windows",
})  # fmt: skip

STUCK_MAX = 4
"""So many calls of one channel may hang before nothing more is tried on it until one of them returns."""

REPLY_MAX = 300

log = logging.getLogger("hub.letters.notify")


class AddressRefused(HubError, ValueError):
    """An address cannot be used. The text never holds the address itself: it is a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message on its way to one address. The address is a secret and stays out of every text.

    `others` are the further letters that travel in it; `is_quiet`: it should neither ring nor buzz.
    """

    message: str
    to: str
    channel: str
    title: str
    body: str
    address: str = field(repr=False)
    others: tuple[str, ...] = ()
    is_quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of a letter, and of `others` in it; `ok` is `None` where nobody knows.

    `reply` names no address.
    """

    message: str
    to: str
    channel: str
    ok: bool | None
    reply: str
    others: tuple[str, ...] = ()


def address_of(household: Household, to: str, channel: str) -> str | None:
    """Return the address of a person's channel, caregivers before patients, or `None`."""
    person: Caregiver | Patient | None = household.caregivers.get(to) or household.patients.get(to)
    return person.channels.get(channel) if person is not None else None


def scheme_of(address: str) -> str:
    """Return what may be shown of an address: how it is delivered, such as `ntfy`."""
    return address.partition("://")[0].lower()[:20] if "://" in address else "?"


def check_address(address: str) -> None:
    """Refuse an address before somebody depends on it.

    Raises:
        AddressRefused: It has no known form, stays on this machine, or would be taken apart.

    """
    _service_of(address)


def address_problems(household: Household) -> tuple[str, ...]:
    """Return a sentence for every channel of the household whose address cannot be used."""
    found = []
    people: list[Caregiver | Patient] = [*household.caregivers.values(), *household.patients.values()]
    for person in people:
        for channel, address in person.channels.items():
            try:
                check_address(address)
            except AddressRefused as error:
                found.append(f"{person.id}, channel {channel}: {error}")
    return tuple(found)


class Notifier:
    """Sends letters, one at a time on each channel. Called by the main loop only."""

    def __init__(self, settings: Notify, inbox: queue.SimpleQueue[Any]) -> None:
        self._settings = settings
        self._inbox = inbox
        self._workers: dict[tuple[str, str], _Worker] = {}
        self._stuck: dict[tuple[str, str], list[_Worker]] = {}

    def is_free(self, to: str, channel: str) -> bool:
        """Tell whether a letter given now would leave at once."""
        key = (to, channel)
        stuck = [worker for worker in self._stuck.get(key, []) if worker.thread.is_alive()]
        self._stuck[key] = stuck
        worker = self._workers.get(key)
        return len(stuck) < STUCK_MAX and (worker is None or worker.letter is None)

    def send(self, letter: Letter) -> None:
        """Start to send; a `Sent` comes through the queue, whatever happens."""
        key = (letter.to, letter.channel)
        worker = self._workers.get(key)
        if worker is None or not worker.thread.is_alive():
            worker = self._workers[key] = _Worker(self._settings, self._inbox, f"notify {letter.to}")
        worker.give(letter)

    def tend(self) -> None:
        """Give up on calls that hang; called about every second."""
        for key, worker in list(self._workers.items()):
            letter = worker.overdue(self._settings.timeout_s)
            if letter is None:
                continue
            # A call cannot be interrupted: its thread is left behind, and the channel gets a new one.
            del self._workers[key]
            self._stuck.setdefault(key, []).append(worker)
            why = f"no answer within {self._settings.timeout_s:g} s; it may have arrived"
            self._inbox.put(_sent(letter, ok=None, reply=why))

    def stop(self) -> None:
        """Take no more letters; what is in flight has been recorded as begun and is tried again."""
        for worker in self._workers.values():
            worker.letters.put(None)
        self._workers.clear()


class _Worker:
    """The thread of one channel."""

    def __init__(self, settings: Notify, inbox: queue.SimpleQueue[Any], name: str) -> None:
        self._settings = settings
        self._inbox = inbox
        self._lock = threading.Lock()
        self._given_s = 0.0
        self.letter: Letter | None = None
        self.letters: queue.SimpleQueue[Letter | None] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._work, name=name, daemon=True)
        self.thread.start()

    def give(self, letter: Letter) -> None:
        self.letter, self._given_s = letter, time.monotonic()
        self.letters.put(letter)

    def overdue(self, timeout_s: float) -> Letter | None:
        """Take the letter away from a call that hangs, or from a thread that died."""
        with self._lock:
            late = time.monotonic() - self._given_s > timeout_s or not self.thread.is_alive()
            if self.letter is None or not late:
                return None
            letter, self.letter = self.letter, None
            return letter

    def _work(self) -> None:
        while (letter := self.letters.get()) is not None:
            try:
                ok, reply = _deliver(letter, self._settings.timeout_s)
            except AddressRefused as error:
                ok, reply = False, str(error)
            except Exception as error:  # a vendor's plugin may raise anything; the letter must not vanish
                log.exception("sending to %s by %s failed", letter.to, letter.channel)
                ok, reply = False, f"sending failed: {type(error).__name__}"
            with self._lock:
                given_up = self.letter is not letter
                if not given_up:
                    self.letter = None
            if given_up:
                log.warning("%s by %s answered too late: %s", letter.to, letter.channel, reply)
                return
            self._inbox.put(_sent(letter, ok=ok, reply=reply))


def _sent(letter: Letter, *, ok: bool | None, reply: str) -> Sent:
    return Sent(
        message=letter.message, to=letter.to, channel=letter.channel, ok=ok, reply=reply, others=letter.others
    )


def _deliver(letter: Letter, timeout_s: float) -> tuple[bool, str]:
    from apprise import Apprise, AppriseResultStatus, NotifyFormat

    service = _service_of(_hushed(letter.address) if letter.is_quiet else letter.address)
    service.socket_connect_timeout = min(10.0, timeout_s / 3)
    service.socket_read_timeout = timeout_s / 2
    sender = Apprise(asset=_asset())
    sender.add(service)
    # Without the format a mail is HTML as it stands: what a box says of itself became links and pictures.
    result = sender.notify(title=letter.title, body=letter.body, body_format=NotifyFormat.TEXT)
    if result.status == AppriseResultStatus.SUCCESS:
        return True, "accepted"
    said = "; ".join(entry.message for one in result for attempt in one.attempts for entry in attempt)
    return False, _without_secrets(said, letter.address)[:REPLY_MAX] or result.status.name.lower()


def _hushed(address: str) -> str:
    """Return an address at which a message neither rings nor buzzes, where its service knows of that."""
    if scheme_of(address) not in ("ntfy", "ntfys"):
        return address
    place, _, query = address.partition("?")
    kept = [part for part in query.split("&") if part and not part.lower().startswith("priority=")]
    return f"{place}?{'&'.join([*kept, 'priority=min'])}"


def _service_of(address: str) -> Any:
    """Make apprise's sender for one address, or say in a sentence why there is none."""
    scheme = scheme_of(address)
    if not address:
        raise AddressRefused("the household has no address for this channel any more")
    if scheme == "?":
        raise AddressRefused("an address begins with its kind, such as ntfy:// or mailtos://")
    if scheme in LOCAL_SCHEMES:
        raise AddressRefused(f"{scheme}:// stays on this machine and reaches nobody")
    if re.search(r"[\s,]", address):
        # apprise would take it for several addresses and send a mangled message to the first.
        raise AddressRefused("an address holds no space or comma; write %20 or %2C")
    if re.search(r"\bfile:", unquote(address), re.IGNORECASE):
        raise AddressRefused("an address may not name a file of this machine")
    from apprise import Apprise

    service = Apprise.instantiate(address, asset=_asset())
    if service is None:
        raise AddressRefused(f"this {scheme}:// address is not one that apprise can send to")
    return service


def _asset() -> AppriseAsset:
    """Make apprise's settings: nothing fetched from elsewhere, no secrets in logs, no redirects."""
    from apprise import AppriseAsset

    # What apprise says is kept with the message; its log and that of its HTTP library name addresses.
    logging.getLogger("apprise").propagate = False
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    asset = AppriseAsset(async_mode=False, secure_logging=True, http_redirects=False)
    asset.app_id, asset.app_desc, asset.app_url = "Pillbox", "Pillbox", ""
    # Its icons lie on somebody's web server: a leak, and dead in a home without internet.
    asset.image_url_mask = asset.image_url_logo = ""
    return asset


def _without_secrets(text: str, address: str) -> str:
    """Take every part of an address out of a reply, but its scheme."""
    rest = address.partition("://")[2]
    pieces = {piece for form in (rest, unquote(rest)) for piece in re.split(r"[/:@?&=#]+", form)}
    for piece in sorted(pieces, key=len, reverse=True):
        if len(piece) >= 3:
            text = text.replace(piece, "…")
    return text
