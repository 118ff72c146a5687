"""What a site allows, as tables."""

from __future__ import annotations

import pytest

from jupyter_dask_slurm.batch.site import Partition, Site, some
from jupyter_dask_slurm.interfaces import Interface
from jupyter_dask_slurm.model.cluster import ClusterOptions
from jupyter_dask_slurm.model.options import Placement
from jupyter_dask_slurm.site_rules.findings import Findings, duration, size
from jupyter_dask_slurm.site_rules.limits import check_directory, check_interface, check_site

GIB = 1024**3
SITE = Site(
    "slurm",
    "22.05.8",
    "lab",
    (
        Partition(
            "debug", default=True, cores_per_node=4, memory_per_node=16 * GIB, max_walltime=1800
        ),
        Partition("long", cores_per_node=48, memory_per_node=192 * GIB),
        Partition("broken", available=False, cores_per_node=48, memory_per_node=192 * GIB),
        Partition("strange"),
    ),
)


def found(**options: object) -> tuple[list[str], list[str]]:
    """Fields of the problems, fields of the warnings."""
    base = {"cores": 2, "memory": 4 * GIB, "walltime": 600}
    findings = check_site(ClusterOptions.from_json({**base, **options}), SITE)
    return [p.field for p in findings.problems], [w.field for w in findings.warnings]


@pytest.mark.parametrize(
    ("options", "problems", "warnings"),
    [
        ({}, [], []),
        ({"partition": "debug"}, [], []),
        ({"walltime": 1800}, [], []),
        ({"walltime": 1801}, ["walltime"], []),
        ({"partition": "long", "walltime": 30 * 86400}, [], []),
        ({"walltime": 3600, "qos": "patient"}, [], ["walltime"]),
        ({"cores": 5}, ["cores"], []),
        ({"memory": 16 * GIB}, [], []),
        ({"memory": 16 * GIB + 1}, ["memory"], []),
        ({"cores": 64, "memory": 999 * GIB, "walltime": 7200}, ["walltime", "cores", "memory"], []),
        ({"partition": "nightly"}, ["partition"], []),
        ({"partition": "debug,nightly"}, ["partition"], []),
        ({"partition": ","}, ["partition"], []),
        # The job runs where it fits: one of the list is enough.
        ({"partition": "debug,long", "cores": 40, "walltime": 7200}, [], []),
        ({"partition": "long,debug", "cores": 40}, [], []),
        ({"partition": "debug,long", "cores": 64}, ["cores", "cores"], []),
        ({"partition": "broken"}, [], ["partition"]),
        ({"partition": "broken,long"}, [], []),
        # What is not known forbids nothing.
        ({"partition": "strange", "cores": 1000, "walltime": 366 * 86400}, [], []),
    ],
)
def test_site_table(options: dict[str, object], problems: list[str], warnings: list[str]) -> None:
    assert found(**options) == (problems, warnings)


def test_messages_name_the_way_out() -> None:
    findings = check_site(ClusterOptions(cores=9, walltime=7200), SITE)
    assert [p.message for p in findings.problems] == [
        "debug allows 30 min, this asks for 2 h",
        "a node of debug has 4; one job runs on one node",
    ]
    unknown = check_site(ClusterOptions(partition="nightly"), SITE).problems[0]
    assert unknown.message == "no partition nightly; there are debug, long, broken, strange"


def test_a_site_that_has_not_answered_forbids_nothing() -> None:
    options = ClusterOptions(cores=10**5, partition="nightly")
    assert check_site(options, None) == Findings()
    assert check_site(options, Site("slurm", "22.05.8")) == Findings()


def test_without_a_default_partition_one_has_to_be_chosen() -> None:
    site = Site("slurm", "22.05.8", partitions=(Partition("a"), Partition("b")))
    findings = check_site(ClusterOptions(cores=1), site)
    assert [w.field for w in findings.warnings] == ["partition"]
    assert findings.problems == ()


def test_the_local_queue_has_no_partitions_to_choose_from() -> None:
    site = Site("local", "", partitions=(Partition("local", default=True, cores_per_node=2),))
    # The site's YAML may name a partition of its Slurm.
    assert check_site(ClusterOptions(cores=2, partition="debug"), site) == Findings()
    problems = check_site(ClusterOptions(cores=3, partition="debug"), site).problems
    assert problems[0].message.startswith("the local queue has 2")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (45, "00:00:45"),
        (60, "1 min"),
        (1800, "30 min"),
        (3600, "1 h"),
        (5400, "01:30:00"),
        (86400, "1 day"),
        (2 * 86400, "2 days"),
        (90000, "25 h"),
        (90061, "1-01:01:01"),
    ],
)
def test_durations(seconds: int, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(16 * GIB, "16 GiB"), (15_500_000_000, "14.44 GiB"), (512 * 1024**2, "512 MiB")],
)
def test_sizes(count: int, text: str) -> None:
    assert size(count) == text


def test_many_names_are_cut() -> None:
    assert some(["a", "b"]) == "a, b"
    assert some([str(n) for n in range(20)]) == "0, 1, 2 and 17 more"


@pytest.mark.parametrize(
    ("interface", "placement", "doubted"),
    [
        ("ib0", "local", False),
        ("lo", "local", False),
        (None, "local", False),
        ("hsn0", "local", True),
        ("hsn0", "job", False),
    ],
)
def test_an_interface_that_this_host_does_not_have(
    interface: str | None, placement: Placement, doubted: bool
) -> None:
    options = ClusterOptions(scheduler_interface=interface, placement=placement)
    words = "this host, where the scheduler runs, has no interface hsn0"
    doubt = Findings.doubt("scheduler_interface", f"{words}; it has ib0 (10.1.2.3)")
    found = check_interface(options, ("lo", "ib0"), [Interface("ib0", "10.1.2.3")])
    assert found == (doubt if doubted else Findings())


@pytest.mark.parametrize(
    ("there", "batch_system", "expected"),
    [
        (True, "slurm", Findings()),
        (None, "local", Findings()),
        (False, "local", Findings.problem("directory", "there is no directory /data here")),
        (
            False,
            "slurm",
            Findings.doubt(
                "directory",
                "there is no directory /data here; on nodes without it Slurm uses /tmp instead",
            ),
        ),
    ],
)
def test_a_directory_may_be_on_the_nodes_alone(
    there: bool | None, batch_system: str, expected: Findings
) -> None:
    assert check_directory(ClusterOptions(directory="/data"), there, batch_system) == expected
