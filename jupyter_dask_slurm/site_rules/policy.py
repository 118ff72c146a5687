"""What the administrator's limits say of a cluster. Pure; the same for the server and for controllers.

A job is judged as Slurm will read it, see `effective`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ..batch.site import some
from ..batch.slurm.accounts import is_among
from ..batch.slurm.request import NOTHING
from ..model.cluster import Cluster
from ..model.options import ClusterOptions
from ..model.policy import Policy
from ..model.scaling import Scaling
from ..model.settings import ControllerSettings, Settings
from .accounts import job_gpus
from .effective import EFFECTIVE, FILLED_IN, at_their_fields, effective
from .findings import MIB, Findings, duration, size

_DIRECTIVES = "job_extra_directives"
_LOCAL = ("cores", "directory", "memory", "walltime")
"""What the local queue reads of a script."""
_MORE_CORES = ("--exclusive", "--mincpus", "--cpus-per-gpu", "--ntasks-per-gpu", "--tres-per-task")
_UNCOUNTED: Mapping[str, tuple[str, ...]] = {
    "max_cores": _MORE_CORES,
    "max_memory": (*_MORE_CORES, "--mem-per-gpu"),  # which may be given for each core
    "max_gpus": ("--tres-per-task",),
}
"""The options of ``sbatch`` that may give a job more of it than can be read from its script."""


def check_limits(
    settings: ControllerSettings,
    options: ClusterOptions,
    script: str,
    scaling: Scaling,
    *,
    batch_system: str,
    environ: Mapping[str, str] = NOTHING,
) -> Findings:
    """Check that the administrator allows a cluster of these resolved options, whose jobs have that
    script and are submitted with the variables of ``environ``."""
    judged = effective(options, script, environ)
    of_job = _check_job(settings.policy, judged, batch_system)
    return (
        check_scaling(settings, options, scaling)
        + check_cores_of_user(settings.policy, options, scaling, (), cores=judged.cores)
        + at_their_fields(of_job, options, script, environ)
        + check_time("idle_timeout", options.idle_timeout, settings.policy.max_idle_timeout)
        + check_time("maximum_age", options.maximum_age, settings.policy.max_age)
    )


def check_scaling(
    settings: ControllerSettings, options: ClusterOptions, scaling: Scaling
) -> Findings:
    """Check that the administrator allows as many jobs as ``scaling`` may come to."""
    most = scaling.most_jobs(cores=options.cores or 1, memory=options.memory or 1)
    if settings.max_jobs is None or most <= settings.max_jobs:
        return Findings()
    message = f"{most} jobs; at most {settings.max_jobs} are allowed here"
    return Findings.problem(scaling.field, message)


def check_cores_of_user(
    policy: Policy,
    options: ClusterOptions,
    scaling: Scaling,
    others: Iterable[Cluster],
    *,
    cores: int | None = None,
) -> Findings:
    """Check that a cluster of that size and the ``others`` of its user come to no more cores together than
    the administrator allows. ``cores`` are those of a job, where Slurm reads other ones than the options'."""
    most, own = policy.max_cores_per_user, _cores(options, scaling, cores or options.cores)
    if most is None or own == 0:
        return Findings()
    taken = sum(_cores_of(other) for other in others if other.status != "failed")
    if own + taken <= most:
        return Findings()
    beside = f", beside {taken} of your other clusters" if taken else ""
    message = f"{own} cores{beside}; at most {most} are allowed here for all your clusters"
    return Findings.problem(scaling.field, message)


def check_new_size(
    settings: ControllerSettings, cluster: Cluster, scaling: Scaling, clusters: Iterable[Cluster]
) -> Findings:
    """Check that one of the user's ``clusters`` may have that size. Of their cores together it may
    always take less."""
    options = cluster.options
    found = check_scaling(settings, options, scaling)
    before = _cores(options, cluster.scaling, options.cores)
    if _cores(options, scaling, options.cores) <= before:
        return found
    others = [other for other in clusters if other.id != cluster.id]
    return found + check_cores_of_user(settings.policy, options, scaling, others)


def _cores(options: ClusterOptions, scaling: Scaling, of_job: int | None) -> int:
    jobs = scaling.most_jobs(cores=options.cores or 1, memory=options.memory or 1)
    return jobs * (of_job or 1)


def _cores_of(cluster: Cluster) -> int:
    """What it may come to by its size; Slurm may have given it more than that."""
    asked = _cores(cluster.options, cluster.scaling, cluster.options.cores)
    return max(asked, cluster.cpus or 0)


def check_time(field: str, seconds: int | None, most: int | None) -> Findings:
    """Check a time after which a cluster ends, where 0 is never."""
    if most is None or seconds is None or 0 < seconds <= most:
        return Findings()
    never = "" if seconds else "; 0 is never"
    return Findings.problem(field, f"at most {duration(most)} is allowed here{never}")


def _check_job(policy: Policy, job: ClusterOptions, batch_system: str) -> Findings:
    """Check one job of `effective` options. Names and GPUs are Slurm's: the local queue has none."""
    found = Findings()
    if batch_system == "slurm":
        for field, allowed in policy.names.items():
            found += _check_name(field, getattr(job, field), allowed)
        found += _check_gpus(policy, job)
    found += _check_most(policy, job)
    for field, value in policy.pinned.items():
        if field in EFFECTIVE - FILLED_IN and applies(field, batch_system):
            found += _check_pinned(field, value, getattr(job, field))
    return found + _check_directives(policy, job)


