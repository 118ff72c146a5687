"""The commands about clusters that are to be made."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from ..clusters.find import run
from ..clusters.preview import Preview
from ..clusters.progress import Progress
from ..clusters.status import Observed
from ..clusters.without_server import WithoutServer, settings_here
from ..errors import FieldProblem
from ..job_script.call import Call
from ..model.cluster import Problem
from ..model.names import validate_name
from ..model.options import ClusterOptions
from ..model.scaling import Scaling
from .living import print_json, say, until_there
from .usage import read_options, state_dir, usage


def new(arguments: argparse.Namespace) -> int:
    options, scaling = read_options(arguments), _jobs(arguments)
    with usage():
        if arguments.name is not None:
            validate_name(arguments.name)
    with Progress() as progress:
        made = run(_make(arguments, options, scaling, progress))
    record = made.record
    jobs = scaling.jobs(cores=1, memory=1)
    if arguments.wait and jobs:
        return until_there(made, jobs * (record.options.processes or 1), arguments)
    say(made.cluster(), arguments)
    return 0


def job_script(arguments: argparse.Namespace) -> int:
    """Show the script, and what is wrong with it: 1 where no cluster would be made of it."""
    options, scaling = read_options(arguments), _jobs(arguments)
    preview = run(_preview(arguments, options, scaling))
    problems = preview.findings.problems
    if arguments.json:
        print_json(preview.to_json())
    else:
        _say(preview.findings.warnings)
        _say(problems)
        print(preview.rendered.script, end="")
    return 1 if problems else 0


async def _preview(
    arguments: argparse.Namespace, options: ClusterOptions, scaling: Scaling
) -> Preview:
    async with _maker(arguments) as maker:
        with usage():
            return await maker.preview(options, scaling, batch_system=arguments.batch_system)


async def _make(
    arguments: argparse.Namespace, options: ClusterOptions, scaling: Scaling, progress: Progress
) -> Observed:
    async with _maker(arguments) as maker:
        name, batch_system = arguments.name, arguments.batch_system
        with usage():  # what cannot be rendered at all
            preview = await maker.preview(options, scaling, batch_system=batch_system)
        _say(preview.findings.warnings)
        preview.findings.raise_problems()
        made = await maker.create(options, scaling, name=name, batch_system=batch_system)
        if not arguments.wait:
            return made
        progress.show(f"{made.record.name} is starting")
        return await maker.until_ready(made, partial(_tell, progress, made.record.name))


def _maker(arguments: argparse.Namespace) -> WithoutServer:
    settings, here = settings_here(state_dir(arguments)), Path.cwd()
    return WithoutServer(settings, call=Call(directory=str(here)), working_directory=here)


def _jobs(arguments: argparse.Namespace) -> Scaling:
    with usage():
        return Scaling.from_json({"jobs": arguments.jobs})


def _tell(progress: Progress, name: str, problem: Problem | None) -> None:
    if problem is not None:
        progress.show(f"{name} starts as soon as it can: {problem.message}")


def _say(findings: tuple[FieldProblem, ...]) -> None:
    for finding in findings:
        print(f"{finding.field}: {finding.message}", file=sys.stderr)
