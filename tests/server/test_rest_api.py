"""The handlers, what they answer, and rest-api.yml say the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import jupyter_dask_slurm
from jupyter_dask_slurm.model.cluster import Cluster, ClusterOptions, Job, Scaling
from jupyter_dask_slurm.model.wire import write
from jupyter_dask_slurm.server.dashboard_links import dashboard_link_handlers
from jupyter_dask_slurm.server.dashboard_proxy import dashboard_handlers
from jupyter_dask_slurm.server.handlers import default_handlers

from .conftest import OPTIONS, Api, LauncherDiesBeforeReady, LauncherNeverReady

SPEC: dict[str, Any] = yaml.safe_load(
    (Path(jupyter_dask_slurm.__file__).parent / "rest-api.yml").read_text()
)
METHODS = ("get", "head", "post", "put", "patch", "delete")


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


def as_json_schema(schema: Any) -> Any:
    """OpenAPI 3.0 says ``nullable`` where JSON Schema has a type of its own."""
    if isinstance(schema, list):
        return [as_json_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: as_json_schema(value) for key, value in schema.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain


def conforms(answer: Any, name: str, *, closed: bool = True) -> None:
    schema = as_json_schema(SPEC["components"]["schemas"][name])
    jsonschema.validate(answer, {**schema, "components": as_json_schema(SPEC["components"])})
    if closed:
        assert set(answer) <= set(SPEC["components"]["schemas"][name]["properties"])


def test_routes_and_description_agree() -> None:
    handled = {}
    for pattern, handler in [*default_handlers, *dashboard_handlers, *dashboard_link_handlers]:
        path = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", pattern).replace("/?", "")
        handled[path] = {method for method in METHODS if method in vars(handler)}
    described = {
        path: {method for method in METHODS if method in operations}
        for path, operations in SPEC["paths"].items()
    }
    assert handled == described


def test_links_lead_from_a_new_cluster_to_all_that_can_be_done_with_it() -> None:
    operations = {
        operation["operationId"]: (path, operation)
        for path, methods in SPEC["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }
    assert len(operations) == sum(len(set(m) - {"parameters"}) for m in SPEC["paths"].values())
    reached, new = set(), ["createCluster"]
    while new:
        _, operation = operations[new.pop()]
        for answer in operation["responses"].values():
            linked = {link["operationId"] for link in answer.get("links", {}).values()}
            new += linked - reached
            reached |= linked
    ours = {name for name, (path, _) in operations.items() if "/clusters/{cluster_id}" in path}
    assert reached == ours


def test_the_words_of_the_models_are_the_descriptions() -> None:
    schemas = SPEC["components"]["schemas"]
    cluster = write(Cluster("id", "name", "running", "", ClusterOptions(), Scaling()))
    assert set(schemas["Cluster"]["properties"]) == set(cluster)
    assert set(schemas["Cluster"]["required"]) == set(cluster)
    assert set(schemas["Options"]["properties"]) == set(ClusterOptions().to_json())
    assert set(schemas["Job"]["properties"]) == set(write(Job("1", "RUNNING")))


async def test_answers_are_as_described(api: Api) -> None:
    created = await api("POST", "clusters", body={"options": OPTIONS})
    assert created.status == 201
    location = created.headers["Location"]
    assert location.endswith(f"/dask-slurm/api/clusters/{created.json['id']}")
    conforms(created.json, "Cluster")
    conforms((await api("GET", "site")).json, "Site")
    conforms((await api("GET", "environments")).json[0], "Environment")
    body = {"options": OPTIONS, "scaling": {"memory": "1 GB"}, "name": "blue-otter"}
    script = (await api("POST", "job-script", body=body)).json
    conforms(script, "JobScript")
    assert script["jobs"] == 2
    assert script["problems"] == []
    assert "blue-otter" in script["script"]
    assert "\n".join(line["text"] for line in script["lines"]).strip() == script["script"].strip()
    broken = (await api("POST", "job-script", body={"options": {"cores": "x"}})).json
    conforms(broken, "JobScript")
    conforms((await api("GET", "clusters", "deadbeef")).json, "Error")
    conforms((await api("POST", "clusters", body={"options": {"cores": 0}})).json, "Error")
    profile = {"options": {"cores": 2, "memory": "1 GB"}, "scaling": {"jobs": 2}}
    conforms((await api("PUT", "profiles", "Large", body=profile)).json, "Profile")
    conforms((await api("GET", "profiles")).json[0], "Profile")
    estimate = (await api("POST", "estimate", body={"options": OPTIONS})).json
    conforms(estimate, "Estimate")
    missing = await api("PUT", "clusters", body={})
    assert missing.status == 405
    assert missing.headers["Allow"] == "GET, POST, OPTIONS"
    conforms(missing.json, "Error")


@pytest.mark.parametrize("launcher", [LauncherDiesBeforeReady()])
async def test_a_failed_cluster_is_as_described(api: Api, launcher: Any) -> None:
    cluster = await api.create()
    conforms(await api.wait(cluster, lambda c: c["status"] == "failed"), "Cluster")
