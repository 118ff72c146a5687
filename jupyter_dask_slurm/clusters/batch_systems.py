"""The batch systems that are asked from here, not by a controller: started when first needed."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from pathlib import PurePath

from ..batch.base import BatchSystem, Estimate, Snapshot
from ..batch.cancel import cancel_matching
from ..batch.choose import find_batch_system, make_batch_system
from ..batch.errors import BatchError, BatchRefused
from ..batch.job_environment import clean_environment
from ..batch.renamed import RenamedJobs
from ..batch.site import Site
from ..cluster_files.record import Record
from ..cluster_files.submitted import JobNames
from ..errors import InvalidOptions
from ..model.names import cluster_of_any
from ..model.settings import Settings
from .site_cache import SiteAnswer, SiteCache
from .start_times import Estimates

Place = tuple[str, str | None]
"""A batch system, and which of a site's Slurm clusters is meant: None is the one that Slurm's commands
speak of by themselves."""
BATCH_SYSTEMS = ("slurm", "local")
SETTLE = 5.0
"""Seconds after which jobs of a cluster are looked for once more: an ``sbatch`` may outlive its caller."""
CANCEL_LIMIT = 20.0
"""Seconds that a request to end a cluster by force may take to see its jobs go."""


def environ_of(batch_system: str) -> Mapping[str, str]:
    """The variables that the batch system reads beside a job's script."""
    return clean_environment(os.environ) if batch_system == "slurm" else {}


