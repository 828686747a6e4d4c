"""Who looks after the patients, in which order are they tried, and what is checked when?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast, get_args

from hub.care.caregivers import ON_DUTY, WAKING, CanaryRhythm, Caregiver, WantKind
from hub.care.people import Patient
from hub.household.zones import read_zone
from hub.tables import Table

_WANTS = get_args(WantKind)
_RHYTHMS = get_args(CanaryRhythm)
A_PATIENT = "a patient of this file"


def read_channels(table: Table) -> dict[str, str]:
    """Read the channels of a person: a name to an Apprise address."""
    channels = table.child("channels")
    found = {}
    for name in channels.content:
        found[name] = channels.text(channels.slug_key(name))
        if "://" not in found[name]:
            raise channels.refusal(name, "is not an Apprise address such as ntfy://host/topic")
    return found


def read_full_text(table: Table) -> tuple[str, ...] | None:
    """Read which of a person's channels may name people and medicines, `None` if the home does not say."""
    if not table.has("full_text"):
        return None
    channels = table.child("channels").content if table.has("channels") else {}
    listed = table.listed("full_text")
    found = [listed.known(place, listed.text(place), channels, "a channel of this person")
             for place in listed.content]  # fmt: skip
    return tuple(dict.fromkeys(found))


def read_alias(table: Table) -> str:
    """Read what others may read instead of a patient's name: it must not give the name away."""
    if not table.has("alias"):
        return ""
    alias, name = table.text("alias"), table.text("name")
    given = {word.casefold() for word in (*name.split(), table.slug("id"))}
    if given & {word.strip(".,:;'\"()").casefold() for word in alias.split()}:
        raise table.refusal("alias", f"is {alias!r}, which holds a word of the name that it is to keep back")
    return alias


def read_caregiver(table: Table, patients: Mapping[str, Patient]) -> Caregiver:
    """Read one caregiver."""
    table.only("id", "name", "channels", "full_text", "quiet", "wakes", "timezone", "canary", "wants")
    name = table.slug("id")
    if name in patients or name == ON_DUTY:
        # A message goes to an id: with two bearers of it, Bea's alerts would reach Ada's phone.
        taken = "the word for whoever is on duty" if name == ON_DUTY else "a patient's id too"
        raise table.refusal("id", f"is {name!r}, which is {taken}; choose another")
    wants = table.child("wants") if table.has("wants") else Table(table.file, table.place, {})
    return Caregiver(
        id=name,
        name=table.text("name"),
        channels=read_channels(table) if table.has("channels") else {},
        full_text=read_full_text(table),
        wants={wants.known_key(who, patients, A_PATIENT): read_wants(wants, who) for who in wants.content},
        quiet=_quiet(table) if table.has("quiet") else None,
        timezone=read_zone(table, "timezone") if table.has("timezone") else None,
        wakes=read_wants(table, "wakes") if table.has("wakes") else WAKING,
        canary=cast(CanaryRhythm, table.choice("canary", _RHYTHMS)) if table.has("canary") else "weekly",
    )


def read_wants(table: Table, key: str) -> tuple[WantKind, ...]:
    """Read a list of kinds of alerts."""
    kinds = table.listed(key)
    found = [cast(WantKind, kinds.choice(place, _WANTS)) for place in kinds.content]
    return tuple(dict.fromkeys(found))


def _quiet(table: Table) -> tuple[str, str]:
    quiet = table.listed("quiet")
    if len(quiet.content) != 2:
        raise table.refusal("quiet", 'is not a pair of times such as ["22:00", "07:00"]')
    return quiet.time("[1]"), quiet.time("[2]")
