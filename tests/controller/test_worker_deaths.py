"""What is said of workers that die while their job goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, JobState, Snapshot
from jupyter_dask_slurm.controller import worker_deaths
from jupyter_dask_slurm.controller.job_logs import JobLogs
from jupyter_dask_slurm.controller.job_table import DESERTED_AFTER, JobTable
from jupyter_dask_slurm.controller.problems import Problems
from jupyter_dask_slurm.controller.reconciler import Reconciler
from jupyter_dask_slurm.controller.scheduler.client import SchedulerState
from jupyter_dask_slurm.controller.tracked_job import Death, Leaving, WorkerInfo
from jupyter_dask_slurm.controller.worker_deaths import WorkerDeaths

from .fakes import ID, Queue, Start, WorkersInEveryJob, running, scale_to, until

NAME = f"blue-otter-{ID}-1"
OVER = "Worker tls://10.0.0.2:41 (pid=7) exceeded 95% memory budget. Restarting"
MEMORY = f"2026-11-30 11:00:01,000 - distributed.nanny.memory - WARNING - {OVER}..."


class Cluster:
    """Jobs whose workers die, and what is said of them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.table, self.problems = JobTable(ID), Problems()
        logs = JobLogs(directory, removable=False)
        self.deaths = WorkerDeaths(self.problems, self.table, logs)
        jobs = {i: BatchJob(i, NAME, JobState.RUNNING) for i in ("81_0", "81_1")}
        self.table.update(Snapshot(1.0, jobs))

    async def polled(self, now: float, workers: list[str], deaths: dict[str, Death]) -> str | None:
        """Return what is said after a poll of the scheduler."""
        self.table.update_workers([WorkerInfo(f"tls://{n}", n) for n in workers], now)
        await self.deaths.update(deaths, now)
        return next((problem.message for problem in self.problems.all()), None)


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(tmp_path)


async def test_a_worker_that_came_back_is_told_with_its_job_its_words_and_its_tasks(
    cluster: Cluster,
) -> None:
    death = Death(1, 100.0, ("inc-1", "inc-2"))
    assert await cluster.polled(99, ["81_0.0-0", "81_0.0-1", "81_1.0-0"], {}) is None
    # Its whole job may have ended: nothing is said before another worker has its name.
    gone = {"81_0.0-0": death}
    assert await cluster.polled(101, ["81_0.0-1", "81_1.0-0"], gone) is None
    (cluster.directory / "81_0.log").write_text(f"{MEMORY}\n")
    everyone = ["81_0.0-0", "81_0.0-1", "81_1.0-0"]
    said = await cluster.polled(104, everyone, gone)
    assert said == (
        "A worker of job 81_0 died and was started again, last 1970-01-01T00:01:40Z. "
        f"{OVER}. It ran: inc-1, inc-2."
    )
    # Another of the same job, and one of another job, whose log says nothing.
    more = {**gone, "81_0.0-1": Death(2, 160.0), "81_1.0-0": Death(1, 120.0)}
    said = await cluster.polled(161, everyone, more)
    assert said is not None
    first, second = said.splitlines()
    assert first.startswith(
        "A worker of job 81_0 died and was started again, 3 times by now, last 1970"
    )
    assert first.endswith(f"00:02:40Z. {OVER}.")
    assert second == "A worker of job 81_1 died and was started again, last 1970-01-01T00:02:00Z."


async def test_deaths_are_told_for_a_while(cluster: Cluster) -> None:
    deaths = {"81_0.0": Death(1, 100.0)}
    assert await cluster.polled(101, ["81_0.0"], deaths)
    assert await cluster.polled(100 + worker_deaths.KEPT - 1, ["81_0.0"], deaths)
    assert await cluster.polled(100 + worker_deaths.KEPT, ["81_0.0"], deaths) is None
    assert await cluster.polled(101 + worker_deaths.KEPT, ["81_0.0"], deaths) is None
    assert await cluster.polled(2000, ["81_0.0"], {"81_0.0": Death(2, 1999.0)})


async def test_workers_of_a_job_that_leaves_end_as_they_should(cluster: Cluster) -> None:
    cluster.table.mark_leaving(["81_0"], Leaving.RETIRING, 99.0)
    assert await cluster.polled(101, ["81_0.0"], {"81_0.0": Death(1, 100.0)}) is None


@pytest.mark.parametrize(
    ("state", "seconds", "deserted"),
    [
        (JobState.RUNNING, DESERTED_AFTER + 1, True),
        (JobState.RUNNING, DESERTED_AFTER - 1, False),
        (JobState.SUSPENDED, DESERTED_AFTER + 1, False),
        (JobState.COMPLETING, DESERTED_AFTER + 1, False),
    ],
)
def test_a_job_is_deserted_after_minutes_without_its_workers(
    state: JobState, seconds: float, deserted: bool
) -> None:
    table = JobTable(ID)
    jobs = {i: BatchJob(i, NAME, state) for i in ("81_0", "81_1")}
    table.update(Snapshot(1.0, jobs))
    table.update_workers([WorkerInfo("tls://a", "81_0.0")], 2.0)
    table.update_workers([], 10.0)
    # One that never had a worker may be preparing itself still.
    assert [job.id for job in table.deserted(10 + seconds)] == ["81_0"] * deserted


async def test_a_deserted_job_is_replaced(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    class LosesTheFirst(WorkersInEveryJob):
        lost = False

        async def state(self) -> SchedulerState:
            state = await super().state()
            stay = tuple(w for w in state.workers if not (self.lost and w.job_id == "1_0"))
            return SchedulerState(0, 0, stay)

    monkeypatch.setattr("jupyter_dask_slurm.controller.job_table.DESERTED_AFTER", 0.0)
    queue = Queue()
    scheduler = LosesTheFirst(queue)
    reconciler: Reconciler = await start(queue, scheduler)
    await scale_to(reconciler, 1)
    scheduler.lost = True
    await until(reconciler, lambda: running(queue) == ["2_0"])
