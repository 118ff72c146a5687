"""A controller's control API without a cluster behind it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from jupyter_dask_slurm import tls
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory, Connection
from jupyter_dask_slurm.model.cluster import Cluster, Scaling
from jupyter_dask_slurm.model.wire import ControllerState, write
from jupyter_dask_slurm.process import Owner, this_process


class FakeController:
    """Serves the state of ``cluster``, and records requests in ``asked``: method, path below /v1, body."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.revision = 1
        self.asked: list[tuple[str, str, Any]] = []
        self.refusal: tuple[int, dict[str, Any]] | None = None
        """Status and body of the answer to every request for a change; None accepts them."""
        self.broken = False
        """Whether every request for its state is answered with 500."""
        self.say_as: Callable[[dict[str, Any]], dict[str, Any]] = dict
        """Turns the state as this version writes it into that of another version."""
        self._revised = asyncio.Event()

    def change(self, **changes: Any) -> None:
        self.cluster = replace(self.cluster, **changes)
        self.revision += 1
        self._revised.set()
        self._revised = asyncio.Event()

    def carry_out(self, method: str, path: str, body: Any) -> None:
        """Change the state as a controller does that is asked so."""
        self.asked.append((method, path, body))
        if path == "target":
            self.change(scaling=Scaling.from_json(body["scaling"]))
        elif path == "name":
            self.change(name=body["name"])
        elif path == "idle":
            self.change(options=replace(self.cluster.options, idle_timeout=body["timeout"]))
        elif path.endswith("/cancel"):
            self.change(scaling=Scaling("jobs", self.cluster.scaling.amount - 1))

    async def changed(self) -> None:
        await self._revised.wait()


class _Handler(RequestHandler):
    def initialize(self, controller: FakeController) -> None:
        self.controller = controller

    async def get(self, path: str) -> None:
        if path == "jobs":
            self.finish("[]")
            return
        after = self.get_query_argument("after", None)
        if after is not None and int(after) >= self.controller.revision:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.controller.changed(), 20)
        if self.controller.broken:
            self.set_status(500)
        self._state()

    def put(self, path: str) -> None:
        body = json.loads(self.request.body)
        if self.controller.refusal is not None:
            status, answer = self.controller.refusal
            self.controller.asked.append((self.request.method or "", path, body))
            self.set_status(status)
            self.finish(json.dumps(answer))
            return
        self.controller.carry_out(self.request.method or "", path, body)
        self._state()

    post = put

    def _state(self) -> None:
        state = write(ControllerState(self.controller.revision, self.controller.cluster))
        self.finish(json.dumps(self.controller.say_as(state)))


@contextlib.asynccontextmanager
async def fake_controller(
    directory: ClusterDirectory, owner: Owner | None = None, **cluster: Any
) -> AsyncIterator[tuple[FakeController, Connection]]:
    """Serve a fake controller of ``directory``; yield it, and the connection for the test to write."""
    record = directory.record()
    assert record is not None
    shown = {"id", "name", "created", "options", "scaling", "host", "batch_system", "ends_with"}
    said = {key: value for key, value in vars(record).items() if key in shown}
    stated = Cluster(**{**said, "status": "running", **cluster})
    tls.make_key_pair(directory.cert, directory.key)
    controller = FakeController(stated)
    server = HTTPServer(
        Application(
            [(r"/v1/(.*)", _Handler, {"controller": controller})],
            log_function=lambda handler: None,
        ),
        ssl_options=tls.server_context(directory.cert, directory.key),
    )
    (socket,) = bind_sockets(0, "127.0.0.1")
    server.add_socket(socket)
    port = socket.getsockname()[1]
    try:
        yield (
            controller,
            Connection(
                id=directory.id,
                name=stated.name,
                address="tls://127.0.0.1:1",
                control_address=f"https://127.0.0.1:{port}",
                dashboard_address="https://127.0.0.1:1",
                owner=this_process() if owner is None else owner,
                version="0",
            ),
        )
    finally:
        server.stop()
        controller.change()
        await server.close_all_connections()
