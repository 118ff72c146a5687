"""The render process: requests on standard input, answers on standard output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO, TypeVar

from ..batch.slurm.script import stamp
from ..errors import DaskSlurmError, FieldProblem, InvalidOptions
from ..model import wire
from ..model.cluster import ClusterOptions, Scaling
from ..model.names import job_name, validate_name
from . import dask_config
from .arguments import read_arguments, warnings_of_old_names
from .call import Call
from .exports import exports
from .lines import stamped_lines
from .script import render_script

T = TypeVar("T")


def render(request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a ``render`` request. Raises InvalidOptions with all that is wrong."""
    problems: list[FieldProblem] = []

    def checked(read: Callable[..., T], *args: Any) -> T | None:
        try:
            return read(*args)
        except InvalidOptions as error:
            problems.extend(error.problems)
            return None

    given = checked(ClusterOptions.from_json, request.get("options") or {})
    scaling = checked(Scaling.from_json, request.get("scaling") or {"jobs": 0})
    name = request.get("name")
    name = "[name]" if name is None else checked(validate_name, name)
    config = dask_config.read(of_site=bool(request.get("of_site")), call=_call(request))
    options = given and checked(dask_config.resolve, given, config)
    if given is None or options is None or scaling is None or name is None:
        raise InvalidOptions(problems)
    script = render_script(options, config)
    # Resolved options leave none of these open.
    cores, memory, processes = options.cores or 0, options.memory or 0, options.processes or 0
    jobs = scaling.jobs(cores=cores, memory=memory)
    stamped = stamp(
        script.template.preview(),
        name=job_name(name, "[id]", 1),
        count=max(jobs, 1),
        log_directory=Path(options.log_directory or "[cluster]/jobs"),
    )
    return {
        "options": options.to_json(),
        "script": stamped,
        "template": wire.write(script.template),
        "lines": [
            {"text": line.text, "from": line.origin}
            for line in stamped_lines(stamped, script.lines)
        ],
        "jobs": jobs,
        "cores": jobs * cores,
        "memory": jobs * memory,
        "workers": jobs * processes,
        "warnings": [
            asdict(warning)
            for warning in (*dask_config.left_aside(given, config), *script.warnings)
        ],
        "exports": exports(options, config, script, scaling),
    }


def defaults(request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a ``defaults`` request."""
    options = dask_config.read(call=_call(request)).options.to_json()
    return {**options, "python": options["python"] or sys.executable}


def arguments(request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to an ``arguments`` request. Raises InvalidOptions."""
    given = _call(request).arguments
    options, aside = read_arguments(given)
    return {
        "options": options.to_json(),
        "aside": [asdict(note) for note in aside],
        "renamed": warnings_of_old_names(given),
    }


def profiles(request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a ``profiles`` request."""
    found, complaints = dask_config.profiles(of_site=bool(request.get("of_site")))
    return {"profiles": {p.name: p.body() for p in found}, "complaints": complaints}


def answer(line: str) -> dict[str, Any]:
    """What to say to one request. Whatever goes wrong is an answer, too."""
    request: Any = {}
    try:
        request = json.loads(line)
        ops = {
            "render": render,
            "arguments": arguments,
            "defaults": defaults,
            "profiles": profiles,
        }
        result: dict[str, Any] = {"ok": ops[request["op"]](request)}
    except InvalidOptions as error:
        problems = [asdict(problem) for problem in error.problems]
        result = {"error": {**_error("InvalidOptions", str(error)), "problems": problems}}
    except Exception as error:
        text = (
            str(error) if isinstance(error, DaskSlurmError) else f"{type(error).__name__}: {error}"
        )
        result = {"error": {**_error("RendererFailed", text), "problems": []}}
    if isinstance(request, dict) and "n" in request:
        result["n"] = request["n"]
    return result


def _call(request: Mapping[str, Any]) -> Call:
    return Call(**(request.get("call") or {}))


def _error(reason: str, message: str) -> dict[str, str]:
    return {"reason": reason, "message": message}


def serve(requests: TextIO, answers: TextIO) -> None:
    """Answer until end of file."""
    for line in requests:
        answers.write(json.dumps(answer(line)) + "\n")
        answers.flush()


def main() -> None:
    # What others print must not end up among the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    serve(sys.stdin, answers)


if __name__ == "__main__":
    main()
