"""Where profiles are all that there is to choose, their options come together, or not at all."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.job_script.client import Renderer
from jupyter_dask_slurm.server import on_demand

from .conftest import Api, LauncherNeverReady

SMALL = {"cores": 1, "memory": "1 GB", "walltime": "00:10:00"}
LARGE = {**SMALL, "cores": 4, "memory": "4 GB", "job_script_prologue": ["module load gcc"]}
ONLY = "only profiles may be chosen here: Small, Large, Night"

pytestmark = pytest.mark.usefixtures("unknown_site")


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


@pytest.fixture
def extension_config(state_dir: Path) -> dict[str, Any]:
    return {
        "state_dir": str(state_dir),
        "batch_system": "slurm",
        "profiles": {"Small": {"options": SMALL}, "Large": {"options": LARGE}},
        "policy": {"profiles_only": True, "default_profile": "Large"},
    }


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The site has a profile in YAML, and so has the user."""
    # Each question here renders several scripts, and on a busy machine the first takes long.
    monkeypatch.setattr(on_demand, "Renderer", partial(Renderer, answer_limit=100))
    for place, name, cores in (("ROOT_CONFIG", "Night", 2), ("CONFIG", "Mine", 3)):
        (tmp_path / place).mkdir()
        monkeypatch.setenv(f"DASK_{place}", str(tmp_path / place))
        options = f"{{cores: {cores}, memory: 1 GB, walltime: 00:10:00}}"
        text = f"jupyter-dask-slurm: {{profiles: {{{name}: {{options: {options}}}}}}}"
        (tmp_path / place / "profiles.yaml").write_text(text)
    return tmp_path


async def said(api: Api, options: dict[str, Any]) -> dict[str, str]:
    """What a form says of these options; creating such a cluster is refused with the same."""
    body = {"options": options}
    shown = (await api("POST", "job-script", body=body)).json["problems"]
    answer = await api("POST", "clusters", body=body)
    assert answer.status == (400 if shown else 201), answer.text
    return {problem["field"]: problem["message"] for problem in shown}


async def test_what_is_asked_for_is_a_profile(api: Api) -> None:
    assert (await api("GET", "site")).json["limits"]["profiles_only"] is True
    assert await said(api, SMALL) == {}
    assert await said(api, {**LARGE, "directory": "/"}) == {}
    assert await said(api, {"cores": 2, "memory": "1 GB", "walltime": "00:10:00"}) == {}
    for options, field in (
        ({**SMALL, "cores": 2, "memory": "2 GB"}, "memory"),
        ({**SMALL, "job_script_prologue": ["module load gcc"]}, "job_script_prologue"),
        ({**LARGE, "cores": 3}, "cores"),
        ({"cores": 3, "memory": "1 GB", "walltime": "00:10:00"}, "cores"),
        ({**SMALL, "job_extra_directives": ["--nice"]}, "job_extra_directives"),
    ):
        assert (await said(api, options))[field] == ONLY


async def test_who_asks_for_nothing_gets_the_default_one(api: Api) -> None:
    cluster = (await api("POST", "clusters", body={})).json
    assert (cluster["options"]["cores"], cluster["options"]["memory"]) == (4, 4 * 10**9)


async def test_what_a_user_has_configured_is_none_of_a_profile(api: Api, places: Path) -> None:
    (places / "CONFIG" / "own.yaml").write_text('jobqueue: {slurm: {account: "biology"}}')
    assert list(await said(api, SMALL)) == ["account"]


async def test_what_was_a_profile_may_start_again(api: Api) -> None:
    answer = await api("POST", "clusters", body={"options": SMALL})
    cluster = await api.extension.manager.get(answer.json["id"])
    previews = api.extension.manager._on_demand.previews
    shown = await previews.make(cluster.options, cluster.scaling, name=None, batch_system="slurm")
    template = shown.rendered.template
    for options, allowed in (
        (cluster.options, True),
        (replace(cluster.options, death_timeout=1), False),
    ):
        found = await previews.check(options, template, cluster.scaling, batch_system="slurm")
        assert (found.problems == ()) is allowed
