"""Locks on files, shared by all processes of the user on this host. Never waits.

The kernel frees a lock when its holder ends, however it ends.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from ..private_files import check_directory


@contextlib.contextmanager
def try_lock(path: Path) -> Iterator[bool]:
    """Hold the lock of that file for the block; yield False when another process holds it.

    Where the file system has no locks, yield True: no protection, but no standstill either.
    """
    handle, locked = open_lock(path)
    try:
        yield locked
    finally:
        os.close(handle)


def open_lock(path: Path) -> tuple[int, bool]:
    """Open the file and try to lock it; return its descriptor, and whether nobody else holds the lock.
    Closing the descriptor gives it back."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        return handle, lock(handle)
    except BaseException:
        os.close(handle)
        raise


def lock(handle: int) -> bool:
    """Lock an open file, exclusively and until it is closed; return False when another process holds it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
    return True


def host_directory(directory: Path, name: str) -> Path:
    """Make and return ``<directory>/.<name>/<this host>/``, private to the user. Raise OSError, also
    where others could write it."""
    own = directory / f".{name}"
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_directory(own)
    here = own / (socket.gethostname().replace("/", "_") or "localhost")
    here.mkdir(mode=0o700, exist_ok=True)
    check_directory(here)
    return here
