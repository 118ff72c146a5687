"""``jupyter dask-slurm`` without a browser and without a server."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_dask_slurm import list_clusters, tls
from jupyter_dask_slurm.cli import living, main
from jupyter_dask_slurm.cluster_files.ended import Ended
from jupyter_dask_slurm.clusters.find import find, presence, run
from jupyter_dask_slurm.clusters.orphans import Look, Orphan, Orphans, Presence, Unanswered
from jupyter_dask_slurm.model.settings import SETTINGS_VARIABLE
from jupyter_dask_slurm.process import is_alive, this_process
from tests.notebook.test_client import CREATED, OTTER, connection, running, starting


def test_list_is_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    starting(tmp_path, "00000001", "young")
    with running(starting(tmp_path, OTTER.id, OTTER.name), OTTER):
        assert main(["--state-dir", str(tmp_path), "list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "NAME        ID        STATUS    JOBS    CORES",
        "young       00000001  starting  0 of 2  0",
        "blue-otter  3f9a12bc  running   3 of 4  36",
    ]


def test_list_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(starting(tmp_path, OTTER.id, OTTER.name), OTTER):
        assert main(["--state-dir", str(tmp_path), "list", "--json"]) == 0
    (cluster,) = json.loads(capsys.readouterr().out)
    assert (cluster["name"], cluster["jobs"]["running"]) == ("blue-otter", 3)


def test_stop_asks_the_controller(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(starting(tmp_path, OTTER.id, OTTER.name), OTTER) as controller:
        assert main(["--state-dir", str(tmp_path), "stop", "blue-otter"]) == 0
        assert controller.asked == ["POST /v1/stop"]
    assert capsys.readouterr().out == "blue-otter is stopping\n"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nobody", "there is no cluster 'nobody'"),
        ("young", "'young' is still starting"),
        ("gone", "'gone' has ended already: nobody used it"),
    ],
)
def test_what_cannot_be_stopped_says_why(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    message: str,
) -> None:
    monkeypatch.setattr(living, "START_LIMIT", 0.1)
    starting(tmp_path, "00000001", "young")
    starting(tmp_path, "00000002", "gone").write(Ended("idle", "nobody used it", CREATED))
    assert main(["--state-dir", str(tmp_path), "stop", name]) == 1
    assert message in capsys.readouterr().err


def test_a_controller_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(starting(tmp_path, OTTER.id, OTTER.name), OTTER):
        pass
    assert main(["--state-dir", str(tmp_path), "stop", OTTER.id]) == 1
    assert "cannot be reached" in capsys.readouterr().err


def test_a_job_script(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTINGS_VARIABLE, '{"batch_system": "local", "local_cores": 16}')
    arguments = ["--cores", "3", "--memory", "4 GB", "--walltime", "90", "--jobs", "5"]
    options = ["--option", "processes=2", "--option", "partition=long"]
    assert main(["job-script", *arguments, *options]) == 0
    out, err = capsys.readouterr()
    for line in ("--cpus-per-task=3", "-t 01:30:00", "-p long", "--array=0-4"):
        assert f"#SBATCH {line}\n" in out
    assert "processes: 1 core stays idle" in err


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--cores", "0"], "cores"),
        (["--option", "colour=red"], "colour"),
        (["--option", "colour"], "option"),
        (["--cores", "1", "--memory", "1 GB", "--jobs", "-1"], "scaling.jobs"),
        (["--cores", "1"], "memory"),
    ],
)
def test_bad_options_name_their_field(
    capsys: pytest.CaptureFixture[str], arguments: list[str], field: str
) -> None:
    assert main(["job-script", *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"{field}: ")


def test_a_state_directory_that_is_none_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["--state-dir", str(tmp_path / "file"), "list"]) == 1
    assert "Not a directory" in capsys.readouterr().err


def test_a_controller_that_answers_lives_though_its_process_is_not_seen_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As from another container: what depends on it is whether its jobs are orphans."""
    nobody = replace(this_process(), process_start=1)
    assert is_alive(nobody) is False
    with running(starting(tmp_path, OTTER.id, OTTER.name), OTTER, owner=nobody):
        assert run(find(tmp_path, OTTER.name)).ended is None
        assert run(presence(tmp_path)) == Presence({OTTER.id}, set())
        assert main(["--state-dir", str(tmp_path), "list"]) == 0
        assert "running" in capsys.readouterr().out
    assert run(presence(tmp_path)) == Presence(set(), {OTTER.id})
    assert main(["--state-dir", str(tmp_path), "stop", OTTER.name]) == 1
    assert "has ended already: The cluster's controller is gone" in capsys.readouterr().err


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A registry of which every cluster but one is odd in its own way."""
    starting(tmp_path, "00000001", "young")
    starting(tmp_path, "00000002", "half").record_file.write_text('{"id": "0000')
    no_file = starting(tmp_path, "00000003", "no-file")
    no_file.connection_file.mkdir()
    address = starting(tmp_path, "00000004", "address")
    tls.make_key_pair(address.cert, address.key)
    address.write(connection("00000004", "address", control_address="nonsense://[::"))
    starting(tmp_path, "00000005", "writable").path.chmod(0o707)
    for name in ("00000008", "lost+found"):  # it may lead to somebody else's
        (tmp_path / name).symlink_to(tmp_path / name)
    (tmp_path / "00000006").write_text("a file")
    (tmp_path / "00000007").mkdir()
    return tmp_path


def test_one_that_makes_no_sense_hides_no_other(
    odd: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--state-dir", str(odd), "list", "--json"]) == 0
    listed = {c["id"]: c["status"] for c in json.loads(capsys.readouterr().out)}
    assert listed == {
        "00000001": "starting",
        "00000002": "unreachable",
        "00000003": "unreachable",
        "00000004": "unreachable",
        "00000005": "unreachable",
    }
    assert {handle.id for handle in list_clusters(odd)} == set(listed)
    # Nobody can say that they are dead: their jobs are no orphans.
    assert run(presence(odd)) == Presence({*listed, "00000008"}, set())


@pytest.mark.parametrize("left", [[], [Orphan("cccccccc", "beaver", "slurm", 3, 1, 2, None)]])
def test_orphans_are_listed_as_far_as_slurm_answers_and_who_does_not_is_said(
    left: list[Orphan],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def look(_: Orphans) -> Look:
        return Look(left, (Unanswered("slurm", "wice", "wice could not be asked: no answer"),))

    monkeypatch.setattr(Orphans, "look", look)
    assert main(["--state-dir", str(tmp_path), "orphans"]) == 1
    said = capsys.readouterr()
    assert said.err == "wice could not be asked: no answer\n"
    listed = ["beaver (cccccccc): 3 jobs in slurm, 1 pending, 2 running"] if left else []
    assert said.out.splitlines() == listed
