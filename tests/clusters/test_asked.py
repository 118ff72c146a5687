"""What is added to the options that somebody asks for, as tables."""

from __future__ import annotations

import pytest

from jupyter_dask_slurm.batch.site import Partition, Site
from jupyter_dask_slurm.clusters.asked import without_memory
from jupyter_dask_slurm.model.options import ClusterOptions

GIB = 1024**3
KNOWN = Partition("known", cores_per_node=16, memory_per_node=64 * GIB)
UNKNOWN = Partition("unknown", cores_per_node=16)
HIDDEN = Partition("secret")


@pytest.mark.parametrize(
    ("partitions", "partition", "left_out"),
    [
        ([UNKNOWN], "unknown", True),
        ([UNKNOWN, KNOWN], "unknown", True),
        ([UNKNOWN, KNOWN], "known", False),
        # Of a list Slurm takes what fits.
        ([UNKNOWN, KNOWN], "unknown,known", False),
        ([Partition("default", default=True, cores_per_node=4)], None, True),
        ([KNOWN, UNKNOWN], "auto", False),
        ([UNKNOWN], "auto", True),
        # Nothing is known of its nodes at all, which says nothing of their memory.
        ([HIDDEN], "secret", False),
        ([], None, False),
    ],
)
def test_memory_is_not_asked_for_where_slurm_knows_none(
    partitions: list[Partition], partition: str | None, left_out: bool
) -> None:
    options = ClusterOptions(cores=1, memory=GIB, partition=partition)
    adapted = without_memory(
        options, options, Site("slurm", "22.05.8", partitions=tuple(partitions))
    )
    assert (adapted.job_directives_skip == ("--mem=",)) is left_out


def test_what_is_skipped_already_stays_skipped() -> None:
    options = ClusterOptions(cores=1, memory=GIB, job_directives_skip=("-n 1",))
    site = Site("slurm", "22.05.8", partitions=(UNKNOWN,))
    judged = ClusterOptions(cores=1, memory=GIB, partition="unknown")
    assert without_memory(options, judged, site).job_directives_skip == ("-n 1", "--mem=")
    assert without_memory(options, judged, None) == options
