"""What the batch system says of the cluster's jobs: by its list; by id, where that leaves jobs out; and by
the list of another Slurm cluster of the site's, where a wrapper sent them there without a word."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Collection, Mapping

from ..batch.base import BatchJob, BatchSystem, Snapshot
from ..batch.errors import BatchError
from ..batch.renamed import NameOf, RenamedJobs
from ..logs import listed
from ..model.names import belongs_to
from .job_table import JobTable
from .tracked_job import TrackedJob

logger = logging.getLogger(__name__)


class JobPolls:
    """Takes it into the job table. Its coroutines raise BatchError."""

    def __init__(self, batch: BatchSystem, table: JobTable, name_of: NameOf) -> None:
        """``name_of`` is for jobs that the site has renamed."""
        self.renamed = RenamedJobs(batch, name_of)
        self._batch, self._table, self._name_of = batch, table, name_of
        self._searched: set[str] = set()
        """Jobs that were looked for in other Slurm clusters."""

    async def poll(self, *, max_age: float, all_go: bool = False) -> tuple[float, list[TrackedJob]]:
        """Return when that was so, and the jobs that have ended since. ``all_go``: see `JobTable.lost`."""
        snapshot = await self._list(max_age)
        ended = self._table.update(snapshot)
        if await self._follow(self._table.never_listed()):
            snapshot = await self._list(0)
            ended += self._table.update(snapshot)
        if lost := self._table.lost(all_go=all_go):
            ended += self._table.settle_lost(lost, await self._find(lost))
        return snapshot.taken, ended

    async def _list(self, max_age: float) -> Snapshot:
        snapshot = await self._batch.jobs(max_age=max_age)
        return await self.renamed.restore(snapshot, self._table.renamed(snapshot))

    async def _find(self, ids: Collection[str]) -> Mapping[str, BatchJob]:
        """Return what is known by their ids, ends that no list has shown among it."""
        found = await self._batch.find_jobs(ids)
        if missing := set(ids) - found.keys():
            found = {**await self._batch.ended_jobs(missing), **found}
        others = [i for i, job in found.items() if not belongs_to(job.name, self._table.cluster_id)]
        return await self.renamed.restore_found(found, others)

    async def _follow(self, ids: Collection[str]) -> bool:
        """Look for jobs in the site's other Slurm clusters, once; go by the one that has them from now on."""
        wanted = set(ids) - self._searched
        self._searched |= wanted
        for other in await self._batch.elsewhere() if wanted else ():
            with contextlib.suppress(BatchError):
                found = await other.find_jobs(wanted)
                found = await RenamedJobs(other, self._name_of).restore_found(found, found)
                ours = [
                    i for i, job in found.items() if belongs_to(job.name, self._table.cluster_id)
                ]
                if ours and other.slurm_cluster is not None:
                    logger.info("found %s in Slurm cluster %s", listed(ours), other.slurm_cluster)
                    self._batch.speak_of(other.slurm_cluster)
                    return True
        return False
