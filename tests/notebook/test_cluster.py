"""`SLURMCluster` as a handle: what it asks, says and leaves. Whole clusters are in ``tests/end_to_end``."""

from __future__ import annotations

import asyncio
import json
import pickle
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from dask_jobqueue.tests import test_job, test_jobqueue_core
from distributed import Client
from distributed.core import Status
from distributed.exceptions import WorkerStartTimeoutError

from jupyter_dask_slurm import SLURMCluster, connect, list_clusters
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.cluster_files.ended import Ended
from jupyter_dask_slurm.cluster_files.record import Record
from jupyter_dask_slurm.clusters import without_server
from jupyter_dask_slurm.clusters.batch_systems import BatchSystems
from jupyter_dask_slurm.clusters.client_code import LINK_VARIABLE, link_template
from jupyter_dask_slurm.clusters.without_server import WithoutServer
from jupyter_dask_slurm.errors import ClusterNotFound, InvalidOptions, NameTaken, WrongState
from jupyter_dask_slurm.model.cluster import Job, JobCounts, PendingReason, Workers
from jupyter_dask_slurm.model.scaling import Scaling
from jupyter_dask_slurm.model.settings import SETTINGS_VARIABLE, Settings
from jupyter_dask_slurm.model.wire import write
from jupyter_dask_slurm.notebook import cluster as module
from jupyter_dask_slurm.process import Owner, this_process
from tests.notebook.test_client import CREATED, starting
from tests.support.ready_at_once import ReadyAtOnce, RendererHere

SEED: dict[str, Any] = {"cores": 12, "memory": "16GB", "walltime": "00:10:00"}


class DiesAtOnce(ReadyAtOnce):
    async def wait(self, directory: ClusterDirectory, owner: Owner, tell: Any = None) -> bool:
        return False

    async def last_words(self, directory: ClusterDirectory, owner: Owner) -> str:
        return "No module named 'distributed'"


@pytest.fixture
def state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "state"
    settings = Settings(place, batch_system="local", local_cores=64, local_memory=10**12)
    monkeypatch.setenv(SETTINGS_VARIABLE, json.dumps(write(settings)))
    monkeypatch.setenv("JUPYTER_DASK_SLURM_STATE_DIR", str(place))
    monkeypatch.setattr(without_server, "Renderer", RendererHere)
    return place


@pytest.fixture
def launcher(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReadyAtOnce]:
    made = ReadyAtOnce()
    monkeypatch.setattr(module, "WithoutServer", partial(WithoutServer, launcher=made))
    # No scheduler is where these clusters say that theirs is.
    monkeypatch.setattr("jupyter_dask_slurm.notebook.handle.ANSWER_LIMIT", 0.1)
    yield made
    made.close()


@pytest.fixture
def cluster(launcher: ReadyAtOnce) -> SLURMCluster:
    return SLURMCluster(name="weather", processes=4, **SEED)


def test_a_cluster_is_in_the_registry_and_says_how_it_is(
    cluster: SLURMCluster, state_dir: Path
) -> None:
    assert [handle.name for handle in list_clusters()] == ["weather"]
    assert cluster in list_clusters()
    assert (cluster.name, cluster.status) == ("weather", "running")
    assert cluster.status == Status.running
    assert cluster.status not in (Status.closed, Status.closing)
    assert cluster.scheduler_address == "tls://127.0.0.1:1234"
    assert cluster.security.tls_client_key == str(state_dir / cluster.id / "key.pem")
    assert repr(cluster) == "<SLURMCluster weather: running, 0 of 0 jobs, 0 cores>"
    record = ClusterDirectory(state_dir / cluster.id).record()
    assert record is not None
    assert record.owner == this_process()
    assert record.options.directory == str(Path.cwd())
    assert "#SBATCH -t 00:10:00" in cluster.job_header
    assert "tls://127.0.0.1:1234 \\\n    --name ${SLURM" in cluster.job_script()


