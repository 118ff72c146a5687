"""What the administrator of the Jupyter server set, handed from the extension to the manager."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .profile import Profile
from .scaling import GROW_AFTER, SHRINK_AFTER


@dataclass(frozen=True)
class Settings:
    """Durations in seconds, memory in bytes; None stands for what the host has."""

    state_dir: Path
    batch_system: str = "auto"
    """``"auto"``, ``"slurm"`` or ``"local"``."""
    max_clusters: int = 20
    max_jobs: int = 10_000
    idle_timeout: int = 8 * 3600
    maximum_age: int = 0
    grow_after: int = GROW_AFTER
    shrink_after: int = SHRINK_AFTER
    placement: str = "local"
    """``"local"`` or ``"job"``; the three below are of such a job."""
    controller_partition: str | None = None
    controller_memory: int = 10**9
    controller_walltime: int = 7 * 86400
    local_cores: int | None = None
    local_memory: int | None = None
    profiles: tuple[Profile, ...] = ()
