"""Slurm's reasons for a pending job, in words for people (``squeue`` manual, JOB REASON CODES)."""

from __future__ import annotations

import re

WAITING = {
    "Resources": "waits for free cores or memory",
    "Priority": "waits behind jobs of higher priority",
    "None": "has not been looked at by Slurm yet",
    "Dependency": "waits for another job",
    "BeginTime": "may not start before a set time; Slurm sets one when it requeues a job",
    "Reservation": "waits for its reservation",
    "ReqNodeNotAvail": "waits for a node that is down, drained or reserved",
    "Nodes": "waits for a node that is down, drained or reserved",
    "NodeDown": "waits for a node that is down",
    "JobArrayTaskLimit": "waits because the array may run only so many tasks at once",
    "Licenses": "waits for a licence",
    "BurstBufferResources": "waits for a burst buffer",
    "BurstBufferStageIn": "waits for its burst buffer to be filled",
    "Cleaning": "was requeued and is being cleaned up after",
    "Prolog": "starts: its prolog runs",
    "FedJobLock": "waits for the clusters of a federation to agree",
    "MaxPoweredUpNodes": "waits until fewer nodes are powered up",
    "MpiPortsBusy": "waits for free ports for MPI",
    "NvidiaImexChannels": "waits for a free IMEX channel",
}
"""What passes, with what each means: the job …."""

_LESS_TIME = "Ask for a shorter walltime, or for a partition that allows more."
_LESS = "Ask for fewer cores or less memory per job, or for a partition with larger nodes."
_OTHER_PARTITION = "Choose another partition."
_ADMINISTRATOR = "Ask your administrator, or choose another partition."
_HELD = "Release it (scontrol release), or cancel it."

NEVER = {
    "PartitionTimeLimit": ("asks for more walltime than the partition allows", _LESS_TIME),
    "PartitionNodeLimit": ("asks for more nodes than the partition allows", _OTHER_PARTITION),
    "PartitionConfig": ("asks for more than a node of the partition has", _LESS),
    "PartitionDown": ("is in a partition that is down", _ADMINISTRATOR),
    "PartitionInactive": ("is in a partition that is inactive", _ADMINISTRATOR),
    "BadConstraints": (
        "asks for something no node has",
        "Change the features, generic resources or node counts among its directives.",
    ),
    "Constraints": ("asks for something no node has", _LESS),
    "AccountNotAllowed": (
        "uses an account the partition does not allow",
        "Choose another account or partition.",
    ),
    "QOSNotAllowed": (
        "uses a QOS the partition does not allow",
        "Choose another QOS or partition.",
    ),
    "GroupNotAllowed": (
        "is in a partition that is for other groups of users",
        _OTHER_PARTITION,
    ),
    "PartitionReservation": (
        "is in a partition that takes jobs of reservations only",
        _OTHER_PARTITION,
    ),
    "InvalidAccount": ("uses an account that does not exist", "Choose another account."),
    "InvalidQOS": ("uses a QOS that does not exist", "Choose another QOS."),
    "LaunchFailed": ("could not be started on its node, and is held", _HELD),
    "JobHoldMaxRequeue": ("was requeued too often, and is held", _HELD),
    "JobHeldUser": ("is held by its owner", _HELD),
    "JobHeldAdmin": ("is held by an administrator", "Ask your administrator."),
    "DependencyNeverSatisfied": (
        "waits for a job that will never succeed",
        "Remove the dependency from its directives.",
    ),
    "DeadLine": ("cannot end before its deadline", "Remove the deadline from its directives."),
    "ReservationDeleted": (
        "waits for a reservation that is no more",
        "Remove the reservation from its directives.",
    ),
    "ReservationInvalid": (
        "waits for a reservation that it may not use",
        "Choose another reservation, or remove it from its directives.",
    ),
}
"""What does not, with what each means and what to change."""

_PHRASES = {
    "launch failed requeued held": "LaunchFailed",
    "job requeued in held state": "JobHeldUser",
    "job's account not permitted to use this partition": "AccountNotAllowed",
    "job's qos not permitted to use this partition": "QOSNotAllowed",
    "user's group not permitted to use this partition": "GroupNotAllowed",
    "job's reservation not permitted to use this partition": "PartitionReservation",
}
"""The beginnings of what ``slurmctld`` writes where there is no code (``state_desc`` of a job)."""
_MAINTENANCE = "maintenance"

