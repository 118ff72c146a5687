"""What is asked of a cluster without a Jupyter server is judged as a server would."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory, Files
from jupyter_dask_slurm.clusters import use
from jupyter_dask_slurm.clusters.status import Observed
from jupyter_dask_slurm.errors import InvalidOptions, WrongState
from jupyter_dask_slurm.model.policy import Policy
from jupyter_dask_slurm.model.scaling import Scaling
from jupyter_dask_slurm.model.settings import ControllerSettings, Settings

from ..controller.fakes import a_record


async def test_a_cluster_grows_within_what_its_user_may_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listed(identity: str, jobs: int) -> Observed:
        record = replace(a_record(ControllerSettings()), id=identity, scaling=Scaling("jobs", jobs))
        return Observed.from_files(ClusterDirectory(tmp_path / identity), Files(record, None, None))

    one, other = listed("aaaaaaaa", 1), listed("bbbbbbbb", 2)

    async def both(state_dir: Path) -> list[Observed]:
        assert state_dir == tmp_path
        return [one, other]

    monkeypatch.setattr(use, "checked", both)
    settings = Settings(tmp_path, policy=Policy(max_cores_per_user=8))
    with pytest.raises(InvalidOptions, match="6 cores, beside 4 of your other clusters; at most 8"):
        await use.scale(one, Scaling("jobs", 3), settings)
    with pytest.raises(WrongState, match="is still starting"):  # nothing is against it
        await use.scale(one, Scaling("jobs", 2), settings)
