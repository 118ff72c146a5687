"""The command about jobs that belong to no living cluster."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from ..clusters.batch_systems import BatchSystems
from ..clusters.find import presence, run
from ..clusters.orphans import Orphan, Orphans
from ..clusters.without_server import settings_here
from ..clusters.words import count
from ..errors import JobNotFound
from .living import print_json
from .usage import state_dir

T = TypeVar("T")


def orphans(arguments: argparse.Namespace) -> int:
    where = state_dir(arguments)
    seen = run(_with_orphans(where, lambda orphans: orphans.look()))
    found, code = seen.orphans, 1 if seen.unanswered else 0
    for unanswered in seen.unanswered:
        print(unanswered.message, file=sys.stderr)
    if arguments.cancel:
        unknown = set(arguments.cancel) - {w for o in found for w in (o.cluster_id, o.name)}
        if unknown:
            raise JobNotFound(f"there is no leftover job of {', '.join(sorted(unknown))}")
        found = [o for o in found if {o.cluster_id, o.name} & set(arguments.cancel)]
    if arguments.json:
        print_json([orphan.to_json() for orphan in found])
    elif not found and not seen.unanswered:
        print("no leftover jobs: every job belongs to a living cluster")
    else:
        for orphan in found:
            print(_in_words(orphan))
    if arguments.cancel is None or not found:
        return code
    jobs = count(sum(orphan.jobs for orphan in found), "job")
    if not arguments.yes and sys.stdin.isatty():
        print(f"Cancel {jobs}? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            print("nothing was cancelled", file=sys.stderr)
            return 1
    ids = {orphan.cluster_id for orphan in found}
    run(_with_orphans(where, lambda orphans: orphans.cancel(ids)))
    print(f"cancelled {jobs}", file=sys.stderr)
    return code


async def _with_orphans(state_dir: Path, work: Callable[[Orphans], Awaitable[T]]) -> T:
    batch_systems = BatchSystems(settings_here(state_dir))
    try:
        return await work(Orphans(batch_systems, lambda: presence(state_dir)))
    finally:
        await batch_systems.stop()


def _in_words(orphan: Orphan) -> str:
    """Such as ``blue-otter (3f9a12bc): 3 jobs in slurm, 1 pending, 2 running, since …``."""
    where = f" ({orphan.slurm_cluster})" if orphan.slurm_cluster else ""
    what = f"{count(orphan.jobs, 'job')} in {orphan.batch_system}{where}"
    states = f"{orphan.pending} pending, {orphan.running} running"
    since = f", since {orphan.since}" if orphan.since else ""
    return f"{orphan.name} ({orphan.cluster_id}): {what}, {states}{since}"
