"""The command that Python is started with."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_dask_slurm.model.command import python_words, scheduler_words


@pytest.mark.parametrize(
    ("python", "words", "scheduler"),
    [
        ("/env/bin/python", ["/env/bin/python"], None),
        ("apptainer exec a.sif python", ["apptainer", "exec", "a.sif", "python"], None),
        ("env 'A=b c' python", ["env", "A=b c", "python"], None),
        ("srun python3", ["srun", "python3"], ["python3"]),
        (
            "/usr/bin/srun -n 1 python3 -u",
            ["/usr/bin/srun", "-n", "1", "python3", "-u"],
            ["python3", "-u"],
        ),
        ("srun --mpi=none sh x.sh", ["srun", "--mpi=none", "sh", "x.sh"], ["sh", "x.sh"]),
        ("srun --x no-such-python", ["srun", "--x", "no-such-python"], ["no-such-python"]),
    ],
)
def test_words(python: str, words: list[str], scheduler: list[str] | None) -> None:
    assert python_words(python) == words
    assert scheduler_words(python) == (scheduler or words)


def test_a_file_is_one_word(tmp_path: Path) -> None:
    file = tmp_path / "it's my python"
    file.touch()
    assert python_words(str(file)) == scheduler_words(str(file)) == [str(file)]


@pytest.mark.parametrize("python", ["'x", "''", " "])
def test_what_is_no_command(python: str) -> None:
    with pytest.raises(ValueError, match=r"quotation|command"):
        python_words(python)
