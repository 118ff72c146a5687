"""A file system that hangs keeps a controller neither from scaling nor from cancelling its jobs."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, JobState
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory, Connection
from jupyter_dask_slurm.controller.cluster import LiveCluster
from jupyter_dask_slurm.errors import Unavailable
from jupyter_dask_slurm.model.settings import ControllerSettings
from jupyter_dask_slurm.process import this_process

from ..support.hung_files import HungFiles
from .fakes import ID, Queue, Start, a_record, running, scale_to, until


async def test_it_scales_up_and_down_and_ends_its_jobs(start: Start, tmp_path: Path) -> None:
    queue = Queue()
    reconciler = await start(queue, remove_old_logs=True)
    await scale_to(reconciler, 2)
    with HungFiles(tmp_path).hanging():
        queue.table["1_0"] = BatchJob("1_0", queue.table["1_0"].name, JobState.FAILED)
        reconciler.scale(4)
        await until(reconciler, lambda: len(running(queue)) == 4)
        await reconciler.end_jobs()
        assert running(queue) == []


async def test_what_needs_a_file_is_refused_in_words_and_done_when_it_answers(
    tmp_path: Path,
) -> None:
    directory = ClusterDirectory(tmp_path / ID)
    directory.create()
    cluster = LiveCluster(directory, a_record(ControllerSettings()))
    cluster.connection = connection = Connection(
        id=ID,
        name="blue-otter",
        address="tls://127.0.0.1:1",
        control_address="https://127.0.0.1:1",
        dashboard_address="https://127.0.0.1:1",
        owner=this_process(),
        version="0",
    )
    directory.write(connection)
    cluster.fail("idle", "2 h")
    files = HungFiles(tmp_path)
    with files.hanging():
        with pytest.raises(Unavailable, match="does not answer"):
            await cluster.rename("otter")
        assert cluster.name == "blue-otter"
        await cluster.note_slurm_cluster("lab")
        await cluster.write_end()
    await files.answers_again(directory.registry)
    while directory.connection() != cluster.connection:
        assert await asyncio.to_thread(cluster.repair_files)
    assert cluster.connection.owner.slurm_cluster == "lab"
    await cluster.write_end()
    ended = directory.ended()
    assert ended is not None
    assert ended.code == "idle"
    assert [name for name in os.listdir(directory.path) if name.startswith(".cluster")] == []
