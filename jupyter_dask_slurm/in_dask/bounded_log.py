"""Keep the log of a process, which is its standard error, so small that it never fills the user's home.

Used by the scheduler, which loads it by path, and by the controller. Standard library only.

The file is cut where it is, not renamed: others write to it as well (the controller's watchdog, Slurm
where it is the log of a job, a crash of the interpreter), and what they say last must not end up in a
file that nobody reads. `bound_log` is all that a process calls.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import logging
import os
import stat
import sys
import threading
import time
from typing import Any

LIMIT = 4 * 1024**2
"""Bytes of a log. What would make it longer drops its older half first."""
LONGEST = 64 * 1024
"""Bytes of one message: of a longer one (the repr of somebody's data) the middle is left out."""
DROPPED = b"[older lines were dropped: they are kept up to %d MiB]\n"
CUT = b"\n[%d bytes are left out here]\n"
FREE_REPEATS = 10
"""Warnings of one kind that are logged one by one; after that the 16th, the 32nd, the 64th …"""
QUIET = 60.0
"""Seconds without such a warning after which they are counted anew."""


class BoundedFile(io.RawIOBase):
    """Writes to a descriptor, and keeps the file behind it below ``limit`` bytes if it is a regular
    one. `close` leaves the descriptor open."""

    def __init__(self, descriptor: int, limit: int = LIMIT) -> None:
        super().__init__()
        self._descriptor, self._limit = descriptor, limit
        self._lock = threading.RLock()  # a signal handler may log
        # For all that share the descriptor: else they would go on behind the end of a file that was cut.
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_APPEND)

    def fileno(self) -> int:
        return self._descriptor

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        given = bytes(data)
        with self._lock:
            message = _shortened(given)
            # A log that is too long is better than a process that ends.
            with contextlib.suppress(OSError):
                self._make_room(len(message))
            self._write(message)
        return len(given)

    def _make_room(self, size: int) -> None:
        """Drop the older half of the file if ``size`` more bytes would make it too long. Raise OSError."""
        found = os.fstat(self._descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size + size <= self._limit:
            return
        # The descriptor itself can only write, and the file may have another name by now.
        with open(f"/proc/self/fd/{self._descriptor}", "rb") as stream:
            stream.seek(max(0, found.st_size - self._limit // 2))
            kept = stream.read(self._limit // 2)
        os.ftruncate(self._descriptor, 0)
        self._write(DROPPED % (self._limit // 1024**2) + kept[kept.find(b"\n") + 1 :])

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]


def _shortened(data: bytes) -> bytes:
    if len(data) <= LONGEST:
        return data
    half = LONGEST // 2
    return data[:half] + CUT % (len(data) - 2 * half) + data[-half:]


class FewRepeats(logging.Filter):
    """Lets warnings and errors from the same line of code through ten times, and then ever more seldom,
    with their count: a peer that knocks at the port with a wrong key does so all night."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[tuple[str, int, str], tuple[int, float]] = {}
        """How often, and when last."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        kind = (record.pathname, record.lineno, record.name)
        now = time.monotonic()
        count, last = self._seen.get(kind, (0, now))
        count = 1 if now - last > QUIET else count + 1
        self._seen[kind] = (count, now)
        if count <= FREE_REPEATS:
            return True
        if count & (count - 1):
            return False
        record.msg = f"{record.getMessage()} [the {count}th warning like this; others are left out]"
        record.args = None
        return True


def bound_log(limit: int = LIMIT) -> None:
    """Keep what this process writes to its standard error, by whatever logger or print, below a size.

    Standard output goes there, too. To be called after the loggers were configured.
    """
    before = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
    stream = io.TextIOWrapper(
        io.BufferedWriter(BoundedFile(2, limit)),
        encoding="utf-8",
        errors="backslashreplace",
        line_buffering=True,
    )
    for handler in _handlers():
        if isinstance(handler, logging.StreamHandler) and handler.stream in before:
            # Not the one that looks for sys.stderr anew each time.
            if handler is not logging.lastResort:
                handler.setStream(stream)
            handler.addFilter(FewRepeats())
    sys.stdout = sys.stderr = stream


def _handlers() -> list[logging.Handler]:
    """Return the handlers of all loggers, each once."""
    loggers = [logging.getLogger(), *logging.Logger.manager.loggerDict.values()]
    found = [h for logger in loggers if isinstance(logger, logging.Logger) for h in logger.handlers]
    return list(dict.fromkeys([*found, *filter(None, [logging.lastResort])]))