def applies(field: str, batch_system: str) -> bool:
    """Return whether the option means anything to that batch system."""
    return batch_system == "slurm" or field not in EFFECTIVE or field in _LOCAL


def _check_name(field: str, value: str | None, allowed: Sequence[str]) -> Findings:
    names = [name for name in (value or "").split(",") if name]
    if not names:
        return Findings.problem(field, f"one has to be named: {some(allowed)}")
    others = [name for name in names if not _is_allowed(field, name, allowed)]
    if not others:
        return Findings()
    are = "is" if len(others) == 1 else "are"
    return Findings.problem(
        field, f"{', '.join(others)} {are} not allowed here; there is {some(allowed)}"
    )


def _is_allowed(field: str, name: str, allowed: Sequence[str]) -> bool:
    return name in allowed if field == "partition" else is_among(name, allowed)


def _check_most(policy: Policy, job: ClusterOptions) -> Findings:
    found = Findings()
    if policy.max_cores is not None and (job.cores or 1) > policy.max_cores:
        found += _too_much("cores", f"{policy.max_cores} cores", str(job.cores))
    most = policy.max_memory
    if most is not None and (job.memory is None or job.memory > as_asked(most)):
        asked = "all of a node's" if job.memory is None else size(job.memory)
        found += _too_much("memory", size(most), asked)
    longest = policy.max_walltime
    if longest is not None and (job.walltime is None or job.walltime > longest):
        asked = "no limit" if job.walltime is None else duration(job.walltime)
        found += _too_much("walltime", duration(longest), asked)
    return found


def _check_gpus(policy: Policy, job: ClusterOptions) -> Findings:
    gpus, most = sum(job_gpus(job).values()), policy.max_gpus
    if most is None or gpus <= most:
        return Findings()
    return _too_much("gres", "1 GPU" if most == 1 else f"{most} GPUs", str(gpus))


def _too_much(field: str, allowed: str, asked: str) -> Findings:
    return Findings.problem(
        field, f"at most {allowed} a job may be asked for here, this asks for {asked}"
    )


def as_asked(memory: int) -> int:
    """Return what a job asks Slurm for that is to have so much memory: dask-jobqueue writes it in whole
    GiB, rounded up, or in MiB where it is less than one."""
    unit = 1024 * MIB if memory >= 1024 * MIB else MIB
    return -(-memory // unit) * unit


def _check_pinned(field: str, pinned: object, value: object) -> Findings:
    if field == "gres":
        same = job_gpus(ClusterOptions(gres=str(pinned))) == job_gpus(
            ClusterOptions(gres=None if value is None else str(value))
        )
    elif field == "memory":
        same = isinstance(pinned, int) and value in (pinned, as_asked(pinned))
    else:
        same = value == pinned
    return Findings() if same else Findings.problem(field, pinned_words(field, pinned))


def pinned_words(field: str, pinned: object) -> str:
    """Return what is said of a fixed option that has another value."""
    if isinstance(pinned, int) and field.endswith("memory"):
        value = size(pinned)
    elif isinstance(pinned, int) and field not in ("cores", "processes"):
        value = duration(pinned) if pinned else "never"
    else:
        value = str(pinned)
    return f"it is {value} here, for everybody"


def _check_directives(policy: Policy, job: ClusterOptions) -> Findings:
    """Check that nothing is asked for that cannot be counted."""
    found = Findings()
    given = {d.partition("=")[0]: d.partition("=")[2] for d in job.job_extra_directives or ()}
    bounded = [name for name in _UNCOUNTED if getattr(policy, name) is not None]
    for option in dict.fromkeys(option for name in bounded for option in _UNCOUNTED[name]):
        if option in given:
            found += Findings.problem(_DIRECTIVES, f"{option} is not allowed here")
    if bounded and not _on_one_node(given, policy):
        message = "more than one node for a job is not allowed here: say --nodes=1"
        found += Findings.problem(_DIRECTIVES, message)
    if policy != Policy() and any(not option.startswith("-") for option in given):
        # ``hetjob`` begins another job, with all its own options.
        found += Findings.problem(_DIRECTIVES, "only options of sbatch are allowed here")
    return found


def _on_one_node(given: Mapping[str, str], policy: Policy) -> bool:
    """Return whether a job gets one node: ``--mem`` is given for each, and tasks may be spread."""
    nodes, tasks = given.get("--nodes"), given.get("--ntasks")
    if nodes is not None:
        return nodes.strip() in ("1", "1-1")
    return policy.max_memory is None or tasks is None or tasks.strip() == "1"


def check_controller_job(settings: Settings, options: ClusterOptions) -> Findings:
    """Check the job that a controller lives in. What the administrator set for it may be more than the
    jobs of a cluster are allowed."""
    policy, partition = settings.policy, options.controller_partition
    if options.placement != "job":
        return Findings()
    found = Findings()
    allowed = policy.partitions
    if allowed is not None and partition not in (None, settings.controller_partition):
        found += _check_name("partition", partition, allowed)
    most = Policy(
        max_memory=_more(policy.max_memory, settings.controller_memory),
        max_walltime=_more(policy.max_walltime, settings.controller_walltime),
    )
    job = ClusterOptions(
        memory=options.controller_memory or 0, walltime=options.controller_walltime or 0
    )
    found += _check_most(most, job)
    return Findings(
        tuple(replace(problem, field=f"controller_{problem.field}") for problem in found.problems)
    )


def _more(bound: int | None, other: int) -> int | None:
    return None if bound is None else max(bound, other)
