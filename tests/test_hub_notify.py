"""Does a letter reach its person or come back with an honest word, without holding up another's?"""

from __future__ import annotations

import contextlib
import email
import email.policy
import io
import logging
import queue
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.care.caregivers import Caregiver
from hub.care.people import Household, Patient
from hub.config import Notify
from hub.letters.notify import (
    LOCAL_SCHEMES,
    STUCK_MAX,
    AddressRefused,
    Letter,
    Notifier,
    Sent,
    _deliver,
    _without_secrets,
    address_of,
    address_problems,
    check_address,
    scheme_of,
)
from tests.hub_parts import Webhook, mail_sink
from tests.parts import LOOPBACK, eventually, free_port


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    found = Webhook()
    yield found
    found.end()


class Desk:
    """A notifier and the queue of what became of its letters."""

    def __init__(self, timeout_s: float = 10.0) -> None:
        self.inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.notifier = Notifier(Notify(timeout_s=timeout_s), self.inbox)

    def send(self, address: str, *, message: str = "m-1", to: str = "bea", channel: str = "push") -> None:
        self.notifier.send(
            Letter(
                message=message,
                to=to,
                channel=channel,
                title="Slot 08:00",
                body="Lid mon-am was not opened.",
                address=address,
            )
        )

    def result(self, within_s: float = 10.0) -> Sent:
        for _ in range(int(within_s / 0.02)):
            self.notifier.tend()
            try:
                found: Sent = self.inbox.get(timeout=0.02)
                return found
            except queue.Empty:
                continue
        raise AssertionError("no result")


def test_a_letter_reaches_a_webhook_with_title_and_body(webhook: Webhook) -> None:
    desk = Desk()
    desk.send(webhook.address())
    assert desk.result() == Sent(message="m-1", to="bea", channel="push", ok=True, reply="accepted")
    got = webhook.got.get(timeout=1)
    assert (got["title"], got["message"]) == ("Slot 08:00", "Lid mon-am was not opened.")


def test_a_letter_reaches_a_mailbox() -> None:
    with mail_sink() as (port, letters):
        desk = Desk()
        desk.send(f"mailto://{LOOPBACK}:{port}?from=hub@home.test&to=cem@home.test&mode=insecure")
        assert desk.result().ok
        text = letters.get(timeout=2)
    assert "Slot 08:00" in text
    assert "cem@home.test" in text


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_refusal_is_a_failure_and_its_reply_is_kept(webhook: Webhook, status: int) -> None:
    webhook.status = status
    desk = Desk()
    desk.send(webhook.address())
    result = desk.result()
    assert not result.ok
    assert result.reply


def test_a_redirect_is_not_followed(webhook: Webhook) -> None:
    # To a 307, a client that follows sends the whole letter once more.
    webhook.status = 307
    desk = Desk()
    desk.send(webhook.address("home"))
    assert not desk.result().ok
    assert webhook.entered.get(timeout=1) == "/home"
    assert webhook.entered.empty(), "what a home says must not go where somebody else points"


def test_nobody_there_is_a_failure_and_the_next_letter_still_leaves(webhook: Webhook) -> None:
    desk = Desk()
    desk.send(f"json://{LOOPBACK}:{free_port()}/x")
    assert not desk.result().ok
    desk.send(webhook.address(), message="m-2")
    assert desk.result().message == "m-2"


def test_a_dead_channel_delays_no_other(webhook: Webhook) -> None:
    with socket.create_server((LOOPBACK, 0)) as silent:
        desk = Desk(timeout_s=20)
        desk.send(f"json://{LOOPBACK}:{silent.getsockname()[1]}/x", channel="dead")
        assert not desk.notifier.is_free("bea", "dead")
        for number in range(5):
            assert desk.notifier.is_free("bea", "push")
            desk.send(webhook.address(), message=f"m-{number}")
            assert desk.result(within_s=3).message == f"m-{number}"
        assert not desk.notifier.is_free("bea", "dead")


