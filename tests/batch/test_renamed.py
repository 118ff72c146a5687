"""Jobs that a site has renamed get their names back, and only those."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePath
from typing import cast

from jupyter_dask_slurm.batch.base import BatchJob, BatchSystem, JobState, Snapshot
from jupyter_dask_slurm.batch.renamed import RenamedJobs

OURS, OTHERS = PurePath("/state/3f9a12bc/jobs"), PurePath("/home/alice")


class Logs:
    """Knows where the output of some jobs goes, and what it was asked for."""

    def __init__(self, **directories: PurePath) -> None:
        self.directories = directories
        self.asked: list[str] = []

    async def log_directories(self, ids: Collection[str]) -> dict[str, PurePath]:
        self.asked += ids
        return {i: self.directories[f"job{i}"] for i in ids if f"job{i}" in self.directories}


def name_of(job_id: str, logs: PurePath) -> str | None:
    return f"ours-{job_id}" if logs == OURS else None


def listed(*ids: str, submitted: float = 100.0) -> Snapshot:
    jobs = (BatchJob(i, "site-name", JobState.RUNNING, submitted=submitted) for i in ids)
    return Snapshot(0.0, {job.id: job for job in jobs})


async def test_only_those_whose_output_goes_to_our_directory_are_ours() -> None:
    logs = Logs(job7=OURS, job8=OTHERS)
    renamed = RenamedJobs(cast(BatchSystem, logs), name_of)
    jobs = (await renamed.restore(listed("7", "8", "9", "10"), ["7", "8", "9", "11"])).jobs
    assert {i: job.name for i, job in jobs.items()} == {
        "7": "ours-7", "8": "site-name", "9": "site-name", "10": "site-name",
    }  # fmt: skip
    assert logs.asked == ["7", "8", "9"]


async def test_a_job_is_asked_for_once_and_again_when_its_id_is_given_again() -> None:
    logs = Logs(job7=OURS)
    renamed = RenamedJobs(cast(BatchSystem, logs), name_of)
    for _ in range(2):
        assert (await renamed.restore(listed("7"), ["7"])).jobs["7"].name == "ours-7"
    assert logs.asked == ["7"]
    logs.directories["job7"] = OTHERS
    reused = await renamed.restore(listed("7", submitted=200.0), ["7"])
    assert reused.jobs["7"].name == "site-name"


async def test_a_task_of_an_array_that_one_line_tells_of() -> None:
    renamed = RenamedJobs(cast(BatchSystem, Logs(job7_3=OURS)), name_of)
    line = BatchJob("7", "site-name", JobState.CANCELLED, submitted=1.0)
    snapshot = await renamed.restore(Snapshot(0.0, {}, {"7": line}), ["7_3"])
    found = snapshot.get("7_3")
    assert found is not None
    assert (found.id, found.name, found.state) == ("7_3", "ours-7_3", JobState.CANCELLED)
