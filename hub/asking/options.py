"""Which options do the commands of the care share?"""

from __future__ import annotations

import argparse
from pathlib import Path

DEFAULT_CONFIG = Path("/etc/pillbox/hub.toml")


def add_asking(parser: argparse.ArgumentParser) -> None:
    """Add what every command of the care knows: whose it is, the form of the answer, the configuration."""
    parser.add_argument("--patient", metavar="ID", help="may be left out where there is only one")
    parser.add_argument("--json", action="store_true", help="write one JSON object instead of lines")
    add_config(parser)


def add_config(parser: argparse.ArgumentParser) -> None:
    """Add what every command knows that reads or writes the records."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        default=DEFAULT_CONFIG,
        help="how the hub is installed (default: %(default)s)",
    )


def add_changing(parser: argparse.ArgumentParser) -> None:
    """Add what every command knows that changes something."""
    parser.add_argument("--by", metavar="ID", help="who makes this change: the patient or a caregiver")
    parser.add_argument("--yes", action="store_true", help="do it; else it is only shown")
