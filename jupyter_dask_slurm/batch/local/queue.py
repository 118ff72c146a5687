"""The embedded queue: batch jobs as processes of this host, for machines without Slurm.

The same scripts run as on Slurm, with array tasks, states, logs, cancelling, a walltime, and a limit
on cores and memory that makes jobs wait. It neither holds a job to the memory that it asked for, nor
runs jobs on other hosts.

Jobs end with the process that submitted them, a cluster's controller: each runs under a watcher
(`watcher`) that ends it when that process is gone. So `LocalBatchSystem.jobs` knows the jobs of this
object only; another process has none to find or to cancel.
"""

from __future__ import annotations

import asyncio
import os
import platform
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path, PurePath

from ...file_threads import FileSystemSilent, in_file_thread
from ..base import BatchJob, BatchSystem, Estimate, JobState, Snapshot, Submission
from ..errors import BatchError, BatchRefused, BatchSilent
from ..job_environment import clean_environment, outside_of_jobs
from ..locks import host_directory
from ..site import Partition, Site
from .capacity import Capacity, Used
from .job import LocalJob
from .request import PARTITION, Request, task_variables

_KEEP_ENDED = 300.0
_RETRY_PAUSE = 0.25
_LOCK_LIMIT = 5.0
_STOP_LIMIT = 10.0


