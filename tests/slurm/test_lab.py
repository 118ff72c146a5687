"""The Slurm that the tests run on: labs do not see each other, and nothing of them is left."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from ..support.processes import children, lives
from .configuration import Layout, slurm_conf
from .descendants import descendants
from .handle import Slurm, wait_for
from .lab import make_directory

LAB = Path(__file__).with_name("lab.py")


def below(pid: int) -> list[psutil.Process]:
    """All processes of the lab whose supervisor that is."""
    found = children(psutil.Process(pid), recursive=True)
    assert found
    return found


def test_two_labs_share_nothing_and_leave_nothing(slurm_with: Callable[..., Slurm]) -> None:
    one, other = slurm_with(), slurm_with()
    one.run("sbatch", "-o", "/dev/null", "--wrap", "setsid sleep 300 & sleep 300")
    wait_for(lambda: one.run("squeue", "-h", "-t", "RUNNING"))
    assert not other.live_jobs()
    # munged, slurmctld and its helper, slurmd, slurmstepd, the script, and what the script started
    wait_for(lambda: len(descendants(one.pid)) >= 7)
    processes, files = below(one.pid), Path(one.conf).parent.parent
    assert files.exists()
    one.end()
    assert not [process for process in processes if process.is_running()]
    assert not files.exists()
    assert other.run("sinfo", "-h")


def test_a_command_runs_inside_and_its_exit_code_comes_out(slurm_with: object) -> None:
    argv = [sys.executable, str(LAB), "--nodes", "3", "--", "sh", "-c", "sinfo -h -N; exit 7"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=90)
    assert done.returncode == 7
    assert {line.split()[0] for line in done.stdout.splitlines()} == {
        "n1", "n2", "n3", "dead1", "dead2",
    }  # fmt: skip


def test_the_end_of_its_owner_ends_a_lab(slurm_with: object, tmp_path: Path) -> None:
    owner = (
        "import sys; from tests.slurm.handle import Shape, Slurm; lab = Slurm(Shape(nodes=1))\n"
        "print(lab.pid, lab.conf, flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", owner],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=LAB.parents[2],
    )
    assert process.stdout is not None
    pid, conf = process.stdout.readline().split()
    processes = [psutil.Process(int(pid)), *below(int(pid))]
    process.kill()
    process.communicate()
    wait_for(lambda: not any(map(lives, processes)))
    assert not Path(conf).exists()


def test_faults_can_be_made_and_healed(slurm: Slurm) -> None:
    slurm.kill_slurmctld()
    slurm.restore_slurmctld()
    slurm.take_node_down("n1")
    assert slurm.run("sinfo", "-h", "-n", "n1", "-p", "debug", "-o", "%T").split() == ["down"]
    slurm.resume_node("n1")
    slurm.kill_node("n2")
    slurm.start_node("n2")
    state = ["sinfo", "-h", "-N", "-p", "debug", "-o", "%T"]
    wait_for(lambda: slurm.run(*state).split() == ["idle", "idle"])
    with pytest.raises(AssertionError, match="no such daemon"):
        slurm.start_node("n9")


def test_a_lab_may_have_accounting_of_its_own(slurm_with: Callable[..., Slurm]) -> None:
    lab = slurm_with(accounting=True)
    files = Path(lab.conf).parent
    assert (files / "slurmdbd.conf").stat().st_mode & 0o777 == 0o600
    job = lab.run("sbatch", "--parsable", "-o", "/dev/null", "--wrap", "exit 3").strip()
    ended = ["sacct", "-n", "-X", "-P", "-j", job, "-o", "State,ExitCode"]
    wait_for(lambda: lab.run(*ended) == "FAILED|3:0\n")

    lab.stop_accounting()
    with pytest.raises(AssertionError, match="Connection refused"):
        lab.run(*ended)
    lab.start_accounting()
    wait_for(lambda: lab.run(*ended, check=False))

    processes = below(lab.pid)
    lab.end()
    assert not [process for process in processes if process.is_running()]
    assert not files.exists()


def test_settings_replace_ours(tmp_path: Path) -> None:
    layout = Layout(
        directory=tmp_path,
        user="alice",
        host="here",
        slurmctld_port=1,
        node_ports=(2, 3),
        dead_ports=(4,),
        settings={"MaxArraySize": "0", "LaunchParameters": "test_exec", "DefMemPerCPU": ""},
        node={"RealMemory": "", "Weight": "7"},
        debug={"Hidden": "YES"},
        lines=["PartitionName=owners Nodes=n1"],
    )
    lines = slurm_conf(layout).splitlines()
    assert [line for line in lines if line.startswith("MaxArraySize")] == ["MaxArraySize=0"]
    assert "LaunchParameters=test_exec" in lines
    assert "SlurmUser=alice" in lines
    assert not [line for line in lines if line.startswith("DefMemPerCPU")]
    nodes = [line for line in lines if line.startswith("NodeName=n")]
    assert len(nodes) == 2
    assert all("RealMemory" not in node and "Weight=7" in node for node in nodes)
    (debug,) = [line for line in lines if line.startswith("PartitionName=debug")]
    assert debug.endswith("State=UP Hidden=YES")
    assert lines[-1] == "PartitionName=owners Nodes=n1"


def test_sockets_fit_into_their_paths_wherever_temporary_files_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    directory = make_directory()
    directory.rmdir()
    assert directory.parent == Path("/tmp")
