"""What the user asks of one cluster: told to its controller, or recorded until there is one to tell."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from ...cluster_files.directory import Connection, Record
from ...clusters.ask import ControllerClient
from ...errors import (
    ControllerIncompatible,
    ControllerUnreachable,
    InvalidOptions,
    WrongState,
)
from ...logs import about, one_line
from ...model.cluster import Job, Scaling
from ...model.wire import ControllerState, Unsent
from .record import RecordFile
from .state import Known


class Requests:
    """Speaks to one controller at a time for the user, and for the task that follows it."""

    def __init__(
        self, known: Known, record: RecordFile, log: logging.Logger | logging.LoggerAdapter[Any]
    ) -> None:
        self._known = known
        self._record = record
        self._log = log
        self._client: ControllerClient | None = None
        self._telling = asyncio.Lock()

    # -- the controller ------------------------------------------------------------------------

    @property
    def client(self) -> ControllerClient | None:
        """The way to the controller; None while it does not answer."""
        return self._client

    def connect(self, connection: Connection) -> ControllerClient:
        """The way to that controller, kept until `drop`. Raises ControllerUnreachable."""
        if self._client is None:
            self._client = ControllerClient(self._known.sight.directory, connection)
        return self._client

    def drop(self) -> None:
        """Give the connection up; requests under way fail."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _reachable(self) -> ControllerClient:
        if self._client is None:
            raise ControllerUnreachable(
                f"the controller of {self._known.cluster.name!r} does not answer at the moment"
            )
        return self._client

    # -- what the user asks --------------------------------------------------------------------

    async def change(
        self,
        *,
        scaling: Scaling | None = None,
        name: str | None = None,
        idle_timeout: int | None = None,
    ) -> None:
        """Change it at once, or as soon as its controller answers for the first time.

        Raises WrongState when it is ending, and `Unavailable` when its controller does not answer.
        """
        self._check_alive()
        wish = Unsent(name=name, scaling=scaling, idle_timeout=idle_timeout)
        async with self._telling:
            if not self._known.sight.answers:
                await self._record.change(lambda record: unsent(granted(record, wish), wish))
                return
            client = self._reachable()
            for part in parts(wish):
                self._known.believe(await tell(client, part))
                # For the time when there is no controller any more to ask for it.
                await self._note(part)

    async def retry(self) -> None:
        """Try again whatever had failed. Raises as `change`, and WrongState while it starts."""
        await self._command(lambda client: client.retry())

    async def extend_idle(self, seconds: int | None) -> None:
        """Put off its end for idleness. Raises as `retry`."""
        await self._command(lambda client: client.extend_idle(seconds))

    async def cancel_job(self, job_id: str) -> None:
        """End one job and want one less. Raises as `retry`, and JobNotFound."""
        state = await self._command(lambda client: client.cancel_job(job_id))
        await self._note(Unsent(scaling=state.cluster.scaling))

    async def replace_job(self, job_id: str) -> None:
        """Let one job go as soon as another is in its place. Raises as `retry`, and JobNotFound."""
        await self._command(lambda client: client.replace_job(job_id))

    async def stop(self) -> None:
        """Let it end in order; returns once that has begun, or is sure to begin."""
        if self._known.cluster.status == "stopping":
            return
        async with self._telling:
            if not self._known.sight.answers:
                await self._record.change(lambda record: unsent(record, Unsent(stop=True)))
            else:
                await self._reachable().stop()
        self._known.know(stopping=True)

    async def jobs(self) -> list[Job]:
        """Its jobs; none before its controller answers for the first time, and none of a failed
        one. Raises `Unavailable`."""
        if not self._known.sight.answers or self._known.sight.failed is not None:
            return []
        return await self._reachable().jobs()

    async def _command(
        self, command: Callable[[ControllerClient], Awaitable[ControllerState]]
    ) -> ControllerState:
        """What makes sense only for a controller that is there now."""
        self._check_alive()
        async with self._telling:
            if self._known.cluster.status == "starting":
                raise WrongState(f"the cluster {self._known.cluster.name!r} is still starting")
            state = await command(self._reachable())
            self._known.believe(state)
            return state

    async def _note(self, wish: Unsent) -> None:
        await self._record.note(lambda record: granted(record, wish))

    def _check_alive(self) -> None:
        cluster = self._known.cluster
        if cluster.status in ("failed", "stopping"):
            raise WrongState(f"the cluster {cluster.name!r} is {cluster.status}")

    # -- what waits to be told -----------------------------------------------------------------

    async def tell_unsent(self, client: ControllerClient) -> None:
        """Tell the controller what was asked for before it answered. Raises `Unavailable`."""
        if self._known.record.unsent == Unsent():
            return
        async with self._telling:
            wish = self._known.record.unsent
            for part in parts(wish):
                try:
                    await tell(client, part)
                except (ControllerIncompatible, InvalidOptions, WrongState) as error:
                    label = about(self._known.cluster.id, self._known.cluster.name)
                    words = one_line(f"{part.to_json()}: {error}")
                    self._log.info("%s: its controller refused %s", label, words)
            if wish.stop:
                await client.stop()
            await self._record.note(lambda record: replace(record, unsent=Unsent()))


def parts(wish: Unsent) -> list[Unsent]:
    """One for each change that was asked for, in the order in which a controller is told."""
    each = (
        Unsent(name=wish.name),
        Unsent(scaling=wish.scaling),
        Unsent(idle_timeout=wish.idle_timeout),
    )
    return [part for part in each if part != Unsent()]


async def tell(client: ControllerClient, part: Unsent) -> ControllerState:
    """Ask a controller for one of the `parts`. Raises as the client does."""
    if part.name is not None:
        return await client.set_name(part.name)
    if part.scaling is not None:
        return await client.set_target(part.scaling)
    assert part.idle_timeout is not None
    return await client.set_idle_timeout(part.idle_timeout)


def granted(record: Record, wish: Unsent) -> Record:
    """The record of a cluster that has become what was wished."""
    options = record.options
    if wish.idle_timeout is not None:
        options = replace(options, idle_timeout=wish.idle_timeout)
    return replace(
        record,
        name=record.name if wish.name is None else wish.name,
        scaling=record.scaling if wish.scaling is None else wish.scaling,
        options=options,
    )


def unsent(record: Record, wish: Unsent) -> Record:
    """The record with what is still to be told to the controller."""
    return replace(record, unsent=record.unsent.then(wish))
