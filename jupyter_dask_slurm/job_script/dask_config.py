"""What dask's configuration says: ``jobqueue.slurm.*``, read as options, and the profiles of
``jupyter-dask-slurm.profiles``, which users may add to.

Words that dask-jobqueue has renamed are still understood. Keys with no meaning here are ignored:
``name`` and ``log-directory``'s file names (jobs are named and logged by cluster),
``shared-temp-directory`` (keys lie in the cluster's directory; it is only handed on to who exports a
job) and, among ``scheduler-options``,
all but ``interface``, ``host`` and ``port``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import dask.config
import dask.utils
from distributed.deploy.utils import nprocesses_nthreads

from ..errors import FieldProblem, InvalidOptions
from ..model.durations import written
from ..model.options import ClusterOptions
from ..model.profile import Profile, read_profiles
from ..model.units import parse_memory

_SECTION = "jobqueue.slurm"
_PROFILES = "jupyter-dask-slurm.profiles"
_KEYS = {
    "cores": "cores",
    "memory": "memory",
    "walltime": "walltime",
    "processes": "processes",
    "python": "python",
    "partition": "queue",
    "account": "account",
    "interface": "interface",
    "log_directory": "log-directory",
    "local_directory": "local-directory",
    "job_extra_directives": "job-extra-directives",
    "job_script_prologue": "job-script-prologue",
    "job_directives_skip": "job-directives-skip",
    "worker_extra_args": "worker-extra-args",
    "death_timeout": "death-timeout",
}
RENAMED = {
    "account": "project",
    "job_extra_directives": "job-extra",
    "job_script_prologue": "env-extra",
    "job_directives_skip": "header-skip",
    "worker_extra_args": "extra",
}
LISTS = (
    "job_extra_directives",
    "job_script_prologue",
    "job_directives_skip",
    "worker_extra_args",
)
DEATH_TIMEOUT = 60


@dataclass(frozen=True)
class DaskConfig:
    """``options`` that the configuration gives, and what of it is no option of ours.

    ``problems`` holds what could not be read, by option; it matters only where that option is not
    given otherwise. ``job_mem`` and ``job_cpu`` are what Slurm is asked for whatever the memory
    and the cores of the job are.
    """

    options: ClusterOptions
    problems: Mapping[str, FieldProblem] = field(default_factory=dict)
    shebang: str = "#!/usr/bin/env bash"
    worker_command: str = "distributed.cli.dask_worker"
    job_mem: str | None = None
    job_cpu: int | None = None
    scheduler_host: str | None = None
    scheduler_port: int = 0
    shared_directory: str | None = None

    def lines(self, name: str) -> tuple[str, ...]:
        """What it says of that list."""
        return getattr(self.options, name) or ()

    def lines_behind(self, name: str, options: ClusterOptions) -> tuple[str, ...]:
        """What the options add to that list. They may begin with what it says, because they are
        resolved, or were copied from a cluster that there is: that is not said twice."""
        site, all_ = self.lines(name), getattr(options, name) or ()
        return all_[len(site) :] if all_[: len(site)] == site else all_


def read() -> DaskConfig:
    """The configuration as the files are now: an edited YAML counts from the next script on."""
    dask.config.refresh()
    section = dask.config.get(_SECTION)
    values: dict[str, Any] = {}
    problems: dict[str, FieldProblem] = {}
    for name, key in _KEYS.items():
        raw = section.get(key)
        if raw in (None, "", []) and name in RENAMED:
            key = RENAMED[name]
            raw = section.get(key)
        _take(name, key, raw, values, problems)
    scheduler = section.get("scheduler-options") or {}
    interface = scheduler.get("interface")
    _take("scheduler_interface", "scheduler-options.interface", interface, values, problems)
    values.setdefault("death_timeout", DEATH_TIMEOUT)
    values.setdefault("placement", "local")
    job_mem, job_cpu = section.get("job-mem"), section.get("job-cpu")
    return DaskConfig(
        options=ClusterOptions(**values),
        problems=problems,
        shebang=str(section.get("shebang") or DaskConfig.shebang).strip(),
        worker_command=str(section.get("worker-command") or DaskConfig.worker_command),
        job_mem=None if job_mem is None else str(job_mem),
        job_cpu=int(job_cpu) if job_cpu else None,
        scheduler_host=str(scheduler["host"]) if scheduler.get("host") else None,
        scheduler_port=int(scheduler.get("port") or 0),
        shared_directory=section.get("shared-temp-directory"),
    )


def _take(
    name: str, key: str, raw: Any, values: dict[str, Any], problems: dict[str, FieldProblem]
) -> None:
    try:
        read = ClusterOptions.from_json({name: as_option(name, raw)})
    except (InvalidOptions, ValueError) as error:
        message = error.problems[0].message if isinstance(error, InvalidOptions) else str(error)
        text = f"{_SECTION}.{key} of dask's configuration is {raw!r}: {message}"
        problems[name] = FieldProblem(name, text)
    else:
        if (value := getattr(read, name)) is not None:
            values[name] = value


def as_option(name: str, raw: Any) -> Any:
    """A value of the YAML in the form that `ClusterOptions.from_json` reads."""
    if raw is None or raw == "":
        return None
    if name == "memory":
        return dask.utils.parse_bytes(raw)
    if name in LISTS:
        entries = [raw] if isinstance(raw, str) else [str(entry) for entry in raw if entry]
        if name == "job_script_prologue":
            return [line for entry in entries for line in entry.split("\n")]
        return [entry.strip() for entry in entries]
    return written({name: raw})[name]


def resolve(given: ClusterOptions, config: DaskConfig) -> ClusterOptions:
    """Options with nothing left open but what may stay open. Raises InvalidOptions.

    A list is added to the configuration's, which SLURMJob would drop instead.
    """
    values: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    for name in (f.name for f in fields(ClusterOptions)):
        own, theirs = getattr(given, name), getattr(config.options, name)
        if own is None and name in config.problems:
            problems.append(config.problems[name])
        values[name] = theirs if own is None else own
        if name in LISTS:
            values[name] = (*config.lines(name), *config.lines_behind(name, given))
    cores, processes = values["cores"], values["processes"]
    problems += [
        FieldProblem(name, f"how {what} a job has must be given")
        for name, what in (("cores", "many cores"), ("memory", "much memory"))
        if values[name] is None and name not in config.problems
    ]
    if cores is not None and processes is not None and processes > cores:
        where = "" if given.processes else "; dask's configuration says " + str(processes)
        problems.append(FieldProblem("processes", f"at most one per core: {cores} here{where}"))
    if problems:
        raise InvalidOptions(problems)
    if values["scheduler_interface"] is None and config.scheduler_host is None:
        # As in dask-jobqueue: the workers' interface is the scheduler's, too.
        values["scheduler_interface"] = values["interface"]
    if values["python"] is None:
        values["python"] = sys.executable
    values["python"] = os.path.expanduser(values["python"])
    if values["log_directory"] is not None:
        # Slurm expands nothing in a directive, and its jobs start in a directory of their own.
        home = os.path.expanduser("~")
        values["log_directory"] = os.path.join(home, os.path.expanduser(values["log_directory"]))
    if processes is None:
        values["processes"] = int(nprocesses_nthreads(cores)[0])
    return replace(ClusterOptions(), **values)


def profiles() -> tuple[list[Profile], list[str]]:
    """Those that can be used, and what is wrong with the others. The files are read anew."""
    dask.config.refresh()
    section = dask.config.get(_PROFILES, None) or {}
    if not isinstance(section, Mapping):
        return [], [f"{_PROFILES} is {section!r}, not profiles by name"]
    return read_profiles({name: _body(body) for name, body in section.items()}, "configuration")


def _body(body: Any) -> Any:
    """In the form that REST has: as in the rest of the file the number of a walltime is minutes, words
    have hyphens or underscores, and a list of one may be written without brackets."""
    if not isinstance(body, Mapping) or not isinstance(body.get("options"), Mapping):
        return body
    options = {}
    for key, raw in body["options"].items():
        name = str(key).replace("-", "_")
        try:
            options[name] = as_option(name, raw)
        except (ValueError, TypeError):
            options[name] = raw  # said by who reads it
    return {**body, "options": options}


def slurm_memory(text: str) -> int | None:
    """Bytes meant by ``--mem=<text>``; None for "all of the node" and for what cannot be read.

    Slurm's suffixes are binary, and a bare number is MiB.
    """
    number, suffix = (text[:-1], text[-1]) if text[-1:].isalpha() else (text, "M")
    try:
        return parse_memory(f"{number}{suffix.upper()}i") or None
    except ValueError:
        return None
