"""Find your clusters and connect to one."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..clusters.client_code import SESSION_VARIABLE, handed_on
from ..clusters.find import ask, checked, find, look_at, run
from ..clusters.status import Observed
from ..clusters.use import until_ready
from ..errors import Unreadable, WrongState
from ..model.versions import ADVICE, Versions, differences, in_words
from ..model.wire import check_protocol

if TYPE_CHECKING:
    from distributed import Client

    from .cluster import SLURMCluster


def list_clusters(state_dir: str | os.PathLike[str] | None = None) -> list[SLURMCluster]:
    """Your clusters, each as its controller describes it now.

    ``state_dir`` is where the Jupyter server keeps them, if not at its default.
    """
    from .cluster import SLURMCluster
    from .handle import place

    where = place(state_dir)
    return [SLURMCluster._of(observed, where) for observed in run(look_at(where))]


def connect(
    name: str | SLURMCluster | None = None,
    *,
    timeout: float = 60.0,
    state_dir: str | os.PathLike[str] | None = None,
    **options: Any,
) -> Client:
    """A ``distributed.Client`` of a running cluster, over TLS with the cluster's own key. Its ``cluster``
    is the `SLURMCluster`.

    ``name`` (or the id, or what `list_clusters` gives) may be left out when exactly one cluster runs. One
    that is still starting is waited for, up to ``timeout`` seconds. ``options`` go to
    ``distributed.Client``; its ``name`` is the path of the notebook unless they have another.

    Raises `ClusterNotFound`, or `WrongState` when there is none to choose, several, one that
    ended, one that is not ready in time, or one of a version that is not understood here. Warns where
    this kernel has other versions than the cluster that break pickles.
    """
    import dask.config
    from distributed import Client

    from .cluster import SLURMCluster
    from .handle import Handle, place

    deadline = time.monotonic() + timeout
    if isinstance(name, Handle):
        where, name = name._state_dir, name.id
    elif name is not None and not isinstance(name, str):
        raise TypeError(f"a cluster is meant by its name, its id or its handle, not by {name!r}")
    else:
        where = place(state_dir)
    observed = run(_ready(where, name, timeout))
    if link := handed_on():
        dask.config.set({"distributed.dashboard.link": link})
    options.setdefault("timeout", max(1.0, deadline - time.monotonic()))
    if not dask.config.get("client-name", None):
        options.setdefault("name", os.environ.get(SESSION_VARIABLE))
    asynchronous = bool(options.get("asynchronous"))
    cluster = SLURMCluster._of(observed, where, asynchronous=asynchronous)
    return _connected(lambda: Client(cluster, **options), observed.cluster().versions or {})


def _connected(make: Callable[[], Client], scheduler: Versions) -> Client:
    """Return the client that is made, and say before what of its versions differs from the scheduler's:
    tasks would tell it in no words that lead there. Raise WrongState where it cannot be made for that."""
    from distributed.versions import VersionMismatchWarning, get_versions

    found = differences(get_versions()["packages"], scheduler)
    if not any(each.breaks for each in found):
        return make()
    words = f"{in_words('this kernel has', [each for each in found if each.breaks])}. {ADVICE}"
    warnings.warn(words, VersionMismatchWarning, stacklevel=3)
    try:
        return make()
    except Exception as error:
        raise WrongState(f"{words} Connecting failed: {error}") from error


async def _ready(state_dir: Path, name: str | None, timeout: float) -> Observed:
    """Return the cluster that is meant once it can be used, as it is then."""
    observed = await (_only(state_dir) if name is None else find(state_dir, name))
    observed = await until_ready(observed, timeout)
    assert observed.connection is not None
    try:
        check_protocol(vars(observed.connection))
    except Unreadable as error:
        called = observed.record.name
        raise WrongState(f"cluster {called!r} is of another version: {error}") from error
    return await ask(observed)


async def _only(state_dir: Path) -> Observed:
    """Return the one cluster that there is. Raises WrongState."""
    found = [observed for observed in await checked(state_dir) if observed.ended is None]
    if not found:
        raise WrongState("no cluster is running: create one in JupyterLab's Dask panel")
    if len(found) > 1:
        names = ", ".join(observed.record.name for observed in found)
        raise WrongState(f"several clusters are running, say which one to connect to: {names}")
    return found[0]
