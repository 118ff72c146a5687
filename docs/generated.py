"""The parts of the documentation that the product itself says: Markdown in the place of a comment.

``<!-- generated: traits -->`` on a page stands for what `traits` returns, and so on. What is written here
is only how it looks; the words are those of the code, its schemas and its help.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator, Mapping
from inspect import cleandoc
from pathlib import Path
from typing import Any

import yaml

import jupyter_dask_slurm
from jupyter_dask_slurm.batch.slurm.reasons import NEVER, WAITING
from jupyter_dask_slurm.cli.parser import make_parser
from jupyter_dask_slurm.server.app import DaskSlurmExtension

PACKAGE = Path(jupyter_dask_slurm.__file__).parent
PANEL = Path(__file__).parents[1] / "labextension"
METHODS = ("get", "head", "post", "put", "patch", "delete")
WIDTH = 84
MARK = re.compile(r"^<!-- generated: (\w+) -->$", re.MULTILINE)


def fill_in(page: str) -> str:
    """Return a page with what is generated in the place of each mark."""
    return MARK.sub(lambda mark: PARTS[mark[1]](), page)


def traits() -> str:
    """Return what an administrator can set, in the words of each trait's help."""
    found = sorted(DaskSlurmExtension.class_own_traits(config=True).items())
    return "\n\n".join(f"`{name}`\n: {_inline(trait.help)}" for name, trait in found)


def settings() -> str:
    """Return the panel's settings, in the words of their schema."""
    schema = json.loads((PANEL / "schema/plugin.json").read_text())
    rows = [
        (f"`{name}`", _inline(setting["description"]), f"`{json.dumps(setting['default'])}`")
        for name, setting in _leaves(schema["properties"])
    ]
    return _table(("setting", "meaning", "default"), rows)


def commands() -> str:
    """Return the command's help, and that of each of its own commands."""
    parser = make_parser()
    (subparsers,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    each = [f"### {name}\n\n{_help(command)}" for name, command in subparsers.choices.items()]
    return "\n\n".join(each)


def options() -> str:
    """Return the options of a cluster, as REST describes them. Each may be left out."""
    fields = _fields(_spec()["components"]["schemas"]["Options"])
    return fields.replace(" or null |", " |").replace("| field |", "| option |")


def reasons() -> str:
    """Return Slurm's reasons for a job that waits, in the words of the card."""
    passing = [(f"`{reason}`", meaning, "") for reason, meaning in WAITING.items()]
    others = [
        (f"`{reason}`", meaning, f"**{advice}**") for reason, (meaning, advice) in NEVER.items()
    ]
    return _table(("reason", "the job …", "to change"), [*passing, *others])


def rest() -> str:
    """Return every request of the REST API, and the schema of everything that goes to and fro."""
    spec = _spec()
    parts = [spec["info"]["description"], "## Requests"]
    for path, item in spec["paths"].items():
        shared = item.get("parameters", [])
        parts += [
            _operation(spec, method, path, item[method], shared)
            for method in METHODS
            if method in item
        ]
    parts.append("## Schemas")
    for name, schema in spec["components"]["schemas"].items():
        parts += [f"(schema-{name.lower()})=\n### {name}", schema.get("description", "")]
        parts.append(_fields(schema) if "properties" in schema else f"{_type(schema)}.")
    return "\n\n".join(part for part in parts if part)


PARTS: Mapping[str, Callable[[], str]] = {
    "traits": traits,
    "settings": settings,
    "commands": commands,
    "options": options,
    "reasons": reasons,
    "rest": rest,
}


def _spec() -> dict[str, Any]:
    spec: dict[str, Any] = yaml.safe_load((PACKAGE / "rest-api.yml").read_text())
    return spec


def _operation(
    spec: Mapping[str, Any],
    method: str,
    path: str,
    operation: Mapping[str, Any],
    shared: list[dict[str, Any]],
) -> str:
    parts = [
        f"### {operation['summary']}",
        f"```http\n{method.upper()} {path} HTTP/1.1\n```",
        operation.get("description", ""),
    ]
    parameters = [_resolved(spec, p) for p in [*shared, *operation.get("parameters", [])]]
    if parameters:
        rows = [
            (f"`{p['name']}`", p["in"], _type(p["schema"]), _inline(p.get("description", "")))
            for p in parameters
        ]
        parts.append(_table(("parameter", "in", "type", "meaning"), rows))
    if body := operation.get("requestBody"):
        for schema in _schemas(_resolved(spec, body)):
            fields = _fields(schema) if "properties" in schema else ""
            parts += ["Body:" if fields else f"Body: {_type(schema)}.", fields]
    rows = [
        (f"`{code}`", _inline(answer["description"]), ", ".join(map(_type, _schemas(answer))))
        for code, raw in operation["responses"].items()
        for answer in [_resolved(spec, raw)]
    ]
    parts.append(_table(("answer", "meaning", "body"), rows))
    return "\n\n".join(part for part in parts if part)


def _resolved(spec: Mapping[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        found: Any = spec
        for word in node["$ref"].removeprefix("#/").split("/"):
            found = found[word]
        node = found
    return node


def _schemas(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for media_type, content in message.get("content", {}).items():
        yield content.get("schema") or {"type": media_type}


def _fields(schema: Mapping[str, Any]) -> str:
    rows = [
        (f"`{name}`", _type(field), _inline(field.get("description", "")))
        for name, field in schema["properties"].items()
    ]
    return _table(("field", "type", "meaning"), rows)


def _type(schema: Mapping[str, Any]) -> str:
    """Return what a value may be, in few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#schema-{name.lower()})"
    parts = schema.get("allOf") or schema.get("oneOf") or schema.get("anyOf")
    if parts:
        said = " or ".join(dict.fromkeys(map(_type, parts)))
    elif "enum" in schema:
        said = ", ".join(f"`{value}`" for value in schema["enum"] if value is not None)
    elif schema.get("type") == "array":
        said = f"list of {_type(schema.get('items', {}))}"
    else:
        said = schema.get("format") or schema.get("type") or "any value"
    return f"{said} or null" if schema.get("nullable") else said


def _leaves(
    properties: Mapping[str, Any], inside: str = ""
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, setting in properties.items():
        if "properties" in setting:
            yield from _leaves(setting["properties"], f"{inside}{name}.")
        else:
            yield f"{inside}{name}", setting


def _help(parser: argparse.ArgumentParser) -> str:
    parser.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=WIDTH)  # type: ignore[assignment]
    return f"```text\n{parser.format_help().strip()}\n```"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a table, without the columns that have nothing."""
    kept = [column for column in range(len(head)) if any(row[column] for row in rows)]
    lines = [[line[column].replace("|", r"\|") for column in kept] for line in (head, *rows)]
    lines.insert(1, ["---"] * len(kept))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _inline(text: str) -> str:
    """Return text for one line of Markdown. Outside of code an asterisk is one."""
    parts = " ".join(cleandoc(text).split()).split("`")
    parts[::2] = [part.replace("*", r"\*") for part in parts[::2]]
    return "`".join(parts)
