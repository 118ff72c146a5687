"""What a controller may answer, and the error each answer is."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from jupyter_dask_slurm import tls
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory, Connection
from jupyter_dask_slurm.clusters import controller_client
from jupyter_dask_slurm.clusters.controller_client import ControllerClient
from jupyter_dask_slurm.errors import (
    ControllerRefused,
    ControllerTimeout,
    ControllerUnreachable,
    FieldProblem,
    InvalidOptions,
    JobNotFound,
    Unavailable,
    WrongState,
)
from jupyter_dask_slurm.model.cluster import Scaling
from jupyter_dask_slurm.process import this_process

STATE = {
    "protocol": 1,
    "revision": 7,
    "cluster": {
        "id": "3f9a12bc",
        "name": "blue-otter",
        "status": "running",
        "created": "then",
        "options": {},
        "scaling": {"jobs": 2},
        "something_new": {"that": "a newer controller says"},
    },
}


class Answers(RequestHandler):
    """Answers every request with what the test wants it to."""

    def initialize(self, answer: dict[str, Any]) -> None:
        self.answer = answer

    async def prepare(self) -> None:
        if self.answer.get("never"):
            await self.answer["never"].wait()
        self.answer["asked"] = (self.request.method, self.request.uri, self.request.body)
        self.set_status(self.answer.get("status", 200))
        body = self.answer.get("body", STATE)
        self.finish(body if isinstance(body, str) else json.dumps(body))


@pytest.fixture
def answer() -> dict[str, Any]:
    return {}


@pytest.fixture
def directory(tmp_path: Path) -> ClusterDirectory:
    directory = ClusterDirectory(tmp_path / "3f9a12bc")
    directory.create()
    tls.make_key_pair(directory.cert, directory.key)
    return directory


def connection_to(port: int) -> Connection:
    return Connection(
        id="3f9a12bc",
        name="blue-otter",
        address="tls://127.0.0.1:1",
        control_address=f"https://127.0.0.1:{port}",
        dashboard_address="https://127.0.0.1:1",
        owner=this_process(),
        version="0",
    )


@pytest.fixture
async def client(
    directory: ClusterDirectory, answer: dict[str, Any]
) -> AsyncIterator[ControllerClient]:
    server = HTTPServer(
        Application([(".*", Answers, {"answer": answer})], log_function=lambda handler: None),
        ssl_options=tls.server_context(directory.cert, directory.key),
    )
    (socket,) = bind_sockets(0, "127.0.0.1")
    server.add_socket(socket)
    client = ControllerClient(directory, connection_to(socket.getsockname()[1]))
    yield client
    client.close()
    server.stop()
    await server.close_all_connections()


async def test_requests_are_those_of_the_control_api(
    client: ControllerClient, answer: dict[str, Any]
) -> None:
    state = await client.state()
    assert answer["asked"] == ("GET", "/v1/state", b"")
    assert (state.revision, state.cluster.name) == (7, "blue-otter")
    await client.state(after=7)
    assert answer["asked"] == ("GET", "/v1/state?after=7", b"")
    await client.set_target(Scaling("memory", 5))
    assert answer["asked"] == ("PUT", "/v1/target", b'{"scaling": {"memory": 5}}')
    await client.set_name("x")
    assert answer["asked"] == ("PUT", "/v1/name", b'{"name": "x"}')
    await client.retry()
    assert answer["asked"] == ("POST", "/v1/retry", b"{}")
    await client.set_idle_timeout(60)
    assert answer["asked"] == ("PUT", "/v1/idle", b'{"timeout": 60}')
    await client.extend_idle(30)
    assert answer["asked"] == ("POST", "/v1/idle/extend", b'{"seconds": 30}')
    await client.extend_idle(None)
    assert answer["asked"] == ("POST", "/v1/idle/extend", b'{"seconds": null}')
    await client.cancel_job("81_3")
    assert answer["asked"] == ("POST", "/v1/jobs/81_3/cancel", b"{}")
    assert (await client.replace_job("81_3")).cluster.name == "blue-otter"
    assert answer["asked"] == ("POST", "/v1/jobs/81_3/replace", b"{}")
    answer["body"] = {}
    await client.stop()
    assert answer["asked"] == ("POST", "/v1/stop", b"{}")
    answer["body"] = [{"id": "81_3", "state": "RUNNING", "something_new": 1}]
    assert [job.id for job in await client.jobs()] == ["81_3"]


async def test_refused_options_keep_their_fields(
    client: ControllerClient, answer: dict[str, Any]
) -> None:
    problems = [{"field": "scaling.jobs", "message": "11 jobs; at most 10 are allowed"}]
    answer.update(status=400, body={"message": "no", "reason": "x", "problems": problems})
    with pytest.raises(InvalidOptions) as refused:
        await client.set_target(Scaling("jobs", 11))
    assert refused.value.problems == (FieldProblem(**problems[0]),)


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (404, {"message": "no job '81_3'", "reason": "JobNotFound"}, JobNotFound, "no job '81_3'"),
        (404, "<h1>Not Found</h1>", WrongState, "older version"),
        (409, {"message": "the job has ended", "reason": "WrongState"}, WrongState, "has ended"),
        (503, {"message": "no room", "reason": "Unavailable"}, Unavailable, "no room"),
        (503, "<h1>busy</h1>", ControllerRefused, "answered 503"),
        (400, {"message": "100% wrong"}, ControllerRefused, "100% wrong"),
        (500, "<h1>oops</h1>", ControllerRefused, "answered 500"),
        (500, [], ControllerRefused, "answered 500"),
        (302, {}, ControllerRefused, "answered 302"),
        (200, "<h1>hello</h1>", ControllerRefused, "not JSON"),
        (200, {"revision": 1}, ControllerRefused, "cannot be read"),
        (200, {"revision": 1, "cluster": {}}, ControllerRefused, "cannot be read"),
        (200, [], ControllerRefused, "cannot be read"),
    ],
)
async def test_other_answers(
    client: ControllerClient,
    answer: dict[str, Any],
    status: int,
    body: Any,
    error: type[Exception],
    words: str,
) -> None:
    answer.update(status=status, body=body)
    with pytest.raises(error, match=words):
        await client.state()


async def test_no_answer_in_time(
    client: ControllerClient, answer: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer["never"] = asyncio.Event()
    monkeypatch.setattr(controller_client, "ANSWER_LIMIT", 0.3)
    with pytest.raises(ControllerTimeout):
        await client.state()
    answer["never"].set()


async def test_nobody_there(directory: ClusterDirectory, closed_port: int) -> None:
    client = ControllerClient(directory, connection_to(closed_port))
    with pytest.raises(ControllerUnreachable):
        await client.state()
    client.close()


async def test_somebody_else_there(client: ControllerClient, tmp_path: Path) -> None:
    """The port may be another program's by now: without the key it is not spoken to."""
    other = ClusterDirectory(tmp_path / "deadbeef")
    other.create()
    tls.make_key_pair(other.cert, other.key)
    port = int(client._connection.control_address.rpartition(":")[2])
    stranger = ControllerClient(other, connection_to(port))
    with pytest.raises(ControllerUnreachable):
        await stranger.state()
    stranger.close()


async def test_keys_that_are_gone(directory: ClusterDirectory) -> None:
    directory.remove_keys()
    client = ControllerClient(directory, connection_to(1))
    with pytest.raises(ControllerUnreachable, match="key"):
        await client.state()
    client.close()


async def test_keys_on_a_file_server_that_hangs_keep_nothing_else_waiting(
    directory: ClusterDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, over = threading.Event(), threading.Event()

    def hang(*_: Any) -> Any:
        begun.set()
        over.wait(10)
        raise OSError("Stale file handle")

    monkeypatch.setattr(controller_client, "client_context", hang)
    client = ControllerClient(directory, connection_to(1))
    asking = asyncio.create_task(client.state())
    assert await asyncio.to_thread(begun.wait, 10)
    assert not asking.done(), "the loop waited for the file server"
    over.set()
    with pytest.raises(ControllerUnreachable, match="Stale file handle"):
        await asking
    client.close()
