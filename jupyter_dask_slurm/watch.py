"""One cluster as the server sees it: its files, its controller, and one task that follows both."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from .batch.errors import BatchError
from .connection import ClusterDirectory, Connection, Ended, Owner, Record
from .controller_client import ControllerClient, ControllerState
from .errors import ControllerUnreachable, DaskSlurmError, InvalidOptions, Unavailable, WrongState
from .launcher import Launcher, end_of_log
from .models import Cluster, Job, Problem, Scaling, utc_now
from .process import is_alive, this_host
from .views import Files, cluster_of_record, failed_cluster, problem_of, read_files, running_cluster

LAUNCH_LIMIT = 60.0
"""Seconds after which a record without a controller means that nobody is starting one any more."""
ELSEWHERE_INTERVAL = 5.0
"""Seconds between looks at the files of a cluster that another host is starting."""
RETRY_FIRST, RETRY_LAST = 0.5, 10.0
"""Seconds between two tries to reach a controller: doubled from the first to the last."""
BURIAL_FIRST, BURIAL_LAST = 2.0, 60.0
"""The same, between two tries to cancel a dead cluster's jobs."""
TERMINATE_LIMIT, KILL_LIMIT = 3.0, 2.0
"""Seconds that a controller has to end after SIGTERM, and after SIGKILL."""
FORCED_STOP_LIMIT = 3.0
"""Seconds that a controller on another host has to answer before a cluster is ended from here."""

