"""`SLURMCluster`: a cluster of the registry, made or found, in the words of dask-jobqueue's."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..clusters import use
from ..clusters.find import run
from ..clusters.progress import Progress
from ..clusters.status import Observed
from ..clusters.wait import WorkersMissing, until_workers
from ..clusters.without_server import WithoutServer, settings_here
from ..clusters.words import in_short
from ..errors import ClusterNotFound, InvalidOptions, LogNotFound, WrongState
from ..model.cluster import Problem, Scaling
from .arguments import Arguments, InvalidArguments, read_arguments, resolve
from .display import Jobs, as_html, display_live
from .handle import Handle, place
from .sizes import adapting, jobs_of, scaled, seconds_of, whole

if TYPE_CHECKING:
    from distributed import Client
    from tornado.ioloop import IOLoop

CLOSE_LIMIT = 60.0
"""Seconds that `close` waits for the last job to be gone; after that the cluster goes on stopping."""
MOST_JOBS = 10_000
"""The bound of `adapt` where neither its caller nor the administrator sets one."""
LOG_LINES = 1_000


class SLURMCluster(Handle):
    """A dask cluster on SLURM, as it is in JupyterLab's panel.

    It is called as ``dask_jobqueue.SLURMCluster`` is, and reads all of its arguments in the same way. Beyond
    them it takes every option that the panel has::

        cluster = SLURMCluster(cores=12, memory="16GB", walltime="00:10:00")
        cluster.scale(jobs=2)
        client = cluster.get_client()

    The cluster is processes of its own: it is listed in the panel, and goes on when this program ends.
    `close`, and leaving a ``with``, stop it. No Jupyter server is needed.

    Parameters
    ----------
    cores : int
        Cores of one job.
    memory : str
        Memory of one job.
    n_workers : int
        Number of workers to start with. Default: 0, see `scale`.
    name : str
        What the cluster is called. Default: two words.
    config_name : str
        Section of dask's configuration, below ``jobqueue``. Default: ``slurm``.
    asynchronous : bool
        Whether it is used with ``await``; then it is made by ``await cluster``, or ``async with``.
    shutdown_on_close : bool
        Whether the cluster stops with this program. Default: no.
    state_dir : path
        Where the clusters' files are, if the Jupyter server keeps them elsewhere than by default.
    batch_system : str
        ``slurm`` or ``local``. Default: Slurm where there is one.
    **arguments
        The others of ``dask_jobqueue.SLURMCluster`` (``walltime``, ``processes``, ``queue``, ``account``,
        ``interface``, ``job_extra_directives``, ``job_script_prologue``, ``worker_extra_args`` …), and the
        options of the panel (``qos``, ``gres``, ``idle_timeout``, ``placement`` …).
    """

    def __init__(
        self,
        n_workers: int = 0,
        *,
        name: str | None = None,
        config_name: str | None = None,
        asynchronous: bool = False,
        loop: IOLoop | None = None,
        shutdown_on_close: bool = False,
        state_dir: str | os.PathLike[str] | None = None,
        batch_system: str | None = None,
        silence_logs: Any = None,
        shared_temp_directory: str | None = None,
        **arguments: Any,
    ) -> None:
        super().__init__(place(state_dir), name=name, asynchronous=asynchronous, loop=loop)
        read = read_arguments(arguments, config_name)
        self._starting: asyncio.Task[Observed] | None = None
        wanted = whole("n_workers", n_workers or 0)
        self._make = partial(self._create, read, wanted, batch_system)
        if shutdown_on_close:
            atexit.register(_close_at_exit, self)
        if not asynchronous:
            run(self._ready())
            read.warn(2)

    @classmethod
    def _of(
        cls, observed: Observed, state_dir: Path, *, asynchronous: bool = False
    ) -> SLURMCluster:
        """Return a handle on a cluster that there is."""
        handle = cls.__new__(cls)
        Handle.__init__(handle, state_dir, observed, asynchronous=asynchronous)
        handle._starting = None
        return handle

    # -- how large it is -----------------------------------------------------------------------

    def scale(
        self,
        n: int | None = None,
        jobs: int | None = None,
        memory: str | int | None = None,
        cores: int | None = None,
    ) -> Any:
        """Ask for so many workers (``n``), ``jobs``, ``cores``, or so much ``memory``. The cluster comes to
        that as soon as Slurm has room; see `wait_for_workers`."""
        scaling = scaled(self._known().record.options, n, jobs, memory, cores)
        return self._do(lambda: self._scale(scaling))

    def adapt(self, **bounds: Any) -> Any:
        """Follow what the tasks need between ``minimum`` and ``maximum`` workers, or ``minimum_jobs``
        and ``maximum_jobs``, ``minimum_cores`` …. How long they must need more or less is
        ``grow_after`` and ``shrink_after``, or dask's ``interval`` and ``wait_count``."""
        record = self._known().record
        most = record.settings.max_jobs
        scaling = adapting(record.options, MOST_JOBS if most is None else most, bounds)
        return self._do(lambda: self._scale(scaling))

    def wait_for_workers(self, n_workers: int = 1, timeout: float | None = None) -> Any:
        """Wait until so many workers are connected, and show how far it is and what Slurm says. Raises
        dask's ``WorkerStartTimeoutError`` after ``timeout`` seconds, and WrongState when it ends."""
        if isinstance(n_workers, bool) or not isinstance(n_workers, int) or n_workers < 1:
            raise ValueError(f"`n_workers` must be a positive integer. Instead got {n_workers}.")
        return self._do(lambda: self._wait_for_workers(n_workers, timeout))

    # -- what there is to see ------------------------------------------------------------------

    def jobs(self) -> Any:
        """Return its jobs, each with its state, Slurm's reason, node, times and error."""
        return self._do(self._jobs)

    def job_script(self) -> str:
        """Return the script of one of its jobs, as it is submitted."""
        return use.job_script(self._known())

    @property
    def job_header(self) -> str:
        """The directives of that script."""
        lines = self.job_script().split("\n")
        return "\n".join(line for line in lines if line.startswith("#SBATCH"))

    def get_logs(self, cluster: bool = True, scheduler: bool = True, workers: Any = True) -> Any:
        """Return the ends of the logs of its controller (``Cluster``), its scheduler and its jobs, by the
        jobs' ids; ``workers`` may name some of these."""
        return self._do(lambda: self._get_logs(cluster, scheduler, workers))

    def get_client(self, **options: Any) -> Client:
        """Return the client of this program that is connected to it, or else a new one."""
        from distributed import Client

        if not options:
            with contextlib.suppress(ValueError):  # there is none
                current = Client.current()
                if current is not None and current.cluster == self:
                    return current
        return self.connect(**options)

    def connect(self, **options: Any) -> Client:
        """Return a new client, as `jupyter_dask_slurm.connect` does."""
        from .client import connect

        return connect(self, **options)

    # -- its end -------------------------------------------------------------------------------

    def close(self, timeout: float | None = CLOSE_LIMIT) -> Any:
        """Stop the cluster: cancel its jobs and remove its files. Waits until they are gone, ``timeout``
        seconds at most; it goes on stopping after that."""
        return self._do(lambda: self._close(timeout))

    def __enter__(self) -> SLURMCluster:
        if self._asynchronous:
            raise TypeError("used 'with' with an asynchronous cluster; use 'async with'")
        run(self._ready())
        return self

    def __exit__(self, *_: object) -> None:
        run(self._close(CLOSE_LIMIT))

    def __await__(self) -> Any:
        return self._settled().__await__()

    async def __aenter__(self) -> SLURMCluster:
        return await self._settled()

    async def __aexit__(self, *_: object) -> None:
        await self._close(CLOSE_LIMIT)

    # -- how it looks --------------------------------------------------------------------------

    def __repr__(self) -> str:
        if self._observed is None:
            return f"<{type(self).__name__}: not made yet>"
        status = self.status
        return f"<{type(self).__name__} {in_short(self._known().cluster(), status)}>"

    def _repr_html_(self, cluster_status: Any = None) -> str:
        return as_html(self)

    def _ipython_display_(self, **options: Any) -> None:
        display_live(self)

    # -- inside --------------------------------------------------------------------------------

    async def _create(
        self, arguments: Arguments, n_workers: int, batch_system: str | None
    ) -> Observed:
        """Make it, and wait until it is ready. Raises InvalidArguments."""
        wanted: dict[str, Any] = {"name": self._name, "batch_system": batch_system}
        settings = settings_here(self._state_dir)
        maker = WithoutServer(settings, call=arguments.call, working_directory=Path.cwd())
        async with maker:
            try:
                options = await resolve(arguments, maker.renderer)
                scaling = Scaling()
                if n_workers:  # how many of them a job has is known with its script
                    preview = await maker.preview(options, scaling, **wanted)
                    scaling = Scaling("jobs", jobs_of(n_workers, preview.options))
                made = await maker.create(options, scaling, **wanted)
            except InvalidOptions as error:
                raise InvalidArguments(error.problems, arguments.call.arguments) from None
            self._observed = made
            with Progress() as progress:
                return await maker.until_ready(made, partial(_tell, progress, made.record.name))

    async def _ready(self) -> Observed:
        """Make it, or wait until it is ready, whoever made it."""
        if self._starting is None and self._observed is None:
            self._starting = asyncio.ensure_future(self._make())
        if self._starting is not None:
            try:
                self._observed = await asyncio.shield(self._starting)
            finally:
                self._starting = None
        observed = self._known()
        if observed.connection is None:
            self._observed = observed = await use.until_ready(observed)
        return observed

    async def _settled(self) -> SLURMCluster:
        await self._ready()
        asked, self._asked = self._asked, []
        await asyncio.gather(*asked)
        return self

    async def _scale(self, scaling: Scaling) -> None:
        observed = await self._ready()
        said = await use.scale(observed, scaling, settings_here(self._state_dir))
        self._observed = observed.with_report(said.cluster, said.revision)

    async def _wait_for_workers(self, wanted: int, timeout: Any) -> None:
        from distributed.exceptions import WorkerStartTimeoutError

        limit = None if timeout is None else seconds_of(timeout)
        with Progress() as progress:
            try:
                await until_workers(await self._ready(), wanted, progress.show, limit)
            except WorkersMissing as error:
                raise WorkerStartTimeoutError(error.connected, wanted, timeout) from error

    async def _jobs(self) -> Jobs:
        return Jobs(await use.jobs(self._known()))

    async def _get_logs(self, cluster: bool, scheduler: bool, workers: Any) -> Any:
        from distributed.utils import Log, Logs

        sources = {"Cluster": "controller"} if cluster else {}
        sources |= {"Scheduler": "scheduler"} if scheduler else {}
        if workers is True:
            sources |= {job.id: job.id for job in await use.jobs(self._known())}
        elif workers:
            sources |= {str(job): str(job) for job in workers}
        logs = Logs()
        for title, source in sources.items():
            with contextlib.suppress(LogNotFound):
                logs[title] = Log((await use.log(self._known(), source, LOG_LINES)).text)
        return logs

    async def _close(self, timeout: float | None) -> None:
        if self._observed is None or self._over:
            return  # nothing was made
        await self._look()
        observed = self._known()
        if self._over or observed.ended is not None:
            return
        if not observed.stopping:
            with contextlib.suppress(ClusterNotFound):
                await use.stop(observed, timeout)
        if await use.until_gone(observed.directory, timeout):
            await self._look()


def _tell(progress: Progress, name: str, problem: Problem | None) -> None:
    if problem is not None:
        progress.show(f"{name} starts as soon as it can: {problem.message}")


def _close_at_exit(cluster: SLURMCluster) -> None:
    """Stop a cluster with its program, which can start no thread any more to do it."""
    with contextlib.suppress(WrongState):
        asyncio.run(cluster._close(CLOSE_LIMIT))
