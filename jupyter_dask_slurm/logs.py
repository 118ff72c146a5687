"""The end of a log file, without reading the whole."""

from __future__ import annotations

import os
from pathlib import Path

MAX_BYTES = 1024 * 1024
"""A log may be huge; its end is read, never more than this."""


def tail(path: Path, lines: int, *, max_bytes: int = MAX_BYTES) -> str:
    """The last ``lines`` lines of a file, as far as they lie in its last ``max_bytes`` bytes.

    What is not UTF-8 is replaced. Raises OSError.
    """
    with open(path, "rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        start = max(0, size - max_bytes)
        stream.seek(start)
        data = stream.read(max_bytes)
    if start:
        # The first line is cut, most likely: leave it out, unless there is no other.
        data = data.partition(b"\n")[2] or data
    found = data.splitlines(keepends=True)
    return b"".join(found[-lines:] if lines > 0 else []).decode("utf-8", "replace")


def log_end(path: Path, lines: int = 20) -> str:
    """The same for a message to the user: empty where there is no such log."""
    try:
        return tail(path, lines).rstrip()
    except OSError:
        return ""
