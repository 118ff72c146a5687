"""What sbatch --test-only says, as a table."""

from __future__ import annotations

import datetime

import pytest

from jupyter_dask_slurm.batch.base import Estimate
from jupyter_dask_slurm.batch.slurm.estimate import parse_estimate

LOCAL = datetime.datetime(2026, 11, 28, 10).timestamp()  # noqa: DTZ001  # as Slurm writes it
POLICY = "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)"


STARTS = "sbatch: Job 4 to start at 1795831891 using 1 processors on nodes n2 in partition gpu\n"
DATED = "sbatch: Job 12 to start at 2026-11-28T10:00:00 using 2 processors on "
UNAVAILABLE = "Requested node configuration is not available"


@pytest.mark.parametrize(
    ("text", "estimate"),
    [
        (STARTS, Estimate(1795831891.0, "n2", "gpu")),
        (f"Quota: 17 of 20\n{STARTS}", Estimate(1795831891.0, "n2", "gpu")),
        (DATED + "nodes n[1-2] in partition debug", Estimate(LOCAL, "n[1-2]", "debug")),
        (DATED + "n1", Estimate(LOCAL, "n1")),  # an older form
        (STARTS.replace("1795831891", "Unknown"), Estimate(None, "n2", "gpu")),
        (f"allocation failure: {UNAVAILABLE}\n", Estimate(message=UNAVAILABLE)),
        (
            f"sbatch: error: QOSMaxWallDurationPerJobLimit\nallocation failure: {POLICY}",
            Estimate(message=f"QOSMaxWallDurationPerJobLimit\n{POLICY}"),
        ),
        ("", Estimate()),
        ("\n", Estimate()),
    ],
)
def test_estimates(text: str, estimate: Estimate) -> None:
    assert parse_estimate(text) == estimate
