"""What a kernel and the command line know of the administrator's settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_dask_slurm.clusters.without_server import settings_here
from jupyter_dask_slurm.errors import Unavailable
from jupyter_dask_slurm.model.options import ClusterOptions
from jupyter_dask_slurm.model.policy import Policy
from jupyter_dask_slurm.model.profile import Profile
from jupyter_dask_slurm.model.scaling import Scaling
from jupyter_dask_slurm.model.settings import SETTINGS_VARIABLE, Settings
from jupyter_dask_slurm.model.wire import write

SETTINGS = Settings(
    Path("/registry"),
    batch_system="slurm",
    placement="job",
    grow_after=5,
    profiles=(
        Profile("Large", "administrator", ClusterOptions(cores=48), Scaling("jobs", 2), "a node"),
        Profile("Small", "administrator", ClusterOptions(job_extra_directives=("--x",))),
    ),
    policy=Policy(
        partitions=("long",), max_cores=48, fixed=ClusterOptions(qos="high"), forbidden=("python",)
    ),
)


def test_what_a_server_hands_on_is_what_it_was_set_to() -> None:
    environ = {SETTINGS_VARIABLE: json.dumps(write(SETTINGS))}
    assert settings_here(environ=environ) == SETTINGS
    elsewhere = settings_here(Path("/elsewhere"), environ)
    assert elsewhere.state_dir == Path("/elsewhere")
    assert elsewhere.policy == SETTINGS.policy


def test_an_administrator_may_write_it_by_hand(tmp_path: Path) -> None:
    environ = {SETTINGS_VARIABLE: '{"max_clusters": 3}'}
    assert settings_here(tmp_path, environ) == Settings(tmp_path, max_clusters=3)


def test_without_it_the_defaults_hold(tmp_path: Path) -> None:
    assert settings_here(tmp_path, {}) == Settings(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", "3", '{"max_clusters": "many"}'])
def test_bounds_that_cannot_be_read_are_no_bounds_that_are_not_there(text: str) -> None:
    with pytest.raises(Unavailable, match=SETTINGS_VARIABLE):
        settings_here(Path("/registry"), {SETTINGS_VARIABLE: text})
