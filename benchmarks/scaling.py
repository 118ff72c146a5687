"""200 waiting jobs: ours, dask-jobqueue's, and one bare ``sbatch --array``.

Measured: the time until all are in ``squeue``, how many Slurm commands that took, and how long the
event loop of who asked was held up at most.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import stat
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from jupyter_dask_slurm import tls
from jupyter_dask_slurm.batch.choose import make_batch_system
from jupyter_dask_slurm.controller.reconciler import Reconciler
from jupyter_dask_slurm.controller.scheduler.client import SchedulerClient

from .table import milliseconds, print_table

JOBS = 200
COMMANDS = ("sbatch", "squeue", "scancel", "sinfo", "scontrol")
ROUNDS = 3
SCRIPT = """#!/usr/bin/env bash
#SBATCH -n 1
#SBATCH --cpus-per-task=1
#SBATCH --mem=100M
#SBATCH -t 00:10:00
#SBATCH --begin=now+1hour
true
"""


@dataclass
class Figures:
    seconds: float
    commands: str
    stall: float


class CountedCommands:
    """Slurm's commands, each by way of a script that notes that it was called."""

    def __init__(self, directory: Path) -> None:
        self._log = directory / "calls"
        self._squeue = shutil.which("squeue") or "squeue"
        for name in COMMANDS:
            script = directory / name
            script.write_text(
                f'#!/bin/sh\necho {name} >>{self._log}\nexec {shutil.which(name)} "$@"\n'
            )
            script.chmod(script.stat().st_mode | stat.S_IXUSR)
        os.environ["PATH"] = f"{directory}:{os.environ['PATH']}"

    def reset(self) -> None:
        self._log.write_text("")

    def count(self) -> str:
        calls = Counter(self._log.read_text().split())
        return ", ".join(f"{number} {name}" for name, number in calls.items())

    def waiting(self) -> int:
        """Jobs in the queue, asked for behind the counter's back."""
        answer = subprocess.run([self._squeue, "-h", "-r"], capture_output=True, check=True)
        return len(answer.stdout.splitlines())


@contextlib.asynccontextmanager
async def longest_stall() -> AsyncIterator[list[float]]:
    """How late a timer of 1 ms was at worst, meanwhile."""
    worst = [0.0]

    async def beat() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            worst[0] = max(worst[0], time.perf_counter() - before - 0.001)

    task = asyncio.ensure_future(beat())
    try:
        yield worst
    finally:
        task.cancel()


async def until_queued(commands: CountedCommands, jobs: int) -> None:
    while await asyncio.to_thread(commands.waiting) != jobs:
        await asyncio.sleep(0.01)


async def measure(
    ask: Callable[[], Awaitable[object]], commands: CountedCommands, jobs: int = JOBS
) -> Figures:
    """What it takes until so many jobs are in the queue."""
    commands.reset()
    async with longest_stall() as stall:
        start = time.perf_counter()
        await ask()
        await until_queued(commands, jobs)
        seconds = time.perf_counter() - start
        calls = commands.count()
    return Figures(seconds, calls, stall[0])


async def clear(commands: CountedCommands) -> None:
    subprocess.run(["scancel", "-u", str(os.getuid())], check=True)
    while await asyncio.to_thread(commands.waiting):
        await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def our_reconciler(directory: Path) -> AsyncIterator[Reconciler]:
    """A reconciler of a cluster without a scheduler: that it does not answer is a problem it lives
    with."""
    cert, key = directory / "cert.pem", directory / "key.pem"
    if not cert.exists():
        tls.make_key_pair(cert, key)
    batch = make_batch_system("slurm", directory=directory)
    await batch.start()
    reconciler = Reconciler(
        cluster_id="00000000",
        cluster_name="benchmark",
        batch=batch,
        scheduler=SchedulerClient("https://127.0.0.1:9", tls.client_context(cert, key)),
        script=SCRIPT,
        log_directory=directory,
    )
    reconciler.start()
    try:
        yield reconciler
    finally:
        await reconciler.stop()
        await batch.stop()


async def ours(commands: CountedCommands, directory: Path) -> Figures:
    async with our_reconciler(directory) as reconciler:

        async def scale() -> None:
            reconciler.scale(JOBS)

        return await measure(scale, commands)


async def theirs(commands: CountedCommands, directory: Path) -> Figures:
    from dask_jobqueue import SLURMCluster

    async with SLURMCluster(
        cores=1,
        processes=1,
        memory="100MB",
        walltime="00:10:00",
        job_extra_directives=["--begin=now+1hour"],
        log_directory=str(directory),
        interface="lo",
        asynchronous=True,
    ) as cluster:

        async def scale() -> None:
            cluster.scale(jobs=JOBS)

        return await measure(scale, commands)


async def bare(commands: CountedCommands) -> Figures:
    async def submit() -> None:
        process = await asyncio.create_subprocess_exec(
            "sbatch",
            f"--array=0-{JOBS - 1}",
            "--output=/dev/null",
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        await process.communicate(SCRIPT.encode())

    return await measure(submit, commands)


async def run_rounds() -> None:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        commands = CountedCommands(directory)
        figures: dict[str, list[Figures]] = {}
        for _ in range(ROUNDS):
            for who, work in (
                ("ours", ours(commands, directory)),
                ("dask-jobqueue", theirs(commands, directory)),
                ("bare sbatch --array", bare(commands)),
            ):
                figures.setdefault(who, []).append(await work)
                await clear(commands)
    best = {who: sorted(f, key=lambda one: one.seconds)[len(f) // 2] for who, f in figures.items()}
    print_table(
        f"{JOBS} waiting jobs (median of {ROUNDS})",
        [
            "",
            "until all are in squeue",
            "Slurm commands",
            "longest stall of the loop",
            "time, ours = 1",
        ],
        [
            [
                who,
                milliseconds(f.seconds),
                f.commands,
                milliseconds(f.stall),
                f"{f.seconds / best['ours'].seconds:.2f}",
            ]
            for who, f in best.items()
        ],
    )


def main() -> None:
    asyncio.run(run_rounds())


if __name__ == "__main__":
    main()
