"""What the user asks of one cluster: told to its controller, or recorded until there is one to tell."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

from ..connection import Connection, Record
from ..controller_client import ControllerClient
from ..errors import ControllerUnreachable, InvalidOptions, WrongState
from ..models import Job, Scaling
from .files import RecordFile
from .known import Known


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

    async def change(self, *, scaling: Scaling | None = None, name: str | None = None) -> None:
        """Scale or rename it: at once, or as soon as its controller answers for the first time.

        Raises WrongState when it is ending, and `Unavailable` when its controller does not answer.
        """
        self._check_alive()
        wish: dict[str, Any] = {}
        if name is not None:
            wish["name"] = name
        if scaling is not None:
            wish["scaling"] = scaling.to_json()
        async with self._telling:
            if self._known.sight.told is None:
                await self._record.change(lambda record: wished(record, **wish))
                return
            client = self._reachable()
            if name is not None:
                self._known.believe(await client.set_name(name))
            if scaling is not None:
                self._known.believe(await client.set_target(scaling))
            # For the time when there is no controller any more to ask for them.
            await self._record.note(lambda record: replace(record, **wish))

    async def stop(self) -> None:
        """Let it end in order; returns once that has begun, or is sure to begin."""
        if self._known.cluster.status == "stopping":
            return
        async with self._telling:
            if self._known.sight.told is None:
                await self._record.change(
                    lambda record: replace(record, unsent={**record.unsent, "stop": True})
                )
            else:
                await self._reachable().stop()
        self._known.know(stopping=True)

    async def jobs(self) -> list[Job]:
        """Its jobs; none before its controller answers for the first time, and none of a failed
        one. Raises `Unavailable`."""
        if self._known.sight.told is None or self._known.sight.failed is not None:
            return []
        return await self._reachable().jobs()

    def _check_alive(self) -> None:
        cluster = self._known.cluster
        if cluster.status in ("failed", "stopping"):
            raise WrongState(f"the cluster {cluster.name!r} is {cluster.status}")

    # -- what waits to be told -----------------------------------------------------------------

    async def tell_unsent(self, client: ControllerClient) -> None:
        """Tell the controller what was asked for before it answered. Raises `Unavailable`."""
        if not self._known.record.unsent:
            return
        async with self._telling:
            unsent = self._known.record.unsent
            try:
                if "name" in unsent:
                    await client.set_name(unsent["name"])
                if "scaling" in unsent:
                    await client.set_target(Scaling.from_json(unsent["scaling"], lenient=True))
            except InvalidOptions as error:
                name = self._known.cluster.name
                self._log.warning("cluster %s refused what it was to become: %s", name, error)
            if "stop" in unsent:
                await client.stop()
            await self._record.note(lambda record: replace(record, unsent={}))


def wished(record: Record, **wish: Any) -> Record:
    """The record with a wish that is still to be told to the controller."""
    return replace(record, **wish, unsent={**record.unsent, **wish})
