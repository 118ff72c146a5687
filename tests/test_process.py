"""Telling one process from another that got its pid."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_dask_slurm.process import (
    is_alive,
    module_command,
    owner_of,
    process_start,
    send_signal,
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


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield child
    child.kill()
    child.communicate()


@pytest.mark.parametrize("handles", [True, False])
def test_a_signal_reaches_the_owner_and_no_other_that_has_its_pid(
    sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch, handles: bool
) -> None:
    if not handles:
        monkeypatch.delattr(os, "pidfd_open")
    owner = owner_of(sleeper.pid)
    send_signal(replace(owner, process_start=owner.process_start + 1), signal.SIGKILL)
    assert sleeper.poll() is None
    send_signal(owner, signal.SIGTERM)
    assert sleeper.wait(60) == -signal.SIGTERM
    send_signal(owner, signal.SIGTERM)  # there is none any more


def test_a_signal_is_for_the_process_that_was_looked_at(
    sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were its pid given to another between look and signal, that would not get it."""
    sent: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append(pid))
    send_signal(owner_of(sleeper.pid), signal.SIGTERM)
    assert sleeper.wait(60) == -signal.SIGTERM
    assert sent == []


def test_the_working_directory_hides_no_module(tmp_path: Path) -> None:
    (tmp_path / "calendar.py").write_text("raise SystemExit('this is the user's')")
    done = subprocess.run(module_command("calendar"), cwd=tmp_path, capture_output=True)
    assert done.returncode == 0, done.stderr
