"""A server that follows clusters, and a command line that looks once, say the same of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm import tls
from jupyter_dask_slurm.cli import main
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory, Connection
from jupyter_dask_slurm.cluster_files.ended import Ended
from jupyter_dask_slurm.process import Owner, this_process

from .conftest import Api
from .test_restart import DEAD, record

FAR = Owner("login-2", "its boot", 1, 1)


def connected(directory: ClusterDirectory, owner: Owner) -> None:
    tls.make_key_pair(directory.cert, directory.key)
    directory.write(
        Connection(
            id=directory.id,
            name=f"n-{directory.id}",
            address="tls://127.0.0.1:1",
            control_address="https://127.0.0.1:1",
            dashboard_address="https://127.0.0.1:1",
            owner=owner,
            version="0",
        )
    )


@pytest.fixture
def clusters(state_dir: Path) -> Path:
    """One in each state that can be told from files and processes."""
    record(state_dir, "00000001", created="2026-11-01T00:00:00Z", owner=this_process())
    record(state_dir, "00000002", created="2026-11-02T00:00:00Z", ended=Ended.now("idle", "2 h"))
    dead = record(state_dir, "00000003", created="2026-11-03T00:00:00Z", owner=DEAD)
    dead.log("controller").write_text("its last words\n")
    connected(record(state_dir, "00000004", created="2026-11-04T00:00:00Z"), DEAD)
    far = record(state_dir, "00000005", created="2026-11-05T00:00:00Z", host="login-2")
    connected(far, FAR)
    record(state_dir, "00000006", created="2026-11-06T00:00:00Z").record_file.write_text("{")
    return state_dir


def looked_at(state_dir: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["--state-dir", str(state_dir), "list", "--json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


async def test_both_say_the_same(
    clusters: Path, api: Api, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_dask_slurm.server.monitor.cluster.RETRY_FIRST", 0.01)
    before = looked_at(clusters, capsys)
    assert [(c["id"], c["status"]) for c in before] == [
        ("00000001", "starting"),
        ("00000002", "failed"),
        ("00000003", "failed"),
        ("00000004", "failed"),
        ("00000005", "unreachable"),
        ("00000006", "unreachable"),
    ]
    for once in before:
        status = once["status"]
        followed = await api.wait(once, lambda c, status=status: c["status"] == status)
        for cluster in (once, followed):
            for problem in cluster["problems"]:
                del problem["since"]
        if once["id"] == "00000004":
            # What only a server does, and says.
            (problem,) = followed["problems"]
            problem["message"] = problem["message"].removesuffix(" Its jobs were cancelled.")
        assert followed == once
    assert [c["problems"][0]["code"] for c in before[1:]] == [
        "idle",
        "start_failed",
        "controller_died",
        "controller_unreachable",
        "files_unreadable",
    ]
