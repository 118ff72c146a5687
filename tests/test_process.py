"""Telling one process from another that got its pid."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from jupyter_dask_slurm.process import (
    is_alive,
    module_command,
    owner_of,
    process_start,
    this_process,
)


def test_this_process_is_alive() -> None:
    assert is_alive(this_process()) is True


def test_a_pid_that_was_given_to_another_process_is_not_the_owner() -> None:
    me = this_process()
    assert is_alive(replace(me, process_start=me.process_start - 1)) is False


def test_nothing_outlives_a_boot() -> None:
    assert is_alive(replace(this_process(), boot_id="another")) is False


def test_of_another_hosts_process_nothing_is_known() -> None:
    assert is_alive(replace(this_process(), host="elsewhere")) is None


def test_of_a_job_nothing_is_known_even_where_all_else_agrees() -> None:
    assert is_alive(replace(this_process(), job="81_0")) is None


def test_a_zombie_is_not_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    owner = owner_of(child.pid)
    assert child.stdin is not None
    child.stdin.close()
    # waitid looks without reaping: the child stays a zombie.
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert process_start(child.pid) is None
    assert is_alive(owner) is False
    child.wait()


def test_the_working_directory_hides_no_module(tmp_path: Path) -> None:
    (tmp_path / "calendar.py").write_text("raise SystemExit('this is the user's')")
    done = subprocess.run(module_command("calendar"), cwd=tmp_path, capture_output=True)
    assert done.returncode == 0, done.stderr
