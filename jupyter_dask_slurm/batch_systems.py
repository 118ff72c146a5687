"""The batch systems that the server speaks to itself: started when first needed."""

from __future__ import annotations

import asyncio

from .batch.base import BatchSystem, Site
from .batch.cancel import cancel_matching
from .batch.choose import find_batch_system, make_batch_system
from .connection import Record
from .errors import InvalidOptions
from .job_names import belongs_to, cluster_of_controller
from .settings import Settings
from .site import SiteAnswer, SiteCache

BATCH_SYSTEMS = ("slurm", "local")
CANCEL_LIMIT = 20.0
"""Seconds that a request to end a cluster by force may take to see its jobs go."""


class BatchSystems:
    """Which batch systems there are to choose from, and each one's object while it is used."""

    def __init__(self, settings: Settings) -> None:
        self.default: str = find_batch_system(settings.batch_system)
        """The one for clusters whose maker does not choose."""
        self.choices: tuple[str, ...] = (self.default,)
        """Those a user may ask for. Beside a Slurm that was found, because Slurm may be silent, also
        the local queue; only what the administrator set where something was set."""
        if settings.batch_system == "auto" and self.default == "slurm":
            self.choices = BATCH_SYSTEMS
        self._settings = settings
        self._started: dict[str, asyncio.Task[BatchSystem]] = {}
        self._sites: dict[str, SiteCache] = {}

    def choose(self, wanted: str | None) -> str:
        """The batch system for a request. Raises InvalidOptions when it is none of the choices."""
        if wanted is None:
            return self.default
        if wanted not in self.choices:
            raise InvalidOptions.of("batch_system", f"one of: {', '.join(self.choices)}")
        return wanted

    async def site(self, name: str) -> SiteAnswer:
        """What it offers, as far as that is known after 2 s. Raises nothing."""
        if name not in self._sites:

            async def ask() -> Site:
                return await (await self._get(name)).site()

            self._sites[name] = SiteCache(ask)
        return await self._sites[name].get()

    async def cancel_jobs(self, record: Record) -> None:
        """Cancel every job of that cluster, its controller's too, by their names. Raises BatchError.

        A record that was lost does not say where they are: then each choice is asked.
        """

        def matches(name: str) -> bool:
            return belongs_to(name, record.id) or cluster_of_controller(name) == record.id

        for name in [record.batch_system] if record.batch_system else self.choices:
            await cancel_matching(await self._get(name), matches, limit=CANCEL_LIMIT)

    async def stop(self) -> None:
        """Stop what was started. The jobs of clusters are not this object's, and go on."""
        await asyncio.gather(*(site.stop() for site in self._sites.values()))
        started = await asyncio.gather(*self._started.values(), return_exceptions=True)
        for batch in started:
            if not isinstance(batch, BaseException):
                await batch.stop()
        self._sites.clear()
        self._started.clear()

    async def _get(self, name: str) -> BatchSystem:
        if name not in self._started:
            self._started[name] = asyncio.create_task(self._start(name))
        return await asyncio.shield(self._started[name])

    async def _start(self, name: str) -> BatchSystem:
        settings = self._settings
        batch: BatchSystem = make_batch_system(
            name,
            directory=settings.state_dir,
            cores=settings.local_cores,
            memory=settings.local_memory,
        )
        await batch.start()
        return batch
