"""What a controller's job is submitted with, by a ``sbatch`` that writes it down."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.cluster_files.record import new_record
from jupyter_dask_slurm.clusters.launcher import JobLauncher
from jupyter_dask_slurm.model.cluster import ClusterOptions, Scaling
from jupyter_dask_slurm.model.settings import Settings
from jupyter_dask_slurm.model.template import Piece, Template


@pytest.fixture
def submitted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where ``sbatch`` writes its script, ``script``, and its environment, ``environ``."""
    commands = tmp_path / "commands"
    commands.mkdir()
    for name, text in {
        "sbatch": f"cat >{tmp_path}/script; env >{tmp_path}/environ; echo 12",
        "scontrol": "echo MaxArraySize=1001",
    }.items():
        (commands / name).write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{text}\n")
        (commands / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(commands))
    return tmp_path


async def test_what_the_user_exports_for_workers_is_not_for_their_controller(
    submitted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "SBATCH_ACCOUNT": "physics",
        "SBATCH_RESERVATION": "course",
        "SBATCH_GRES": "gpu:1",
        "SBATCH_EXCLUSIVE": "",
        "SBATCH_TIMELIMIT": "10",
        "SLURM_CLUSTERS": "wice",
    }.items():
        monkeypatch.setenv(name, value)
    options = ClusterOptions(cores=1, memory=10**9, placement="job", controller_walltime=3600)
    settings = Settings(submitted)
    record = new_record(
        *(settings, options, Scaling()), name="blue-otter", batch_system="slurm", ends_with=None
    )
    directory = ClusterDirectory(submitted / record.id)
    directory.create()
    directory.write(Template((Piece("#!/bin/sh\n#SBATCH -p debug\n"),)))
    directory.write(record)
    owner = await JobLauncher(submitted).launch(directory)
    assert owner.job == "12_0"

    lines = (submitted / "script").read_text().splitlines()
    for line in ("-p debug", "-A physics", "--reservation=course", "-t 01:00:00"):
        assert f"#SBATCH {line}" in lines
    # sbatch would prefer these to the lines above, or add a GPU and a whole node for no use.
    environ = (submitted / "environ").read_text().splitlines()
    assert [line for line in environ if line.startswith("SBATCH_")] == []
    assert "SLURM_CLUSTERS=wice" in environ
    # The controller submits the workers with them.
    for line in ("SBATCH_ACCOUNT=physics", "SBATCH_GRES=gpu:1", "SBATCH_EXCLUSIVE=''"):
        assert f"export {line}" in lines
