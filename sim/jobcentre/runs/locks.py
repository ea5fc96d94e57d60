"""Folders of results and their locks: what another command holds is waited for, what stands in the way is told."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from jobcentre.runs.interruption import raise_if_requested

LOCK = ".lock"  # while one reads or writes the store
TURN = ".turn"  # while one writes all that is made from it
LOCKS = (LOCK, TURN)
#: Seconds to wait for a command that has the folder: the tables of very many runs take minutes to write.
PATIENCE = 300.0
#: The same for its turn to write: thousands of event logs may be written before.
PATIENCE_FOR_TURN = 7200.0
#: The same for an interrupted command that only saves its finished runs.
WHILE_INTERRUPTED = 1.0


class StoreError(OSError):
    """A file or folder of results that cannot be used, and what to do."""

    def __init__(self, file: Path, message: str, suggestion: str) -> None:
        super().__init__(errno.EIO, f"{message} ({suggestion})", str(file))


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a file beside its place and renames it when whole, so that nobody ever reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        new.write_bytes(content)
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Makes a folder and those above it; StoreError where something else stands in the way."""
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        raise StoreError(folder, "has a name that is not UTF-8", "choose another folder with --out") from None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        for path in (folder, *folder.parents):
            if path.is_symlink() and not path.exists():
                target = os.readlink(path)
                raise StoreError(path, f"is a link to {target}, which is not there", "make that folder, or choose another --out") from error
            if path.exists() and not path.is_dir():
                raise StoreError(path, "is a file where a folder is needed", "choose another folder with --out") from error
        raise


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the lock of a folder, waiting a limited time for another command; a process that holds it already keeps it."""
    with _exclusive(folder / LOCK, PATIENCE, f"another command has kept this folder to itself for {PATIENCE:.0f} seconds"):
        yield


@contextmanager
def write_turn(folder: Path) -> Iterator[None]:
    """Holds the right to write the tables, logs and report of a folder, while other commands may still save runs there.

    Without it two commands with different questions could overwrite each other's tables for ever. It is acquired before the
    lock, never while that is held.
    """
    with _exclusive(folder / TURN, PATIENCE_FOR_TURN, f"another command has been writing this folder for {PATIENCE_FOR_TURN:.0f} seconds"):
        yield


_KINDS = {stat.S_IFLNK: "a link", stat.S_IFDIR: "a folder", stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}


def _refuse_all_but_files(path: Path) -> None:
    """StoreError where anything else than a file stands where this tool keeps one: a link may lead anywhere, a pipe is waited for."""
    try:
        kind = stat.S_IFMT(path.lstat().st_mode)
    except FileNotFoundError:
        return
    if kind != stat.S_IFREG:
        raise StoreError(path, f"is {_KINDS.get(kind, 'a device')} where this tool keeps a file of its own", "delete it")


_held_locks: set[Path] = set()  # locks that this process has


@contextmanager
def _exclusive(path: Path, patience: float, too_long: str) -> Iterator[None]:
    """Holds a lock file until the block ends or the process is killed."""
    _refuse_all_but_files(path)
    resolved = path.resolve()
    if resolved in _held_locks:
        yield
        return
    with path.open("a+b") as file:
        begun, pause = time.monotonic(), 0.001
        while not _acquire(file):
            if time.monotonic() - begun > patience:
                raise StoreError(path, too_long, "end that command, or choose another folder with --out")
            if time.monotonic() - begun > WHILE_INTERRUPTED:
                raise_if_requested()
            time.sleep(pause)
            pause = min(2 * pause, 0.05)
        _held_locks.add(resolved)
        try:
            yield
        finally:
            _held_locks.discard(resolved)


def _acquire(file: BinaryIO) -> bool:
    """Acquires the lock of an open file if it is free; closing the file releases it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            return False
        raise
    return True
