"""What ``pip install`` of the wheel puts where."""

from __future__ import annotations

import json
import sysconfig
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.test_licences import PERMISSIVE

DATA = Path(sysconfig.get_path("data"))
LABEXTENSION = DATA / "share/jupyter/labextensions/jupyter-dask-slurm"


@pytest.fixture(autouse=True)
def _installed() -> None:
    origin = json.loads(distribution("jupyter_dask_slurm").read_text("direct_url.json") or "{}")
    if origin.get("dir_info", {}).get("editable"):
        pytest.skip("an editable install has no data files")


def installed_files() -> set[Path]:
    files = distribution("jupyter_dask_slurm").files or []
    return {Path(str(file.locate())).resolve() for file in files}


def test_the_server_extension_is_enabled_by_the_install_alone() -> None:
    config = DATA / "etc/jupyter/jupyter_server_config.d/jupyter_dask_slurm.json"
    assert config.resolve() in installed_files()
    extensions = json.loads(config.read_text())["ServerApp"]["jpserver_extensions"]
    assert extensions == {"jupyter_dask_slurm": True}


def test_the_panel_is_built_and_installed() -> None:
    package = json.loads((LABEXTENSION / "package.json").read_text())
    entry = LABEXTENSION / package["jupyterlab"]["_build"]["load"]
    assert entry.resolve() in installed_files()
    assert list(LABEXTENSION.glob("static/*.js"))
    assert (LABEXTENSION / "schemas/jupyter-dask-slurm/plugin.json").exists()


def test_the_panel_says_who_uninstalls_it() -> None:
    install = json.loads((LABEXTENSION / "install.json").read_text())
    assert install["packageName"] == "jupyter_dask_slurm"


def test_server_and_panel_have_the_same_version() -> None:
    package = json.loads((LABEXTENSION / "package.json").read_text())
    assert package["version"] == distribution("jupyter_dask_slurm").version


def test_the_package_does_not_hold_the_panel_twice() -> None:
    package = Path(str(distribution("jupyter_dask_slurm").locate_file("jupyter_dask_slurm")))
    assert not (package / "labextension").exists()


def test_what_is_built_into_the_panel_is_permissive() -> None:
    packages = json.loads((LABEXTENSION / "static/third-party-licenses.json").read_text())[
        "packages"
    ]
    assert packages
    found = {each["name"]: each["licenseId"] for each in packages}
    assert {name: text for name, text in found.items() if not PERMISSIVE.search(text or "")} == {}


def test_jupyter_has_the_subcommand() -> None:
    names = {point.name for point in distribution("jupyter_dask_slurm").entry_points}
    assert "jupyter-dask-slurm" in names
