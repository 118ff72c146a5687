"""Workers that died although their job goes on: their nanny starts them again, and again, while results
are computed anew. Told with their last words, which only the job's log has."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from ..model.cluster import utc_text
from .job_logs import JobLogs
from .job_table import JobTable
from .log_words import READ_LINES, last_words
from .problems import Notice, Problems
from .tracked_job import Death, TrackedJob

logger = logging.getLogger(__name__)
KEPT = 900.0
"""Seconds for which a death is told, counted from the last one."""


class WorkerDeaths:
    """Sets the problem ``workers_die``."""

    def __init__(self, problems: Problems, table: JobTable, logs: JobLogs) -> None:
        self._problems, self._table, self._logs = problems, table, logs
        self.of_memory = 0
        """How many died of their memory, as far as their job's log says."""
        self._told: dict[str, Death] = {}
        """The deaths after which a worker of that name came back."""
        self._words: dict[str, str] = {}
        """The last words in each job's log."""

    async def update(self, deaths: Mapping[str, Death], now: float) -> None:
        """Take in what the scheduler knows of workers that are gone, after its workers."""
        known = dict(self._told)
        for job in self._table.live:
            for worker in job.workers if job.leaving is None else ():
                death = deaths.get(worker.name)
                if death is not None and death != known.get(worker.name):
                    await self._note(job, worker.name, death)
        self._told = {name: d for name, d in self._told.items() if now - d.when < KEPT}
        self._words = {i: w for i, w in self._words.items() if any(_of(i, n) for n in self._told)}
        self._problems.set_or_clear("workers_die", self._notice())

    async def _note(self, job: TrackedJob, name: str, death: Death) -> None:
        self._told[name] = death
        self._words[job.id] = last_words(await self._logs.end(job.id, READ_LINES) or "")
        self.of_memory += "memory" in self._words[job.id].lower()
        words = self._words[job.id] or "its log does not say why"
        logger.warning("a worker of job %s died and was started again: %s", job.id, words)

    def _notice(self) -> Notice | None:
        lines = []
        for job_id, words in self._words.items():
            deaths = [death for name, death in self._told.items() if _of(job_id, name)]
            times = sum(death.count for death in deaths)
            last = max(deaths, key=lambda death: death.when)
            often = "" if times == 1 else f", {times} times by now"
            line = f"A worker of job {job_id} died and was started again{often}, last {utc_text(last.when)}."
            if words:
                line += f" {words}."
            if last.keys:
                line += f" It ran: {', '.join(last.keys)}."
            lines.append(line)
        if not lines:
            return None
        return Notice("\n".join(lines), since=max(death.when for death in self._told.values()))


def _of(job_id: str, name: str) -> bool:
    return name.split(".", 1)[0] == job_id
