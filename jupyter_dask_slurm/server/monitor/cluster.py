"""One cluster as the server follows it: its files, its controller, and one task that goes by both."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from ...cluster_files.directory import ClusterDirectory, Connection, Files
from ...cluster_files.ended import Ended
from ...clusters.controller_client import ControllerClient
from ...clusters.launcher import Launcher
from ...clusters.status import is_dead
from ...errors import (
    ClusterNotFound,
    ControllerIncompatible,
    DaskSlurmError,
    Unavailable,
    WrongState,
)
from ...file_threads import FileSystemSilent, in_file_thread
from ...logs import about
from ...model.cluster import Cluster
from ...process import is_alive, this_host
from .cleanup import CancelJobs, Cleanup
from .commands import Commands
from .state import ClusterState

T = TypeVar("T")
LAUNCH_LIMIT = 60.0
"""Seconds after which a record without a controller means that nobody is starting one any more; five
times that for one that is to be a job, which a silent Slurm delays."""
ELSEWHERE_INTERVAL = 5.0
"""Seconds between looks at the files of a cluster that another host is starting."""
REPAIR_INTERVAL = 1.0
"""Seconds between looks at files that make no sense."""
SILENT_PAUSE = 2.0
"""Seconds before files are looked at again that could not be, because their file system does not answer."""
RETRY_FIRST, RETRY_LAST = 0.5, 10.0
"""Seconds between two tries to reach a controller: doubled from the first to the last."""
CANCEL_PATIENCE = 10.0
"""Seconds to wait for the end of a dead controller's jobs, before a cluster is dismissed or started again."""
FORCED_STOP_LIMIT = 3.0
"""Seconds that a controller on another host has to answer before a cluster is ended from here."""


