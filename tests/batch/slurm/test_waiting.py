"""What a real Slurm says of jobs that wait: why, and when it expects to start them."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from jupyter_dask_slurm.batch.base import BatchJob
from jupyter_dask_slurm.batch.slurm.system import SlurmBatchSystem

from ...slurm.handle import Slurm, wait_for

ALL_OF_A_NODE = (
    "#!/bin/sh\n#SBATCH --cpus-per-task=16\n#SBATCH --mem=100M\n#SBATCH -t 10\n{}sleep 60\n"
)


async def test_who_waits_for_resources_has_an_estimated_start(slurm: Slurm, tmp_path: Path) -> None:
    batch = SlurmBatchSystem(tmp_path / "registry", slurm.environ)

    async def submit(line: str, count: int) -> tuple[str, ...]:
        answer = await batch.submit(
            ALL_OF_A_NODE.format(line), name="waits", count=count, log_directory=tmp_path / "logs"
        )
        assert len(answer.ids) == count
        return answer.ids

    await submit("", 2)
    wait_for(lambda: slurm.run("squeue", "-h", "-t", "RUNNING", "-o", "x").count("x") == 2)
    waiting = await submit("", 3)
    (held,) = await submit("#SBATCH --hold\n", 1)
    jobs: list[BatchJob] = []
    deadline = time.monotonic() + 60
    while not jobs or jobs[0].estimated_start is None:  # the backfill scheduler's next round
        assert time.monotonic() < deadline
        snapshot = await batch.jobs(max_age=0)
        jobs = [snapshot.jobs[job_id] for job_id in waiting]
        await asyncio.sleep(0.2)

    environ = {**slurm.environ, "SLURM_TIME_FORMAT": "%s"}
    argv = ["squeue", "--start", "-h", "-r", "-j", waiting[0].partition("_")[0], "-o", "%S"]
    command = await asyncio.create_subprocess_exec(
        *argv, env=environ, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await command.communicate()
    assert {float(text) for text in printed.split()} == {job.estimated_start for job in jobs}
    assert {job.started for job in jobs} == {None}
    assert jobs[0].estimated_start is not None
    assert time.time() < jobs[0].estimated_start < time.time() + 3600
    assert snapshot.jobs[held].estimated_start is None
