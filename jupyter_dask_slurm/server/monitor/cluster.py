"""One cluster as the server sees it: its files, its controller, and one task that follows both."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ...batch.errors import BatchError
from ...cluster_files.directory import ClusterDirectory, Connection, Files
from ...cluster_files.ended import Ended
from ...clusters.ask import ControllerClient
from ...clusters.launcher import Launcher
from ...clusters.views import unreachable, unreadable
from ...errors import (
    ClusterNotFound,
    ControllerIncompatible,
    ControllerUnreachable,
    DaskSlurmError,
    Unavailable,
    WrongState,
)
from ...logs import about
from ...model.cluster import Cluster, Problem
from ...process import is_alive, this_host
from .cleanup import CancelJobs, cancel_for
from .commands import Requests
from .record import RecordFile
from .state import Known

LAUNCH_LIMIT = 60.0
"""Seconds after which a record without a controller means that nobody is starting one any more; five
times that for one that is to be a job, which a silent Slurm delays."""
ELSEWHERE_INTERVAL = 5.0
"""Seconds between looks at the files of a cluster that another host is starting."""
REPAIR_INTERVAL = 1.0
"""Seconds between looks at files that make no sense."""
RETRY_FIRST, RETRY_LAST = 0.5, 10.0
"""Seconds between two tries to reach a controller: doubled from the first to the last."""
FORCED_STOP_LIMIT = 3.0
"""Seconds that a controller on another host has to answer before a cluster is ended from here."""


class ClusterWatch:
    """Knows one cluster. Its task runs from `start` to `stop`, or until the cluster is ``gone``.

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
        changed: Callable[[ClusterWatch], None],
        log: logging.Logger | logging.LoggerAdapter[Any],
    ) -> None:
        """``changed`` is called whenever `cluster` or `gone` has changed."""
        self.directory = directory
        self.cancelling = False
        """True while a dead controller's jobs are still to be cancelled from here."""
        self.ending = False
        """True while the controller of a failed cluster is still at work, cancelling its jobs."""
        self._known = Known(directory, files, changed=lambda: changed(self))
        self._record = RecordFile(self._known, log)
        self.ask = Requests(self._known, self._record, log)
        """What can be asked of the cluster while it lives."""
        self._launcher = launcher
        self._cancel_jobs = cancel_jobs
        self._log = log
        self._task: asyncio.Task[None] | None = None

    @property
    def id(self) -> str:
        return self.directory.id

    @property
    def cluster(self) -> Cluster:
        """What is shown of it."""
        return self._known.cluster

    @property
    def gone(self) -> bool:
        """True when there is nothing left to list."""
        return self._known.gone

    @property
    def lives(self) -> bool:
        """Whether somebody looks after its jobs, as far as can be known: unknown is not dead."""
        over = self.gone or self.cluster.status == "failed"
        return not over or self.cancelling or self.ending

    @property
    def connection(self) -> Connection | None:
        """How to reach it, or how it was reached last; None before it is ready."""
        return self._known.sight.connection

    # -- life ----------------------------------------------------------------------------------

    def start(self, *, launch: bool = False) -> None:
        """Begin to watch; with ``launch`` start the controller first."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(launch), name=f"watch-{self.id}")

    async def stop(self) -> None:
        """Stop watching. The cluster goes on."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
        self.ask.drop()

    async def settled(self) -> None:
        """Until the cluster's status is more than a guess from its files."""
        await self._known.settled.wait()

    async def end_by_force(self) -> None:
        """End the controller's process where that is ours to do, cancel the jobs, forget the files.

        Raises BatchError when the jobs could not be cancelled: the cluster is ``failed`` then; and
        `Unavailable` when the files do not go.
        """
        owner, client = self._known.sight.owner, self.ask.client
        if owner is not None and is_alive(owner) is None and client is not None:
            # On another host: all that can be done for its process is to ask it.
            with suppress(Unavailable, asyncio.TimeoutError):
                await asyncio.wait_for(client.stop(), FORCED_STOP_LIMIT)
        await self.stop()
        if owner is not None:
            # Before the jobs, because it would replace those that vanish.
            await self._launcher.end(owner)
        try:
            await self._cancel_jobs(self._known.record)
        except BatchError as error:
            await self._record.close(Ended.now("ended_by_force", str(error)))
            self.cancelling = False
            raise
        await self.forget()

    async def check_over(self) -> None:
        """Raise WrongState unless it has ended and no job of it is left to cancel, and
        ClusterNotFound when it is gone."""
        if self.gone or not await asyncio.to_thread(self.directory.record_file.exists):
            raise ClusterNotFound(self.id)  # it may be that another server was faster
        name, status = self.cluster.name, self.cluster.status
        if status != "failed":
            raise WrongState(f"the cluster {name!r} is {status}")
        if self.lives:
            raise WrongState(
                f"the jobs of {name!r} are still being cancelled: try again in a moment"
            )
        if self._known.record.is_stand_in:
            raise WrongState(f"of what {name!r} was made cannot be read: create a new cluster")

    async def forget(self) -> None:
        """Stop watching and remove the directory. Raises `Unavailable` when that does not go: then
        it is still listed."""
        await self.stop()
        await asyncio.to_thread(self.directory.forget)
        if await asyncio.to_thread(self.directory.record_file.exists):
            self.start()
            raise Unavailable(f"the files of {self.cluster.name!r} cannot be removed")
        self._known.vanish()

    async def lose(self) -> None:
        """Stop watching: somebody else has removed the directory."""
        await self.stop()
        self._known.vanish()

    # -- the task ------------------------------------------------------------------------------

    async def _run(self, launch: bool) -> None:
        if launch:
            await self._launch()
        while not self.gone:
            try:
                if await self._round():
                    return
            except Exception:
                # A full disk, a file server that is away: nothing that ends a cluster.
                self._log.exception("%s: it could not be looked after", about(self.id))
                await asyncio.sleep(RETRY_LAST)

    async def _round(self) -> bool:
        """Go by the files as they are now; True when nothing more will change by itself."""
        files = await asyncio.to_thread(self.directory.read)
        if files is None:
            self._known.vanish()
            return True
        self._take(files)
        if files.ended is not None:
            return await self._has_ended(files.ended)
        if (ended := self._record.unwritten_end) is not None:
            await asyncio.sleep(RETRY_LAST)
            await self._record.close(ended)
        elif (connection := self.connection) is not None:
            await self._follow(connection)
        elif files.connection_lost or files.record_lost:
            await self._await_repair(files)
        else:
            await self._await_ready()
        return False

    def _take(self, files: Files) -> None:
        """Believe what the files say, and of what cannot be read what was known before."""
        record = self._known.record if files.record_lost else self._record.over(files.record)
        connection = files.connection or self.connection
        if files.connection is not None:
            # Another server, or the command line, may have renamed it.
            record = replace(record, name=record.unsent.name or files.connection.name)
        self._record.lost = files.record_lost
        self._known.know(record=record, connection=connection)

    async def _launch(self) -> None:
        try:
            owner = await self._launcher.launch(self.directory)
        except OSError as error:
            await self._record.close(Ended.now("start_failed", str(error)))
        else:
            await self._record.started(owner)

    async def _await_ready(self) -> None:
        owner, record = self._known.record.owner, self._known.record
        self._known.settled.set()
        if owner is None:
            # Another server is just starting it, unless it was killed while it did.
            try:
                age = time.time() - (await asyncio.to_thread(self.directory.path.stat)).st_mtime
            except FileNotFoundError:
                return
            limit = LAUNCH_LIMIT * (5 if record.options.placement == "job" else 1)
            if record.host == this_host() and age > limit:
                why = "The Jupyter server ended while it started the controller."
                await self._record.close(Ended.now("start_failed", why))
            else:
                await asyncio.sleep(1.0)
        elif owner.job is None and is_alive(owner) is None:
            await asyncio.sleep(ELSEWHERE_INTERVAL)
        elif await self._launcher.wait(self.directory, owner, self._waits):
            self._waits(None)
        else:
            words = await self._launcher.last_words(self.directory, owner)
            await self._bury_if_silent(Ended.now("start_failed", words))

    def _waits(self, problem: Problem | None) -> None:
        self._known.know(waits=problem)

    async def _await_repair(self, files: Files) -> None:
        """Its files make no sense, and never did since we look: who lives writes them anew."""
        self._known.trouble(unreadable(self.cluster.name, files))
        owner = self._known.record.owner
        if owner is not None and await self._launcher.alive(self.directory, owner) is False:
            await self._bury_if_silent(Ended.now("controller_died"))
        else:
            await asyncio.sleep(REPAIR_INTERVAL)

    async def _follow(self, connection: Connection) -> None:
        """Talk to the controller until the files have to be read again."""
        failures = 0
        while True:
            try:
                await self._listen(self.ask.connect(connection))
                failures = 0
            except DaskSlurmError as error:
                failures += 1
                understood = not isinstance(error, ControllerIncompatible)
                if understood:  # else it answers, and can be told to stop
                    self.ask.drop()
                alive = await self._launcher.alive(self.directory, connection.owner)
                files = await asyncio.to_thread(self.directory.read)
                if files is None or files.ended is not None:
                    return
                if files.connection not in (None, connection):
                    return  # None says nothing: a controller that lives writes it anew
                # Who answers with an error, or holds the line, lives, whatever is seen of its process:
                # a container may have this host's name, and processes of its own.
                if alive is False and isinstance(error, ControllerUnreachable):
                    how = self._launcher.how_ended(connection.owner)
                    await self._bury_if_silent(Ended.now("controller_died", how))
                    return
                if failures > 1 or not understood:  # once may be a controller that is just ending
                    self._known.trouble(unreachable(error))
                await asyncio.sleep(min(RETRY_FIRST * 2 ** (failures - 1), RETRY_LAST))

    async def _listen(self, client: ControllerClient) -> None:
        """Tell the controller what waits to be told, then hear its next state."""
        await self.ask.tell_unsent(client)
        # After trouble from the start: it may be another controller, which counts from 1.
        sight = self._known.sight
        afresh = sight.told is None or sight.trouble is not None
        before = None if afresh else sight.revision
        asked_at = time.monotonic()
        state = await client.state(before)
        self._known.believe(state, afresh=afresh)
        await self._record.restore()
        if state.revision == before and time.monotonic() - asked_at < 1:
            await asyncio.sleep(1.0)  # a controller that does not hold its answer back

    async def _has_ended(self, ended: Ended) -> bool:
        """The file says why. True unless its controller is still at work, cancelling the jobs."""
        self.ask.drop()
        if self._known.sight.stopping and ended.code == "start_failed":
            await asyncio.to_thread(self.directory.forget)  # the user wanted it gone
            self._known.vanish()
            return True
        owner = self._known.sight.owner
        # A batch system takes its time to say; that it has ended is known already.
        self.ending = True
        self._known.know(failed=ended.problem())
        alive = await self._launcher.alive(self.directory, owner) if owner is not None else False
        self.ending = alive is True
        if alive:
            await asyncio.sleep(1.0)
            return False
        if alive is None and owner is not None and owner.job is not None:
            # The batch system will say: at the latest when it has not listed the job for long enough.
            await asyncio.sleep(ELSEWHERE_INTERVAL)
            return False
        if alive is False:
            if await asyncio.to_thread(self.directory.connection_file.exists):
                # Killed while it ended, and with its watchdog perhaps: its jobs may be left.
                await self._cancel_left(ended)
                self._known.know(failed=ended.problem())
            await asyncio.to_thread(self.directory.remove_keys)
        return True

    async def _bury_if_silent(self, ended: Ended) -> None:
        """The controller is dead. Unless it, or its watchdog, said why: do so in its place."""
        files = await asyncio.to_thread(self.directory.read)
        if files is None or files.ended is not None:
            return
        await self._record.close(await self._cancel_left(ended))

    async def _cancel_left(self, ended: Ended) -> Ended:
        """Cancel what a dead controller left, however long that takes; answers ``ended`` with a word
        on it."""
        self.cancelling = True
        try:
            return await cancel_for(
                self._known.record,
                ended,
                cancel_jobs=self._cancel_jobs,
                tell=lambda ended: self._known.know(failed=ended.problem()),
            )
        finally:
            self.cancelling = False
