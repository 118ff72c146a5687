"""A reconciler on a queue of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jupyter_dask_slurm.controller import job_table, polling
from jupyter_dask_slurm.controller.reconciler import Reconciler
from jupyter_dask_slurm.controller.scheduler.client import SchedulerClient

from .fakes import ID, Queue, Start, WorkersInEveryJob


@pytest.fixture
async def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    monkeypatch.setattr(polling, "QUICK", 0.01)
    monkeypatch.setattr(polling, "SCHEDULER_QUICK", 0.01)
    started: list[Reconciler] = []

    async def start_reconciler(
        queue: Queue,
        scheduler: SchedulerClient | None = None,
        *,
        remove_old_logs: bool = False,
        most: int | None = None,
    ) -> Reconciler:
        reconciler = Reconciler(
            cluster_id=ID,
            cluster_name="blue-otter",
            batch=queue,
            scheduler=scheduler or WorkersInEveryJob(queue),
            script="#!/bin/sh\n",
            log_directory=tmp_path,
            remove_old_logs=remove_old_logs,
            most=most,
        )
        reconciler.start()
        started.append(reconciler)
        return reconciler

    yield start_reconciler
    for reconciler in started:
        await reconciler.stop()


@pytest.fixture
def lost_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs that are not listed are asked for after a moment, not after a minute."""
    monkeypatch.setattr(job_table, "SUBMISSION_LAG", 0.0)
    monkeypatch.setattr(job_table, "LOST_AFTER_SECONDS", 0.0)
