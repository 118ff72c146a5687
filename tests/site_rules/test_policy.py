"""The administrator's limits hold for what Slurm will read, whoever wrote it, and are said at the field."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from jupyter_dask_slurm.batch.site import Accounts, Partition, Site
from jupyter_dask_slurm.model.cluster import Cluster
from jupyter_dask_slurm.model.options import ClusterOptions
from jupyter_dask_slurm.model.policy import Policy
from jupyter_dask_slurm.model.scaling import Adapt, Scaling
from jupyter_dask_slurm.model.settings import ControllerSettings, Settings
from jupyter_dask_slurm.site_rules.choices import (
    Job,
    allowed_site,
    bounds_json,
    check_choice,
    notice_json,
    ruled,
)
from jupyter_dask_slurm.site_rules.effective import effective
from jupyter_dask_slurm.site_rules.findings import Findings
from jupyter_dask_slurm.site_rules.policy import (
    check_controller_job,
    check_cores_of_user,
    check_limits,
    check_new_size,
    check_scaling,
)

GIB = 1024**3
OPTIONS = ClusterOptions.from_json(
    {
        "cores": 2,
        "memory": 4 * GIB,
        "walltime": 1800,
        "partition": "debug",
        "account": "physics",
        "qos": "normal",
        "gres": "gpu:1",
        "idle_timeout": 600,
        "maximum_age": 3600,
    }
)
SCRIPT = """#!/bin/sh
#SBATCH -p debug
#SBATCH -A physics
#SBATCH --cpus-per-task=2
#SBATCH --mem=4G
#SBATCH -t 00:30:00
#SBATCH --qos=normal
#SBATCH --gres=gpu:1
"""


def found(
    policy: dict[str, Any],
    *directives: str,
    options: ClusterOptions = OPTIONS,
    script: str = SCRIPT,
    batch_system: str = "slurm",
    **environ: str,
) -> list[tuple[str, str]]:
    lines = "".join(f"#SBATCH {directive}\n" for directive in directives)
    findings = check_limits(
        ControllerSettings(policy=Policy.from_json(policy)),
        options,
        script + lines,
        Scaling(),
        batch_system=batch_system,
        environ=environ,
    )
    assert findings.warnings == ()
    return [(problem.field, problem.message) for problem in findings.problems]


BOUNDS: dict[str, Any] = {
    "partitions": ["debug", "long"],
    "accounts": ["Physics"],
    "qos": ["normal"],
    "max_cores": 2,
    "max_memory": "4 GiB",
    "max_walltime": 1800,
    "max_gpus": 1,
    "max_idle_timeout": 600,
    "max_age": 3600,
    "fixed": {"cores": 2, "memory": "4 GiB", "partition": "debug", "gres": "gpu:1"},
}


def test_what_keeps_to_the_bounds_is_allowed() -> None:
    assert found(BOUNDS) == []
    assert found({"partitions": ["debug", "long"]}, "--partition=long,debug") == []
    assert found({"max_memory": "4 GiB"}, "-n 2", "-N 1") == []
    assert found({}, "-p anything", "--exclusive", "hetjob", "-N 4") == []


DIRECTIVES = "job_extra_directives"


@pytest.mark.parametrize(
    ("bound", "directive", "message"),
    [
        ({"partitions": ["debug"]}, "-p other", "--partition=other: other is not allowed here"),
        ({"partitions": ["debug"]}, "--part=debug,other", "other is not allowed here"),
        ({"accounts": ["physics"]}, "-A biology", "--account=biology: biology is not allowed here"),
        ({"qos": ["normal"]}, "--qos=high", "--qos=high: high is not allowed here"),
        ({"qos": ["normal"]}, "-q normal,high", "high is not allowed here"),
        ({"max_walltime": 1800}, "--time=1-0", "at most 30 min a job may be asked for here"),
        ({"max_walltime": 1800}, "-t UNLIMITED", "this asks for no limit"),
        ({"max_cores": 2}, "-c 3", "at most 2 cores a job may be asked for here"),
        ({"max_cores": 2}, "--ntasks=2", "this asks for 4"),
        ({"max_memory": 4 * GIB}, "--mem=5G", "this asks for 5 GiB"),
        ({"max_memory": 4 * GIB}, "--mem=0", "this asks for all of a node's"),
        ({"max_gpus": 1}, "-G a100:2", "at most 1 GPU a job may be asked for here"),
        ({"max_cores": 2}, "--exclusive", "--exclusive is not allowed here"),
        ({"max_cores": 2}, "--mincpus=8", "--mincpus is not allowed here"),
        ({"max_memory": 4 * GIB}, "--mem-per-gpu=9G", "--mem-per-gpu is not allowed here"),
        ({"max_gpus": 1}, "--tres-per-task=gres/gpu:4", "--tres-per-task is not allowed here"),
        ({"max_cores": 2}, "-N 1-4", "more than one node for a job is not allowed here"),
        ({"max_memory": 4 * GIB}, "-N 2", "more than one node for a job is not allowed here"),
        ({"max_memory": 4 * GIB}, "-n 2", "more than one node for a job is not allowed here"),
        ({"max_memory": 4 * GIB}, "--exclusive", "--exclusive is not allowed here"),
        ({"partitions": ["debug"]}, "hetjob", "only options of sbatch are allowed here"),
        ({"fixed": {"partition": "debug"}}, "-p other", "it is debug here, for everybody"),
        ({"fixed": {"walltime": 1800}}, "-t 10", "it is 30 min here, for everybody"),
        ({"fixed": {"gres": "gpu:1"}}, "--gpus=2", "it is gpu:1 here, for everybody"),
        ({"fixed": {"slurm_cluster": "one"}}, "-M two", "it is one here, for everybody"),
    ],
)
def test_a_directive_is_judged_as_slurm_reads_it(
    bound: dict[str, Any], directive: str, message: str
) -> None:
    fields, messages = zip(*found(bound, directive), strict=True)
    # Where a directive stands in for an option that was chosen, or overrules it.
    assert set(fields) <= {DIRECTIVES, "cores", "memory", "gres"}
    assert message in " | ".join(messages)


@pytest.mark.parametrize(
    ("bound", "variable", "value", "without", "message"),
    [
        ({"partitions": ["debug"]}, "SBATCH_PARTITION", "other", "-p debug", "other is not"),
        ({"qos": ["normal"]}, "SBATCH_QOS", "high", "--qos=normal", "high is not allowed"),
        ({"max_walltime": 1800}, "SBATCH_TIMELIMIT", "60", "-t 00:30:00", "asks for 1 h"),
        ({"max_cores": 2}, "SBATCH_EXCLUSIVE", "user", None, "--exclusive is not allowed"),
        ({"max_gpus": 1}, "SBATCH_GPUS", "2", None, "this asks for 2"),
    ],
)
def test_what_the_environment_says_is_judged_where_the_script_leaves_it_open(
    bound: dict[str, Any], variable: str, value: str, without: str | None, message: str
) -> None:
    script = SCRIPT
    if without is not None:
        assert found(bound, **{variable: value}) == []  # the line of the script counts
        script = SCRIPT.replace(f"#SBATCH {without}\n", "")
    ((_, said),) = found(bound, script=script, **{variable: value})
    assert message in said


def test_what_is_left_to_slurm_is_not_known_to_keep_to_a_bound() -> None:
    for field, bound, line in (
        ("partition", {"partitions": ["debug"]}, "-p debug"),
        ("account", {"accounts": ["physics"]}, "-A physics"),
        ("walltime", {"max_walltime": 1800}, "-t 00:30:00"),
        ("memory", {"max_memory": 4 * GIB}, "--mem=4G"),
    ):
        ((at, _),) = found(bound, script=SCRIPT.replace(f"#SBATCH {line}\n", ""))
        assert at == field


@pytest.mark.parametrize("memory", [16 * 10**9, 900 * 10**6])
def test_memory_may_be_as_much_as_dask_jobqueue_writes_for_the_bound(memory: int) -> None:
    """16 GB are written as 15 GiB, which are more."""
    written = {16 * 10**9: "15G", 900 * 10**6: "859M"}[memory]
    script = SCRIPT.replace("--mem=4G", f"--mem={written}")
    assert found({"max_memory": memory, "fixed": {"memory": memory}}, script=script) == []
    more = {16 * 10**9: "16G", 900 * 10**6: "860M"}[memory]
    script = SCRIPT.replace("--mem=4G", f"--mem={more}")
    assert len(found({"max_memory": memory, "fixed": {"memory": memory}}, script=script)) == 2


@pytest.mark.parametrize(
    ("field", "bound", "seconds", "message"),
    [
        ("idle_timeout", "max_idle_timeout", 601, "at most 10 min is allowed here"),
        ("idle_timeout", "max_idle_timeout", 0, "at most 10 min is allowed here; 0 is never"),
        ("maximum_age", "max_age", 0, "at most 10 min is allowed here; 0 is never"),
    ],
)
def test_the_ages_of_a_cluster_are_bounded(
    field: str, bound: str, seconds: int, message: str
) -> None:
    options = ClusterOptions.from_json({field: seconds})
    assert found({bound: 600}, options=options) == [(field, message)]


def test_the_local_queue_has_no_names_and_no_gpus() -> None:
    bounds = {**BOUNDS, "partitions": ["other"], "max_gpus": 0, "fixed": {"partition": "other"}}
    assert found(bounds, batch_system="local") == []
    assert [field for field, _ in found({"max_cores": 1}, batch_system="local")] == ["cores"]


@pytest.mark.parametrize("batch_system", ["slurm", "local"])
@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({"fixed": {"directory": "~"}}, "it is /home/u here, for everybody"),
        ({"forbidden": ["directory"]}, "it is not for users to choose here"),
    ],
)
def test_where_jobs_start_is_filled_in_before_it_is_judged(
    policy: dict[str, Any], message: str, batch_system: str
) -> None:
    def said(directory: str, directive: str = "") -> list[tuple[str, str]]:
        options = ClusterOptions(directory=directory)
        script = f"{SCRIPT}#SBATCH --chdir={directory}\n{directive}"
        of_site = Job(ClusterOptions(directory="/home/u"), ClusterOptions(directory="/home/u"))
        bounds = Policy.from_json(policy)
        choice = check_choice(
            bounds,
            ClusterOptions(),
            Job(options, effective(options, script)),
            of_site,
            profiles=[],
            batch_system=batch_system,
        )
        limits = check_limits(
            ControllerSettings(policy=bounds),
            options,
            script,
            Scaling("jobs", 1),
            batch_system=batch_system,
        )
        return [(p.field, p.message) for p in (choice + limits).problems]

    assert said("/home/u") == []
    assert said("/other") == said("/home/u", "#SBATCH -D /other\n") == [("directory", message)]


def test_jobs_are_counted() -> None:
    def said(scaling: Scaling) -> list[tuple[str, str]]:
        findings = check_scaling(ControllerSettings(max_jobs=10), OPTIONS, scaling)
        return [(p.field, p.message) for p in findings.problems]

    assert said(Scaling("jobs", 10)) == []
    words = "11 jobs; at most 10 are allowed here"
    assert said(Scaling("cores", 21)) == [("scaling.cores", words)]
    assert said(Scaling(adapt=Adapt(0, 11))) == [("scaling.adapt.maximum_jobs", words)]


def a_cluster(name: str, scaling: Scaling, **more: Any) -> Cluster:
    return Cluster(name, name, more.pop("status", "running"), "", OPTIONS, scaling, **more)


@pytest.mark.parametrize(
    ("scaling", "others", "message"),
    [
        (Scaling("jobs", 5), [], None),
        (Scaling("jobs", 6), [], "12 cores; at most 10 are allowed here for all your clusters"),
        (Scaling(adapt=Adapt(0, 6)), [], "12 cores; at most 10"),
        (Scaling("jobs", 3), [a_cluster("a", Scaling("jobs", 2))], None),
        (Scaling("jobs", 3), [a_cluster("a", Scaling("cores", 5))], "6 cores, beside 6 of your"),
        (Scaling("jobs", 3), [a_cluster("a", Scaling("jobs", 1), cpus=8)], "beside 8 of your"),
        (Scaling("jobs", 3), [a_cluster("a", Scaling("jobs", 9), status="failed")], None),
        (Scaling(), [a_cluster("a", Scaling("jobs", 9))], None),
    ],
)
def test_the_cores_of_a_user_are_counted(
    scaling: Scaling, others: list[Cluster], message: str | None
) -> None:
    policy = Policy(max_cores_per_user=10)
    found = check_cores_of_user(policy, OPTIONS, scaling, others)
    assert [p.field for p in found.problems] == ([] if message is None else [scaling.field])
    assert all(message is not None and message in p.message for p in found.problems)
    assert check_cores_of_user(Policy(), OPTIONS, scaling, others) == Findings()


@pytest.mark.parametrize(
    ("scaling", "allowed"),
    [(Scaling("jobs", 3), True), (Scaling("jobs", 4), False), (Scaling(adapt=Adapt(0, 2)), True)],
)
def test_a_cluster_may_always_become_smaller(scaling: Scaling, allowed: bool) -> None:
    cluster = a_cluster("a", Scaling("jobs", 3))
    clusters = [cluster, a_cluster("b", Scaling("jobs", 9))]
    settings = ControllerSettings(policy=Policy(max_cores_per_user=10))
    found = check_new_size(settings, cluster, scaling, clusters)
    assert bool(found.problems) is not allowed


def test_the_cores_of_a_user_are_those_that_slurm_reads() -> None:
    policy = Policy(max_cores_per_user=10)
    found = check_limits(
        ControllerSettings(policy=policy),
        OPTIONS,
        f"{SCRIPT}#SBATCH -c 6\n",
        Scaling("jobs", 2),
        batch_system="slurm",
    )
    assert [p.message.partition(";")[0] for p in found.problems] == ["12 cores"]


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ({"controller_partition": "long"}, []),
        ({"controller_partition": "services"}, []),  # the administrator's own
        ({"controller_partition": "other"}, ["controller_partition"]),
        ({"controller_walltime": 86400, "controller_memory": 10**9}, []),
        ({"controller_walltime": 86401}, ["controller_walltime"]),
        ({"controller_memory": 5 * GIB}, ["controller_memory"]),
    ],
)
def test_the_job_of_a_controller_keeps_to_what_the_administrator_set_for_it(
    options: dict[str, Any], fields: list[str], tmp_path: Any
) -> None:
    settings = Settings(
        tmp_path,
        controller_partition="services",
        controller_walltime=86400,
        policy=Policy.from_json(
            {"partitions": ["debug", "long"], "max_walltime": 1800, "max_memory": 4 * GIB}
        ),
    )
    asked = ClusterOptions.from_json({"placement": "job", **options})
    assert [p.field for p in check_controller_job(settings, asked).problems] == fields
    local = ClusterOptions.from_json({"placement": "local", **options})
    assert check_controller_job(settings, local).problems == ()


def test_a_form_is_offered_what_is_allowed() -> None:
    site = Site(
        "slurm",
        "24.05",
        partitions=(Partition("debug", default=True), Partition("other")),
        accounts=Accounts(accounts=("physics", "biology"), default_account="biology", qos=("low",)),
    )
    policy = Policy(partitions=("debug",), accounts=("Physics",))
    allowed = allowed_site(policy, site)
    assert allowed is not None
    assert [p.name for p in allowed.partitions] == ["debug"]
    assert allowed.accounts.accounts == ("physics",)
    assert allowed.accounts.default_account is None
    assert allowed.accounts.qos == ("low",)
    hiding = Policy(hidden_partitions=("other",), hidden_accounts=("BIOLOGY",), hidden_qos=("low",))
    shown = allowed_site(hiding, site)
    assert shown is not None
    assert [p.name for p in shown.partitions] == ["debug"]
    assert (shown.accounts.accounts, shown.accounts.qos) == (("physics",), ())
    assert shown.accounts.default_account == "biology"  # where jobs that name none go all the same
    assert allowed_site(policy, None) is None
    assert allowed_site(policy, Site("local", "")) == Site("local", "")
    assert bounds_json(Policy.from_json({"partitions": ["a"], "fixed": {"cores": 2}})) == {
        "partitions": ["a"],
        "accounts": None,
        "qos": None,
        "max_cores": None,
        "max_memory": None,
        "max_walltime": None,
        "max_gpus": None,
        "max_cores_per_user": None,
        "max_idle_timeout": None,
        "max_age": None,
        "forbidden": [],
        "hidden": [],
        "default_profile": None,
        "profiles_only": False,
        "fixed": {"cores": 2},
    }


def test_with_profiles_alone_users_choose_what_is_their_notebooks() -> None:
    policy = Policy(profiles_only=True, fixed=ClusterOptions(python="/python"))
    assert {option.name for option in fields(ClusterOptions)} - {*ruled(policy)} == {"directory"}


def test_what_is_hidden_may_be_named() -> None:
    hidden = {
        "hidden_partitions": ["debug"],
        "hidden_accounts": ["physics"],
        "hidden_qos": ["normal"],
        "hidden": ["partition", "walltime"],
    }
    assert found(hidden) == []


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy(), None),
        (Policy(message="Hello"), {"message": "Hello", "link": None}),
        (Policy(link="https://a"), {"message": None, "link": "https://a"}),
    ],
)
def test_the_panel_is_told_what_to_show(
    policy: Policy, expected: dict[str, str | None] | None
) -> None:
    assert notice_json(policy) == expected
