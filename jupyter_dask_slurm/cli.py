"""``jupyter dask-slurm``: your clusters without a browser.

The same controllers answer as in JupyterLab; nothing here needs its server, and only the process
that renders a job script imports dask.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ._version import __version__
from .batch.errors import BatchError
from .cluster_files.directory import default_state_dir
from .clusters import use
from .clusters.batch_systems import BatchSystems
from .clusters.find import find, look, presence, run
from .clusters.orphans import Orphan, Orphans
from .errors import DaskSlurmError, InvalidOptions, JobNotFound
from .job_script.client import Rendered, Renderer
from .model.cluster import Cluster, ClusterOptions, Scaling
from .model.durations import written
from .model.settings import Settings
from .model.wire import write

T = TypeVar("T")
START_LIMIT = 60.0
"""Seconds for which a cluster that is still starting is waited for, to be told to stop."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code. The entry point of ``jupyter-dask-slurm``."""
    arguments = _parser().parse_args(argv)
    try:
        code: int | None = arguments.command(arguments)
    except InvalidOptions as error:
        for problem in error.problems:
            print(f"{problem.field}: {problem.message}", file=sys.stderr)
        return 2
    except (DaskSlurmError, BatchError, OSError) as error:
        print(f"jupyter dask-slurm: {error}", file=sys.stderr)
        return 1
    return code or 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jupyter dask-slurm", description="Your dask clusters on Slurm."
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        "--state-dir",
        type=Path,
        metavar="DIR",
        help="where the clusters are kept (default: dask-slurm in Jupyter's data directory)",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    listing = commands.add_parser("list", help="show your clusters")
    listing.add_argument("--json", action="store_true", help="as JSON, bytes and seconds")
    listing.set_defaults(command=_list)

    stopping = commands.add_parser("stop", help="end a cluster and cancel all its jobs")
    stopping.add_argument("name", help="its name or id")
    stopping.set_defaults(command=_stop)

    orphaned = commands.add_parser(
        "orphans",
        help="show, or cancel, jobs that belong to no living cluster",
        description="Jobs are known by their names, and by their output, which goes to a cluster's "
        "directory. Those of clusters that are kept in another one (--state-dir) are shown as well: "
        "look before you cancel. The exit code is 0 when what was asked for was done, 1 when not.",
    )
    orphaned.add_argument(
        "--cancel",
        nargs="*",
        metavar="ID",
        help="cancel those of these clusters (names or ids); without one, all",
    )
    orphaned.add_argument("--yes", action="store_true", help="do not ask before cancelling")
    orphaned.add_argument("--json", action="store_true", help="as JSON")
    orphaned.set_defaults(command=_orphans)

    script = commands.add_parser(
        "job-script",
        help="show the job script of a new cluster",
        description="What is left out comes from jobqueue.slurm of dask's configuration.",
    )
    script.add_argument("--cores", type=int, help="per job")
    script.add_argument("--memory", help='per job, such as "16 GB"')
    script.add_argument("--walltime", help="such as 01:00:00; a bare number is minutes")
    script.add_argument("--jobs", type=int, default=1, help="how many jobs (default: 1)")
    script.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any other option; the value is JSON, or else text. A walltime is read as Slurm reads "
        "it; a bare number of another duration is seconds",
    )
    script.set_defaults(command=_job_script)
    return parser


def _state_dir(arguments: argparse.Namespace) -> Path:
    given: Path | None = arguments.state_dir
    return default_state_dir() if given is None else given.expanduser().absolute()


def _list(arguments: argparse.Namespace) -> None:
    clusters = run(look(_state_dir(arguments)))
    if arguments.json:
        print(json.dumps([write(cluster) for cluster in clusters], indent=1))
        return
    rows = [("NAME", "ID", "STATUS", "JOBS", "CORES"), *map(_row, clusters)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


def _row(cluster: Cluster) -> tuple[str, ...]:
    jobs = f"{cluster.jobs.running} of {cluster.jobs.desired}"
    return cluster.name, cluster.id, cluster.status, jobs, str(cluster.cores)


def _stop(arguments: argparse.Namespace) -> None:
    observed = run(find(_state_dir(arguments), arguments.name))
    run(use.stop(observed, START_LIMIT))
    print(f"{observed.record.name} is stopping")


def _orphans(arguments: argparse.Namespace) -> int:
    state_dir = _state_dir(arguments)
    seen = run(_with_orphans(state_dir, lambda orphans: orphans.look()))
    found, code = seen.orphans, 1 if seen.unanswered else 0
    for unanswered in seen.unanswered:
        print(unanswered.message, file=sys.stderr)
    if arguments.cancel:
        unknown = set(arguments.cancel) - {w for o in found for w in (o.cluster_id, o.name)}
        if unknown:
            raise JobNotFound(f"no orphan is of a cluster {', '.join(sorted(unknown))}")
        found = [o for o in found if {o.cluster_id, o.name} & set(arguments.cancel)]
    if arguments.json:
        print(json.dumps([orphan.to_json() for orphan in found], indent=1))
    elif not found and not seen.unanswered:
        print("no orphans: every job belongs to a living cluster")
    else:
        for orphan in found:
            print(_in_words(orphan))
    if arguments.cancel is None or not found:
        return code
    count = _jobs(sum(orphan.jobs for orphan in found))
    if not arguments.yes and sys.stdin.isatty():
        print(f"Cancel {count}? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            print("nothing was cancelled", file=sys.stderr)
            return 1
    ids = {orphan.cluster_id for orphan in found}
    run(_with_orphans(state_dir, lambda orphans: orphans.cancel(ids)))
    print(f"cancelled {count}", file=sys.stderr)
    return code


async def _with_orphans(state_dir: Path, work: Callable[[Orphans], Awaitable[T]]) -> T:
    batch_systems = BatchSystems(Settings(state_dir))
    try:
        return await work(Orphans(batch_systems, lambda: presence(state_dir)))
    finally:
        await batch_systems.stop()


def _in_words(orphan: Orphan) -> str:
    """Such as ``blue-otter (3f9a12bc): 3 jobs in slurm, 1 pending, 2 running, since …``."""
    where = f" ({orphan.slurm_cluster})" if orphan.slurm_cluster else ""
    what = f"{_jobs(orphan.jobs)} in {orphan.batch_system}{where}"
    states = f"{orphan.pending} pending, {orphan.running} running"
    since = f", since {orphan.since}" if orphan.since else ""
    return f"{orphan.name} ({orphan.cluster_id}): {what}, {states}{since}"


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"


def _job_script(arguments: argparse.Namespace) -> None:
    given = {name: getattr(arguments, name) for name in ("cores", "memory", "walltime")}
    given.update(_assignment(text) for text in arguments.option)
    options = ClusterOptions.from_json(written(given))
    rendered = run(_render(options, Scaling.from_json({"jobs": arguments.jobs})))
    for warning in rendered.warnings:
        print(f"{warning.field}: {warning.message}", file=sys.stderr)
    print(rendered.script, end="")


def _assignment(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidOptions.of("option", f"{text!r} is not NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


async def _render(options: ClusterOptions, scaling: Scaling) -> Rendered:
    renderer = Renderer()
    try:
        return await renderer.render(options, scaling)
    finally:
        await renderer.stop()


if __name__ == "__main__":
    sys.exit(main())
