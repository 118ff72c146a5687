"""What Slurm 23.02 to 26.05 print differently from 22.05, on which the other tests run.

Read in Slurm's own sources: each table names the file, and the version that it is of.
"""

from __future__ import annotations

import pytest

from jupyter_dask_slurm.batch.base import Estimate, JobState
from jupyter_dask_slurm.batch.slurm import jobs, parse, partitions
from jupyter_dask_slurm.batch.slurm.estimate import parse_estimate
from jupyter_dask_slurm.batch.slurm.reasons import explain, never_starts
from jupyter_dask_slurm.batch.slurm.request import read_request

# src/api/allocate.c, slurm_job_will_run: 22.05 to 24.11, then from 25.05 on, where a cluster is named
# with --clusters and in a federation. The article is Slurm's own.
_START = "sbatch: Job 4 to start at 1795831891"
_WHERE = "using 1 processors on nodes n2 in partition gpu"


@pytest.mark.parametrize(
    "text",
    [
        f"{_START} {_WHERE}\n",  # 24.11
        f"{_START} a {_WHERE}\n",  # 25.05
        f"{_START} on cluster lab a {_WHERE}\n",  # 25.05
        f"sbatch: a plugin's words\n{_START} a {_WHERE}\nsbatch:   Preempts: 81,82\n",  # 25.11
    ],
)
def test_the_estimate_of_a_start(text: str) -> None:
    assert parse_estimate(text) == Estimate(1795831891.0, "n2", "gpu")


@pytest.mark.parametrize(
    ("text", "state"),
    [
        # src/common/slurm_protocol_defs.c, job_state_string: new in 25.11, before a requeued job runs.
        ("EXPEDITING", JobState.EXPEDITING),
        ("?", JobState.UNKNOWN),
        # job_state_string_complete, and doc/html/job_state_codes.shtml (24.05): a state with its flags.
        ("RUNNING,COMPLETING", JobState.COMPLETING),
        ("CANCELLED,COMPLETING", JobState.COMPLETING),
        ("PENDING,REQUEUED,EXPEDITING", JobState.EXPEDITING),
        ("RUNNING,POWER_UP_NODE", JobState.RUNNING),
        ("RUNNING,UPDATE_DB", JobState.RUNNING),
        ("PENDING,LAUNCH_FAILED", JobState.PENDING),
        ("CONFIGURING,POWERING_UP", JobState.CONFIGURING),
        # src/sacct/print.c: with the user, and cut where the column is narrow.
        ("CANCELLED by 1000", JobState.CANCELLED),
        ("COMPLETING+", JobState.COMPLETING),
        ("RUNNING+HIBERNATING", JobState.RUNNING),
        ("HIBERNATING,DREAMING", JobState.UNKNOWN),
    ],
)
def test_states_and_their_flags(text: str, state: JobState) -> None:
    assert jobs.parse_state(text) is state


def test_an_expedited_job_waits() -> None:
    assert JobState.EXPEDITING.pending


@pytest.mark.parametrize(
    ("text", "code"),
    [
        # src/squeue/print.c, _print_job_exit_code: a wait status until 22.05, then code and signal.
        ("256", "1:0"),
        ("1:0", "1:0"),
        ("0:9", "0:9"),
        ("", None),
    ],
)
def test_the_exit_code_of_squeue(text: str, code: str | None) -> None:
    row = f"81|0|x|FAILED|None|1|2|3|0:00|n1|1|debug|10:00|{text}|\n"
    if len(row.strip().split("|")) - 1 != len(jobs.CODED_FORMAT.split(",")):
        pytest.fail(f"the columns have changed: {jobs.CODED_FORMAT!r}")
    snapshot = jobs.parse_coded_queue(row.replace("|", parse.SEPARATOR), taken=4.0)
    assert snapshot.jobs["81_0"].exit_code == code


@pytest.mark.parametrize(
    ("reason", "waits", "never"),
    [
        # src/common/job_state_reason.c of 25.11: words that 22.05 does not have.
        ("MaxPoweredUpNodes", True, False),
        ("MpiPortsBusy", True, False),
        ("NvidiaImexChannels", True, False),
        ("ReservationInvalid", True, True),
        ("MaxMemoryRunMinsPerUser", True, False),
        ("QOSGrpJobsLimit", True, False),
        ("SomethingOf2030", False, False),
    ],
)
def test_reasons(reason: str, waits: bool, never: bool) -> None:
    words = explain(reason)
    assert (words or "").startswith("waits") == waits
    assert never_starts(reason) == never


