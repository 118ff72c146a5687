"""One cluster from its first key to its last job."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from .. import in_dask, tls
from .._version import __version__
from ..batch.base import BatchSystem
from ..batch.choose import make_batch_system
from ..connection import ClusterDirectory, Connection, Ended, Record
from ..errors import InvalidOptions
from ..models import (
    Cluster,
    ClusterOptions,
    Job,
    JobCounts,
    Problem,
    Status,
    utc_now,
    utc_text,
)
from ..process import this_host, this_process
from ..renderer import Renderer
from ..scaling import Scaling
from . import view
from .api import make_api
from .idle import Idleness
from .own_job import OwnJob
from .pulse import Pulse
from .reconciler import Reconciler
from .scheduler_client import SchedulerClient
from .scheduler_process import SchedulerProcess
from .watchdog import Watchdog

PRELOAD = Path(in_dask.__file__).with_name("worker_preload.py")
IDLE_CHECK = 5.0
END_LIMIT = 600.0
"""Seconds that a cluster that failed waits for a silent batch system before it leaves its jobs to
the watchdog. A cluster that was told to stop waits without limit, and says what for."""
logger = logging.getLogger(__name__)


class Controller:
    """Starts everything a cluster is, keeps it going, and ends it. `run` is its whole life."""

    def __init__(
        self,
        directory: ClusterDirectory,
        record: Record,
        *,
        umask: int | None = None,
        job: OwnJob | None = None,
    ) -> None:
        """``umask`` is the user's own, for what is the user's: jobs and scheduler. ``job`` is what
        this process runs in, where it has a job of its own."""
        self.directory = directory
        self.job = job
        self.record = record
        self.name = record.name
        self.options = ClusterOptions.from_json(record.options, lenient=True)
        self.scaling = Scaling.from_json(record.scaling, lenient=True)
        self.status: Status = "starting"
        self.revision = 1
        self.revised = Pulse()
        """Beats when ``revision`` grows."""
        self.address: str | None = None
        self._connection: Connection | None = None
        self._fault: Problem | None = None
        """Why it ends although nobody asked it to stop."""
        self._stop = asyncio.Event()
        timeout = self.options.idle_timeout
        if timeout is None:
            timeout = record.settings.get("idle_timeout", 0)
        self._idle = Idleness(timeout)
        self._batch: BatchSystem = make_batch_system(
            record.batch_system,
            directory=directory.path.parent,
            cores=record.settings.get("local_cores"),
            memory=record.settings.get("local_memory"),
            umask=umask,
        )
        self._watchdog = Watchdog(directory, record.batch_system)
        self._scheduler = SchedulerProcess(
            self.options.python or sys.executable,
            directory.log("scheduler"),
            umask=-1 if umask is None else umask,
        )
        self._server: HTTPServer | None = None
        self._reconciler: Reconciler | None = None
        self._last: dict[str, Any] = {}

    # -- what the control API asks -------------------------------------------------------------

    def scale(self, scaling: Scaling) -> None:
        """Want that much from now on. Raises InvalidOptions when it is more than is allowed."""
        jobs = self._jobs(scaling)
        limit = self.record.settings.get("max_jobs")
        if limit is not None and jobs > limit:
            raise InvalidOptions.of(
                f"scaling.{scaling.unit}", f"{jobs} jobs; at most {limit} are allowed"
            )
        self.scaling = scaling
        # Before there is one, it begins with what is wanted by then.
        if self._reconciler is not None and self.status == "running":
            self._reconciler.scale(jobs)
        self._publish()

    def rename(self, name: str) -> None:
        """Show that name from now on. Jobs keep the name they were submitted with."""
        self.name = name
        if self._connection is not None:
            self._connection = replace(self._connection, name=name)
            self.directory.write(self._connection)
        self._publish()

    def request_stop(self) -> None:
        """Begin to end in order; returns at once."""
        self._stop.set()

    def log_path(self, source: str) -> Path | None:
        """The log of ``controller``, ``scheduler`` or a job of this cluster; None when unknown."""
        if source in ("controller", "scheduler"):
            return self.directory.log(source)
        if self._reconciler is None or self._reconciler.book.get(source) is None:
            return None
        return self._log_directory / f"{source}.log"

    def describe_jobs(self) -> list[Job]:
        return [view.describe_job(job) for job in self._reconciler.book] if self._reconciler else []

    def describe(self) -> Cluster:
        """The cluster as it is now."""
        cluster = Cluster(
            id=self.directory.id,
            name=self.name,
            status=self.status,
            created=self.record.created,
            options=self.options,
            scaling=self.scaling,
            problems=self._problems(),
            idle_since=utc_text(self._idle.since),
            idle_stop=utc_text(self._idle.stop_at),
            scheduler_address=self.address,
            host=self.record.host,
            batch_system=self.record.batch_system,
            ends_with=self.record.ends_with,
            jobs=JobCounts(desired=self._jobs(self.scaling)),
        )
        if self._reconciler is None:
            return cluster
        return view.with_jobs(
            cluster,
            self._reconciler.book,
            desired=self._reconciler.wanted,
            submitting=self._reconciler.submitting,
            failed=self._reconciler.failed,
        )

    def _problems(self) -> tuple[Problem, ...]:
        problems = self._reconciler.problems.all() if self._reconciler else ()
        if self._fault is not None:
            problems = (self._fault, *problems)
        return problems

    def _jobs(self, scaling: Scaling) -> int:
        return scaling.jobs(cores=self.options.cores or 1, memory=self.options.memory or 1)

    def _publish(self) -> None:
        state = self.describe().to_json()
        if state != self._last:
            self._last = state
            self.revision += 1
            self.revised.beat()

    # -- its life ------------------------------------------------------------------------------

    async def run(self) -> None:
        """From start to end. Raises whatever kept the cluster from starting, after cleaning up."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._told_to_end, number)
        await self._batch.start()
        self._watchdog.start()
        try:
            reconciler = await self._start()
        except BaseException:
            await self._close()
            self._watchdog.done()
            self.directory.remove_keys()
            raise
        tasks = [
            asyncio.ensure_future(work)
            for work in (self._keep_published(reconciler), self._watch_idle(reconciler))
        ]
        scheduler_end = asyncio.ensure_future(self._scheduler.wait())
        stop = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait([scheduler_end, stop], return_when=asyncio.FIRST_COMPLETED)
        if scheduler_end.done():
            self._fail("scheduler_died", scheduler_end.result())
        await self._end(reconciler)
        for task in [*tasks, scheduler_end, stop]:
            task.cancel()

    async def _start(self) -> Reconciler:
        directory = self.directory
        tls.make_key_pair(directory.cert, directory.key)
        shutil.copyfile(PRELOAD, directory.path / PRELOAD.name)
        self._log_directory.mkdir(parents=True, exist_ok=True)
        renderer = Renderer()
        # It imports dask-jobqueue while the scheduler starts, and is needed only for jobs: the
        # cluster can be used before.
        warm = asyncio.ensure_future(renderer.defaults())
        try:
            answer = await self._scheduler.start(
                {
                    "interface": self.options.scheduler_interface,
                    # One that the site's configuration names is the Jupyter server's.
                    "host": self.record.settings.get("scheduler_host")
                    if self.job is None
                    else None,
                    "port": self.record.settings.get("scheduler_port") or 0,
                    "cert": str(directory.cert),
                    "key": str(directory.key),
                }
            )
            self.address = answer["address"]
            self.status = "running"
            self._serve(answer)
            await warm
            rendered = await renderer.render(
                self.options,
                self.scaling,
                name=self.name,
                cluster={
                    "id": directory.id,
                    "directory": str(directory.path),
                    "address": self.address,
                },
            )
        finally:
            warm.cancel()
            await asyncio.gather(warm, return_exceptions=True)
            await renderer.stop()
        context = tls.client_context(directory.cert, directory.key)
        reconciler = self._reconciler = Reconciler(
            cluster_id=directory.id,
            cluster_name=self.name,
            batch=self._batch,
            scheduler=SchedulerClient(answer["dashboard_address"], context),
            template=rendered.template,
            log_directory=self._log_directory,
        )
        reconciler.start()
        if jobs := self._jobs(self.scaling):
            reconciler.scale(jobs)
        return reconciler

    @property
    def _log_directory(self) -> Path:
        return Path(self.options.log_directory or self.directory.job_logs)

    def _serve(self, scheduler: dict[str, str]) -> None:
        """Open the control API and, last of all, write the connection file."""
        host = urlsplit(scheduler["address"]).hostname or "127.0.0.1"
        context = tls.server_context(self.directory.cert, self.directory.key)
        self._server = HTTPServer(make_api(self), ssl_options=context)
        sockets = bind_sockets(0, address=host)
        self._server.add_sockets(sockets)
        port = sockets[0].getsockname()[1]
        self._connection = Connection(
            id=self.directory.id,
            name=self.name,
            address=scheduler["address"],
            control_address=f"https://{host}:{port}",
            dashboard_address=scheduler["dashboard_address"],
            owner=replace(this_process(), job=None if self.job is None else self.job.id),
            version=__version__,
        )
        self.directory.write(self._connection)
        logger.info("cluster %s (%s) is ready on %s", self.name, self.directory.id, this_host())

    async def _keep_published(self, reconciler: Reconciler) -> None:
        while True:
            await reconciler.changed.next()
            self._publish()

    async def _watch_idle(self, reconciler: Reconciler) -> None:
        while True:
            state = reconciler.scheduler_state
            self._idle.note(
                jobs=reconciler.wanted + len(reconciler.book.live),
                clients=None if state is None else state.clients,
                now=time.time(),
            )
            self._publish()
            stop_at = self._idle.stop_at
            if stop_at is not None and time.time() >= stop_at:
                logger.info("nobody has used the cluster for %g s: it ends", self._idle.timeout)
                self.request_stop()
                return
            await asyncio.sleep(IDLE_CHECK)

    def _told_to_end(self, number: int) -> None:
        if self.job is None:
            name = signal.Signals(number).name
            why = f"The cluster's controller was told to end ({name}) by its host."
        else:
            why = self.job.why_told_to_end(time.time())
        self._fail("controller_terminated", f"{why} Its jobs were cancelled.")
        self._stop.set()

    def _fail(self, code: str, message: str) -> None:
        if self._fault is None:
            logger.error("%s: %s", code, message)
            self._fault = Problem(code, message, utc_now())

    async def _end(self, reconciler: Reconciler) -> None:
        """Cancel every job, then let scheduler, keys and files go."""
        self.status = "stopping"
        limit = None
        if self._fault is not None:
            self.status = "failed"
            self.directory.write(Ended(self._fault.code, self._fault.message, self._fault.since))
            limit = END_LIMIT
        self._publish()
        try:
            await asyncio.wait_for(reconciler.end_jobs(), limit)
        except asyncio.TimeoutError:
            logger.error("jobs were not seen to end; the watchdog goes on")
            await self._close()
            os._exit(1)  # without a word to the watchdog
        await self._close()
        self._watchdog.done()
        if self._fault is None:
            self.directory.forget()
        else:
            self.directory.remove_keys()
        logger.info("cluster %s has ended", self.name)

    async def _close(self) -> None:
        if self._reconciler is not None:
            await self._reconciler.stop()
        await self._scheduler.stop()
        if self._server is not None:
            self._server.stop()
        await self._batch.stop()
