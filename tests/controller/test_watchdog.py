"""What the watchdog of a killed controller leaves behind when Slurm stays silent."""

from __future__ import annotations

import functools
from collections.abc import Collection
from pathlib import Path, PurePath
from typing import Any

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, JobState
from jupyter_dask_slurm.batch.cancel import cancel_matching
from jupyter_dask_slurm.batch.errors import BatchSilent
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.cluster_files.record import Record
from jupyter_dask_slurm.cluster_files.submitted import note_submitted
from jupyter_dask_slurm.controller import watchdog
from jupyter_dask_slurm.model.cluster import utc_now
from jupyter_dask_slurm.model.options import ClusterOptions
from jupyter_dask_slurm.model.scaling import Scaling

from .fakes import Queue


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


async def test_jobs_that_the_site_renamed_are_cancelled_where_their_logs_are_the_users(
    directory: ClusterDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = tmp_path / "logs"
    options = ClusterOptions(log_directory=str(logs))
    directory.write(Record(directory.id, "otter", utc_now(), options, Scaling(), "slurm", "login1"))
    note_submitted(directory, ["81_0"])
    queue = Queue()
    for job_id in ("81_0", "82_0"):
        queue.table[job_id] = BatchJob(job_id, "site-job", JobState.PENDING)

    async def log_directories(ids: Collection[str]) -> dict[str, PurePath]:
        return dict.fromkeys(ids, PurePath(logs))

    monkeypatch.setattr(queue, "log_directories", log_directories)
    monkeypatch.setattr(watchdog, "make_batch_system", lambda *_, **__: queue)
    monkeypatch.setattr(watchdog, "cancel_matching", functools.partial(cancel_matching, settle=0))
    await watchdog.clean_up(directory, "slurm")
    states = {i: job.state for i, job in queue.table.items()}
    assert states == {"81_0": JobState.CANCELLED, "82_0": JobState.PENDING}
