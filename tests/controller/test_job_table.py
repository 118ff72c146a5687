"""What the controller makes of the reports on its jobs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, JobState, Snapshot
from jupyter_dask_slurm.controller.job_table import JobTable
from jupyter_dask_slurm.controller.plan import Stage
from jupyter_dask_slurm.controller.restart_policy import STABLE_AFTER, Outcome
from jupyter_dask_slurm.controller.tracked_job import Leaving, WorkerInfo

ID = "3f9a12bc"
NAME = f"blue-otter-{ID}-1"


def report(job_id: str, state: JobState, name: str = NAME, **more: object) -> BatchJob:
    return BatchJob(job_id, name, state, **more)  # type: ignore[arg-type]


def snapshot(taken: float, *reports: BatchJob, collapsed: BatchJob | None = None) -> Snapshot:
    arrays = {collapsed.id: collapsed} if collapsed else {}
    return Snapshot(taken, {r.id: r for r in reports}, arrays)


def table_of(*ids: str) -> JobTable:
    table = JobTable(ID)
    table.add(ids, NAME)
    return table


def worker(name: str, **more: int) -> WorkerInfo:
    return WorkerInfo(f"tls://host/{name}", name, **more)


def stage_of(table: JobTable, job_id: str) -> Stage:
    job = table.get(job_id)
    assert job is not None
    return job.stage


@pytest.mark.parametrize("name", ["81_3.0", "81_3.2", "81_3.0-1"])
def test_a_worker_is_known_by_its_jobs_id_whatever_restart_and_process(name: str) -> None:
    table = table_of("81_3", "81_31")
    assert table.update_workers([worker(name)], 99.0)
    assert [job.id for job in table if job.workers] == ["81_3"]


def poll(table: JobTable, taken: float, *by_id: BatchJob) -> list[str]:
    """An empty list of the batch system's, and then the question for those that are lost."""
    ended = table.update(snapshot(taken))
    lost = table.lost()
    ended += table.settle_lost(lost, {job.id: job for job in by_id if job.id in lost})
    return [job.id for job in ended]


def test_a_worker_may_connect_before_the_queue_shows_its_job() -> None:
    table = table_of("81_0")
    table.update_workers([worker("81_0.0")], 99.0)
    assert stage_of(table, "81_0") is Stage.RUNNING


def test_a_job_just_submitted_and_not_listed_yet_is_waiting() -> None:
    table = table_of("81_0")
    for taken in (100.0, 101.0, 110.0):
        assert table.update(snapshot(taken)) == []
        assert stage_of(table, "81_0") is Stage.PENDING


def test_a_listed_job_that_is_omitted_once_is_unknown_and_not_ended() -> None:
    table = table_of("81_0")
    table.update(snapshot(100, report("81_0", JobState.RUNNING)))
    assert table.update(snapshot(101)) == []
    assert stage_of(table, "81_0") is Stage.UNKNOWN
    table.update(snapshot(102, report("81_0", JobState.RUNNING)))
    assert stage_of(table, "81_0") is Stage.RUNNING


def test_a_job_the_batch_system_has_forgotten_for_a_minute_has_ended() -> None:
    table = table_of("81_0")
    table.update(snapshot(100, report("81_0", JobState.RUNNING)))
    assert [poll(table, taken) for taken in (101, 120, 140, 162)] == [[], [], [], ["81_0"]]


def test_a_job_that_a_list_leaves_out_lives_if_it_is_found_by_id() -> None:
    """A hidden partition, a filter of the site: a list may be incomplete."""
    table = table_of("81_0")
    table.update(snapshot(100, report("81_0", JobState.PENDING)))
    there = report("81_0", JobState.RUNNING)
    assert [poll(table, taken, there) for taken in (101, 120, 140, 162)] == [[]] * 4
    assert stage_of(table, "81_0") is Stage.RUNNING
    gone = report("81_0", JobState.COMPLETED)
    assert [poll(table, taken, gone) for taken in (163, 180, 200, 230)] == [[], [], [], ["81_0"]]


def test_a_job_that_has_its_id_now_is_not_the_one_that_is_looked_for() -> None:
    table = table_of("81_0")
    table.update(snapshot(100, report("81_0", JobState.RUNNING)))
    other = BatchJob("81_0", "somebody-else-s", JobState.RUNNING)
    assert [poll(table, taken, other) for taken in (101, 120, 140, 162)] == [[], [], [], ["81_0"]]


def test_a_forgotten_job_whose_worker_is_connected_lives() -> None:
    table = table_of("81_0")
    table.update(snapshot(100, report("81_0", JobState.RUNNING)))
    table.update_workers([worker("81_0.0")], 99.0)
    assert [poll(table, taken) for taken in (101, 120, 140, 200, 300)] == [[]] * 5


