"""Runs the suites in the private directory that ``tests/run`` made, as whatever user it was given.

``python -m tests.runner <work> [suite ...]``, in ``<work>/tree``, which holds the sources. Builds the
wheel from them and installs it, so that the suites meet the package as a user gets it, and never
the sources. Reports go to ``<work>/results``; ``<work>/total`` gets the last line.

``python -m tests.runner --sweep <work>``: end whatever a run left behind.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .leftovers import sweep
from .run import Run, StepFailed
from .suites import SUITES, lanes, nothing_left, prepare

LANES = 4
"""On two cores: most of a lane's time is waiting, and more would drown it in workers that start."""


def carry_out(run: Run, suites: Sequence[str]) -> None:
    """In lanes: most of the time goes by waiting for clusters, browsers and Slurm's time-outs."""
    prepare(run)
    with ThreadPoolExecutor(max_workers=LANES) as pool:
        for result in [pool.submit(lane) for lane in lanes(run, suites)]:
            # A lane that broke off has noted why; the others go on.
            with contextlib.suppress(StepFailed):
                result.result()
    nothing_left(run)


def main(arguments: Sequence[str]) -> int:
    if arguments[0] == "--sweep":
        sweep(Path(arguments[1]))
        return 0
    work, *suites = arguments
    run = Run(Path(work), ci=bool(os.environ.get("CI")))
    unknown = [suite for suite in suites if suite not in SUITES]
    try:
        if unknown:
            raise StepFailed(f"no such suite: {', '.join(unknown)}; there are {', '.join(SUITES)}")
        carry_out(run, suites or SUITES)
    except StepFailed as error:
        print(error)
    run.say_failures()
    passed = sum(result.passed for result in run.outcome)
    failed = sum(result.failed for result in run.outcome) or int(not passed)
    Path(work, "total").write_text(f"{passed} passed, {failed} failed\n")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
