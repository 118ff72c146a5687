"""GPUs in Slurm's words: of nodes, of jobs, and of limits. Pure.

A node has ``gpu:a100:4(S:0-1),gpu:v100:2``, and of these ``gpu:a100:1(IDX:0)`` are in use; a job asks
for ``gpu:2``, ``gpu:a100`` or ``gres/gpu:2``; a limit is ``gres/gpu=2``. A type may begin with a digit
(``gpu:2080ti:4``, ``gpu:1g.10gb``), but what is nothing but a number is a count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_ENTRY = re.compile(
    r"(?:gres/)?gpu(?::(?P<type>(?!\d+[KMG]?$)[^:=,()]+))?(?:[:=](?P<count>\d+)(?P<unit>[KMG]?))?"
)
_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}


def parse_gpus(text: str) -> dict[str | None, int]:
    """How many GPUs by type in a list of generic resources; other resources are left out."""
    found: dict[str | None, int] = {}
    for entry in _entries(text):
        match = _ENTRY.fullmatch(entry)
        if match is None:
            continue
        count = 1 if match["count"] is None else int(match["count"]) * _UNITS[match["unit"]]
        if count:
            found[match["type"]] = found.get(match["type"], 0) + count
    return found


def _entries(text: str) -> Iterator[str]:
    """What stands between the commas, without what stands in brackets: there are commas, too."""
    for entry in re.sub(r"\([^)]*\)", "", text).split(","):
        yield entry.strip()