def test_a_state_with_a_new_name_is_unknown_and_not_ended() -> None:
    table = table_of("81_0")
    assert table.update(snapshot(100, report("81_0", JobState.UNKNOWN))) == []
    assert stage_of(table, "81_0") is Stage.UNKNOWN


def test_an_array_cancelled_whole_ends_every_task_not_listed_otherwise() -> None:
    table = table_of("81_0", "81_1", "81_2")
    collapsed = report("81", JobState.CANCELLED)
    ended = table.update(snapshot(100, report("81_1", JobState.RUNNING), collapsed=collapsed))
    assert [job.id for job in ended] == ["81_0", "81_2"]


def test_an_end_is_told_once() -> None:
    table = table_of("81_0")
    done = snapshot(100, report("81_0", JobState.FAILED))
    assert [job.id for job in table.update(done)] == ["81_0"]
    assert table.update(done) == []


@pytest.mark.parametrize(
    ("connected", "leaving", "outcome"),
    [
        (None, None, Outcome.FAILED),
        (99.0, None, Outcome.FAILED),
        (10.0, None, Outcome.CRASHED),
        (None, Leaving.CANCELLING, Outcome.REQUESTED),
    ],
)
def test_a_job_failed_if_it_ended_before_or_with_its_worker_and_unasked(
    connected: float | None, leaving: Leaving | None, outcome: Outcome
) -> None:
    table = table_of("81_0")
    if connected is not None:
        table.update_workers([worker("81_0.0")], connected)
    table.mark_leaving(["81_0"], leaving, 99.0)
    (job,) = table.update(snapshot(100, report("81_0", JobState.COMPLETED)))
    assert job.outcome is outcome


def test_a_jobs_time_of_work_ends_with_its_last_worker() -> None:
    table = table_of("81_0")
    table.update_workers([worker("81_0.0")], 10.0)
    table.update_workers([], 12.0)
    (job,) = table.update(snapshot(100, report("81_0", JobState.COMPLETED)))
    assert job.outcome is Outcome.FAILED


def test_a_job_proves_itself_once_by_a_worker_that_stays() -> None:
    table = table_of("81_0")
    table.update_workers([worker("81_0.0")], 10.0)
    assert table.newly_stable(10.0 + STABLE_AFTER - 1) == []
    assert [job.id for job in table.newly_stable(10.0 + STABLE_AFTER)] == ["81_0"]
    assert table.newly_stable(500.0) == []


def test_what_a_snapshot_said_before_it_does_not_say_again() -> None:
    table = table_of("81_0")
    table.update(snapshot(100, report("81_0", JobState.RUNNING)))
    for _ in range(5):
        table.update(snapshot(200))
    assert table.live[0].missing_polls == 1
    table.update(snapshot(150, report("81_0", JobState.RUNNING)))
    assert stage_of(table, "81_0") is Stage.UNKNOWN  # that was before


def running(job_id: str, taken: float, left: int, submitted: float, started: float) -> Snapshot:
    state = JobState.RUNNING
    times = {"time_left": left, "submitted": submitted, "started": started}
    return snapshot(taken, report(job_id, state, **times))


@pytest.mark.parametrize(
    ("now", "to_replace", "due"),
    [
        # an hour, no wait: a margin of 180 s; due 6 min before the end, succeeded 9 min before
        (1000 + 3000, False, False),
        (1000 + 3061, True, False),
        (1000 + 3241, True, True),
    ],
)
def test_a_job_is_replaced_before_its_walltime(now: float, to_replace: bool, due: bool) -> None:
    table = table_of("81_0")
    table.update(running("81_0", 1000, 3600, 1000, 1000))
    (job,) = table.for_plan(now)
    assert (job.to_replace, job.due) == (to_replace, due)
    assert table.next_deadline(1000) == pytest.approx(1000 + 3060)


@pytest.mark.parametrize("ahead", [3600, -3600])
def test_a_clock_that_is_an_hour_off_changes_no_walltime_and_no_wait(ahead: float) -> None:
    table = table_of("81_0", "81_1")
    state = JobState.PENDING
    waiting = report("81_1", state, submitted=1000.0, reason="Priority")
    for now, off in ((1100, 0.0), (1200 + ahead, ahead), (1300, 0.0)):
        listed = running("81_0", now, 4600 - int(now - off), 990, 1000)
        table.update(replace(listed, jobs={**listed.jobs, "81_1": waiting}, ahead=off))
        assert table.queue_wait(now) == now - off - 1000
        assert [job.to_replace for job in table.for_plan(now)] == [False, False]
        job = table.get("81_0")
        assert job is not None
        assert job.walltime == 3600
        assert job.ends_at == 4600 + off
        assert table.cpu_seconds(now) == now - off - 1000


