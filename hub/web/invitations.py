"""How does a letter about an alert lead to its page? Links are made as it is sent, and never stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from hub.care.ledger import MessageRecord
from hub.care.people import Household
from hub.letters.notify import Letter, scheme_of
from hub.web.links import ALERT_LINK_MS, ActWord, Link, Purpose, Signer
from hub.web.seeing import promises

ANSWERABLE = frozenset({"alert", "last_word"})
"""Only these still ask for somebody."""
SHOWN = ANSWERABLE | {"acknowledged"}
NTFY = frozenset({"ntfy", "ntfys"})
COMES_NTH = 1
"""Which of the promises stands on a button: there is room for one."""


class Invitations:
    """Adds to letters of caregivers what leads to the page of their alert. `url` has no slash at its end."""

    def __init__(self, url: str, signer: Signer) -> None:
        self._url, self._signer = url, signer

    def invite(
        self, letter: Letter, letters: Sequence[MessageRecord], household: Household, now_ms: int
    ) -> Letter:
        """Return a message with the link to what its letters are about, and by ntfy with buttons.

        Raises:
            SecretGone: No link can be made; the message must go without one.

        """
        shown = [one for one in letters if one.alert is not None and one.kind in SHOWN]
        if not shown or letter.to not in household.caregivers:
            return letter
        first, is_one = shown[0], len({one.alert for one in shown}) == 1
        alert = (first.alert or "") if is_one else ""
        # One message may tell of several alerts: then it leads to all that are open.
        token = self._token("show" if is_one else "person", letter.to, alert, now_ms)
        page = f"{self._url}/{'alert' if is_one else 'mine'}/{token}"
        invited = replace(letter, body=f"{letter.body}\n\nSee and answer: {page}")
        if scheme_of(letter.address) not in NTFY or "actions=" in letter.address:
            return invited
        buttons = [f"view, See, {page}"]
        if is_one and any(one.kind in ANSWERABLE for one in shown):
            buttons = [*self._acts(letter, alert, first.patient, household, now_ms), *buttons]
        joint = "&" if "?" in letter.address else "?"
        actions = quote("; ".join(buttons), safe="")
        return replace(invited, address=f"{letter.address}{joint}actions={actions}")

    def _acts(self, letter: Letter, alert: str, patient: str, household: Household, now_ms: int) -> list[str]:
        until = promises(now_ms)[COMES_NTH]
        person = household.patients.get(patient)
        zone = household.caregivers[letter.to].timezone or (person.timezone if person else "UTC")
        then = datetime.fromtimestamp(until // 1000, UTC).astimezone(ZoneInfo(zone))
        acts: list[tuple[str, ActWord, int]] = [
            ("I take care of it", "acknowledge", 0), (f"On my way until {then:%H:%M}", "coming", until),
        ]  # fmt: skip
        return [
            f"http, {label}, {self._url}/act/{self._token('act', letter.to, alert, now_ms, act, ends)}, "
            "method=POST, clear=true"
            for label, act, ends in acts
        ]

    def _token(
        self, purpose: Purpose, to: str, alert: str, now_ms: int, act: ActWord = "", until_ms: int = 0
    ) -> str:
        return self._signer.token(
            Link(purpose=purpose, caregiver=to, alert=alert, act=act, until_ms=until_ms,
                 expires_ms=now_ms + ALERT_LINK_MS)
        )  # fmt: skip
