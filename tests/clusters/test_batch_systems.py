"""The batch systems of a server whose state directory could not be written for a while."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path, PurePath
from typing import Any

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, JobState, Snapshot
from jupyter_dask_slurm.batch.errors import BatchRefused, BatchSilent
from jupyter_dask_slurm.clusters.batch_systems import BatchSystems, Place
from jupyter_dask_slurm.clusters.orphans import Orphans, Presence
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


class Jobs:
    """A Slurm cluster with one job, or none that answers; and the others that slurmdbd knows."""

    def __init__(
        self, slurm_cluster: str | None, *, answers: bool, others: Sequence[Jobs] = ()
    ) -> None:
        self.slurm_cluster, self._answers, self._others = slurm_cluster, answers, others

    async def jobs(self, *, max_age: float) -> Snapshot:
        if not self._answers:
            raise BatchSilent("no answer")
        name = f"owl-{self.slurm_cluster}-1"
        return Snapshot(0.0, {"7": BatchJob("7", name, JobState.RUNNING)})

    async def elsewhere(self) -> Sequence[Jobs]:
        return self._others

    async def log_directories(self, ids: Collection[str]) -> dict[str, PurePath]:
        return {i: PurePath(f"/registry/{self.slurm_cluster}/jobs") for i in ids}


def of(*clusters: Jobs, directory: Path, monkeypatch: pytest.MonkeyPatch) -> BatchSystems:
    batch_systems = BatchSystems(Settings(directory, batch_system="slurm"))
    by_name = {cluster.slurm_cluster: cluster for cluster in clusters}

    async def get(place: Place) -> Any:
        return by_name[place[1]]

    monkeypatch.setattr(batch_systems, "_get", get)
    return batch_systems


async def test_what_one_slurm_cluster_says_does_not_wait_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wice, unnamed = Jobs("aaaaaaaa", answers=True), Jobs("bbbbbbbb", answers=False)
    seen, away = Jobs("cccccccc", answers=True), Jobs("dddddddd", answers=False)
    here = Jobs(None, answers=False, others=[wice, unnamed, seen])
    batch_systems = of(here, wice, unnamed, seen, away, directory=tmp_path, monkeypatch=monkeypatch)

    async def presence() -> Presence:
        return Presence(set(), set(), {"aaaaaaaa", "dddddddd"})

    orphans = Orphans(batch_systems, presence)
    look = await orphans.look()
    # Those that only slurmdbd knows of are looked at as well, and nobody has said that they have any.
    assert {orphan.slurm_cluster for orphan in look.orphans} == {"aaaaaaaa", "cccccccc"}
    assert [unanswered.message for unanswered in look.unanswered] == [
        "slurm could not be asked: no answer",
        "dddddddd could not be asked: no answer",
    ]
    assert {orphan.slurm_cluster for orphan in await orphans.find()} == {"aaaaaaaa", "cccccccc"}


async def test_where_none_was_found_and_one_is_silent_none_is_not_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, away = Jobs(None, answers=True), Jobs("dddddddd", answers=False)
    batch_systems = of(here, away, directory=tmp_path, monkeypatch=monkeypatch)

    async def presence() -> Presence:
        return Presence(set(), set(), {"dddddddd"})

    orphans = Orphans(batch_systems, presence)
    assert (await orphans.look()).orphans == []
    with pytest.raises(BatchSilent, match="dddddddd could not be asked"):
        await orphans.cancel()


async def test_a_site_of_which_no_slurm_cluster_answers_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Jobs(None, answers=False)
    with pytest.raises(BatchSilent):
        await of(here, directory=tmp_path, monkeypatch=monkeypatch).snapshots(max_age=0)
