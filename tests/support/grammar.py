"""What written times and sizes mean: the table that the tests of the panel read, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_TABLE = json.loads((Path(__file__).parents[1] / "grammar.json").read_text(encoding="utf-8"))


def cases(*kinds: str) -> list[tuple[str, Any]]:
    """Return the texts of these kinds, and what each of them is."""
    return [(text, meaning) for kind in kinds for text, meaning in _TABLE[kind]]
