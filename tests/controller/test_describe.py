"""What a cluster and its jobs show of themselves."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, JobState, Snapshot
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.cluster_files.record import new_record
from jupyter_dask_slurm.controller import describe
from jupyter_dask_slurm.controller.cluster import LiveCluster
from jupyter_dask_slurm.controller.tracked_job import Leaving, TrackedJob, WorkerInfo
from jupyter_dask_slurm.model.cluster import ClusterOptions, Scaling
from jupyter_dask_slurm.model.settings import Settings

from .fakes import ID, Queue, Start


@pytest.mark.parametrize(
    ("told", "percent"),
    [([], None), ([None], None), ([101.26, None], 101.3), ([99.5, 250.25], 349.8)],
)
def test_the_processors_of_a_job_are_those_of_its_workers(
    told: list[float | None], percent: float | None
) -> None:
    workers = tuple(
        WorkerInfo(f"tls://{k}", f"81_0.0-{k}", memory=10, cpu=cpu) for k, cpu in enumerate(told)
    )
    shown = describe.describe_job(TrackedJob("81_0", "otter", workers=workers))
    assert shown.cpu == percent
    assert shown.memory == (10 * len(told) or None)


@pytest.mark.parametrize(
    ("leaving", "ended", "requested"),
    [
        (None, True, False),  # somebody else cancelled it
        (Leaving.CANCELLING, True, True),
        (Leaving.ENDING, True, True),
        (Leaving.RETIRING, False, False),  # not yet
    ],
)
def test_a_job_that_was_asked_to_end_is_told_from_one_that_was_cancelled(
    leaving: Leaving | None, ended: bool, requested: bool
) -> None:
    report = BatchJob("81_0", "otter", JobState.CANCELLED)
    job = TrackedJob("81_0", "otter", report=report, leaving=leaving, ended=ended)
    shown = describe.describe_job(job)
    assert (shown.state, shown.requested) == ("CANCELLED", requested)


@pytest.fixture
def cluster(tmp_path: Path) -> LiveCluster:
    record = new_record(
        Settings(state_dir=tmp_path),
        ClusterOptions(cores=4),
        Scaling(),
        name="blue-otter",
        batch_system="slurm",
        ends_with=None,
    )
    return LiveCluster(ClusterDirectory(tmp_path / ID), record)


async def test_what_it_has_used_grows_without_a_change(cluster: LiveCluster, start: Start) -> None:
    assert cluster.describe().core_seconds is None  # there is nobody yet to count
    reconciler = cluster.reconciler = await start(Queue())
    await reconciler.stop()
    name, started = f"otter-{ID}-1", time.time() - 100
    job = BatchJob("81_0", name, JobState.RUNNING, started=started, cpus=4)
    reconciler.jobs.update(Snapshot(time.time(), {job.id: job}))
    used = cluster.describe().core_seconds
    assert used is not None
    assert 400 <= used < 440
    cluster.publish()
    revision = cluster.revision
    reconciler.jobs.update(Snapshot(time.time() + 1, {job.id: job}))
    cluster.publish()
    assert cluster.revision == revision  # nobody is woken for it
    cluster.directory.create()
    cluster.directory.write(cluster.record)
    for seconds in (0, 3600):  # not for every second that passes
        kept = replace(cluster.used(), core_seconds=used + seconds)
        assert cluster.repair_files(kept)
        files = cluster.directory.read()
        assert files is not None
        assert files.used == replace(kept, core_seconds=used)
    given = replace(job, cpus=16)
    reconciler.jobs.update(Snapshot(time.time() + 2, {job.id: given}))
    shown = cluster.describe()
    assert (shown.cores, shown.cpus) == (
        4,
        16,
    )  # of a whole node the workers use what was asked for
    cluster.options = replace(cluster.options, cores=None)
    assert cluster.describe().core_seconds is None
