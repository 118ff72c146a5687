"""How jobs of a real Slurm ended: what squeue lists no more, slurmdbd may know."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from jupyter_dask_slurm.batch.base import JobState
from jupyter_dask_slurm.batch.slurm.system import SlurmBatchSystem
from jupyter_dask_slurm.site_rules.reachability import NO_OUTPUT

from ...slurm.commands import RecordedCommands
from ...slurm.handle import Slurm

NAME = "blue-otter-3f9a12bc-1"
HEAD = "#!/bin/sh\n#SBATCH --cpus-per-task=1\n#SBATCH --mem=100M\n#SBATCH -t 10\n"
HELD = HEAD + "#SBATCH --hold\nsleep 60\n"


async def test_accounting_knows_what_squeue_has_forgotten(
    slurm_with: Callable[..., Slurm], tmp_path: Path
) -> None:
    slurm = slurm_with(accounting=True, MinJobAge="2")
    commands = RecordedCommands(tmp_path, slurm)
    batch = SlurmBatchSystem(tmp_path / "registry", commands.environ)

    async def submit(script: str, count: int) -> tuple[str, ...]:
        answer = await batch.submit(script, name=NAME, count=count, log_directory=tmp_path / "logs")
        assert len(answer.ids) == count
        return answer.ids

    before = time.time()
    failed = await submit(HEAD + "exit 3\n", 3)
    cancelled, runs = await submit(HEAD + "sleep 120\n", 2)
    waiting = await submit(HELD, 4)
    while (await batch.jobs(max_age=0)).jobs[cancelled].state is not JobState.RUNNING:
        await asyncio.sleep(0.1)
    await batch.cancel([cancelled])
    await batch.cancel(waiting)
    ended = {*failed, cancelled, *waiting}
    deadline = time.monotonic() + 60
    while ended & (await batch.jobs(max_age=0)).jobs.keys():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)

    commands.seen()
    ends = await batch.ended_jobs([*ended, runs, "999999_1"])
    assert commands.seen() == ["squeue", "sacct"]
    assert {i: (job.name, job.state.name, job.exit_code) for i, job in ends.items()} == {
        **dict.fromkeys(failed, (NAME, "FAILED", "3:0")),
        cancelled: (NAME, "CANCELLED", "0:0"),
        **dict.fromkeys(waiting, (NAME, "CANCELLED", None)),
    }
    for job_id, job in ends.items():
        assert job.id == job_id
        assert job.ended is not None
        assert before - 2 < job.ended < time.time() + 2
        assert (job.started, job.node) == (None, None) or job_id not in waiting
        assert (job.started is None, job.node) == (False, "n1") or job_id in waiting

    # Without slurmdbd what squeue knows is still told, and slurmdbd is left in peace.
    slurm.stop_accounting()
    (now,) = await submit(HEAD + "exit 4\n", 1)
    while not (await batch.jobs(max_age=0)).jobs[now].state.ended:
        await asyncio.sleep(0.1)
    commands.seen()
    for seen in (["squeue", "sacct"], ["squeue"]):
        ends = await batch.ended_jobs([now, *failed])
        assert {i: job.exit_code for i, job in ends.items()} == {now: "4:0"}
        assert commands.seen() == seen


async def test_without_accounting_sacct_is_not_run(slurm: Slurm, tmp_path: Path) -> None:
    commands = RecordedCommands(tmp_path, slurm)
    batch = SlurmBatchSystem(tmp_path / "registry", commands.environ)
    assert await batch.ended_jobs(["999999_3", "999998"]) == {}
    assert commands.seen() == ["squeue", "scontrol"]
    assert await batch.ended_jobs(["999999_3"]) == {}
    assert commands.seen() == ["squeue"]
    assert await batch.ended_jobs([]) == {}
    assert commands.seen() == []


async def test_a_job_whose_output_cannot_be_opened_ends_with_a_code_of_its_own(
    slurm: Slurm, tmp_path: Path
) -> None:
    batch = SlurmBatchSystem(tmp_path / "registry", slurm.environ)
    argv = ("sbatch", "--parsable", "-o", str(tmp_path / "missing" / "log"), "-J", NAME)
    job_id = slurm.run(*argv, "--wrap", "true").strip()
    deadline = time.monotonic() + 60
    while not (ended := await batch.ended_jobs([job_id])):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    assert (ended[job_id].state, ended[job_id].exit_code) == (JobState.FAILED, NO_OUTPUT)
