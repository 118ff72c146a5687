"""Keeps one render process (`jupyter_dask_slurm.job_script`) and asks it.

The process takes most of a second to start and milliseconds to answer. It is started by the first
question, ends after some minutes without one, and is started again where it died.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..errors import FieldProblem, InvalidOptions, RendererFailed
from ..model import wire
from ..model.cluster import ClusterOptions, Scaling
from ..model.profile import Profile, read_profiles
from ..model.template import Template
from ..process import module_command
from .call import Call
from .lines import Line

ANSWER_LIMIT = 30.0
"""Seconds for an answer; the first waits for dask to be imported, perhaps from a slow file system."""
IDLE_LIMIT = 300.0
"""Seconds without a question after which the process ends."""
END_LIMIT = 5.0
"""Seconds for a process that was told to end."""
_LEAST = 1.0
_LONGEST_ANSWER = 16 * 1024**2
_COMMAND = tuple(module_command("jupyter_dask_slurm.job_script"))


@dataclass(frozen=True)
class Rendered:
    """A job script and what follows from it.

    ``template`` is what a cluster is made from; ``script`` is its preview, as a batch system would
    get it, and ``lines`` are the preview's. ``cores``, ``memory`` (bytes) and ``workers`` are the
    totals of ``jobs`` jobs. ``options`` are resolved: only what may stay open is None.
    """

    options: ClusterOptions
    template: Template
    script: str
    lines: tuple[Line, ...]
    jobs: int
    cores: int
    memory: int
    workers: int
    warnings: tuple[FieldProblem, ...] = ()
    exports: Mapping[str, str] | None = None
    """``python`` and ``yaml`` that make the same job with dask-jobqueue."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Rendered:
        """What the process answers to ``render``."""
        return cls(
            options=wire.read(ClusterOptions, data["options"]),
            template=wire.read(Template, data["template"]),
            script=data["script"],
            lines=tuple(Line(line["text"], line["from"]) for line in data["lines"]),
            jobs=data["jobs"],
            cores=data["cores"],
            memory=data["memory"],
            workers=data["workers"],
            warnings=_problems(data["warnings"]),
            exports=data["exports"],
        )

    def to_json(self) -> dict[str, Any]:
        """The form of the REST contract, lines with ``text`` and ``from``."""
        return {
            "options": self.options.to_json(),
            "script": self.script,
            "lines": [{"text": line.text, "from": line.origin} for line in self.lines],
            "jobs": self.jobs,
            "cores": self.cores,
            "memory": self.memory,
            "workers": self.workers,
            "warnings": [asdict(warning) for warning in self.warnings],
            "exports": None if self.exports is None else dict(self.exports),
        }


