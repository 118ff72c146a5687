"""How many jobs the limits of accounting leave a cluster, as tables.

Which limit counts was read in Slurm's ``acct_policy.c``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from jupyter_dask_slurm.batch.site import Accounts, Association, Gpus, Partition, QosLimits, Site
from jupyter_dask_slurm.model.cluster import JobLimit
from jupyter_dask_slurm.model.options import ClusterOptions
from jupyter_dask_slurm.site_rules.job_limit import check_job_limit, job_limit

GIB = 1024**3
Limits = Mapping[str, int]


def site_of(
    *,
    normal: Limits | None = None,
    partition: Limits | None = None,
    own: Limits | None = None,
    account: Limits | None = None,
    root: Limits | None = None,
    **qos: Any,
) -> Site:
    """A site by the limits of the job's QOS, of its partition's, and of the user's associations."""
    return Site(
        "slurm",
        "22.05.8",
        partitions=(
            Partition("debug", default=True, own_qos=None if partition is None else "part"),
            Partition("long", gpus=(Gpus(None, 2, 2, 2),)),
        ),
        accounts=Accounts(
            accounts=("physics",),
            default_account="physics",
            qos=("normal",),
            default_qos="normal",
            qos_limits={
                "normal": QosLimits(at_once=normal or {}, **qos),
                "part": QosLimits(at_once=partition or {}),
                "high": QosLimits(at_once={"MaxSubmitPU": 2}),
            },
            associations=(
                Association("physics", own=True, at_once=own or {}),
                Association("physics", own=False, parent="root", at_once=account or {}),
                Association("root", own=False, at_once=root or {}),
            ),
        ),
    )


def asking(**options: Any) -> ClusterOptions:
    return ClusterOptions.from_json({"cores": 2, "memory": 4 * GIB, **options})


@pytest.mark.parametrize(
    ("limits", "jobs", "message"),
    [
        ({}, None, None),
        # Of the job's QOS.
        ({"normal": {"MaxSubmitPU": 4}}, 4, "your QOS normal allows 4 submitted jobs"),
        ({"normal": {"MaxSubmitPU": 0}}, 0, "your QOS normal allows 0 submitted jobs"),
        ({"normal": {"MaxJobsPU": 1}}, 1, "your QOS normal allows 1 running job"),
        (
            {"normal": {"GrpJobs": 5}},
            *(5, "your QOS normal allows 5 running jobs, of all its users together"),
        ),
        (
            {"normal": {"MaxSubmitPA": 5}},
            *(5, "your QOS normal allows 5 submitted jobs, of all its users together"),
        ),
        ({"normal": {"MaxSubmitPU": 4, "MaxJobsPU": 3, "GrpJobs": 9}}, 3, "3 running jobs"),
        (
            {"normal": {"MaxTRESPU/cpu": 9}},
            *(4, "your QOS normal allows 9 cores at once: 4 such jobs"),
        ),
        ({"normal": {"MaxTRESPU/mem": 4 * GIB}}, 1, "allows 4 GiB at once: 1 such job"),
        ({"normal": {"MaxTRESPU/cpu": 1}}, 0, "allows 1 core at once: 0 such jobs"),
        # These jobs have no GPU.
        ({"normal": {"MaxTRESPU/gres/gpu": 1}}, None, None),
        # Of the partition's QOS, which goes first unless the job's overrules it.
        (
            {"partition": {"MaxSubmitPU": 3}},
            *(3, "the QOS part of debug allows 3 submitted jobs"),
        ),
        ({"partition": {"MaxSubmitPU": 9}, "normal": {"MaxSubmitPU": 4}}, 9, "the QOS part"),
        (
            {
                "partition": {"MaxSubmitPU": 9},
                "normal": {"MaxSubmitPU": 4},
                "overrides_partition_qos": True,
            },
            *(4, "your QOS normal"),
        ),
        # Different limits count beside each other.
        ({"partition": {"GrpSubmit": 9}, "normal": {"MaxSubmitPU": 4}}, 4, "your QOS normal"),
        # Of the associations: the user's own, and each account up to the root.
        ({"own": {"MaxSubmit": 6}}, 6, "your account physics allows 6 submitted jobs"),
        (
            {"account": {"GrpSubmit": 5}},
            *(5, "your account physics allows 5 submitted jobs, of all its users together"),
        ),
        ({"own": {"GrpJobs": 7}, "root": {"GrpJobs": 5}}, 5, "your account root allows 5 running"),
        # What the QOS sets counts in their place.
        ({"own": {"MaxSubmit": 6}, "normal": {"MaxSubmitPU": 8}}, 8, "your QOS normal"),
        ({"own": {"MaxSubmit": 6}, "normal": {"MaxSubmitPA": 8}}, 8, "your QOS normal"),
        ({"own": {"MaxJobs": 6}, "partition": {"MaxJobsPU": 8}}, 8, "the QOS part"),
        ({"own": {"MaxJobs": 6}, "normal": {"MaxSubmitPU": 8}}, 6, "your account physics"),
        ({"account": {"GrpTRES/cpu": 4}, "normal": {"GrpTRES/cpu": 8}}, 4, "your QOS normal"),
        ({"account": {"GrpTRES/cpu": 4}}, 2, "4 cores at once, of all its users together: 2 such"),
        ({"account": {"GrpTRES/cpu": 4}, "limit_factor": 2.5}, 5, "allows 10 cores at once"),
        ({"own": {"GrpJobs": 4}, "limit_factor": 2.5}, 4, "allows 4 running jobs"),
    ],
)
def test_the_least_of_the_limits_that_count(
    limits: dict[str, Any], jobs: int | None, message: str | None
) -> None:
    found = job_limit(asking(), site_of(**limits))
    assert (None if found is None else found.jobs) == jobs
    if found is not None:
        assert message is not None
        assert message in found.message


