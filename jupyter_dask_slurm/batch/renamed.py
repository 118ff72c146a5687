"""Jobs that go by another name than the one they were submitted with: a site's submit plugin, or
``scontrol update``, may have renamed them. Where a job's output goes is not changed by that, and tells
whose it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path, PurePath

from ..file_threads import FileSystemSilent, in_file_thread
from .base import BatchJob, BatchSystem, Snapshot
from .errors import BatchSilent

NameOf = Callable[[str, PurePath], "str | None"]
"""Return the name that a job was submitted with, from its id and the directory of its output; None where
that says nothing. Called in a thread: it may look into files."""


class RenamedJobs:
    """Gives renamed jobs their names back. Each of them is asked for once."""

    def __init__(self, batch: BatchSystem, name_of: NameOf) -> None:
        self._batch = batch
        self._name_of = name_of
        self._known: dict[tuple[str, str, float | None], str | None] = {}

    async def restore(self, snapshot: Snapshot, suspects: Iterable[str]) -> Snapshot:
        """Return the snapshot with those of the suspects that are known to be renamed under the names that
        they were submitted with. Raise BatchError."""
        seen = {i: job for i in suspects if (job := snapshot.get(i)) is not None}
        if asked := [i for i, job in seen.items() if _key(i, job) not in self._known]:
            logs = await self._batch.log_directories(asked)
            try:
                names = await in_file_thread(Path.home(), self._names, logs)
            except FileSystemSilent as error:
                words = "whose the renamed jobs are stands in files that do not answer"
                raise BatchSilent(words) from error
            self._known |= {_key(i, seen[i]): names.get(i) for i in asked}
        # Of those that are no suspects any more nothing is kept.
        self._known = {key: self._known[key] for key in (_key(i, job) for i, job in seen.items())}
        named = {
            i: replace(job, id=i, name=name)
            for i, job in seen.items()
            if (name := self._known[_key(i, job)]) is not None
        }
        return replace(snapshot, jobs={**snapshot.jobs, **named}) if named else snapshot

    def _names(self, logs: Mapping[str, PurePath]) -> dict[str, str | None]:
        return {i: self._name_of(i, directory) for i, directory in logs.items()}

    async def restore_found(
        self, found: Mapping[str, BatchJob], suspects: Iterable[str]
    ) -> Mapping[str, BatchJob]:
        """Do the same for jobs that were asked for by id. Raise BatchError."""
        return (await self.restore(Snapshot(time.time(), found), suspects)).jobs


def _key(job_id: str, job: BatchJob) -> tuple[str, str, float | None]:
    """An id may be given again, to a job that is submitted later."""
    return job_id, job.name, job.submitted
