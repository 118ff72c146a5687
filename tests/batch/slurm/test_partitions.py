"""What Slurm's commands print of partitions, nodes and GPUs, as tables."""

from __future__ import annotations

import grp
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_dask_slurm.batch.site import Gpus, Partition
from jupyter_dask_slurm.batch.slurm import partitions as parse
from jupyter_dask_slurm.batch.slurm.access import Submitter, is_in_hostlist, this_user
from jupyter_dask_slurm.batch.slurm.parse import SEPARATOR, Configuration, parse_gpus

GIB = 1024**3
GPUS_ASKED = json.loads(Path(__file__).with_name("gpus.json").read_text())
"""What options of a form mean; the tests of the panel read the same table."""


def rows(*lines: str) -> str:
    """Rows of sinfo -O, padded as it pads them; written here with bars for the separator, and without
    the sockets."""
    return "".join(
        "".join(f"{value:<24}{SEPARATOR}" for value in [*line.split("|"), "2"]) + "\n"
        for line in lines
    )


PARTITIONS = """\
PartitionName=debug AllowGroups=ALL AllowAccounts=ALL AllowQos=ALL Default=YES DefaultTime=00:05:00 \
MaxTime=00:30:00 Nodes=n[1-2] State=UP TotalCPUs=48 TotalNodes=2 TRES=cpu=48,mem=125G,node=2,billing=48
PartitionName=long Default=NO DefaultTime=NONE MaxTime=UNLIMITED State=UP TotalCPUs=48 TotalNodes=2 \
AllowAccounts=physics,chem AllowQos=high
PartitionName=broken Default=NO DefaultTime=NONE MaxTime=2-00:00:00 State=UP TotalNodes=2
PartitionName=drained Default=NO DefaultTime=NONE MaxTime=1:00:00 State=DRAIN TotalNodes=1
PartitionName=secret Default=NO DefaultTime=NONE MaxTime=1:00:00 State=UP TotalCPUs=8 TotalNodes=1
"""
NODES = rows(
    "debug|1/31/0/32|16|64000|2|(null)|gpu:0|mixed",
    "debug|0/0/16/16|8+|32000+|2|(null)|gpu:0|down",
    "long|1/31/0/32|16|64000|2|(null)|gpu:0|mixed",
    "broken|0/0/32/32|16|64000|2|(null)|gpu:0|down",
    "drained|0/4/0/4|4|1024|1|(null)|gpu:0|drained",
    "nonsense|1/2|4|1024|1|(null)|gpu:0|idle",
    "a banner",
)


def test_partitions_with_what_their_nodes_have() -> None:
    debug, long, broken, drained, secret = parse.parse_partitions(
        PARTITIONS, parse.parse_nodes(NODES)
    )
    assert debug == Partition(
        name="debug",
        default=True,
        available=True,
        nodes=2,
        cores_per_node=16,
        memory_per_node=64000 * 1024**2,
        max_walltime=1800,
        default_walltime=300,
        idle_cores=31,
        total_cores=48,
        gpus=(),
        gpus_per_node=0,
        accounts=None,
        qos=None,
        sockets_per_node=2,
    )
    assert (long.default, long.max_walltime, long.default_walltime) == (False, None, None)
    assert long.memory_per_node == 62.5 * GIB
    assert (long.accounts, long.qos) == (("physics", "chem"), ("high",))
    # Up, as its administrator sees it, but no node of it could start a job.
    assert (broken.available, broken.idle_cores, broken.total_cores) == (False, 0, 32)
    assert not drained.available
    # sinfo may hide what scontrol shows.
    assert (secret.available, secret.total_cores, secret.cores_per_node) == (True, 8, None)
    assert (secret.gpus, secret.gpus_per_node) == ((), None)


