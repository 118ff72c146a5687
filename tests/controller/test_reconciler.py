"""The loop between wanted and observed, on a queue that goes wrong in one way at a time.

A good queue needs no fake: the end-to-end tests run on two real ones.
"""

from __future__ import annotations

import asyncio
import errno
import time
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, JobState, Snapshot, Submission
from jupyter_dask_slurm.batch.errors import BatchRefused, CommandTimeout
from jupyter_dask_slurm.batch.slurm.script import without_partition
from jupyter_dask_slurm.controller import submissions
from jupyter_dask_slurm.controller.job_table import JobTable
from jupyter_dask_slurm.controller.problems import Problems
from jupyter_dask_slurm.controller.restart_policy import RestartPolicy
from jupyter_dask_slurm.controller.scheduler.client import SchedulerBusy, SchedulerState
from jupyter_dask_slurm.controller.submissions import Submissions

from .fakes import ID, Queue, Start, WorkersInEveryJob, codes, running, scale_to, until


class RefusesSubmissions(Queue):
    text = "sbatch: error: Invalid account or account/partition combination specified"
    mended = False

    async def submit(
        self, script: str, *, name: str, count: int, log_directory: Path
    ) -> Submission:
        if self.mended:
            return await super().submit(script, name=name, count=count, log_directory=log_directory)
        self.submissions.append((name, count))
        return Submission((), BatchRefused(self.text))


class RefusesAPartition(Queue):
    """Takes no script that names a partition."""

    def __init__(self) -> None:
        super().__init__()
        self.refused = 0

    async def submit(
        self, script: str, *, name: str, count: int, log_directory: Path
    ) -> Submission:
        if "-p " not in script:
            return await super().submit(script, name=name, count=count, log_directory=log_directory)
        self.refused += 1
        return Submission((), BatchRefused(RefusesSubmissions.text))


async def test_partitions_that_were_chosen_for_the_user_give_way_to_the_default_one(
    tmp_path: Path,
) -> None:
    queue = RefusesAPartition()
    script = "#!/bin/sh\n#SBATCH -p debug,owners\n#SBATCH -t 5\ntrue\n"
    for otherwise, refused, jobs in ((None, 2, 0), (without_partition(script), 1, 2)):
        queue.refused = 0
        submissions = Submissions(
            queue,
            JobTable(ID, cores=1),
            RestartPolicy(),
            Problems(),
            cluster_name="n",
            script=script,
            log_directory=tmp_path,
            otherwise=otherwise,
        )
        for _ in range(2):
            submissions.begin(1)
            assert (await submissions.send() is None) is bool(jobs)
        # What was taken once is submitted from then on.
        assert (queue.refused, len(queue.submissions)) == (refused, jobs)


class SubmitsWithoutAnswering(Queue):
    """``sbatch`` times out, and its jobs are in the queue all the same."""

    async def submit(
        self, script: str, *, name: str, count: int, log_directory: Path
    ) -> Submission:
        await super().submit(script, name=name, count=count, log_directory=log_directory)
        return Submission((), CommandTimeout(["sbatch"], 10))


class LosesTheFirstSubmission(Queue):
    """``sbatch`` times out, and nothing was submitted."""

    async def submit(
        self, script: str, *, name: str, count: int, log_directory: Path
    ) -> Submission:
        if self.submissions:
            return await super().submit(script, name=name, count=count, log_directory=log_directory)
        self.submissions.append((name, count))
        return Submission((), CommandTimeout(["sbatch"], 10))


class AnswersForHalf(Queue):
    """A split submission: the first half is answered, the second is lost without an answer."""

    async def submit(
        self, script: str, *, name: str, count: int, log_directory: Path
    ) -> Submission:
        half = count if self.submissions else count // 2
        answer = await super().submit(script, name=name, count=half, log_directory=log_directory)
        return answer if half == count else Submission(answer.ids, CommandTimeout(["sbatch"], 10))


class FileServerIsAway(Queue):
    """The directory of the shared snapshot cannot be read, for a while."""

    away = False

    async def jobs(self, *, max_age: float) -> Snapshot:
        if self.away:
            raise OSError(errno.ESTALE, "Stale file handle")
        return await super().jobs(max_age=max_age)


class StopsAnswering(Queue):
    silent = False

    async def jobs(self, *, max_age: float) -> Snapshot:
        if self.silent:
            raise CommandTimeout(["squeue"], 10)
        return await super().jobs(max_age=max_age)


