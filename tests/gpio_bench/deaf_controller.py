"""What if lgpio's only thread dies? The real controller, in which SIGUSR1 plants exactly that.

Takes the arguments of `pillbox-controller`.
"""

from __future__ import annotations

import signal
import sys

from controller.cli import main


def deafen(*_: object) -> None:
    """Let the next edge of any lid raise in the thread that tells all edges."""
    import lgpio

    def raising(*_: object) -> None:
        raise RuntimeError("planted: what any exception in a callback does")

    for callback in lgpio._notify_thread.callbacks:
        callback.func = raising


signal.signal(signal.SIGUSR1, deafen)
sys.exit(main(sys.argv[1:]))
