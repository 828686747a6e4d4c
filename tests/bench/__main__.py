"""How fast is it, beside what this machine could do at best? `./run bench` measures both in one run.

Every figure stands beside its physical floor from the same run, and the ratio is what may be compared
between machines. The table goes to the terminal, all figures to `.bench/results.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from pathlib import Path

from tests.bench.alerting import alerting_figures
from tests.bench.box import box_figures
from tests.bench.cores import core_figures
from tests.bench.figures import Figure, table
from tests.bench.idle import idle_figures
from tests.bench.latency import latency_figures
from tests.bench.planning import planning_figures
from tests.bench.throughput import throughput_figures
from tests.parts import mosquitto_path

OUT = Path(__file__).parent.parent.parent / ".bench" / "results.json"


def main() -> int:
    """Measure everything and write it down."""
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, to see that it runs")
    parser.add_argument("--json", type=Path, default=OUT, help="where the figures go")
    arguments = parser.parse_args()
    if mosquitto_path() is None:
        print("bench: mosquitto is needed (Debian: apt install mosquitto)", file=sys.stderr)
        return 2
    machine = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "system": platform.release(),
        # Afterwards it is the load of the measuring itself.
        "load_before": os.getloadavg()[0],
    }
    scale = 0.1 if arguments.quick else 1.0
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="pillbox-bench-") as name:
        for measure in (
            core_figures, planning_figures, latency_figures, alerting_figures, throughput_figures,
            idle_figures, box_figures,
        ):  # fmt: skip
            print(f"measuring {measure.__name__.removesuffix('_figures')} …", file=sys.stderr, flush=True)
            figures += measure(Path(name) / measure.__name__, scale)
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    plain = {"machine": machine, "figures": [figure.plain() for figure in figures]}
    arguments.json.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
    print(table(figures))
    print(f"\nAll figures: {arguments.json}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
