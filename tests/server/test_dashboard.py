"""The dashboard proxy: against a server that tells what it was sent, and against a real one."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from jupyter_server.serverapp import ServerApp
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler, websocket_connect

from jupyter_dask_slurm import tls
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory, Connection
from jupyter_dask_slurm.clusters.client_code import LINK_VARIABLE
from jupyter_dask_slurm.model.cluster import Cluster
from jupyter_dask_slurm.process import this_process
from jupyter_dask_slurm.server.manager import ClusterManager

from .conftest import Api, LauncherNeverReady
from .test_auth import ReadOnly
from .test_restart import record

SECRETS = {
    "Cookie": "_xsrf=biscuit; username=biscuit",
    "X-XSRFToken": "biscuit",
    "Origin": "http://biscuit.example",
    "X-Forwarded-User": "biscuit",
    "Referer": "http://127.0.0.1/lab?token=biscuit",
}
BIG = 3 * 1024**2


class Told(RequestHandler):
    """Answers with what it was sent."""

    def get(self) -> None:
        self.set_header("Set-Cookie", "session=planted")
        self.set_header("Content-Security-Policy", "frame-ancestors 'none'")
        self.set_header("X-Frame-Options", "DENY")
        self.set_header("Last-Modified", "Mon, 30 Nov 2026 00:00:00 GMT")
        self.set_header("Service-Worker-Allowed", "/")
        self.set_header("Clear-Site-Data", '"cookies"')
        self.set_header("Refresh", "0; url=http://biscuit.example")
        headers = dict(self.request.headers.get_all())
        self.finish(json.dumps({"uri": self.request.uri, "headers": headers}))

    def head(self) -> None:
        self.finish()

    def post(self) -> None:
        raise AssertionError("nothing but reading passes the proxy")


class Elsewhere(RequestHandler):
    def get(self) -> None:
        self.redirect("/status?theme=dark")


class Large(RequestHandler):
    async def get(self) -> None:
        for _ in range(3):
            self.write(b"x" * (BIG // 3))
            await self.flush()


class BreaksOff(RequestHandler):
    arrived: asyncio.Event
    """Of the half that it sends."""

    async def get(self) -> None:
        self.write(b"half")
        await self.flush()
        await self.arrived.wait()
        self.request.connection.stream.close()  # type: ignore[attr-defined]


class Missing(RequestHandler):
    def get(self) -> None:
        self.set_status(404)
        self.finish("no such plot")


class Identity(RequestHandler):
    """dask's own page of what the scheduler knows; two workers whose hosts have them at the same port."""

    def get(self) -> None:
        ports = {"tls://10.0.0.7:401": 501, "tls://10.0.0.8:402": 501, "tls://10.0.0.8:403": 502}
        workers = {address: {"services": {"dashboard": port}} for address, port in ports.items()}
        workers["tls://10.0.0.9:404"] = {"services": {}}
        self.finish(json.dumps({"type": "Scheduler", "workers": workers}))


class Echo(WebSocketHandler):
    opened = 0

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return "bokeh" if "bokeh" in subprotocols else None

    def open(self) -> None:
        Echo.opened += 1
        self.write_message(json.dumps(dict(self.request.headers.get_all())))

    def on_message(self, message: str | bytes) -> None:
        if message == "leave":
            self.close()
        else:
            self.write_message(message, binary=isinstance(message, bytes))


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


@pytest.fixture
async def cluster(state_dir: Path) -> AsyncIterator[ClusterDirectory]:
    """A cluster in the registry whose dashboard is the server above."""
    directory = record(state_dir, "aaaaaaaa")
    tls.make_key_pair(directory.cert, directory.key)
    server = HTTPServer(
        Application(
            [
                ("/", Elsewhere),
                ("/large", Large),
                ("/breaks", BreaksOff),
                ("/missing", Missing),
                ("/json/identity.json", Identity),
                ("/ws", Echo),
                ("/proxy/.*", Echo),
                ("/status/other", Echo),
                ("/.*", Told),
            ],
            log_function=lambda handler: None,
        ),
        ssl_options=tls.server_context(directory.cert, directory.key),
    )
    (socket,) = bind_sockets(0, "127.0.0.1")
    server.add_socket(socket)
    address = f"https://127.0.0.1:{socket.getsockname()[1]}"
    directory.write(
        Connection(
            id=directory.id,
            name="shown",
            address="tls://127.0.0.1:1",
            control_address="https://127.0.0.1:1",
            dashboard_address=address,
            owner=this_process(),
            version="0",
        )
    )
    yield directory
    server.stop()
    await server.close_all_connections()


@pytest.fixture
def token(jp_auth_header: dict[str, str]) -> str:
    return jp_auth_header["Authorization"].split()[1]


