"""Following the scheduler: its workers go into the book, what its tasks need to the target."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from ..job_ends import Ends
from ..job_table import JobBook
from ..polling import Rhythm
from ..problems import Problems, unrunnable
from ..retirement import Retirement
from ..scaling_target import Target
from .client import SchedulerBusy, SchedulerClient, SchedulerState

logger = logging.getLogger(__name__)


class Following:
    """Looks at the scheduler again and again; `run` is its task.

    ``looked()`` is called after every look, ``touch()`` when the batch system should be looked at,
    too.
    """

    def __init__(
        self,
        scheduler: SchedulerClient,
        *,
        book: JobBook,
        target: Target,
        ends: Ends,
        retirement: Retirement,
        problems: Problems,
        rhythm: Rhythm,
        looked: Callable[[], None],
        touch: Callable[[], None],
    ) -> None:
        self.state: SchedulerState | None = None
        """What it said last; None before it answers for the first time."""
        self.curious = False
        """Workers of jobs that nobody knows have come: to be looked for once."""
        self._scheduler = scheduler
        self._book, self._target, self._ends = book, target, ends
        self._retirement, self._problems, self._rhythm = retirement, problems, rhythm
        self._looked, self._touch = looked, touch
        self._strangers: frozenset[str] = frozenset()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                self.state = state = await self._scheduler.state()
                await self._retirement.give_back()
            except SchedulerBusy as error:
                message = f"The dask scheduler does not answer: {error}"
                self._problems.set("scheduler_busy", message)
            except Exception:
                logger.exception("the scheduler could not be asked")
            else:
                self._problems.clear("scheduler_busy")
                self._take_in(state)
            self._looked()
            # Tasks are to be noticed at once by a cluster that follows them.
            watchful = self._target.adaptation is not None
            await asyncio.sleep(self._rhythm.scheduler_pause(time.time(), watchful=watchful))

    def in_use(self) -> bool | None:
        """Whether a task or a client is there; None when the scheduler has not said, or what it said
        may be no longer true."""
        if self.state is None or "scheduler_busy" in self._problems:
            return None
        return bool(self.state.tasks or self.state.clients)

    def _take_in(self, state: SchedulerState) -> None:
        now = time.time()
        if self._book.connect(state.workers, now):
            self._retirement.unblock()
            self._touch()
        strangers = self._book.strangers(state.workers)
        if strangers - self._strangers:
            self.curious = True
            self._touch()
        self._strangers = strangers
        self._ends.proved(self._book.proved(now))
        self._problems.show("tasks_unrunnable", unrunnable(state))
        if self._target.follow(state, waited=self._book.waited(now), now=now):
            self._touch()
