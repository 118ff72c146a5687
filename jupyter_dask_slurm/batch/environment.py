"""The environment that may be handed on to Slurm's commands, and through them to jobs."""

from __future__ import annotations

from collections.abc import Mapping

_KEPT = frozenset({"SLURM_CONF"})
_STRIPPED_PREFIXES = (
    # Jupyter often runs inside a job: these would be read as options, or taken for the job's own.
    "SLURM_",
    "SLURMD_",
    "SBATCH_",
    "SQUEUE_",
    "SCANCEL_",
    "SACCT_",
    "SINFO_",
    "SCONTROL_",
    "PMIX_",
    "PMI_",
    # sbatch exports everything it is given: what opens the user's Jupyter does not belong in jobs.
    "JUPYTER",
    "JPY_",
)
_SECRET = "TOKEN"


def clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """A copy without what describes the job and the Jupyter that we may run in.

    Used for every command of a batch system, and for the start of a controller. ``SLURM_CONF``
    stays: it says which Slurm is meant.
    """
    return {name: value for name, value in environ.items() if not _is_stripped(name.upper(), name)}


def _is_stripped(upper: str, name: str) -> bool:
    return name not in _KEPT and (upper.startswith(_STRIPPED_PREFIXES) or _SECRET in upper)
