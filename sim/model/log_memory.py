"""Memory for event logs, used again when nobody holds the log any more: fresh memory costs more than writing into it."""

from __future__ import annotations

import contextlib
import mmap
import weakref

import numpy as np

from sim.model.events import WIDTH

ROW_BYTES = 4 * WIDTH
#: Memory that is kept for the next log, at most: one piece, of at most so many bytes.
KEPT_BYTES = 256 << 20

_free: list[mmap.mmap] = []


def room_for(rows: int) -> np.ndarray:
    """An array of at least so many rows, shape (n, WIDTH), int32, not cleared; views of it keep it."""
    needed = max(1, rows) * ROW_BYTES
    memory = _kept(needed) or _fresh(needed)
    log = np.frombuffer(memory, np.int32, len(memory) // ROW_BYTES * WIDTH)
    weakref.finalize(log, _give_back, memory)  # views refer to this very array, since its memory is not an array's
    return log.reshape(-1, WIDTH)


def _kept(size: int) -> mmap.mmap | None:
    try:
        memory = _free.pop()
    except IndexError:  # nothing is kept, or another thread has just taken it
        return None
    if len(memory) >= size:
        return memory
    _give_back(memory)
    return None


def _fresh(size: int) -> mmap.mmap:
    if not hasattr(mmap, "MAP_ANONYMOUS"):
        return mmap.mmap(-1, size)
    # Python's default is memory that forked processes share: two of them would write into one log
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):  # a kernel without large pages
            memory.madvise(mmap.MADV_HUGEPAGE)
    return memory


def _give_back(memory: mmap.mmap) -> None:
    kept = _free[:1]  # the larger piece serves logs of either size
    if len(memory) <= KEPT_BYTES and (not kept or len(memory) >= len(kept[0])):
        _free[:] = [memory]
