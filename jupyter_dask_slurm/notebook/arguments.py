"""What `SLURMCluster` is called with: the keyword arguments of dask-jobqueue's, and the options that it
has beyond them.

What dask-jobqueue's mean is said by the process that renders the job script, see `job_script.arguments`.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from os import PathLike
from typing import Any

import dask.config

from ..batch.slurm.walltime import format_walltime
from ..errors import FieldProblem, InvalidOptions
from ..job_script.call import Call
from ..job_script.client import Renderer
from ..model.durations import written
from ..model.options import ClusterOptions

_THEIRS = (
    *("cores", "memory", "walltime", "processes", "python", "account", "interface"),
    *("log_directory", "local_directory", "death_timeout", "job_extra_directives"),
    *("job_script_prologue", "job_directives_skip", "worker_extra_args"),
)
"""Options that have the same word in both: they are read as dask-jobqueue reads them."""
EXTRA = tuple(option.name for option in fields(ClusterOptions) if option.name not in _THEIRS)
"""Options that dask-jobqueue has no word for, or another."""
_WITHOUT_MEANING = {
    "protocol": "clusters here speak TLS",
    "security": "each cluster here has a key of its own",
    "job_name": "jobs are named by their cluster",
}
_ELSEWHERE = {
    "host": """pass 'host' through 'scheduler_options': scheduler_options={"host": "…"}""",
    "dashboard_address": "pass 'dashboard_address' through 'scheduler_options', where it is left aside: "
    "the dashboard is reached through Jupyter",
    "scheduler_cls": "the scheduler is this package's own",
    "job_cls": "the jobs are Slurm's",
}


class InvalidArguments(InvalidOptions, ValueError):
    """`SLURMCluster` was called with what cannot be used, each in a line of its own."""

    def __init__(self, problems: Iterable[FieldProblem], given: Mapping[str, Any]) -> None:
        super().__init__(problems)
        self._given = given

    def __str__(self) -> str:
        lines = [f"{problem.field}: {problem.message}" for problem in self.problems]
        wrong = {problem.field for problem in self.problems}
        if {"cores", "memory"} & wrong:
            usual = {"cores": 8, "memory": "24GB"}
            words = (
                f"{n}={v if n in wrong else self._given.get(n, v)!r}" for n, v in usual.items()
            )
            lines.append(f"for example: SLURMCluster({', '.join(words)})")
        return "\n".join(lines)


@dataclass(frozen=True)
class Arguments:
    """``call`` has what dask-jobqueue would read, ``options`` the others."""

    call: Call
    options: ClusterOptions
    warnings: list[tuple[type[Warning], str]] = field(default_factory=list)
    """What its caller should hear."""

    def warn(self, level: int) -> None:
        """Say that, as from the caller so many levels up."""
        for category, text in self.warnings:
            warnings.warn(text, category, stacklevel=level + 1)


def read_arguments(given: Mapping[str, Any], config_name: str | None) -> Arguments:
    """Return the arguments, those with a value, sorted by who reads them. Raise InvalidArguments."""
    problems: list[FieldProblem] = []
    ours: dict[str, Any] = {}
    theirs: dict[str, Any] = {}
    unused: list[tuple[type[Warning], str]] = []
    for name, value in given.items():
        if value is None:
            continue
        if isinstance(value, timedelta):  # as Slurm has it, and each of our options reads it
            value = format_walltime(math.ceil(value.total_seconds()))
        if name in _ELSEWHERE:
            problems.append(FieldProblem(name, _ELSEWHERE[name]))
        elif name in _WITHOUT_MEANING:
            if not _is_so(name, value):
                unused.append((UserWarning, _unused(name, _WITHOUT_MEANING[name])))
        elif name in EXTRA:
            ours[name] = value
        else:
            try:
                theirs[name] = _as_json(value)
            except TypeError as error:
                problems.append(FieldProblem(name, str(error)))
    options = ClusterOptions()
    try:
        options = ClusterOptions.from_json(written(ours))
    except InvalidOptions as error:
        problems += error.problems
    if problems:
        raise InvalidArguments(problems, given)
    call = Call(config_name, set_here(config_name), theirs, directory=os.getcwd())
    return Arguments(call, options, unused)


async def resolve(arguments: Arguments, renderer: Renderer) -> ClusterOptions:
    """Return all options that the arguments give, and add to their warnings what dask-jobqueue says of old
    names, and what is not used. Raise InvalidOptions, and `Unavailable`."""
    options, aside, renamed = await renderer.arguments()
    arguments.warnings.extend((FutureWarning, text) for text in renamed)
    arguments.warnings.extend((UserWarning, _unused(note.field, note.message)) for note in aside)
    ours = {name: value for name, value in vars(arguments.options).items() if value is not None}
    return replace(options, **ours)


def set_here(config_name: str | None) -> Mapping[str, Any] | None:
    """Return what this process has set of dask's configuration for jobs: what the files do not say. None
    where it knows no such section."""
    where = f"jobqueue.{config_name or 'slurm'}"
    section = dask.config.get(where, None)
    if not isinstance(section, Mapping):
        return None
    try:
        files = dask.config.merge(*dask.config.defaults, dask.config.collect())
        before = dask.config.get(where, {}, config=files)
    except Exception:  # files that cannot be read, which the renderer says
        before = {}
    if not isinstance(before, Mapping):
        before = {}
    changed = {key: value for key, value in section.items() if before.get(key) != value}
    return {str(key): _as_json(value) for key, value in changed.items()}


def _unused(name: str, why: str) -> str:
    return f"{name} is not used: {why}"


def _is_so(name: str, value: object) -> bool:
    """Return whether that is what every cluster has here."""
    return value is True if name == "security" else str(value).removesuffix("://") == "tls"


def _as_json(value: object) -> Any:
    """Return a value as JSON has it. Raise TypeError."""
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, PathLike):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _as_json(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_as_json(entry) for entry in value]
    if hasattr(value, "item"):  # a number of numpy's
        return _as_json(value.item())
    raise TypeError(f"not text, a number or a list, but {type(value).__name__}")