def test_a_call_that_hangs_is_given_up_in_time_and_the_channel_goes_on(webhook: Webhook) -> None:
    webhook.gate.clear()
    desk = Desk(timeout_s=0.3)
    desk.send(webhook.address("slow"))
    result = desk.result(within_s=3)
    assert not result.ok
    assert result.reply
    eventually(lambda: desk.notifier.is_free("bea", "push"))
    webhook.gate.set()
    desk.send(webhook.address(), message="m-2")
    assert desk.result() == Sent(message="m-2", to="bea", channel="push", ok=True, reply="accepted")


def test_a_call_that_ignores_every_time_out_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    monkeypatch.setattr("hub.letters.notify._deliver", lambda *_: (gate.wait(20), "late"))
    desk = Desk(timeout_s=0.05)
    for number in range(STUCK_MAX):
        assert desk.notifier.is_free("bea", "push")
        desk.send("json://x", message=f"m-{number}")
        assert "may have arrived" in desk.result().reply
    assert not desk.notifier.is_free("bea", "push"), "threads that hang must not pile up for ever"
    gate.set()
    eventually(lambda: desk.notifier.is_free("bea", "push"))
    assert desk.inbox.empty(), "a letter has one result, also when its call returns late"


def test_a_plugin_that_raises_costs_one_letter(monkeypatch: pytest.MonkeyPatch, webhook: Webhook) -> None:
    def broken(*_: Any) -> tuple[bool, str]:
        raise RuntimeError("a vendor's mistake")

    desk = Desk()
    with monkeypatch.context() as patch:
        patch.setattr("hub.letters.notify._deliver", broken)
        desk.send("json://x")
        assert desk.result().reply == "sending failed: RuntimeError"
    desk.send(webhook.address(), message="m-2")
    assert desk.result().ok


def test_a_thread_that_died_does_not_keep_its_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    def fatal(*_: Any) -> tuple[bool, str]:
        raise SystemExit

    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    monkeypatch.setattr("hub.letters.notify._deliver", fatal)
    desk = Desk(timeout_s=60)
    desk.send("json://x")
    assert not desk.result(within_s=5).ok


def test_a_letter_to_an_address_that_cannot_be_used_comes_back() -> None:
    desk = Desk()
    desk.send("file:///tmp/alerts")
    result = desk.result()
    assert not result.ok
    assert "stays on this machine" in result.reply


def test_stopping_ends_the_threads(webhook: Webhook) -> None:
    desk = Desk()
    desk.send(webhook.address())
    desk.result()
    (worker,) = desk.notifier._workers.values()
    desk.notifier.stop()
    worker.thread.join(timeout=2)
    assert not worker.thread.is_alive()


@pytest.mark.parametrize(
    "address",
    [
        "ntfy://ntfy.example/bea", "json://127.0.0.1:8080/x", "jsons://home.example/x",
        "mailtos://user:secret@mail.example?to=cem@mail.example", "tgram://123456789:abcdefg_hijklmnop/12345",
        "twilio://AC" + "a" * 32 + ":" + "b" * 32 + "@15551234567/15557654321",
    ],
)  # fmt: skip
def test_addresses_that_leave_the_house_are_accepted(address: str) -> None:
    check_address(address)


@pytest.mark.parametrize("scheme", sorted(LOCAL_SCHEMES))
def test_what_stays_on_the_machine_is_refused(scheme: str) -> None:
    with pytest.raises(AddressRefused, match="reaches nobody"):
        check_address(f"{scheme}://localhost/x")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("bea@home.example", "begins with its kind"),
        ("", "no address for this channel"),
        ("ntfy://a,ntfy://b", "space or comma"),
        ("json://host/a b", "space or comma"),
        ("workflow://host/x?template=file%3A///etc/passwd", "may not name a file"),
        ("nothing://host", "not one that apprise"),
        ("twilio://…", "not one that apprise"),
        ("json://", "not one that apprise"),
    ],
)
def test_an_address_that_cannot_work_is_refused_without_repeating_it(address: str, why: str) -> None:
    with pytest.raises(AddressRefused, match=why) as refused:
        check_address(address)
    secret = address.partition("://")[2]
    assert not secret or secret not in str(refused.value)