RULES = (
    "PartitionName=p AllowGroups=ALL AllowAccounts=ALL AllowQos=ALL AllocNodes=ALL Default=NO QoS=N/A "
    "DefaultTime=NONE DisableRootJobs=NO ExclusiveUser=NO GraceTime=0 Hidden=NO MaxNodes=UNLIMITED "
    "MaxTime=UNLIMITED MinNodes=1 LLN=NO MaxCPUsPerNode=UNLIMITED Nodes=n[1-2] PriorityJobFactor=1 "
    "PriorityTier=1 RootOnly=NO ReqResv=NO OverSubscribe=NO OverTimeLimit=NONE PreemptMode=OFF "
    "State=UP TotalCPUs=32 TotalNodes=2 SelectTypeParameters=NONE JobDefaults=(null) "
    "DefMemPerNode=UNLIMITED MaxMemPerNode=UNLIMITED TRES=cpu=32,mem=125G,node=2,billing=32"
)
"""One line of a real ``scontrol show partition -o``."""
CONFIGURED = Configuration(None, None, max_memory_per_core=2 * GIB, slurm_user=64030)
USER = Submitter(
    1000, groups=frozenset({"users", "chem"}), hosts=frozenset({"login1", "login1.site.org"})
)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("QoS=tight", {"own_qos": "tight"}),
        ("AllowAccounts=physics,chem", {"accounts": ("physics", "chem")}),
        ("AllowQos=high", {"qos": ("high",)}),
        ("DenyAccounts=guest", {"denied_accounts": ("guest",)}),
        ("DenyQos=low,free", {"denied_qos": ("low", "free")}),
        ("ReqResv=YES", {"needs_reservation": True}),
        ("MaxNodes=0", {"max_nodes": 0}),
        ("MinNodes=2", {"min_nodes": 2}),
        ("MaxCPUsPerNode=8", {"max_cores_per_node": 8}),
        ("MaxCPUsPerSocket=4", {"max_cores_per_socket": 4}),
        ("MaxCPUsPerSocket=UNLIMITED", {}),
        ("MaxMemPerNode=500", {"max_memory_per_node": 500 * 1024**2, "max_memory_per_core": None}),
        ("MaxMemPerCPU=200", {"max_memory_per_core": 200 * 1024**2}),
        ("OverSubscribe=EXCLUSIVE", {"whole_nodes": True}),
        ("OverSubscribe=FORCE:4", {}),
        ("State=DRAIN", {"state": "DRAIN", "available": False}),
        ("State=INACTIVE", {"state": "INACTIVE", "available": False}),
        ("RootOnly=YES", {"refuses": "takes jobs of root alone"}),
        ("AllowGroups=chem,physics", {}),
        (
            "AllowGroups=physics",
            {"refuses": "takes jobs of the group physics alone, and you are not among them"},
        ),
        (
            "AllowGroups=a,b,c,d,e,f,g,h,i",
            {
                "refuses": "takes jobs of the groups a, b, c and 6 more alone, and you are not "
                "among them"
            },
        ),
        ("AllocNodes=login[1-4]", {}),
        (
            "AllocNodes=hub,login[2-4]",
            {"may_refuse": "takes jobs from hub, login[2-4] alone, and this host is login1"},
        ),
    ],
)
def test_what_administrators_set(rule: str, expected: dict[str, object]) -> None:
    key = rule.partition("=")[0]
    # Of the two limits of memory one is printed.
    left_out = "MaxMemPer" if key.startswith("MaxMemPer") else f"{key}="
    words = [word for word in RULES.split() if not word.startswith(left_out)]
    parsed = parse.parse_partitions(" ".join([*words, rule]), {}, CONFIGURED, USER)
    plain = parse.parse_partitions(RULES, {}, CONFIGURED, USER)
    assert plain[0].max_memory_per_core == 2 * GIB  # slurm.conf's own, where the partition has none
    assert parsed == (replace(plain[0], **expected),)


@pytest.mark.parametrize(
    ("rule", "submitter", "refused"),
    [
        ("RootOnly=YES", Submitter(0), (False, False)),
        ("RootOnly=YES", Submitter(64030), (False, False)),
        ("DisableRootJobs=YES", Submitter(0), (True, False)),
        ("DisableRootJobs=YES", USER, (False, False)),
        ("AllowGroups=physics", Submitter(64030, groups=frozenset()), (False, False)),
        ("AllowGroups=physics", Submitter(1000), (False, True)),
    ],
)
def test_who_may_use_a_partition(
    rule: str, submitter: Submitter, refused: tuple[bool, bool]
) -> None:
    (found,) = parse.parse_partitions(f"PartitionName=p {rule}", {}, CONFIGURED, submitter)
    assert (found.refuses is not None, found.may_refuse is not None) == refused


@pytest.mark.parametrize(
    ("host", "hosts", "among"),
    [
        ("login1", "login1", True),
        ("login1", "login2,login1", True),
        ("login1", "login", False),
        ("n7", "n[1-4,7]", True),
        ("n5", "n[1-4,7]", False),
        ("n07", "n[01-16]", True),
        ("n7", "n[01-16]", False),
        ("n116", "n[08-120]", True),
        ("r2n3-ib", "r[1-2]n[1-4]-ib,x", True),
        ("r3n3-ib", "r[1-2]n[1-4]-ib,x", False),
        ("n1", "n[a-b]", False),
    ],
)
def test_whether_a_host_is_in_a_list(host: str, hosts: str, among: bool) -> None:
    assert is_in_hostlist(host, hosts) is among


