"""Memory for event logs, used again when nobody holds the log any more: fresh memory costs more than writing into it."""

from __future__ import annotations

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
    memory = _free.pop() if _free and len(_free[-1]) >= needed else _fresh(needed)
    log = np.frombuffer(memory, np.int32, len(memory) // ROW_BYTES * WIDTH)
    weakref.finalize(log, _give_back, memory)  # views refer to this very array, since its memory is not an array's
    return log.reshape(-1, WIDTH)


def _fresh(size: int) -> mmap.mmap:
    memory = mmap.mmap(-1, size)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        memory.madvise(mmap.MADV_HUGEPAGE)
    return memory


def _give_back(memory: mmap.mmap) -> None:
    if len(memory) <= KEPT_BYTES:
        _free[:] = [memory]
