"""The logs of jobs: those that are remembered are kept, those of forgotten ones are removed."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, JobState
from jupyter_dask_slurm.controller import job_table
from jupyter_dask_slurm.controller.job_logs import JobLogs

from .fakes import Queue, Start, running, scale_to, until

KEPT = 3


@pytest.mark.parametrize("own", [True, False])
async def test_only_logs_of_forgotten_jobs_go_and_only_from_a_directory_of_its_own(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: bool
) -> None:
    monkeypatch.setattr(job_table, "KEEP_ENDED", KEPT)
    queue = Queue()
    reconciler = await start(queue, remove_old_logs=own)
    await scale_to(reconciler, 8)
    jobs = [job.id for job in reconciler.jobs]
    foreign = {"1_10.log", "notes.log"}
    for name in [*(f"{job_id}.log" for job_id in jobs), *foreign]:
        (tmp_path / name).touch()
    for job_id in jobs[:5]:
        queue.table[job_id] = BatchJob(job_id, queue.table[job_id].name, JobState.CANCELLED)
    reconciler.scale(3)
    await until(reconciler, lambda: len(reconciler.jobs.live) == len(running(queue)) == 3)
    await until(reconciler, lambda: len(list(reconciler.jobs)) == 3 + KEPT)
    gone = {f"{job_id}.log" for job_id in jobs} - {f"{job.id}.log" for job in reconciler.jobs}
    assert len(gone) == 2
    if own:
        await until(reconciler, lambda: not any((tmp_path / name).exists() for name in gone))
    for _ in range(20):
        await reconciler.changed.wait()
    left = set(os.listdir(tmp_path))
    expected = foreign | {f"{job_id}.log" for job_id in jobs}
    assert left == (expected - gone if own else expected)


async def test_logs_that_cannot_be_removed_are_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "1_0.log" / "a directory").mkdir(parents=True)
    logs = JobLogs(tmp_path, removable=True)
    with caplog.at_level(logging.WARNING):
        await logs.remove(["1_0"])
        await logs.remove(["1_0", "../1_1"])
    assert len(caplog.records) == 1
    assert "1_0.log" in caplog.text
