"""A Slurm that hides a part of itself, or is slow with it: what is known, and why the rest is not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_dask_slurm.batch.errors import (
    BatchError,
    BatchRefused,
    CommandFailed,
    CommandTimeout,
    SlurmctldSilent,
)
from jupyter_dask_slurm.batch.site import Unseen
from jupyter_dask_slurm.batch.slurm import accounts as accounts_module
from jupyter_dask_slurm.batch.slurm import site as site_module
from jupyter_dask_slurm.batch.slurm.access import Submitter
from jupyter_dask_slurm.batch.slurm.parse import SEPARATOR
from jupyter_dask_slurm.batch.slurm.site import SlurmSite
from jupyter_dask_slurm.batch.slurm.system import SlurmBatchSystem

from ...slurm.handle import Slurm

ROW = "debug|0/16/0/16|16|64000|1|(null)|gpu:0|idle|2"
NODES = "".join(value + SEPARATOR for value in ROW.split("|")) + "\n"
PARTITIONS = "PartitionName=debug Default=YES MaxTime=00:30:00 State=UP TotalCPUs=16 TotalNodes=1\n"
CONFIGURATION = "ClusterName = lab\nMaxArraySize = 1001\nEnforcePartLimits = ALL\n"
ACCOUNTED = f"{CONFIGURATION}AccountingStorageType = accounting_storage/slurmdbd\n"
DENIED = "Access/permission denied"

Answer = str | BatchError | None


class SlurmInPieces:
    """Stands in for the commands. An answer of None never comes."""

    def __init__(self, **answers: Answer) -> None:
        self.answers: dict[str, Answer] = {
            "nodes": NODES,
            "partitions": PARTITIONS,
            "configuration": CONFIGURATION,
            "version": "slurm-wlm 22.05.8",
            "accounts": "",
            **answers,
        }
        self.asked: list[str] = []

    async def __call__(self, *argv: str) -> str:
        kind = {
            "sinfo": "version" if "--version" in argv else "nodes",
            "scontrol": "partitions" if "partition" in argv else "configuration",
            "sacctmgr": "accounts",
        }[argv[0]]
        self.asked.append(kind)
        answer = self.answers[kind]
        if answer is None:
            await asyncio.Event().wait()
        if isinstance(answer, BatchError):
            raise answer
        assert isinstance(answer, str)
        return answer


def denied(command: str) -> BatchError:
    return CommandFailed([command], 1, f"slurm_load_{command}: {DENIED}")


@pytest.fixture(autouse=True)
def patience(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Short, but for a real Slurm on a busy machine."""
    seconds = 60.0 if "slurm" in request.fixturenames else 0.05
    monkeypatch.setattr(site_module, "PATIENCE", seconds)
    monkeypatch.setattr(accounts_module, "PATIENCE", seconds)


async def test_nodes_that_are_hidden_leave_the_partitions() -> None:
    slurm = SlurmInPieces(nodes=denied("sinfo"))
    site = SlurmSite("slurm", slurm)
    for _ in range(2):
        found = await site.site()
        (partition,) = found.partitions
        assert (partition.max_walltime, partition.total_cores) == (1800, 16)
        assert (partition.cores_per_node, partition.memory_per_node) == (None, None)
        assert found.enforce_part_limits == "ALL"
        reason = f"slurm_load_sinfo: {DENIED}"
        assert found.unseen == (Unseen("nodes", reason, refused=True),)
    # What is shown after all is taken.
    slurm.answers["nodes"] = NODES
    found = await site.site()
    assert found.partitions[0].cores_per_node == 16
    assert found.unseen == ()
    await site.stop()


async def test_partitions_that_are_hidden_leave_what_the_nodes_tell() -> None:
    site = SlurmSite("slurm", SlurmInPieces(partitions=denied("scontrol")))
    found = await site.site()
    (partition,) = found.partitions
    assert (partition.name, partition.cores_per_node, partition.max_walltime) == ("debug", 16, None)
    assert [unseen.what for unseen in found.unseen] == ["partitions"]
    await site.stop()


async def test_where_partitions_and_nodes_are_hidden_the_rest_is_known() -> None:
    """PrivateData=partitions."""
    slurm = SlurmInPieces(partitions=denied("scontrol"), nodes=denied("sinfo"))
    site = SlurmSite("slurm", slurm)
    for _ in range(2):
        found = await site.site()
        assert (found.version, found.cluster, found.max_array_size) == ("22.05.8", "lab", 1001)
        assert found.partitions == ()
        assert [unseen.what for unseen in found.unseen] == ["partitions", "nodes"]
    await site.stop()


async def test_a_configuration_that_is_hidden_keeps_no_job_from_being_submitted() -> None:
    site = SlurmSite("slurm", SlurmInPieces(configuration=denied("scontrol")))
    found = await site.site()
    assert found.enforce_part_limits is None
    assert [unseen.what for unseen in found.unseen] == ["configuration"]
    assert (await site.configuration()).max_array_size is None
    await site.stop()


async def test_a_slurm_that_shows_nothing_refuses() -> None:
    error = BatchRefused("there is no command 'sinfo' on PATH of this host")
    slurm = SlurmInPieces(partitions=error, nodes=error, configuration=error, version=error)
    site = SlurmSite("slurm", slurm)
    with pytest.raises(BatchRefused, match="no command"):
        await site.site()
    await site.stop()


async def test_a_partition_that_takes_no_jobs_is_looked_at_each_time_until_it_does() -> None:
    slurm = SlurmInPieces(partitions=PARTITIONS.replace("State=UP", "State=DRAIN"))
    site = SlurmSite("slurm", slurm)
    assert [p.state for p in (await site.site()).partitions] == ["DRAIN"]
    slurm.answers["partitions"] = PARTITIONS
    for _ in range(3):
        assert [p.state for p in (await site.site()).partitions] == ["UP"]
    assert slurm.asked.count("partitions") == 2
    await site.stop()


