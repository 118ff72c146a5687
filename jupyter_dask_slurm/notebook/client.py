"""The notebook helper: find your clusters and connect to one.

A handle is never an owner: whatever happens to it or to its kernel, the cluster goes on.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..cluster_files.directory import default_state_dir
from ..clusters.client_code import handed_on
from ..clusters.find import check, checked, find, look, read, run
from ..clusters.status import Observed
from ..errors import ClusterNotFound, Unreadable, WrongState
from ..model.cluster import Cluster
from ..model.wire import check_protocol

if TYPE_CHECKING:
    from distributed import Client

POLL_INTERVAL = 0.1
"""Seconds between looks at a cluster that is starting; its readiness signal is a file."""


@dataclass(frozen=True, repr=False)
class ClusterHandle:
    """One of your clusters, as it was when you asked."""

    state: Cluster
    """All that is known of it."""
    state_dir: Path

    @property
    def name(self) -> str:
        return self.state.name

    @property
    def id(self) -> str:
        return self.state.id

    @property
    def status(self) -> str:
        """``starting``, ``running``, ``stopping``, ``failed`` or ``unreachable``."""
        return self.state.status

    def connect(self, **options: Any) -> Client:
        """The same as `connect` with this cluster's id."""
        return connect(self.id, state_dir=self.state_dir, **options)

    def __repr__(self) -> str:
        text = f"<Cluster {self.name}: {self.status}"
        if self.status in ("running", "stopping"):
            jobs, cores = self.state.jobs, self.state.cores
            text += f", {jobs.running} of {jobs.desired} jobs, {cores} cores"
        return text + ">"


def list_clusters(state_dir: str | os.PathLike[str] | None = None) -> list[ClusterHandle]:
    """Your clusters, each as its controller describes it now.

    ``state_dir`` is where the Jupyter server keeps them, if not at its default.
    """
    place = _place(state_dir)
    return [ClusterHandle(cluster, place) for cluster in run(look(place))]


def connect(
    name: str | None = None,
    *,
    timeout: float = 60.0,
    state_dir: str | os.PathLike[str] | None = None,
    **options: Any,
) -> Client:
    """A ``distributed.Client`` of a running cluster, over TLS with the cluster's own key.

    ``name`` (or the id) may be left out when exactly one cluster runs. One that is still starting
    is waited for, up to ``timeout`` seconds. ``options`` go to ``distributed.Client``.

    Raises `ClusterNotFound`, or `WrongState` when there is none to choose, several, one that
    ended, one that is not ready in time, or one of a version that is not understood here.
    """
    deadline = time.monotonic() + timeout
    place = _place(state_dir)
    observed = _ready(_only(place) if name is None else run(find(place, name)), deadline)
    connection, directory = observed.connection, observed.directory
    assert connection is not None
    try:
        check_protocol(vars(connection))
    except Unreadable as error:
        raise WrongState(f"cluster {connection.name!r} is of another version: {error}") from error

    import dask.config
    from distributed import Client
    from distributed.security import Security

    cert, key = str(directory.cert), str(directory.key)
    security = Security(
        require_encryption=True, tls_ca_file=cert, tls_client_cert=cert, tls_client_key=key
    )
    if link := handed_on():
        dask.config.set({"distributed.dashboard.link": link})
    options.setdefault("timeout", max(1.0, deadline - time.monotonic()))
    return Client(connection.address, security=security, **options)


def _place(state_dir: str | os.PathLike[str] | None) -> Path:
    return default_state_dir() if state_dir is None else Path(state_dir).expanduser().absolute()


def _only(state_dir: Path) -> Observed:
    """Return the one cluster that there is. Raises WrongState."""
    found = [observed for observed in run(checked(state_dir)) if observed.ended is None]
    if not found:
        raise WrongState("no cluster is running: create one in JupyterLab's Dask panel")
    if len(found) > 1:
        names = ", ".join(observed.record.name for observed in found)
        raise WrongState(f"several clusters are running, say which one to connect to: {names}")
    return found[0]


def _ready(observed: Observed, deadline: float) -> Observed:
    """Return the same once the cluster can be used. Raises WrongState when it has ended, or is not
    ready in time, and ClusterNotFound."""
    name = observed.record.name
    while observed.ended is None and observed.connection is None:
        if time.monotonic() > deadline:
            raise WrongState(f"cluster {name!r} is still starting")
        time.sleep(POLL_INTERVAL)
        again = read(observed.directory)
        if again is None:
            raise ClusterNotFound(name)
        observed = run(check(again))
    if observed.ended is not None:
        raise WrongState(f"cluster {name!r} has ended: {observed.ended.message}")
    return observed
