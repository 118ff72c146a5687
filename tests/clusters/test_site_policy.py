"""The policy beside the site's dask configuration holds for everybody, and what is wrong with it stops."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm import config_files
from jupyter_dask_slurm.clusters import site_policy
from jupyter_dask_slurm.clusters.site_policy import policy_here
from jupyter_dask_slurm.clusters.without_server import settings_here
from jupyter_dask_slurm.errors import BrokenSettings, Unavailable
from jupyter_dask_slurm.model.options import ClusterOptions
from jupyter_dask_slurm.model.policy import Policy
from jupyter_dask_slurm.model.settings import SETTINGS_VARIABLE, Settings

Write = Callable[..., Path]
WHOLE = """
jobqueue: {slurm: {cores: 4}}
jupyter-dask-slurm:
  profiles: {}
  policy:
    max-cores: 48
    max_memory: 180 GB
    max-walltime: 24:00:00
    max-jobs: 7
    max-idle-timeout: 1 hour
    partitions: [normal]
    fixed: {death-timeout: 30, walltime: 90}
    forbidden: [job-script-prologue]
    message: Hello
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a file of the host's; the other place is an environment's."""
    host, environment = tmp_path / "host", tmp_path / "environment"
    monkeypatch.setattr(config_files, "site_paths", lambda: [str(host), str(environment)])
    monkeypatch.setattr(site_policy, "site_paths", config_files.site_paths)

    def write(text: str, name: str = "jupyter-dask-slurm.yaml", place: str = "host") -> Path:
        (tmp_path / place).mkdir(exist_ok=True)
        path = tmp_path / place / name
        path.write_text(text)
        path.chmod(0o644)
        return path

    return write


def of_policy(text: str) -> str:
    return f"jupyter-dask-slurm: {{policy: {text}}}"


def test_it_says_the_same_as_the_setting(write: Write) -> None:
    write(WHOLE)
    assert policy_here() == Policy(
        max_cores=48,
        max_memory=180 * 10**9,
        max_walltime=86400,
        max_jobs=7,
        max_idle_timeout=3600,
        partitions=("normal",),
        fixed=ClusterOptions(death_timeout=30, walltime=5400),
        forbidden=("job_script_prologue",),
        message="Hello",
    )


def test_the_setting_counts_in_its_place_key_by_key(write: Write) -> None:
    write(WHOLE)
    policy = policy_here({"max_cores": 4, "message": None})
    assert (policy.max_cores, policy.message, policy.max_jobs) == (4, None, 7)


def test_of_several_files_the_hosts_count_first_and_the_last_of_them(write: Write) -> None:
    write(of_policy("{max_cores: 1, max_jobs: 1, max_gpus: 1}"), place="environment")
    write(of_policy("{max_cores: 2, max_jobs: 2}"), "a.yaml")
    write(of_policy("{max_cores: 3}"), "b.yml")
    policy = policy_here()
    assert (policy.max_cores, policy.max_jobs, policy.max_gpus) == (3, 2, 1)


@pytest.mark.parametrize("text", ["", "jobqueue: {slurm: {cores: 4}}", "jobqueue: {", "[]", "3"])
def test_files_that_say_nothing_of_it_are_none_of_ours(write: Write, text: str) -> None:
    write(text)
    write(of_policy("null"), "null.yaml")
    write("jupyter-dask-slurm: {policy: {max_cores: 4}}", "notes.txt")
    assert policy_here() == Policy()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (of_policy("{max_coresx: 4}"), "jupyter-dask-slurm.policy.max_coresx: unknown"),
        (of_policy("{fixed: {cores: 0}}"), "jupyter-dask-slurm.policy.fixed.cores: from 1 to"),
        (of_policy("{groups: {root: {max_cores: 0}}}"), "policy.groups.root.max_cores: from 1"),
        (of_policy("{groups: [root]}"), "jupyter-dask-slurm.policy.groups: an object"),
        (of_policy("3"), "jupyter-dask-slurm.policy: keys and values"),
        (of_policy("{"), "is no YAML: "),
        ("jupyter_dask_slurm: {policy: {link: a}}", "policy.link: an address"),
    ],
)
def test_a_mistake_stops_with_its_file_and_key(write: Write, text: str, words: str) -> None:
    path = write(text)
    with pytest.raises(BrokenSettings) as raised:
        policy_here()
    assert str(path) in str(raised.value)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)
    with pytest.raises(Unavailable, match="the administrator's settings are broken: "):
        settings_here(Path("/registry"), {})


@pytest.mark.parametrize("mode", [0o666, 0o646])
def test_a_file_that_others_can_write_is_not_believed(write: Write, mode: int) -> None:
    path = write(of_policy("{max_cores: 4}"))
    path.chmod(mode)
    with pytest.raises(BrokenSettings, match=f"{path} can be written by everybody: run chmod go-w"):
        policy_here()
    path.write_text("jobqueue: {}")
    assert policy_here() == Policy()


def test_a_file_of_somebody_elses_is_not_believed(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(of_policy("{max_cores: 4}"))
    status = os.stat(path)
    owner = (status.st_mode, status.st_ino, status.st_dev, 1, 4711, *status[5:])
    monkeypatch.setattr(site_policy.os, "fstat", lambda _: os.stat_result(owner))
    with pytest.raises(BrokenSettings, match=f"{path} belongs to .*: have it belong to root"):
        policy_here()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_cannot_be_read_may_hold_bounds(write: Write) -> None:
    path = write(of_policy("{max_cores: 4}"))
    path.chmod(0)
    with pytest.raises(BrokenSettings, match=f"{path} cannot be read: Permission denied"):
        policy_here()


GROUPS: dict[str, Any] = {
    "max_cores": 4,
    "max_jobs": 10,
    "groups": {"staff": {"max_cores": 48}, "students": {"max_cores": 2, "max_jobs": None}},
}


@pytest.mark.parametrize(
    ("mine", "expected"),
    [
        ([], (4, 10)),
        (["students"], (2, None)),
        (["staff"], (48, 10)),
        (["students", "staff"], (48, 10)),
    ],
)
def test_the_first_group_of_the_users_counts(
    write: Write, monkeypatch: pytest.MonkeyPatch, mine: list[str], expected: Any
) -> None:
    gids = {"staff": 50, "students": 51}

    class Group:
        def __init__(self, name: str) -> None:
            self.gr_gid = gids[name]

    monkeypatch.setattr(site_policy.grp, "getgrnam", Group)
    monkeypatch.setattr(site_policy.os, "getgroups", lambda: [gids[name] for name in mine])
    monkeypatch.setattr(site_policy.os, "getegid", lambda: 1)
    policy = policy_here(GROUPS)
    assert (policy.max_cores, policy.max_jobs) == expected


def test_a_group_that_there_is_not_stops(write: Write) -> None:
    with pytest.raises(BrokenSettings, match="policy: groups: there is no group 'no such group'"):
        policy_here({"groups": {"no such group": {}}})


def test_it_holds_where_no_server_has_handed_anything_on(write: Write, tmp_path: Path) -> None:
    write(of_policy("{max_jobs: 7, max_clusters: 2, max_idle_timeout: 60, max_age: 120}"))
    settings = settings_here(tmp_path, {})
    assert (settings.max_jobs, settings.max_clusters) == (7, 2)
    assert (settings.idle_timeout, settings.maximum_age) == (60, 120)
    by_hand = settings_here(tmp_path, {SETTINGS_VARIABLE: '{"max_jobs": 5}'})
    assert (by_hand.max_jobs, by_hand.max_clusters) == (5, 2)
    handed_on = settings_here(tmp_path, {SETTINGS_VARIABLE: '{"policy": {}}'})
    assert handed_on == Settings(tmp_path)
