"""Partitions that not everybody may use: what is said of them is what Slurm does; ``auto`` avoids them."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from ..slurm.handle import Slurm
from .conftest import OPTIONS, Api, LauncherNeverReady
from .test_rest_api import conforms

pytestmark = pytest.mark.timeout(360)

PARTITIONS = {
    "root": "RootOnly=YES",
    "reserved": "ReqResv=YES",
    "owners": "DenyAccounts=physics",
    "chemists": "AllowAccounts=chemistry",
    "highly": "AllowQos=high",
    "nobody": "MaxNodes=0",
    "thin": "MaxMemPerNode=500",
    "narrow": "MaxCPUsPerNode=1",
    "brief": "MaxTime=5",
    "drained": "State=DRAIN",
    "elsewhere": "AllocNodes=login-of-another-site",
}
REFUSED_IN_ANY_CASE = {"reserved", "drained"}
DOUBTFUL = {"elsewhere"}
TAKEN = {"root"}
"""By Slurm's own user, who is the lab's and may do what root may."""
JOB = {**OPTIONS, "cores": 2, "memory": "600 MiB", "walltime": 600, "qos": "normal"}


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


@pytest.fixture(params=["ALL", "NO"])
def lab(
    slurm_with: Callable[..., Slurm],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Slurm:
    monkeypatch.setattr("jupyter_dask_slurm.batch.slurm.accounts.PATIENCE", 60.0)
    monkeypatch.setattr("jupyter_dask_slurm.batch.slurm.site.PATIENCE", 60.0)
    monkeypatch.setattr("jupyter_dask_slurm.clusters.site_cache.PATIENCE", 60.0)
    lab = slurm_with(
        accounts=True,
        AccountingStorageEnforce="associations,limits,qos",
        EnforcePartLimits=request.param,
    )
    for name, rule in PARTITIONS.items():
        lab.run("scontrol", "create", f"PartitionName={name}", "Nodes=n1", rule)
    monkeypatch.setenv("SLURM_CONF", lab.conf)
    return lab


@pytest.fixture
def extension_config(extension_config: dict[str, Any], lab: Slurm) -> dict[str, Any]:
    return {**extension_config, "batch_system": "auto"}


def is_refused(lab: Slurm, script: str) -> bool:
    done = subprocess.run(
        ["sbatch", "-o", "/dev/null"],
        env=lab.environ,
        input=script,
        capture_output=True,
        text=True,
    )
    return done.returncode != 0


async def test_what_is_said_of_partitions_is_what_slurm_does(
    api: Api, lab: Slurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = (await api("GET", "site")).json
    conforms(site, "Site")
    partitions = {partition["name"]: partition for partition in site["partitions"]}
    assert partitions.keys() >= PARTITIONS.keys()
    host = socket.gethostname().partition(".")[0]
    assert partitions["elsewhere"]["may_refuse"] == (
        f"takes jobs from login-of-another-site alone, and this host is {host}"
    )
    assert partitions["root"]["refuses"] is None

    async def preview(**options: Any) -> dict[str, Any]:
        body = {"options": {**JOB, **options}}
        answer: dict[str, Any] = (await api("POST", "job-script", body=body)).json
        conforms(answer, "JobScript")
        return answer

    enforced = "ALL" in lab.run("scontrol", "show", "config").partition("EnforcePartLimits")[2][:20]
    for name in PARTITIONS:
        script = await preview(partition=name)
        refused = is_refused(lab, script["script"])
        doubts = [warning for warning in script["warnings"] if warning["doubtful"]]
        if name in TAKEN:
            assert not refused
            assert not script["problems"] + doubts, name
        elif name in DOUBTFUL:
            assert refused
            assert (script["problems"], len(doubts)) == ([], 1), name
        elif enforced or name in REFUSED_IN_ANY_CASE:
            assert refused, name
            assert len(script["problems"]) == 1, (name, script["problems"])
        else:
            assert not refused, name
            assert (script["problems"], len(doubts)) == ([], 1), name
        if name not in TAKEN:
            both = await preview(partition=f"debug,{name}")
            if both["problems"]:
                assert is_refused(lab, both["script"]), name

    # None of them is in a list, which this Slurm would refuse for it.
    script = await preview(partition="auto")
    assert script["options"]["partition"] == "debug,long,root"
    assert script["problems"] == []
    assert not any(warning["doubtful"] for warning in script["warnings"])
    assert not is_refused(lab, script["script"])
    # Whoever insists gets what Slurm may take.
    created = await api.create(options={**JOB, "partition": "elsewhere"})
    assert created["status"] == "starting"

    # Whoever was refused for what is remembered is not, once an administrator has changed it.
    monkeypatch.setattr("jupyter_dask_slurm.clusters.site_cache.RETRY", -1.0)
    monkeypatch.setattr("jupyter_dask_slurm.clusters.site_cache.RENEWAL_PATIENCE", 60.0)
    for name, change in (("drained", "State=UP"), ("brief", "MaxTime=60")):
        body = {"name": name, "options": {**JOB, "partition": name}}
        if enforced or name in REFUSED_IN_ANY_CASE:
            assert (await api("POST", "clusters", body=body)).status == 400
        lab.run("scontrol", "update", f"PartitionName={name}", change)
        assert (await api("POST", "clusters", body=body)).status == 201, name
