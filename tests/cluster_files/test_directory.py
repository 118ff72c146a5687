"""The registry's files: private, whole or not there, readable by other versions."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import os
import shutil
import signal
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.cluster_files import json_file
from jupyter_dask_slurm.cluster_files.directory import (
    ClusterDirectory,
    Connection,
    default_state_dir,
    directories,
    job_name_from_logs,
)
from jupyter_dask_slurm.cluster_files.ended import Ended
from jupyter_dask_slurm.cluster_files.json_file import locked, write_json
from jupyter_dask_slurm.cluster_files.record import Record
from jupyter_dask_slurm.model.options import ClusterOptions
from jupyter_dask_slurm.model.scaling import Scaling
from jupyter_dask_slurm.model.settings import ControllerSettings
from jupyter_dask_slurm.model.template import Template
from jupyter_dask_slurm.private_files import NotPrivate
from jupyter_dask_slurm.process import Owner

OWNER = Owner("login1", "a-boot", 4711, 12345)
RECORD = Record(
    id="3f9a12bc",
    name="blue-otter",
    created="2026-11-23T05:00:00Z",
    options=ClusterOptions(cores=4),
    scaling=Scaling("jobs", 2),
    batch_system="slurm",
    host="login1",
    settings=ControllerSettings(max_jobs=10),
    owner=OWNER,
)
CONNECTION = Connection(
    id="3f9a12bc",
    name="blue-otter",
    address="tls://10.0.0.1:1",
    control_address="https://10.0.0.1:2",
    dashboard_address="https://10.0.0.1:3",
    owner=OWNER,
    version="0.1.0",
)
ENDED = Ended("idle", "nobody used it", "2026-11-23T05:00:00Z")


@pytest.fixture
def directory(tmp_path: Path) -> ClusterDirectory:
    directory = ClusterDirectory(tmp_path / "state" / "3f9a12bc")
    directory.create()
    return directory


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_written_is_read(directory: ClusterDirectory) -> None:
    assert (directory.record(), directory.connection(), directory.ended()) == (None, None, None)
    for what in (RECORD, CONNECTION, ENDED):
        directory.write(what)
    assert directory.record() == RECORD
    assert directory.connection() == CONNECTION
    assert directory.ended() == ENDED


def test_directory_and_files_are_private_whatever_the_umask(directory: ClusterDirectory) -> None:
    before = os.umask(0)
    try:
        directory.write(RECORD)
        other = ClusterDirectory(directory.path.with_name("11111111"))
        other.create()
    finally:
        os.umask(before)
    assert mode(directory.path) == mode(other.path) == mode(directory.path.parent) == 0o700
    assert mode(directory.path / "request.json") == 0o600


def test_a_directory_is_made_once(directory: ClusterDirectory) -> None:
    with pytest.raises(FileExistsError):
        directory.create()


def test_dask_reads_the_connection_file_as_its_scheduler_file(directory: ClusterDirectory) -> None:
    directory.write(CONNECTION)
    assert json.loads(directory.connection_file.read_text())["address"] == CONNECTION.address


def _killed_before_the_rename(path: Path) -> None:
    def kill(*args: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    json_file.os.replace = kill  # type: ignore[attr-defined]
    write_json(path, {"new": 1})


def test_a_writer_that_is_killed_leaves_the_old_file(directory: ClusterDirectory) -> None:
    directory.write(RECORD)
    path = directory.path / "request.json"
    writer = multiprocessing.get_context("spawn").Process(
        target=_killed_before_the_rename, args=(path,)
    )
    writer.start()
    writer.join(60)
    assert writer.exitcode == -signal.SIGKILL
    assert directory.record() == RECORD
    # What it left is not taken for a file of the registry.
    assert [d.id for d in directories(directory.path.parent)] == [directory.id]


@pytest.mark.parametrize(
    "text", ["", "{", '{"id": "3f9a', "[]", "null", '{"id": 1}', "\xff\xfe", '"text"']
)
def test_half_a_file_is_no_file(directory: ClusterDirectory, text: str) -> None:
    for name in ("request.json", "cluster.json", "ended.json"):
        (directory.path / name).write_bytes(text.encode("latin-1"))
    assert (directory.record(), directory.connection(), directory.ended()) == (None, None, None)


def test_another_version_may_write_more_fields(directory: ClusterDirectory) -> None:
    directory.write(CONNECTION)
    data = json.loads(directory.connection_file.read_text())
    data["mood"] = "good"
    data["owner"]["container"] = "x"
    write_json(directory.connection_file, data)
    assert directory.connection() == CONNECTION


def test_another_version_may_know_less_of_the_owner(directory: ClusterDirectory) -> None:
    directory.write(CONNECTION)
    data = json.loads(directory.connection_file.read_text())
    del data["owner"]["boot_id"]
    write_json(directory.connection_file, data)
    assert directory.connection() is None


def test_the_registry_is_its_directories(directory: ClusterDirectory) -> None:
    state_dir = directory.path.parent
    directory.write(RECORD)
    (state_dir / ".local").mkdir()
    (state_dir / "00000000").mkdir()  # made, but its record is not written yet
    (state_dir / "a-file").write_text("")
    assert [found.id for found in directories(state_dir)] == ["3f9a12bc"]
    assert list(directories(state_dir / "nowhere")) == []


def test_the_keys_go_and_the_logs_stay(directory: ClusterDirectory) -> None:
    directory.write(RECORD)
    directory.write(CONNECTION)
    directory.cert.write_text("")
    directory.key.write_text("")
    directory.log("controller").write_text("")
    directory.remove_keys()
    directory.remove_keys()
    left = sorted(path.name for path in directory.path.iterdir())
    assert left == ["controller.log", "request.json"]
    directory.forget()
    directory.forget()
    assert directory.record() is None


def test_the_state_directory_is_jupyters_or_the_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JUPYTER_DASK_SLURM_STATE_DIR", raising=False)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    assert default_state_dir() == tmp_path / "dask-slurm"
    monkeypatch.setenv("JUPYTER_DASK_SLURM_STATE_DIR", "~/clusters")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_state_dir() == tmp_path / "clusters"


def test_a_file_that_is_written_while_the_directory_goes_does_not_keep_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = ClusterDirectory(tmp_path / "3f9a12bc")
    directory.create()
    remove = shutil.rmtree

    def remove_while_a_job_ends(path: Path, **more: Any) -> None:
        monkeypatch.setattr(shutil, "rmtree", remove)
        (path / "last.log").touch()  # and so the directory could not be removed

    monkeypatch.setattr(shutil, "rmtree", remove_while_a_job_ends)
    directory.forget()
    assert not directory.path.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("unsent", None),
        ("unsent", ["stop"]),
        ("created", None),
        ("name", 7),
        ("options", []),
        ("scaling", None),
        ("owner", "login1"),
        ("owner", {"host": "a", "boot_id": "b", "pid": "4711", "process_start": 1}),
        ("protocol", True),
        ("ends_with", 0),
    ],
)
def test_a_field_of_another_type_makes_it_no_record(
    directory: ClusterDirectory, field: str, value: object
) -> None:
    directory.write(RECORD)
    path = directory.path / "request.json"
    write_json(path, {**json.loads(path.read_text()), field: value})
    assert directory.record() is None


def test_what_may_be_missing_may_be_null(directory: ClusterDirectory) -> None:
    directory.write(RECORD)
    path = directory.path / "request.json"
    write_json(path, {**json.loads(path.read_text()), "owner": None, "ends_with": None})
    assert directory.record() == dataclasses.replace(RECORD, owner=None)


def test_what_several_servers_change_at_once_is_all_kept(
    directory: ClusterDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Longer than one waits for a server that was stopped: they only take turns.
    monkeypatch.setattr(json_file, "LOCK_LIMIT", 100.0)
    directory.write(RECORD)

    def wish(number: int) -> None:
        def also(record: Record) -> Record:
            time.sleep(0.001)  # time for another to come in between
            directives = record.options.job_extra_directives or ()
            options = dataclasses.replace(
                record.options, job_extra_directives=(*directives, str(number))
            )
            return dataclasses.replace(record, options=options)

        ClusterDirectory(directory.path).change(also, otherwise=RECORD)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(wish, range(40)))
    record = directory.record()
    assert record is not None
    assert set(record.options.job_extra_directives or ()) == {str(n) for n in range(40)}
    assert mode(directory.path / ".lock") == 0o600


def test_a_server_that_was_stopped_in_the_middle_does_not_stop_the_others(
    directory: ClusterDirectory,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(json_file, "LOCK_LIMIT", 0.05)
    with locked(directory.path / ".lock", "the first"):
        assert not caplog.records
        ClusterDirectory(directory.path).change(lambda record: record, otherwise=RECORD)
    assert directory.record() == RECORD
    (said,) = caplog.records
    assert said.levelname == "WARNING"
    assert said.getMessage() == (
        f"cluster {directory.id}: another process has held {directory.path / '.lock'} for 0.05 s; "
        "writing without the lock"
    )


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("request.json", {"id": "aaaaaaaa"}),
        ("request.json", {"name": "n\nimport os"}),
        ("cluster.json", {"id": "aaaaaaaa"}),
        ("cluster.json", {"name": "n\nimport os"}),
        ("cluster.json", {"cert": "../aaaaaaaa/cert.pem"}),
        ("cluster.json", {"key": "/home/mallory/key.pem"}),
    ],
)
def test_what_no_program_of_ours_writes_is_not_believed(
    directory: ClusterDirectory, file: str, changes: dict[str, str]
) -> None:
    directory.write(RECORD)
    directory.write(CONNECTION)
    path = directory.path / file
    write_json(path, {**json.loads(path.read_text()), **changes})
    files = directory.read()
    assert files is not None
    assert list(files.unreadable) == [file]
    assert (directory.record() is None, directory.connection() is None) == (
        file == "request.json",
        file == "cluster.json",
    )


@pytest.mark.parametrize("file", ["request.json", "cluster.json", "ended.json", "template.json"])
def test_a_file_that_others_could_have_written_is_not_read(
    directory: ClusterDirectory, file: str
) -> None:
    template = Template(())
    for what in (RECORD, CONNECTION, ENDED, template):
        directory.write(what)
    path = directory.path / file
    path.chmod(0o606)
    if file == "template.json":
        with pytest.raises(NotPrivate, match=f"run chmod go-w {path}"):
            directory.template()
        return
    files = directory.read()
    assert files is not None
    assert files.unreadable == {file: f"{path} can be written by everybody: run chmod go-w {path}"}


def test_nothing_is_read_or_written_in_a_directory_that_others_can_write(
    directory: ClusterDirectory,
) -> None:
    for what in (RECORD, CONNECTION, ENDED):
        directory.write(what)
    directory.path.chmod(0o707)
    files = directory.read()
    assert files is not None
    assert (files.record.name, files.connection, files.ended) == (directory.id, None, None)
    words = f"run chmod go-w {directory.path}"
    assert [words in why for why in files.unreadable.values()] == [True]
    with pytest.raises(NotPrivate):
        directory.write(RECORD)
    with pytest.raises(NotPrivate):
        directory.change(lambda record: record, otherwise=RECORD)
    directory.path.chmod(0o750)
    assert directory.record() == RECORD


@pytest.mark.parametrize(
    ("logs", "name"),
    [
        ("state/3f9a12bc/jobs", "3f9a12bc-3f9a12bc-0"),
        ("state/3f9a12bc", "3f9a12bc-3f9a12bc-controller"),
        ("state/3f9a12bc/jobs/jobs", None),
        ("state/run-2026/jobs", None),
        ("elsewhere/3f9a12bc/jobs", None),
    ],
)
def test_the_place_of_a_jobs_output_says_whose_it_is(
    tmp_path: Path, logs: str, name: str | None
) -> None:
    assert job_name_from_logs(tmp_path / "state", tmp_path / logs) == name
