"""Logs: how a line names the cluster it is about, and the end of a file without reading the whole."""

from __future__ import annotations

import codecs
import errno
import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

MAX_BYTES = 1024 * 1024
"""A log may be huge; its end is read, never more than this."""


_LINE = re.compile(rb"[^\n]*\n|[^\n]+")


def about(cluster_id: str, name: str | None = None) -> str:
    """Return how every line about a cluster begins: ``cluster 3f9a12bc (blue-otter)``."""
    return f"cluster {one_line(cluster_id)}" + ("" if name is None else f" ({one_line(name)})")


def one_line(words: object) -> str:
    """Return somebody's words (Slurm's, a user's) for a log, in which they must not begin a new line."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(words)).split())


def listed(job_ids: Sequence[str], most: int = 10) -> str:
    """Return ``job 81_0``, ``jobs 81_0, 81_1`` or, of many, the first and how many more."""
    names = ", ".join(job_ids[:most])
    more = f" and {len(job_ids) - most} more" if len(job_ids) > most else ""
    return f"{'job' if len(job_ids) == 1 else 'jobs'} {names}{more}"


def count_of_jobs(count: int) -> str:
    """Return ``1 job``, ``4 jobs``."""
    return "1 job" if count == 1 else f"{count} jobs"


class Excerpt(NamedTuple):
    """A piece of a log, and the bytes of the file that it stands for: from ``start`` up to ``end``."""

    text: str
    start: int
    end: int


def excerpt(
    path: Path, lines: int, *, after: int | None = None, max_bytes: int = MAX_BYTES
) -> Excerpt:
    """What was written after the byte ``after``, or else the last ``lines`` lines, as far as they lie
    in the file's last ``max_bytes`` bytes.

    The latter also where so much was written since, or where the file is shorter by now: ``start``
    tells. A character that is not written to its end yet is left for the next time; what is not
    UTF-8 is replaced. Raises OSError, also for what is no regular file.
    """
    with open(path, "rb", opener=_open_regular) as stream:
        size = stream.seek(0, os.SEEK_END)
        follows = after is not None and max(0, size - max_bytes) <= after <= size
        start = after if follows and after is not None else max(0, size - max_bytes)
        stream.seek(start)
        data = stream.read(max_bytes)
    end = start + len(data)
    if not follows:
        if start:
            # The first line is cut, most likely: leave it out, unless there is no other.
            data = data.partition(b"\n")[2] or data
        # A progress bar's carriage returns end no line.
        data = b"".join(_LINE.findall(data)[-lines:] if lines > 0 else [])
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(data)
    unfinished = len(decoder.getstate()[0])
    return Excerpt(text, end - len(data), end - unfinished)


def _open_regular(path: str, flags: int) -> int:
    """Open a file for reading without ever waiting for it: a job may have put a FIFO or a device where
    its log should be, and reading that would never end. Raises OSError."""
    handle = os.open(path, flags | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is no regular file", path)
    return handle


def tail(path: Path, lines: int) -> str:
    """The last ``lines`` lines of a file. Raises OSError."""
    return excerpt(path, lines).text


def log_end(path: Path, lines: int = 20) -> str:
    """The same for a message to the user: empty where there is no such log."""
    try:
        return tail(path, lines).rstrip()
    except OSError:
        return ""
