"""Nobody gets past Jupyter's own door, on any route."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
from jupyter_server.auth.authorizer import Authorizer
from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import JupyterServerAuthWarning
from tornado.httpclient import HTTPClientError

from jupyter_dask_slurm.server.dashboard_proxy import dashboard_handlers
from jupyter_dask_slurm.server.errors import AUTH_RESOURCE, MANAGER
from jupyter_dask_slurm.server.handlers import default_handlers

from .conftest import Api, LauncherNeverReady

ROUTES = [
    (method.upper(), pattern.replace("(?P<cluster_id>[^/]+)", "3f9a12bc").replace("/?", ""))
    for pattern, handler in [*default_handlers, *dashboard_handlers]
    for method in ("get", "head", "post", "put", "patch", "delete")
    if method in vars(handler)
]
ROUTES = [(method, path.replace("(?P<path>.+)", "status")) for method, path in ROUTES]
ROUTES = [(method, path.replace("(?P<job_id>[^/]+)", "81_3")) for method, path in ROUTES]
ROUTES = [(method, path.replace("(?P<name>[^/]+)", "Large")) for method, path in ROUTES]
ROUTES = [(method, path.replace("(?P<host>[^/]+)", "127.0.0.1")) for method, path in ROUTES]
ROUTES = [(method, path.replace("(?P<port>[0-9]{1,5})", "8787")) for method, path in ROUTES]


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


class ReadOnly(Authorizer):
    """Lets everybody read, and says what it was asked."""

    asked: list[tuple[str, str]] = []  # noqa: RUF012  # one list for the server and the test

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        self.asked.append((action, resource))
        return action == "read"


def test_every_verb_is_among_the_routes() -> None:
    assert len(ROUTES) == 26


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_without_a_token_there_is_no_answer(api: Api, method: str, path: str) -> None:
    for headers in ({"Authorization": ""}, {"Authorization": "token wrong"}):
        response = await api.fetch(
            *path.strip("/").split("/"),
            method=method,
            headers=dict(headers),
            body="{}" if method in ("POST", "PATCH", "PUT") else None,
            raise_error=False,
            follow_redirects=False,
            allow_nonstandard_methods=True,
        )
        # A page asked for with GET leads to the login.
        assert response.code == 403 or (
            response.code == 302 and "/login?" in response.headers["Location"]
        ), (response.code, response.headers)
        assert b"3f9a12bc" not in response.body


async def test_a_websocket_needs_the_token_too(
    api: Api,
    jp_ws_fetch: Callable[..., Any],
) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await jp_ws_fetch(
            "dask-slurm",
            "clusters",
            "3f9a12bc",
            "dashboard",
            "status",
            "ws",
            headers={"Authorization": ""},
        )
    assert refused.value.code in (302, 403)


def test_no_handler_lacks_a_decorator(
    jp_configurable_serverapp: Callable[..., ServerApp],
    jp_server_config: dict[str, Any],
    jp_asyncio_loop: Any,
) -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always", JupyterServerAuthWarning)
        app = jp_configurable_serverapp(config=jp_server_config)
    assert MANAGER in app.web_app.settings
    assert [str(warning.message) for warning in seen] == []


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_what_the_authorizer_forbids_is_forbidden(
    api: Api, jp_serverapp: ServerApp, method: str, path: str
) -> None:
    ReadOnly.asked.clear()
    jp_serverapp.web_app.settings["authorizer"] = ReadOnly(parent=jp_serverapp)
    response = await api.fetch(
        *path.strip("/").split("/"),
        method=method,
        body="{}" if method in ("POST", "PATCH", "PUT") else None,
        raise_error=False,
        follow_redirects=False,
        allow_nonstandard_methods=True,
    )
    action = "read" if method in ("GET", "HEAD") else "write"
    assert ReadOnly.asked == [(action, AUTH_RESOURCE)]
    assert (response.code == 403) == (action == "write")


async def test_background_requests_are_no_activity(api: Api, jp_serverapp: ServerApp) -> None:
    await api("GET", "clusters")
    before = jp_serverapp.web_app.settings["api_last_activity"]
    await api("GET", "clusters", no_track_activity="1")
    assert jp_serverapp.web_app.settings["api_last_activity"] == before
