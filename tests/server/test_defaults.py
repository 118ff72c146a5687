"""The defaults of the form: read when somebody fills one in, not whenever the panel looks."""

from __future__ import annotations

import pytest

from jupyter_dask_slurm.job_script.client import Renderer
from jupyter_dask_slurm.model.cluster import ClusterOptions

from .conftest import Api


async def test_an_open_panel_does_not_keep_the_render_process_alive(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    defaults = Renderer.defaults

    async def counted(self: Renderer) -> ClusterOptions:
        asked.append(1)
        return await defaults(self)

    monkeypatch.setattr(Renderer, "defaults", counted)
    for _ in range(3):
        await api("GET", "site")
    assert len(asked) == 1
    answer = await api("POST", "job-script", body={"options": {"cores": 1, "memory": "1 GB"}})
    assert answer.json["problems"] == []
    await api("GET", "site")
    assert len(asked) == 2
