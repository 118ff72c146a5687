"""A site with GPUs and accounting: what REST says of it, and that Slurm agrees with what is refused."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ..slurm.handle import Slurm
from .conftest import OPTIONS, Api, LauncherNeverReady
from .test_rest_api import conforms

pytestmark = pytest.mark.timeout(360)

ENFORCED = "associations,limits,qos"


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


@pytest.fixture
def lab(slurm_with: Callable[..., Slurm], monkeypatch: pytest.MonkeyPatch) -> Slurm:
    # As much as one has to wait for a database on a busy machine.
    monkeypatch.setattr("jupyter_dask_slurm.batch.slurm.accounts.PATIENCE", 60.0)
    monkeypatch.setattr("jupyter_dask_slurm.batch.slurm.site.PATIENCE", 60.0)
    monkeypatch.setattr("jupyter_dask_slurm.clusters.site_cache.PATIENCE", 60.0)
    lab = slurm_with(accounts=True, gpus=2, AccountingStorageEnforce=ENFORCED)
    lab.run("sacctmgr", "-i", "modify", "qos", "high", "set", "MaxSubmitJobsPerUser=4")
    lab.run("sacctmgr", "-i", "modify", "account", "chemistry", "set", "GrpTRES=cpu=3")
    monkeypatch.setenv("SLURM_CONF", lab.conf)
    return lab


@pytest.fixture
def extension_config(extension_config: dict[str, Any], lab: Slurm) -> dict[str, Any]:
    return {**extension_config, "batch_system": "auto"}


def refusal(lab: Slurm, script: str) -> str:
    """What Slurm says to that script, were it submitted; empty when it takes it."""
    done = subprocess.run(
        ["sbatch", "--test-only"], env=lab.environ, input=script, capture_output=True, text=True
    )
    return done.stderr if done.returncode else ""


async def test_a_site_with_gpus_and_accounts(api: Api, lab: Slurm, tmp_path: Path) -> None:
    site = (await api("GET", "site")).json
    conforms(site, "Site")
    assert (site["default_account"], set(site["qos"])) == ("physics", {"normal", "high"})
    assert {"physics", "chemistry"} <= set(site["accounts"])
    assert site["qos_limits"]["high"] == {
        "max_walltime": 3600,
        "max_cores": 8,
        "max_memory": 16 * 1024**3,
        "max_gpus": 1,
        "overrides_partition": True,
        "overrides_partition_qos": False,
        "refuses": False,
        "at_once": {"MaxSubmitPU": 4},
        "limit_factor": None,
    }
    gpu = next(partition for partition in site["partitions"] if partition["name"] == "gpu")
    assert gpu["gpus"] == [{"type": None, "per_node": 2, "total": 2, "idle": 2}]

    async def preview(jobs: int = 0, **options: Any) -> dict[str, Any]:
        body = {"options": {**OPTIONS, **options}, "scaling": {"jobs": jobs}}
        answer: dict[str, Any] = (await api("POST", "job-script", body=body)).json
        return answer

    for options, field in [
        ({"account": "biology"}, "account"),
        ({"qos": "turbo"}, "qos"),
        ({"gres": "gpu:3"}, "gres"),
        ({"gres": "gpu:3", "partition": "auto"}, "gres"),
        ({"gres": "gpu:a100:1", "partition": "gpu"}, "gres"),
        ({"cores": 17}, "cores"),
    ]:
        script = await preview(**options)
        assert [problem["field"] for problem in script["problems"]] == [field], options
        assert refusal(lab, script["script"]), options

    # What exceeds the limits of a QOS is taken, and waits for ever.
    for options, field in [
        ({"qos": "high", "cores": 9}, "cores"),
        ({"qos": "high", "partition": "gpu", "gres": "gpu:2"}, "gres"),
    ]:
        script = await preview(**options)
        assert script["problems"] == []
        doubts = [warning["field"] for warning in script["warnings"] if warning["doubtful"]]
        assert doubts == [field], options
        assert not refusal(lab, script["script"]), options

    for options in (
        {"account": "chemistry", "qos": "high"},
        # A QOS that lifts the partition's limit of half an hour.
        {"qos": "high", "partition": "debug", "walltime": "00:50:00"},
        {"gres": "gpu:2", "partition": "gpu"},
        {"gres": "gpu:1", "partition": "auto"},
        {"partition": "auto"},
    ):
        script = await preview(**options)
        assert script["problems"] == [], options
        assert not refusal(lab, script["script"]), options

    # Limits on all jobs together are said, and refuse none.
    for options, jobs, message in (
        ({"qos": "high"}, 4, "your QOS high allows 4 submitted jobs"),
        ({"job_extra_directives": ["--qos=high"]}, 4, "your QOS high allows 4 submitted jobs"),
        (
            *({"account": "chemistry"}, 3),
            "your account chemistry allows 3 cores at once, of all its users together: 3 such jobs",
        ),
    ):
        script = await preview(jobs=5, **options)
        assert script["job_limit"] == {"jobs": jobs, "message": message}
        assert script["problems"] == []
        assert [(w["field"], w["doubtful"]) for w in script["warnings"]] == [
            ("scaling.jobs", False)
        ]
    assert (await preview(jobs=5))["job_limit"] is None
    body = {"options": {**OPTIONS, "qos": "high"}, "scaling": {"jobs": 5}}
    cluster = (await api("POST", "clusters", body=body)).json
    path = f"clusters/{cluster['id']}"
    while cluster["job_limit"] is None:  # its script is read beside
        cluster = (await api("GET", path)).json
    assert cluster["job_limit"]["jobs"] == 4
    conforms(cluster, "Cluster")
    body = {"scaling": {"jobs": 6}}
    changed = (await api("PATCH", path, body=body)).json
    assert (changed["scaling"], changed["job_limit"]["jobs"]) == ({"jobs": 6}, 4)
    await api("DELETE", path, force="1")

    body = {"options": {**OPTIONS, "gres": "gpu:2", "partition": "gpu"}}
    estimate = (await api("POST", "estimate", body=body)).json
    assert (estimate["node"], estimate["partition"]) == ("n1", "gpu")
    assert estimate["estimated_start"]

    await exported_python_brings_a_worker(await preview(gres="gpu:1", partition="auto"), tmp_path)


async def exported_python_brings_a_worker(script: dict[str, Any], tmp_path: Path) -> None:
    """In a process of its own, as a notebook's kernel is, with Slurm beneath."""
    text = script["exports"]["python"].replace("jobs=0", "jobs=1")
    # As all tests, on loopback: also the pages of the scheduler.
    text = text.replace(
        "security=True", 'security=True, scheduler_options={"dashboard_address": ":0"}'
    )
    text += "client = cluster.get_client()\nclient.wait_for_workers(1, timeout=60)\n"
    text += "print(client.submit(sum, [1, 2]).result())\nclient.close()\ncluster.close()\n"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        text,
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert out == b"3\n", err.decode()
