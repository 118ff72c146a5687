"""A script is rendered once: what a form shows is what its cluster's jobs are submitted with."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from jupyter_dask_slurm.batch.slurm.script import stamp
from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory, Ended
from jupyter_dask_slurm.job_script.client import Renderer
from jupyter_dask_slurm.model.cluster import utc_now
from jupyter_dask_slurm.model.template import Template

from .conftest import OPTIONS, Api, LauncherNeverReady
from .test_restart import record

ADDRESS = "tls://10.0.0.1:4321"
LOOKS_OPEN = "export A='[cluster]/key.pem' B=tls://[scheduler] C='[id]' address key.pem"
FIRST: dict[str, Any] = {
    "shebang": "#!/bin/bash -l",
    "worker-command": "dask_cuda.cli worker",
    "job-mem": "1000M",
    "job-cpu": 2,
    "job-script-prologue": ["module load first", LOOKS_OPEN],
    "job-extra-directives": ["--constraint=first"],
    "worker-extra-args": ["--resources 'address=1 [cluster]=2'"],
    "scheduler-options": {"host": "first", "port": 4001},
}
LATER: dict[str, Any] = {
    "shebang": "#!/bin/zsh",
    "worker-command": "other.worker",
    "job-mem": "1800M",
    "job-cpu": 1,
    "job-script-prologue": ["module load later"],
    "job-extra-directives": ["--constraint=later"],
    "worker-extra-args": ["--resources LATER=1"],
    "job-directives-skip": ["-n"],
    "scheduler-options": {"host": "later", "port": 4002},
}
BODY: dict[str, Any] = {
    "name": "blue-otter",
    "options": {**OPTIONS, "job_script_prologue": [LOOKS_OPEN]},
    "scaling": {"jobs": 2},
}


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], None]:
    """Writes dask's configuration, which begins as `FIRST`."""
    file = tmp_path / "dask" / "site.yaml"
    file.parent.mkdir()
    monkeypatch.setenv("DASK_CONFIG", str(file.parent))

    def write(section: dict[str, Any]) -> None:
        file.write_text(yaml.safe_dump({"jobqueue": {"slurm": section}}))

    write(FIRST)
    return write


def kept(state_dir: Path, cluster: dict[str, Any]) -> Template:
    template = ClusterDirectory(state_dir / cluster["id"]).template()
    assert template is not None
    return template


def submitted(state_dir: Path, cluster: dict[str, Any], jobs: int) -> str:
    """The script as the batch system gets it from the cluster's controller."""
    directory = ClusterDirectory(state_dir / cluster["id"])
    return stamp(
        kept(state_dir, cluster).filled(str(directory.path), ADDRESS),
        name=f"{cluster['name']}-{cluster['id']}-1",
        count=jobs,
        log_directory=directory.job_logs,
    )


def assert_the_same(shown: dict[str, Any], script: str, directory: Path) -> None:
    """That nothing differs but what belongs to the one cluster: name, array, log, address, files."""
    assert shown["problems"] == []
    for line, text in zip(shown["lines"], script.splitlines(), strict=True):
        if line["from"] in ("name", "scaling", "log_directory"):
            assert text.split()[:2] == line["text"].split()[:2] or line["from"] == "scaling"
        elif line["from"] == "cluster":
            expected = line["text"].replace("[cluster]", str(directory))
            assert text == expected.replace("tls://[scheduler]", ADDRESS)
        else:
            assert text == line["text"]


@pytest.mark.usefixtures("site")
async def test_what_is_submitted_is_what_was_shown(api: Api, state_dir: Path) -> None:
    shown = (await api("POST", "job-script", body=BODY)).json
    cluster = await api.create(**BODY)
    script = submitted(state_dir, cluster, 2)
    assert_the_same(shown, script, state_dir / cluster["id"])
    assert script.count(LOOKS_OPEN) == 2, "the site's and the user's"
    assert "--resources 'address=1 [cluster]=2'" in script
    assert script.startswith("#!/bin/bash -l\n")
    assert "#SBATCH --mem=1000M\n#SBATCH -t" in script
    assert "#SBATCH --cpus-per-task=2\n" in script
    assert "-m dask_cuda.cli worker " in script
    assert kept(state_dir, cluster).scheduler_host == "first"