class Renderer:
    """Owns at most one render process. Any number of coroutines may ask at once.

    Every question raises `RendererFailed` where the process cannot be started, dies, or gives no
    answer in time. `stop` may be followed by another question.
    """

    def __init__(
        self,
        call: Call | None = None,
        *,
        answer_limit: float = ANSWER_LIMIT,
        idle_limit: float = IDLE_LIMIT,
    ) -> None:
        """``call`` is that of `SLURMCluster` for which scripts are rendered."""
        self._call = {} if call is None else {"call": vars(call)}
        self._answer_limit = answer_limit
        self._idle_limit = idle_limit
        self._lock = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._complaints: asyncio.Task[None] | None = None
        self._last_words: deque[str] = deque(maxlen=20)
        self._asked = 0
        self._idle: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None

    async def render(
        self,
        options: ClusterOptions,
        scaling: Scaling,
        *,
        name: str | None = None,
        of_site: bool = False,
    ) -> Rendered:
        """The job script for these options; with ``of_site``, as if the user had no configuration of
        dask's. Raises also InvalidOptions, with every field at fault."""
        request = {"options": options.to_json(), "scaling": scaling.to_json(), "name": name}
        return Rendered.from_json(await self._ask({"op": "render", "of_site": of_site, **request}))

    async def arguments(self) -> tuple[ClusterOptions, tuple[FieldProblem, ...], list[str]]:
        """What the arguments of the call give, what of them is not used, and what dask-jobqueue says of
        old names. Raises also InvalidOptions, with every argument at fault."""
        data = await self._ask({"op": "arguments"})
        options = wire.read(ClusterOptions, data["options"])
        return options, _problems(data["aside"]), data["renamed"]

    async def defaults(self) -> ClusterOptions:
        """The options that dask's configuration gives: what a form may leave out."""
        return wire.read(ClusterOptions, await self._ask({"op": "defaults"}))

    async def profiles(self, *, of_site: bool = False) -> tuple[list[Profile], list[str]]:
        """Those of the configuration, and what is wrong with others that are left out; ``of_site`` as for
        `render`."""
        data = await self._ask({"op": "profiles", "of_site": of_site})
        profiles, complaints = read_profiles(data["profiles"], "configuration")
        return profiles, [*data["complaints"], *complaints]

    async def stop(self) -> None:
        """End the process, if there is one, and whoever asks it now."""
        if self._ending is not None:
            await self._ending
        if self._lock.locked() and self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await self._end_in_turn()

    async def _end_in_turn(self) -> None:
        async with self._lock:
            if self._idle is not None:
                self._idle.cancel()
                self._idle = None
            await self._end()

    async def _ask(self, request: dict[str, Any]) -> Any:
        too_late = f"no job script was rendered within {self._answer_limit:g} s"
        begun = time.monotonic()
        try:
            await asyncio.wait_for(self._lock.acquire(), self._answer_limit)
        except asyncio.TimeoutError:
            raise RendererFailed(too_late) from None
        try:
            if self._idle is not None:
                self._idle.cancel()
            # Who has waited for others leaves it a moment: it is not to be ended for their sake.
            left = max(_LEAST, self._answer_limit - (time.monotonic() - begun))
            try:
                answer = await asyncio.wait_for(self._exchange(request), left)
            except asyncio.TimeoutError:
                await self._end()
                raise RendererFailed(too_late) from None
            except (OSError, EOFError, ValueError) as error:
                await self._end()
                words = self._last_words[-1] if self._last_words else str(error)
                raise RendererFailed(f"job scripts cannot be rendered: {words}") from error
            finally:
                loop = asyncio.get_running_loop()
                self._idle = loop.call_later(self._idle_limit, self._begin_to_end)
        finally:
            self._lock.release()
        if "ok" in answer:
            return answer["ok"]
        refusal = answer["error"]
        if refusal["reason"] == "InvalidOptions":
            raise InvalidOptions(_problems(refusal["problems"]))
        raise RendererFailed(refusal["message"])

    async def _exchange(self, request: dict[str, Any]) -> dict[str, Any]:
        process = self._process
        if process is None or process.returncode is not None:
            await self._end()
            process = await self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        self._asked += 1
        line = json.dumps({**request, **self._call, "n": self._asked})
        process.stdin.write(line.encode() + b"\n")
        await process.stdin.drain()
        # An earlier question, whose asker left, may be answered first.
        while True:
            raw = await process.stdout.readline()
            if not raw:
                # Its last words arrive on another pipe.
                if self._complaints is not None:
                    await self._complaints
                raise EOFError("the render process ended")
            answer: dict[str, Any] = json.loads(raw)
            if answer.get("n") == self._asked:
                return answer

    async def _start(self) -> asyncio.subprocess.Process:
        self._last_words.clear()
        self._process = await asyncio.create_subprocess_exec(
            *_COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LONGEST_ANSWER,
        )
        self._complaints = asyncio.ensure_future(self._listen(self._process))
        return self._process

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        while raw := await process.stderr.readline():
            if text := raw.decode("utf-8", "replace").strip():
                self._last_words.append(text)

    def _begin_to_end(self) -> None:
        self._ending = asyncio.ensure_future(self._end_in_turn())

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), END_LIMIT)
        except asyncio.TimeoutError:
            process.kill()
        # One in the kernel's hands, as on a file system that does not answer, ends when that does.
        last: list[asyncio.Future[Any]] = [asyncio.ensure_future(process.wait())]
        if self._complaints is not None:
            last.append(self._complaints)
        for late in (await asyncio.wait(last, timeout=END_LIMIT))[1]:
            late.cancel()


def _problems(data: Any) -> tuple[FieldProblem, ...]:
    return tuple(FieldProblem(str(p["field"]), str(p["message"])) for p in data)
