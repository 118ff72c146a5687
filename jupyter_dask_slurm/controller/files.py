"""Looking after the connection file: without it nobody finds the cluster."""

from __future__ import annotations

import asyncio
import logging

from ..model.cluster import Problem, utc_now
from .cluster import LiveCluster
from .problems import ADVICE

CHECK = 10.0
"""Seconds between two looks."""
GONE_AFTER = 3
"""So many looks in a row have to find the cluster's directory gone before it is."""
logger = logging.getLogger(__name__)


async def keep_files(cluster: LiveCluster) -> None:
    """Mend the connection file whenever it is missing or damaged; say so on the cluster while that
    fails. Returns when the cluster's directory has gone."""
    missing = 0
    while missing < GONE_AFTER:
        await asyncio.sleep(CHECK)
        missing = 0 if await asyncio.to_thread(_look, cluster) else missing + 1
        cluster.publish()


def _look(cluster: LiveCluster) -> bool:
    """False when the directory is not there, and the one above it is."""
    directory = cluster.directory
    if not directory.path.is_dir():
        return not directory.path.parent.is_dir()
    try:
        if cluster.connection is not None and directory.connection() != cluster.connection:
            directory.write(cluster.connection)
            logger.warning("the connection file was missing or damaged: it is written again")
        cluster.unwritable = None
    except OSError as error:
        if cluster.unwritable is None:
            logger.warning("the connection file cannot be written: %s", error)
            message = f"Its files cannot be written: {error}"
            advice = ADVICE["files_unwritable"]
            cluster.unwritable = Problem("files_unwritable", message, utc_now(), advice)
    return True
