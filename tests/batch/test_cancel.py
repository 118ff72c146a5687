"""Cancelling by name: how long it takes a queue at its word."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import cast

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, BatchSystem, JobState, Snapshot
from jupyter_dask_slurm.batch.cancel import cancel_matching
from jupyter_dask_slurm.batch.errors import BatchSilent

SETTLE = 0.05


class Looks:
    """Returns one poll after the other: the ids of live jobs, or None for no answer; then no job."""

    def __init__(self, *looks: Collection[str] | None) -> None:
        self._looks = list(looks)
        self.times: list[float] = []
        self.cancelled: list[str] = []
        self.others: list[Looks] = []

    async def jobs(self, *, max_age: float) -> Snapshot:
        assert max_age == 0
        self.times.append(time.monotonic())
        ids = self._looks.pop(0) if self._looks else ()
        if ids is None:
            raise BatchSilent("no answer")
        return Snapshot(time.time(), {i: BatchJob(i, "ours", JobState.PENDING) for i in ids})

    async def elsewhere(self) -> list[Looks]:
        return self.others

    async def cancel(self, ids: Collection[str], *, pending_only: bool = False) -> None:
        assert not pending_only
        self.cancelled += ids


async def cancel(looks: Looks, limit: float = 10, settle: float = SETTLE) -> int:
    return await cancel_matching(
        cast(BatchSystem, looks), lambda name: name == "ours", limit=limit, settle=settle
    )


async def test_a_job_that_appears_after_an_empty_look_is_cancelled() -> None:
    looks = Looks([], ["7_0", "7_1"], [], [])
    assert await cancel(looks) == 2
    assert looks.cancelled == ["7_0", "7_1"]
    assert len(looks.times) == 4


async def test_two_empty_looks_some_time_apart_are_enough_and_do_not_need_the_limit() -> None:
    looks = Looks()
    assert await cancel(looks, limit=0) == 0
    first, second = looks.times
    assert second - first >= SETTLE


async def test_without_a_time_to_settle_one_empty_look_is_enough() -> None:
    looks = Looks(["7_0"])
    assert await cancel(looks, settle=0) == 1
    assert len(looks.times) == 2


async def test_silence_is_no_empty_look() -> None:
    looks = Looks([], None, [])
    assert await cancel(looks) == 0
    assert len(looks.times) == 3
    with pytest.raises(BatchSilent, match="no answer"):
        await cancel(Looks([], None), limit=0)


async def test_jobs_that_a_wrapper_sent_to_another_slurm_cluster_are_cancelled_there() -> None:
    looks, away, there = Looks(), Looks(None, None, None), Looks(["7_0"], ["7_0"])
    looks.others = [away, there]
    assert await cancel(looks) == 1
    assert there.cancelled == ["7_0", "7_0"]
    assert looks.cancelled == []
