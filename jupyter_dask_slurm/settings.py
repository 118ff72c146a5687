"""What the administrator of the Jupyter server set, handed from the extension to the manager."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Durations in seconds, memory in bytes; None stands for what the host has."""

    state_dir: Path
    batch_system: str = "auto"
    """``"auto"``, ``"slurm"`` or ``"local"``."""
    max_clusters: int = 20
    max_jobs: int = 10_000
    idle_timeout: int = 8 * 3600
    local_cores: int | None = None
    local_memory: int | None = None
