"""tornado's HTTP client, with a `close` that ends the connections under way, too.

tornado's own leaves a request that was given up until it times out: a long poll holds its socket,
and the peer's, for half a minute after nobody listens any more. Before tornado 6.6 a peer that never
shakes hands keeps a socket for good.
"""

from __future__ import annotations

import ssl
import weakref
from socket import AddressFamily
from typing import Any

from tornado import gen
from tornado.ioloop import IOLoop
from tornado.iostream import IOStream, SSLIOStream, StreamClosedError
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from tornado.tcpclient import TCPClient
from tornado.util import TimeoutError  # before Python 3.11 another one

HANDSHAKE_LIMIT = 20.0
"""Seconds from the connection to the end of its handshake, where tornado says nothing, as before 6.6."""


class ClosingHTTPClient(SimpleAsyncHTTPClient):
    """Made with ``force_instance=True``: the shared one has 10 slots, which long polls would hold, and
    a site may have configured it to be curl, which takes no SSLContext."""

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        super().initialize(*args, **kwargs)
        self.tcp_client = _ClosingTCPClient(resolver=self.resolver)


class _ClosingTCPClient(TCPClient):
    """Knows its connections from before their handshake."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._streams: weakref.WeakSet[IOStream] = weakref.WeakSet()

    def close(self) -> None:
        super().close()
        for stream in list(self._streams):
            stream.close()

    async def connect(  # type: ignore[override]  # as SimpleAsyncHTTPClient calls it
        self,
        host: str,
        port: int,
        *,
        af: AddressFamily = AddressFamily.AF_UNSPEC,
        ssl_options: ssl.SSLContext | None = None,
        max_buffer_size: int | None = None,
        source_ip: str | None = None,
        timeout: float | None = None,
    ) -> IOStream:
        """As tornado's. ``timeout`` is in seconds."""
        limit = HANDSHAKE_LIMIT if timeout is None else timeout
        deadline = IOLoop.current().time() + limit
        stream = await super().connect(
            host,
            port,
            af=af,
            max_buffer_size=max_buffer_size,
            source_ip=source_ip,
            timeout=timeout,
        )
        self._streams.add(stream)
        if ssl_options is None:
            return stream
        secure = _secure(stream, ssl_options, host)
        self._streams.add(secure)
        try:
            await gen.with_timeout(deadline, secure.wait_for_handshake(), StreamClosedError)
        except BaseException as error:
            secure.close()
            if isinstance(error, TimeoutError):
                # In tornado's own words: the peer is there, for the kernel took the connection.
                raise TimeoutError(f"Timeout during TLS handshake with {host}:{port}") from error
            raise
        return secure


def _secure(stream: IOStream, context: ssl.SSLContext, host: str) -> SSLIOStream:
    """Return a stream that speaks TLS in place of this one."""
    try:
        socket = stream.socket.dup()
    finally:
        stream.close()
    try:
        wrapped = context.wrap_socket(socket, server_hostname=host, do_handshake_on_connect=False)
    except BaseException:
        socket.close()
        raise
    return SSLIOStream(wrapped, ssl_options=context, max_buffer_size=stream.max_buffer_size)
