"""A rendered script really brings workers: run by bash, for a scheduler with the cluster's key."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_dask_slurm.job_script.client import Renderer
from jupyter_dask_slurm.model.cluster import ClusterOptions, Scaling
from tests.support.processes import children, listening
from tests.support.scheduler import StandaloneScheduler


@pytest.fixture
def standalone(tmp_path: Path) -> Iterator[StandaloneScheduler]:
    # A space in the path: dask-jobqueue quotes nothing.
    cluster = StandaloneScheduler(tmp_path / "a cluster")
    yield cluster
    cluster.close()


@pytest.mark.parametrize("processes", [1, 2])
async def test_the_script_brings_workers_that_listen_on_the_interface_only(
    standalone: StandaloneScheduler, processes: int
) -> None:
    renderer = Renderer()
    try:
        rendered = await renderer.render(
            ClusterOptions(cores=2, memory=1024**3, processes=processes, interface="lo"),
            Scaling("jobs", 1),
        )
    finally:
        await renderer.stop()
    script = standalone.directory / "script.sh"
    script.write_text(rendered.template.filled(str(standalone.directory), standalone.address))
    environment = {**os.environ, "SLURM_JOB_ID": "84", "SLURM_ARRAY_JOB_ID": "81"}
    job = await asyncio.create_subprocess_exec(
        "bash",
        script,
        env={**environment, "SLURM_ARRAY_TASK_ID": "3", "TMPDIR": str(standalone.directory)},
        start_new_session=True,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        workers: list[dict[str, Any]] = []
        assert job.stderr is not None
        # A worker's log tells when to look.
        while len(workers) < processes and (line := await job.stderr.readline()):
            if b"Registered to" in line:
                workers = standalone.workers()
        expected = ["81_3.0"] if processes == 1 else ["81_3.0-0", "81_3.0-1"]
        assert sorted(worker["name"] for worker in workers) == expected
        assert {worker["nthreads"] for worker in workers} == {2 // processes}
        assert sum(worker["memory_limit"] for worker in workers) == 1024**3 - 128 * 1024**2
        bash = psutil.Process(job.pid)
        ports = listening([bash, *children(bash, recursive=True)])
        # Nanny, worker and the worker's HTTP port.
        assert len(ports) == 3 * processes
        assert {host for host, _ in ports} == {"127.0.0.1"}
        for host, port in ports:
            assert_refused_without_the_key(host, port)
    finally:
        os.killpg(job.pid, signal.SIGTERM)
        await job.communicate()


def assert_refused_without_the_key(host: str, port: int) -> None:
    """Neither plain HTTP nor TLS without the cluster's certificate gets a single byte of HTTP."""
    question = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection((host, port), timeout=60) as plain:
        plain.sendall(question)
        with contextlib.suppress(ConnectionError):
            assert not plain.recv(1000).startswith(b"HTTP")
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        contextlib.suppress(ssl.SSLError, ConnectionError),
        socket.create_connection((host, port), timeout=60) as connection,
        context.wrap_socket(connection) as encrypted,
    ):
        encrypted.sendall(question)
        assert encrypted.recv(1000) == b""
