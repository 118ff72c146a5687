"""Find out which batch system to use, and make it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from .base import BatchSystem


BatchName = Literal["slurm", "local"]


def find_batch_system(wanted: str) -> BatchName:
    """Return the batch system meant by ``auto``, ``slurm`` or ``local``. Raise ValueError for another word.

    ``auto`` is Slurm where there is an ``sbatch``, even if slurmctld does not answer: falling back to
    the embedded queue could run a large computation on a login node.
    """
    if wanted == "auto":
        return "slurm" if shutil.which("sbatch") else "local"
    if wanted in ("slurm", "local"):
        return "slurm" if wanted == "slurm" else "local"
    raise ValueError(f"batch system {wanted!r}: write auto, slurm or local")


def make_batch_system(
    name: str,
    *,
    directory: Path,
    cores: int | None = None,
    memory: int | None = None,
    umask: int | None = None,
    slurm_cluster: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> BatchSystem:
    """Return a batch system of that name, not started yet. Raise ValueError for an unknown name.

    ``directory`` is that of all clusters; the batch systems keep private directories in it
    whose names begin with a dot. ``cores`` and ``memory`` (bytes) bound the embedded queue; None
    is all that the host has. Jobs run with ``umask``; None is that of this process.
    ``slurm_cluster`` is which of a site's Slurm clusters is meant; None is the one that Slurm's
    commands speak of by themselves. ``environ`` is what they go by, and what jobs get; None is a cleaned
    copy of this process's.
    """
    # Imported here: a process needs one of them at most, and a server without a cluster neither.
    if name == "slurm":
        from .slurm.system import SlurmBatchSystem

        return SlurmBatchSystem(directory, environ, umask=umask, cluster=slurm_cluster)
    if name == "local":
        from .local.queue import LocalBatchSystem

        return LocalBatchSystem(directory, cores=cores, memory=memory, environ=environ, umask=umask)
    raise ValueError(f"there is no batch system {name!r}")
