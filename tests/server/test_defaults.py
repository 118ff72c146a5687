"""The defaults of the form: read when their files have changed, not whenever the panel looks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_dask_slurm.job_script.client import Renderer
from jupyter_dask_slurm.model.cluster import ClusterOptions

from .conftest import Api

OPTIONS = {"cores": 1, "memory": "1 GB"}


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], object]:
    """Writes dask's configuration, which begins with a walltime of ten minutes."""
    # However slow the file system of a busy machine is.
    monkeypatch.setattr("jupyter_dask_slurm.clusters.configured.PATIENCE", 60.0)
    directory = tmp_path / "dask"
    directory.mkdir()
    monkeypatch.setenv("DASK_CONFIG", str(directory))
    file = directory / "site.yaml"
    file.write_text("jobqueue: {slurm: {walltime: 00:10:00}}")
    return file.write_text


async def test_an_open_panel_does_not_keep_the_render_process_alive(
    api: Api, configure: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    defaults = Renderer.defaults

    async def counted(self: Renderer) -> ClusterOptions:
        asked.append(1)
        return await defaults(self)

    monkeypatch.setattr(Renderer, "defaults", counted)

    async def walltime() -> int:
        found: int = (await api("GET", "site")).json["defaults"]["walltime"]
        return found

    assert [await walltime() for _ in range(2)] == [
        600
    ] * 2  # dask's import has added files of its own
    asked.clear()
    assert [await walltime() for _ in range(3)] == [600] * 3
    answer = await api("POST", "job-script", body={"options": OPTIONS})
    assert answer.json["problems"] == []
    assert await walltime() == 600
    assert asked == []
    configure("jobqueue: {slurm: {walltime: '01:00:00'}}")
    assert [await walltime() for _ in range(2)] == [3600] * 2
    assert len(asked) == 1


async def test_a_file_that_cannot_be_read_starts_no_process_each_time(
    api: Api, configure: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []
    start = Renderer._start

    async def counted(self: Renderer) -> asyncio.subprocess.Process:
        started.append(1)
        return await start(self)

    monkeypatch.setattr(Renderer, "_start", counted)
    configure("jobqueue: {slurm: [")
    for _ in range(3):
        site = await api("GET", "site")
        assert (site.status, site.json["defaults"]["walltime"]) == (200, None)
    assert len(started) == 1
    configure("jobqueue: {slurm: {walltime: '01:00:00'}}")
    site = await api("GET", "site")
    assert site.json["defaults"]["walltime"] == 3600


async def test_a_form_asks_again_where_it_was_no_file(
    api: Api, configure: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("jupyter_dask_slurm.job_script.client._COMMAND", ("/nowhere/python",))
        assert (await api("GET", "site")).json["defaults"]["walltime"] is None
        # So does the panel, which goes on without.
        assert (await api("GET", "site")).json["defaults"]["walltime"] is None
    assert (await api("GET", "site")).json["defaults"]["walltime"] is None
    await api("POST", "job-script", body={"options": OPTIONS})
    assert (await api("GET", "site")).json["defaults"]["walltime"] == 600
