"""The arithmetic of the model in `benchmarks/thousand_users.py`."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from benchmarks.rpc_costs import Cost, cost_of
from benchmarks.thousand_users import (
    HOUR,
    PATTERNS,
    Cluster,
    Day,
    User,
    load,
    polls,
    shared,
    users,
)

SDIAG = """\
Remote Procedure Call statistics by message type
\tREQUEST_PARTITION_INFO                  ( 2009) count:20     ave_time:100    total_time:2000
\tREQUEST_NODE_INFO                       ( 2007) count:40     ave_time:450    total_time:18000
\tREQUEST_STATS_INFO                      ( 2035) count:7      ave_time:90     total_time:630

Remote Procedure Call statistics by user
\troot            (       0) count:67     ave_time:300    total_time:20630
"""
DAY = Day(users=1, previews=3)
PERSON = User((0, HOUR), (Cluster(600, 600 + HOUR, ((600, 10), (1200, 5), (2400, -5))),))


def test_what_sdiag_counted_is_divided_by_the_commands() -> None:
    # Without what was sent to look at the counters.
    assert cost_of(SDIAG, 20) == Cost(rpcs=3, milliseconds=1)


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (
            "ours",
            {
                "sbatch --array": 2,
                "scancel of an array": 2,
                "sbatch --test-only": 3,
                "scontrol show config": 1,
                "scontrol show partition": 12,
                "sinfo": 180,
            },
        ),
        ("dask-jobqueue, dask-labextension", {"sbatch": 15, "scancel": 15}),
        (
            "dask-gateway",
            {"sbatch": 16, "scancel": 16, "squeue of all jobs by their ids": 240},
        ),
    ],
)
def test_the_commands_of_a_day(who: str, expected: dict[str, int]) -> None:
    counted = Counter(name for _, name in PATTERNS[who]([PERSON], DAY))
    squeue = counted.pop("squeue", 0)
    assert counted == expected
    # At the slowest every 15 s; five times a minute more after each of five changes.
    assert (HOUR / 15 < squeue < HOUR / 15 + 150) if who == "ours" else squeue == 0


def test_a_change_and_the_start_of_what_was_submitted_are_followed_closely() -> None:
    times = [time for time, _ in polls(Cluster(0, HOUR, ((0, 1),)), queued=1800)]
    pauses = {time: later - time for time, later in itertools.pairwise(times)}
    assert max(pauses.values()) == pytest.approx(15)
    for begin in (0, 1800):
        assert all(pause < 2 for time, pause in pauses.items() if begin <= time < begin + 5)


def test_clusters_of_a_user_share_an_answer_that_is_new_enough() -> None:
    looks = [(0.0, 12.0), (5.0, 12.0), (6.0, 0.8), (15.0, 12.0), (20.0, 12.0), (30.0, 12.0)]
    assert list(shared(reversed(looks))) == [0, 6, 20]


def test_the_day_of_many_is_the_same_each_time() -> None:
    day = Day(users=50)
    assert users(day) == users(day) != users(day, seed=2)
    assert len(users(day)) == 50
    for user in users(day):
        for cluster in user.clusters:
            assert sum(jobs for _, jobs in cluster.changes) == day.jobs
            assert all(cluster.begin <= time < cluster.end for time, _ in cluster.changes)


def test_the_load_is_of_the_busiest_minute() -> None:
    cost = {"sbatch": Cost(rpcs=1, milliseconds=30), "squeue": Cost(rpcs=2, milliseconds=3)}
    found = load([(30, "sbatch"), (59, "squeue"), (60, "squeue")], cost)
    assert found.commands == {"sbatch": 1, "squeue": 2}
    assert (found.rpcs, found.busiest) == (5, 3 / 60)
    assert found.busy == pytest.approx(0.033 / 60)
