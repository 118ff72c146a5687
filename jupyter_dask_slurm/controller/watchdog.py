"""The watchdog: a small child process that cancels the cluster's jobs when its controller dies.

The controller writes ``done`` to its standard input before it ends in order. End of file without
that means that the controller was killed, and nothing else would cancel the jobs that are still
pending. It has a session of its own, because a signal may kill the whole session of the controller.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import subprocess
import sys
from pathlib import Path

from ..batch.cancel import cancel_matching
from ..batch.choose import make_batch_system
from ..batch.errors import BatchError
from ..cluster_files.directory import ClusterDirectory
from ..cluster_files.ended import Ended
from ..cluster_files.record import Record
from ..cluster_files.submitted import JobNames
from ..errors import Unreadable
from ..logs import count_of_jobs, one_line
from ..model.names import belongs_to
from ..process import module_command
from .log import start_log

DONE = "done"
RETRY, TRIES = 10.0, 360
"""Seconds between two tries while the batch system does not answer, and how many: an hour in all."""
STOP_LIMIT = 5.0
logger = logging.getLogger(__name__)


class Watchdog:
    """The controller's side: `start` before the first job, `done` after the last."""

    def __init__(self, directory: ClusterDirectory, record: Record) -> None:
        self._config = {
            "directory": str(directory.path),
            "batch_system": record.batch_system,
            "slurm_cluster": record.options.slurm_cluster,
        }
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            module_command(__name__),
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        print(json.dumps(self._config), file=self._process.stdin, flush=True)

    def done(self) -> None:
        """Let the watchdog end without doing anything: all jobs have ended."""
        if self._process is None:
            return
        try:
            self._process.communicate(DONE, timeout=STOP_LIMIT)
        except (subprocess.TimeoutExpired, BrokenPipeError):
            self._process.kill()
            self._process.wait()


async def clean_up(
    directory: ClusterDirectory, batch_system: str, slurm_cluster: str | None = None
) -> None:
    """Cancel the jobs of a cluster whose controller died; then remove its keys and write why it ended.

    If the batch system does not answer at all, the files are left as they are: the next Jupyter
    server that reads them finds that jobs may be left, and cancels them.
    """
    logger.warning("its controller died: cancelling its jobs")
    with contextlib.suppress(OSError, Unreadable):
        connection = directory.connection()
        if connection is not None and connection.owner.slurm_cluster is not None:
            slurm_cluster = connection.owner.slurm_cluster
    batch = make_batch_system(
        batch_system, directory=directory.path.parent, slurm_cluster=slurm_cluster
    )
    await batch.start()

    def matches(name: str) -> bool:
        return belongs_to(name, directory.id)

    name_of = JobNames(directory.path.parent)
    try:
        for _ in range(TRIES):
            try:
                count = await cancel_matching(batch, matches, name_of=name_of)
                logger.info("cancelled %s", count_of_jobs(count))
                break
            except (BatchError, OSError) as error:
                logger.warning("tries again in %g s: %s", RETRY, one_line(error))
                await asyncio.sleep(RETRY)
        else:
            logger.error("gave up: its jobs are left to the next Jupyter server that looks")
            return
    finally:
        await batch.stop()
    if directory.path.exists() and directory.ended() is None:
        directory.write(Ended.now("controller_died", "It was killed.").with_jobs_cancelled())
    directory.remove_keys()


def main() -> None:
    # A signal to all processes of a job or a service must not end it: it ends with the pipe.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    config = json.loads(sys.stdin.readline())
    if sys.stdin.read().strip() != DONE:
        directory = ClusterDirectory(Path(config["directory"]))
        record = directory.record()
        start_log(directory.id, "watchdog").cluster_name = lambda: record.name if record else None
        asyncio.run(clean_up(directory, config["batch_system"], config["slurm_cluster"]))


if __name__ == "__main__":
    main()
