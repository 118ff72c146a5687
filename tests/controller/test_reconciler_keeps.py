"""Jobs that are just leaving and are wanted again: kept, at each moment at which that is possible."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace

from jupyter_dask_slurm.batch.base import Snapshot
from jupyter_dask_slurm.batch.errors import CommandTimeout
from jupyter_dask_slurm.controller.reconciler import Reconciler
from jupyter_dask_slurm.controller.scheduler.client import SchedulerBusy, SchedulerState
from jupyter_dask_slurm.controller.tracked_job import Leaving
from jupyter_dask_slurm.model.scaling import Adapt

from .fakes import Queue, Start, WorkersInEveryJob, codes, connected, running, scale_to, until


class RecordsCancellations(Queue):
    """A queue that records the jobs it was told to end, and that can stop answering."""

    def __init__(self) -> None:
        super().__init__()
        self.cancelled: list[str] = []
        self.silent = False

    async def cancel(self, ids: Collection[str], *, pending_only: bool = False) -> None:
        self.cancelled += ids
        await super().cancel(ids, pending_only=pending_only)

    async def jobs(self, *, max_age: float) -> Snapshot:
        if self.silent:
            raise CommandTimeout(["squeue"], 20)
        return await super().jobs(max_age=max_age)


class ReturnsWhenTold(WorkersInEveryJob):
    """A scheduler whose calls return only when the test says so, and whose drained workers may have
    tasks."""

    def __init__(self, queue: Queue) -> None:
        super().__init__(queue)
        self.drained: set[str] = set()
        """The workers that get no tasks."""
        self.draining = asyncio.Event()
        self.retiring = asyncio.Event()
        self.may_drain = asyncio.Event()
        self.may_retire = asyncio.Event()
        self.busy: set[str] = set()
        """The workers that run tasks."""
        self.target = 0
        self.deaf_to_undrain = False

    async def state(self) -> SchedulerState:
        state = await super().state()
        workers = tuple(replace(w, tasks=int(w.address in self.busy)) for w in state.workers)
        return replace(state, workers=workers, target=self.target, tasks=self.target)

    async def drain(self, addresses: Collection[str]) -> set[str]:  # type: ignore[override]
        self.drained |= set(addresses)
        self.draining.set()
        await self.may_drain.wait()
        return set(addresses)

    async def retire(self, addresses: Collection[str]) -> set[str]:  # type: ignore[override]
        assert set(addresses) <= self.drained
        self.retiring.set()
        await self.may_retire.wait()
        return set(addresses)

    async def undrain(self, addresses: Sequence[str]) -> None:
        if self.deaf_to_undrain:
            raise SchedulerBusy("no answer")
        await super().undrain(addresses)
        self.drained -= set(addresses)


class DrainsLater(ReturnsWhenTold):
    """A scheduler that carries out a drain after the undrain that was asked for later."""

    async def drain(self, addresses: Collection[str]) -> set[str]:  # type: ignore[override]
        self.draining.set()
        await self.may_drain.wait()
        self.drained |= set(addresses)
        return set(addresses)


async def draining_one_of_two(start: Start, scheduler: ReturnsWhenTold) -> Reconciler:
    """Start two jobs that work, and tell one to go: its data are being moved."""
    reconciler = await scaled_to(start, scheduler, 2)
    reconciler.scale(1)
    await asyncio.wait_for(scheduler.draining.wait(), 10)
    return reconciler


async def scaled_to(start: Start, scheduler: ReturnsWhenTold, jobs: int) -> Reconciler:
    reconciler = await start(scheduler.queue, scheduler)
    await scale_to(reconciler, jobs)
    return reconciler


def leaving(reconciler: Reconciler) -> list[Leaving | None]:
    return [job.leaving for job in reconciler.jobs if job.leaving is not None]


async def rounds(reconciler: Reconciler, count: int = 20) -> None:
    """Wait for so many rounds, for what must not happen."""
    for _ in range(count):
        await reconciler.changed.wait()


async def check_kept(reconciler: Reconciler, scheduler: ReturnsWhenTold, jobs: int) -> None:
    """All the jobs work, no other was submitted, none is ever cancelled."""
    queue = scheduler.queue
    assert isinstance(queue, RecordsCancellations)
    await until(reconciler, lambda: connected(reconciler) == jobs and not scheduler.drained)
    scheduler.may_drain.set()
    scheduler.may_retire.set()
    await until(reconciler, lambda: not reconciler._retirement.active)
    await until(reconciler, lambda: not reconciler._retirement._to_undrain)
    await rounds(reconciler)
    assert [count for _, count in queue.submissions] == [jobs]
    assert connected(reconciler) == len(running(queue)) == jobs
    assert queue.cancelled == []
    assert not scheduler.drained, "it stays and never works again"


async def test_jobs_that_are_being_drained_are_kept(start: Start) -> None:
    scheduler = ReturnsWhenTold(RecordsCancellations())
    reconciler = await scaled_to(start, scheduler, 8)
    reconciler.scale(2)
    await asyncio.wait_for(scheduler.draining.wait(), 10)
    reconciler.scale(8)
    await check_kept(reconciler, scheduler, 8)


async def test_a_drain_that_is_late_does_not_leave_a_kept_job_without_work(start: Start) -> None:
    scheduler = DrainsLater(RecordsCancellations())
    reconciler = await draining_one_of_two(start, scheduler)
    reconciler.scale(2)
    await until(reconciler, lambda: scheduler.undrained)
    scheduler.may_drain.set()  # only now it is carried out
    await check_kept(reconciler, scheduler, 2)


async def test_jobs_whose_tasks_may_finish_are_kept(start: Start) -> None:
    scheduler = ReturnsWhenTold(RecordsCancellations())
    scheduler.may_drain.set()
    reconciler = await scaled_to(start, scheduler, 2)
    scheduler.busy = {f"tls://{job.id}" for job in reconciler.jobs}
    reconciler.scale(1)
    await until(reconciler, lambda: any(w.tasks for j in reconciler.jobs for w in j.workers))
    await until(reconciler, lambda: scheduler.drained)
    reconciler.scale(2)
    await check_kept(reconciler, scheduler, 2)
    assert not scheduler.retiring.is_set()


async def test_a_job_whose_workers_are_being_closed_is_not_counted_on(start: Start) -> None:
    queue = RecordsCancellations()
    scheduler = ReturnsWhenTold(queue)
    scheduler.may_drain.set()
    reconciler = await scaled_to(start, scheduler, 2)
    reconciler.scale(1)
    await asyncio.wait_for(scheduler.retiring.wait(), 10)
    (gone,) = [job.id for job in reconciler.jobs if job.leaving is Leaving.CLOSING]
    reconciler.scale(2)
    await until(reconciler, lambda: connected(reconciler) == 2)
    assert [count for _, count in queue.submissions] == [2, 1]
    scheduler.may_retire.set()
    await until(reconciler, lambda: len(running(queue)) == 2)
    assert queue.cancelled == [gone]


async def test_some_are_kept_and_the_others_go_without_waiting_for_them(start: Start) -> None:
    queue = RecordsCancellations()
    scheduler = ReturnsWhenTold(queue)
    scheduler.may_drain.set()
    scheduler.may_retire.set()
    reconciler = await scaled_to(start, scheduler, 4)
    scheduler.busy = {f"tls://{job.id}" for job in reconciler.jobs}
    reconciler.scale(1)
    await until(reconciler, lambda: len(leaving(reconciler)) == 3)
    reconciler.scale(3)
    await until(reconciler, lambda: connected(reconciler) == 3)
    going = {f"tls://{job.id}" for job in reconciler.jobs if job.leaving is not None}
    scheduler.busy -= going  # those that are kept work on
    await until(reconciler, lambda: len(running(queue)) == 3)
    assert {f"tls://{job_id}" for job_id in queue.cancelled} == going
    assert [count for _, count in queue.submissions] == [4]


async def test_a_job_that_is_kept_and_let_go_again_leaves_once(start: Start) -> None:
    queue = RecordsCancellations()
    scheduler = ReturnsWhenTold(queue)
    reconciler = await scaled_to(start, scheduler, 2)
    for jobs in (1, 2, 1, 2, 1):
        reconciler.scale(jobs)
        await until(reconciler, lambda: connected(reconciler) == reconciler.wanted)
    scheduler.may_drain.set()
    scheduler.may_retire.set()
    await until(reconciler, lambda: len(running(queue)) == 1)
    await rounds(reconciler)
    assert connected(reconciler) == len(running(queue)) == len(set(queue.cancelled)) == 1
    assert [count for _, count in queue.submissions] == [2]


async def test_jobs_are_kept_though_the_queue_is_silent(start: Start) -> None:
    queue = RecordsCancellations()
    scheduler = ReturnsWhenTold(queue)
    reconciler = await draining_one_of_two(start, scheduler)
    queue.silent = True
    reconciler.scale(2)
    await until(reconciler, lambda: connected(reconciler) == 2)
    queue.silent = False
    await check_kept(reconciler, scheduler, 2)


async def test_a_scheduler_that_was_deaf_undrains_later(start: Start) -> None:
    scheduler = ReturnsWhenTold(RecordsCancellations())
    reconciler = await draining_one_of_two(start, scheduler)
    scheduler.deaf_to_undrain = True
    reconciler.scale(2)
    await until(reconciler, lambda: connected(reconciler) == 2)
    assert scheduler.drained
    scheduler.deaf_to_undrain = False
    await check_kept(reconciler, scheduler, 2)


async def test_an_undrain_that_fails_hides_no_worker(start: Start) -> None:
    scheduler = ReturnsWhenTold(RecordsCancellations())
    reconciler = await draining_one_of_two(start, scheduler)
    scheduler.deaf_to_undrain = True
    reconciler.scale(3)
    await until(reconciler, lambda: connected(reconciler) == 3)
    assert "scheduler_busy" not in codes(reconciler)


async def test_a_cluster_that_follows_its_tasks_keeps_what_it_was_letting_go(start: Start) -> None:
    scheduler = ReturnsWhenTold(RecordsCancellations())
    scheduler.target = 3
    reconciler = await start(scheduler.queue, scheduler)
    reconciler.adapt(Adapt(minimum_jobs=0, maximum_jobs=3, grow_after=0, shrink_after=0))
    await until(reconciler, lambda: connected(reconciler) == 3)
    scheduler.target = 1
    await until(reconciler, lambda: len(leaving(reconciler)) == 2)
    scheduler.target = 3
    await check_kept(reconciler, scheduler, 3)


async def test_a_job_that_the_user_ends_or_replaces_is_not_kept(start: Start) -> None:
    queue = RecordsCancellations()
    scheduler = ReturnsWhenTold(queue)
    reconciler = await scaled_to(start, scheduler, 3)
    ended, replaced, _ = reconciler.jobs.live
    reconciler.cancel_job(ended)
    reconciler.replace_job(replaced)
    await until(reconciler, lambda: len(leaving(reconciler)) == 2)
    reconciler.scale(3)
    await until(reconciler, lambda: connected(reconciler) == 3)
    scheduler.may_drain.set()
    scheduler.may_retire.set()
    await until(reconciler, lambda: len(running(queue)) == 3)
    assert sorted(queue.cancelled) == sorted([ended.id, replaced.id])
