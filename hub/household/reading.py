"""Is this file a household, and if not, what has to be mended where?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast, get_args, get_type_hints

from controller.wire.plan import Cue
from controller.wire.topics import RESERVED_BOXES
from hub.care.layouts import COMPARTMENTS, WEEKDAYS
from hub.care.people import Away, Box, Household, Medicine, Patient
from hub.household.appointments import read_checks
from hub.household.carers import read_alias, read_caregiver, read_channels, read_full_text
from hub.household.duties import read_duties, read_ladders
from hub.household.laws import refuse_unwitnessable
from hub.household.prescriptions import read_regimen
from hub.household.trips import read_trips
from hub.household.watches import read_watch
from hub.household.zones import read_zone
from hub.medicines import read_cabinet
from hub.medicines.keeping import KeptMedicines
from hub.tables import Table, read_text, read_toml

COMPARTMENTS_MAX = 64

_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_SUBDIVISION = re.compile(r"[A-Z0-9]{1,3}", re.ASCII)
_PHONE = re.compile(r"\+?[0-9][0-9 ()/-]{1,28}[0-9]", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)

Thing = TypeVar("Thing")


def read_household(path: Path, medicines_dirs: Iterable[Path] = ()) -> Household:
    """Read a household file; medicines are the hub's own and those in `medicines_dirs`.

    Raises:
        HouseholdRefused: One sentence with file, key and reason.

    """
    return parse_household(read_text(path), file=str(path), medicines_dirs=medicines_dirs)


def parse_household(
    text: str,
    *,
    file: str = "household",
    medicines_dirs: Iterable[Path] = (),
    lawful: bool = False,
    kept: KeptMedicines | None = None,
) -> Household:
    """Read a household from the text of its file; `file` names it in refusals.

    `lawful` says that its days were tried when it was imported: trying more than a year of days again took
    a hub of a thousand boxes half a minute at each start. Of the medicines it then reads only those it names.
    `kept` stands in for a medicine's file that is damaged.

    Raises:
        HouseholdRefused: One sentence with file, key and reason.

    """
    root = read_toml(file, text).only(
        "home", "patient", "box", "regimen", "check", "caregiver", "ladder", "duty", "trip", "away"
    )
    home = root.child("home").only("country", "subdivision", "cues")
    cabinet = read_cabinet(medicines_dirs, as_needed=lawful, kept=kept)
    patients = _by_id(root, "patient", _patient)
    boxes = _by_id(root, "box", lambda table: _box(table, patients))
    regimens = _by_id(root, "regimen", lambda table: read_regimen(table, patients, boxes, cabinet))
    caregivers = _by_id(root, "caregiver", lambda table: read_caregiver(table, patients))
    duties = read_duties(root, patients, caregivers)
    household = Household(
        country=home.matching("country", _COUNTRY, "is not a country such as GB"),
        subdivision=home.matching("subdivision", _SUBDIVISION, "is not a part of a country such as ENG")
        if home.has("subdivision")
        else None,
        patients=patients,
        boxes=boxes,
        regimens=regimens,
        medicines=_used(cabinet, [regimen.medicine for regimen in regimens.values()]),
        checks=read_checks(root, patients, regimens),
        caregivers=caregivers,
        ladders=read_ladders(root, patients, caregivers, duties),
        duties=duties,
        cues=tuple(_cue(table) for table in home.children("cues")),
        trips=read_trips(root, patients),
        away=tuple(_away(table) for table in root.children("away")),
    )
    if not lawful:
        refuse_unwitnessable(file, household)
    return household


def _by_id(root: Table, key: str, read: Callable[[Table], Thing]) -> dict[str, Thing]:
    found: dict[str, Thing] = {}
    for table in root.children(key, named_by="id"):
        name = table.slug("id")
        if name in found:
            raise table.refusal("id", f"is {name!r} a second time; each {key} has an id of its own")
        found[name] = read(table)
    return found


def _used(cabinet: Mapping[str, Medicine], names: Iterable[str]) -> dict[str, Medicine]:
    # Only what is prescribed here: a household then stays equal to itself when the hub learns of more.
    return {name: cabinet[name] for name in sorted(set(names))}


def _patient(table: Table) -> Patient:
    table.only("id", "name", "timezone", "language", "day_starts", "phone", "channels", "alias", "full_text")
    return Patient(
        id=table.slug("id"),
        name=table.text("name"),
        timezone=read_zone(table, "timezone"),
        language=table.matching("language", _LANGUAGE, "is not a language such as en")
        if table.has("language")
        else "en",
        day_starts=table.time("day_starts") if table.has("day_starts") else "03:00",
        phone=table.matching("phone", _PHONE, "is not a phone number such as +44 20 7946 0018")
        if table.has("phone")
        else "",
        channels=read_channels(table) if table.has("channels") else {},
        alias=read_alias(table),
        full_text=read_full_text(table),
    )


def _box(table: Table, patients: Mapping[str, Patient]) -> Box:
    table.only(
        "id", "patient", "layout", "compartments", "also", "fill_day", "second_check", "watch_hours",
        "watch_urgency", "sealed",
    )  # fmt: skip
    name = table.slug("id")
    if name in RESERVED_BOXES:
        raise table.refusal("id", f"is {name!r}, which is a topic of the hub itself; name the box otherwise")
    layout = table.choice("layout", COMPARTMENTS) if table.has("layout") else None
    if layout and table.has("compartments"):
        raise table.refusal("compartments", f"stands beside layout {layout!r}; give one of the two")
    if table.has("also") and not layout:
        raise table.refusal("also", "belongs to a layout; list the compartment among the others")
    if not layout and not table.has("compartments"):
        raise table.refusal("layout", 'is missing; write layout = "7x2" or "7x4", or list the compartments')
    return Box(
        id=name,
        patient=table.known("patient", table.slug("patient"), patients, "a patient of this file"),
        layout=layout,
        compartments=_week(table, layout) if layout else _compartments(table, "compartments"),
        fill_day=table.choice("fill_day", WEEKDAYS) if table.has("fill_day") else None,
        second_check=table.truth("second_check") if table.has("second_check") else False,
        watch=read_watch(table),
        sealed=table.truth("sealed") if table.has("sealed") else False,
    )


def _week(table: Table, layout: str) -> tuple[str, ...]:
    also = _compartments(table, "also") if table.has("also") else ()
    for name in also:
        if name in COMPARTMENTS[layout]:
            raise table.refusal("also", f"names {name!r}, which the layout has already")
    return COMPARTMENTS[layout] + also


def _compartments(table: Table, key: str) -> tuple[str, ...]:
    listed = table.listed(key)
    names = [listed.slug(place) for place in listed.content]
    if not 1 <= len(names) <= COMPARTMENTS_MAX:
        raise table.refusal(key, f"lists {len(names)} compartments; 1 to {COMPARTMENTS_MAX} are possible")
    for name in names:
        if names.count(name) > 1:
            raise table.refusal(key, f"names {name!r} twice")
    return tuple(names)


def _cue(table: Table) -> Cue:
    table.only("light", "sound")
    words = get_type_hints(Cue)
    light, sound = (table.choice(key, get_args(words[key])) for key in ("light", "sound"))
    return Cue(light=cast(Any, light), sound=cast(Any, sound))


def _away(table: Table) -> Away:
    table.only("from", "until", "why")
    begins, until = table.day("from"), table.day("until")
    if until < begins:
        raise table.refusal("until", f"is {until}, before it begins on {begins}")
    return Away(begins=begins, until=until, why=table.text("why"))
