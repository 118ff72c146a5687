"""1,000 waiting jobs and back to none, through the reconciler: Slurm's commands and seconds."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from .scaling import CountedCommands, Figures, clear, measure, our_reconciler
from .table import milliseconds, print_table

JOBS = 1000
ROUNDS = 3


async def there_and_back(commands: CountedCommands, directory: Path) -> tuple[Figures, Figures]:
    async with our_reconciler(directory) as reconciler:

        async def scale(jobs: int) -> None:
            reconciler.scale(jobs)

        up = await measure(lambda: scale(JOBS), commands, JOBS)
        # By now it has seen them all: what is measured next is the way back alone.
        while any(job.report is None for job in reconciler.jobs.live):
            await reconciler.changed.wait()
        down = await measure(lambda: scale(0), commands, 0)
    return up, down


async def run_rounds() -> None:
    with tempfile.TemporaryDirectory() as name:
        commands = CountedCommands(Path(name))
        rounds = []
        for _ in range(ROUNDS):
            rounds.append(await there_and_back(commands, Path(name)))
            await clear(commands)
    rows = []
    for column, what in enumerate((f"0 → {JOBS:,}", f"{JOBS:,} → 0")):
        figures = sorted((pair[column] for pair in rounds), key=lambda one: one.seconds)
        median = figures[ROUNDS // 2]
        stall = milliseconds(median.stall)
        rows.append([what, milliseconds(median.seconds), median.commands, stall])
    print_table(
        f"{JOBS:,} waiting jobs and back (median of {ROUNDS})",
        ["", "until squeue says so", "Slurm commands", "longest stall of the loop"],
        rows,
    )


def main() -> None:
    asyncio.run(run_rounds())


if __name__ == "__main__":
    main()
