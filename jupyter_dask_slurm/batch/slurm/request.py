"""What a job script asks Slurm for, whoever wrote which line of it. Pure.

An option of a form, a directive of a user and one of a site's YAML may speak of the same thing. Of several
lines for one option the last counts, as for ``sbatch``. What no line says, the user may have exported.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ..job_environment import FLAGS, asking_sbatch, exported_options, for_submission
from .parse import parse_gpus, parse_size
from .script import occurrences
from .walltime import parse_walltime

NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_LIMIT = ("UNLIMITED", "INFINITE", "-1")


@dataclass(frozen=True)
class Request:
    """What one job asks for. None is what the script leaves to Slurm, or what cannot be read; sizes are
    in bytes, times in seconds."""

    cores: int | None = None
    """Of the whole job: ``--cpus-per-task`` times the number of tasks, or ``--cpus-per-gpu`` times that of
    its GPUs."""
    memory: int | None = None
    """Of the whole job: ``--mem``, or ``--mem-per-cpu`` times its cores, or ``--mem-per-gpu`` times its
    GPUs; 0 is all of a node's."""
    walltime: int | None = None
    partition: str | None = None
    account: str | None = None
    qos: str | None = None
    clusters: str | None = None
    """The Slurm clusters that may take it; ``all``, or several, leave the choice to Slurm."""
    directory: str | None = None
    """Where it starts; None is where ``sbatch`` is run."""
    gpus: Mapping[str | None, int] = field(default_factory=dict, hash=False)
    """By type."""
    given: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Every option that counts, by its long name, as it was written."""
    exported: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Of these the ones that no line says: the variables that do."""
    overruled: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """Of options that are set more than once: the other values that were written before."""


def read_request(script: str, environ: Mapping[str, str] = NOTHING) -> Request:
    """Return what the ``#SBATCH`` lines of a script ask for, when it is submitted with the variables of
    ``environ`` as `for_submission` has it."""
    return _read(script, tuple(sorted(asking_sbatch(environ).items())))


@functools.lru_cache(maxsize=16)
def _read(script: str, variables: tuple[tuple[str, str], ...]) -> Request:
    """Every judgement of a preview asks for the same."""
    environ = dict(variables)
    lines = list(occurrences(script))
    given = dict(lines)
    exported = exported_options(for_submission(environ, given))
    given.update((o, "" if o in FLAGS else environ[name]) for o, name in exported.items())
    tasks = _tasks(given)
    gpus = _gpus(given, tasks)
    cores = _number(given.get("--cpus-per-task"))
    per_gpu = _number(given.get("--cpus-per-gpu"))
    if cores is not None or tasks > 1:
        cores = (cores or 1) * tasks
    elif per_gpu is not None and gpus:
        cores = per_gpu * sum(gpus.values())
    return Request(
        cores=cores,
        memory=_memory(given, cores, gpus),
        walltime=_walltime(given.get("--time")),
        partition=given.get("--partition") or None,
        account=given.get("--account") or None,
        qos=given.get("--qos") or None,
        clusters=given.get("--clusters") or None,
        directory=given.get("--chdir") or None,
        gpus=gpus,
        given=given,
        exported=exported,
        overruled=_overruled(lines, given),
    )


def _overruled(
    lines: Iterable[tuple[str, str]], given: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for option, value in lines:
        if value != given[option]:
            found.setdefault(option, {})[value] = None
    return {option: tuple(values) for option, values in found.items()}


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.strip().isdecimal() else None


def _walltime(text: str | None) -> int | None:
    if text is None or text.upper() in _NO_LIMIT:
        return None
    try:
        return parse_walltime(text)
    except ValueError:
        return None


def _tasks(given: Mapping[str, str]) -> int:
    tasks = _number(given.get("--ntasks"))
    if tasks is None:
        nodes = _number((given.get("--nodes") or "").partition("-")[0])
        tasks = (_number(given.get("--ntasks-per-node")) or 1) * (nodes or 1)
    return max(tasks, 1)


def _memory(
    given: Mapping[str, str], cores: int | None, gpus: Mapping[str | None, int]
) -> int | None:
    whole, per_core, per_gpu = (
        parse_size(given.get(option) or "")
        for option in ("--mem", "--mem-per-cpu", "--mem-per-gpu")
    )
    if whole is None and per_core is not None:
        return per_core * (cores or 1)
    if whole is None and per_gpu is not None and gpus:
        return per_gpu * sum(gpus.values())
    return whole


def _gpus(given: Mapping[str, str], tasks: int) -> dict[str | None, int]:
    """The larger of what the options say: Slurm holds a job to each of them."""
    found = dict(parse_gpus(given.get("--gres") or ""))
    for option, times in (
        ("--gpus", 1),
        ("--gpus-per-node", 1),
        ("--gpus-per-socket", 1),
        ("--gpus-per-task", tasks),
    ):
        # ``2``, ``a100:2``, ``a100:1,v100:1`` (sbatch manual, --gpus): as in --gres, without "gpu:".
        entries = [entry.strip() for entry in (given.get(option) or "").split(",")]
        for kind, count in parse_gpus(",".join(f"gpu:{e}" for e in entries if e)).items():
            found[kind] = max(found.get(kind, 0), count * times)
    return found