def test_every_local_service_apprise_knows_is_refused() -> None:
    from apprise.manager_plugins import NotificationManager

    plugins: Any = NotificationManager()  # type: ignore[no-untyped-call]  # apprise leaves this untyped
    local = {"blink1", "dbus", "glib", "gnome", "macosx", "syslog", "windows", "rsyslog"}
    found = {s for s in plugins.schemas() if plugins[s].__module__.rpartition(".")[2] in local}
    assert found
    assert found <= LOCAL_SCHEMES


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_refusal(text: str) -> None:
    with contextlib.suppress(AddressRefused):
        check_address(text)


@given(st.text(alphabet="abcdefghijkXYZ0189%_-", min_size=3, max_size=20), st.text(max_size=20))
def test_no_part_of_an_address_survives_in_a_reply(secret: str, around: str) -> None:
    said = f"{around} could not send to {secret} at json://{secret}/x"
    assert secret not in _without_secrets(said, f"json://user:{secret}@host/{secret}?token={secret}")


@pytest.fixture
def journal() -> Iterator[io.StringIO]:
    """Hold what the log would show; pytest's own capture also listens to loggers that pass nothing on."""
    text = io.StringIO()
    handler, root = logging.StreamHandler(text), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.setLevel(before)
    root.removeHandler(handler)


def test_nothing_secret_is_logged_or_repeated(journal: io.StringIO, capfd: Any, webhook: Webhook) -> None:
    desk = Desk()
    desk.send(webhook.address("topsecrettoken"))
    assert desk.result().ok
    port = free_port()
    for scheme in ("json", "ntfy", "gotify"):
        desk.send(f"{scheme}://user:hunter2@{LOOPBACK}:{port}/topsecrettoken")
        result = desk.result()
        assert not result.ok
        assert LOOPBACK not in result.reply, "not even the host: for some services it is the secret"
        for secret in ("hunter2", "topsecrettoken"):
            assert secret not in repr(result)
            assert secret not in journal.getvalue()
            assert secret not in "".join(capfd.readouterr())
    assert "hunter2" not in repr(
        Letter(message="m", to="b", channel="c", title="", body="", address="json://hunter2")
    )


def test_a_households_bad_channels_are_named_by_person_and_channel() -> None:
    bea = Caregiver(
        id="bea", name="Bea", channels={"push": "ntfy://a.example/b", "sms": "twilio://…"}, wants={}
    )
    ada = Patient(id="ada", name="Ada", timezone="Europe/London", channels={"phone": "file:///x"})
    home = Household(
        country="GB", subdivision=None, patients={"ada": ada}, boxes={}, regimens={}, medicines={},
        caregivers={"bea": bea},
    )  # fmt: skip
    sms, phone = address_problems(home)
    assert sms.startswith("bea, channel sms: ")
    assert phone.startswith("ada, channel phone: ")
    assert address_of(home, "bea", "push") == "ntfy://a.example/b"
    assert address_of(home, "ada", "phone") == "file:///x"
    assert address_of(home, "bea", "mail") is None
    assert address_of(home, "cem", "mail") is None
    assert scheme_of("ntfy://a.example/b") == "ntfy"


def test_what_a_box_says_is_text_in_a_mail_and_no_link() -> None:
    with mail_sink() as (port, letters):
        evil = "The box reports: foo (<a href='http://evil.example'>take 4 tablets</a>)"
        address = f"mailto://{LOOPBACK}:{port}?from=hub@h.example&to=bea@h.example&mode=insecure"
        letter = Letter(message="m", to="bea", channel="mail", title="T", body=evil, address=address)
        assert _deliver(letter, 10)[0]
        mail = email.message_from_string(letters.get(timeout=10), policy=email.policy.default)
        html = [part.get_content() for part in mail.walk() if part.get_content_type() == "text/html"]
        assert all("<a " not in one for one in html)
        assert "take 4 tablets" in "".join(html) + str(mail)
