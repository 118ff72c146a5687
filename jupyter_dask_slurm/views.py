"""What the server shows of a cluster, from its files and its controller's last word. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .client_code import client_code
from .connection import ClusterDirectory, Connection, Ended, Owner, Record
from .models import Cluster, ClusterOptions, JobCounts, Problem, Scaling
from .process import this_host


@dataclass(frozen=True)
class Files:
    """The three files of a cluster's directory, as they lay there together."""

    record: Record
    connection: Connection | None
    ended: Ended | None


def read_files(directory: ClusterDirectory) -> Files | None:
    """The files, or None when the directory (or its record) is gone. Blocks on the file system."""
    record = directory.record()
    if record is None:
        return None
    return Files(record, directory.connection(), directory.ended())


def dashboard_path(cluster_id: str) -> str:
    """Where the dashboard's first page is, below the Jupyter server's base URL."""
    return f"dask-slurm/clusters/{cluster_id}/dashboard/status"


def cluster_of_record(record: Record) -> Cluster:
    """A cluster of which only the record is known: ``starting``, without jobs."""
    options = ClusterOptions.from_json(record.options, lenient=True)
    scaling = Scaling.from_json(record.scaling, lenient=True)
    return Cluster(
        id=record.id,
        name=record.name,
        status="starting",
        created=record.created,
        options=options,
        scaling=scaling,
        jobs=JobCounts(desired=scaling.jobs(cores=options.cores or 1, memory=options.memory or 1)),
        host=record.host,
        elsewhere=record.host != this_host(),
        batch_system=record.batch_system,
        ends_with=record.ends_with,
    )


def running_cluster(
    record: Record, directory: ClusterDirectory, connection: Connection, told: Cluster
) -> Cluster:
    """What the controller told, and what only the server can add to it."""
    ready = told.status == "running"
    return replace(
        told,
        elsewhere=record.host != this_host(),
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


def problem_of(ended: Ended) -> Problem:
    """The end of a cluster as the card shows it."""
    return Problem(ended.code, ended.message, ended.when, ended.advice)


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
    failed: Problem | None = None
    """Why it is no more."""

    @property
    def owner(self) -> Owner | None:
        """The controller's process; None while nobody has started one."""
        return self.connection.owner if self.connection is not None else self.record.owner

    def cluster(self) -> Cluster:
        """What is shown."""
        if self.failed is not None:
            return failed_cluster(self.record, self.failed)
        if self.told is None or self.connection is None:
            cluster = cluster_of_record(self.record)
        else:
            cluster = running_cluster(self.record, self.directory, self.connection, self.told)
        if self.stopping:
            cluster = replace(cluster, status="stopping", dashboard_path=None, client_code=None)
        if self.trouble is not None:
            problems = (*cluster.problems, self.trouble)
            cluster = replace(cluster, status="unreachable", problems=problems)
        return cluster
