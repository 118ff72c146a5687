"""What a Slurm offers: its version, configuration, partitions and nodes, each read by itself.

A site may hide one of them and show the others, and one command may be slow: what is known is told.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from ...file_threads import FileSystemSilent, in_file_thread
from ..errors import BatchError, BatchRefused, BatchSilent
from ..site import Part, Site, Unseen, unseen_because
from . import parse as parse
from . import partitions as rows
from .access import Submitter, this_user
from .accounts import ACCOUNTS_LAST, UserAccounts, ask_clusters

T = TypeVar("T")
Run = Callable[..., Awaitable[str]]

CONFIGURATION_LASTS = 4 * 3600.0
"""Seconds. Administrators change it a few times a year; after an error it is asked for again."""
PARTITIONS_LAST = 300.0
PATIENCE = 1.5
"""Seconds that what is known waits for the rest, which is told the next time."""
_GROUPS, _GROUPS_LIMIT = Path("/etc/group"), 10.0
"""The names of groups may come from a network; seconds."""


class Piece(Generic[T]):
    """One question to Slurm, asked in a task of its own, and its last answer."""

    def __init__(self, ask: Callable[[], Awaitable[T]], lasts: float) -> None:
        """An answer is used for ``lasts`` seconds."""
        self._ask = ask
        self._lasts = lasts
        self._answered_at: float | None = None
        self.asked_at = 0.0
        self.value: T | None = None
        self.error: BatchError | None = None
        """Why the last request failed."""
        self.request: asyncio.Task[None] | None = None
        """The one that is running."""

    @property
    def is_stale(self) -> bool:
        return self._answered_at is None or time.monotonic() - self._answered_at >= self._lasts

    def renew(self) -> None:
        """Ask, unless that is being done, or the last answer is good still."""
        if self.request is None and self.is_stale:
            self.asked_at = time.monotonic()
            self.request = asyncio.create_task(self._renew())

    def forget(self) -> None:
        """Let the next `renew` ask."""
        self._answered_at = None

    async def get(self) -> T:
        """Return the answer; wait for it when there is none, or it is too old. Raise BatchError."""
        self.renew()
        if self.request is not None:
            await asyncio.wait({self.request})
        if self.error is not None:
            raise self.error
        assert self.value is not None
        return self.value

    async def _renew(self) -> None:
        try:
            self.value = await self._ask()
            self.error = None
            self._answered_at = time.monotonic()
        except BatchError as error:
            self.error = error
            self._answered_at = None
            if isinstance(error, BatchRefused):
                self.value = None  # what was known may be no longer true
        finally:
            self.request = None


class SlurmSite:
    """Describes the site. ``run`` takes a command's words and returns what it printed."""

    def __init__(self, name: str, run: Run) -> None:
        self._name = name
        self._run = run
        self._accounts = UserAccounts(run)
        self._nodes = Piece(
            lambda: run("sinfo", "-a", "-h", "-e", "-O", rows.NODE_FORMAT), lasts=0.0
        )
        self._partitions = Piece(
            lambda: run("scontrol", "-a", "show", "partition", "-o"), PARTITIONS_LAST
        )
        self._configuration = Piece(self._ask_configuration, CONFIGURATION_LASTS)
        self._version = Piece(lambda: run("sinfo", "--version"), float("inf"))
        self._submitter = Piece(_ask_submitter, CONFIGURATION_LASTS)
        self._clusters = Piece(lambda: ask_clusters(run), ACCOUNTS_LAST)
        self._named: tuple[tuple[Part, Piece[Any]], ...] = (
            ("partitions", self._partitions),
            ("nodes", self._nodes),
            ("configuration", self._configuration),
        )
        self._told = tuple(piece for _, piece in self._named)
        self._pieces: tuple[Piece[Any], ...] = (*self._told, self._version, self._submitter)
        self._asked_at = 0.0
        self._closed = False
        """Whether a partition took no jobs at the last look."""

    async def site(self) -> Site:
        """Run ``sinfo``, and the commands whose results are too old. Raise BatchError when none of them
        answered.

        While some are slow, return what the others said as soon as a partition is known.
        """
        if not any(piece.request for piece in self._told):  # what runs is shared by all callers
            self._asked_at = time.monotonic()
            if self._closed:  # it may be opened any minute, and jobs for it are refused until then
                self._partitions.forget()
            for piece in self._pieces:
                piece.renew()
        await self._wait()
        self._raise_if_silent(self._asked_at)
        configuration = self._configuration.value or rows.NOTHING_KNOWN
        accounts = await self._accounts.accounts(configuration)
        nodes = rows.parse_nodes(self._nodes.value or "")
        submitter = self._submitter.value
        partitions = (
            rows.partitions_of_nodes(nodes)
            if self._partitions.value is None
            else rows.parse_partitions(self._partitions.value, nodes, configuration, submitter)
        )
        self._closed = any(partition.state != "UP" for partition in partitions)
        return Site(
            batch_system=self._name,
            version=parse.parse_version(self._version.value or ""),
            cluster=configuration.cluster,
            partitions=partitions,
            enforce_part_limits=configuration.enforce_part_limits,
            max_array_size=configuration.max_array_size,
            accounts=accounts,
            unseen=self._unseen(),
        )

    async def configuration(self) -> parse.Configuration:
        """Return the lines of the configuration that matter here; nothing where the site does not show
        it. Raise BatchSilent."""
        try:
            return await self._configuration.get()
        except BatchRefused:
            return rows.NOTHING_KNOWN

    async def other_clusters(self) -> list[str]:
        """Return the names of the site's other Slurm clusters; none where slurmdbd does not tell."""
        try:
            configuration = await self.configuration()
            known = await self._clusters.get() if configuration.accounting else ()
        except BatchError:
            return []
        return [name for name in known if name != configuration.cluster]

    async def stop(self) -> None:
        """Cancel what is asked in the background."""
        pieces = (*self._pieces, self._clusters)
        requests = {piece.request for piece in pieces if piece.request is not None}
        for request in requests:
            request.cancel()
        if requests:
            await asyncio.wait(requests)
        await self._accounts.stop()

    def forget(self) -> None:
        """Ask for what is cached again: a command failed, and the reason may be a change."""
        self._configuration.forget()
        self._partitions.forget()

    def doubt(self) -> None:
        """Ask for all of it again, as `BatchSystem.doubt_site` says."""
        self.forget()
        self._accounts.forget()

    async def _wait(self) -> None:
        """Wait until all have answered; where some never have, not long once there is a partition."""
        give_up = time.monotonic() + PATIENCE
        while running := {piece.request for piece in self._pieces if piece.request is not None}:
            missing = any(piece.value is None for piece in self._pieces)
            known = self._partitions.value is not None or self._nodes.value is not None
            patience = max(0.0, give_up - time.monotonic()) if missing and known else None
            done, _ = await asyncio.wait(
                running, timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                return
            for request in done:
                request.result()

    def _raise_if_silent(self, since: float) -> None:
        """Raise the error of a Slurm that answered nothing of what it was asked since then."""
        asked = [piece for piece in self._told if piece.asked_at >= since]
        errors = [piece.error for piece in asked if piece.error is not None]
        silent = [error for error in errors if isinstance(error, BatchSilent)]
        if silent:
            self.forget()  # so that more than one command is asked the next time
        if len(errors) < len(asked):
            return
        if silent or (errors and all(piece.value is None for piece in self._told)):
            raise (silent or errors)[0]

    def _unseen(self) -> tuple[Unseen, ...]:
        """Return what is not known of the site, and why."""
        unseen = [
            unseen_because(piece.error, what) for what, piece in self._named if piece.value is None
        ]
        accounts = self._accounts.unseen
        return (*unseen, *([] if accounts is None else [accounts]))

    async def _ask_configuration(self) -> parse.Configuration:
        return parse.parse_configuration(await self._run("scontrol", "show", "config"))


async def _ask_submitter() -> Submitter:
    try:
        return await asyncio.wait_for(in_file_thread(_GROUPS, this_user), _GROUPS_LIMIT)
    except (asyncio.TimeoutError, FileSystemSilent):
        raise BatchSilent("the user's groups were not told in time") from None