CancelJobs = Callable[[Record], Awaitable[None]]
"""Cancels all jobs of the cluster by their names. Raises BatchError."""


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
        self.connection: Connection | None = files.connection
        self._record = files.record
        self._launcher = launcher
        self._cancel_jobs = cancel_jobs
        self._changed = changed
        self._log = log
        self._state: ControllerState | None = None
        self._problem: Problem | None = None
        self._failed: Problem | None = None
        self._stopping = "stop" in files.record.unsent
        self._client: ControllerClient | None = None
        self._told = asyncio.Lock()
        self._writing = asyncio.Lock()
        self._settled = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        if files.ended is not None:
            self._failed = problem_of(files.ended)
        self.cluster = self._view()

    @property
    def id(self) -> str:
        return self.directory.id

    @property
    def record(self) -> Record:
        """What was asked for, as far as this server knows."""
        return self._record

    @property
    def owner(self) -> Owner | None:
        """The controller's process; None when nobody has started one yet."""
        return self.connection.owner if self.connection is not None else self._record.owner

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
        async with self._told:
            known: dict[str, Any] = {}
            if name is not None:
                known["name"] = name
            if scaling is not None:
                known["scaling"] = scaling.to_json()
            if self._state is None:
                await self._save(**known, unsent={**self._record.unsent, **known})
            else:
                client = self._reachable()
                if name is not None:
                    self._take(await client.set_name(name))
                if scaling is not None:
                    self._take(await client.set_target(scaling))
                # For the time when there is no controller any more to ask for them.
                await self._save(**known)
        self._publish()

    async def request_stop(self) -> None:
        """Let it end in order; returns once that has begun, or is sure to begin."""
        if self._stopping or self.cluster.status == "stopping":
            return
        async with self._told:
            if self._state is None:
                await self._save(unsent={**self._record.unsent, "stop": True})
            else:
                await self._reachable().stop()
        self._stopping = True
        self._publish()

    async def end_by_force(self) -> None:
        """End the controller's process where that is ours to do, cancel the jobs, forget the files.

        Raises BatchError when the jobs could not be cancelled: the cluster is ``failed`` then.
        """
        owner = self.owner
        if owner is not None and is_alive(owner) is None and self._client is not None:
            # On another host: all that can be done for its process is to ask it.
            with suppress(Unavailable, asyncio.TimeoutError):
                await asyncio.wait_for(self._client.stop(), FORCED_STOP_LIMIT)
        await self.stop()
        if owner is not None:
            # Before the jobs, because it would replace those that vanish.
            await _end_process(owner)
        try:
            await self._cancel_jobs(self._record)
        except BatchError as error:
            ended = Ended(
                "ended_by_force",
                f"It was ended by force, but its jobs could not be cancelled: {error}",
                utc_now(),
                "Look for them in the queue.",
            )
            await asyncio.to_thread(self._bury, ended)
            self.cancelling = False
            self._fail(problem_of(ended))
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
        if self._state is None or self._failed is not None:
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
        self.connection = files.connection
        if self._record.owner is None:
            self._record = replace(self._record, owner=files.record.owner)
        if files.connection is not None:
            # Another server, or the command line, may have renamed it.
            self._record = replace(self._record, name=files.connection.name)
        if files.ended is not None:
            return await self._has_ended(files.ended)
        if files.connection is None:
            await self._await_ready()
        else:
            await self._follow(files.connection)
        return False

    async def _launch(self) -> None:
        try:
            owner = await self._launcher.launch(self.directory)
        except OSError as error:
            await asyncio.to_thread(self._bury, _start_failed(str(error)))
            return
        try:
            await self._save(owner=owner)
        except OSError:
            # It runs all the same, and says who it is when it is ready.
            self._log.exception("the owner of cluster %s could not be recorded", self.id)

    async def _await_ready(self) -> None:
        owner = self._record.owner
        if owner is None:
            # Another server is just starting it, unless it was killed while it did.
            try:
                age = time.time() - self.directory.path.stat().st_mtime
            except FileNotFoundError:
                return
            if self._record.host == this_host() and age > LAUNCH_LIMIT:
                ended = _start_failed("The Jupyter server ended while it started the controller.")
                await asyncio.to_thread(self._bury, ended)
            else:
                self._settled.set()
                await asyncio.sleep(1.0)
        elif is_alive(owner) is None:
            self._settled.set()
            await asyncio.sleep(ELSEWHERE_INTERVAL)
        else:
            self._settled.set()
            if not await self._launcher.wait(self.directory, owner):
                await self._controller_died()

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
                    await self._controller_died()
                    return
                if failures > 1:  # once may be a controller that is just ending
                    self._cannot_reach(error)
                await asyncio.sleep(min(RETRY_FIRST * 2 ** (failures - 1), RETRY_LAST))

    async def _listen(self, client: ControllerClient) -> None:
        """Tell the controller what waits to be told, then hear its next state."""
        if self._record.unsent:
            async with self._told:
                await self._tell(client)
        before = self._state.revision if self._state is not None and not self._problem else None
        asked_at = time.monotonic()
        state = await client.state(before)
        self._problem = None
        self._take(state, restart=before is None)
        if state.revision == before and time.monotonic() - asked_at < 1:
            await asyncio.sleep(1.0)  # a controller that does not hold its answer back

    async def _tell(self, client: ControllerClient) -> None:
        unsent = self._record.unsent
        try:
            if "name" in unsent:
                await client.set_name(unsent["name"])
            if "scaling" in unsent:
                await client.set_target(Scaling.from_json(unsent["scaling"], lenient=True))
        except InvalidOptions as error:
            self._log.warning("cluster %s refused what it was to become: %s", self.id, error)
        if "stop" in unsent:
            await client.stop()
        await self._save(unsent={})

    async def _has_ended(self, ended: Ended) -> bool:
        """The file says why. True unless its controller is still at work, cancelling the jobs."""
        self._drop_client()
        if self._stopping and ended.code == "start_failed":
            await asyncio.to_thread(self.directory.forget)  # the user wanted it gone
            self._vanish()
            return True
        self._fail(problem_of(ended))
        alive = is_alive(self.owner) if self.owner is not None else False
        if alive:
            await asyncio.sleep(1.0)
            return False
        if alive is False:
            await asyncio.to_thread(self.directory.remove_keys)
        return True

    async def _controller_died(self) -> None:
        """Its process is gone, and it said nothing: cancel its jobs, then say so in its place."""
        files = await asyncio.to_thread(read_files, self.directory)
        if files is None or files.ended is not None:
            return
        if self.connection is None:
            ended = _start_failed(end_of_log(self.directory))
        else:
            ended = Ended(
                "controller_died",
                "The cluster's controller is gone (killed, or its host was restarted).",
                utc_now(),
                "What its workers held is lost. Create a new cluster.",
            )
        self.cancelling = True
        delay = BURIAL_FIRST
        while True:
            try:
                await self._cancel_jobs(self._record)
                break
            except BatchError as error:
                message = f"{ended.message} Its jobs could not be cancelled yet: {error}"
                self._fail(replace(problem_of(ended), message=message))
                await asyncio.sleep(delay)
                delay = min(delay * 2, BURIAL_LAST)
        if self.connection is not None:
            ended = replace(ended, message=f"{ended.message} Its jobs were cancelled.")
        await asyncio.to_thread(self._bury, ended)
        self.cancelling = False

    def _bury(self, ended: Ended) -> None:
        """Write why it ended, unless somebody has, and remove its keys. Blocks."""
        if self.directory.path.exists() and self.directory.ended() is None:
            self.directory.write(ended)
        self.directory.remove_keys()

    # -- what is known -------------------------------------------------------------------------

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

    async def _save(self, **changes: Any) -> None:
        self._record = replace(self._record, **changes)
        async with self._writing:  # or an older record could overtake a newer one
            await asyncio.to_thread(self.directory.write, self._record)

    def _take(self, state: ControllerState, *, restart: bool = False) -> None:
        """Believe a state, unless a newer one came first (answers overtake each other)."""
        if restart or self._state is None or state.revision >= self._state.revision:
            self._state = state
        self._settled.set()
        self._publish()

    def _cannot_reach(self, error: DaskSlurmError) -> None:
        since = self._problem.since if self._problem is not None else utc_now()
        advice = "Its jobs go on. If it stays like this, stop it by force."
        self._problem = Problem("controller_unreachable", str(error), since, advice)
        self._settled.set()
        self._publish()

    def _fail(self, problem: Problem) -> None:
        self._failed = problem
        self._settled.set()
        self._publish()

    def _vanish(self) -> None:
        self._drop_client()
        if not self.gone:
            self.gone = True
            self._settled.set()
            self._changed(self)

    def _publish(self) -> None:
        cluster = self._view()
        if cluster != self.cluster:
            self.cluster = cluster
            self._changed(self)

    def _view(self) -> Cluster:
        if self._failed is not None:
            return failed_cluster(self._record, self._failed)
        if self._state is None or self.connection is None:
            cluster = cluster_of_record(self._record)
        else:
            cluster = running_cluster(
                self._record, self.directory, self.connection, self._state.cluster
            )
        if self._stopping:
            cluster = replace(cluster, status="stopping", dashboard_path=None, client_code=None)
        if self._problem is not None:
            problems = (*cluster.problems, self._problem)
            cluster = replace(cluster, status="unreachable", problems=problems)
        return cluster


def _start_failed(message: str) -> Ended:
    return Ended("start_failed", message, utc_now(), "Its whole log is under Logs.")


async def _end_process(owner: Owner) -> None:
    """End that process if it is one of this host and still the same one."""
    for number, limit in ((signal.SIGTERM, TERMINATE_LIMIT), (signal.SIGKILL, KILL_LIMIT)):
        if not is_alive(owner):
            return
        with suppress(ProcessLookupError):
            os.kill(owner.pid, number)
        deadline = time.monotonic() + limit
        # Not a child of this process, as a rule: nothing tells when it ends.
        while is_alive(owner) and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
