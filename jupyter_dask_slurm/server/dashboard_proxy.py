"""A cluster's dashboard for its authenticated user: HTTP and websocket, through the server.

The dashboard speaks only to a peer with the cluster's key; this proxy has it. The headers that pass
are an allow-list in both directions: the dashboard never sees the user's cookies, tokens or origin,
which distributed would copy into its pages, and cannot set anything for Jupyter's own origin. Only
reading passes (GET and HEAD): beside the pages the scheduler serves the routes by which the
controller changes things. Nothing passes to distributed's own proxy, which reaches any host and port.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

import tornado
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.utils import url_path_join
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.httputil import HTTPHeaders, parse_response_start_line
from tornado.simple_httpclient import HTTPTimeoutError, SimpleAsyncHTTPClient
from tornado.web import authenticated
from tornado.websocket import (
    WebSocketClientConnection,
    WebSocketClosedError,
    WebSocketHandler,
    websocket_connect,
)

from ..errors import (
    ControllerTimeout,
    ControllerUnreachable,
    DashboardNotFound,
    DaskSlurmError,
    WrongState,
)
from .errors import DaskSlurmHandler, status_of

if TYPE_CHECKING:
    from .bokeh_messages import ReadingOnly

CONNECT_LIMIT = 5.0
ANSWER_LIMIT = 60.0
"""Seconds for a whole page; a scheduler under a large graph is deaf for ten."""
MAX_BODY = 1024**3 if tornado.version_info >= (6, 6) else 64 * 1024**2
"""Bytes of one page. Before 6.6 tornado does not wait for a slow browser: what that has not taken
yet lies in this server's memory."""
MAX_MESSAGE = 64 * 1024**2
"""Bytes of one websocket message; bokeh's own limit is 20 MB."""

_SENT = ("Accept", "Accept-Encoding", "Accept-Language", "Cache-Control", "If-Modified-Since")
_SENT_ALSO = ("If-None-Match", "Range", "User-Agent")
_PASSED_ON = frozenset(
    {
        *("accept-ranges", "age", "cache-control", "content-disposition", "content-encoding"),
        *("content-language", "content-length", "content-range", "content-type", "etag", "expires"),
        *("last-modified", "location", "vary"),
    }
)
"""Of a response. The rest is of one connection, or Jupyter's to say for its origin."""
_FOREIGN_HOSTS = re.compile(r"/+proxy(/|$)")
"""Where ``distributed.http.proxy`` serves other hosts and ports, if it is there."""
_WEBSOCKETS = re.compile(r"/(?:[A-Za-z0-9_.-]+/)?ws|/eventstream")
"""bokeh's websocket of each page, and distributed's stream of events."""
_PRIVATE_ARGUMENTS = frozenset({"token", "_xsrf", "no_track_activity"})


