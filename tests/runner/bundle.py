"""How much a browser loads for the panel, and whether that is still little.

``python -m tests.runner.bundle <labextension>``: the directory that a build of the panel made, or that
the wheel installed. Prints the size of each file, raw and as a server would compress it; the
exit status is 1 when all of them together exceed `LIMIT`.

Everything counts that a page may load: entry, chunks, styles, and the code of other packages that was
bundled with ours. The latter is within the same files, so it is named and not weighed apart: the
panel may not hide behind it.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

LIMIT = 150_000
"""Bytes, compressed. A page of JupyterLab loads some megabytes of its own beside them."""

LICENSES = "third-party-licenses.json"


@dataclass(frozen=True)
class Asset:
    """One file that a page may load, and its size in bytes."""

    name: str
    raw: int
    compressed: int


def assets(static: Path) -> list[Asset]:
    """What there is to load, the largest first. Source maps are for developer tools only."""
    files = [path for path in static.rglob("*") if path.is_file()]
    loaded = [path for path in files if path.suffix != ".map" and path.name != LICENSES]
    found = [_asset(path, static) for path in loaded]
    return sorted(found, key=lambda asset: asset.compressed, reverse=True)


def _asset(path: Path, static: Path) -> Asset:
    content = path.read_bytes()
    # The level of tornado's and nginx's own choice, not the best there is.
    return Asset(str(path.relative_to(static)), len(content), len(zlib.compress(content, 6)))


def packages(static: Path) -> list[str]:
    """The other packages that are bundled with ours, as a production build lists them."""
    report = static / LICENSES
    if not report.exists():
        return []
    listed = json.loads(report.read_text())["packages"]
    return [f"{package['name']} {package['versionInfo']}" for package in listed]


def lines(found: Sequence[Asset], bundled: Sequence[str]) -> Iterator[str]:
    """The sizes in words."""
    total = Asset("all of it", sum(one.raw for one in found), sum(one.compressed for one in found))
    for asset in (*found, total):
        yield f"{asset.name:34}{_kilobytes(asset.raw)}{_kilobytes(asset.compressed)} gzipped"
    yield f"{'the limit':34}{'':12}{_kilobytes(LIMIT)} gzipped"
    yield f"with code of: {', '.join(bundled) or 'nobody else'}"


def _kilobytes(size: int) -> str:
    return f"{size / 1000:9.1f} kB"


def main(arguments: Sequence[str]) -> int:
    static = Path(arguments[0], "static")
    found = assets(static)
    if not found:
        print(f"There is no panel in {static}.")
        return 1
    print(*lines(found, packages(static)), sep="\n")
    return int(sum(asset.compressed for asset in found) > LIMIT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
