"""What administrators set for a partition, and whether a job is refused for it, or only waits: as tables.

What Slurm does in each case was tried with 22.05.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest

from jupyter_dask_slurm.batch.site import Accounts, EnforcePartLimits, Partition, QosLimits, Site
from jupyter_dask_slurm.model.cluster import ClusterOptions
from jupyter_dask_slurm.site_rules.findings import Findings
from jupyter_dask_slurm.site_rules.limits import check_site
from jupyter_dask_slurm.site_rules.partitions import choose_partitions

GIB = 1024**3
ACCOUNTS = Accounts(
    accounts=("physics", "chemistry"),
    default_account="physics",
    qos=("normal", "high", "firm", "strict"),
    default_qos="normal",
    qos_limits={
        "normal": QosLimits(),
        "high": QosLimits(max_walltime=3600, max_cores=8),
        "strict": QosLimits(max_walltime=300, refuses=True),
        "tight": QosLimits(max_walltime=300, max_cores=1),
        "lifting": QosLimits(overrides_partition=True),
        "wide": QosLimits(max_cores=64),
        "firm": QosLimits(max_cores=4, overrides_partition_qos=True, refuses=True),
    },
)
DEBUG = Partition(
    "debug", default=True, cores_per_node=16, memory_per_node=64 * GIB, max_walltime=1800
)

Weight = Literal["problem", "doubt", "warning"]


def asking(**options: Any) -> ClusterOptions:
    return ClusterOptions.from_json({"cores": 2, "memory": 4 * GIB, "walltime": 600, **options})


def site_of(
    *partitions: Partition,
    enforce: EnforcePartLimits | None = "ANY",
    version: str = "22.05.8",
    accounts: Accounts = ACCOUNTS,
) -> Site:
    return Site("slurm", version, "lab", partitions, accounts=accounts, enforce_part_limits=enforce)


def weights(found: Findings) -> list[tuple[Weight, str]]:
    problems: list[tuple[Weight, str]] = [("problem", p.field) for p in found.problems]
    return problems + [("doubt" if w.doubtful else "warning", w.field) for w in found.warnings]


@pytest.mark.parametrize(
    ("rule", "options", "found"),
    [
        # Refused at once, whatever EnforcePartLimits says.
        ({"refuses": "takes jobs of root alone"}, {}, [("problem", "partition")]),
        ({"state": "DRAIN", "available": False}, {}, [("problem", "partition")]),
        ({"state": "INACTIVE", "available": False}, {}, [("problem", "partition")]),
        ({"needs_reservation": True}, {}, [("problem", "partition")]),
        ({"needs_reservation": True}, {"job_extra_directives": ["--reservation=tuesday"]}, []),
        # Taken, and more is got than was asked for.
        ({"max_memory_per_core": GIB}, {}, [("warning", "memory")]),
        ({"max_memory_per_core": 2 * GIB}, {}, []),
        ({"whole_nodes": True}, {}, [("warning", "cores")]),
        ({"min_nodes": 2}, {}, [("doubt", "partition")]),
        # It may come back.
        ({"state": "DOWN", "available": False}, {}, [("warning", "partition")]),
        # How slurmctld calls this host is not known here.
        ({"may_refuse": "takes jobs from login1 alone"}, {}, [("doubt", "partition")]),
        # The limits of a QOS: such a job waits, unless the QOS has DenyOnLimit.
        ({"own_qos": "tight"}, {}, [("doubt", "walltime"), ("doubt", "cores")]),
        ({"own_qos": "strict"}, {}, [("problem", "walltime")]),
        ({"own_qos": "strict"}, {"account": "chemistry"}, [("doubt", "walltime")]),
        ({"own_qos": "unseen"}, {}, []),
        # What both limit is up to the partition's, or with OverPartQOS to the job's.
        ({"own_qos": "wide"}, {"qos": "high", "cores": 9}, []),
        ({"own_qos": "wide"}, {"qos": "firm", "cores": 5}, [("problem", "cores")]),
        ({"own_qos": "unseen"}, {"qos": "firm", "cores": 5}, [("doubt", "cores")]),
        # Who lifts the partition's MaxTime, and who may.
        ({"own_qos": "lifting"}, {"walltime": 3600}, [("warning", "walltime")]),
        ({"own_qos": "unseen"}, {"walltime": 3600}, [("doubt", "walltime")]),
        # An account, a QOS, that is not known.
        ({"qos": ("high",)}, {"account": "chemistry"}, [("doubt", "qos")]),
        ({"denied_qos": ("high",)}, {"account": "chemistry"}, [("doubt", "qos")]),
        ({"accounts": ("physics",), "denied_accounts": ("physics",)}, {}, []),
    ],
)
@pytest.mark.parametrize("enforce", ["NO", "ANY", "ALL"])
def test_whatever_is_enforced(
    enforce: EnforcePartLimits,
    rule: dict[str, Any],
    options: dict[str, Any],
    found: list[tuple[Weight, str]],
) -> None:
    site = site_of(replace(DEBUG, **rule), enforce=enforce)
    assert weights(check_site(asking(**options), site)) == found


@pytest.mark.parametrize(
    ("enforce", "weight"),
    [("ANY", "problem"), ("ALL", "problem"), ("NO", "doubt"), (None, "doubt")],
)
@pytest.mark.parametrize(
    ("rule", "options", "field"),
    [
        ({}, {"walltime": 3600}, "walltime"),
        ({"accounts": ("chemistry",)}, {}, "account"),
        ({"accounts": ("biology",)}, {}, "partition"),
        ({"denied_accounts": ("biology", "Physics")}, {}, "account"),
        ({"qos": ("high",)}, {}, "qos"),
        ({"denied_qos": ("normal",)}, {}, "qos"),
        ({"max_nodes": 0}, {}, "partition"),
        ({"max_memory_per_node": GIB}, {}, "memory"),
        ({"max_cores_per_node": 1}, {}, "cores"),
        ({"max_memory_per_core": GIB // 8}, {}, "memory"),
    ],
)
def test_what_is_enforced_is_refused_and_waits_elsewhere(
    rule: dict[str, Any],
    options: dict[str, Any],
    field: str,
    enforce: EnforcePartLimits | None,
    weight: Weight,
) -> None:
    site = site_of(replace(DEBUG, **rule), enforce=enforce)
    assert weights(check_site(asking(**options), site)) == [(weight, field)]


def test_below_an_account_that_is_allowed_others_may_be_allowed_too() -> None:
    """Where the list of accounts is hierarchical (slurm.conf manual of 24.05, AllowAccounts)."""
    partition = replace(DEBUG, accounts=("chemistry",))
    for version, weight in [("23.02.1", "problem"), ("24.05.2", "doubt"), ("unknown", "doubt")]:
        site = site_of(partition, version=version)
        assert weights(check_site(asking(), site)) == [(weight, "account")], version
    denied = site_of(replace(DEBUG, denied_accounts=("physics",)), version="24.05.2")
    assert weights(check_site(asking(), denied)) == [("problem", "account")]


ROOT = Partition("root", refuses="takes jobs of root alone")
DENIES = Partition("owners", denied_accounts=("physics",))
SMALL = Partition("small", cores_per_node=1)
ELSEWHERE = Partition("elsewhere", may_refuse="takes jobs from login1 alone")


@pytest.mark.parametrize(
    ("partition", "enforce", "found"),
    [
        ("debug,root", "ANY", []),
        ("debug,root", "NO", []),
        ("debug,root", "ALL", [("problem", "partition")]),
        ("debug,owners", "ALL", [("problem", "account")]),
        ("debug,elsewhere", "ALL", [("doubt", "partition")]),
        # That a node is too small is nothing that is enforced.
        ("debug,small", "ALL", []),
    ],
)
def test_of_a_list_every_partition_has_to_take_the_job_or_one(
    partition: str, enforce: EnforcePartLimits, found: list[tuple[Weight, str]]
) -> None:
    site = site_of(DEBUG, ROOT, DENIES, SMALL, ELSEWHERE, enforce=enforce)
    assert weights(check_site(asking(partition=partition), site)) == found


@pytest.mark.parametrize("enforce", ["NO", "ANY", "ALL", None])
@pytest.mark.parametrize(
    "unusable",
    [
        {"refuses": "takes jobs of root alone"},
        {"may_refuse": "takes jobs from login1 alone"},
        {"needs_reservation": True},
        {"denied_accounts": ("physics",)},
        {"accounts": ("chemistry",)},
        {"denied_qos": ("normal",)},
        {"max_nodes": 0},
        {"min_nodes": 2},
        {"max_cores_per_node": 1},
        {"max_cores_per_socket": 1, "sockets_per_node": 1},
        {"max_memory_per_node": GIB},
        {"own_qos": "tight"},
        {"state": "DRAIN", "available": False},
    ],
)
def test_auto_leaves_out_what_the_user_cannot_use(
    unusable: dict[str, Any], enforce: EnforcePartLimits | None
) -> None:
    site = site_of(Partition("other", **unusable), DEBUG, enforce=enforce)
    assert choose_partitions(asking(), site) == ("debug", Findings())


@pytest.mark.parametrize(
    ("rule", "directive", "message"),
    [
        ({"whole_nodes": True}, "--exclusive", "debug gives whole nodes: each job gets all 16"),
        ({}, "--exclusive", "--exclusive asks for whole nodes: each job gets all 16 cores of one"),
        # Others of the user's own may share the node.
        ({}, "--exclusive=user", None),
    ],
)
def test_whole_nodes(rule: dict[str, bool], directive: str, message: str | None) -> None:
    site = site_of(replace(DEBUG, **rule))
    found = check_site(asking(job_extra_directives=[directive]), site)
    assert [(w.field, w.doubtful) for w in found.warnings] == [("cores", False)] * bool(message)
    assert all((message or "") in warning.message for warning in found.warnings)


@pytest.mark.parametrize(
    ("rule", "cores", "found"),
    [
        ({"max_cores_per_socket": 4, "sockets_per_node": 2}, 8, []),
        ({"max_cores_per_socket": 4, "sockets_per_node": 2}, 9, [("doubt", "cores")]),
        # How many sockets a node has is not known.
        ({"max_cores_per_socket": 4}, 9, []),
        ({"sockets_per_node": 2}, 9, []),
        ({"max_cores_per_socket": 4, "max_cores_per_node": 2}, 4, [("problem", "cores")]),
    ],
)
def test_cores_of_a_socket(
    rule: dict[str, int], cores: int, found: list[tuple[Weight, str]]
) -> None:
    site = site_of(replace(DEBUG, **rule), enforce="ANY")
    assert weights(check_site(asking(cores=cores), site)) == found


def test_auto_takes_what_is_doubtful_where_nothing_else_fits() -> None:
    site = site_of(ROOT, ELSEWHERE, DENIES, enforce="ANY")
    assert choose_partitions(asking(), site) == ("elsewhere", Findings())
    assert choose_partitions(asking(account="chemistry"), site) == ("owners", Findings())


def test_a_partition_that_nobody_here_may_use_says_so() -> None:
    (problem,) = choose_partitions(asking(), site_of(ROOT)).findings.problems
    assert problem.field == "partition"
    assert problem.message == "no partition takes this: root takes jobs of root alone"


def test_a_qos_counts_where_no_partition_is_the_default() -> None:
    found = check_site(asking(qos="strict"), site_of(replace(DEBUG, default=False)))
    assert weights(found) == [("problem", "walltime"), ("warning", "partition")]
