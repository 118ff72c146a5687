"""The end of a cluster whose controller is dead: its jobs, its keys, and a word on why."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from ...batch.errors import BatchError
from ...cluster_files.directory import START_AGAIN, ClusterDirectory, Ended, Record
from ...model.cluster import utc_now

RETRY_FIRST, RETRY_LAST = 2.0, 60.0
"""Seconds between two tries to cancel the jobs: doubled from the first to the last."""

CancelJobs = Callable[[Record], Awaitable[None]]
"""Cancels all jobs of the cluster by their names. Raises BatchError."""


def start_failed(message: str) -> Ended:
    """Why a cluster never became ready."""
    advice = f"Its whole log is under Logs. When the cause is gone: {START_AGAIN}"
    return Ended("start_failed", message, utc_now(), advice)


def controller_died(how: str | None = None) -> Ended:
    """Why a cluster that was ready is no more, when its controller did not say; ``how`` is a sentence
    of who ran that."""
    return Ended(
        "controller_died",
        "The cluster's controller is gone: it was killed, or its host was restarted."
        if how is None
        else f"The cluster's controller is gone. {how}",
        utc_now(),
        f"What its workers held is lost. {START_AGAIN}",
    )


def ended_by_force(error: BatchError) -> Ended:
    """Why a cluster is still listed that was to be forgotten."""
    return Ended(
        "ended_by_force",
        f"It was ended by force, but its jobs could not be cancelled: {error}",
        utc_now(),
        "Its jobs are listed as orphans, and can be cancelled there, once the batch system answers.",
    )


async def cancel_for(
    record: Record, ended: Ended, *, cancel_jobs: CancelJobs, tell: Callable[[Ended], None]
) -> Ended:
    """Cancel the jobs of a dead controller, however long that takes; answers ``ended`` with a word
    on it.

    ``tell`` is called with what to show meanwhile, when the batch system does not cancel them.
    Nothing is written before they are, so that a server that is stopped in between begins again
    when it is started.
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
    if ended.code == "start_failed":
        return ended
    return replace(ended, message=f"{ended.message} Its jobs were cancelled.")


async def close(directory: ClusterDirectory, ended: Ended) -> None:
    """Write why it ended, unless somebody has, and remove its keys. Raises OSError."""

    def write() -> None:
        try:
            if directory.path.exists() and directory.ended() is None:
                directory.write(ended)
        finally:
            directory.remove_keys()

    await asyncio.to_thread(write)
