"""What a controller reads of the job that it runs in."""

from __future__ import annotations

import pytest

from jupyter_dask_slurm.controller.own_job import OwnJob, own_job, warning_time

SINGLE = {"SLURM_JOB_ID": "82"}
TASK = {**SINGLE, "SLURM_ARRAY_JOB_ID": "81", "SLURM_ARRAY_TASK_ID": "0"}


@pytest.mark.parametrize(
    ("environ", "walltime", "job"),
    [
        ({}, 600, None),
        (TASK, 3600, OwnJob("81_0", 4600.0, 120)),
        (SINGLE, 240, OwnJob("82", 1240.0, 60)),
        (TASK, None, OwnJob("81_0", None, 120)),
        ({**TASK, "SLURM_JOB_END_TIME": "4000"}, 3600, OwnJob("81_0", 4000.0, 120)),
        ({**TASK, "SLURM_JOB_END_TIME": "INVALID"}, 3600, OwnJob("81_0", 4600.0, 120)),
    ],
)
def test_the_environment_of_a_job(
    environ: dict[str, str], walltime: int | None, job: OwnJob | None
) -> None:
    assert own_job(environ, walltime, now=1000.0) == job


@pytest.mark.parametrize(
    ("ends_at", "words"),
    [
        (1000.0 + 30, "end of its walltime"),
        (1000.0 + 180, "end of its walltime"),
        (1000.0 + 181, "was cancelled"),
        (None, "was cancelled"),
    ],
)
def test_why_it_was_told_to_end(ends_at: float | None, words: str) -> None:
    why = OwnJob("81_0", ends_at).why_told_to_end(1000.0)
    assert words in why
    assert "(81_0)" in why


@pytest.mark.parametrize(
    ("walltime", "seconds"),
    [(None, 120), (86400, 120), (480, 120), (240, 60), (60, 15), (1, 1)],
)
def test_it_is_told_to_end_early_enough_but_not_at_once(walltime: int | None, seconds: int) -> None:
    assert warning_time(walltime) == seconds
