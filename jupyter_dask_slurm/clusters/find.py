"""The user's clusters as the files and the controllers tell, for the notebook helper and the command line.

Unlike the manager of the Jupyter server it keeps nothing: it reads the registry, asks every
controller once, and never changes a file.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from ..cluster_files.directory import ClusterDirectory, Connection, Record, directories
from ..cluster_files.ended import Ended
from ..errors import ClusterNotFound, ControllerUnreachable, Unavailable, WrongState
from ..model.cluster import Cluster, JobCounts, Problem
from ..model.settings import Settings
from ..process import is_alive
from .ask import ControllerClient
from .batch_systems import BatchSystems
from .orphans import Orphan, find_orphans
from .views import cluster_of_record, failed_cluster, running_cluster, unreachable, unreadable

T = TypeVar("T")


@dataclass(frozen=True)
class Entry:
    """One cluster as its files were when they were read."""

    directory: ClusterDirectory
    record: Record
    connection: Connection | None
    end: Problem | None
    """Why it is no more; None as far as this host can know that it lives."""
    trouble: Problem | None = None
    """Why nothing can be said of it: its files make no sense."""

    @property
    def name(self) -> str:
        return self.connection.name if self.connection is not None else self.record.name


def entries(state_dir: Path) -> list[Entry]:
    """Every cluster in the registry, the oldest first."""
    read = (read_entry(directory) for directory in directories(state_dir))
    return sorted((e for e in read if e is not None), key=lambda e: (e.record.created, e.record.id))


def read_entry(directory: ClusterDirectory) -> Entry | None:
    """The files of one cluster, or None when they are gone."""
    files = directory.read()
    if files is None:
        return None
    record, connection = files.record, files.connection
    end = None if files.ended is None else files.ended.problem()
    owner = record.owner if connection is None else connection.owner
    if end is None and owner is not None and is_alive(owner) is False:
        end = Ended.now("controller_died").problem()
    lost = files.connection_lost or (files.record_lost and connection is None)
    trouble = unreadable(record.name, files) if lost else None
    return Entry(directory, record, connection, end, trouble)


def find(state_dir: Path, name: str) -> Entry:
    """The cluster of that name or id, a living one if there is. Raises ClusterNotFound."""
    found = [entry for entry in entries(state_dir) if name in (entry.name, entry.record.id)]
    if not found:
        raise ClusterNotFound(name)
    return next((entry for entry in found if entry.end is None), found[-1])


async def look(state_dir: Path) -> list[tuple[Entry, Cluster]]:
    """Every cluster with what its controller says now; those that do not answer are unreachable."""
    found = entries(state_dir)
    return list(zip(found, await asyncio.gather(*map(_state_of, found)), strict=True))


async def _state_of(entry: Entry) -> Cluster:
    if entry.end is not None:
        return replace(failed_cluster(entry.record, entry.end), name=entry.name)
    if entry.trouble is not None:
        return _unreachable(entry, entry.trouble)
    if entry.connection is None:
        return cluster_of_record(entry.record)
    try:
        with closing(ControllerClient(entry.directory, entry.connection)) as controller:
            told = (await controller.state()).cluster
    except Unavailable as error:
        return _unreachable(entry, unreachable(error))
    return running_cluster(entry.record, entry.directory, entry.connection, told)


def _unreachable(entry: Entry, problem: Problem) -> Cluster:
    return replace(
        cluster_of_record(entry.record),
        name=entry.name,
        status="unreachable",
        jobs=JobCounts(),
        problems=(problem,),
    )


async def orphans(state_dir: Path) -> list[Orphan]:
    """Jobs that belong to no living cluster of the registry. Raises BatchError."""
    async with _batch_systems(state_dir) as batch_systems:
        # Before and after: one that was created, or whose last job ended, meanwhile is not dead.
        before = entries(state_dir)
        snapshots = await batch_systems.snapshots(max_age=0)
        both = [*before, *entries(state_dir)]
    living = {entry.record.id for entry in both if await lives(entry)}
    dead = {entry.record.id for entry in both} - living
    return find_orphans(snapshots, living=living, dead=dead)


async def lives(entry: Entry) -> bool:
    """Whether a cluster lives, as far as anybody can know: its jobs depend on the answer. A process
    that is not seen here may live in another container, so its controller is asked."""
    if entry.end is None:
        return True
    if entry.connection is None or entry.directory.ended() is not None:
        return False
    try:
        with closing(ControllerClient(entry.directory, entry.connection)) as controller:
            await controller.state()
    except ControllerUnreachable:
        return False
    except Unavailable:
        return True  # somebody is there
    return True


async def cancel_orphans(state_dir: Path, found: Sequence[Orphan]) -> None:
    """Cancel those of them that are orphans still. Raises BatchError."""
    ids = {orphan.cluster_id for orphan in found}
    still = [orphan for orphan in await orphans(state_dir) if orphan.cluster_id in ids]
    async with _batch_systems(state_dir) as batch_systems:
        await batch_systems.cancel_orphans(still)


@asynccontextmanager
async def _batch_systems(state_dir: Path) -> AsyncIterator[BatchSystems]:
    batch_systems = BatchSystems(Settings(state_dir))
    try:
        yield batch_systems
    finally:
        await batch_systems.stop()


async def stop(entry: Entry) -> None:
    """Ask a cluster to end. Raises WrongState where it has no controller to ask, and `Unavailable`."""
    if entry.end is not None:
        raise WrongState(f"cluster {entry.name!r} has ended already: {entry.end.message}")
    if entry.connection is None:
        raise WrongState(f"cluster {entry.name!r} is still starting; try again in a moment")
    with closing(ControllerClient(entry.directory, entry.connection)) as controller:
        await controller.stop()


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine, for a caller that may stand in a running loop, as a notebook does."""
    with ThreadPoolExecutor(1, thread_name_prefix="jupyter-dask-slurm") as pool:
        return pool.submit(asyncio.run, work).result()
