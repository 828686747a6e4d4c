"""Which tables does the hub keep, and what is the key of each?"""

from __future__ import annotations

from hub.care.ledger import AlertRecord, BoxRecord, MessageRecord, OutcomeNote, SlotRecord
from hub.store.port import StoredEvent, StoredHousehold, StreamMark
from hub.store.rows import Table, table_of

EVENT: Table[StoredEvent] = table_of("event", StoredEvent, ("box", "stream", "seq"))
STREAM: Table[StreamMark] = table_of("stream", StreamMark, ("box", "stream"))
SLOT: Table[SlotRecord] = table_of("slot", SlotRecord, ("patient", "slot"))
OUTCOME: Table[OutcomeNote] = table_of("outcome", OutcomeNote, ("id",))
ALERT: Table[AlertRecord] = table_of("alert", AlertRecord, ("alert",))
BOX: Table[BoxRecord] = table_of("box", BoxRecord, ("box",))
MESSAGE: Table[MessageRecord] = table_of("message", MessageRecord, ("message",))
HOUSEHOLD: Table[StoredHousehold] = table_of("household", StoredHousehold, ("version",))
