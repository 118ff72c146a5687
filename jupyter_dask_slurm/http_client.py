"""tornado's HTTP client, with a `close` that ends the connections under way, too.

tornado's own leaves a request that was given up until it times out: a long poll holds its socket,
and the peer's, for half a minute after nobody listens any more.
"""

from __future__ import annotations

import weakref
from typing import Any

from tornado.simple_httpclient import SimpleAsyncHTTPClient


class ClosingHTTPClient(SimpleAsyncHTTPClient):
    """Made with ``force_instance=True``: the shared one has 10 slots, which long polls would hold, and
    a site may have configured it to be curl, which takes no SSLContext."""

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        self._connections: weakref.WeakSet[Any] = weakref.WeakSet()
        super().initialize(*args, **kwargs)

    def close(self) -> None:
        super().close()
        for connection in list(self._connections):
            stream = getattr(connection, "stream", None)
            if stream is not None:
                stream.close()

    def _connection_class(self) -> type:
        connections = self._connections

        class Connection(super()._connection_class()):  # type: ignore[misc]  # known at run time
            def __init__(self, *args: Any) -> None:
                connections.add(self)
                super().__init__(*args)

        return Connection
