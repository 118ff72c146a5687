"""What a form says of a job script, beside what is wrong with it: each function looks at one thing."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterable, Mapping

from ..batch.slurm.request import read_request
from ..batch.slurm.script import bourne_shell
from ..batch.slurm.script import directives as read_directives
from ..errors import FieldProblem
from ..model.command import python_words, scheduler_words
from ..model.options import ClusterOptions
from ..model.walltime_schedule import longest_task
from .lines import SBATCH_MARK, Line, as_directive, option_of, sbatch_lines
from .section import DaskConfig

SHORT_WALLTIME = 300
"""Seconds below which handing over takes a part of a walltime that matters."""
SMALL_WORKER = 256 * 1024**2
_STAMPED = {
    "--job-name": "the job's name tells whose it is",
    "--array": "how many jobs there are follows from the scaling",
    "--output": "use the option log_directory",
    "--error": "a job's errors are in its log; use the option log_directory",
}
_VARIABLE = re.compile(r"\$(\w+|\{\w+\})")


def mark_warnings(lines: Iterable[Line]) -> Iterable[FieldProblem]:
    for line in lines:
        if as_directive(line) is None:
            message = f"{line.text!r} is left out: it is a comment to Slurm"
        elif SBATCH_MARK.match(line.text):
            message = f"#SBATCH of {line.text!r} is left out: every directive gets it"
        else:
            continue
        yield FieldProblem("job_extra_directives", message)


def overruled_warnings(header: str, directives: list[Line]) -> Iterable[FieldProblem]:
    """Say what is set twice: a directive counts, and not the option that a form shows."""
    given = read_request(sbatch_lines(directives)).given
    first = read_request(header).overruled
    for option, values in first.items():
        if option in given and option not in _STAMPED:
            message = (
                f"{option} is set twice: {given[option]} among the directives counts, and not "
                f"{', '.join(values)}"
            )
            yield FieldProblem("job_extra_directives", message)


def stamp_warnings(lines: Iterable[Line]) -> Iterable[FieldProblem]:
    """The stamp leaves out what it sets itself."""
    for line in lines:
        for option in read_directives(f"#SBATCH {line.text}"):
            if option in _STAMPED:
                message = f"{option} of {line.text!r} is left out: {_STAMPED[option]}"
                yield FieldProblem("job_extra_directives", message)


def skip_warnings(skips: Iterable[str], skipped: Iterable[str]) -> Iterable[FieldProblem]:
    """SLURMJob leaves out every directive that *contains* a text: ``-t`` is in ``--cpus-per-task``."""
    for line in skipped:
        directive = line.removeprefix("#SBATCH ")
        by = [skip for skip in skips if skip in line]
        if not any(option_of(skip.removeprefix("#SBATCH")) == option_of(directive) for skip in by):
            yield FieldProblem("job_directives_skip", f"{by[0]!r} also leaves out {directive!r}")


def size_warnings(options: ClusterOptions, workers_memory: int) -> Iterable[FieldProblem]:
    cores, processes = options.cores or 0, options.processes or 1
    if left := cores % processes:
        idle = "1 core stays idle" if left == 1 else f"{left} cores stay idle"
        yield FieldProblem("processes", f"{idle}: {processes} workers share {cores}")
    if workers_memory / processes < SMALL_WORKER:
        size = int(workers_memory / processes / 1024**2)
        yield FieldProblem("memory", f"only {size} MiB for each worker; dask alone takes about 100")


def walltime_warnings(walltime: int | None) -> Iterable[FieldProblem]:
    """Say how much of a short walltime is left to tasks."""
    if walltime is not None and walltime < SHORT_WALLTIME:
        longest = longest_task(walltime)
        message = f"a task has {longest} s of it at most; the rest is for handing over"
        yield FieldProblem("walltime", message)


def site_warnings(config: DaskConfig, site_args: tuple[str, ...]) -> Iterable[FieldProblem]:
    where = "of dask's configuration"
    if config.job_mem:
        yield FieldProblem("memory", f"job-mem {where} asks Slurm for {config.job_mem} a job")
    if config.job_cpu:
        yield FieldProblem("cores", f"job-cpu {where} asks Slurm for {config.job_cpu} a job")
    if config.worker_command != DaskConfig.worker_command:
        command = config.worker_command
        yield FieldProblem("processes", f"{command} {where} decides how many workers a job has")
    if any(option_of(word) == "--lifetime" for word in site_args):
        yield FieldProblem("walltime", f"--lifetime {where} gives way to one that follows from it")


def variable_warnings(lines: Iterable[Line]) -> Iterable[FieldProblem]:
    """Slurm takes a directive as it stands: no shell reads it."""
    for line in lines:
        if (found := _VARIABLE.search(line.text)) is not None:
            message = f"{found[0]} of {line.text!r} stays as it is: Slurm fills in no variable"
            yield FieldProblem("job_extra_directives", message)


def prologue_warnings(prologue: Iterable[str]) -> Iterable[FieldProblem]:
    """Slurm reads directives as far as the first command."""
    is_behind = False
    for line in prologue:
        if is_behind and line.startswith("#SBATCH"):
            message = f"Slurm does not read {line!r} behind a command; it belongs to the directives"
            yield FieldProblem("job_script_prologue", message)
        is_behind = is_behind or bool(line.strip() and not line.startswith("#"))


def python_warnings(options: ClusterOptions) -> Iterable[FieldProblem]:
    """The scheduler is no job: its program has to be here, unless a prologue brings it, and what it says has
    to be heard."""
    words = python_words(options.python or "")
    program = scheduler_words(options.python or "")[0]
    may_be_brought = options.placement == "job" or options.job_script_prologue
    if not may_be_brought and "/" not in program and shutil.which(program) is None:
        yield FieldProblem("python", f"there is no {program} here, where the scheduler runs")
    heard = ("--no-capture-output", "--live-stream")
    if (
        os.path.basename(words[0]) in ("conda", "mamba")
        and "run" in words
        and not any(word in heard for word in words)
    ):
        message = f"{words[0]} run keeps what the scheduler says: add --no-capture-output"
        yield FieldProblem("python", message)


def scheduler_warnings(
    options: ClusterOptions, shebang: str, environ: Mapping[str, str]
) -> Iterable[FieldProblem]:
    """Say what of the prologue will fail before the scheduler, which is started here and not on a node."""
    prologue = options.job_script_prologue or ()
    if options.placement == "job" or not prologue:
        return
    if bourne_shell(shebang) is None:
        message = (
            f"the scheduler runs without the prologue: {shebang[2:].strip()} is no Bourne shell"
        )
        yield FieldProblem("job_script_prologue", message)
        return
    is_set_up = "BASH_ENV" in environ or bool(re.search(r"\s-(l\b|-login\b)", shebang))
    for line in prologue:
        word, argument = _first_words(line)
        if word in ("source", "."):
            is_set_up = True  # perhaps by that file
            path = os.path.join(options.directory or "", os.path.expanduser(argument))
            if os.path.isabs(path) and not _VARIABLE.search(path) and not os.path.exists(path):
                yield _fails_here(f"there is no {path}")
        elif word in ("module", "ml") and not is_set_up and not _is_command(word, environ):
            yield _fails_here(f"there is no command {word}")
            return


def _fails_here(why: str) -> FieldProblem:
    message = f"{why} here, where the scheduler runs, and the prologue before it"
    return FieldProblem("job_script_prologue", message)


def _first_words(line: str) -> tuple[str, str]:
    """Return a command and its first argument, empty where there are none that can be read."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        words = []
    word, argument, *_ = [*words, "", ""]
    return word, argument


def _is_command(name: str, environ: Mapping[str, str]) -> bool:
    """Return whether a shell knows a command: as a program, or as a function of this environment."""
    exported = any(variable.startswith(f"BASH_FUNC_{name}") for variable in environ)
    return exported or shutil.which(name) is not None
