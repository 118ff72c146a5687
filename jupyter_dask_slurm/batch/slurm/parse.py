"""Read what Slurm's commands print: numbers, durations, job ids, GPUs, and its configuration. Pure.

Seen with Slurm 22.05. Jobs are read in `jobs`, partitions and their nodes in `partitions`, accounts
and QOS in `accounts`, the estimate of a start in `estimate`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..base import JOB_ID
from ..site import EnforcePartLimits
from .walltime import parse_walltime

_SIZE = re.compile(r"(\d+(?:\.\d+)?)([KMGTP]?)B?", re.IGNORECASE)
_SUBMITTED = re.compile(
    r"^[ \t]*(?:Submitted batch job )?(\d+)(?:(?:;| on cluster )(\S*))?[ \t\r]*$", re.MULTILINE
)
_GPUS = re.compile(
    r"(?:gres/)?gpu(?::(?P<type>(?!\d+[KMG]?$)[^:=,()]+))?(?:[:=](?P<count>\d+)(?P<unit>[KMG]?))?"
)
_ENFORCE: Mapping[str, EnforcePartLimits] = {"NO": "NO", "ANY": "ANY", "ALL": "ALL", "YES": "ALL"}
_GPU_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}
_WORDS_PER_COMMAND = 200
_TASKS_PER_COMMAND = 2000
SEPARATOR = "\x1f"
"""Between columns: it cannot occur in them."""


def parse_duration(text: str) -> int | None:
    """Return seconds; None for ``UNLIMITED``, ``INVALID``, ``NOT_SET``, ``NONE``, ``N/A``.

    Unlike an *option*, a printed duration always has a colon, so ``9:58`` is minutes and seconds.
    """
    try:
        return parse_walltime(text)
    except ValueError:
        return None


def parse_number(text: str) -> int | None:
    """Return a count as ``sinfo`` prints it: ``16``, or ``16+`` for "16 at least"; None for no number."""
    match = re.fullmatch(r"(\d+)\+?", text.strip())
    return int(match[1]) if match else None


def parse_count(text: str) -> int:
    """Return a count that ``sinfo`` may abbreviate: ``128``, ``1.5K``, ``2M``; 0 for what is no count."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([KMG]?)\+?", text.strip())
    return int(float(match[1]) * 1024 ** " KMG".index(match[2] or " ")) if match else 0


def parse_size(text: str) -> int | None:
    """Return the bytes of a size of memory as Slurm prints and reads it; None for what is none.

    ``8G``, ``1.50T``, ``512M``; suffixes are binary, and a bare number is MiB (``sbatch`` manual,
    ``--mem``).
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        return None
    return int(float(match[1]) * 1024.0 ** ("KMGTP".index(match[2].upper() or "M") + 1))


def parse_submission(text: str) -> tuple[str, str | None]:
    """Return the id in the answer of ``sbatch --parsable``, ``<id>`` or ``<id>;<cluster>``, and the
    Slurm cluster that took the job, where it is named.

    It has a line of its own: sites print banners before it, and balances behind it. A wrapper that
    knows no ``--parsable`` writes ``Submitted batch job <id>``. Raise ValueError when there is none.
    """
    found = _SUBMITTED.findall(text)
    if not found:
        raise ValueError(f"sbatch answered {text!r} and no job id")
    job, cluster = found[-1]
    return job, cluster or None


@dataclass(frozen=True)
class Configuration:
    """The lines of ``scontrol show config`` that matter here."""

    cluster: str | None
    max_array_size: int | None
    """How many tasks an array may have. ``MaxArraySize`` is the first index that is not allowed, and 0
    forbids arrays; ``max_array_tasks`` of ``SchedulerParameters`` may allow fewer (slurm.conf manual)."""
    accounting: bool = False
    """Whether ``sacct`` and ``sacctmgr`` have a slurmdbd to ask."""
    enforced: frozenset[str] = frozenset()
    """``AccountingStorageEnforce``: ``associations``, ``limits``, ``qos`` …"""
    enforce_part_limits: EnforcePartLimits | None = None
    slurm_user: int | None = None
    """The uid of Slurm's own user, who may do what root may."""
    max_memory_per_node: int | None = None
    """Where a partition sets none, in bytes. ``max_memory_per_core`` likewise."""
    max_memory_per_core: int | None = None


