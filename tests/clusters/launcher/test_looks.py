"""Where a controller's own job is looked for; `test_placement` starts real ones."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from pathlib import Path, PurePath
from typing import Any

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, JobState, Snapshot
from jupyter_dask_slurm.batch.errors import BatchSilent
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.clusters.launcher import JobLauncher, presence
from jupyter_dask_slurm.process import Owner

ID = "3f9a12bc"
NAME = f"blue-otter-{ID}-controller"


class OneSlurm:
    """A Slurm cluster with these jobs, of which a list may show none."""

    def __init__(self, name: str | None, *jobs: BatchJob, lists: bool = True) -> None:
        self.slurm_cluster, self.lists = name, lists
        self.table = {job.id: job for job in jobs}
        self.others: list[OneSlurm] = []
        self.logs = PurePath("/elsewhere")
        self.silent = False

    async def elsewhere(self) -> Sequence[OneSlurm]:
        return self.others

    async def jobs(self, *, max_age: float) -> Snapshot:
        return Snapshot(time.time(), dict(self.table) if self.lists else {})

    async def find_jobs(self, ids: Collection[str]) -> dict[str, BatchJob]:
        if self.silent:
            raise BatchSilent("no answer")
        return {i: self.table[i] for i in ids if i in self.table}

    async def log_directories(self, ids: Collection[str]) -> dict[str, PurePath]:
        return {i: self.logs for i in ids if i in self.table}

    async def cancel(self, ids: Collection[str], *, pending_only: bool = False) -> None:
        for job_id in ids:
            self.table[job_id] = BatchJob(job_id, NAME, JobState.CANCELLED)


@pytest.fixture
def directory(tmp_path: Path) -> ClusterDirectory:
    return ClusterDirectory(tmp_path / ID)


@pytest.fixture(autouse=True)
def one_look_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "LOOKS", 1)
    monkeypatch.setattr(presence, "SPAN", 0.0)


def launcher(directory: ClusterDirectory, *slurms: OneSlurm) -> JobLauncher:
    made = JobLauncher(directory.path.parent)
    by_name: dict[str | None, Any] = {slurm.slurm_cluster: slurm for slurm in slurms}

    async def slurm(cluster: str | None) -> Any:
        return by_name[cluster]

    made._slurm = slurm  # type: ignore[method-assign]
    return made


def owner(slurm_cluster: str | None = None) -> Owner:
    return Owner("", boot_id="", pid=0, process_start=0, job="7", slurm_cluster=slurm_cluster)


async def test_one_that_the_site_renamed_is_known_by_its_log(directory: ClusterDirectory) -> None:
    slurm = OneSlurm(None, BatchJob("7", "site-job", JobState.RUNNING))
    assert await launcher(directory, slurm).alive(directory, owner()) is False  # another's
    slurm.logs = directory.path
    looks = launcher(directory, slurm)
    assert await looks.alive(directory, owner()) is True
    await looks.end(directory, owner())
    assert slurm.table["7"].state is JobState.CANCELLED


async def test_one_that_a_wrapper_sent_to_another_slurm_cluster_is_found_there(
    directory: ClusterDirectory,
) -> None:
    here, away = OneSlurm(None), OneSlurm("away")
    there = OneSlurm("wice", BatchJob("7", NAME, JobState.PENDING))
    here.others, away.silent = [away, there], True
    looks = launcher(directory, here, away, there)
    assert await looks.alive(directory, owner()) is True
    await looks.end(directory, owner())
    assert there.table["7"].state is JobState.CANCELLED
    assert await looks.alive(directory, owner()) is False


async def test_one_that_no_list_shows_is_asked_for_by_its_id(directory: ClusterDirectory) -> None:
    slurm = OneSlurm(None, BatchJob("7", NAME, JobState.RUNNING), lists=False)
    looks = launcher(directory, slurm)
    assert await looks.alive(directory, owner()) is True
    slurm.silent = True
    assert await looks.alive(directory, owner()) is None
    slurm.silent, slurm.table = False, {}
    assert await looks.alive(directory, owner()) is False


@pytest.mark.parametrize("other", ["blue-otter-0badcafe-controller", "my-own-job"])
async def test_a_forced_stop_leaves_another_job_with_its_id_alone(
    directory: ClusterDirectory, other: str
) -> None:
    slurm = OneSlurm(None, BatchJob("7", other, JobState.RUNNING))
    await launcher(directory, slurm).end(directory, owner())
    assert slurm.table["7"].state is JobState.RUNNING
