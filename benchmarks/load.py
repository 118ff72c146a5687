"""A Jupyter server that is asked for more than it can do at once: its answers, and how long others wait."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import psutil
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from tests.support.jupyter import OPTIONS, Server

from .table import milliseconds, print_table

LISTS, CREATES, MOST_CLUSTERS = 1000, 50, 3
OVERSIZED, SLOW = 20, 200
LARGE = b'{"options": "' + 32 * 1024**2 * b"x"
HEADERS = {"Authorization": "token secret", "Content-Type": "application/json"}


class Load:
    """Requests to one server, all at once; meanwhile its ``/api/status`` is asked again and again."""

    def __init__(self, server: Server) -> None:
        self._base = server.base
        self._process = psutil.Process(server.process.pid)
        self._client = SimpleAsyncHTTPClient(force_instance=True, max_clients=2 * LISTS)
        self.rows: list[list[object]] = []

    async def ask(self, method: str, path: str, body: bytes | None = None) -> int | str:
        try:
            answer = await self._client.fetch(
                f"{self._base}/{path}",
                method=method,
                body=body,
                headers=HEADERS,
                raise_error=False,
                request_timeout=120,
                connect_timeout=120,
            )
        except OSError:
            return "connection closed"
        return answer.code

    async def measure(self, name: str, *requests: Awaitable[int | str]) -> None:
        waits: list[float] = []

        async def look() -> None:
            while True:
                begin = time.perf_counter()
                await self.ask("GET", "api/status")
                waits.append(time.perf_counter() - begin)
                await asyncio.sleep(0.02)

        before = self._process.memory_info().rss
        looking = asyncio.create_task(look())
        begin = time.perf_counter()
        answers = Counter(await asyncio.gather(*requests))
        seconds = time.perf_counter() - begin
        looking.cancel()
        begin = time.perf_counter()
        assert await self.ask("GET", "api/status") == 200
        waits.append(time.perf_counter() - begin)
        told = ", ".join(f"{count} of {code}" for code, count in sorted(answers.items(), key=str))
        memory = (self._process.memory_info().rss - before) / 1024**2
        self.rows.append(
            [name, told, f"{seconds:.1f} s", milliseconds(max(waits)), f"{memory:.0f} MB"]
        )

    async def slow(self, port: int) -> int | str:
        """A body of which the end never comes, until the server ends it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"POST /dask-slurm/api/clusters HTTP/1.1\r\nHost: localhost\r\n"
            b"Authorization: token secret\r\nContent-Length: 100\r\n\r\n{"
        )
        line = await reader.readline()
        writer.close()
        return int(line.split()[1]) if line else "connection closed"


async def run(server: Server) -> list[list[object]]:
    load = Load(server)
    body: dict[str, Any] = {"options": OPTIONS}
    api = "dask-slurm/api"
    await load.ask("POST", f"{api}/job-script", json.dumps(body).encode())  # starts the renderer
    lists = (load.ask("GET", f"{api}/clusters") for _ in range(LISTS))
    await load.measure(f"{LISTS:,} lists", *lists)
    creates = (
        load.ask("POST", f"{api}/clusters", json.dumps(body).encode()) for _ in range(CREATES)
    )
    await load.measure(f"{CREATES} new clusters, where {MOST_CLUSTERS} are allowed", *creates)
    large = (load.ask("POST", f"{api}/clusters", LARGE) for _ in range(OVERSIZED))
    await load.measure(f"{OVERSIZED} bodies of 32 MiB", *large)
    port = int(server.base.rpartition(":")[2])
    await load.measure(f"{SLOW} bodies without an end", *(load.slow(port) for _ in range(SLOW)))
    return load.rows


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        traits = {
            "state_dir": f"{name}/state",
            "batch_system": "local",
            "max_clusters": MOST_CLUSTERS,
        }
        server = Server(Path(name), traits)
        try:
            rows = asyncio.run(run(server))
            for cluster in server("GET", "clusters"):
                server("DELETE", f"clusters/{cluster['id']}?force=1")
        finally:
            server.end()
        header = ["at once", "answers", "all answered in", "longest wait for /api/status", "memory"]
        print_table("A Jupyter server under load", header, rows)


if __name__ == "__main__":
    main()
