"""Does the real controller store an hour of openings of 42 lids, and what of it if it is stopped meanwhile?

Runs inside the bench's machine, with no broker; prints one line of JSON. Fourteen lids are at the header, 28
at two expanders: their registers are played, and their interrupt is a line of the kernel's chip.
"""

from __future__ import annotations

import collections
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from tests.gpio_bench import chip, handling
from tests.gpio_bench.controller_on_chip import Stored, tried_once, wait_until

HERE = Path(__file__).resolve().parent
CONFIG = f"""
[box]
id = "kitchen"
hardware = "pi"
compartments = {json.dumps(handling.LIDS)}
directory = "state"
[pins]
lids = {{ {", ".join(f"{lid} = {pin}" for lid, pin in chip.LIDS.items())} }}
[expander]
interrupt = {chip.INTERRUPT}
"""
AN_HOUR = 240
AROUND_THE_STOP = 150
AFTER_THE_STOP = 36
STOPPED_S = 10.0
PATIENCE_S = 180.0

REST_MS = 500
"""What was opened so shortly before the stop may not have been stored yet."""


def main() -> int:
    folder = Path(tempfile.mkdtemp())
    (folder / "box.toml").write_text(CONFIG)
    stored = Stored(folder / "state" / "outbox.sqlite3")
    box = handling.Box(str(folder / "bus"))
    with (folder / "log").open("wb") as log:
        controller = subprocess.Popen(
            [
                sys.executable,
                str(HERE / "expander_controller.py"),
                "run",
                "--config",
                str(folder / "box.toml"),
            ],
            env=os.environ | {"EXPANDER_BUS": str(folder / "bus")},
            stderr=log,
        )
    wait_until(lambda: stored.events("box.started"), PATIENCE_S)
    time.sleep(1.5)
    box.release()
    for lid in (next(iter(chip.LIDS)), next(lid for lid in handling.LIDS if lid not in chip.LIDS)):
        tried_once(partial(box.level, lid), stored)
    hour = judged(box, stored, AN_HOUR)
    stop = stopped_in_the_middle(box, stored, controller)
    afterwards = judged(box, stored, AFTER_THE_STOP)
    controller.send_signal(signal.SIGTERM)
    ended = controller.wait(timeout=PATIENCE_S)
    said = (folder / "log").read_text("utf-8", "replace")
    result = {
        "hour": hour,
        "stop": stop,
        "afterwards": afterwards,
        "ended": ended,
        "starts": len(stored.events("box.started")),
        "owned_up": said.count("the program stood still"),
        "interrupt_trusted": "interrupt line" not in said,
    }
    print("\nEXPANDER " + json.dumps(result))
    return 0


def judged(box: handling.Box, stored: Stored, count: int) -> dict[str, Any]:
    """Let the lids be handled, and compare what is stored with what the hands did."""
    after = stored.last()
    made = handling.handled(box, count)
    settled(stored)
    lost, invented = handling.unseen(made, openings(stored, after))
    return {
        "made": len(made),
        "at_expander": sum(opening.lid in handling.PLACES for opening in made),
        "lids": len({opening.lid for opening in made}),
        "lost": [str(opening) for opening in lost],
        "invented": invented,
        "shut": sum(event["kind"] == "lid.closed" for event in events(stored, after)),
    }


def stopped_in_the_middle(
    box: handling.Box, stored: Stored, controller: subprocess.Popen[bytes]
) -> dict[str, object]:
    """Stop the program while the hands go on; tell openings before the stop from those in it."""
    after = stored.last()
    moments: list[int] = []

    def stop() -> None:
        time.sleep(2.0)
        controller.send_signal(signal.SIGSTOP)
        moments.append(handling.boot_ms())
        time.sleep(STOPPED_S)
        moments.append(handling.boot_ms())
        controller.send_signal(signal.SIGCONT)

    made = handling.handled(box, AROUND_THE_STOP, stop)
    settled(stored)
    began_ms = moments[0] - REST_MS
    during = [each for each in made if each.ended_ms >= began_ms]
    before = [each for each in made if each.ended_ms < began_ms]
    lost, others = handling.unseen(before, openings(stored, after))
    untimed, others = handling.unseen(during, others)
    # One line tells of all expanders: what moved while nobody read it may bear the time of whoever was first.
    possible = collections.Counter(opening.lid for opening in untimed)
    seen = collections.Counter(lid for lid, at_ms in others if at_ms >= began_ms)
    invented = [*(each for each in others if each[1] < began_ms), *(seen - possible).elements()]
    last = {event["data"]["compartment"]: event["kind"] for event in events(stored, after)}
    return {
        "made_before_the_stop": len(before),
        "lost_before_the_stop": [str(opening) for opening in lost],
        "made_in_the_stop": len(during),
        "stored_in_the_stop": len(during) - len(untimed) + seen.total(),
        "invented_around_the_stop": invented,
        "all_shut_at_the_end": set(last.values()) == {"lid.closed"},
    }


def settled(stored: Stored) -> None:
    """Wait until nothing has been stored for three seconds: no count has to be guessed."""
    seen, since_s, began_s = -1, time.monotonic(), time.monotonic()
    while time.monotonic() - since_s < 3.0:
        if time.monotonic() - began_s > PATIENCE_S:
            raise SystemExit("the program never comes to rest")
        if (now := stored.last()) != seen:
            seen, since_s = now, time.monotonic()
        time.sleep(0.25)


def events(stored: Stored, after: int) -> list[dict[str, Any]]:
    found = [*stored.events("lid.opened", after=after), *stored.events("lid.closed", after=after)]
    return sorted(found, key=lambda event: int(event["seq"]))


def openings(stored: Stored, after: int) -> list[tuple[str, int]]:
    """Return the lid and the time of each opening that is stored."""
    found = stored.events("lid.opened", after=after)
    return [(event["data"]["compartment"], int(event["mono_ms"])) for event in found]


if __name__ == "__main__":
    sys.exit(main())
