"""What the watchdog of a killed controller leaves behind when Slurm stays silent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.batch.errors import BatchSilent
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.controller import watchdog


@pytest.fixture
def directory(tmp_path: Path) -> ClusterDirectory:
    directory = ClusterDirectory(tmp_path / "aaaaaaaa")
    directory.create()
    for path in (directory.connection_file, directory.key, directory.cert):
        path.touch()
    return directory


def cancelling_ends_in(monkeypatch: pytest.MonkeyPatch, *answers: int | BatchSilent) -> None:
    left = list(answers)

    async def cancel(*arguments: Any, **options: Any) -> int:
        answer = left.pop(0)
        if isinstance(answer, BatchSilent):
            raise answer
        return answer

    monkeypatch.setattr(watchdog, "cancel_matching", cancel)
    monkeypatch.setattr(watchdog, "RETRY", 0.0)
    monkeypatch.setattr(watchdog, "TRIES", 2)


async def test_it_says_that_the_jobs_were_cancelled_once_they_are(
    directory: ClusterDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelling_ends_in(monkeypatch, BatchSilent("no answer"), 3)
    await watchdog.clean_up(directory, "slurm")
    ended = directory.ended()
    assert ended is not None
    assert "Its jobs were cancelled." in ended.message
    assert not directory.key.exists()
    assert not directory.connection_file.exists()


async def test_one_that_gives_up_leaves_the_jobs_and_the_word_on_them_to_a_server(
    directory: ClusterDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelling_ends_in(monkeypatch, BatchSilent("no answer"), BatchSilent("no answer"))
    await watchdog.clean_up(directory, "slurm")
    assert directory.ended() is None
    assert directory.connection_file.exists()
