"""The batch systems of a server whose state directory could not be written for a while."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_dask_slurm.batch.errors import BatchRefused
from jupyter_dask_slurm.clusters.batch_systems import BatchSystems
from jupyter_dask_slurm.model.settings import Settings


async def test_one_that_could_not_be_started_is_started_when_it_can_be(tmp_path: Path) -> None:
    in_the_way = tmp_path / ".local"
    in_the_way.touch()
    batch_systems = BatchSystems(Settings(tmp_path, batch_system="local"))
    for _ in range(2):
        with pytest.raises(BatchRefused, match=r"cannot be used: .*\.local"):
            await batch_systems.snapshots(max_age=0)
    in_the_way.unlink()
    snapshots = await batch_systems.snapshots(max_age=0)
    assert list(snapshots) == [("local", None)]
    await batch_systems.stop()