@pytest.fixture
def pages(api: Api) -> Api:
    """The same, below the dashboard of that cluster."""
    api.root = ("dask-slurm", "clusters", "aaaaaaaa", "dashboard")
    return api


async def fetch(api: Api, *path: str, method: str = "GET", **kwargs: Any) -> Any:
    return await api.fetch(
        *api.root,
        *path,
        method=method,
        raise_error=False,
        follow_redirects=False,
        allow_nonstandard_methods=True,
        **kwargs,
    )


async def test_the_users_credentials_do_not_pass(
    cluster: ClusterDirectory, pages: Api, token: str
) -> None:
    params = {"token": token, "_xsrf": "biscuit", "theme": "dark", "empty": ""}
    answer = await fetch(pages, "status", headers=dict(SECRETS), params=params)
    assert answer.code == 200, answer.body
    told = json.loads(answer.body)
    assert told["uri"] == "/status?theme=dark&empty="
    assert "biscuit" not in answer.body.decode()
    assert token not in answer.body.decode()
    assert not {"Cookie", "Authorization", "Origin", "Referer"} & set(told["headers"])


async def test_the_answer_is_jupyters_to_frame(cluster: ClusterDirectory, pages: Api) -> None:
    answer = await fetch(pages, "status")
    assert answer.headers["Last-Modified"] == "Mon, 30 Nov 2026 00:00:00 GMT"
    assert not {"Service-Worker-Allowed", "Clear-Site-Data", "Refresh"} & set(answer.headers)
    assert answer.headers.get_list("Content-Security-Policy") == ["frame-ancestors 'self'"]
    assert "X-Frame-Options" not in answer.headers
    assert "planted" not in str(answer.headers.get_list("Set-Cookie"))
    assert answer.headers["Referrer-Policy"] == "same-origin"


async def test_redirects_stay_below_the_dashboard(cluster: ClusterDirectory, pages: Api) -> None:
    prefix = "/a%40b/dask-slurm/clusters/aaaaaaaa/dashboard"
    first = await fetch(pages)
    assert (first.code, first.headers["Location"]) == (302, f"{prefix}/status")
    assert (await fetch(pages, "")).headers["Location"] == f"{prefix}/status"


async def test_encoded_paths_pass_as_they_are(cluster: ClusterDirectory, pages: Api) -> None:
    # jp_fetch encodes once: these are the sign and the letters of %2F.
    answer = await fetch(pages, "info", "call-stack", "tls://10.0.0.1 a%2Fb")
    assert json.loads(answer.body)["uri"] == "/info/call-stack/tls%3A//10.0.0.1%20a%252Fb"


async def test_a_large_page_passes_whole(cluster: ClusterDirectory, pages: Api) -> None:
    answer = await fetch(pages, "large")
    assert (answer.code, len(answer.body)) == (200, BIG)


async def test_its_errors_are_its_own(cluster: ClusterDirectory, pages: Api) -> None:
    answer = await fetch(pages, "missing")
    assert (answer.code, answer.body) == (404, b"no such plot")


async def test_half_a_page_is_not_taken_for_a_whole(cluster: ClusterDirectory, pages: Api) -> None:
    BreaksOff.arrived = asyncio.Event()
    with pytest.raises(HTTPClientError) as broken:
        await fetch(pages, "breaks", streaming_callback=lambda _: BreaksOff.arrived.set())
    assert broken.value.code == 599


async def test_heads_pass_and_nothing_that_writes(
    cluster: ClusterDirectory, pages: Api, caplog: pytest.LogCaptureFixture
) -> None:
    assert (await fetch(pages, "status", method="HEAD")).code == 200
    for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE"):
        for page in (["status"], []):
            body = None if method == "TRACE" else ""
            answer = await fetch(pages, *page, method=method, body=body)
            assert (answer.code, answer.body) == (405, b"405 Method Not Allowed")
            assert answer.headers["Allow"] == ("GET, HEAD" if page else "GET")
    assert [record for record in caplog.records if record.exc_info] == []


@pytest.mark.parametrize(
    "root",
    [
        ("dask-slurm", "clusters", "\x19", "dashboard"),  # no character of a header
        ("dask-slurm", "dashboard", "localhost", "\x19", "status"),
        ("dask-slurm", "dashboard", "localhost", "123456", "status"),
    ],
)
async def test_an_address_of_no_dashboard_leads_nowhere(api: Api, root: tuple[str, ...]) -> None:
    api.root = root
    answer = await fetch(api)
    assert answer.code == 404
    assert answer.headers["Content-Type"].startswith("text/plain")


