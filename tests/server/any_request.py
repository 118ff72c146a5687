"""Hooks of schemathesis: they keep the clusters that it makes few and small, and note each answer.

Its command line loads them (``SCHEMATHESIS_HOOKS``) in a process of its own: see ``test_any_request.py``.
"""

from __future__ import annotations

import json
import os
import urllib.request
from pathlib import Path
from typing import Any

import schemathesis

from tests.server.test_any_request import ANSWERS, MAX_CLUSTERS, STANDING, TOKEN
from tests.support.jupyter import OPTIONS

_NOT_RUN = ("job_script_prologue", "job_extra_directives", "python", "worker_extra_args")
"""Options of which a script is made as they are, and so left out where a job would run it."""
_NOT_MADE = ("log_directory", "local_directory", "placement")
_CREATE = "POST /dask-slurm/api/clusters"
_ESTIMATE = "POST /dask-slurm/api/estimate"
_PAGE = "/dask-slurm/clusters/{cluster_id}/dashboard/{path}"
_EXAMPLE = "3f9a12bc"
_STOP = "DELETE /dask-slurm/api/clusters/{cluster_id}"
_CHANGE = "PATCH /dask-slurm/api/clusters/{cluster_id}"


def _ask(base: str, method: str, path: str) -> Any:
    headers = {"Authorization": f"token {TOKEN}"}
    request = urllib.request.Request(
        f"{base}/dask-slurm/api/{path}", method=method, headers=headers
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def _make_room(base: str) -> None:
    """End the oldest clusters, so that there may be one more."""
    clusters = [c for c in _ask(base, "GET", "clusters") if c["status"] != "failed"]
    others = [c for c in clusters if c["id"] != os.environ.get(STANDING)]
    for cluster in others[: len(clusters) + 1 - MAX_CLUSTERS]:
        _ask(base, "DELETE", f"clusters/{cluster['id']}?force=1")


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    if case.operation.label == _STOP and case.path_parameters["cluster_id"] == os.environ.get(
        STANDING
    ):
        case.path_parameters["cluster_id"] = "00000000"
    if case.operation.label.endswith(_PAGE) and case.path_parameters["cluster_id"] == _EXAMPLE:
        # The document's example stands for the one that runs, and for a page that there is.
        case.path_parameters.update(cluster_id=os.environ.get(STANDING, _EXAMPLE), path="status")
    if case.operation.label == _ESTIMATE and isinstance(case.body, dict):
        options = case.body.get("options", {})
        if isinstance(options, dict):
            case.body["options"] = {**OPTIONS, **options}  # what a job cannot do without
    if case.operation.label not in (_CREATE, _CHANGE) or not isinstance(case.body, dict):
        return
    scaling, options = case.body.get("scaling"), case.body.get("options", {})
    for field in ("jobs", "cores", "memory"):
        if isinstance(scaling, dict) and type(scaling.get(field)) is int:
            scaling[field] = min(scaling[field], 1)
    if case.operation.label == _CREATE and isinstance(options, dict):
        left_out = (*_NOT_RUN, *_NOT_MADE, *OPTIONS)
        kept = {key: value for key, value in options.items() if key not in left_out}
        case.body["options"] = {**OPTIONS, **kept}
        if case.meta is not None and case.meta.phase.name == "stateful":
            _make_room(case.operation.base_url)


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    answer = [case.operation.label, response.status_code, f"{case.method} {case.path}"]
    with Path(os.environ[ANSWERS]).open("a") as answers:
        print(json.dumps(answer), file=answers)
