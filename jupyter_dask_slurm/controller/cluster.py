"""A cluster while its controller lives: its state, the requests it takes, and what it shows of itself."""

from __future__ import annotations

import contextlib
import datetime
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..cluster_files.directory import ClusterDirectory, Connection
from ..cluster_files.ended import EndCode, Ended
from ..cluster_files.record import Record
from ..errors import JobNotFound, Unavailable, WrongState
from ..file_threads import in_file_thread
from ..logs import listed, one_line
from ..model.cluster import (
    Cluster,
    ClusterOptions,
    Job,
    JobCounts,
    Problem,
    Status,
    utc_now,
    utc_text,
)
from ..model.scaling import Scaling
from ..model.usage import Used
from ..site_rules.policy import check_cores_of_user, check_scaling, check_time
from . import describe
from .polling import ChangeEvent
from .problems import ADVICE
from .reconciler import Reconciler
from .time_limits import IdleTimeout
from .tracked_job import TrackedJob

USED_PAUSE = 60.0
"""Seconds for which it is not written down anew what its jobs have used: it changes all the time."""
SHOWN_JOBS = 5
"""Ids that are named of jobs whose end is not known."""
logger = logging.getLogger(__name__)


class LiveCluster:
    """One cluster. ``revision`` grows with every change that `describe` shows."""

    def __init__(self, directory: ClusterDirectory, record: Record) -> None:
        self.directory = directory
        self.record = record
        self.name = record.name
        self.options = record.options
        self.scaling = record.scaling
        self.status: Status = "starting"
        self.address: str | None = None
        """The scheduler's, once it serves."""
        self.versions: dict[str, str | None] = {}
        """Those of the scheduler's packages, from then on."""
        self.connection: Connection | None = None
        """What the connection file says, or should say."""
        self.fault: Ended | None = None
        """Why it ends although it was not asked to stop."""
        self.ends_at: float | None = None
        """When it ends even if it is in use, in seconds since the epoch; None if never for that."""
        self.files_problem: Problem | None = None
        """Why its files cannot be written."""
        self.reconciler: Reconciler | None = None
        self.revision = 1
        self.revised = ChangeEvent()
        """Notified when ``revision`` grows."""
        timeout = self.options.idle_timeout
        if timeout is None:
            timeout = record.settings.idle_timeout
        self.idle = IdleTimeout(timeout)
        self.limit_age(_end_of_age(record, self.options))
        self._last: Cluster | None = None
        self._used_written = -USED_PAUSE

    @property
    def log_directory(self) -> Path:
        """Where its jobs write their logs."""
        return Path(self.options.log_directory or self.directory.job_logs)

    def limit_age(self, ends_at: float | None) -> None:
        """End at that time, in seconds since the epoch, even if it is in use; the earliest counts."""
        known = [moment for moment in (self.ends_at, ends_at) if moment is not None]
        self.ends_at = min(known, default=None)

    # -- files -----------------------------------------------------------------------------------

    def used(self) -> Used:
        """Return what its jobs have used by now."""
        cluster = self.describe()
        return Used(cluster.core_seconds, cluster.usage)

    def repair_files(self, used: Used | None = None) -> bool:
        """Write the connection file again if it is missing or damaged, and what has been used now and
        then.

        Return False when the cluster's directory is gone while the one above it is there. Where both
        are missing, it may be the file system that is away. Blocks.
        """
        if not self.directory.path.is_dir():
            return not self.directory.path.parent.is_dir()
        try:
            if self.connection is not None and self.directory.connection() != self.connection:
                self.directory.write(self.connection)
                logger.warning("the connection file was missing or damaged: it is written again")
            if used is not None and time.monotonic() - self._used_written >= USED_PAUSE:
                self.directory.write(used)
                self._used_written = time.monotonic()
            self.files_problem = None
        except OSError as error:
            self.note_unwritable(error)
        return True

    def note_unwritable(self, error: OSError) -> None:
        """Show why its files cannot be written."""
        if self.files_problem is None:
            logger.warning("the connection file cannot be written: %s", error)
            message = f"Its files cannot be written: {error}"
            advice = ADVICE["files_unwritable"]
            self.files_problem = Problem("files_unwritable", message, utc_now(), advice)

    async def _write(self, what: Connection | Ended | Used) -> None:
        """Raise OSError."""
        await in_file_thread(self.directory.registry, self.directory.write, what)

    async def note_slurm_cluster(self, slurm_cluster: str | None) -> None:
        """Write down which Slurm cluster has the jobs, if that is news: whoever cleans up after this
        process looks there."""
        connection = self.connection
        if connection is not None and connection.owner.slurm_cluster != slurm_cluster:
            owner = replace(connection.owner, slurm_cluster=slurm_cluster)
            self.connection = replace(connection, owner=owner)
            with contextlib.suppress(OSError):  # it is tried again with the next check of the files
                await self._write(self.connection)

    async def write_end(self) -> None:
        """Write down why it ends, where that is not because it was asked to."""
        if self.fault is not None:
            # First, because whoever sees that it has ended may look for nothing more.
            with contextlib.suppress(OSError):
                await self._write(self.used())
            try:
                await self._write(self.fault)
            except OSError:
                logger.exception("why the cluster ends cannot be written down")

    async def note_unaccounted(self, job_ids: Sequence[str]) -> None:
        """Write down that the end of those jobs is not known, so that the cluster stays listed."""
        jobs = listed(job_ids, SHOWN_JOBS)
        logger.warning("ends, and Slurm does not know %s", jobs)
        if self.fault is None:
            self.fault = Ended.now("jobs_unaccounted", jobs)
        else:
            self.fault = self.fault.with_jobs_unaccounted(jobs)
        await self.write_end()

    # -- requests ------------------------------------------------------------------------------

    def scale(self, scaling: Scaling) -> None:
        """Want that much from now on. Raise InvalidOptions when it is more than is allowed."""
        settings = self.record.settings
        found = check_scaling(settings, self.options, scaling)
        # Of the user's other clusters a controller knows nothing.
        found += check_cores_of_user(settings.policy, self.options, scaling, ())
        found.raise_problems()
        self.scaling = scaling
        # Before the reconciler runs there is nothing to tell: it begins with this scaling.
        if self.reconciler is not None and self.status == "running":
            self.apply_scaling(self.reconciler)
        self.publish()

    def apply_scaling(self, reconciler: Reconciler) -> None:
        """Tell the reconciler what the cluster is scaled to."""
        if self.scaling.adapt is not None:
            reconciler.adapt(self.scaling.adapt)
        else:
            reconciler.scale(self.jobs_wanted)

    async def rename(self, name: str) -> None:
        """Show that name from now on. Jobs keep the name they were submitted with.

        Raise Unavailable, and keep the old name, when the connection file cannot be written.
        """
        if self.connection is not None:
            connection = replace(self.connection, name=name)
            try:
                await self._write(connection)
            except OSError as error:
                raise Unavailable(f"the new name cannot be written down: {error}") from error
            self.connection = connection
        logger.info("renamed to %s", name)
        self.name = name
        self.publish()

    def retry(self) -> None:
        """Try again whatever had failed. Raise WrongState when the cluster is ending."""
        self._check_running()
        logger.info("tries again what had failed")
        if self.reconciler is not None:  # else nothing can have failed yet
            self.reconciler.retry()
        self.publish()

    def set_idle_timeout(self, seconds: int) -> None:
        """End after so many idle seconds; 0 means never. Raise InvalidOptions when that is not allowed."""
        longest = self.record.settings.policy.max_idle_timeout
        check_time("idle_timeout", seconds, longest).raise_problems()
        logger.info("idle time-out set to %s", f"{seconds} s" if seconds else "never")
        self.options = replace(self.options, idle_timeout=seconds)
        self.idle.timeout = seconds
        self.publish()

    def extend_idle(self, seconds: int | None) -> None:
        """Do not end for being idle within so many seconds; None is one whole time-out. Raise
        InvalidOptions when that is more than is allowed."""
        longest = self.record.settings.policy.max_idle_timeout
        check_time("seconds", seconds, longest).raise_problems()
        self.idle.extend(seconds, time.time())
        whole = "one time-out" if seconds is None else f"{seconds} s"
        logger.info("its end for being idle put off by %s", whole)
        self.publish()

    def cancel_job(self, job_id: str) -> None:
        """End one job and want one less. Raise JobNotFound or WrongState."""
        reconciler, job = self._live_job(job_id)
        logger.info("ends job %s, as asked", job_id)
        reconciler.cancel_job(job)
        if self.scaling.adapt is None:
            self.scaling = Scaling("jobs", reconciler.wanted)
        self.publish()

    def replace_job(self, job_id: str) -> None:
        """Have another job in the place of that one. Raise JobNotFound or WrongState."""
        reconciler, job = self._live_job(job_id)
        most = self.record.settings.max_jobs
        if most is not None and reconciler.wanted >= most:
            raise WrongState(f"at most {most} jobs are allowed here: none is left for a successor")
        logger.info("replaces job %s, as asked", job_id)
        reconciler.replace_job(job)
        self.publish()

    # -- description ---------------------------------------------------------------------------

    def describe_jobs(self) -> list[Job]:
        return (
            [describe.describe_job(job) for job in self.reconciler.jobs] if self.reconciler else []
        )

    def describe(self) -> Cluster:
        """Return the cluster as it is now."""
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
            versions={package: v for package, v in self.versions.items() if v} or None,
            host=self.record.host,
            batch_system=self.record.batch_system,
            ends_with=self.record.ends_with,
            jobs=JobCounts(desired=self.jobs_wanted),
        )
        if self.reconciler is None:
            return cluster
        return describe.with_jobs(cluster, self.reconciler, time.time())

    def publish(self) -> None:
        """Grow ``revision`` if `describe` shows something else than at the last call."""
        cluster = self.describe()
        if cluster != self._last:
            self._last = cluster
            self.revision += 1
            self.revised.notify()

    def fail(self, code: EndCode, why: str | None = None) -> None:
        """Note why the cluster ends although it was not asked to, see `Ended`; the first reason counts."""
        if self.fault is None:
            self.fault = Ended.now(code, why)
            logger.info("ends: %s: %s", code, one_line(self.fault.message.partition("\n")[0]))

    @property
    def jobs_wanted(self) -> int:
        """The number of jobs it is scaled to; the minimum while it adapts."""
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
        own = (problem for problem in (fault, self.files_problem) if problem is not None)
        return (*own, *problems)

    def _check_running(self) -> None:
        if self.status != "running":
            raise WrongState(f"the cluster {self.name!r} is {self.status}")

    def _live_job(self, job_id: str) -> tuple[Reconciler, TrackedJob]:
        self._check_running()
        # The control API is there before the reconciler, and there is no job then.
        job = None if self.reconciler is None else self.reconciler.jobs.get(job_id)
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
