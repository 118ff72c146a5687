"""What the controller asks of its scheduler."""

from __future__ import annotations

import asyncio
import ssl

from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from jupyter_dask_slurm.controller.scheduler.client import PREFIX, SchedulerClient

OPEN = 30


class State(RequestHandler):
    def get(self) -> None:
        self.finish({"clients": 1, "tasks": 0, "unrunnable": 0, "target": 0, "workers": []})


class NeverDrained(RequestHandler):
    """Data move as long as they move: to a worker that hangs, say."""

    def initialize(self, arrived: asyncio.Semaphore) -> None:
        self.arrived = arrived

    async def post(self) -> None:
        self.arrived.release()
        await asyncio.Event().wait()


async def test_however_many_retirements_are_open_the_state_is_told() -> None:
    arrived = asyncio.Semaphore(0)
    drain = (f"{PREFIX}/drain", NeverDrained, {"arrived": arrived})
    server = HTTPServer(Application([(f"{PREFIX}/state", State), drain]))
    socket, port = bind_unused_port()
    server.add_socket(socket)
    client = SchedulerClient(f"http://127.0.0.1:{port}", ssl.create_default_context())
    drains = [asyncio.ensure_future(client.drain([f"tls://{k}"])) for k in range(OPEN)]
    try:
        for _ in range(OPEN):
            await asyncio.wait_for(arrived.acquire(), 10)
        assert (await client.state()).clients == 1
    finally:
        client.close()
        for call in drains:
            call.cancel()
        await asyncio.gather(*drains, return_exceptions=True)
        server.stop()
        await server.close_all_connections()
