"""What Slurm's commands print of a site and of job ids, as tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_dask_slurm.batch.slurm import parse as parse

GIB = 1024**3


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
    ("text", "cluster"),
    [
        ("81", None),
        ("81\n", None),
        ("81;lab\n", "lab"),
        ("Welcome to the site!\nQuota: 17 of 20\n\n81;lab\n", "lab"),
        ("81\nYour project has 1234 CPU hours left.\n", None),
        ("Balance: 17\n81;lab\nINFO: 2 nodes are down\n", "lab"),
        ("Submitted batch job 81\nand even more stuff\n", None),
        ("Submitted batch job 81 on cluster lab\n", "lab"),
    ],
)
def test_the_answer_of_sbatch(text: str, cluster: str | None) -> None:
    assert parse.parse_submission(text) == ("81", cluster)


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


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("8G", 8 * GIB),
        ("512M", GIB // 2),
        ("2048", 2 * GIB),
        ("1.50T", 1536 * GIB),
        ("1024K", 1024**2),
        ("2gb", 2 * GIB),
        ("0", 0),
        ("", None),
        ("all", None),
    ],
)
def test_sizes_of_memory(text: str, size: int | None) -> None:
    assert parse.parse_size(text) == size


ACCOUNTING = "AccountingStorageType   = accounting_storage/"


@pytest.mark.parametrize(
    ("text", "configuration"),
    [
        (
            "ClusterName = lab\nMaxArraySize = 1001\n" + ACCOUNTING + "slurmdbd\n",
            parse.Configuration("lab", 1001, accounting=True),
        ),
        (
            "Configuration data as of 2026\nMaxArraySize = 0\nClusterName=\n" + ACCOUNTING + "none",
            parse.Configuration(None, 0),
        ),
        (
            "MaxArraySize = 1001\nSchedulerParameters = bf_window=60,max_array_tasks=5,defer",
            parse.Configuration(None, 5),
        ),
        ("AccountingStorageEnforce = none", parse.Configuration(None, None)),
        (
            "AccountingStorageEnforce = associations,limits,qos",
            parse.Configuration(None, None, enforced=frozenset({"associations", "limits", "qos"})),
        ),
        (
            "EnforcePartLimits       = ALL",
            parse.Configuration(None, None, enforce_part_limits="ALL"),
        ),
        ("EnforcePartLimits       = no", parse.Configuration(None, None, enforce_part_limits="NO")),
        (
            "SlurmUser               = slurm(64030)\nMaxMemPerCPU = 2048\nMaxMemPerNode = UNLIMITED",
            parse.Configuration(None, None, slurm_user=64030, max_memory_per_core=2 * 1024**3),
        ),
        ("", parse.Configuration(None, None)),
    ],
)
def test_the_configuration(text: str, configuration: parse.Configuration) -> None:
    assert parse.parse_configuration(text) == configuration


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
