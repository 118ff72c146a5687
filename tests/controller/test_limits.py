"""The administrator's limits hold in a controller, whoever asks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_dask_slurm.batch.base import Snapshot
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.cluster_files.record import Record
from jupyter_dask_slurm.controller.cluster import LiveCluster
from jupyter_dask_slurm.controller.limits import fallback
from jupyter_dask_slurm.errors import InvalidOptions, WrongState
from jupyter_dask_slurm.model.policy import Policy
from jupyter_dask_slurm.model.scaling import Adapt, Scaling
from jupyter_dask_slurm.model.settings import ControllerSettings
from jupyter_dask_slurm.model.template import Piece, Template

from .fakes import ID, Queue, Start, a_record, connected, until

SCRIPT = "#!/bin/sh\n#SBATCH -p debug,long\n"


def limited(policy: Policy | None = None) -> Record:
    policy = policy or Policy(max_idle_timeout=600, max_age=3600)
    return a_record(ControllerSettings(max_jobs=2, policy=policy))


@pytest.fixture
def cluster(tmp_path: Path) -> LiveCluster:
    (tmp_path / ID).mkdir()
    return LiveCluster(ClusterDirectory(tmp_path / ID), limited())


def test_what_is_asked_of_it_keeps_to_them(cluster: LiveCluster) -> None:
    for scaling in (Scaling("jobs", 3), Scaling("cores", 5), Scaling(adapt=Adapt(0, 3))):
        with pytest.raises(InvalidOptions, match="3 jobs; at most 2 are allowed here"):
            cluster.scale(scaling)
    assert cluster.scaling == Scaling()
    for seconds in (0, 601):
        with pytest.raises(InvalidOptions, match="idle_timeout: at most 10 min"):
            cluster.set_idle_timeout(seconds)
    with pytest.raises(InvalidOptions, match="seconds: at most 10 min"):
        cluster.extend_idle(601)
    cluster.scale(Scaling(adapt=Adapt(0, 2)))
    cluster.set_idle_timeout(600)
    cluster.extend_idle(None)
    assert cluster.idle.timeout == 600


def test_it_comes_to_no_more_cores_than_its_user_may_have(tmp_path: Path) -> None:
    (tmp_path / ID).mkdir()
    cluster = LiveCluster(ClusterDirectory(tmp_path / ID), limited(Policy(max_cores_per_user=3)))
    with pytest.raises(InvalidOptions, match="at most 3 are allowed here for all your clusters"):
        cluster.scale(Scaling("jobs", 2))
    cluster.scale(Scaling("jobs", 1))
    assert cluster.scaling == Scaling("jobs", 1)


class CountsPolls(Queue):
    polls = 0

    async def jobs(self, *, max_age: float) -> Snapshot:
        self.polls += 1
        return await super().jobs(max_age=max_age)


async def test_a_successor_counts(cluster: LiveCluster, start: Start) -> None:
    queue = CountsPolls()
    cluster.reconciler = reconciler = await start(queue, most=2)
    cluster.status = "running"
    cluster.scale(Scaling("jobs", 2))
    await until(reconciler, lambda: connected(reconciler) == 2)
    with pytest.raises(WrongState, match="none is left for a successor"):
        cluster.replace_job("1_0")
    reconciler.replace_job(reconciler.jobs.live[0])  # as one whose walltime is near
    before = queue.polls
    await until(reconciler, lambda: queue.polls > before + 1)
    assert queue.submissions == [(queue.submissions[0][0], 2)]
    cluster.scale(Scaling("jobs", 1))
    await until(reconciler, lambda: len(reconciler.jobs.live) == 1)
    cluster.replace_job(reconciler.jobs.live[0].id)
    await until(reconciler, lambda: len(queue.submissions) == 2)


@pytest.mark.parametrize(
    ("policy", "automatic", "expected"),
    [
        (Policy(), True, "#!/bin/sh\n"),
        (Policy(), False, None),
        (Policy(partitions=("debug", "long")), True, None),
    ],
)
def test_the_default_partition_is_no_way_around_those_that_are_allowed(
    policy: Policy, automatic: bool, expected: str | None
) -> None:
    template = Template((Piece(SCRIPT),), automatic_partition=automatic)
    assert fallback(limited(policy), template, SCRIPT) == expected
