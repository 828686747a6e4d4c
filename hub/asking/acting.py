"""How does a command show what it would do, and do it only when somebody has said yes?

Nothing is changed that was not shown first. Facts are written as entries, prescriptions as a new version of
the household; a running hub takes both in within seconds, and one that is down when it starts.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from controller.wire.shape import to_plain
from hub.asking.answers import Refused, answer, write_lines
from hub.asking.texts import refuse_unreadable
from hub.boot_clock import is_hub_acting
from hub.care.entries import Fact
from hub.care.people import Household
from hub.care.schedule import local_time
from hub.commands import known_household, opened_store
from hub.config import HubConfig, read_config
from hub.household import household_toml, parse_household
from hub.store.port import Store
from hub.tables import nearest
from hub.writing import entry_of

FOLLOWED = "Done. The running hub follows within seconds."
NOT_FOLLOWED = "Done. No hub is running: until one does, nothing follows from it and nobody is alerted."
"""Somebody who reported a fever once read that caregivers "are alerted" while no hub ran."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One command at work: whose care, in which home (and which version of it), when, and what was asked."""

    asked: argparse.Namespace
    config: HubConfig
    store: Store
    household: Household
    version: int
    patient: str
    now_ms: int

    @property
    def is_asking(self) -> bool:
        """Whether somebody sits at a terminal who can be asked before anything is changed."""
        return not self.asked.yes and not self.asked.json and sys.stdin.isatty()

    @property
    def zone(self) -> ZoneInfo:
        """The zone the patient lives in."""
        return ZoneInfo(self.household.patients[self.patient].timezone)

    @property
    def today(self) -> date:
        """The patient's date."""
        return local_time(self.zone.key, self.now_ms).date()

    @property
    def by(self) -> str:
        """Who makes the change.

        Raises:
            Refused: Nobody was named, or somebody who has no part in this patient's care.

        """
        who = self.asked.by
        caregivers = self.household.caregivers.values()
        known = [self.patient, *(one.id for one in caregivers if self.patient in one.wants)]
        if who is None:
            raise Refused(f"say who makes this change: --by {' or --by '.join(known)}")
        if who not in known:
            raise Refused(f"{who!r} has no part in the care of {self.patient!r}: {', '.join(known)} have")
        return str(who)

    def regimen(self, name: str) -> str:
        """Return the id of a regimen of this patient.

        Raises:
            Refused: There is none, or it is another patient's.

        """
        found = self.household.regimens.get(name)
        own = [one.id for one in self.household.regimens.values() if one.patient == self.patient]
        if found is None:
            raise Refused(f"there is no regimen {name!r}{nearest(name, own)}")
        if found.patient != self.patient:
            raise Refused(f"regimen {name!r} is {found.patient!r}'s, not {self.patient!r}'s")
        return name


@contextmanager
def acting(asked: argparse.Namespace, *, changes: bool) -> Iterator[Act]:
    """Open what a command works on.

    Raises:
        Refused: The patient who is meant is not known, or something typed is no readable line.
        HubError: There is no household, or the store cannot be used.

    """
    refuse_unreadable(asked)
    config = read_config(asked.config)
    with opened_store(config, "write" if changes else "read") as store:
        # Read before its text: a version that comes in between makes the change fail, not vanish.
        version = store.household_version()
        household = known_household(config, store)
        patient = _patient(household, asked.patient)
        now_ms = config.clock.wall_ms()
        yield Act(
            asked=asked, config=config, store=store, household=household, version=version,
            patient=patient, now_ms=now_ms,
        )  # fmt: skip


def write_entry(act: Act, fact: Fact, preview: Sequence[str], *, why: str = "") -> int:
    """Show what a fact would change, and write it as an entry once somebody has said yes."""
    entry = entry_of(act.patient, fact, by=act.by, at_ms=act.now_ms, why=why)
    agreed = _agreed(act, preview)
    if agreed:
        with act.store.transaction():
            act.store.add_entry(entry)
    return _done(act, preview, agreed, {"entry": entry.entry, "fact": to_plain(fact)})


def change_household(act: Act, after: Household, preview: Sequence[str]) -> int:
    """Show what a changed household would mean, and store it as a new version once somebody has said yes.

    Raises:
        HouseholdRefused: The days of the changed household could not be witnessed honestly.
        Refused: Somebody else changed it while this change was being read; nothing is stored.

    """
    text = household_toml(after)
    parse_household(text, file="the changed household", medicines_dirs=act.config.medicines)
    by = act.by
    agreed = _agreed(act, preview)
    version = None
    if agreed:
        with act.store.transaction():
            _refuse_second(act)
            version = act.store.add_household(text, act.now_ms, by)
    return _done(act, preview, agreed, {"version": version, "by": by})


def change_beside(act: Act, preview: Sequence[str], change: Callable[[], None]) -> int:
    """Show what a change of something beside the store would mean, and make it once somebody has said yes."""
    by = act.by
    agreed = _agreed(act, preview)
    if agreed:
        change()
    return _done(act, preview, agreed, {"by": by})


def _refuse_second(act: Act) -> None:
    """Let nobody overwrite what they have not seen: the later of two changes once won without a word."""
    if act.store.household_version() == act.version:
        return
    newest = act.store.household()
    if newest is None:
        return
    who = f" by {newest.changed_by}" if newest.changed_by else ""
    then = local_time(act.zone.key, newest.imported_at)
    raise Refused(
        f"the prescription was changed{who} at {then:%H:%M} while you were reading; "
        "nothing was stored: look at it again and repeat your change if it is still right"
    )


def _patient(household: Household, name: str | None) -> str:
    known = list(household.patients)
    if name is None and len(known) == 1:
        return known[0]
    if name is None:
        raise Refused(f"say whose: --patient {' or --patient '.join(known)}")
    if name not in known:
        raise Refused(f"there is no patient {name!r}{nearest(name, known)}")
    return name


def _agreed(act: Act, preview: Sequence[str]) -> bool:
    if not act.is_asking:
        return bool(act.asked.yes)
    write_lines(preview)
    sys.stdout.write("Is that right? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _done(act: Act, preview: Sequence[str], agreed: bool, plain: dict[str, Any]) -> int:
    is_followed = agreed and is_hub_acting(act.store)
    if act.asked.json:
        said = {"preview": list(preview), "changed": agreed}
        return answer(act.asked, (), {**said, **plain, "hub_running": is_followed} if agreed else said)
    # Whoever was asked has read it already.
    lines = [] if act.is_asking else list(preview)
    if agreed:
        lines.append(FOLLOWED if is_followed else NOT_FOLLOWED)
    else:
        lines.append("Nothing was changed. Add --yes to do it.")
    return answer(act.asked, lines, None)
