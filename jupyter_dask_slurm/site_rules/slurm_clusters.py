"""Which of a site's Slurm clusters takes the jobs. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ..model.cluster import Problem
from ..model.options import ClusterOptions, names_several_clusters
from .effective import effective
from .findings import Findings

_UNKNOWN = "known by database"
"""In Slurm's words for a cluster that slurmdbd has never heard of."""


def one_slurm_cluster(options: ClusterOptions) -> str | None:
    """Return the Slurm cluster that the `effective` options name; None where they name none, or
    several."""
    where = options.slurm_cluster
    return None if where is None or names_several_clusters(where) else where


def named_slurm_cluster(options: ClusterOptions, environ: Mapping[str, str]) -> str | None:
    """Return the Slurm cluster that options which are not resolved name by themselves, or else the
    variables of ``environ``."""
    lines = [] if options.slurm_cluster is None else [f"--clusters={options.slurm_cluster}"]
    lines += options.job_extra_directives or ()
    script = "".join(f"#SBATCH {line}\n" for line in lines)
    return one_slurm_cluster(effective(options, script, environ))


def check_slurm_cluster(options: ClusterOptions, problem: Problem | None) -> Findings:
    """Check that the `effective` options name one Slurm cluster at most, and one that there is.

    ``problem`` is why it has not answered. Of several Slurm takes the one that would start the job
    first, for each submission anew: the jobs of a cluster would be in places that do not know of each
    other.
    """
    where = options.slurm_cluster
    if where is None:
        return Findings()
    if one_slurm_cluster(options) is None:
        message = f"name one cluster: Slurm would choose one of {where} for each submission"
        return Findings.problem("slurm_cluster", message)
    if problem is not None and _UNKNOWN in problem.message:
        return Findings.problem("slurm_cluster", problem.message)
    return Findings()
