"""The job names that tell whose a job is, and which submission it came from.

Ids of jobs can be lost (an ``sbatch`` that timed out) or reused (slurmctld killed); the name is
ours. ``--comment`` is left to the user, because sites charge by it.
"""

from __future__ import annotations

import re

_TAG = re.compile(r".+-(?P<cluster>[0-9a-f]{8})-(?P<submission>\d+)")
_CONTROLLER_TAG = re.compile(r".+-(?P<cluster>[0-9a-f]{8})-controller")


def job_name(cluster_name: str, cluster_id: str, submission: int) -> str:
    """The name of all jobs of one submission, for example ``blue-otter-3f9a12bc-2``."""
    return f"{cluster_name}-{cluster_id}-{submission}"


def cluster_of(name: str) -> str | None:
    """The id of the cluster a job name speaks of, or None when the job is not one of ours."""
    match = _TAG.fullmatch(name)
    return match["cluster"] if match else None


def belongs_to(name: str, cluster_id: str) -> bool:
    """Whether a job of that name was submitted for that cluster, whatever its name was then."""
    return cluster_of(name) == cluster_id


def controller_job_name(cluster_name: str, cluster_id: str) -> str:
    """The name of the job that a cluster's controller runs in: ``blue-otter-3f9a12bc-controller``.

    It belongs to no submission: who cancels a cluster's workers does not end its controller.
    """
    return f"{cluster_name}-{cluster_id}-controller"


def cluster_of_controller(name: str) -> str | None:
    """The id of the cluster whose controller runs in a job of that name, or None."""
    match = _CONTROLLER_TAG.fullmatch(name)
    return match["cluster"] if match else None