class ClusterMonitor:
    """Follows one cluster. Its task runs from `start` to `stop`, or until the cluster is ``gone``.

    Unknown is not dead: a controller that does not answer is ``unreachable``, and files that cannot
    be read are no news. Dead is what the launcher says is dead, which knows this host's processes
    and the batch system's jobs; then its jobs are cancelled from here, its keys are removed, and the
    cluster stays listed as ``failed`` until the user dismisses it.
    """

    def __init__(
        self,
        directory: ClusterDirectory,
        files: Files,
        *,
        launcher: Launcher,
        cancel_jobs: CancelJobs,
        changed: Callable[[ClusterMonitor], None],
        log: logging.Logger | logging.LoggerAdapter[Any],
    ) -> None:
        """``changed`` is called whenever `cluster` or `gone` has changed."""
        self.directory = directory
        self._state = ClusterState(directory, files, changed=lambda: changed(self), log=log)
        self.commands = Commands(self._state, log)
        """What can be asked of the cluster while it lives."""
        self._cleanup = Cleanup(self._state, launcher=launcher, cancel_jobs=cancel_jobs)
        self._launcher = launcher
        self._log = log
        self._task: asyncio.Task[None] | None = None

    @property
    def id(self) -> str:
        return self.directory.id

    @property
    def cluster(self) -> Cluster:
        """What is shown of it."""
        return self._state.cluster

    @property
    def gone(self) -> bool:
        """True when there is nothing left to list."""
        return self._state.gone

    async def cleaned_up(self) -> bool:
        """Return whether no job of a dead controller is left to be cancelled from here. That takes seconds,
        which are waited for."""
        await self._cleanup.wait_cancelled(CANCEL_PATIENCE)
        return not self._cleanup.cancelling

    @property
    def lives(self) -> bool:
        """Whether somebody looks after its jobs, as far as can be known: unknown is not dead."""
        over = self.gone or self.cluster.status == "failed"
        return not over or self._cleanup.cancelling or self._cleanup.ending

    @property
    def connection(self) -> Connection | None:
        """How to reach it, or how it was reached last; None before it is ready."""
        return self._state.observed.connection

    # -- life ----------------------------------------------------------------------------------

    def start(self, *, launch: bool = False) -> None:
        """Begin to follow it; with ``launch`` start the controller first."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(launch), name=f"monitor-{self.id}")

    async def stop(self) -> None:
        """Stop following it. The cluster goes on."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
        await self._state.close()
        self.commands.drop()

    async def settled(self) -> None:
        """Wait until the cluster's status is more than a guess from its files."""
        await self._state.settled.wait()

    async def end_by_force(self) -> None:
        """End the controller's process where that is ours to do, cancel the jobs, forget the files.

        Raises BatchError when the jobs could not be cancelled: the cluster is ``failed`` then; and
        `Unavailable` when the files do not go.
        """
        owner, client = self._state.observed.owner, self.commands.client
        if owner is not None and is_alive(owner) is None and client is not None:
            # On another host: all that can be done for its process is to ask it.
            with suppress(Unavailable, asyncio.TimeoutError):
                await asyncio.wait_for(client.stop(), FORCED_STOP_LIMIT)
        await self.stop()
        await self._cleanup.by_force()
        await self.forget()

    async def check_over(self) -> None:
        """Raise WrongState unless it has ended, no job of it is left to cancel and its record can
        be read, ClusterNotFound when it is gone, and FileSystemSilent."""
        if self.gone or not await self._in_thread(self.directory.record_file.exists):
            raise ClusterNotFound(self.id)  # it may be that another server was faster
        name, status = self.cluster.name, self.cluster.status
        if status != "failed":
            raise WrongState(f"the cluster {name!r} is {status}")
        if not await self.cleaned_up() or self.lives:
            raise WrongState(
                f"the jobs of {name!r} are still being cancelled: try again in a moment"
            )
        if self._state.record.is_stand_in:
            raise WrongState(f"the options of {name!r} cannot be read: create a new cluster")

    async def forget(self) -> None:
        """Stop following it and remove the directory. Raises `Unavailable` when that does not go: then
        it is still listed."""
        await self.stop()
        problem = f"the files of {self.cluster.name!r} cannot be removed"
        try:
            await self._in_thread(self.directory.forget)
            left = await self._in_thread(self.directory.record_file.exists)
        except FileSystemSilent as error:
            self.start()
            raise Unavailable(f"{problem}: {error}") from error
        if left:
            self.start()
            raise Unavailable(problem)
        self._state.vanish()

    async def lose(self) -> None:
        """Stop following it: somebody else has removed the directory."""
        await self.stop()
        self._state.vanish()

    # -- the task ------------------------------------------------------------------------------

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Return what that returns, which looks into the directory. Raises FileSystemSilent."""
        return await in_file_thread(self.directory.registry, work)

    async def _run(self, launch: bool) -> None:
        while not self.gone:
            try:
                if launch:
                    launch = False  # whatever happens: never a second controller
                    await self._launch()
                if await self._round():
                    return
            except FileSystemSilent:  # which is in the log already, and no news of this cluster
                await asyncio.sleep(SILENT_PAUSE)
            except Exception:
                # A full disk, a file server that is away: nothing that ends a cluster.
                self._log.exception("%s: it could not be looked after", about(self.id))
                await asyncio.sleep(RETRY_LAST)

    async def _launch(self) -> None:
        try:
            owner = await self._launcher.launch(self.directory)
        except Exception as error:
            if not isinstance(error, OSError):
                self._log.exception("%s: its controller could not be started", about(self.id))
            await self._state.write_end(Ended.now("start_failed", str(error)))
        else:
            await self._state.started(owner)

    async def _round(self) -> bool:
        """Go by the files as they are now. True when nothing more will change by itself."""
        files = await self._in_thread(self.directory.read)
        if files is None:
            self._state.vanish()
            return True
        self._state.take_files(files)
        if files.ended is not None:
            self.commands.drop()
            return await self._cleanup.after_end(files.ended)
        if (unwritten := self._state.unwritten_end) is not None:
            await asyncio.sleep(RETRY_LAST)
            await self._state.write_end(unwritten)
        elif (connection := self.connection) is not None:
            await self._follow(connection)
        elif files.connection_lost or files.record_lost:
            await self._await_repair()
        else:
            await self._await_ready()
        return False

    async def _await_repair(self) -> None:
        """Wait for its controller, if it lives, to write files anew that never made sense since we
        look."""
        self._state.settled.set()
        owner = self._state.record.owner
        if owner is not None and await self._launcher.alive(self.directory, owner) is False:
            await self._cleanup.after_death(Ended.now("controller_died"))
        else:
            await asyncio.sleep(REPAIR_INTERVAL)

    async def _await_ready(self) -> None:
        """Wait for its controller to become ready, or to die."""
        owner = self._state.record.owner
        self._state.settled.set()
        if owner is None:
            await self._await_launch()
        elif owner.job is None and is_alive(owner) is None:
            await asyncio.sleep(ELSEWHERE_INTERVAL)
        elif await self._launcher.wait(self.directory, owner, self._state.pending):
            self._state.pending(None)
        else:
            words = await self._launcher.last_words(self.directory, owner)
            await self._cleanup.after_death(Ended.now("start_failed", words))

    async def _await_launch(self) -> None:
        """Wait for another server that is just starting it, unless that was killed meanwhile."""
        record = self._state.record
        try:
            age = time.time() - (await self._in_thread(self.directory.path.stat)).st_mtime
        except FileNotFoundError:
            return
        limit = LAUNCH_LIMIT * (5 if record.options.placement == "job" else 1)
        if record.host == this_host() and age > limit:
            why = "The Jupyter server ended while it started the controller."
            await self._state.write_end(Ended.now("start_failed", why))
        else:
            await asyncio.sleep(1.0)

    async def _follow(self, connection: Connection) -> None:
        """Talk to the controller until the files have to be read again."""
        failures = 0
        while True:
            try:
                await self._listen(self.commands.connect(connection))
                failures = 0
            except DaskSlurmError as error:
                failures += 1
                understood = not isinstance(error, ControllerIncompatible)
                if understood:  # else it answers, and can be told to stop
                    self.commands.drop()
                owner = self._state.observed.owner or connection.owner
                alive = await self._launcher.alive(self.directory, owner)
                try:
                    files = await self._in_thread(self.directory.read)
                except FileSystemSilent:
                    self._state.no_answer(error)
                    raise
                if files is None or files.ended is not None:
                    return
                if files.connection not in (None, connection):
                    return  # None says nothing: a controller that lives writes it anew
                if is_dead(alive, error):
                    how = self._launcher.how_ended(owner)
                    await self._cleanup.after_death(Ended.now("controller_died", how))
                    return
                if failures > 1 or not understood:  # once may be a controller that is just ending
                    self._state.no_answer(error)
                await asyncio.sleep(min(RETRY_FIRST * 2 ** (failures - 1), RETRY_LAST))

    async def _listen(self, client: ControllerClient) -> None:
        """Tell the controller what waits to be told, then hear its next state."""
        await self.commands.tell_unsent(client)
        # After trouble from the start: it may be another controller, which counts from 1.
        observed = self._state.observed
        afresh = observed.reported is None or observed.unreachable is not None
        before = None if afresh else observed.revision
        asked_at = time.monotonic()
        state = await client.state(before)
        self._state.take_report(state, afresh=afresh)
        await self._state.restore_record()
        if state.revision == before and time.monotonic() - asked_at < 1:
            await asyncio.sleep(1.0)  # a controller that does not hold its answer back
