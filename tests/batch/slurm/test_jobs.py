"""What squeue and sacct print of jobs, as tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_dask_slurm.batch.base import BatchJob, JobState
from jupyter_dask_slurm.batch.slurm import jobs as parse
from jupyter_dask_slurm.batch.slurm.parse import SEPARATOR


def rows(*lines: str) -> str:
    """Rows of squeue, written here with bars for the separator."""
    return "".join(line.replace("|", SEPARATOR) + "\n" for line in lines)


RUNNING = "81|3|blue-1|RUNNING|None|1795410299|1795410300|1795504084|1-02:03:04|n1|16|debug|10:00"


def test_a_running_task() -> None:
    snapshot = parse.parse_queue(rows(RUNNING), taken=1795410310.0)
    assert snapshot.taken == 1795410310.0
    assert snapshot.jobs == {
        "81_3": BatchJob(
            id="81_3",
            name="blue-1",
            state=JobState.RUNNING,
            submitted=1795410299.0,
            started=1795410300.0,
            time_left=93774,
            node="n1",
            cpus=16,
            partition="debug",
            time_limit=600,
        )
    }


def test_a_pending_task_has_a_reason_and_perhaps_an_estimate() -> None:
    text = rows(
        "81|0|x|PENDING|Resources|1795410299|1795416429|1795417029|10:00||1|debug,long|10:00",
        "81|1|x|PENDING|Nodes required for job are DOWN, DRAINED|1795410299|N/A|N/A|UNLIMITED||1|debug|10:00",
    )
    first, second = parse.parse_queue(text, taken=0).jobs.values()
    assert (first.reason, first.estimated_start) == ("Resources", 1795416429.0)
    assert first.started is first.time_left is None
    assert (first.cpus, first.partition) == (1, "debug,long")
    assert second.reason == "Nodes required for job are DOWN, DRAINED"
    assert second.estimated_start is None


def test_a_job_cancelled_while_pending_never_started() -> None:
    text = rows("1|0|x|CANCELLED|JobHeldUser|1795410299|1795410301|1795410301|5:00||1|debug|10:00")
    job = parse.parse_queue(text, taken=0).jobs["1_0"]
    assert (job.started, job.ended) == (None, 1795410301.0)


def test_a_single_job_stands_under_its_own_id() -> None:
    snapshot = parse.parse_queue(
        rows("82|N/A|x|PENDING|None|1|N/A|N/A|5:00||1|debug|10:00"), taken=0
    )
    assert snapshot.jobs.keys() == {"82"}
    assert snapshot.get("82_1") is None


def test_a_collapsed_array_ends_every_task_that_is_not_listed() -> None:
    text = rows("81|N/A|x|CANCELLED|None|1|2|2|5:00||1|debug|10:00", RUNNING)
    snapshot = parse.parse_queue(text, taken=0)
    listed, other = snapshot.get("81_3"), snapshot.get("81_999")
    assert listed is not None
    assert listed.state is JobState.RUNNING
    assert other is not None
    assert other.state is JobState.CANCELLED
    assert snapshot.jobs.keys() == {"81_3"}
    assert snapshot.get("8_3") is None


def test_tasks_in_one_row_are_told_apart() -> None:
    text = rows("81|[0-2,7%4]|x|PENDING|Priority|1|N/A|N/A|5:00||1|debug|10:00")
    assert parse.parse_queue(text, taken=0).jobs.keys() == {"81_0", "81_1", "81_2", "81_7"}


@pytest.mark.parametrize(
    ("state", "end", "left", "seconds"),
    [
        ("RUNNING", "1795410900", "9:59", 600),
        # Preempted, with a time of grace: Slurm sets the end alone.
        ("RUNNING", "1795410330", "9:59", 30),
        ("RUNNING", "1795410290", "9:59", 0),  # it is about to be ended
        ("RUNNING", "N/A", "9:59", 599),
        ("RUNNING", "NONE", "UNLIMITED", None),
        ("SUSPENDED", "1795410330", "9:59", 599),  # its time does not pass
        ("PENDING", "1795410900", "10:00", None),
    ],
)
def test_a_running_job_has_left_what_slurm_lets_it_run(
    state: str, end: str, left: str, seconds: int | None
) -> None:
    text = rows(f"81|0|x|{state}|None|1795410299|1795410300|{end}|{left}|n1|1|debug|10:00")
    (job,) = parse.parse_queue(text, taken=1795410300.0).jobs.values()
    assert job.time_left == seconds
    # Also on a host whose clock is an hour ahead of Slurm's.
    again = parse.parse_queue(text, taken=1795410300.0 + 3600, ahead=3600.0)
    assert (again.jobs, again.ahead) == ({"81_0": job}, 3600.0)


@pytest.mark.parametrize("row", ["", "a banner", RUNNING + "|more", "x" + RUNNING, "|" * 12])
def test_rows_that_cannot_be_read_are_left_out(row: str) -> None:
    assert parse.parse_queue(rows(row, RUNNING), taken=0).jobs.keys() == {"81_3"}


@given(st.text())
def test_no_text_makes_the_queue_raise(text: str) -> None:
    parse.parse_queue(text.replace("|", SEPARATOR), taken=0)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("RUNNING", JobState.RUNNING),
        ("OUT_OF_MEMORY", JobState.OUT_OF_MEMORY),
        ("completing", JobState.COMPLETING),
        ("", JobState.UNKNOWN),
        ("HIBERNATING", JobState.UNKNOWN),
        ("UNKNOWN", JobState.UNKNOWN),
    ],
)
def test_states(text: str, state: JobState) -> None:
    assert parse.parse_state(text) is state


def test_an_unknown_state_is_neither_waiting_nor_running_nor_ended() -> None:
    state = parse.parse_state("HIBERNATING")
    assert not any([state.pending, state.running, state.ended])


@pytest.mark.parametrize("state", JobState)
def test_every_known_state_is_one_of_the_three(state: JobState) -> None:
    phases = [state.pending, state.running, state.ended]
    assert phases.count(True) == (state is not JobState.UNKNOWN)


@pytest.mark.parametrize(
    ("text", "instant"),
    [("1795410299", 1795410299.0), ("0", None), ("N/A", None), ("Unknown", None), ("²", None)],
)
def test_instants(text: str, instant: float | None) -> None:
    assert parse.parse_instant(text) == instant


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0", "0:0"),
        ("768", "3:0"),
        ("9", "0:9"),
        ("139", "0:11"),
        ("3893", "0:53"),
        ("0:0", "0:0"),
        ("3:0", "3:0"),
        ("4294967294", None),
        ("", None),
        ("N/A", None),
        ("1:", None),
        (":1", None),
        ("²", None),
        ("-1", None),
    ],
)
def test_exit_codes(text: str, code: str | None) -> None:
    assert parse.parse_exit_code(text) == code


def coded(*lines: str) -> str:
    """Rows of ``squeue -O``: values are padded, and each is followed by the separator."""
    return "".join("".join(f"{v:20}{SEPARATOR}" for v in line.split("|")) + "\n" for line in lines)


def test_exit_codes_of_those_that_ran() -> None:
    text = coded(
        "81|0|x y|FAILED|NonZeroExitCode|1|2|3|5:00|n1|16|debug|10:00|768",
        "81|1|x y|CANCELLED|JobHeldUser|1|2|3|5:00||1|debug|10:00|0",
        "81|2|x y|RUNNING|None|1|2|300|4:00|n1|16|debug|10:00|0",
        "81|3|x y|COMPLETING|None|1|2|300|4:00|n1|16|debug|10:00|9",
        "82|N/A|x y|COMPLETED|None|1|2|3|5:00|n1|16|debug|10:00|0",
    )
    jobs = parse.parse_coded_queue(text, taken=0).jobs
    assert {job_id: job.exit_code for job_id, job in jobs.items()} == {
        "81_0": "3:0",
        "81_1": None,  # it never started
        "81_2": None,
        "81_3": None,
        "82": "0:0",
    }
    assert jobs["81_0"] == BatchJob(
        id="81_0",
        name="x y",
        state=JobState.FAILED,
        reason="NonZeroExitCode",
        submitted=1.0,
        started=2.0,
        ended=3.0,
        node="n1",
        cpus=16,
        partition="debug",
        time_limit=600,
        exit_code="3:0",
    )


@given(st.text())
def test_no_text_makes_the_coded_queue_raise(text: str) -> None:
    parse.parse_coded_queue(text.replace("|", SEPARATOR), taken=0)


ACCOUNTS = """\
2|kill|FAILED|0:9|1795543691|1795543691|1795543692|n1|None|1|debug|10:00
3|run|CANCELLED by 1001|0:0|1795543691|1795543691|1795543693|n1|None|1|debug|10:00
1_0|arr|FAILED|3:0|1795543691|1795543691|1795543692|n1|NonZeroExitCode|1|debug|10:00
4_[0-2,9]|pend|CANCELLED by 1001|0:0|1795543691|1795543693|1795543693|None assigned|JobHeldUser|1|debug|10:00
5_[0-2,4-6,8-9]|pendsome|PENDING|0:0|1795543691|Unknown|Unknown|None assigned|JobHeldUser|1|debug|10:00
6|allocation|FAILED|3:0|1795543691|1795543691|1795543691|n1|None|1|debug|10:00
7_[0-2,4-...|cut|CANCELLED|0:0|1795543691|Unknown|1795543693|None assigned|None|1|debug|10:00
9|whole|CANCELLED by 1001|0:0|1795543691|1795543693|1795543693|None assigned|JobHeldUser|1|debug|10:00
8.batch|batch|COMPLETED|0:0|1795543691|1795543691|1795543691|n1|None|1|debug|10:00
sacct: a banner
"""


def test_accounts() -> None:
    snapshot = parse.parse_accounts(ACCOUNTS.replace("|", SEPARATOR), taken=5.0)
    jobs = snapshot.jobs
    assert jobs.keys() == {
        *("2", "3", "9", "1_0", "4_0", "4_1", "4_2", "4_9", "7_0", "7_1", "7_2"),
        *(f"5_{task}" for task in (0, 1, 2, 4, 5, 6, 8, 9)),
    }
    assert jobs["1_0"] == BatchJob(
        id="1_0",
        name="arr",
        state=JobState.FAILED,
        reason="NonZeroExitCode",
        submitted=1795543691.0,
        started=1795543691.0,
        ended=1795543692.0,
        node="n1",
        cpus=1,
        partition="debug",
        time_limit=600,
        exit_code="3:0",
    )
    assert (jobs["2"].state, jobs["2"].exit_code) == (JobState.FAILED, "0:9")
    assert (jobs["3"].state, jobs["3"].node) == (JobState.CANCELLED, "n1")
    never = jobs["4_9"]
    assert never.state is JobState.CANCELLED
    assert (never.started, never.node, never.exit_code) == (None, None, None)
    assert never.ended == 1795543693.0
    last = snapshot.get("9_3")
    assert last is not None
    assert last.state is JobState.CANCELLED
    assert snapshot.get("2_3") is None  # that job ran, so it is no array
    assert jobs["5_0"].state is JobState.PENDING
    assert (jobs["5_0"].ended, jobs["5_0"].estimated_start) == (None, None)


@given(st.text())
def test_no_text_makes_accounts_raise(text: str) -> None:
    parse.parse_accounts(text.replace("|", SEPARATOR), taken=0)
