"""A site with two Slurm clusters: what REST says of each, and that no job of ours is overlooked in either."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_dask_slurm.model.options import ClusterOptions

from ..slurm.handle import wait_for
from ..slurm.plugin import TwoClusters
from .conftest import OPTIONS, Api, LauncherNeverReady
from .test_on_slurm import DEAD, was_ready
from .test_rest_api import conforms
from .test_restart import record

pytestmark = pytest.mark.timeout(360)


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


@pytest.fixture
def extension_config(extension_config: dict[str, Any], two_clusters: TwoClusters) -> dict[str, Any]:
    return {**extension_config, "batch_system": "auto"}


def names(site: dict[str, Any]) -> set[str]:
    return {partition["name"] for partition in site["partitions"]}


async def test_the_form_is_about_the_cluster_that_is_chosen(api: Api) -> None:
    site = (await api("GET", "site")).json
    conforms(site, "Site")
    assert (site["cluster"], site["slurm_cluster"]) == ("genius", None)
    assert set(site["slurm_clusters"]) == {"genius", "wice"}
    there = (await api("GET", "site", slurm_cluster="wice")).json
    assert (there["cluster"], there["slurm_cluster"]) == ("wice", "wice")
    assert names(there) - names(site) == {"only"}
    assert (await api("GET", "site", slurm_cluster="genius,wice")).status == 400


@pytest.mark.parametrize(
    ("options", "variables", "resolved"),
    [
        ({"slurm_cluster": "wice"}, {}, "wice"),
        ({"job_extra_directives": ["-M wice"]}, {}, "wice"),
        ({}, {"SLURM_CLUSTERS": "wice"}, "wice"),
        ({}, {"SLURM_CLUSTERS": "genius", "SBATCH_CLUSTERS": "wice"}, "wice"),
        ({"slurm_cluster": "wice"}, {"SLURM_CLUSTERS": "genius"}, "wice"),
        ({"slurm_cluster": "genius"}, {}, "genius"),
        ({}, {}, None),
    ],
)
async def test_its_partitions_count_and_its_script_says_which_one_it_is(
    api: Api,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
    variables: dict[str, str],
    resolved: str | None,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    body = {"options": {**OPTIONS, **options, "partition": "only"}}
    script = (await api("POST", "job-script", body=body)).json
    assert script["options"]["slurm_cluster"] == resolved
    if resolved == "wice":
        assert script["problems"] == []
        lines = [line["text"] for line in script["lines"]]
        assert sum("wice" in line for line in lines) == 1
        estimate = (await api("POST", "estimate", body=body)).json
        assert estimate["partition"] == "only"
    else:
        assert [problem["field"] for problem in script["problems"]] == ["partition"]


@pytest.mark.parametrize(
    ("options", "variables", "field", "words"),
    [
        ({"slurm_cluster": "genius,wice"}, {}, "slurm_cluster", "one cluster"),
        ({"slurm_cluster": "all"}, {}, "slurm_cluster", "one cluster"),
        ({"job_extra_directives": ["-M genius,wice"]}, {}, "job_extra_directives", "--clusters="),
        ({}, {"SLURM_CLUSTERS": "genius,wice"}, "slurm_cluster", "SLURM_CLUSTERS=genius,wice: "),
        ({"slurm_cluster": "nowhere"}, {}, "slurm_cluster", "known by database"),
    ],
)
async def test_what_is_no_cluster_or_several_is_refused_at_its_field(
    api: Api,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
    variables: dict[str, str],
    field: str,
    words: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    answer = await api("POST", "clusters", body={"options": {**OPTIONS, **options}})
    assert answer.status == 400
    (problem,) = answer.json["problems"]
    assert problem["field"] == field
    assert words in problem["message"]


async def test_what_is_left_in_the_other_is_found_and_cancelled(
    state_dir: Any, two_clusters: TwoClusters, api: Api
) -> None:
    there = ClusterOptions(slurm_cluster="wice")
    was_ready(record(state_dir, "aaaaaaaa", batch_system="slurm", owner=DEAD, options=there))
    for slurm, cluster_id in (
        (two_clusters.wice, "aaaaaaaa"),
        (two_clusters.genius, "bbbbbbbb"),
        (two_clusters.wice, "cccccccc"),
    ):
        logs = state_dir / cluster_id / "jobs"
        logs.mkdir(parents=True, exist_ok=True)
        argv = ("sbatch", "-J", f"n-{cluster_id}-1", "-o", f"{logs}/%j.log")
        slurm.run(*argv, "--wrap", "sleep 300")
    # Its controller is dead: what it left is cancelled where it is.
    cluster = await api.wait(
        {"id": "aaaaaaaa"},
        lambda c: c["status"] == "failed" and "were cancelled" in c["problems"][0]["message"],
    )
    wait_for(lambda: two_clusters.wice.job_names() == ["n-cccccccc-1"])
    orphans = (await api("GET", "orphans")).json
    for orphan in orphans:
        conforms(orphan, "Orphan")
    found = {orphan["cluster_id"]: orphan["slurm_cluster"] for orphan in orphans}
    assert found == {"bbbbbbbb": None, "cccccccc": "wice"}
    assert (await api("DELETE", "orphans")).status == 204
    wait_for(lambda: [s for s in two_clusters if s.job_names()] == [])
    assert (await api("DELETE", "clusters", cluster["id"])).status == 204


async def test_an_end_by_force_reaches_the_other(
    state_dir: Any, two_clusters: TwoClusters, api: Api
) -> None:
    cluster = await api.create(options={"slurm_cluster": "wice", "partition": "only"})
    name = f"{cluster['name']}-{cluster['id']}-1"
    two_clusters.wice.run("sbatch", "-J", name, "-o", "/dev/null", "--wrap", "sleep 300")
    assert (await api("DELETE", "clusters", cluster["id"], force="1")).status == 204
    wait_for(lambda: two_clusters.wice.job_names() == [])
