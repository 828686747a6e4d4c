"""How is a caregiver's own page asked for on the command line?"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from hub.asking.options import add_asking, add_changing


def add_link(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Describe the command that makes the link to a caregiver's own page."""
    link = add(
        "link",
        "make the link to a caregiver's own page, a key for MQTT, or end all of them",
        "The page shows every open alert of the patients they follow, and the buttons to answer. The link "
        "works for 30 days; whoever holds it answers in the name of --by, so hand it over in person. `key` "
        "makes what proves over MQTT, for a year, that an answer is theirs. `renew` makes every link and key "
        "that was ever sent or made worthless at once.",
        "pillbox-hub link --by bea",
    )
    link.add_argument("act", nargs="?", choices=("show", "key", "renew"), default="show")
    add_asking(link)
    add_changing(link)
