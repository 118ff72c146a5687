"""What a cluster is doing: from its files, its controller's last word, and whether that lives. Pure.

The server's monitors and a single look (`find`) see the same, because both go by this.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..cluster_files.directory import ClusterDirectory, Connection, Files
from ..cluster_files.record import Record
from ..errors import ControllerIncompatible, ControllerUnreachable, DaskSlurmError
from ..model.cluster import Cluster, JobCounts, Problem, utc_now
from ..model.usage import Used, advise
from ..process import Owner, this_host
from .client_code import client_code, dashboard_path

FILES_UNREADABLE = "files_unreadable"
INCOMPATIBLE = "controller_incompatible"


@dataclass(frozen=True)
class Observed:
    """All that is known of one cluster; what is shown follows from this alone."""

    directory: ClusterDirectory
    record: Record
    connection: Connection | None = None
    reported: Cluster | None = None
    """What its controller said last; None before it answers for the first time."""
    revision: int = 0
    """The revision of ``reported``."""
    stopping: bool = False
    """The user has asked for its end."""
    pending: Problem | None = None
    """What its controller waits for that is still to start."""
    unreachable: Problem | None = None
    """Why nobody can say just now what it does."""
    ended: Problem | None = None
    """Why it is no more."""
    used: Used | None = None
    """What its jobs have used, as its controller wrote it down last."""

    @classmethod
    def from_files(cls, directory: ClusterDirectory, files: Files) -> Observed:
        """Return what the files say of a cluster of which nothing was known before."""
        ended = None if files.ended is None else files.ended.problem()
        stopping = files.record.unsent.stop
        return cls(directory, files.record, stopping=stopping, ended=ended).with_files(files)

    def with_files(self, files: Files) -> Observed:
        """Return the same by its files as they are now; what cannot be read is as it was before.

        Whether it has ended is not taken from them: its controller may still be at work.
        """
        record = self.record if files.record_lost else files.record
        connection = files.connection or self.connection
        if files.connection is not None:
            # Another server may have renamed it: then its controller has written that down.
            record = replace(record, name=record.unsent.name or files.connection.name)
            if (where := files.connection.owner.slurm_cluster) is not None:
                record = replace(record, options=replace(record.options, slurm_cluster=where))
        unreachable = self.unreachable
        if connection is None and (files.connection_lost or files.record_lost):
            unreachable = self._since_first(_unreadable(record.name, files))
        elif unreachable is not None and unreachable.code == FILES_UNREADABLE:
            unreachable = None
        return replace(
            self,
            record=record,
            connection=connection,
            unreachable=unreachable,
            used=files.used or self.used,
        )

    def with_report(self, reported: Cluster, revision: int) -> Observed:
        """Return the same with what its controller says."""
        return replace(self, reported=reported, revision=revision, unreachable=None)

    def without_answer(self, error: DaskSlurmError) -> Observed:
        """Return the same when its controller does not answer, or with what this version does not
        understand. Unknown is not dead."""
        if isinstance(error, ControllerIncompatible):
            code = INCOMPATIBLE
            advice = "Its jobs go on. Stop it by force, or use a Jupyter server of its version."
        else:
            code = "controller_unreachable"
            advice = "Its jobs go on. If it stays like this, stop it by force."
        problem = Problem(code, str(error), utc_now(), advice)
        return replace(self, unreachable=self._since_first(problem))

    @property
    def answers(self) -> bool:
        """Whether its controller has answered, if only with what is not understood."""
        incompatible = self.unreachable is not None and self.unreachable.code == INCOMPATIBLE
        return self.reported is not None or incompatible

    @property
    def owner(self) -> Owner | None:
        """The controller's process; None while nobody has started one.

        Of one in a job the record knows in which Slurm cluster that is, from its submission. What the
        connection file says is where its cluster's jobs are, and nothing before it has submitted any.
        """
        launched = self.record.owner
        if self.connection is None:
            return launched
        owner = self.connection.owner
        if owner.job is not None and launched is not None and launched.job == owner.job:
            return replace(owner, slurm_cluster=launched.slurm_cluster)
        return owner

    def cluster(self) -> Cluster:
        """Return what is shown."""
        if self.ended is not None:
            used = self.used or Used()
            return replace(
                _from_record(self.record),
                status="failed",
                jobs=JobCounts(),
                problems=(self.ended,),
                core_seconds=used.core_seconds,
                usage=used.usage,
                advice=advise(self.record.options, used.usage),
            )
        if self.reported is None or self.connection is None:
            cluster = replace(
                _from_record(self.record),
                awaits="controller" if self.owner is None or self.pending else "scheduler",
                problems=() if self.pending is None else (self.pending,),
            )
        else:
            cluster = self._as_reported(self.reported, self.connection)
        if self.stopping:
            cluster = replace(cluster, status="stopping", dashboard_path=None, client_code=None)
        if self.unreachable is not None:
            problems = (*cluster.problems, self.unreachable)
            cluster = replace(cluster, status="unreachable", problems=problems)
        return cluster

    def _as_reported(self, reported: Cluster, connection: Connection) -> Cluster:
        """Return what the controller says, and what only we can add to it."""
        ready = reported.status == "running"
        return replace(
            reported,
            elsewhere=is_elsewhere(self.record),
            dashboard_path=dashboard_path(self.record.id) if ready else None,
            client_code=client_code(self.directory, connection) if ready else None,
            # Said when the cluster was created; a controller of another version may not know it.
            ends_with=reported.ends_with or self.record.ends_with,
        )

    def _since_first(self, problem: Problem) -> Problem:
        """Return the problem with the time since when there has been one."""
        before = self.unreachable
        return problem if before is None else replace(problem, since=before.since)


def is_dead(alive: bool | None, error: DaskSlurmError) -> bool:
    """Whether a controller that answered with ``error`` is no more, when ``alive`` is what is seen of
    its process or job.

    One that answers, or holds the line, lives, whatever is seen of its process: a container may have
    this host's name, and processes of its own.
    """
    return alive is False and isinstance(error, ControllerUnreachable)


def _unreadable(name: str, files: Files) -> Problem:
    """Return why nothing can be said of a cluster whose files are there, and make no sense."""
    why = "; ".join(f"{file}: {words}" for file, words in files.unreadable.items())
    return Problem(
        FILES_UNREADABLE,
        f"The files of {name!r} cannot be read: {why}.",
        utc_now(),
        "Its controller writes them anew if it lives. If it stays like this, stop it by force.",
    )


def is_elsewhere(record: Record) -> bool:
    """Whether only another host can do everything with that cluster. Its batch system manages a
    controller in a job from anywhere."""
    return record.options.placement != "job" and record.host != this_host()


def _from_record(record: Record) -> Cluster:
    """Return a cluster of which only the record is known: ``starting``, without jobs."""
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
