"""The environment that may be handed on to Slurm's commands, and through them to jobs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase

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
_OF_A_JOB = (
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
)
_JUPYTERS = ("JUPYTER*", "JPY_*")
"""sbatch exports everything it is given: what opens the user's Jupyter does not belong in jobs."""
_SECRETS = (
    *(
        "*TOKEN",
        "*TOKENS",
        "*TOKEN_*",
        "*SECRET*",
        "*PASSWORD*",
        "*PASSWD*",
        "*PASSPHRASE*",
        "*_PASS",
    ),
    *("*API_KEY*", "*APIKEY*", "*ACCESS_KEY*", "*PRIVATE_KEY*"),
)
_PLACES = ("_FILE", "_PATH", "_DIR")
"""How names end that say where a secret lies, which is none."""
KEPT = ("AWS_*",)
"""The patterns of secrets that reach jobs unless an administrator says otherwise."""
_AWS_CREDENTIALS = frozenset(
    f"AWS_{name}"
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "SECURITY_TOKEN")
)
_POSIX_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
Clean = Callable[[Mapping[str, str]], dict[str, str]]

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


def clean_environment(
    environ: Mapping[str, str], keep: Iterable[str] = KEPT, drop: Iterable[str] = ()
) -> dict[str, str]:
    """Return a copy without what describes the job and the Jupyter that we may run in, and without secrets.

    Used for every command of a batch system, and for the start of a controller. What a user exports
    for ``sbatch`` stays (``SBATCH_ACCOUNT``, ``SLURM_CLUSTERS`` …), as it counts in a terminal.
    ``keep`` and ``drop`` are patterns of names, of which the first win. Keys of AWS are whole: the pair of
    temporary ones is refused without its session token.
    """
    keep, drop = tuple(keep), (*_JUPYTERS, *drop)

    def is_left(name: str) -> bool:
        return _matches(name, keep) or not (_matches(name, drop) or is_secret(name))

    outside = outside_of_jobs(environ)
    kept = {name: value for name, value in outside.items() if name in _KEPT or is_left(name)}
    if any(name in outside and name not in kept for name in _AWS_CREDENTIALS):
        kept = {name: value for name, value in kept.items() if name not in _AWS_CREDENTIALS}
    return kept


def outside_of_jobs(environ: Mapping[str, str]) -> dict[str, str]:
    """Return a copy without what describes the job that we may run in, or would be read as options."""
    return {name: value for name, value in environ.items() if not _is_of_a_job(name)}


def is_secret(name: str) -> bool:
    """Return whether a variable of that name holds a secret, as far as a name tells."""
    return _matches(name, _SECRETS) and not name.upper().endswith(_PLACES)


def why_not_in_a_script(name: str) -> str | None:
    """Return what is wrong with a variable that somebody wants to set for jobs; None if nothing is."""
    if not _POSIX_NAME.fullmatch(name):
        return "a name has letters, digits and _, and begins with no digit"
    if is_secret(name):
        return (
            "it looks like a secret, and a job script is shown by scontrol and lies in files: put it into a "
            "file that only you can read, or let Jupyter pass it on (environment_keep)"
        )
    if name.startswith("SBATCH_"):
        return "sbatch reads it before there is a job: use an option or a directive"
    if name.startswith(("SLURM_", "SLURMD_")):
        return "Slurm sets it in its jobs"
    return None


def _matches(name: str, patterns: Iterable[str]) -> bool:
    upper = name.upper()
    return any(fnmatchcase(upper, pattern.upper()) for pattern in patterns)


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


def _is_of_a_job(name: str) -> bool:
    return name not in _KEPT and (name in _OURS or name.upper().startswith(_OF_A_JOB))
