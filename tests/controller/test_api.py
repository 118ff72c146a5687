"""Whatever is asked of the control API, it answers, in the words of `model.wire`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.controller import api
from jupyter_dask_slurm.controller.cluster import LiveCluster
from jupyter_dask_slurm.model.settings import ControllerSettings
from jupyter_dask_slurm.model.wire import ControllerState, Refusal, read

from .fakes import ID, Queue, Start, a_record

Ask = Callable[[str, str, Any], Awaitable[HTTPResponse]]
ROUTES = {
    "state": "GET",
    "jobs": "GET",
    "target": "PUT",
    "name": "PUT",
    "idle": "PUT",
    "idle/extend": "POST",
    "retry": "POST",
    "jobs/1_0/cancel": "POST",
    "jobs/1_0/replace": "POST",
    "jobs/99/replace": "POST",
}
METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS")
FIELDS = ["scaling", "jobs", "cores", "memory", "adapt", "minimum_jobs", "maximum_jobs", "name"]
KEY = st.sampled_from([*FIELDS, "grow_after", "timeout", "seconds"]) | st.text(max_size=3)
VALUE = (
    st.none()
    | st.booleans()
    | st.integers(-1, 3)
    | st.sampled_from([10**30, 1e308, float("nan"), float("inf"), "1 GB", "x", "\x00", "2 minutes"])
)
BODY = st.recursive(
    VALUE, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEY, inner, max_size=3)
)
RIGHT = st.sampled_from(
    [
        *({"scaling": {"jobs": n}} for n in range(3)),
        {"scaling": {"adapt": {"minimum_jobs": 0, "maximum_jobs": 2}}},
        {"name": "otter"},
        {"timeout": 60},
        {"seconds": None},
        {"seconds": 5},
    ]
)


@pytest.fixture
async def ask(tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ask]:
    monkeypatch.setattr(api, "LONG_POLL", 0.01)
    (tmp_path / ID).mkdir()
    record = a_record(ControllerSettings(max_jobs=2))
    cluster = LiveCluster(ClusterDirectory(tmp_path / ID), record)
    cluster.reconciler = await start(Queue())
    cluster.status = "running"
    server = HTTPServer(api.make_api(cluster, lambda: None))
    (socket,) = bind_sockets(0, address="127.0.0.1")
    server.add_sockets([socket])
    client = AsyncHTTPClient(force_instance=True)

    async def fetch(method: str, path: str, body: Any) -> HTTPResponse:
        return await client.fetch(
            f"http://127.0.0.1:{socket.getsockname()[1]}/v1/{path}",
            method=method,
            body=body if isinstance(body, bytes) else json.dumps(body),
            raise_error=False,
            allow_nonstandard_methods=True,
        )

    yield fetch
    client.close()
    server.stop()
    await server.close_all_connections()


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    route=st.sampled_from([*ROUTES, "nothing", "state?after=7", "state?after=x"]),
    method=st.sampled_from(METHODS),
    right=st.booleans(),
    body=BODY | RIGHT | st.binary(max_size=4),
)
async def test_every_answer_is_one_of_the_protocol(
    ask: Ask,
    caplog: pytest.LogCaptureFixture,
    route: str,
    method: str,
    right: bool,
    body: Any,
) -> None:
    name = route.partition("?")[0]
    answer = await ask(ROUTES.get(name, method) if right else method, route, body)
    assert answer.code in (200, 400, 404, 405, 409), answer.body
    assert [record for record in caplog.records if record.exc_info] == []
    if answer.request.method == "HEAD" or name == "nothing":
        return
    assert answer.headers["Content-Type"] == "application/json"
    said = json.loads(answer.body)
    if answer.code != 200:
        refusal = read(Refusal, said)
        assert refusal.message
        assert refusal.reason
    elif name != "jobs":
        read(ControllerState, said)
