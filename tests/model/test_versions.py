"""Which versions differ, and what of it breaks."""

from __future__ import annotations

import pytest

from jupyter_dask_slurm.model.versions import differences, in_words

SCHEDULER = {
    "python": "3.13.1.final.0",
    "dask": "2026.8.0",
    "cloudpickle": "3.1.3",
    "numpy": "2.4.6",
    "pandas": None,
}


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (SCHEDULER, []),
        ({}, []),
        ({"python": "3.13.9.final.0"}, []),
        ({"python": "3.11.7"}, [("python", "3.11.7", "3.13.1", True)]),
        (
            {"numpy": "1.26.4", "dask": "2026.1.0", "python": "3.11.7.final.0"},
            [
                ("python", "3.11.7", "3.13.1", True),
                ("dask", "2026.1.0", "2026.8.0", True),
                ("numpy", "1.26.4", "2.4.6", False),
            ],
        ),
        ({"pandas": "3.0.0"}, [("pandas", "3.0.0", "none", False)]),
        ({"lz4": "4.0"}, []),
    ],
)
def test_differences(
    own: dict[str, str | None], expected: list[tuple[str, str, str, bool]]
) -> None:
    found = differences(own, SCHEDULER)
    assert [(*each, each.breaks) for each in found] == expected


def test_words() -> None:
    found = differences({"python": "3.11.7", "dask": "2026.1.0"}, SCHEDULER)
    assert in_words("this kernel has", found) == (
        "this kernel has python 3.11.7 and dask 2026.1.0, "
        "the scheduler python 3.13.1 and dask 2026.8.0"
    )
