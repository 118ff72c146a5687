"""One cluster as the server sees it: its files, its controller, and one task that follows both."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ..batch.errors import BatchError
from ..connection import ClusterDirectory, Connection, Ended
from ..controller_client import ControllerClient, ControllerState
from ..errors import ControllerUnreachable, DaskSlurmError, InvalidOptions, Unavailable, WrongState
from ..launcher import Launcher, end_of_log
from ..models import Cluster, Job, Problem, Scaling, utc_now
from ..process import is_alive, this_host
from ..views import Files, Sight, problem_of, read_files
from .burial import CancelJobs, bury, close, controller_died, ended_by_force, start_failed

LAUNCH_LIMIT = 60.0
"""Seconds after which a record without a controller means that nobody is starting one any more."""
ELSEWHERE_INTERVAL = 5.0
"""Seconds between looks at the files of a cluster that another host is starting."""
RETRY_FIRST, RETRY_LAST = 0.5, 10.0
"""Seconds between two tries to reach a controller: doubled from the first to the last."""
FORCED_STOP_LIMIT = 3.0
"""Seconds that a controller on another host has to answer before a cluster is ended from here."""


class ClusterWatch:
    """Knows one cluster. Its task runs from `start` to `stop`, or until the cluster is ``gone``.

    Unknown is not dead: a controller that does not answer is ``unreachable``. Dead is one of this
    host whose process is gone; then its jobs are cancelled from here, its keys are removed, and the
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
        self.gone = False
        self.cancelling = False
        """True while a dead controller's jobs are still to be cancelled."""
        self._sight = Sight(
            directory,
            files.record,
            files.connection,
            stopping="stop" in files.record.unsent,
            failed=problem_of(files.ended) if files.ended is not None else None,
        )
        self.cluster: Cluster = self._sight.cluster()
        self._launcher = launcher
        self._cancel_jobs = cancel_jobs
        self._changed = changed
        self._log = log
        self._client: ControllerClient | None = None
        self._telling = asyncio.Lock()
        self._writing = asyncio.Lock()
        self._settled = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def id(self) -> str:
        return self.directory.id

    @property
    def connection(self) -> Connection | None:
        """How to reach it; None before it is ready and after its end."""
        return self._sight.connection

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
        self._drop_client()

    async def settled(self) -> None:
        """Until the cluster's status is more than a guess from its files."""
        await self._settled.wait()

    # -- what the user asks --------------------------------------------------------------------

    async def change(self, *, scaling: Scaling | None = None, name: str | None = None) -> None:
        """Scale or rename it: at once, or as soon as its controller answers for the first time.

        Raises WrongState when it is ending, and `Unavailable` when its controller does not answer.
        """
        if self.cluster.status in ("failed", "stopping"):
            raise WrongState(f"the cluster {self.cluster.name!r} is {self.cluster.status}")
        wish: dict[str, Any] = {}
        if name is not None:
            wish["name"] = name
        if scaling is not None:
            wish["scaling"] = scaling.to_json()
        async with self._telling:
            if self._sight.told is None:
                await self._record(**wish, unsent={**self._sight.record.unsent, **wish})
                return
            client = self._reachable()
            if name is not None:
                self._believe(await client.set_name(name))
            if scaling is not None:
                self._believe(await client.set_target(scaling))
            # For the time when there is no controller any more to ask for them.
            await self._note(**wish)

    async def request_stop(self) -> None:
        """Let it end in order; returns once that has begun, or is sure to begin."""
        if self.cluster.status == "stopping":
            return
        async with self._telling:
            if self._sight.told is None:
                await self._record(unsent={**self._sight.record.unsent, "stop": True})
            else:
                await self._reachable().stop()
        self._know(stopping=True)

    async def end_by_force(self) -> None:
        """End the controller's process where that is ours to do, cancel the jobs, forget the files.

        Raises BatchError when the jobs could not be cancelled: the cluster is ``failed`` then.
        """
        owner = self._sight.owner
        if owner is not None and is_alive(owner) is None and self._client is not None:
            # On another host: all that can be done for its process is to ask it.
            with suppress(Unavailable, asyncio.TimeoutError):
                await asyncio.wait_for(self._client.stop(), FORCED_STOP_LIMIT)
        await self.stop()
        if owner is not None:
            # Before the jobs, because it would replace those that vanish.
            await self._launcher.end(owner)
        try:
            await self._cancel_jobs(self._sight.record)
        except BatchError as error:
            ended = ended_by_force(error)
            await self._close(ended)
            self.cancelling = False
            raise
        await self.forget()

    async def forget(self) -> None:
        """Stop watching and remove the directory."""
        await self.stop()
        await asyncio.to_thread(self.directory.forget)
        self._vanish()

    async def lose(self) -> None:
        """Stop watching: somebody else has removed the directory."""
        await self.stop()
        self._vanish()

    async def jobs(self) -> list[Job]:
        """Its jobs; none before its controller answers for the first time, and none of a failed
        one. Raises `Unavailable`."""
        if self._sight.told is None or self._sight.failed is not None:
            return []
        return await self._reachable().jobs()

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
                self._log.exception("cluster %s could not be looked after", self.id)
                await asyncio.sleep(RETRY_LAST)

    async def _round(self) -> bool:
        """Go by the files as they are now; True when nothing more will change by itself."""
        files = await asyncio.to_thread(read_files, self.directory)
        if files is None:
            self._vanish()
            return True
        record, connection = self._sight.record, files.connection
        record = replace(record, owner=record.owner or files.record.owner)
        if connection is not None:
            # Another server, or the command line, may have renamed it.
            record = replace(record, name=record.unsent.get("name", connection.name))
        self._sight = replace(self._sight, record=record, connection=connection)
        if files.ended is not None:
            return await self._has_ended(files.ended)
        if connection is None:
            await self._await_ready()
        else:
            await self._follow(connection)
        return False

    async def _launch(self) -> None:
        try:
            owner = await self._launcher.launch(self.directory)
        except OSError as error:
            await self._close(start_failed(str(error)))
        else:
            # Unrecorded it runs all the same, and says who it is when it is ready.
            await self._note(owner=owner)

    async def _await_ready(self) -> None:
        owner = self._sight.record.owner
        self._settled.set()
        if owner is None:
            # Another server is just starting it, unless it was killed while it did.
            try:
                age = time.time() - self.directory.path.stat().st_mtime
            except FileNotFoundError:
                return
            if self._sight.record.host == this_host() and age > LAUNCH_LIMIT:
                ended = start_failed("The Jupyter server ended while it started the controller.")
                await close(self.directory, ended)
            else:
                await asyncio.sleep(1.0)
        elif is_alive(owner) is None:
            await asyncio.sleep(ELSEWHERE_INTERVAL)
        elif not await self._launcher.wait(self.directory, owner):
            await self._bury_if_silent(lambda: start_failed(end_of_log(self.directory)))

    async def _follow(self, connection: Connection) -> None:
        """Talk to the controller until the files have to be read again."""
        failures = 0
        while True:
            try:
                if self._client is None:
                    self._client = ControllerClient(self.directory, connection)
                await self._listen(self._client)
                failures = 0
            except DaskSlurmError as error:
                failures += 1
                self._drop_client()
                alive = is_alive(connection.owner)
                files = await asyncio.to_thread(read_files, self.directory)
                if files is None or files.ended is not None or files.connection != connection:
                    return
                if alive is False:
                    await self._bury_if_silent(controller_died)
                    return
                if failures > 1:  # once may be a controller that is just ending
                    self._cannot_reach(error)
                await asyncio.sleep(min(RETRY_FIRST * 2 ** (failures - 1), RETRY_LAST))

    async def _listen(self, client: ControllerClient) -> None:
        """Tell the controller what waits to be told, then hear its next state."""
        if self._sight.record.unsent:
            async with self._telling:
                await self._tell(client)
        # After trouble from the start: it may be another controller, which counts from 1.
        afresh = self._sight.told is None or self._sight.trouble is not None
        before = None if afresh else self._sight.revision
        asked_at = time.monotonic()
        state = await client.state(before)
        self._believe(state, afresh=afresh)
        if state.revision == before and time.monotonic() - asked_at < 1:
            await asyncio.sleep(1.0)  # a controller that does not hold its answer back

    async def _tell(self, client: ControllerClient) -> None:
        unsent = self._sight.record.unsent
        try:
            if "name" in unsent:
                await client.set_name(unsent["name"])
            if "scaling" in unsent:
                await client.set_target(Scaling.from_json(unsent["scaling"], lenient=True))
        except InvalidOptions as error:
            self._log.warning("cluster %s refused what it was to become: %s", self.id, error)
        if "stop" in unsent:
            await client.stop()
        await self._note(unsent={})

    async def _has_ended(self, ended: Ended) -> bool:
        """The file says why. True unless its controller is still at work, cancelling the jobs."""
        self._drop_client()
        if self._sight.stopping and ended.code == "start_failed":
            await asyncio.to_thread(self.directory.forget)  # the user wanted it gone
            self._vanish()
            return True
        self._know(failed=problem_of(ended))
        owner = self._sight.owner
        alive = is_alive(owner) if owner is not None else False
        if alive:
            await asyncio.sleep(1.0)
            return False
        if alive is False:
            await asyncio.to_thread(self.directory.remove_keys)
        return True

    async def _bury_if_silent(self, reason: Callable[[], Ended]) -> None:
        """The controller is dead. Unless it, or its watchdog, said why: do so in its place."""
        files = await asyncio.to_thread(read_files, self.directory)
        if files is None or files.ended is not None:
            return
        self.cancelling = True
        await bury(
            self.directory,
            self._sight.record,
            reason(),
            cancel_jobs=self._cancel_jobs,
            tell=lambda ended: self._know(failed=problem_of(ended)),
        )
        self.cancelling = False

    # -- what is known -------------------------------------------------------------------------

    def _know(self, **changes: Any) -> None:
        """Change what is known, and say so if something else is shown now."""
        self._sight = replace(self._sight, **changes)
        if not {"told", "failed", "trouble"}.isdisjoint(changes):
            self._settled.set()
        cluster = self._sight.cluster()
        if cluster != self.cluster:
            self.cluster = cluster
            self._changed(self)

    def _believe(self, state: ControllerState, *, afresh: bool = False) -> None:
        """Take a state for what is, unless a newer one came first: answers overtake each other."""
        if afresh or self._sight.told is None or state.revision >= self._sight.revision:
            self._know(told=state.cluster, revision=state.revision, trouble=None)

    def _cannot_reach(self, error: DaskSlurmError) -> None:
        trouble = self._sight.trouble
        since = trouble.since if trouble is not None else utc_now()
        advice = "Its jobs go on. If it stays like this, stop it by force."
        self._know(trouble=Problem("controller_unreachable", str(error), since, advice))

    async def _record(self, **changes: Any) -> None:
        """Change the record, in its file and then in memory. Raises `Unavailable`, with nothing
        changed, when the file cannot be written."""
        async with self._writing:  # or an older record could overtake a newer one
            record = replace(self._sight.record, **changes)
            try:
                await asyncio.to_thread(self.directory.write, record)
            except OSError as error:
                raise Unavailable(
                    f"the files of {self.cluster.name!r} cannot be written: {error}"
                ) from error
            self._know(record=replace(self._sight.record, **changes))

    async def _note(self, **changes: Any) -> None:
        """Change the record to what is so already, whether or not its file can be written."""
        self._know(record=replace(self._sight.record, **changes))
        async with self._writing:
            try:
                await asyncio.to_thread(self.directory.write, self._sight.record)
            except OSError:
                self._log.exception("cluster %s: %s not recorded", self.id, ", ".join(changes))

    async def _close(self, ended: Ended) -> None:
        """Show why it ended, and write it down where that is possible."""
        try:
            await close(self.directory, ended)
        except OSError:
            self._log.exception("the end of cluster %s could not be recorded", self.id)
        self._know(failed=problem_of(ended))

    def _vanish(self) -> None:
        self._drop_client()
        self._settled.set()
        if not self.gone:
            self.gone = True
            self._changed(self)

    def _reachable(self) -> ControllerClient:
        if self._client is None:
            raise ControllerUnreachable(
                f"the controller of {self.cluster.name!r} does not answer at the moment"
            )
        return self._client

    def _drop_client(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()
