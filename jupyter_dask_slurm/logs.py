"""The end of a log file, without reading the whole."""

from __future__ import annotations

import codecs
import os
from dataclasses import dataclass
from pathlib import Path

MAX_BYTES = 1024 * 1024
"""A log may be huge; its end is read, never more than this."""


@dataclass(frozen=True)
class Excerpt:
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
    UTF-8 is replaced. Raises OSError.
    """
    with open(path, "rb") as stream:
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
        data = b"".join(data.splitlines(keepends=True)[-lines:] if lines > 0 else [])
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(data)
    unfinished = len(decoder.getstate()[0])
    return Excerpt(text, end - len(data), end - unfinished)


def tail(path: Path, lines: int) -> str:
    """The last ``lines`` lines of a file. Raises OSError."""
    return excerpt(path, lines).text


def log_end(path: Path, lines: int = 20) -> str:
    """The same for a message to the user: empty where there is no such log."""
    try:
        return tail(path, lines).rstrip()
    except OSError:
        return ""
