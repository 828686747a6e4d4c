"""Do push, text message, call and chat carry a letter as it is written, and fail without giving secrets away?

The services themselves cannot be had here: what apprise would send to them is caught at the door of its HTTP
library. That it is apprise's own request is what these tests are about; webhooks and mail have real receivers
in `test_hub_notify.py`.
"""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from unittest import mock

import pytest

from hub.care.alerting.privacy import place_of
from hub.config import Notify
from hub.letters.notify import Letter, Notifier, Sent, check_address

TITLE, BODY = "12:00: not opened <b>", "The box saw no opening & we cannot see more.\n[a-1/2]"
SECRET = "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6"
TWILIO = f"twilio://AC12345678901234567890123456789012:{SECRET}@15551230000/15559870000"


@dataclass(frozen=True)
class Channel:
    """One kind of channel: its address, where apprise posts, and where title and text stand in that."""

    address: str
    posts_to: str
    place: str
    reads: tuple[str, ...]


CHANNELS = {
    "push (ntfy)": Channel("ntfys://ntfy.example/bea-topic", "https://ntfy.example", "push", (TITLE, BODY)),
    "push (Pushover)": Channel(
        f"pover://{'u' * 30}@{'a' * 30}", "https://api.pushover.net/", "push", (TITLE, BODY)
    ),
    "text message (Twilio)": Channel(TWILIO, "https://api.twilio.com/", "text message", (TITLE, BODY)),
    "text message (Vonage)": Channel(
        "vonage://a1b2c3d4:e5f6a7b8c9d0e1f2@15551230000/15559870000",
        "https://rest.nexmo.com/",
        "text message",
        (TITLE, BODY),
    ),
    "call (Twilio)": Channel(
        f"{TWILIO}?method=call",
        "https://api.twilio.com/",
        "text message",
        ("<Say>12:00: not opened &lt;b&gt;</Say>", "no opening &amp; we"),
    ),
    "chat (Telegram)": Channel(
        f"tgram://123456789:{SECRET}abc/987654321",
        "https://api.telegram.org/",
        "chat",
        ("12:00: not opened &lt;b&gt;", "no opening &amp; we"),
    ),
    "chat (Signal)": Channel(
        "signal://127.0.0.1:9/15551230000/15559870000", "http://127.0.0.1:9/", "chat", (TITLE, BODY)
    ),
}


@pytest.fixture
def door() -> Iterator[mock.Mock]:
    """Catch what apprise would post; say that it was taken."""
    with mock.patch("requests.post") as post:
        post.return_value = answered(200)
        yield post


def answered(status: int) -> mock.Mock:
    answer = mock.Mock(status_code=status, text="{}", headers={})
    answer.content = b'{"ok":true,"messages":[{"status":"0"}],"message":"refused"}'
    answer.json.return_value = json.loads(answer.content)
    return answer


def sent(address: str) -> Sent:
    """Send one letter through the real notifier and its own thread."""
    inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
    notifier = Notifier(Notify(timeout_s=10), inbox)
    notifier.send(Letter(message="m-1", to="bea", channel="push", title=TITLE, body=BODY, address=address))
    ended: Sent = inbox.get(timeout=10)
    notifier.stop()
    return ended


def posted(door: mock.Mock) -> tuple[str, str]:
    """Return where and what was posted, as one text."""
    [call] = door.call_args_list
    carried: Any = call.kwargs.get("data") or call.kwargs.get("json")
    plain = json.loads(carried) if isinstance(carried, str | bytes) else carried
    return str(call.args[0]), _said(plain)


def _said(plain: Mapping[str, Any]) -> str:
    return "\n".join(str(value) for value in plain.values()).replace("\r\n", "\n")


@pytest.mark.parametrize("name", CHANNELS)
def test_a_letter_is_carried_once_and_whole_to_where_it_belongs(name: str, door: mock.Mock) -> None:
    channel = CHANNELS[name]
    check_address(channel.address)
    assert sent(channel.address).ok is True
    where, what = posted(door)
    assert where.startswith(channel.posts_to)
    for part in channel.reads:
        assert part in what, what
    assert what.count("[a-1/2]") == 1, "by it a receiver drops a repeat"


@pytest.mark.parametrize("status", [500, 429, 401])
@pytest.mark.parametrize("name", CHANNELS)
def test_a_refusal_is_a_failure_whose_words_give_nothing_away(
    name: str, status: int, door: mock.Mock
) -> None:
    door.return_value = answered(status)
    channel = CHANNELS[name]
    ended = sent(channel.address)
    assert ended.ok is False
    assert ended.reply
    for secret in (SECRET, "15559870000", "987654321", "bea-topic", "u" * 30):
        assert secret not in ended.reply


@pytest.mark.parametrize("name", CHANNELS)
def test_what_others_may_read_there_is_known(name: str) -> None:
    assert place_of(CHANNELS[name].address).name == CHANNELS[name].place
    assert not place_of(CHANNELS[name].address).is_own


def test_a_letter_never_shows_its_address() -> None:
    letter = Letter(message="m", to="bea", channel="sms", title=TITLE, body=BODY, address=TWILIO)
    assert SECRET not in repr(letter)
