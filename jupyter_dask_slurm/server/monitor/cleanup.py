"""Cleaning up after a cluster whose controller is dead: its jobs, its keys, and a word on why."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from ...batch.errors import BatchError
from ...cluster_files.directory import ClusterDirectory, Record
from ...cluster_files.ended import Ended

RETRY_FIRST, RETRY_LAST = 2.0, 60.0
"""Seconds between two tries to cancel the jobs: doubled from the first to the last."""

CancelJobs = Callable[[Record], Awaitable[None]]
"""Cancels all jobs of the cluster by their names. Raises BatchError."""


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
    return ended.with_jobs_cancelled()


async def close(directory: ClusterDirectory, ended: Ended) -> None:
    """Write why it ended, unless somebody has, and remove its keys. Raises OSError."""

    def write() -> None:
        try:
            if directory.path.exists() and directory.ended() is None:
                directory.write(ended)
        finally:
            directory.remove_keys()

    await asyncio.to_thread(write)
