"""A worker whose ``--lifetime`` is over, and whose job is not."""

from __future__ import annotations

import asyncio
import os
import runpy
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from distributed import Worker
from distributed.core import Status
from distributed.node import ServerNode

import jupyter_dask_slurm
from jupyter_dask_slurm.in_dask.scheduler import PrivateScheduler, security_of
from jupyter_dask_slurm.tls import make_key_pair

PRELOAD = Path(jupyter_dask_slurm.__file__).parent / "in_dask" / "worker_preload.py"
STAYS, GOES = "the worker stays for", "worker-lifetime-reached"


@pytest.fixture
async def scheduler(tmp_path: Path) -> AsyncIterator[PrivateScheduler]:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make_key_pair(cert, key)
    async with PrivateScheduler(
        host="127.0.0.1",
        protocol="tls://",
        security=security_of(str(cert), str(key)),
        dashboard=True,
        dashboard_address="127.0.0.1:0",
    ) as scheduler:
        yield scheduler


async def fate(scheduler: PrivateScheduler, tmp_path: Path, squeue: str = "exit 1") -> str:
    """Return what becomes of a worker of job 81_3 after its lifetime. ``squeue`` is a shell script."""
    command = tmp_path / "bin" / "squeue"
    command.parent.mkdir()
    command.write_text(f"#!/bin/sh\n{squeue}\n")
    command.chmod(0o755)
    cert, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "distributed.cli.dask_worker", scheduler.address),
        *("--name", "81_3.0", "--nthreads", "1", "--no-nanny", "--no-dashboard"),
        *("--host", "127.0.0.1", "--lifetime", "1s", "--preload", str(PRELOAD)),
        *("--tls-ca-file", cert, "--tls-cert", cert, "--tls-key", key),
        env={
            **os.environ,
            "PATH": f"{command.parent}:{os.environ['PATH']}",
            "SLURM_JOB_ID": "85",
            "SLURM_CLUSTER_NAME": "lab",
        },
        stderr=asyncio.subprocess.PIPE,
    )
    assert worker.stderr is not None
    try:
        async for line in worker.stderr:
            for word in (STAYS, GOES):
                if word in line.decode():
                    return word
        raise AssertionError("its log says nothing of it")
    finally:
        worker.kill()
        await worker.wait()


@pytest.mark.parametrize(("left", "word"), [(3600.0, STAYS), (40.0, GOES)])
async def test_it_stays_while_its_job_does(
    scheduler: PrivateScheduler, tmp_path: Path, left: float, word: str
) -> None:
    scheduler.note_ends({"81_3": left, "81_4": 5.0})
    assert await fate(scheduler, tmp_path) == word


@pytest.mark.parametrize(
    ("squeue", "word"),
    [
        ("echo {end}", STAYS),
        ("echo NONE", STAYS),  # its limit has been lifted
        ("exit 0", GOES),
        ("echo slurm_load_jobs error: Invalid job id specified >&2; exit 1", GOES),
    ],
)
async def test_it_asks_slurm_before_it_goes(
    scheduler: PrivateScheduler, tmp_path: Path, squeue: str, word: str
) -> None:
    scheduler.note_ends({"81_3": 5.0})  # the controller has not been there since
    assert await fate(scheduler, tmp_path, squeue.format(end=int(time.time() + 900))) == word


class DrainedWorker:
    """What the preload looks at of a worker whose lifetime is over."""

    name, lifetime = "81_3.0", 90.0

    def __init__(self, left: float, status: Status, tasks: int) -> None:
        async def time_left(name: str) -> float:
            return left

        self.status, self.state = status, SimpleNamespace(executing=set(range(tasks)))
        self.scheduler = SimpleNamespace(jupyter_dask_slurm_time_left=time_left)
        self.io_loop = SimpleNamespace(call_later=lambda pause, *_, **__: self.did.append(pause))
        self.did: list[float | str] = []

    async def close_gracefully(self, **_: object) -> None:
        self.did.append("closes")


@pytest.mark.parametrize(
    ("left", "status", "tasks", "does"),
    [
        (40.0, Status.closing_gracefully, 1, 5.0),
        (17.0, Status.closing_gracefully, 1, 2.0),
        (14.0, Status.closing_gracefully, 1, "closes"),  # as late as any worker does
        (40.0, Status.closing_gracefully, 0, "closes"),
        (40.0, Status.running, 1, "closes"),  # its data have not been moved
    ],
)
async def test_one_that_was_drained_finishes_its_task(
    monkeypatch: pytest.MonkeyPatch, left: float, status: Status, tasks: int, does: float | str
) -> None:
    monkeypatch.delenv("SLURM_CLUSTER_NAME", raising=False)
    # Importing it changes these.
    monkeypatch.setattr(Worker, "close_gracefully", Worker.close_gracefully)
    monkeypatch.setattr(ServerNode, "start_http_server", ServerNode.start_http_server)
    preload = runpy.run_path(str(PRELOAD))
    worker = DrainedWorker(left, status, tasks)
    close = preload["_as_long_as_the_job"](DrainedWorker.close_gracefully)
    await close(worker, reason=GOES)
    assert worker.did == [does]
