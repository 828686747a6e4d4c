"""Which slots stand in the ledger? New plans enter, dropped ones are withdrawn, settled ones leave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from controller.wire.instants import DAY_MS
from hub.care.alerting.alerts import resolve
from hub.care.alerting.telling import slot_of
from hub.care.judge import excused, judged
from hub.care.ledger import KEPT_MS, BoxRecord, PlanRecord, SlotRecord, Verdict
from hub.care.page import Page
from hub.care.people import Household
from hub.care.planning import is_planned_ahead, next_planning_at, plan_of, planned_slots
from hub.care.supplying.noticing import LOW

SETTLED_MS = DAY_MS
"""How long this hub must have been listening without a leap of its clock before it lets slots go."""


def enrol(page: Page) -> None:
    """Plan the coming days anew, and publish the plan of every box whose plan changed."""
    _welcome_boxes(page)
    planned = planned_slots(page.household, page.patient, page.at)
    for slot in planned:
        _enter(page, slot)
    _withdraw(page, {slot.slot for slot in planned})
    _let_go(page)
    publish_plans(page)
    page.planning_at = next_day_at(page)
    page.standing_at = None


def next_day_at(page: Page) -> int:
    """Return when the next day of this patient begins."""
    return next_planning_at(page.household, page.patient, page.at)


def publish_plans(page: Page) -> None:
    """Write the plan of every box whose content changed."""
    for box in page.own_boxes():
        known = page.boxes.get(box.id, BoxRecord(box=box.id, patient=page.patient))
        _publish(page, known, page.slots.values())


def _publish(page: Page, box: BoxRecord, slots: Iterable[SlotRecord]) -> None:
    plan = plan_of(page.household, box.box, slots, page.at, page.entries, low_supply=is_supply_low(page))
    if plan.plan == box.plan:
        return
    # A box refuses a plan that is older than its own, and the hub's clock may have been set back since.
    made_at = page.at if box.plan_made_at is None else max(page.at, box.plan_made_at + 1)
    page.put_plan(PlanRecord(box=box.box, plan=replace(plan, made_at=made_at)))
    page.put_box(replace(box, plan=plan.plan, plan_made_at=made_at))


def is_supply_low(page: Page) -> bool:
    """Tell whether people are told now that a medicine runs out."""
    return any(alert.kind == LOW for alert in page.open_alerts())


def excuse(page: Page, slot: SlotRecord) -> None:
    """Note that the time of a slot is over and that a hold covered it to the end.

    Not before: a hold that was entered by mistake and lifted after two minutes had already decided the slot
    of that day, so that nobody was reminded of it and its box never heard of it again.
    """
    decided = judged(slot, _hold_verdict(page.household, slot), page.at)
    if decided is not None:
        page.put_slot(decided[0])
        page.note(decided[1])


def _enter(page: Page, planned: SlotRecord) -> None:
    known = page.slots.get(planned.slot)
    if known is None:
        # A slot that was over before this hub first heard of it is nobody's to judge.
        if planned.closes_at > page.at:
            page.put_slot(planned)
        return
    if known is planned or known.outcome is not None:
        return
    # What lay in which box, held or not, when its window closed is no longer for a plan to change.
    was_open = known.closes_at > page.at
    if not was_open and (known.status == "withdrawn" or planned.closes_at <= page.at):
        return
    entered = replace(
        planned,
        reminded=_reminded(known, planned, page.at),
        snoozed_until=known.snoozed_until,
        early=known.early if _is_same_window(known, planned) else None,
    )
    if entered != known:
        page.put_slot(entered)


def _is_same_window(known: SlotRecord, planned: SlotRecord) -> bool:
    return (known.box, known.compartment, known.opens_at, known.closes_at) == (
        planned.box, planned.compartment, planned.opens_at, planned.closes_at,
    )  # fmt: skip


def _reminded(known: SlotRecord, planned: SlotRecord, at: int) -> int:
    if known.remind_at == planned.remind_at:
        return known.reminded
    return sum(1 for instant in planned.remind_at if instant <= at)


def _withdraw(page: Page, kept: set[str]) -> None:
    for slot in tuple(page.slots.values()):
        is_open = slot.outcome is None and slot.closes_at > page.at
        if slot.slot in kept or not is_open or slot.status == "withdrawn":
            continue
        # A hub that woke up years ago planned other days, and had withdrawn the slots of today by leaving
        # them out: what their box then called missed was nobody's business any more.
        if is_planned_ahead(page.household, page.patient, page.at, slot):
            page.put_slot(replace(slot, status="withdrawn"))


def _let_go(page: Page) -> None:
    # A clock that leapt ahead must not make the ledger forget what it would plan again on coming back.
    if page.at - page.started_at < SETTLED_MS:
        return
    alerted = {slot_of(alert) for alert in page.open_alerts()}
    over = {
        slot.slot
        for slot in page.slots.values()
        if slot.closes_at + KEPT_MS <= page.at
        and (slot.outcome is not None or slot.status == "withdrawn")
        and slot.slot not in alerted
    }
    if over:
        page.forget_slots(over)


def _welcome_boxes(page: Page) -> None:
    own = {box.id for box in page.own_boxes()}
    for box in sorted(own):
        known = page.boxes.get(box)
        if known is None:
            page.put_box(BoxRecord(box=box, patient=page.patient))
        elif known.patient != page.patient or known.left_at is not None:
            page.put_box(_welcomed(page, known))
    for box in sorted(page.boxes.keys() - own):
        if box not in page.household.boxes:
            # It would go on reminding by its old plan for two weeks, of what nobody prescribes any more.
            page.put_box(replace(page.boxes[box], left_at=page.at))
            _publish(page, page.boxes[box], ())
        page.forget_box(box)
        for alert in page.open_alerts():
            # A call for help is somebody's, not a thing's: it goes on until somebody answers.
            if alert.box == box and slot_of(alert) is None and alert.want != "care":
                resolve(page, alert, "box_removed")


def _welcomed(page: Page, box: BoxRecord) -> BoxRecord:
    if box.left_at is not None:
        box = BoxRecord(box=box.box, patient=box.patient, plan_made_at=box.plan_made_at)
    if box.patient == page.patient:
        return box
    return replace(box, patient=page.patient, former=box.patient, came_at=page.at, plan=None)


def _hold_verdict(household: Household, slot: SlotRecord) -> Verdict:
    regimen = household.regimens.get(slot.regimen)
    day = date.fromisoformat(slot.slot.split("/")[1])
    for hold in regimen.holds if regimen else ():
        if hold.begins <= day and (hold.until is None or day <= hold.until):
            return replace(excused(), said=f"{hold.by}: {hold.why}")
    return excused()
