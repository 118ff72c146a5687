"""A second real Unix user."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ..runner.leftovers import MARK
from .others import put_there


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A directory that every user may write to, with another user's entries in it. Only root can make
    one: ``tests/run`` has, when it was started as root."""
    made = Path(os.environ.get(MARK, "nowhere"), "shared")
    if made.is_dir():
        return made
    if os.geteuid() != 0:
        pytest.skip("there is no second user: it takes root to act as one")
    put_there(tmp_path / "shared")
    return tmp_path / "shared"
