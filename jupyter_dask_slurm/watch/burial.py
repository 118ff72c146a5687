"""The end of a cluster whose controller is dead: its jobs, its keys, and a word on why."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from ..batch.errors import BatchError
from ..connection import ClusterDirectory, Ended, Record
from ..models import utc_now

RETRY_FIRST, RETRY_LAST = 2.0, 60.0
"""Seconds between two tries to cancel the jobs: doubled from the first to the last."""

CancelJobs = Callable[[Record], Awaitable[None]]
"""Cancels all jobs of the cluster by their names. Raises BatchError."""


def start_failed(message: str) -> Ended:
    """Why a cluster never became ready."""
    return Ended("start_failed", message, utc_now(), "Its whole log is under Logs.")


def controller_died() -> Ended:
    """Why a cluster that was ready is no more, when nobody else can say."""
    return Ended(
        "controller_died",
        "The cluster's controller is gone (killed, or its host was restarted).",
        utc_now(),
        "What its workers held is lost. Create a new cluster.",
    )


def ended_by_force(error: BatchError) -> Ended:
    """Why a cluster is still listed that was to be forgotten."""
    return Ended(
        "ended_by_force",
        f"It was ended by force, but its jobs could not be cancelled: {error}",
        utc_now(),
        "Look for them in the queue.",
    )


async def bury(
    directory: ClusterDirectory,
    record: Record,
    ended: Ended,
    *,
    cancel_jobs: CancelJobs,
    tell: Callable[[Ended], None],
) -> None:
    """Cancel the jobs, however long that takes; then write why, and remove the keys.

    ``tell`` is called with what to show meanwhile, when the batch system does not cancel them. In
    this order, so that a server that is stopped in between begins again when it is started.
    """
    delay = RETRY_FIRST
    while True:
        try:
            await cancel_jobs(record)
            break
        except BatchError as error:
            message = f"{ended.message} Its jobs could not be cancelled yet: {error}"
            tell(replace(ended, message=message))
            await asyncio.sleep(delay)
            delay = min(delay * 2, RETRY_LAST)
    message = f"{ended.message} Its jobs were cancelled."
    await close(
        directory, ended if ended.code == "start_failed" else replace(ended, message=message)
    )


async def close(directory: ClusterDirectory, ended: Ended) -> None:
    """Write why it ended, unless somebody has, and remove its keys."""

    def write() -> None:
        if directory.path.exists() and directory.ended() is None:
            directory.write(ended)
        directory.remove_keys()

    await asyncio.to_thread(write)
