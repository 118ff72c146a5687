"""A preview costs what the slower of renderer and site costs, and reads a script once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.batch.slurm.request import read_request
from jupyter_dask_slurm.clusters.batch_systems import BatchSystems
from jupyter_dask_slurm.clusters.configured import Configured
from jupyter_dask_slurm.clusters.offered import Offers
from jupyter_dask_slurm.clusters.preview import Previews
from jupyter_dask_slurm.clusters.site_cache import SiteAnswer
from jupyter_dask_slurm.errors import InvalidOptions
from jupyter_dask_slurm.job_script.client import Rendered, Renderer
from jupyter_dask_slurm.model.cluster import ClusterOptions, Scaling
from jupyter_dask_slurm.model.settings import Settings

OPTIONS = ClusterOptions(cores=1, memory=10**9)
LIMIT = 60.0


class SilentSlurm(BatchSystems):
    """Says that it is silent as soon as the renderer has been asked, too."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.asked: list[str | None] = []
        self.is_asked, self.renderer_is_asked = asyncio.Event(), asyncio.Event()

    async def site(self, name: str, slurm_cluster: str | None = None) -> SiteAnswer:
        self.asked.append(slurm_cluster)
        self.is_asked.set()
        await asyncio.wait_for(self.renderer_is_asked.wait(), LIMIT)
        return SiteAnswer(None)


class ColdRenderer(Renderer):
    """Begins when the site has been asked."""

    batch_systems: SilentSlurm

    async def _exchange(self, request: dict[str, Any]) -> dict[str, Any]:
        self.batch_systems.renderer_is_asked.set()
        await asyncio.wait_for(self.batch_systems.is_asked.wait(), LIMIT)
        return await super()._exchange(request)


@pytest.fixture
async def renderer() -> AsyncIterator[ColdRenderer]:
    renderer = ColdRenderer()
    yield renderer
    await renderer.stop()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, batch_system="slurm")


@pytest.fixture
async def slurm(settings: Settings, renderer: ColdRenderer) -> SilentSlurm:
    renderer.batch_systems = SilentSlurm(settings)
    return renderer.batch_systems


NAMED: list[tuple[dict[str, Any], str, str | None]] = [
    ({}, "", None),
    ({"slurm_cluster": "wice"}, "genius", "wice"),
    ({"job_extra_directives": ("-M wice",)}, "", "wice"),
    ({}, "wice", "wice"),
]
"""Options, what SLURM_CLUSTERS says, and which Slurm cluster is meant."""


async def test_the_site_is_asked_while_the_script_is_rendered(
    settings: Settings, renderer: ColdRenderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for options, variable, meant in NAMED:
        monkeypatch.setenv("SLURM_CLUSTERS", variable)
        renderer.batch_systems = slurm = SilentSlurm(settings)
        previews = Previews(settings, slurm, renderer, Configured(renderer))
        preview = await previews.make(
            replace(OPTIONS, **options), Scaling(), name=None, batch_system="slurm"
        )
        assert slurm.asked == [meant]
        assert preview.options.slurm_cluster == meant


async def test_another_slurm_cluster_that_the_configuration_names_is_asked_then(
    settings: Settings,
    slurm: SilentSlurm,
    renderer: ColdRenderer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "site.yaml").write_text("jobqueue: {slurm: {job-extra-directives: [-M wice]}}")
    monkeypatch.setenv("DASK_CONFIG", str(tmp_path))
    configured = Configured(renderer)
    previews = Previews(settings, slurm, renderer, configured)
    preview = await previews.make(OPTIONS, Scaling(), name=None, batch_system="slurm")
    assert (slurm.asked, preview.options.slurm_cluster) == ([None, "wice"], "wice")
    site = await Offers(settings, slurm, configured).site()
    assert (slurm.asked[2:], site["slurm_cluster"]) == ([None, "wice"], "wice")
    await configured.stop()


async def test_what_cannot_be_rendered_waits_for_no_site(
    settings: Settings, slurm: SilentSlurm, renderer: ColdRenderer
) -> None:
    class NeverToldSlurm(SilentSlurm):
        async def site(self, name: str, slurm_cluster: str | None = None) -> SiteAnswer:
            self.is_asked.set()
            await asyncio.Event().wait()
            raise AssertionError

    renderer.batch_systems = never = NeverToldSlurm(settings)
    previews = Previews(settings, never, renderer, Configured(renderer))
    with pytest.raises(InvalidOptions):
        await previews.make(ClusterOptions(), Scaling(), name=None, batch_system="slurm")


async def test_all_that_is_wrong_is_said_at_once(
    settings: Settings, slurm: SilentSlurm, renderer: ColdRenderer
) -> None:
    bounded = replace(settings, max_jobs=2)
    previews = Previews(bounded, slurm, renderer, Configured(renderer))

    async def wrong(options: dict[str, Any], jobs: object) -> dict[str, str]:
        answer = await previews.show(options, {"jobs": jobs}, name="no name", batch_system="slurm")
        # A script of other values than were asked for would be nonsense.
        assert (answer["script"], answer["lines"], answer["options"]) == ("", [], None)
        return {problem["field"]: problem["message"] for problem in answer["problems"]}

    # What cannot be read, and what is wrong with the rest: there are too many jobs.
    given = {"cores": 1, "memory": "lots", "walltime": "soon"}
    found = await wrong(given, 3)
    assert set(found) == {"memory", "walltime", "scaling.jobs", "name"}
    assert "is not a unit" in found["memory"]
    assert "at most 2 are allowed" in found["scaling.jobs"]
    assert set(await wrong(given, "some")) == set(found)
    # Which limits count nobody can say now: what cannot be read is all there is.
    assert set(await wrong({**given, "partition": "de bug"}, 3)) == {
        *("memory", "walltime", "partition", "name")
    }
    # What follows from a value that cannot be read is no further problem.
    assert set(await wrong({"cores": "two", "memory": "1 GB", "processes": 2}, 1)) == {
        *("cores", "name")
    }


async def test_a_script_is_read_once(
    settings: Settings,
    slurm: SilentSlurm,
    renderer: ColdRenderer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []
    module = "jupyter_dask_slurm.batch.slurm.request"
    monkeypatch.setattr(f"{module}.occurrences", lambda script: read.append(script) or iter(()))
    previews = Previews(settings, slurm, renderer, Configured(renderer))
    preview = await previews.make(OPTIONS, Scaling(), name=None, batch_system="slurm")
    assert isinstance(preview.rendered, Rendered)
    assert len(read) == len(set(read))


def test_what_is_exported_for_others_makes_no_difference() -> None:
    script = "#SBATCH -p debug # of this test\n"
    one = read_request(script, {"SBATCH_QOS": "long", "A": "1"})
    assert read_request(script, {"SBATCH_QOS": "long"}) is one
    assert read_request(script, {"SBATCH_QOS": "high"}) != one


async def test_a_slow_file_system_is_not_waited_for(
    renderer: ColdRenderer, slurm: SilentSlurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    slurm.is_asked.set()
    answers: list[object] = []
    answered = threading.Event()

    def slow() -> tuple[()]:
        answers.append(answered.wait(LIMIT))
        return ()

    monkeypatch.setattr("jupyter_dask_slurm.clusters.configured.state_of_files", slow)
    monkeypatch.setattr("jupyter_dask_slurm.clusters.configured.PATIENCE", 0.0)
    configured = Configured(renderer)
    first = await configured.defaults()
    assert await configured.defaults() is first
    answered.set()
    await configured.stop()
    assert len(answers) <= 1  # asked once, by however many