def parse_configuration(text: str) -> Configuration:
    """Read ``Key = value`` lines; a key that is missing is None."""
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    values = {key.strip(): value.strip() for key, value in pairs}
    sizes = [parse_number(values.get("MaxArraySize", ""))]
    for parameter in values.get("SchedulerParameters", "").split(","):
        name, _, value = parameter.partition("=")
        if name == "max_array_tasks":
            sizes.append(parse_number(value))
    slurm_user = re.search(r"\((\d+)\)", values.get("SlurmUser", ""))
    return Configuration(
        cluster=values.get("ClusterName") or None,
        max_array_size=min((size for size in sizes if size is not None), default=None),
        accounting=values.get("AccountingStorageType", "").endswith("slurmdbd"),
        enforced=frozenset(values.get("AccountingStorageEnforce", "none").split(","))
        - {"none", ""},
        enforce_part_limits=_ENFORCE.get(values.get("EnforcePartLimits", "").upper()),
        slurm_user=None if slurm_user is None else int(slurm_user[1]),
        max_memory_per_node=parse_size(values.get("MaxMemPerNode", "")),
        max_memory_per_core=parse_size(values.get("MaxMemPerCPU", "")),
    )


def parse_version(text: str) -> str:
    """Return the number in ``slurm-wlm 22.05.8`` or ``slurm 23.11.4``; the whole text when there is none."""
    match = re.search(r"\d+\.\d+\S*", text)
    return match[0] if match else text.strip()


def compress_ids(ids: list[str]) -> list[str]:
    """Return job ids as the fewest words for ``scancel`` and ``scontrol``: ``81_[0-7,9]``, ``82``."""
    tasks: dict[str, set[int]] = {}
    words: dict[str, None] = {}
    for job_id in ids:
        array, separator, index = job_id.partition("_")
        if separator:
            tasks.setdefault(array, set()).add(int(index))
        else:
            words[job_id] = None
    for array, indices in tasks.items():
        text = ",".join(_ranges(sorted(indices)))
        words[f"{array}_{text}" if len(indices) == 1 else f"{array}_[{text}]"] = None
    return list(words)


def portions(ids: Iterable[str]) -> Iterable[list[str]]:
    """Yield the ids as words, in portions that are not too long for a command line or for slurmctld."""
    known = (job_id for job_id in set(ids) if JOB_ID.fullmatch(job_id))
    ordered = sorted(known, key=lambda job_id: [int(part) for part in job_id.split("_")])
    for start in range(0, len(ordered), _TASKS_PER_COMMAND):
        words = compress_ids(ordered[start : start + _TASKS_PER_COMMAND])
        for first in range(0, len(words), _WORDS_PER_COMMAND):
            yield words[first : first + _WORDS_PER_COMMAND]


def parse_indices(text: str) -> Iterator[int]:
    """Yield the indices in ``3``, ``0-4,7`` or ``[0-9:2%5]``. Parts that cannot be read are skipped."""
    for part in text.strip("[]").partition("%")[0].split(","):
        match = re.fullmatch(r"(\d+)(?:-(\d+)(?::(\d+))?)?", part)
        if match:
            first = int(match[1])
            yield from range(first, int(match[2] or first) + 1, int(match[3] or 1))


def _ranges(indices: list[int]) -> Iterator[str]:
    first = last = indices[0]
    for index in [*indices[1:], None]:
        if index == last + 1:
            last = index
            continue
        yield str(first) if first == last else f"{first}-{last}"
        if index is not None:
            first = last = index


def parse_gpus(text: str) -> dict[str | None, int]:
    """Return how many GPUs by type are in a list of generic resources.

    A node has ``gpu:a100:4(S:0-1),gpu:v100:2``, and of these ``gpu:a100:1(IDX:0)`` are in use; a job
    asks for ``gpu:2``, ``gpu:a100`` or ``gres/gpu:2``; a limit is ``gres/gpu=2``. A type may begin
    with a digit (``gpu:2080ti:4``, ``gpu:1g.10gb``), but a number alone is a count.
    """
    found: dict[str | None, int] = {}
    for entry in _entries(text):
        match = _GPUS.fullmatch(entry)
        if match is None:
            continue
        count = 1 if match["count"] is None else int(match["count"]) * _GPU_UNITS[match["unit"]]
        if count:
            found[match["type"]] = found.get(match["type"], 0) + count
    return found


def _entries(text: str) -> Iterator[str]:
    """Yield what is between the commas, without what is in parentheses: there are commas, too."""
    for entry in re.sub(r"\([^)]*\)", "", text).split(","):
        yield entry.strip()
