"""What accounting prints of a user, as tables."""

from __future__ import annotations

import pytest

from jupyter_dask_slurm.batch.site import Accounts, QosLimits
from jupyter_dask_slurm.batch.slurm.accounts import (
    account_of,
    limits_of,
    parse_associations,
    parse_clusters,
    parse_qos,
    qos_of,
)

GIB = 1024**3


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
        # Two may be asked for, and none is the default.
        (
            ["physics|physics||high,normal"],
            Accounts(("physics",), "physics", ("high", "normal"), None),
        ),
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
def test_associations(rows: list[str], accounts: Accounts) -> None:
    assert parse_associations("".join(f"{row}\n" for row in rows)) == accounts


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
    assert parse_qos(f"normal|||cpu=1\n{row}\na banner\n") == {
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
