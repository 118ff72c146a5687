"""The commands about clusters that there are."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from ..clusters import use
from ..clusters.client_code import client_code, dashboard_link
from ..clusters.find import ask, find, look, run
from ..clusters.progress import Progress
from ..clusters.status import Observed
from ..clusters.wait import WorkersMissing, until_workers
from ..clusters.without_server import settings_here
from ..clusters.words import count, in_short, jobs_in_words, table, used_in_words, why_pending
from ..errors import InvalidOptions
from ..model.cluster import Cluster
from ..model.scaling import Scaling
from ..model.wire import write
from .usage import Usage, read_bounds, read_size, state_dir

START_LIMIT = 60.0
"""Seconds for which a cluster that is still starting is waited for, to be told something."""


def list_(arguments: argparse.Namespace) -> None:
    clusters = run(look(state_dir(arguments)))
    if arguments.json:
        print_json([write(cluster) for cluster in clusters])
        return
    print(table([("NAME", "ID", "STATUS", "JOBS", "CORES"), *map(_row, clusters)]))


def show(arguments: argparse.Namespace) -> None:
    say(run(_asked(arguments)).cluster(), arguments)


def scale(arguments: argparse.Namespace) -> None:
    _resize(arguments, read_size(arguments))


def adapt(arguments: argparse.Namespace) -> None:
    _resize(arguments, read_bounds(arguments))


def wait(arguments: argparse.Namespace) -> int:
    if arguments.workers < 1:
        raise Usage(InvalidOptions.of("workers", "1 or more"))
    observed = run(find(state_dir(arguments), arguments.name))
    return until_there(observed, arguments.workers, arguments, arguments.timeout)


def code(arguments: argparse.Namespace) -> None:
    observed = run(_ready(arguments))
    assert observed.connection is not None
    text = client_code(observed.directory, observed.connection)
    if arguments.json:
        print_json({"client_code": text})
    else:
        print(text)


def stop(arguments: argparse.Namespace) -> int:
    observed = run(find(state_dir(arguments), arguments.name))
    with Progress() as progress:
        if observed.connection is None and observed.ended is None:
            progress.show(f"{observed.record.name} is still starting")
        run(use.stop(observed, START_LIMIT))
        if arguments.wait:
            progress.show(f"{observed.record.name} is stopping")
            run(use.until_gone(observed.directory, None))
    done = "has stopped" if arguments.wait else "is stopping"
    if arguments.json:
        print_json({"id": observed.directory.id, "name": observed.record.name})
    else:
        print(f"{observed.record.name} {done}")
    return 0


def until_there(
    observed: Observed, workers: int, arguments: argparse.Namespace, limit: float | None = None
) -> int:
    """Wait for that many workers, show the cluster, and return the exit code."""
    try:
        with Progress() as progress:
            cluster = run(until_workers(observed, workers, progress.show, limit))
    except WorkersMissing as error:
        print(f"not in time: {error}", file=sys.stderr)
        return 1
    say(cluster, arguments)
    return 0


def say(cluster: Cluster, arguments: argparse.Namespace) -> None:
    """Show a cluster."""
    if arguments.json:
        print_json(write(cluster))
        return
    print(in_short(cluster))
    for name, text in _details(cluster):
        print(f"  {name + ':':<11}{text}")
    for problem in cluster.problems:
        print(f"  problem:   {problem.message}")
        if problem.advice:
            print(f"             {problem.advice}")


def print_json(data: Any) -> None:
    print(json.dumps(data, indent=1))


def _size(cluster: Cluster) -> str:
    """Return how large it should be, such as ``4 jobs``, or ``0 to 3 jobs, as tasks need``."""
    adapt = cluster.scaling.adapt
    if adapt is not None:
        return f"{adapt.minimum_jobs} to {count(adapt.maximum_jobs, 'job')}, as tasks need"
    return count(cluster.jobs.desired, "job")


def _details(cluster: Cluster) -> list[tuple[str, str]]:
    expected = f" of {cluster.workers.expected}" if cluster.workers.expected else ""
    found = [
        ("id", cluster.id),
        ("scaled to", _size(cluster)),
        ("now", jobs_in_words(cluster.jobs)),
        ("workers", f"{cluster.workers.connected}{expected}"),
        ("pending", why_pending(cluster)),
        ("scheduler", cluster.scheduler_address or ""),
        ("dashboard", dashboard_link(cluster.id) if cluster.dashboard_path else ""),
        ("ends with", cluster.ends_with or ""),
        *used_in_words(cluster),
    ]
    return [(name, text) for name, text in found if text]


def _row(cluster: Cluster) -> tuple[str, ...]:
    jobs = f"{cluster.jobs.running} of {cluster.jobs.desired}"
    return cluster.name, cluster.id, cluster.status, jobs, str(cluster.cores)


def _resize(arguments: argparse.Namespace, scaling: Scaling) -> None:
    settings = settings_here(state_dir(arguments))

    async def work() -> Cluster:
        observed = await _ready(arguments)
        said = await use.scale(observed, scaling, settings)
        return observed.with_report(said.cluster, said.revision).cluster()

    cluster = run(work())
    if arguments.json:
        print_json(write(cluster))
    else:
        print(f"{cluster.name} is scaled to {_size(cluster)}")


async def _asked(arguments: argparse.Namespace) -> Observed:
    return await ask(await find(state_dir(arguments), arguments.name))


async def _ready(arguments: argparse.Namespace) -> Observed:
    observed = await find(state_dir(arguments), arguments.name)
    return await use.until_ready(observed, START_LIMIT)
