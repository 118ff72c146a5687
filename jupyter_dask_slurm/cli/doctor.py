"""The command that looks at the site."""

from __future__ import annotations

import argparse
import socket
from pathlib import Path

from ..clusters.doctor import Check, report
from ..clusters.find import run
from ..clusters.progress import Progress
from ..clusters.without_server import WithoutServer, settings_here
from ..model.options import ClusterOptions
from .living import print_json
from .usage import read_options, state_dir


def doctor(arguments: argparse.Namespace) -> int:
    """Show each check as it ends: 1 where one has failed."""
    options = read_options(arguments)
    checks = run(_look(arguments, options))
    if arguments.json:
        print_json([check.to_json() for check in checks])
    return 1 if any(check.outcome == "failed" for check in checks) else 0


async def _look(arguments: argparse.Namespace, options: ClusterOptions) -> list[Check]:
    checks = []
    settings = settings_here(state_dir(arguments))
    if not arguments.json:
        print(report([], socket.gethostname()), end="")
    async with WithoutServer(settings, working_directory=Path.cwd()) as maker:
        with Progress() as progress:
            async for check in maker.doctor().checks(
                options, job=not arguments.no_job, job_limit=arguments.timeout, tell=progress.show
            ):
                checks.append(check)
                if not arguments.json:
                    progress.clear()
                    print(check.text(), flush=True)
    return checks
