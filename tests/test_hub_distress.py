"""Does a hub that cannot record still call people, and end where waiting mends nothing?"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from controller.wire.events import HelpRequested
from hub.config import HubConfig, read_config
from hub.errors import StoreGone, StoreRefused
from hub.household import parse_household
from hub.letters.notify import Letter
from hub.running.distress import AGAIN_S, AILING_S, Distress
from hub.running.guard import DEAF_EXIT
from hub.running.link import Arrived
from hub.running.run import Hub
from hub.store.sqlite.store import SqliteStore, open_store
from tests.hub_parts import event, home_toml, installed, lid
from tests.parts import free_port

HOME = parse_household(home_toml())
EVENT = "pillbox/v1/kitchen/event"
HELP = event(1, HelpRequested(because="button"))


class NotedNotifier:
    """Takes letters and sends none; `busy` is a channel that still hangs on an earlier one."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.busy = False

    def is_free(self, to: str, channel: str) -> bool:
        return not self.busy

    def send(self, letter: Letter) -> None:
        self.letters.append(letter)

    def said(self) -> list[tuple[str, str]]:
        return [(one.to, one.title) for one in self.letters]


def arrived(payload: str) -> Arrived:
    return Arrived(EVENT, payload.encode(), 1, 1, 1)


def hub_without_a_broker(config: HubConfig, store: SqliteStore) -> Hub:
    hub = Hub(config, store)
    hub.link.alive = lambda: True  # type: ignore[method-assign]  # it was never started
    hub.engine.start(0)
    return hub


def distress(notifier: NotedNotifier, *, enabled: bool = True) -> Distress:
    return Distress(notifier, enabled=enabled)  # type: ignore[arg-type]  # it notes letters


def test_who_minds_a_box_is_told_after_a_minute_and_then_once_an_hour_also_over_moments_of_room() -> None:
    notifier = NotedNotifier()
    calling = distress(notifier)
    for now_s in (0.0, 2.0, AILING_S - 1):
        calling.call(HOME, [], now_s)
    assert notifier.said() == []
    calling.call(HOME, [], AILING_S)
    calling.call(HOME, [], AILING_S + 2)
    calling.over()
    calling.call(HOME, [], AILING_S + 10)
    calling.call(HOME, [], 3 * AILING_S)
    assert notifier.said() == [("bea", "The pillbox hub cannot record")], "Cem wants to hear of doses only"
    calling.call(HOME, [], AILING_S + AGAIN_S)
    assert len(notifier.letters) == 2


def test_a_call_for_help_is_passed_on_at_once_and_once() -> None:
    notifier = NotedNotifier()
    calling = distress(notifier)
    notifier.busy = True
    calling.call(HOME, [arrived(event(2, lid())), arrived(HELP)], 0.0)
    notifier.busy = False
    for now_s in (2.0, 4.0):
        calling.call(HOME, [arrived("{"), arrived(HELP)], now_s)
    assert notifier.said() == [("bea", "Help is asked for")]


def test_nobody_is_called_where_messages_are_switched_off_or_nobody_lives() -> None:
    notifier = NotedNotifier()
    distress(notifier, enabled=False).call(HOME, [arrived(HELP)], 0.0)
    distress(notifier).call(None, [arrived(HELP)], 0.0)
    assert notifier.said() == []


def test_a_running_hub_whose_disk_is_full_passes_a_call_for_help_on(tmp_path: Path) -> None:
    config = read_config(installed(tmp_path, free_port()))
    with closing(open_store(config.database, "hub")) as store:
        hub = hub_without_a_broker(config, store)
        notifier = NotedNotifier()
        hub._distress = distress(notifier)

        def full(*_: Any) -> Any:
            raise StoreRefused("the database refused: database or disk is full")

        store._run = full  # type: ignore[method-assign,assignment]  # the test is the disk
        hub.inbox.put(arrived(HELP))
        assert hub.turn() is None
        assert notifier.said() == [("bea", "Help is asked for")]


@pytest.mark.parametrize("name", ["hub.db", "hub.db.lock"])
@pytest.mark.parametrize("replaced", [False, True])
def test_a_hub_whose_records_or_lock_are_gone_ends_with_a_sentence_though_nothing_happens(
    name: str, replaced: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = read_config(installed(tmp_path, free_port()))
    with closing(open_store(config.database, "hub")) as store:
        hub = hub_without_a_broker(config, store)
        hub.inbox.put(arrived(event(1, lid())))
        assert hub.turn() is None
        gone = config.database.with_name(name)
        gone.rename(gone.with_name("elsewhere"))
        if replaced:
            gone.write_bytes(b"")
        hub._chores._done_s.clear()
        hub.inbox.put(arrived(event(2, lid())))
        assert hub.turn() == DEAF_EXIT
        assert f"{name} was removed or replaced" in caplog.text
        with pytest.raises(StoreGone):
            store.check()
