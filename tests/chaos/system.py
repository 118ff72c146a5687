"""The system under test: a real Jupyter server, controllers and a Slurm, with ways to break each."""

from __future__ import annotations

import contextlib
import json
import random
import subprocess
import threading
import time
import urllib.error
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory, directories
from jupyter_dask_slurm.model.names import cluster_of
from jupyter_dask_slurm.notebook.client import connect

from ..slurm.commands import HangingCommands
from ..slurm.handle import Slurm
from ..support.jupyter import Server
from ..support.processes import children, kill_all, mentioning, process_of
from .host import Host
from .invariants import REFUSED_WHOLE, InvariantChecker, Observation, Requested
from .patience import Stopwatch, wait_for
from .schedule import Condition

if TYPE_CHECKING:
    from distributed import Client

DEATH_TIMEOUT = 60
OBSERVE_PAUSE = 0.5
LONGEST = 600.0
"""Seconds. A bound against hanging for ever, not a measure of speed."""
OPTIONS: dict[str, Any] = {
    "cores": 1,
    "memory": "512 MB",
    "processes": 1,
    "interface": "lo",
    "scheduler_interface": "lo",
    "death_timeout": DEATH_TIMEOUT,
    "idle_timeout": 0,
}
Card = dict[str, Any]


@dataclass(frozen=True)
class QueuedJob:
    """A job that has not ended, as the batch system lists it."""

    id: str
    cluster: str | None
    state: str
    node: str


@dataclass
class KnownCluster:
    """A cluster that was created and is not stopped yet."""

    id: str
    name: str
    requested: Requested
    controller: psutil.Process = field(init=False)
    """As soon as it is ready."""
    unsure: bool = False
    """Whether the last size that was asked for may not have reached it."""


