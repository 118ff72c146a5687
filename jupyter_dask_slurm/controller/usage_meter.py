"""Measures what jobs use over the life of a cluster, from each word of its scheduler. No I/O.

Instants are seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..batch.base import JobState
from ..model.usage import Usage
from .job_table import JobTable
from .tracked_job import WorkerInfo

LONGEST_GAP = 15.0
"""Seconds between two words for which the first one counts; of a longer silence nothing is known."""


class UsageMeter:
    """`update` takes in what the scheduler says, `usage` is what follows from all of it."""

    def __init__(self) -> None:
        self.memory_deaths = 0
        """Workers that died of their memory."""
        self._job_ids: set[str] = set()
        self._out_of_memory: set[str] = set()
        self._busy = self._cpu_busy = self._cpu_seconds = self._paused = 0.0
        self._memory_peak = self._worker_peak = self._spilled = 0
        self._before: Mapping[str, list[WorkerInfo]] = {}
        self._at: float | None = None

    def update(self, table: JobTable, now: float) -> None:
        """Take in the workers of the jobs as they are now."""
        gap = 0.0 if self._at is None else now - self._at
        if 0 < gap <= LONGEST_GAP:
            for workers in self._before.values():
                self._run(workers, gap)
        self._at = now
        self._before = {job.id: list(job.workers) for job in table if job.workers}
        self._job_ids.update(self._before)
        for workers in self._before.values():
            self._memory_peak = max(self._memory_peak, sum(w.memory for w in workers))
            self._worker_peak = max(self._worker_peak, *(w.memory for w in workers))
            self._spilled = max(self._spilled, sum(w.spilled for w in workers))
        self._out_of_memory.update(
            job.id for job in table if job.ended and job.state is JobState.OUT_OF_MEMORY
        )

    def _run(self, workers: list[WorkerInfo], seconds: float) -> None:
        """Count that a job has run with these workers for so long."""
        self._paused += seconds * sum(worker.paused for worker in workers)
        if not any(worker.tasks for worker in workers):
            return
        self._busy += seconds
        said = [worker.cpu for worker in workers if worker.cpu is not None]
        if said:
            self._cpu_busy += seconds
            self._cpu_seconds += seconds * sum(said) / 100

    @property
    def usage(self) -> Usage | None:
        """None before any job had a worker."""
        if not self._job_ids and not self._out_of_memory:
            return None
        mean = round(self._cpu_seconds / self._cpu_busy, 2) if self._cpu_busy else None
        return Usage(
            jobs=len(self._job_ids),
            busy_seconds=int(self._busy),
            cpu_mean=mean,
            memory_peak=self._memory_peak,
            worker_peak=self._worker_peak,
            memory_spilled=self._spilled,
            paused_seconds=int(self._paused),
            memory_kills=self.memory_deaths + len(self._out_of_memory),
        )
