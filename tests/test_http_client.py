"""A client that is closed holds no connection any more."""

from __future__ import annotations

import asyncio

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
