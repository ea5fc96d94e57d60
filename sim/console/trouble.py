"""What a system's complaints mean, and what helps."""

from __future__ import annotations

import errno

_NO_ROOM = "finished runs are kept; make room and give the same command again"
_OTHER_PLACE = "choose another folder with --out"
_HELPS = {
    errno.ENOSPC: _NO_ROOM,
    errno.EFBIG: _NO_ROOM,
    errno.EACCES: "you lack the right to write or read there",
    errno.EPERM: "you lack the right to write or read there",
    errno.EROFS: _OTHER_PLACE,
    errno.ENOTDIR: _OTHER_PLACE,
    errno.EEXIST: _OTHER_PLACE,
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ENOENT: "it, or the folder it should be in, is not there, or has been taken away",
    errno.EMFILE: "too many files are open; choose fewer --jobs",
    errno.ENOMEM: "there is no memory left; choose fewer --jobs",
    errno.EAGAIN: "the system allows no more of them; choose fewer --jobs, or --jobs 0",
} | ({errno.EDQUOT: _NO_ROOM} if hasattr(errno, "EDQUOT") else {})


def in_words(error: OSError) -> tuple[str, str | None]:
    """What went wrong with a file or the system, and the file."""
    file = str(error.filename) if error.filename else None
    advice = _HELPS.get(error.errno or 0)
    message = (error.strerror or str(error)) + (f" ({advice})" if advice else "")
    return (f"{file}: {message}" if file else message), file
