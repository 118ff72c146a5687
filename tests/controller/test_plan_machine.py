"""Plan, job table and restart policy together, over long sequences of whatever a queue can do to them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from jupyter_dask_slurm.batch.base import BatchJob, JobState, Snapshot
from jupyter_dask_slurm.controller.job_table import LOST_AFTER_SECONDS, JobTable
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
from jupyter_dask_slurm.controller.restart_policy import RestartPolicy
from jupyter_dask_slurm.controller.retirement import CANCEL_AGAIN
from jupyter_dask_slurm.controller.tracked_job import Leaving, TrackedJob, WorkerInfo
from jupyter_dask_slurm.model.names import job_name

ID = "3f9a12bc"
DAY = 24 * 3600
ENDS = (
    JobState.COMPLETED,
    JobState.FAILED,
    JobState.CANCELLED,
    JobState.TIMEOUT,
    JobState.NODE_FAIL,
    JobState.OUT_OF_MEMORY,
)
WALLTIMES = (60, 600, 3600, DAY)
ROUNDS = 400
"""Seconds within which everything has to be as it should, on a queue in which nothing goes wrong."""


@dataclass
class RealJob:
    """A job as it really is, whatever is reported of it."""

    id: str
    name: str
    submitted: float
    walltime: float
    state: JobState = JobState.PENDING
    started: float | None = None
    connected: bool = False
    data: int = 0
    tasks: int = 0
    listed: bool = True
    missed_since: float | None = None
    """The first of the looks in a row that did not find it."""

    @property
    def alive(self) -> bool:
        return not self.state.ended

    def end(self, state: JobState) -> None:
        self.state, self.connected, self.data, self.tasks = state, False, 0, 0

    def report(self, now: float) -> BatchJob:
        running = self.state.running and self.started is not None
        left = self.walltime - (now - self.started) if running and self.started else None
        return BatchJob(
            self.id,
            self.name,
            self.state,
            submitted=self.submitted,
            started=self.started,
            time_left=None if left is None else int(left),
        )


class Queue:
    """The real jobs, and the clock."""

    def __init__(self, walltime: float) -> None:
        self.now = 1_800_000_000.0
        self.walltime = walltime
        self.jobs: dict[str, RealJob] = {}
        self._arrays = 0

    def submit(self, name: str, count: int) -> list[str]:
        self._arrays += 1
        ids = [f"{self._arrays}_{task}" for task in range(count)]
        for job_id in ids:
            self.jobs[job_id] = RealJob(job_id, name, self.now, self.walltime)
        return ids

    def pass_time(self, seconds: float) -> None:
        """Time goes by, and walltimes run out."""
        self.now += seconds
        for job in self.jobs.values():
            started = job.started if job.state.running else None
            if started is not None and self.now - started >= job.walltime:
                job.end(JobState.TIMEOUT)

    def alive(self, *, connected: bool | None = None) -> list[RealJob]:
        found = [job for job in self.jobs.values() if job.alive]
        return [job for job in found if connected is None or job.connected is connected]

    def start(self, job: RealJob) -> None:
        job.state, job.started = JobState.RUNNING, self.now

    def snapshot(self) -> Snapshot:
        for job in self.jobs.values():
            missed = self.now if job.missed_since is None else job.missed_since
            job.missed_since = None if job.listed else missed
        return Snapshot(
            self.now, {job.id: job.report(self.now) for job in self.jobs.values() if job.listed}
        )

    def workers(self) -> list[WorkerInfo]:
        return [
            WorkerInfo(f"tls://{job.id}", f"{job.id}.0", data=job.data, tasks=job.tasks)
            for job in self.alive(connected=True)
        ]


class Controller:
    """Carries out what `plan` decides, as the reconciler does, and checks each decision."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.table = JobTable(ID)
        self.policy = RestartPolicy()
        self.wanted = 0
        self.unanswered = 0
        """Jobs of a submission that got no answer, looked for in the queue."""
        self.answers = True
        self.blocked = False
        """A retirement came to nothing, and is not tried again at once."""
        self._submissions = 0

    def scale(self, jobs: int) -> None:
        self.wanted = jobs
        self.policy.reset()
        self.blocked = False

    def poll_batch(self) -> None:
        """Ask the batch system, which takes a moment."""
        self.queue.pass_time(0.01)
        snapshot = self.queue.snapshot()
        ended = self.table.update(snapshot)
        lost = self.table.lost()
        ended += self.table.settle_lost(lost, {i: j for i in lost if (j := snapshot.get(i))})
        for job in ended:
            real = self.queue.jobs[job.id]
            if real.missed_since is not None:
                # Unknown is not dead: only after a while it is given up.
                assert self.queue.now - real.missed_since >= LOST_AFTER_SECONDS
        if ended:
            self.policy.jobs_ended([job.outcome for job in ended], self.queue.now)
        self._cancel_again()
        # Two looks settle an unanswered submission; whether there were jobs has been seen by now.
        self.unanswered = 0

    def _cancel_again(self) -> None:
        """A job that lives long after its cancellation (requeued, remembered) is told once more."""
        for job in self.table.live:
            late = self.queue.now - job.leaving_since > CANCEL_AGAIN
            if job.leaving is Leaving.ENDING and late and self.queue.jobs[job.id].alive:
                self.queue.jobs[job.id].end(JobState.CANCELLED)

    def poll_scheduler(self) -> None:
        """Ask the scheduler."""
        if self.table.update_workers(self.queue.workers(), self.queue.now):
            self.blocked = False
        if self.table.newly_stable(self.queue.now):
            self.policy.job_stable()

    @property
    def halted(self) -> bool:
        return self.policy.halted or self.policy.pause_until(self.queue.now) is not None

    def live(self) -> list[LiveJob]:
        return self.table.for_plan(self.queue.now)

    def act(self) -> list[Action]:
        """Decide and act; return what was really done."""
        before = self.live()
        actions = plan(self.wanted, before, submitting=self.unanswered, halted=self.halted)
        self._check(before, actions)
        done = [action for action in actions if not isinstance(action, Retire) or not self.blocked]
        for action in done:
            self._perform(action)
        return done

    def _perform(self, action: Action) -> None:
        if isinstance(action, Submit):
            self._submissions += 1
            name = job_name("otter", ID, self._submissions)
            ids = self.queue.submit(name, action.count)
            if self.answers:
                self.table.add(ids, name)
            else:
                self.unanswered = action.count
        elif isinstance(action, CancelPending):
            for job_id in action.ids:
                if (job := self.queue.jobs.get(job_id)) and job.state.pending:
                    job.end(JobState.CANCELLED)
            self.table.mark_leaving(action.ids, Leaving.CANCELLING, self.queue.now)
        elif isinstance(action, Keep):
            self.table.mark_leaving(action.ids, None, self.queue.now)
        else:
            self.table.mark_leaving(action.ids, Leaving.RETIRING, self.queue.now)

    def retiring(self) -> list[TrackedJob]:
        going = (Leaving.RETIRING, Leaving.CLOSING)
        return [job for job in self.table.live if job.leaving in going]

    def close(self, job: TrackedJob) -> None:
        """Its data have moved: its workers are about to be closed, and it is not kept any more."""
        self.table.mark_leaving([job.id], Leaving.CLOSING, self.queue.now)

    def retired(self, job: TrackedJob) -> None:
        """Its data have moved, its workers are closed, the job is cancelled."""
        real = self.queue.jobs[job.id]
        recipients = [other for other in self.queue.alive(connected=True) if other is not real]
        if recipients:
            recipients[0].data += real.data
        self.table.mark_leaving([job.id], Leaving.ENDING, self.queue.now)
        if real.alive:
            real.end(JobState.CANCELLED)

    def kept(self, job: TrackedJob) -> None:
        """Its data had nowhere to go."""
        self.table.mark_leaving([job.id], None, self.queue.now)
        self.blocked = True

    # -- what no decision may do ---------------------------------------------------------------

    def _check(self, before: list[LiveJob], actions: list[Action]) -> None:
        jobs = {job.id: job for job in before}
        staying = [job for job in before if not job.leaving and not job.cancel_requested]
        lasting = [job for job in staying if not job.to_replace]
        asked = sum(action.count for action in actions if isinstance(action, Submit))
        kept = [jobs[job_id] for job_id in _ids(actions, Keep)]
        going = [job_id for a in actions if not isinstance(a, (Submit, Keep)) for job_id in a.ids]
        assert len(going) == len(set(going)), "a job is told twice"
        assert not any(jobs[job_id].leaving for job_id in going), "it is going already"
        self._check_kept(before, kept, asked)
        if asked:
            assert not self.halted
        if asked or kept:
            # A job that is not listed still counts, so it is not submitted over.
            total = len(lasting) + len(kept) + self.unanswered + asked
            assert total == self.wanted or (self.halted and total < self.wanted)
        self._check_data(jobs, staying, lasting, actions)

    def _check_kept(self, before: list[LiveJob], kept: list[LiveJob], asked: int) -> None:
        retiring = [job for job in self.table.live if job.leaving is Leaving.RETIRING]
        possible = {job.id for job in retiring if job.workers}
        reasons = {job.id for job in before if job.to_replace or job.due or job.cancel_requested}
        assert {job.id for job in kept} <= possible - reasons, "it has a reason to go, or has gone"
        if asked:
            assert len(kept) == len(possible - reasons), "submitted though one could be kept"

    def _check_data(
        self,
        jobs: dict[str, LiveJob],
        staying: list[LiveJob],
        lasting: list[LiveJob],
        actions: list[Action],
    ) -> None:
        cancelled = _ids(actions, CancelPending)
        retired = _ids(actions, Retire)
        assert not any(jobs[job_id].connected for job_id in cancelled), "its data would be lost"
        # Jobs that are one too many: one that works only goes when none that waits could.
        if any(
            jobs[i].connected and not jobs[i].to_replace and not jobs[i].cancel_requested
            for i in retired
        ):
            assert all(job.id in cancelled for job in lasting if job.waiting)
        # Jobs whose walltime is near: only into others, or when there is no time left.
        for job_id in retired:
            job = jobs[job_id]
            if job.to_replace and not job.due and not job.cancel_requested:
                left = [other for other in staying if other.id not in {*retired, *cancelled}]
                recipients = sum(other.connected for other in left if not other.to_replace)
                working = sum(not other.waiting for other in left if other.to_replace)
                assert recipients + working >= self.wanted


