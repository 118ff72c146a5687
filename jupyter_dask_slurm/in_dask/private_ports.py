"""Limits on peers that connect and do not show the cluster's key: strangers cannot use up a port.

Each port of a cluster is open to every process on the network. Without the key a peer gets no further
than the TLS handshake; but each connection takes one of the process's files, which Slurm's commands, the
jobs' logs and other workers need, and each handshake that fails is a line of the log.

The controller's HTTP server is a `PrivateHTTPServer`. Scheduler, nannies and workers call `bound_ports`:
the scheduler by itself, the others by the ``--preload`` that this file is. dask imports it twice before a
port is opened: in the worker, and in the process of its nanny, whose command line checks it so
(`distributed.preloading.validate_preload_argv`). It needs tornado alone, and distributed there.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

from tornado import tcpserver
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPMessageDelegate
from tornado.ioloop import IOLoop
from tornado.iostream import IOStream
from tornado.netutil import add_accept_handler

MOST_STRANGERS = 128
"""Connections to one port that have not shown the key yet. One more takes the place of the oldest of them,
so that a member's, whose handshake takes milliseconds, is served however many there are."""
HANDSHAKE_LIMIT = 30.0
"""Seconds that a connection may take for its handshake, for HTTP with the head of its next request."""
QUIET = 60.0
"""Seconds between two lines of a log about handshakes that failed."""
NO_FILES_PAUSE = 1.0
"""Seconds without accepting connections when no files are left, for this process or the whole host."""
logger = logging.getLogger("distributed.comm.tcp")


class Strangers:
    """The connections to one port that have not shown the key, oldest first."""

    def __init__(self) -> None:
        self._streams: dict[IOStream, None] = {}

    def admit(self, stream: IOStream) -> None:
        """Note one more, and close the oldest if there are too many."""
        self._streams[stream] = None
        if len(self._streams) > MOST_STRANGERS:
            oldest = next(iter(self._streams))
            del self._streams[oldest]
            oldest.close()

    def dismiss(self, stream: IOStream) -> None:
        """Forget one: it has shown the key, or is closed."""
        self._streams.pop(stream, None)


class PrivateHTTPServer(HTTPServer):
    """An `HTTPServer` with limits on connections that do not ask for anything."""

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        """Take what `HTTPServer` takes."""
        self._strangers = Strangers()
        super().initialize(*args, **{**kwargs, "idle_connection_timeout": HANDSHAKE_LIMIT})

    def handle_stream(self, stream: IOStream, address: tuple[str, int]) -> None:
        self._strangers.admit(stream)
        super().handle_stream(stream, address)

    def start_request(self, server_conn: Any, request_conn: Any) -> HTTPMessageDelegate:
        delegate = super().start_request(server_conn, request_conn)
        return _Announced(delegate, lambda: self._strangers.dismiss(server_conn.stream))

    def on_close(self, server_conn: Any) -> None:
        self._strangers.dismiss(server_conn.stream)
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


class _Listening:
    """A listening socket that says when a connection could not be accepted for want of a file."""

    def __init__(self, listening: socket.socket, no_files: Callable[[], None]) -> None:
        self._socket, self._no_files = listening, no_files
        self.fileno = listening.fileno

    def accept(self) -> tuple[socket.socket, Any]:
        try:
            return self._socket.accept()
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            self._no_files()
            raise BlockingIOError from None  # what tornado takes for "no more to accept"


def accept_while_there_are_files(
    sock: socket.socket, callback: Callable[[socket.socket, Any], None]
) -> Callable[[], None]:
    """Do as `tornado.netutil.add_accept_handler`, and pause while there are none: that would try again
    at once, and for ever, for a connection that cannot be accepted stays where it is."""
    loop = IOLoop.current()
    ended = False
    stop: Callable[[], None]

    def start() -> None:
        nonlocal stop
        if not ended:
            stop = add_accept_handler(cast(socket.socket, _Listening(sock, pause)), callback)

    def pause() -> None:
        stop()
        loop.call_later(NO_FILES_PAUSE, start)

    def end() -> None:
        nonlocal ended
        ended = True
        stop()

    start()
    return end


# For every port of a process that imports this: it has none but those of a cluster.
tcpserver.add_accept_handler = accept_while_there_are_files  # type: ignore[attr-defined]


class FewHandshakes(logging.Filter):
    """Lets one failed handshake a minute into the log, with the number of those before it."""

    def __init__(self) -> None:
        super().__init__()
        self._last = -QUIET
        self._left_out = 0

    def filter(self, record: logging.LogRecord) -> bool:
        message = str(record.msg)
        if "handshake failed" not in message and not message.startswith("SSL Error"):
            return True
        now = time.monotonic()
        if now - self._last < QUIET:
            self._left_out += 1
            return False
        if self._left_out:
            record.msg = (
                f"{record.getMessage()} [and {self._left_out} more since the last such line]"
            )
            record.args = None
        self._last, self._left_out = now, 0
        return True


async def _prepare_stream(listener: Any, stream: Any, address: str) -> Any:
    """Return the stream once its peer has shown the key, None if it does not: in place of the method
    of `distributed.comm.tcp.TLSListener`, which waits without limit."""
    strangers: Strangers = listener.__dict__.setdefault("_strangers", Strangers())
    strangers.admit(stream)
    try:
        await asyncio.wait_for(stream.wait_for_handshake(), HANDSHAKE_LIMIT)
    except (OSError, asyncio.TimeoutError) as error:
        stream.close()
        reason = getattr(error, "real_error", None) or repr(error)
        logger.warning(
            "Listener on %r: TLS handshake failed with remote %r: %s",
            listener.listen_address if listener.tcp_server else listener.prefix,
            address,
            reason,
        )
        return None
    finally:
        strangers.dismiss(stream)
    return stream


def bound_ports() -> None:
    """Put the limits on every port that dask opens in this process from now on."""
    from distributed import node
    from distributed.comm.tcp import TLSListener

    if node.HTTPServer.__name__ == PrivateHTTPServer.__name__:
        return  # imported for the second time
    node.HTTPServer = PrivateHTTPServer
    TLSListener._prepare_stream = _prepare_stream
    few = FewHandshakes()
    for name in (logger.name, "tornado.general"):
        logging.getLogger(name).addFilter(few)


if __name__ == "private_ports":  # as a preload it has the name of its file
    bound_ports()
