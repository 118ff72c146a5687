"""A cluster's dask scheduler: run by path in the user's Python, child of the cluster's controller.

It reads one line of JSON from standard input, and ends when that closes: so it ends with its
controller, however abruptly that does. It writes one line of JSON to standard output once it is ready,
and logs to standard error, a file that `bounded_log` keeps small.

Its one HTTPS server has dask's dashboard and the controller's routes, and asks every client for the
cluster's certificate.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import logging
import os
import resource
import signal
import ssl
import sys
import threading
import time
from typing import Any

import dask.config
from distributed import Scheduler
from distributed.active_memory_manager import RetireWorker
from distributed.core import Status
from distributed.http.utils import RequestHandler
from distributed.security import Security
from distributed.utils import get_ip, get_ip_interface
from distributed.versions import get_versions

PREFIX = "/jupyter-dask-slurm/v1"
CLOSE_LIMIT = 5.0
ENDED_FROM_OUTSIDE = 143
"""The exit code after a signal or the end of its controller, as a shell has it; 0 is a client's doing."""
logger = logging.getLogger("distributed.scheduler")


def load_from_beside(name: str) -> Any:
    """Return a module of this directory, by path: the package need not be installed here, and a module
    of the user's may have that name."""
    path = os.path.join(os.path.dirname(os.path.realpath(__file__)), f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"jupyter_dask_slurm_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


scheduler_state = load_from_beside("scheduler_state")


class JSONHandler(RequestHandler):
    """Base of the controller's routes; ``self.server`` is the scheduler."""

    def answer(self, data: dict[str, Any]) -> None:
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(data))


class StateHandler(JSONHandler):
    def get(self) -> None:
        self.answer(scheduler_state.state_of(self.server))


class DrainHandler(JSONHandler):
    """Move the data off some workers and give them no new tasks; they stay connected.

    The response has those that were drained. The others hold data that has nowhere to go, and take
    tasks again.
    """

    async def post(self) -> None:
        addresses = json.loads(self.request.body)["workers"]
        self.answer({"drained": await self.server.drain(addresses)})


class UndrainHandler(JSONHandler):
    """Give tasks again to workers that were drained and are to stay after all."""

    async def post(self) -> None:
        self.server.undrain(json.loads(self.request.body)["workers"])
        self.answer({})


class RetireHandler(JSONHandler):
    """Move the data off some workers and close them. The response has those that were retired."""

    async def post(self) -> None:
        addresses = json.loads(self.request.body)["workers"]
        retired = await self.server.retire_workers(addresses, close_workers=True)
        self.answer({"retired": list(retired)})


class EndsHandler(JSONHandler):
    """Note how many seconds the batch system lets each job run, by its id."""

    async def post(self) -> None:
        self.server.note_ends(json.loads(self.request.body)["left"])
        self.answer({})


class PrivateScheduler(Scheduler):
    """A scheduler whose HTTP server asks for the cluster's certificate and has our routes."""

    def __init__(self, **kwargs: Any) -> None:
        self._drains: list[list[str]] = []  # the workers of each drain under way
        self._ends: dict[str, float] = {}
        self.departures = load_from_beside("departures").Departures()
        self.packages: dict[str, str | None] = get_versions()["packages"]
        super().__init__(**kwargs)
        self.task_counts = scheduler_state.TaskCounts()
        self.add_plugin(self.task_counts)
        self.handlers["jupyter_dask_slurm_time_left"] = self.time_left

    async def remove_worker(self, address: str, **kwargs: Any) -> Any:
        ws = self.workers.get(self.coerce_address(address))
        if ws is not None:
            self.departures.note(ws)
        return await super().remove_worker(address, **kwargs)

    def note_ends(self, left: dict[str, float]) -> None:
        """Note when jobs end, for their workers."""
        self._ends = {job_id: time.monotonic() + seconds for job_id, seconds in left.items()}

    def time_left(self, name: str) -> float | None:
        """Tell a worker of that name how many seconds its job has left; None where that is not known."""
        end = self._ends.get(name.split(".", 1)[0])
        return None if end is None else end - time.monotonic()

    async def drain(self, addresses: list[str]) -> list[str]:
        """Give some workers no new tasks and move their data; return those for which that worked.

        It does not wait for a worker that is undrained meanwhile.
        """
        self._drains.append(addresses)
        try:
            return list(await self.retire_workers(addresses, close_workers=False, remove=False))
        finally:
            self._drains.remove(addresses)

    def undrain(self, addresses: list[str]) -> None:
        """Give tasks again to workers that were drained, or are just being drained."""
        for address in addresses:
            worker = self.workers.get(address)
            if worker is not None and worker.status is Status.closing_gracefully:
                # As `Scheduler.retire_workers` itself does where data has nowhere to go: the
                # worker changes its status, and tells the scheduler.
                message = {"op": "worker-status-change", "status": Status.running.name}
                stimulus = {"stimulus_id": f"undrain-{time.time()}"}
                self.stream_comms[address].send({**message, **stimulus})
        # With its policy left, all that the worker computes from now on would be moved away as well,
        # and the drain of the others would wait until it is idle. Only policies of `drain` are
        # removed: a worker that closes by itself relies on its own.
        drained = {address for call in self._drains for address in call}.intersection(addresses)
        manager = self.extensions.get("amm")
        for policy in list(manager.policies) if manager is not None else ():
            if isinstance(policy, RetireWorker) and policy.address in drained:
                manager.policies.remove(policy)

    def start_http_server(
        self,
        routes: Any,
        dashboard_address: Any,
        default_port: int = 0,
        ssl_options: Any = None,
    ) -> None:
        kwargs = {"dask_server": self}
        own_routes = [
            (f"{PREFIX}/state", StateHandler, kwargs),
            (f"{PREFIX}/drain", DrainHandler, kwargs),
            (f"{PREFIX}/undrain", UndrainHandler, kwargs),
            (f"{PREFIX}/retire", RetireHandler, kwargs),
            (f"{PREFIX}/ends", EndsHandler, kwargs),
        ]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(self.security.tls_ca_file)
        context.load_cert_chain(self.security.tls_scheduler_cert, self.security.tls_scheduler_key)
        super().start_http_server(
            own_routes + routes, dashboard_address, default_port, ssl_options=context
        )


