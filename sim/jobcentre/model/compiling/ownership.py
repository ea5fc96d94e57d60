"""Whether anybody else can have written a file: compiled code is run, so it must be this user's own or the system's."""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path
from typing import NamedTuple

ROOT = 0  # the user who may do everything anyway


class Exposed(NamedTuple):
    """A file or folder that others can change: why, and what to do about it."""

    place: Path
    reason: str
    advice: str


def exposed_folder(folder: Path, *, complete: bool = True) -> Exposed | None:
    """Gives the first folder, from the root down, through which others can put files into a folder; None if there is none.

    The path must have no links in it. With `complete` false it may end early: what is not there yet cannot have been written.
    In a folder with the sticky bit, as that for temporary files, others can add but not replace: it may stand above.
    """
    for place in (*reversed(folder.parents), folder):
        try:
            found = os.lstat(place)
        except FileNotFoundError:
            if complete:
                raise
            return None
        if exposed := _exposed(place, found, sticky=place != folder):
            return exposed
    return None


def exposed_file(file: Path) -> Exposed | None:
    """Why a file in a folder of ours may be somebody else's all the same; None if it cannot be."""
    return _exposed(file, os.lstat(file), sticky=False)


def read_own(file: Path, *, vouched: bool = False) -> bytes | None:
    """Reads a file; None if it is a link, no file or not our own, the last unless it is vouched for."""
    with open(file, "rb", opener=_opened) as opened:
        found = os.fstat(opened.fileno())
        if not stat.S_ISREG(found.st_mode) or not (vouched or _exposed(file, found, sticky=False) is None):
            return None
        return opened.read()


def _opened(name: str, flags: int) -> int:
    """Follows no link and waits for no writer of a pipe."""
    return os.open(name, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def _exposed(place: Path, found: os.stat_result, *, sticky: bool) -> Exposed | None:
    if not hasattr(os, "geteuid"):  # Windows keeps the rights to a file elsewhere
        return None
    another = "let JOBCENTRE_CACHE_DIR name a folder that only you can write, or vouch for it as docs/security.md says"
    if stat.S_ISLNK(found.st_mode):
        return Exposed(place, f"{place} is a link", f"rm {shlex.quote(str(place))}")
    if found.st_uid not in (ROOT, os.geteuid()):
        return Exposed(place, f"{place} belongs to another user (number {found.st_uid})", another)
    if found.st_mode & stat.S_ISVTX and stat.S_ISDIR(found.st_mode) and sticky:
        return None
    everybody, group = found.st_mode & stat.S_IWOTH, found.st_mode & stat.S_IWGRP
    if not everybody and not group:
        return None
    who = "everybody" if everybody else "its group"
    return Exposed(place, f"{place} can be written by {who}", f"chmod go-w {shlex.quote(str(place))}, or {another}")