@pytest.mark.parametrize(
    ("options", "jobs"),
    [
        ({}, 8),
        ({"qos": "High"}, 2),
        # Its limits are not known, and associations may not count.
        ({"qos": "other"}, None),
        ({"account": "biology", "partition": "long"}, None),
        # A list of partitions has the room of the one that has most.
        ({"partition": "long"}, 9),
        ({"partition": "debug,long"}, 9),
        ({"partition": "long", "gres": "gpu:2"}, 3),
        # Where its controller needs a job, it is one of them.
        ({"partition": "long", "placement": "job"}, 8),
        ({"placement": "job"}, 8),
        ({"qos": "high", "placement": "job"}, 1),
    ],
)
def test_what_a_job_asks_for(options: dict[str, Any], jobs: int | None) -> None:
    site = site_of(partition={"MaxSubmitPU": 8}, normal={"MaxSubmitPU": 9, "MaxTRESPU/gres/gpu": 6})
    if "qos" in options:
        options = {"partition": "long", **options}
    found = job_limit(asking(**options), site)
    assert (None if found is None else found.jobs) == jobs


def test_nothing_is_known_of_another_site() -> None:
    assert job_limit(asking(), None) is None
    assert job_limit(asking(), Site("local", "1")) is None


@pytest.mark.parametrize(
    ("most", "limit", "message", "doubtful"),
    [
        (8, None, None, False),
        (4, JobLimit(4, "your QOS long allows 4 submitted jobs"), None, False),
        (
            *(8, JobLimit(4, "your QOS long allows 4 submitted jobs")),
            "your QOS long allows 4 submitted jobs; the rest of 8 follows when there is room",
            False,
        ),
        (
            *(1, JobLimit(0, "your QOS long allows 1 core at once: 0 such jobs")),
            "your QOS long allows 1 core at once: 0 such jobs: none will start",
            True,
        ),
    ],
)
def test_more_may_be_wanted_than_fit(
    most: int, limit: JobLimit | None, message: str | None, doubtful: bool
) -> None:
    found = check_job_limit("scaling.jobs", most, limit)
    assert found.problems == ()
    said = [(w.field, w.message, w.doubtful) for w in found.warnings]
    assert said == ([] if message is None else [("scaling.jobs", message, doubtful)])
