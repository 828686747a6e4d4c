"""Does a caregiver get the link to their own page, nobody else's, and can all links be ended?"""

from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path

import pytest

from hub.config import read_config
from hub.doctor import examine
from hub.web.links import KEY_MS, PERSON_LINK_MS, LinkRefused, Signer
from tests.hub_parts import DUE_MS, compressed, install, installed, pillbox_hub
from tests.parts import free_port
from tests.web_parts import URL, home

WEB = f'[web]\nurl = "{URL}"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    found = install(tmp_path / "hub", free_port(), clock=compressed(1))
    done = pillbox_hub("import", found.parent / "household.toml", "--config", found)
    assert done.returncode == 0, done.stderr
    found.write_text(f"{found.read_text()}{WEB}")
    return found


def ask(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return pillbox_hub(*words, "--config", config)


def token_of(config: Path) -> str:
    done = ask(config, "link", "--by", "bea", "--json")
    return str(json.loads(done.stdout)["link"]).partition(f"{URL}/mine/")[2]


def test_a_link_is_for_one_caregiver_and_for_thirty_days(config: Path) -> None:
    done = ask(config, "link", "--by", "bea")
    assert done.returncode == 0, done.stderr
    first, second, third = done.stdout.splitlines()
    link = Signer(read_config(config).secret).read(first.partition("/mine/")[2], "person", DUE_MS)
    assert (link.caregiver, link.alert, link.act) == ("bea", "", "")
    assert 0 <= link.expires_ms - DUE_MS - PERSON_LINK_MS < 60_000
    assert "Bea's own page, until Wednesday 23 December, 08:00" in second
    assert "link renew" in third


def test_the_first_link_makes_the_secret_for_the_hub_alone(config: Path) -> None:
    secret = read_config(config).secret
    assert not secret.exists()
    token_of(config)
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_links_end_only_with_a_yes_and_all_at_once(config: Path) -> None:
    token, signer = token_of(config), Signer(read_config(config).secret)
    done = ask(config, "link", "renew", "--by", "cem")
    assert done.returncode == 0
    assert "cem makes every link worthless" in done.stdout
    assert "Nothing was changed" in done.stdout
    assert signer.read(token, "person", DUE_MS).caregiver == "bea"
    assert ask(config, "link", "renew", "--by", "cem", "--yes").returncode == 0
    with pytest.raises(LinkRefused):
        signer.read(token, "person", DUE_MS)
    assert signer.read(token_of(config), "person", DUE_MS).caregiver == "bea"


def test_a_key_is_for_a_year_and_needs_no_pages(tmp_path: Path) -> None:
    file = installed(tmp_path, free_port())
    done = ask(file, "link", "key", "--by", "bea")
    assert done.returncode == 0, done.stderr
    key, meaning, _ = done.stdout.splitlines()
    link = Signer(read_config(file).secret).read(key, "key", DUE_MS)
    assert link.caregiver == "bea"
    assert 0 <= link.expires_ms - DUE_MS - KEY_MS < 60_000
    assert "it proves that Bea sent it, until Tuesday 23 November" in meaning


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "say who makes this change"),
        (("--by", "eve"), "'eve' has no part in the care of 'ada'"),
        (("--by", "ada"), "only caregivers have a page or a key"),
        (("key", "--by", "ada"), "only caregivers have a page or a key"),
        (("renew",), "say who makes this change"),
    ],
)
def test_a_link_for_nobody_is_refused(words: tuple[str, ...], why: str, config: Path) -> None:
    done = ask(config, "link", *words)
    assert (done.returncode, why in done.stderr) == (2, True), done.stderr


def test_a_hub_without_pages_says_where_they_are_explained(tmp_path: Path) -> None:
    file = installed(tmp_path, free_port())
    done = ask(file, "link", "--by", "bea")
    assert (done.returncode, "serves no pages" in done.stderr) == (2, True)
    assert not read_config(file).secret.exists()


def test_a_secret_that_is_unreadable_is_refused_in_a_sentence(config: Path) -> None:
    secret = read_config(config).secret
    secret.parent.mkdir(exist_ok=True)
    secret.write_bytes(b"\xff")
    done = ask(config, "link", "--by", "bea")
    assert (done.returncode, "web.key, cannot be read" in done.stderr) == (2, True)
    assert "Traceback" not in done.stderr


def test_a_running_hub_shows_the_page_until_the_links_are_ended(tmp_path: Path) -> None:
    with home(tmp_path) as house:
        token = token_of(house.file)
        assert "No alert is open." in house.get(f"/mine/{token}").words
        pillbox_hub("link", "renew", "--by", "bea", "--yes", "--config", house.file)
        assert house.get(f"/mine/{token}").status == 403
        assert house.get(f"/mine/{token_of(house.file)}").status == 200


def test_the_doctor_says_whether_the_pages_answer(tmp_path: Path) -> None:
    def said(file: Path) -> tuple[bool, str]:
        [found] = [one for one in examine(file) if one.part == "pages"]
        return found.well, found.text

    with home(tmp_path) as house:
        well, text = said(house.file)
        assert (well, "they answer" in text) == (True, True), text
    well, text = said(house.file)
    assert (well, "nothing answers" in text) == (False, True), text
    none = installed(tmp_path / "other", free_port())
    assert said(none) == (True, "none are served; [web] is not in the configuration")
