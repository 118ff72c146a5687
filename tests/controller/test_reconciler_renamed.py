"""A site that renames jobs: they stay ours by where their output goes, and others by the same sign not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path, PurePath

from jupyter_dask_slurm.batch.base import BatchJob, JobState, Snapshot

from .fakes import Queue, Start, codes, running, scale_to, until


class Renames(Queue):
    """A submit plugin gives every job another name, whatever it is asked about later."""

    def __init__(self, logs: PurePath) -> None:
        super().__init__()
        self.logs = logs

    async def jobs(self, *, max_age: float) -> Snapshot:
        snapshot = await super().jobs(max_age=max_age)
        return replace(snapshot, jobs=_renamed(snapshot.jobs))

    async def ended_jobs(self, ids: Collection[str]) -> dict[str, BatchJob]:
        return _renamed(await super().ended_jobs(ids))

    async def log_directories(self, ids: Collection[str]) -> dict[str, PurePath]:
        return dict.fromkeys(ids, self.logs)


def _renamed(jobs: object) -> dict[str, BatchJob]:
    assert isinstance(jobs, dict)
    return {i: replace(job, name="site-job", exit_code="3:0") for i, job in jobs.items()}


async def test_renamed_jobs_are_seen_cancelled_and_their_ends_known(
    start: Start, tmp_path: Path
) -> None:
    queue = Renames(tmp_path)
    reconciler = await start(queue)
    await scale_to(reconciler, 2)
    await scale_to(reconciler, 1)
    await until(reconciler, lambda: len(running(queue)) == 1 == len(reconciler.jobs.live))
    (ended,) = [job for job in reconciler.jobs if job.ended]
    assert ended.report is not None
    assert (ended.report.state, ended.report.exit_code) == (JobState.CANCELLED, "3:0")
    assert queue.submissions == [("blue-otter-3f9a12bc-1", 2)]
    assert codes(reconciler) == []
