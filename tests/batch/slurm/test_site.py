"""What a real Slurm says of GPUs, accounts and QOS, and how little it is asked for that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_dask_slurm.batch.site import Accounts, Association, Gpus, Partition, QosLimits
from jupyter_dask_slurm.batch.slurm import accounts, system
from jupyter_dask_slurm.batch.slurm import site as site_module
from jupyter_dask_slurm.batch.slurm.system import SlurmBatchSystem

from ...slurm.commands import RecordedCommands
from ...slurm.handle import Slurm, wait_for

GIB = 1024**3


async def partition(batch: SlurmBatchSystem, name: str) -> Partition:
    (found,) = (p for p in (await batch.site()).partitions if p.name == name)
    return found


async def test_gpus_and_accounts_are_known_and_seldom_asked_for(
    slurm_with: Callable[..., Slurm], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One lab for all of it: a database takes seconds to make."""
    # Until the question is answered, however busy this machine is.
    monkeypatch.setattr(accounts, "PATIENCE", 60.0)
    monkeypatch.setattr(site_module, "PATIENCE", 60.0)
    slurm = slurm_with(accounts=True, gpus=2, AccountingStorageEnforce="associations,limits,qos")
    commands = RecordedCommands(tmp_path, slurm)
    batch = SlurmBatchSystem(tmp_path / "registry", commands.environ)
    site = await batch.site()
    assert sorted(commands.seen()) == [*["sacctmgr"] * 4, *["scontrol"] * 2, *["sinfo"] * 2]
    assert site.accounts == Accounts(
        accounts=site.accounts.accounts,
        default_account="physics",
        qos=site.accounts.qos,
        default_qos="normal",
        qos_limits={
            "normal": QosLimits(),
            "high": QosLimits(3600, 8, 16 * GIB, 1, overrides_partition=True),
        },
        accounts_enforced=True,
        qos_enforced=True,
        associations=site.accounts.associations,
        clusters=("lab",),
    )
    assert set(site.accounts.associations) >= {
        Association("physics", own=True, default_qos="normal"),
        Association("physics", own=False, parent="root"),
        Association("root", own=False),
    }
    assert {"physics", "chemistry"} <= set(site.accounts.accounts)
    assert set(site.accounts.qos) == {"normal", "high"}
    by_name = {p.name: p for p in site.partitions}
    assert by_name["gpu"].gpus == by_name["debug"].gpus == (Gpus(None, 2, 2, 2),)
    assert by_name["broken"].gpus == ()
    assert by_name["broken"].gpus_per_node == 0

    slurm.run("sbatch", "-p", "gpu", "--gres=gpu:1", "-o", "/dev/null", "--wrap", "sleep 300")
    wait_for(lambda: slurm.run("squeue", "-h", "-t", "RUNNING"))
    assert (await partition(batch, "gpu")).gpus == (Gpus(None, 2, 2, 1),)
    slurm.run("scontrol", "update", "PartitionName=gpu", "AllowAccounts=physics", "AllowQos=high")
    slurm.run("scontrol", "update", "NodeName=n1", "State=DOWN", "Reason=test")
    assert commands.seen() == ["sinfo"]
    down = await partition(batch, "gpu")
    assert (down.available, down.gpus) == (False, (Gpus(None, 2, 2, 0),))
    # Remembered: asked again when something went wrong, or after minutes.
    assert (down.accounts, down.qos) == (None, None)
    other = SlurmBatchSystem(tmp_path / "registry", commands.environ)
    renewed = await partition(other, "gpu")
    assert (renewed.accounts, renewed.qos) == (("physics",), ("high",))

    # Of five jobs the limit of a QOS lets four be: so many are submitted.
    slurm.cancel_all()
    limit = ["modify", "qos", "normal", "set", "MaxSubmitJobsPerUser=4"]
    slurm.run("sacctmgr", "-i", *limit)
    told = ["show", "assoc_mgr", "flags=qos", "qos=normal"]
    wait_for(lambda: "MaxSubmitJobsPU=4" in slurm.run("scontrol", "-o", *told))
    script = "#!/bin/sh\n#SBATCH -p long --mem=100M\nsleep 300\n"
    submission = await batch.submit(script, name="five", count=5, log_directory=tmp_path / "logs")
    assert len(submission.ids) == 4
    assert str(submission.error).startswith(
        "4 of 5 jobs were accepted, and then: sbatch: error: QOS"
    )

    # slurmdbd goes away: what was known stays, a new process knows nothing, and neither is delayed.
    monkeypatch.setattr(accounts, "ACCOUNTS_LAST", 0.0)
    slurm.stop_accounting()
    third = SlurmBatchSystem(tmp_path / "registry", commands.environ)
    assert (await third.site()).accounts == Accounts()
    commands.seen()
    assert (await third.site()).accounts == Accounts()
    assert commands.seen() == ["sinfo"]  # not again so soon
    assert (await batch.site()).accounts == site.accounts
    for each in (batch, other, third):
        await each.stop()


async def test_a_slurmdbd_that_does_not_answer_does_not_keep_the_site_waiting(
    slurm: Slurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stands in for sacctmgr: a real slurmdbd that hangs would have to be waited for."""
    monkeypatch.setattr(system, "_LIMIT", 600.0)
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    for name, line in (
        ("sacctmgr", f"touch '{tmp_path}/asked'; exec sleep 600"),
        ("scontrol", 'PATH="${PATH#*:}"; scontrol "$@" | sed s,storage/none,storage/slurmdbd,'),
    ):
        (bin_ / name).write_text(f"#!/bin/sh\n{line}\n")
        (bin_ / name).chmod(0o755)
    environ = {**slurm.environ, "PATH": f"{bin_}:{slurm.environ['PATH']}"}
    batch = SlurmBatchSystem(tmp_path / "registry", environ)
    site = await batch.site()  # which would take the ten minutes that sacctmgr sleeps
    assert site.accounts == Accounts()
    assert [p.name for p in site.partitions] == ["debug", "long", "broken"]
    await asyncio.to_thread(wait_for, (tmp_path / "asked").exists)
    await batch.stop()


async def test_without_accounting_no_accounts_are_asked_for(slurm: Slurm, tmp_path: Path) -> None:
    commands = RecordedCommands(tmp_path, slurm)
    batch = SlurmBatchSystem(tmp_path / "registry", commands.environ)
    assert (await batch.site()).accounts == Accounts()
    assert "sacctmgr" not in commands.seen()
    await batch.stop()
