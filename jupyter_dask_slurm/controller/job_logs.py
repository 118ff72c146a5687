"""Removing the logs of jobs that nobody can ask for any more: a cluster may live for months."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from pathlib import Path

from ..batch.base import JOB_ID

logger = logging.getLogger(__name__)


class OldLogs:
    """The logs of jobs that the book has forgotten, in ``directory``; nothing is removed where that
    is None: a directory that the user chose holds files of others."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._left: list[str] = []
        self._removing = False
        self._complained = False

    async def remove(self, ids: Iterable[str]) -> None:
        """Remove the logs of those jobs; one that cannot be removed stays, and that is logged once."""
        if self._directory is None:
            return
        self._left += [job_id for job_id in ids if JOB_ID.fullmatch(job_id)]
        if self._removing:
            return  # a file server that hangs keeps one thread, not one for every call
        self._removing = True
        try:
            while self._left:
                ids, self._left = self._left, []
                paths = [self._directory / f"{job_id}.log" for job_id in ids]
                error = await asyncio.to_thread(_unlink, paths)
                if error is not None and not self._complained:
                    self._complained = True
                    logger.warning("old logs of jobs cannot be removed: %s", error)
        finally:
            self._removing = False


def _unlink(paths: Iterable[Path]) -> OSError | None:
    """Blocks. Answers the last error."""
    last = None
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            last = error
    return last