def test_where_jobs_wait_long_successors_are_submitted_early() -> None:
    table = table_of("81_0")
    table.update(running("81_0", 2000, 3600, 1000, 2000))  # it waited for 1000 s
    assert not table.for_plan(2000 + 1739)[0].to_replace
    assert table.for_plan(2000 + 1741)[0].to_replace


def test_a_reused_id_of_somebody_elses_job_says_nothing_of_ours() -> None:
    table = table_of("81_0")
    table.update(snapshot(100, report("81_0", JobState.RUNNING)))
    other = report("81_0", JobState.COMPLETED, name="train-model")
    assert table.update(snapshot(101, other)) == []
    assert stage_of(table, "81_0") is Stage.UNKNOWN


def test_jobs_of_an_unanswered_submission_are_taken_in_by_their_tag() -> None:
    table = JobTable(ID)
    table.update(
        snapshot(
            100,
            report("90_0", JobState.PENDING, name=f"renamed-{ID}-2"),
            report("91_0", JobState.PENDING, name="blue-otter-ffffffff-1"),
            report("92_0", JobState.CANCELLED, name=f"blue-otter-{ID}-1"),
        )
    )
    assert [job.id for job in table] == ["90_0"]


def test_a_job_that_ended_and_is_there_again_is_ours_again() -> None:
    table = table_of("81_0")
    table.update(snapshot(100, report("81_0", JobState.NODE_FAIL)))
    assert table.live == []
    table.update(snapshot(101, report("81_0", JobState.PENDING)))  # requeued under its id
    assert [job.id for job in table.live] == ["81_0"]
    assert len(list(table)) == 1


def test_a_waiting_job_that_started_while_it_was_cancelled_is_counted_again() -> None:
    table = table_of("81_0")
    table.mark_leaving(["81_0"], Leaving.CANCELLING, 100.0)
    table.update(snapshot(99.9, report("81_0", JobState.PENDING)))
    assert table.for_plan(100.0)[0].leaving  # an older report proves nothing
    table.update(snapshot(100.1, report("81_0", JobState.RUNNING)))
    assert not table.for_plan(100.0)[0].leaving


def test_the_end_of_the_walltime_does_not_flicker() -> None:
    table = table_of("81_0")
    ends = set()
    for taken, left in ((100.0, 60), (101.4, 59), (102.1, 57)):
        table.update(snapshot(taken, report("81_0", JobState.RUNNING, time_left=left)))
        ends.add(table.live[0].ends_at)
    assert ends == {160.0}
    table.update(snapshot(103.0, report("81_0", JobState.RUNNING, time_left=600)))
    assert table.live[0].ends_at == 703.0  # the administrator gave it more


def test_the_jobs_that_ended_long_ago_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_dask_slurm.controller.job_table.KEEP_ENDED", 2)
    table = table_of("81_0", "81_1", "81_2", "81_3")
    gone = [report(f"81_{k}", JobState.COMPLETED) for k in range(3)]
    table.update(snapshot(100, *gone, report("81_3", JobState.RUNNING)))
    assert [job.id for job in table] == ["81_1", "81_2", "81_3"]


def test_one_that_will_never_start_does_not_tell_how_long_jobs_wait() -> None:
    table = table_of("81_0", "81_1")
    times = {"submitted": 1000.0, "reason": "Priority"}
    held = {**times, "reason": "JobHeldUser"}
    table.update(snapshot(9000, report("81_0", JobState.PENDING, **held)))
    assert table.queue_wait(9000) == 0
    table.update(snapshot(9001, report("81_0", JobState.PENDING, **times)))
    assert table.queue_wait(9001) == 8001


def test_an_id_that_another_job_has_now_is_not_cancelled() -> None:
    table = table_of("81_0", "81_1")
    mine = report("81_1", JobState.RUNNING)
    table.update(snapshot(100, report("81_0", JobState.RUNNING, name="train-model"), mine))
    assert table.cancellable(["81_0", "81_1"]) == ["81_1"]
    table.update(snapshot(101, report("81_0", JobState.RUNNING), mine))
    assert table.cancellable(["81_0", "81_1"]) == ["81_0", "81_1"]


def test_an_id_that_is_given_again_is_a_new_job() -> None:
    table = table_of("81_0")
    table.update(snapshot(100, report("81_0", JobState.CANCELLED)))
    assert table.live == []
    table.add(["81_0"], f"blue-otter-{ID}-2")
    assert [job.name for job in table.live] == [f"blue-otter-{ID}-2"]
