"""Strangers at the control API's port: they cost little, and keep nobody out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tornado.httpclient import HTTPRequest
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from jupyter_dask_slurm import tls
from jupyter_dask_slurm.controller import http_server
from jupyter_dask_slurm.controller.http_server import ControlServer
from jupyter_dask_slurm.http_client import ClosingHTTPClient

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
    server = ControlServer(Application([("/", Here)]), ssl_options=tls.server_context(*pair))
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
    silent = await strangers(port, 3 * http_server.MOST_STRANGERS)
    try:
        assert await ask(port, pair) == b"here"
        # The oldest were closed: what is read there is the end.
        for reader, _ in silent[: http_server.MOST_STRANGERS]:
            assert await reader.read() == b""
        assert not silent[-1][0].at_eof()
    finally:
        for _, writer in silent:
            writer.close()


async def test_a_silent_connection_is_closed_after_a_while(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "REQUEST_LIMIT", 0.1)
    server = ControlServer(Application([("/", Here)]), ssl_options=tls.server_context(*pair))
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
