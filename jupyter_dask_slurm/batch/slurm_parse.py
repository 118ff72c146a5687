"""What Slurm's commands print of a site and of job ids, read into values. Pure.

Seen with Slurm 22.05. The formats asked for stand beside; columns are separated by a character that
cannot occur in them. What is printed of jobs is read in `slurm_jobs`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .base import Partition
from .walltime import parse_walltime

SEPARATOR = "\x1f"

_NODE_COLUMNS = ("%R", "%C", "%c", "%m")
NODE_FORMAT = SEPARATOR.join(_NODE_COLUMNS)

_MIB = 1024**2


def parse_duration(text: str) -> int | None:
    """Seconds; None for ``UNLIMITED``, ``INVALID``, ``NOT_SET``, ``NONE``, ``N/A``.

    Unlike an *option*, a printed duration always has a colon, so ``9:58`` is minutes and seconds.
    """
    try:
        return parse_walltime(text)
    except ValueError:
        return None


def parse_number(text: str) -> int | None:
    """A count as ``sinfo`` prints it: ``16``, or ``16+`` for "16 at least"; None for no number."""
    match = re.fullmatch(r"(\d+)\+?", text.strip())
    return int(match[1]) if match else None


def parse_submission(text: str) -> str:
    """The id in the answer of ``sbatch --parsable``: on the last line, before ``;<cluster>``.

    Sites print banners before it. Raises ValueError when there is none.
    """
    lines = text.split()
    match = re.fullmatch(r"(\d+)(?:;.*)?", lines[-1]) if lines else None
    if match is None:
        raise ValueError(f"sbatch answered {text!r} and no job id")
    return match[1]


@dataclass(frozen=True)
class NodeSizes:
    """What the nodes of one partition have: memory in bytes, per node that of the largest."""

    idle_cores: int
    usable_cores: int
    """Cores of nodes that are up, in use or not."""
    total_cores: int
    cores_per_node: int | None
    memory_per_node: int | None


def parse_nodes(text: str) -> dict[str, NodeSizes]:
    """The rows of ``sinfo -h -e -o NODE_FORMAT`` (a row for each size of node) by partition."""
    found: dict[str, NodeSizes] = {}
    for row in text.splitlines():
        values = row.split(SEPARATOR)
        if len(values) != len(_NODE_COLUMNS):
            continue
        name, counts, cores, memory = values
        numbers = [parse_count(part) for part in counts.split("/")]
        if len(numbers) != 4:
            continue
        allocated, idle, _, total = numbers
        megabytes = parse_number(memory)
        sizes = NodeSizes(
            idle_cores=idle,
            usable_cores=allocated + idle,
            total_cores=total,
            cores_per_node=parse_number(cores),
            memory_per_node=None if megabytes is None else megabytes * _MIB,
        )
        found[name] = _merge(found[name], sizes) if name in found else sizes
    return found


def parse_count(text: str) -> int:
    """A count that ``sinfo`` may abbreviate: ``128``, ``1.5K``, ``2M``; 0 for what is no count."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([KMG]?)\+?", text.strip())
    return int(float(match[1]) * 1024 ** " KMG".index(match[2] or " ")) if match else 0


def _merge(one: NodeSizes, other: NodeSizes) -> NodeSizes:
    return NodeSizes(
        idle_cores=one.idle_cores + other.idle_cores,
        usable_cores=one.usable_cores + other.usable_cores,
        total_cores=one.total_cores + other.total_cores,
        cores_per_node=_most(one.cores_per_node, other.cores_per_node),
        memory_per_node=_most(one.memory_per_node, other.memory_per_node),
    )


def _most(one: int | None, other: int | None) -> int | None:
    known = [value for value in (one, other) if value is not None]
    return max(known, default=None)


def parse_partitions(text: str, nodes: Mapping[str, NodeSizes]) -> tuple[Partition, ...]:
    """The lines of ``scontrol show partition -o``, with what ``sinfo`` says of their nodes."""
    found = []
    for line in text.splitlines():
        fields = dict(pair.split("=", 1) for pair in line.split() if "=" in pair)
        name = fields.get("PartitionName")
        if name is None:
            continue
        sizes = nodes.get(name)
        usable = sizes is None or sizes.usable_cores > 0
        found.append(
            Partition(
                name=name,
                default=fields.get("Default") == "YES",
                available=fields.get("State", "UP") == "UP" and usable,
                nodes=parse_number(fields.get("TotalNodes", "")),
                cores_per_node=sizes.cores_per_node if sizes else None,
                memory_per_node=sizes.memory_per_node if sizes else None,
                max_walltime=parse_duration(fields.get("MaxTime", "")),
                default_walltime=parse_duration(fields.get("DefaultTime", "")),
                idle_cores=sizes.idle_cores if sizes else None,
                total_cores=sizes.total_cores
                if sizes
                else parse_number(fields.get("TotalCPUs", "")),
            )
        )
    return tuple(found)


@dataclass(frozen=True)
class Configuration:
    """The lines of ``scontrol show config`` that matter here."""

    cluster: str | None
    max_array_size: int | None
    accounting: bool = False
    """Whether ``sacct`` has a slurmdbd to ask."""


def parse_configuration(text: str) -> Configuration:
    """``Key = value`` lines; a key that is missing is None."""
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    values = {key.strip(): value.strip() for key, value in pairs}
    return Configuration(
        cluster=values.get("ClusterName") or None,
        max_array_size=parse_number(values.get("MaxArraySize", "")),
        accounting=values.get("AccountingStorageType", "").endswith("slurmdbd"),
    )


def parse_version(text: str) -> str:
    """``slurm-wlm 22.05.8`` or ``slurm 23.11.4`` → the number; the whole text when there is none."""
    match = re.search(r"\d+\.\d+\S*", text)
    return match[0] if match else text.strip()


def compress_ids(ids: list[str]) -> list[str]:
    """Job ids as few words as ``scancel`` and ``scontrol`` take: ``81_[0-7,9]``, ``82``, ``83_4``."""
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


def parse_indices(text: str) -> Iterator[int]:
    """The indices of an array expression: ``3``, ``0-4,7``, ``[0-9:2%5]``. Unreadable parts are none."""
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
