"""Which excursions does the store know of, each at the time when it truly was?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from controller.wire.events import KINDS
from controller.wire.shape import from_plain
from hub.care.restamping import moved
from hub.reporting.account import Excursion
from hub.reporting.owning import FAR_MS, Owned
from hub.reporting.timing import timed
from hub.store.port import Store

EXCURSIONS = ("excursion.started", "excursion.ended")


def excursions(store: Store, boxes: Iterable[str], begin: int, end: int, owned: Owned) -> Iterator[Excursion]:
    """Go through the excursions of a time, in their order.

    One that began when nobody knew the time, nor came to know it later, stands in no report at a time in
    which it was not; its alert does, at the time at which the hub heard of it.
    """
    found = [one for box in boxes for one in _of_box(store, box)]
    for one in sorted(found, key=lambda one: (one.since, one.box, one.rule)):
        ended_at = FAR_MS if one.ended_at is None else one.ended_at
        if one.since < end and ended_at >= begin and owned.at(one.box, one.since):
            yield one


def _of_box(store: Store, box: str) -> Iterator[Excursion]:
    """Join each excursion's start and end: they name the same rule and the same beginning."""
    open_ones: dict[tuple[str, int], Excursion | None] = {}
    for event, by_ms in timed(store, box, EXCURSIONS):
        said: Any = from_plain(KINDS[event.kind], json.loads(event.data), event.kind)
        key = said.rule, said.since
        one = open_ones.get(key) or Excursion(
            excursion=said.excursion, box=event.box, rule=said.rule, since=said.since
        )
        if event.kind == "excursion.started":
            # The end names the beginning as the clock then showed it, also where the time is known by then.
            open_ones[key] = None if by_ms is None else replace(one, since=moved(said.since, by_ms))
        elif by_ms is not None and open_ones.pop(key, one) is not None:
            yield replace(one, ended_at=moved(event.at, by_ms), extreme=said.extreme)
    yield from (one for one in open_ones.values() if one is not None)
