"""The controller of one cluster, from making its keys to the end of its last job."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from tornado.netutil import bind_sockets

from .. import in_dask, tls
from .._version import __version__
from ..batch.base import BatchSystem
from ..batch.choose import make_batch_system
from ..batch.errors import BatchError
from ..batch.slurm.request import read_request
from ..batch.slurm.script import bourne_shell
from ..cluster_files.directory import ClusterDirectory, Connection
from ..cluster_files.record import Record
from ..cluster_files.submitted import note_submitted
from ..errors import Unavailable, Unreadable
from ..file_threads import FileSystemSilent, in_file_thread, leave_to_file_thread
from ..in_dask.private_ports import PrivateHTTPServer
from ..logs import one_line
from ..model.template import Template
from ..process import Owner, this_host, this_process
from .api import make_api
from .background import BackgroundTasks, keep_running
from .cluster import LiveCluster
from .limits import check_limits, fallback
from .reachability import loopback_notice
from .reconciler import Reconciler
from .scheduler.client import SchedulerClient
from .scheduler.process import SchedulerProcess
from .time_limits import ControllerJob
from .watchdog import Watchdog

PRELOADS = tuple(
    Path(in_dask.__file__).with_name(name) for name in ("worker_preload.py", "private_ports.py")
)
"""What workers load; jobs find it beside the cluster's key."""
TIME_LIMIT_CHECK = 5.0
"""Seconds between checks of whether a time limit has been reached."""
FILES_CHECK = 10.0
"""Seconds between checks of the connection file."""
GONE_AFTER = 3
"""Checks in a row that have to find the cluster's directory gone before the cluster ends."""
END_LIMIT = 600.0
"""Seconds for which a cluster that has failed waits for a batch system that does not answer, before it
leaves its jobs to the watchdog. A cluster that was told to stop waits without limit."""
logger = logging.getLogger(__name__)


