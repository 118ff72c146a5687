"""The options of a cluster: read once from JSON, checked, frozen.

What the form, the REST call or ``jobqueue.slurm.*`` of dask's configuration leave out is None
here; `jupyter_dask_slurm.job_script` fills it in from the configuration, and only there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from ..errors import FieldProblem, InvalidOptions
from .command import has_only_variables, python_words
from .durations import read_walltime, timeout_reader
from .units import parse_memory, with_unit

Placement = Literal["local", "job"]
PLACEMENTS: tuple[Placement, ...] = get_args(Placement)


@dataclass(frozen=True)
class ClusterOptions:
    """What one job of the cluster is, and how the cluster behaves.

    ``cores`` and ``memory`` (bytes) are per job; ``processes`` cuts a job into dask workers;
    ``walltime`` and ``death_timeout`` are in seconds. ``gres`` is Slurm's generic resources
    (``gpu:1``). ``slurm_cluster`` is which of a site's Slurm clusters takes the jobs (``sbatch
    --clusters``); without that word a cluster is one of dask here. ``interface`` is the network
    interface of the workers, ``scheduler_interface`` that of the scheduler and controller.
    ``python`` is the interpreter that scheduler and workers run in, or a command that runs one;
    ``directory`` is where they start, and import modules from (``sbatch --chdir``), ``environment`` are
    variables that are set for them.
    ``idle_timeout`` and ``maximum_age`` (seconds) say when the cluster ends by itself; 0 means
    never. ``placement`` is where its controller lives: ``local``, beside the Jupyter server, or
    ``job``, in a job of its own of ``controller_partition``, ``controller_memory`` (bytes) and
    ``controller_walltime``.
    """

    cores: int | None = None
    memory: int | None = None
    walltime: int | None = None
    processes: int | None = None
    python: str | None = None
    directory: str | None = None
    environment: Mapping[str, str] | None = field(default=None, hash=False)
    partition: str | None = None
    account: str | None = None
    qos: str | None = None
    gres: str | None = None
    slurm_cluster: str | None = None
    interface: str | None = None
    scheduler_interface: str | None = None
    placement: Placement | None = None
    log_directory: str | None = None
    local_directory: str | None = None
    job_extra_directives: tuple[str, ...] | None = None
    job_script_prologue: tuple[str, ...] | None = None
    job_directives_skip: tuple[str, ...] | None = None
    worker_extra_args: tuple[str, ...] | None = None
    death_timeout: int | None = None
    idle_timeout: int | None = None
    maximum_age: int | None = None
    controller_partition: str | None = None
    controller_memory: int | None = None
    controller_walltime: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            k: list(v) if isinstance(v, tuple) else dict(v) if isinstance(v, Mapping) else v
            for k, v in vars(self).items()
        }

    @classmethod
    def from_json(cls, data: object) -> ClusterOptions:
        """Return what somebody chose, checked. Raise InvalidOptions, which names every field at fault."""
        options, problems = cls.read(data)
        if problems:
            raise InvalidOptions(problems)
        return options

    @classmethod
    def read(cls, data: object) -> tuple[ClusterOptions, list[FieldProblem]]:
        """Return what can be read of what somebody chose, and what is wrong with the rest. Raise
        InvalidOptions when there are no fields."""
        if not isinstance(data, Mapping):
            raise InvalidOptions.of("options", "an object with the cluster's options")
        values: dict[str, Any] = {}
        problems: list[FieldProblem] = []
        for key, raw in data.items():
            read = _READERS.get(key)
            if read is None:
                problems.append(FieldProblem(str(key), "unknown option"))
            elif raw is not None:
                try:
                    values[key] = read(raw)
                except ValueError as error:
                    problems.append(FieldProblem(key, str(error)))
        cores, processes = values.get("cores"), values.get("processes")
        if cores is not None and processes is not None and processes > cores:
            problems.append(FieldProblem("processes", f"at most one per core: {cores} here"))
            del values["processes"]
        return cls(**values), problems


def _whole(minimum: int, maximum: int) -> Callable[[object], int]:
    def read(raw: object) -> int:
        if isinstance(raw, bool) or not isinstance(raw, int):
            raise ValueError("a whole number")
        if not minimum <= raw <= maximum:
            raise ValueError(f"from {minimum} to {maximum}")
        return raw

    return read


def _memory(raw: object) -> int:
    size = parse_memory(raw)  # type: ignore[arg-type]  # it checks the type itself
    if size < 1024**2:
        meant = with_unit(raw)  # type: ignore[arg-type]  # checked by now
        raise ValueError("at least 1 MiB" if meant is None else f"{raw} bytes; is it {meant}?")
    return size


def one_line(raw: object) -> str:
    """Return text for one line of a job script: SLURMJob quotes nothing, so a line break would add lines."""
    if not isinstance(raw, str):
        raise ValueError("text")
    if not raw.replace("\t", " ").isprintable():
        raise ValueError("line breaks and control characters are not allowed")
    return raw


def _text(raw: object) -> str | None:
    return one_line(raw).strip() or None


def _word(raw: object) -> str | None:
    """Return a value that stands unquoted in a directive or a command line."""
    return _without("'\"`$;&|<>\\(){}[]~*?!#", raw)


def _one_cluster(raw: object) -> str | None:
    """Return one of Slurm's clusters: of several it would choose another for each submission."""
    word = _word(raw)
    if word is not None and names_several_clusters(word):
        raise ValueError(f"one cluster: Slurm would choose one of {word} for each submission")
    return word


