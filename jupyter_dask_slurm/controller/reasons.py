"""Slurm's reasons for a waiting job, in words for people (``squeue`` manual, JOB REASON CODES)."""

from __future__ import annotations

_WAITING = {
    "Resources": "waits for free cores or memory",
    "Priority": "waits behind jobs of higher priority",
    "None": "has not been looked at by Slurm yet",
    "Dependency": "waits for another job",
    "BeginTime": "may not start before a set time",
    "Reservation": "waits for its reservation",
    "ReqNodeNotAvail": "waits for a node that is down, drained or reserved",
    "JobArrayTaskLimit": "waits because the array may run only so many tasks at once",
    "Licenses": "waits for a licence",
}
_NEVER = {
    "PartitionTimeLimit": "asks for more walltime than the partition allows",
    "PartitionNodeLimit": "asks for more nodes than the partition allows",
    "PartitionConfig": "asks for more than a node of the partition has",
    "PartitionDown": "is in a partition that is down",
    "PartitionInactive": "is in a partition that is inactive",
    "BadConstraints": "asks for something no node has",
    "AccountNotAllowed": "uses an account the partition does not allow",
    "QOSNotAllowed": "uses a QOS the partition does not allow",
    "JobHeldUser": "is held by its owner",
    "JobHeldAdmin": "is held by an administrator",
    "InvalidAccount": "uses an account that does not exist",
    "InvalidQOS": "uses a QOS that does not exist",
    "DependencyNeverSatisfied": "waits for a job that will never succeed",
}
_LIMITS = ("QOSMax", "QOSGrp", "AssocGrp", "AssocMax", "QOSUsage")


def explain(reason: str | None) -> str | None:
    """What a reason means, or None where the word speaks for itself."""
    if reason is None:
        return None
    word = _word(reason)
    if word in _WAITING:
        return _WAITING[word]
    if word in _NEVER:
        return _NEVER[word]
    if word.startswith(_LIMITS):
        return "is over a limit of its account or QOS"
    return None


def never_starts(reason: str | None) -> bool:
    """Whether waiting alone will not help: the job asks for something it will not get."""
    if reason is None:
        return False
    word = _word(reason)
    # A group's limit is a queue: others of the group may end. A limit per job is not.
    return word in _NEVER or (word.startswith(("QOSMax", "AssocMax")) and word.endswith("PerJob"))


def _word(reason: str) -> str:
    """The code itself: ``ReqNodeNotAvail, UnavailableNodes:n1`` carries more behind it."""
    return reason.strip("()").split(",")[0].split(" ")[0]
