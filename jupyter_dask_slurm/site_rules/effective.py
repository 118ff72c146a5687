"""Options as Slurm will read them: what directives say, where they overrule the options, and what the
user exports for ``sbatch``, where neither says anything. Pure.

Every judgement of a job (limits, ``auto``, accounts, GPUs) reads these, and no option that a directive
can override.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..batch.slurm.request import NOTHING, Request, read_request
from ..errors import FieldProblem
from ..model.options import ClusterOptions
from .findings import Findings

_OPTIONS = {
    "cores": "--cpus-per-task",
    "directory": "--chdir",
    "memory": "--mem",
    "walltime": "--time",
    "partition": "--partition",
    "account": "--account",
    "qos": "--qos",
    "gres": "--gres",
    "slurm_cluster": "--clusters",
}
EFFECTIVE = frozenset(_OPTIONS)
"""The options that a script can overrule."""
FILLED_IN = frozenset({"directory"})
"""Those of them in which ``~`` and variables are filled in: the script has another text than was written."""


def effective(
    options: ClusterOptions, script: str, environ: Mapping[str, str] = NOTHING
) -> ClusterOptions:
    """Return resolved options with what the script that was rendered from them asks Slurm for, where
    it is submitted with the variables of ``environ``.

    None is what the script leaves to Slurm; a memory of 0, all of a node's, is None, too. Directives are
    those that count and have no option of their own, whoever wrote them.
    """
    request = read_request(script, environ)
    return replace(
        options,
        cores=request.cores,
        memory=request.memory or None,
        walltime=request.walltime,
        partition=request.partition,
        account=request.account,
        directory=request.directory,
        qos=request.qos,
        slurm_cluster=request.clusters,
        gres=_gres(options.gres, request),
        job_extra_directives=tuple(
            f"{option}={value}" if value else option
            for option, value in request.given.items()
            if option not in _OPTIONS.values()
        ),
    )


def exported(options: ClusterOptions, environ: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return what the environment says of options that these leave open: the variable and its value, by
    option. These are a configuration's: what its directives say counts first."""
    script = "".join(f"#SBATCH {line}\n" for line in options.job_extra_directives or ())
    found = read_request(script, environ).exported
    return {
        name: (found[option], environ[found[option]])
        for name, option in _OPTIONS.items()
        if option in found and getattr(options, name) is None
    }


def at_their_fields(
    found: Findings,
    options: ClusterOptions,
    script: str,
    environ: Mapping[str, str] = NOTHING,
) -> Findings:
    """Return what was found of `effective` options with each at the field where the user can change it:
    among the directives, where one of these has overruled the option, or stands in for it."""
    request = read_request(script, environ)

    def placed(problem: FieldProblem) -> FieldProblem:
        option = _OPTIONS.get(problem.field, "")
        if (variable := request.exported.get(option)) is not None:
            said = f"{variable}={environ[variable]}: {problem.message}"
            return replace(problem, message=said)
        chosen = getattr(options, problem.field, None) is not None
        if option not in request.given or (chosen and option not in request.overruled):
            return problem
        words = f"{option}={request.given[option]}: {problem.message}"
        return replace(problem, field="job_extra_directives", message=words)

    return Findings(tuple(map(placed, found.problems)), tuple(map(placed, found.warnings)))


def _gres(gres: str | None, request: Request) -> str | None:
    """Generic resources that ask for as many GPUs; as they were written where nothing else asks for any."""
    if not request.gpus:
        return None if gres is None or "gpu" in gres else gres
    return ",".join(_words(request.gpus))


def _words(gpus: Mapping[str | None, int]) -> list[str]:
    return [
        f"gpu:{count}" if kind is None else f"gpu:{kind}:{count}" for kind, count in gpus.items()
    ]