class SystemUnderTest:
    """``large`` is the cluster that most faults hit, ``brief`` the one whose walltime is short."""

    def __init__(self, directory: Path, slurm: Slurm, rng: random.Random) -> None:
        self.slurm, self.rng = slurm, rng
        self.commands = HangingCommands(directory / "site")
        self.checker = InvariantChecker(DEATH_TIMEOUT)
        self.broken: frozenset[Condition] = frozenset()
        self.state_dir = directory / "state"
        self.host = Host(directory / "host", self.state_dir)
        self.events: list[str] = []
        self._directory = directory
        self._begin = time.monotonic()
        self._server: Server | None = None
        self._known: dict[str, KnownCluster] = {}
        self._submissions = 0
        self._ended = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="chaos-watch")

    def start(self) -> None:
        self.start_server()
        self._watcher.start()

    def stop(self) -> None:
        """End what was started, however the run went."""
        self.host.go_on()
        self._ended.set()
        if self._watcher.is_alive():
            self._watcher.join()
        if self._server is not None:
            self._server.end()
        # With their watchdogs, which else try for an hour to cancel jobs of a lab that is gone.
        owners = [d.connection() or d.record() for d in directories(self.state_dir)]
        found = mentioning(str(self.state_dir))
        for each in owners:
            if each is not None and each.owner is not None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    controller = process_of(each.owner)
                    found += [controller, *children(controller, recursive=True)]
        kill_all(found)

    def log(self, words: str) -> None:
        self.events.append(f"{time.monotonic() - self._begin:6.1f} s  {words}")

    # -- the server ----------------------------------------------------------------------------

    def start_server(self) -> None:
        traits = {"state_dir": str(self.state_dir), "batch_system": "slurm"}
        environ = {**self.commands.environ, **self.host.environ}
        self._server = Server(self._directory, traits, environ)

    def kill_server(self) -> None:
        server, self._server = self._server, None
        assert server is not None
        server.end()

    @property
    def server(self) -> psutil.Process:
        assert self._server is not None
        return psutil.Process(self._server.process.pid)

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        assert self._server is not None, "the server is down"
        return self._server(method, path, body, timeout=LONGEST)

    def attempt(self, method: str, path: str, body: Any = None) -> Any:
        """The answer; None when it was refused, which has to have a reason."""
        try:
            return self.rest(method, path, body)
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode()
            wrong = None
            with contextlib.suppress(ValueError):
                answer = json.loads(text)
                wrong = None if answer.get("message") and answer.get("reason") else text
            if not text.startswith("{"):
                wrong = f"{method} {path}: {error.code} {text[:200]!r}"
            self.checker.record(REFUSED_WHOLE, path, wrong)
            self.log(f"{method} {path} was refused: {error.code} {text[:120]}")
            return None

    def cards(self) -> dict[str, Card]:
        return {card["id"]: card for card in self.rest("GET", "clusters")}

    def card(self, cluster: str) -> Card:
        card: Card = self.rest("GET", f"clusters/{cluster}")
        return card

    def until(self, what: str, cluster: str, condition: Callable[[Card], Any], limit: float = 90):
        """Wait until the cluster's card fulfils the condition."""
        return wait_for(what, lambda: condition(self.card(cluster)), limit)

    # -- clusters ------------------------------------------------------------------------------

    @property
    def clusters(self) -> list[KnownCluster]:
        return list(self._known.values())

    @property
    def large(self) -> KnownCluster:
        return next(known for known in self.clusters if known.name == "large")

    @property
    def brief(self) -> KnownCluster:
        return next(known for known in self.clusters if known.name == "brief")

    def create(self, name: str, jobs: int, *, walltime: str, successors: int = 0) -> None:
        """Create a cluster and wait until its controller answers."""
        options = {**OPTIONS, "walltime": walltime}
        body = {"name": name, "options": options, "scaling": {"jobs": jobs}}
        # Refused where the machine is so busy that its files seem to hang.
        card = wait_for("a new cluster", lambda: self.attempt("POST", "clusters", body))
        self._adopt(card, Requested(jobs, jobs, successors))

    def start_again(self, known: KnownCluster) -> None:
        """Let a new cluster take the place of one that has ended."""
        del self._known[known.id]
        card = wait_for(
            "its successor", lambda: self.attempt("POST", f"clusters/{known.id}/start-again")
        )
        wanted = card["scaling"]["jobs"]
        self._adopt(card, Requested(wanted, wanted, known.requested.successors))

    def _adopt(self, card: Card, requested: Requested) -> None:
        cluster = card["id"]
        known = self._known[cluster] = KnownCluster(cluster, card["name"], requested)
        self.until("its controller", cluster, lambda c: c["status"] == "running")
        connection = self.directory(known).connection()
        assert connection is not None
        known.controller = process_of(connection.owner)

    def scale(self, known: KnownCluster, jobs: int) -> bool:
        """Ask for another size; whether it was accepted."""
        before = known.requested
        known.requested = replace(
            before, wanted=max(before.wanted, jobs), most=max(before.most, jobs)
        )
        answer = self.attempt("PATCH", f"clusters/{known.id}", {"scaling": {"jobs": jobs}})
        known.unsure = answer is None
        if answer is None:
            # What was refused may have reached the controller all the same, if it did not answer.
            return False
        known.requested = replace(known.requested, wanted=jobs)
        self.log(f"{known.name}: {jobs} jobs wanted")
        return True

    def lose_controller(self, known: KnownCluster) -> None:
        """Note that it was killed: its jobs have to go now."""
        known.requested = replace(known.requested, controller_alive=False)

    def dismiss(self, known: KnownCluster) -> None:
        """Forget a cluster that has failed."""
        del self._known[known.id]
        self.rest("DELETE", f"clusters/{known.id}")

    def is_well_again(self) -> None:
        """From now on nothing is excused by what was before."""
        for known in self.clusters:
            known.requested = replace(known.requested, most=known.requested.wanted)

    def directory(self, known: KnownCluster) -> ClusterDirectory:
        return ClusterDirectory(self.state_dir / known.id)

    @contextlib.contextmanager
    def client(self, known: KnownCluster) -> Iterator[Client]:
        """A client as a notebook has it."""
        with connect(known.id, state_dir=self.state_dir, timeout=LONGEST) as client:
            yield client

    # -- jobs and processes --------------------------------------------------------------------

    def jobs(self, known: KnownCluster | None = None) -> list[QueuedJob]:
        """The jobs, or those of one cluster, that wait or run. CalledProcessError, TimeoutExpired
        when Slurm does not answer."""
        argv = ["squeue", "-h", "-r", "-t", "PENDING,RUNNING,CONFIGURING", "-o", "%i|%j|%T|%N"]
        answer = subprocess.run(
            argv, env=self.slurm.environ, capture_output=True, text=True, timeout=60, check=True
        )
        found = []
        for line in answer.stdout.splitlines():
            job, name, state, node = line.split("|")
            found.append(QueuedJob(job, cluster_of(name), state, node))
        return [job for job in found if known is None or job.cluster == known.id]

    def running(self, known: KnownCluster) -> QueuedJob:
        """One of its running jobs, once there is one."""

        def look() -> QueuedJob | None:
            running = [job for job in self.jobs(known) if job.state == "RUNNING"]
            return self.rng.choice(running) if running else None

        job: QueuedJob = wait_for(f"a running job of {known.name}", look)
        return job

    def nanny(self, known: KnownCluster) -> psutil.Process:
        """The process that looks after one of the cluster's workers."""

        def look() -> psutil.Process | None:
            found = mentioning("dask_worker", str(self.directory(known).path))
            return next((process for process in found if children(process)), None)

        nanny: psutil.Process = wait_for(f"a worker of {known.name}", look)
        return nanny

    def is_running(self, job: str) -> bool:
        return any(other.id == job and other.state == "RUNNING" for other in self.jobs())

    # -- watching ------------------------------------------------------------------------------

    def _watch(self) -> None:
        watch = Stopwatch()
        while not self._ended.wait(OBSERVE_PAUSE):
            all_requested = {known.id: known.requested for known in self.clusters}
            broken = self.broken
            seen = Observation(watch.look(), self._listed(), self._queued())
            now = {known.id: known.requested for known in self.clusters}
            # What changed meanwhile is checked the next time.
            same = {
                cluster: requested
                for cluster, requested in all_requested.items()
                if now.get(cluster) == requested
            }
            if broken == self.broken and set(all_requested) == set(now):
                self.checker.check(seen, same, broken)

    def _listed(self) -> dict[str, Card] | None:
        server = self._server
        with contextlib.suppress(OSError, ValueError):
            if server is not None:
                return {card["id"]: card for card in server("GET", "clusters", timeout=60)}
        return None

    def _queued(self) -> dict[str, int] | None:
        with contextlib.suppress(subprocess.SubprocessError):
            return dict(Counter(job.cluster for job in self.jobs() if job.cluster))
        return None
