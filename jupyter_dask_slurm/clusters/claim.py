"""Names are taken one at a time: by one process of the user, on whatever host.

Whoever creates a cluster has looked for its name some time ago, and other processes create clusters, too.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
from collections.abc import AsyncIterator, Collection
from pathlib import Path

from ..cluster_files.directory import directories
from ..cluster_files.json_file import LOCK_LIMIT, take_lock
from ..errors import NameTaken
from ..file_threads import in_file_thread_or_undo, leave_to_file_thread

LOCK = ".names.lock"
"""The file in the registry whose lock is held while a name is taken."""
WAIT = LOCK_LIMIT + 1
"""Seconds that taking it may last. It is a little more than the wait for another holder."""
logger = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def one_at_a_time(registry: Path) -> AsyncIterator[None]:
    """Keep all others who ask from the block until it is left, and wait for them: a few seconds at most.

    Where the lock is not to be had in time, because its holder hangs or the file server's locks do, that
    is logged, and the block entered all the same: two clusters of one name are less of a harm than none.
    """
    path = registry / LOCK
    handle = None
    try:
        # A place of its own: where locks hang, files need not.
        taking = in_file_thread_or_undo(path, os.close, _take, path)
        handle = await asyncio.wait_for(taking, WAIT)
    except (OSError, asyncio.TimeoutError) as error:
        logger.warning("a name is taken without the lock %s: %s", path, str(error) or "no answer")
    try:
        yield
    finally:
        if handle is not None:
            leave_to_file_thread(path, functools.partial(os.close, handle))


def _take(path: Path) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return take_lock(path, "a new cluster's name")


def check_name(registry: Path, name: str, known: Collection[str]) -> None:
    """Raise NameTaken, with who has it, when a cluster that has not ended is called so and its id is not
    ``known``. What cannot be read has no name. Blocks."""
    for directory in directories(registry):
        if directory.id not in known:
            record = directory.record()
            if record is not None and record.name == name and directory.ended() is None:
                raise NameTaken(name, f"{record.id}, created on {record.host}")
