"""Slurm's reasons in words."""

from __future__ import annotations

import pytest

from jupyter_dask_slurm.batch.slurm.reasons import (
    advise,
    explain,
    launch_failed,
    never_starts,
)


@pytest.mark.parametrize(
    "reason",
    [
        *("Resources", "Priority", "(Priority)", "None", "BeginTime", "Licenses", "Dependency"),
        *("ReqNodeNotAvail, UnavailableNodes:n[1-2]", "JobArrayTaskLimit", "Reservation"),
        *("QOSMaxJobsPerUserLimit", "QOSMaxCpuPerUserLimit", "AssocGrpCpuLimit"),
        *("AssocMaxJobsLimit", "QOSGrpMemLimit", "AssocGrpCPURunMinutesLimit"),
        *("ReqNodeNotAvail, Reserved for maintenance", "QOSMaxSubmitJobPerUserLimit"),
    ],
)
def test_reasons_to_wait(reason: str) -> None:
    assert not never_starts(reason)
    assert explain(reason)


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("PartitionTimeLimit", "shorter walltime"),
        ("PartitionConfig", "fewer cores"),
        ("BadConstraints", "features"),
        ("AccountNotAllowed", "account"),
        ("QOSNotAllowed", "QOS"),
        ("InvalidQOS", "QOS"),
        ("PartitionDown", "another partition"),
        ("JobHeldUser", "scontrol release"),
        ("job requeued in held state", "scontrol release"),
        ("launch failed requeued held", "scontrol release"),
        ("JobHoldMaxRequeue", "scontrol release"),
        ("JobHeldAdmin", "administrator"),
        ("QOSMaxWallDurationPerJobLimit", "shorter walltime"),
        ("AssocMaxWallDurationPerJobLimit", "shorter walltime"),
        ("QOSMaxCpuPerJobLimit", "fewer cores"),
        ("QOSMaxMemoryPerJob", "less memory"),
        ("QOSMaxGRESPerJob", "generic resources"),
        ("QOSMaxNodePerJobLimit", "QOS"),
        ("QOSMaxCpuPerNode", "fewer cores"),
        ("MaxMemPerLimit", "less memory"),
        ("AssocMaxCpuPerJobLimit", "fewer cores"),
        # An allocation that is used up stays so until somebody renews it.
        ("AssocGrpCPUMinutesLimit", "until it is renewed"),
        ("AssocGrpBillingMinutes", "until it is renewed"),
        ("QOSGrpCPUMinutesLimit", "until it is renewed"),
        (
            "Job's account not permitted to use this partition (cpu allows chem not guest)",
            "account",
        ),
        ("Job's QOS not permitted to use this partition (cpu denies free including free)", "QOS"),
        ("User's group not permitted to use this partition", "another partition"),
    ],
)
def test_reasons_that_will_not_pass(reason: str, advice: str) -> None:
    assert never_starts(reason)
    assert explain(reason)
    assert advice in advise(reason)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("ReqNodeNotAvail, Reserved for maintenance", "shorter walltime it could start before"),
        ("ReqNodeNotAvail, UnavailableNodes:n1", "waits for a node"),
        ("AssocGrpBillingMinutes", "the allocation of its account is used up"),
        ("QOSGrpBillingMinutes", "the allocation of its QOS is used up"),
        ("AssocGrpCPURunMinutesLimit", "as it may have at once"),
        ("Job's account not permitted to use this partition (cpu allows chem)", "does not allow"),
        ("BeginTime", "when it requeues a job"),
    ],
)
def test_what_a_reason_says(reason: str, words: str) -> None:
    assert words in (explain(reason) or "")


def test_a_word_that_is_not_known_stands_for_itself() -> None:
    assert explain("NewInSlurm99") is None
    assert not never_starts("NewInSlurm99")
    assert explain(None) is None
    assert not never_starts(None)


@pytest.mark.parametrize(
    ("reason", "failed"),
    [
        ("launch failed requeued held", True),
        ("launch_failed_requeued_held", True),
        ("JobHoldMaxRequeue", True),
        ("job requeued in held state", False),  # somebody wanted that
        ("JobHeldUser", False),
        ("Resources", False),
        (None, False),
    ],
)
def test_what_slurm_could_not_start(reason: str | None, failed: bool) -> None:
    assert launch_failed(reason) is failed
