"""What may whoever holds this link see or do, and did this hub make it?

A link says all by itself: for whom, about which alert, which single act, and until when. Nothing of it is
stored, so it stays valid over a restart, and a new secret makes every link of before worthless.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from itsdangerous import BadData, URLSafeSerializer

from controller.wire.instants import DAY_MS, HOUR_MS, SECOND_MS
from hub.errors import HubError

Purpose = Literal["show", "act", "person", "key"]
"""Look at one alert; do one thing about it; one's own page; answer over MQTT in one's own name."""

ActWord = Literal["", "acknowledge", "take_over", "coming", "elsewhere"]

ALERT_LINK_MS = 48 * HOUR_MS
PERSON_LINK_MS = 30 * DAY_MS
KEY_MS = 365 * DAY_MS
TOKEN_LETTERS_MAX = 600
_SECRET_LETTERS_MIN = 32


class SecretGone(HubError):
    """The secret that links are signed with cannot be read or made."""


class LinkRefused(HubError):
    """A link is not one of this hub, or not any more."""

    def __init__(self, why: Literal["altered", "expired"]) -> None:
        super().__init__(f"the link is {why}")
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What one link allows, to whom, until when; `until_ms` is the promise of an act that makes one."""

    purpose: Purpose
    caregiver: str
    expires_ms: int
    alert: str = ""
    act: ActWord = ""
    until_ms: int = 0


class Signer:
    """Makes the text of links and reads it again, with the secret that lies in the hub's directory."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def ready(self) -> None:
        """Make the secret unless there is one.

        Raises:
            SecretGone: It can neither be read nor made.

        """
        if not self._file.exists():
            self._write(is_first=True)
        self._secret()

    def renew(self) -> None:
        """Make a new secret: no link of before is good for anything any more.

        Raises:
            SecretGone: It cannot be written; the links of before stay good.

        """
        self._write(is_first=False)

    def token(self, link: Link) -> str:
        """Return the text that stands for a link."""
        said = [link.caregiver, link.alert, link.act, link.until_ms, link.expires_ms // SECOND_MS]
        return str(self._serializer(link.purpose).dumps(said))

    def read(self, token: str, purpose: Purpose, now_ms: int) -> Link:
        """Return what a text allows.

        Raises:
            LinkRefused: Its time is over, or this hub did not write it for this purpose.
            SecretGone: Nobody can tell.

        """
        if len(token) > TOKEN_LETTERS_MAX:
            raise LinkRefused("altered")
        try:
            said = self._serializer(purpose).loads(token)
        except BadData as error:
            raise LinkRefused("altered") from error
        link = _link(purpose, said)
        if link.expires_ms <= now_ms:
            raise LinkRefused("expired")
        return link

    def _serializer(self, purpose: Purpose) -> URLSafeSerializer:
        # A salt for each purpose: a link to look at is no link to act with, whatever is inside.
        kwargs = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        return URLSafeSerializer(self._secret(), salt=f"pillbox {purpose}", signer_kwargs=kwargs)

    def _secret(self) -> str:
        # Read anew each time: another process renews it.
        try:
            found = self._file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SecretGone(f"the secret of the links, {self._file}, cannot be read: {error}") from error
        if len(found) < _SECRET_LETTERS_MIN:
            raise SecretGone(f"the secret of the links, {self._file}, is too short; delete the file")
        return found

    def _write(self, *, is_first: bool) -> None:
        """Put a whole secret there at once; of two programs that make the first one, one wins."""
        made = ""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, made = tempfile.mkstemp(dir=self._file.parent, prefix=f".{self._file.name}-")
            if os.geteuid() == 0:
                # Made by the administrator it would be one that the hub may not read.
                owner = self._file.parent.stat()
                os.chown(made, owner.st_uid, owner.st_gid)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(f"{secrets.token_urlsafe(32)}\n")
                file.flush()
                os.fsync(file.fileno())
            if is_first:
                with suppress(FileExistsError):
                    os.link(made, self._file)
            else:
                os.replace(made, self._file)
                made = ""
        except OSError as error:
            raise SecretGone(f"the secret of the links, {self._file}, cannot be made: {error}") from error
        finally:
            if made:
                Path(made).unlink(missing_ok=True)


def _link(purpose: Purpose, said: Any) -> Link:
    """Read what was signed; another version of this program may have signed something else."""
    kinds = (str, str, str, int, int)
    is_ours = isinstance(said, Sequence) and tuple(map(type, said)) == kinds and said[2] in get_args(ActWord)
    if not is_ours:
        raise LinkRefused("altered")
    caregiver, alert, act, until_ms, expires_s = said
    return Link(
        purpose=purpose, caregiver=caregiver, alert=alert, act=cast(ActWord, act),
        until_ms=until_ms, expires_ms=expires_s * SECOND_MS,
    )  # fmt: skip
