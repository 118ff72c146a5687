"""A dask configuration that dask itself cannot read: the panel still opens, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Api, LauncherNeverReady


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


@pytest.mark.parametrize("text", ["jobqueue: [", "jobqueue: {slurm: {1: x}}"])
async def test_the_site_is_shown_without_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: Api, text: str
) -> None:
    file = tmp_path / "dask" / "jobqueue.yaml"
    file.parent.mkdir()
    file.write_text(text)
    monkeypatch.setenv("DASK_CONFIG", str(file.parent))
    answer = await api("GET", "site")
    assert answer.status == 200
    assert answer.json["defaults"]["cores"] is None
    assert answer.json["defaults"]["placement"] == "local"
    assert (await api("GET", "profiles")).json == []
    script = await api("POST", "job-script", body={"options": {"cores": 1, "memory": "1 GB"}})
    assert script.status == 503
    file.write_text("jobqueue: {slurm: {cores: 24}}")
    assert (await api("GET", "site")).json["defaults"]["cores"] == 24
