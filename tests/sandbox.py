"""Which system calls does a shipped unit allow a program? Runs a command under the very same filter.

`sandbox.py UNIT COMMAND …`, without a running systemd: the sets of calls are asked of `systemd-analyze`, the
filter is laid on by libseccomp, and what the unit does to a forbidden call is done here too.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

ALLOW = 0x7FFF0000
KILL_PROCESS = 0x80000000
ERRNO = 0x00050000
LIBRARY = "libseccomp.so.2"


def settings_of(unit: Path) -> dict[str, list[str]]:
    """Return the words of every setting of a unit."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text("utf-8").splitlines():
        name, mark, words = line.partition("=")
        if mark and not name.startswith("#"):
            found.setdefault(name, []).extend(words.split())
    return found


def allowed(words: list[str]) -> set[str]:
    """Return the names of the calls that a `SystemCallFilter=` of these words allows, sets unfolded."""
    found: set[str] = set()
    for word in words:
        if not word.startswith("@"):
            found.add(word)
            continue
        said = subprocess.run(
            ["systemd-analyze", "--no-pager", "syscall-filter", word],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        lines = [line.strip() for line in said.splitlines()[1:]]
        found |= allowed([line for line in lines if line and not line.startswith("#")])
    return found


def refusal(settings: dict[str, list[str]]) -> int:
    """Return what happens to a call that is not allowed: the process dies, or the call fails."""
    word = settings.get("SystemCallErrorNumber", [""])[-1]
    return KILL_PROCESS if not word else ERRNO | getattr(__import__("errno"), word)


def enter(unit: Path) -> None:
    """Lay the filter of a unit on this process and all that it starts."""
    settings = settings_of(unit)
    names = allowed(settings["SystemCallFilter"])
    library = ctypes.CDLL(LIBRARY, use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(refusal(settings))))
    for name in sorted(names):
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:
            library.seccomp_rule_add(context, ctypes.c_uint32(ALLOW), number, 0)
    if library.seccomp_load(context) != 0:
        raise OSError(f"the kernel does not take the filter of {unit.name}")


if __name__ == "__main__":
    enter(Path(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])
