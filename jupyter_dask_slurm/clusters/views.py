"""What the server shows of a cluster, from its files and its controller's last word. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..cluster_files.directory import ClusterDirectory, Connection, Files, Record
from ..errors import ControllerIncompatible, DaskSlurmError
from ..model.cluster import Cluster, JobCounts, Problem, utc_now
from ..process import Owner, this_host
from .client_code import client_code

FILES_UNREADABLE = "files_unreadable"
INCOMPATIBLE = "controller_incompatible"


def record_of(told: Cluster, connection: Connection) -> Record:
    """The record of a living cluster, from what its controller says: in place of a lost one."""
    return Record(
        id=connection.id,
        name=told.name,
        created=told.created,
        options=told.options,
        scaling=told.scaling,
        batch_system=told.batch_system or "",
        host=told.host or connection.owner.host,
        ends_with=told.ends_with,
        owner=connection.owner,
    )


def unreachable(error: DaskSlurmError) -> Problem:
    """Why nothing can be said of a cluster now: its controller does not answer, or with what this
    version does not understand. Unknown is not dead."""
    if isinstance(error, ControllerIncompatible):
        advice = "Its jobs go on, and it can be stopped. The rest needs a server of its version."
        return Problem(INCOMPATIBLE, str(error), utc_now(), advice)
    advice = "Its jobs go on. If it stays like this, stop it by force."
    return Problem("controller_unreachable", str(error), utc_now(), advice)


def unreadable(name: str, files: Files) -> Problem:
    """Why nothing can be said of a cluster: its files are there, and make no sense."""
    why = "; ".join(f"{file}: {words}" for file, words in files.unreadable.items())
    return Problem(
        FILES_UNREADABLE,
        f"The files of {name!r} cannot be read: {why}.",
        utc_now(),
        "Its controller writes them anew if it lives. If it stays like this, stop it by force.",
    )


def dashboard_path(cluster_id: str) -> str:
    """Where the dashboard's first page is, below the Jupyter server's base URL."""
    return f"dask-slurm/clusters/{cluster_id}/dashboard/status"


def is_elsewhere(record: Record) -> bool:
    """Whether only another host can do everything with that cluster. Its batch system manages a
    controller in a job from anywhere."""
    return record.options.placement != "job" and record.host != this_host()


def cluster_of_record(record: Record) -> Cluster:
    """A cluster of which only the record is known: ``starting``, without jobs."""
    options, scaling = record.options, record.scaling
    return Cluster(
        id=record.id,
        name=record.name,
        status="starting",
        created=record.created,
        options=options,
        scaling=scaling,
        jobs=JobCounts(desired=scaling.jobs(cores=options.cores or 1, memory=options.memory or 1)),
        host=record.host,
        elsewhere=is_elsewhere(record),
        batch_system=record.batch_system or None,
        ends_with=record.ends_with,
    )


def running_cluster(
    record: Record, directory: ClusterDirectory, connection: Connection, told: Cluster
) -> Cluster:
    """What the controller told, and what only the server can add to it."""
    ready = told.status == "running"
    return replace(
        told,
        elsewhere=is_elsewhere(record),
        dashboard_path=dashboard_path(record.id) if ready else None,
        client_code=client_code(directory, connection) if ready else None,
        # Said when the cluster was created; a controller of another version may not know it.
        ends_with=told.ends_with or record.ends_with,
    )


def failed_cluster(record: Record, problem: Problem) -> Cluster:
    """A cluster whose controller is no more. It has no jobs that are known."""
    return replace(
        cluster_of_record(record), status="failed", jobs=JobCounts(), problems=(problem,)
    )


@dataclass(frozen=True)
class Sight:
    """All that the server knows of one cluster; what it shows follows from this alone."""

    directory: ClusterDirectory
    record: Record
    connection: Connection | None = None
    told: Cluster | None = None
    """What its controller said last; None before it answers for the first time."""
    revision: int = 0
    """The revision of ``told``."""
    stopping: bool = False
    """The user has asked for its end."""
    trouble: Problem | None = None
    """Why its controller cannot be reached just now."""
    waits: Problem | None = None
    """What its controller waits for that is still to start."""
    failed: Problem | None = None
    """Why it is no more."""

    @property
    def answers(self) -> bool:
        """Whether its controller has answered, if only with what is not understood."""
        incompatible = self.trouble is not None and self.trouble.code == INCOMPATIBLE
        return self.told is not None or incompatible

    @property
    def owner(self) -> Owner | None:
        """The controller's process; None while nobody has started one."""
        return self.connection.owner if self.connection is not None else self.record.owner

    def cluster(self) -> Cluster:
        """What is shown."""
        if self.failed is not None:
            return failed_cluster(self.record, self.failed)
        if self.told is None or self.connection is None:
            awaits = "controller" if self.owner is None or self.waits else "scheduler"
            cluster = replace(cluster_of_record(self.record), awaits=awaits)
            if self.waits is not None:
                cluster = replace(cluster, problems=(self.waits,))
        else:
            cluster = running_cluster(self.record, self.directory, self.connection, self.told)
        if self.stopping:
            cluster = replace(cluster, status="stopping", dashboard_path=None, client_code=None)
        if self.trouble is not None:
            problems = (*cluster.problems, self.trouble)
            cluster = replace(cluster, status="unreachable", problems=problems)
        return cluster
