"""What a scheduler says of itself to its controller."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, Worker, get_client, wait

from jupyter_dask_slurm import tls
from jupyter_dask_slurm.controller.scheduler.client import SchedulerClient
from jupyter_dask_slurm.in_dask.scheduler import PrivateScheduler, scheduler_state, security_of
from jupyter_dask_slurm.tls import make_key_pair

from ..support.scheduler import StandaloneScheduler

state_of = scheduler_state.state_of


def with_own_key(directory: Path) -> dict[str, Any]:
    """What a scheduler and its workers are made with that share a new key pair."""
    cert, key = directory / "cert.pem", directory / "key.pem"
    make_key_pair(cert, key)
    return {"host": "127.0.0.1", "security": security_of(str(cert), str(key))}


def private_scheduler(options: dict[str, Any]) -> PrivateScheduler:
    return PrivateScheduler(
        **options, protocol="tls://", dashboard=True, dashboard_address="127.0.0.1:0"
    )


def task_that_submits() -> int:
    """What dask's documentation calls a task that launches tasks: its worker becomes a client."""
    client = get_client()
    return int(client.submit(sum, [1, 2]).result())


async def test_the_client_of_a_task_is_nobody_s(tmp_path: Path) -> None:
    """It stays with its worker for good: a cluster that counted it would never be idle again."""
    options = with_own_key(tmp_path)
    async with (
        private_scheduler(options) as scheduler,
        Worker(scheduler.address, nthreads=2, dashboard=False, **options),
    ):
        async with Client(
            scheduler.address, security=options["security"], asynchronous=True
        ) as client:
            assert await client.submit(task_that_submits) == 3
            assert state_of(scheduler)["clients"] == 1
            assert len(scheduler.clients) > 1
        assert state_of(scheduler)["clients"] == 0


@pytest.mark.parametrize(
    ("client_id", "name", "of_a_worker"),
    [
        ("Client-3c4a0a7e-c8f1-11ee-8f55-a4bb6d1f2a3b", None, False),
        (
            "Client-/home/ada/my-nb 1.ipynb-3c4a0a7e-c8f1-11ee-8f55-a4bb6d1f2a3b",
            "/home/ada/my-nb 1.ipynb",
            False,
        ),
        ("Client-worker-3c4a0a7e-c8f1-11ee-8f55-a4bb6d1f2a3b", "worker", True),
        (
            "Client-worker-tests.ipynb-3c4a0a7e-c8f1-11ee-8f55-a4bb6d1f2a3b",
            "worker-tests.ipynb",
            False,
        ),
        ("fire-and-forget", None, False),
        ("of another kind", None, False),
    ],
)
def test_the_name_of_a_client_is_in_its_id(
    client_id: str, name: str | None, of_a_worker: bool
) -> None:
    assert scheduler_state.name_of(client_id) == name
    assert scheduler_state.of_a_worker(client_id) is of_a_worker


def counts(*transitions: tuple[str, str]) -> Any:
    found = scheduler_state.TaskCounts()
    for start, finish in transitions:
        found.transition("x", start, finish, stimulus_id="s")
    return found


RUN = [("released", "waiting"), ("waiting", "processing"), ("processing", "memory")]


@pytest.mark.parametrize(
    ("transitions", "left", "done", "erred", "computed"),
    [
        ([], {}, 0, 0, 0),
        (RUN[:1], {"waiting": 1}, 0, 0, 0),
        (RUN[:2] * 3, {"processing": 3}, 0, 0, 0),
        ([*RUN, ("memory", "released"), ("released", "forgotten")], {}, 1, 0, 1),
        ([*RUN, *RUN], {}, 1, 0, 2),  # the second began when nothing was left
        ([RUN[0], *RUN, *RUN[1:]], {}, 2, 0, 2),
        ([("released", "memory"), ("memory", "released")], {}, 0, 0, 0),  # scattered
        ([*RUN[:2], ("processing", "erred")], {}, 0, 1, 0),
        ([*RUN[:2], ("processing", "released"), *RUN], {}, 1, 0, 1),  # its worker went
        ([("released", "waiting"), ("waiting", "no-worker")], {"no-worker": 1}, 0, 0, 0),
        ([("released", "waiting"), ("waiting", "queued")], {"queued": 1}, 0, 0, 0),
    ],
)
def test_tasks_are_counted_as_they_change(
    transitions: list[tuple[str, str]], left: dict[str, int], done: int, erred: int, computed: int
) -> None:
    found = counts(*transitions)
    assert {state: n for state, n in found.left.items() if n} == left
    assert (found.done, found.erred, found.computed) == (done, erred, computed)


async def test_what_tasks_and_workers_do(tmp_path: Path) -> None:
    options = with_own_key(tmp_path)
    async with (
        private_scheduler(options) as scheduler,
        Worker(
            scheduler.address, nthreads=3, memory_limit="2GB", dashboard=False, **options
        ) as worker,
        Client(
            scheduler.address,
            security=options["security"],
            asynchronous=True,
            name="/home/ada/a.ipynb",
        ) as client,
    ):
        sent = await client.scatter(list(range(5)))
        results = client.map(abs, sent)
        total = client.submit(sum, results)
        failed = client.submit(abs, "no number")
        lost = client.submit(abs, failed)
        nowhere = client.submit(abs, 1, workers=["tls://127.0.0.1:1"])
        await wait([total, failed, lost])
        state = state_of(scheduler)
        assert state["counts"] == {
            "left": {"waiting": 0, "queued": 0, "no-worker": 1, "processing": 0},
            "computed": 6,
            "done": 6,
            "erred": 2,
        }
        assert state["users"] == [{"name": "/home/ada/a.ipynb", "host": "127.0.0.1"}]
        (said,) = state["workers"]
        assert (said["spilled"], said["paused"]) == (0, False)
        assert (said["threads"], said["limit"]) == (3, worker.memory_manager.memory_limit)
        del nowhere
        await client.restart(wait_for_workers=False)
        assert not any(state_of(scheduler)["counts"]["left"].values())


