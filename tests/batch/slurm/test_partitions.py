"""What Slurm's commands print of partitions, nodes and GPUs, as tables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_dask_slurm.batch.base import Gpus, Partition
from jupyter_dask_slurm.batch.slurm import partitions as parse
from jupyter_dask_slurm.batch.slurm.parse import SEPARATOR, parse_gpus

GIB = 1024**3
GPUS_ASKED = json.loads(Path(__file__).with_name("gpus.json").read_text())
"""What options of a form mean; the tests of the panel read the same table."""


def rows(*lines: str) -> str:
    """Rows of sinfo -O, padded as it pads them; written here with bars for the separator."""
    return "".join(
        "".join(f"{value:<24}{SEPARATOR}" for value in line.split("|")) + "\n" for line in lines
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