class PageHandler(DaskSlurmHandler):
    """Answers errors as text: they stand in a tab."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = (kwargs.get("exc_info") or (None, None, None))[1]
        if error is not None and status_of(error) is not None:
            super().write_error(status_code, **kwargs)
            return
        self.name_methods(status_code)
        # Jupyter's own page needs to know the user, which nobody does when a method is refused.
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        self.finish(f"{status_code} {self._reason}")

    def finish_error(self, error: BaseException) -> None:
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        self.finish(str(error))


class DashboardHandler(WebSocketMixin, PageHandler, WebSocketHandler):
    """Any page of one cluster's dashboard."""

    SUPPORTED_METHODS = ("GET", "HEAD")
    _upstream: WebSocketClientConnection | None = None
    _relay: asyncio.Task[None] | None = None
    _reading: ReadingOnly | None = None
    """What may pass of a user who may only read; None lets all pass."""

    def set_default_headers(self) -> None:
        super().set_default_headers()
        # JupyterHub sets frame-ancestors 'none'; our panel shows these pages in a frame.
        self.set_header("Content-Security-Policy", "frame-ancestors 'self'")
        # A page's address may hold the user's token.
        self.set_header("Referrer-Policy", "same-origin")

    # Whoever may look at a page may look at it being brought up to date: both are "read". What changes
    # something by a websocket is "write".

    @authenticated
    @authorized
    async def get(self, cluster_id: str, path: str) -> None:  # type: ignore[override]
        if self.request.headers.get("Upgrade", "").lower() == "websocket":
            await self._open_websocket(cluster_id)
        else:
            await self._forward(cluster_id)

    @authenticated
    @authorized
    async def head(self, cluster_id: str, path: str) -> None:
        await self._forward(cluster_id)

    def _prefix(self, cluster_id: str) -> str:
        return url_path_join(self.base_url, "dask-slurm/clusters", cluster_id, "dashboard")

    async def _request(self, cluster_id: str, scheme: str) -> HTTPRequest:
        """The request to the dashboard that this one stands for."""
        directory, connection = await self.manager.dashboard(cluster_id)
        from ..clusters.controller_client import tls_of  # not for an idle server

        try:
            context = await tls_of(directory)
        except ControllerUnreachable as error:  # the keys of a cluster go first
            raise await self._no_answer(cluster_id, error) from error
        # As it was sent: decoded, a %2F would be a slash.
        path = self.request.path[len(self._prefix(cluster_id)) :]
        if _FOREIGN_HOSTS.match(unquote(path)) or (
            scheme == "wss" and not _WEBSOCKETS.fullmatch(path)
        ):
            raise DashboardNotFound(f"the dashboard of a cluster has no page {path}")
        address = urlsplit(connection.dashboard_address)
        arguments = parse_qsl(self.request.query, keep_blank_values=True)
        query = urlencode([(k, v) for k, v in arguments if k not in _PRIVATE_ARGUMENTS])
        headers = HTTPHeaders()
        if scheme == "https":
            for name in (*_SENT, *_SENT_ALSO):
                for value in self.request.headers.get_list(name):
                    headers.add(name, value)
        return HTTPRequest(
            urlunsplit((scheme, address.netloc, path, query, "")),
            method=self.request.method or "GET",
            headers=headers,
            ssl_options=context,
            connect_timeout=CONNECT_LIMIT,
            request_timeout=ANSWER_LIMIT,
            follow_redirects=False,
            decompress_response=False,
        )

    # -- pages -----------------------------------------------------------------------------------

    async def _forward(self, cluster_id: str) -> None:
        request = await self._request(cluster_id, "https")
        prefix = self._prefix(cluster_id)

        def take_header(line: str) -> None:
            line = line.rstrip("\r\n")
            if line.startswith("HTTP/"):
                self.set_status(parse_response_start_line(line).code)
            elif ":" in line:
                name, value = (part.strip() for part in line.split(":", 1))
                if name.lower() == "location" and value.startswith("/"):
                    value = prefix + value
                if name.lower() in _PASSED_ON:
                    self.set_header(name, value)

        def take_body(chunk: bytes) -> Awaitable[None]:
            # No coroutine, which tornado before 6.6 would never run. It writes at once; a tornado
            # that awaits what this returns waits while the browser is slower than the dashboard.
            self.write(chunk)
            return self.flush()

        request.header_callback = take_header
        request.streaming_callback = take_body
        client = SimpleAsyncHTTPClient(force_instance=True, max_body_size=MAX_BODY)
        try:
            await client.fetch(request, raise_error=False)
        except (HTTPClientError, OSError) as error:
            await self._broken(cluster_id, error)
        finally:
            client.close()
        if not self._finished:
            self.finish()

    async def _broken(self, cluster_id: str, error: Exception) -> None:
        if self._headers_written:
            # Half a page is out: only a broken connection tells the browser so.
            self.log.info("the dashboard broke off in %s: %s", self.request.path, error)
            self.request.connection.close()  # type: ignore[union-attr]
            self._finished = True
            return
        self.clear()
        raise await self._no_answer(cluster_id, error) from error

    async def _no_answer(self, cluster_id: str, error: Exception) -> DaskSlurmError:
        """Return why there is none: its cluster may be ending. Raise ClusterNotFound if it has ended."""
        cluster = await self.manager.get(cluster_id)
        if cluster.status in ("stopping", "failed"):
            return WrongState(
                f"the cluster {cluster.name!r} is {cluster.status}: it has no dashboard"
            )
        if isinstance(error, ControllerUnreachable):
            return error
        if isinstance(error, HTTPTimeoutError):
            return ControllerTimeout("the cluster's dashboard does not answer: it may be very busy")
        return ControllerUnreachable("the cluster's dashboard is not there")

    # -- websockets ------------------------------------------------------------------------------

    async def _open_websocket(self, cluster_id: str) -> None:
        # tornado asks the same, but only once the dashboard has been connected to.
        origin = self.request.headers.get("Origin")
        if origin is not None and not self.check_origin(origin):
            self.set_status(HTTPStatus.FORBIDDEN)
            self.finish("this websocket is not for pages of another site")
            return
        request = await self._request(cluster_id, "wss")
        from .bokeh_messages import ReadingOnly

        self._reading = None if await self.may_write() else ReadingOnly()
        offered = self.request.headers.get("Sec-WebSocket-Protocol", "")
        try:
            self._upstream = await websocket_connect(
                request,
                subprotocols=[name.strip() for name in offered.split(",") if name.strip()],
                max_message_size=MAX_MESSAGE,
            )
        except (HTTPClientError, OSError, WebSocketClosedError) as error:
            raise await self._no_answer(cluster_id, error) from error
        try:
            await super().get()
        finally:
            self._upstream.close()

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """What the dashboard chose (bokeh sends its session's token as another one)."""
        return self._upstream.selected_subprotocol if self._upstream else None

    def open(self, *args: Any, **kwargs: Any) -> None:
        super().open(*args, **kwargs)
        self._relay = asyncio.create_task(self._relay_answers())

    async def on_message(self, message: str | bytes) -> None:
        assert self._upstream is not None
        try:
            if self._reading is not None and not self._reading.passes(message):
                return
        except ValueError as error:
            self.log.info("a websocket of a user who may only read is closed: %s", error)
            self.close()
            return
        try:
            await self._upstream.write_message(message, binary=isinstance(message, bytes))
        except WebSocketClosedError:
            self.close()

    def on_close(self) -> None:
        if self._upstream is not None:
            self._upstream.close()
        super().on_close()

    async def _relay_answers(self) -> None:
        assert self._upstream is not None
        try:
            while (message := await self._upstream.read_message()) is not None:
                await self.write_message(message, binary=isinstance(message, bytes))
        except WebSocketClosedError:
            pass  # the browser left first
        finally:
            self.close()


class DashboardRootHandler(PageHandler):
    """The dashboard without a page: its first one."""

    SUPPORTED_METHODS = ("GET",)

    @authenticated
    @authorized
    async def get(self, cluster_id: str) -> None:
        await self.manager.get(cluster_id)  # an id that there is fits into a header
        self.redirect(
            url_path_join(self.base_url, "dask-slurm/clusters", cluster_id, "dashboard/status")
        )


_DASHBOARD = r"/dask-slurm/clusters/(?P<cluster_id>[^/]+)/dashboard"

dashboard_handlers: list[tuple[str, type[DaskSlurmHandler]]] = [
    (rf"{_DASHBOARD}/?", DashboardRootHandler),
    (rf"{_DASHBOARD}/(?P<path>.+)", DashboardHandler),
]
