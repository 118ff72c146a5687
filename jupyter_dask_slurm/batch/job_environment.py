"""The environment that may be handed on to Slurm's commands, and through them to jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_KEPT = frozenset(
    {
        # Which Slurm is meant, and with which identity: slurmd sets none of them for a job.
        "SLURM_CLUSTERS",
        "SLURM_CONF",
        "SLURM_CONF_SERVER",
        "SLURM_JWT",
    }
)
_OURS = frozenset(
    # These beat the script's lines (sbatch manual, INPUT ENVIRONMENT VARIABLES), and by those lines
    # we know our jobs again; the last two would keep a command from ending.
    f"SBATCH_{name}"
    for name in ("ARRAY_INX", "ERROR", "INPUT", "JOB_NAME", "OUTPUT", "WAIT", "WAIT_ALL_NODES")
)
_STRIPPED_PREFIXES = (
    # Jupyter often runs inside a job: these would be read as options, or taken for the job's own.
    "SLURM_",
    "SLURMD_",
    # A user's own formats and filters are not those that are read here.
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

SBATCH_VARIABLES: Mapping[str, tuple[str, ...]] = {
    "--account": ("SBATCH_ACCOUNT",),
    "--clusters": ("SBATCH_CLUSTERS", "SLURM_CLUSTERS"),
    "--constraint": ("SBATCH_CONSTRAINT",),
    "--cpus-per-gpu": ("SBATCH_CPUS_PER_GPU",),
    "--exclusive": ("SBATCH_EXCLUSIVE",),
    "--gpus": ("SBATCH_GPUS",),
    "--gpus-per-node": ("SBATCH_GPUS_PER_NODE",),
    "--gpus-per-task": ("SBATCH_GPUS_PER_TASK",),
    "--gres": ("SBATCH_GRES",),
    "--mem": ("SBATCH_MEM_PER_NODE",),
    "--mem-per-cpu": ("SBATCH_MEM_PER_CPU",),
    "--mem-per-gpu": ("SBATCH_MEM_PER_GPU",),
    "--no-requeue": ("SBATCH_NO_REQUEUE",),
    "--partition": ("SBATCH_PARTITION",),
    "--qos": ("SBATCH_QOS",),
    "--requeue": ("SBATCH_REQUEUE",),
    "--reservation": ("SBATCH_RESERVATION",),
    "--signal": ("SBATCH_SIGNAL",),
    "--time": ("SBATCH_TIMELIMIT",),
    "--tres-per-task": ("SBATCH_TRES_PER_TASK",),
}
"""The variables that ``sbatch`` reads for an option (its manual), the one that counts first."""
_EXCLUDE_EACH_OTHER = (
    ("--mem", "--mem-per-cpu", "--mem-per-gpu"),
    ("--requeue", "--no-requeue"),
)


def clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return a copy without what describes the job and the Jupyter that we may run in.

    Used for every command of a batch system, and for the start of a controller. What a user exports
    for ``sbatch`` stays (``SBATCH_ACCOUNT``, ``SLURM_CLUSTERS`` …), as it counts in a terminal.
    """
    return {name: value for name, value in environ.items() if not _is_stripped(name)}


def for_submission(environ: Mapping[str, str], options: Iterable[str]) -> dict[str, str]:
    """Return a copy in which no variable overrules one of those ``sbatch`` options of the script.

    ``sbatch`` prefers a variable to a line of the script. Here the script is what the user chose
    and saw, and a variable is the default for what the script leaves open.
    """
    said = set(options)
    for group in _EXCLUDE_EACH_OTHER:
        if said.intersection(group):
            said.update(group)
    overruling = {name for option in said for name in SBATCH_VARIABLES.get(option, ())}
    return {name: value for name, value in environ.items() if name not in overruling}


def exported_options(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the ``sbatch`` options that the environment sets, by long name, with the variable of each
    that counts. An empty one says nothing."""
    found = {}
    for option, names in SBATCH_VARIABLES.items():
        if (name := next((name for name in names if environ.get(name)), None)) is not None:
            found[option] = name
    return found


def _is_stripped(name: str) -> bool:
    upper = name.upper()
    if name in _KEPT:
        return False
    return name in _OURS or upper.startswith(_STRIPPED_PREFIXES) or _SECRET in upper
