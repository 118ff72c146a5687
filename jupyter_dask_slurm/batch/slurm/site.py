"""What a Slurm offers, asked no more often than it changes."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from ..base import Site
from ..errors import BatchError
from . import parse as parse
from . import partitions as rows
from .accounts import UserAccounts

T = TypeVar("T")
Run = Callable[..., Awaitable[str]]

CONFIGURATION_LASTS = 4 * 3600.0
"""Seconds. Administrators change it a few times a year; an error makes us ask at once."""
PARTITIONS_LAST = 300.0


class Cached(Generic[T]):
    """One question's answer, used for ``lasts`` seconds; a failure is not remembered."""

    def __init__(self, ask: Callable[[], Awaitable[T]], lasts: float) -> None:
        self._ask = ask
        self._lasts = lasts
        self._answer: tuple[float, T] | None = None

    async def get(self) -> T:
        """The answer, asked for when there is none or it is too old. Raises what asking raises."""
        now = time.monotonic()
        if self._answer is None or now - self._answer[0] >= self._lasts:
            self._answer = None
            self._answer = (now, await self._ask())
        return self._answer[1]

    def forget(self) -> None:
        self._answer = None


class SlurmSite:
    """The questions about a site. ``run`` takes a command's words and answers what it printed."""

    def __init__(self, name: str, run: Run) -> None:
        self._name = name
        self._run = run
        self._accounts = UserAccounts(run)
        self._version = Cached(lambda: run("sinfo", "--version"), float("inf"))
        self._configuration = Cached(self._ask_configuration, CONFIGURATION_LASTS)
        self._partitions = Cached(
            lambda: run("scontrol", "-a", "show", "partition", "-o"), PARTITIONS_LAST
        )

    async def site(self) -> Site:
        """One ``sinfo``, and what is not remembered: one after the other, so that a silent Slurm is
        asked once. Raises BatchError."""
        try:
            nodes = await self._run("sinfo", "-a", "-h", "-e", "-O", rows.NODE_FORMAT)
            partitions = await self._partitions.get()
            configuration = await self._configuration.get()
            version = await self._version.get()
        except BatchError:
            self.forget()
            raise
        return Site(
            batch_system=self._name,
            version=parse.parse_version(version),
            cluster=configuration.cluster,
            partitions=rows.parse_partitions(partitions, rows.parse_nodes(nodes)),
            max_array_size=configuration.max_array_size,
            accounts=await self._accounts.accounts(configuration),
        )

    async def configuration(self) -> parse.Configuration:
        """Raises BatchError."""
        return await self._configuration.get()

    async def stop(self) -> None:
        """Give up what is asked in the background."""
        await self._accounts.stop()

    def forget(self) -> None:
        """Something went wrong: it may no longer be what it was."""
        self._configuration.forget()
        self._partitions.forget()

    async def _ask_configuration(self) -> parse.Configuration:
        return parse.parse_configuration(await self._run("scontrol", "show", "config"))
