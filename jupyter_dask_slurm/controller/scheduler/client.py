"""The controller's client for the routes of `in_dask.scheduler`, over HTTPS with the cluster's key."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tornado.httpclient import HTTPClientError

from ...http_client import ClosingHTTPClient
from ...model.cluster import ConnectedClient
from ..tracked_job import Cut, Death, Loss, WorkerInfo

PREFIX = "/jupyter-dask-slurm/v1"
STATE_LIMIT = 5.0
"""Seconds."""
RETIRE_LIMIT = 3600.0
"""Seconds. Large data take long to move; a call that hangs is ended with the retirement that made it."""
MOST_CALLS = 1000
"""Calls at once. Each retirement is one, for as long as its data move; a call for the state that had to
wait for it would make the scheduler look busy."""


class SchedulerBusy(Exception):
    """The scheduler did not answer in time. While it works through a huge graph it is deaf for seconds."""


class SchedulerRefused(SchedulerBusy):
    """The scheduler answered with an error: it is there, and the same call may fail again."""


@dataclass(frozen=True)
class Differing:
    """Clients, or workers, that have the same other ``versions`` than the scheduler."""

    kind: Literal["clients", "workers"]
    names: tuple[str, ...]
    versions: Mapping[str, str | None] = field(hash=False)


@dataclass(frozen=True)
class SchedulerState:
    """``tasks`` is the number of those that could run now, ``unrunnable`` of those that no worker can run,
    ``tasks_left`` of all that are not finished; ``tasks_done`` and ``tasks_erred`` count since there was
    nothing left, ``computed`` since the scheduler started; ``clients`` is the number of those connected,
    ``users`` are the first of them; ``target`` is the number of workers that dask would have; ``losses``
    is what went with workers that are gone, by the run of their job (``81_3.0``); ``deaths`` are those of
    workers, by their name; ``cuts`` are the tasks, by key, that were begun more than once and
    are not done; ``differing`` have other ``versions`` than the scheduler."""

    clients: int
    tasks: int
    workers: tuple[WorkerInfo, ...]
    unrunnable: int = 0
    target: int = 0
    losses: Mapping[str, Loss] = field(default_factory=dict, hash=False)
    deaths: Mapping[str, Death] = field(default_factory=dict, hash=False)
    cuts: Mapping[str, Cut] = field(default_factory=dict, hash=False)
    versions: Mapping[str, str | None] = field(default_factory=dict, hash=False)
    differing: tuple[Differing, ...] = ()
    tasks_left: int = 0
    tasks_processing: int = 0
    tasks_done: int = 0
    tasks_erred: int = 0
    computed: int = 0
    users: tuple[ConnectedClient, ...] = ()


class SchedulerClient:
    """One method for each route; each raises SchedulerBusy, or SchedulerRefused."""

    def __init__(self, address: str, context: ssl.SSLContext) -> None:
        self._address = address
        self._context = context
        self._http = ClosingHTTPClient(force_instance=True, max_clients=MOST_CALLS)

    async def state(self) -> SchedulerState:
        data = await self._call("state", None, STATE_LIMIT)
        counts = data.get("counts", {})
        left = counts.get("left", {})
        return SchedulerState(
            clients=data["clients"],
            tasks=data["tasks"],
            workers=tuple(
                WorkerInfo(
                    w["address"],
                    w["name"],
                    w["memory"],
                    w["data"],
                    w["tasks"],
                    w.get("cpu"),
                    w.get("threads", 1),
                    w.get("limit", 0),
                    w.get("spilled", 0),
                    w.get("paused", False),
                )
                for w in data["workers"]
            ),
            unrunnable=data["unrunnable"],
            target=data["target"],
            losses={run: Loss(**loss) for run, loss in data.get("losses", {}).items()},
            deaths={
                name: Death(death["count"], death["when"], tuple(death["keys"]))
                for name, death in data.get("deaths", {}).items()
            },
            cuts={key: Cut(**cut) for key, cut in data.get("cuts", {}).items()},
            versions=data.get("versions", {}),
            differing=tuple(
                Differing(each["kind"], tuple(each["names"]), each["versions"])
                for each in data.get("differing", ())
            ),
            tasks_left=sum(left.values()),
            tasks_processing=left.get("processing", 0),
            tasks_done=counts.get("done", 0),
            tasks_erred=counts.get("erred", 0),
            computed=counts.get("computed", 0),
            users=tuple(ConnectedClient(**each) for each in data.get("users", ())),
        )

    async def drain(self, addresses: Sequence[str]) -> set[str]:
        """Give those workers no new tasks and move their data. Return those for which that worked."""
        data = await self._call("drain", {"workers": list(addresses)}, RETIRE_LIMIT)
        return set(data["drained"])

    async def undrain(self, addresses: Sequence[str]) -> None:
        """Give tasks again to drained workers that stay after all."""
        await self._call("undrain", {"workers": list(addresses)}, STATE_LIMIT)

    async def retire(self, addresses: Sequence[str]) -> set[str]:
        """Move the data off those workers and close them. Return those for which that worked."""
        data = await self._call("retire", {"workers": list(addresses)}, RETIRE_LIMIT)
        return set(data["retired"])

    async def tell_ends(self, left: Mapping[str, float]) -> None:
        """Say how many seconds the batch system lets each job run, by id: its workers ask the scheduler."""
        await self._call("ends", {"left": dict(left)}, STATE_LIMIT)

    def close(self) -> None:
        self._http.close()

    async def _call(self, route: str, body: dict[str, Any] | None, limit: float) -> Any:
        try:
            response = await self._http.fetch(
                f"{self._address}{PREFIX}/{route}",
                method="GET" if body is None else "POST",
                body=None if body is None else json.dumps(body),
                ssl_options=self._context,
                request_timeout=limit,
                connect_timeout=min(limit, 20.0),
            )
        except (HTTPClientError, OSError) as error:
            answered = isinstance(error, HTTPClientError) and error.code != 599
            raise (SchedulerRefused if answered else SchedulerBusy)(str(error)) from error
        return json.loads(response.body)
