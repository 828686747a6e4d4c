"""How does SQLite keep what people are to be told, and every attempt to tell them?"""

from __future__ import annotations

from typing import cast

from controller.wire.instants import DAY_MS
from hub.care.ledger import MessageRecord
from hub.store.port import Attempt, DueMessage, MessageState
from hub.store.sqlite.file import SqliteFile
from hub.store.tables import MESSAGE


class SqliteMessages(SqliteFile):
    """The part of the store that is the durable outbox to people."""

    def messages_due(self, at_ms: int, limit: int) -> list[DueMessage]:
        """Return messages whose next attempt is due, oldest first; each channel gets its share of `limit`."""
        select = MESSAGE.select.replace(" FROM", ", attempts FROM")
        order = "made_at, next_try_at, message"
        sql = f"""{select} WHERE message IN (
                SELECT message FROM (
                    SELECT message, made_at, next_try_at,
                        ROW_NUMBER() OVER (PARTITION BY "to", channel ORDER BY {order}) AS place
                    FROM message WHERE state = 'pending' AND next_try_at <= ?
                ) AS waiting ORDER BY place, {order} LIMIT ?
            ) ORDER BY {order}"""
        return [
            DueMessage(message=MESSAGE.record(row[:-1]), attempt=row[-1] + 1)
            for row in self._rows(sql, (at_ms, limit))
        ]

    def next_message_at(self, after_ms: int | None = None) -> int | None:
        """Return when the next attempt of any pending message is due; of those after an instant, if any."""
        later = "" if after_ms is None else " AND next_try_at > ?"
        values = () if after_ms is None else (after_ms,)
        row = self._row(f"SELECT MIN(next_try_at) FROM message WHERE state = 'pending'{later}", values)
        return cast("int | None", row[0]) if row else None

    def begin_attempt(self, message: str, at_ms: int) -> int:
        """Record an attempt before it is made and return its number; 0 if the message is not pending."""
        found = self.message(message)
        if found is None or found[1] != "pending":
            return 0
        attempt = found[2] + 1
        self._run(
            "INSERT INTO attempt (message, attempt, began_at, reply) VALUES (?, ?, ?, '')",
            (message, attempt, at_ms),
        )
        self._run(
            "UPDATE message SET state = 'sending', attempts = ?, next_try_at = NULL WHERE message = ?",
            (attempt, message),
        )
        return attempt

    def end_attempt(
        self, message: str, *, ok: bool | None, reply: str, at_ms: int, state: MessageState,
        next_try_at: int | None,
    ) -> None:  # fmt: skip
        """Record how the last attempt ended (`None`: nobody knows) and what becomes of the message."""
        self._run(
            """UPDATE attempt SET ended_at = ?, ok = ?, reply = ?
            WHERE message = ? AND attempt = (SELECT attempts FROM message WHERE message.message = ?)""",
            (at_ms, None if ok is None else int(ok), reply, message, message),
        )
        self.set_message(message, state, next_try_at)

    def set_message(self, message: str, state: MessageState, next_try_at: int | None) -> None:
        """Change what becomes of a message without an attempt."""
        self._run(
            "UPDATE message SET state = ?, next_try_at = ? WHERE message = ?", (state, next_try_at, message)
        )

    def hasten_messages(self, after_ms: int, to_ms: int) -> None:
        """Let every pending message that waits beyond an instant be tried at another; see the port."""
        self._run(
            """UPDATE message SET next_try_at = CASE
                WHEN wait_until > ? AND wait_until <= ? THEN wait_until ELSE ? END
            WHERE state = 'pending' AND next_try_at > ?""",
            (to_ms, to_ms + DAY_MS, to_ms, after_ms),
        )

    def interrupted(self) -> list[str]:
        """Return the messages whose last attempt began and never ended."""
        rows = self._rows("SELECT message FROM message WHERE state = 'sending' ORDER BY made_at, message")
        return [row[0] for row in rows]

    def message(self, message: str) -> tuple[MessageRecord, MessageState, int] | None:
        """Return a message, its state and how many attempts were begun."""
        select = MESSAGE.select.replace(" FROM", ", state, attempts FROM")
        row = self._row(f"{select} WHERE message = ?", (message,))
        return None if row is None else (MESSAGE.record(row[:-2]), row[-2], row[-1])

    def attempts(self, message: str) -> list[Attempt]:
        """Return the attempts of a message, oldest first."""
        rows = self._rows(
            """SELECT message, attempt, began_at, ended_at, ok, reply FROM attempt
            WHERE message = ? ORDER BY attempt""",
            (message,),
        )
        return [
            Attempt(
                message=row[0], attempt=row[1], began_at=row[2], ended_at=row[3],
                ok=None if row[4] is None else bool(row[4]), reply=row[5],
            )
            for row in rows
        ]  # fmt: skip
