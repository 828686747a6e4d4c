"""How often is somebody alerted for nothing, and is an alert ever lost? Many homes over a year.

`homes`: the same seed, homes and days give the same bytes. `kills`: real processes, and a hub that is killed
while alerts climb. `day`: ten faults in a day and a night. The table goes to the terminal and,
with `--write`, into `docs/evidence.md`.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

from tests.evidence.faulty_day import faulty_day, told_table
from tests.evidence.judging import Findings, one_home
from tests.evidence.report import report, written_into

PAGE = Path(__file__).parent.parent.parent / "docs" / "evidence.md"


def main() -> int:
    """Live in every home, add up and tell."""
    parser = argparse.ArgumentParser(prog="./run evidence", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("homes", "kills", "day"), default="homes")
    parser.add_argument("--kills", type=int, default=300, help="how often the hub is killed")
    parser.add_argument("--alerts", type=int, default=1_000, help="how many alerts climb meanwhile")
    parser.add_argument("--homes", type=int, default=100)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1, help="the first home's seed; each next one is 1 more")
    parser.add_argument("--write", action="store_true", help="put the table into docs/evidence.md")
    parser.add_argument("--why", action="store_true", help="say which alerts were untrue, and what was lost")
    arguments = parser.parse_args()
    if arguments.what == "kills":
        text, lost = _killed(arguments)
    elif arguments.what == "day":
        text, lost = told_table(faulty_day()), 0
    else:
        text, lost = _lived(arguments)
    print(text)
    if arguments.write:
        PAGE.write_text(written_into(PAGE.read_text("utf-8"), arguments.what, text), encoding="utf-8")
    return 1 if lost else 0


def _killed(arguments: argparse.Namespace) -> tuple[str, int]:
    from tests.evidence.kills import figures, kill_while_alerts_climb

    with tempfile.TemporaryDirectory(prefix="pillbox-kills-") as name:
        found = kill_while_alerts_climb(
            Path(name), kills=arguments.kills, alerts=arguments.alerts, seed=arguments.seed
        )
    return figures(found), found.silent


def _lived(arguments: argparse.Namespace) -> tuple[str, int]:
    logging.disable(logging.CRITICAL)
    began = time.monotonic()
    found = Findings()
    work = [(arguments.seed + number, arguments.days) for number in range(arguments.homes)]
    with get_context("fork").Pool(min(os.cpu_count() or 1, len(work))) as pool:
        for number, one in enumerate(pool.imap(one_home, work, chunksize=1), 1):
            found.add(one)
            print(f"\r{number} of {len(work)} homes", end="", file=sys.stderr, flush=True)
    print(f", {time.monotonic() - began:.0f} s", file=sys.stderr)
    if arguments.why:
        print("\n".join(found.breaches))
    text = report(found, arguments.homes, arguments.days, arguments.seed)
    return text, sum(found.lost.values())


if __name__ == "__main__":
    raise SystemExit(main())
