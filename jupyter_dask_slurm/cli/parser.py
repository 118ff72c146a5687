"""The words of the command line: those of REST."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from .._version import __version__
from ..clusters.doctor.doctor import JOB_LIMIT
from ..clusters.find import read_all
from ..model.options import ClusterOptions
from . import doctor, jobs, living, making, orphans
from .usage import seconds, state_dir

Command = Callable[[argparse.Namespace], int | None]


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jupyter dask-slurm",
        description="Your dask clusters on Slurm.",
        epilog="The exit code is 0 when what was asked for was done, 1 when it was refused or not found, "
        "and 2 when it was no request. Completion by your shell: "
        'eval "$(register-python-argcomplete jupyter-dask-slurm)"; for fish with --shell fish, piped '
        "to source.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        "--state-dir",
        type=Path,
        metavar="DIR",
        help="where the clusters are kept (default: dask-slurm in Jupyter's data directory)",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Command, help: str, **more: Any) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help, description=help, **more)
        added.set_defaults(command=command)
        return added

    new = add("new", making.new, "make a cluster")
    new.add_argument("name", nargs="?", help="what it is called (default: two words)")
    _add_options(new)
    new.add_argument("--jobs", type=int, default=0, help="how many jobs (default: 0)")
    new.add_argument("--batch-system", choices=("slurm", "local"), help="what runs its jobs")
    new.add_argument(
        "--wait",
        action="store_true",
        help="until it is ready, and the workers of its jobs are there",
    )
    _add_json(new)

    _add_json(add("list", living.list_, "show your clusters"))

    show = add("show", living.show, "show a cluster: how it is, and what is wrong with it")
    _add_name(show)
    _add_json(show)

    scale = add("scale", living.scale, "ask for so many jobs or cores, or so much memory")
    _add_name(scale)
    _add_size(scale)
    _add_json(scale)

    adapt = add("adapt", living.adapt, "follow what the tasks need, between two numbers of jobs")
    _add_name(adapt)
    adapt.add_argument("--minimum-jobs", type=int, default=0, help="the fewest (default: 0)")
    adapt.add_argument("--maximum-jobs", type=int, required=True, help="the most")
    adapt.add_argument("--grow-after", help="how long they must need more; seconds, or 1 min")
    adapt.add_argument("--shrink-after", help="how long they must need less, likewise")
    _add_json(adapt)

    wait = add("wait", living.wait, "wait until workers are connected")
    _add_name(wait)
    wait.add_argument("--workers", type=int, default=1, help="how many (default: 1)")
    wait.add_argument("--timeout", type=seconds, help="give up after so long; seconds, or 1 h")
    _add_json(wait)

    listed = add("jobs", jobs.jobs, "show the jobs of a cluster")
    _add_name(listed)
    _add_json(listed)

    logs = add("logs", jobs.logs, "show the end of a log of a cluster; by default its controller's")
    _add_name(logs)
    source = logs.add_mutually_exclusive_group()
    source.add_argument("--job", metavar="ID", help="that of a job")
    source.add_argument("--scheduler", action="store_true", help="that of the scheduler")
    logs.add_argument("--lines", type=int, default=100, help="how many lines (default: 100)")
    logs.add_argument("--follow", action="store_true", help="go on with what is written")
    _add_json(logs)

    code = add("client-code", living.code, "show the Python that connects to a cluster")
    _add_name(code)
    _add_json(code)

    script = add("job-script", making.job_script, "show the job script of a new cluster")
    _add_options(script)
    script.add_argument("--jobs", type=int, default=1, help="how many jobs (default: 1)")
    script.add_argument("--batch-system", choices=("slurm", "local"), help="what runs its jobs")
    _add_json(script)

    stop = add("stop", living.stop, "end a cluster and cancel all its jobs")
    _add_name(stop)
    stop.add_argument("--wait", action="store_true", help="until its last job is gone")
    _add_json(stop)

    look = add(
        "doctor",
        doctor.doctor,
        "look at all that a cluster needs of this site, and say how to repair what is wrong",
    )
    _add_options(look)
    look.add_argument(
        "--no-job", action="store_true", help="submit no test job: nothing is told of the nodes"
    )
    look.add_argument(
        "--timeout",
        type=seconds,
        default=JOB_LIMIT,
        help="how long the test job may take, its time in the queue included; seconds, or 10m "
        "(default: 2m)",
    )
    _add_json(look)

    orphaned = commands.add_parser(
        "orphans",
        help="show, or cancel, leftover jobs, which belong to no living cluster",
        description="Jobs are known by their names, and by their output, which goes to a cluster's "
        "directory. Those of clusters that are kept in another one (--state-dir) are shown as well: "
        "look before you cancel.",
    )
    orphaned.set_defaults(command=orphans.orphans)
    orphaned.add_argument(
        "--cancel",
        nargs="*",
        metavar="ID",
        help="cancel those of these clusters (names or ids); without one, all",
    )
    orphaned.add_argument("--yes", action="store_true", help="do not ask before cancelling")
    _add_json(orphaned)
    return parser


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "What is left out comes from jobqueue.slurm of dask's configuration."
    parser.add_argument("--cores", type=int, help="per job")
    parser.add_argument("--memory", help='per job, such as "16 GB"')
    parser.add_argument("--walltime", help='such as 01:00:00 or "2 h"; a bare number is minutes')
    option = parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any other option; the value is JSON, or else text. A time is 30min, 2h or "
        "1-12:00:00; a bare number is minutes of a walltime, and seconds elsewhere",
    )
    option.completer = _option_names  # type: ignore[attr-defined]


def _add_size(parser: argparse.ArgumentParser) -> None:
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--jobs", type=int, help="so many jobs")
    size.add_argument("--cores", type=int, help="so many cores, rounded up to whole jobs")
    size.add_argument("--memory", help='so much memory, such as "200 GB", likewise')


def _add_name(parser: argparse.ArgumentParser) -> None:
    name = parser.add_argument("name", help="its name or id")
    name.completer = _names  # type: ignore[attr-defined]


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="as JSON: that of REST, bytes and seconds"
    )


def _names(parsed_args: argparse.Namespace, **_: object) -> list[str]:
    return [observed.record.name for observed in read_all(state_dir(parsed_args))]


def _option_names(**_: object) -> list[str]:
    return [f"{option.name}=" for option in fields(ClusterOptions)]
