"""What the administrator of the Jupyter server set: for the server, and for controllers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..batch.job_environment import KEPT, clean_environment
from .options import Placement
from .policy import Policy, least, within
from .profile import Profile
from .scaling import GROW_AFTER, SHRINK_AFTER

SETTINGS_VARIABLE = "JUPYTER_DASK_SLURM_SETTINGS"
"""Where a server hands its settings on, as JSON: to its kernels, and to the command line in its terminals.
An administrator may set it for everybody. ``{"broken": "why"}`` where there are none that can be used."""


@dataclass(frozen=True)
class ControllerSettings:
    """What a controller obeys, in the record of its cluster. Durations in seconds, memory in bytes."""

    max_jobs: int | None = None
    """None is without limit."""
    idle_timeout: int = 0
    maximum_age: int = 0
    """Both count where the options leave them open; 0 is never."""
    local_cores: int | None = None
    local_memory: int | None = None
    """Of the embedded queue; None is what the host has."""
    policy: Policy = field(default_factory=Policy)


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
    placement: Placement = "local"
    """``"local"`` or ``"job"``; the three below are of such a job."""
    controller_partition: str | None = None
    controller_memory: int = 10**9
    controller_walltime: int = 7 * 86400
    local_cores: int | None = None
    local_memory: int | None = None
    environment_keep: tuple[str, ...] = KEPT
    environment_drop: tuple[str, ...] = ()
    """Patterns of names, see `clean_environment`."""
    profiles: tuple[Profile, ...] = ()
    policy: Policy = field(default_factory=Policy)
    policy_hook: str | None = None
    """The administrator's function that checks and rewrites options, as ``module:function``."""
    policy_hook_python: str | None = None
    """The Python that has it: the Jupyter server's."""
    documentation_url: str | None = None
    """Where the documentation is served, for links to it; None is nowhere."""

    def within_policy(self) -> Settings:
        """Return the same, cut to what the policy allows."""
        policy = self.policy
        return replace(
            self,
            max_clusters=least(self.max_clusters, policy.max_clusters),
            max_jobs=least(self.max_jobs, policy.max_jobs),
            idle_timeout=within(self.idle_timeout, policy.max_idle_timeout),
            maximum_age=within(self.maximum_age, policy.max_age),
        )

    def clean_environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return what of an environment reaches controllers and jobs."""
        return clean_environment(environ, self.environment_keep, self.environment_drop)

    def for_controller(self) -> ControllerSettings:
        """Return what of it a controller obeys."""
        return ControllerSettings(
            max_jobs=self.max_jobs,
            idle_timeout=self.idle_timeout,
            maximum_age=self.maximum_age,
            local_cores=self.local_cores,
            local_memory=self.local_memory,
            policy=self.policy,
        )
