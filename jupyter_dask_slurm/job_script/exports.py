"""The same job outside of this panel: as a `SLURMCluster` in Python, and as defaults in YAML.

The Python gives what the job script has, exactly: its workers share less than the job's memory, and
leave before its walltime. The YAML is for the next cluster, made here or there, whatever memory and
walltime that will have: so it says what the job is, and leaves the rest to whoever reads it.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

import yaml
from dask.utils import format_bytes, parse_bytes
from dask_jobqueue.slurm import slurm_format_bytes_ceil

from ..batch.slurm.script import without_stamped
from ..batch.slurm.walltime import format_walltime
from ..model.command import python_words
from ..model.options import ClusterOptions
from ..model.scaling import Scaling
from .lines import environment_lines
from .script import Script, directory_directive, workers_memory
from .section import DaskConfig, jobqueue_defaults

_INDENT = "    "
_WIDTH = 88
_UNITS = (
    ("TB", 10**12),
    ("TiB", 2**40),
    ("GB", 10**9),
    ("GiB", 2**30),
    ("MB", 10**6),
    ("MiB", 2**20),
)


def exports(
    options: ClusterOptions, config: DaskConfig, script: Script, scaling: Scaling
) -> dict[str, str]:
    """``python`` and ``yaml`` for the script that was rendered from these resolved options."""
    return {
        "python": _python(options, config, script, scaling),
        "yaml": _yaml(options, config, script),
    }


def _python(options: ClusterOptions, config: DaskConfig, script: Script, scaling: Scaling) -> str:
    cores, memory, processes = options.cores or 1, options.memory or 1, options.processes or 1
    values = {
        "cores": cores,
        "memory": _of_workers(workers_memory(memory, config.job_mem), processes),
        "job_mem": config.job_mem or slurm_format_bytes_ceil(memory),
        "job_cpu": config.job_cpu,
        "nanny": None if config.nanny else False,
        **_common(options, config, script),
        "worker_extra_args": list(script.worker_args),
        # Keys of its own, which the nodes find in the home directory.
        "security": True,
        "shared_temp_directory": config.shared_directory or "~",
    }
    if "job-script-epilogue" not in jobqueue_defaults()["slurm"]:
        del values["job_script_epilogue"]  # dask-jobqueue 0.9 would refuse it
    arguments = [f"{key}={_literal(key, value)}" for key, value in values.items() if _given(value)]
    lines = "".join(f"{_INDENT}{argument},\n" for argument in arguments)
    return (
        "from dask_jobqueue import SLURMCluster\n\n"
        f"cluster = SLURMCluster(\n{lines})\n{_scale(scaling, cores, memory)}\n"
    )


def _scale(scaling: Scaling, cores: int, memory: int) -> str:
    adapt = scaling.adapt
    if adapt is None:
        # Whole jobs: what a memory comes to depends on what the workers have of it.
        return f"cluster.scale(jobs={scaling.jobs(cores=cores, memory=memory)})"
    limits = f"minimum_jobs={adapt.minimum_jobs}, maximum_jobs={adapt.maximum_jobs}"
    return f"cluster.adapt({limits})"


def _yaml(options: ClusterOptions, config: DaskConfig, script: Script) -> str:
    values = {
        "cores": options.cores,
        "memory": size_text(options.memory or 0),
        "job-mem": config.job_mem,
        "job-cpu": config.job_cpu,
        **{key.replace("_", "-"): value for key, value in _common(options, config, script).items()},
        "worker-extra-args": list(options.worker_extra_args or ()),
    }
    if options.directory is not None:
        # A folder of one's own is no default for the clusters of others, nor of other notebooks.
        own = directory_directive(options.directory)
        values["job-extra-directives"].remove(own)
    section = {key: value for key, value in values.items() if _given(value)}
    text: str = yaml.safe_dump(
        {"jobqueue": {"slurm": section}}, sort_keys=False, allow_unicode=True, width=1000
    )
    return text


def _common(options: ClusterOptions, config: DaskConfig, script: Script) -> dict[str, Any]:
    """What both say alike, in dask-jobqueue's words."""
    scheduler = {
        "interface": options.scheduler_interface,
        "host": config.scheduler_host,
        "port": config.scheduler_port or None,
    }
    if scheduler["interface"] == options.interface:
        del scheduler["interface"]
    marked = (without_stamped(f"#SBATCH {text}") for text in script.directives)
    return {
        "processes": options.processes,
        "walltime": options.walltime and format_walltime(options.walltime),
        "queue": options.partition,
        "account": options.account,
        "python": shlex.join(python_words(options.python or "")),
        "interface": options.interface,
        "scheduler_options": {key: value for key, value in scheduler.items() if value is not None},
        "death_timeout": options.death_timeout,
        "local_directory": options.local_directory,
        "log_directory": options.log_directory,
        "job_extra_directives": [text.removeprefix("#SBATCH ") for text in marked if text],
        "job_script_prologue": [
            *environment_lines(options.environment),
            *(options.job_script_prologue or ()),
        ],
        "job_script_epilogue": list(config.epilogue),
        "job_directives_skip": list(options.job_directives_skip or ()),
        "shebang": _unless(config.shebang, DaskConfig.shebang),
        "worker_command": _unless(config.worker_command, DaskConfig.worker_command),
    }


def _unless(value: str, default: str) -> str | None:
    return None if value == default else value


def _given(value: object) -> bool:
    return value not in (None, [], {})


def size_text(size: int) -> str:
    """A size in the largest unit of which it is a multiple: ``16 GB``, ``512 MiB``."""
    for unit, factor in _UNITS:
        if size and size % factor == 0:
            return f"{size // factor} {unit}"
    return f"{size} B"


def _of_workers(memory: int, processes: int) -> str:
    """A short text for the memory of the workers of a job, that gives each the same limit."""
    limit = format_bytes(memory / processes)
    for digits in range(6):
        text = f"{memory / 2**30:.{digits}f} GiB"
        if format_bytes(parse_bytes(text) / processes) == limit:
            return text
    return size_text(memory)


def _literal(key: str, value: object) -> str:
    """Python for a value, over several lines where a list is long."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(k)}: {_literal(k, v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        items = [_literal(key, item) for item in value]
        line = f"[{', '.join(items)}]"
        if len(_INDENT) + len(key) + len(line) + 2 <= _WIDTH:
            return line
        return "[\n" + "".join(f"{_INDENT * 2}{item},\n" for item in items) + f"{_INDENT}]"
    return repr(value)
