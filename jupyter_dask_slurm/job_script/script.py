"""One job script: dask-jobqueue's `SLURMJob` renders it, this module knows its traps."""

from __future__ import annotations

import os
import re
import secrets
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, cast

import dask.config
from dask_jobqueue.slurm import SLURMJob, slurm_format_bytes_ceil
from distributed.security import Security

from ..batch.slurm.request import Request, read_request
from ..batch.slurm.script import quoted
from ..batch.slurm.walltime import format_walltime
from ..errors import FieldProblem, InvalidOptions
from ..model.command import is_data, python_words
from ..model.options import ClusterOptions
from ..model.template import FILLS, Fill, Piece, Template
from ..model.walltime_schedule import lifetime_of
from .dask_config import slurm_memory
from .lines import (
    Line,
    Part,
    as_directive,
    command_lines,
    directive_lines,
    environment_lines,
    option_of,
    sbatch_lines,
    words_of,
)
from .script_warnings import (
    mark_warnings,
    overruled_warnings,
    prologue_warnings,
    python_warnings,
    scheduler_warnings,
    site_warnings,
    size_warnings,
    skip_warnings,
    stamp_warnings,
    variable_warnings,
    walltime_warnings,
)
from .section import DaskConfig, jobqueue_defaults
from .shell import complaint

WORKER_NAME = (
    "${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}"
    ".${SLURM_RESTART_COUNT:-0}"
)
"""The job's id, as the batch systems write it, and how often it was requeued. dask-jobqueue does not
quote it: the job's shell expands it."""
HEADROOM = 128 * 1024**2
"""Bytes of a job's memory that its workers do not get: one nanny (58 MB seen), shell and trackers."""
_NOT_OURS_TO_SET = {
    "--name": "the cluster knows a worker's job by its name",
    "--nworkers": "use the option processes",
}


@dataclass(frozen=True)
class Script:
    """A job script before there is a cluster: without name, array and log, too."""

    template: Template
    lines: tuple[Line, ...]
    """Those of its preview."""
    warnings: tuple[FieldProblem, ...]
    directives: tuple[str, ...]
    """Those behind SLURMJob's own, without the ``#SBATCH``."""
    worker_args: tuple[str, ...]
    """The words of the worker's command that somebody needs who makes the same job with
    dask-jobqueue: neither what that adds itself nor what belongs to one cluster alone."""


class Marks:
    """Words that stand for what belongs to the cluster while SLURMJob renders. Drawn anew for each
    script: no text of a user or a site can hold one."""

    def __init__(self) -> None:
        self._mark = secrets.token_hex(16)

    def word(self, fill: Fill) -> str:
        """The one for what is filled in there."""
        return f"{self._mark}-{fill}"

    def cut(self, text: str) -> tuple[Piece, ...]:
        """The text, cut where the words stand."""
        parts = re.split(f"{self._mark}-({'|'.join(map(re.escape, FILLS))})", text)
        fills = cast("list[Fill | None]", [*parts[1::2], None])
        return tuple(map(Piece, parts[::2], fills))


