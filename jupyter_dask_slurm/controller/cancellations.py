"""Telling the batch system to end jobs, until it has."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from ..batch.base import BatchSystem
from ..batch.errors import BatchError
from .job import Leaving
from .job_table import JobBook

CANCEL_AGAIN = 30.0
"""Seconds after which a job that was cancelled while running and still runs is cancelled again."""
logger = logging.getLogger(__name__)


class Cancellations:
    """All cancellations of one cluster's jobs. Each method that asks raises BatchError."""

    def __init__(self, batch: BatchSystem, book: JobBook) -> None:
        self._batch, self._book = batch, book

    async def waiting(self, ids: Sequence[str], now: float) -> None:
        """Cancel those jobs if they still wait."""
        logger.info("cancelling %d waiting jobs", len(ids))
        await self._batch.cancel(self._book.ours(ids), pending_only=True)
        self._book.leave(ids, Leaving.CANCELLING, now)

    def begin_overdue(self, now: float) -> list[str]:
        """The jobs that are free to go and that nobody was told to end, lately; `finish` is to
        follow."""
        ids = [
            job.id
            for job in self._book.live
            if job.leaving is Leaving.ENDING and now - job.leaving_since > CANCEL_AGAIN
        ]
        self._book.leave(ids, Leaving.ENDING, now)
        return ids

    async def finish(self, ids: Sequence[str]) -> None:
        """Cancel jobs after `begin_overdue`."""
        try:
            await self._batch.cancel(self._book.ours(ids))
        except BatchError:
            # Marked as never sent: the next round that hears from the batch system sends it again.
            self._book.leave(ids, Leaving.ENDING, 0.0)
            raise

    async def everything(self, now: float) -> None:
        """Cancel all jobs that live."""
        ids = [job.id for job in self._book.live if job.leaving is not Leaving.ENDING]
        if ids:
            logger.info("cancelling all %d jobs", len(ids))
            await self._batch.cancel(self._book.ours(ids))
            self._book.leave(ids, Leaving.ENDING, now)
