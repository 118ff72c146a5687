"""What Slurm's commands print, as tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_dask_slurm.batch import slurm_parse as parse
from jupyter_dask_slurm.batch.base import BatchJob, JobState, Partition

GIB = 1024**3


def rows(*lines: str) -> str:
    """Rows of squeue, written here with bars for the separator."""
    return "".join(line.replace("|", parse.SEPARATOR) + "\n" for line in lines)


RUNNING = "81|3|blue-1|RUNNING|None|1795410299|1795410300|1-02:03:04|n1"


def test_a_running_task() -> None:
    snapshot = parse.parse_queue(rows(RUNNING), taken=5.0)
    assert snapshot.taken == 5.0
    assert snapshot.jobs == {
        "81_3": BatchJob(
            id="81_3",
            name="blue-1",
            state=JobState.RUNNING,
            submitted=1795410299.0,
            started=1795410300.0,
            time_left=93784,
            node="n1",
        )
    }


def test_a_pending_task_has_a_reason_and_perhaps_an_estimate() -> None:
    text = rows(
        "81|0|x|PENDING|Resources|1795410299|1795416429|10:00|",
        "81|1|x|PENDING|Nodes required for job are DOWN, DRAINED|1795410299|N/A|UNLIMITED|",
    )
    first, second = parse.parse_queue(text, taken=0).jobs.values()
    assert (first.reason, first.estimated_start) == ("Resources", 1795416429.0)
    assert first.started is first.time_left is None
    assert second.reason == "Nodes required for job are DOWN, DRAINED"
    assert second.estimated_start is None


def test_a_job_cancelled_while_pending_never_started() -> None:
    text = rows("1|0|x|CANCELLED|JobHeldUser|1795410299|1795410301|5:00|")
    assert parse.parse_queue(text, taken=0).jobs["1_0"].started is None


def test_a_single_job_stands_under_its_own_id() -> None:
    snapshot = parse.parse_queue(rows("82|N/A|x|PENDING|None|1|N/A|5:00|"), taken=0)
    assert snapshot.jobs.keys() == {"82"}
    assert snapshot.get("82_1") is None


def test_a_collapsed_array_ends_every_task_that_is_not_listed() -> None:
    text = rows("81|N/A|x|CANCELLED|None|1|2|5:00|", RUNNING)
    snapshot = parse.parse_queue(text, taken=0)
    listed, other = snapshot.get("81_3"), snapshot.get("81_999")
    assert listed is not None
    assert listed.state is JobState.RUNNING
    assert other is not None
    assert other.state is JobState.CANCELLED
    assert snapshot.jobs.keys() == {"81_3"}
    assert snapshot.get("8_3") is None


def test_tasks_in_one_row_are_told_apart() -> None:
    text = rows("81|[0-2,7%4]|x|PENDING|Priority|1|N/A|5:00|")
    assert parse.parse_queue(text, taken=0).jobs.keys() == {"81_0", "81_1", "81_2", "81_7"}


@pytest.mark.parametrize("row", ["", "a banner", RUNNING + "|more", "x" + RUNNING, "||||||||"])
def test_rows_that_cannot_be_read_are_left_out(row: str) -> None:
    assert parse.parse_queue(rows(row, RUNNING), taken=0).jobs.keys() == {"81_3"}


@given(st.text())
def test_no_text_makes_the_queue_raise(text: str) -> None:
    parse.parse_queue(text.replace("|", parse.SEPARATOR), taken=0)


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
    ("text", "seconds"),
    [
        ("0:00", 0),
        ("9:58", 598),
        ("30:00", 1800),
        ("1:02:03", 3723),
        ("00:30:00", 1800),
        ("2-00:00:00", 172800),
        ("UNLIMITED", None),
        ("INVALID", None),
        ("NOT_SET", None),
        ("NONE", None),
        ("N/A", None),
        ("", None),
    ],
)
def test_durations(text: str, seconds: int | None) -> None:
    assert parse.parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "instant"),
    [("1795410299", 1795410299.0), ("0", None), ("N/A", None), ("Unknown", None), ("²", None)],
)
def test_instants(text: str, instant: float | None) -> None:
    assert parse.parse_instant(text) == instant


@pytest.mark.parametrize(
    "text", ["81", "81\n", "81;lab\n", "Welcome to the site!\nQuota: 17 of 20\n\n81;lab\n"]
)
def test_the_answer_of_sbatch(text: str) -> None:
    assert parse.parse_submission(text) == "81"


@pytest.mark.parametrize("text", ["", "\n", "Submitted batch job\n", "81 is it\n", "-1"])
def test_an_answer_of_sbatch_without_an_id(text: str) -> None:
    with pytest.raises(ValueError, match="no job id"):
        parse.parse_submission(text)


@pytest.mark.parametrize(
    ("text", "number"), [("16", 16), ("16+", 16), ("", None), ("N/A", None), ("-1", None)]
)
def test_numbers(text: str, number: int | None) -> None:
    assert parse.parse_number(text) == number


@pytest.mark.parametrize(
    ("text", "count"), [("0", 0), ("128", 128), ("1.5K", 1536), ("2M", 2 * 1024**2), ("?", 0)]
)
def test_counts(text: str, count: int) -> None:
    assert parse.parse_count(text) == count


PARTITIONS = """\
PartitionName=debug AllowGroups=ALL Default=YES DefaultTime=00:05:00 MaxTime=00:30:00 Nodes=n[1-2] \
State=UP TotalCPUs=48 TotalNodes=2 TRES=cpu=48,mem=125G,node=2,billing=48
PartitionName=long Default=NO DefaultTime=NONE MaxTime=UNLIMITED State=UP TotalCPUs=48 TotalNodes=2
PartitionName=broken Default=NO DefaultTime=NONE MaxTime=2-00:00:00 State=UP TotalNodes=2
PartitionName=drained Default=NO DefaultTime=NONE MaxTime=1:00:00 State=DRAIN TotalNodes=1
PartitionName=secret Default=NO DefaultTime=NONE MaxTime=1:00:00 State=UP TotalCPUs=8 TotalNodes=1
"""
NODES = rows(
    "debug|1/31/0/32|16|64000",
    "debug|0/0/16/16|8+|32000+",
    "long|1/31/0/32|16|64000",
    "broken|0/0/32/32|16|64000",
    "drained|0/4/0/4|4|1024",
    "nonsense|1/2|4|1024",
    "a banner",
)


def test_partitions_with_what_their_nodes_have() -> None:
    debug, long, broken, drained, secret = parse.parse_partitions(
        PARTITIONS, parse.parse_nodes(NODES)
    )
    assert debug == Partition(
        name="debug",
        default=True,
        available=True,
        nodes=2,
        cores_per_node=16,
        memory_per_node=64000 * 1024**2,
        max_walltime=1800,
        default_walltime=300,
        idle_cores=31,
        total_cores=48,
    )
    assert (long.default, long.max_walltime, long.default_walltime) == (False, None, None)
    assert long.memory_per_node == 62.5 * GIB
    # Up, as its administrator sees it, but no node of it could start a job.
    assert (broken.available, broken.idle_cores, broken.total_cores) == (False, 0, 32)
    assert not drained.available
    # sinfo may hide what scontrol shows.
    assert (secret.available, secret.total_cores, secret.cores_per_node) == (True, 8, None)


@pytest.mark.parametrize(
    ("text", "cluster", "size"),
    [
        ("ClusterName             = lab\nMaxArraySize            = 1001\n", "lab", 1001),
        ("Configuration data as of 2026\nMaxArraySize = 0\nClusterName=\n", None, 0),
        ("", None, None),
    ],
)
def test_the_configuration(text: str, cluster: str | None, size: int | None) -> None:
    assert parse.parse_configuration(text) == parse.Configuration(cluster, size)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("slurm-wlm 22.05.8\n", "22.05.8"),
        ("slurm 23.11.4-1rc1", "23.11.4-1rc1"),
        ("slurm", "slurm"),
    ],
)
def test_the_version(text: str, version: str) -> None:
    assert parse.parse_version(text) == version


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([], []),
        (["82"], ["82"]),
        (["81_3"], ["81_3"]),
        (["81_0", "81_1", "81_2", "81_9"], ["81_[0-2,9]"]),
        (["81_10", "81_9", "81_1"], ["81_[1,9-10]"]),
        (["81_1", "82", "83_4", "81_2"], ["82", "81_[1-2]", "83_4"]),
    ],
)
def test_ids_as_few_words(ids: list[str], words: list[str]) -> None:
    assert parse.compress_ids(ids) == words


@given(st.sets(st.integers(0, 300), min_size=1))
def test_compressed_ids_are_the_same_ids(indices: set[int]) -> None:
    (word,) = parse.compress_ids([f"81_{index}" for index in indices])
    assert set(parse.parse_indices(word.partition("_")[2])) == indices
