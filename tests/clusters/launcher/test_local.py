"""Controllers are processes of their own: they outlive who started them, and leave no zombies."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.cluster_files.ended import Ended
from jupyter_dask_slurm.cluster_files.json_file import write_json
from jupyter_dask_slurm.cluster_files.record import Record
from jupyter_dask_slurm.clusters.launcher import LocalLauncher, start_controller
from jupyter_dask_slurm.clusters.launcher import local as launcher
from jupyter_dask_slurm.clusters.launcher.base import controller_command, order_for
from jupyter_dask_slurm.clusters.orphans import Presence
from jupyter_dask_slurm.controller.__main__ import leave_job
from jupyter_dask_slurm.model.cluster import ClusterOptions, utc_now
from jupyter_dask_slurm.model.scaling import Scaling
from jupyter_dask_slurm.model.wire import PROTOCOL, write
from jupyter_dask_slurm.process import Owner, is_alive, owner_of, this_host
from jupyter_dask_slurm.server.app import DaskSlurmExtension
from jupyter_dask_slurm.server.on_demand import OnDemand

from ...support.clusters import wait_for
from ...support.processes import process_of

SLEEPER = "import sys, time; sys.stdin.read(); time.sleep(60)"
TELLER = """
import json, os, pathlib, sys
directory = pathlib.Path(json.loads(sys.stdin.read())["directory"])
(directory / "told.json").write_text(json.dumps({
    "cwd": os.getcwd(), "session": os.getsid(0) == os.getpid(), "argv": sys.argv,
    "environ": dict(os.environ), "eof": sys.stdin.read() == "",
}))
print("last words")
"""
FROM_A_LOOP = """
import asyncio, pathlib, sys
from jupyter_dask_slurm.clusters.launcher import local as launcher
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
launcher.controller_command = lambda: [sys.executable, "-c", sys.argv[2]]
async def main():
    owner = await launcher.LocalLauncher().launch(ClusterDirectory(pathlib.Path(sys.argv[1])))
    print(owner.pid, owner.process_start, owner.boot_id, owner.host)
asyncio.run(main())
"""


@pytest.fixture
def directory(tmp_path: Path) -> ClusterDirectory:
    directory = ClusterDirectory(tmp_path / "state" / "3f9a12bc")
    directory.create()
    return directory


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setattr(
        launcher, "controller_command", lambda: [sys.executable, "-c", request.param]
    )


def end(owner: Owner) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process_of(owner).kill()


def test_it_outlives_the_loop_and_the_process_that_started_it(directory: ClusterDirectory) -> None:
    started = subprocess.run(
        [sys.executable, "-c", FROM_A_LOOP, str(directory.path), SLEEPER],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    pid, start, boot_id, host = started.stdout.split()
    owner = Owner(host, boot_id, int(pid), int(start))
    try:
        assert is_alive(owner)
        assert os.getsid(owner.pid) == owner.pid
    finally:
        end(owner)


@pytest.mark.parametrize("command", [TELLER], indirect=True)
async def test_it_is_told_in_private(
    directory: ClusterDirectory, command: None, tmp_path: Path
) -> None:
    environ = {
        **os.environ,
        "SLURM_JOB_ID": "7",
        "JUPYTERHUB_API_TOKEN": "secret",
        "SLURM_CONF": "/etc/slurm.conf",
    }
    owner = start_controller(directory, tmp_path, environ=environ)
    told = directory.path / "told.json"
    await asyncio.to_thread(wait_for, "its end", lambda: is_alive(owner) is False)

    seen = json.loads(told.read_text())
    assert seen["cwd"] == str(tmp_path)
    assert seen["session"] is True
    assert seen["eof"] is True
    assert str(directory.path) not in str(seen["argv"])
    assert "SLURM_JOB_ID" not in seen["environ"]
    assert "secret" not in str(seen["environ"])
    assert seen["environ"]["SLURM_CONF"] == "/etc/slurm.conf"
    assert told.stat().st_mode & 0o777 == 0o600
    log = directory.log("controller")
    assert log.stat().st_mode & 0o777 == 0o600
    assert log.read_text() == "last words\n"


@pytest.mark.parametrize("command", [TELLER], indirect=True)
async def test_what_reaches_it_of_jupyters_environment_says_the_administrator(
    directory: ClusterDirectory, command: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody() -> Presence:
        return Presence(frozenset(), frozenset())

    for name in ("MY_TOKEN", "OTHER_TOKEN", "B_1", "C"):
        monkeypatch.setenv(name, "x")
    extension = DaskSlurmExtension(environment_keep=["MY_TOKEN"], environment_drop=["B_*"])
    on_demand = OnDemand(
        replace(extension._settings(), state_dir=tmp_path),
        presence=nobody,
        log=logging.getLogger(__name__),
        working_directory=tmp_path,
        launcher=None,
        environ={},
    )
    owner = await on_demand._launcher.launch(directory)
    await asyncio.to_thread(wait_for, "its end", lambda: is_alive(owner) is False)
    seen = json.loads((directory.path / "told.json").read_text())["environ"]
    assert {name for name in seen if name.endswith("TOKEN") or len(name) < 4} >= {"MY_TOKEN", "C"}
    assert not {"OTHER_TOKEN", "B_1"} & set(seen)


@pytest.mark.parametrize("command", [SLEEPER], indirect=True)
async def test_no_zombie_is_left(
    directory: ClusterDirectory, command: None, tmp_path: Path
) -> None:
    controller = process_of(start_controller(directory, tmp_path))
    controller.kill()
    # A zombie would still count as running.
    await asyncio.to_thread(wait_for, "its reaping", lambda: not controller.is_running())


@pytest.mark.parametrize("command", ["print('no such module')"], indirect=True)
def test_its_process_is_known_before_anybody_may_reap_it(
    directory: ClusterDirectory, command: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After that its pid may be another's."""
    known: list[int] = []

    def look(pid: int) -> Owner:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # dead, and a zombie still
        known.append(pid)
        return owner_of(pid)

    monkeypatch.setattr(launcher, "owner_of", look)
    with pytest.raises(OSError, match="no such module"):
        start_controller(directory, tmp_path)
    with pytest.raises(ChildProcessError):
        os.waitpid(known[0], os.WNOHANG)


