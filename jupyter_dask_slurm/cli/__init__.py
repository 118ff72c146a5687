"""``jupyter dask-slurm``: your clusters without a browser. Nothing imports it; it imports clusters.

The same controllers answer as in JupyterLab; nothing here needs its server, and only the process
that renders a job script imports dask.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from ..batch.errors import BatchError
from ..errors import DaskSlurmError, InvalidOptions
from .parser import make_parser
from .usage import Usage

DONE, REFUSED, USAGE, INTERRUPTED = 0, 1, 2, 130
"""The exit codes: what was asked for was done; it was refused, or there is no such thing; it was no
request."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code. The entry point of ``jupyter-dask-slurm``."""
    parser = make_parser()
    if "_ARGCOMPLETE" in os.environ:  # a shell asks what may follow
        import argcomplete

        argcomplete.autocomplete(parser)
    arguments = parser.parse_args(argv)
    try:
        code: int | None = arguments.command(arguments)
    except Usage as error:
        _say_problems(error.of)
        return USAGE
    except InvalidOptions as error:
        _say_problems(error)
        return REFUSED
    except (DaskSlurmError, BatchError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # as of `head`
            return REFUSED
        print(f"jupyter dask-slurm: {error}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED
    return code or DONE


def _say_problems(error: InvalidOptions) -> None:
    for problem in error.problems:
        print(f"{problem.field}: {problem.message}", file=sys.stderr)
