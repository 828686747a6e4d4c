"""Which medicines does the hub know, and what do their labels and leaflets say?

A medicine is a file and no code: `<id>.toml` beside this module, or in a folder of the home's own. Labels of
one substance disagree from maker to maker, so a home may replace a shipped file by one that quotes the
leaflet in its own packet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from hub.care.people import Medicine
from hub.errors import HouseholdRefused
from hub.medicines.facts import read_check_rhythms, read_effects, read_signs
from hub.medicines.keeping import KeptMedicines
from hub.medicines.limits import read_limits
from hub.tables import Table, read_text, read_toml

SMALLEST_PARTS = (1.0, 0.5, 0.25, 0.125)
_KEYS = (
    "id", "name", "strength", "form", "smallest_part", "lives_in_box", "fill_days_max", "limit", "leaflet",
    "sign", "effect", "check",
)  # fmt: skip
FILL_DAYS_MAX = 7
"""A pillbox departs from "keep it in its container": no fill is meant for longer than a week."""


class Cabinet(Mapping[str, Medicine]):
    """The medicines by their ids. A file of the home's own is read when its medicine is asked for."""

    def __init__(self, own: Mapping[str, Path], kept: KeptMedicines | None = None) -> None:
        self._own = own
        self._kept = kept
        self._read: dict[str, Medicine] = {}

    def __getitem__(self, name: str) -> Medicine:
        """Return a medicine; what is shipped never stands in for a file of the home that is damaged."""
        if name not in self._own:
            return _shipped()[name]
        if name not in self._read:
            self._read[name] = self._own_file(name)
        return self._read[name]

    def _own_file(self, name: str) -> Medicine:
        path = self._own[name]
        try:
            text = read_text(path)
            medicine = _read_file(path, text)
        except HouseholdRefused as error:
            text = (self._kept.stand_in(name, str(error)) if self._kept else None) or ""
            if not text:
                raise
            return _read_file(path, text)
        if self._kept:
            self._kept.keep(name, text)
        return medicine

    def origin(self, name: str) -> str:
        """Say where the file of a medicine is from: `shipped`, or its path in the home's own folder."""
        return str(self._own.get(name, "shipped"))

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*_shipped(), *self._own}))

    def __len__(self) -> int:
        return len({*_shipped(), *self._own})


def read_cabinet(
    medicines_dirs: Iterable[Path] = (), *, as_needed: bool = False, kept: KeptMedicines | None = None
) -> Cabinet:
    """Find every medicine the hub ships and those in the home's own folders; a later folder wins.

    `as_needed` reads no file before its medicine is asked for: a file that somebody was still writing, of a
    medicine nobody takes, kept a whole hub from starting. `kept` stands in for files that are damaged.

    Raises:
        HouseholdRefused: A folder cannot be read, or a file that is read is not a medicine.

    """
    own = {path.stem: path for folder in medicines_dirs for path in _files_of(folder)}
    cabinet = Cabinet(own, kept)
    for name in () if as_needed else own:
        cabinet[name]
    return cabinet


def parse_medicine(file: str, text: str) -> Medicine:
    """Read one medicine from the text of its file, which is named after its id.

    Raises:
        HouseholdRefused: The text is not a medicine; the sentence names file, key and reason.

    """
    table = read_toml(file, text).only(*_KEYS)
    smallest_part = table.number("smallest_part", 0.125, 1)
    if smallest_part not in SMALLEST_PARTS:
        raise table.refusal("smallest_part", f"is {smallest_part:g}, not one of 1, 0.5, 0.25 and 0.125")
    limits = read_limits(table)
    facts = _facts(table.child("leaflet")) if table.has("leaflet") else {}
    return Medicine(
        id=table.slug("id"),
        name=table.text("name"),
        strength=table.text("strength"),
        form=table.text("form"),
        smallest_part=smallest_part,
        limits=limits,
        leaflet={topic: said for topic, (said, _) in facts.items()},
        sources={topic: source for topic, (_, source) in facts.items()},
        lives_in_box=table.truth("lives_in_box") if table.has("lives_in_box") else True,
        fill_days_max=table.whole("fill_days_max", 1, 31) if table.has("fill_days_max") else FILL_DAYS_MAX,
        signs=read_signs(table),
        effects=read_effects(table),
        checks=read_check_rhythms(table),
    )


@cache
def _shipped() -> Mapping[str, Medicine]:
    folder = files("hub.medicines")
    entries = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda e: e.name
    )
    medicines = [parse_medicine(entry.name, entry.read_text(encoding="utf-8")) for entry in entries]
    return {medicine.id: medicine for medicine in medicines}


def _files_of(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except OSError as error:
        raise HouseholdRefused(
            f"{folder}: the folder of medicines cannot be read: {error.strerror}."
        ) from error


def _read_file(path: Path, text: str) -> Medicine:
    medicine = parse_medicine(str(path), text)
    if medicine.id != path.stem:
        # Two files with one id would else replace each other by the order of their names.
        raise HouseholdRefused(f"{path}: id is {medicine.id!r}, but the file is named {path.stem!r}.")
    return medicine


def _facts(table: Table) -> dict[str, tuple[str, str]]:
    """Read what the leaflet says: topic to the words and where they are from."""
    found = {}
    for topic in table.content:
        fact = table.child(topic).only("text", "source")
        found[topic] = fact.text("text"), fact.text("source")
    return found
