"""Which batch system is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_dask_slurm.batch.choose import find_batch_system, make_batch_system


def test_auto_is_slurm_where_there_is_an_sbatch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_batch_system("auto") == "local"
    (tmp_path / "sbatch").touch(mode=0o755)
    assert find_batch_system("auto") == "slurm"


@pytest.mark.parametrize("name", ["slurm", "local"])
def test_who_asks_for_one_gets_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_batch_system(name) == name
    assert make_batch_system(name, directory=tmp_path).name == name


def test_other_names_are_errors(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="pbs"):
        find_batch_system("pbs")
    with pytest.raises(ValueError, match="auto"):
        make_batch_system("auto", directory=tmp_path)
