"""What goes into the box, what was laid in, and who has looked at it?"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterator

from controller.wire.instants import instant_text
from controller.wire.naming import tablet_words
from hub.asking.acting import Act, acting, write_entry
from hub.asking.answers import Refused, answer
from hub.asking.dates import date_read
from hub.asking.supply import known_of
from hub.asking.undoing import by_words
from hub.care.alerting.naming import Moment, compartment_words
from hub.care.entries import BY_BOX, BoxFilled, CompartmentEmptied, FillChecked, in_force
from hub.care.supplying.moves import stock_of
from hub.care.supplying.stock import tablets_of
from hub.care.supplying.worksheet import Portion, Worksheet, worksheet
from hub.tables import nearest


def fill(asked: argparse.Namespace) -> int:
    """Show a worksheet or what lies where, or take down a fill, a check or an emptying."""
    with acting(asked, changes=asked.what in ("done", "check", "empty")) as act:
        match asked.what, asked.word:
            case "sheet", None:
                return _sheet(act)
            case "done", None:
                return _filled(act)
            case "check", str(word):
                return _checked(act, word)
            case "empty", str(word):
                return _emptied(act, word)
            case "show", None:
                return _show(act)
            case "check", None:
                raise Refused("say which fill was looked at; `pillbox-hub fill` names them")
            case "empty", None:
                raise Refused("say which compartment was emptied")
            case _:
                raise Refused(f"`fill {asked.what}` takes no further word")


def _box(act: Act) -> str:
    own = [one.id for one in act.household.boxes.values() if one.patient == act.patient]
    name = act.asked.box
    if name is None and len(own) == 1:
        return own[0]
    if name is None:
        raise Refused(
            f"say which box: --box {' or --box '.join(own)}" if own else f"{act.patient} has no box"
        )
    if name not in own:
        raise Refused(f"{act.patient} has no box {name!r}{nearest(name, own)}")
    return str(name)


def _planned(act: Act) -> Worksheet:
    first = act.today if act.asked.first is None else date_read(act.asked.first)
    return worksheet(act.household, _box(act), first)


def _sheet(act: Act) -> int:
    sheet = _planned(act)
    lines = [f"{sheet.box}, {sheet.first} to {sheet.last}", *map(_portion_line, sheet.portions)]
    for total in sheet.totals:
        amount = tablet_words(tablets_of(total.eighths))
        lines.append(f"{total.medicine}: {amount} in all, {total.to_halve} to halve")
    plain = {
        "box": sheet.box,
        "from": sheet.first.isoformat(),
        "until": sheet.last.isoformat(),
        "compartments": sheet.contents(one.compartment for one in sheet.portions),
        "to_halve": {total.medicine: total.to_halve for total in sheet.totals},
    }
    return answer(act.asked, lines, plain)


def _portion_line(portion: Portion) -> str:
    mark = "  (a part of a tablet)" if portion.is_parted else ""
    amount = tablet_words(tablets_of(portion.eighths))
    return f"  {portion.day} {compartment_words(portion.compartment)}: {portion.regimen} {amount}{mark}"


def _filled(act: Act) -> int:
    sheet = _planned(act)
    planned = list(dict.fromkeys(one.compartment for one in sheet.portions))
    wanted = planned if act.asked.compartments is None else act.asked.compartments
    for name in wanted:
        if name not in planned:
            raise Refused(f"nothing goes into {name!r} that week{nearest(name, planned)}")
    if not wanted:
        raise Refused(f"nothing goes into box {sheet.box!r} from {sheet.first} to {sheet.last}")
    ends = {act.regimen(name): date_read(day) for name, day in _pairs(act.asked.expires)}
    lots = {act.regimen(name): lot for name, lot in _pairs(act.asked.lot)}
    for name, day in ends.items():
        if day < act.today:
            raise Refused(f"{name} has expired on {day}: ask the pharmacist before any of it is laid in")
    fact = BoxFilled(box=sheet.box, compartments=sheet.contents(wanted), expires=ends, lots=lots)
    preview = [f"{sheet.box}, laid in by {act.by} for {sheet.first} to {sheet.last}"]
    preview += [_portion_line(one) for one in sheet.portions if one.compartment in wanted]
    return write_entry(act, fact, [*preview, *_lying_there(act, sheet.box, wanted)])


def _lying_there(act: Act, box: str, wanted: Collection[str]) -> Iterator[str]:
    """Say what lies in these compartments already: a fill that two people tell would count twice."""
    known = known_of(act)
    for regimen in known.regimens():
        stock = stock_of(known.household, regimen, known.entries, known.intakes)
        for (where, compartment), lying in stock.compartments.items():
            # What the box saw laid in is the same fill, which a person's word replaces.
            is_told = lying.by != BY_BOX
            if where == box and compartment in wanted and lying.eighths and is_told:
                when = Moment(act.zone, act.now_ms).dated(lying.filled_at)
                amount = tablet_words(tablets_of(lying.eighths))
                yield (
                    f"  ! {compartment_words(compartment)}: {regimen.id} {amount} lies there already, "
                    f"at {when} {by_words(lying.by)}; this comes on top of it"
                )


def _pairs(given: list[str]) -> list[tuple[str, str]]:
    for text in given:
        if "=" not in text:
            raise Refused(f"{text[:40]!r} does not say of which regimen; write REGIMEN=VALUE")
    return [(text.split("=", 1)[0], text.split("=", 1)[1]) for text in given]


def _checked(act: Act, word: str) -> int:
    fills = [one for one in in_force(act.store.entries(act.patient)) if isinstance(one.fact, BoxFilled)]
    found = next((one for one in fills if one.entry == word), None)
    if found is None:
        raise Refused(f"{act.patient} has no fill {word!r}; `pillbox-hub fill` names them")
    if found.by == act.by:
        raise Refused(f"{act.by} has filled it; a second person must look at it")
    when = Moment(act.zone, act.now_ms).dated(found.at)
    preview = [f"{word}, laid in at {when} {by_words(found.by)}: looked at by {act.by}"]
    return write_entry(act, FillChecked(fill=word), preview)


def _emptied(act: Act, compartment: str) -> int:
    box = _box(act)
    known = act.household.boxes[box].compartments
    if compartment not in known:
        raise Refused(f"box {box!r} has no compartment {compartment!r}{nearest(compartment, known)}")
    if act.asked.kept == act.asked.discarded:
        raise Refused("say what became of it: either --kept or --discarded")
    end = "kept for later" if act.asked.kept else "not to be used any more"
    preview = [f"{box}, {compartment_words(compartment)}: emptied by {act.by}, {end}"]
    fact = CompartmentEmptied(box=box, compartment=compartment, kept=act.asked.kept)
    return write_entry(act, fact, preview)


def _show(act: Act) -> int:
    known = known_of(act)
    lines, plain = [], []
    for regimen in known.regimens():
        stock = stock_of(known.household, regimen, known.entries, known.intakes)
        for (box, compartment), lying in stock.compartments.items():
            when = Moment(act.zone, act.now_ms).dated(lying.filled_at)
            ends = "" if lying.expires is None else f", expires {lying.expires}"
            seen = f", looked at by {lying.checked_by}" if lying.checked_by else ""
            amount = tablets_of(lying.eighths)
            lines.append(
                f"{box} {compartment}: {regimen.id} {tablet_words(amount)}, at {when} {by_words(lying.by)}"
                f"{seen}{ends}  {lying.fill}"
            )
            plain.append({
                "box": box, "compartment": compartment, "regimen": regimen.id, "tablets": amount,
                "fill": lying.fill, "by": lying.by, "checked_by": lying.checked_by,
                "at": instant_text(lying.filled_at),
                "expires": None if lying.expires is None else lying.expires.isoformat(), "lot": lying.lot,
            })  # fmt: skip
    return answer(act.asked, lines or ["Nobody has taken down a fill."], {"lying": plain})
