"""Slurm's grammar of durations (``sbatch`` manual, option ``--time``)."""

from __future__ import annotations

import re

_TIME = re.compile(
    r"(?:(?P<days>[0-9]+)-(?P<dh>[0-9]+)(?::(?P<dm>[0-9]+)(?::(?P<ds>[0-9]+))?)?"
    r"|(?P<first>[0-9]+)(?::(?P<second>[0-9]+)(?::(?P<third>[0-9]+))?)?)"
)


def parse_walltime(text: str) -> int:
    """Return the seconds of one of Slurm's forms of a duration.

    ``M``, ``M:S``, ``H:M:S``, ``D-H``, ``D-H:M`` and ``D-H:M:S``; a bare number is minutes.
    Raise ValueError for anything else, Slurm's words for "no limit" included.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a time; write minutes, H:M:S or D-H:M:S")
    if match["days"] is not None:
        days, hours, minutes, seconds = (int(match[k] or 0) for k in ("days", "dh", "dm", "ds"))
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    first, second, third = match["first"], match["second"], match["third"]
    if third is not None:
        return (int(first) * 60 + int(second)) * 60 + int(third)
    return int(first) * 60 + int(second or 0)


def format_walltime(seconds: int) -> str:
    """Return the form in which Slurm prints a duration: ``HH:MM:SS``, with ``D-`` before it from a day on."""
    minutes, secs = divmod(seconds, 60)
    hours, mins = divmod(minutes, 60)
    days, hrs = divmod(hours, 24)
    clock = f"{hrs:02d}:{mins:02d}:{secs:02d}"
    return f"{days}-{clock}" if days else clock
