"""From a notebook: find the clusters, join one, with this package and without it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dask
import pytest
from distributed import Client
from distributed.versions import VersionMismatchWarning

from jupyter_dask_slurm import connect, list_clusters, tls
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory, Connection
from jupyter_dask_slurm.cluster_files.ended import Ended
from jupyter_dask_slurm.cluster_files.record import Record
from jupyter_dask_slurm.clusters.client_code import LINK_VARIABLE, client_code, link_template
from jupyter_dask_slurm.clusters.find import find, run
from jupyter_dask_slurm.errors import ClusterNotFound, WrongState
from jupyter_dask_slurm.model.cluster import Cluster, ClusterOptions, JobCounts, Scaling
from jupyter_dask_slurm.model.wire import PROTOCOL, write
from jupyter_dask_slurm.notebook.client import _connected
from jupyter_dask_slurm.process import Owner, this_host, this_process
from tests.support.scheduler import StandaloneScheduler

CREATED = "2026-11-23T05:00:00Z"


def record(cluster_id: str, name: str, **more: Any) -> Record:
    return Record(
        **{
            "id": cluster_id,
            "name": name,
            "created": CREATED,
            "options": ClusterOptions(cores=4, memory=2**30),
            "scaling": Scaling("jobs", 2),
            "batch_system": "slurm",
            "host": this_host(),
            "owner": this_process(),
            **more,
        }
    )


def connection(cluster_id: str, name: str, **more: Any) -> Connection:
    return Connection(
        **{
            "id": cluster_id,
            "name": name,
            "address": "tls://127.0.0.1:1",
            "control_address": "https://127.0.0.1:1",
            "dashboard_address": "https://127.0.0.1:1",
            "owner": this_process(),
            "version": "0.1.0",
            **more,
        }
    )


def starting(state_dir: Path, cluster_id: str, name: str, **more: Any) -> ClusterDirectory:
    directory = ClusterDirectory(state_dir / cluster_id)
    directory.create()
    directory.write(record(cluster_id, name, **more))
    return directory


class Controller(ThreadingHTTPServer):
    """Says over the cluster's own TLS what it was told to say, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self, directory: ClusterDirectory, state: Cluster) -> None:
        if not directory.cert.exists():
            tls.make_key_pair(directory.cert, directory.key)
        self.state = state
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), _Answer)
        context = tls.server_context(directory.cert, directory.key)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.address = f"https://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that broke off is no news."""


class _Answer(BaseHTTPRequestHandler):
    server: Controller

    def do_GET(self) -> None:
        self._say(200, {"protocol": 1, "revision": 1, "cluster": write(self.server.state)})

    def do_POST(self) -> None:
        self._say(202, {})

    def _say(self, status: int, data: Any) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Not to the test's output."""


@contextlib.contextmanager
def running(directory: ClusterDirectory, state: Cluster, **more: Any) -> Iterator[Controller]:
    """A cluster that is ready, as far as its files and its controller's answers go."""
    with Controller(directory, state) as controller:
        thread = threading.Thread(target=controller.serve_forever)
        thread.start()
        more = {"control_address": controller.address, **more}
        directory.write(connection(state.id, state.name, **more))
        try:
            yield controller
        finally:
            controller.shutdown()
            thread.join()


OTTER = Cluster(
    id="3f9a12bc",
    name="blue-otter",
    status="running",
    created=CREATED,
    options=ClusterOptions(cores=12, memory=2**30),
    scaling=Scaling("jobs", 4),
    jobs=JobCounts(desired=4, pending=1, running=3, connected=2),
    cores=36,
)


def test_the_list_says_how_each_is(tmp_path: Path) -> None:
    starting(tmp_path, "00000001", "young", created="2026-11-23T06:00:00Z")
    starting(tmp_path, "00000002", "gone").write(Ended("idle", "nobody used it", CREATED))
    dead = replace(this_process(), process_start=1)
    starting(tmp_path, "00000003", "killed", owner=dead)
    far = starting(
        tmp_path, "00000004", "far", host="elsewhere", owner=Owner("elsewhere", "", 1, 1)
    )
    tls.make_key_pair(far.cert, far.key)
    far.write(connection("00000004", "far", owner=Owner("elsewhere", "", 1, 1)))
    directory = starting(tmp_path, OTTER.id, "old-name", created="2026-11-23T07:00:00Z")
    with running(directory, OTTER):
        handles = list_clusters(tmp_path)
        assert list(map(repr, handles)) == [
            "<SLURMCluster gone: failed>",
            "<SLURMCluster killed: failed>",
            "<SLURMCluster far: unreachable>",
            "<SLURMCluster young: starting>",
            "<SLURMCluster blue-otter: running, 3 of 4 jobs, 36 cores>",
        ]
        last = handles[-1]
        assert (last.id, last.name, last.status) == (OTTER.id, "blue-otter", "running")
        assert handles[0].state.problems[0].message == "nobody used it"
        assert handles[2].state.elsewhere