_LIMITS = ("QOS", "Assoc", "MaxMem")
_RUNNING_MINUTES = "RunMinutes"
"""A limit on what running jobs may still use together: it passes as they come to their end."""
_RENEWED = (
    "Waiting will not help until it is renewed. Choose another account or QOS, or ask those who grant "
    "the allocation for more."
)
_PER_JOB = ("PerJob", "PerNode", "WallDuration", "MaxMemPerLimit", "QOSMin", "QOSTimeLimit")
"""In the names of limits on a single job. A limit on a group or a user may pass, as other jobs end."""
_WHAT = {
    "Wall": _LESS_TIME,
    "Cpu": "Ask for fewer cores per job, or for another account or QOS.",
    "CPU": "Ask for fewer cores per job, or for another account or QOS.",
    "Mem": "Ask for less memory per job, or for another account or QOS.",
    "Node": "Ask for another account or QOS.",
    "GRES": "Ask for fewer generic resources, or for another account or QOS.",
}


_CANCELLED = re.compile(r"\*\*\* .* CANCELLED AT .* DUE TO (?:JOB )?(?=[A-Z])(.*?)(?:,.*)? \*\*\*")
"""What slurmstepd writes into the log of a job that it ends (``slurmstepd/req.c``)."""


def why_cancelled(log: str) -> str | None:
    """Return Slurm's own words for why it ended a job, from the end of its log: ``PREEMPTION``,
    ``NODE FAILURE``, ``REQUEUE``, ``TIME LIMIT``; None where it gives none."""
    found = _CANCELLED.findall(log)
    return str(found[-1]) if found else None


def explain(reason: str | None) -> str | None:
    """Return what a reason means; None where Slurm's word is not known here."""
    if reason is None:
        return None
    word = _word(reason)
    if _MAINTENANCE in reason.lower():
        return (
            "waits for the end of a maintenance: with a shorter walltime it could start before that"
        )
    if word in WAITING:
        return WAITING[word]
    if word in NEVER:
        return NEVER[word][0]
    if word.startswith(_LIMITS):
        if _is_used_up(word):
            return f"waits: the allocation of its {_whose(word)} is used up"
        if never_starts(reason):
            return "asks for more than its account or QOS allows one job"
        return "waits: its account or QOS has as many jobs or resources as it may have at once"
    return None


def never_starts(reason: str | None) -> bool:
    """Return whether the job will stay pending: it asks for something that it will not get."""
    if reason is None:
        return False
    word = _word(reason)
    is_limit = word.startswith(_LIMITS)
    per_job = any(part in word for part in _PER_JOB)
    return word in NEVER or (is_limit and (per_job or _is_used_up(word)))


def advise(reason: str) -> str:
    """Return what to change so that a job that never starts for that reason could."""
    word = _word(reason)
    if word in NEVER:
        return NEVER[word][1]
    if _is_used_up(word):
        return _RENEWED
    return next((text for part, text in _WHAT.items() if part in word), "Choose another QOS.")


def launch_failed(reason: str | None) -> bool:
    """Return whether Slurm could not start the job on its node, and holds it until it is released. A
    job that is submitted anew may start on another node."""
    return reason is not None and _word(reason) in ("LaunchFailed", "JobHoldMaxRequeue")


def _is_used_up(word: str) -> bool:
    """Return whether the limit is on all that may ever be used (``GrpTRESMins``), and not by one job."""
    return (
        word.startswith(("QOSGrp", "AssocGrp"))
        and "Minutes" in word
        and _RUNNING_MINUTES not in word
    )


def _whose(word: str) -> str:
    return "QOS" if word.startswith("QOS") else "account"


def _word(reason: str) -> str:
    """Return the code alone: ``ReqNodeNotAvail, UnavailableNodes:n1`` has more behind it."""
    phrase = reason.strip("()").replace("_", " ").lower()
    for beginning, code in _PHRASES.items():
        if phrase.startswith(beginning):
            return code
    return reason.strip("()").split(",")[0].split(" ")[0]
