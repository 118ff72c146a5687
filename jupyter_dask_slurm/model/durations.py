"""Durations: what each option means by a number or a text, wherever it is given. Seconds inside.

One grammar of text for all: Slurm's forms (``1:30`` is one and a half minutes, ``1-12`` a day and a
half), or numbers with units (``90 s``, ``30 min``, ``1 h 30 min``, ``2 days``). Only a bare number
depends on the option. A walltime is Slurm's, and ``"90"`` are minutes. Every other duration is a
time-out, whose bare number is seconds, as for Jupyter and dask.

JSON of ours (REST, and the files that we write) has seconds in all its numbers, those of walltimes
included. `written` makes the same of what people write: YAML, the administrator's Python, the command
line. The panel reads the same texts (``newcluster/model/duration.ts``); one table tests both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..batch.slurm.walltime import format_walltime, parse_walltime
from ..errors import InvalidOptions

MAX_DURATION = 366 * 24 * 3600
WALLTIMES = ("walltime", "controller_walltime", "max_walltime")
"""The options that are walltimes, and the bound of one."""
EXAMPLES = "30 min, 2 h or 1-12:00:00"
_SHORT = {
    "second": ("s", "sec", "secs"),
    "minute": ("m", "min", "mins"),
    "hour": ("h", "hr", "hrs"),
    "day": ("d",),
    "week": ("w",),
}
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400}
_UNITS = {
    unit: _SECONDS[word] for word, short in _SHORT.items() for unit in (word, f"{word}s", *short)
}
_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?")
_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?) ?([a-z]+) ?")
_PARTS = re.compile(rf"(?:{_PART.pattern})+")


def read_walltime(raw: object) -> int:
    """Return the seconds of a walltime in JSON: a number of seconds, or text. Raise ValueError."""
    if isinstance(raw, bool) or not isinstance(raw, (str, int)):
        raise ValueError(f"a time such as {EXAMPLES}")
    seconds = parse_walltime_text(raw) if isinstance(raw, str) else raw
    if not 0 < seconds <= MAX_DURATION:
        raise ValueError("more than 0 and at most 366 days")
    return seconds


def timeout_reader(least: int, most: int = MAX_DURATION) -> Callable[[object], int]:
    """Return what reads a time-out, from ``least`` to ``most`` seconds: a number of seconds, or text. It
    raises ValueError."""

    def read(raw: object) -> int:
        if isinstance(raw, bool) or not isinstance(raw, (str, int)):
            raise ValueError(f"a whole number of seconds, or a time such as {EXAMPLES}")
        seconds = parse_timeout(raw) if isinstance(raw, str) else raw
        if not least <= seconds <= most:
            raise ValueError(f"from {least} to {most} seconds")
        return seconds

    return read


def parse_walltime_text(text: str) -> int:
    """Return the seconds of a walltime that somebody wrote: a bare number is minutes, and whole as Slurm
    has it. Raise ValueError."""
    return _parse(text, bare=60)


def parse_timeout(text: str) -> int:
    """Return the seconds of a time-out that somebody wrote: a bare number is seconds. What dask reads
    (``dask.utils.parse_timedelta``) means the same; a test compares the two, because the Jupyter server
    must not import dask. Raise ValueError."""
    return _parse(text, bare=1)


def _parse(text: str, *, bare: int) -> int:
    words = " ".join(text.split()).lower()
    number = _NUMBER.fullmatch(words)
    parts = _PART.findall(words) if _PARTS.fullmatch(words) else []
    try:
        if number is not None and (bare == 1 or number[1] is None):
            seconds = float(words) * bare
        elif parts:
            seconds = sum(float(count) * _UNITS[unit] for count, unit in parts)
        else:
            seconds = parse_walltime(words)
    except (KeyError, ValueError):
        raise ValueError(f"{text!r} is not a time; write for example {EXAMPLES}") from None
    return int(min(seconds, 2**53))  # beyond any bound, and never infinite


def checked_seconds(field: str, value: object, *, least: int = 0) -> int:
    """Return a time-out that a request gives. Raise InvalidOptions, which names the field."""
    try:
        return timeout_reader(least)(value)
    except ValueError as error:
        raise InvalidOptions.of(field, str(error)) from None


def written(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options that somebody wrote, as JSON of ours: a walltime's number becomes the text that Slurm
    would read."""
    return {name: _written(name, raw) for name, raw in options.items()}


def _written(name: str, raw: Any) -> Any:
    number = isinstance(raw, (int, float)) and not isinstance(raw, bool)
    return str(raw) if number and name in WALLTIMES else raw


def readable(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options in JSON of ours with their walltimes as text, which is the same wherever it is read."""
    return {
        name: format_walltime(value) if name in WALLTIMES and isinstance(value, int) else value
        for name, value in options.items()
    }