class Controller:
    """Starts the parts of a cluster, keeps them going, and ends them; `run` does all of it."""

    def __init__(
        self,
        directory: ClusterDirectory,
        record: Record,
        *,
        umask: int | None = None,
        job: ControllerJob | None = None,
    ) -> None:
        """``umask`` is the user's own, for jobs and scheduler; None leaves them that of this process.
        ``job`` is the batch job that this process runs in, if it has one of its own."""
        self.directory = directory
        self.cluster = LiveCluster(directory, record)
        self.job = job
        if job is not None:
            self.cluster.limit_age(job.ends_at)
        self._stop = asyncio.Event()
        self._batch: BatchSystem = make_batch_system(
            record.batch_system,
            directory=directory.path.parent,
            cores=record.settings.local_cores,
            memory=record.settings.local_memory,
            umask=umask,
            slurm_cluster=record.options.slurm_cluster,
            # Its launcher has cleaned it, as the administrator wants it.
            environ=os.environ,
        )
        self._watchdog = Watchdog(directory, record)
        self._scheduler = SchedulerProcess(
            self.cluster.options.python or sys.executable,
            directory.log("scheduler"),
            environment=self.cluster.options.environment,
            prologue=self.cluster.options.job_script_prologue,
            umask=-1 if umask is None else umask,
        )
        self._scheduler_client: SchedulerClient | None = None
        self._server: PrivateHTTPServer | None = None

    def request_stop(self) -> None:
        """Begin to end in order, as a user asked, and return at once."""
        if not self._stop.is_set():
            logger.info("asked to stop")
        self._stop.set()

    async def run(self) -> None:
        """Start the cluster and return when it has ended.

        Raise whatever kept it from starting, after cleaning up.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._on_signal, number)
        where = f"on {this_host()}" + ("" if self.job is None else f", in job {self.job.id}")
        logger.info("its controller starts %s, version %s", where, __version__)
        await self._batch.start()
        self._watchdog.start()
        try:
            reconciler = await self._start()
        except BaseException:
            await self._close()
            self._watchdog.done()
            self.directory.remove_keys()
            raise
        tasks = BackgroundTasks()
        for name, work in (
            ("publishing changes", partial(self._publish_changes, reconciler)),
            ("watching the time limits", partial(self._watch_time_limits, reconciler)),
            ("watching the cluster's files", self._watch_files),
        ):
            tasks.start(keep_running(name, work))
        scheduler_end = asyncio.ensure_future(self._scheduler.wait())
        stop = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait([scheduler_end, stop], return_when=asyncio.FIRST_COMPLETED)
        if scheduler_end.done():
            why = scheduler_end.result()
            if why is None:
                self.cluster.fail("shut_down")
            else:
                self.cluster.fail("scheduler_died", why)
        await self._end(reconciler)
        scheduler_end.cancel()
        stop.cancel()
        await tasks.cancel()

    # -- start ---------------------------------------------------------------------------------

    async def _start(self) -> Reconciler:
        cluster, directory = self.cluster, self.directory
        template = self._template()
        check_limits(cluster.record, template.preview())
        tls.make_key_pair(directory.cert, directory.key)
        for preload in PRELOADS:
            shutil.copyfile(preload, directory.path / preload.name)
        cluster.log_directory.mkdir(parents=True, exist_ok=True)
        answer = await self._scheduler.start(
            {
                "interface": cluster.options.scheduler_interface,
                # One that the site's configuration names is the Jupyter server's.
                "host": template.scheduler_host if self.job is None else None,
                "port": template.scheduler_port,
                "cert": str(directory.cert),
                "key": str(directory.key),
            },
            directory=read_request(template.preview()).directory,
            shell=bourne_shell(template.preview()),
        )
        cluster.address, cluster.versions = answer["address"], answer["versions"]
        cluster.status = "running"
        self._serve(answer)
        context = tls.client_context(directory.cert, directory.key)
        self._scheduler_client = SchedulerClient(answer["dashboard_address"], context)
        script = template.filled(str(directory.path), answer["address"])
        own_logs = cluster.options.log_directory is not None
        reconciler = cluster.reconciler = Reconciler(
            cluster_id=directory.id,
            cluster_name=cluster.name,
            batch=self._batch,
            scheduler=self._scheduler_client,
            script=script,
            otherwise=fallback(cluster.record, template, script),
            most=cluster.record.settings.max_jobs,
            log_directory=cluster.log_directory,
            note_submitted=self._note_submitted if own_logs else None,
            address=answer["address"],
            remove_old_logs=not own_logs,
            cores=cluster.options.cores or 1,
            processes=cluster.options.processes or 1,
        )
        await self._check_address(reconciler, answer["address"])
        reconciler.start()
        if cluster.jobs_wanted or cluster.scaling.adapt is not None:
            cluster.apply_scaling(reconciler)
        return reconciler

    async def _note_submitted(self, ids: Sequence[str]) -> None:
        await in_file_thread(self.directory.registry, note_submitted, self.directory, ids)

    async def _check_address(self, reconciler: Reconciler, address: str) -> None:
        """Say before any job is submitted that its workers would not find the scheduler."""
        if loopback_notice(address, ["elsewhere"], "") is None:
            return  # Slurm need not be asked
        try:
            nodes = await self._batch.node_addresses()
        except BatchError as error:
            logger.info("where the nodes are could not be asked for: %s", one_line(error))
            return
        notice = loopback_notice(address, nodes, this_host())
        reconciler.problems.set_or_clear("scheduler_loopback", notice)

    def _template(self) -> Template:
        """Return what was rendered when the cluster was created. Raise Unavailable."""
        try:
            template = self.directory.template()
        except (OSError, Unreadable) as error:
            raise Unavailable(
                f"{self.directory.template_file} cannot be read, from which its jobs are made: {error}"
            ) from error
        if template is None:
            raise Unavailable(
                f"{self.directory.template_file} is missing, from which its jobs are made: the "
                "cluster was created by another version. Restart the Jupyter server."
            )
        return template

    def _serve(self, scheduler: dict[str, str]) -> None:
        """Open the control API and, last of all, write the connection file."""
        host = urlsplit(scheduler["address"]).hostname or "127.0.0.1"
        context = tls.server_context(self.directory.cert, self.directory.key)
        self._server = PrivateHTTPServer(
            make_api(self.cluster, self.request_stop), ssl_options=context
        )
        sockets = bind_sockets(0, address=host)
        self._server.add_sockets(sockets)
        port = sockets[0].getsockname()[1]
        name = self.cluster.name
        self.cluster.connection = Connection(
            id=self.directory.id,
            name=name,
            address=scheduler["address"],
            control_address=f"https://{host}:{port}",
            dashboard_address=scheduler["dashboard_address"],
            owner=self._owner(),
            version=__version__,
        )
        self.directory.write(self.cluster.connection)
        logger.info("ready on %s: scheduler at %s", this_host(), scheduler["address"])

    def _owner(self) -> Owner:
        """Return this process, the job that it is in, if that is its own, and where its jobs go."""
        job = None if self.job is None else self.job.id
        return replace(this_process(), job=job, slurm_cluster=self._batch.slurm_cluster)

    # -- while it runs -------------------------------------------------------------------------

    async def _publish_changes(self, reconciler: Reconciler) -> None:
        while True:
            await reconciler.changed.wait()
            await self.cluster.note_slurm_cluster(self._batch.slurm_cluster)
            self.cluster.publish()

    async def _watch_time_limits(self, reconciler: Reconciler) -> None:
        """End the cluster when it has been idle for too long, or is too old."""
        cluster = self.cluster
        while True:
            now = time.time()
            cluster.idle.update(reconciler.in_use(), now, time.monotonic())
            cluster.publish()
            if cluster.ends_at is not None and now >= cluster.ends_at:
                cluster.fail("maximum_age")
            elif cluster.idle.expired(now):
                cluster.fail("idle", _duration(now - (cluster.idle.since or now)))
            if cluster.fault is not None:
                self._stop.set()
                return
            await asyncio.sleep(TIME_LIMIT_CHECK)

    async def _watch_files(self) -> None:
        """Repair the connection file while the cluster runs; end when the cluster's directory has gone,
        because without it the cluster would never be found again."""
        missing = 0
        while missing < GONE_AFTER:
            await asyncio.sleep(FILES_CHECK)
            repair = partial(self.cluster.repair_files, self.cluster.used())
            try:
                there = await in_file_thread(self.directory.registry, repair)
            except FileSystemSilent as error:
                self.cluster.note_unwritable(error)
            else:
                missing = 0 if there else missing + 1
            self.cluster.publish()
        logger.info("ends: its directory is gone")
        self._stop.set()

    def _on_signal(self, number: int) -> None:
        if self.job is None:
            name = signal.Signals(number).name
            why = f"The cluster's controller was told to end ({name}) by its host."
        else:
            why = self.job.why_signalled(time.time())
        self.cluster.fail("controller_terminated", why)
        self._stop.set()

    # -- end -----------------------------------------------------------------------------------

    async def _end(self, reconciler: Reconciler) -> None:
        """Cancel every job, then end the scheduler and remove keys and files."""
        cluster, directory = self.cluster, self.directory
        cluster.status = "stopping"
        limit = None
        if cluster.fault is not None:
            cluster.status = "failed"
            await cluster.write_end()
            limit = END_LIMIT
        cluster.publish()
        try:
            await asyncio.wait_for(reconciler.end_jobs(), limit)
        except asyncio.TimeoutError:
            logger.error("jobs were not seen to end; the watchdog goes on")
            await self._close()
            os._exit(1)  # the watchdog, not told that all is done, takes over
        if unknown := reconciler.jobs.unaccounted():
            await cluster.note_unaccounted(unknown)
        await self._close()
        self._watchdog.done()
        remove = directory.forget if cluster.fault is None else directory.remove_keys
        await leave_to_file_thread(directory.registry, remove)  # however late that is
        logger.info("ended: %s", "stopped" if cluster.fault is None else cluster.fault.code)

    async def _close(self) -> None:
        if self.cluster.reconciler is not None:
            await self.cluster.reconciler.stop()
        if self._scheduler_client is not None:
            self._scheduler_client.close()
        await self._scheduler.stop()
        if self._server is not None:
            self._server.stop()
        await self._batch.stop()


def _duration(seconds: float) -> str:
    """Return a duration for a message, rounded to hours, minutes or seconds."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