# src/api/partition_info.c, slurm_sprint_partition_info of 25.11, with all that it can say.
PARTITION = (
    "PartitionName=debug AllowGroups=ALL AllowAccounts=ALL AllowQos=ALL AllocNodes=ALL Default=YES "
    "CpuBind=cores  QoS=N/A DefaultTime=NONE DisableRootJobs=NO ExclusiveUser=NO ExclusiveTopo=NO "
    "GraceTime=0 Hidden=NO MaxNodes=UNLIMITED MaxTime=1-00:00:00 MinNodes=0 LLN=NO "
    "MaxCPUsPerNode=UNLIMITED MaxCPUsPerSocket=UNLIMITED NodeSets=all Nodes=n[1-2] "
    "PriorityJobFactor=1 PriorityTier=1 RootOnly=NO ReqResv=NO OverSubscribe=NO OverTimeLimit=NONE "
    "PreemptMode=OFF Topology=tree1 State=UP TotalCPUs=32 TotalNodes=2 SelectTypeParameters=NONE "
    "JobDefaults=DefCpuPerGPU=4,DefMemPerGPU=8192 DefMemPerNode=UNLIMITED MaxMemPerNode=UNLIMITED "
    "TRES=cpu=32,mem=125G,node=2,billing=32 TRESBillingWeights=cpu=1.0,mem=0.25G "
    "ResumeTimeout=GLOBAL SuspendTimeout=GLOBAL SuspendTime=GLOBAL PowerDownOnIdle=NO KeyOf2030=A=B\n"
)


def test_a_partition_with_keys_that_are_new() -> None:
    (partition,) = partitions.parse_partitions(PARTITION, {})
    assert (partition.name, partition.default, partition.available) == ("debug", True, True)
    assert (partition.max_walltime, partition.total_cores, partition.nodes) == (86400, 32, 2)
    assert (partition.hidden, partition.whole_nodes, partition.accounts) == (False, False, None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("OverSubscribe=NO", "OverSubscribe=EXCLUSIVE"),
        ("ExclusiveTopo=NO", "ExclusiveTopo=YES"),  # 24.05
        ("ExclusiveUser=NO ExclusiveTopo=NO", "Exclusive=NODE"),  # 26.05, with OverSubscribe=NO
        ("ExclusiveUser=NO ExclusiveTopo=NO", "Exclusive=TOPO"),
    ],
)
def test_a_partition_of_whole_nodes(old: str, new: str) -> None:
    (partition,) = partitions.parse_partitions(PARTITION.replace(old, new), {})
    assert partition.whole_nodes


def test_a_partition_of_one_users_nodes_gives_no_whole_ones() -> None:
    text = PARTITION.replace("ExclusiveUser=NO ExclusiveTopo=NO", "Exclusive=USER")
    assert not partitions.parse_partitions(text, {})[0].whole_nodes


# src/api/config_info.c of 23.11 and 25.11: what is not set is (null), also for plugins that were "none".
CONFIGURATION = """\
Configuration data as of 2026-11-30T08:00:00
AccountingStorageEnforce = none
AccountingStorageType   = (null)
ClusterName             = lab
EnforcePartLimits       = NO
MaxArraySize            = 1001
MaxMemPerNode           = UNLIMITED
SchedulerParameters     = (null)
SlurmUser               = slurm(64030)
ParameterOf2030         = a=b

Cgroup Support Configuration:
AllowedRAMSpace         = 100.0%
"""


def test_a_configuration_without_plugins() -> None:
    found = parse.parse_configuration(CONFIGURATION)
    assert (found.cluster, found.max_array_size, found.slurm_user) == ("lab", 1001, 64030)
    assert not found.accounting
    assert not found.enforced
    assert found.enforce_part_limits == "NO"


def test_gpus_among_shards() -> None:
    """GRES of src/slurmctld/gres_ctld.c: shards of GPUs stand beside these (since 22.05)."""
    text = "gpu:a100:4(S:0-1),shard:a100:16(S:0-1)"
    assert parse.parse_gpus(text) == {"a100": 4}
    used = "gpu:a100:1(IDX:2),shard:a100:3(2/4,0/4,1/4,0/4)"
    assert parse.parse_gpus(used) == {"a100": 1}


def test_an_option_that_is_new_is_not_taken_for_an_older_one() -> None:
    """src/common/slurm_opt.c: --extra (23.11) is a word of its own, and no short --extra-node-info."""
    given = read_request("#!/bin/sh\n#SBATCH --extra=x\n#SBATCH --segment=2 --stepmgr\n").given
    assert given == {"--extra": "x", "--segment": "2", "--stepmgr": ""}