async def test_who_has_other_versions_is_told_with_these(tmp_path: Path) -> None:
    options = with_own_key(tmp_path)
    async with (
        private_scheduler(options) as scheduler,
        Worker(scheduler.address, name="81_3.0", nthreads=1, dashboard=False, **options),
        Client(scheduler.address, security=options["security"], asynchronous=True),
    ):
        state = state_of(scheduler)
        assert (state["versions"]["python"][:2], state["differing"]) == ("3.", [])
        scheduler.packages = {**scheduler.packages, "python": "3.99.0", "lz4": None}
        own = ".".join(map(str, sys.version_info))
        found = {each["kind"]: each for each in state_of(scheduler)["differing"]}
        assert found["workers"] == {
            "kind": "workers",
            "names": ["81_3.0"],
            "versions": {"python": own},
        }
        assert found["clients"]["versions"] == {"python": own}


async def test_what_goes_with_a_worker_is_counted_by_the_run_of_its_job(tmp_path: Path) -> None:
    options = with_own_key(tmp_path)
    workers = {"nthreads": 1, "dashboard": False, **options}
    async with (
        private_scheduler(options) as scheduler,
        Worker(scheduler.address, name="81_3.0-0", **workers) as first,
        Worker(scheduler.address, name="81_3.0-1", **workers) as second,
        Worker(scheduler.address, name="81_4.0", **workers) as other,
        Client(scheduler.address, security=options["security"], asynchronous=True) as client,
    ):
        both = [first.address, second.address]
        computed = [client.submit(abs, -n, workers=[both[n]], pure=False) for n in range(2)]
        shared = client.submit(abs, -7, workers=[other.address])
        await wait([*computed, shared])
        sent = await client.scatter([5], workers=[first.address])
        assert state_of(scheduler)["losses"] == {}
        for address in both:
            await scheduler.remove_worker(address, stimulus_id="lost")
        assert state_of(scheduler)["losses"] == {"81_3.0": {"results": 2, "data": 1, "tasks": 0}}
        # Retired, it moves its data first.
        async with Worker(scheduler.address, name="81_5.0", **workers):
            await scheduler.retire_workers([other.address])
        assert "81_4.0" not in state_of(scheduler)["losses"]
        del sent


async def test_a_task_that_no_worker_comes_to_finish_is_told(tmp_path: Path) -> None:
    async def endless() -> None:
        await asyncio.Event().wait()

    options = with_own_key(tmp_path)
    async with (
        private_scheduler(options) as scheduler,
        Client(scheduler.address, security=options["security"], asynchronous=True) as client,
    ):
        future = client.submit(endless, key="endless")
        for times in (0, 1, 2):
            worker = Worker(scheduler.address, nthreads=1, dashboard=False, **options)
            async with worker:
                while not scheduler.workers[worker.address].executing:
                    await asyncio.sleep(0.05)  # its worker tells with its next heartbeat
                cuts = state_of(scheduler)["cuts"]
                assert {name: cut["times"] for name, cut in cuts.items()} == (
                    {"endless": times} if times > 1 else {}
                )
                await scheduler.retire_workers([worker.address], close_workers=True)
        assert state_of(scheduler)["cuts"]["endless"]["seconds"] >= 0
        future.release()
        while scheduler.tasks:
            await asyncio.sleep(0.05)
        assert state_of(scheduler)["cuts"] == {}


async def test_a_worker_that_dies_is_told_from_one_that_closes(tmp_path: Path) -> None:
    scheduler = StandaloneScheduler(tmp_path / "cluster")
    security = security_of(str(scheduler.cert), str(scheduler.key))
    nanny = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "distributed.cli.dask_worker", scheduler.address),
        *(
            "--name",
            "81_3.0",
            "--nthreads",
            "1",
            "--nanny",
            "--no-dashboard",
            "--host",
            "127.0.0.1",
        ),
        *("--preload", str(scheduler.directory / "worker_preload.py")),
        *("--tls-ca-file", scheduler.cert, "--tls-cert", scheduler.cert),
        *("--tls-key", scheduler.key, "--local-directory", tmp_path),
        stderr=asyncio.subprocess.DEVNULL,
    )
    client = SchedulerClient(scheduler.dashboard, tls.client_context(scheduler.cert, scheduler.key))
    try:
        async with Client(scheduler.address, security=security, asynchronous=True) as user:
            await user.wait_for_workers(1)
            await user.restart()
            assert (await client.state()).deaths == {}
            before = time.time()
            kill = user.submit(os.kill, await user.submit(os.getpid, pure=False), 9, key="kill-it")
            while not (state := await client.state()).deaths or not state.workers:
                await asyncio.sleep(0.1)
            death = state.deaths["81_3.0"]
            assert (death.count, death.keys) == (1, ("kill-it",))
            assert before <= death.when <= time.time()
            del kill
        nanny.terminate()
        await nanny.wait()
        state = await client.state()
        assert not state.workers
        assert state.deaths == {"81_3.0": death}
    finally:
        client.close()
        if nanny.returncode is None:
            nanny.kill()
            await nanny.wait()
        scheduler.close()
