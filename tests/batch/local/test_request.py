"""What a job of the embedded queue asks for, as tables."""

from __future__ import annotations

import pytest

from jupyter_dask_slurm.batch.errors import BatchRefused
from jupyter_dask_slurm.batch.local.request import Request

MIB = 1024**2


def request(*options: str) -> Request:
    return Request.of("\n".join(["#!/bin/sh", *(f"#SBATCH {option}" for option in options)]))


@pytest.mark.parametrize(
    ("options", "cores", "memory", "walltime"),
    [
        ([], 1, 0, None),
        (["-n 1", "--cpus-per-task=4", "--mem=15G", "-t 01:00:00"], 4, 15 * 1024 * MIB, 3600),
        (["-n 2", "-c 3"], 6, 0, None),
        (["--mem=512"], 1, 512 * MIB, None),
        (["--mem=2048K"], 1, 2 * MIB, None),
        (["--mem=1TB"], 1, MIB * MIB, None),
        (["-c 4", "--mem-per-cpu=100M"], 4, 400 * MIB, None),
        (["-t 30"], 1, 0, 1800),
        (["-t 0:02"], 1, 0, 2),
        (["-t UNLIMITED"], 1, 0, None),
        (["--partition=debug", "--exclusive", "-A project"], 1, 0, None),
    ],
)
def test_requests(options: list[str], cores: int, memory: int, walltime: int | None) -> None:
    asked = request(*options)
    assert (asked.cores, asked.memory, asked.walltime) == (cores, memory, walltime)


@pytest.mark.parametrize(
    "option", ["-c 0", "-n x", "-c -1", "--mem=lots", "--mem=-1", "-t soon", "--mem-per-cpu=x"]
)
def test_refused(option: str) -> None:
    with pytest.raises(BatchRefused):
        request(option)
