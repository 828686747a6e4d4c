"""How did the hub's SQLite tables come to be as they are? Each change of form is one numbered step.

A step that has been released is never edited; what changes later is a new step. They are applied in one
immediate transaction: two programs that start at once would otherwise both create the first table.
"""

from __future__ import annotations

from hub.errors import StoreRefused
from hub.store.library import Database, Migrations

steps = Migrations("hub")


@steps(name="m001_what_arrives")
def _what_arrives(db: Database) -> None:
    """Events, how far each stream is known, and what could not be used."""
    _create(
        db, "event", ("box", "stream", "seq"),
        text="box stream kind boot clock data", whole="seq at mono_ms received_at",
    )  # fmt: skip
    _index(db, "event_by_time", "event", "box at")
    _create(db, "stream", ("box", "stream"), text="box stream", whole="watermark repeats",
            may_lack="gap_since")  # fmt: skip
    columns: dict[str, type] = {"digest": str, "topic": str, "payload": bytes, "reason": str}
    columns |= {"box": str, "stream": str, "seq": int, "times": int, "received_at": int, "last_at": int}
    needed = columns.keys() - {"box", "stream", "seq"}
    db.table("quarantine").create(columns, pk="digest", not_null=needed, strict=True)
    _index(db, "quarantine_by_place", "quarantine", "box stream seq")
    _index(db, "quarantine_by_time", "quarantine", "last_at")


@steps(name="m002_what_follows")
def _what_follows(db: Database) -> None:
    """Slots with their history, alerts, boxes and plans."""
    _create(
        db, "slot", ("patient", "slot"),
        text="patient slot regimen box compartment remind_at amounts status evidence because",
        whole="opens_at due_at late_at closes_at reminded",
        may_lack="decided_at opened_at snoozed_until", text_may_lack="outcome timing",
    )  # fmt: skip
    _index(db, "slot_by_due", "slot", "patient due_at")
    _create(
        db, "outcome", ("id",), text="patient slot outcome evidence because cause said", whole="id at",
        text_may_lack="timing",
    )  # fmt: skip
    _index(db, "outcome_by_slot", "outcome", "patient slot id")
    _create(
        db, "alert", ("alert",),
        text="alert patient box condition kind want state title body told because",
        whole="raised_at changed_at rung",
        may_lack="next_step_at about_at climb_from cleared_at", text_may_lack="acknowledged",
    )  # fmt: skip
    _index(db, "alert_by_patient", "alert", "patient cleared_at")
    _create(
        db, "box", ("box",), text="box patient presence faults",
        may_lack="heard_at presence_at plan_until untrusted_since", text_may_lack="plan",
    )  # fmt: skip
    _create(db, "plan", ("box",), text="box plan")


@steps(name="m003_who_is_told")
def _who_is_told(db: Database) -> None:
    """Messages to people and every attempt to deliver one."""
    _create(
        db, "message", ("message",), text="message patient to channel title body kind state",
        whole="made_at attempts", may_lack="next_try_at", text_may_lack="alert slot",
    )  # fmt: skip
    _index(db, "message_by_try", "message", "state next_try_at")
    _create(
        db, "attempt", ("message", "attempt"), text="message reply", whole="attempt began_at",
        may_lack="ended_at ok",
    )  # fmt: skip


@steps(name="m004_who_lives_here")
def _who_lives_here(db: Database) -> None:
    """Every version of the household."""
    _create(db, "household", ("version",), text="text", whole="version imported_at", may_lack="applied_at")


@steps(name="m005_what_waits_for_the_close")
def _what_waits_for_the_close(db: Database) -> None:
    """Keep what a box said of a window as over while it was open by the hub's clock."""
    db.table("slot").add_column("early", str)


@steps(name="m006_whose_box_it_was")
def _whose_box_it_was(db: Database) -> None:
    """Keep whose a box was before, when it was given up, and when its newest plan was made."""
    box = db.table("box")
    # Nobody read until when the plan reaches; of plans made before this step nobody wrote when.
    db.execute("ALTER TABLE box RENAME COLUMN plan_until TO plan_made_at")
    db.execute("UPDATE box SET plan_made_at = NULL")
    box.add_column("former", str)
    box.add_column("came_at", int)
    box.add_column("left_at", int)


@steps(name="m007_who_was_reached")
def _who_was_reached(db: Database) -> None:
    """Where an alert stands on its ladder, whom it has reached, and what waits for somebody's morning.

    An alert of before does not know its ladder: it is climbed anew, once.
    """
    _add(db, "alert", whole="rounds position", text="ladder reached_by ending")
    _add(db, "slot", text="alerted")
    _add(db, "message", whole="wait_until", text="tried")
    db.execute("ALTER TABLE alert DROP COLUMN climb_from")


