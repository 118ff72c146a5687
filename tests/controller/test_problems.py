"""What the jobs of a cluster give reason to say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, JobState, Snapshot
from jupyter_dask_slurm.controller import problems
from jupyter_dask_slurm.controller.job_table import JobTable
from jupyter_dask_slurm.controller.plan import Submit, plan
from jupyter_dask_slurm.controller.scheduler.client import Differing, SchedulerState
from jupyter_dask_slurm.controller.tracked_job import Cut, WorkerInfo

NAME = "blue-otter-3f9a12bc-1"


def table_of(*reports: BatchJob) -> JobTable:
    table = JobTable("3f9a12bc")
    table.update(Snapshot(1000.0, {report.id: report for report in reports}))
    return table


def waiting(job_id: str, reason: str) -> BatchJob:
    return BatchJob(job_id, NAME, JobState.PENDING, reason=reason)


def working(job_id: str, left: int) -> BatchJob:
    return BatchJob(
        job_id, NAME, JobState.RUNNING, submitted=0.0, started=1000.0 + left - 600, time_left=left
    )


def test_jobs_that_wait_for_what_will_not_come() -> None:
    assert problems.never_starting(table_of(waiting("1_0", "Priority"))) is None
    notice = problems.never_starting(
        table_of(
            waiting("1_0", "Priority"),
            waiting("1_1", "PartitionTimeLimit"),
            waiting("1_2", "PartitionTimeLimit"),
        )
    )
    assert notice is not None
    assert notice.message.startswith(
        "PartitionTimeLimit: 2 jobs wait that will not start (jobs 1_1, 1_2)."
    )
    assert "more walltime than the partition allows" in notice.message
    assert "shorter walltime" in (notice.advice or "")


def test_two_reasons_for_which_jobs_never_start_are_told_as_two() -> None:
    table = table_of(waiting("1_0", "PartitionTimeLimit"), waiting("1_1", "JobHeldUser"))
    notice = problems.never_starting(table)
    assert notice is not None
    first, second = notice.message.splitlines()
    assert first.startswith("PartitionTimeLimit: a job waits that will not start (job 1_0).")
    assert second.startswith("JobHeldUser: a job waits that will not start (job 1_1).")
    assert "shorter walltime" in (notice.advice or "")
    assert "scontrol release" in (notice.advice or "")


def test_a_job_that_runs_and_would_be_held_if_it_were_requeued_does_not_wait() -> None:
    assert (
        problems.never_starting(table_of(replace(working("1_0", 500), reason="JobHeldUser")))
        is None
    )


@pytest.mark.parametrize(
    ("left", "data", "heir", "said"),
    [
        (300, 8, False, False),  # not due yet: 60 s before the end of 600
        (50, 0, False, False),  # it holds nothing
        (50, 8, False, True),
        (50, 8, True, False),
    ],
)
def test_a_job_that_has_to_go_and_nobody_takes_its_data(
    left: int, data: int, heir: bool, said: bool
) -> None:
    table = table_of(working("1_0", left), working("2_0", 590))
    workers = [WorkerInfo("tls://a", "1_0.0", data=data)]
    if heir:
        workers.append(WorkerInfo("tls://b", "2_0.0"))
    table.update_workers(workers, 1000.0)
    notice = problems.no_successor(table, 1000.0)
    assert (notice is not None) is said
    if notice is not None:
        assert "Job 1_0 reaches its walltime at 1970-01-01T00:17:30Z" in notice[0]


@pytest.mark.parametrize(("seconds", "said"), [(59.0, False), (61.0, True)])
def test_a_job_whose_node_does_not_say_that_it_is_over(seconds: float, said: bool) -> None:
    completing = BatchJob("1_0", NAME, JobState.COMPLETING, node="n2")
    table = table_of(completing)
    table.update(Snapshot(1000.0 + seconds, {"1_0": completing}))
    notice = problems.still_completing(table, 1000.0 + seconds)
    assert (notice is not None) is said
    if notice is not None:
        assert notice[0].startswith("COMPLETING: 1_0 on n2.")
    # It holds its node for hours perhaps, and works no more: another takes its place.
    actions = plan(1, table.for_plan(1000.0 + seconds))
    assert actions == ([Submit(1)] if said else [])
    table.update(Snapshot(1100.0, {"1_0": BatchJob("1_0", NAME, JobState.COMPLETED)}))
    assert problems.still_completing(table, 1200.0) is None


def test_tasks_that_no_worker_can_run() -> None:
    worker = (WorkerInfo("tls://a", "1_0.0"),)
    assert (
        problems.unrunnable_tasks(SchedulerState(1, 5, (), unrunnable=5)) is None
    )  # nobody is there yet
    assert problems.unrunnable_tasks(SchedulerState(1, 5, worker)) is None
    assert problems.unrunnable_tasks(SchedulerState(1, 5, worker, unrunnable=5)) is not None


WORKER = WorkerInfo("tls://a", "1_0.0")


@pytest.mark.parametrize(
    ("state", "jobs", "words"),
    [
        (SchedulerState(1, 1, ()), 0, "1 task waits, and it is scaled to 0 jobs."),
        (SchedulerState(1, 0, (), tasks_left=20), 0, "20 tasks wait, and it is scaled to 0 jobs."),
        (SchedulerState(1, 5, ()), 1, None),  # a job is on its way
        (SchedulerState(1, 5, (WORKER,)), 0, None),  # they go on until their worker leaves
        (SchedulerState(1, 0, ()), 0, None),
    ],
)
def test_tasks_at_no_job(state: SchedulerState, jobs: int, words: str | None) -> None:
    notice = problems.waiting_tasks(state, jobs)
    assert (None if notice is None else notice.message) == words


@pytest.mark.parametrize(
    ("cuts", "walltime", "words"),
    [
        ({}, 120.0, None),
        ({"slow-1": Cut(2, 74.6)}, None, None),
        # Cut where jobs were scaled down: it fits into a walltime.
        ({"short-1": Cut(3, 31.0)}, 600.0, None),
        (
            {"slow-1": Cut(2, 74.6), "short-1": Cut(3, 31.0)},
            120.0,
            (
                "Task slow-1 was begun 2 times and not finished: it ran for 75 s when its job came to its "
                "walltime of 00:02:00. One of 00:04:00 leaves 225 s to a task."
            ),
        ),
        (
            {"slow-1": Cut(2, 74.6), "slow-2": Cut(4, 100.0)},
            120.0,
            "Task slow-2 (and 1 more) was begun 4 times and not finished: it ran for 100 s",
        ),
    ],
)
def test_tasks_that_are_longer_than_a_job(
    cuts: dict[str, Cut], walltime: float | None, words: str | None
) -> None:
    notice = problems.cut_tasks(SchedulerState(1, 1, (), cuts=cuts), walltime)
    assert (notice is None) == (words is None)
    assert words is None or (notice is not None and notice.message.startswith(words))


def test_versions_that_differ_are_said_of_each() -> None:
    state = SchedulerState(
        *(3, 0, ()),
        versions={"python": "3.13.1.final.0", "dask": "2026.8.0", "numpy": "2.4.6"},
        differing=(
            Differing("clients", ("Client-1",), {"python": "3.11.7.final.0", "numpy": "1.26.4"}),
            Differing("clients", ("Client-2", "Client-3"), {"python": "3.13.2.final.0"}),
            Differing("workers", ("81_3.0-0", "81_3.0-1", "81_4.0"), {"dask": "2026.1.0"}),
        ),
    )
    breaking, others = problems.differing_versions(state).values()
    assert breaking is not None
    assert breaking.message.splitlines() == [
        "A client has python 3.11.7, the scheduler python 3.13.1.",
        "The workers of jobs 81_3, 81_4 have dask 2026.1.0, the scheduler dask 2026.8.0.",
    ]
    assert others is not None
    assert others.message == "A client has numpy 1.26.4, the scheduler numpy 2.4.6."


def test_the_same_versions_are_nothing_to_say() -> None:
    found = problems.differing_versions(SchedulerState(1, 0, (), versions={"dask": "2026.8.0"}))
    assert found == {"versions_differ": None, "packages_differ": None}
