"""What is lost or told twice when the real hub is killed hundreds of times while alerts climb?

Real processes: the hub's program, mosquitto, a receiver of webhooks and a mail server, all on the loopback.
"""

from __future__ import annotations

import email
import email.header
import json
import queue
import random
import re
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from controller.wire.envelope import Envelope, Stamp, envelope_json
from controller.wire.events import LidStuck
from controller.wire.topics import topic_of
from tests.hub_parts import HubProcess, Peer, Webhook, install, mail_sink, pillbox_hub
from tests.parts import LOOPBACK, eventually, start_mosquitto

LIDS = tuple(
    f"{day}-{half}" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun") for half in ("am", "pm")
)
SECOND_STEP_S = 60

REFERENCE = re.compile(r"\[(a-[0-9a-f]+/[0-9a-f]+)\]( \(\d+\))?")
"""By which a receiver knows a letter, and that it may be a repeat, also where several are one message."""

PACE = "gather_s = 0\nmost = 1000\nmost_within_s = 1"
"""A home would never want so many messages; here as many as possible are to be on their way."""


@dataclass
class Killed:
    """What became of the alerts of one run."""

    kills: int
    alerts: int
    boxes: int
    told: Counter[str] = field(default_factory=Counter)
    """Alerts that the hub says have reached somebody, by whom."""
    heard: Counter[str] = field(default_factory=Counter)
    """Alerts that a receiver has really heard of, by whom."""
    silent: int = 0
    letters: int = 0
    repeats: int = 0
    unmarked: int = 0

    @property
    def repeats_pct(self) -> float:
        """How many of the letters came again."""
        return 100 * self.repeats / max(1, self.letters)


def household(boxes: int, push: str, mail: str) -> str:
    """Write a household of as many patients as boxes, looked after by two: a webhook, then a mail."""
    full = f'channels = {{ push = "{push}" }}\nfull_text = ["push"]\n'
    wants = ", ".join(f'p{number} = ["device", "care"]' for number in range(boxes))
    parts = [
        '[home]\ncountry = "GB"\n',
        f'[[caregiver]]\nid = "bea"\nname = "Bea"\n{full}wants = {{ {wants} }}\n',
        f'[[caregiver]]\nid = "cem"\nname = "Cem"\nchannels = {{ mail = "{mail}" }}\nwants = {{ {wants} }}\n',
    ]
    steps = '{ after = "0m", who = "bea", channel = "push" }, { after = "1m", who = "cem", channel = "mail" }'
    parts += [
        f'[[patient]]\nid = "p{number}"\nname = "Patient {number}"\ntimezone = "UTC"\n'
        f'[[box]]\nid = "box{number}"\npatient = "p{number}"\nlayout = "7x2"\n'
        f'[[ladder]]\npatient = "p{number}"\nsteps = [{steps}]\n'
        for number in range(boxes)
    ]
    return "\n".join(parts)