def test_it_is_scaled_in_dasks_words(cluster: SLURMCluster, launcher: ReadyAtOnce) -> None:
    controller = launcher.of(cluster)
    cluster.scale(8)
    assert controller.state.scaling == Scaling("jobs", 2)
    cluster.scale(cores=48)
    assert controller.state.jobs.desired == 4
    assert cluster.state.scaling == Scaling("cores", 48)
    cluster.adapt(maximum_jobs=3)
    adapt = controller.state.scaling.adapt
    assert adapt is not None
    # How patient it is follows from what the administrator set.
    assert (adapt.minimum_jobs, adapt.maximum_jobs, adapt.shrink_after) == (0, 3, 120)
    with pytest.raises(InvalidOptions, match=r"scaling\.jobs"):
        cluster.scale(jobs=20_000)


def test_workers_to_begin_with(launcher: ReadyAtOnce) -> None:
    cluster = SLURMCluster(9, processes=4, **SEED)
    assert launcher.of(cluster).state.scaling == Scaling("jobs", 3)
    for wrong in ("2", -1, True):
        with pytest.raises(InvalidOptions, match="n_workers: a whole number"):
            SLURMCluster(n_workers=wrong, **SEED)  # type: ignore[arg-type]
    assert len(launcher.controllers) == 1


def test_handles_are_live(cluster: SLURMCluster, launcher: ReadyAtOnce) -> None:
    other = connect_handle("weather")
    launcher.of(cluster).become(jobs=JobCounts(desired=2, running=1), cores=12)
    other._looked_at = 0.0  # as half a second later
    assert repr(other) == "<SLURMCluster weather: running, 1 of 2 jobs, 12 cores>"
    cluster.close()
    other._looked_at = 0.0
    assert other.status == "closed"
    assert other.status in (Status.closed, Status.closing)


def connect_handle(name: str) -> SLURMCluster:
    (handle,) = [handle for handle in list_clusters() if handle.name == name]
    return handle


def test_leaving_a_with_stops_it_and_the_end_of_a_handle_does_not(
    launcher: ReadyAtOnce, state_dir: Path
) -> None:
    with SLURMCluster(**SEED) as cluster:
        directory = state_dir / cluster.id
        assert directory.exists()
    assert not directory.exists()
    assert cluster.status == "closed"
    cluster.close()  # once more is no error
    kept = SLURMCluster(**SEED).id
    assert (state_dir / kept).exists()


STOPPED = "'weather' is no more: it was stopped"
AFTERWARDS: list[tuple[str, Callable[[SLURMCluster], object], type[Exception], str]] = [
    ("scale", lambda cluster: cluster.scale(2), WrongState, STOPPED),
    ("adapt", lambda cluster: cluster.adapt(), WrongState, STOPPED),
    ("jobs", lambda cluster: cluster.jobs(), WrongState, STOPPED),
    ("get_logs", lambda cluster: cluster.get_logs(), WrongState, STOPPED),
    ("wait", lambda cluster: cluster.wait_for_workers(1), WrongState, "with 1 worker still"),
    ("Client", Client, RuntimeError, "already closed"),
    ("get_client", lambda cluster: cluster.get_client(), ClusterNotFound, "there is none in"),
]


@pytest.mark.parametrize("by_another", [False, True])
def test_what_a_stopped_cluster_says(
    cluster: SLURMCluster, launcher: ReadyAtOnce, by_another: bool
) -> None:
    """Stopped by this handle, or in the panel meanwhile."""
    (connect_handle("weather") if by_another else cluster).close()
    for name, ask, error, words in AFTERWARDS:
        cluster._looked_at = 0.0
        with pytest.raises(error) as said:
            ask(cluster)
        assert words in str(said.value), name
    assert repr(cluster) == "<SLURMCluster weather: closed>"
    assert cluster.scheduler_info == {"workers": {}}


def test_a_handle_is_pickled_and_is_the_same_cluster(cluster: SLURMCluster) -> None:
    again = pickle.loads(pickle.dumps(cluster))
    assert again == cluster
    assert repr(again) == repr(cluster)


