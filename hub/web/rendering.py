"""How do the pages look? Plain HTML that needs no script and nothing from any other machine."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hub.web.links import Link
from hub.web.visits import AlertSeen, PersonSeen, TurnedAway

_HERE = Path(__file__).parent / "templates"


class Rendering:
    """Makes pages. `base` stands before every path of this server; `token` writes a link."""

    def __init__(self, base: str, token: Callable[[Link], str]) -> None:
        self._pages = Environment(
            loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self._pages.globals.update(base=base, token=token)
        self._pages.filters["tel"] = tel
        self.style = (_HERE / "style.css").read_text(encoding="utf-8")

    def alert(self, seen: AlertSeen) -> str:
        """Return the page of one alert."""
        return self._pages.get_template("alert.html").render(seen=seen, title=seen.title)

    def person(self, seen: PersonSeen) -> str:
        """Return the page of one caregiver."""
        return self._pages.get_template("person.html").render(seen=seen, title=f"Open alerts: {seen.name}")

    def plain(self, said: TurnedAway) -> str:
        """Return a page that says one thing."""
        return self._pages.get_template("plain.html").render(said=said, title=said.title)


def tel(phone: str) -> str:
    """Return a number as a phone dials it."""
    return ("+" if phone.startswith("+") else "") + re.sub(r"[^0-9]", "", phone)
