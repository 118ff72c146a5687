"""Why a cluster is no more, in one set of words for whoever says it."""

from __future__ import annotations

from typing import get_args

import pytest

from jupyter_dask_slurm.cluster_files.ended import START_AGAIN, EndCode, Ended


@pytest.mark.parametrize("code", get_args(EndCode))
def test_every_end_says_why_and_what_can_be_done(code: EndCode) -> None:
    problem = Ended.now(code, "100% {of} nothing.").problem()
    assert problem.code == code
    assert problem.message.strip()
    assert "{why}" not in problem.message
    assert problem.advice


def test_what_is_known_of_an_end_is_part_of_it() -> None:
    assert "It was preempted." in Ended.now("controller_died", "It was preempted.").message
    assert "host was restarted" in Ended.now("controller_died").message


def test_the_end_of_another_version_has_a_way_on() -> None:
    assert Ended("something_new", "It was tired.", "then").problem().advice == START_AGAIN
    assert Ended("idle", "It was tired.", "then", "Sleep.").problem().advice == "Sleep."


def test_a_cluster_that_never_started_had_no_jobs() -> None:
    assert Ended.now("start_failed", "No.").with_jobs_cancelled().message == "No."
    assert "cancelled" in Ended.now("controller_died").with_jobs_cancelled().message
