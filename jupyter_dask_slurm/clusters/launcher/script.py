"""The script of the job that a controller runs in. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ...batch.slurm.request import NOTHING, Request
from ...batch.slurm.script import directives, quoted
from ...batch.slurm.walltime import format_walltime
from ...model.options import ClusterOptions
from ...model.walltime_schedule import warning_time
from ...site_rules.controller_job import goes_along

MIB = 1024**2
_LOG_OF_JOB = (
    "${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}.log"
)
"""As the batch system names it when it stamps the script."""


def controller_script(
    options: ClusterOptions,
    request: Request,
    *,
    exported: Mapping[str, str] = NOTHING,
    command: Sequence[str],
    order: str,
    log: Path,
    working_directory: Path,
) -> str:
    """One task that becomes ``command``, with ``order`` on its standard input.

    ``request`` is what the jobs of its cluster ask for: it goes where they go. ``exported`` are the
    variables of the user's that say a part of it: the controller submits with them.

    ``log`` is where readers look for the controller's log: made a link to the job's own, which
    holds Slurm's words as well. The order stands in the script, which Slurm keeps and its
    administrators can read: it must hold no secret.
    """
    lines = [
        "#!/bin/sh",
        *(
            f"#SBATCH {line}"
            for line in _directives(options, request)
            if not skipped(line, options)
        ),
        f'ln -sf "{_LOG_OF_JOB}" {shlex.quote(str(log))}',
        *(f"export {name}={shlex.quote(value)}" for name, value in exported.items()),
        # A directory that is not on the node is said in the log, and costs nothing else.
        f"cd {shlex.quote(str(working_directory))} || cd",
        # In place of the shell: then it is the controller to which Slurm sends the signal.
        f"exec {shlex.join(command)} <<'{_mark(order)}'",
        order,
        _mark(order),
    ]
    return "\n".join(lines) + "\n"


def _directives(options: ClusterOptions, request: Request) -> Iterator[str]:
    """Its own memory and walltime, and what decides where the jobs may run; GPUs and licences are
    the workers' alone. A partition of its own may know nothing of their constraint or reservation."""
    yield "-n 1"
    yield "--cpus-per-task=1"
    if options.controller_memory is not None:
        yield f"--mem={-(-options.controller_memory // MIB)}M"
    if options.controller_walltime is not None:
        yield f"-t {format_walltime(options.controller_walltime)}"
    partition = options.controller_partition or request.partition
    if partition is not None:
        yield f"-p {partition}"
    if request.account is not None:
        yield f"-A {request.account}"
    if request.qos is not None:
        yield f"--qos={request.qos}"
    if goes_along(options, request.partition):
        for option in ("--constraint", "--reservation"):
            if value := request.given.get(option):
                yield f"{option}={quoted(value)}"
    # A second run would find keys, workers and clients of the first.
    yield "--no-requeue"
    yield f"--signal=B:TERM@{warning_time(options.controller_walltime)}"


def skipped(directive: str, options: ClusterOptions) -> bool:
    """Return whether the site wants no such directive: the cluster's jobs have none of that option.

    By option and not by any text that it contains, as dask-jobqueue has it: ``-n`` is in ``--no-requeue``.
    """
    (own,) = directives(f"#SBATCH {directive}")
    skips = (
        f"#SBATCH {skip.removeprefix('#SBATCH')}" for skip in options.job_directives_skip or ()
    )
    return any(own in directives(skip) for skip in skips)


def _mark(order: str) -> str:
    """An end of the here-document that is no line of it."""
    mark = "ORDER"
    while mark in order.splitlines():
        mark += "_"
    return mark
