"""How is the load of alerts asked about on the command line?"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from hub.asking.options import add_asking, add_config


def add_load(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Describe the commands that say how much alerts ask of people, to a person and to a machine."""
    load = add(
        "load",
        "say how much the alerts ask of people, and how many were for nothing",
        "For each patient and caregiver: alerts a week, false ones (corrected, or over before anybody took "
        "them on), the time to take one on, how much of the ladder was climbed, and kinds to tune.",
        "pillbox-hub load --patient ada --weeks 4",
    )
    _add_weeks(load)
    add_asking(load)
    metrics = add(
        "metrics",
        "write the same figures as Prometheus reads them",
        "For node_exporter's collector of text files: write to a file beside it and rename that, so that no "
        "half of one is read. They hold ids and numbers, and neither names nor medicines.",
        "pillbox-hub metrics > pillbox.prom.new && mv pillbox.prom.new pillbox.prom",
    )
    _add_weeks(metrics)
    add_config(metrics)


def _add_weeks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--weeks", metavar="N", default="4", help="how far back, 1 to 520 (default: 4)")
