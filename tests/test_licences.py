"""What this package brings along may be used as freely as itself."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, distribution

from packaging.requirements import Requirement

PERMISSIVE = re.compile(
    r"\b(0BSD|Apache|BSD|HPND|ISC|MIT|MPL|PSF|Python Software Foundation|Unlicense|Zlib)\b",
    re.IGNORECASE,
)


def required(name: str, seen: dict[str, Distribution]) -> dict[str, Distribution]:
    """All that an install of ``name`` brings along, by name."""
    for text in distribution(name).requires or ():
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        wanted = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if wanted not in seen:
            seen[wanted] = distribution(requirement.name)
            required(requirement.name, seen)
    return seen


def licence(of: Distribution) -> str:
    """What the metadata of a package say of its licence."""
    metadata = of.metadata
    classifiers = [c for c in metadata.get_all("Classifier", []) if c.startswith("License ::")]
    text = (
        metadata.get("License-Expression") or " ".join(classifiers) or metadata.get("License", "")
    )
    return str(text)


def test_every_python_package_that_is_brought_along_is_permissive() -> None:
    found = {name: licence(each) for name, each in required("jupyter_dask_slurm", {}).items()}
    assert "distributed" in found
    assert {name: text for name, text in found.items() if not PERMISSIVE.search(text)} == {}
