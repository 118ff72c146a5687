"""What counts as the user's own: by who could write it."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_dask_slurm import private_files
from jupyter_dask_slurm.private_files import (
    NotPrivate,
    check_directory,
    check_file,
    check_registry,
    read_private,
)

USER, OWN_GROUP = pwd.getpwuid(os.geteuid()), 4711


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    path = tmp_path / "registry"
    path.mkdir(mode=0o700)
    (path / "file").write_text("x")
    (path / "file").chmod(0o600)
    return path


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o2750, 0o1777, 0o3777])
def test_a_registry_may_be_shown_and_in_part_be_others(registry: Path, mode: int) -> None:
    registry.chmod(mode)
    check_registry(registry)


@pytest.mark.parametrize(
    ("mode", "whom"), [(0o770, None), (0o2770, None), (0o777, "everybody"), (0o702, "everybody")]
)
def test_nothing_that_others_can_write(registry: Path, mode: int, whom: str | None) -> None:
    file, whom = registry / "file", whom or f"the group {grp.getgrgid(os.getegid()).gr_name}"
    only_others(file)
    checks: list[tuple[Callable[[Path], object], Path]] = [
        (read_private, file),
        (check_file, file),
        (check_directory, registry),
        (check_registry, registry),
    ]
    for check, path in checks:
        path.chmod(mode)
        with pytest.raises(NotPrivate) as raised:
            check(path)
        assert str(raised.value) == f"{path} can be written by {whom}: run chmod go-w {path}"
        assert not raised.value.foreign


@pytest.fixture(autouse=True)
def no_group_is_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_files, "_is_own_group", lambda gid: False)


def only_others(file: Path) -> None:
    assert read_private(file) == b"x"


@pytest.mark.parametrize(
    ("name", "members", "own"),
    [
        (USER.pw_name, [], True),
        (USER.pw_name, [USER.pw_name], True),
        (USER.pw_name, [USER.pw_name, "mallory"], False),
        ("staff", [USER.pw_name], False),
    ],
)
def test_a_group_of_the_users_own_is_nobody_else(
    monkeypatch: pytest.MonkeyPatch, name: str, members: list[str], own: bool
) -> None:
    monkeypatch.undo()
    group = grp.struct_group((name, "x", OWN_GROUP, members))
    monkeypatch.setattr(grp, "getgrgid", lambda gid: group)
    assert private_files._is_own_group(OWN_GROUP) is own


def test_no_symbolic_link(registry: Path, tmp_path: Path) -> None:
    for name in ("registry", "registry/file"):
        link = tmp_path / f"link-{Path(name).name}"
        link.symlink_to(tmp_path / name)
        checks = (check_registry, check_directory, check_file, read_private)
        for check in checks:
            with pytest.raises(NotPrivate, match="is a symbolic link") as raised:
                check(link)
            assert raised.value.foreign


def test_a_link_above_the_registry_is_the_systems_affair(registry: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.symlink_to(tmp_path)
    check_registry(home / "registry")


def test_nobody_can_put_another_registry_in_its_place(registry: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(NotPrivate, match=f"run chmod o-w {tmp_path}$"):
        check_registry(registry)
    link = tmp_path / "home"
    link.symlink_to("/tmp")
    tmp_path.chmod(0o1777)
    check_registry(registry)


def test_nothing_is_waited_for(registry: Path) -> None:
    os.mkfifo(registry / "fifo", 0o600)
    with pytest.raises(OSError, match="no regular file"):
        read_private(registry / "fifo")
    with pytest.raises(IsADirectoryError):
        read_private(registry)
    with pytest.raises(NotADirectoryError):
        check_directory(registry / "file")


def test_a_file_server_that_gives_our_files_to_another_user_is_believed(
    registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with root squash: a new file of ours there has the same owner."""
    monkeypatch.setattr(os, "geteuid", lambda: USER.pw_uid + 1)
    check_registry(registry)
    check_directory(registry)
    assert read_private(registry / "file") == b"x"