async def test_the_configuration_may_change_after_a_form_was_filled_in(
    api: Api, state_dir: Path, site: Callable[[dict[str, Any]], None]
) -> None:
    shown = (await api("POST", "job-script", body=BODY)).json
    site(LATER)
    cluster = await api.create(**BODY)
    assert_the_same(shown, submitted(state_dir, cluster, 2), state_dir / cluster["id"])
    assert cluster["options"] == shown["options"]
    template = kept(state_dir, cluster)
    assert (template.scheduler_host, template.scheduler_port) == ("first", 4001)
    # It counts from the next one on, for which no form shows anything.
    cluster = await api.create(**{**BODY, "name": "grey-heron"})
    assert "module load later" in submitted(state_dir, cluster, 2)
    assert kept(state_dir, cluster).scheduler_port == 4002


@pytest.mark.parametrize(
    "shown",
    [
        {"options": {**OPTIONS, "cores": 2}},
        {"options": {**BODY["options"], "job_script_prologue": ["true"]}},
        {"scaling": {"jobs": 20_000}},  # which is too many: nothing of it may be created
    ],
)
async def test_another_clusters_script_is_not_taken(
    api: Api,
    state_dir: Path,
    site: Callable[[dict[str, Any]], None],
    shown: dict[str, Any],
) -> None:
    assert (await api("POST", "job-script", body={**BODY, **shown})).status == 200
    site(LATER)
    cluster = await api.create(**BODY)
    script = submitted(state_dir, cluster, 2)
    assert "module load later" in script
    assert "module load first" not in script


@pytest.mark.usefixtures("site")
async def test_what_a_form_showed_is_checked_again(api: Api) -> None:
    await api("POST", "job-script", body=BODY)
    answer = await api("POST", "clusters", body={**BODY, "scaling": {"jobs": 20_000}})
    assert answer.status == 400
    assert [problem["field"] for problem in answer.json["problems"]] == ["scaling.jobs"]


async def test_a_cluster_is_created_with_one_question_to_the_renderer_or_none(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    ask = Renderer._ask

    async def counted(self: Renderer, request: dict[str, Any]) -> Any:
        asked.append(request["op"])
        return await ask(self, request)

    monkeypatch.setattr(Renderer, "_ask", counted)
    await api.create(**BODY)
    assert asked == ["render"]
    await api("POST", "job-script", body=BODY)
    await api.create(**{**BODY, "name": "grey-heron"})
    assert asked == ["render"] * 2


@pytest.mark.usefixtures("site")
async def test_the_file_is_private_and_holds_nothing_of_the_one_cluster(
    api: Api, state_dir: Path
) -> None:
    cluster = await api.create(**BODY)
    file = ClusterDirectory(state_dir / cluster["id"]).template_file
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert cluster["id"] not in file.read_text()
    assert "blue-otter" not in file.read_text()


# -- start again ---------------------------------------------------------------------------------


async def ended(api: Api, state_dir: Path, cluster: dict[str, Any]) -> ClusterDirectory:
    """That cluster, after it has come to an end."""
    directory = ClusterDirectory(state_dir / cluster["id"])
    before = directory.record()
    assert before is not None
    other = record(state_dir, "aaaaaaaa", name=before.name, options=before.options)
    template = directory.template()
    assert template is not None
    other.write(template)
    other.write(Ended("idle", "Nobody used it.", utc_now()))
    return other


async def test_it_is_started_again_with_its_script_whatever_the_configuration_says(
    api: Api,
    state_dir: Path,
    site: Callable[[dict[str, Any]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = await api.create(**BODY)
    old = await ended(api, state_dir, first)
    template = old.template()
    site(LATER)

    async def must_not(self: Renderer, request: Any) -> Any:
        raise AssertionError(request)

    monkeypatch.setattr(Renderer, "_ask", must_not)
    await api.wait({"id": "aaaaaaaa"}, lambda c: c["status"] == "failed")
    again = (await api("POST", "clusters", "aaaaaaaa", "start-again")).json
    assert again["options"] == first["options"]
    assert kept(state_dir, again) == template
    assert again["id"] in submitted(state_dir, again, 1)
    assert not old.path.exists()


@pytest.mark.parametrize(
    "left", [None, "{ half a", '{"script": [{"text": "#!/bin/sh", "fill": "new"}]}']
)
async def test_one_whose_script_was_not_kept_is_rendered_from_its_options(
    api: Api, state_dir: Path, site: Callable[[dict[str, Any]], None], left: str | None
) -> None:
    """As those of the version before."""
    first = await api.create(**BODY)
    old = await ended(api, state_dir, first)
    old.template_file.unlink()
    if left is not None:
        old.template_file.write_text(left)
    await api.wait({"id": "aaaaaaaa"}, lambda c: c["status"] == "failed")
    again = (await api("POST", "clusters", "aaaaaaaa", "start-again")).json
    assert again["options"] == first["options"], "the site's lines are there twice"
    assert kept(state_dir, again) == kept(state_dir, first)
