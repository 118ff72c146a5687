"""The environment that may be handed on to Slurm's commands, and through them to jobs."""

from __future__ import annotations

import re
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

_NAMED_OTHERWISE: Mapping[str, tuple[str, ...]] = {
    "--clusters": ("SBATCH_CLUSTERS", "SLURM_CLUSTERS"),
    "--mem": ("SBATCH_MEM_PER_NODE",),
    "--switches": ("SBATCH_REQ_SWITCH", "SBATCH_WAIT4SWITCH"),
    "--time": ("SBATCH_TIMELIMIT",),
}
SBATCH_VARIABLES: Mapping[str, tuple[str, ...]] = {
    **{
        f"--{name}": (f"SBATCH_{name.upper().replace('-', '_')}",)
        for name in re.findall(
            r"[a-z-]+",
            """
    account acctg-freq batch constraint container container-id core-spec cpus-per-gpu delay-boot
    distribution exclusive export get-user-env gpu-bind gpu-freq gpus gpus-per-node gpus-per-task
    gres gres-flags hint ignore-pbs mem-bind mem-per-cpu mem-per-gpu network no-kill no-requeue
    open-mode overcommit partition power profile qos requeue reservation segment signal spread-job
    thread-spec threads-per-core tres-bind tres-per-task use-min-nodes wckey
    """,
        )
    },
    **_NAMED_OTHERWISE,
}
"""The variables that ``sbatch`` reads for an option (its manual, Slurm 22.05 to 25.05), the one that counts
first. Those that are about ``sbatch`` itself are not among them."""
_ASKING = frozenset(name for names in SBATCH_VARIABLES.values() for name in names)
FLAGS = frozenset(
    {
        *("--ignore-pbs", "--no-requeue", "--overcommit", "--requeue", "--spread-job"),
        "--use-min-nodes",
    }
)
"""Those without a value: any of an empty text, ``yes`` and a number that is not 0 sets them."""
_MAY_BE_EMPTY = frozenset({"--exclusive", "--get-user-env", "--no-kill"})
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


def asking_sbatch(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that ask ``sbatch`` for something in a script's place."""
    return {name: value for name, value in environ.items() if name in _ASKING}


def requests(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the same without the Slurm cluster that is meant, which other commands have to know, too."""
    where = SBATCH_VARIABLES["--clusters"]
    return {n: value for n, value in asking_sbatch(environ).items() if n not in where}


def exported_options(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the ``sbatch`` options that the environment sets, by long name, with the variable of each
    that counts."""
    found = {}
    for option, names in SBATCH_VARIABLES.items():
        set_by = (name for name in names if _sets(option, environ.get(name)))
        if (name := next(set_by, None)) is not None:
            found[option] = name
    return found


def _sets(option: str, value: str | None) -> bool:
    """Return whether a variable of that value sets the option. Of most an empty one says nothing."""
    if value is None:
        return False
    if option in FLAGS:
        return value.lower() in ("", "yes") or (value.isdecimal() and int(value) != 0)
    return value != "" or option in _MAY_BE_EMPTY


def _is_stripped(name: str) -> bool:
    upper = name.upper()
    if name in _KEPT:
        return False
    return name in _OURS or upper.startswith(_STRIPPED_PREFIXES) or _SECRET in upper
