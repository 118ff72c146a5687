"""Waits for a cluster's workers, and says what Slurm says meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..errors import WrongState
from ..model.cluster import Cluster
from .find import ask
from .status import Observed
from .use import follow
from .words import workers_in_words


class WorkersMissing(Exception):
    """So many workers were not there in time; ``connected`` are, and ``str()`` says why no more."""

    def __init__(self, connected: int, why: str) -> None:
        super().__init__(why)
        self.connected = connected


async def until_workers(
    observed: Observed, wanted: int, tell: Callable[[str], None], limit: float | None = None
) -> Cluster:
    """Return the cluster as soon as so many workers are connected. ``tell`` hears how far it is.

    Raises WorkersMissing after ``limit`` seconds, WrongState when the cluster ends, and `Unavailable`.
    """
    last: Cluster | None = None

    async def wait() -> Cluster:
        nonlocal last
        async for cluster in follow(observed):
            last = cluster
            if cluster.workers.connected >= wanted:
                return cluster
            tell(workers_in_words(cluster, wanted))
        name = observed.record.name if last is None else last.name
        workers = "1 worker" if wanted == 1 else f"{wanted} workers"
        raise WrongState(f"cluster {name!r} has ended, with {workers} still awaited")

    try:
        return await asyncio.wait_for(wait(), limit)
    except asyncio.TimeoutError:
        if last is None:  # there was no time to be told
            last = (await ask(observed)).cluster()
        raise WorkersMissing(last.workers.connected, workers_in_words(last, wanted)) from None
