"""A ``--preload`` for dask workers: their HTTP port asks every client for the cluster's certificate, and
their lifetime follows that of their job.

Every dask worker opens an HTTP port for metrics, health and its dashboard, in plain text and on
all interfaces, whatever ``--interface`` and ``--no-dashboard`` say. Here the port is bound to the
worker's own address, with mutual TLS.

``--lifetime`` follows from the walltime that was asked for. Slurm may have given more by the time it
is over: then the worker stays, and looks again later. The scheduler knows the ends of jobs from the
controller, which retires workers before their lifetime is over. Where a worker is to end by itself all
the same, the controller is away, or has lost sight of Slurm: it asks Slurm before it does.

dask imports a preload before the worker opens the port and sets its lifetime, and imports it twice:
the methods are wrapped on their classes, and only once.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import random
import ssl
import subprocess
import time
from typing import Any

import dask.config
from distributed import Worker
from distributed.comm import get_address_host
from distributed.core import Status
from distributed.node import ServerNode

LIFETIME = "worker-lifetime-reached"
"""Why dask closes a worker whose ``--lifetime`` is over (`distributed.Worker`, since 2022.11)."""
LONGEST_PAUSE = 24 * 3600.0
TASK_PAUSE = 5.0
"""Seconds between two looks at a worker that finishes a task."""
PATIENCE = 20.0
"""Seconds in which the scheduler has to answer, and Slurm."""
logger = logging.getLogger("distributed.worker")


def _mutual_tls(security: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(security.tls_ca_file)
    context.load_cert_chain(security.tls_worker_cert, security.tls_worker_key)
    return context


def _private_http_server(start: Any) -> Any:
    @functools.wraps(start)
    def start_http_server(
        self: Any,
        routes: Any,
        dashboard_address: Any,
        default_port: int = 0,
        ssl_options: Any = None,
    ) -> None:
        # A dashboard certificate in a user's configuration would replace this context.
        with dask.config.set({"distributed.scheduler.dashboard.tls.cert": None}):
            start(
                self,
                routes,
                f"{get_address_host(self.address)}:0",
                default_port,
                ssl_options=_mutual_tls(self.security),
            )

    start_http_server.private = True  # type: ignore[attr-defined]
    return start_http_server


async def _told(worker: Any) -> float | None:
    """Return the seconds until Slurm ends the job, by what the controller knew last."""
    try:
        asking = worker.scheduler.jupyter_dask_slurm_time_left(name=str(worker.name))
        left = await asyncio.wait_for(asking, PATIENCE)
        return None if left is None else float(left)
    except Exception as error:
        logger.warning("The scheduler does not say when the job ends: %r", error)
        return None


async def _seen(_worker: Any) -> float | None:
    """Return the seconds until Slurm ends the job, by its own word."""
    try:
        return await asyncio.get_running_loop().run_in_executor(None, _ask_slurm)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        logger.info("Slurm does not say when the job ends: %r", error)
        return None


def _ask_slurm() -> float:
    """Return the seconds until Slurm ends this job, infinity if it does not. Raise OSError, SubprocessError
    or ValueError."""
    if "SLURM_CLUSTER_NAME" not in os.environ:
        raise ValueError("the job is not Slurm's")
    argv = ["squeue", "-h", "-j", os.environ["SLURM_JOB_ID"], "-o", "%e"]
    environ = {**os.environ, "SLURM_TIME_FORMAT": "%s"}
    done = subprocess.run(
        argv, env=environ, check=True, capture_output=True, text=True, timeout=PATIENCE
    )
    end = done.stdout.strip()
    if not end:
        raise ValueError(f"{argv} answers nothing")
    return float(end) - time.time() if end.isdigit() else float("inf")


def _finishes_a_task(worker: Any) -> bool:
    """Return whether it was drained, so that nothing new begins here, and still runs a task."""
    return worker.status is Status.closing_gracefully and bool(worker.state.executing)


def _as_long_as_the_job(close: Any) -> Any:
    @functools.wraps(close)
    async def close_gracefully(self: Any, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("reason") == LIFETIME:
            # About what --lifetime leaves, and staggered: workers that ended all at once could leave
            # their data to none.
            spare = min(300.0, max(30.0, self.lifetime / 20))
            for ask in (_told, _seen):
                seconds = await ask(self)
                if seconds is not None and seconds > 1.5 * spare:
                    pause = min(seconds - spare * random.uniform(0.5, 1.5), LONGEST_PAUSE)
                    logger.info(
                        "Its job has %.0f s left: the worker stays for %.0f s", seconds, pause
                    )
                    self.io_loop.call_later(pause, self.close_gracefully, reason=LIFETIME)
                    return
                if seconds is not None and _finishes_a_task(self):
                    # The controller closes it then. At the last moment it goes by itself, as others do.
                    last = min(spare, self.lifetime / 3) / 2
                    if seconds > last:
                        pause = min(seconds - last, TASK_PAUSE)
                        logger.info("It finishes a task: the worker stays for %.0f s", pause)
                        self.io_loop.call_later(pause, self.close_gracefully, reason=LIFETIME)
                        return
        await close(self, *args, **kwargs)

    close_gracefully.as_long_as_the_job = True  # type: ignore[attr-defined]
    return close_gracefully


if not getattr(Worker.close_gracefully, "as_long_as_the_job", False):
    Worker.close_gracefully = _as_long_as_the_job(Worker.close_gracefully)
if not getattr(ServerNode.start_http_server, "private", False):
    ServerNode.start_http_server = _private_http_server(ServerNode.start_http_server)
