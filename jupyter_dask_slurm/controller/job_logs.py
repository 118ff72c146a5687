"""The logs that the jobs of a cluster write: read when a job has ended, removed when it is forgotten."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from ..batch.base import JOB_ID
from ..file_threads import FileSystemSilent, in_file_thread
from ..logs import log_end

logger = logging.getLogger(__name__)


class JobLogs:
    """The logs in ``directory``. They are removed only where that is ``removable``: a directory that
    the user chose holds other files, too."""

    def __init__(self, directory: Path, *, removable: bool) -> None:
        self.directory = directory
        self.removable = removable
        self._to_remove: list[str] = []
        self._removing = False
        self._warned = False

    async def end(self, job_id: str, lines: int = 20) -> str | None:
        """Return the last lines of a job's log; None where there is no such log. One that cannot be read
        counts as empty."""
        try:
            return await in_file_thread(self.directory, _end, self._path(job_id), lines)
        except FileSystemSilent:
            return ""

    async def remove(self, ids: Iterable[str]) -> None:
        """Remove the logs of those jobs: a cluster may live for months. One that cannot be removed
        stays, which is logged once."""
        if not self.removable:
            return
        self._to_remove += [job_id for job_id in ids if JOB_ID.fullmatch(job_id)]
        if self._removing:
            return
        self._removing = True
        try:
            while self._to_remove:
                ids, self._to_remove = self._to_remove, []
                try:
                    paths = [self._path(job_id) for job_id in ids]
                    error = await in_file_thread(self.directory, _unlink, paths)
                except FileSystemSilent:
                    self._to_remove += ids  # with the next that are forgotten
                    return
                if error is not None and not self._warned:
                    self._warned = True
                    logger.warning("old logs of jobs cannot be removed: %s", error)
        finally:
            self._removing = False

    def _path(self, job_id: str) -> Path:
        return self.directory / f"{job_id}.log"


def _end(path: Path, lines: int) -> str | None:
    """Blocks."""
    return log_end(path, lines) or ("" if path.exists() else None)


def _unlink(paths: Iterable[Path]) -> OSError | None:
    """Remove files and return the last error. Blocks."""
    last = None
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            last = error
    return last
