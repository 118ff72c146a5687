"""Whether a controller's job is there: unknown is not dead."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, JobState, Snapshot
from jupyter_dask_slurm.clusters.launcher.presence import (
    Absence,
    end_of_job,
    find_controller,
    judge,
    pending_problem,
)

NAME = "blue-otter-3f9a12bc-controller"


def job(
    state: JobState = JobState.RUNNING, name: str = NAME, reason: str | None = None
) -> BatchJob:
    return BatchJob(id="81_0", name=name, state=state, reason=reason, submitted=0.0)


@pytest.mark.parametrize(
    ("state", "alive"),
    [
        (JobState.PENDING, True),
        (JobState.RUNNING, True),
        (JobState.SUSPENDED, True),
        (JobState.COMPLETING, True),
        (JobState.UNKNOWN, True),
        (JobState.COMPLETED, False),
        (JobState.CANCELLED, False),
        (JobState.TIMEOUT, False),
        (JobState.NODE_FAIL, False),
    ],
)
def test_a_job_that_is_listed(state: JobState, alive: bool) -> None:
    assert judge(job(state), 1000.0, Absence(0, 900, 9)) == (alive, None)


def test_a_job_that_is_not_listed_is_gone_after_several_looks_over_a_minute() -> None:
    absence: Absence | None = None
    answers = []
    for taken in (1000, 1000, 1030, 1059, 1060):
        alive, absence = judge(None, taken, absence)
        answers.append(alive)
    assert answers == [None, None, None, None, False]


def test_two_looks_are_not_several_and_old_snapshots_are_no_looks() -> None:
    _, absence = judge(None, 1000, None)
    alive, absence = judge(None, 2000, absence)
    assert alive is None
    assert judge(None, 2000, absence)[0] is None
    assert judge(None, 2001, absence)[0] is False


def test_only_this_clusters_controller_counts() -> None:
    def found(name: str) -> BatchJob | None:
        return find_controller(Snapshot(0, {"81_0": job(name=name)}), "3f9a12bc", "81_0")

    assert found(NAME) is not None
    assert found("blue-otter-3f9a12bc-1") is None, "a worker's"
    assert found("blue-otter-11111111-controller") is None, "another cluster's"
    assert find_controller(Snapshot(0, {}), "3f9a12bc", "81_0") is None


def test_an_array_that_was_cancelled_as_a_whole_is_found() -> None:
    snapshot = Snapshot(0, {}, {"81": job(JobState.CANCELLED)})
    found = find_controller(snapshot, "3f9a12bc", "81_0")
    assert found is not None
    assert judge(found, 0, None)[0] is False


@pytest.mark.parametrize(
    ("reason", "words", "advised"),
    [
        ("Priority", "waits in the queue: Priority (it waits behind", False),
        ("PartitionTimeLimit", "PartitionTimeLimit (it asks for more walltime", True),
        ("SomethingNew", "waits in the queue: SomethingNew.", False),
        (None, "waits in the queue: PENDING.", False),
    ],
)
def test_why_it_waits(reason: str | None, words: str, advised: bool) -> None:
    problem = pending_problem(job(JobState.PENDING, reason=reason))
    assert problem is not None
    assert problem.code == "controller_pending"
    assert problem.since == "1970-01-01T00:00:00Z"
    assert words in problem.message
    assert (problem.advice is not None) is advised


@pytest.mark.parametrize("now", [None, job(JobState.RUNNING), job(JobState.CANCELLED)])
def test_one_that_does_not_wait_has_no_reason(now: BatchJob | None) -> None:
    assert pending_problem(now) is None


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (job(JobState.NODE_FAIL, reason="None"), "Its job 81_0 ended: NODE_FAIL."),
        (job(JobState.FAILED, reason="NonZeroExitCode"), "ended: FAILED, NonZeroExitCode."),
        (
            replace(job(JobState.FAILED), exit_code="0:9"),
            "Its job 81_0 ended: FAILED, exit code 0:9.",
        ),
        (replace(job(JobState.COMPLETED), exit_code="0:0"), "ended: COMPLETED."),
        (job(JobState.RUNNING), "is no longer in the queue"),
        (None, "is no longer in the queue"),
    ],
)
def test_how_it_ended(now: BatchJob | None, words: str) -> None:
    assert words in end_of_job("81_0", now)