def security_of(cert: str, key: str) -> Security:
    """Return mutual TLS with the cluster's one key pair, whose certificate is its own authority."""
    return Security(
        require_encryption=True,
        tls_ca_file=cert,
        **{
            f"tls_{role}_{part}": path
            for role in ("scheduler", "worker", "client")
            for part, path in (("cert", cert), ("key", key))
        },
    )


async def run(config: dict[str, Any], lifeline: Any, ready: Any) -> bool:
    """Serve until ``lifeline`` ends, a signal comes, or the scheduler closes itself.

    Return whether it closed itself, as it does for `distributed.Client.shutdown` alone.
    """
    interface = config.get("interface")
    host = get_ip_interface(interface) if interface else config.get("host") or get_ip()
    dask.config.set(
        {
            # The controller has an idle time-out that knows the queue; this one would end the
            # scheduler without it.
            "distributed.scheduler.idle-timeout": None,
            # A certificate for the dashboard in a user's configuration would replace the cluster's.
            "distributed.scheduler.dashboard.tls.cert": None,
        }
    )
    routes = dask.config.get("distributed.scheduler.http.routes")
    # With jupyter-server-proxy installed this one reaches any host and port, on behalf of any peer.
    kept = [route for route in routes if route != "distributed.http.proxy"]
    dask.config.set({"distributed.scheduler.http.routes": kept})
    scheduler = PrivateScheduler(
        host=host,
        port=config.get("port", 0),
        protocol="tls://",
        security=security_of(config["cert"], config["key"]),
        dashboard=True,
        dashboard_address=f"{host}:0",
    )
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def watch() -> None:
        # A thread, because a loop that works through a huge graph is deaf for seconds.
        lifeline.read()
        loop.call_soon_threadsafe(ended.set)
        timer = threading.Timer(CLOSE_LIMIT, os._exit, [0])
        timer.daemon = True
        timer.start()

    async with scheduler:
        threading.Thread(target=watch, name="lifeline", daemon=True).start()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ended.set)
        answer = {
            "address": scheduler.address,
            "dashboard_address": f"https://{host}:{scheduler.http_server.port}",
            "versions": scheduler.packages,
        }
        ready.write(json.dumps(answer) + "\n")
        ready.close()
        waits = [
            asyncio.ensure_future(ended.wait()),
            asyncio.ensure_future(scheduler.finished()),
        ]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if scheduler.status == Status.closed:
            return True
        logger.info("The controller is gone or asks to stop: closing")
    return False


def raise_file_limit() -> None:
    """Let this process have more files, as ``dask scheduler`` does: each worker takes two or three, and
    many sites allow 1,024 unless one asks for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard // 2), hard))


def main() -> None:
    # Run by path, Python would look for the tasks' modules beside this file first.
    here = os.path.dirname(os.path.realpath(__file__))
    sys.path[:] = [path for path in sys.path if not path or os.path.realpath(path) != here]
    lifeline = sys.stdin
    config = json.loads(lifeline.readline())
    if directory := config.get("directory"):
        # Only now: dask has been imported, and not what the user's files are named like.
        sys.path.insert(0, directory)
    # What a user's preload prints must not end up in the answer.
    ready = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    load_from_beside("bounded_log").bound_log()
    load_from_beside("private_ports").bound_ports()
    raise_file_limit()
    closed_itself = asyncio.run(run(config, lifeline, ready))
    if config.get("ends_group"):
        # What a prologue has started in the background goes with the scheduler, as it does with a job.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)
    if not closed_itself:
        sys.exit(ENDED_FROM_OUTSIDE)


if __name__ == "__main__":
    main()
