"""Options are judged as Slurm will read them, and what is wrong is said where it can be changed."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_dask_slurm.batch.site import Partition, Site
from jupyter_dask_slurm.errors import FieldProblem
from jupyter_dask_slurm.model.options import ClusterOptions
from jupyter_dask_slurm.site_rules.effective import at_their_fields, effective, exported
from jupyter_dask_slurm.site_rules.findings import Findings
from jupyter_dask_slurm.site_rules.limits import check_site

GIB = 1024**3
OWN = "#!/bin/sh\n#SBATCH -p debug\n#SBATCH --cpus-per-task=2\n#SBATCH --mem=4G\n#SBATCH -t 00:30:00\n"
OPTIONS = ClusterOptions.from_json(
    {"cores": 2, "memory": 4 * GIB, "walltime": 1800, "partition": "debug"}
)


@pytest.mark.parametrize(
    ("directive", "expected"),
    [
        ("--comment=nothing", {"partition": "debug", "walltime": 1800, "cores": 2}),
        ("-p long", {"partition": "long"}),
        ("--time=1-0", {"walltime": 86400}),
        ("--time=UNLIMITED", {"walltime": None}),
        ("--qos=high --account=physics", {"qos": "high", "account": "physics"}),
        ("--gpus=a100:2", {"gres": "gpu:a100:2"}),
        ("-G 1", {"gres": "gpu:1"}),
        ('-D "/my project"', {"directory": "/my project"}),
        ("--gres=fpga:1", {"gres": None}),
        ("--mem=0", {"memory": None}),
        ("--ntasks=2", {"cores": 4}),
    ],
)
def test_a_directive_overrules_an_option(directive: str, expected: dict[str, Any]) -> None:
    judged = effective(OPTIONS, f"{OWN}#SBATCH {directive}\n")
    assert {name: getattr(judged, name) for name in expected} == expected


def test_other_resources_stay_as_they_are() -> None:
    options = ClusterOptions.from_json({"gres": "fpga:1"})
    assert effective(options, OWN).gres == "fpga:1"


def test_what_is_wrong_with_a_directive_is_said_there() -> None:
    script = f"{OWN}#SBATCH --time=1-0\n"
    found = Findings.problem("walltime", "debug allows 30 min") + Findings.problem("cores", "no")
    assert at_their_fields(found, OPTIONS, script).problems == (
        FieldProblem("job_extra_directives", "--time=1-0: debug allows 30 min"),
        FieldProblem("cores", "no"),
    )


def test_what_is_exported_counts_where_nothing_else_is_said() -> None:
    environ = {"SBATCH_PARTITION": "long", "SBATCH_QOS": "high", "SLURM_CLUSTERS": "wice"}
    judged = effective(OPTIONS, OWN, environ)
    assert (judged.partition, judged.qos, judged.slurm_cluster) == ("debug", "high", "wice")


def test_a_reservation_that_is_exported_opens_its_partition() -> None:
    site = Site("slurm", "22.05.8", partitions=(Partition("debug", needs_reservation=True),))
    for environ in ({}, {"SBATCH_RESERVATION": "course"}):
        judged = effective(OPTIONS, OWN, environ)
        assert bool(check_site(judged, site).problems) is not bool(environ)


def test_what_is_wrong_with_what_is_exported_is_said_where_it_can_be_chosen() -> None:
    found = Findings.problem("qos", "high allows 1 h") + Findings.problem("partition", "no")
    assert at_their_fields(found, OPTIONS, OWN, {"SBATCH_QOS": "high"}).problems == (
        FieldProblem("qos", "SBATCH_QOS=high: high allows 1 h"),
        FieldProblem("partition", "no"),
    )


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({}, {"account": ("SBATCH_ACCOUNT", "physics"), "partition": ("SBATCH_PARTITION", "long")}),
        ({"partition": "debug"}, {"account": ("SBATCH_ACCOUNT", "physics")}),
        ({"job_extra_directives": ["-A chemistry -p debug"]}, {}),
    ],
)
def test_what_a_form_shows_of_it(options: dict[str, Any], shown: dict[str, Any]) -> None:
    environ = {"SBATCH_ACCOUNT": "physics", "SBATCH_PARTITION": "long", "SBATCH_SIGNAL": "USR1"}
    assert exported(ClusterOptions.from_json(options), environ) == shown
