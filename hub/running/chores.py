"""What must the hub look after from time to time, whatever happens?"""

from __future__ import annotations

from collections.abc import Iterator

from controller.wire.topics import Outgoing
from hub.config import HubConfig
from hub.engine import Engine
from hub.running.hearing import Hearing
from hub.store.port import Store

RELOAD_S = 3.0
CHECK_S = 30.0
PROVE_S = 60.0
LEASE_PARTS = 3
"""A lease is written anew when a third of it is over: two may fail."""


class Chores:
    """Knows what was done when, by the monotonic clock."""

    def __init__(self, config: HubConfig, store: Store, engine: Engine, hearing: Hearing) -> None:
        self._store, self._engine, self._hearing = store, engine, hearing
        self._proves = config.notify.enabled
        self._lease_s = config.lease_ms / 1_000 / LEASE_PARTS
        self._done_s: dict[str, float] = {}

    def hurry(self) -> None:
        """Look for a new household, and for what people wrote, at the next turn."""
        self._done_s.pop("reload", None)

    def do(self, now_s: float, now: int) -> Iterator[list[Outgoing]]:
        """Do what is due and go through what is to be published after each; `now` is the wall clock.

        Raises:
            StoreRefused: The database takes no writes, or is no more this hub's.

        """
        if self._is_due("check", CHECK_S, now_s):
            self._store.check()
        if self._is_due("lease", self._lease_s, now_s):
            self._store.keep_lease()
        if self._is_due("reload", RELOAD_S, now_s):
            yield self._engine.reload_if_changed(now)
            yield self._engine.take_entries(now)
        if self._proves and self._is_due("prove", PROVE_S, now_s):
            yield self._engine.prove_channels(now)
        if (heard := self._hearing.news(now_s)) is not None:
            yield self._engine.broker_link(now, heard=heard)
            self._hearing.told(heard)

    def _is_due(self, chore: str, every_s: float, now_s: float) -> bool:
        done_s = self._done_s.get(chore)
        if done_s is not None and now_s - done_s < every_s:
            return False
        self._done_s[chore] = now_s
        return True
