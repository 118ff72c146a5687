"""Strangers at a cluster's ports: they cost little, and keep nobody out."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from distributed import Client
from tornado.httpclient import HTTPRequest
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from jupyter_dask_slurm import tls
from jupyter_dask_slurm.http_client import ClosingHTTPClient
from jupyter_dask_slurm.in_dask import private_ports
from jupyter_dask_slurm.in_dask.private_ports import FewHandshakes, PrivateHTTPServer
from jupyter_dask_slurm.in_dask.scheduler import security_of

from ..support.clusters import PATIENCE
from ..support.scheduler import StandaloneScheduler

Pair = tuple[Path, Path]
FILES = private_ports.MOST_STRANGERS * 4
"""Files that are left to a process: enough for the strangers at its two ports and for those that are
accepted at once, not for all that come to one port."""


class Here(RequestHandler):
    def get(self) -> None:
        self.finish("here")


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    tls.make_key_pair(tmp_path / "cert.pem", tmp_path / "key.pem")
    return tmp_path / "cert.pem", tmp_path / "key.pem"


@pytest.fixture
async def port(pair: Pair) -> AsyncIterator[int]:
    server = PrivateHTTPServer(Application([("/", Here)]), ssl_options=tls.server_context(*pair))
    (socket,) = bind_sockets(0, "127.0.0.1")
    server.add_socket(socket)
    yield socket.getsockname()[1]
    server.stop()
    await server.close_all_connections()


async def ask(port: int, pair: Pair) -> bytes:
    client = ClosingHTTPClient(force_instance=True)
    try:
        context = tls.client_context(*pair)
        request = HTTPRequest(f"https://127.0.0.1:{port}/", ssl_options=context)
        return (await client.fetch(request)).body
    finally:
        client.close()


async def strangers(
    port: int, count: int
) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connections that say nothing."""
    return [await asyncio.open_connection("127.0.0.1", port) for _ in range(count)]


async def test_silent_connections_take_the_place_of_each_other_only(port: int, pair: Pair) -> None:
    silent = await strangers(port, 3 * private_ports.MOST_STRANGERS)
    try:
        assert await ask(port, pair) == b"here"
        # The oldest were closed: what is read there is the end.
        for reader, _ in silent[: private_ports.MOST_STRANGERS]:
            assert await reader.read() == b""
        assert not silent[-1][0].at_eof()
    finally:
        for _, writer in silent:
            writer.close()


async def test_a_silent_connection_is_closed_after_a_while(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private_ports, "HANDSHAKE_LIMIT", 0.1)
    server = PrivateHTTPServer(Application([("/", Here)]), ssl_options=tls.server_context(*pair))
    (socket,) = bind_sockets(0, "127.0.0.1")
    server.add_socket(socket)
    ((reader, writer),) = await strangers(socket.getsockname()[1], 1)
    assert await reader.read() == b""
    writer.close()
    server.stop()


async def test_a_member_that_has_asked_is_no_stranger(port: int, pair: Pair) -> None:
    """Long polls, say: more members than strangers may be there."""
    answers = await asyncio.gather(*(ask(port, pair) for _ in range(20)))
    assert answers == [b"here"] * 20


@pytest.fixture
def silent() -> Iterator[Callable[[str], None]]:
    """A function that opens more connections to an address than its process has files."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))
    sockets: list[socket.socket] = []

    def connect(address: str) -> None:
        port = int(address.rpartition(":")[2])
        sockets.extend(socket.create_connection(("127.0.0.1", port)) for _ in range(FILES + 50))

    yield connect
    for one in sockets:
        one.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def leave_few_files(pid: int) -> None:
    limit = len(os.listdir(f"/proc/{pid}/fd")) + FILES
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, limit))


async def test_strangers_use_up_neither_scheduler_nor_worker_nor_nanny(
    tmp_path: Path, silent: Callable[[str], None]
) -> None:
    scheduler = StandaloneScheduler(tmp_path / "cluster")
    log = tmp_path / "worker.log"
    with log.open("w") as stream:
        nanny = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "distributed.cli.dask_worker", scheduler.address),
            *("--name", "w", "--nthreads", "1", "--nanny", "--no-dashboard", "--host", "127.0.0.1"),
            *("--preload", str(scheduler.directory / "worker_preload.py")),
            *("--preload", str(scheduler.directory / "private_ports.py")),
            *("--tls-ca-file", scheduler.cert, "--tls-cert", scheduler.cert),
            *("--tls-key", scheduler.key, "--local-directory", tmp_path),
            env={**os.environ, "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": str(PATIENCE)},
            stderr=stream,
        )
    security = security_of(str(scheduler.cert), str(scheduler.key))
    options = {"security": security, "asynchronous": True, "timeout": PATIENCE}
    try:
        async with Client(scheduler.address, **options) as client:
            await client.wait_for_workers(1)
            ((address, worker),) = (await client.scheduler.identity())["workers"].items()
            worker_pid = await client.submit(os.getpid)
            for pid in (scheduler.scheduler.pid, nanny.pid, worker_pid):
                leave_few_files(pid)
            http = f"https://127.0.0.1:{worker['services']['dashboard']}"
            for port in (scheduler.address, scheduler.dashboard, address, http, worker["nanny"]):
                silent(port)
            # A client that comes now, a task, and a nanny that has to start its worker again.
            async with Client(scheduler.address, **options) as late:
                assert await late.submit(pow, 2, 9) == 512
                await late.restart(timeout=PATIENCE)
                assert await late.submit(pow, 2, 10) == 1024
                assert await late.submit(os.getpid, pure=False) != worker_pid
            assert len(scheduler.workers()) == 1
    finally:
        nanny.terminate()
        await nanny.wait()
        scheduler.close()
    said = log.read_text()
    assert "Too many open files" not in said
    assert said.count("handshake failed") <= 2  # the nanny's line and the worker's


def test_one_failed_handshake_a_minute_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(private_ports.time, "monotonic", lambda: now)
    few = FewHandshakes()

    def said(message: str, *args: object) -> str | None:
        record = logging.LogRecord("x", logging.WARNING, "f", 1, message, args, None)
        return record.getMessage() if few.filter(record) else None

    assert said("SSL Error on %s", 7) == "SSL Error on 7"
    assert said("TLS handshake failed with %r", "a") is None
    assert said("SSL Error on %s", 8) is None
    assert said("something else") == "something else"
    now += private_ports.QUIET
    assert said("SSL Error on %s", 9) == "SSL Error on 9 [and 2 more since the last such line]"
    assert said("SSL Error on %s", 10) is None
