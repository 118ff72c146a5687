"""A cluster in the other of two Slurm clusters, with its controller here and there, and killed.

That it computes, shrinks and leaves nothing is tried among the sites (`tests/sites`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_dask_slurm.clusters.status import Observed
from jupyter_dask_slurm.model.names import cluster_of_controller

from ..slurm.plugin import TwoClusters
from ..support.clusters import ClusterUnderTest, clusters_under_test, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(360)]

Make = Callable[..., ClusterUnderTest]


@pytest.fixture
def make(tmp_path: Path, two_clusters: TwoClusters) -> Iterator[Make]:
    there = {"slurm_cluster": "wice", "partition": "only"}
    with clusters_under_test(tmp_path / "state", "slurm", **there) as make_cluster:
        yield make_cluster


def test_jobs_of_a_controller_that_was_killed_are_cancelled_there(
    make: Make, two_clusters: TwoClusters
) -> None:
    cluster = make(job_extra_directives=["--begin=now+1hour"], scaling={"jobs": 2}).ready()
    cluster.wait("two wait", lambda c: c.jobs.pending == 2)
    cluster.kill()
    wait_for("no job there", lambda: two_clusters.wice.job_names() == [])
    cluster.gone()


def test_they_are_also_where_a_wrapper_of_the_site_chose_it(
    two_clusters: TwoClusters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "sbatch").write_text('#!/bin/sh\nPATH="${PATH#*:}" exec sbatch -M wice "$@"\n')
    (bin_ / "sbatch").chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_}:{os.environ['PATH']}")
    never_yet = ["--begin=now+1hour"]
    with clusters_under_test(tmp_path / "state", "slurm", job_extra_directives=never_yet) as make:
        cluster = make(scaling={"jobs": 2}).ready()
        cluster.wait("two wait", lambda c: c.jobs.pending == 2)
        wait_for("it is written down", lambda: cluster.connection.owner.slurm_cluster == "wice")
        files = cluster.directory.read()
        assert files is not None
        # What another server would ask, to end it by force.
        assert Observed.from_files(cluster.directory, files).record.slurm_cluster == "wice"
        cluster.kill()
        wait_for("no job there", lambda: two_clusters.wice.job_names() == [])
        cluster.gone()


def test_its_controller_lives_there_too(make: Make, two_clusters: TwoClusters) -> None:
    cluster = make(
        placement="job",
        controller_memory=512 * 1024**2,
        controller_walltime=600,
        scaling={"jobs": 1},
    ).ready()
    cluster.connected(1)
    assert cluster.owner.slurm_cluster == cluster.connection.owner.slurm_cluster == "wice"
    names = two_clusters.wice.job_names()
    assert [cluster_of_controller(name) for name in sorted(names)] == [None, cluster.directory.id]
    partitions = two_clusters.wice.run("squeue", "-h", "-t", "R", "-o", "%P").split()
    assert partitions == ["only", "only"]  # the only one there that the other has not
    cluster.stop()
    wait_for("no job there", lambda: two_clusters.wice.job_names() == [])
