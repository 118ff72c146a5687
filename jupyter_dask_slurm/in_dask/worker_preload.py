"""A ``--preload`` for dask workers: their HTTP port asks every client for the cluster's certificate.

Every dask worker opens an HTTP port for metrics, health and its dashboard, in plain text and on
all interfaces, whatever ``--interface`` and ``--no-dashboard`` say. Here the port is bound to the
worker's own address, with mutual TLS.

dask imports a preload before the worker opens the port, and imports it twice: the method is
wrapped on the base class, and only once.
"""

from __future__ import annotations

import functools
import ssl
from typing import Any

import dask.config
from distributed.comm import get_address_host
from distributed.node import ServerNode


def _mutual_tls(security: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(security.tls_ca_file)
    context.load_cert_chain(security.tls_worker_cert, security.tls_worker_key)
    return context


def _private_http_server(start: Any) -> Any:
    @functools.wraps(start)
    def start_http_server(
        self: Any,
        routes: Any,
        dashboard_address: Any,
        default_port: int = 0,
        ssl_options: Any = None,
    ) -> None:
        # A dashboard certificate in a user's configuration would replace this context.
        with dask.config.set({"distributed.scheduler.dashboard.tls.cert": None}):
            start(
                self,
                routes,
                f"{get_address_host(self.address)}:0",
                default_port,
                ssl_options=_mutual_tls(self.security),
            )

    start_http_server.private = True  # type: ignore[attr-defined]
    return start_http_server


if not getattr(ServerNode.start_http_server, "private", False):
    ServerNode.start_http_server = _private_http_server(ServerNode.start_http_server)
