"""``python -m jupyter_dask_slurm.controller``: the controller of one cluster.

Standard input is JSON: the cluster's ``directory`` and the ``umask`` of who started it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from pathlib import Path

from ..connection import ClusterDirectory, Ended
from ..models import utc_now
from .app import Controller

logger = logging.getLogger(__name__)


def main() -> int:
    os.umask(0o077)
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    order = json.loads(sys.stdin.read())
    directory = ClusterDirectory(Path(order["directory"]))
    record = directory.record()
    if record is None:
        logger.error("%s holds no record of a cluster", directory.path)
        return 1
    try:
        asyncio.run(Controller(directory, record, umask=order.get("umask")).run())
    except Exception as error:
        logger.exception("the cluster could not be started")
        directory.write(Ended("start_failed", str(error), utc_now()))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