def names_several_clusters(word: str) -> bool:
    """Return whether a value of ``sbatch --clusters`` leaves a choice to Slurm."""
    return "," in word or word.lower() == "all"


def _expanded_word(raw: object) -> str | None:
    """Return a word in which variables are filled in: by the job's shell (``$TMPDIR``), or before a script
    is rendered."""
    word = _without("'\"`;&|<>\\()[]*?!#", raw)
    if word is not None and not has_only_variables(word):
        raise ValueError("braces are for the names of variables, as in ${TMPDIR}")
    return word


def _python(raw: object) -> str | None:
    text = _text(raw)
    if text is None or os.path.exists(text):
        return text
    if any(c in "`;&|<>\\()*?!#" for c in text):
        raise ValueError("a program and its arguments; other shell characters are not allowed")
    program, *arguments = python_words(text)
    if arguments and "/" in program and not os.path.exists(os.path.expanduser(program)):
        raise ValueError(f"there is no {program} here; a path with spaces needs quotes")
    return text


def _without(characters: str, raw: object) -> str | None:
    text = _text(raw)
    if text is not None and any(c.isspace() or c in characters for c in text):
        raise ValueError("spaces, quotes and shell characters are not allowed")
    return text


def _lines(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, (list, tuple)):
        raise ValueError("a list of lines")
    return tuple(line for line in map(one_line, raw) if line.strip())


def _environment(raw: object) -> dict[str, str] | None:
    from ..batch.job_environment import why_not_in_a_script

    if not isinstance(raw, Mapping):
        raise ValueError('names with values, such as {"OMP_NUM_THREADS": "1"}')
    found = {}
    for name, value in raw.items():
        try:
            if (why := why_not_in_a_script(str(name))) is not None:
                raise ValueError(why)
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            found[str(name)] = one_line(str(value) if is_number else value)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return found or None


def _placement(raw: object) -> str:
    if raw not in PLACEMENTS:
        raise ValueError(f"one of {', '.join(PLACEMENTS)}")
    return str(raw)


_READERS: dict[str, Callable[[object], Any]] = {
    "cores": _whole(1, 100_000),
    "memory": _memory,
    "walltime": read_walltime,
    "processes": _whole(1, 100_000),
    "python": _python,
    "directory": _text,
    "environment": _environment,
    "partition": _word,
    "account": _word,
    "qos": _word,
    "gres": _word,
    "slurm_cluster": _one_cluster,
    "interface": _word,
    "scheduler_interface": _word,
    "placement": _placement,
    "log_directory": _expanded_word,
    "local_directory": _expanded_word,
    "job_extra_directives": _lines,
    "job_script_prologue": _lines,
    "job_directives_skip": _lines,
    "worker_extra_args": _lines,
    "death_timeout": timeout_reader(1),
    "idle_timeout": timeout_reader(0),
    "maximum_age": timeout_reader(0),
    "controller_partition": _word,
    "controller_memory": _memory,
    "controller_walltime": read_walltime,
}
