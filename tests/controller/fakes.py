"""A queue and a scheduler for faults that the real ones cannot be made to show."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path, PurePath

from jupyter_dask_slurm.batch.base import BatchJob, JobState, Snapshot, Submission
from jupyter_dask_slurm.batch.site import Site
from jupyter_dask_slurm.cluster_files.record import Record
from jupyter_dask_slurm.controller.reconciler import Reconciler
from jupyter_dask_slurm.controller.scheduler.client import SchedulerClient, SchedulerState
from jupyter_dask_slurm.controller.tracked_job import WorkerInfo
from jupyter_dask_slurm.model.options import ClusterOptions
from jupyter_dask_slurm.model.scaling import Scaling
from jupyter_dask_slurm.model.settings import ControllerSettings

ID = "3f9a12bc"
Start = Callable[..., Awaitable[Reconciler]]


def a_record(settings: ControllerSettings) -> Record:
    """Return the record of a cluster on Slurm."""
    return Record(
        id=ID,
        name="blue-otter",
        created="2026-11-23T05:00:00Z",
        options=ClusterOptions(cores=2, memory=10**9),
        scaling=Scaling(),
        batch_system="slurm",
        host="login1",
        settings=settings,
    )


class Queue:
    """A queue whose jobs start at once. The faults in the tests each override one method."""

    name = "slurm"
    slurm_cluster: str | None = None

    def __init__(self) -> None:
        self.table: dict[str, BatchJob] = {}
        self.submissions: list[tuple[str, int]] = []
        self.state_of_new_jobs = JobState.RUNNING

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def speak_of(self, slurm_cluster: str) -> None:
        self.slurm_cluster = slurm_cluster

    async def elsewhere(self) -> Sequence[Queue]:
        return []

    async def node_addresses(self) -> Collection[str]:
        return []

    async def site(self) -> Site:
        return Site("slurm", "0")

    def doubt_site(self) -> None: ...

    async def submit(
        self, script: str, *, name: str, count: int, log_directory: Path
    ) -> Submission:
        self.submissions.append((name, count))
        ids = tuple(f"{len(self.submissions)}_{k}" for k in range(count))
        for job_id in ids:
            self.table[job_id] = BatchJob(job_id, name, self.state_of_new_jobs)
        return Submission(ids)

    async def jobs(self, *, max_age: float) -> Snapshot:
        return Snapshot(time.time(), dict(self.table))

    async def find_jobs(self, ids: Collection[str]) -> dict[str, BatchJob]:
        return {i: self.table[i] for i in ids if i in self.table}

    async def log_directories(self, ids: Collection[str]) -> dict[str, PurePath]:
        return {}

    async def ended_jobs(self, ids: Collection[str]) -> dict[str, BatchJob]:
        return {i: self.table[i] for i in ids if i in self.table and self.table[i].state.ended}

    async def cancel(self, ids: Collection[str], *, pending_only: bool = False) -> None:
        for job_id in ids:
            job = self.table[job_id]
            if job.state.pending or not pending_only:
                self.table[job_id] = BatchJob(job.id, job.name, JobState.CANCELLED)


class ListsNothing(Queue):
    """``sbatch`` answers with ids, and ``squeue`` never knows a job: it asks another cluster, say."""

    def __init__(self) -> None:
        super().__init__()
        self.state_of_new_jobs = JobState.PENDING

    async def jobs(self, *, max_age: float) -> Snapshot:
        return Snapshot(time.time())

    async def find_jobs(self, ids: Collection[str]) -> dict[str, BatchJob]:
        return {}


class WorkersInEveryJob(SchedulerClient):
    """A scheduler with one worker in every running job, whose data can be moved or not."""

    def __init__(self, queue: Queue, *, movable: bool = True) -> None:
        self.queue, self.movable = queue, movable
        self.undrained: list[str] = []
        self.ends: dict[str, float] = {}

    async def state(self) -> SchedulerState:
        running = [job for job in self.queue.table.values() if job.state.running]
        workers = [WorkerInfo(f"tls://{j.id}", f"{j.id}.0", data=8) for j in running]
        return SchedulerState(0, 0, tuple(workers))

    async def drain(self, addresses: object) -> set[str]:
        return set(addresses) if self.movable else set()  # type: ignore[call-overload]

    retire = drain

    async def tell_ends(self, left: Mapping[str, float]) -> None:
        self.ends = dict(left)

    async def undrain(self, addresses: Sequence[str]) -> None:
        self.undrained.extend(addresses)


async def until(reconciler: Reconciler, condition: Callable[[], object]) -> None:
    async def wait() -> None:
        while not condition():
            await reconciler.changed.wait()

    await asyncio.wait_for(wait(), 10)


def connected(reconciler: Reconciler) -> int:
    """Return how many jobs work and are to stay."""
    return sum(bool(j.workers) and j.leaving is None for j in reconciler.jobs)


async def scale_to(reconciler: Reconciler, jobs: int) -> None:
    """Scale, and wait until so many jobs work."""
    reconciler.scale(jobs)
    await until(reconciler, lambda: connected(reconciler) == jobs)


def running(queue: Queue) -> list[str]:
    return [job.id for job in queue.table.values() if job.state.running]


def codes(reconciler: Reconciler) -> list[str]:
    return [problem.code for problem in reconciler.problems.all()]