async def test_a_dashboard_that_is_not_there_is_said_so(
    cluster: ClusterDirectory, pages: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = cluster.connection()
    assert connection is not None
    pages.root = ("dask-slurm", "clusters", "deadbeef", "dashboard")
    assert (await fetch(pages, "status")).code == 404
    pages.root = ("dask-slurm", "clusters", "aaaaaaaa", "dashboard")
    cluster.key.unlink()
    tls_key = cluster.path / "other"
    tls.make_key_pair(tls_key.with_suffix(".cert"), cluster.key)
    answer = await fetch(pages, "status")
    assert answer.code == 503
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert b"Traceback" not in answer.body
    # That of a cluster which ends is gone before it is.
    found = await pages.extension.manager.get("aaaaaaaa")

    async def stopping(self: ClusterManager, cluster_id: str) -> Cluster:
        return replace(found, id=cluster_id, status="stopping")

    monkeypatch.setattr(ClusterManager, "get", stopping)
    answer = await fetch(pages, "status")
    assert (answer.code, answer.body) == (
        409,
        b"the cluster 'shown' is stopping: it has no dashboard",
    )


async def test_before_it_has_started_there_is_none(api: Api) -> None:
    made = await api.create()
    api.root = ("dask-slurm", "clusters", made["id"], "dashboard")
    answer = await fetch(api, "status")
    assert answer.code == 409
    assert b"starting" in answer.body


async def test_websockets_are_relayed(
    cluster: ClusterDirectory, pages: Api, jp_ws_fetch: Callable[..., Any], token: str
) -> None:
    websocket = await jp_ws_fetch(
        *pages.root, "ws", params={"token": token}, subprotocols=["bokeh", "its.token"]
    )
    assert websocket.selected_subprotocol == "bokeh"
    headers = json.loads(await websocket.read_message())
    assert headers["Sec-Websocket-Protocol"] == "bokeh,its.token"
    assert not {"Authorization", "Cookie", "Origin"} & set(headers)
    for message in ("text", b"\x00binary\xff", "x" * BIG):
        await websocket.write_message(message, binary=isinstance(message, bytes))
        assert await websocket.read_message() == message
    await websocket.write_message("leave")
    assert await asyncio.wait_for(websocket.read_message(), 10) is None
    websocket.close()


async def test_of_a_user_who_may_only_read_nothing_passes_that_writes(
    cluster: ClusterDirectory,
    pages: Api,
    jp_serverapp: ServerApp,
    jp_ws_fetch: Callable[..., Any],
    token: str,
) -> None:
    jp_serverapp.web_app.settings["authorizer"] = ReadOnly(parent=jp_serverapp)
    websocket = await jp_ws_fetch(*pages.root, "ws", params={"token": token})
    await websocket.read_message()
    change = ('{"msgtype": "PATCH-DOC", "num_buffers": 1}', "{}", '{"events": []}', "{}", b"data")
    question = ('{"msgtype": "PULL-DOC-REQ"}', "{}", "{}")
    for frame in (*change, *question):
        await websocket.write_message(frame, binary=isinstance(frame, bytes))
    assert [await websocket.read_message() for _ in question] == list(question)
    await websocket.write_message("leave")  # is no message of bokeh's
    assert await asyncio.wait_for(websocket.read_message(), 10) is None
    websocket.close()


@pytest.mark.parametrize(
    "path",
    ["proxy/80/192.0.2.1/ws", "proxy/ws/192.0.2.1/status", "status/other"],
)
async def test_a_websocket_reaches_nothing_but_the_dashboard(
    cluster: ClusterDirectory, pages: Api, jp_ws_fetch: Callable[..., Any], token: str, path: str
) -> None:
    before = Echo.opened
    with pytest.raises(HTTPClientError) as refused:
        await jp_ws_fetch(*pages.root, *path.split("/"), params={"token": token})
    assert refused.value.code == 404
    assert Echo.opened == before


@pytest.mark.parametrize("path", ["proxy/80/192.0.2.1/", "proxy"])
async def test_no_page_leads_to_another_host(
    cluster: ClusterDirectory, pages: Api, path: str
) -> None:
    """distributed has a proxy of its own, for whatever host and port its address names."""
    answer = await fetch(pages, *path.split("/"))
    assert answer.code == 404
    assert b"has no page" in answer.body


async def test_a_websocket_from_another_site_is_refused(
    cluster: ClusterDirectory, pages: Api, jp_http_port: int, token: str
) -> None:
    page = await fetch(pages, "status", headers={"Authorization": ""}, params={"token": token})
    cookies = [cookie.split(";")[0] for cookie in page.headers.get_list("Set-Cookie")]

    def request(origin: str) -> HTTPRequest:
        # As a browser sends it that is logged in: with its cookies, whoever's page asks for it.
        return HTTPRequest(
            f"ws://127.0.0.1:{jp_http_port}/a%40b/dask-slurm/clusters/aaaaaaaa/dashboard/ws",
            headers={"Origin": origin, "Cookie": "; ".join(cookies)},
        )

    before = Echo.opened
    with pytest.raises(HTTPClientError) as refused:
        await websocket_connect(request("http://biscuit.example"))
    assert refused.value.code == 403
    assert Echo.opened == before, "the dashboard was connected to before the origin was checked"
    websocket = await websocket_connect(request(f"http://127.0.0.1:{jp_http_port}"))
    headers = json.loads(await websocket.read_message() or "{}")
    assert not {"Cookie", "Origin"} & set(headers)
    websocket.close()


async def test_dasks_own_links_lead_to_the_cluster_they_mean(
    cluster: ClusterDirectory, api: Api, state_dir: Path
) -> None:
    connection = cluster.connection()
    assert connection is not None
    other = record(state_dir, "bbbbbbbb")
    other.write(replace(connection, id=other.id, name="other", address="tls://10.0.0.2:1"))
    template = os.environ[LINK_VARIABLE]

    async def follow(host: str, port: int | None, page: str = "status") -> Any:
        path = template.format(host=host, port=port).removesuffix("status") + page
        api.root = tuple(path.removeprefix("/a%40b/").split("/"))
        return await fetch(api)

    port = urlsplit(connection.dashboard_address).port
    clusters = "/a%40b/dask-slurm/clusters"
    for host, cluster_id in (("127.0.0.1", "aaaaaaaa"), ("10.0.0.2", "bbbbbbbb")):
        # Not only its first page: what shows plots asks beside it which there are.
        for page in ("status", "individual-plots.json", "info/task/a%25b.html"):
            answer = await follow(host, port, unquote(page))
            assert answer.code == 302, answer.body
            assert answer.headers["Location"] == f"{clusters}/{cluster_id}/dashboard/{page}"


@pytest.mark.parametrize(
    ("host", "port", "worker"),
    [
        ("10.0.0.7", 501, "tls%3A%2F%2F10.0.0.7%3A401"),
        ("10.0.0.8", 501, "tls%3A%2F%2F10.0.0.8%3A402"),
        ("10.0.0.8", 502, "tls%3A%2F%2F10.0.0.8%3A403"),
        ("node8", 502, "tls%3A%2F%2F10.0.0.8%3A403"),  # dask may know its host by a name
        ("node8", 501, None),  # either of two
        ("10.0.0.9", 503, None),
        ("127.0.0.1", 1, None),
    ],
)
async def test_the_link_of_a_worker_leads_to_the_schedulers_page_about_it(
    cluster: ClusterDirectory, api: Api, state_dir: Path, host: str, port: int, worker: str | None
) -> None:
    connection = cluster.connection()
    assert connection is not None
    silent = record(state_dir, "bbbbbbbb")  # hides no worker of the other
    silent.write(replace(connection, id=silent.id, dashboard_address="https://127.0.0.1:2"))
    path = os.environ[LINK_VARIABLE].format(host=host, port=port)
    api.root = tuple(path.removeprefix("/a%40b/").split("/"))
    answer = await fetch(api)
    if worker is not None:
        page = f"/a%40b/dask-slurm/clusters/aaaaaaaa/dashboard/info/worker/{worker}.html"
        assert (answer.code, answer.headers.get("Location")) == (302, page)
    else:
        assert answer.code == 404
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert f"http://{host}:{port}/status" in answer.body.decode()


@pytest.mark.e2e
@pytest.mark.timeout(360)
@pytest.mark.parametrize("launcher", [None])
async def test_a_real_dashboard(api: Api, launcher: None, jp_ws_fetch: Callable[..., Any]) -> None:
    made = await api.create()
    made = await api.wait(made, lambda c: c["status"] == "running")
    api.root = tuple(made["dashboard_path"].split("/")[:-1])
    page = await fetch(api, "status")
    assert page.code == 200
    assert b"Bokeh" in page.body or b"bokeh" in page.body
    assert b"autoload" in page.body or b"docs_json" in page.body
    plots = await fetch(api, "individual-plots.json")
    assert len(json.loads(plots.body)) > 10
    # What a page loads is addressed relative to it.
    assert b'src="/static' not in page.body
    assert (await fetch(api, "static", "js", "bokeh.min.js")).code == 200
    websocket = await jp_ws_fetch(*api.root, "status", "ws", subprotocols=["bokeh", "no.token"])
    assert websocket.selected_subprotocol == "bokeh"
    websocket.close()
    api.root = ("dask-slurm", "api")
    await api("DELETE", "clusters", made["id"])
    await api.gone(made)
