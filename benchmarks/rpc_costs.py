"""What each of Slurm's commands costs slurmctld: the RPCs that it sends, and how long they take there.

Measured with ``sdiag`` on the Slurm that ``SLURM_CONF`` names, which nobody else may be using. As root the
queue has jobs of somebody else as well.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from jupyter_dask_slurm.batch.slurm.jobs import QUEUE_FORMAT
from jupyter_dask_slurm.batch.slurm.partitions import NODE_FORMAT

TIMES = 10
ROUNDS = 5
"""Of which the least counts: the rest is what else the machine did."""
OTHERS = 1000
"""Jobs of somebody else that wait meanwhile."""
SCRIPT = (
    "#!/bin/sh\n#SBATCH -n 1 --cpus-per-task=1 --mem=100M -t 10 --begin=now+1hour -o /dev/null\n"
)
_BY_TYPE = "Remote Procedure Call statistics by message type"
_LINE = re.compile(r"\s+(\w+)\s*\(\s*\d+\)\s+count:(\d+)\s+ave_time:\d+\s+total_time:(\d+)")
_OWN = {"REQUEST_STATS_INFO", "MESSAGE_NODE_REGISTRATION_STATUS", "REQUEST_PING"}
"""Of sdiag itself, and of nodes."""


@dataclass(frozen=True)
class Cost:
    """Of one command."""

    rpcs: float
    milliseconds: float
    """That slurmctld was busy with them."""


def parse_sdiag(text: str) -> Iterator[tuple[str, int, int]]:
    """Each type of RPC, how many there were, and the microseconds that they took together."""
    by_type = text.partition(_BY_TYPE)[2].partition("\n\n")[0]
    for name, count, microseconds in _LINE.findall(by_type):
        yield name, int(count), int(microseconds)


def cost_of(text: str, times: int) -> Cost:
    """Of a command that was run so often since the counters were set to zero."""
    rows = [row for row in parse_sdiag(text) if row[0] not in _OWN]
    counted, took = sum(row[1] for row in rows), sum(row[2] for row in rows)
    return Cost(counted / times, took / 1000 / times)


def run(*argv: str, stdin: str = "") -> str:
    return subprocess.run(argv, input=stdin, capture_output=True, text=True, check=True).stdout


def measured(command: Callable[[], object]) -> Cost:
    def once() -> Cost:
        run("sdiag", "--reset")
        for _ in range(TIMES):
            command()
        return cost_of(run("sdiag"), TIMES)

    return min((once() for _ in range(ROUNDS)), key=lambda cost: cost.milliseconds)


def costs() -> Mapping[str, Cost]:
    """Of every command of the model, by its name there."""
    user = str(os.getuid())
    if os.geteuid() == 0:
        for _ in range(OTHERS):
            run("sbatch", "--parsable", "--uid=nobody", "--chdir=/", stdin=SCRIPT)
    waiting: list[str] = []

    def submit(*words: str) -> Callable[[], None]:
        return lambda: waiting.append(run("sbatch", "--parsable", *words, stdin=SCRIPT).strip())

    def ask(*argv: str, stdin: str = "") -> Callable[[], object]:
        return lambda: run(*argv, stdin=stdin)

    def by_ids() -> object:
        return run("squeue", "-h", f"--job={','.join(waiting)}", "-o", "%i %t")

    commands: Sequence[tuple[str, Callable[[], object]]] = [
        ("sbatch", submit()),
        ("squeue of all jobs by their ids", by_ids),
        ("scancel", lambda: run("scancel", waiting.pop())),
        ("sbatch --array", submit("--array=0-9")),
        ("squeue", ask("squeue", "-a", "-h", "-t", "all", "-r", "-u", user, "-o", QUEUE_FORMAT)),
        ("scancel of an array", lambda: run("scancel", waiting.pop())),
        ("sbatch --test-only", ask("sbatch", "--test-only", stdin=SCRIPT)),
        ("sinfo", ask("sinfo", "-a", "-h", "-e", "-O", NODE_FORMAT)),
        ("scontrol show partition", ask("scontrol", "-a", "show", "partition", "-o")),
        ("scontrol show config", ask("scontrol", "show", "config")),
    ]
    return {name: measured(command) for name, command in commands}
