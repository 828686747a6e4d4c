"""Is this the only controller on these files?

The directory itself is locked. A lock file had to be written, which a read-only card refuses, and whoever
removed it let a second controller in.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from controller.errors import ConfigRefused
from controller.keeping.opening import make_directory


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Keep a second controller from writing the same outbox.

    Raises:
        ConfigRefused: The directory cannot be used, or another controller uses it.

    """
    try:
        make_directory(directory)
        handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        # The card did not let it be made: there are no files to share either.
        yield
        return
    except OSError as error:
        raise ConfigRefused(f"the directory {directory} cannot be used: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        if error.errno == errno.EWOULDBLOCK:
            raise ConfigRefused(f"another controller is running on {directory}") from error
        raise ConfigRefused(f"the directory {directory} cannot be locked: {error.strerror}") from error
    try:
        yield
    finally:
        os.close(handle)


def is_running(directory: Path) -> bool:
    """Tell whether a controller works on this directory now."""
    try:
        handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno == errno.EWOULDBLOCK
    finally:
        os.close(handle)
    return False
