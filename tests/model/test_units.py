"""Sizes of memory are read as dask reads them, without importing dask."""

from __future__ import annotations

import dask.utils
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from jupyter_dask_slurm.model.units import parse_memory, with_unit
from tests.support.grammar import cases


@pytest.mark.parametrize(("text", "size"), cases("memory"))
def test_a_size_is_read_as_the_panel_reads_it(text: str, size: int | None) -> None:
    if size is None:
        with pytest.raises(ValueError, match="is not a"):
            parse_memory(text)
    else:
        assert parse_memory(text) == size


@pytest.mark.parametrize(("text", "meant"), cases("with a unit"))
def test_a_number_alone_may_be_meant_with_a_unit(text: str, meant: str | None) -> None:
    assert with_unit(text) == meant


@pytest.mark.parametrize(
    ("text", "size"),
    [
        *((text, size) for text, size in cases("memory") if size is not None),
        ("MB", 10**6),
        (0, 0),
        (2**35, 2**35),
    ],
)
def test_sizes_mean_what_dask_says(text: str | int, size: int) -> None:
    assert parse_memory(text) == size
    assert dask.utils.parse_bytes(text) == size


@given(
    st.floats(min_value=0, max_value=9999, allow_nan=False).map(lambda x: f"{x:.3f}"),
    st.sampled_from(["", "B", "k", "kB", "KiB", "M", "MB", "Mi", "GB", "GiB", "TB", "TiB", "PB"]),
    st.sampled_from(["", " "]),
)
def test_any_number_and_unit_mean_what_dask_says(number: str, unit: str, space: str) -> None:
    text = f"{number}{space}{unit}"
    size = dask.utils.parse_bytes(text)
    assume(size <= 2**60)
    assert parse_memory(text) == size


@pytest.mark.parametrize(
    "text", ["12 bananas", "", "  ", "-1 GB", "1,5 GB", "GB 1", "1 GB 2 GB", "1 GBB", "0x10"]
)
def test_other_texts_are_refused_by_quoting_them(text: str) -> None:
    with pytest.raises(ValueError, match="is not a"):
        parse_memory(text)


@pytest.mark.parametrize("value", [-1, True, 1.5, None, ["1 GB"]])
def test_other_values_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"memory|size"):
        parse_memory(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value", ["1025 PiB", "9" * 400, "9" * 400 + " GB", "9" * 300 + " PB", 2**60 + 1, 10**400]
)
def test_more_than_there_can_be_is_refused(value: str | int) -> None:
    with pytest.raises(ValueError, match="at most 1 EiB"):
        parse_memory(value)


def test_the_most_there_can_be_is_not() -> None:
    assert parse_memory(2**60) == parse_memory("1024 PiB") == 2**60
