"""What does a normal week write to the card? The real engine on a real outbox, in a process of its own.

Two doses a day at their time, the air read every minute, the computer every two, a hub that confirms. Prints
the bytes that went to the storage layer, as the kernel counts them for this process, and those of the events.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import controller.replay
from controller.keeping.outbox import Outbox
from controller.wire.instants import DAY_MS, HOUR_MS, MINUTE_MS, instant_ms, instant_text
from controller.wire.shape import write_json
from controller.wire.topics import topic_of
from firmware.board import LAYOUTS

MONDAY_MS = instant_ms("2026-11-23T00:00:00Z")
HALVES = {"am": 8, "pm": 20}
AIR_MS, DEVICE_MS = MINUTE_MS, 2 * MINUTE_MS


def slots(days: int) -> Iterator[tuple[int, str]]:
    """Go through the doses: when each is due and in which compartment it lies."""
    for number in range(days):
        for half, hour in HALVES.items():
            yield (
                MONDAY_MS + number * DAY_MS + hour * HOUR_MS,
                LAYOUTS["7x2"][2 * (number % 7) + (half == "pm")],
            )


def plan(days: int) -> str:
    """Plan two doses a day."""
    planned = [
        {
            "slot": f"azathioprine/{instant_text(due)[:10]}/{instant_text(due)[11:16]}", "compartment": lid,
            "opens_at": instant_text(due - HOUR_MS), "due_at": instant_text(due),
            "late_at": instant_text(due + HOUR_MS), "closes_at": instant_text(due + 4 * HOUR_MS),
            "amounts": [{"medicine": "azathioprine-50mg-tablet", "amount": 1}],
            "remind_at": [instant_text(due), instant_text(due + HOUR_MS // 2)],
        }
        for due, lid in slots(days)
    ]  # fmt: skip
    until = instant_text(MONDAY_MS + 14 * DAY_MS)
    return write_json({
        "v": 1, "box": "kitchen", "plan": "week", "made_at": instant_text(MONDAY_MS), "until": until,
        "slots": planned,
    })  # fmt: skip


def week(days: int) -> Iterator[str]:
    """Write the recording, ordered by its instants."""
    found: list[tuple[int, dict[str, Any]]] = [
        (MONDAY_MS, {"topic": topic_of("plan", box="kitchen"), "payload": plan(days)})
    ]
    for due, lid in slots(days):
        found += [
            (due + 7 * MINUTE_MS, {"lid": lid, "open": True}),
            (due + 8 * MINUTE_MS, {"lid": lid, "open": False}),
        ]
    for at in range(MONDAY_MS, MONDAY_MS + days * DAY_MS, AIR_MS):
        swing = (at - MONDAY_MS) % DAY_MS / DAY_MS
        found.append((at, {"climate": {"temperature_c": 20 + 2 * swing, "humidity_pct": 45 + 5 * swing}}))
    for at in range(MONDAY_MS, MONDAY_MS + days * DAY_MS, DEVICE_MS):
        found.append((at, {"device": {"cpu_c": 48.0, "disk_free_pct": 80.0, "wifi_dbm": -55}}))
    for at, what in sorted(found, key=lambda row: row[0]):
        yield write_json({"at": instant_text(at), **what})


def written() -> int:
    """Return what this process has sent to the storage layer."""
    lines = Path("/proc/self/io").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes:"))


def main(directory: str, days: str) -> int:
    """Live through the days and print what they wrote."""
    lines = list(week(int(days)))
    numbers = count(1)

    def kept(_path: Path | None, *, box: str, mint: object) -> Outbox:
        return Outbox(Path(directory) / "outbox.sqlite3", box=box, mint=lambda: f"week-{next(numbers)}")

    controller.replay.Outbox = kept  # type: ignore[attr-defined,assignment] # the replay's own is in memory
    published: list[str] = []
    before = written()
    controller.replay.replay(lines, published.append)
    told = [json.loads(line) for line in published]
    events = [line["payload"] for line in told if line["topic"].endswith("/event")]
    plain = sum(len(write_json(event)) for event in events)
    print(json.dumps({"written": written() - before, "events": len(events), "plain": plain}))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