def _ids(actions: Collection[Action], kind: type[CancelPending | Retire | Keep]) -> set[str]:
    return {job_id for action in actions if isinstance(action, kind) for job_id in action.ids}


class Machine(RuleBasedStateMachine):
    """Whatever happens, in any order; the rules of the controller are among them."""

    @initialize(walltime=st.sampled_from(WALLTIMES), wanted=st.integers(0, 5))
    def begin(self, walltime: float, wanted: int) -> None:
        self.queue = Queue(walltime)
        self.controller = Controller(self.queue)
        self.controller.scale(wanted)

    def _pick(self, number: int, jobs: list[RealJob]) -> list[RealJob]:
        """One of them, where there are any."""
        return jobs[number % len(jobs) :][:1] if jobs else []

    # -- the user

    @rule(wanted=st.integers(0, 6))
    def scale(self, wanted: int) -> None:
        self.controller.scale(wanted)

    @rule(number=st.integers(0, 9), replace=st.booleans())
    def one_job(self, number: int, replace: bool) -> None:
        """The user ends one job, or has it replaced."""
        live = self.controller.table.live
        if not live:
            return
        job = live[number % len(live)]
        if replace:
            job.replace_requested = True
        else:
            job.cancel_requested = True
            self.controller.wanted = max(0, self.controller.wanted - 1)
        self.controller.blocked = False

    # -- the queue

    @rule(seconds=st.sampled_from((1, 5, 20, 70, 400)))
    def time_passes(self, seconds: float) -> None:
        self.queue.pass_time(seconds)

    @rule(before=st.sampled_from((-1, 1)))
    def walltime_nears(self, before: float) -> None:
        """Go to the next moment at which a job is to be replaced, or is due."""
        deadline = self.controller.table.next_deadline(self.queue.now)
        if deadline is not None:
            self.queue.pass_time(max(0.0, deadline - self.queue.now + before))

    @rule(number=st.integers(0, 9))
    def a_job_starts(self, number: int) -> None:
        for job in self._pick(number, [j for j in self.queue.alive() if j.state.pending]):
            self.queue.start(job)

    @rule(number=st.integers(0, 9), data=st.integers(0, 3), tasks=st.integers(0, 2))
    def a_worker_connects_or_works(self, number: int, data: int, tasks: int) -> None:
        for job in self._pick(number, [j for j in self.queue.alive() if j.state.running]):
            job.connected, job.data, job.tasks = True, job.data + data, tasks

    @rule(number=st.integers(0, 9))
    def a_worker_is_lost(self, number: int) -> None:
        for job in self._pick(number, self.queue.alive(connected=True)):
            job.connected, job.data, job.tasks = False, 0, 0

    @rule(number=st.integers(0, 9), state=st.sampled_from(ENDS))
    def a_job_ends(self, number: int, state: JobState) -> None:
        for job in self._pick(number, self.queue.alive()):
            job.end(state)

    @rule(number=st.integers(0, 9))
    def a_job_is_requeued(self, number: int) -> None:
        for job in self._pick(number, list(self.queue.jobs.values())):
            job.end(JobState.PENDING)
            job.started, job.submitted = None, self.queue.now

    @rule(number=st.integers(0, 9))
    def a_job_vanishes(self, number: int) -> None:
        for job in self._pick(number, [job for job in self.queue.jobs.values() if job.listed]):
            job.listed = False

    @rule(number=st.integers(0, 9))
    def a_job_reappears(self, number: int) -> None:
        for job in self._pick(number, [j for j in self.queue.jobs.values() if not j.listed]):
            job.listed = True

    @rule(count=st.integers(1, 6))
    def all_goes_well(self, count: int) -> None:
        """Some jobs start, their workers connect, and the controller hears of it."""
        for job in self.queue.alive(connected=False)[:count]:
            self.queue.start(job)
            job.connected = True
        self.a_round(1)

    @rule(number=st.integers(0, 9), state=st.sampled_from(ENDS))
    def a_job_ends_and_it_is_seen(self, number: int, state: JobState) -> None:
        self.a_job_ends(number, state)
        self.a_round(1)

    # -- the controller

    @rule(seconds=st.integers(0, 3))
    def a_round(self, seconds: int) -> None:
        """As the reconciler makes it: look, then act."""
        self.queue.pass_time(seconds)
        self.poll_batch()
        self.poll_scheduler()
        self.act(True)

    @rule()
    def poll_batch(self) -> None:
        self.controller.poll_batch()

    @rule()
    def poll_scheduler(self) -> None:
        self.controller.poll_scheduler()

    @rule(answers=st.booleans())
    def act(self, answers: bool) -> None:
        self.controller.answers = answers
        self.controller.act()
        after = [job for job in self.controller.live() if not job.leaving]
        lasting = [job for job in after if not job.to_replace and not job.cancel_requested]
        if not self.controller.blocked:
            assert len(lasting) <= self.controller.wanted, "too many jobs are counted on"
        assert not any(job.waiting and (job.to_replace or job.cancel_requested) for job in after)

    @precondition(lambda self: self.controller.retiring())
    @rule(number=st.integers(0, 9), moved=st.booleans())
    def a_retirement_ends(self, number: int, moved: bool) -> None:
        retiring = self.controller.retiring()
        job = retiring[number % len(retiring)]
        if moved:
            self.controller.retired(job)
        else:
            self.controller.kept(job)

    @precondition(lambda self: self.controller.retiring())
    @rule(number=st.integers(0, 9))
    def workers_are_about_to_be_closed(self, number: int) -> None:
        retiring = self.controller.retiring()
        self.controller.close(retiring[number % len(retiring)])

    @rule(less=st.integers(1, 6))
    def down_and_up_again(self, less: int) -> None:
        """No job is submitted that one of those just leaving could be."""
        wanted = self.controller.wanted
        self.a_round(1)
        self.controller.scale(max(0, wanted - less))
        self.act(True)
        self.controller.scale(wanted)
        self.act(True)

    @invariant()
    def a_connected_job_is_never_taken_for_dead(self) -> None:
        if hasattr(self, "controller"):
            assert not any(job.workers and job.stage is Stage.UNKNOWN for job in self._table())

    def _table(self) -> list[TrackedJob]:
        return list(self.controller.table)

    # -- the end of every sequence

    def teardown(self) -> None:
        """Once nothing goes wrong any more it comes to exactly what is wanted, and stays there."""
        if not hasattr(self, "controller"):
            return
        queue, controller = self.queue, self.controller
        queue.walltime = DAY
        controller.answers = True
        queue.pass_time(1)
        for job in queue.jobs.values():
            job.listed = True
        controller.poll_batch()
        controller.scale(controller.wanted)  # what had failed is tried again
        quiet = 0
        for _ in range(ROUNDS):
            quiet = 0 if self._good_round() else quiet + 1
            if quiet > 5 and self._exactly_as_wanted():
                break
        assert self._exactly_as_wanted(), self._describe()
        assert quiet > 5

    def _good_round(self) -> list[Action]:
        """One second in which everything goes well."""
        queue, controller = self.queue, self.controller
        queue.pass_time(1)
        for job in queue.jobs.values():
            if job.state.pending:
                queue.start(job)
            elif job.state.running:
                job.connected = True
        controller.poll_batch()
        controller.poll_scheduler()
        done = controller.act()
        for tracked in controller.retiring():
            controller.retired(tracked)
        return done

    def _exactly_as_wanted(self) -> bool:
        alive = self.queue.alive()
        return len(alive) == self.controller.wanted and all(job.connected for job in alive)

    def _describe(self) -> str:
        return f"wanted {self.controller.wanted}\n{self.queue.alive()}\n{self.controller.live()}"


TestMachine = Machine.TestCase
TestMachine.settings = settings(
    max_examples=1000,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