def test_a_script_may_stop_it_with_itself(
    launcher: ReadyAtOnce, state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_exit: list[Any] = []
    monkeypatch.setattr(module.atexit, "register", lambda *call: at_exit.append(call))
    SLURMCluster(**SEED)
    assert at_exit == []
    directory = state_dir / SLURMCluster(shutdown_on_close=True, **SEED).id
    ((close, cluster),) = at_exit
    close(cluster)
    assert not directory.exists()
    close(cluster)


def test_a_controller_that_waits_in_the_queue_is_cancelled(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled: list[str] = []

    async def cancel(self: BatchSystems, record: Record) -> None:
        cancelled.append(record.id)

    monkeypatch.setattr(BatchSystems, "cancel_jobs", cancel)
    job = Owner("", boot_id="", pid=0, process_start=0, job="81")
    directory = starting(state_dir, "0000000a", "young", owner=job)
    (handle,) = list_clusters()
    handle.close()
    assert cancelled == ["0000000a"]
    assert not directory.path.exists()


class Shown:
    """What a notebook shows of a cluster, and what it is updated with."""

    def __init__(self) -> None:
        self.first: dict[str, str] = {}
        self.updates: queue.Queue[dict[str, str]] = queue.Queue()

    def display(self, data: Any, **_: Any) -> Shown:
        self.first = data
        return self

    def update(self, data: dict[str, str], **_: Any) -> None:
        self.updates.put(data)


def test_what_a_notebook_shows_follows_the_cluster(
    cluster: SLURMCluster, launcher: ReadyAtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = Shown()
    monkeypatch.setitem(sys.modules, "ipykernel", ModuleType("ipykernel"))
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    monkeypatch.setattr("IPython.display.display", shown.display)
    cluster._ipython_display_()
    assert "0 of 0" in shown.first["text/html"]
    launcher.of(cluster).become(jobs=JobCounts(desired=3, running=2))
    while "2 of 3" not in (update := shown.updates.get(timeout=60))["text/html"]:
        pass
    assert update["text/plain"] == "<SLURMCluster weather: running, 2 of 3 jobs, 0 cores>"
    cluster.close()
    while "closed" not in shown.updates.get(timeout=60)["text/html"]:
        pass


class Widget:
    """As those of ipywidgets."""

    def __init__(self, value: Any = "", **traits: Any) -> None:
        self.value = value
        self.observers: list[Any] = []
        vars(self).update(traits)

    def observe(self, observer: Any, names: str) -> None:
        self.observers.append(observer)

    def slide(self, value: int) -> None:
        for observer in self.observers:
            observer({"new": value})


def test_a_slider_where_there_are_widgets(
    cluster: SLURMCluster, launcher: ReadyAtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes: list[list[Widget]] = []
    widgets = SimpleNamespace(HTML=Widget, IntSlider=Widget, VBox=lambda children: children)
    monkeypatch.setitem(sys.modules, "ipykernel", ModuleType("ipykernel"))
    monkeypatch.setitem(sys.modules, "ipywidgets", widgets)
    monkeypatch.setattr("IPython.display.display", boxes.append)
    cluster._ipython_display_()
    ((text, slider, said),) = boxes
    assert "0 of 0" in text.value
    slider.slide(3)
    assert launcher.of(cluster).state.jobs.desired == 3
    slider.slide(20_000)
    assert "scaling.jobs" in said.value


async def test_with_await(launcher: ReadyAtOnce) -> None:
    async with SLURMCluster(asynchronous=True, name="weather", processes=4, **SEED) as cluster:
        cluster.scale(8)
        await cluster
        assert launcher.of(cluster).state.jobs.desired == 2
        await cluster.scale(jobs=3)
        assert launcher.of(cluster).state.jobs.desired == 3
        assert await cluster.jobs() == []
        with pytest.raises(TypeError, match="async with"):
            cluster.__enter__()
    assert cluster.status == "closed"


async def test_it_is_made_when_it_is_awaited(launcher: ReadyAtOnce) -> None:
    cluster = SLURMCluster(asynchronous=True, **SEED)
    assert (cluster.status, cluster.scheduler_address) == ("created", "<Not Connected>")
    assert launcher.controllers == {}
    first, second = await asyncio.gather(cluster, cluster)
    assert first is second is cluster
    assert len(launcher.controllers) == 1
    await cluster.close()


async def test_a_notebook_in_whose_thread_a_loop_runs(launcher: ReadyAtOnce) -> None:
    with SLURMCluster(**SEED) as cluster:
        cluster.scale(jobs=1)
        assert cluster.state.jobs.desired == 1


def test_waiting_says_why_there_are_none(
    cluster: SLURMCluster,
    launcher: ReadyAtOnce,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    cluster.scale(jobs=1)
    reasons = (PendingReason("QOSMaxCpu", 1, "the QOS allows no more cores"),)
    launcher.of(cluster).become(pending_reasons=reasons)
    cluster._looked_at = 0.0
    assert cluster.state.pending_reasons == reasons
    with pytest.raises(WorkerStartTimeoutError) as error:
        cluster.wait_for_workers(4, timeout=0.5)
    assert "QOSMaxCpu: the QOS allows no more cores" in str(error.value.__cause__)
    said = capsys.readouterr().err
    assert "0 of 4 workers; jobs: 1 pending; 1 job waits (QOSMaxCpu" in said
    assert caplog.records == [], "what was given up is nobody's error"
    more = threading.Timer(0.2, launcher.of(cluster).become, kwargs={"workers": Workers(4, 4)})
    more.start()
    cluster.wait_for_workers(4, timeout=60)
    more.join()
    with pytest.raises(ValueError, match="positive integer"):
        cluster.wait_for_workers(0)


def test_waiting_ends_with_the_cluster(cluster: SLURMCluster, launcher: ReadyAtOnce) -> None:
    controller = launcher.of(cluster)
    controller.directory.write(Ended("idle", "nobody used it", CREATED))
    controller.directory.remove_keys()
    controller.shutdown()
    controller.server_close()
    with pytest.raises(WrongState, match="'weather' has ended"):
        cluster.wait_for_workers(1)


def test_its_jobs_look_like_a_table(cluster: SLURMCluster, launcher: ReadyAtOnce) -> None:
    launcher.of(cluster).jobs = [
        Job("81_0", "RUNNING", "connected", node="n1", workers=4, time_left=3661),
        Job("81_1", "PENDING", "pending", reason="Resources", explanation="nodes are busy <now>"),
    ]
    jobs = cluster.jobs()
    assert [job.id for job in jobs] == ["81_0", "81_1"]
    assert repr(jobs).splitlines() == [
        "JOB   STATE    NODE  WORKERS  LEFT     WHY",
        "81_0  RUNNING  n1    4        1:01:01",
        "81_1  PENDING        0                 nodes are busy <now>",
    ]
    assert "<td>nodes are busy &lt;now&gt;</td>" in jobs._repr_html_()


def test_its_logs_by_where_they_come_from(cluster: SLURMCluster, launcher: ReadyAtOnce) -> None:
    directory = launcher.of(cluster).directory
    launcher.of(cluster).jobs = [Job("81_0", "RUNNING"), Job("81_1", "PENDING")]
    directory.log("controller").write_text("ready\n")
    directory.log("scheduler").write_text("State start\n")
    directory.job_logs.mkdir()
    (directory.job_logs / "81_0.log").write_text("Start worker\n")
    logs = cluster.get_logs()
    assert {title: text.strip() for title, text in logs.items()} == {
        "Cluster": "ready",
        "Scheduler": "State start",
        "81_0": "Start worker",
    }
    assert list(cluster.get_logs(cluster=False, workers=False)) == ["Scheduler"]
    with pytest.raises(InvalidOptions, match="id of a job"):
        cluster.get_logs(workers=["../key"])


def test_its_page_says_what_is_and_links_through_jupyter(
    cluster: SLURMCluster, launcher: ReadyAtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.scale(jobs=2)
    launcher.of(cluster).become(pending_reasons=(PendingReason("Priority", 2, "a <queue>"),))
    cluster._looked_at = 0.0
    path = f"dask-slurm/clusters/{cluster.id}/dashboard/status"
    assert cluster.dashboard_link == f"[address of JupyterLab]/{path}"
    html = cluster._repr_html_()
    assert "0 of 2" in html
    assert "Priority: a &lt;queue&gt;" in html
    monkeypatch.setenv(LINK_VARIABLE, link_template("/user/a{b}/"))
    assert cluster.dashboard_link == f"/user/a{{b}}/{path}"
    assert f'href="/user/a{{b}}/{path}"' in cluster._repr_html_()


def test_a_name_is_taken_by_the_living_alone(cluster: SLURMCluster, state_dir: Path) -> None:
    with pytest.raises(NameTaken, match="'weather' exists already"):
        SLURMCluster(name="weather", **SEED)
    old = starting(state_dir, "0000000a", "old", batch_system="local")
    old.write(Ended("idle", "nobody used it", CREATED))
    assert SLURMCluster(name="old", **SEED).id != old.id
    assert not old.path.exists()


def test_a_controller_that_dies_says_why_and_stays_listed(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WithoutServer", partial(WithoutServer, launcher=DiesAtOnce()))
    with pytest.raises(WrongState, match="has ended: No module named 'distributed'"):
        SLURMCluster(name="weather", **SEED)
    (handle,) = list_clusters()
    assert (handle.name, handle.status) == ("weather", "failed")
    assert handle.status == Status.closed
    handle.close()


def test_problems_are_errors_in_python(launcher: ReadyAtOnce) -> None:
    with pytest.raises(ValueError, match="cores: ") as error:
        SLURMCluster(**{**SEED, "cores": 99})
    assert isinstance(error.value, InvalidOptions)
    with pytest.raises(
        ValueError, match=r"is it 16 GB\?.*\n.*SLURMCluster\(cores=2, memory='24GB'\)"
    ):
        SLURMCluster(cores=2, memory=16)
    with pytest.raises(ValueError, match="wrong: no key of dask-jobqueue"):
        SLURMCluster(wrong=1, **SEED)
    with pytest.warns(FutureWarning, match="project has been renamed") as said:
        SLURMCluster(project="physics", **SEED)
    assert said[0].filename == __file__


def test_connect_takes_a_handle_and_says_what_there_is(
    cluster: SLURMCluster, state_dir: Path
) -> None:
    with pytest.raises(ClusterNotFound) as error:
        connect("wether")
    assert str(error.value) == (
        f"there is no cluster 'wether'; did you mean 'weather'? There is weather in {state_dir}"
    )
    with pytest.raises(ClusterNotFound, match=f"there is none in {state_dir}/elsewhere"):
        connect("weather", state_dir=state_dir / "elsewhere")
    with pytest.raises(TypeError, match="its id or its handle, not by 5"):
        connect(5)  # type: ignore[arg-type]
    with pytest.raises(OSError, match=r"127\.0\.0\.1:1234"):
        connect(cluster, timeout=1)


class TestDaskJobqueuesOwn:
    """Tests of dask-jobqueue's release that are about what a user sees of a cluster. Those that it does
    not pass are listed, with the reason, in ``docs/notebook.md``."""

    @pytest.fixture(autouse=True)
    def around(self, launcher: ReadyAtOnce) -> None:
        """No process is started."""

    def test_shebang(self, request: pytest.FixtureRequest) -> None:
        test_jobqueue_core.test_shebang_settings(SLURMCluster, request)

    def test_cores_and_memory_are_needed(self) -> None:
        test_jobqueue_core.test_cluster_has_cores_and_memory(SLURMCluster)

    def test_number_of_processes(self) -> None:
        test_jobqueue_core.test_default_number_of_worker_processes(SLURMCluster)

    def test_arguments_of_the_scheduler(self) -> None:
        check = (
            test_jobqueue_core.test_cluster_error_scheduler_arguments_should_use_scheduler_options
        )
        check(SLURMCluster)

    def test_docstring(self) -> None:
        test_job.test_docstring_cluster(SLURMCluster)
