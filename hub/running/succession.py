"""Which of several hubs on one database acts, and how does another take over from it?

The one that acts holds a lock of the file system, which falls with its process, and a lease in the database,
which ends by itself when the process is only frozen. A standby waits for the first of the two.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
import uuid
from collections.abc import Callable
from contextlib import closing

from hub.boot_clock import boot_moment
from hub.config import HubConfig
from hub.errors import StoreRefused, StoreTaken
from hub.running.service import tell_service
from hub.store.sqlite.store import SqliteStore, open_store

LOOK_S = 1.0

log = logging.getLogger("hub.running.succession")


def open_as_hub(config: HubConfig) -> SqliteStore:
    """Open the database as the one hub that acts on it.

    Raises:
        StoreTaken: Another hub acts on it.
        StoreRefused: It cannot be opened.

    """
    store = open_store(config.database, "hub")
    # The lock was free: whoever holds the lease has ended without a word.
    store.claim_lease(_my_name(), boot_moment, config.lease_ms, is_left=True)
    return store


def wait_for_turn(config: HubConfig, pause: Callable[[float], None] = time.sleep) -> SqliteStore:
    """Open the database as soon as no other hub acts on it, however long that takes.

    Raises:
        StoreRefused: It cannot be opened, for another reason.

    """
    said = False
    while True:
        try:
            return open_as_hub(config)
        except StoreTaken as error:
            if not said:
                log.info("%s; standing by", error)
                tell_service("READY=1")
            said = True
        found = _take_over(config)
        if found is not None:
            return found
        tell_service("WATCHDOG=1")
        pause(LOOK_S)


def _take_over(config: HubConfig) -> SqliteStore | None:
    """Take the place of a hub whose lease is over although its process still holds the lock."""
    if not _is_over(config):
        return None
    with contextlib.ExitStack() as undo:
        try:
            store = open_store(config.database, "write")
            undo.callback(store.close)
            if not store.claim_lease(_my_name(), boot_moment, config.lease_ms):
                return None
            store.seize_lock()
        except StoreRefused as error:
            # Frozen in the midst of a transaction it holds the database, too: only its end lets go of that.
            log.warning("the hub that acted has not moved, and its place cannot be taken: %s", error)
            return None
        undo.pop_all()
    log.warning("the hub that acted has not moved for %g s; taking over", config.lease_ms / 1000)
    return store


def _is_over(config: HubConfig) -> bool:
    try:
        with closing(open_store(config.database, "read")) as store:
            found = store.lease()
    except StoreRefused:
        # The other is just making or changing its tables.
        return False
    return found is not None and found.is_over(boot_moment())


def _my_name() -> str:
    return f"{os.getpid()}-{uuid.uuid4().hex[:12]}"
