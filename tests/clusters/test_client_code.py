"""The code for kernels says nothing that a name or a path could change."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory, Connection
from jupyter_dask_slurm.clusters.client_code import LINK_VARIABLE, client_code
from jupyter_dask_slurm.process import Owner

EVIL = "'\"\n}; import os; os.abort()  # {x} \\"


def code(monkeypatch: pytest.MonkeyPatch, text: str) -> str:
    monkeypatch.setenv(LINK_VARIABLE, f"/{text}")
    connection = Connection(
        id="3f9a12bc",
        name=text,
        address=f"tls://{text}",
        control_address=text,
        dashboard_address=text,
        owner=Owner("h", "b", 1, 1),
        version="0",
        cert=text,
        key=text,
    )
    return client_code(ClusterDirectory(Path(f"/{text}/3f9a12bc")), connection)


def shape(source: str) -> str:
    """The code without its strings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def test_whatever_they_hold_the_code_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    evil = code(monkeypatch, EVIL)
    assert shape(evil) == shape(code(monkeypatch, "otter"))
    assert repr(f"tls://{EVIL}") in evil