class JobsEndAtOnce(Queue):
    def __init__(self) -> None:
        super().__init__()
        self.state_of_new_jobs = JobState.COMPLETED  # neither success nor failure by itself


class CannotLaunch(Queue):
    """The first job's launch fails: Slurm requeues and holds it."""

    async def submit(
        self, script: str, *, name: str, count: int, log_directory: Path
    ) -> Submission:
        answer = await super().submit(script, name=name, count=count, log_directory=log_directory)
        if len(self.submissions) == 1:
            reason = "launch failed requeued held"
            for i in answer.ids:
                self.table[i] = BatchJob(i, name, JobState.PENDING, reason=reason)
        return answer


class StartsWhileCancelled(Queue):
    """Every waiting job starts at the very moment it is cancelled."""

    def __init__(self) -> None:
        super().__init__()
        self.state_of_new_jobs = JobState.PENDING

    async def cancel(self, ids: Collection[str], *, pending_only: bool = False) -> None:
        for job_id in ids:
            job = self.table[job_id]
            if pending_only:
                self.table[job_id] = BatchJob(job.id, job.name, JobState.RUNNING)
        if not pending_only:
            await super().cancel(ids)


class DeafWhenAskedToDrain(WorkersInEveryJob):
    async def drain(self, addresses: object) -> set[str]:
        raise SchedulerBusy("no answer")


class NoWorkers(WorkersInEveryJob):
    """Jobs run, and no worker of them ever connects."""

    async def state(self) -> SchedulerState:
        return SchedulerState(0, 0, ())


async def test_rapid_changes_end_in_the_last_with_no_job_too_many(start: Start) -> None:
    queue = Queue()
    reconciler = await start(queue)
    for wanted in (0, 8, 2, 5):
        reconciler.scale(wanted)
    await until(reconciler, lambda: len(running(queue)) == 5)
    assert queue.submissions == [(f"blue-otter-{ID}-1", 5)]


async def test_a_refusal_is_shown_word_for_word_and_not_repeated(start: Start) -> None:
    queue = RefusesSubmissions()
    reconciler = await start(queue)
    reconciler.scale(4)
    await until(reconciler, lambda: codes(reconciler) == ["submission_refused"])
    assert reconciler.problems.all()[0].message == queue.text
    for _ in range(20):
        await reconciler.changed.wait()
    assert len(queue.submissions) == 1
    queue.mended = True
    reconciler.scale(4)
    await until(reconciler, lambda: len(running(queue)) == 4)
    assert codes(reconciler) == []


async def test_the_jobs_of_an_unanswered_submission_are_found_and_not_asked_for_again(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submissions, "UNANSWERED_PAUSE", 0.05)
    queue = SubmitsWithoutAnswering()
    reconciler = await start(queue)
    reconciler.scale(3)
    await until(reconciler, lambda: len(reconciler.jobs.live) == 3)
    await until(reconciler, lambda: reconciler.submitting == 0)
    assert queue.submissions == [(f"blue-otter-{ID}-1", 3)]
    assert len(running(queue)) == 3


async def test_an_unanswered_submission_that_did_nothing_is_repeated_once_that_is_sure(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submissions, "UNANSWERED_PAUSE", 0.05)
    queue = LosesTheFirstSubmission()
    reconciler = await start(queue)
    reconciler.scale(3)
    await until(reconciler, lambda: len(running(queue)) == 3)
    assert [count for _, count in queue.submissions] == [3, 3]


async def test_the_half_that_was_answered_does_not_settle_the_half_that_was_not(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submissions, "UNANSWERED_PAUSE", 0.3)
    queue = AnswersForHalf()
    reconciler = await start(queue)
    asked = time.monotonic()
    reconciler.scale(4)
    await until(reconciler, lambda: len(running(queue)) == 4)
    assert [count for _, count in queue.submissions] == [2, 2]
    assert time.monotonic() - asked >= 0.3  # two looks lie between


async def test_an_unforeseen_error_does_not_end_the_loop(start: Start) -> None:
    queue = FileServerIsAway()
    reconciler = await start(queue)
    reconciler.scale(1)
    await until(reconciler, lambda: len(running(queue)) == 1)
    queue.away = True
    reconciler.scale(2)
    await until(reconciler, lambda: "slurm_silent" in codes(reconciler))
    assert "Stale file handle" in reconciler.problems.all()[0].message
    queue.away = False
    await until(reconciler, lambda: len(running(queue)) == 2)
    await asyncio.wait_for(reconciler.end_jobs(), 10)
    assert running(queue) == []


