"""Would the tests of the firmware notice a mistake? Each mutant is a mistake somebody could make.

A mutant that lives is a law nobody checks. Each runs in a copy of the tree, against the one file of tests
that must catch it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

MUTANTS = {
    "the last edge is stamped, not the first": (
        "firmware/debounce.py",
        "mono_ms=contact.first_ms, because",
        "mono_ms=contact.last_ms, because",
        "test_debounce.py",
    ),
    "a level need not be quiet to rest": (
        "firmware/debounce.py",
        "now_ms - contact.last_ms < QUIET_MS:\n        return contact, None\n    if contact.level ==",
        "now_ms - contact.last_ms < 1:\n        return contact, None\n    if contact.level ==",
        "test_debounce.py",
    ),
    "an edge does not let an earlier movement rest": (
        "firmware/debounce.py",
        "rested, change = settled(contact, mono_ms)",
        "rested, change = contact, None",
        "test_debounce.py",
    ),
    "a level outranks an edge that is on its way": (
        "firmware/debounce.py",
        "now_ms - doubted_ms < LATE_MS",
        "now_ms < 0",
        "test_debounce.py",
    ),
    "nobody polls": (
        "firmware/watch.py",
        "                self._poll()\n",
        "",
        "test_contact_watch.py",
    ),
    "a dead worker is called alive": (
        "firmware/watch.py",
        "if thread is None or not thread.is_alive():\n            return False",
        "if thread is None or not thread.is_alive():\n            return True",
        "test_contact_watch.py",
    ),
    "a dead notify thread of lgpio is not noticed": (
        "firmware/gpio/pins.py",
        "return thread is None or bool(thread.is_alive())",
        "return True",
        "test_gpio_parts.py",
    ),
    "lgpio moves the whole program to its directory": (
        "firmware/gpio/pins.py",
        "            os.chdir(here)\n",
        "            pass\n",
        "test_gpio_parts.py",
    ),
    "the lid switch is read the wrong way round": (
        "firmware/gpio/lids.py",
        'self._open_when_closed = switch == "opens_with_lid"',
        'self._open_when_closed = switch == "closes_with_lid"',
        "test_gpio_parts.py",
    ),
    "a damaged answer of the sensor is believed": (
        "firmware/sensors/sht4x.py",
        "len(raw) != 6 or crc8(words[0]) != raw[2] or crc8(words[1]) != raw[5]",
        "len(raw) != 6",
        "test_sht4x.py",
    ),
    "a bus that failed is kept": (
        "firmware/sensors/sht4x.py",
        "            self.close()\n            return NoReading",
        "            return NoReading",
        "test_sht4x.py",
    ),
    "humidity keeps the heat of the processor": (
        "firmware/air.py",
        "true_pct = restated_humidity_pct(humidity_pct, temperature_c, true_c)",
        "true_pct = humidity_pct",
        "test_air.py",
    ),
    "the integer 0 is believed": (
        "firmware/hat/climate.py",
        "not isinstance(humidity, float) or not isinstance(temperature, float)",
        "False",
        "test_sense_hat.py",
    ),
    "a missing matrix takes the sensor with it": (
        "firmware/hat/parts.py",
        "return found or os.devnull",
        "return found  # type: ignore[return-value] # the mutant",
        "test_sense_hat.py",
    ),
    "a sensor that is missing takes the matrix with it": (
        "firmware/hat/parts.py",
        'stand_ins |= {"RTIMU": _NO_CHIPS, "glob": bus}',
        "pass",
        "test_sense_hat.py",
    ),
    "a hidden notify thread of lgpio is not told": (
        "firmware/gpio/pins.py",
        "or self._notify_thread() is not None:",
        "or True:",
        "test_gpio_parts.py",
    ),
    "late looks like any cue on a light of one colour": (
        "firmware/show/patterns.py",
        '"triple_blink": Pattern((200, 300, 200, 300, 200, 1300))',
        '"triple_blink": Pattern((200, 300, 200, 1300))',
        "test_show.py",
    ),
    "a driver that hangs is not noticed": (
        "firmware/show/player.py",
        "return since_s is not None and time.monotonic() - since_s >= DEAF_S",
        "return False",
        "test_show.py",
    ),
    "a pin may be used twice": (
        "firmware/board.py",
        "if pin in first_use:",
        "if False:",
        "test_board.py",
    ),
    "the pins of the HAT are free": (
        "firmware/board.py",
        "        taken |= dict.fromkeys(HAT_PINS",
        "        dict.fromkeys(HAT_PINS",
        "test_board.py",
    ),
    "a warning flashes five times a second": (
        "firmware/show/patterns.py",
        "Pattern((250, 250))",
        "Pattern((100, 100))",
        "test_show.py",
    ),
    "a broken light ends its thread": (
        "firmware/show/player.py",
        "            next_ms = elapsed_ms + RETRY_MS\n",
        "            raise\n",
        "test_show.py",
    ),
    "a press is delivered at every look": (
        "firmware/sim.py",
        "self._pressed = max(self._pressed, after.last_press())",
        "self._pressed = 0",
        "test_simulated_box.py",
    ),
    "half a scene can be read": (
        "firmware/scene.py",
        "    with _alone(path):\n        write_scene",
        "    if path:\n        write_scene",
        "test_simulated_box.py",
    ),
    "what an expander captured is not told": (
        "firmware/expander/captured.py",
        "(look.captured & look.interrupted) | (known & ~look.interrupted)",
        "known",
        "test_expander_captured.py",
    ),
    "a late bounce at an expander is an opening": (
        "firmware/expander/captured.py",
        "fell_ms - last_edges_ms.get(number, -QUIET_MS) >= QUIET_MS",
        "True",
        "test_expander_captured.py",
    ),
    "an expander that lost its power is believed": (
        "firmware/expander/registers.py",
        "if found[:INTFA] != SET_UP:",
        "if found is None:",
        "test_expander_lids.py",
    ),
    "nobody reads back what an expander was told": (
        "firmware/expander/registers.py",
        "if kept != SET_UP:",
        "if kept is None:",
        "test_expander_lids.py",
    ),
    "an expander tells of one of its ports only": (
        "firmware/expander/registers.py",
        "MIRRORED_OPEN_DRAIN = 0x44",
        "MIRRORED_OPEN_DRAIN = 0x04",
        "test_expander_lids.py",
    ),
    "a silent expander is called alive": (
        "firmware/expander/lids.py",
        "if silent_s is not None and time.monotonic() - silent_s > SILENT_S:",
        "if silent_s == 0:",
        "test_expander_lids.py",
    ),
    "every lid at an expander is stamped when it was looked at": (
        "firmware/expander/captured.py",
        "yield number, level, fell_ms",
        "yield number, level, now_ms",
        "test_expander_captured.py",
    ),
}


def ran_in(tree: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Run one file of tests in a copy of the tree, until its first failure."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", f"tests/{name}"],
        cwd=tree,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the firmware's tests need."""
    keep_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "firmware", tmp_path / "firmware", ignore=keep_out)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "tests").mkdir()
    for name in ("parts.py", "expander_model.py"):
        shutil.copy(ROOT / "tests" / name, tmp_path / "tests" / name)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MUTANTS)
def test_a_mistake_is_noticed(tree: Path, mistake: str) -> None:
    path, right, wrong, name = MUTANTS[mistake]
    source = (tree / path).read_text()
    assert source.count(right) == 1, "the place of the mistake is gone: write the mutant anew"
    (tree / path).write_text(source.replace(right, wrong))
    shutil.copy(ROOT / "tests" / name, tree / "tests" / name)
    ended = ran_in(tree, name)
    assert ended.returncode == 1, ended.stdout + ended.stderr


@pytest.mark.slow
def test_without_a_mistake_the_copy_passes(tree: Path) -> None:
    for name in ("test_debounce.py", "test_sht4x.py"):
        shutil.copy(ROOT / "tests" / name, tree / "tests" / name)
        ended = ran_in(tree, name)
        assert ended.returncode == 0, ended.stdout + ended.stderr
