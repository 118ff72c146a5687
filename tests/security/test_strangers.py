"""Thousands of connections that say nothing, from another user, at every port of a cluster: it goes on.

Where no root is there to start a process of that user's, they come from the same one: to a port it is all
one, for what it sees of a peer is its key.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_dask_slurm.in_dask.private_ports import MOST_STRANGERS

from ..support.clusters import PATIENCE, ClusterUnderTest, clusters_under_test
from ..support.processes import listening
from .conftest import Stranger

pytestmark = pytest.mark.e2e

PORTS = 6
"""The controller's, two of the scheduler, two of the worker, the nanny's."""
FILES = MOST_STRANGERS * 2
"""Files that are left to a process for each of its ports: enough for the strangers there and those that
are accepted at once, not for all that come."""
STRANGERS = 2000 // PORTS + 10


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[ClusterUnderTest]:
    with clusters_under_test(tmp_path / "state", "local") as make:
        settings = {"local_cores": 2, "local_memory": 2_000_000_000}
        yield make(scaling={"jobs": 1}, settings=settings).ready()


@pytest.fixture
def connect(stranger: Stranger) -> Callable[[int], None]:
    """A function that has the stranger open connections to a port."""

    def connect_to(port: int) -> None:
        assert stranger.connect(port, STRANGERS) == str(stranger.uid)

    return connect_to


def test_a_cluster_whose_ports_are_full_of_strangers_scales_computes_and_stops(
    cluster: ClusterUnderTest, connect: Callable[[int], None]
) -> None:
    assert STRANGERS > FILES
    cluster.connected(1)
    with cluster.client() as client:
        worker_pid = client.submit(os.getpid, pure=False).result(timeout=PATIENCE)
        ports: list[int] = []
        for process in cluster.processes():
            own = [port for _, port in listening([process])]
            limit = len(os.listdir(f"/proc/{process.pid}/fd")) + FILES * len(own)
            if own:
                resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (limit, limit))
            ports += own
        assert len(ports) == PORTS, ports
        for port in ports:
            connect(port)

        # Those that were there before, and one that comes now, work; a nanny restarts its worker.
        assert client.submit(pow, 2, 9).result(timeout=PATIENCE) == 512
        with cluster.client() as late:
            late.restart(timeout=PATIENCE)
            assert late.submit(os.getpid, pure=False).result(timeout=PATIENCE) != worker_pid
    # Slurm's commands, the logs of jobs and other workers need files of the controller, too.
    cluster.scale(jobs=2)
    cluster.connected(2)
    cluster.scale(jobs=0)
    cluster.connected(0)
    for source in ("controller", "scheduler"):
        said = cluster.log(source)
        assert "Too many open files" not in said
        assert said.count("handshake failed") <= 1
    cluster.stop()
    assert not cluster.directory.path.exists()
