"""Jobs of ours that belong to no living cluster: found by their names and their output, and cancelled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import Any

from ..batch.base import BatchJob, JobState, Snapshot
from ..batch.errors import BatchError, BatchSilent
from ..cluster_files.directory import cluster_of_logs
from ..model.cluster import utc_text
from ..model.names import cluster_of_any
from .batch_systems import BatchSystems, Place

_Key = tuple[Place, str, str, float | None]
"""Where a job is, its id and its name, and when it was submitted."""


@dataclass(frozen=True)
class Presence:
    """The ids of a registry's clusters."""

    living: Set[str]
    """Those that somebody looks after, as far as anybody can tell: unknown is not dead."""
    dead: Set[str]
    """The others."""
    slurm_clusters: Set[str] = frozenset()
    """Those of the site's Slurm clusters that any of them names."""

    def __or__(self, later: Presence) -> Presence:
        """Return what two looks say together: a cluster that lived in either is not dead."""
        living = self.living | later.living
        dead = (self.dead | later.dead) - living
        return Presence(living, dead, self.slurm_clusters | later.slurm_clusters)


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
    slurm_cluster: str | None = None
    """Which of the site's Slurm clusters they are in; None is the one that is meant by itself."""

    @property
    def place(self) -> Place:
        """Where they are."""
        return self.batch_system, self.slurm_cluster

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Unanswered:
    """A batch system, or one of the site's Slurm clusters, that did not say which jobs it has."""

    batch_system: str
    slurm_cluster: str | None
    message: str
    """Why, in its words."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Look:
    """One look for orphans, the oldest first, and where there may be more."""

    orphans: list[Orphan]
    unanswered: tuple[Unanswered, ...] = ()

    def check_complete(self) -> None:
        """Raise BatchSilent where there may be more."""
        if self.unanswered:
            raise BatchSilent(self.unanswered[0].message)


class Orphans:
    """What belongs to no living cluster of one registry. ``presence`` returns which clusters live now."""

    def __init__(
        self, batch_systems: BatchSystems, presence: Callable[[], Awaitable[Presence]]
    ) -> None:
        self._batch_systems = batch_systems
        self._presence = presence
        self._ours: dict[_Key, bool] = {}
        """Whether a job of which the registry knows nothing is a cluster's, as far as it has been asked."""

    async def find(self) -> list[Orphan]:
        """Return them, the oldest first. Raises as `look`, and BatchError where none was found and not
        all has answered."""
        seen = await self.look()
        if not seen.orphans:
            seen.check_complete()
        return seen.orphans

    async def look(self) -> Look:
        """Return what those say that answer, as of now: in a list that is a moment old, jobs of a cluster
        that has just ended would still be there. Raises BatchError where no Slurm cluster does, and what
        ``presence`` raises."""
        # Before and after: one that was created, or whose last job ended, meanwhile is not dead.
        before = await self._presence()
        snapshots = await self._batch_systems.snapshots(
            max_age=0, slurm_clusters=before.slurm_clusters
        )
        told = {p: answer for p, answer in snapshots.items() if isinstance(answer, Snapshot)}
        silent = {p: answer for p, answer in snapshots.items() if isinstance(answer, BatchError)}
        presence = before | await self._presence()
        proven = await self._proven(strangers(told, presence), silent)
        return Look(
            find_orphans(told, presence, proven),
            tuple(
                Unanswered(*place, f"{place[1] or place[0]} could not be asked: {error}")
                for place, error in silent.items()
            ),
        )

    async def _proven(
        self, jobs: Mapping[Place, Sequence[BatchJob]], silent: dict[Place, BatchError]
    ) -> Set[str]:
        """Return of which clusters those jobs are by more than their names: their output goes to the
        cluster's directory. Each is asked about once; what does not answer is added to ``silent``."""
        known: dict[_Key, bool] = {}
        for place, some in jobs.items():
            unasked = {job.id: job for job in some if _key(place, job) not in self._ours}
            logs: Mapping[str, PurePath] = {}
            if unasked:
                try:
                    logs = await self._batch_systems.log_directories(place, unasked)
                except BatchError as error:
                    silent[place] = error
            for job in some:
                if job.id in logs:
                    is_ours = cluster_of_logs(logs[job.id]) == cluster_of_any(job.name)
                    known[_key(place, job)] = is_ours
                elif job.id not in unasked:
                    known[_key(place, job)] = self._ours[_key(place, job)]
        self._ours = known
        return {
            cluster
            for key, is_ours in known.items()
            if is_ours and (cluster := cluster_of_any(key[2]))
        }

    async def cancel(self, cluster_ids: Collection[str] | None = None) -> list[Orphan]:
        """Cancel those of these clusters, or all, and return them: jobs that have a living cluster by
        now are left alone. Raises as `find`."""
        found = await self.find()
        if cluster_ids is not None:
            found = [orphan for orphan in found if orphan.cluster_id in cluster_ids]
        for place in dict.fromkeys(orphan.place for orphan in found):
            ids = {orphan.cluster_id for orphan in found if orphan.place == place}
            # Nobody submits for them any more.
            await self._batch_systems.cancel_clusters(place, ids, settle=0)
        return found


