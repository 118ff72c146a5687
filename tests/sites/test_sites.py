"""The way of a scientist through every site: look, create, scale, compute, scale down, stop."""

from __future__ import annotations

import json
import time
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm import connect
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory

from ..slurm.commands import RecordedCommands
from ..slurm.handle import Slurm, is_installed, running_slurm
from ..support.clusters import PATIENCE, left_of, wait_for
from ..support.jupyter import OPTIONS, Server
from ..support.processes import children, kill_all, lives, process_of
from .site import Site
from .zoo import SITES

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(360)]


@pytest.fixture(params=SITES, ids=lambda site: site.name)
def site(request: pytest.FixtureRequest) -> Site:
    made: Site = request.param
    return made


@pytest.fixture
def slurm(
    site: Site, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Slurm]:
    if site.one_of_two:
        yield request.getfixturevalue("two_clusters").wice
        return
    if not is_installed(accounting=site.slurm.accounting or site.slurm.accounts):
        pytest.skip("Slurm, munge, slurmdbd or MariaDB are not installed here")
    with running_slurm(site.slurm) as slurm:
        monkeypatch.setenv("SLURM_CONF", slurm.conf)
        for argv in site.setup:
            slurm.run(*argv)
        yield slurm


@pytest.fixture
def commands(
    site: Site, slurm: Slurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> RecordedCommands:
    """What is run of Slurm's, through what stands in for it at this site."""
    directory = site.install(tmp_path / "site")
    monkeypatch.setenv("PATH", f"{directory}:{slurm.environ['PATH']}")
    monkeypatch.setenv("DASK_CONFIG", str(directory))
    commands = RecordedCommands(tmp_path, slurm)
    monkeypatch.setenv("PATH", commands.environ["PATH"])
    for name, value in site.environ.items():
        monkeypatch.setenv(name, value)
    return commands


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def server(
    site: Site, commands: RecordedCommands, state_dir: Path, tmp_path: Path
) -> Iterator[Server]:
    traits = {**site.traits, "state_dir": str(state_dir), "batch_system": "slurm"}
    server = Server(tmp_path, traits)
    yield server
    server.end()
    kill_all(left_of(state_dir))


def test_a_cluster_at_every_site(
    site: Site, slurm: Slurm, commands: RecordedCommands, server: Server, state_dir: Path
) -> None:
    began = time.monotonic()
    options = {**OPTIONS, **site.options}
    if site.own_logs:
        options["log_directory"] = str(state_dir.with_name("logs"))
    offered = server("GET", "site")
    unseen = {part["what"]: part["message"] for part in offered["unseen"]}
    if offered["problem"]:
        unseen[offered["problem"]["code"]] = offered["problem"]["message"]
    for what, why in site.unseen.items():
        assert why in unseen.get(what, ""), unseen
    form = server("POST", "job-script", {"options": options})
    if site.job_limit is not None:
        form = wait_for("the limit on jobs", lambda: with_limit(server, options))
        assert form["job_limit"]["message"] == site.job_limit
    assert words(form["problems"], site.problems) == dict(site.problems)
    assert words(form["warnings"], site.warnings) == dict(site.warnings)
    if site.script_lacks:
        assert site.script_lacks not in form["script"]
    if site.problems:
        with pytest.raises(urllib.error.HTTPError, match="400"):
            server("POST", "clusters", {"options": options})
        assert "sbatch" not in commands.seen()
        return

    assert site.limits.items() <= offered["limits"].items()
    for field, asked in site.refused.items():
        if "idle_timeout" not in asked:
            asked = {**asked, "options": {**options, **asked.get("options", {})}}
            assert field in refused(server, "POST", "clusters", asked)
    assert "sbatch" not in commands.seen()

    body = {"options": options, "scaling": {"jobs": 1}}
    path = f"clusters/{server('POST', 'clusters', body)['id']}"

    def until(what: str, condition: Any) -> Any:
        def met() -> Any:
            cluster = server("GET", path)
            assert cluster["status"] in ("starting", "running"), cluster
            return condition(cluster) and cluster

        return wait_for(what, met)

    # Both start side by side: half of the time goes by with Python's imports.
    until("the first job", lambda c: c["jobs"]["pending"] + c["jobs"]["running"])
    for field, asked in site.refused.items():
        if "options" not in asked:
            assert field in refused(server, "PATCH", path, asked)
    server("PATCH", path, {"scaling": {"jobs": 2}})
    until(
        "the second job, and the words of the card",
        lambda c: (
            c["jobs"]["connected"] == site.connected
            and c["cpus"] == site.cpus * site.connected
            and (c["job_limit"] or {}).get("message") == site.job_limit
            and words(c["problems"], site.card, "code") == dict(site.card)
        ),
    )
    if site.connected:
        with connect(path.partition("/")[2], state_dir=state_dir) as client:
            assert client.submit(sum, [1, 2]).result(timeout=PATIENCE) == 3
    server("PATCH", path, {"scaling": {"jobs": 1}})
    wait_for("one job", lambda: len(slurm.live_jobs()) == 1)
    if site.controller_killed:
        connection = ClusterDirectory(state_dir / path.partition("/")[2]).connection()
        assert connection is not None
        controller = process_of(connection.owner)
        orphaned = children(controller)
        controller.kill()
        wait_for("its end", lambda: server("GET", path)["status"] == "failed")
        # The watchdog looks for jobs as well, and would go on for an hour without this Slurm.
        wait_for("the end of its children", lambda: not any(map(lives, orphaned)))
    server("DELETE", path)
    wait_for("nothing left in Slurm", lambda: not slurm.live_jobs())
    wait_for("no cluster", lambda: server("GET", "clusters") == [])
    assert not list(state_dir.glob("[0-9a-f]*"))

    seen = commands.seen()
    assert 1 <= seen.count("sbatch") <= site.most_submissions
    assert seen.count("scancel") <= 4
    # Nobody is asked more often than a person could look.
    assert len(seen) < 20 + 2 * (time.monotonic() - began)


def refused(server: Server, method: str, path: str, body: dict[str, Any]) -> set[str]:
    """The fields at fault of what is refused."""
    with pytest.raises(urllib.error.HTTPError, match="400") as error:
        server(method, path, body)
    with error.value as answer:
        return {problem["field"] for problem in json.load(answer)["problems"]}


def with_limit(server: Server, options: dict[str, Any]) -> dict[str, Any] | None:
    server("GET", "site")
    form: dict[str, Any] = server("POST", "job-script", {"options": options})
    return form if form["job_limit"] else None


def words(findings: list[dict[str, Any]], expected: Any, key: str = "field") -> dict[str, str]:
    """What is said, by ``key``: the expected words where they are among it, and else all of it."""
    said = {finding[key]: finding["message"] for finding in findings}
    return {
        name: expected[name] if expected.get(name, "\0") in text else text
        for name, text in said.items()
    }