def test_no_registry_is_no_cluster(tmp_path: Path) -> None:
    assert list_clusters(tmp_path / "nowhere") == []


async def test_the_list_works_where_a_loop_runs_as_in_a_notebook(tmp_path: Path) -> None:
    with running(starting(tmp_path, OTTER.id, OTTER.name), OTTER):
        assert [handle.status for handle in list_clusters(tmp_path)] == ["running"]


def test_the_state_directory_may_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_DASK_SLURM_STATE_DIR", str(tmp_path))
    starting(tmp_path, "00000001", "young")
    assert [handle.name for handle in list_clusters()] == ["young"]


def test_there_must_be_a_cluster_to_choose(tmp_path: Path) -> None:
    with pytest.raises(WrongState, match="no cluster is running"):
        connect(state_dir=tmp_path)
    starting(tmp_path, "00000002", "gone").write(Ended("idle", "nobody used it", CREATED))
    with pytest.raises(WrongState, match="no cluster is running"):
        connect(state_dir=tmp_path)
    starting(tmp_path, "00000003", "first")
    starting(tmp_path, "00000004", "second")
    with pytest.raises(WrongState, match=r"several clusters are running.*: first, second"):
        connect(state_dir=tmp_path)


def test_an_id_is_no_name_and_a_name_that_two_have_is_none(tmp_path: Path) -> None:
    starting(tmp_path, "aaaaaaaa", "bbbbbbbb")
    for cluster_id in ("bbbbbbbb", "cccccccc"):
        starting(tmp_path, cluster_id, "owl")
    assert run(find(tmp_path, "bbbbbbbb")).record.name == "owl"
    with pytest.raises(WrongState, match="say which by its id: bbbbbbbb, cccccccc"):
        connect("owl", state_dir=tmp_path)


def test_an_unknown_name(tmp_path: Path) -> None:
    starting(tmp_path, "00000001", "young")
    with pytest.raises(ClusterNotFound, match="there is no cluster 'old'"):
        connect("old", state_dir=tmp_path)


def test_a_cluster_of_a_version_that_is_not_understood_says_so(tmp_path: Path) -> None:
    newer = connection("00000001", "newer", protocol=PROTOCOL + 1, oldest_protocol=PROTOCOL + 1)
    starting(tmp_path, "00000001", "newer").write(newer)
    with pytest.raises(WrongState, match=r"'newer' is of another version: .*newer version"):
        connect("newer", state_dir=tmp_path)


def test_a_cluster_that_has_ended_says_why(tmp_path: Path) -> None:
    starting(tmp_path, "00000002", "gone").write(Ended("idle", "nobody used it", CREATED))
    with pytest.raises(WrongState, match="'gone' has ended: nobody used it"):
        connect("gone", state_dir=tmp_path)


def test_a_cluster_that_does_not_become_ready_in_time(tmp_path: Path) -> None:
    starting(tmp_path, "00000001", "young")
    with pytest.raises(WrongState, match="'young' is still starting"):
        connect("young", timeout=0.2, state_dir=tmp_path)


def test_a_cluster_whose_controller_dies_while_one_waits(tmp_path: Path) -> None:
    directory = starting(tmp_path, "00000001", "young")
    dead = replace(this_process(), process_start=1)
    timer = threading.Timer(0.2, directory.write, [record("00000001", "young", owner=dead)])
    timer.start()
    with pytest.raises(WrongState, match="its controller is gone"):
        connect("young", state_dir=tmp_path)
    timer.join()


def test_a_cluster_that_is_forgotten_while_one_waits(tmp_path: Path) -> None:
    directory = starting(tmp_path, "00000001", "young")
    timer = threading.Timer(0.2, directory.forget)
    timer.start()
    with pytest.raises(ClusterNotFound):
        connect("young", state_dir=tmp_path)
    timer.join()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandaloneScheduler]:
    cluster = StandaloneScheduler(tmp_path_factory.mktemp("clusters") / OTTER.id)
    directory = ClusterDirectory(cluster.directory)
    directory.write(record(OTTER.id, OTTER.name))
    directory.write(connection(OTTER.id, OTTER.name, address=cluster.address))
    yield cluster
    cluster.close()


def test_connect_gives_a_client_over_tls(scheduler: StandaloneScheduler) -> None:
    state_dir = scheduler.directory.parent
    for client in (
        connect(state_dir=state_dir, set_as_default=False),
        connect("blue-otter", state_dir=state_dir, set_as_default=False),
        connect(OTTER.id, state_dir=state_dir, set_as_default=False),
    ):
        with client:
            assert client.scheduler.address == scheduler.address
            assert client.scheduler_info()["address"].startswith("tls://")