def test_who_this_process_is() -> None:
    submitter = this_user()
    assert submitter.uid == os.getuid()
    assert submitter.groups is not None
    assert grp.getgrgid(os.getgid()).gr_name in submitter.groups


@pytest.mark.parametrize("memory", ["1", "1+"])
def test_nodes_whose_memory_is_not_configured(memory: str) -> None:
    """slurm.conf's default of RealMemory is 1: it says nothing of what a node has."""
    (sizes,) = parse.parse_nodes(rows(f"p|0/16/0/16|16|{memory}|2|(null)|gpu:0|idle")).values()
    assert (sizes.memory_per_node, sizes.cores_per_node) == (None, 16)


@pytest.mark.parametrize(
    ("nodes", "gpus", "per_node"),
    [
        (["p|0/32/0/32|16|1|2|(null)|gpu:0|idle"], [], 0),
        (["p|0/32/0/32|16|1|2|gpu:2|gpu:0|idle"], [Gpus(None, 2, 4, 4)], 2),
        (
            ["p|0/32/0/32|16|1|2|gpu:a100:4(S:0-1)|gpu:a100:0(IDX:N/A)|idle"],
            [Gpus("a100", 4, 8, 8)],
            4,
        ),
        # Types begin with digits, too.
        (
            ["p|0/64/0/64|32|1|2|gpu:2080ti:4(S:0-1)|gpu:2080ti:1(IDX:0)|idle"],
            [Gpus("2080ti", 4, 8, 6)],
            4,
        ),
        (
            ["p|0/64/0/64|32|1|2|gpu:1g.10gb:7,gpu:1080:1|gpu:1g.10gb:0,gpu:1080:0|idle"],
            [Gpus("1g.10gb", 7, 14, 14), Gpus("1080", 1, 2, 2)],
            8,
        ),
        # One of three nodes is half used, one is down: its GPUs are not idle.
        (
            [
                "p|8/8/0/16|16|1|1|gpu:a100:4|gpu:a100:2(IDX:0,2)|mixed",
                "p|0/16/0/16|16|1|1|gpu:a100:4|gpu:a100:0(IDX:N/A)|idle",
                "p|0/0/16/16|16|1|1|gpu:a100:4|gpu:a100:0(IDX:N/A)|down",
            ],
            [Gpus("a100", 4, 12, 6)],
            4,
        ),
        # Two types in one node, and more of one in another; other resources do not matter.
        (
            [
                "p|0/16/0/16|16|1|1|gpu:a100:2,gpu:v100:1,fpga:3|gpu:a100:1(IDX:0),gpu:v100:0|mix",
                "p|0/16/0/16|16|1|1|gpu:v100:8|gpu:v100:8(IDX:0-7)|alloc",
            ],
            [Gpus("a100", 2, 2, 1), Gpus("v100", 8, 9, 1)],
            8,
        ),
    ],
)
def test_gpus_of_nodes(nodes: list[str], gpus: list[Gpus], per_node: int) -> None:
    sizes = parse.parse_nodes(rows(*nodes))["p"]
    assert list(sizes.gpus.values()) == gpus
    assert sizes.gpus_per_node == per_node


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("(null)", {}),
        ("gpu", {None: 1}),
        ("gpu:2", {None: 2}),
        ("gpu:0", {}),
        ("gpu:a100", {"a100": 1}),
        ("gpu:a100:4(S:0-1)", {"a100": 4}),
        ("gpu:nvidia_a100_1g.5gb:7", {"nvidia_a100_1g.5gb": 7}),
        ("gpu:a100:1(IDX:0,2),gpu:v100:2(IDX:1,3)", {"a100": 1, "v100": 2}),
        ("gres/gpu:2", {None: 2}),
        ("gres/gpu=3", {None: 3}),
        ("gres/gpu:a100=3", {"a100": 3}),
        ("fpga:1,gpu:1", {None: 1}),
        ("gpuish:2,license:gpu:1", {}),
        ("gpu:1K", {None: 1024}),
    ],
)
def test_gpus_in_slurms_words(text: str, found: dict[str | None, int]) -> None:
    assert parse_gpus(text) == found


@pytest.mark.parametrize("gres", GPUS_ASKED)
def test_gpus_that_are_asked_for(gres: str) -> None:
    asked = GPUS_ASKED[gres]
    assert parse_gpus(gres) == ({} if asked is None else {asked["type"] or None: asked["count"]})
