"""The administrator's own Python function that checks, and may rewrite, what users ask for.

It runs in a process of its own, of the Jupyter server's Python: it may import what it likes, and hang, and a
kernel's Python need not have it.
"""

from __future__ import annotations

import getpass
import json
import os

from ..batch.command import run
from ..batch.errors import BatchError
from ..errors import InvalidOptions, Unavailable
from ..logs import one_line
from ..model.options import ClusterOptions
from ..model.settings import Settings

LIMIT = 10.0
"""Seconds for an answer."""
_MARK = "jupyter_dask_slurm:"
_CODE = f"""
import sys
del sys.path[0]
import importlib, json
asked = json.load(sys.stdin)
module, _, function = asked["function"].partition(":")
try:
    said = getattr(importlib.import_module(module), function)(asked["options"], asked["user"])
    answer = {{"options": said}}
except ValueError as error:
    if len(error.args) != 2:
        raise
    answer = {{"field": str(error.args[0]), "message": str(error.args[1])}}
print("\\n{_MARK}" + json.dumps(answer))
"""
"""Not in the working directory, which is the user's."""


async def rewritten(
    settings: Settings, options: ClusterOptions, *, limit: float = LIMIT
) -> ClusterOptions:
    """Return the options that the hook makes of these; without one, as they are. Raise InvalidOptions where
    it refuses them, and `Unavailable` where it fails: nothing is created that nobody has checked."""
    if settings.policy_hook is None or settings.policy_hook_python is None:
        return options
    asked = {
        "function": settings.policy_hook,
        "options": {k: v for k, v in options.to_json().items() if v is not None},
        "user": getpass.getuser(),
    }
    argv = [settings.policy_hook_python, "-c", _CODE]
    try:
        said, _ = await run(argv, environ=os.environ, limit=limit, stdin=json.dumps(asked))
        answer = json.loads(said.rpartition(_MARK)[2])
    except (BatchError, ValueError) as error:
        words = one_line(error).replace(_CODE, "…")
        raise Unavailable(
            f"the administrator's check of options ({settings.policy_hook}) fails: {words}"
        ) from error
    if "field" in answer:
        raise InvalidOptions.of(answer["field"], answer["message"])
    return ClusterOptions.from_json(answer["options"])