def test_versions_that_differ_are_said_before_any_task_fails(
    scheduler: StandaloneScheduler,
) -> None:
    with connect("blue-otter", state_dir=scheduler.directory.parent) as client:
        with pytest.warns(
            VersionMismatchWarning, match="this kernel has python 3.*, the scheduler"
        ):
            assert _connected(lambda: client, {"python": "3.99.0"}) is client
        assert _connected(lambda: client, {"numpy": "0.1"}) is client

    def refuse() -> Client:
        raise TypeError("Scheduler.identity() got an unexpected keyword argument 'n_workers'")

    with pytest.warns(VersionMismatchWarning), pytest.raises(WrongState) as refused:
        _connected(refuse, {"distributed": "2024.5.0"})
    for words in ("the scheduler distributed 2024.5.0", "Choose the environment", "n_workers"):
        assert words in str(refused.value)
    with pytest.raises(TypeError):
        _connected(refuse, {})


async def test_connect_in_an_asynchronous_program(scheduler: StandaloneScheduler) -> None:
    client = connect(state_dir=scheduler.directory.parent, asynchronous=True, set_as_default=False)
    async with client:
        assert client.status == "running"


def test_a_name_whose_cluster_ended_is_the_living_ones(scheduler: StandaloneScheduler) -> None:
    state_dir = scheduler.directory.parent
    ended = starting(state_dir, "00000001", OTTER.name)
    ended.write(Ended("idle", "nobody used it", CREATED))
    try:
        with connect(OTTER.name, state_dir=state_dir, set_as_default=False) as client:
            assert client.scheduler.address == scheduler.address
    finally:
        ended.forget()


def run_in_kernel(code: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """The cell, and a look at ``client``, in a Python that cannot import this package."""
    check = (
        "import sys\n"
        "assert not any(name.startswith('jupyter_dask_slurm') for name in sys.modules)\n"
        "print(client.scheduler.address, client.status)\n"
        "client.close()\n"
    )
    return subprocess.run(
        [sys.executable, "-c", f"{code}\n{check}"],
        cwd=tmp_path,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
        capture_output=True,
        text=True,
        timeout=100,
    )


def test_the_panels_code_needs_only_dask(
    scheduler: StandaloneScheduler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", "/home/ada/a.ipynb")
    directory = ClusterDirectory(scheduler.directory)
    ready = directory.connection()
    assert ready is not None
    code = client_code(directory, ready)
    assert code.splitlines()[0] == "# blue-otter: a dask cluster"
    assert code.splitlines()[-1] == "client"
    assert all(len(line) <= 88 or str(directory.path) in line for line in code.splitlines())
    result = run_in_kernel(f"{code}\nprint(client.id)", tmp_path)
    client, *state = result.stdout.split()
    assert state == [scheduler.address, "running"], result.stderr
    assert client.startswith("Client-/home/ada/a.ipynb-")


def test_the_panels_code_for_a_cluster_that_is_gone_does_not_hang(tmp_path: Path) -> None:
    directory = ClusterDirectory(tmp_path / "gone")
    result = run_in_kernel(client_code(directory, connection("gone", "gone")), tmp_path)
    assert result.returncode != 0
    assert "RuntimeError: this cluster has ended" in result.stderr


def test_dasks_own_links_lead_through_the_server_around(
    scheduler: StandaloneScheduler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = link_template("/user/a{b}%40c/")
    monkeypatch.setenv(LINK_VARIABLE, template)
    port = scheduler.dashboard.rpartition(":")[2]
    link = f"/user/a{{b}}%40c/dask-slurm/dashboard/127.0.0.1/{port}/status"
    with (
        dask.config.set({"distributed.dashboard.link": "none"}),
        connect(state_dir=scheduler.directory.parent, set_as_default=False) as client,
    ):
        path = f"dask-slurm/clusters/{OTTER.id}/dashboard/status"
        assert client.dashboard_link == f"/user/a{{b}}%40c/{path}"
    directory = ClusterDirectory(scheduler.directory)
    ready = directory.connection()
    assert ready is not None
    code = client_code(directory, ready)
    assert code.splitlines()[0] == "# blue-otter: a dask cluster"
    result = run_in_kernel(f"{code}\nprint(client.dashboard_link)", tmp_path)
    assert result.stdout.splitlines()[0] == link, result.stderr


def test_no_secret_is_in_the_code(scheduler: StandaloneScheduler) -> None:
    directory = ClusterDirectory(scheduler.directory)
    ready = directory.connection()
    assert ready is not None
    code = client_code(directory, ready)
    assert "BEGIN" not in code
    assert scheduler.key.read_text().splitlines()[1] not in code
