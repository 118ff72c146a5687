"""Asking the batch system for jobs, and finding those of a request that was never answered."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from ..batch.base import BatchSystem
from ..batch.errors import BatchError, BatchSilent
from ..model.job_names import job_name
from .job_table import JobBook

GHOST_PAUSE = 5.0
"""Seconds between the two looks at the queue that tell an unanswered submission did nothing."""
logger = logging.getLogger(__name__)


@dataclass
class _Unanswered:
    """A submission that got no answer: its jobs may be in the queue, or appear there later.

    Of ``total`` jobs asked for, ``count`` have no id yet.
    """

    name: str
    count: int
    total: int
    first_look: float | None = None


class Submissions:
    """All submissions of one cluster, one at a time. Each has a job name of its own."""

    def __init__(
        self,
        batch: BatchSystem,
        book: JobBook,
        *,
        cluster_name: str,
        template: str,
        log_directory: Path,
    ) -> None:
        self._batch, self._book = batch, book
        self._cluster_name, self._template = cluster_name, template
        self._log_directory = log_directory
        self._count = 0
        self._in_flight = 0
        self._unanswered: _Unanswered | None = None

    @property
    def open(self) -> int:
        """Jobs asked for without an answer yet."""
        return self._in_flight + (self._unanswered.count if self._unanswered else 0)

    @property
    def searching(self) -> bool:
        """Whether the jobs of an unanswered submission are being looked for."""
        return self._unanswered is not None

    def begin(self, count: int) -> None:
        """So many jobs are about to be asked for, by `send`."""
        self._in_flight = count

    async def send(self) -> BatchError | None:
        """Ask for the jobs. Answers why they are fewer than asked for; None when all is well."""
        self._count += 1
        count = self._in_flight
        name = job_name(self._cluster_name, self._book.cluster_id, self._count)
        try:
            answer = await self._batch.submit(
                self._template, name=name, count=count, log_directory=self._log_directory
            )
        finally:
            self._in_flight = 0
        logger.info("submitted %s: %d of %d jobs", name, len(answer.ids), count)
        self._book.add(answer.ids, name)
        if isinstance(answer.error, BatchSilent):
            logger.warning("submission %s got no answer: %s", name, answer.error)
            self._unanswered = _Unanswered(name, count - len(answer.ids), count)
        elif answer.error is not None:
            logger.warning("submission %s was refused: %s", name, answer.error)
        return answer.error

    def look(self, taken: float) -> None:
        """Two looks at the queue, some seconds apart, settle what an unanswered submission did.

        Jobs that appear later still are taken in by the book, and are cancelled if too many.
        ``taken`` is when the queue was looked at, in seconds since the epoch.
        """
        unanswered = self._unanswered
        if unanswered is None:
            return
        found = sum(job.name == unanswered.name for job in self._book)
        if found >= unanswered.total:
            self._unanswered = None
        elif unanswered.first_look is None:
            unanswered.first_look = taken
        elif taken - unanswered.first_look >= GHOST_PAUSE:
            self._unanswered = None
        if self._unanswered is None:
            logger.info("submission %s: %d jobs found in the queue", unanswered.name, found)
