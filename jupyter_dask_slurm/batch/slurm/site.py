"""What a Slurm offers: its version, configuration, partitions and nodes, with caches."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from ..base import Site
from ..errors import BatchError
from . import parse as parse
from . import partitions as rows
from .access import Submitter, this_user
from .accounts import UserAccounts

T = TypeVar("T")
Run = Callable[..., Awaitable[str]]

CONFIGURATION_LASTS = 4 * 3600.0
"""Seconds. Administrators change it a few times a year; after an error it is asked for again."""
PARTITIONS_LAST = 300.0


class Cached(Generic[T]):
    """The result of ``ask()``, used for ``lasts`` seconds; an error is not kept."""

    def __init__(self, ask: Callable[[], Awaitable[T]], lasts: float) -> None:
        self._ask = ask
        self._lasts = lasts
        self._answer: tuple[float, T] | None = None

    async def get(self) -> T:
        """Return the result; ask for it when there is none or it is too old. Raise what ``ask()`` raises."""
        now = time.monotonic()
        if self._answer is None or now - self._answer[0] >= self._lasts:
            self._answer = None
            self._answer = (now, await self._ask())
        return self._answer[1]

    def forget(self) -> None:
        self._answer = None


class SlurmSite:
    """Describes the site. ``run`` takes a command's words and returns what it printed."""

    def __init__(self, name: str, run: Run) -> None:
        self._name = name
        self._run = run
        self._accounts = UserAccounts(run)
        self._version = Cached(lambda: run("sinfo", "--version"), float("inf"))
        self._configuration = Cached(self._ask_configuration, CONFIGURATION_LASTS)
        self._submitter = Cached(self._ask_submitter, CONFIGURATION_LASTS)
        self._partitions = Cached(
            lambda: run("scontrol", "-a", "show", "partition", "-o"), PARTITIONS_LAST
        )

    async def site(self) -> Site:
        """Run ``sinfo``, and the commands whose results are not cached. Raise BatchError.

        They run one after the other, so that a slurmctld that does not answer is asked once.
        """
        try:
            nodes = await self._run("sinfo", "-a", "-h", "-e", "-O", rows.NODE_FORMAT)
            partitions = await self._partitions.get()
            configuration = await self._configuration.get()
            version = await self._version.get()
            submitter = await self._submitter.get()
        except BatchError:
            self.forget()
            raise
        return Site(
            batch_system=self._name,
            version=parse.parse_version(version),
            cluster=configuration.cluster,
            partitions=rows.parse_partitions(
                partitions, rows.parse_nodes(nodes), configuration, submitter
            ),
            enforce_part_limits=configuration.enforce_part_limits,
            max_array_size=configuration.max_array_size,
            accounts=await self._accounts.accounts(configuration),
        )

    async def configuration(self) -> parse.Configuration:
        """Return the lines of the configuration that matter here. Raise BatchError."""
        return await self._configuration.get()

    async def stop(self) -> None:
        """Cancel what is asked in the background."""
        await self._accounts.stop()

    def forget(self) -> None:
        """Drop what is cached: a command failed, and the reason may be a change."""
        self._configuration.forget()
        self._partitions.forget()

    async def _ask_submitter(self) -> Submitter:
        return await asyncio.to_thread(this_user, await self._configuration.get())

    async def _ask_configuration(self) -> parse.Configuration:
        return parse.parse_configuration(await self._run("scontrol", "show", "config"))
