"""How does SQLite know what a channel to a person has taken lately?"""

from __future__ import annotations

from collections.abc import Mapping

from hub.store.ports.channels import ChannelKey, FirstTold, Proof
from hub.store.sqlite.file import SqliteFile


class SqliteChannels(SqliteFile):
    """The part of the store that answers for channels."""

    def sent_since(self, to: str, channel: str, after_ms: int) -> list[int]:
        """Return when messages left on a channel after an instant; see the port."""
        rows = self._rows(
            """SELECT DISTINCT began_at FROM attempt JOIN message ON message.message = attempt.message
            WHERE began_at > ? AND (ok IS NULL OR ok = 1) AND "to" = ? AND channel = ? ORDER BY began_at""",
            (after_ms, to, channel),
        )
        return [row[0] for row in rows]

    def hasten_channel(self, to: str, channel: str, at_ms: int) -> None:
        """Let what has failed on a channel be tried at an instant; see the port."""
        self._run(
            """UPDATE message SET next_try_at = ?
            WHERE state = 'pending' AND next_try_at > ? AND attempts > 0 AND "to" = ? AND channel = ?""",
            (at_ms, at_ms, to, channel),
        )

    def first_told(self, from_ms: int) -> list[FirstTold]:
        """Return whom the alerts have reached that were written from an instant on; see the port."""
        rows = self._rows(
            """SELECT alert, "to", MIN(ended_at) FROM message
            JOIN attempt ON attempt.message = message.message AND ok = 1
            WHERE kind = 'alert' AND alert IS NOT NULL AND made_at >= ?
            GROUP BY alert, "to" ORDER BY alert, "to" ASC""",
            (from_ms,),
        )
        return [FirstTold(alert=row[0], to=row[1], at_ms=row[2]) for row in rows]

    def proofs(self) -> Mapping[ChannelKey, Proof]:
        """Return what is known of every channel on which there ever was a letter."""
        rows = self._rows(
            """SELECT "to", channel,
                MAX((SELECT MAX(ended_at) FROM attempt WHERE attempt.message = message.message AND ok = 1)),
                MAX(CASE WHEN kind = 'canary' THEN made_at END),
                MAX(state IN ('pending', 'sending'))
            FROM message GROUP BY "to", channel"""
        )
        return {
            (row[0], row[1]): Proof(accepted_at=row[2], canary_at=row[3], is_waiting=bool(row[4]))
            for row in rows
        }
