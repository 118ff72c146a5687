"""The job of a controller: where it goes, and how long it lets its cluster live."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_dask_slurm.batch.site import Accounts, QosLimits, Site
from jupyter_dask_slurm.model.cluster import ClusterOptions
from jupyter_dask_slurm.site_rules.controller_job import check_placement, fitting_job

from .test_limits import SITE

GIB = 1024**3
DAY = 86400
CONTROLLER = {"placement": "job", "controller_memory": GIB, "controller_walltime": 7 * 86400}


@pytest.mark.parametrize(
    ("options", "system", "fields"),
    [
        ({"placement": "local", "controller_walltime": 7 * 86400}, "slurm", []),
        ({"placement": "local"}, "local", []),
        (CONTROLLER, "local", ["placement"]),
        (CONTROLLER, "slurm", ["controller_walltime"]),
        ({**CONTROLLER, "controller_walltime": 1800}, "slurm", []),
        ({**CONTROLLER, "controller_partition": "long"}, "slurm", []),
        ({**CONTROLLER, "partition": "long"}, "slurm", []),
        (
            {**CONTROLLER, "partition": "long", "controller_partition": "debug"},
            "slurm",
            ["controller_walltime"],
        ),
        # That is said of the jobs of its cluster, once.
        ({**CONTROLLER, "partition": "nightly"}, "slurm", []),
        ({**CONTROLLER, "controller_partition": "nightly"}, "slurm", ["controller_partition"]),
        (
            {**CONTROLLER, "controller_partition": "long", "controller_memory": 999 * GIB},
            "slurm",
            ["controller_memory"],
        ),
    ],
)
def test_the_place_of_a_controller(
    options: dict[str, object], system: str, fields: list[str]
) -> None:
    read = ClusterOptions.from_json(options)
    assert [p.field for p in check_placement(read, system, SITE).problems] == fields
    # What is not known forbids nothing.
    silent = check_placement(read, system, None).problems
    assert [p.field for p in silent] == [field for field in fields if field == "placement"]


HIGH = Accounts(qos_limits={"high": QosLimits(max_walltime=3600)})


@pytest.mark.parametrize(
    ("options", "site", "expected"),
    [
        ({}, SITE, (None, 1800)),
        ({"partition": "debug"}, SITE, (None, 1800)),
        ({"partition": "long"}, SITE, (None, 7 * DAY)),
        # Of several those in which it lives longest, and nothing is said where these are all.
        ({"partition": "debug,long"}, SITE, ("long", 7 * DAY)),
        ({"partition": "long,strange"}, SITE, (None, 7 * DAY)),
        ({"partition": "nightly"}, SITE, (None, 7 * DAY)),
        ({"controller_partition": "debug", "partition": "long"}, SITE, ("debug", 1800)),
        ({"controller_partition": "debug,long"}, SITE, ("debug,long", 7 * DAY)),
        ({"partition": "long", "qos": "high"}, replace(SITE, accounts=HIGH), (None, 3600)),
        ({}, None, (None, 7 * DAY)),
    ],
)
def test_what_nobody_chose_fits(
    options: dict[str, object], site: Site | None, expected: tuple[str | None, int]
) -> None:
    assert fitting_job(ClusterOptions.from_json({**CONTROLLER, **options}), site) == expected
