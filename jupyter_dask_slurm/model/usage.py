"""What the jobs of a cluster used of what they asked for, and what would do. Pure.

Memory is dask's *process* memory, which is managed and unmanaged memory together, as the workers report it:
what is spilled lies on a disk, and counts by itself. It is looked at every few seconds, so a peak between two
looks may be missed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .options import ClusterOptions

SPILLS_AT = 0.7
"""The part of its memory above which a worker spills whatever it holds, see ``distributed.worker.memory``."""
ENOUGH_WORK = 600.0
"""Seconds that jobs have to run tasks, all together, before their size is called too large."""
PAUSED_FOR_LONG = 10.0
"""Seconds that workers are paused for their memory, before it is called too small."""
MORE = 1.5
"""How much larger a job has to be at least that had too little memory."""
SPARE_CORES = 1.25
_SIZES = (1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128, 160, 192, 256)
"""GB (or GiB) that people ask for; beyond the last, whole multiples of it."""


@dataclass(frozen=True)
class Usage:
    """What was measured of the jobs, ended ones included, while a worker of theirs was connected."""

    jobs: int = 0
    """Those of which a worker ever was."""
    busy_seconds: int = 0
    """How long jobs ran tasks, all together."""
    cpu_mean: float | None = None
    """Cores that one job used then, on average. None before it ran any."""
    memory_peak: int = 0
    """Bytes that the workers of one job used together, at most."""
    worker_peak: int = 0
    """Bytes that one worker used, at most."""
    memory_spilled: int = 0
    """Bytes that the workers of one job had on disk for want of memory, at most."""
    paused_seconds: int = 0
    """How long workers were paused for their memory, all together."""
    memory_kills: int = 0
    """Workers that their nanny killed for their memory, and jobs that Slurm ended OUT_OF_MEMORY."""


@dataclass(frozen=True)
class Used:
    """All that a cluster has used, as its controller writes it down: it outlives it."""

    core_seconds: int | None = None
    usage: Usage | None = None


@dataclass(frozen=True)
class SizeAdvice:
    """The size of one job that would do. None is as it is."""

    memory: int | None = None
    """Bytes."""
    cores: int | None = None


def advise(options: ClusterOptions, usage: Usage | None) -> SizeAdvice | None:
    """Return what would do where what was asked for is clearly too much, or too little."""
    if usage is None:
        return None
    advice = SizeAdvice(_memory(options, usage), _cores(options, usage))
    return None if advice == SizeAdvice() else advice


def _memory(options: ClusterOptions, usage: Usage) -> int | None:
    asked = options.memory
    if not asked or not usage.memory_peak:
        return None
    # Each worker has an equal part of the memory: the fullest of them counts.
    held = max(usage.memory_peak, usage.worker_peak * (options.processes or 1))
    needed = (held + usage.memory_spilled) / SPILLS_AT
    if usage.memory_kills or usage.paused_seconds >= PAUSED_FOR_LONG:
        return rounded(max(needed, asked * MORE), like=asked)
    would_do = rounded(needed, like=asked)
    enough = usage.busy_seconds >= ENOUGH_WORK
    return would_do if enough and would_do <= asked / 2 else None


def _cores(options: ClusterOptions, usage: Usage) -> int | None:
    asked, processes = options.cores, options.processes or 1
    # The cores of a job with GPUs are mostly the site's rule, and seldom what its work is about.
    if not asked or usage.cpu_mean is None or options.gres or usage.busy_seconds < ENOUGH_WORK:
        return None
    would_do = processes * max(1, math.ceil(usage.cpu_mean * SPARE_CORES / processes))
    return would_do if would_do <= asked / 2 else None


def rounded(size: float, *, like: int) -> int:
    """Return a size that people would ask for, and that is not smaller, in GB, or in GiB if the other is."""
    unit = 1024**3 if like % 1024**3 == 0 else 1000**3
    wanted = size / unit
    fits = [each for each in _SIZES if each >= wanted]
    return int(unit * (fits[0] if fits else _SIZES[-1] * math.ceil(wanted / _SIZES[-1])))
