"""The names of clusters, and of their jobs: these say of which cluster and submission a job is.

Ids of jobs can be lost (an ``sbatch`` that timed out) or reused (slurmctld killed); the name is
ours. ``--comment`` is left to the user, because sites charge by it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection

from ..errors import InvalidOptions

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_TAG = re.compile(r".+-(?P<cluster>[0-9a-f]{8})-(?P<submission>\d+)")
_CONTROLLER_TAG = re.compile(r".+-(?P<cluster>[0-9a-f]{8})-controller")
_ADJECTIVES = """
amber ample azure bold brave bright brisk calm clear clever cosy crisp deft eager early fair fleet
fond gentle glad golden grand green keen kind light lively loyal lucid lucky mellow merry mild neat
noble proud quick quiet rapid ready rosy ruby sage sharp silver sleek smart solid stout sunny swift
tidy true vivid warm wise witty young
"""
_ANIMALS = """
badger beaver bison bittern condor coral crane curlew dolphin dove eagle egret falcon finch fox
gecko gibbon hare heron hornet ibis jackal kestrel koala lark lemur lion lynx magpie marten mole
moose narwhal newt osprey otter owl panda petrel plover puffin quail raven robin salmon seal shrew
sparrow stoat stork swan tapir tern toad trout vole walrus weasel wombat wren
"""


def validate_name(name: object) -> str:
    """Return the name of a cluster, checked. Raise InvalidOptions, which names the field ``name``."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidOptions.of(
            "name", "1 to 63 letters, digits, '.', '_' or '-', beginning with a letter or digit"
        )
    return name


def new_name(taken: Collection[str]) -> str:
    """Return a name such as ``quiet-otter`` that is not among those taken."""
    while True:
        name = f"{secrets.choice(_ADJECTIVES.split())}-{secrets.choice(_ANIMALS.split())}"
        for suffix in ("", f"-{secrets.token_hex(2)}"):
            if name + suffix not in taken:
                return name + suffix


def job_name(cluster_name: str, cluster_id: str, submission: int) -> str:
    """Return the name of all jobs of one submission, for example ``blue-otter-3f9a12bc-2``."""
    return f"{cluster_name}-{cluster_id}-{submission}"


def cluster_of(name: str) -> str | None:
    """Return the id of the cluster in a job's name, or None when the job is not one of ours."""
    match = _TAG.fullmatch(name)
    return match["cluster"] if match else None


def belongs_to(name: str, cluster_id: str) -> bool:
    """Return whether a job of that name was submitted for that cluster, whatever its name was then."""
    return cluster_of(name) == cluster_id


def controller_job_name(cluster_name: str, cluster_id: str) -> str:
    """Return the name of the job that a cluster's controller runs in: ``blue-otter-3f9a12bc-controller``.

    It belongs to no submission: a cluster's workers are cancelled without it.
    """
    return f"{cluster_name}-{cluster_id}-controller"


def cluster_of_controller(name: str) -> str | None:
    """Return the id of the cluster whose controller runs in a job of that name, or None."""
    match = _CONTROLLER_TAG.fullmatch(name)
    return match["cluster"] if match else None


def cluster_of_any(name: str) -> str | None:
    """Return the id of the cluster whose workers or controller run in a job of that name, or None."""
    return cluster_of(name) or cluster_of_controller(name)
