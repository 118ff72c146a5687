"""Strangers at a cluster's ports: they cost little, and keep nobody out."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPRequest
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from jupyter_dask_slurm import tls
from jupyter_dask_slurm.http_client import ClosingHTTPClient
from jupyter_dask_slurm.in_dask import private_ports
from jupyter_dask_slurm.in_dask.private_ports import FewHandshakes, PrivateHTTPServer

Pair = tuple[Path, Path]


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
    (bound,) = bind_sockets(0, "127.0.0.1")
    server.add_socket(bound)
    yield bound.getsockname()[1]
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
    (bound,) = bind_sockets(0, "127.0.0.1")
    server.add_socket(bound)
    ((reader, writer),) = await strangers(bound.getsockname()[1], 1)
    assert await reader.read() == b""
    writer.close()
    server.stop()


async def test_a_member_that_has_asked_is_no_stranger(port: int, pair: Pair) -> None:
    """Long polls, say: more members than strangers may be there."""
    answers = await asyncio.gather(*(ask(port, pair) for _ in range(20)))
    assert answers == [b"here"] * 20


class NoFiles(socket.socket):
    """Its host, or its process, has no file left for a connection."""

    left = False
    tried = 0

    def accept(self) -> tuple[socket.socket, Any]:
        self.tried += 1
        if not self.left:
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


async def test_while_no_files_are_left_it_pauses(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private_ports, "NO_FILES_PAUSE", 0.2)
    server = PrivateHTTPServer(Application([("/", Here)]), ssl_options=tls.server_context(*pair))
    (bound,) = bind_sockets(0, "127.0.0.1")
    full = NoFiles(fileno=bound.detach())
    server.add_socket(full)
    asked = asyncio.create_task(ask(full.getsockname()[1], pair))
    while full.tried == 0:
        await asyncio.sleep(0.01)
    for _ in range(1000):
        await asyncio.sleep(0)  # each is a chance to try once more
    assert full.tried < 10
    full.left = True
    assert await asked == b"here"
    server.stop()
    await server.close_all_connections()


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