def _add(db: Database, name: str, *, whole: str = "", text: str = "") -> None:
    """Add columns that may lack a value to a table that has rows."""
    columns = {**dict.fromkeys(whole.split(), "INTEGER"), **dict.fromkeys(text.split(), "TEXT")}
    for column, kind in columns.items():
        db.execute(f'ALTER TABLE {name} ADD COLUMN "{column}" {kind}')


@steps(name="m008_one_box_several_streams")
def _one_box_several_streams(db: Database) -> None:
    """Which streams have forked, and what finds an event again that comes under a new stream."""
    db.table("stream").add_column("forked_at", int)
    _index(db, "event_by_moment", "event", "box boot mono_ms")


@steps(name="m009_what_people_write_in")
def _what_people_write_in(db: Database) -> None:
    """Entries in the order in which they were written, and what a slot keeps of them."""
    _create(
        db, "entry", ("number",), text="entry patient by fact content why", whole="number at",
        may_lack="applied_at",
    )  # fmt: skip
    db.execute("CREATE UNIQUE INDEX entry_by_name ON entry (entry)")
    _index(db, "entry_by_patient", "entry", "patient number")
    _index(db, "entry_by_taking_in", "entry", "applied_at number")
    _add(db, "slot", text="statements witnessed")
    db.execute(
        "CREATE INDEX slot_undecided ON slot (patient) WHERE outcome IS NULL AND status <> 'withdrawn'"
    )


@steps(name="m010_who_changed_the_prescription")
def _who_changed_the_prescription(db: Database) -> None:
    """Keep whose change a version of the household is: of those before nobody wrote it down."""
    _add(db, "household", text="changed_by")


@steps(name="m011_what_others_may_read")
def _what_others_may_read(db: Database) -> None:
    """Keep beside a message what is written where others can read it; those of before have nothing there."""
    _add(db, "message", text="brief")


@steps(name="m012_what_left_lately")
def _what_left_lately(db: Database) -> None:
    """Find what has left within the last minutes, and what became of each letter."""
    _index(db, "attempt_by_beginning", "attempt", "began_at")
    _index(db, "message_by_channel", "message", "to channel kind made_at")


@steps(name="m013_which_hub_acts")
def _which_hub_acts(db: Database) -> None:
    """Who acts as the hub, until when by a clock that never goes back, and the how-manieth that is."""
    _create(db, "lease", ("name",), text="name holder boot", whole="number until_ms")


@steps(name="m014_what_ails_a_sensor")
def _what_ails_a_sensor(db: Database) -> None:
    """Keep how the fault of a sensor shows; of those of before only since when is known."""
    _add(db, "box", text="ailments")


def _create(
    db: Database, name: str, key: tuple[str, ...], *,
    text: str = "", whole: str = "", may_lack: str = "", text_may_lack: str = "",
) -> None:  # fmt: skip
    """Create a table of text and whole numbers; columns are named in strings, parted by spaces."""
    texts = dict.fromkeys([*text.split(), *text_may_lack.split()], str)
    wholes = dict.fromkeys([*whole.split(), *may_lack.split()], int)
    needed = {*text.split(), *whole.split()} - set(key if len(key) == 1 else ())
    pk = key if len(key) > 1 else key[0]
    db.table(name).create({**texts, **wholes}, pk=pk, not_null=needed, strict=True)


def _index(db: Database, name: str, table: str, columns: str) -> None:
    db.table(table).create_index(columns.split(), index_name=name)


def migrate(db: Database) -> None:
    """Bring the tables to this version's form.

    Raises:
        StoreRefused: A newer version of the hub has already changed them.

    """
    db.execute("BEGIN IMMEDIATE")
    try:
        _refuse_newer(db)
        steps.apply(db)
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _refuse_newer(db: Database) -> None:
    known = {step.name for step in steps.pending(Database(memory=True))}
    strange = sorted({step.name for step in steps.applied(db)} - known)
    if strange:
        raise StoreRefused(
            f"the database was changed by a newer version of the hub ({strange[0]}); "
            "install that version again, or restore the copy made before it"
        )


def is_current(db: Database) -> bool:
    """Tell whether every step has been applied.

    Raises:
        StoreRefused: A newer version of the hub has already changed the tables.

    """
    _refuse_newer(db)
    return not steps.pending(db)
