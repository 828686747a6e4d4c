"""Does a letter about an alert lead to its page, and to nobody else's?"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from hub.care.ledger import MessageRecord
from hub.household import parse_household
from hub.letters.notify import Letter, check_address
from hub.web.invitations import Invitations
from hub.web.links import ALERT_LINK_MS, Signer
from tests.hub_parts import DUE_MS, Webhook, brief_home_toml, home_toml
from tests.parts import LOOPBACK, eventually
from tests.web_parts import URL, Home, home

HOUSEHOLD = parse_household(home_toml())
NTFY = "ntfy://ntfy.example/bea"


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    found = Signer(tmp_path / "web.key")
    found.ready()
    return found


def invited(
    signer: Signer, *, kind: str = "alert", to: str = "bea", address: str = NTFY, alert: str | None = "a-1"
) -> Letter:
    letter = Letter(
        message="a-1-1", to=to, channel="push", title="Not opened", body="Words.", address=address
    )
    message = MessageRecord(
        message="a-1-1", patient="ada", to=to, channel="push", title="Not opened", body="Words.", kind=kind,
        made_at=DUE_MS, alert=alert,
    )  # fmt: skip
    return Invitations(URL, signer).invite(letter, [message], HOUSEHOLD, DUE_MS)


def buttons(letter: Letter) -> list[list[str]]:
    [said] = parse_qs(urlsplit(letter.address).query)["actions"]
    return [button.split(", ") for button in said.split("; ")]


def test_a_letter_ends_with_the_link_of_its_alert_for_its_reader(signer: Signer) -> None:
    letter = invited(signer)
    found = re.fullmatch(rf"Words\.\n\nSee and answer: {URL}/alert/(\S+)", letter.body)
    assert found is not None
    link = signer.read(found[1], "show", DUE_MS)
    assert (link.caregiver, link.alert, link.act) == ("bea", "a-1", "")
    assert link.expires_ms == DUE_MS + ALERT_LINK_MS


def test_ntfy_gets_at_most_three_buttons_and_only_those_of_an_act_post(signer: Signer) -> None:
    letter = invited(signer)
    found = buttons(letter)
    assert [one[1] for one in found] == ["I take care of it", "On my way until 09:00", "See"]
    assert [one[0] for one in found] == ["http", "http", "view"]
    assert all("method=POST" in one for one in found[:2])
    first, second = (signer.read(one[2].partition("/act/")[2], "act", DUE_MS) for one in found[:2])
    assert (first.act, first.until_ms) == ("acknowledge", 0)
    assert (second.act, second.until_ms) == ("coming", DUE_MS + 3_600_000)
    check_address(letter.address)


def test_what_only_tells_has_no_button_that_acts(signer: Signer) -> None:
    letter = invited(signer, kind="acknowledged")
    assert [one[0] for one in buttons(letter)] == ["view"]


@pytest.mark.parametrize("kind", ["resolved", "correction", "reminder"])
def test_what_asks_for_nobody_stays_as_it_is(kind: str, signer: Signer) -> None:
    letter = invited(signer, kind=kind)
    assert (letter.body, letter.address) == ("Words.", NTFY)


def test_a_patient_and_a_letter_about_no_alert_get_no_link(signer: Signer) -> None:
    for letter in (invited(signer, to="ada"), invited(signer, alert=None), invited(signer, to="gone")):
        assert (letter.body, letter.address) == ("Words.", NTFY)


@pytest.mark.parametrize(
    "address", ["json://127.0.0.1:9/x", "ntfy://ntfy.example/bea?actions=view", "mailtos://a:b@c.example"]
)
def test_an_address_that_takes_no_buttons_stays_as_it_is(address: str, signer: Signer) -> None:
    letter = invited(signer, address=address)
    assert letter.address == address
    assert f"{URL}/alert/" in letter.body


def test_a_message_of_several_alerts_leads_to_all_that_are_open_and_acts_on_none(signer: Signer) -> None:
    one = MessageRecord(
        message="a-1-1", patient="ada", to="bea", channel="push", title="A", body="B", kind="alert",
        made_at=DUE_MS, alert="a-1",
    )  # fmt: skip
    other = replace(one, message="a-2-1", alert="a-2")
    ended = replace(one, message="a-3-end", alert="a-3", kind="resolved")
    letter = Letter(message="a-1-1", to="bea", channel="push", title="A", body="Words.", address=NTFY)
    both = Invitations(URL, signer).invite(letter, [one, other, ended], HOUSEHOLD, DUE_MS)
    link = signer.read(both.body.partition("/mine/")[2], "person", DUE_MS)
    assert (link.caregiver, link.alert, link.expires_ms) == ("bea", "", DUE_MS + ALERT_LINK_MS)
    assert [button[0] for button in buttons(both)] == ["view"]
    alone = Invitations(URL, signer).invite(letter, [ended, one], HOUSEHOLD, DUE_MS)
    assert signer.read(alone.body.partition("/alert/")[2], "show", DUE_MS).alert == "a-1"


def test_an_address_with_settings_of_its_own_keeps_them(signer: Signer) -> None:
    letter = invited(signer, address=f"{NTFY}?priority=max&image=no")
    assert parse_qs(urlsplit(letter.address).query)["priority"] == ["max"]
    assert len(buttons(letter)) == 3


class Ntfy:
    """A server that takes what is sent to ntfy."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append({"headers": dict(self.headers), "body": body.decode(), "path": self.path})
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


@pytest.fixture
def ntfy() -> Iterator[Ntfy]:
    found = Ntfy()
    yield found
    found.server.shutdown()
    found.server.server_close()


def test_the_buttons_of_a_real_letter_by_ntfy_act_at_the_hub(tmp_path: Path, ntfy: Ntfy) -> None:
    address = f"ntfy://{LOOPBACK}:{ntfy.server.server_address[1]}/bea"
    with home(tmp_path, household=brief_home_toml(address), notify="") as house:
        alert = house.miss()
        eventually(lambda: bool(ntfy.got))
        actions = ntfy.got[0]["headers"]["X-Actions"]
        [path] = re.findall(rf"I take care of it, {URL}(/act/[^,]+), method=POST", actions)
        assert house.rows("SELECT state FROM alert") != [("acknowledged",)]
        assert house.post(path).status == 200
        assert house.rows("SELECT state FROM alert") == [("acknowledged",)]
        replies = house.rows("SELECT reply FROM attempt")
        assert replies
        assert not any("/act/" in str(reply) for reply in replies)
        assert alert


def test_no_link_is_stored_with_a_letter(tmp_path: Path) -> None:
    webhook = Webhook()
    with home(tmp_path, household=brief_home_toml(webhook.address("bea")), notify="") as house:
        house.miss()
        letter = webhook.next("/bea", "not opened")
        token = letter["message"].partition("/alert/")[2].split()[0]
        eventually(lambda: house.rows("SELECT ok FROM attempt") == [(1,)])
        assert not any(token[:20] in line for line in house.dump())
    webhook.end()


def test_a_letter_goes_without_a_link_where_none_can_be_made(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    webhook = Webhook()
    with home(tmp_path, household=brief_home_toml(webhook.address("bea")), notify="") as house:
        house.config.secret.write_text("short")
        house.miss()
        assert URL not in webhook.next("/bea", "not opened")["message"]
        assert "goes without its link" in caplog.text
        assert_the_page_says_so(house)
    webhook.end()


def assert_the_page_says_so(house: Home) -> None:
    said = house.get("/alert/whatever")
    assert (said.status, "cannot record" in said.words) == (503, True)
