"""The limit on its jobs that is shown with a cluster, by its script and the site that was heard of last."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.batch.site import Accounts, QosLimits, Site
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.clusters.batch_systems import BatchSystems
from jupyter_dask_slurm.clusters.job_limits import JobLimits
from jupyter_dask_slurm.model.cluster import Cluster, ClusterOptions, JobLimit, Scaling
from jupyter_dask_slurm.model.settings import Settings
from jupyter_dask_slurm.model.template import Piece, Template

SITE = Site(
    "slurm",
    "22.05.8",
    accounts=Accounts(
        default_qos="normal",
        qos_limits={
            "normal": QosLimits(at_once={"MaxSubmitPU": 8}),
            "long": QosLimits(at_once={"MaxSubmitPU": 4}),
        },
    ),
)
CLUSTER = Cluster(
    id="0123456789ab",
    name="blue-otter",
    status="running",
    created="2026-11-30T08:00:00Z",
    options=ClusterOptions(cores=1, memory=10**9),
    scaling=Scaling("jobs", 1),
    batch_system="slurm",
)


class BatchSystemsThatHeardOf(BatchSystems):
    """Nothing is asked of them."""

    def __init__(self, tmp_path: Path, site: Site | None) -> None:
        super().__init__(Settings(tmp_path, batch_system="slurm"))
        self.site_heard_of = site

    def known_site(self, name: str | None, slurm_cluster: str | None) -> Site | None:
        return self.site_heard_of if (name, slurm_cluster) == ("slurm", None) else None


async def shown(
    limits: JobLimits, directory: ClusterDirectory, **of_cluster: Any
) -> JobLimit | None:
    """Once its script has been read."""
    cluster = replace(CLUSTER, **of_cluster)
    assert limits.shown(cluster, directory).job_limit is None
    await asyncio.gather(*(t for t in asyncio.all_tasks() if t is not asyncio.current_task()))
    return limits.shown(cluster, directory).job_limit


@pytest.fixture
def directory(tmp_path: Path) -> ClusterDirectory:
    directory = ClusterDirectory(tmp_path / CLUSTER.id)
    directory.create()
    return directory


@pytest.mark.parametrize(
    ("directive", "variable", "message"),
    [
        ("", None, "your QOS normal allows 8 submitted jobs"),
        ("#SBATCH --qos=long\n", None, "your QOS long allows 4 submitted jobs"),
        ("", "long", "your QOS long allows 4 submitted jobs"),
    ],
)
async def test_a_cluster_is_shown_with_the_limit_of_what_its_script_asks_for(
    directory: ClusterDirectory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    directive: str,
    variable: str | None,
    message: str,
) -> None:
    if variable is not None:
        monkeypatch.setenv("SBATCH_QOS", variable)
    directory.write(Template((Piece(f"#!/bin/sh\n{directive}sleep 60\n"),)))
    batch_systems = BatchSystemsThatHeardOf(tmp_path, SITE)
    limits = JobLimits(batch_systems)
    limit = await shown(limits, directory)
    assert limit is not None
    assert limit.message == message
    # What is heard later counts: administrators change limits.
    batch_systems.site_heard_of = replace(SITE, accounts=Accounts(qos_limits={"x": QosLimits()}))
    assert limits.shown(CLUSTER, directory).job_limit is None
    await limits.stop()


async def test_one_of_the_version_before_by_its_options(
    directory: ClusterDirectory, tmp_path: Path
) -> None:
    limits = JobLimits(BatchSystemsThatHeardOf(tmp_path, SITE))
    limit = await shown(limits, directory, options=ClusterOptions(cores=1, qos="long"))
    assert limit is not None
    assert limit.jobs == 4
    await limits.stop()


@pytest.mark.parametrize(
    "of_cluster",
    [
        {"batch_system": "local"},
        {"status": "failed"},
        {"options": ClusterOptions(slurm_cluster="other")},
    ],
)
async def test_none_is_known(
    directory: ClusterDirectory, tmp_path: Path, of_cluster: dict[str, Any]
) -> None:
    limits = JobLimits(BatchSystemsThatHeardOf(tmp_path, SITE))
    assert await shown(limits, directory, **of_cluster) is None
    await limits.stop()
