"""A section of dask's configuration as dask-jobqueue reads it (``jobqueue.slurm``), as options.

Words that dask-jobqueue has renamed are still understood. A key that cannot be used is left aside and
named, whatever is wrong with it: it never keeps the others from being used.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import dask.config
import dask.utils

from ..errors import FieldProblem, InvalidOptions
from ..model.durations import written
from ..model.options import ClusterOptions, one_line
from .lines import words_of

T = TypeVar("T")
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
_NUMBERS = ("cores", "processes")
_NAMES = ("partition", "account", "qos", "interface")
"""YAML takes names of digits for numbers, and numbers in quotes for text: dask-jobqueue prints both alike."""
EXPANDED = ("directory", "log_directory", "python")
"""The options in which ``~`` and variables are filled in here, because no shell does it everywhere: those of
directories are directives, and the scheduler is started without a shell."""
LONG_WALLTIME = 30 * 24 * 60
"""Minutes. A larger number was rather meant as seconds."""
SCHEDULER = "scheduler_options"
_UNUSED = ("name", "shared-temp-directory")
"""What every section may have, and no cluster here needs: jobs are named by their cluster, in whose
directory its keys lie. (Who exports a job gets the second.)"""
_VARIABLE = re.compile(r"\$(?:\w+|\{[^}]*\})")
_MEMORY = re.compile(r"\d+[KMGT]?(i?B)?", re.IGNORECASE)


@dataclass(frozen=True)
class DaskConfig:
    """``options`` that the configuration gives, and what of it is no option of ours.

    ``problems`` tells by option what could not be read, or can hardly be meant: it matters only where
    that option is not given otherwise. ``notes`` tells of the other keys. ``job_mem`` and ``job_cpu``
    are what Slurm is asked for whatever the memory and the cores of the job are.
    """

    options: ClusterOptions
    problems: Mapping[str, FieldProblem] = field(default_factory=dict)
    notes: tuple[FieldProblem, ...] = ()
    shebang: str = "#!/usr/bin/env bash"
    worker_command: str = "distributed.cli.dask_worker"
    epilogue: tuple[str, ...] = ()
    job_mem: str | None = None
    job_cpu: int | None = None
    nanny: bool = True
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


def jobqueue_defaults() -> dict[str, dict[str, Any]]:
    """Return what dask-jobqueue itself says of each batch system that it knows."""
    import dask_jobqueue  # noqa: F401  # it brings that along

    found: dict[str, dict[str, Any]] = dask.config.merge(*dask.config.defaults)["jobqueue"]
    return found


def read_section(raw: object, where: str | None) -> DaskConfig:
    """Return what the section at ``where`` says; None are the arguments of a `SLURMCluster`, which have
    the same words. Nothing in it is an error."""
    section = _Section(raw, where, "configuration")
    problems: dict[str, FieldProblem] = {}
    values: dict[str, Any] = {}
    for name, key in _KEYS.items():
        raw_value = section.get(key)
        older = RENAMED.get(name)
        if older is not None and (was := section.get(older)) is not None and raw_value is None:
            key, raw_value = older, was
        try:
            value = read_option(name, raw_value)
        except UNREADABLE as error:
            problems[name] = section.complaint(key, name, error)
        else:
            values |= {} if value is None else {name: value}
        if name == "walltime" and isinstance(raw_value, int) and raw_value > LONG_WALLTIME:
            message = f"{section.name(key)}: {raw_value} minutes are {raw_value / 1440:.0f} days"
            problems.setdefault(name, FieldProblem(name, message))
    options_of_it = section.get("scheduler-options")
    scheduler = (
        _Section(options_of_it, None, SCHEDULER)
        if where is None
        else _Section(options_of_it, f"{where}.scheduler-options", "scheduler_interface")
    )
    interface = scheduler.read("interface", lambda raw: read_option("scheduler_interface", raw))
    shared = section.read("shared-temp-directory", one_line)
    config = DaskConfig(
        options=ClusterOptions(**values, scheduler_interface=interface),
        problems=problems,
        shebang=section.read("shebang", _shebang, "job_script_prologue") or DaskConfig.shebang,
        worker_command=section.read("worker-command", _worker_command, "worker_extra_args")
        or DaskConfig.worker_command,
        epilogue=tuple(section.read("job-script-epilogue", _lines, "job_script_prologue") or ()),
        job_mem=section.read("job-mem", _slurm_memory, "memory"),
        job_cpu=section.read("job-cpu", lambda raw: read_option("cores", raw), "cores"),
        nanny=section.read("nanny", _yes_or_no, "worker_extra_args") is not False,
        scheduler_host=scheduler.read("host", _host),
        scheduler_port=scheduler.read("port", _port) or 0,
        shared_directory=shared,
    )
    notes = (
        *section.notes,
        *section.unknown("no key of dask-jobqueue for Slurm"),
        *scheduler.notes,
        *scheduler.unknown("of a scheduler here only interface, host and port are set"),
    )
    return replace(config, notes=notes)


class _Section:
    """Keys and their values, and notes of what cannot be used."""

    def __init__(self, raw: object, where: str | None, field: str) -> None:
        """``field`` is where notes are shown that belong to no option of their own; those about arguments,
        which have no ``where``, name the argument instead."""
        self.notes: list[FieldProblem] = []
        self._where, self._field = where, field
        self._asked = set(_UNUSED)
        self._values: dict[str, Any] = {}
        if isinstance(raw, Mapping):
            self._values = {str(key).replace("_", "-"): value for key, value in raw.items()}
        elif raw is not None:
            message = (
                f"dask's configuration: {where} cannot be used: keys with values ({_short(raw)})"
            )
            self.notes.append(FieldProblem(field, message))

    def name(self, key: str) -> str:
        if self._where is None:
            return self._argument(key)
        return f"dask's configuration: {self._where}.{key}"

    def _argument(self, key: str) -> str:
        name = key.replace("-", "_")
        return f"{SCHEDULER}.{name}" if self._field == SCHEDULER else name

    def get(self, key: str) -> Any:
        """Return the value of a key; None for one that is empty."""
        self._asked.add(key)
        value = self._values.get(key)
        return None if _empty(value) else value

    def read(self, key: str, read: Callable[[Any], T], field: str | None = None) -> T | None:
        """Return the value that ``read`` makes of it; None without one, and where it cannot be used."""
        raw = self.get(key)
        try:
            return None if raw is None else read(raw)
        except UNREADABLE as error:
            self.notes.append(self.complaint(key, field or self._field, error))
            return None

    def complaint(self, key: str, field: str, error: Exception) -> FieldProblem:
        words = error.problems[0].message if isinstance(error, InvalidOptions) else str(error)
        if self._where is None:
            return FieldProblem(self._argument(key), f"{words} ({_short(self.get(key))})")
        text = f"{self.name(key)} cannot be used: {words} ({_short(self.get(key))})"
        return FieldProblem(field, text)

    def unknown(self, why: str) -> Iterator[FieldProblem]:
        """Tell of the keys that nobody asked for."""
        for key in self._values:
            if key in self._asked or _empty(self._values[key]):
                continue
            if self._where is None:
                yield FieldProblem(self._argument(key), why)
            else:
                yield FieldProblem(self._field, f"{self.name(key)} cannot be used: {why}")


UNREADABLE = (InvalidOptions, ValueError, TypeError, AttributeError, OverflowError)
"""What reading a value of any type whatever may raise."""


def _empty(raw: object) -> bool:
    return raw is None or raw in ("", [], {}, ())


def _short(raw: object) -> str:
    text = repr(raw)
    return f"it is {text}" if len(text) < 80 else f"it begins {text[:60]} …"


def read_option(name: str, raw: Any) -> Any:
    """Return the value of an option that the YAML gives, checked, ``~`` and variables filled in; None if
    it gives none. Raise one of `UNREADABLE`."""
    value = getattr(ClusterOptions.from_json({name: as_option(name, raw)}), name)
    if name == "worker_extra_args":
        words_of(" ".join(value or ()))
    return expanded(value) if name in EXPANDED and value is not None else value


def as_option(name: str, raw: Any) -> Any:
    """Return a value of the YAML in the form that `ClusterOptions.from_json` reads. Raise as
    `read_option`."""
    if raw is None or raw == "":
        return None
    if name == "memory":
        return dask.utils.parse_bytes(raw)
    if name in _NUMBERS and isinstance(raw, str) and raw.isdecimal():
        return int(raw)
    if name in _NAMES and isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw)
    if name in LISTS:
        lines = _lines(raw)
        return lines if name == "job_script_prologue" else [line.strip() for line in lines]
    return written({name: raw})[name]


def expanded(text: str) -> str:
    """Return a text with ``~`` and variables filled in, as they are here and now; the path of what is there
    as it is. Raise ValueError when there is no such variable."""
    if os.path.isabs(text) and os.path.exists(text):
        return text
    text = one_line(os.path.expandvars(text))
    if (missing := _VARIABLE.search(text)) is not None:
        raise ValueError(f"there is no variable {missing[0]} where Jupyter runs")
    return re.sub(r"(?<!\S)~[^\s/]*", lambda match: os.path.expanduser(match[0]), text)


def _lines(raw: object) -> list[str]:
    """Return lines of a script: those of a text, or of a list of texts."""
    # dask-jobqueue goes through what it is given: of a mapping that is its keys.
    entries = list(raw) if isinstance(raw, (list, tuple, Mapping)) else [raw]
    if not all(
        isinstance(entry, (str, int, float)) and not isinstance(entry, bool)
        for entry in entries
        if entry is not None
    ):
        raise ValueError("a list of lines")
    return [
        one_line(line)
        for entry in entries
        if entry not in (None, "")
        for line in str(entry).rstrip("\n").split("\n")
    ]


def _shebang(raw: object) -> str:
    text = one_line(raw).strip()
    if not text.startswith("#!"):
        raise ValueError("a line that begins with #!")
    return text


def _yes_or_no(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise ValueError("true or false")
    return raw


def _worker_command(raw: object) -> str:
    return " ".join(words_of(one_line(raw)))


def _slurm_memory(raw: object) -> str:
    text = str(raw)
    if isinstance(raw, bool) or not _MEMORY.fullmatch(text):
        raise ValueError("a size as for sbatch --mem")
    return text


def _host(raw: object) -> str:
    text = one_line(raw)
    if not text.strip() or any(c.isspace() for c in text.strip()):
        raise ValueError("the name or address of a host")
    return text.strip()


def _port(raw: object) -> int:
    port = int(raw) if isinstance(raw, str) and raw.isdecimal() else raw
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port < 65536:
        raise ValueError("one port; now it is any that is free")
    return port
