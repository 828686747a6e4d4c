"""How is a medicine asked for on the command line?"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from hub.asking.options import DEFAULT_CONFIG


def add_medicine(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Describe the command that shows medicines and checks a file of the home's own."""
    medicine = add(
        "medicine",
        "list the medicines the hub knows, show one, or check a file",
        "A medicine is a file: strength, storage limits, what its leaflet says, each fact with its source. A "
        "file of the home's own wins over a shipped one. Nothing is changed.",
        "pillbox-hub medicine show azathioprine-50mg-tablet",
    )
    medicine.add_argument("act", nargs="?", choices=("list", "show", "check"), default="list")
    medicine.add_argument(
        "name", metavar="ID|FILE", nargs="?", help="which one to show, or which file to check"
    )
    medicine.add_argument("--json", action="store_true", help="write one JSON object instead of lines")
    medicine.add_argument(
        "--config", metavar="FILE", type=Path, default=DEFAULT_CONFIG,
        help="how the hub is installed (default: %(default)s)",
    )  # fmt: skip
