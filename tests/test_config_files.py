"""The server looks where dask reads its configuration, without dask."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_dask_slurm.config_files import config_paths, state_of_files

BOTH = """
import json, dask.config
from jupyter_dask_slurm.config_files import config_paths
print(json.dumps([config_paths(), dask.config.paths]))
"""


@pytest.mark.parametrize("variables", [{}, {"DASK_CONFIG": "/a"}, {"DASK_ROOT_CONFIG": "/b"}])
def test_the_paths_are_those_of_dask(variables: dict[str, str], tmp_path: Path) -> None:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("DASK_")}
    done = subprocess.run(
        [sys.executable, "-c", BOTH], env={**environ, **variables}, capture_output=True, check=True
    )
    ours, theirs = json.loads(done.stdout)
    assert ours == theirs
    assert set(variables.values()) <= set(ours)


def test_a_changed_file_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASK_CONFIG", str(tmp_path))
    assert config_paths()[-1] == str(tmp_path)
    states = [state_of_files()]
    (tmp_path / "notes.txt").write_text("no configuration")
    assert state_of_files() == states[0]
    for act in (
        lambda: (tmp_path / "site.yaml").write_text("a: 1"),
        lambda: (tmp_path / "site.yaml").write_text("a: 10"),
        lambda: (tmp_path / "other.YML").write_text("a: 1"),
        lambda: os.utime(tmp_path / "other.YML", (1, 1)),
        lambda: (tmp_path / "site.yaml").unlink(),
    ):
        act()
        states.append(state_of_files())
        assert state_of_files() == states[-1]
    assert len(set(states)) == len(states)


def test_a_single_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "one.conf"
    monkeypatch.setenv("DASK_CONFIG", str(file))
    before = state_of_files()
    file.write_text("a: 1")
    assert len(state_of_files()) == len(before) + 1
