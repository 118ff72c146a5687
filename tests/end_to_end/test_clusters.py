"""Whole clusters on both batch systems: what the user is promised, seen from outside."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import ssl
import stat
import sys
import urllib.error
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from distributed import Client

from jupyter_dask_slurm import SLURMCluster, connect, list_clusters
from jupyter_dask_slurm.cluster_files.directory import STATE_DIR_VARIABLE

from ..slurm.handle import Slurm
from ..support.clusters import PATIENCE, ClusterUnderTest, clusters_under_test, computed, wait_for
from ..support.ports import free_ports
from ..support.processes import command_line, environment, kill_all

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(360)]

Make = Callable[..., ClusterUnderTest]
ONE_PER_NODE: dict[str, Any] = {
    "memory": 40_000_000_000,
    "settings": {"local_cores": 1, "local_memory": 45_000_000_000},
}
"""Jobs so large that few of them run at once: many workers would drown a small machine."""


@pytest.fixture(params=["local", "slurm"])
def batch_system(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if name == "slurm":
        request.getfixturevalue("slurm")
    return name


@pytest.fixture
def make(tmp_path: Path, batch_system: str) -> Iterator[Make]:
    with clusters_under_test(tmp_path / "state", batch_system) as make_cluster:
        yield make_cluster


def test_create_scale_compute_scale_down_stop(make: Make, tmp_path: Path) -> None:
    project = tmp_path / "my project"
    project.mkdir()
    (project / "beside.py").write_text("ANSWER = 42\n")
    (project / "data.txt").write_text("some data")

    def of_the_project() -> tuple[int, str, str | None, str | None]:
        import beside  # type: ignore[import-not-found]

        return beside.ANSWER, Path("data.txt").read_text(), os.getenv("GREETING"), os.getenv("VENV")

    def square(number: int) -> int:
        # Not of this module, which a worker cannot import.
        return number * number

    settings = {"local_cores": 2, "local_memory": 2_000_000_000}
    # Its Python is brought by the prologue alone, which leaves something in the background.
    venv = project / "venv" / "bin"
    venv.mkdir(parents=True)
    (venv / "activate").write_text(f"PATH='{venv}':$PATH; export VENV=active\n")
    (venv / "the-python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (venv / "the-python").chmod(0o700)
    found = (42, "some data", "it's $HOME", "active")
    of_project = {
        "directory": str(project),
        "environment": {"GREETING": found[2]},
        "job_script_prologue": ["source venv/bin/activate", "sleep 600 &"],
        "python": "the-python",
    }
    cluster = make(settings=settings, **of_project).ready()
    assert cluster.state().jobs.desired == 0

    assert cluster.scale(jobs=1).jobs.desired == 1
    state = cluster.connected(1)
    assert (state.cores, state.memory, state.workers.connected) == (1, 512_000_000, 1)
    with cluster.client() as client:
        assert client.submit(square, 12).result(timeout=PATIENCE) == 144
        assert client.submit(of_the_project).result(timeout=PATIENCE) == found
        assert client.run_on_scheduler(of_the_project) == found

        assert cluster.scale(memory=600_000_000).jobs.desired == 2  # rounded up to whole jobs
        cluster.connected(2)
        results = client.map(square, range(40))
        assert sum(client.gather(results)) == sum(n * n for n in range(40))

        assert cluster.scale(cores=1).jobs.desired == 1
        cluster.wait("one job left", lambda c: c.jobs.running == c.workers.connected == 1)
        # What the job that left had computed was moved, not lost and not computed again.
        assert sum(client.gather(results)) == sum(n * n for n in range(40))
        assert computed(client) == 42

    cluster.stop()
    assert not cluster.directory.path.exists()


def test_dask_jobqueues_snippet_with_one_import_changed(
    tmp_path: Path, batch_system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "beside_the_notebook.py").write_text("ANSWER = 42\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(STATE_DIR_VARIABLE, str(tmp_path / "state"))

    def answer() -> int:
        import beside_the_notebook

        number: int = beside_the_notebook.ANSWER
        return number

    with SLURMCluster(
        cores=1,
        memory="512MB",
        walltime="00:10:00",
        interface="lo",
        name="weather",
        batch_system=batch_system,
    ) as cluster:
        cluster.scale(jobs=1)
        with Client(cluster) as client:
            client.wait_for_workers(1, timeout=PATIENCE)
            assert client.submit(answer).result(timeout=PATIENCE) == 42
            (job,) = cluster.jobs()
            assert (job.state, job.stage, job.workers) == ("RUNNING", "connected", 1)
            assert "#SBATCH -t 00:10:00" in cluster.job_script()
            assert "Start worker at" in cluster.get_logs()[job.id]
            with connect("weather", set_as_default=False) as other:
                assert other.cluster == cluster
                assert set(cluster.scheduler_info["workers"]) == set(
                    other.scheduler_info()["workers"]
                )
            html = client._repr_html_()
            assert "<b>weather</b> running" in html
            assert "tls://" in html
        directory = tmp_path / "state" / cluster.id
        assert directory.exists()
    assert not directory.exists()
    assert list_clusters() == []


def test_several_processes_share_a_job(make: Make) -> None:
    cluster = make(cores=2, processes=2, memory=800_000_000, scaling={"jobs": 1}).ready()
    state = cluster.connected(1)
    cluster.wait("both workers", lambda c: c.workers.connected == 2)
    assert state.workers.expected == 2
    with cluster.client() as client:
        os.kill(client.submit(os.getpid).result(timeout=PATIENCE), signal.SIGKILL)
    state = cluster.wait("its death", lambda c: "workers_die" in [p.code for p in c.problems])
    problem = next(problem for problem in state.problems if problem.code == "workers_die")
    (job,) = cluster.jobs()
    assert re.fullmatch(
        rf"A worker of job {job.id} died and was started again, last \S+Z\. "
        r"Worker process \d+ was killed by signal 9\.",
        problem.message,
    )
    cluster.stop()


def test_jobs_that_do_not_fit_wait_and_are_the_first_to_go(make: Make) -> None:
    many = 200
    cluster = make(**ONE_PER_NODE).ready()
    cluster.scale(jobs=many)
    state = cluster.wait("some run, some wait", lambda c: c.jobs.pending and c.jobs.connected)
    state = cluster.wait("a reason", lambda c: c.pending_reason in ("Resources", "Priority"))
    running = state.jobs.running
    assert state.jobs.pending + running == many
    cluster.scale(jobs=running)
    state = cluster.wait("no job waits", lambda c: c.jobs.pending == 0)
    assert state.jobs.running == running
    assert {job.state for job in cluster.jobs()} == {"RUNNING", "CANCELLED"}
    cluster.stop()


def test_only_who_holds_the_key_gets_in(make: Make) -> None:
    cluster = make(scaling={"jobs": 1}).ready()
    cluster.connected(1)
    ports = cluster.listening()
    # control API, scheduler, dashboard; nanny, worker and the worker's HTTP port
    assert len(ports) == 6
    for address in ports:
        assert refused(address), f"{address} speaks to a stranger"
        assert address[0] == "127.0.0.1"
    # Closed at the door. What jobs leave inside (logs, byte code) has their user's umask; all that
    # the controller writes is private by itself, too.
    files = [path for path in cluster.directory.path.iterdir() if path.is_file()]
    assert {cluster.directory.key, cluster.directory.connection_file} < set(files)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(cluster.directory.path.stat().st_mode) == 0o700
    secret = "".join(cluster.directory.key.read_text().split()[3:-3])
    for process in cluster.processes():
        assert secret not in " ".join(command_line(process))
        assert secret not in " ".join(environment(process).values())
    # Scripts, connection file, logs of controller, scheduler and jobs.
    for path in cluster.directory.path.rglob("*"):
        if path.is_file() and path != cluster.directory.key:
            assert secret not in "".join(path.read_text(errors="replace").split()), path
    cluster.stop()


def refused(address: tuple[str, int]) -> bool:
    """Whether a peer without a certificate gets nothing, over TLS and in plain text."""
    return hears_nothing(address, encrypted=True) and hears_nothing(address, encrypted=False)


def hears_nothing(address: tuple[str, int], *, encrypted: bool) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with contextlib.ExitStack() as stack:
        stream = stack.enter_context(socket.create_connection(address, timeout=60))
        try:
            if encrypted:
                stream = stack.enter_context(context.wrap_socket(stream))
            stream.sendall(b"GET /health HTTP/1.0\r\n\r\n")
            return stream.recv(1) == b""
        except (ssl.SSLError, ConnectionError):
            return True


def test_no_job_gets_what_jupyter_keeps_secret(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN", "MY_TOKEN", "SLURM_JOB_ID"):
        monkeypatch.setenv(name, "from-jupyter")
    cluster = make(scaling={"jobs": 1}).ready()
    cluster.connected(1)
    for process in cluster.processes():
        assert "from-jupyter" not in environment(process).values(), command_line(process)
    cluster.stop()


def test_a_killed_controller_leaves_nothing_behind(
    make: Make, batch_system: str, request: pytest.FixtureRequest
) -> None:
    jobs = 200 if batch_system == "slurm" else 3
    cluster = make(**ONE_PER_NODE, scaling={"jobs": jobs}).ready()
    cluster.wait("running and waiting jobs", lambda c: c.jobs.connected and c.jobs.pending)
    cluster.child("watchdog").terminate()  # as to all of a job or a service
    cluster.kill()
    cluster.gone()
    ended = wait_for("the reason of the end", cluster.directory.ended)
    assert ended.code == "controller_died"
    wait_for("no key", lambda: not cluster.directory.key.exists())
    assert not cluster.directory.connection_file.exists()
    if batch_system == "slurm":
        slurm: Slurm = request.getfixturevalue("slurm")
        wait_for("no job", lambda: not any(map(cluster.is_mine, job_names(slurm))))


def job_names(slurm: Slurm) -> list[str]:
    """The names of the jobs that have not ended."""
    return slurm.run("squeue", "-h", "-r", "-o", "%j").split()


def lines_of(cluster: ClusterUnderTest) -> list[str]:
    """What its controller has logged of the cluster, as an operator would look for it."""
    label = f" INFO cluster {cluster.directory.id} (under-test): "
    return [line.partition(label)[2] for line in cluster.log().splitlines() if label in line]


def test_a_killed_scheduler_ends_the_cluster_and_its_jobs(make: Make) -> None:
    cluster = make(scaling={"jobs": 1}).ready()
    cluster.connected(1)
    cluster.child("in_dask").kill()
    cluster.gone()
    ended = cluster.directory.ended()
    assert ended is not None
    assert ended.code == "scheduler_died"
    assert "killed by signal 9" in ended.message
    assert not cluster.directory.key.exists()
    assert cluster.log("scheduler")  # kept until the cluster is dismissed
    said = lines_of(cluster)
    assert [line.partition(" on ")[0] for line in said[:2]] == ["its controller starts", "ready"]
    assert said[2] == "scaled to 1 job, from 0"
    assert re.fullmatch(
        rf"submitted 1 job as \d+, named under-test-{cluster.directory.id}-1", said[3]
    )
    ends = next(n for n, line in enumerate(said) if line.startswith("ends: scheduler_died: "))
    assert said[ends].endswith("was killed by signal 9.")
    assert any(re.fullmatch(r"job \S+ ended [A-Z]+.*: \w+", line) for line in said)
    assert said[-1] == "ended: scheduler_died"


def test_a_client_may_end_the_cluster(make: Make) -> None:
    """As the tutorials of dask do at their end."""
    cluster = make(scaling={"jobs": 1}).ready()
    cluster.connected(1)
    with cluster.client() as client:
        client.shutdown()
    cluster.gone()
    ended = cluster.directory.ended()
    assert ended is not None
    assert (ended.code, ended.message) == (
        "shut_down",
        "A client ended it with client.shutdown(). Its jobs were cancelled.",
    )


def test_a_scheduler_that_is_told_to_end_by_its_host_is_not_taken_for_that(make: Make) -> None:
    cluster = make().ready()
    cluster.child("in_dask").terminate()
    cluster.gone()
    ended = cluster.directory.ended()
    assert ended is not None
    assert ended.code == "scheduler_died"


def test_a_python_that_does_not_exist_is_said(make: Make) -> None:
    cluster = make(python="/no/such/python")
    cluster.gone()
    ended = cluster.directory.ended()
    assert ended is not None
    assert "/no/such/python" in ended.message
    assert "No such file" in ended.message


def test_a_python_without_distributed_is_said_with_the_end_of_its_log(make: Make) -> None:
    bare = Path(sys.base_prefix) / "bin" / "python3"
    cluster = make(python=str(bare))
    cluster.gone()
    ended = cluster.directory.ended()
    assert ended is not None
    assert "No module named" in ended.message


def test_jobs_that_fail_at_once_are_not_submitted_for_ever(make: Make) -> None:
    # The scheduler has the same prologue.
    prologue = ["echo the module does not exist", '[ -z "$SLURM_JOB_ID" ] || exit 3']
    cluster = make(job_script_prologue=prologue, scaling={"jobs": 1}).ready()
    state = cluster.wait("the problem", lambda c: c.problems)
    assert [p.code for p in state.problems] == ["jobs_failed"]
    assert "the module does not exist" in state.problems[0].message
    assert state.jobs.failed == len(cluster.jobs()) == 3
    assert {job.state for job in cluster.jobs()} == {"FAILED"}
    assert all("the module does not exist" in (job.error or "") for job in cluster.jobs())
    # Asking again is trying again.
    cluster.scale(jobs=1)
    cluster.wait("three more", lambda c: c.jobs.failed == 3 and len(cluster.jobs()) == 6)
    cluster.stop()


def test_a_job_that_dies_is_replaced(make: Make) -> None:
    cluster = make(scaling={"jobs": 1}).ready()
    cluster.connected(1)
    (first,) = cluster.jobs()
    workers = [p for p in cluster.processes() if "dask_worker" in " ".join(command_line(p))]
    kill_all(workers)
    cluster.wait("another job", lambda c: c.jobs.connected and len(cluster.jobs()) > 1)
    assert first.id not in [job.id for job in cluster.jobs() if job.state == "RUNNING"]
    cluster.stop()


def test_the_control_api_says_what_is_wrong(make: Make) -> None:
    cluster = make(settings={"max_jobs": 10}).ready()
    cluster.call("POST", "retry")  # the moment it is ready nothing can have failed yet
    for body in ({"jobs": -1}, {"jobs": 11}, {"memory": "12 bananas"}, {"nodes": 3}, 7):
        with pytest.raises(urllib.error.HTTPError) as info:
            cluster.call("PUT", "target", {"scaling": body})
        assert info.value.code == 400
        info.value.close()
    assert cluster.state().jobs.desired == 0
    cluster.call("PUT", "name", {"name": "grey-heron"})
    assert cluster.state().name == cluster.connection.name == "grey-heron"
    cluster.stop()


def test_an_unused_cluster_ends_and_says_why(make: Make) -> None:
    cluster = make(idle_timeout=1).ready()
    cluster.gone()
    ended = cluster.directory.ended()
    assert ended is not None
    assert (ended.code, ended.message[:13]) == ("idle", "Stopped after")
    assert not cluster.directory.key.exists()


def test_a_cluster_in_use_is_not_idle_and_an_idle_one_can_be_kept(make: Make) -> None:
    cluster = make(idle_timeout=3600).ready()
    cluster.wait("nobody is there yet", lambda c: c.idle_stop)
    with cluster.client():
        state = cluster.wait("the client is seen", lambda c: c.idle_since is None)
        assert state.idle_stop is None
    first = cluster.wait("nobody is there", lambda c: c.idle_stop).idle_stop
    cluster.call("POST", "idle/extend", {"seconds": 7200})
    state = cluster.state()
    assert first is not None
    assert state.idle_stop is not None
    assert state.idle_stop > first
    cluster.call("PUT", "idle", {"timeout": 0})
    assert cluster.state().idle_stop is None
    cluster.call("PUT", "idle", {"timeout": 1})
    cluster.call("POST", "idle/extend", {"seconds": None})
    assert cluster.state().idle_stop == state.idle_stop  # kept as long as it was
    cluster.stop()


def test_jobs_that_wait_are_no_idleness(make: Make) -> None:
    cluster = make(**ONE_PER_NODE, idle_timeout=4).ready()
    cluster.scale(jobs=8)
    cluster.wait("some run, some wait", lambda c: c.jobs.pending and c.jobs.connected)
    assert cluster.state().idle_since is None
    cluster.scale(jobs=1)
    cluster.gone()
    ended = cluster.directory.ended()
    assert ended is not None
    assert ended.code == "idle"


def test_a_cluster_ends_at_its_age_whatever_it_does(make: Make) -> None:
    cluster = make(maximum_age=8, scaling={"jobs": 1}).ready()
    assert cluster.state().expires is not None
    with cluster.client():
        cluster.gone()
    ended = cluster.directory.ended()
    assert ended is not None
    assert ended.code == "maximum_age"


def test_a_cluster_follows_its_tasks(make: Make) -> None:
    def nap(seconds: float) -> float:
        import time

        time.sleep(seconds)
        return seconds

    limits = {"minimum_jobs": 0, "maximum_jobs": 2, "grow_after": 0, "shrink_after": 3}
    cluster = make(
        settings={"local_cores": 2, "local_memory": 2_000_000_000}, scaling={"adapt": limits}
    ).ready()
    with cluster.client() as client:
        naps = client.map(nap, [0.5 + k / 1000 for k in range(40)])
        state = cluster.wait("as many as are allowed", lambda c: c.jobs.desired == 2)
        assert state.adaptive is not None
        assert state.adaptive.needed == 2
        cluster.connected(2)
        client.gather(naps)
        del naps
        state = cluster.wait(
            "it is about to shrink", lambda c: c.adaptive and c.adaptive.shrinks_at
        )
        assert state.jobs.desired > 0  # patience
        cluster.wait("none", lambda c: c.jobs.desired == 0 and c.jobs.running == 0)
    cluster.stop()


def test_one_job_can_be_ended_or_replaced(make: Make) -> None:
    cluster = make(
        settings={"local_cores": 3, "local_memory": 2_000_000_000}, scaling={"jobs": 2}
    ).ready()
    cluster.connected(2)
    first, second = sorted(cluster.connected_jobs())
    with cluster.client() as client:
        results = client.map(lambda n: n * n, range(20))
        client.gather(results)
        cluster.call("POST", f"jobs/{first}/replace")
        cluster.wait(
            "another in its place",
            lambda c: (
                c.jobs.connected == c.jobs.running == 2
                and first not in cluster.connected_jobs()
                and second in cluster.connected_jobs()
            ),
        )
        assert cluster.state().jobs.desired == 2
        cluster.call("POST", f"jobs/{second}/cancel")
        state = cluster.wait("one less", lambda c: c.jobs.connected == c.jobs.running == 1)
        assert second not in cluster.connected_jobs()
        assert (state.jobs.desired, state.scaling.to_json()) == (1, {"jobs": 1})
        assert client.gather(results) == [n * n for n in range(20)]
        assert computed(client) == 20
    for job_id, code in ((second, 409), ("99999_9", 404)):
        with pytest.raises(urllib.error.HTTPError) as info:
            cluster.call("POST", f"jobs/{job_id}/cancel")
        assert info.value.code == code
        info.value.close()
    cluster.stop()


def test_a_job_that_is_just_leaving_is_kept_when_it_is_wanted_again(
    make: Make, tmp_path: Path
) -> None:
    def hold(number: int, until: str) -> int:
        import os
        import time

        while not os.path.exists(until):
            time.sleep(0.05)
        return number

    cluster = make(
        settings={"local_cores": 2, "local_memory": 2_000_000_000}, scaling={"jobs": 2}
    ).ready()
    cluster.connected(2)
    both = cluster.connected_jobs()
    with cluster.client() as client:
        workers = list(client.scheduler_info()["workers"])
        results = client.map(lambda n: n * n, range(20))
        client.gather(results)
        held = [
            client.submit(hold, n, str(tmp_path / "go"), workers=[w]) for n, w in enumerate(workers)
        ]
        wait_for("both work", lambda: all(client.processing().values()))
        cluster.scale(jobs=1)
        cluster.wait("one is to go when its task is done", lambda c: c.jobs.leaving == 1)
        cluster.scale(jobs=2)
        cluster.wait("it stays", lambda c: (c.jobs.leaving, c.jobs.connected) == (0, 2))
        (tmp_path / "go").touch()
        assert client.gather(held) == [0, 1]
        # Each of the two takes tasks.
        more = [client.submit(sum, [n, 1], workers=[w]) for n, w in enumerate(workers)]
        assert client.gather(more) == [1, 2]
        assert client.gather(results) == [n * n for n in range(20)]
        assert computed(client) == 24
    state = cluster.state()
    assert (state.jobs.running, state.jobs.desired, state.problems) == (2, 2, ())
    assert {job.id for job in cluster.jobs()} == cluster.connected_jobs() == both
    cluster.stop()


def test_the_scheduler_listens_where_the_site_wants_it(make: Make) -> None:
    (port,) = free_ports(1, "127.0.0.2")
    scheduler = {"scheduler_host": "127.0.0.2", "scheduler_port": port}
    cluster = make(scheduler=scheduler, scheduler_interface=None).ready()
    assert cluster.connection.address == f"tls://127.0.0.2:{port}"
    assert cluster.connection.control_address.startswith("https://127.0.0.2:")
    cluster.stop()


@pytest.mark.parametrize("batch_system", ["local"], indirect=True)
@pytest.mark.parametrize("safe_path", ["", "1"])
def test_files_of_the_user_are_not_taken_for_the_standard_librarys(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, safe_path: str
) -> None:
    monkeypatch.setenv("PYTHONSAFEPATH", safe_path)
    for name in ("json", "logging", "random", "queue"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('this is the user's')\n")
    cluster = make(working_directory=tmp_path).ready()
    cluster.kill()
    cluster.gone()
    assert wait_for("the watchdog's word", cluster.directory.ended).code == "controller_died"


def test_jobs_have_the_umask_of_their_user(make: Make, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        cluster = make(
            job_script_prologue=[f"touch {tmp_path}/result"], scaling={"jobs": 1}
        ).ready()
    finally:
        os.umask(before)
    cluster.connected(1)
    assert stat.S_IMODE((tmp_path / "result").stat().st_mode) == 0o640
    assert stat.S_IMODE(cluster.directory.key.stat().st_mode) == 0o600
    cluster.stop()
