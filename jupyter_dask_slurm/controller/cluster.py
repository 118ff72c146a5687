"""What a controller knows of its cluster, what it shows of that, and what can be asked of it."""

from __future__ import annotations

import datetime
import logging
import time
from dataclasses import replace
from pathlib import Path

from ..cluster_files.directory import ClusterDirectory, Connection, Record
from ..cluster_files.ended import EndCode, Ended
from ..errors import InvalidOptions, JobNotFound, Unavailable, WrongState
from ..model.cluster import (
    Cluster,
    ClusterOptions,
    Job,
    JobCounts,
    Problem,
    Status,
    utc_text,
)
from ..model.scaling import Scaling
from . import describe
from .job import TrackedJob
from .polling import Pulse
from .reconciler import Reconciler
from .time_limits import Idleness

logger = logging.getLogger(__name__)


class LiveCluster:
    """One cluster while its controller lives. ``revision`` grows with every change it shows."""

    def __init__(self, directory: ClusterDirectory, record: Record) -> None:
        self.directory = directory
        self.record = record
        self.name = record.name
        self.options = record.options
        self.scaling = record.scaling
        self.status: Status = "starting"
        self.address: str | None = None
        """The scheduler's."""
        self.connection: Connection | None = None
        """What the connection file says, or is to say."""
        self.fault: Ended | None = None
        """Why it ends although nobody asked it to stop."""
        self.ends_at: float | None = None
        """When it ends whatever it does, in seconds since the epoch."""
        self.unwritable: Problem | None = None
        """Why its files are not as they should be."""
        self.reconciler: Reconciler | None = None
        self.revision = 1
        self.revised = Pulse()
        """Beats when ``revision`` grows."""
        timeout = self.options.idle_timeout
        if timeout is None:
            timeout = record.settings.idle_timeout
        self.idle = Idleness(timeout)
        self.limit_age(_end_of_age(record, self.options))
        self._last: Cluster | None = None

    @property
    def log_directory(self) -> Path:
        """Where its jobs write."""
        return Path(self.options.log_directory or self.directory.job_logs)

    def limit_age(self, ends_at: float | None) -> None:
        """It ends then whatever it does, unless it is to end earlier already."""
        known = [moment for moment in (self.ends_at, ends_at) if moment is not None]
        self.ends_at = min(known, default=None)

    # -- what can be asked ---------------------------------------------------------------------

    def scale(self, scaling: Scaling) -> None:
        """Want that much from now on. Raises InvalidOptions when it is more than is allowed."""
        most = scaling.most_jobs(cores=self._cores, memory=self._memory)
        limit = self.record.settings.max_jobs
        if limit is not None and most > limit:
            raise InvalidOptions.of(scaling.field, f"{most} jobs; at most {limit} are allowed")
        self.scaling = scaling
        # Before there is one, it begins with what is wanted by then.
        if self.reconciler is not None and self.status == "running":
            self.drive(self.reconciler)
        self.publish()

    def drive(self, reconciler: Reconciler) -> None:
        """Have the reconciler want what the cluster is scaled to."""
        if self.scaling.adapt is not None:
            reconciler.adapt(self.scaling.adapt)
        else:
            reconciler.scale(self.jobs_wanted)

    def rename(self, name: str) -> None:
        """Show that name from now on. Jobs keep the name they were submitted with.

        Raises Unavailable, and keeps the old name, when the connection file cannot be written.
        """
        if self.connection is not None:
            connection = replace(self.connection, name=name)
            try:
                self.directory.write(connection)
            except OSError as error:
                raise Unavailable(f"the new name cannot be written down: {error}") from error
            self.connection = connection
        self.name = name
        self.publish()

    def retry(self) -> None:
        """Try again whatever had failed. Raises WrongState when it is ending."""
        self._check_running()
        if self.reconciler is not None:  # else nothing can have failed yet
            self.reconciler.retry()
        self.publish()

    def set_idle_timeout(self, seconds: int) -> None:
        """End after so many seconds without use; 0 is never."""
        self.options = replace(self.options, idle_timeout=seconds)
        self.idle.timeout = seconds
        self.publish()

    def extend_idle(self, seconds: int | None) -> None:
        """Do not end for idleness within so many seconds; None is one whole time-out."""
        self.idle.extend(seconds, time.time())
        self.publish()

    def cancel_job(self, job_id: str) -> None:
        """End one job and want one less. Raises JobNotFound and WrongState."""
        reconciler, job = self._live_job(job_id)
        reconciler.cancel_job(job)
        if self.scaling.adapt is None:
            self.scaling = Scaling("jobs", reconciler.wanted)
        self.publish()

    def replace_job(self, job_id: str) -> None:
        """Have another job in the place of that one. Raises JobNotFound and WrongState."""
        reconciler, job = self._live_job(job_id)
        reconciler.replace_job(job)
        self.publish()

    def log_path(self, source: str) -> Path | None:
        """The log of ``controller``, ``scheduler`` or a job of this cluster; None when unknown."""
        if source in ("controller", "scheduler"):
            return self.directory.log(source)
        if self.reconciler is None or self.reconciler.book.get(source) is None:
            return None
        return self.log_directory / f"{source}.log"

    # -- what it shows -------------------------------------------------------------------------

    def describe_jobs(self) -> list[Job]:
        return (
            [describe.describe_job(job) for job in self.reconciler.book] if self.reconciler else []
        )

    def describe(self) -> Cluster:
        """The cluster as it is now."""
        cluster = Cluster(
            id=self.directory.id,
            name=self.name,
            status=self.status,
            created=self.record.created,
            options=self.options,
            scaling=self.scaling,
            problems=self._problems(),
            idle_since=utc_text(self.idle.since),
            idle_stop=utc_text(self.idle.stop_at),
            expires=utc_text(self.ends_at),
            scheduler_address=self.address,
            host=self.record.host,
            batch_system=self.record.batch_system,
            ends_with=self.record.ends_with,
            jobs=JobCounts(desired=self.jobs_wanted),
        )
        if self.reconciler is None:
            return cluster
        return describe.with_jobs(cluster, self.reconciler, time.time())

    def publish(self) -> None:
        """Tell who waits for it if something else is shown now."""
        cluster = self.describe()
        if cluster != self._last:
            self._last = cluster
            self.revision += 1
            self.revised.beat()

    def fail(self, code: EndCode, why: str | None = None) -> None:
        """Note why it ends although nobody asked it to, see `Ended`; the first reason counts."""
        if self.fault is None:
            self.fault = Ended.now(code, why)
            logger.error("%s: %s", code, self.fault.message)

    @property
    def jobs_wanted(self) -> int:
        """The jobs it is scaled to; the fewest while it adapts."""
        return self.scaling.jobs(cores=self._cores, memory=self._memory)

    # -- inside --------------------------------------------------------------------------------

    @property
    def _cores(self) -> int:
        return self.options.cores or 1

    @property
    def _memory(self) -> int:
        return self.options.memory or 1

    def _problems(self) -> tuple[Problem, ...]:
        problems = self.reconciler.problems.all() if self.reconciler else ()
        fault = None if self.fault is None else self.fault.problem()
        own = (problem for problem in (fault, self.unwritable) if problem is not None)
        return (*own, *problems)

    def _check_running(self) -> None:
        if self.status != "running":
            raise WrongState(f"the cluster {self.name!r} is {self.status}")

    def _live_job(self, job_id: str) -> tuple[Reconciler, TrackedJob]:
        self._check_running()
        # It serves before its reconciler is there, and has no job then.
        job = None if self.reconciler is None else self.reconciler.book.get(job_id)
        if self.reconciler is None or job is None:
            raise JobNotFound(f"the cluster {self.name!r} has no job {job_id}")
        if job.ended:
            raise WrongState(f"job {job_id} has ended already")
        if job.leaving is not None:
            raise WrongState(f"job {job_id} is on its way out already")
        return self.reconciler, job


def _end_of_age(record: Record, options: ClusterOptions) -> float | None:
    age = options.maximum_age
    if age is None:
        age = record.settings.maximum_age
    try:
        created = datetime.datetime.fromisoformat(record.created.replace("Z", "+00:00"))
    except ValueError:
        return None
    return created.timestamp() + age if age else None
