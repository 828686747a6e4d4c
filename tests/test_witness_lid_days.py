"""Does the box tell truly, once a day, what each lid did, and when a switch dies or wears?"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from controller.wire.events import LidClosed, LidDay, LidOpened, LidUnmoved, LidUse, LidWearing
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS
from controller.wire.plan import Plan
from controller.witness.inputs import LidMoved
from controller.witness.lids.wear import KEPT_DAYS, Wear, worn
from controller.witness.state import recall, remembered
from tests.witness_scenes import COMPARTMENTS, DAYS, MONDAY, Scene, on, only, plan_of, slot

STARTS = tuple(on("03:00", day) for day in range(-1, 22))


def dayed(plan: Plan | None = None) -> Plan:
    return replace(plan or plan_of(until=MONDAY + 21 * DAY_MS), day_starts_at=STARTS)


def begun(plan: Plan | None = None, at: int = on("04:00")) -> Scene:
    return Scene.begun(dayed(plan), at=at)


def test_a_day_tells_of_each_lid_how_often_and_how_long_it_was_open() -> None:
    scene = begun()
    scene.open("mon-am", on("08:00"))
    scene.close("mon-am", on("08:40"))
    scene.use("mon-am", on("09:00"))
    scene.use("tue-pm", on("10:00"))
    told = only(scene.until(on("03:00", 1)), LidDay)
    assert (told.since, told.until, told.because) == (on("04:00"), on("03:00", 1), "day_over")
    assert told.lids == (
        LidUse(compartment="mon-am", opened=2, open_ms=40 * MINUTE_MS + 10_000, moves=4),
        LidUse(compartment="tue-pm", opened=1, open_ms=10_000, moves=2),
    )


def test_a_day_on_which_nothing_moved_is_told_too_and_names_no_lid() -> None:
    scene = begun()
    assert only(scene.until(on("03:00", 1)), LidDay).lids == ()


def test_what_stands_open_over_the_end_of_a_day_counts_in_both() -> None:
    scene = begun()
    scene.open("mon-am", on("02:00", 1))
    assert only(scene.until(on("03:00", 1)), LidDay).lids[0].open_ms == HOUR_MS
    scene.close("mon-am", on("05:00", 1))
    told = only(scene.until(on("03:00", 2)), LidDay)
    assert told.lids == (LidUse(compartment="mon-am", opened=0, open_ms=2 * HOUR_MS, moves=1),)


def test_while_it_is_off_the_box_counts_no_lid_as_open() -> None:
    scene = begun()
    scene.open("mon-am", on("08:00"))
    scene.after(MINUTE_MS)
    scene.restart(off_ms=5 * HOUR_MS, power=True)
    scene.after(10 * MINUTE_MS)
    scene.close("mon-am")
    assert only(scene.until(on("03:00", 1)), LidDay).lids[0].open_ms == 10 * MINUTE_MS


def test_a_day_that_ended_while_the_box_was_off_is_told_when_it_is_back() -> None:
    scene = begun()
    scene.use("mon-am", on("20:00"))
    told = only(scene.restart(off_ms=2 * DAY_MS, power=True), LidDay)
    assert (told.since, told.until) == (on("04:00"), on("03:00", 2))
    assert told.lids[0].opened == 1


def test_the_counts_outlive_a_restart_of_the_program() -> None:
    scene = begun()
    scene.open("mon-am", on("08:00"))
    scene.after(MINUTE_MS)
    scene.restart()
    scene.after(MINUTE_MS)
    scene.close("mon-am")
    assert only(scene.until(on("03:00", 1)), LidDay).lids[0].open_ms == 2 * MINUTE_MS


def test_a_plan_without_days_ends_none() -> None:
    scene = Scene.begun(plan_of(), at=on("04:00"))
    scene.use("mon-am", on("08:00"))
    scene.until(on("04:00", 3))
    assert scene.of(LidDay) == []


def test_no_day_ends_by_a_clock_that_is_not_trusted() -> None:
    scene = begun()
    scene.trust("untrusted")
    scene.until(on("12:00", 1))
    assert scene.of(LidDay) == []
    assert only(scene.trust("synced"), LidDay).until == on("03:00", 1)


def test_a_clock_that_ran_ahead_and_is_set_right_ends_each_day_once_more_at_most() -> None:
    scene = begun()
    scene.use("mon-am", on("08:00"))
    scene.jump(3 * DAY_MS)
    scene.jump(-3 * DAY_MS)
    scene.until(on("04:00", 2))
    assert [told.until for told in scene.of(LidDay)] == [on("03:00", 3), on("03:00", 1), on("03:00", 2)]
    assert sum(use.opened for told in scene.of(LidDay) for use in told.lids) == 1


def test_bounces_are_summed_for_the_day() -> None:
    scene = begun()
    for bounces, is_open in ((7, True), (2, False)):
        scene.after(MINUTE_MS)
        scene.take(
            LidMoved(stamp=scene.stamp(), compartment="mon-am", open=is_open, because="edge", bounces=bounces)
        )
    (use,) = only(scene.until(on("03:00", 1)), LidDay).lids
    assert (use.bounces, use.moves) == (9, 2)


@settings(max_examples=40, deadline=None)
@given(
    moves=st.lists(
        st.tuples(st.sampled_from(COMPARTMENTS[:4]), st.integers(1, 6 * HOUR_MS), st.booleans()), max_size=25
    )
)
def test_the_days_add_up_to_what_the_lids_did(moves: list[tuple[str, int, bool]]) -> None:
    """Every edge is one lid.opened or lid.closed, and the days count each of them once."""
    scene = begun()
    edges = 0
    for compartment, later_ms, restart in moves:
        scene.after(later_ms)
        if restart:
            scene.restart()
        scene.lid(compartment, not scene.lids.get(compartment, False))
        edges += 1
    for compartment in COMPARTMENTS[:4]:
        if scene.lids.get(compartment):
            scene.close(compartment)
            edges += 1
    scene.until(on("03:00", 9))
    assert len(scene.of(LidOpened)) + len(scene.of(LidClosed)) == edges
    uses = [use for told in scene.of(LidDay) for use in told.lids]
    assert sum(use.moves for use in uses) == edges
    assert sum(use.opened for use in uses) == len(scene.of(LidOpened))
    assert sum(use.open_ms for use in uses) == sum(closed.open_ms or 0 for closed in scene.of(LidClosed))
    spans = [(told.since, told.until) for told in scene.of(LidDay)]
    assert all(before[1] == after[0] for before, after in pairwise(spans))


# A switch that died.


def fortnight(dead: str | None, *, forgotten: str | None = None, days: int = 16) -> Scene:
    """Live through a 7x2 box of one patient who fills it on Sundays and takes what is due."""
    slots = [slot("08:00", day=day) for day in range(days)]
    scene = begun(plan_of(*slots, until=MONDAY + 21 * DAY_MS))
    for day in range(days):
        lid = f"{DAYS[day % 7]}-am"
        if lid not in (dead, forgotten):
            scene.use(lid, on("08:05", day))
        scene.until(on("19:00", day))
        if day % 7 == 6:
            scene.press("refill")
            for name in COMPARTMENTS:
                if name != dead:
                    scene.use(name)
                scene.after(20_000)
            scene.press("refill")
    scene.until(on("04:00", days))
    return scene


def test_a_switch_that_died_is_told_when_the_next_dose_behind_it_has_passed() -> None:
    scene = fortnight("mon-am")
    (told,) = scene.of(LidUnmoved)
    assert (told.compartment, told.missed, told.because) == ("mon-am", 2, "others_moved")
    assert told.since == on("04:00")


def test_a_lid_that_is_filled_and_not_taken_from_has_moved() -> None:
    assert fortnight(None, forgotten="mon-am").of(LidUnmoved) == []


def test_a_patient_who_takes_nothing_at_all_has_no_broken_switch() -> None:
    slots = [slot("08:00", day=day) for day in range(16)]
    scene = begun(plan_of(*slots, until=MONDAY + 21 * DAY_MS))
    scene.until(on("04:00", 17))
    assert scene.of(LidUnmoved) == []


def test_it_is_told_once_until_the_lid_moves_again_also_over_a_power_cut() -> None:
    scene = fortnight("mon-am")
    scene.restart(off_ms=HOUR_MS, power=True)
    scene.until(on("04:00", 20))
    assert len(scene.of(LidUnmoved)) == 1


# A switch that wears.


def rated(rates: list[float]) -> list[str | None]:
    wear = Wear()
    found: list[str | None] = []
    for rate in rates:
        wear, because = worn(wear, rate)
        found.append(because)
    return found


def test_a_switch_that_bounces_three_times_as_much_as_it_did_is_told_once() -> None:
    found = rated([2.0] * KEPT_DAYS + [6.0] * KEPT_DAYS * 3)
    assert [number for number, because in enumerate(found) if because] == [2 * KEPT_DAYS - 1]
    assert "grown" in found


def test_less_than_that_is_no_wear_and_a_quiet_switch_may_bounce_a_little() -> None:
    assert set(rated([2.0] * KEPT_DAYS + [5.9] * 30)) == {None}
    assert set(rated([0.1] * KEPT_DAYS + [2.9] * 30)) == {None}


def test_more_than_twenty_bounces_a_movement_need_no_comparison() -> None:
    assert rated([21.0] * 6) == [None, None, None, "many_bounces", None, None]
    assert set(rated([20.0] * 6)) == {None}


def test_one_bad_day_is_no_wear() -> None:
    assert set(rated([2.0] * KEPT_DAYS + [2.0, 500.0, 2.0] * 5)) == {None}


def test_a_new_switch_behind_the_same_lid_may_wear_again() -> None:
    found = rated([30.0] * KEPT_DAYS + [1.0] * KEPT_DAYS + [40.0] * KEPT_DAYS)
    assert found.count("many_bounces") == 2


def test_a_wearing_switch_is_told_at_the_end_of_its_day() -> None:
    scene = begun()
    for day in range(4):
        for is_open in (True, False):
            scene.until(on("08:00" if is_open else "08:01", day))
            scene.take(
                LidMoved(stamp=scene.stamp(), compartment="mon-am", open=is_open, because="edge", bounces=30)
            )
    scene.until(on("03:00", 4))
    (told,) = scene.of(LidWearing)
    assert (told.compartment, told.bounces, told.because, told.before) == (
        "mon-am", 30.0, "many_bounces", None,
    )  # fmt: skip


def test_a_box_that_remembers_nothing_of_its_days_reads_what_it_has() -> None:
    """What an older program remembered lacks these parts; a damaged one is as if it had never been known."""
    scene = begun()
    scene.use("mon-am", on("08:00"))
    parts = remembered(scene.box)
    old = {name: text for name, text in parts.items() if name not in ("lids_today", "lids_before", "unsaid")}
    for found in (old, {**parts, "lids_today": "[]", "lids_before": "{", "unsaid": "7"}):
        box = recall("kitchen", COMPARTMENTS, found)
        assert box.days.today.uses == {}
        assert box.contact.lid("mon-am").open is False
    whole = recall("kitchen", COMPARTMENTS, parts)
    assert whole.days.today.uses["mon-am"].opened == 1
