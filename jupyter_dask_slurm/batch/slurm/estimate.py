"""Read what ``sbatch --test-only`` prints into an estimate. Pure.

Seen with Slurm 22.05, on standard error in both cases, with ``SLURM_TIME_FORMAT=%s``::

    sbatch: Job 4 to start at 1795831891 using 1 processors on nodes n2 in partition gpu
    sbatch: Job 4 to start at 1795831891 on cluster lab a using 1 processors on nodes …  (25.05)
    allocation failure: Requested node configuration is not available
"""

from __future__ import annotations

import datetime
import re

from ..base import Estimate

_START = re.compile(
    r"Job \d+ to start at (?P<start>\S+)(?: on cluster \S+)?(?:(?: a)? using \d+ processors)?"
    r"(?: on (?:nodes )?(?P<node>\S+))?(?: in partition (?P<partition>\S+))?"
)
_FAILURE = "allocation failure: "


def parse_estimate(text: str) -> Estimate:
    """Return the start, or, where there is none, the words that say why."""
    match = _START.search(text)
    if match is None:
        return Estimate(message=_words(text))
    return Estimate(
        start=_seconds(match["start"]), node=match["node"], partition=match["partition"]
    )


def _seconds(text: str) -> float | None:
    """Return seconds since the epoch; None for ``Unknown``.

    An old Slurm ignores ``SLURM_TIME_FORMAT`` and prints the host's local time.
    """
    if text.isdecimal():
        return float(text)
    try:
        return datetime.datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None


def _words(text: str) -> str | None:
    """Return the lines without the prefixes that only name the command."""
    lines = (line.strip().removeprefix("sbatch: ") for line in text.splitlines())
    lines = (line.removeprefix("error: ").removeprefix(_FAILURE) for line in lines)
    return "\n".join(line for line in lines if line) or None
