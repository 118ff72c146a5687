"""The commands about the jobs and the logs of a cluster."""

from __future__ import annotations

import argparse
import asyncio

from ..clusters import use
from ..clusters.find import find, run
from ..clusters.status import Observed
from ..clusters.words import JOB_COLUMNS, job_row, table
from ..errors import LogNotFound
from ..logs import Excerpt
from ..model.cluster import Job
from ..model.wire import write
from .living import print_json
from .usage import state_dir, usage

FOLLOW_INTERVAL = 0.5
"""Seconds between looks at a log that another process writes."""


def jobs(arguments: argparse.Namespace) -> None:
    async def work() -> list[Job]:
        return await use.jobs(await find(state_dir(arguments), arguments.name))

    found = run(work())
    if arguments.json:
        print_json([write(job) for job in found])
    else:
        print(table([JOB_COLUMNS, *map(job_row, found)]))


def logs(arguments: argparse.Namespace) -> None:
    observed = run(find(state_dir(arguments), arguments.name))
    source = arguments.job or ("scheduler" if arguments.scheduler else "controller")
    with usage():
        use.log_file(observed.directory, observed.record.options, source)
    if arguments.follow:
        run(_follow(observed, source, arguments.lines))
        return
    found = run(use.log(observed, source, arguments.lines))
    if arguments.json:
        print_json({"text": found.text, "start": found.start, "end": found.end})
    else:
        print(found.text, end="")


async def _follow(observed: Observed, source: str, lines: int) -> None:
    """Print what is written, until the cluster is no more."""
    seen: Excerpt | None = None
    while True:
        there = not await use.until_gone(observed.directory, 0)
        try:
            seen = await use.log(observed, source, lines, after=None if seen is None else seen.end)
            print(seen.text, end="", flush=True)
        except LogNotFound:
            if not there and seen is None:
                raise
        if not there:
            return
        await asyncio.sleep(FOLLOW_INTERVAL)