async def test_after_a_refusal_all_of_it_is_looked_at_anew() -> None:
    slurm = SlurmInPieces(configuration=ACCOUNTED)
    site = SlurmSite("slurm", slurm)
    assert (await site.site()).partitions[0].max_walltime == 1800
    slurm.answers["partitions"] = PARTITIONS.replace("00:30:00", "02:00:00")
    slurm.answers["configuration"] = ACCOUNTED.replace("1001", "5001")
    before = slurm.asked.count("accounts")
    assert (await site.site()).partitions[0].max_walltime == 1800
    site.doubt()
    found = await site.site()
    assert (found.partitions[0].max_walltime, found.max_array_size) == (7200, 5001)
    while slurm.asked.count("accounts") == before:
        await asyncio.sleep(0)
    await site.stop()


async def test_what_is_slow_is_told_when_it_comes() -> None:
    slurm = SlurmInPieces(nodes=None)
    nodes = asyncio.get_running_loop().create_future()
    told = slurm.__call__

    async def run(*argv: str) -> str:
        if argv[0] == "sinfo" and "--version" not in argv:
            slurm.asked.append("nodes")
            text: str = await nodes
            return text
        return await told(*argv)

    site = SlurmSite("slurm", run)
    found = await site.site()
    assert found.partitions[0].max_walltime == 1800
    assert found.unseen == (Unseen("nodes", waiting=True),)
    await site.site()
    assert slurm.asked.count("nodes") == slurm.asked.count("partitions") == 1
    nodes.set_result(NODES)
    found = await site.site()
    assert found.partitions[0].cores_per_node == 16
    assert found.unseen == ()
    await site.stop()


async def test_one_command_that_hangs_leaves_the_others() -> None:
    slurm = SlurmInPieces(nodes=CommandTimeout(["sinfo"], 20))
    site = SlurmSite("slurm", slurm)
    for _ in range(3):
        found = await site.site()
        assert [partition.name for partition in found.partitions] == ["debug"]
        assert found.unseen == (Unseen("nodes", "sinfo did not answer within 20 s"),)
    await site.stop()


async def test_a_slurm_that_falls_silent_is_silent() -> None:
    slurm = SlurmInPieces()
    site = SlurmSite("slurm", slurm)
    await site.site()
    silence = SlurmctldSilent(["sinfo"], 1, "Unable to contact slurm controller")
    for kind in ("nodes", "partitions", "configuration"):
        slurm.answers[kind] = silence
    for _ in range(2):
        with pytest.raises(SlurmctldSilent):
            await site.site()
    slurm.answers.update(nodes=NODES, partitions=PARTITIONS, configuration=CONFIGURATION)
    assert (await site.site()).unseen == ()
    await site.stop()


async def test_a_silent_slurm_is_not_hidden_by_slow_groups(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def never() -> Submitter:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(site_module, "_ask_submitter", never)
    monkeypatch.setattr(site_module, "PATIENCE", 0.01)
    slurm = SlurmInPieces()
    site = SlurmSite("slurm", slurm)
    await site.site()
    slurm.answers["nodes"] = SlurmctldSilent(["sinfo"], 1, "Unable to contact slurm controller")
    with pytest.raises(SlurmctldSilent):
        await site.site()
    await site.stop()


@pytest.mark.parametrize(
    ("answer", "unseen"),
    [
        (None, Unseen("accounts", waiting=True)),
        (
            CommandFailed(["sacctmgr"], 1, "Unable to contact slurmdbd"),
            Unseen("accounts", "Unable to contact slurmdbd", refused=True),
        ),
    ],
)
async def test_accounting_that_does_not_answer(answer: Answer, unseen: Unseen) -> None:
    site = SlurmSite("slurm", SlurmInPieces(configuration=ACCOUNTED, accounts=answer))
    found = await site.site()
    assert found.partitions[0].cores_per_node == 16
    assert found.unseen == (unseen,)
    await site.stop()


@pytest.mark.parametrize("hidden", ["sinfo", "scontrol show config", "scontrol show partition"])
async def test_a_real_slurm_that_hides_a_part(
    hidden: str, slurm: Slurm, tmp_path: Path, wrapped: Callable[[str, str], dict[str, str]]
) -> None:
    command, _, words = hidden.partition(" ")
    environ = wrapped(
        command, f'case "$*" in *"{words}"*) echo "{command}: {DENIED}" >&2; exit 1;; esac'
    )
    batch = SlurmBatchSystem(tmp_path / "registry", environ)
    site = await batch.site()
    assert [partition.name for partition in site.partitions] == ["debug", "long", "broken"]
    (unseen,) = site.unseen
    assert (unseen.reason, unseen.refused) == (f"{command}: {DENIED}", True)
    script = "#!/bin/sh\n#SBATCH --mem=100M\ntrue\n"
    submission = await batch.submit(script, name="x", count=2, log_directory=tmp_path / "logs")
    assert len(submission.ids) == 2
    await batch.stop()


@pytest.fixture
def wrapped(slurm: Slurm, tmp_path: Path) -> Callable[[str, str], dict[str, str]]:
    """Return an environment in which a line is run before a command of Slurm's."""

    def wrap(command: str, line: str) -> dict[str, str]:
        wrapper = tmp_path / "bin" / command
        wrapper.parent.mkdir()
        wrapper.write_text(f'#!/bin/sh\n{line}\nPATH="${{PATH#*:}}" exec {command} "$@"\n')
        wrapper.chmod(0o755)
        return {**slurm.environ, "PATH": f"{wrapper.parent}:{slurm.environ['PATH']}"}

    return wrap
