"""What the user asks of one cluster: told to its controller, or recorded until there is one to tell."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from ...batch.base import JOB_ID
from ...cluster_files.directory import Connection
from ...cluster_files.record import Record
from ...clusters.controller_client import ControllerClient
from ...errors import (
    ControllerIncompatible,
    ControllerUnreachable,
    InvalidOptions,
    JobNotFound,
    WrongState,
)
from ...logs import about, one_line
from ...model.cluster import Job, Scaling
from ...model.wire import ControllerState, Unsent
from .state import ClusterState


class Commands:
    """Speaks to one controller at a time for the user, and for the task that follows it."""

    def __init__(
        self, state: ClusterState, log: logging.Logger | logging.LoggerAdapter[Any]
    ) -> None:
        self.client: ControllerClient | None = None
        """The way to the controller; None while it does not answer."""
        self._state = state
        self._log = log
        self._telling = asyncio.Lock()

    # -- the controller ------------------------------------------------------------------------

    def connect(self, connection: Connection) -> ControllerClient:
        """Return the way to that controller, kept until `drop`."""
        if self.client is None:
            self.client = ControllerClient(self._state.directory, connection)
        return self.client

    def drop(self) -> None:
        """Give the connection up; requests under way fail."""
        client, self.client = self.client, None
        if client is not None:
            client.close()

    def _reachable(self) -> ControllerClient:
        if self.client is None:
            raise ControllerUnreachable(
                f"the controller of {self._state.cluster.name!r} does not answer at the moment"
            )
        return self.client

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
        asked = Unsent(name=name, scaling=scaling, idle_timeout=idle_timeout)
        async with self._telling:
            if not self._state.observed.answers:
                await self._state.change_record(
                    lambda record: unsent(granted(record, asked), asked)
                )
                return
            client = self._reachable()
            for part in parts(asked):
                self._state.take_report(await tell(client, part))
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
        check_job_id(job_id)
        said = await self._command(lambda client: client.cancel_job(job_id))
        await self._note(Unsent(scaling=said.cluster.scaling))

    async def replace_job(self, job_id: str) -> None:
        """Let one job go as soon as another is in its place. Raises as `retry`, and JobNotFound."""
        check_job_id(job_id)
        await self._command(lambda client: client.replace_job(job_id))

    async def stop(self) -> None:
        """Let it end in order; returns once that has begun, or is sure to begin."""
        if self._state.cluster.status == "stopping":
            return
        async with self._telling:
            if not self._state.observed.answers:
                await self._state.change_record(lambda record: unsent(record, Unsent(stop=True)))
            else:
                await self._reachable().stop()
        self._state.stopping()

    async def jobs(self) -> list[Job]:
        """Return its jobs; none before its controller answers for the first time, and none of one
        that has ended. Raises `Unavailable`."""
        observed = self._state.observed
        if not observed.answers or observed.ended is not None:
            return []
        return await self._reachable().jobs()

    async def _command(
        self, command: Callable[[ControllerClient], Awaitable[ControllerState]]
    ) -> ControllerState:
        """Ask for what makes sense only of a controller that is there now."""
        self._check_alive()
        async with self._telling:
            if self._state.cluster.status == "starting":
                raise WrongState(f"the cluster {self._state.cluster.name!r} is still starting")
            said = await command(self._reachable())
            self._state.take_report(said)
            return said

    async def _note(self, asked: Unsent) -> None:
        await self._state.note_in_record(lambda record: granted(record, asked))

    def _check_alive(self) -> None:
        cluster = self._state.cluster
        if cluster.status in ("failed", "stopping"):
            raise WrongState(f"the cluster {cluster.name!r} is {cluster.status}")

    # -- what waits to be told -----------------------------------------------------------------

    async def tell_unsent(self, client: ControllerClient) -> None:
        """Tell the controller what was asked for before it answered. Raises `Unavailable`."""
        if self._state.record.unsent == Unsent():
            return
        async with self._telling:
            asked = self._state.record.unsent
            for part in parts(asked):
                try:
                    await tell(client, part)
                except (ControllerIncompatible, InvalidOptions, WrongState) as error:
                    label = about(self._state.cluster.id, self._state.cluster.name)
                    words = one_line(f"{part.to_json()}: {error}")
                    self._log.info("%s: its controller refused %s", label, words)
            if asked.stop:
                await client.stop()
            await self._state.note_in_record(lambda record: replace(record, unsent=Unsent()))


def is_job_id(text: str) -> bool:
    """Whether a batch system could have given a job that id."""
    return JOB_ID.fullmatch(text) is not None


def check_job_id(job_id: str) -> None:
    """Raise JobNotFound when that, which is to become part of a path, cannot be the id of a job."""
    if not is_job_id(job_id):
        raise JobNotFound(f"there is no job {job_id!r}")


def parts(asked: Unsent) -> list[Unsent]:
    """One for each change that was asked for, in the order in which a controller is told."""
    each = (
        Unsent(name=asked.name),
        Unsent(scaling=asked.scaling),
        Unsent(idle_timeout=asked.idle_timeout),
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


def granted(record: Record, asked: Unsent) -> Record:
    """Return the record of a cluster that has become what was asked for."""
    options = record.options
    if asked.idle_timeout is not None:
        options = replace(options, idle_timeout=asked.idle_timeout)
    return replace(
        record,
        name=record.name if asked.name is None else asked.name,
        scaling=record.scaling if asked.scaling is None else asked.scaling,
        options=options,
    )


def unsent(record: Record, asked: Unsent) -> Record:
    """Return the record with what is still to be told to the controller."""
    return replace(record, unsent=record.unsent.then(asked))