class NoThread:
    """A thread that the operating system does not give any more."""

    def __init__(self, *, target: Any, **_: Any) -> None:
        self.process = target.__self__
        NoThread.last = self

    last: NoThread

    def start(self) -> None:
        raise RuntimeError("can't start new thread")


@pytest.mark.parametrize("command", [SLEEPER], indirect=True)
def test_one_that_cannot_be_looked_after_is_not_left_running(
    directory: ClusterDirectory, command: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launcher.threading, "Thread", NoThread)
    with pytest.raises(OSError, match="can't start new thread"):
        start_controller(directory, tmp_path)
    assert NoThread.last.process.returncode is not None


@pytest.mark.parametrize("command", [SLEEPER], indirect=True)
async def test_ready_is_when_the_connection_file_is_there(
    directory: ClusterDirectory, command: None
) -> None:
    local = LocalLauncher()
    owner = await local.launch(directory)
    try:
        waiting = asyncio.create_task(local.wait(directory, owner))
        done, _ = await asyncio.wait({waiting}, timeout=0.3)
        assert not done
        directory.connection_file.write_text("{}")
        assert await asyncio.wait_for(waiting, 60) is True
    finally:
        end(owner)


@pytest.mark.parametrize("command", ["import sys; sys.stdin.read(); sys.exit('no')"], indirect=True)
async def test_dead_is_when_the_process_is_gone(directory: ClusterDirectory, command: None) -> None:
    local = LocalLauncher()
    try:
        owner = await local.launch(directory)
    except OSError:
        return  # so fast that it was gone before it could be looked at
    assert await asyncio.wait_for(local.wait(directory, owner), 10) is False


def test_a_controller_that_comes_too_late_does_nothing(directory: ClusterDirectory) -> None:
    record = Record(
        directory.id, "late", utc_now(), ClusterOptions(), Scaling(), "local", this_host()
    )
    directory.write(record)
    directory.write(Ended("start_failed", "Nobody waits for it any more.", utc_now()))
    done = subprocess.run(
        controller_command(), input=order_for(directory), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "not needed any more" in done.stderr
    assert sorted(path.name for path in directory.path.iterdir()) == ["ended.json", "request.json"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scaling": {"gpus": 4}}, "not one of jobs, cores, memory or adapt, but gpus"),
        ({"protocol": PROTOCOL + 1, "oldest_protocol": PROTOCOL + 1}, "it is of a newer version"),
    ],
)
def test_a_controller_that_does_not_understand_its_record_starts_nothing(
    directory: ClusterDirectory, changes: dict[str, Any], words: str
) -> None:
    record = Record(
        directory.id, "newer", utc_now(), ClusterOptions(), Scaling(), "local", this_host()
    )
    write_json(directory.record_file, {**write(record), **changes})
    done = subprocess.run(
        controller_command(), input=order_for(directory), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert words in done.stderr
    assert [path.name for path in directory.path.iterdir()] == ["request.json"]


def test_a_controller_forgets_the_job_it_runs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        os,
        "environ",
        {"SLURM_JOB_ID": "81", "SLURM_MEM_PER_CPU": "100", "SLURM_CONF": "/c", "PATH": "/bin"},
    )
    job = leave_job(ClusterOptions(controller_walltime=600))
    assert job is not None
    assert job.id == "81"
    assert dict(os.environ) == {"SLURM_CONF": "/c", "PATH": "/bin"}
