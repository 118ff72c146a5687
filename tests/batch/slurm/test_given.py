"""What a real Slurm gave to a job, where that is not what was asked for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, JobState
from jupyter_dask_slurm.batch.slurm.system import SlurmBatchSystem

from ...slurm.handle import Slurm

NAME = "blue-otter-3f9a12bc-1"


@pytest.fixture
def batch(slurm: Slurm, tmp_path: Path) -> SlurmBatchSystem:
    return SlurmBatchSystem(tmp_path / "registry", slurm.environ)


async def submit(batch: SlurmBatchSystem, tmp_path: Path, *directives: str) -> str:
    lines = "".join(f"#SBATCH {line}\n" for line in ("-c 1", "-t 10", *directives))
    script = f"#!/bin/sh\n{lines}sleep 300\n"
    answer = await batch.submit(script, name=NAME, count=1, log_directory=tmp_path / "logs")
    (job_id,) = answer.ids
    return job_id


async def seen(
    batch: SlurmBatchSystem, job_id: str, condition: Callable[[BatchJob], object]
) -> BatchJob:
    """Ask until the job is as it should be; return it."""
    deadline = time.monotonic() + 30
    while True:
        job = (await batch.jobs(max_age=0)).get(job_id)
        if job is not None and condition(job):
            return job
        assert time.monotonic() < deadline, job
        await asyncio.sleep(0.1)


async def running(batch: SlurmBatchSystem, job_id: str) -> BatchJob:
    return await seen(batch, job_id, lambda job: job.state is JobState.RUNNING)


async def test_a_whole_node_for_one_core(batch: SlurmBatchSystem, tmp_path: Path) -> None:
    alone = await running(batch, await submit(batch, tmp_path, "--exclusive"))
    assert (alone.cpus, alone.partition) == (16, "debug")
    shares = await running(batch, await submit(batch, tmp_path))
    assert shares.cpus == 1


async def test_the_limit_that_slurm_keeps_to_is_the_one_that_counts(
    batch: SlurmBatchSystem, slurm: Slurm, tmp_path: Path
) -> None:
    job_id = await submit(batch, tmp_path)
    first = await running(batch, job_id)
    assert first.time_left is not None
    assert 500 < first.time_left <= 600
    for limit in (20, 3):
        slurm.run("scontrol", "update", f"JobId={job_id}", f"TimeLimit={limit}")
        left = (await running(batch, job_id)).time_left
        assert left is not None
        assert 60 * limit - 100 < left <= 60 * limit


async def test_a_suspended_job_keeps_its_time(
    batch: SlurmBatchSystem, slurm: Slurm, tmp_path: Path
) -> None:
    job_id = await submit(batch, tmp_path)
    await running(batch, job_id)
    slurm.run("scontrol", "suspend", job_id)
    suspended = await seen(batch, job_id, lambda job: job.state is JobState.SUSPENDED)
    assert suspended.state.suspended
    assert suspended.time_left is not None
    slurm.run("scontrol", "resume", job_id)
    await running(batch, job_id)


async def test_a_time_of_grace_is_all_that_a_preempted_job_has_left(
    slurm_with: Callable[..., Slurm], tmp_path: Path
) -> None:
    slurm = slurm_with(
        PreemptType="preempt/partition_prio",
        PreemptMode="REQUEUE",
        SelectType="select/cons_tres",
        SchedulerParameters="sched_interval=1,batch_sched_delay=0,preempt_youngest_first",
    )
    for name, tier in (("low", 1), ("high", 9)):
        words = (f"PartitionName={name}", "Nodes=n1", "State=UP", f"PriorityTier={tier}")
        slurm.run("scontrol", "create", *words, "GraceTime=50", "PreemptMode=REQUEUE")
    batch = SlurmBatchSystem(tmp_path / "registry", slurm.environ)
    job_id = await submit(batch, tmp_path, "-p low", "--exclusive")
    await running(batch, job_id)
    await submit(batch, tmp_path, "-p high", "--exclusive")
    job = await seen(batch, job_id, lambda job: (job.time_left or 999) <= 50)
    # The signal is being sent, or has been.
    assert job.state in (JobState.RUNNING, JobState.SIGNALING)
