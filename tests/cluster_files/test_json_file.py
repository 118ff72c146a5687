"""A private file is there whole, or as it was before."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from jupyter_dask_slurm.cluster_files.json_file import read_json, write_json
from jupyter_dask_slurm.errors import Unreadable


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"old": 1})
    with pytest.raises(TypeError):
        write_json(path, {"a": "x" * 100_000, "bad": object()})
    assert json.loads(path.read_text()) == {"old": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_is_on_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (order.append("fsync"), fsync(fd))[1])
    monkeypatch.setattr(os, "replace", lambda a, b: (order.append("replace"), replace(a, b))[1])
    write_json(tmp_path / "a.json", {})
    assert order == ["fsync", "replace"]


def test_a_file_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    assert read_json(tmp_path / "a.json") is None
    write_json(tmp_path / "a.json", {"a": 1})
    assert read_json(tmp_path / "a.json") == {"a": 1}


@pytest.mark.parametrize(
    ("text", "words"), [("{", "not JSON"), ("[" * 100_000, "not JSON"), ("[]", "not an object")]
)
def test_half_a_file_says_so(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(Unreadable, match=words):
        read_json(tmp_path / "a.json")
