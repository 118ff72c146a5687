"""Jobs that Slurm accepted, and does not know: they are looked for, and never taken for cancelled."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path, PurePath

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, JobState, Snapshot
from jupyter_dask_slurm.batch.errors import BatchRefused, BatchSilent
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.cluster_files.ended import Ended
from jupyter_dask_slurm.cluster_files.record import Record
from jupyter_dask_slurm.controller.app import Controller
from jupyter_dask_slurm.model.cluster import utc_now
from jupyter_dask_slurm.model.options import ClusterOptions
from jupyter_dask_slurm.model.scaling import Scaling
from jupyter_dask_slurm.process import this_host

from .fakes import ID, ListsNothing, Queue, Start, running, until

pytestmark = pytest.mark.usefixtures("lost_at_once")


class SentElsewhere(ListsNothing):
    """A wrapper sends jobs to one of the site's other Slurm clusters, and says nothing of it."""

    def __init__(self, logs: PurePath | None = None) -> None:
        super().__init__()
        self.away, self.wice = Away(), Queue() if logs is None else RenamedThere(logs)
        self.away.slurm_cluster, self.wice.slurm_cluster = "away", "wice"
        self.wice.table = self.table

    async def elsewhere(self) -> Sequence[Queue]:
        return [self.away, self.wice]

    async def jobs(self, *, max_age: float) -> Snapshot:
        there = self.slurm_cluster == "wice"
        return await (self.wice.jobs if there else super().jobs)(max_age=max_age)

    async def log_directories(self, ids: Collection[str]) -> dict[str, PurePath]:
        return await self.wice.log_directories(ids)

    async def cancel(self, ids: Collection[str], *, pending_only: bool = False) -> None:
        if self.slurm_cluster == "wice":  # else: Invalid job id specified
            await super().cancel(ids, pending_only=pending_only)


class Away(Queue):
    async def find_jobs(self, ids: Collection[str]) -> dict[str, BatchJob]:
        raise BatchSilent("no answer")


class RenamedThere(Queue):
    """Where a plugin gives them other names, too."""

    def __init__(self, logs: PurePath) -> None:
        super().__init__()
        self.logs = logs

    async def find_jobs(self, ids: Collection[str]) -> dict[str, BatchJob]:
        return {i: BatchJob(i, "site-job", self.table[i].state) for i in ids}

    async def log_directories(self, ids: Collection[str]) -> dict[str, PurePath]:
        return dict.fromkeys(ids, self.logs)


@pytest.mark.parametrize("renamed", [False, True])
async def test_the_slurm_cluster_that_a_wrapper_chose_is_found_and_followed(
    start: Start, tmp_path: Path, renamed: bool
) -> None:
    queue = SentElsewhere(tmp_path if renamed else None)
    reconciler = await start(queue)
    reconciler.scale(2)
    await until(reconciler, lambda: queue.slurm_cluster == "wice")
    await until(reconciler, lambda: all(job.report for job in reconciler.jobs.live))
    await reconciler.end_jobs()
    assert running(queue) == []
    assert reconciler.jobs.unaccounted() == []
    assert [count for _, count in queue.submissions] == [2]


class Forgets(ListsNothing):
    """Accounting knows how they ended."""

    async def ended_jobs(self, ids: Collection[str]) -> dict[str, BatchJob]:
        return {i: BatchJob(i, self.table[i].name, JobState.CANCELLED) for i in ids}


class KnowsNone(ListsNothing):
    """``scancel`` says "Invalid job id specified", which says nothing."""

    async def cancel(self, ids: Collection[str], *, pending_only: bool = False) -> None: ...

    async def ended_jobs(self, ids: Collection[str]) -> dict[str, BatchJob]:
        return {}


class AnothersHere(KnowsNone):
    """The same id is another user's job, in the Slurm cluster that is asked."""

    async def cancel(self, ids: Collection[str], *, pending_only: bool = False) -> None:
        if ids:
            raise BatchRefused("Kill job error on job id 102: Access/permission denied")


async def test_an_id_that_is_another_users_keeps_no_cluster_from_stopping(start: Start) -> None:
    queue = AnothersHere()
    reconciler = await start(queue)
    reconciler.scale(1)
    await until(reconciler, lambda: reconciler.jobs.live)
    await reconciler.end_jobs()
    # A busy machine gives it the time to give the job up and submit another.
    assert sorted(reconciler.jobs.unaccounted()) == sorted(queue.table)


async def test_an_end_that_accounting_knows_is_an_end(start: Start) -> None:
    reconciler = await start(Forgets())
    reconciler.scale(1)
    await until(reconciler, lambda: reconciler.jobs.live)
    await reconciler.end_jobs()
    assert reconciler.jobs.unaccounted() == []


@pytest.fixture
def directory(tmp_path: Path) -> ClusterDirectory:
    directory = ClusterDirectory(tmp_path / ID)
    directory.create()
    directory.write(
        Record(ID, "otter", utc_now(), ClusterOptions(), Scaling(), "local", this_host())
    )
    return directory


@pytest.fixture
def controller(directory: ClusterDirectory) -> Controller:
    record = directory.record()
    assert record is not None
    return Controller(directory, record)


@pytest.mark.parametrize("why", [None, Ended.now("maximum_age")])
async def test_a_cluster_that_is_stopped_stays_listed_and_says_which_jobs_nobody_knows(
    start: Start, directory: ClusterDirectory, controller: Controller, why: Ended | None
) -> None:
    reconciler = controller.cluster.reconciler = await start(KnowsNone())
    reconciler.scale(2)
    await until(reconciler, lambda: reconciler.jobs.live)
    controller.cluster.fault = why
    await controller._end(reconciler)
    ended = directory.ended()
    assert ended is not None
    assert ended.code == ("jobs_unaccounted" if why is None else "maximum_age")
    # And others, where it had the time to submit some.
    known = r"Slurm does not know jobs 1_0, 1_1\b.*, which it had accepted"
    assert re.search(known, ended.message)
    assert "squeue -M all" in str(ended.advice)


async def test_one_whose_jobs_have_all_ended_is_forgotten(
    start: Start, directory: ClusterDirectory, controller: Controller
) -> None:
    reconciler = controller.cluster.reconciler = await start(Queue())
    reconciler.scale(2)
    await until(reconciler, lambda: reconciler.jobs.live)
    await controller._end(reconciler)
    assert not directory.path.exists()
