"""``python -m jupyter_dask_slurm.controller``: the controller of one cluster.

Standard input is its order as JSON (`jupyter_dask_slurm.model.wire.Order`). The environment says which
batch job it runs in, if it has one of its own.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
from pathlib import Path

from ..batch.job_environment import outside_of_jobs
from ..cluster_files.directory import ClusterDirectory
from ..cluster_files.ended import Ended
from ..model.options import ClusterOptions
from ..model.wire import Order, check_protocol, read
from .app import Controller
from .log import start_log
from .time_limits import ControllerJob, controller_job

logger = logging.getLogger(__name__)


def main() -> int:
    os.umask(0o077)
    order = read_order(sys.stdin.read())
    directory = ClusterDirectory(Path(order.directory))
    log = start_log(directory.id)
    files = directory.read()
    if files is None or files.record_lost:
        why = "there is none" if files is None else files.unreadable[directory.record_file.name]
        logger.error("the cluster's record in %s cannot be read: %s", directory.path, why)
        return 1
    if files.ended is not None:
        # The job it runs in was pending so long that the cluster has been given up meanwhile.
        logger.error("the cluster has ended: its controller is not needed any more")
        return 1
    job = leave_job(files.record.options)
    try:
        controller = Controller(directory, files.record, umask=order.umask, job=job)
        log.cluster_name = lambda: controller.cluster.name
        asyncio.run(controller.run())
    except Exception as error:
        logger.exception("the cluster could not be started")
        directory.write(Ended.now("start_failed", str(error)))
        return 1
    return 0


def read_order(text: str) -> Order:
    """Return the order, which another version may have written: a job can be pending while this
    package is upgraded. Raise Unreadable."""
    data = json.loads(text)
    check_protocol(data)
    return read(Order, data)


def leave_job(options: ClusterOptions) -> ControllerJob | None:
    """Return the batch job that this process runs in, and remove it from the environment.

    Slurm's commands would take the variables that describe it for options, and the scheduler and
    the jobs that are submitted from here for their own.
    """
    job = controller_job(os.environ, options.controller_walltime, now=time.time())
    kept = outside_of_jobs(os.environ)
    for name in set(os.environ) - set(kept):
        del os.environ[name]
    return job


if __name__ == "__main__":
    sys.exit(main())
