"""Law 8 with real processes: is every alert told though the hub is killed while they climb?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evidence.kills import Killed, figures, kill_while_alerts_climb, mail_text
from tests.parts import need_mosquitto

MAIL = """\
Subject: =?utf-8?q?Box_=C2=BD?=
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

VGhlIGxpZCDCvQ==
"""


@pytest.mark.slow
def test_law_8_six_kills_while_alerts_climb_silence_none(tmp_path: Path) -> None:
    """`./run evidence kills` does the same three hundred times."""
    need_mosquitto()
    found = kill_while_alerts_climb(tmp_path, kills=6, alerts=42)
    print(figures(found))
    assert found.silent == 0
    assert found.heard == {"bea": 42, "cem": 42}
    assert found.told == {"bea": 42, "cem": 42}
    assert found.unmarked == 0
    # A kill makes at most the letter repeat that was on its way, on each of the two channels.
    assert found.repeats <= 2 * found.kills


def test_a_mail_is_read_as_somebody_reads_it() -> None:
    assert mail_text(MAIL) == "Box ½\nThe lid ½"


def test_the_figures_say_how_many_came_again() -> None:
    found = Killed(kills=3, alerts=100, boxes=8, letters=200, repeats=1)
    assert found.repeats_pct == 0.5
    assert "| of them repeats | 1 (0.50 %) |" in figures(found)
