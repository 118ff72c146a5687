"""A day of a thousand users on one slurmctld: a model, from what each command was measured to cost.

What is assumed of a day is `Day`. Each user's is drawn once, and then replayed with the commands of each
way to have dask clusters: when ours are run follows from the controller's own `Polling`, those of others
from their sources. Slurm's own work for the jobs themselves is the same for all, and left out.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from jupyter_dask_slurm.batch.slurm.site import PARTITIONS_LAST
from jupyter_dask_slurm.controller.polling import Polling

from .rpc_costs import Cost, costs
from .table import print_table

HOUR = 3600.0
SITE_PERIOD = 20.0
"""Seconds between two ``sinfo`` of a server whose panel is in sight."""
GATEWAY_PERIOD = 30.0
"""Seconds between two looks of dask-gateway, at all schedulers and at all workers."""


@dataclass(frozen=True)
class Day:
    """What is assumed. Hours and seconds are of each user, or each cluster."""

    users: int = 1000
    working_hours: float = 10.0
    """In which all of it begins, at random."""
    clusters: int = 2
    cluster_hours: float = 3.0
    panel_hours: float = 4.0
    """For which the panel is in sight."""
    jobs: int = 10
    changes: int = 6
    """Of a cluster's size, evenly over its life: up and down in turns."""
    step: int = 5
    """Jobs of each change."""
    queued: float = 300.0
    """Seconds that jobs wait in the queue."""
    previews: int = 3
    """Scripts for which the form asks when they would start, for each cluster."""


@dataclass(frozen=True)
class Cluster:
    """Times are seconds since the beginning of the day."""

    begin: float
    end: float
    changes: tuple[tuple[float, int], ...]
    """When its size changes, and by how many jobs; the first is its creation."""


@dataclass(frozen=True)
class User:
    panel: tuple[float, float]
    clusters: tuple[Cluster, ...]


Command = tuple[float, str]
Pattern = Callable[[Sequence[User], Day], Iterator[Command]]


def users(day: Day, seed: int = 1) -> list[User]:
    """The day of each of them."""
    rng = random.Random(seed)

    def cluster() -> Cluster:
        begin = rng.uniform(0, day.working_hours * HOUR)
        life = day.cluster_hours * HOUR
        pause = life / (day.changes + 1)
        later = (
            (begin + pause * (n + 1), day.step if n % 2 == 0 else -day.step)
            for n in range(day.changes)
        )
        return Cluster(begin, begin + life, ((begin, day.jobs), *later))

    def user() -> User:
        clusters = tuple(cluster() for _ in range(day.clusters))
        begin = rng.uniform(0, day.working_hours * HOUR)
        return User((begin, begin + day.panel_hours * HOUR), clusters)

    return [user() for _ in range(day.users)]


def polls(cluster: Cluster, queued: float) -> Iterator[tuple[float, float]]:
    """When a controller looks for its jobs, and how old an answer may be: as its own rule says, after each
    change and after the start of what was submitted with it."""
    starts = [time + queued for time, jobs in cluster.changes if jobs > 0]
    changes = sorted(time for time in (*(time for time, _ in cluster.changes), *starts))
    polling = Polling(cluster.begin)
    now = cluster.begin
    while now < cluster.end:
        while changes and changes[0] <= now:
            polling.changed(changes.pop(0))
        yield now, polling.max_age(now)
        pause = polling.pause(now, changes[:1], polling=True)
        assert pause is not None
        now += pause


def shared(looks: Iterable[tuple[float, float]]) -> Iterator[float]:
    """When ``squeue`` is run for all clusters of a user on a host: an answer that is new enough serves."""
    last = float("-inf")
    for time, max_age in sorted(looks):
        if time - last > max_age:
            last = time
            yield time


def every(period: float, begin: float, end: float) -> Iterator[float]:
    time = begin
    while time < end:
        yield time
        time += period


