"""What the reconciler does, says and asks while a fault lasts, and after it is over."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, JobState, Snapshot, Submission
from jupyter_dask_slurm.batch.errors import BatchRefused, CommandTimeout
from jupyter_dask_slurm.controller import (
    polling,
    restart_policy,
    retirement,
    submissions,
)
from jupyter_dask_slurm.controller.scheduler.client import SchedulerBusy, SchedulerState
from jupyter_dask_slurm.controller.tracked_job import Leaving

from .fakes import ListsNothing, Queue, Start, WorkersInEveryJob, codes, running, scale_to, until


class RefusesToCancel(Queue):
    """``squeue`` answers, and ``scancel`` ends with an error every time."""

    def __init__(self) -> None:
        super().__init__()
        self.state_of_new_jobs = JobState.PENDING
        self.cancellations = 0

    async def cancel(self, ids: Collection[str], *, pending_only: bool = False) -> None:
        self.cancellations += 1
        raise BatchRefused("scancel: error: Access/permission denied")


class HidesFromLists(Queue):
    """``squeue`` shows jobs only to a caller who names them."""

    async def jobs(self, *, max_age: float) -> Snapshot:
        return Snapshot(time.time())


class LosesEverySubmission(Queue):
    """``squeue`` answers, and ``sbatch`` never does: slurmctld is full, say."""

    async def submit(
        self, script: str, *, name: str, count: int, log_directory: Path
    ) -> Submission:
        self.submissions.append((name, count))
        return Submission((), CommandTimeout(["sbatch"], 30, "Slurm temporarily unable to accept"))


class ShowsItLate(Queue):
    """``sbatch`` times out, and its jobs appear long after nobody looks for them any more."""

    hidden = True

    async def submit(
        self, script: str, *, name: str, count: int, log_directory: Path
    ) -> Submission:
        await super().submit(script, name=name, count=count, log_directory=log_directory)
        return Submission((), CommandTimeout(["sbatch"], 30))

    async def jobs(self, *, max_age: float) -> Snapshot:
        return Snapshot(time.time(), {} if self.hidden else dict(self.table))


class CannotBeAsked(Queue):
    """The command cannot even be tried: a host without a free process."""

    away = True

    async def submit(
        self, script: str, *, name: str, count: int, log_directory: Path
    ) -> Submission:
        raise OSError("Resource temporarily unavailable")


class SilentBeforeAWalltime(Queue):
    """No successor can be had, and then nothing answers any more."""

    silent = False

    async def submit(
        self, script: str, *, name: str, count: int, log_directory: Path
    ) -> Submission:
        if self.submissions:
            return Submission((), BatchRefused("Requested partition is drained"))
        return await super().submit(script, name=name, count=count, log_directory=log_directory)

    async def jobs(self, *, max_age: float) -> Snapshot:
        if self.silent:
            raise CommandTimeout(["squeue"], 20)
        return await super().jobs(max_age=max_age)


class DeafAfterAWhile(WorkersInEveryJob):
    """A scheduler that has just got a huge graph."""

    deaf = False

    async def state(self) -> SchedulerState:
        if self.deaf:
            raise SchedulerBusy("no answer")
        return await super().state()


class WorkersOnceTheyAreListed(WorkersInEveryJob):
    async def state(self) -> SchedulerState:
        assert isinstance(self.queue, ShowsItLate)
        return SchedulerState(0, 0, ()) if self.queue.hidden else await super().state()


class GetsATaskBeforeItDrains(WorkersInEveryJob):
    """What was known of a worker is some seconds old: meanwhile it has been given a task."""

    tasks = 0
    retired_with: int | None = None

    async def state(self) -> SchedulerState:
        state = await super().state()
        return replace(state, workers=tuple(replace(w, tasks=self.tasks) for w in state.workers))

    async def drain(self, addresses: Collection[str]) -> set[str]:
        self.tasks = 1
        return set(addresses)

    async def retire(self, addresses: Collection[str]) -> set[str]:
        self.retired_with = self.tasks
        return set(addresses)


async def test_a_command_that_fails_while_the_queue_answers_is_tried_ever_more_slowly(
    start: Start,
) -> None:
    queue = RefusesToCancel()
    reconciler = await start(queue)
    pauses: list[float | None] = []
    measure = reconciler._pause

    def pause() -> float | None:
        pauses.append(measure())
        return 0.0

    reconciler._pause = pause  # type: ignore[method-assign]
    reconciler.scale(1)
    await until(reconciler, lambda: reconciler.jobs.live)
    reconciler.scale(0)
    await until(reconciler, lambda: queue.cancellations >= 20)
    assert pauses[-1] == polling.SILENT_MAXIMUM
    assert codes(reconciler) == ["slurm_silent"]


async def test_a_failure_that_is_over_is_not_shown_any_more_though_nothing_is_asked(
    start: Start,
) -> None:
    queue = CannotBeAsked()
    reconciler = await start(queue)
    reconciler.scale(1)
    await until(reconciler, lambda: codes(reconciler) == ["slurm_silent"])
    reconciler.scale(0)
    await until(reconciler, lambda: codes(reconciler) == [])


async def test_nothing_is_submitted_while_an_unanswered_submission_is_looked_for(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submissions, "UNANSWERED_PAUSE", 3600.0)
    queue = LosesEverySubmission()
    reconciler = await start(queue)
    reconciler.scale(3)
    await until(reconciler, lambda: reconciler.submitting == 3)
    reconciler.scale(5)
    for _ in range(20):
        await reconciler.changed.wait()
    assert [count for _, count in queue.submissions] == [3]


async def test_submissions_that_are_never_answered_come_ever_more_slowly_and_are_shown(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submissions, "UNANSWERED_PAUSE", 0.01)
    queue = LosesEverySubmission()
    reconciler = await start(queue)
    reconciler.scale(3)
    await until(reconciler, lambda: "submission_refused" in codes(reconciler))
    assert "temporarily unable" in reconciler.problems.all()[-1].message
    for _ in range(50):
        await reconciler.changed.wait()
    # The first may have been lost by a slurmctld that was restarted, and is tried again at once.
    assert len(queue.submissions) == 2


async def test_one_job_is_cancelled_once_however_often_one_asks(start: Start) -> None:
    queue = Queue()
    reconciler = await start(queue)
    await scale_to(reconciler, 3)
    job = reconciler.jobs.live[0]
    reconciler.cancel_job(job)
    reconciler.cancel_job(job)
    assert reconciler.wanted == 2
    await until(reconciler, lambda: len(running(queue)) == 2)


async def test_jobs_that_work_after_all_are_not_said_to_have_failed(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_dask_slurm.controller.job_table.STABLE_AFTER", 0.3)
    queue = Queue()
    reconciler = await start(queue)
    await scale_to(reconciler, 6)
    for job_id in running(queue)[: restart_policy.FAILURES_IN_A_ROW]:
        queue.table[job_id] = BatchJob(job_id, queue.table[job_id].name, JobState.FAILED)
    await until(reconciler, lambda: "jobs_failed" in codes(reconciler))
    # The others stay: such jobs work, and the missing ones are submitted again.
    await until(reconciler, lambda: len(running(queue)) == 6)
    assert codes(reconciler) == []


async def test_data_are_not_said_to_be_stuck_when_nobody_wants_to_move_them_any_more(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retirement, "STUCK_PAUSE", 3600.0)
    queue = Queue()
    reconciler = await start(queue, WorkersInEveryJob(queue, movable=False))
    await scale_to(reconciler, 2)
    reconciler.scale(1)
    await until(reconciler, lambda: codes(reconciler) == ["data_stuck"])
    # One of the two is ended by somebody else.
    job_id = running(queue)[0]
    queue.table[job_id] = BatchJob(job_id, queue.table[job_id].name, JobState.CANCELLED)
    await until(reconciler, lambda: len(reconciler.jobs.live) == 1)
    await until(reconciler, lambda: codes(reconciler) == [])


async def test_of_a_deaf_scheduler_it_is_not_known_whether_it_is_used(start: Start) -> None:
    scheduler = DeafAfterAWhile(Queue())
    reconciler = await start(scheduler.queue, scheduler)
    await until(reconciler, lambda: reconciler.in_use() is False)
    scheduler.deaf = True
    await until(reconciler, lambda: reconciler.in_use() is None)
    scheduler.deaf = False
    await until(reconciler, lambda: reconciler.in_use() is False)


async def test_a_task_that_began_after_the_last_look_may_finish_too(start: Start) -> None:
    queue = Queue()
    scheduler = GetsATaskBeforeItDrains(queue)
    reconciler = await start(queue, scheduler)
    await scale_to(reconciler, 2)
    reconciler.scale(1)
    await until(reconciler, lambda: any(w.tasks for j in reconciler.jobs for w in j.workers))
    scheduler.tasks = 0
    await until(reconciler, lambda: len(running(queue)) == 1)
    assert scheduler.retired_with == 0


async def test_a_worker_of_a_job_that_nobody_knows_is_a_reason_to_look(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submissions, "UNANSWERED_PAUSE", 0.01)
    queue = ShowsItLate()
    reconciler = await start(queue, WorkersOnceTheyAreListed(queue))
    reconciler.scale(2)
    await until(reconciler, lambda: reconciler.submitting == 2)
    reconciler.scale(0)
    await until(reconciler, lambda: reconciler.submitting == 0)
    queue.hidden = False
    await until(reconciler, lambda: not running(queue))


async def test_data_are_handed_over_before_a_walltime_though_the_queue_is_silent(
    start: Start,
) -> None:
    queue = SilentBeforeAWalltime()
    reconciler = await start(queue)
    await scale_to(reconciler, 2)
    now = time.time()
    # An hour's job is due 360 s before its end: in two seconds from now.
    queue.table["1_0"] = replace(queue.table["1_0"], started=now - 3238, time_left=362)
    job = reconciler.jobs.get("1_0")
    assert job is not None
    await until(reconciler, lambda: "submission_refused" in codes(reconciler))
    queue.silent = True
    await until(reconciler, lambda: "slurm_silent" in codes(reconciler))
    assert job.leaving is None
    await until(reconciler, lambda: job.leaving is Leaving.ENDING)
    assert len(running(queue)) == 2  # nobody can be asked to cancel it yet
    queue.silent = False
    await until(reconciler, lambda: running(queue) == ["1_1"])


async def test_a_limit_that_was_lowered_meanwhile_is_read_back_and_kept_to(start: Start) -> None:
    queue = SilentBeforeAWalltime()
    reconciler = await start(queue)
    await scale_to(reconciler, 2)
    day = 24 * 3600
    queue.table["1_0"] = replace(queue.table["1_0"], started=time.time(), time_left=day)
    job = reconciler.jobs.get("1_0")
    assert job is not None
    await until(reconciler, lambda: job.ends_at is not None)
    queue.silent = True
    await until(reconciler, lambda: "slurm_silent" in codes(reconciler))
    # It ends in a minute now: its successor was due long ago, and there is none.
    queue.table["1_0"] = replace(queue.table["1_0"], started=time.time() - 3600, time_left=60)
    for _ in range(5):
        await reconciler.changed.wait()
    assert job.leaving is None
    queue.silent = False
    await until(reconciler, lambda: running(queue) == ["1_1"])
    assert job.leaving is Leaving.ENDING  # it was retired first


class NobodyComes(WorkersInEveryJob):
    """A scheduler that no worker has reached."""

    async def state(self) -> SchedulerState:
        return SchedulerState(0, 0, ())


@pytest.mark.usefixtures("lost_at_once")
async def test_a_queue_that_knows_no_job_gets_no_more_and_each_is_cancelled(start: Start) -> None:
    queue = ListsNothing()
    reconciler = await start(queue)
    reconciler.scale(2)
    await until(reconciler, lambda: "jobs_unlisted" in codes(reconciler))
    assert [count for _, count in queue.submissions] == [2, 2]
    await reconciler.end_jobs()
    assert {job.state for job in queue.table.values()} == {JobState.CANCELLED}
    assert [count for _, count in queue.submissions] == [2, 2]


@pytest.mark.usefixtures("lost_at_once")
async def test_jobs_that_a_list_leaves_out_are_seen_and_cancelled(start: Start) -> None:
    queue = HidesFromLists()
    reconciler = await start(queue, NobodyComes(queue))
    reconciler.scale(2)
    await until(
        reconciler, lambda: all(job.report for job in reconciler.jobs.live) and reconciler.jobs.live
    )
    assert [count for _, count in queue.submissions] == [2]
    await reconciler.end_jobs()
    assert {job.state for job in queue.table.values()} == {JobState.CANCELLED}
