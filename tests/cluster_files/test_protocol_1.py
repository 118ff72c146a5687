"""What a version wrote that spoke protocol 1, recorded: it is read, and written so that it reads it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory, Connection
from jupyter_dask_slurm.cluster_files.ended import Ended
from jupyter_dask_slurm.cluster_files.record import Record
from jupyter_dask_slurm.model.cluster import Job
from jupyter_dask_slurm.model.scaling import Adapt, Scaling
from jupyter_dask_slurm.model.wire import (
    ControllerState,
    Order,
    Unsent,
    check_protocol,
    read,
    read_list,
    write,
)

RECORDED = Path(__file__).parents[1] / "support" / "protocol_1"
CLASSES: dict[str, type[Any]] = {
    "request.json": Record,
    "cluster.json": Connection,
    "ended.json": Ended,
    "state.json": ControllerState,
    "order.json": Order,
}


def recorded(name: str) -> Any:
    return json.loads((RECORDED / name).read_text())


def holds(new: Any, old: Any) -> bool:
    """Whether all that was written then is written now, and of the same value."""
    if isinstance(old, dict):
        return isinstance(new, dict) and all(
            key in new and holds(new[key], old[key]) for key in old
        )
    return bool(new == old)


@pytest.mark.parametrize(("name", "cls"), CLASSES.items())
def test_what_it_wrote_is_read_and_written_again(name: str, cls: type[Any]) -> None:
    old = recorded(name)
    check_protocol(old)
    again = json.loads(json.dumps(write(read(cls, old))))
    if cls is Record:
        # Only a controller read them when it started, which its own version started. Ours are told
        # in template.json.
        assert old["settings"].pop("scheduler_host") is None
        assert old["settings"].pop("scheduler_port") == 0
    assert holds(again, old)
    # What is new has come beside it: nothing within that another version would take for its own.
    assert set(again) - set(old) <= {"protocol", "oldest_protocol"}


def test_its_directory_is_a_cluster(tmp_path: Path) -> None:
    directory = ClusterDirectory(tmp_path / "3f9a12bc")
    shutil.copytree(RECORDED, directory.path)
    files = directory.read()
    assert files is not None
    assert (files.record_lost, files.connection_lost, files.unreadable) == (False, False, {})
    record = files.record
    assert (record.name, record.options.cores, record.options.placement) == (
        "blue-otter",
        4,
        "local",
    )
    assert record.options.worker_extra_args == ("--resources", "GPU=1")
    assert record.scaling == Scaling(adapt=Adapt(1, 4, 2, 120))
    assert record.settings.max_jobs == 10_000
    assert record.unsent == Unsent("grey-heron", Scaling("jobs", 3), 0)
    assert files.connection is not None
    assert files.connection.owner == record.owner
    assert files.ended is not None
    assert files.ended.code == "idle"


def test_its_jobs_are_read() -> None:
    running, pending = read_list(Job, recorded("jobs.json"))
    assert (running.stage, running.cpu, pending.reason) == ("connected", 101.5, "Resources")
