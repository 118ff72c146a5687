"""Another user's files among ours are left out and said; what is ours goes on beside them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_dask_slurm import list_clusters
from jupyter_dask_slurm.batch.locks import host_directory
from jupyter_dask_slurm.cli import main
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.cluster_files.record import new_record
from jupyter_dask_slurm.clusters import find
from jupyter_dask_slurm.model.options import ClusterOptions
from jupyter_dask_slurm.model.scaling import Scaling
from jupyter_dask_slurm.model.settings import Settings
from jupyter_dask_slurm.private_files import NotPrivate
from jupyter_dask_slurm.server.monitor.registry import Registry

from .others import ANOTHER_USER, LINK, PRIVATE, READABLE

LEFT_OUT = {
    READABLE: f"belongs to {ANOTHER_USER}, not to you",
    PRIVATE: f"belongs to {ANOTHER_USER}, not to you",
    LINK: "is a symbolic link",
}


@pytest.fixture
def ours(shared: Path) -> Iterator[ClusterDirectory]:
    """A cluster of ours in that directory."""
    options = ClusterOptions(cores=1, memory=500_000_000, walltime=600, processes=1)
    record = new_record(
        Settings(shared), options, Scaling(), name="ours", batch_system="local", ends_with=None
    )
    directory = ClusterDirectory(shared / record.id)
    directory.create()
    directory.write(record)
    yield directory
    directory.forget()


def test_command_line_and_notebook_leave_them_out_and_say_so(
    ours: ClusterDirectory,
    shared: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    find._told.clear()
    assert main(["--state-dir", str(shared), "list", "--json"]) == 0
    assert [cluster["id"] for cluster in json.loads(capsys.readouterr().out)] == [ours.id]
    assert [handle.id for handle in list_clusters(shared)] == [ours.id]
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(said) == len(LEFT_OUT), "once, however often one looks"
    for name, why in LEFT_OUT.items():
        assert any(f"{shared / name} {why}" in words for words in said)


async def test_the_server_leaves_them_out_and_takes_them_for_nobodys_orphans(
    ours: ClusterDirectory, shared: Path
) -> None:
    def no_monitor(*about: object) -> None:
        raise RuntimeError("it is not looked at here")

    registry = Registry(
        shared,
        make_monitor=no_monitor,  # type: ignore[arg-type]
        changed=lambda monitor: None,
        log=logging.getLogger(__name__),
    )
    presence = await registry.presence()
    assert registry.skipped.keys() == LEFT_OUT.keys()
    assert presence.living == {ours.id, *LEFT_OUT}
    assert (await find.presence(shared)).living == {ours.id, *LEFT_OUT}
    await registry.stop()


@pytest.mark.parametrize("name", [READABLE, LINK])
def test_what_they_say_is_not_read_and_nothing_is_written_there(shared: Path, name: str) -> None:
    directory = ClusterDirectory(shared / name)
    assert (directory.record(), directory.connection()) == (None, None)
    files = directory.read()
    assert files is not None
    assert (files.record.name, files.connection) == (name, None)
    with pytest.raises(NotPrivate):
        directory.write(files.record)


def test_what_all_processes_of_a_user_share_is_not_shared_with_others(shared: Path) -> None:
    with pytest.raises(NotPrivate, match=f"belongs to {ANOTHER_USER}, not to you"):
        host_directory(shared, "squeue")
