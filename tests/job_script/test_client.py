"""The renderer keeps a process, and survives what can happen to it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jupyter_dask_slurm.errors import InvalidOptions, RendererFailed, Unavailable
from jupyter_dask_slurm.job_script import client as module
from jupyter_dask_slurm.job_script.client import Renderer
from jupyter_dask_slurm.model.cluster import ClusterOptions, Scaling

OPTIONS = ClusterOptions(cores=4, memory=8 * 1024**3)


@pytest.fixture
async def renderer() -> AsyncIterator[Renderer]:
    it = Renderer()
    yield it
    await it.stop()


def pid_of(renderer: Renderer) -> int:
    assert renderer._process is not None
    return renderer._process.pid


async def test_a_script_with_its_totals(renderer: Renderer) -> None:
    rendered = await renderer.render(OPTIONS, Scaling("cores", 9), name="blue-otter")
    assert (rendered.jobs, rendered.cores, rendered.workers) == (3, 12, 12)
    assert rendered.memory == 24 * 1024**3
    assert rendered.options.processes == 4
    assert rendered.options.python == sys.executable
    assert rendered.script == "".join(line.text + "\n" for line in rendered.lines)
    assert rendered.template.preview() in rendered.script.replace(
        "#SBATCH -J blue-otter-[id]-1\n", ""
    ).replace("#SBATCH --array=0-2\n", "").replace("#SBATCH -o [cluster]/jobs/%A_%a.log\n", "")
    origins = {line.text: line.origin for line in rendered.lines}
    assert origins["#SBATCH --cpus-per-task=4"] == "cores"
    assert {"text": "#SBATCH --mem=8G", "from": "memory"} in rendered.to_json()["lines"]


async def test_one_process_answers_everybody(renderer: Renderer) -> None:
    sizes = [1, 2, 3]
    answers = await asyncio.gather(
        *(renderer.render(OPTIONS, Scaling("jobs", size)) for size in sizes), renderer.defaults()
    )
    assert [answer.jobs for answer in answers[:3]] == sizes
    first = pid_of(renderer)
    await renderer.defaults()
    assert pid_of(renderer) == first


async def test_bad_options_name_their_fields(renderer: Renderer) -> None:
    with pytest.raises(InvalidOptions) as caught:
        await renderer.render(ClusterOptions(processes=2), Scaling())
    assert [problem.field for problem in caught.value.problems] == ["cores", "memory"]


async def test_the_schedulers_place_is_the_configurations(
    renderer: Renderer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site.yaml").write_text("jobqueue: {slurm: {scheduler-options: {port: 4000}}}")
    monkeypatch.setenv("DASK_CONFIG", str(tmp_path))
    template = (await renderer.render(OPTIONS, Scaling())).template
    assert (template.scheduler_host, template.scheduler_port) == (None, 4000)


async def test_a_process_that_died_is_started_again(renderer: Renderer) -> None:
    await renderer.defaults()
    process = renderer._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    assert (await renderer.defaults()).placement == "local"


async def test_who_does_not_wait_for_the_answer_does_not_confuse_the_next(
    renderer: Renderer,
) -> None:
    await renderer.defaults()
    os.kill(pid_of(renderer), signal.SIGSTOP)
    impatient = asyncio.ensure_future(renderer.render(OPTIONS, Scaling("jobs", 1)))
    while renderer._asked < 2:  # until it is on its way
        await asyncio.sleep(0)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    os.kill(pid_of(renderer), signal.SIGCONT)
    assert (await renderer.render(OPTIONS, Scaling("jobs", 7))).jobs == 7


async def test_the_process_ends_when_nobody_asks() -> None:
    renderer = Renderer(idle_limit=0)
    await renderer.defaults()
    process = renderer._process
    assert process is not None
    assert await asyncio.wait_for(process.wait(), 20) == 0
    await renderer.defaults()  # and comes back
    await renderer.stop()


async def test_stop_ends_the_process_and_may_be_repeated(renderer: Renderer) -> None:
    await renderer.stop()
    await renderer.defaults()
    process = renderer._process
    await renderer.stop()
    await renderer.stop()
    assert process is not None
    assert process.returncode == 0


async def test_a_module_in_the_working_directory_is_not_taken_for_another(
    renderer: Renderer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')")
    monkeypatch.chdir(tmp_path)
    assert (await renderer.defaults()).placement == "local"


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


DIES_AT_ONCE = python("raise SystemExit('No module named dask_jobqueue')")
NEVER_ANSWERS = python("import sys; sys.stdin.read()")
IGNORES_ITS_END = python("import sys, time; sys.stdin.read(); time.sleep(600)")
ANSWERS_NONSENSE = python("print('hello', flush=True); input(); input()")


async def test_a_process_that_dies_at_once_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_COMMAND", DIES_AT_ONCE)
    renderer = Renderer()
    with pytest.raises(RendererFailed, match="No module named dask_jobqueue"):
        await renderer.defaults()
    await renderer.stop()


async def test_a_python_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_COMMAND", ("/nowhere/python",))
    renderer = Renderer()
    with pytest.raises(Unavailable, match="/nowhere/python"):
        await renderer.defaults()
    await renderer.stop()


@pytest.mark.parametrize("command", [NEVER_ANSWERS, IGNORES_ITS_END])
async def test_a_process_without_an_answer_is_ended(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr(module, "_COMMAND", command)
    monkeypatch.setattr(module, "END_LIMIT", 0.3)
    renderer = Renderer(answer_limit=0.5)
    started: list[asyncio.subprocess.Process] = []
    real = renderer._start

    async def recording() -> asyncio.subprocess.Process:
        started.append(await real())
        return started[-1]

    monkeypatch.setattr(renderer, "_start", recording)
    with pytest.raises(RendererFailed, match=r"within 0\.5 s"):
        await renderer.defaults()
    assert [process.returncode is not None for process in started] == [True]
    await renderer.stop()


async def test_an_answer_that_is_none_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_COMMAND", ANSWERS_NONSENSE)
    renderer = Renderer()
    with pytest.raises(RendererFailed):
        await renderer.defaults()
    assert renderer._process is None
    await renderer.stop()
