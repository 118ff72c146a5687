"""A whole cluster for a test: a real controller with its scheduler, on a real batch system."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import secrets
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from jupyter_dask_slurm import tls
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory, Connection, directories
from jupyter_dask_slurm.cluster_files.record import Record
from jupyter_dask_slurm.clusters.launcher import JobLauncher, start_controller
from jupyter_dask_slurm.model.cluster import Cluster, Job, utc_now
from jupyter_dask_slurm.model.names import belongs_to
from jupyter_dask_slurm.model.options import ClusterOptions
from jupyter_dask_slurm.model.scaling import Scaling
from jupyter_dask_slurm.model.settings import ControllerSettings
from jupyter_dask_slurm.model.template import Template
from jupyter_dask_slurm.model.wire import read
from jupyter_dask_slurm.process import Owner, is_alive, this_host

from .processes import (
    Address,
    children,
    command_line,
    kill_all,
    listening,
    lives,
    mentioning,
    process_of,
)

if TYPE_CHECKING:
    from distributed import Client

OPTIONS: dict[str, Any] = {
    "cores": 1,
    "memory": 512_000_000,
    "walltime": 600,
    "processes": 1,
    "python": sys.executable,
    "interface": "lo",
    "scheduler_interface": "lo",
    "death_timeout": 20,
    "idle_timeout": 0,
}
PATIENCE = 120.0
"""Seconds. A bound against hanging for ever, not a measure of speed."""


def template(options: dict[str, Any], **scheduler: Any) -> Template:
    """What the server keeps of the script of such a cluster; ``scheduler`` is what it says of that."""
    # Imports dask-jobqueue, and so only where there are clusters.
    from jupyter_dask_slurm.job_script.__main__ import render

    made = read(Template, render({"options": options})["template"])
    return replace(made, **scheduler)


def wait_for(what: str, condition: Callable[[], Any], limit: float = PATIENCE) -> Any:
    """The first true answer of ``condition``; AssertionError saying ``what`` never came."""
    deadline = time.monotonic() + limit
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {limit:g} s"
        time.sleep(0.05)
    return answer


class ClusterUnderTest:
    """Create it, talk to its control API as the server does, and see what is left of it."""

    def __init__(
        self,
        state_dir: Path,
        batch_system: str,
        *,
        scaling: dict[str, Any] | None = None,
        settings: dict[str, Any] | None = None,
        scheduler: dict[str, Any] | None = None,
        working_directory: Path | None = None,
        **options: Any,
    ) -> None:
        self.directory = ClusterDirectory(state_dir / secrets.token_hex(4))
        self.directory.create()
        self.batch_system = batch_system
        self.directory.write(template({**OPTIONS, **options}, **(scheduler or {})))
        self.directory.write(
            Record(
                id=self.directory.id,
                name="under-test",
                created=utc_now(),
                options=ClusterOptions.from_json({**OPTIONS, **options}),
                scaling=Scaling.from_json(scaling or {"jobs": 0}),
                batch_system=batch_system,
                host=this_host(),
                settings=ControllerSettings(**{"max_jobs": 10_000, **(settings or {})}),
            )
        )
        self.owner = self._launch(working_directory or Path.home())
        self._controller: list[psutil.Process] = []
        if self.owner.pid:  # that of a job is not known
            with contextlib.suppress(psutil.NoSuchProcess):
                self._controller.append(process_of(self.owner))
        # Not their ids: those are given again, to processes that are nobody's business here.
        self._seen: set[psutil.Process] = set(self._controller)

    def _launch(self, working_directory: Path) -> Owner:
        record = self.directory.record()
        assert record is not None
        if record.options.placement != "job":
            return start_controller(self.directory, working_directory)
        launcher = JobLauncher(self.directory.path.parent, working_directory)
        return asyncio.run(launcher.launch(self.directory))

    def ready(self) -> ClusterUnderTest:
        wait_for("the connection file or the end", self._ready_or_dead)
        assert self.directory.connection() is not None, self.log()
        return self

    def _ready_or_dead(self) -> bool:
        return (
            self.directory.connection() is not None
            or self.directory.ended() is not None
            or is_alive(self.owner) is False
        )

    @property
    def connection(self) -> Connection:
        connection = self.directory.connection()
        assert connection is not None
        return connection

    def log(self, source: str = "controller") -> str:
        return self.directory.log(source).read_text()

    # -- the control API -----------------------------------------------------------------------

    def call(self, method: str, route: str, body: Any = None, *, timeout: float = 30.0) -> Any:
        connection = self.connection
        request = urllib.request.Request(
            f"{connection.control_address}/v1/{route}",
            method=method,
            data=None if body is None and method == "GET" else json.dumps(body or {}).encode(),
        )
        context = tls.client_context(self.directory.cert, self.directory.key)
        with urllib.request.urlopen(request, timeout=timeout, context=context) as response:
            text = response.read().decode()
            is_json = "json" in response.headers["Content-Type"]
        return json.loads(text) if is_json else text

    def state(self) -> Cluster:
        return read(Cluster, self.call("GET", "state")["cluster"])

    def jobs(self) -> list[Job]:
        return [read(Job, data) for data in self.call("GET", "jobs")]

    def job(self, job_id: str) -> Job:
        (job,) = [job for job in self.jobs() if job.id == job_id]
        return job

    def connected_jobs(self) -> set[str]:
        """The ids of the jobs whose workers are connected, and that are to stay."""
        return {job.id for job in self.jobs() if job.stage == "connected"}

    def scale(self, **scaling: Any) -> Cluster:
        return read(Cluster, self.call("PUT", "target", {"scaling": scaling})["cluster"])

    def wait(
        self, what: str, condition: Callable[[Cluster], Any], limit: float = PATIENCE
    ) -> Cluster:
        """The first state that fulfils ``condition``, by long poll, as the server watches it."""
        deadline = time.monotonic() + limit
        revision = 0
        while True:
            answer = self.call("GET", f"state?after={revision}")
            cluster, revision = read(Cluster, answer["cluster"]), answer["revision"]
            self._note_processes()
            if condition(cluster):
                return cluster
            assert time.monotonic() < deadline, f"{what}: {cluster}\n{self.log()}"

    def connected(self, jobs: int, limit: float = PATIENCE) -> Cluster:
        return self.wait(
            f"{jobs} jobs connected",
            lambda c: c.jobs.connected == jobs and c.jobs.running == jobs,
            limit,
        )

    @contextlib.contextmanager
    def client(self) -> Iterator[Client]:
        """A client as a notebook has it."""
        from distributed import Client, Security

        cert, key = str(self.directory.cert), str(self.directory.key)
        security = Security(
            require_encryption=True, tls_ca_file=cert, tls_client_cert=cert, tls_client_key=key
        )
        with Client(
            scheduler_file=str(self.directory.connection_file), security=security, timeout=PATIENCE
        ) as client:
            yield client

    # -- what is left of it --------------------------------------------------------------------

    def _note_processes(self) -> None:
        for process in [*self._controller, *mentioning(str(self.directory.path))]:
            self._seen.update([process, *children(process, recursive=True)])

    def processes(self) -> list[psutil.Process]:
        """Those ever seen of this cluster, controller included, that still run."""
        return [process for process in self._seen if lives(process)]

    def listening(self) -> set[Address]:
        """Every address that a process of this cluster listens on."""
        self._note_processes()
        return listening(self.processes())

    def kill(self) -> None:
        """Kill -9 the controller."""
        self._note_processes()
        process_of(self.owner).kill()

    def child(self, word: str) -> psutil.Process:
        """That child of the controller: ``in_dask`` (its scheduler) or ``watchdog``."""
        family = children(process_of(self.owner))
        (child,) = [p for p in family if any(word in part for part in command_line(p))]
        return child

    def is_mine(self, job_name: str) -> bool:
        return belongs_to(job_name, self.directory.id)

    def stop(self) -> None:
        """Ask it to stop and wait until nothing of it is left."""
        self._note_processes()
        self.call("POST", "stop")
        self.gone()

    def gone(self, limit: float = PATIENCE) -> None:
        wait_for("no process of the cluster", lambda: not self.processes(), limit)

    def end(self) -> None:
        """The end of a test, however it went."""
        if is_alive(self.owner) is not False and self.directory.connection() is not None:
            with contextlib.suppress(OSError, urllib.error.URLError, AssertionError):
                self.stop()
        kill_all(self.processes())


@contextlib.contextmanager
def clusters_under_test(
    state_dir: Path, batch_system: str, **defaults: Any
) -> Iterator[Callable[..., ClusterUnderTest]]:
    """Makes clusters, of these options where a test does not choose others, and ends them all."""
    # distributed looks after signals when it is imported, which only the main thread can.
    importlib.import_module("jupyter_dask_slurm.job_script.__main__")
    made: list[ClusterUnderTest] = []

    def make(**options: Any) -> ClusterUnderTest:
        made.append(ClusterUnderTest(state_dir, batch_system, **{**defaults, **options}))
        return made[-1]

    yield make
    for cluster in made:
        cluster.end()


def left_of(state_dir: Path) -> Iterator[psutil.Process]:
    """The processes of clusters that a failed test has left, which would go on without their Slurm."""
    for directory in directories(state_dir):
        connection = directory.connection()
        if connection is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                controller = process_of(connection.owner)
                yield from [*children(controller, recursive=True), controller]
    yield from mentioning(str(state_dir))


def computed(client: Client) -> int:
    """How many tasks all workers, those that have left included, ever finished."""

    def count(dask_scheduler: Any) -> int:
        return sum(p.state_counts["memory"] for p in dask_scheduler.task_prefixes.values())

    number: int = client.run_on_scheduler(count)
    return number