async def test_silence_is_shown_and_kills_nobody(start: Start) -> None:
    queue = StopsAnswering()
    reconciler = await start(queue)
    await scale_to(reconciler, 2)
    queue.silent = True
    reconciler.scale(3)  # kept, and carried out once somebody answers
    await until(reconciler, lambda: "slurm_silent" in codes(reconciler))
    assert len(reconciler.jobs.live) == len(running(queue)) == 2
    queue.silent = False
    await until(reconciler, lambda: len(running(queue)) == 3)
    await until(reconciler, lambda: codes(reconciler) == [])


async def test_jobs_that_end_before_a_worker_connects_stop_the_loop_after_three(
    start: Start, tmp_path: Path
) -> None:
    queue = JobsEndAtOnce()
    (tmp_path / "3_0.log").write_text("ModuleNotFoundError: no distributed here\n")
    reconciler = await start(queue, NoWorkers(queue))
    reconciler.scale(1)
    await until(reconciler, lambda: codes(reconciler) == ["jobs_failed"])
    assert "no distributed here" in reconciler.problems.all()[0].message
    for _ in range(20):
        await reconciler.changed.wait()
    assert len(queue.submissions) == reconciler.failed == 3


async def test_a_job_that_starts_while_it_is_cancelled_is_retired_instead(start: Start) -> None:
    queue = StartsWhileCancelled()
    reconciler = await start(queue)
    reconciler.scale(2)
    await until(reconciler, lambda: len(reconciler.jobs.live) == 2)
    reconciler.scale(0)
    await until(reconciler, lambda: not reconciler.jobs.live)
    assert {job.state for job in queue.table.values()} == {JobState.CANCELLED}


async def test_a_job_that_could_not_be_launched_is_replaced(start: Start) -> None:
    queue = CannotLaunch()
    reconciler = await start(queue)
    reconciler.scale(1)
    await until(reconciler, lambda: running(queue) == ["2_0"])
    await until(reconciler, lambda: queue.table["1_0"].state is JobState.CANCELLED)
    assert reconciler.failed == 0


async def test_data_that_has_nowhere_to_go_is_held_and_said(start: Start) -> None:
    queue = Queue()
    scheduler = WorkersInEveryJob(queue, movable=False)
    reconciler = await start(queue, scheduler)
    await scale_to(reconciler, 2)
    reconciler.scale(1)
    await until(reconciler, lambda: codes(reconciler) == ["data_stuck"])
    assert len(running(queue)) == 2
    # They are to stay for now, and so they are to work.
    await until(reconciler, lambda: scheduler.undrained)
    # To zero means that the data may go.
    reconciler.scale(0)
    await until(reconciler, lambda: not running(queue))


async def test_a_deaf_scheduler_is_not_said_to_hold_data_that_cannot_move(start: Start) -> None:
    queue = Queue()
    scheduler = DeafWhenAskedToDrain(queue)
    reconciler = await start(queue, scheduler)
    await scale_to(reconciler, 2)
    reconciler.scale(1)
    await until(reconciler, lambda: scheduler.undrained)
    assert "data_stuck" not in codes(reconciler)
    assert len(running(queue)) == 2


async def test_stopping_cancels_everything_and_waits_for_the_ends(start: Start) -> None:
    queue = Queue()
    reconciler = await start(queue)
    reconciler.scale(3)
    await until(reconciler, lambda: len(running(queue)) == 3)
    await asyncio.wait_for(reconciler.end_jobs(), 10)
    assert running(queue) == []
    assert [count for _, count in queue.submissions] == [3]


async def test_a_cluster_without_jobs_asks_the_batch_system_nothing(start: Start) -> None:
    queue = StopsAnswering()
    queue.silent = True
    reconciler = await start(queue)
    for _ in range(10):
        await reconciler.changed.wait()
    assert codes(reconciler) == []


async def test_the_scheduler_is_told_when_jobs_end_and_when_that_changes(start: Start) -> None:
    queue = Queue()
    scheduler = WorkersInEveryJob(queue)
    reconciler = await start(queue, scheduler)
    await scale_to(reconciler, 1)
    (job_id,) = running(queue)
    for left in (3600, 60):
        queue.table[job_id] = replace(queue.table[job_id], started=time.time(), time_left=left)
        reconciler.retry()
        await until(reconciler, lambda left=left: abs(scheduler.ends.get(job_id, 0) - left) < 10)
