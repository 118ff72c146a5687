"""How often Slurm is asked: twenty clusters, three browser tabs, ten minutes."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.batch.slurm import system as slurm_module
from jupyter_dask_slurm.batch.slurm.parse import SEPARATOR
from jupyter_dask_slurm.batch.slurm.system import SlurmBatchSystem
from jupyter_dask_slurm.clusters.site_cache import SiteCache
from jupyter_dask_slurm.controller.reconciler import Reconciler
from jupyter_dask_slurm.controller.scheduler.client import SchedulerState
from jupyter_dask_slurm.controller.tracked_job import WorkerInfo
from jupyter_dask_slurm.model.names import cluster_of

from .support import virtual_time

CLUSTERS, TABS = 20, 3
TEN_MINUTES = 600.0
TAB_PERIOD = 20.0
"""Seconds between two questions of an open panel for what the site offers."""
WALLTIME = 24 * 3600
SCRIPT = "#!/bin/sh\n#SBATCH -t 1-00:00:00\ntrue\n"


@dataclass
class Row:
    array: str
    task: int
    name: str
    started: int
    state: str = "RUNNING"


class SlurmThatAnswersAtOnce:
    """Stands in for the commands themselves, because real ones take real time. Counts them."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.rows: list[Row] = []

    async def run(
        self,
        argv: Sequence[str],
        *,
        environ: Mapping[str, str],
        limit: float,
        stdin: str | None = None,
        refusals: Collection[str] = (),
    ) -> tuple[str, str]:
        self.calls[argv[0]] += 1
        return self._answer(list(argv), stdin or ""), ""

    def _answer(self, argv: list[str], script: str) -> str:
        match argv:
            case ["sbatch", *_]:
                return self._submit(script)
            case ["squeue", *_]:
                return "".join(self._row(row, argv[-1]) for row in self.rows)
            case ["scancel", *words]:
                self._cancel(words)
                return ""
            case ["sinfo", "--version"]:
                return "slurm-wlm 22.05.8\n"
            case ["sinfo", *_]:
                row = ["debug", "40/24/0/64", "16", "64000", "4", "gpu:2", "gpu:1", "mixed", "2"]
                return "".join(value + SEPARATOR for value in row) + "\n"
            case ["scontrol", "-a", "show", "partition", *_]:
                return "PartitionName=debug Default=YES MaxTime=2-00:00:00 State=UP TotalNodes=4\n"
            case ["scontrol", "show", "config"]:
                return (
                    "ClusterName             = lab\nMaxArraySize            = 10001\n"
                    "AccountingStorageType   = accounting_storage/slurmdbd\n"
                    "AccountingStorageEnforce = associations,limits,qos\n"
                )
            case ["sacctmgr", "-n", "-P", "show", "user", *_]:
                return "physics|physics||high,normal||||||\n"
            case ["sacctmgr", "-n", "-P", "show", "qos", *_]:
                return f"normal{'|' * 13}\nhigh||02:00:00|cpu=4{'|' * 10}\n"
            case ["sacctmgr", "-n", "-P", "show", "assoc", *_]:
                return "root||||\nphysics|root|||\n"
            case ["sacctmgr", "-n", "-P", "show", "cluster", *_]:
                return "lab|127.0.0.1\n"
        raise AssertionError(f"nobody should ask {argv}")

    def _submit(self, script: str) -> str:
        array = str(1 + max((int(row.array) for row in self.rows), default=0))
        (name,) = re.findall(r"^#SBATCH (?:-J |--job-name=)(\S+)", script, re.MULTILINE)
        (last,) = re.findall(r"^#SBATCH --array=0-(\d+)", script, re.MULTILINE)
        self.rows += [Row(array, k, name, int(time.time())) for k in range(int(last) + 1)]
        return f"{array}\n"

    def _cancel(self, words: Sequence[str]) -> None:
        arrays = {word.partition("_")[0] for word in words}
        for row in self.rows:
            if row.array in arrays:
                row.state = "CANCELLED"

    def _row(self, row: Row, columns: str) -> str:
        left = row.started + WALLTIME - int(time.time())
        values = {
            "%F": row.array,
            "%K": str(row.task),
            "%j": row.name,
            "%T": row.state,
            "%r": "None",
            "%V": str(row.started),
            "%S": str(row.started),
            "%e": str(row.started + WALLTIME),
            "%L": f"{left // 3600}:{left % 3600 // 60:02}:{left % 60:02}",
            "%N": "n1",
            "%C": "1",
            "%P": "debug",
            "%l": "1-00:00:00",
        }
        return SEPARATOR.join(values[column] for column in columns.split(SEPARATOR)) + "\n"


