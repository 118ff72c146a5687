"""Which partitions take a job, by size, GPUs, account and QOS: as tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jupyter_dask_slurm.batch.site import Accounts, Gpus, Partition, QosLimits, Site
from jupyter_dask_slurm.model.cluster import ClusterOptions
from jupyter_dask_slurm.site_rules.findings import Findings
from jupyter_dask_slurm.site_rules.limits import check_site
from jupyter_dask_slurm.site_rules.partitions import choose_partitions

GIB = 1024**3
DAY = 86400
SITE = Site(
    "slurm",
    "22.05.8",
    "lab",
    (
        Partition(
            "long",
            cores_per_node=48,
            memory_per_node=192 * GIB,
            max_walltime=2 * DAY,
            gpus_per_node=0,
            accounts=("physics",),
        ),
        Partition(
            "debug",
            default=True,
            cores_per_node=4,
            memory_per_node=16 * GIB,
            max_walltime=1800,
            gpus_per_node=0,
        ),
        Partition(
            "gpu",
            cores_per_node=16,
            memory_per_node=64 * GIB,
            max_walltime=4 * 3600,
            gpus=(Gpus("a100", 4, 8, 8), Gpus("v100", 2, 2, 0)),
            gpus_per_node=4,
            gpu_only=True,
            qos=("normal", "high"),
        ),
        Partition(
            "broken",
            available=False,
            cores_per_node=128,
            memory_per_node=192 * GIB,
            gpus_per_node=0,
        ),
    ),
    accounts=Accounts(
        accounts=("physics", "chemistry"),
        default_account="physics",
        qos=("normal", "high", "free"),
        default_qos="normal",
        qos_limits={
            "normal": QosLimits(),
            "high": QosLimits(7 * DAY, 8, 32 * GIB, 1, overrides_partition=True),
            "free": QosLimits(max_walltime=600),
        },
        accounts_enforced=True,
        qos_enforced=True,
    ),
)
UNENFORCED = replace(
    SITE,
    accounts=replace(SITE.accounts, accounts_enforced=False, qos_enforced=False, qos_limits={}),
)
UNKNOWN = replace(SITE, accounts=Accounts())


def asking(**options: Any) -> ClusterOptions:
    return ClusterOptions.from_json({"cores": 2, "memory": 4 * GIB, "walltime": 600, **options})


@pytest.mark.parametrize(
    ("options", "partition"),
    [
        ({}, "debug,long"),
        ({"walltime": 1801}, "long"),
        ({"cores": 5}, "long"),
        ({"memory": 17 * GIB}, "long"),
        ({"gres": "gpu:1"}, "gpu"),
        ({"gres": "gpu:a100:4"}, "gpu"),
        ({"account": "chemistry"}, "debug"),
        # A partition whose every node has GPUs, only where nothing else fits.
        ({"account": "chemistry", "cores": 5}, "gpu"),
        ({"qos": "high", "walltime": 3 * DAY}, "debug,long"),
        # Other resources are the batch system's business.
        ({"gres": "fpga:1"}, "debug,long"),
    ],
)
def test_auto_is_where_the_job_fits(options: dict[str, Any], partition: str) -> None:
    choice = choose_partitions(asking(**options), SITE)
    assert choice.findings.problems == ()
    assert choice.partition == partition
    # What was chosen passes the check of what is chosen.
    assert check_site(asking(**{**options, "partition": partition}), SITE).problems == ()


def test_a_partition_that_is_down_is_chosen_where_no_other_fits() -> None:
    choice = choose_partitions(asking(cores=64), SITE)
    assert choice.partition == "broken"
    assert choice.findings == Findings.doubt(
        "partition", "it would fit into broken only, with no node that could start a job now"
    )


@pytest.mark.parametrize(
    ("options", "field", "words"),
    [
        ({"cores": 129}, "cores", "a node of long has 48"),
        ({"cores": 5, "walltime": 3 * DAY, "memory": 193 * GIB}, "walltime", "long allows 2 days"),
        ({"cores": 8, "walltime": 3 * DAY, "gres": "gpu:1"}, "walltime", "gpu allows 4 h"),
        ({"gres": "gpu:5"}, "gres", "a node of gpu has 4 GPUs"),
        ({"gres": "gpu:h100:1"}, "gres", "type h100; there are a100, v100"),
        ({"gres": "gpu:1", "qos": "free"}, "qos", "gpu takes no jobs of the QOS free"),
    ],
)
def test_where_nothing_fits_the_field_in_the_way_is_named(
    options: dict[str, Any], field: str, words: str
) -> None:
    choice = choose_partitions(asking(**options), SITE)
    assert choice.partition is None
    problem = choice.findings.problems[0]
    assert problem.field == field
    assert words in problem.message


def test_a_hidden_partition_is_for_those_who_name_it() -> None:
    site = replace(SITE, partitions=(*SITE.partitions, Partition("secret", hidden=True)))
    assert choose_partitions(asking(), site).partition == "debug,long"
    assert check_site(asking(partition="secret"), site) == Findings()
    (problem,) = check_site(asking(partition="secrets"), site).problems
    assert problem.message == "no partition secrets; there are long, debug, gpu, broken"


def test_a_partition_that_is_named_auto_wins() -> None:
    site = replace(SITE, partitions=(*SITE.partitions, Partition("auto")))
    assert choose_partitions(asking(), site) == ("auto", choose_partitions(asking(), site).findings)
    assert choose_partitions(asking(), site).findings.problems == ()


def test_a_site_that_is_not_known_is_left_to_choose_itself() -> None:
    for site in (None, Site("slurm", "22.05.8")):
        choice = choose_partitions(asking(), site)
        assert choice.partition is None
        assert choice.findings.problems == ()
        assert [warning.field for warning in choice.findings.warnings] == ["partition"]


@pytest.mark.parametrize(
    ("options", "site", "problems", "warnings"),
    [
        ({"account": "physics"}, SITE, [], []),
        ({"account": "Physics", "qos": "HIGH"}, SITE, [], []),
        ({"account": "biology"}, SITE, ["account"], []),
        ({"account": "biology"}, UNENFORCED, [], ["account"]),
        ({"account": "biology"}, UNKNOWN, [], []),
        ({"qos": "turbo"}, SITE, ["qos"], []),
        ({"qos": "turbo"}, UNENFORCED, [], ["qos"]),
        ({"qos": "turbo"}, UNKNOWN, [], []),
        # Of the QOS
        ({"qos": "high", "cores": 9, "partition": "long"}, SITE, [], ["cores"]),
        ({"qos": "high", "memory": 33 * GIB, "partition": "long"}, SITE, [], ["memory"]),
        ({"qos": "high", "gres": "gpu:2", "partition": "gpu"}, SITE, [], ["gres"]),
        ({"qos": "high", "gres": "gpu:a100:1", "partition": "gpu"}, SITE, [], []),
        ({"qos": "free", "walltime": 900}, SITE, [], ["walltime"]),
        # ... which may lift the partition's limit, or not, or may it?
        ({"qos": "high", "walltime": 3600}, SITE, [], ["walltime"]),
        ({"qos": "normal", "walltime": 3600}, SITE, ["walltime"], []),
        ({"qos": "normal", "walltime": 3600}, UNENFORCED, [], ["walltime"]),
        ({"qos": "normal", "walltime": 3600}, UNKNOWN, [], ["walltime"]),
        ({"walltime": 3600}, UNKNOWN, ["walltime"], []),
        # Of the partition
        ({"account": "chemistry", "partition": "long"}, SITE, ["account"], []),
        ({"account": "chemistry", "partition": "long,debug"}, SITE, [], []),
        ({"account": "chemistry", "partition": "long"}, UNKNOWN, ["account"], []),
        ({"partition": "long"}, UNKNOWN, [], ["account"]),
        ({"partition": "gpu", "qos": "free"}, SITE, ["qos"], []),
        ({"partition": "gpu", "qos": "free"}, UNKNOWN, ["qos"], []),
        # GPUs
        ({"gres": "gpu:1"}, SITE, ["gres"], []),
        ({"gres": "gpu:4", "partition": "gpu"}, SITE, [], []),
        ({"gres": "gpu:V100:2", "partition": "gpu"}, SITE, [], []),
        ({"gres": "gpu:v100:3", "partition": "gpu"}, SITE, ["gres"], []),
        ({"gres": "gpu:a100:3,gpu:v100:2", "partition": "gpu"}, SITE, ["gres"], []),
    ],
)
def test_account_qos_and_gpus(
    options: dict[str, Any], site: Site, problems: list[str], warnings: list[str]
) -> None:
    findings = check_site(asking(**options), site)
    assert [p.field for p in findings.problems] == problems
    assert [w.field for w in findings.warnings] == warnings


def test_the_default_account_and_qos_count_where_none_is_chosen() -> None:
    poor = replace(SITE, accounts=replace(SITE.accounts, default_qos="free"))
    (doubt,) = check_site(asking(walltime=900), poor).obstacles
    assert doubt.message == (
        "the QOS free allows 10 min a job, this asks for 15 min: Slurm takes such a job, and never "
        "starts it"
    )
    # Which QOS another account has by default is not known.
    assert check_site(asking(walltime=900, account="chemistry"), poor).obstacles == ()
    chemist = replace(SITE, accounts=replace(SITE.accounts, default_account="chemistry"))
    (problem,) = check_site(asking(partition="long"), chemist).problems
    assert (problem.field, problem.message) == (
        "account",
        "long takes no jobs of the account chemistry, only of physics",
    )


def test_a_partition_for_others_is_not_a_matter_of_the_account() -> None:
    stranger = replace(SITE, accounts=Accounts(accounts=("biology",), default_account="biology"))
    assert [p.field for p in check_site(asking(partition="long"), stranger).problems] == [
        "partition"
    ]