def ours(people: Sequence[User], day: Day) -> Iterator[Command]:
    """An array for each change upwards, a ``scancel`` for each downwards, one ``squeue`` for all clusters
    of a user, and ``sinfo`` while the panel is in sight."""
    for user in people:
        for cluster in user.clusters:
            yield cluster.begin, "scontrol show config"
            for time, jobs in cluster.changes:
                yield time, "sbatch --array" if jobs > 0 else "scancel of an array"
            yield cluster.end, "scancel of an array"
            for _ in range(day.previews):
                yield cluster.begin, "sbatch --test-only"
        looks = (look for cluster in user.clusters for look in polls(cluster, day.queued))
        for time in shared(looks):
            yield time, "squeue"
        for time in every(SITE_PERIOD, *user.panel):
            yield time, "sinfo"
        for time in every(PARTITIONS_LAST, *user.panel):
            yield time, "scontrol show partition"


def job_by_job(people: Sequence[User], day: Day) -> Iterator[Command]:
    """dask-jobqueue, by itself or in dask-labextension: an ``sbatch`` and a ``scancel`` for each job. It
    never asks what became of them."""
    for user in people:
        for cluster in user.clusters:
            left = 0
            for time, jobs in cluster.changes:
                left += jobs
                for _ in range(abs(jobs)):
                    yield time, "sbatch" if jobs > 0 else "scancel"
            for _ in range(left):
                yield cluster.end, "scancel"


def gateway(people: Sequence[User], day: Day) -> Iterator[Command]:
    """dask-gateway: the same and a job for each scheduler; and one service for all, which asks for all
    schedulers and all workers by their ids."""
    yield from job_by_job(people, day)
    clusters = [cluster for user in people for cluster in user.clusters]
    for cluster in clusters:
        yield cluster.begin, "sbatch"
        yield cluster.end, "scancel"
    begin, end = min(c.begin for c in clusters), max(c.end for c in clusters)
    for time in every(GATEWAY_PERIOD, begin, end):
        yield from [(time, "squeue of all jobs by their ids")] * 2


PATTERNS: Mapping[str, Pattern] = {
    "ours": ours,
    "dask-jobqueue, dask-labextension": job_by_job,
    "dask-gateway": gateway,
}


@dataclass(frozen=True)
class Load:
    """On slurmctld."""

    commands: Counter[str]
    rpcs: float
    busiest: float
    """RPCs a second, in the busiest minute."""
    busy: float
    """The part of that minute for which slurmctld is busy with them."""


def load(commands: Iterable[Command], cost: Mapping[str, Cost]) -> Load:
    counted: Counter[str] = Counter()
    rpcs: Counter[int] = Counter()
    milliseconds: Counter[int] = Counter()
    for time, name in commands:
        minute = int(time // 60)
        counted[name] += 1
        rpcs[minute] += cost[name].rpcs
        milliseconds[minute] += cost[name].milliseconds
    return Load(
        counted, sum(rpcs.values()), max(rpcs.values()) / 60, max(milliseconds.values()) / 60_000
    )


def main() -> None:
    day, cost = Day(), costs()
    print_table(
        "What a command costs slurmctld",
        ["", "RPCs", "time"],
        [[name, f"{one.rpcs:.1f}", f"{one.milliseconds:.2f} ms"] for name, one in cost.items()],
    )
    people = users(day)
    rows = []
    for name, pattern in PATTERNS.items():
        found = load(pattern(people, day), cost)
        most = ", ".join(f"{number:,} {what}" for what, number in found.commands.most_common())
        busiest = f"{found.busiest:.1f} a second"
        rows.append([name, most, f"{found.rpcs:,.0f}", busiest, f"{found.busy:.1%}"])
    header = ["", "commands", "RPCs", "in the busiest minute", "of which slurmctld is busy"]
    print_table(f"A day of {day.users:,} users: {day}", header, rows)


if __name__ == "__main__":
    main()
