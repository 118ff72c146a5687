"""The reconciler's decision, as a table and as properties over random queues."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_dask_slurm.controller.plan import (
    Action,
    CancelPending,
    Keep,
    LiveJob,
    Retire,
    Stage,
    Submit,
    plan,
)

PENDING, RUNNING, UNKNOWN = Stage.PENDING, Stage.RUNNING, Stage.UNKNOWN


def pending(job_id: str, **more: object) -> LiveJob:
    return LiveJob(job_id, PENDING, **more)  # type: ignore[arg-type]


def connected(job_id: str, data: int = 0, tasks: int = 0, **more: bool) -> LiveJob:
    return LiveJob(job_id, RUNNING, connected=True, data=data, tasks=tasks, **more)


def going(job_id: str, data: int = 0, **more: bool) -> LiveJob:
    return connected(job_id, data, leaving=True, can_stay=True, **more)


def to_replace(job_id: str, **more: bool) -> LiveJob:
    return connected(job_id, to_replace=True, **more)


@pytest.mark.parametrize(
    ("wanted", "jobs", "more", "expected"),
    [
        pytest.param(0, [], {}, [], id="nothing wanted, nothing there"),
        pytest.param(3, [], {}, [Submit(3)], id="all missing jobs in one submission"),
        pytest.param(1000, [pending("1_0")], {}, [Submit(999)], id="only what is missing"),
        pytest.param(3, [], {"submitting": 3}, [], id="what was asked for is not asked again"),
        pytest.param(5, [pending("1_0")], {"submitting": 3}, [Submit(1)], id="what is left"),
        pytest.param(3, [], {"halted": True}, [], id="halted: no storm of retries"),
        pytest.param(3, [], {"most": 2}, [Submit(2)], id="no more than are allowed"),
        pytest.param(
            2, [to_replace("1_0"), connected("1_1")], {"most": 2}, [], id="nor as successors"
        ),
        pytest.param(
            2,
            [to_replace("1_0"), to_replace("1_1")],
            {"most": 3},
            [Submit(1)],
            id="as many successors as there is room for",
        ),
        pytest.param(
            2,
            [connected("1_0", leaving=True), connected("1_1")],
            {"most": 2},
            [Submit(1)],
            id="one that is leaving makes room",
        ),
        pytest.param(2, [], {"most": 2, "submitting": 1}, [Submit(1)], id="submitted ones count"),
        pytest.param(
            0,
            [pending("1_0")],
            {"halted": True},
            [CancelPending(("1_0",))],
            id="halted: scaling down goes on",
        ),
        pytest.param(
            1,
            [connected("1_0"), pending("1_1"), pending("1_2")],
            {},
            [CancelPending(("1_2", "1_1"))],
            id="those that wait go first, the newest before the oldest",
        ),
        pytest.param(
            1,
            [connected("1_0", data=10), connected("1_1", data=5), connected("1_2", data=20)],
            {},
            [Retire(("1_1", "1_0"))],
            id="then those with the least data",
        ),
        pytest.param(
            1,
            [connected("1_0", tasks=4), connected("1_1", tasks=1)],
            {},
            [Retire(("1_1",))],
            id="of equal data those with the fewest tasks",
        ),
        pytest.param(
            1,
            [connected("1_0"), LiveJob("1_1", RUNNING)],
            {},
            [Retire(("1_1",))],
            id="one that runs without a worker before one that has some",
        ),
        pytest.param(
            1,
            [LiveJob("1_0", UNKNOWN), connected("1_1", data=99)],
            {},
            [Retire(("1_1",))],
            id="one of which nothing is known goes last",
        ),
        pytest.param(
            0,
            [pending("1_0"), connected("1_1")],
            {},
            [CancelPending(("1_0",)), Retire(("1_1",))],
            id="to zero: both kinds",
        ),
        pytest.param(
            2,
            [connected("1_0"), replace(connected("1_1"), leaving=True)],
            {},
            [Submit(1)],
            id="a job that was asked to go is not counted on",
        ),
        pytest.param(
            1, [LiveJob("1_0", UNKNOWN)], {}, [], id="unknown is not dead: it is not replaced"
        ),
        pytest.param(
            1,
            [pending("1_0", connected=True)],
            {},
            [],
            id="enough",
        ),
        pytest.param(
            0,
            [pending("1_0", connected=True)],
            {},
            [Retire(("1_0",))],
            id="a connected worker proves that its job runs, whatever squeue said",
        ),
        pytest.param(
            1,
            [connected("1_0")],
            {"submitting": 2},
            [],
            id="jobs that may not exist are no reason to end one that does",
        ),
        pytest.param(
            2, [connected("1_0"), to_replace("1_1")], {}, [Submit(1)], id="a successor ahead"
        ),
        pytest.param(
            2,
            [connected("1_0"), to_replace("1_1"), pending("2_0")],
            {},
            [],
            id="it works on until its successor is there",
        ),
        pytest.param(
            2,
            [connected("1_0"), to_replace("1_1"), LiveJob("2_0", RUNNING)],
            {},
            [],
            id="and that means its worker",
        ),
        pytest.param(
            2,
            [connected("1_0"), to_replace("1_1"), connected("2_0")],
            {},
            [Retire(("1_1",))],
            id="retired into its successor",
        ),
        pytest.param(
            2,
            [to_replace("1_0"), to_replace("1_1"), connected("2_0"), pending("2_1")],
            {},
            [Retire(("1_0",))],
            id="one successor, one retired",
        ),
        pytest.param(
            3,
            [to_replace("1_0"), to_replace("1_1", due=True), connected("2_0"), connected("2_1")],
            {},
            [Submit(1), Retire(("1_1",))],
            id="the one with no time left first",
        ),
        pytest.param(
            2,
            [to_replace("1_0", due=True), to_replace("1_1", due=True), connected("2_0")],
            {},
            [Submit(1), Retire(("1_0", "1_1"))],
            id="no time left: whoever is there takes the data",
        ),
        pytest.param(
            2,
            [to_replace("1_0", due=True), to_replace("1_1", due=True)],
            {"submitting": 2},
            [],
            id="no time left and nobody there: hold on to the last",
        ),
        pytest.param(
            1,
            [LiveJob("1_0", RUNNING, to_replace=True, due=True), pending("2_0")],
            {},
            [Retire(("1_0",))],
            id="no time left, and no worker that could hold anything",
        ),
        pytest.param(
            1,
            [LiveJob("1_0", UNKNOWN), connected("1_1"), to_replace("1_2")],
            {},
            [Retire(("1_1",))],
            id="one that goes itself is no heir",
        ),
        pytest.param(
            1,
            [to_replace("1_0"), to_replace("1_1")],
            {},
            [Submit(1), Retire(("1_0",))],
            id="scaled down meanwhile",
        ),
        pytest.param(
            0,
            [to_replace("1_0"), pending("2_0")],
            {},
            [CancelPending(("2_0",)), Retire(("1_0",))],
            id="scaled to nothing meanwhile",
        ),
        pytest.param(
            1,
            [to_replace("1_0")],
            {"halted": True},
            [],
            id="halted: what is there stays as long as it can",
        ),
        pytest.param(3, [connected("1_0")], {"paused": True}, [], id="paused: no replacements"),
        pytest.param(
            3,
            [connected("1_0"), to_replace("1_1")],
            {"paused": True},
            [Submit(1)],
            id="paused: but successors",
        ),
        pytest.param(
            3,
            [connected("1_0"), to_replace("1_1"), pending("2_0")],
            {"paused": True},
            [],
            id="paused: one each",
        ),
        pytest.param(
            1,
            [pending("1_0", to_replace=True)],
            {},
            [CancelPending(("1_0",)), Submit(1)],
            id="one that waits has nothing to hand over",
        ),
        pytest.param(
            2,
            [pending("1_0"), connected("1_1", data=9, cancel_requested=True), connected("1_2")],
            {},
            [Retire(("1_1",))],
            id="the very job the user wants to end",
        ),
        pytest.param(
            1,
            [pending("1_0", cancel_requested=True), connected("1_1")],
            {},
            [CancelPending(("1_0",))],
            id="or that waits",
        ),
        pytest.param(
            3, [connected("1_0"), going("1_1"), going("1_2")], {}, [Keep(("1_1", "1_2"))], id="kept"
        ),
        pytest.param(
            5,
            [connected("1_0"), going("1_1")],
            {},
            [Keep(("1_1",)), Submit(3)],
            id="kept before any is submitted",
        ),
        pytest.param(
            2,
            [connected("1_0"), going("1_1", 1), going("1_2", 9), going("1_3", 4)],
            {},
            [Keep(("1_2",))],
            id="the one that holds most is kept first",
        ),
        pytest.param(
            2,
            [connected("1_0"), connected("1_1", leaving=True)],
            {},
            [Submit(1)],
            id="too late: its workers are being closed",
        ),
        pytest.param(
            4,
            [
                going("1_0", to_replace=True),
                going("1_1", to_replace=True, due=True),
                going("1_2", due=True),
                going("1_3", cancel_requested=True),
            ],
            {},
            [Submit(4)],
            id="not those that leave for a reason of their own",
        ),
        pytest.param(1, [connected("1_0"), going("1_1")], {}, [], id="enough without it"),
        pytest.param(
            3,
            [connected("1_0"), going("1_1"), going("1_2")],
            {"submitting": 1},
            [Keep(("1_1",))],
            id="what was asked for is not kept over",
        ),
        pytest.param(
            3,
            [connected("1_0"), going("1_1")],
            {"halted": True},
            [Keep(("1_1",))],
            id="halted: kept all the same",
        ),
        pytest.param(
            3,
            [connected("1_0"), going("1_1")],
            {"paused": True},
            [Keep(("1_1",))],
            id="paused: kept all the same",
        ),
        pytest.param(
            2,
            [going("1_0"), to_replace("1_1")],
            {},
            [Keep(("1_0",)), Submit(1)],
            id="one that is kept takes no data yet",
        ),
        pytest.param(
            1,
            [going("1_0"), to_replace("1_1", due=True)],
            {},
            [Keep(("1_0",))],
            id="nor those of one that cannot wait",
        ),
    ],
)
def test_plan(
    wanted: int, jobs: list[LiveJob], more: dict[str, object], expected: list[Action]
) -> None:
    assert plan(wanted, jobs, **more) == expected  # type: ignore[arg-type]


jobs_strategy = st.lists(
    st.builds(
        LiveJob,
        id=st.just(""),
        stage=st.sampled_from(Stage),
        connected=st.booleans(),
        data=st.integers(0, 100),
        tasks=st.integers(0, 5),
        leaving=st.booleans(),
    ),
    max_size=30,
).map(lambda jobs: [replace(job, id=f"7_{k}") for k, job in enumerate(jobs)])

any_jobs = st.lists(
    st.builds(
        LiveJob,
        id=st.just(""),
        stage=st.sampled_from(Stage),
        **{
            name: st.booleans()
            for name in (
                "connected",
                "leaving",
                "can_stay",
                "to_replace",
                "due",
                "cancel_requested",
            )
        },
    ),
    max_size=30,
).map(
    lambda jobs: [
        replace(job, id=f"7_{k}", can_stay=job.can_stay and job.leaving and job.connected)
        for k, job in enumerate(jobs)
    ]
)


@given(wanted=st.integers(0, 40), jobs=any_jobs, submitting=st.integers(0, 10))
def test_a_pause_never_leads_to_more_submissions(
    wanted: int, jobs: list[LiveJob], submitting: int
) -> None:
    def submitted(paused: bool) -> int:
        actions = plan(wanted, jobs, submitting=submitting, paused=paused)
        return sum(action.count for action in actions if isinstance(action, Submit))

    assert submitted(True) <= submitted(False)


@given(wanted=st.integers(0, 40), jobs=any_jobs, submitting=st.integers(0, 10))
def test_of_jobs_that_end_and_jobs_that_last_there_are_never_more_than_wanted(
    wanted: int, jobs: list[LiveJob], submitting: int
) -> None:
    after = carry_out(plan(wanted, jobs, submitting=submitting), jobs)
    lasting = [j for j in after if not (j.leaving or j.to_replace or j.cancel_requested)]
    assert len(lasting) == max(wanted - submitting, min(wanted, len(lasting)))
    assert len(lasting) <= wanted
    assert not any(j.cancel_requested and not j.leaving for j in after)


@given(wanted=st.integers(0, 40), jobs=any_jobs, submitting=st.integers(0, 10))
def test_nothing_is_submitted_while_one_that_leaves_could_be_kept(
    wanted: int, jobs: list[LiveJob], submitting: int
) -> None:
    actions = plan(wanted, jobs, submitting=submitting)
    kept = {i for a in actions if isinstance(a, Keep) for i in a.ids}
    willing = {
        j.id for j in jobs if j.can_stay and not (j.to_replace or j.due or j.cancel_requested)
    }
    assert kept <= willing
    if any(isinstance(a, Submit) for a in actions):
        assert kept == willing


@given(wanted=st.integers(1, 40), jobs=any_jobs)
def test_no_work_stops_for_a_successor_that_is_not_there(wanted: int, jobs: list[LiveJob]) -> None:
    # One of which nothing is known may hold anything: it outlives jobs that are known to work.
    jobs = [j for j in jobs if j.connected or j.stage is not UNKNOWN]
    before = [j for j in jobs if j.connected and not (j.leaving or j.cancel_requested)]
    after = carry_out(plan(wanted, jobs), jobs)
    working = [j for j in after if j.connected and not (j.leaving or j.cancel_requested)]
    if any(j.connected and not (j.to_replace or j.cancel_requested or j.leaving) for j in jobs):
        assert working
    if not any(j.due for j in jobs):
        assert len(working) >= min(wanted, len(before))


@given(wanted=st.integers(0, 40), jobs=jobs_strategy)
def test_one_round_is_enough_and_a_second_finds_nothing_to_do(
    wanted: int, jobs: list[LiveJob]
) -> None:
    after = carry_out(plan(wanted, jobs), jobs)
    assert sum(not job.leaving for job in after) == wanted
    assert plan(wanted, after) == []


@given(targets=st.lists(st.integers(0, 12), min_size=1, max_size=8), jobs=jobs_strategy)
def test_rapid_changes_end_in_exactly_the_last_target(
    targets: list[int], jobs: list[LiveJob]
) -> None:
    for wanted in targets:
        jobs = carry_out(plan(wanted, jobs), jobs)
        assert sum(not job.leaving for job in jobs) == wanted


@given(wanted=st.integers(0, 40), jobs=jobs_strategy, submitting=st.integers(0, 10))
def test_no_job_is_asked_to_go_twice_or_beside_a_submission(
    wanted: int, jobs: list[LiveJob], submitting: int
) -> None:
    actions = plan(wanted, jobs, submitting=submitting)
    going = [i for a in actions if not isinstance(a, (Submit, Keep)) for i in a.ids]
    leaving = {job.id for job in jobs if job.leaving}
    assert len(going) == len(set(going))
    assert not leaving.intersection(going)
    assert not (going and any(isinstance(a, Submit) for a in actions))


@given(wanted=st.integers(0, 40), jobs=jobs_strategy)
def test_nothing_that_holds_data_goes_while_something_waits(
    wanted: int, jobs: list[LiveJob]
) -> None:
    actions = plan(wanted, jobs)
    retired = {i for a in actions if isinstance(a, Retire) for i in a.ids}
    cancelled = {i for a in actions if isinstance(a, CancelPending) for i in a.ids}
    waiting = {j.id for j in jobs if j.stage is PENDING and not j.connected and not j.leaving}
    assert cancelled <= waiting
    if retired:
        assert cancelled == waiting


def carry_out(actions: list[Action], jobs: list[LiveJob]) -> list[LiveJob]:
    """The queue after those actions, if Slurm did just what it was asked."""
    after = list(jobs)
    for action in actions:
        if isinstance(action, Submit):
            first = len(after)
            after += [pending(f"8_{first + k}") for k in range(action.count)]
        elif isinstance(action, Keep):
            after = [
                replace(j, leaving=False, can_stay=False) if j.id in action.ids else j
                for j in after
            ]
        else:
            after = [replace(j, leaving=j.leaving or j.id in action.ids) for j in after]
    return after
