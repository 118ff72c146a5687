"""What the administrator's function makes of a request is what the form shows, and what is created."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import OPTIONS, Api, LauncherNeverReady

HOOK = """
def check(options, user):
    if options.get("qos") == "high":
        raise ValueError("qos", "not before 18:00")
    if options.get("qos") == "broken":
        raise RuntimeError("no database")
    return {**options, "partition": "small"}
"""

pytestmark = pytest.mark.usefixtures("unknown_site")


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


@pytest.fixture
def extension_config(
    state_dir: Path, tmp_path: Path, jp_environ: None, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "site_hook.py").write_text(HOOK)
    monkeypatch.setenv("PYTHONPATH", str(modules))
    return {
        "state_dir": str(state_dir),
        "batch_system": "slurm",
        "policy_hook": "site_hook:check",
        "policy": {"max_cores": 2},
    }


async def test_it_is_asked_by_the_form_and_by_whatever_creates(api: Api) -> None:
    shown = (await api("POST", "job-script", body={"options": OPTIONS})).json
    assert (shown["problems"], shown["options"]["partition"]) == ([], "small")
    assert "#SBATCH -p small" in shown["script"]
    cluster = await api.create()
    assert cluster["options"]["partition"] == "small"
    problems = [{"field": "qos", "message": "not before 18:00"}]
    for path in ("job-script", "clusters"):
        answer = await api("POST", path, body={"options": {**OPTIONS, "qos": "high"}})
        said = [{k: p[k] for k in ("field", "message")} for p in answer.json["problems"]]
        assert said == problems
    answer = await api("POST", "clusters", body={"options": {**OPTIONS, "qos": "broken"}})
    assert (answer.status, "no database" in answer.json["message"]) == (503, True)
    answer = await api("POST", "clusters", body={"options": {**OPTIONS, "cores": 3}})
    assert answer.json["problems"][0]["field"] == "cores"  # the policy holds beside it
