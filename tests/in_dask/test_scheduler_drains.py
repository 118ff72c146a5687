"""A drain that is called off while data still move, in a scheduler as it runs in a cluster."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from distributed import Client, Worker
from distributed.active_memory_manager import RetireWorker
from distributed.core import Status

from jupyter_dask_slurm.in_dask.scheduler import PrivateScheduler, security_of
from jupyter_dask_slurm.tls import make_key_pair


class MovesNothing(PrivateScheduler):
    """Its data stay where they are, as if they were so many that moving them takes an hour."""

    def retire_workers(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        manager = self.extensions["amm"]
        manager.run_once = lambda: None
        self.periodic_callbacks[f"amm-{id(manager)}"].stop()
        return super().retire_workers(*args, **kwargs)


@pytest.fixture
async def scheduler(tmp_path: Path) -> AsyncIterator[MovesNothing]:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make_key_pair(cert, key)
    security = security_of(str(cert), str(key))
    options = {"host": "127.0.0.1", "protocol": "tls://", "security": security}
    async with (
        MovesNothing(**options, dashboard=True, dashboard_address="127.0.0.1:0") as scheduler,
        Worker(scheduler.address, name="stays", nthreads=1, **worker_options(security)),
        Worker(scheduler.address, name="a", nthreads=1, **worker_options(security)),
        Worker(scheduler.address, name="b", nthreads=1, **worker_options(security)),
        Client(scheduler.address, security=security, asynchronous=True) as client,
    ):
        scheduler.held = await client.scatter(  # type: ignore[attr-defined]
            [1, 2], workers=[address_of(scheduler, "a")]
        )
        yield scheduler


def worker_options(security: object) -> dict[str, object]:
    return {"host": "127.0.0.1", "security": security, "dashboard": False}


def address_of(scheduler: PrivateScheduler, name: str) -> str:
    (address,) = [ws.address for ws in scheduler.workers.values() if ws.name == name]
    return str(address)


async def test_a_worker_undrained_meanwhile_works_again_and_keeps_nobody_waiting(
    scheduler: MovesNothing,
) -> None:
    a, b = address_of(scheduler, "a"), address_of(scheduler, "b")
    drain = asyncio.ensure_future(scheduler.drain([a, b]))
    while scheduler.workers[a].status is not Status.closing_gracefully:
        await asyncio.sleep(0)
    scheduler.undrain([a])
    assert b in await asyncio.wait_for(drain, 30)
    while scheduler.workers[a].status is not Status.running:
        await asyncio.sleep(0.01)
    assert scheduler.workers[b].status is Status.closing_gracefully


async def test_a_worker_that_closes_by_itself_moves_its_data_whatever_is_undrained(
    scheduler: MovesNothing,
) -> None:
    a = address_of(scheduler, "a")
    closing = asyncio.ensure_future(scheduler.retire_workers([a], remove=True))
    while scheduler.workers[a].status is not Status.closing_gracefully:
        await asyncio.sleep(0)
    policies = set(scheduler.extensions["amm"].policies)
    scheduler.undrain([a])
    assert scheduler.extensions["amm"].policies == policies
    assert any(isinstance(policy, RetireWorker) for policy in policies)
    closing.cancel()
    await asyncio.gather(closing, return_exceptions=True)
