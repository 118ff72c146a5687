"""The script of the job that a controller runs in. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from ...batch.slurm.walltime import format_walltime
from ...model.options import ClusterOptions
from ...model.walltime_schedule import warning_time

MIB = 1024**2
_LOG_OF_JOB = (
    "${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}.log"
)
"""As the batch system names it when it stamps the script."""


def controller_script(
    options: ClusterOptions,
    *,
    command: Sequence[str],
    order: str,
    log: Path,
    working_directory: Path,
) -> str:
    """One task that becomes ``command``, with ``order`` on its standard input.

    ``log`` is where readers look for the controller's log: made a link to the job's own, which
    holds Slurm's words as well. The order stands in the script, which Slurm keeps and its
    administrators can read: it must hold no secret.
    """
    lines = [
        "#!/bin/sh",
        *(f"#SBATCH {directive}" for directive in _directives(options)),
        f'ln -sf "{_LOG_OF_JOB}" {shlex.quote(str(log))}',
        # A directory that is not on the node is said in the log, and costs nothing else.
        f"cd {shlex.quote(str(working_directory))} || cd",
        # In place of the shell: then it is the controller to which Slurm sends the signal.
        f"exec {shlex.join(command)} <<'{_mark(order)}'",
        order,
        _mark(order),
    ]
    return "\n".join(lines) + "\n"


def _directives(options: ClusterOptions) -> Iterator[str]:
    """Its own partition, memory and walltime; account and QOS are the cluster's."""
    yield "-n 1"
    yield "--cpus-per-task=1"
    if options.controller_memory is not None:
        yield f"--mem={-(-options.controller_memory // MIB)}M"
    if options.controller_walltime is not None:
        yield f"-t {format_walltime(options.controller_walltime)}"
    if options.controller_partition is not None:
        yield f"-p {options.controller_partition}"
    if options.account is not None:
        yield f"-A {options.account}"
    if options.qos is not None:
        yield f"--qos={options.qos}"
    # A second run would find keys, workers and clients of the first.
    yield "--no-requeue"
    yield f"--signal=B:TERM@{warning_time(options.controller_walltime)}"


def _mark(order: str) -> str:
    """An end of the here-document that is no line of it."""
    mark = "ORDER"
    while mark in order.splitlines():
        mark += "_"
    return mark
