"""Durations: what each option means by a number or a text, wherever it is given. Seconds inside.

A walltime is Slurm's, and read as Slurm reads it: 90 and ``"90"`` are minutes. Every other duration
is a time-out, whose bare number is seconds, as for Jupyter and dask: 90 and ``"90"`` are one and a half
minutes. Written with a colon or a day, both are the same: ``"30:00"`` is half an hour.

JSON of ours (REST, and the files that we write) has seconds in all its numbers, those of walltimes
included. `written` makes the same of what people write: YAML, the administrator's Python, the command
line.
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
_WORDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400}
_UNITS = {
    "": 1,
    **{word[0]: seconds for word, seconds in _WORDS.items()},
    **_WORDS,
    **{f"{word}s": seconds for word, seconds in _WORDS.items()},
}
_TIMEOUT = re.compile(r"(?P<number>\d+(?:\.\d*)?)\s*(?P<unit>[a-z]*)", re.IGNORECASE)


def read_walltime(raw: object) -> int:
    """Return the seconds of a walltime in JSON: a number of seconds, or text in one of Slurm's forms.
    Raise ValueError."""
    if isinstance(raw, bool) or not isinstance(raw, (str, int)):
        raise ValueError("a time such as 01:00:00")
    seconds = parse_walltime(raw) if isinstance(raw, str) else raw
    if not 0 < seconds <= MAX_DURATION:
        raise ValueError("more than 0 and at most 366 days")
    return seconds


def timeout_reader(least: int, most: int = MAX_DURATION) -> Callable[[object], int]:
    """Return what reads a time-out, from ``least`` to ``most`` seconds: a number of seconds, or text. It
    raises ValueError."""

    def read(raw: object) -> int:
        if isinstance(raw, bool) or not isinstance(raw, (str, int)):
            raise ValueError("a whole number of seconds, or a time such as 01:00:00 or 2 minutes")
        seconds = parse_timeout(raw) if isinstance(raw, str) else raw
        if not least <= seconds <= most:
            raise ValueError(f"from {least} to {most} seconds")
        return seconds

    return read


def parse_timeout(text: str) -> int:
    """Return the seconds of a time-out in text: one of Slurm's forms with a colon or a day, else a
    number with a unit as dask reads it (``dask.utils.parse_timedelta``; a test compares the two,
    because the Jupyter server must not import dask), without a unit seconds. Raise ValueError."""
    if ":" in text or "-" in text:
        return parse_walltime(text)
    match = _TIMEOUT.fullmatch(text.strip())
    factor = None if match is None else _UNITS.get(match["unit"].lower())
    if match is None or factor is None:
        raise ValueError(f"{text!r} is not a time; write seconds, 01:00:00 or 2 minutes")
    return int(float(match["number"]) * factor)


def checked_seconds(field: str, value: object, *, least: int = 0) -> int:
    """Return a duration that a request gives. Raise InvalidOptions, which names the field."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidOptions.of(field, "a whole number of seconds")
    if not least <= value <= MAX_DURATION:
        raise InvalidOptions.of(field, f"from {least} to {MAX_DURATION} seconds")
    return value


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
