"""Which jobs a cluster has submitted, for the time when its controller is gone.

A job that the site has renamed is known by where its output goes. Where that is a directory of the
user's, which may have the output of other jobs as well, its id has to tell. ``submitted.txt`` has
those of arrays and single jobs, one a line; it is written where there is such a directory.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable
from pathlib import Path, PurePath

from ..model.names import job_name
from ..private_files import read_private
from .directory import ClusterDirectory, directories, job_name_from_logs

_FILE = "submitted.txt"
_RECORDS_LAST = 5.0
"""Seconds; a user's other jobs are asked about one after the other."""


def note_submitted(directory: ClusterDirectory, job_ids: Iterable[str]) -> None:
    """Add jobs to the cluster's file. Raise OSError."""
    arrays = dict.fromkeys(job_id.partition("_")[0] for job_id in job_ids)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    with open(os.open(directory.path / _FILE, flags, 0o600), "a") as stream:
        stream.writelines(f"{array}\n" for array in arrays)


def _has_submitted(directory: ClusterDirectory, job_id: str) -> bool:
    try:
        said = read_private(directory.path / _FILE).decode().split()
        return job_id.partition("_")[0] in said
    except (OSError, ValueError):
        return False


class JobNames:
    """Names for renamed jobs of one registry, from their ids and the directory of their output."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._by_logs: dict[PurePath, list[ClusterDirectory]] = {}
        self._read_at: float | None = None

    def __call__(self, job_id: str, logs: PurePath) -> str | None:
        """Return a name for that job, if it is one of a cluster's. Blocks on the file system."""
        if (name := job_name_from_logs(self._state_dir, logs)) is not None:
            return name
        for directory in self._clusters().get(logs, ()):
            if _has_submitted(directory, job_id):
                return job_name(directory.id, directory.id, 0)
        return None

    def _clusters(self) -> dict[PurePath, list[ClusterDirectory]]:
        """Return the clusters that have a log directory of the user's, by that."""
        if self._read_at is None or time.monotonic() - self._read_at > _RECORDS_LAST:
            self._by_logs = {}
            # Where the registry cannot be read, or is not to be believed, they keep their names.
            with contextlib.suppress(OSError):
                for directory in directories(self._state_dir):
                    record = directory.record()
                    if record is not None and record.options.log_directory:
                        logs = PurePath(record.options.log_directory)
                        self._by_logs.setdefault(logs, []).append(directory)
            self._read_at = time.monotonic()
        return self._by_logs
