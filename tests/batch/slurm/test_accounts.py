"""What accounting prints of a user, as tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_dask_slurm.batch.site import Accounts, Association, QosLimits
from jupyter_dask_slurm.batch.slurm.accounts import (
    account_of,
    associations_of,
    limits_of,
    parse_accounts,
    parse_associations,
    parse_clusters,
    parse_qos,
    qos_of,
)

GIB = 1024**3


NO_LIMITS = "|" * 6


@pytest.mark.parametrize(
    ("rows", "accounts"),
    [
        ([], Accounts()),
        # A user without an association on this cluster.
        (["root|||"], Accounts()),
        (["chem|chem||normal"], Accounts(("chem",), "chem", ("normal",), "normal")),
        (
            ["physics|physics|high|high,normal", "physics|root||normal,free"],
            Accounts(("physics", "root"), "physics", ("high", "normal", "free"), "high"),
        ),
        # Of several of which none is the default Slurm takes "normal".
        (
            ["physics|physics||high,normal"],
            Accounts(("physics",), "physics", ("high", "normal"), "normal"),
        ),
        (["chem|chem||high,free"], Accounts(("chem",), "chem", ("high", "free"), None)),
        # One row for each partition of an account.
        (
            ["chem|chem||normal", "chem|chem||normal"],
            Accounts(("chem",), "chem", ("normal",), "normal"),
        ),
        # Its default is an account of another cluster.
        (["chem|physics||normal"], Accounts(("physics",), None, ("normal",), None)),
        (["a banner", "chem|chem||"], Accounts(("chem",), "chem", (), None)),
    ],
)
def test_accounts_and_qos(rows: list[str], accounts: Accounts) -> None:
    read = parse_associations("".join(f"{row}{NO_LIMITS}\n" for row in rows))
    assert replace(read, associations=()) == accounts
    assert not any(association.at_once for association in read.associations)


def test_associations_and_their_limits() -> None:
    # As Slurm 22.05 prints them.
    rows = (
        "physics|sub||normal|debug||7|||\n"
        "physics|physics|high|high,normal|||7|||\n"
        "physics|chemistry||high,normal||2||9|5|cpu=64,gres/gpu=4,mem=1T,node=8\n"
    )
    assert parse_associations(rows).associations == (
        Association(
            "sub", own=True, at_once={"MaxSubmit": 7}, partition="debug", default_qos="normal"
        ),
        Association("physics", own=True, at_once={"MaxSubmit": 7}, default_qos="high"),
        Association(
            "chemistry",
            own=True,
            at_once={
                "MaxJobs": 2,
                "GrpJobs": 9,
                "GrpSubmit": 5,
                "GrpTRES/cpu": 64,
                "GrpTRES/mem": 1024 * GIB,
                "GrpTRES/gres/gpu": 4,
            },
            default_qos="normal",
        ),
    )
    rows = "root||99||\nphysics|root||3|cpu=10\nsub|physics|||\na banner\n"
    assert parse_accounts(rows) == (
        Association("root", own=False, at_once={"GrpJobs": 99}),
        Association(
            "physics", own=False, at_once={"GrpSubmit": 3, "GrpTRES/cpu": 10}, parent="root"
        ),
        Association("sub", own=False, parent="physics"),
    )


@pytest.mark.parametrize(
    ("account", "partition", "found"),
    [
        ("physics", "debug", ["physics", "physics", "root"]),
        ("Physics", None, ["physics", "physics", "root"]),
        # The one of that partition goes before the one of all others.
        ("sub", "debug", ["sub in debug", "sub", "physics", "root"]),
        ("sub", "long", ["sub", "sub", "physics", "root"]),
        ("biology", "debug", []),
        (None, "debug", []),
    ],
)
def test_which_associations_hold_for_a_job(
    account: str | None, partition: str | None, found: list[str]
) -> None:
    accounts = Accounts(
        associations=(
            Association("physics", own=True),
            Association("sub", own=True),
            Association("sub", own=True, partition="debug"),
            Association("sub", own=False, parent="physics"),
            Association("physics", own=False, parent="root"),
            Association("root", own=False),
            Association("chemistry", own=False, parent="root"),
        )
    )
    assert [
        f"{a.account} in {a.partition}" if a.partition else a.account
        for a in associations_of(account, partition, accounts)
    ] == found


@pytest.mark.parametrize(
    ("rows", "clusters"),
    [
        ("", ()),
        ("genius|10.0.0.1\nwice|10.0.0.2\n", ("genius", "wice")),
        # It was added by hand, or long ago.
        ("genius|10.0.0.1\nthinking|\n", ("genius",)),
        ("a banner\ngenius|10.0.0.1\n", ("genius",)),
    ],
)
def test_slurm_clusters(rows: str, clusters: tuple[str, ...]) -> None:
    assert parse_clusters(rows) == clusters


@pytest.mark.parametrize(
    ("row", "limits"),
    [
        (
            "high|||||3|4|cpu=5,node=2|8|6|gres/gpu=1|9||mem=10G",
            QosLimits(
                at_once={
                    "MaxJobsPU": 3,
                    "MaxSubmitPU": 4,
                    "MaxTRESPU/cpu": 5,
                    "MaxJobsPA": 8,
                    "MaxSubmitPA": 6,
                    "MaxTRESPA/gres/gpu": 1,
                    "GrpJobs": 9,
                    "GrpTRES/mem": 10 * GIB,
                }
            ),
        ),
        ("high||||2.000000|||||||||", QosLimits(limit_factor=2)),
        ("high|||", QosLimits()),
        ("high|PartitionTimeLimit||", QosLimits(overrides_partition=True)),
        (
            "high|DenyOnLimit,OverPartQOS|00:10:00|",
            QosLimits(max_walltime=600, overrides_partition_qos=True, refuses=True),
        ),
        ("high||02:00:00|", QosLimits(max_walltime=7200)),
        ("high||7-00:00:00|node=1", QosLimits(max_walltime=7 * 86400)),
        (
            "high|NoReserve||cpu=4,gres/gpu=2,mem=8G",
            QosLimits(max_cores=4, max_memory=8 * GIB, max_gpus=2),
        ),
        ("high|||gres/gpu=0", QosLimits(max_gpus=0)),
        ("high|||gres/gpu:a100=1", QosLimits()),
    ],
)
def test_limits_of_a_qos(row: str, limits: QosLimits) -> None:
    missing = "|" * (13 - row.count("|"))
    assert parse_qos(f"normal|||cpu=1{'|' * 10}\n{row}{missing}\na banner\n") == {
        "normal": QosLimits(max_cores=1),
        "high": limits,
    }


PHYSICS = Accounts(
    accounts=("physics", "chemistry"),
    default_account="physics",
    qos=("normal", "high"),
    default_qos="normal",
    qos_limits={"high": QosLimits(max_cores=8)},
)


@pytest.mark.parametrize(
    ("requested", "account", "accounts", "qos"),
    [
        ("high", "chemistry", PHYSICS, "high"),
        (None, None, PHYSICS, "normal"),
        (None, "Physics", PHYSICS, "normal"),
        (None, "chemistry", PHYSICS, None),
        (
            *(None, "Chemistry"),
            Accounts(associations=(Association("chemistry", own=True, default_qos="free"),)),
            "free",
        ),
        (None, "chemistry", Accounts(default_qos="normal"), None),
        (None, None, Accounts(), None),
    ],
)
def test_a_job_gets_the_qos_it_asks_for_or_its_accounts_default(
    requested: str | None, account: str | None, accounts: Accounts, qos: str | None
) -> None:
    assert qos_of(requested, account, accounts) == qos


def test_a_job_gets_the_account_it_asks_for_or_the_users_default() -> None:
    assert account_of("chemistry", PHYSICS) == "chemistry"
    assert account_of(None, PHYSICS) == "physics"
    assert account_of(None, Accounts()) is None


def test_limits_are_found_whatever_the_case_of_the_name() -> None:
    assert limits_of("HIGH", PHYSICS) == QosLimits(max_cores=8)
    assert limits_of("normal", PHYSICS) is None
    assert limits_of(None, PHYSICS) is None
