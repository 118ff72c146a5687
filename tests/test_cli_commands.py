"""``jupyter dask-slurm``: the commands that make, change and show clusters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm import list_clusters
from jupyter_dask_slurm.cli import main, making
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.cluster_files.ended import Ended
from jupyter_dask_slurm.clusters import without_server
from jupyter_dask_slurm.clusters.without_server import WithoutServer
from jupyter_dask_slurm.model.cluster import Job, JobCounts, PendingReason, Workers
from jupyter_dask_slurm.model.policy import Policy
from jupyter_dask_slurm.model.scaling import Scaling
from jupyter_dask_slurm.model.settings import SETTINGS_VARIABLE, Settings
from jupyter_dask_slurm.model.wire import write
from tests.notebook.test_client import CREATED, starting
from tests.support.ready_at_once import ControllerThatObeys, ReadyAtOnce, RendererHere

JOB = ["--cores", "12", "--memory", "16GB", "--walltime", "00:10:00"]


@pytest.fixture
def state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "state"
    settings = Settings(place, batch_system="local", local_cores=16, local_memory=10**12)
    monkeypatch.setenv(SETTINGS_VARIABLE, json.dumps(write(settings)))
    monkeypatch.setenv("JUPYTER_DASK_SLURM_STATE_DIR", str(place))
    return place


@pytest.fixture
def launcher(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReadyAtOnce]:
    made = ReadyAtOnce()
    monkeypatch.setattr(making, "WithoutServer", partial(WithoutServer, launcher=made))
    monkeypatch.setattr(without_server, "Renderer", RendererHere)
    yield made
    made.close()


@pytest.fixture
def blue(launcher: ReadyAtOnce, capsys: pytest.CaptureFixture[str]) -> ControllerThatObeys:
    """The controller of a cluster that is called blue."""
    assert main(["new", "blue", *JOB, "--option", "processes=4"]) == 0
    capsys.readouterr()
    (controller,) = launcher.controllers.values()
    return controller


def said(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_new(launcher: ReadyAtOnce, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--option", "interface=lo", "--jobs", "2", "--json"]
    assert main(["new", "blue", *JOB, *options]) == 0
    cluster = said(capsys)
    assert (cluster["name"], cluster["scaling"]) == ("blue", {"jobs": 2})
    assert cluster["options"]["interface"] == "lo"
    assert [handle.name for handle in list_clusters()] == ["blue"]
    assert main(["new", "blue", *JOB]) == 1
    assert "'blue' exists already" in capsys.readouterr().err


def test_jobs_start_where_the_command_is_given(
    launcher: ReadyAtOnce,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    here = tmp_path / "analysis"
    here.mkdir()
    monkeypatch.chdir(here)
    assert main(["new", "blue", *JOB, "--json"]) == 0
    assert said(capsys)["options"]["directory"] == str(here)
    elsewhere = ["--option", f"directory={tmp_path}"]
    assert main(["new", "otter", *JOB, *elsewhere, "--json"]) == 0
    assert said(capsys)["options"]["directory"] == str(tmp_path)
    assert main(["job-script", *JOB]) == 0
    assert f"#SBATCH --chdir={here}\n" in capsys.readouterr().out


@pytest.mark.parametrize("policy", [{"forbidden": ["directory"]}, {"fixed": {"directory": "/"}}])
def test_jobs_start_where_the_administrator_says(
    launcher: ReadyAtOnce,
    state_dir: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    policy: dict[str, Any],
) -> None:
    settings = Settings(
        state_dir,
        batch_system="local",
        local_cores=16,
        local_memory=10**12,
        policy=Policy.from_json(policy),
    )
    monkeypatch.setenv(SETTINGS_VARIABLE, json.dumps(write(settings)))
    assert main(["new", "blue", *JOB, "--json"]) == 0, capsys.readouterr().err
    directory = "/" if "fixed" in policy else None
    assert said(capsys)["options"]["directory"] == directory


def test_new_waits_for_the_workers_of_its_jobs(
    launcher: ReadyAtOnce, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    launch = launcher.launch

    async def launch_with_workers(directory: ClusterDirectory) -> Any:
        owner = await launch(directory)
        controller = launcher.controllers[directory.id]
        threading.Timer(0.2, controller.become, kwargs={"workers": Workers(6, 6)}).start()
        return owner

    monkeypatch.setattr(launcher, "launch", launch_with_workers)
    more = ["--option", "processes=3", "--jobs", "2", "--wait", "--json"]
    assert main(["new", *JOB, *more]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["workers"]["connected"] == 6
    assert "0 of 6 workers" in err


@pytest.mark.parametrize(
    ("arguments", "code", "field"),
    [
        (["--cores", "99", "--memory", "99GB"], 1, "cores"),
        (["--cores", "0", "--memory", "1GB"], 2, "cores"),
        (["--cores", "1"], 2, "memory"),
        (["--cores", "1", "--memory", "1GB", "--option", "colour=red"], 2, "colour"),
        (["--cores", "1", "--memory", "1GB", "--jobs", "99999"], 1, "scaling.jobs"),
    ],
)
@pytest.mark.parametrize("command", ["new", "job-script"])
def test_what_is_refused_and_what_is_no_request(
    launcher: ReadyAtOnce,
    capsys: pytest.CaptureFixture[str],
    command: str,
    arguments: list[str],
    code: int,
    field: str,
) -> None:
    assert main([command, *arguments]) == code
    assert capsys.readouterr().err.startswith(f"{field}: ")
    assert launcher.controllers == {}


def test_scale_and_adapt(blue: ControllerThatObeys, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scale", "blue", "--cores", "48"]) == 0
    assert capsys.readouterr().out == "blue is scaled to 4 jobs\n"
    assert main(["scale", "blue", "--memory", "20 GB", "--json"]) == 0
    assert said(capsys)["jobs"]["desired"] == 2
    assert main(["adapt", "blue", "--maximum-jobs", "5", "--shrink-after", "1m"]) == 0
    adapt = blue.state.scaling.adapt
    assert adapt is not None
    assert (adapt.minimum_jobs, adapt.maximum_jobs, adapt.shrink_after) == (0, 5, 60)
    assert main(["adapt", "blue", "--maximum-jobs", "-1"]) == 2
    assert main(["scale", "blue", "--jobs", "99999"]) == 1
    assert "scaling.jobs: " in capsys.readouterr().err
    record = blue.directory.record()
    assert record is not None
    assert record.scaling == blue.state.scaling  # for when it is started again


def test_show(blue: ControllerThatObeys, capsys: pytest.CaptureFixture[str]) -> None:
    blue.become(
        jobs=JobCounts(desired=2, pending=1, running=1),
        scaling=Scaling("jobs", 2),
        pending_reasons=(PendingReason("Resources", 1, "nodes are busy"),),
        workers=Workers(4, 4),
    )
    assert main(["show", "blue"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0] == "blue: running, 1 of 2 jobs, 0 cores"
    assert "pending:   1 job waits (Resources: nodes are busy)\n" in out
    assert "workers:   4 of 4\n" in out
    assert main(["show", "blue", "--json"]) == 0
    assert said(capsys)["jobs"]["running"] == 1


def test_jobs(blue: ControllerThatObeys, capsys: pytest.CaptureFixture[str]) -> None:
    blue.jobs = [Job("81_0", "RUNNING", "connected", node="n1", workers=4, time_left=61)]
    assert main(["jobs", "blue"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "81_0  RUNNING  n1    4        0:01:01"
    assert main(["jobs", "blue", "--json"]) == 0
    assert said(capsys)[0]["id"] == "81_0"


def test_wait(blue: ControllerThatObeys, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["wait", "blue", "--workers", "8", "--timeout", "0"]) == 1
    assert "not in time: 0 of 8 workers; no job; it is scaled to 0 jobs" in capsys.readouterr().err
    blue.become(workers=Workers(8, 8))
    assert main(["wait", "blue", "--workers", "8", "--json"]) == 0
    assert said(capsys)["workers"]["connected"] == 8
    assert main(["wait", "blue", "--workers", "0"]) == 2


def test_logs(blue: ControllerThatObeys, capsys: pytest.CaptureFixture[str]) -> None:
    blue.directory.log("controller").write_text("one\ntwo\n")
    blue.directory.job_logs.mkdir()
    (blue.directory.job_logs / "81_3.log").write_text("Start worker\n")
    assert main(["logs", "blue", "--lines", "1"]) == 0
    assert capsys.readouterr().out == "two\n"
    assert main(["logs", "blue", "--job", "81_3", "--json"]) == 0
    assert said(capsys)["text"] == "Start worker\n"
    assert main(["logs", "blue", "--job", "../key"]) == 2
    assert main(["logs", "blue", "--scheduler"]) == 1
    assert "there is no log of scheduler" in capsys.readouterr().err


def test_logs_are_followed_to_the_end_of_the_cluster(
    blue: ControllerThatObeys, capsys: pytest.CaptureFixture[str]
) -> None:
    log = blue.directory.log("controller")
    log.write_text("one\n")

    def end() -> None:
        with log.open("a") as stream:
            stream.write("two\n")
        blue.directory.write(Ended("idle", "nobody used it", CREATED))

    ending = threading.Timer(0.3, end)
    ending.start()
    assert main(["logs", "blue", "--follow"]) == 0
    ending.join()
    assert capsys.readouterr().out == "one\ntwo\n"


def test_client_code(blue: ControllerThatObeys, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["client-code", "blue"]) == 0
    assert "tls://127.0.0.1:1234" in capsys.readouterr().out


def test_stop_and_wait(blue: ControllerThatObeys, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stop", "blue", "--wait"]) == 0
    assert capsys.readouterr().out == "blue has stopped\n"
    assert list_clusters() == []
    assert main(["show", "blue"]) == 1
    assert "there is no cluster 'blue'; there is none in" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["show"], ["scale", "blue"], ["scale", "blue", "--jobs", "1", "--cores", "2"], ["fly"]],
)
def test_the_words_of_the_parser_are_usage(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2


@pytest.mark.parametrize(
    ("line", "completions"),
    [
        ("jupyter-dask-slurm sc", {"scale"}),
        ("jupyter-dask-slurm show w", {"weather", "wind"}),
        ("jupyter-dask-slurm new --option gr", {"gres="}),
        ("jupyter-dask-slurm adapt x --max", {"--maximum-jobs"}),
    ],
)
def test_a_shell_completes_commands_names_and_options(
    tmp_path: Path, line: str, completions: set[str]
) -> None:
    for number, name in enumerate(["weather", "wind", "blue"]):
        starting(tmp_path, f"0000000{number}", name)
    said = tmp_path / "said"
    environ = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_IFS": "\n",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(said),
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
        "JUPYTER_DASK_SLURM_STATE_DIR": str(tmp_path),
    }
    subprocess.run(
        [sys.executable, "-m", "jupyter_dask_slurm.cli"],
        env={**os.environ, **environ},
        check=True,
        timeout=60,
    )
    assert {word.strip() for word in said.read_text().split("\n")} - {""} == completions
