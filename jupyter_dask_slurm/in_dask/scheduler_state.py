"""What a scheduler says of itself to its controller, and the counters that it keeps for that.

Loaded by the scheduler, by path. It needs distributed alone.
"""

from __future__ import annotations

import re
from typing import Any

from distributed import SchedulerPlugin
from distributed.comm import get_address_host
from distributed.core import Status

FIRE_AND_FORGET = "fire-and-forget"  # dask's own client, always present once it was used
OF_A_WORKER = "worker"
"""The name of clients that a worker opened itself, for a task that called `get_client`
(`distributed.Worker._get_client`). Such a client stays for as long as the worker, and uses nothing by
itself."""
CLIENT_ID = re.compile(r"[^-]*-(?:(?P<name>.+)-)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.S)
"""How a client makes its id of the ``name`` that it was given (`distributed.Client.__init__`)."""
MOST_CLIENTS = 50
LEFT = ("waiting", "queued", "no-worker", "processing")
"""dask's states of tasks that are still to be finished."""


class TaskCounts(SchedulerPlugin):
    """Counts tasks as they change their state: there may be a million of them, and nobody goes through them
    to see how many are left."""

    name = "jupyter-dask-slurm-task-counts"

    def __init__(self) -> None:
        self.left = dict.fromkeys(LEFT, 0)
        """By dask's state."""
        self.computed = 0
        """Tasks that were computed since the scheduler started, those that were computed again included."""
        self.done = 0
        """Likewise, since there was nothing left to do for the last time."""
        self.erred = 0
        """Those that failed since then, with those that depend on them."""

    def transition(self, key: Any, start: str, finish: str, *args: Any, **kwargs: Any) -> None:
        left = self.left
        if finish in left and start not in left and not any(left.values()):
            self.done = self.erred = 0
        if start in left:
            left[start] -= 1
        if finish in left:
            left[finish] += 1
        elif finish == "memory":
            if start == "processing":
                self.computed += 1
                self.done += 1
        elif finish == "erred":
            self.erred += 1

    def restart(self, scheduler: Any) -> None:
        """All tasks are forgotten (`distributed.Client.restart`)."""
        self.left = dict.fromkeys(LEFT, 0)
        self.done = self.erred = 0


def state_of(scheduler: Any) -> dict[str, Any]:
    """Return the state that the controller polls.

    Memory in bytes, ``cpu`` in percent of one core, a worker is ``paused`` for its memory; ``tasks`` is the
    number of those that could run now, with those that no worker can run, ``counts`` are those of
    `TaskCounts`; ``target`` is the number of workers that would do; ``losses`` is what went with workers that
    are gone, ``deaths`` which of them did not say goodbye, ``cuts`` which tasks they begin again and again;
    ``differing`` have other ``versions`` of anything.
    """
    users = [key for key in scheduler.clients if key != FIRE_AND_FORGET and not of_a_worker(key)]
    counts = scheduler.task_counts
    return {
        "clients": len(users),
        "users": [user(scheduler, key) for key in users[:MOST_CLIENTS]],
        "tasks": sum(len(ws.processing) for ws in scheduler.workers.values())
        + len(scheduler.queued)
        + len(scheduler.unrunnable),
        "counts": {
            "left": counts.left,
            "computed": counts.computed,
            "done": counts.done,
            "erred": counts.erred,
        },
        "unrunnable": len(scheduler.unrunnable),
        "target": scheduler.adaptive_target(),
        "losses": scheduler.departures.losses,
        "deaths": scheduler.departures.deaths,
        "cuts": scheduler.departures.unfinished(scheduler.tasks),
        "versions": scheduler.packages,
        "differing": differing(scheduler),
        "workers": [
            {
                "address": ws.address,
                "name": str(ws.name),
                "memory": ws.memory.process,
                "limit": ws.memory_limit,
                "cpu": ws.metrics.get("cpu"),
                "threads": ws.nthreads,
                # Until 2023.4 it was called otherwise.
                "spilled": getattr(ws.memory, "spilled", None)
                or getattr(ws.memory, "managed_spilled", 0),
                "paused": ws.status is Status.paused,
                "data": ws.nbytes,
                "tasks": len(ws.processing),
            }
            for ws in scheduler.workers.values()
        ],
    }


def name_of(client_id: str) -> str | None:
    """Return the name that a client was given; None for one without."""
    found = CLIENT_ID.fullmatch(client_id)
    return None if found is None else found["name"]


def of_a_worker(client_id: str) -> bool:
    return name_of(client_id) == OF_A_WORKER


def user(scheduler: Any, client_id: str) -> dict[str, Any]:
    """Return what is known of a client: its name, and the address of its host as it is seen here."""
    comm: Any = getattr(scheduler.client_comms.get(client_id), "comm", None)
    try:
        host = get_address_host(comm.peer_address)
    except (AttributeError, ValueError):  # just closed
        host = None
    return {"name": name_of(client_id), "host": host}


def differing(scheduler: Any) -> list[dict[str, Any]]:
    """Return the clients, and the workers, with other versions than the scheduler: all of the same in one."""
    own = scheduler.packages
    peers = [
        ("clients", key, client.versions)
        for key, client in scheduler.clients.items()
        if not of_a_worker(key)
    ]
    peers += [("workers", str(ws.name), ws.versions) for ws in scheduler.workers.values()]
    found: dict[Any, list[str]] = {}
    for kind, name, versions in peers:
        theirs = (versions or {}).get("packages") or own
        if theirs != own:
            others = [(p, theirs[p]) for p in own if p in theirs and theirs[p] != own[p]]
            found.setdefault((kind, *others), []).append(name)
    return [
        {"kind": kind, "names": names, "versions": dict(others)}
        for (kind, *others), names in found.items()
    ]