class SchedulerOf:
    """The scheduler of a cluster whose workers are all connected, and take their leave when asked."""

    def __init__(self, cluster: str, slurm: SlurmThatAnswersAtOnce) -> None:
        self._cluster, self._slurm = cluster, slurm

    async def state(self) -> SchedulerState:
        workers = [
            WorkerInfo(f"tls://{row.array}-{row.task}", f"{row.array}_{row.task}")
            for row in self._slurm.rows
            if cluster_of(row.name) == self._cluster and row.state == "RUNNING"
        ]
        return SchedulerState(clients=1, tasks=0, workers=tuple(workers))

    async def drain(self, addresses: Sequence[str]) -> set[str]:
        return set(addresses)

    async def retire(self, addresses: Sequence[str]) -> set[str]:
        return set(addresses)

    async def tell_ends(self, left: Mapping[str, float]) -> None: ...

    async def undrain(self, addresses: Sequence[str]) -> None:
        raise AssertionError("nothing was kept")


class Site:
    """All clusters of a user on one host, and the server with its tabs."""

    def __init__(self, slurm: SlurmThatAnswersAtOnce, directory: Path) -> None:
        self.calls = slurm.calls
        self.clusters = [self._cluster(number, slurm, directory) for number in range(CLUSTERS)]
        self.cache = SiteCache(SlurmBatchSystem(directory).site)

    @staticmethod
    def _cluster(number: int, slurm: SlurmThatAnswersAtOnce, directory: Path) -> Reconciler:
        cluster = f"{number:08x}"
        scheduler: Any = SchedulerOf(cluster, slurm)
        return Reconciler(
            cluster_id=cluster,
            cluster_name="busy",
            # As in a process of its own: nothing is shared but the files.
            batch=SlurmBatchSystem(directory),
            scheduler=scheduler,
            script=SCRIPT,
            log_directory=directory / "logs",
        )

    async def tab(self, late: float) -> None:
        await asyncio.sleep(late)
        while True:
            await self.cache.get()
            await asyncio.sleep(TAB_PERIOD)

    def scale(self, jobs: int) -> None:
        for cluster in self.clusters:
            cluster.scale(jobs)

    def connected(self) -> bool:
        return all(
            len([job for job in cluster.jobs.live if job.workers]) == cluster.wanted
            and len(cluster.jobs.live) == cluster.wanted
            for cluster in self.clusters
        )


@contextlib.asynccontextmanager
async def open_site(slurm: SlurmThatAnswersAtOnce, directory: Path) -> AsyncIterator[Site]:
    """Twenty clusters of two jobs that were created at different times, and have been stable since
    ten minutes; three tabs, out of step."""
    rng = random.Random(1)
    site = Site(slurm, directory)
    tabs = [asyncio.create_task(site.tab(rng.uniform(0, TAB_PERIOD))) for _ in range(TABS)]
    for cluster in site.clusters:
        cluster.start()
        cluster.scale(2)
        await asyncio.sleep(rng.uniform(0, 10))
    await asyncio.sleep(TEN_MINUTES)
    assert site.connected()
    site.calls.clear()
    try:
        yield site
    finally:
        for tab in tabs:
            tab.cancel()
        await site.cache.stop()
        for cluster in site.clusters:
            await cluster.stop()


Scene = Callable[[Site], Awaitable[None]]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Scene], None]:
    slurm = SlurmThatAnswersAtOnce()
    monkeypatch.setattr(slurm_module, "run", slurm.run)

    async def whole(scene: Scene) -> None:
        async with open_site(slurm, tmp_path) as site:
            await scene(site)

    return lambda scene: virtual_time.run(whole(scene))


def test_stable_clusters_share_one_slow_poll(play: Callable[[Scene], None]) -> None:
    async def scene(site: Site) -> None:
        await asyncio.sleep(TEN_MINUTES)
        assert set(site.calls) <= {"squeue", "sinfo", "scontrol", "sacctmgr"}
        assert 30 <= site.calls["squeue"] <= 60  # every 15 s at the slowest, for all of them
        assert site.calls["sinfo"] <= 31  # as often as one tab alone would ask
        assert site.calls["scontrol"] <= 3
        # The user's accounts, all accounts, QOS, clusters: once or twice each.
        assert 4 <= site.calls["sacctmgr"] <= 8
        answer = await site.cache.get()
        assert answer.site is not None
        assert answer.site.accounts.qos == ("high", "normal")
        (debug,) = answer.site.partitions
        assert [gpus.idle for gpus in debug.gpus] == [4]

    play(scene)


def test_a_change_is_followed_closely(play: Callable[[Scene], None]) -> None:
    async def scene(site: Site) -> None:
        site.clusters[7].scale(3)
        await asyncio.sleep(10)
        assert site.calls["sbatch"] == 1
        assert 5 <= site.calls["squeue"] <= 15
        assert site.connected()
        await asyncio.sleep(TEN_MINUTES)
        assert site.calls["squeue"] <= 90

    play(scene)


def test_nobody_asks_where_no_job_lives(play: Callable[[Scene], None]) -> None:
    async def scene(site: Site) -> None:
        site.scale(0)
        await asyncio.sleep(60)
        assert not any(cluster.jobs.live for cluster in site.clusters)
        site.calls.clear()
        await asyncio.sleep(TEN_MINUTES)
        assert site.calls["squeue"] == 0
        assert set(site.calls) <= {"sinfo", "scontrol", "sacctmgr"}

    play(scene)
