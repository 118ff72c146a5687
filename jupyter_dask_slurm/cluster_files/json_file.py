"""Private JSON files that several programs write: each whole or not at all, one after the other."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..batch.locks import lock, open_lock
from ..errors import Unreadable
from ..file_threads import check_awaited
from ..private_files import read_private

LOCK_LIMIT, LOCK_PAUSE = 2.0, 0.01
"""Seconds that a change of a file waits for another one, and between two tries."""
logger = logging.getLogger(__name__)


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the object in a file, or None where there is no file. Raise OSError, also where others
    could write it, and Unreadable."""
    try:
        text = read_private(path)
    except FileNotFoundError:
        return None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("", f"not JSON ({error})") from error
    if not isinstance(data, dict):
        raise Unreadable("", "not an object")
    return data


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write a private JSON file: to a temporary name, flushed to disk, renamed. 0600. Raise OSError; also
    where the caller has been told by now that the file system does not answer."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w") as stream:
            json.dump(data, stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        check_awaited()
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


@contextlib.contextmanager
def locked(path: Path, what: str) -> Iterator[None]:
    """Hold the lock of that file for the block, as `take_lock` takes it."""
    handle = take_lock(path, what)
    try:
        yield
    finally:
        os.close(handle)


def take_lock(path: Path, what: str) -> int:
    """Open the file, lock it, and return its descriptor: closing that gives the lock back. After two
    seconds go on without it, and log that ``what`` is changed all the same: one change at most is lost,
    where a process that was stopped would keep all others waiting for ever. Raise OSError."""
    handle, held = open_lock(path)
    end = time.monotonic() + LOCK_LIMIT
    while not held and time.monotonic() < end:
        time.sleep(LOCK_PAUSE)
        held = lock(handle)
    if not held:
        words = "%s: another process has held %s for %g s; writing without the lock"
        logger.warning(words, what, path, LOCK_LIMIT)
    return handle
