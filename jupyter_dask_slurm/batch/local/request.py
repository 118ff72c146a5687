"""What one job of the embedded queue asks for, read from its script, and its ``SLURM_*`` variables."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import BatchRefused
from ..slurm.script import directives, interpreter
from ..slurm.walltime import parse_walltime

PARTITION = "local"

_MEMORY = re.compile(r"(\d+)([KMGT]?)B?", re.IGNORECASE)
_KIB = {"K": 1, "": 1024, "M": 1024, "G": 1024**2, "T": 1024**3}
_NO_LIMIT = frozenset({"", "0", "-1", "UNLIMITED", "INFINITE"})


@dataclass(frozen=True)
class Request:
    """What one job asks for. Memory in bytes, walltime in seconds or None for no limit."""

    interpreter: tuple[str, ...]
    cores: int
    cores_per_task: int
    memory: int
    walltime: int | None
    directory: Path | None

    @classmethod
    def of(cls, script: str) -> Request:
        """Read a script as sbatch does. Raise BatchRefused for what Slurm refuses too."""
        command = interpreter(script)
        if command is None:
            raise BatchRefused("This does not look like a batch script: it must begin with '#!'")
        if "\r\n" in script:
            raise BatchRefused("Batch script contains DOS line breaks instead of UNIX line breaks")
        options = directives(script)
        tasks = _whole(options, "--ntasks")
        cores_per_task = _whole(options, "--cpus-per-task")
        cores = tasks * cores_per_task
        if "--mem" in options:
            memory = _memory(options["--mem"])
        else:
            memory = cores * _memory(options.get("--mem-per-cpu", "0"))
        directory = options.get("--chdir")
        return cls(
            interpreter=tuple(command),
            cores=cores,
            cores_per_task=cores_per_task,
            memory=memory,
            walltime=_walltime(options.get("--time", "")),
            directory=Path(directory) if directory else None,
        )


def _whole(options: dict[str, str], name: str) -> int:
    text = options.get(name, "1")
    if not re.fullmatch(r"0*[1-9]\d*", text, re.ASCII):
        raise BatchRefused(f'Invalid numeric value "{text}" for {name}.')
    return int(text)


def _memory(text: str) -> int:
    """Return bytes. Slurm's units are binary, and a bare number is mebibytes (``sbatch`` manual, --mem)."""
    match = _MEMORY.fullmatch(text)
    if match is None:
        raise BatchRefused(f"Invalid --mem specification: {text}")
    return int(match[1]) * _KIB[match[2].upper()] * 1024


def _walltime(text: str) -> int | None:
    if text.upper() in _NO_LIMIT:
        return None
    try:
        return parse_walltime(text)
    except ValueError:
        raise BatchRefused(f"Invalid --time specification: {text}") from None


def task_variables(
    request: Request, name: str, first: int, index: int, count: int
) -> dict[str, str]:
    """Return the variables that Slurm sets for task ``index`` of the array ``first``."""
    host = platform.node()
    return {
        "SLURM_ARRAY_JOB_ID": str(first),
        "SLURM_ARRAY_TASK_ID": str(index),
        "SLURM_ARRAY_TASK_COUNT": str(count),
        "SLURM_JOB_ID": str(first + index),
        "SLURM_JOBID": str(first + index),
        "SLURM_JOB_NAME": name,
        "SLURM_JOBPARTITION": PARTITION,
        "SLURM_JOB_NODELIST": host,
        "SLURM_JOB_NUM_NODES": "1",
        "SLURMD_NODENAME": host,
        "SLURM_NTASKS": str(request.cores // request.cores_per_task),
        "SLURM_CPUS_PER_TASK": str(request.cores_per_task),
        "SLURM_CPUS_ON_NODE": str(request.cores),
        "SLURM_MEM_PER_NODE": str(request.memory // 1024**2),
        "SLURM_SUBMIT_DIR": os.getcwd(),
    }
