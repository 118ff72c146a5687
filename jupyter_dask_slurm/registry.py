"""The user's clusters as the files and the controllers tell, for the notebook helper and the command line.

Unlike the manager of the Jupyter server it keeps nothing: it reads the registry, asks every
controller once, and never changes a file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from .connection import ClusterDirectory, Connection, Record, directories
from .controller_client import ControllerClient
from .errors import ClusterNotFound, Unavailable, WrongState
from .models import Cluster, JobCounts, Problem, utc_now
from .process import is_alive
from .views import cluster_of_record, failed_cluster, problem_of, running_cluster

T = TypeVar("T")


@dataclass(frozen=True)
class Entry:
    """One cluster as its files were when they were read."""

    directory: ClusterDirectory
    record: Record
    connection: Connection | None
    end: Problem | None
    """Why it is no more; None as far as this host can know that it lives."""

    @property
    def name(self) -> str:
        return self.connection.name if self.connection is not None else self.record.name


def entries(state_dir: Path) -> list[Entry]:
    """Every cluster in the registry, the oldest first."""
    read = (read_entry(directory) for directory in directories(state_dir))
    return sorted((e for e in read if e is not None), key=lambda e: (e.record.created, e.record.id))


def read_entry(directory: ClusterDirectory) -> Entry | None:
    """The files of one cluster, or None when they are gone."""
    record = directory.record()
    if record is None:
        return None
    connection, ended = directory.connection(), directory.ended()
    end = None if ended is None else problem_of(ended)
    owner = record.owner if connection is None else connection.owner
    if end is None and owner is not None and is_alive(owner) is False:
        end = Problem("controller_died", "its controller is gone", utc_now())
    return Entry(directory, record, connection, end)


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
    if entry.connection is None:
        return cluster_of_record(entry.record)
    try:
        controller = ControllerClient(entry.directory, entry.connection)
        try:
            told = (await controller.state()).cluster
        finally:
            controller.close()
    except Unavailable as error:
        return replace(
            cluster_of_record(entry.record),
            name=entry.name,
            status="unreachable",
            jobs=JobCounts(),
            problems=(Problem("controller_unreachable", str(error), utc_now()),),
        )
    return running_cluster(entry.record, entry.directory, entry.connection, told)


async def stop(entry: Entry) -> None:
    """Ask a cluster to end. Raises WrongState where it has no controller to ask, and `Unavailable`."""
    if entry.end is not None:
        raise WrongState(f"cluster {entry.name!r} has ended already: {entry.end.message}")
    if entry.connection is None:
        raise WrongState(f"cluster {entry.name!r} is still starting; try again in a moment")
    controller = ControllerClient(entry.directory, entry.connection)
    try:
        await controller.stop()
    finally:
        controller.close()


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine, for a caller that may stand in a running loop, as a notebook does."""
    with ThreadPoolExecutor(1, thread_name_prefix="jupyter-dask-slurm") as pool:
        return pool.submit(asyncio.run, work).result()
