"""Files that are believed because nobody but their user can have written them.

What the registry holds is acted on: addresses, keys, jobs to cancel. So its directories and files are
looked at before they are read, by who could write them: their owner, their mode, and no symbolic
link, which may lead to somebody else's. Reading is not asked about: a file may be shown to a group.
"""

from __future__ import annotations

import errno
import functools
import grp
import os
import pwd
import stat
import sys
import tempfile
from pathlib import Path

GROUP, OTHERS = stat.S_IWGRP, stat.S_IWOTH
ROOT = 0


class NotPrivate(PermissionError):
    """Somebody else has made it, or could write it. ``str()`` names the path, and what to do."""

    def __init__(self, path: Path, why: str, *, foreign: bool) -> None:
        super().__init__(errno.EPERM, why, str(path))
        self.foreign = foreign
        """Whether it is not the user's at all; else only its mode has to change."""

    def __str__(self) -> str:
        return f"{self.filename} {self.strerror}"


def check_registry(path: Path) -> None:
    """Check the directory that holds the others, and that nobody can put another in its place. Raise
    NotPrivate and OSError.

    It may be shared by users where each can remove no more than their own, as in ``/tmp``.
    """
    status = os.lstat(path)
    if stat.S_ISLNK(status.st_mode):
        fix = f"set state_dir to where it leads, {os.path.realpath(path)}"
        raise NotPrivate(path, f"is a symbolic link: {fix}", foreign=True)
    _check_kind(path, status, directory=True)
    if status.st_uid != ROOT:
        _check_owner(path, status, "choose a state_dir of your own")
    if not status.st_mode & stat.S_ISVTX:
        _check_mode(path, status)
    for above in {*path.absolute().parents, *Path(os.path.realpath(path)).parents}:
        mode = os.stat(above).st_mode
        if mode & OTHERS and not mode & stat.S_ISVTX:
            why = f"can be written by everybody, who could replace {path}: run chmod o-w {above}"
            raise NotPrivate(above, why, foreign=False)


def check_directory(path: Path) -> None:
    """Check that it is a directory of the user's that nobody else can write. Raise NotPrivate and
    OSError."""
    _check(path, os.lstat(path), directory=True)


def check_file(path: Path) -> None:
    """The same for a file that others will open by its path. Raise NotPrivate and OSError."""
    _check(path, os.lstat(path))


def read_private(path: Path) -> bytes:
    """Return what a file of the user's holds. Raise NotPrivate and OSError.

    The file that was opened is the one that is looked at, and nothing is waited for: it might be a FIFO.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            _check(path, os.lstat(path))
        raise
    with open(handle, "rb") as stream:
        _check(path, os.fstat(handle))
        return stream.read()


def check_site_file(path: Path, status: os.stat_result) -> None:
    """Check that nobody but root, the user, or whom this Python belongs to could have written a file
    that holds for everybody. Raise NotPrivate."""
    if status.st_uid not in (ROOT, os.geteuid(), os.stat(sys.prefix).st_uid):
        why = f"belongs to {_user(status.st_uid)}: have it belong to root"
        raise NotPrivate(path, why, foreign=True)
    _check_mode(path, status)


def _check(path: Path, status: os.stat_result, *, directory: bool = False) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise NotPrivate(path, "is a symbolic link: remove it", foreign=True)
    _check_kind(path, status, directory=directory)
    _check_owner(path, status, "remove it, or have its owner do so")
    _check_mode(path, status)


def _check_kind(path: Path, status: os.stat_result, *, directory: bool) -> None:
    if directory and not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    if not directory and not stat.S_ISREG(status.st_mode):
        number = errno.EISDIR if stat.S_ISDIR(status.st_mode) else errno.EINVAL
        words = os.strerror(number) if stat.S_ISDIR(status.st_mode) else "it is no regular file"
        raise OSError(number, words, str(path))


def _check_owner(path: Path, status: os.stat_result, fix: str) -> None:
    here = path if stat.S_ISDIR(status.st_mode) else path.parent
    if status.st_uid != os.geteuid() and status.st_uid != _given_uid(here, status.st_dev):
        why = f"belongs to {_user(status.st_uid)}, not to you: {fix}"
        raise NotPrivate(path, why, foreign=True)


def _check_mode(path: Path, status: os.stat_result) -> None:
    by_group = status.st_mode & GROUP and not _is_own_group(status.st_gid)
    if by_group or status.st_mode & OTHERS:
        whom = "everybody" if status.st_mode & OTHERS else f"the group {_group(status.st_gid)}"
        why = f"can be written by {whom}: run chmod go-w {path}"
        raise NotPrivate(path, why, foreign=False)


@functools.lru_cache(maxsize=64)
def _given_uid(directory: Path, _device: int) -> int | None:
    """Return the owner that a new file of ours gets there: on a file server that does not know this
    user, as with root squash, another than we are. None where we can make none."""
    try:
        with tempfile.TemporaryFile(dir=directory) as stream:
            return os.fstat(stream.fileno()).st_uid
    except OSError:
        return None


def _is_own_group(gid: int) -> bool:
    """Return whether a group is the user's alone, by the custom that many systems follow: it has their
    name, and no other member. Others whose first group it is are not listed anywhere."""
    try:
        group, user = grp.getgrgid(gid), pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return group.gr_name == user.pw_name and set(group.gr_mem) <= {user.pw_name}


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
