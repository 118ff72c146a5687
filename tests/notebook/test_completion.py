"""``connect("<tab>``, as IPython completes it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from IPython.core.completer import Completion, IPCompleter, provisionalcompleter

from jupyter_dask_slurm.cluster_files.ended import Ended
from jupyter_dask_slurm.notebook import completion
from tests.notebook.test_client import CREATED, starting


@pytest.fixture
def completer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> IPCompleter:
    monkeypatch.setenv("JUPYTER_DASK_SLURM_STATE_DIR", str(tmp_path))
    made = IPCompleter(namespace={}, global_namespace={}, use_jedi=False)
    monkeypatch.setattr("IPython.get_ipython", lambda: SimpleNamespace(Completer=made))
    for number, name in enumerate(["wind", "weather", "weather-2", "blue"]):
        starting(tmp_path, f"0000000{number}", name)
    starting(tmp_path, "0000000a", "weather-1").write(Ended("idle", "nobody", CREATED))
    completion.install()
    completion.install()
    return made


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ('connect("', ["wind", "weather", "weather-2", "blue", "weather-1"]),
        ("client = connect('we", ["weather", "weather-2", "weather-1"]),
        ('connect(name="weather-', ["weather-2", "weather-1"]),
        ('x = 1\nconnect("bl', ["blue"]),
    ],
)
def test_names_are_completed(completer: IPCompleter, line: str, names: list[str]) -> None:
    completed = {line[: found.start] + found.text for found in completions(completer, line)}
    begun = line[: max(line.rfind('"'), line.rfind("'")) + 1]
    assert completed == {begun + name for name in names}


@pytest.mark.parametrize("line", ["connect(", 'connect("weather")', 'disconnect_all["we'])
def test_nothing_else_is(completer: IPCompleter, line: str) -> None:
    assert [found.text for found in completions(completer, line) if found.type == "cluster"] == []


def completions(completer: IPCompleter, line: str) -> list[Completion]:
    with provisionalcompleter():
        return list(completer.completions(line, len(line)))
