"""The end of one cluster: what its controller leaves is cleaned up from here when it is dead."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from ...batch.errors import BatchError
from ...cluster_files.ended import Ended
from ...cluster_files.record import Record
from ...clusters.launcher import Launcher
from ...file_threads import in_file_thread
from .state import ClusterState

RETRY_FIRST, RETRY_LAST = 2.0, 60.0
"""Seconds between two tries to cancel the jobs: doubled from the first to the last."""
LOOK_INTERVAL, LOOK_INTERVAL_JOB = 1.0, 5.0
"""Seconds between looks for the end of a controller that still cancels its jobs: a process, or a job,
of which the batch system will say, at the latest when it has not listed it for long enough."""

CancelJobs = Callable[[Record], Awaitable[None]]
"""Cancels all jobs of the cluster by their names. Raises BatchError."""


class Cleanup:
    """Cancels jobs, removes keys and writes why the cluster ended, as far as nobody else has."""

    def __init__(self, state: ClusterState, *, launcher: Launcher, cancel_jobs: CancelJobs) -> None:
        self.ending = False
        """True while the controller of a cluster that has ended is still at work, cancelling its jobs."""
        self._state = state
        self._launcher = launcher
        self._cancel_jobs = cancel_jobs
        self._nothing_left = asyncio.Event()
        self._nothing_left.set()

    @property
    def cancelling(self) -> bool:
        """True while a dead controller's jobs are still to be cancelled from here."""
        return not self._nothing_left.is_set()

    async def wait_cancelled(self, limit: float) -> None:
        """Wait until they are, so many seconds at most."""
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._nothing_left.wait(), limit)

    async def after_death(self, ended: Ended) -> None:
        """Clean up after a dead controller, unless it, or its watchdog, said why it ended."""
        files = await in_file_thread(self._state.directory.registry, self._state.directory.read)
        if files is None or files.ended is not None:
            return
        await self._state.write_end(await self._cancel_left(ended))

    async def after_end(self, ended: Ended) -> bool:
        """Do what is left to do for a cluster whose file says why it ended. False while its controller
        is still at work, cancelling the jobs: then ask again."""
        state = self._state
        if state.observed.stopping and ended.code == "start_failed":
            await in_file_thread(
                state.directory.registry, state.directory.forget
            )  # the user wanted it gone
            state.vanish()
            return True
        # A batch system takes its time to say; that it has ended is known already.
        self.ending = True
        state.ended(ended)
        owner = state.observed.owner
        alive = False if owner is None else await self._launcher.alive(state.directory, owner)
        self.ending = alive is True
        if alive:
            await asyncio.sleep(LOOK_INTERVAL)
            return False
        if alive is None and owner is not None and owner.job is not None:
            await asyncio.sleep(LOOK_INTERVAL_JOB)
            return False
        if alive is False:
            if await in_file_thread(
                state.directory.registry, state.directory.connection_file.exists
            ):
                # Killed while it ended, and with its watchdog perhaps: its jobs may be left.
                await self._cancel_left(ended)
                state.ended(ended)
            await in_file_thread(state.directory.registry, state.directory.remove_keys)
        return True

    async def by_force(self) -> None:
        """End the controller where that is ours to do, and cancel the jobs. Raises BatchError when
        these could not be cancelled: the cluster has ended then, and is still listed."""
        owner = self._state.observed.owner
        if owner is not None:
            # Before the jobs, because it would replace those that vanish.
            await self._launcher.end(self._state.directory, owner)
        try:
            await self._cancel_jobs(self._state.record)
        except BatchError as error:
            await self._state.write_end(Ended.now("ended_by_force", str(error)))
            self.ending = False
            raise

    async def _cancel_left(self, ended: Ended) -> Ended:
        """Cancel what a dead controller left, however long that takes. Return ``ended`` with a word on
        it; that it ended, and what hinders, is shown meanwhile.

        Nothing is written before the jobs are cancelled, so that a server that is stopped in between
        begins again when it is started.
        """
        self._nothing_left.clear()
        if ended.code != "start_failed":  # that has no jobs, and is told when it is written down
            self._state.ended(ended)
        try:
            delay = RETRY_FIRST
            while True:
                try:
                    await self._cancel_jobs(self._state.record)
                    return ended.with_jobs_cancelled()
                except BatchError as error:
                    message = f"{ended.message} Its jobs could not be cancelled yet: {error}"
                    self._state.ended(replace(ended, message=message))
                    await asyncio.sleep(delay)
                    delay = min(delay * 2, RETRY_LAST)
        finally:
            self._nothing_left.set()