def kill_while_alerts_climb(directory: Path, *, kills: int, alerts: int, seed: int = 1) -> Killed:
    """Let alerts be raised all the while, kill the hub again and again, and count what people got."""
    boxes = -(-alerts // len(LIDS))
    found = Killed(kills=kills, alerts=alerts, boxes=boxes)
    chance = random.Random(seed)
    webhook = Webhook()
    with start_mosquitto(directory / "broker") as broker, mail_sink() as (mail_port, mails):
        mail = f"mailto://{LOOPBACK}:{mail_port}?from=hub@home.test&to=cem@home.test&mode=insecure"
        home = household(boxes, webhook.address("bea"), mail)
        config = install(directory / "hub", broker.port, notify=PACE, household=home)
        done = pillbox_hub("import", config.parent / "household.toml", "--config", config)
        assert done.returncode == 0, done.stderr
        peer = Peer(broker.port, "boxes")
        hub = HubProcess(config)
        try:
            waits = [(box, lid) for lid in range(len(LIDS)) for box in range(boxes)][:alerts]
            for left in range(kills, 0, -1):
                _wait_for_hub(peer)
                share = len(waits) if left == 1 else -(-len(waits) // left)
                _raise(peer, waits[:share])
                del waits[:share]
                threading.Event().wait(chance.uniform(0.05, 2.5))
                hub.tidy()
                hub.start()
            _wait_until_told(config, alerts)
            threading.Event().wait(2)
            _count(found, config, webhook.got, mails)
        finally:
            hub.tidy()
            peer.end()
            webhook.end()
    return found


def _wait_for_hub(peer: Peer) -> None:
    peer.hears_like(topic_of("hub_status"), b"online", within_s=120)


def _raise(peer: Peer, waits: list[tuple[int, int]]) -> None:
    """Let boxes say that a lid is stuck: a condition, and an alert, of its own for each lid."""
    now_ms = time.time_ns() // 1_000_000
    for box, lid in waits:
        stamp = Stamp(at=now_ms, boot="b1", mono_ms=now_ms % 2**40, clock="synced")
        stuck = LidStuck(compartment=LIDS[lid], because="chatter")
        event = Envelope(box=f"box{box}", stream="s1", seq=lid + 1, stamp=stamp, data=stuck)
        peer.say(topic_of("event", box=f"box{box}"), envelope_json(event))


def _wait_until_told(config: Path, alerts: int) -> None:
    question = "SELECT count(*) FROM message WHERE kind = 'alert' AND state = 'delivered'"
    eventually(
        lambda: int(str(_ask(config, question)[0][0])) >= 2 * alerts,
        within_s=SECOND_STEP_S + 300, what="both steps of every alert are delivered",
    )  # fmt: skip


def _ask(config: Path, question: str) -> list[tuple[object, ...]]:
    path = config.parent / "state" / "hub.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as db:
        return db.execute(question).fetchall()


def _count(
    found: Killed, config: Path, posts: queue.SimpleQueue[dict[str, str]], mails: queue.SimpleQueue[str]
) -> None:
    rows = _ask(config, "SELECT alert, told FROM alert WHERE kind = 'device.lid_stuck'")
    told = {str(alert): json.loads(str(who)) for alert, who in rows}
    found.silent = found.alerts - sum(bool(one) for one in told.values())
    found.told.update(who for one in told.values() for who in one)
    texts = [("bea", one["title"] + one["message"]) for one in drained(posts)]
    texts += [("cem", mail_text(one)) for one in drained(mails)]
    heard: dict[str, Counter[str]] = {"bea": Counter(), "cem": Counter()}
    for who, text in texts:
        for name, again in REFERENCE.findall(text):
            if name.partition("/")[0] not in told:
                continue
            found.letters += 1
            heard[who][name] += 1
            # Somebody reads it a second time, and nothing says so.
            found.unmarked += heard[who][name] > 1 and not again
    for who, counted in heard.items():
        found.heard[who] = len({name.partition("/")[0] for name in counted})
        found.repeats += sum(times - 1 for times in counted.values())


def drained(waiting: queue.SimpleQueue[Any]) -> list[Any]:
    """Return all that a receiver has got."""
    found = []
    while not waiting.empty():
        found.append(waiting.get())
    return found


def mail_text(raw: str) -> str:
    """Return subject and text of a mail as somebody reads them."""
    letter = email.message_from_string(raw)
    words = [str(email.header.make_header(email.header.decode_header(letter["Subject"] or "")))]
    for part in letter.walk():
        if part.get_content_type() == "text/plain":
            body = part.get_payload(decode=True)
            assert isinstance(body, bytes)
            words.append(body.decode("utf-8"))
    return "\n".join(words)


def figures(found: Killed) -> str:
    """Say what became of it, for the terminal and for the docs."""
    reached = {
        who: f"{found.heard[who]:,} ({found.told[who]:,} by the hub's own word)" for who in ("bea", "cem")
    }
    return "\n".join([
        f"{found.kills} kills of the hub while {found.alerts:,} alerts of {found.boxes} boxes climbed.",
        "",
        "| what | figure |",
        "|---|---|",
        f"| alerts of which nobody was told | {found.silent} |",
        f"| alerts that reached Bea by webhook | {reached['bea']} |",
        f"| alerts that reached Cem by mail | {reached['cem']} |",
        f"| letters received | {found.letters:,} |",
        f"| of them repeats | {found.repeats} ({found.repeats_pct:.2f} %) |",
        f"| repeats that do not say so | {found.unmarked} |",
    ])  # fmt: skip
