"""What the Jupyter server's own Prometheus endpoint, ``/metrics``, says of the clusters.

No label has anything of a user's: no name of a cluster, no id, no path. The endpoint may be open to
whoever reaches the server.
"""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import PurePath
from typing import TYPE_CHECKING, get_args

from prometheus_client import REGISTRY, Counter, Histogram
from prometheus_client.metrics_core import GaugeMetricFamily

from ..model.cluster import JobCounts, Status

if TYPE_CHECKING:
    from .manager import ClusterManager

PROGRAMS = ("sacct", "sacctmgr", "sbatch", "scancel", "scontrol", "sinfo", "squeue")
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

COMMANDS = Histogram(
    "dask_slurm_command_duration_seconds",
    "Commands of Slurm that this server ran, by program and outcome; those of controllers are not in it",
    ["program", "outcome"],
    buckets=BUCKETS,
)
REFUSALS = Counter(
    "dask_slurm_refused_requests",
    "Requests that were refused or failed, by the reason that the answer gives",
    ["reason"],
)


class Clusters:
    """The collector of what is known at the moment: nothing is counted, or asked, before a scrape."""

    manager: ClusterManager | None = None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        known = [] if self.manager is None else self.manager.known()
        statuses: Count[str] = Count(cluster.status for cluster in known)
        jobs: Count[str] = Count()
        for cluster in known:
            jobs.update(asdict(cluster.jobs))
        yield _gauge("clusters", "Clusters by status", "status", get_args(Status), statuses)
        yield _gauge(
            "jobs",
            "Jobs of the clusters by state; running ones may be connected or leaving, too",
            "state",
            asdict(JobCounts()),
            jobs,
        )


def _gauge(
    name: str, words: str, label: str, values: Iterable[str], counts: Count[str]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"dask_slurm_{name}", words, labels=[label])
    for value in values:
        family.add_metric([value], counts[value])
    return family


def watch_command(program: str, seconds: float, outcome: str) -> None:
    """Called with each command of the batch system that has ended."""
    name = PurePath(program).name
    COMMANDS.labels(name if name in PROGRAMS else "other", outcome).observe(seconds)


CLUSTERS = Clusters()
REGISTRY.register(CLUSTERS)
