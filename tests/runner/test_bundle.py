"""The size of the panel is counted whole, and has a limit."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.runner.bundle import LICENSES, LIMIT, assets, main, packages


def a_build(root: Path, **files: bytes) -> str:
    """A labextension with these chunks."""
    static = root / "static"
    static.mkdir()
    for name, content in files.items():
        (static / f"{name}.js").write_bytes(content)
    return str(root)


def incompressible(size: int) -> bytes:
    return random.Random(1).randbytes(size)


def test_a_small_panel_passes_and_its_files_are_listed_by_size(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = a_build(tmp_path, remoteEntry=b"x" * 5000, chunk=incompressible(4000))
    assert main([root]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names[:2] == ["chunk.js", "remoteEntry.js"]


def test_all_files_count_together(tmp_path: Path) -> None:
    half = incompressible(LIMIT // 2 + 1)
    assert main([a_build(tmp_path, one=half, other=half)]) == 1


def test_what_is_compressed_counts_as_a_server_sends_it(tmp_path: Path) -> None:
    assert main([a_build(tmp_path, words=b"a cluster of jobs " * LIMIT)]) == 0


def test_source_maps_and_licences_are_no_part_of_it(tmp_path: Path) -> None:
    root = a_build(tmp_path, chunk=b"code")
    static = tmp_path / "static"
    (static / "chunk.js.map").write_bytes(incompressible(LIMIT + 1))
    listed = [{"name": "react", "versionInfo": "18.3.1", "licenseId": "MIT"}]
    (static / LICENSES).write_text(json.dumps({"packages": listed}))
    assert [asset.name for asset in assets(static)] == ["chunk.js"]
    assert packages(static) == ["react 18.3.1"]
    assert main([root]) == 0


def test_no_panel_is_no_small_panel(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 1
    assert "no panel" in capsys.readouterr().out