def workers_memory(memory: int, job_mem: str | None) -> int:
    """Bytes that the workers of one job may use together.

    With all of the job's memory, as SLURMJob has it, Slurm kills the job before dask spills. A
    ``job-mem`` of the site's that leaves room already is room enough.
    """
    asked = memory if job_mem is None else slurm_memory(job_mem) or memory
    return min(memory, asked - min(HEADROOM, asked // 4))


def render_script(options: ClusterOptions, config: DaskConfig) -> Script:
    """The script for options that are resolved. Raises InvalidOptions."""
    if options.cores is None or options.memory is None or options.processes is None:
        raise ValueError("the options are not resolved")
    marks = Marks()
    python = " ".join(map(shlex.quote, python_words(options.python or "")))
    cert, key = marks.word("cert.pem"), marks.word("key.pem")
    site_args, unused_args = _usable_args(config.lines("worker_extra_args"))
    own_args = _checked_args(config.lines_behind("worker_extra_args", options))
    given_directives = _extra_directives(options, config)
    directives = [line for given in given_directives if (line := as_directive(given))]
    request = read_request(sbatch_lines(directives))
    # The worker's own net must not end it before Slurm would.
    walltime = request.walltime if "--time" in request.given else options.walltime
    skips = (*(options.job_directives_skip or ()), *_excluded_by(request))
    variables = environment_lines(options.environment)
    tail = [
        Part(site_args, "config"),
        # Behind the site's, whose lifetime cannot follow the walltime that was chosen.
        Part(_lifetime_args(walltime), None),
        Part(
            (
                *("--preload", marks.word("worker_preload.py")),
                *("--preload", marks.word("private_ports.py")),
                "--no-dashboard",
            ),
            None,
        ),
        Part(own_args, "worker_extra_args"),
    ]

    def job_of(skip: Iterable[str]) -> Any:
        return SLURMJob(
            marks.word("address"),
            name=WORKER_NAME,
            cores=options.cores,
            memory=workers_memory(options.memory or 0, config.job_mem),
            job_mem=config.job_mem or slurm_format_bytes_ceil(options.memory),
            job_cpu=config.job_cpu,
            processes=options.processes,
            nanny=config.nanny,
            protocol="tls",
            # From files: a temporary one would put the private key's text into the script.
            security=Security(tls_ca_file=cert, tls_worker_cert=cert, tls_worker_key=key),
            interface=options.interface,
            death_timeout=options.death_timeout,
            local_directory=options.local_directory,
            worker_command=config.worker_command,
            worker_extra_args=[word for part in tail for word in part.words],
            job_extra_directives=[line.text for line in directives],
            job_script_prologue=[*variables, *(options.job_script_prologue or ())],
            job_directives_skip=list(skip),
            shebang=config.shebang,
            python=python,
            queue=options.partition,
            account=options.account,
            walltime=options.walltime and format_walltime(options.walltime),
        )

    # SLURMJob would read by itself what is open here: it would use what was left aside, name and log
    # jobs its own way, and make the log directory.
    nothing = {**jobqueue_defaults()["slurm"], "name": None, "walltime": None}
    with dask.config.set({"jobqueue": {"slurm": nothing}}):
        job = job_of(skips)
        skipped = [
            line
            for line in job_of(()).job_header.split("\n")
            if line not in job.job_header.split("\n")
        ]
    # Behind the variables, which a prologue may use.
    prologue = [Line(line, "environment") for line in variables]
    prologue += [Line(line, "config") for line in config.lines("job_script_prologue")]
    prologue += [
        Line(line, "job_script_prologue")
        for line in config.lines_behind("job_script_prologue", options)
    ]
    unread = _unread_prologue(prologue, config)
    text: list[str] = job.job_script().split("\n")
    command = next(line for line in text if marks.word("address") in line)
    words = words_of(command)
    # SLURMJob appends to the arguments: interface, protocol and the three files.
    appended = Part(words[-(8 if options.interface is None else 10) :], None)
    lines = (
        Line(text[0], "cluster" if config.shebang == DaskConfig.shebang else "config"),
        Line(""),
        *_header(job.job_header, directives, config),
        *(prologue or [Line("")]),
        *command_lines(
            command,
            start=len(words_of(f"{python} -m {config.worker_command}")),
            tail=[*tail, appended],
        ),
        *(Line(line, "config") for line in config.epilogue),
    )
    warnings = [
        *mark_warnings(given_directives),
        *stamp_warnings(directives),
        *variable_warnings(directives),
        *prologue_warnings([line.text for line in prologue]),
        *unread,
        *python_warnings(options),
        *scheduler_warnings(options, config.shebang, os.environ),
        *skip_warnings(skips, skipped),
        *overruled_warnings(job.job_header, directives),
        *size_warnings(options, job.worker_memory),
        *walltime_warnings(walltime),
        *unused_args,
        *site_warnings(config, site_args),
    ]
    return Script(
        template=Template(
            marks.cut("".join(f"{line.text}\n" for line in lines)),
            config.scheduler_host,
            config.scheduler_port,
        ),
        lines=tuple(replace(line, text=Template(marks.cut(line.text)).preview()) for line in lines),
        warnings=tuple(warnings),
        directives=tuple(line.text for line in directives),
        worker_args=(
            *site_args,
            *_lifetime_args(walltime),
            "--no-dashboard",
            *own_args,
        ),
    )


def _header(header: str, directives: list[Line], config: DaskConfig) -> list[Line]:
    overruled = {}
    if config.job_mem:
        overruled["--mem"] = "config"
    if config.job_cpu:
        overruled["--cpus-per-task"] = "config"
    texts = header.split("\n")
    own = texts[: len(texts) - len(directives)]
    return [
        *directive_lines(own, overruled),
        *(Line(f"#SBATCH {line.text}", line.origin) for line in directives),
    ]


def _extra_directives(options: ClusterOptions, config: DaskConfig) -> list[Line]:
    """The directives behind SLURMJob's own; of two alike Slurm takes the later."""
    name = "job_extra_directives"
    lines = [Line(text, "config") for text in config.lines(name)]
    if options.directory:
        lines.append(Line(directory_directive(options.directory), "directory"))
    if options.slurm_cluster:
        lines.append(Line(f"--clusters={options.slurm_cluster}", "slurm_cluster"))
    if options.qos:
        lines.append(Line(f"--qos={options.qos}", "qos"))
    if options.gres:
        lines.append(Line(f"--gres={options.gres}", "gres"))
    lines += [Line(text, name) for text in config.lines_behind(name, options)]
    return lines


def directory_directive(directory: str) -> str:
    """Return the directive for where jobs start."""
    return f"--chdir={quoted(directory)}"


def _excluded_by(request: Request) -> tuple[str, ...]:
    """What SLURMJob writes by itself and Slurm refuses beside a directive that was chosen: memory is given
    for the job, for each core or for each GPU (``sbatch`` manual, ``--mem``)."""
    others = ("--mem-per-cpu", "--mem-per-gpu")
    return ("--mem=",) if any(option in request.given for option in others) else ()


def _lifetime_args(walltime: int | None) -> tuple[str, ...]:
    if walltime is None:
        return ()
    lifetime, stagger = lifetime_of(walltime)
    return ("--lifetime", f"{lifetime}s", "--lifetime-stagger", f"{stagger}s")


def _unread_prologue(prologue: list[Line], config: DaskConfig) -> list[FieldProblem]:
    """Return what the shell says of the site's own lines. Raise InvalidOptions with what it says of a
    user's behind them."""
    site, field = [line for line in prologue if line.origin == "config"], "job_script_prologue"
    for lines in (site, prologue):
        around = (*(line.text for line in lines), ":", *config.epilogue)
        why = complaint(config.shebang, around) if len(around) > 1 else None
        if why is None:
            continue
        if lines is site:
            return [FieldProblem(field, f"that of dask's configuration cannot be read: {why}")]
        raise InvalidOptions.of(field, why)
    return []


def _checked_args(args: Iterable[str]) -> tuple[str, ...]:
    """Return the words of a user's arguments. Raise InvalidOptions."""
    try:
        words = words_of(" ".join(args))
    except ValueError as error:
        raise InvalidOptions.of("worker_extra_args", str(error)) from None
    for word in words:
        if (why := _NOT_OURS_TO_SET.get(option_of(word))) is not None:
            raise InvalidOptions.of("worker_extra_args", f"{option_of(word)}: {why}")
        if not is_data(word):
            why = "a shell would not take it for an argument; quote it with '"
            raise InvalidOptions.of("worker_extra_args", f"{word}: {why}")
    return words


def _usable_args(args: Iterable[str]) -> tuple[tuple[str, ...], list[FieldProblem]]:
    """Return the words of the site's arguments without those that cannot be used, and what these are."""
    kept: list[str] = []
    unused: list[FieldProblem] = []
    in_unused = False
    for word in words_of(" ".join(args)):
        option = option_of(word)
        if option.startswith("-"):
            in_unused = option in _NOT_OURS_TO_SET
            if in_unused:
                message = (
                    f"{option} of dask's configuration is not used: {_NOT_OURS_TO_SET[option]}"
                )
                unused.append(FieldProblem("worker_extra_args", message))
        if not in_unused:
            kept.append(word)
    return tuple(kept), unused
