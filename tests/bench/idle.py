"""What does the controller cost while nothing happens?"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.bench.figures import Figure
from tests.chaos_home import chaos_home
from tests.parts import LOOPBACK

# The measured box is simulated and imports no library of pins; nor may its floor, or the ratio flatters.
BARE = """
import sys, threading, sqlite3
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
client = Client(CallbackAPIVersion.VERSION2, client_id="bench-bare", protocol=MQTTProtocolVersion.MQTTv5)
client.connect(sys.argv[1], int(sys.argv[2]))
client.loop_start()
print("ready", flush=True)
threading.Event().wait()
"""


def idle_figures(directory: Path, scale: float) -> list[Figure]:
    """Measure memory and processor time of the real controller beside a program that only waits."""
    watch_s = max(5.0, 60 * scale)
    with chaos_home(directory / "home") as home:
        home.start_all()
        bare = subprocess.Popen(
            [sys.executable, "-c", BARE, LOOPBACK, str(home.broker.port)], stdout=subprocess.PIPE
        )
        assert bare.stdout is not None
        assert bare.stdout.readline() == b"ready\n"
        box = home.running["box"]
        before = cpu_s(box.pid), cpu_s(bare.pid), time.perf_counter()
        threading.Event().wait(watch_s)
        passed = time.perf_counter() - before[2]
        box_pct = (cpu_s(box.pid) - before[0]) / passed * 100
        bare_pct = (cpu_s(bare.pid) - before[1]) / passed * 100
        box_memory, bare_memory = memory_mib(box.pid), memory_mib(bare.pid)
        bare.kill()
        bare.wait()
    # A clock tick of the kernel is the least that can be seen.
    tick_pct = 100 / os.sysconf("SC_CLK_TCK") / passed
    return [
        *(
            Figure(
                what=f"controller, {name} memory", value=box_memory[field], unit="MiB",
                floor=bare_memory[field],
                floor_is="Python with paho and sqlite3, connected and waiting; neither has a library of pins",
            )
            for name, field in (("resident", "Rss"), ("proportional", "Pss"))
        ),
        Figure(
            what="controller, idle processor time", value=box_pct, unit="% core",
            floor=max(bare_pct, tick_pct),
            floor_is=f"the same bare program, or the least that shows in {passed:.0f} s",
        ),
    ]  # fmt: skip


def cpu_s(pid: int) -> float:
    """Return the processor seconds a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mib(pid: int) -> dict[str, float]:
    """Return what a process holds: `Rss` all of it, `Pss` its share of what others hold as well."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    found = {line.split(":")[0]: line.split()[1] for line in lines if line.endswith(" kB")}
    return {name: int(found[name]) / 1024 for name in ("Rss", "Pss")}