class LocalBatchSystem:
    """Implements `BatchSystem` on this host.

    ``directory`` holds what controllers of this user share: claims on the host's ``cores`` and
    ``memory`` (bytes; None is all there is). ``environ`` is that of jobs; None is a cleaned copy of this
    process's. ``umask`` is that of jobs, though not of their logs; None is that of this process.
    """

    name = "local"
    slurm_cluster = None

    def __init__(
        self,
        directory: Path,
        *,
        cores: int | None = None,
        memory: int | None = None,
        environ: Mapping[str, str] | None = None,
        umask: int | None = None,
    ) -> None:
        self._directory = directory
        self._limits = (cores, memory)
        self._environ = (
            clean_environment(os.environ) if environ is None else outside_of_jobs(environ)
        )
        self._umask = -1 if umask is None else umask
        self._jobs: dict[str, LocalJob] = {}
        self._capacity: Capacity | None = None
        self._pipe: tuple[int, int] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._readers: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        cores, memory = self._limits
        private = await in_file_thread(self._directory, host_directory, self._directory, "local")
        self._capacity = Capacity(private, cores=cores, memory=memory)
        # Both ends are closed in every program that is started, unless passed on: if one inherited
        # the write end, the watchers would wait for it as well.
        self._pipe = os.pipe()

    async def stop(self) -> None:
        if self._pipe is None:
            return
        await self.cancel(list(self._jobs))
        if self._readers:
            await asyncio.wait(set(self._readers), timeout=_STOP_LIMIT)
        for end in self._pipe:
            os.close(end)
        self._pipe = None

    def speak_of(self, slurm_cluster: str) -> None:
        """There is none."""

    async def elsewhere(self) -> Sequence[BatchSystem]:
        return []

    async def submit(
        self, script: str, *, name: str, count: int, log_directory: Path
    ) -> Submission:
        if count < 1:
            return Submission(())
        try:
            request = self._checked(Request.of(script))
            os.makedirs(log_directory, exist_ok=True)
            first = await self._reserve_ids(count)
        except BatchError as error:
            return Submission((), error)
        except OSError as error:
            return Submission((), BatchRefused(f"{error.filename}: {error.strerror}"))
        now = time.time()
        for index in range(count):
            job_id = f"{first}_{index}"
            self._jobs[job_id] = LocalJob(
                id=job_id,
                name=name,
                request=request,
                script=script,
                log=log_directory / f"{job_id}.log",
                environ=self._environ | task_variables(request, name, first, index, count),
                submitted=now,
            )
        self._start_what_fits()
        return Submission(tuple(f"{first}_{index}" for index in range(count)))

    async def estimate(self, script: str) -> Estimate:
        """Return now where there is room; otherwise it is not known when there will be."""
        try:
            request = self._checked(Request.of(script))
        except BatchRefused as error:
            return Estimate(message=str(error))
        capacity, used = self._ready(), await self._used()
        waits = any(job.state.pending for job in self._jobs.values())
        fits = (
            used.cores + request.cores <= capacity.cores
            and used.memory + request.memory <= capacity.memory
        )
        if waits or not fits:
            return Estimate(partition=PARTITION)
        return Estimate(time.time(), platform.node(), PARTITION)

    async def jobs(self, *, max_age: float) -> Snapshot:
        """Return the jobs as of now. Ended ones are listed for five minutes, as with Slurm's MinJobAge."""
        now = time.time()
        forgotten = now - _KEEP_ENDED
        self._jobs = {
            job_id: job
            for job_id, job in self._jobs.items()
            if job.ended is None or job.ended > forgotten
        }
        return Snapshot(now, {job_id: job.report(now) for job_id, job in self._jobs.items()})

    async def find_jobs(self, ids: Collection[str]) -> Mapping[str, BatchJob]:
        jobs = (await self.jobs(max_age=0)).jobs
        return {i: job for i in ids if (job := jobs.get(i)) is not None}

    async def log_directories(self, ids: Collection[str]) -> Mapping[str, PurePath]:
        return {i: self._jobs[i].log.parent for i in ids if i in self._jobs}

    async def ended_jobs(self, ids: Collection[str]) -> Mapping[str, BatchJob]:
        jobs = (await self.jobs(max_age=0)).jobs
        return {i: job for i in ids if (job := jobs.get(i)) is not None and job.state.ended}

    async def cancel(self, ids: Collection[str], *, pending_only: bool = False) -> None:
        for job_id in ids:
            job = self._jobs.get(job_id)
            if job is not None and not job.state.ended:
                job.cancel(pending_only=pending_only)
        self._start_what_fits()

    async def node_addresses(self) -> Collection[str]:
        return ["localhost"]

    async def site(self) -> Site:
        capacity, used = self._ready(), await self._used()
        whole = Partition(
            name=PARTITION,
            default=True,
            nodes=1,
            cores_per_node=capacity.cores,
            memory_per_node=capacity.memory,
            idle_cores=max(0, capacity.cores - used.cores),
            total_cores=capacity.cores,
        )
        return Site(self.name, "", platform.node(), (whole,))

    def doubt_site(self) -> None:
        pass  # nothing of it is remembered

    async def _used(self) -> Used:
        """Return what jobs of the user hold on this host. Raise BatchSilent."""
        try:
            return await in_file_thread(self._directory, self._ready().used)
        except FileSystemSilent as error:
            raise BatchSilent(str(error)) from error

    # -- starting jobs

    def _ready(self) -> Capacity:
        if self._capacity is None:
            raise BatchRefused("the embedded queue has not been started")
        return self._capacity

    def _checked(self, request: Request) -> Request:
        """Return the request if it can ever run, else raise BatchRefused, as Slurm does."""
        capacity = self._ready()
        if request.cores > capacity.cores:
            raise BatchRefused(
                f"a job asks for {request.cores} cores, and the embedded queue has {capacity.cores}"
            )
        if request.memory > capacity.memory:
            asked, there = (
                f"{size / 1024**3:.1f} GiB" for size in (request.memory, capacity.memory)
            )
            raise BatchRefused(
                f"a job asks for {asked} of memory, and the embedded queue has {there}"
            )
        return request

    async def _reserve_ids(self, count: int) -> int:
        deadline = time.monotonic() + _LOCK_LIMIT
        while True:
            first = self._ready().reserve_ids(count)
            if first is not None:
                return first
            if time.monotonic() > deadline:
                raise BatchSilent("another process of yours holds the embedded queue's lock")
            await asyncio.sleep(0.01)  # the lock of another process cannot be awaited

    def _start_what_fits(self) -> None:
        """Start pending jobs in the order of submission, so that small ones do not keep a large one
        from ever starting.

        Called whenever something changed here, and again while jobs are pending: that another
        process has freed something is not announced.
        """
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for job in self._jobs.values():
            if job.state.pending and not self._start_job(job):
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(_RETRY_PAUSE, self._start_what_fits)
                return

    def _start_job(self, job: LocalJob) -> bool:
        """Start a job; return False when it has to wait. One that cannot be started has FAILED."""
        capacity, request = self._ready(), job.request
        if self._pipe is None:
            return False
        try:
            claim = capacity.claim(job.id, request.cores, request.memory)
        except OSError:
            return False
        if claim is None:
            return False
        try:
            job.start(
                capacity.script_file(job.id),
                claim=capacity.claim_file(job.id),
                claimed=claim,
                alive=self._pipe[0],
                umask=self._umask,
            )
        except OSError as error:
            capacity.forget(job.id)
            job.fail(error)
            return True
        finally:
            os.close(claim)
        reader = asyncio.create_task(self._follow(job))
        self._readers.add(reader)
        reader.add_done_callback(self._readers.discard)
        return True

    async def _follow(self, job: LocalJob) -> None:
        state = await job.follow()
        if state is None:
            state = JobState.CANCELLED if job.cancelled else JobState.FAILED
            self._ready().forget(job.id)
        job.end(state)
        self._start_what_fits()
