"""Whose a job is, by its name, and which are nobody's any more."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

import pytest

from jupyter_dask_slurm.batch.base import BatchJob, JobState, Snapshot
from jupyter_dask_slurm.cluster_files.record import new_id
from jupyter_dask_slurm.clusters.orphans import Orphan, Orphans, Presence, find_orphans

OTTER = "blue-otter-3f9a12bc-1"


def snapshot(*jobs: tuple[str, str, JobState]) -> Snapshot:
    listed = [
        BatchJob(job_id, name, state, submitted=1_000_000_000.0 + number)
        for number, (job_id, name, state) in enumerate(jobs)
    ]
    return Snapshot(0.0, {job.id: job for job in listed})


def left(
    *jobs: tuple[str, str, JobState], living: str = "", dead: str = "", proven: str = ""
) -> list[str]:
    """Of which clusters something is left."""
    found = find_orphans(
        {("slurm", None): snapshot(*jobs)},
        Presence(set(living.split()), set(dead.split())),
        set(proven.split()),
    )
    return [orphan.cluster_id for orphan in found]


def test_what_is_left_of_a_cluster_is_counted() -> None:
    jobs = snapshot(
        ("7", "blue-otter-3f9a12bc-controller", JobState.PENDING),
        ("8_0", OTTER, JobState.RUNNING),
        ("8_1", OTTER, JobState.PENDING),
        ("8_2", OTTER, JobState.UNKNOWN),
        ("8_3", OTTER, JobState.COMPLETED),
        ("8_4", OTTER, JobState.COMPLETING),
    )
    snapshots = {("slurm", None): jobs, ("local", None): Snapshot(0.0)}
    assert find_orphans(snapshots, Presence(set(), {"3f9a12bc"})) == [
        Orphan("3f9a12bc", "blue-otter", "slurm", 4, 2, 1, "2001-09-09T01:46:40Z")
    ]


@pytest.mark.parametrize(
    ("name", "state", "living", "dead", "orphans"),
    [
        (OTTER, JobState.RUNNING, "", "", []),
        (OTTER, JobState.RUNNING, "", "3f9a12bc", ["3f9a12bc"]),
        (OTTER, JobState.RUNNING, "3f9a12bc", "", []),
        (OTTER, JobState.RUNNING, "aaaaaaaa", "", []),
        (OTTER, JobState.CANCELLED, "", "", []),
        (OTTER, JobState.COMPLETING, "", "", []),
        ("blue-otter-3f9a12bc-controller", JobState.RUNNING, "3f9a12bc", "", []),
        ("blue-otter-3f9a12bc-controller", JobState.RUNNING, "", "3f9a12bc", ["3f9a12bc"]),
        ("my-own-job", JobState.RUNNING, "", "", []),
        ("sweep-3f9a12bc", JobState.RUNNING, "", "", []),
        # A date is no cluster, unless the registry knows better.
        ("sweep-20261124-1", JobState.RUNNING, "", "", []),
        ("sweep-20261124-1", JobState.RUNNING, "", "20261124", ["20261124"]),
    ],
)
def test_table(name: str, state: JobState, living: str, dead: str, orphans: list[str]) -> None:
    assert left(("8_0", name, state), living=living, dead=dead) == orphans


def test_each_slurm_cluster_is_looked_at_and_a_job_that_is_seen_twice_counts_once() -> None:
    there = snapshot(("8_0", OTTER, JobState.RUNNING), ("9_0", "owl-aaaaaaaa-1", JobState.PENDING))
    here = snapshot(("8_0", OTTER, JobState.RUNNING))
    found = find_orphans(
        {("slurm", None): here, ("slurm", "genius"): here, ("slurm", "wice"): there},
        Presence(set(), {"3f9a12bc", "aaaaaaaa"}),
    )
    assert [(o.cluster_id, o.slurm_cluster, o.jobs) for o in found] == [
        ("3f9a12bc", None, 1),
        ("aaaaaaaa", "wice", 1),
    ]


def test_a_slurm_cluster_that_was_named_at_either_look_counts() -> None:
    both = Presence({"a"}, set(), {"wice"}) | Presence(set(), {"a"}, {"genius"})
    assert both == Presence({"a"}, set(), {"wice", "genius"})


def test_the_oldest_comes_first() -> None:
    jobs = [
        (str(number), f"n-{cluster}-1", JobState.RUNNING)
        for number, cluster in enumerate(["bbbbbbbb", "aaaaaaaa", "cccccccc"])
    ]
    assert left(*jobs, proven="aaaaaaaa bbbbbbbb cccccccc") == ["bbbbbbbb", "aaaaaaaa", "cccccccc"]


class Slurm:
    """Stands in for the batch systems; notes how old what it answers might be."""

    def __init__(self, jobs: Snapshot) -> None:
        self.taken = {("slurm", None): jobs}
        self.asked: list[float] = []
        self.cancelled: list[set[str]] = []
        self.logs: dict[str, PurePath] = {}
        self.asked_about: list[set[str]] = []

    async def log_directories(self, place: Any, ids: Any) -> Any:
        self.asked_about.append(set(ids))
        return {i: self.logs[i] for i in ids if i in self.logs}

    async def snapshots(self, *, max_age: float, slurm_clusters: Any) -> Any:
        self.asked.append(max_age)
        return self.taken

    async def cancel_clusters(self, place: Any, ids: set[str], *, settle: float) -> None:
        self.cancelled.append(ids)


def orphans(slurm: Slurm, dead: str = "") -> Orphans:
    async def presence() -> Presence:
        return Presence(set(), set(dead.split()))

    return Orphans(slurm, presence)  # type: ignore[arg-type]


async def test_each_look_asks_anew() -> None:
    slurm = Slurm(snapshot(("8_0", OTTER, JobState.RUNNING)))
    assert [o.cluster_id for o in await orphans(slurm, dead="3f9a12bc").find()] == ["3f9a12bc"]
    assert slurm.asked == [0]


async def test_a_job_of_an_unknown_cluster_is_ours_if_its_output_goes_to_that() -> None:
    slurm = Slurm(
        snapshot(
            ("8_0", OTTER, JobState.RUNNING),
            ("8_1", OTTER, JobState.PENDING),
            ("9_0", "owl-aaaaaaaa-controller", JobState.RUNNING),
            ("10", "train-3e9f0a1b-2", JobState.RUNNING),  # a commit
            ("11", "sweep-20261124-1", JobState.RUNNING),  # a date
            ("12", "odd-bbbbbbbb-1", JobState.RUNNING),
            ("13", "fox-cccccccc-1", JobState.RUNNING),
        )
    )
    slurm.logs = {
        "8_1": PurePath("/another/registry/3f9a12bc/jobs"),
        "9_0": PurePath("/state/aaaaaaaa"),
        "10": PurePath("/home/user/train/3e9f0a1b-logs"),
        "11": PurePath("/home/user"),
        "12": PurePath("/state/3f9a12bc/jobs"),
    }
    ours = orphans(slurm, dead="cccccccc")
    expected = ["3f9a12bc", "aaaaaaaa", "cccccccc"]
    assert [orphan.cluster_id for orphan in await ours.find()] == expected
    assert slurm.asked_about == [{"8_1", "9_0", "10", "11", "12"}]
    # Whoever cancels all touches no other, and asks about none again.
    assert [orphan.cluster_id for orphan in await ours.cancel()] == expected
    assert slurm.cancelled == [set(expected)]
    assert len(slurm.asked_about) == 1


async def test_what_slurm_does_not_know_any_more_is_nobodys() -> None:
    slurm = Slurm(snapshot(("8_0", OTTER, JobState.RUNNING)))
    ours = orphans(slurm)
    assert await ours.find() == []
    slurm.logs = {"8_0": PurePath("/state/3f9a12bc/jobs")}
    assert [orphan.cluster_id for orphan in await ours.find()] == ["3f9a12bc"]


def test_no_new_cluster_is_named_like_a_date(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["20261124", "00000000", "2026112a"])
    monkeypatch.setattr(
        "jupyter_dask_slurm.cluster_files.record.secrets.token_hex", lambda _: next(drawn)
    )
    assert new_id() == "2026112a"
