"""Is only what this hub signed believed, for its one purpose, until its time is over?"""

from __future__ import annotations

import os
import stat
import threading
from contextlib import suppress
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.web.links import ActWord, Link, LinkRefused, Purpose, SecretGone, Signer

NOW = 1_795_420_800_000
LINK = Link(
    purpose="act",
    caregiver="bea",
    alert="a-0123456789ab",
    act="coming",
    until_ms=NOW + 5,
    expires_ms=NOW + 1000,
)


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    found = Signer(tmp_path_factory.mktemp("hub") / "web.key")
    found.ready()
    return found


def test_a_link_says_what_was_signed(signer: Signer) -> None:
    assert signer.read(signer.token(LINK), "act", NOW) == LINK


def test_a_token_is_short_enough_for_a_message_and_a_path_as_it_stands(signer: Signer) -> None:
    token = signer.token(LINK)
    assert len(token) < 160
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


def test_a_link_ends_at_its_instant(signer: Signer) -> None:
    token = signer.token(LINK)
    assert signer.read(token, "act", LINK.expires_ms - 1) == LINK
    with pytest.raises(LinkRefused) as refused:
        signer.read(token, "act", LINK.expires_ms)
    assert refused.value.why == "expired"


@pytest.mark.parametrize("purpose", get_args(Purpose))
def test_a_link_serves_one_purpose(purpose: Purpose, signer: Signer) -> None:
    token = signer.token(LINK)
    if purpose == LINK.purpose:
        return
    with pytest.raises(LinkRefused, match="altered"):
        signer.read(token, purpose, NOW)


@given(place=st.integers(0, 400), letter=st.characters(codec="ascii", categories=("L", "N")))
def test_a_link_of_which_a_letter_is_changed_is_never_another_one(
    signer: Signer, place: int, letter: str
) -> None:
    token = signer.token(LINK)
    place %= len(token)
    changed = token[:place] + letter + token[place + 1 :]
    with suppress(LinkRefused):
        assert signer.read(changed, "act", NOW) == LINK
        # The last letter of a signature holds two bits that say nothing.
        assert place == len(token) - 1 or changed == token


@given(text=st.text(max_size=700))
def test_any_text_is_refused_and_nothing_is_raised_but_that(signer: Signer, text: str) -> None:
    with pytest.raises(LinkRefused):
        signer.read(text, "show", NOW)


SAID = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@given(said=SAID)
def test_what_another_version_signed_is_refused(signer: Signer, said: object) -> None:
    token = signer._serializer("show").dumps(said)
    with pytest.raises(LinkRefused):
        signer.read(str(token), "show", NOW)


def test_a_link_of_another_home_is_refused(tmp_path: Path, signer: Signer) -> None:
    other = Signer(tmp_path / "web.key")
    other.ready()
    with pytest.raises(LinkRefused):
        signer.read(other.token(LINK), "act", NOW)


def test_the_secret_is_made_once_for_the_hub_alone_and_stays(tmp_path: Path) -> None:
    file = tmp_path / "state" / "web.key"
    before = os.umask(0)
    try:
        Signer(file).ready()
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    token = Signer(file).token(LINK)
    Signer(file).ready()
    assert Signer(file).read(token, "act", NOW) == LINK
    assert [one.name for one in file.parent.iterdir()] == ["web.key"]


def test_of_many_that_make_the_first_secret_one_wins(tmp_path: Path) -> None:
    file = tmp_path / "web.key"
    threads = [threading.Thread(target=Signer(file).ready) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(10)
    assert [one.name for one in tmp_path.iterdir()] == ["web.key"]
    assert Signer(file).read(Signer(file).token(LINK), "act", NOW) == LINK


def test_a_new_secret_ends_every_link_also_for_a_program_that_is_running(tmp_path: Path) -> None:
    running = Signer(tmp_path / "web.key")
    running.ready()
    token = running.token(LINK)
    Signer(tmp_path / "web.key").renew()
    with pytest.raises(LinkRefused):
        running.read(token, "act", NOW)
    assert running.read(running.token(LINK), "act", NOW) == LINK


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff" * 50])
def test_a_secret_that_is_none_signs_nothing(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "web.key"
    file.write_bytes(content)
    with pytest.raises(SecretGone, match=r"web\.key"):
        Signer(file).token(LINK)


def test_a_secret_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the directory should be")
    for act in (Signer(tmp_path / "state" / "web.key").ready, Signer(tmp_path / "state" / "web.key").renew):
        with pytest.raises(SecretGone, match=r"web\.key, cannot be"):
            act()


def test_every_act_that_a_link_can_say_is_read_again(signer: Signer) -> None:
    for act in get_args(ActWord):
        link = Link(purpose="act", caregiver="bea", act=act, expires_ms=NOW + 1000)
        assert signer.read(signer.token(link), "act", NOW).act == act
