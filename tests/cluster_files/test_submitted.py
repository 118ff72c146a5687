"""Whose job it is that a site has renamed, when its controller can no longer say."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from jupyter_dask_slurm.cluster_files import submitted
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.cluster_files.record import Record
from jupyter_dask_slurm.cluster_files.submitted import JobNames, note_submitted
from jupyter_dask_slurm.model.cluster import utc_now
from jupyter_dask_slurm.model.names import cluster_of
from jupyter_dask_slurm.model.options import ClusterOptions
from jupyter_dask_slurm.model.scaling import Scaling


def cluster(state_dir: Path, cluster_id: str, logs: Path | None) -> ClusterDirectory:
    directory = ClusterDirectory(state_dir / cluster_id)
    directory.create()
    options = ClusterOptions(log_directory=None if logs is None else str(logs))
    directory.write(Record(cluster_id, "otter", utc_now(), options, Scaling(), "slurm", "login1"))
    return directory


def test_in_a_directory_that_clusters_share_its_id_tells(tmp_path: Path) -> None:
    state, logs = tmp_path / "state", tmp_path / "logs"
    otter, heron = cluster(state, "aaaaaaaa", logs), cluster(state, "bbbbbbbb", logs)
    cluster(state, "cccccccc", None)
    note_submitted(otter, ["81_0", "81_1"])
    note_submitted(heron, ["82"])
    note_submitted(otter, ["83_0"])
    names = JobNames(state)
    known = {i: cluster_of(names(i, logs) or "") for i in ("81_1", "82", "83_7", "84_0", "8")}
    assert known == {
        "81_1": "aaaaaaaa", "82": "bbbbbbbb", "83_7": "aaaaaaaa", "84_0": None, "8": None
    }  # fmt: skip
    assert names("81_1", tmp_path / "mine") is None  # an id that was given again
    assert names("9", state / "cccccccc" / "jobs") == "cccccccc-cccccccc-0"


def test_a_cluster_that_is_created_later_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submitted, "_RECORDS_LAST", -1.0)
    names = JobNames(tmp_path)
    assert names("81", tmp_path / "logs") is None
    note_submitted(cluster(tmp_path, "aaaaaaaa", tmp_path / "logs"), ["81"])
    assert names("81", tmp_path / "logs") is not None


def test_the_file_is_private_and_does_not_bring_a_directory_back(tmp_path: Path) -> None:
    directory = cluster(tmp_path, "aaaaaaaa", tmp_path / "logs")
    note_submitted(directory, ["81_0"])
    assert stat.S_IMODE((directory.path / "submitted.txt").stat().st_mode) == 0o600
    directory.forget()
    with pytest.raises(FileNotFoundError):
        note_submitted(directory, ["82_0"])
