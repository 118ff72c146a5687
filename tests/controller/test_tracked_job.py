"""How long jobs have run, and what that makes of a cluster's core hours."""

from __future__ import annotations

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, JobState, Snapshot
from jupyter_dask_slurm.controller import job_table
from jupyter_dask_slurm.controller.job_table import JobTable
from jupyter_dask_slurm.controller.tracked_job import CpuTime, TrackedJob

ID = "3f9a12bc"
NAME = f"blue-otter-{ID}-1"
PENDING, RUNNING = JobState.PENDING, JobState.RUNNING


def report(state: JobState, job_id: str = "81_0", **more: float) -> BatchJob:
    return BatchJob(job_id, NAME, state, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seen", "now", "seconds"),
    [
        ([], 500, 0),
        ([(100, report(PENDING))], 500, 0),
        # A job that runs counts from its own start on, not from when that was noticed.
        ([(115, report(RUNNING, started=100.0))], 130, 30),
        # Without one, from the first look at which it ran.
        ([(115, report(RUNNING)), (120, report(RUNNING))], 130, 15),
        # Until its own end, not until that was noticed.
        (
            [
                (115, report(RUNNING, started=100.0)),
                (150, report(JobState.TIMEOUT, started=100.0, ended=140.0)),
            ],
            999,
            40,
        ),
        ([(115, report(RUNNING, started=100.0)), (150, report(JobState.FAILED))], 999, 50),
        # It began and ended between two looks.
        ([(150, report(JobState.FAILED, started=101.0, ended=104.0))], 999, 3),
        # Cancelled while it waited: it never ran.
        ([(100, report(PENDING)), (150, report(JobState.CANCELLED, ended=149.0))], 999, 0),
        # Requeued: what it ran before counts, what it waits does not.
        (
            [
                (110, report(RUNNING, started=100.0)),
                (120, report(PENDING)),
                (140, report(RUNNING, started=135.0)),
            ],
            145,
            20,
        ),
        # Requeued between two looks.
        ([(110, report(RUNNING, started=100.0)), (140, report(RUNNING, started=135.0))], 145, 20),
        # Requeued to a node of which it was given more.
        (
            [
                (110, report(RUNNING, started=100.0, cpus=16)),
                (120, report(PENDING, cpus=1)),
                (140, report(RUNNING, started=135.0, cpus=4)),
            ],
            145,
            16 * 10 + 4 * 10,
        ),
        # It was given fewer while it ran.
        (
            [
                (110, report(RUNNING, started=100.0, cpus=16)),
                (140, report(RUNNING, started=100.0, cpus=4)),
            ],
            150,
            16 * 10 + 4 * 40,
        ),
        # Suspended: the time does not count.
        (
            [
                (110, report(RUNNING, started=100.0)),
                (120, report(JobState.SUSPENDED, started=100.0)),
                (130, report(JobState.SUSPENDED, started=100.0)),
                (140, report(RUNNING, started=100.0)),
            ],
            145,
            10 + 15,
        ),
        # The same start, reckoned a second later.
        ([(110, report(RUNNING, started=100.0)), (140, report(RUNNING, started=101.0))], 150, 50),
    ],
)
def test_a_run_is_as_long_as_the_batch_system_says(
    seen: list[tuple[float, BatchJob]], now: float, seconds: float
) -> None:
    cpu_time = CpuTime(1)
    for taken, told in seen:
        cpu_time.update(told, taken)
    assert cpu_time.seconds(now) == seconds


def test_what_was_seen_of_a_lost_job_counts_once_though_it_comes_back() -> None:
    cpu_time = CpuTime(1)
    cpu_time.update(report(RUNNING, started=100.0), 150)
    cpu_time.end_as_last_seen()
    assert cpu_time.seconds(900) == 50
    cpu_time.update(report(RUNNING, started=100.0), 200)
    assert cpu_time.seconds(200) == 100


@pytest.mark.parametrize(
    ("state", "waits"),
    [
        (PENDING, True),
        (JobState.UNKNOWN, True),  # a newer Slurm's word: it may be one for a job that waits
        (RUNNING, False),
        (JobState.SUSPENDED, False),
        (JobState.COMPLETED, False),
    ],
)
def test_a_cluster_is_in_use_while_a_job_may_wait(state: JobState, waits: bool) -> None:
    table = JobTable(ID)
    table.update(Snapshot(100, {"81_0": report(PENDING)}))
    table.update(Snapshot(110, {"81_0": report(state)}))
    (job,) = table
    assert job.may_wait is waits
    assert job.ended is (state is JobState.COMPLETED)


def test_the_end_of_a_job_follows_its_limit_and_a_suspended_one_has_none() -> None:
    table = JobTable(ID)

    def end_at(taken: float, state: JobState, **more: float) -> dict[str, float]:
        told = report(state, started=100.0, **more)
        table.update(Snapshot(taken, {told.id: told}))
        return table.ends()

    assert end_at(110, RUNNING, time_left=590) == {"81_0": 700}
    assert end_at(120, RUNNING, time_left=581) == {"81_0": 700}  # whole seconds
    assert end_at(130, RUNNING, time_left=5870) == {"81_0": 6000}
    assert end_at(140, RUNNING, time_left=40) == {"81_0": 180}
    assert table.for_plan(140)[0].due
    assert end_at(150, JobState.SUSPENDED, time_left=50) == {}
    assert not table.for_plan(150)[0].due
    assert end_at(160, RUNNING, time_left=50) == {"81_0": 210}
    assert end_at(170, RUNNING) == {}  # the limit was lifted


def test_a_table_counts_all_jobs_it_ever_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_table, "KEEP_ENDED", 1)
    table = JobTable(ID)

    def look(taken: float, *reports: BatchJob) -> None:
        table.update(Snapshot(taken, {told.id: told for told in reports}))

    look(110, *(report(RUNNING, f"81_{k}", started=100.0) for k in range(3)))
    ends = [report(JobState.FAILED, f"81_{k}", started=100.0, ended=120.0) for k in range(2)]
    look(125, *ends, report(RUNNING, "81_2", started=100.0))
    assert [job.id for job in table] == ["81_1", "81_2"]  # the oldest is forgotten
    assert table.cpu_seconds(130) == 20 + 20 + 30
    # An id that is ours once more, requeued by its node's failure, keeps what it ran before.
    look(140, *ends[:1], report(RUNNING, "81_1", started=135.0), report(RUNNING, "81_2"))
    assert table.cpu_seconds(140) == 20 + (20 + 5) + 40


@pytest.mark.parametrize(
    ("started", "left", "now", "until"),
    [
        (1000.0, 120, 1010, 1040),  # scaled down: half a minute
        # At its walltime a job that has handed its data over finishes what it runs.
        (1000.0, 120, 1032, 1105),
        (1000.0, 120, 1100, 1105),
        (1000.0, 120, 1110, 1110),
        (1000.0, 60, 1016, 1052.5),
        (1000.0, 3600, 4300, 4510),
        (1000.0, None, 4300, 4330),
    ],
)
def test_until_when_the_tasks_of_a_job_that_goes_may_finish(
    started: float, left: int | None, now: float, until: float
) -> None:
    job = TrackedJob("81_0", NAME, BatchJob("81_0", NAME, RUNNING, started=started))
    job.ends_at = None if left is None else started + left
    assert job.task_deadline(now, 0.0, 30.0) == until
