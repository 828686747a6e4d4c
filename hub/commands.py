"""What does each command of the hub do? One function for each, from what was asked to an exit status."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from controller.wire.errors import Malformed
from controller.wire.instants import instant_ms, instant_text
from controller.wire.plan import Plan
from controller.wire.shape import to_plain, write_json
from controller.wire.topics import topic_of
from hub.care.happenings import TimePassed
from hub.care.home import open_ledger, step
from hub.care.ledger import PlanRecord
from hub.care.people import Household
from hub.config import HubConfig, read_config
from hub.errors import HouseholdRefused, HubError, StoreRefused, Unwritable
from hub.household import parse_household, read_household
from hub.reporting.words import local
from hub.store.port import Store
from hub.tables import FIRST_DAY, LAST_DAY, read_text

if TYPE_CHECKING:
    from hub.store.sqlite.file import Purpose

REPORTED_DAYS = 7
MENDING = 1


def run(asked: argparse.Namespace) -> int:
    """Watch over the boxes."""
    from hub.running import run as running
    from hub.running.succession import open_as_hub, wait_for_turn

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    config = read_config(asked.config)
    _make_directory(config)
    with closing(wait_for_turn(config) if asked.standby else open_as_hub(config)) as store:
        return running.run(config, store)


def import_household(asked: argparse.Namespace) -> int:
    """Check and store a household, and read it back."""
    from hub.importing import read_back

    config = read_config(asked.config)
    # Read once: a pipe gives its text only once, and a file may change in between.
    text = read_text(asked.file)
    household = parse_household(text, file=str(asked.file), medicines_dirs=config.medicines)
    now = config.clock.wall_ms()
    if asked.check:
        for line in read_back(_household_stored(config), household, now):
            _say(line)
        _say("\nNothing was stored. Leave out --check to take it over.")
        return 0
    with opened_store(config, "write") as store:
        before = _household_before(config, store)
        with store.transaction():
            number = store.add_household(text, now)
    stored = f"{asked.file} is now version {number} of the household"
    try:
        _say(f"{stored}.")
        for line in read_back(before, household, now):
            _say(line)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        # Without this sentence nobody would know that it is in force.
        raise Unwritable(f"{stored}, but it cannot be read back here: {error.strerror}") from error
    return 0


def export(asked: argparse.Namespace) -> int:
    """Write the household that was imported last, word for word."""
    config = read_config(asked.config)
    with opened_store(config, "read") as store:
        found = store.household()
    if found is None:
        raise StoreRefused("no household has been imported yet: pillbox-hub import household.toml")
    sys.stdout.write(found.text)
    return 0


def plan(asked: argparse.Namespace) -> int:
    """Write the plan of a box as one line."""
    household = read_household(asked.household, asked.medicines)
    if asked.box not in household.boxes:
        known = ", ".join(household.boxes) or "none"
        raise HouseholdRefused(f"{asked.household} has no box {asked.box!r}; it has {known}")
    at = _instant(asked.at) if asked.at else int(datetime.now(UTC).timestamp() * 1000)
    payload = to_plain(_first_plan(household, asked.box, at))
    line = {"at": instant_text(at), "topic": topic_of("plan", box=asked.box), "payload": payload}
    _say(write_json(line))
    return 0


def _first_plan(household: Household, box: str, at: int) -> Plan:
    """Return the very plan that a hub would publish which begins at this instant."""
    ledger = open_ledger(household, household.boxes[box].patient)
    _, changes = step(ledger, TimePassed(at=at))
    return next(change.plan for change in changes if isinstance(change, PlanRecord) and change.box == box)


def replay(asked: argparse.Namespace) -> int:
    """Run a recording through the hub."""
    from hub.replay import replay as replayed

    household = read_household(asked.household, asked.medicines)
    with _recording(asked.file) as lines:
        for line in replayed(household, lines):
            _say(line)
    return 0


def report(asked: argparse.Namespace) -> int:
    """Say what became of each slot of a period."""
    from hub.reporting import render
    from hub.reporting.gathering import gathered, whose_report

    config = read_config(asked.config)
    with opened_store(config, "read") as store:
        known_household(config, store)
        whose = whose_report(store, asked.patient, config.medicines)
        last = _date(asked.last) if asked.last else _today(config, whose.zone)
        first = _date(asked.first) if asked.first else last - timedelta(days=REPORTED_DAYS - 1)
        if last < first:
            raise Unreadable(f"the period ends on {last}, before it begins on {first}")
        found = gathered(store, whose, first, last, config.clock.wall_ms(), config.medicines)
    sys.stdout.write(render(found, asked.format))
    return 0


def alerts(asked: argparse.Namespace) -> int:
    """List the open alerts."""
    from hub.reporting.open_alerts import open_alerts, open_alerts_plain

    config = read_config(asked.config)
    with opened_store(config, "read") as store:
        household = known_household(config, store)
        plain = open_alerts_plain(store) if asked.json else []
        lines = [] if asked.json else list(open_alerts(household, store))
    if asked.json:
        _say(write_json({"alerts": plain}))
        return 0
    for line in lines or ["No alert is open."]:
        _say(line)
    return 0


def doctor(asked: argparse.Namespace) -> int:
    """Check everything the hub needs."""
    from hub.doctor import examine

    findings = examine(asked.config)
    if asked.json:
        _say(
            write_json({"well": all(one.well for one in findings), "findings": list(map(to_plain, findings))})
        )
    else:
        for one in findings:
            _say(f"{'well' if one.well else 'MEND'}  {one.part}: {one.text}")
    return 0 if all(one.well for one in findings) else MENDING


def _care(family: str, name: str) -> Callable[[argparse.Namespace], int]:
    """Find a command of the care only when it is asked for."""

    def found(asked: argparse.Namespace) -> int:
        command: Callable[[argparse.Namespace], int] = getattr(import_module(f"hub.asking.{family}"), name)
        return command(asked)

    return found


CARE = (
    "correct", "medicine", "check", "feeling", "regimen", "supply", "storage", "fill", "travel", "duty",
    "mute", "link", "unlock",
)  # fmt: skip
"""The commands of the care that stand in a module of their own name."""

COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": run,
    "doctor": doctor,
    "import": import_household,
    "export": export,
    "plan": plan,
    "replay": replay,
    "report": report,
    "alerts": alerts,
    **{name: _care(name, name) for name in CARE},
    "hold": _care("regimen", "hold"),
    "resume": _care("regimen", "resume"),
    "load": _care("load", "load"),
    "metrics": _care("load", "metrics"),
}


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _recording(name: str) -> AbstractContextManager[Iterable[bytes]]:
    if name == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise Unreadable(f"{name} cannot be read: {error.strerror}") from error


@contextmanager
def opened_store(config: HubConfig, purpose: Purpose) -> Iterator[Store]:
    """Open the store for a while; where it is written to, its directory is made first."""
    from hub.store.sqlite.store import open_store

    if purpose != "read":
        _make_directory(config)
    with closing(open_store(config.database, purpose)) as store:
        yield store


def _make_directory(config: HubConfig) -> None:
    try:
        config.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreRefused(f"{config.directory} cannot be made: {error.strerror}") from error


def _stored_household(config: HubConfig, store: Store) -> Household | None:
    found = store.household()
    if found is None:
        return None
    file = "the stored household"
    return parse_household(found.text, file=file, medicines_dirs=config.medicines, lawful=True)


def _household_before(config: HubConfig, store: Store) -> Household | None:
    """Return what is stored now; what cannot be read must not refuse the one that mends it."""
    try:
        return _stored_household(config, store)
    except HouseholdRefused as error:
        _say(f"The household of before cannot be read, so everything counts as new: {error}")
        return None


def known_household(config: HubConfig, store: Store) -> Household:
    """Return the household the hub works with; refuse where none was imported yet."""
    found = _stored_household(config, store)
    if found is None:
        raise StoreRefused("no household has been imported yet: pillbox-hub import household.toml")
    return found


def _household_stored(config: HubConfig) -> Household | None:
    """Return what is stored now, or nothing where the hub has not yet begun."""
    if not config.database.exists():
        return None
    with opened_store(config, "read") as store:
        return _household_before(config, store)


def _today(config: HubConfig, zone: str) -> date:
    return local(config.clock.wall_ms(), ZoneInfo(zone)).date()


class Unreadable(HubError, ValueError):
    """Something that was asked for cannot be read."""


def _date(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise Unreadable(f"{text[:40]!r} is not a date such as 2026-11-23") from error
    if not FIRST_DAY <= found <= LAST_DAY:
        # Beyond the ends of the calendar a day has no day before or after it.
        raise Unreadable(f"{found} lies outside the years {FIRST_DAY.year} to {LAST_DAY.year}")
    return found


def _instant(text: str) -> int:
    try:
        return instant_ms(text)
    except Malformed as error:
        raise Unreadable(str(error)) from error
