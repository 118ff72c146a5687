"""The control API's server, which strangers can reach and cannot use up.

Its port is open to every process on the network. Without the cluster's key a peer gets no further than the
TLS handshake; but each connection takes a file, and Slurm's commands and the jobs' logs need some, too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPMessageDelegate
from tornado.iostream import IOStream

MOST_STRANGERS = 128
"""Connections that have made no request yet. One more takes the place of the oldest of them, so that a
member's, whose handshake takes milliseconds, is served however many there are."""
REQUEST_LIMIT = 30.0
"""Seconds that a connection may take for its handshake and the head of its next request."""


class ControlServer(HTTPServer):
    """An `HTTPServer` with limits on connections that do not ask for anything."""

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        """Take what `HTTPServer` takes."""
        self._strangers: dict[IOStream, None] = {}
        super().initialize(*args, **{**kwargs, "idle_connection_timeout": REQUEST_LIMIT})

    def handle_stream(self, stream: IOStream, address: tuple[str, int]) -> None:
        self._strangers[stream] = None
        if len(self._strangers) > MOST_STRANGERS:
            oldest = next(iter(self._strangers))
            del self._strangers[oldest]
            oldest.close()
        super().handle_stream(stream, address)

    def start_request(self, server_conn: Any, request_conn: Any) -> HTTPMessageDelegate:
        delegate = super().start_request(server_conn, request_conn)
        return _Announced(delegate, lambda: self._strangers.pop(server_conn.stream, None))

    def on_close(self, server_conn: Any) -> None:
        self._strangers.pop(server_conn.stream, None)
        super().on_close(server_conn)


class _Announced(HTTPMessageDelegate):
    """Says when a request has come: its peer has the cluster's key."""

    def __init__(self, delegate: HTTPMessageDelegate, announce: Callable[[], object]) -> None:
        self._delegate, self._announce = delegate, announce

    def headers_received(self, *args: Any) -> Awaitable[None] | None:
        self._announce()
        return self._delegate.headers_received(*args)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return self._delegate.data_received(chunk)

    def finish(self) -> None:
        self._delegate.finish()

    def on_connection_close(self) -> None:
        self._delegate.on_connection_close()
