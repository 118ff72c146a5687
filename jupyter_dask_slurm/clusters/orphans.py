"""Jobs of ours that belong to no living cluster: found by their names. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..batch.base import BatchJob, JobState, Snapshot
from ..model.cluster import utc_text
from ..model.names import cluster_of, cluster_of_controller


@dataclass(frozen=True)
class Orphan:
    """The jobs that are left of one cluster in one batch system. ``jobs`` are those that pend, run,
    or do something that is not known; its controller's, where it has one, among them."""

    cluster_id: str
    name: str
    """The cluster's name when it submitted them."""
    batch_system: str
    jobs: int
    pending: int
    running: int
    since: str | None
    """When the first of them was submitted."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def find_orphans(
    snapshots: Mapping[str, Snapshot], *, living: Collection[str], dead: Collection[str] = ()
) -> list[Orphan]:
    """What is left of clusters that are not ``living``, the oldest first.

    ``snapshots`` are by batch system; ``living`` and ``dead`` are ids of the registry. A job name
    is a weak witness where the registry has nothing: an id of digits alone may be somebody's date
    (``run-20261124-1``), and counts only for a cluster that is known to be ``dead``.
    """
    found = [
        _orphan(cluster_id, batch_system, jobs)
        for batch_system, snapshot in snapshots.items()
        for cluster_id, jobs in _by_cluster(snapshot).items()
        if cluster_id not in living and (cluster_id in dead or not cluster_id.isdigit())
    ]
    return sorted(found, key=lambda orphan: (orphan.since or "", orphan.cluster_id))


def _by_cluster(snapshot: Snapshot) -> dict[str, list[BatchJob]]:
    found: dict[str, list[BatchJob]] = {}
    for job in snapshot.jobs.values():
        cluster_id = cluster_of(job.name) or cluster_of_controller(job.name)
        # A COMPLETING job is on its way out: cancelling changes nothing.
        if cluster_id and not job.state.ended and job.state is not JobState.COMPLETING:
            found.setdefault(cluster_id, []).append(job)
    return found


def _orphan(cluster_id: str, batch_system: str, jobs: list[BatchJob]) -> Orphan:
    times = [job.submitted for job in jobs if job.submitted is not None]
    return Orphan(
        cluster_id=cluster_id,
        name=jobs[-1].name.rpartition(f"-{cluster_id}-")[0],
        batch_system=batch_system,
        jobs=len(jobs),
        pending=sum(job.state.pending for job in jobs),
        running=sum(job.state.running for job in jobs),
        since=utc_text(min(times, default=None)),
    )
