"""Keep the log of a process, which is its standard error, so small that it never fills the user's home.

Used by the scheduler, which loads it by path, and by the controller. Standard library only.

The file is cut where it is, not renamed: others write to it as well (the controller's watchdog, Slurm
where it is the log of a job, a crash of the interpreter), and what they say last must not end up in a
file that nobody reads. `bound_log` is all that a process calls.

Nor does a process wait for that file: it may lie on a file server that is away for hours, and it is
event loops that log. A thread writes, and what it cannot write is counted.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import io
import logging
import os
import stat
import sys
import threading
import time
from collections import deque
from typing import Any

LIMIT = 4 * 1024**2
"""Bytes of a log. What would make it longer drops its older half first."""
LONGEST = 64 * 1024
"""Bytes of one message: of a longer one (the repr of somebody's data) the middle is left out."""
DROPPED = b"[older lines were dropped: they are kept up to %d MiB]\n"
CUT = b"\n[%d bytes are left out here]\n"
MISSING = b"[%d lines are missing here: they could not be written]\n"
WAITING = 1024**2
"""Bytes that wait to be written. What logs more than the file takes is held up, while that takes any."""
PATIENCE = 1.0
"""Seconds after which a file that takes nothing is known to be silent: what comes then is only counted."""
EXIT_LIMIT = 5.0
"""Seconds in which the last lines are written before the process ends."""
FREE_REPEATS = 10
"""Warnings of one kind that are logged one by one; after that the 16th, the 32nd, the 64th …"""
QUIET = 60.0
"""Seconds without such a warning after which they are counted anew."""


class BoundedFile:
    """Appends to a descriptor, and keeps the file behind it below ``limit`` bytes if it is a regular one."""

    def __init__(self, descriptor: int, limit: int = LIMIT) -> None:
        self.descriptor, self._limit = descriptor, limit
        # For all that share the descriptor: else they would go on behind the end of a file that was cut.
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_APPEND)

    def append(self, data: bytes) -> None:
        """It has to be shorter than half of the limit. Raise OSError, and may wait for ever."""
        # A log that is too long is better than one without its last lines.
        with contextlib.suppress(OSError):
            self._make_room(len(data))
        self._write(data)

    def _make_room(self, size: int) -> None:
        """Drop the older half of the file if ``size`` more bytes would make it too long. Raise OSError."""
        found = os.fstat(self.descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size + size <= self._limit:
            return
        # The descriptor itself can only write, and the file may have another name by now.
        with open(f"/proc/self/fd/{self.descriptor}", "rb") as stream:
            stream.seek(max(0, found.st_size - self._limit // 2))
            kept = stream.read(self._limit // 2)
        os.ftruncate(self.descriptor, 0)
        self._write(DROPPED % (self._limit // 1024**2) + kept[kept.find(b"\n") + 1 :])

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self.descriptor, rest) :]


class Missing:
    """Stands among what waits to be written for so many ``lines`` that never will be."""

    def __init__(self, lines: int) -> None:
        self.lines = lines


class Writer(io.RawIOBase):
    """Has a thread of its own write to a file. `write` takes what it is given, and waits at most
    `PATIENCE` once in a while; `close` leaves the file open."""

    def __init__(self, file: BoundedFile) -> None:
        super().__init__()
        self._file = file
        self._thread: threading.Thread | None = None
        self._begin()

    def _begin(self) -> None:
        self._changed = threading.Condition(threading.RLock())  # a signal handler may log
        self._waiting: deque[bytes | Missing] = deque()
        self._size = 0
        """Bytes that wait or are being written."""
        self._writes = self._silent = self._refuses = self._finished = False
        """Whether the thread is about it; whether the file took nothing for `PATIENCE`; whether the last
        attempt was an error; whether there is no thread any more, and what logs writes."""

    def after_fork(self) -> None:
        """In the child there is no thread. What waits is the parent's to write, and the lock may be taken."""
        self._begin()
        self._finished = True

    def fileno(self) -> int:
        return self._file.descriptor

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        given = bytes(data)
        message = _shortened(given)
        with self._changed:
            if self._finished or not self._has_thread():
                with contextlib.suppress(OSError):
                    self._file.append(message)
                return len(given)
            if not self._silent and not self._changed.wait_for(self._has_room, PATIENCE):
                self._silent = True
            if self._has_room():
                self._waiting.append(message)
                self._size += len(message)
                self._refuses = False
                self._changed.notify_all()
            else:
                self._miss(message.count(b"\n"))
        return len(given)

    def wait(self, limit: float) -> bool:
        """Wait so many seconds until all has been written or refused; return whether it has."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._refuses or not (self._waiting or self._writes), limit
            )

    def finish(self) -> None:
        """Wait for the last lines, `EXIT_LIMIT` at most: the process is about to end. What is still logged
        is written at once, for the thread may end first; not where that would have to wait."""
        self._finished = self.wait(EXIT_LIMIT)

    def _has_room(self) -> bool:
        return self._size < WAITING

    def _has_thread(self) -> bool:
        if self._thread is None or not self._thread.is_alive():
            thread = threading.Thread(target=self._run, name="log", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no more threads are to be had
                return False
            self._thread = thread
        return True

    def _miss(self, lines: int) -> None:
        last = self._waiting[-1] if self._waiting else None
        if isinstance(last, Missing):
            last.lines += lines
        else:
            self._waiting.append(Missing(lines))

    def _run(self) -> None:
        while True:
            with self._changed:
                # What cannot be written is tried again with the next line.
                self._changed.wait_for(lambda: self._waiting and not self._refuses)
                taken, self._writes = self._take(), True
            try:
                self._file.append(b"".join(map(_as_bytes, taken)))
            except OSError:
                refused = True
            else:
                refused = False
            with self._changed:
                self._silent = self._writes = False
                if refused:
                    # Nor would the rest be taken. What is written next says how many lines that were.
                    lines = sum(_lines(each) for each in (*taken, *self._waiting))
                    self._waiting, self._size, self._refuses = deque([Missing(lines)]), 0, True
                else:
                    self._size -= sum(len(each) for each in taken if isinstance(each, bytes))
                self._changed.notify_all()

    def _take(self) -> list[bytes | Missing]:
        """The first that wait, together not much longer than one message may be: not each on its own, for
        a thread has to wait before each for those that compute."""
        taken = [self._waiting.popleft()]
        size = len(_as_bytes(taken[0]))
        while self._waiting and (size := size + len(_as_bytes(self._waiting[0]))) <= LONGEST:
            taken.append(self._waiting.popleft())
        return taken


def _as_bytes(each: bytes | Missing) -> bytes:
    return MISSING % each.lines if isinstance(each, Missing) else each


def _lines(each: bytes | Missing) -> int:
    return each.lines if isinstance(each, Missing) else each.count(b"\n")


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


def bound_log(limit: int = LIMIT) -> Writer:
    """Keep what this process writes to its standard error, by whatever logger or print, below a size, and
    have a thread write it, which is returned.

    Standard output goes there, too. To be called after the loggers were configured.
    """
    before = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
    writer = Writer(BoundedFile(2, limit))
    os.register_at_fork(after_in_child=writer.after_fork)
    atexit.register(writer.finish)
    stream = io.TextIOWrapper(
        io.BufferedWriter(writer),
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
    return writer


def _handlers() -> list[logging.Handler]:
    """Return the handlers of all loggers, each once."""
    loggers = [logging.getLogger(), *logging.Logger.manager.loggerDict.values()]
    found = [h for logger in loggers if isinstance(logger, logging.Logger) for h in logger.handlers]
    return list(dict.fromkeys([*found, *filter(None, [logging.lastResort])]))
