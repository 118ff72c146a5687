"""The links that dask prints, see `clusters.client_code.link_template`: they name a host and a port, of a
scheduler or of a worker, and lead to the pages of the cluster that has them.

A worker's own port may be out of reach, so its link leads to the scheduler's page about it.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import url_path_join
from tornado.httpclient import HTTPClientError
from tornado.web import authenticated

from ..errors import DashboardNotFound, DaskSlurmError
from .dashboard_proxy import CONNECT_LIMIT, PageHandler

if TYPE_CHECKING:
    from ..cluster_files.directory import ClusterDirectory, Connection

IDENTITY_LIMIT = 10.0
"""Seconds for the list of a scheduler's workers, which is asked for when somebody follows a link."""


class DashboardLinkHandler(PageHandler):
    """Pages by the host and the port that dask knows. dask's own links end in ``status``; what shows
    plots of its own (dask-labextension's **Launch Dashboard in JupyterLab**) asks for others beside it."""

    SUPPORTED_METHODS = ("GET",)

    @authenticated
    @authorized
    async def get(self, host: str, port: str, path: str) -> None:
        if not re.fullmatch("[0-9]{1,5}", port):
            raise DashboardNotFound(f"{port!r} is no port")
        clusters = await self.manager.dashboards()
        cluster_id = scheduler_at(clusters, host, int(port))
        # As it was sent: decoded, a %2F would be a slash.
        prefix = url_path_join(self.base_url, "dask-slurm/dashboard/")
        page = self.request.path[len(prefix) :].split("/", 2)[2]
        if cluster_id is None:
            cluster_id, address = await worker_at(clusters, host, int(port))
            page = f"info/worker/{quote(address, safe='')}.html"
        elif self.request.query:
            page = f"{page}?{self.request.query}"
        start = url_path_join(self.base_url, "dask-slurm/clusters", cluster_id, "dashboard")
        self.redirect(f"{start}/{page}")


def scheduler_at(
    clusters: list[tuple[ClusterDirectory, Connection]], host: str, port: int
) -> str | None:
    """Return the id of the cluster whose scheduler is on that host, with its dashboard at that port."""
    found: dict[str, str | None] = {}
    for _, connection in clusters:
        try:
            if urlsplit(connection.dashboard_address).port == port:
                found[connection.id] = urlsplit(connection.address).hostname
        except ValueError:
            continue  # an address that makes no sense is of no cluster
    exact = [cluster_id for cluster_id, name in found.items() if name == host]
    # Of an IPv6 address dask keeps what is before the first colon: the port alone must do.
    return ids[0] if len(ids := exact or list(found)) == 1 else None


async def worker_at(
    clusters: list[tuple[ClusterDirectory, Connection]], host: str, port: int
) -> tuple[str, str]:
    """Return the id of the cluster that has a worker on that host with its HTTP port there, and the
    worker's address. Raise DashboardNotFound."""
    found = [
        (connection.id, address)
        for (_, connection), workers in zip(
            clusters,
            await asyncio.gather(*(_workers(*cluster) for cluster in clusters)),
            strict=True,
        )
        for address, worker in workers.items()
        if worker["services"].get("dashboard") == port
    ]
    exact = [at for at in found if urlsplit(at[1]).hostname == host]
    if len(at := exact or found) != 1:
        raise DashboardNotFound(
            f"no cluster of yours has its dashboard, or a worker, at {host}:{port}; that of another "
            f"dask would be at http://{host}:{port}/status"
        )
    return at[0]


async def _workers(directory: ClusterDirectory, connection: Connection) -> dict[str, Any]:
    """Return the workers that a scheduler has, by address; none of one that does not answer."""
    from ..clusters.controller_client import tls_of  # neither is for an idle server
    from ..http_client import ClosingHTTPClient

    client = ClosingHTTPClient(force_instance=True)
    try:
        answer = await client.fetch(
            f"{connection.dashboard_address}/json/identity.json",
            ssl_options=await tls_of(directory),
            connect_timeout=CONNECT_LIMIT,
            request_timeout=IDENTITY_LIMIT,
        )
        workers: dict[str, Any] = json.loads(answer.body)["workers"]
        return workers
    except (HTTPClientError, OSError, DaskSlurmError, ValueError, LookupError):
        return {}
    finally:
        client.close()


dashboard_link_handlers = [
    (
        r"/dask-slurm/dashboard/(?P<host>[^/]+)/(?P<port>[^/]+)/(?P<path>.+)",
        DashboardLinkHandler,
    ),
]
