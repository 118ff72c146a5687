"""A client that is closed holds no connection any more."""

from __future__ import annotations

import asyncio
import ssl

import pytest
import tornado
from tornado.simple_httpclient import HTTPTimeoutError

from jupyter_dask_slurm import http_client
from jupyter_dask_slurm.http_client import ClosingHTTPClient


async def test_a_request_that_was_given_up_ends_with_its_client() -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def never_answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await reader.read()
        left.set()
        writer.close()

    server = await asyncio.start_server(never_answers, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = ClosingHTTPClient(force_instance=True)
    request = asyncio.ensure_future(client.fetch(f"http://127.0.0.1:{port}/"))
    await asyncio.wait_for(asked.wait(), 10)
    request.cancel()
    client.close()
    await asyncio.wait_for(left.wait(), 10)
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("how", ["closed", "timed out"])
async def test_a_peer_that_never_shakes_hands_keeps_no_socket(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    greeted, left = asyncio.Event(), asyncio.Event()

    async def is_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        greeted.set()
        while await reader.read(4096):
            pass
        left.set()
        writer.close()

    server = await asyncio.start_server(is_silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = ClosingHTTPClient(force_instance=True)
    limit = 0.2 if how == "timed out" else 60
    monkeypatch.setattr(http_client, "HANDSHAKE_LIMIT", limit)
    request = asyncio.ensure_future(
        client.fetch(
            f"https://127.0.0.1:{port}/",
            ssl_options=ssl.create_default_context(),
            connect_timeout=limit,
        )
    )
    await asyncio.wait_for(greeted.wait(), 10)
    if how == "closed":
        request.cancel()
        client.close()
    else:
        with pytest.raises(HTTPTimeoutError) as caught:
            await request
        # Not "while connecting", which is nobody there; before tornado 6.6 it says that of all.
        assert "handshake" in str(caught.value) or tornado.version_info < (6, 6)
    await asyncio.wait_for(left.wait(), 10)
    client.close()
    server.close()
    await server.wait_closed()