class BatchSystems:
    """Which batch systems there are to choose from, and each one's object while it is used."""

    def __init__(self, settings: Settings) -> None:
        self.default: str = find_batch_system(settings.batch_system)
        """The one for clusters that name none."""
        self.choices: tuple[str, ...] = (self.default,)
        """Those a user may ask for. Beside a Slurm that was found, because Slurm may be silent, also
        the local queue; only what the administrator set where something was set."""
        if settings.batch_system == "auto" and self.default == "slurm":
            self.choices = BATCH_SYSTEMS
        self._settings = settings
        self._name_of = JobNames(settings.state_dir)
        self._started: dict[Place, asyncio.Task[BatchSystem]] = {}
        self._renamed: dict[Place, RenamedJobs] = {}
        self._sites: dict[Place, SiteCache] = {}
        self._estimates: dict[Place, Estimates] = {}

    def choose(self, wanted: str | None) -> str:
        """The batch system for a request. Raises InvalidOptions when it is none of the choices."""
        if wanted is None:
            return self.default
        if wanted not in self.choices:
            raise InvalidOptions.of("batch_system", f"one of: {', '.join(self.choices)}")
        return wanted

    async def site(self, name: str, slurm_cluster: str | None = None) -> SiteAnswer:
        """What it offers, as far as that is known after 2 s. Raises nothing."""
        place = (name, slurm_cluster)
        if place not in self._sites:

            async def ask() -> Site:
                return await (await self._get(place)).site()

            self._sites[place] = SiteCache(ask)
        return await self._sites[place].get()

    async def doubt_sites(self, name: str) -> None:
        """Ask anew, before anybody else is refused for it, what that batch system offers: administrators
        open partitions and raise limits. At most each `RETRY` seconds."""
        for place, cache in self._sites.items():
            if place[0] == name and cache.doubt():
                with contextlib.suppress(BatchError):
                    (await self._get(place)).doubt_site()

    @contextlib.asynccontextmanager
    async def asking(
        self, name: str, guess: str | None
    ) -> AsyncIterator[Callable[[str | None], Awaitable[SiteAnswer]]]:
        """Begin to ask what the Slurm cluster ``guess`` offers; give what returns the answer of the one
        that is meant in the end. It is for what takes as long as a silent Slurm itself."""
        asked = asyncio.create_task(self.site(name, guess))

        async def answer_of(slurm_cluster: str | None) -> SiteAnswer:
            same = slurm_cluster == guess
            return await asked if same else await self.site(name, slurm_cluster)

        try:
            yield answer_of
        finally:
            asked.cancel()

    def known_site(self, name: str | None, slurm_cluster: str | None) -> Site | None:
        """What it offered when it was asked last; None where it was not, or has not answered."""
        cache = self._sites.get((name or "", slurm_cluster))
        return None if cache is None else cache.known

    async def estimate(
        self,
        name: str,
        script: str,
        slurm_cluster: str | None = None,
        *,
        otherwise: str | None = None,
    ) -> Estimate:
        """When a job of that script would start there; where that is refused, one of ``otherwise``, as it
        is submitted. Waits for an answer, 15 s at most. Raises nothing."""
        place = (name, slurm_cluster)
        if place not in self._estimates:

            async def ask(script: str) -> Estimate:
                return await (await self._get(place)).estimate(script)

            self._estimates[place] = Estimates(ask)
        return await self._estimates[place].get(script, otherwise)

    async def started(self, name: str, slurm_cluster: str | None = None) -> BatchSystem:
        """Return the batch system itself, which is stopped with this object. Raises BatchError."""
        return await self._get((name, slurm_cluster))

    async def cancel_jobs(self, record: Record) -> None:
        """Cancel every job of that cluster, its controller's too, by their names or the place of their
        output. Raises BatchError.

        A record that was lost does not say where they are: then each choice is asked.
        """
        for name in [record.batch_system] if record.batch_system else self.choices:
            await self.cancel_clusters((name, record.slurm_cluster), {record.id})

    async def cancel_clusters(
        self, place: Place, cluster_ids: Collection[str], *, settle: float = SETTLE
    ) -> None:
        """Cancel every job of those clusters in that batch system. Raises BatchError.

        ``settle`` is as in `cancel_matching`: 0 where nobody can be submitting any more.
        """

        def matches(job_name: str) -> bool:
            return cluster_of_any(job_name) in cluster_ids

        batch = await self._get(place)
        await cancel_matching(
            batch, matches, name_of=self._name_of, limit=CANCEL_LIMIT, settle=settle
        )

    async def snapshots(
        self, *, max_age: float, slurm_clusters: Collection[str] = ()
    ) -> dict[Place, Snapshot | BatchError]:
        """The user's jobs in each of the choices, and in those of the site's Slurm clusters, at most
        ``max_age`` seconds old; or why it does not tell. Others of them that slurmdbd knows are there if
        they answer. Raises BatchError when one of the choices does not answer in any place."""
        named: list[Place] = [(name, None) for name in self.choices]
        others: list[Place] = []
        if "slurm" in self.choices:
            named += [("slurm", cluster) for cluster in sorted(slurm_clusters)]
            slurm = await self._get(("slurm", None))
            known = {("slurm", other.slurm_cluster) for other in await slurm.elsewhere()}
            others = sorted(known.difference(named), key=str)
        taken = await asyncio.gather(
            *(self._snapshot(place, max_age) for place in (*named, *others)),
        )
        found = dict(zip((*named, *others), taken, strict=True))
        for name in self.choices:
            of_it = [answer for place, answer in found.items() if place[0] == name]
            for error in of_it:
                if isinstance(error, BatchError) and not any(
                    isinstance(a, Snapshot) for a in of_it
                ):
                    raise error
        return {p: a for p, a in found.items() if p in named or isinstance(a, Snapshot)}

    async def _snapshot(self, place: Place, max_age: float) -> Snapshot | BatchError:
        try:
            return await self._jobs(place, max_age)
        except BatchError as error:
            return error

    async def _jobs(self, place: Place, max_age: float) -> Snapshot:
        batch = await self._get(place)
        snapshot = await batch.jobs(max_age=max_age)
        others = [
            i
            for i, job in snapshot.jobs.items()
            if not job.state.ended and not cluster_of_any(job.name)
        ]
        renamed = self._renamed.setdefault(place, RenamedJobs(batch, self._name_of))
        return await renamed.restore(snapshot, others)

    async def log_directories(self, place: Place, ids: Collection[str]) -> Mapping[str, PurePath]:
        """Where the output of these jobs goes, of those that are known there. Raises BatchError."""
        return await (await self._get(place)).log_directories(ids)

    async def stop(self) -> None:
        """Stop what was started. The jobs of clusters are not this object's, and go on."""
        await asyncio.gather(*(site.stop() for site in self._sites.values()))
        await asyncio.gather(*(estimates.stop() for estimates in self._estimates.values()))
        started = await asyncio.gather(*self._started.values(), return_exceptions=True)
        for batch in started:
            if not isinstance(batch, BaseException):
                await batch.stop()
        self._sites.clear()
        self._estimates.clear()
        self._started.clear()
        self._renamed.clear()

    async def _get(self, place: Place) -> BatchSystem:
        """Started, if need be again: a disk is not full for ever. Raises BatchError."""
        if place not in self._started:
            self._started[place] = asyncio.create_task(self._start(place))
        starting = self._started[place]
        try:
            return await asyncio.shield(starting)
        except OSError as error:
            if self._started.get(place) is starting:
                del self._started[place]
            raise BatchRefused(f"{self._settings.state_dir} cannot be used: {error}") from error

    async def _start(self, place: Place) -> BatchSystem:
        settings = self._settings
        name, slurm_cluster = place
        batch: BatchSystem = make_batch_system(
            name,
            directory=settings.state_dir,
            cores=settings.local_cores,
            memory=settings.local_memory,
            slurm_cluster=slurm_cluster,
        )
        await batch.start()
        return batch