def _key(place: Place, job: BatchJob) -> _Key:
    """An id may be given again, to a job that is submitted later."""
    return place, job.id, job.name, job.submitted


def strangers(
    snapshots: Mapping[Place, Snapshot], presence: Presence
) -> dict[Place, list[BatchJob]]:
    """Return one job of each name that names a cluster which the registry does not know. Pure.

    A name alone proves nothing: what stands in it may be a commit (``train-3f9a12bc-1``) or a date.
    """
    known = presence.living | presence.dead
    found: dict[Place, list[BatchJob]] = {}
    for place, snapshot in snapshots.items():
        by_name = {
            job.name: job
            for cluster_id, jobs in _by_cluster(snapshot).items()
            if cluster_id not in known
            for job in jobs
        }
        found[place] = list(by_name.values())
    return found


def find_orphans(
    snapshots: Mapping[Place, Snapshot], presence: Presence, proven: Set[str] = frozenset()
) -> list[Orphan]:
    """Return what is left of clusters that do not live, the oldest first. Pure.

    ``snapshots`` are by where they were taken. A Slurm cluster may be there twice, by its name and as
    the one that is meant by itself: its jobs count once. Of clusters that the registry does not know
    only the ``proven`` count, see `strangers`.
    """
    found, counted = [], set[tuple[str, str]]()
    for place, snapshot in snapshots.items():
        for cluster_id, listed in _by_cluster(snapshot).items():
            jobs = [job for job in listed if (job.id, job.name) not in counted]
            counted.update((job.id, job.name) for job in jobs)
            known = cluster_id in presence.dead or cluster_id in proven
            if jobs and known and cluster_id not in presence.living:
                found.append(_orphan(cluster_id, place, jobs))
    return sorted(found, key=lambda orphan: (orphan.since or "", orphan.cluster_id))


def _by_cluster(snapshot: Snapshot) -> dict[str, list[BatchJob]]:
    found: dict[str, list[BatchJob]] = {}
    for job in snapshot.jobs.values():
        cluster_id = cluster_of_any(job.name)
        # A COMPLETING job is on its way out: cancelling changes nothing.
        if cluster_id and not job.state.ended and job.state is not JobState.COMPLETING:
            found.setdefault(cluster_id, []).append(job)
    return found


def _orphan(cluster_id: str, place: Place, jobs: list[BatchJob]) -> Orphan:
    times = [job.submitted for job in jobs if job.submitted is not None]
    return Orphan(
        cluster_id=cluster_id,
        name=jobs[-1].name.rpartition(f"-{cluster_id}-")[0],
        batch_system=place[0],
        slurm_cluster=place[1],
        jobs=len(jobs),
        pending=sum(job.state.pending for job in jobs),
        running=sum(job.state.running for job in jobs),
        since=utc_text(min(times, default=None)),
    )
