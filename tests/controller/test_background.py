"""Loops that look after a cluster outlive what goes wrong in them once."""

from __future__ import annotations

import asyncio
import itertools
import logging

import pytest

from jupyter_dask_slurm.controller import background
from jupyter_dask_slurm.controller.background import keep_running

from ..support import virtual_time


def test_work_that_fails_is_logged_and_begun_again_ever_more_slowly(
    caplog: pytest.LogCaptureFixture,
) -> None:
    runs: list[float] = []

    async def work() -> None:
        runs.append(asyncio.get_running_loop().time())
        if len(runs) < 9:
            raise OSError(116, "Stale file handle")

    with caplog.at_level(logging.ERROR):
        virtual_time.run(keep_running("watching the files", work))
    pauses = [round(later - earlier) for earlier, later in itertools.pairwise(runs)]
    assert pauses[:3] == [1, 2, 4]
    assert pauses[-1] == background.LONGEST_PAUSE
    assert caplog.text.count("watching the files failed") == 8
    assert "Stale file handle" in caplog.text
