"""One handle for all arrays of an office, so that a compiled step takes one argument instead of two dozen.

With compilation off (NUMBA_DISABLE_JIT=1) the handle is the named tuple of arrays itself; its fields read the same.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numba
from numba.core import types
from numba.experimental import structref

from sim.model.jit import jit
from sim.model.state import Arrays


@structref.register
class OfficeType(types.StructRef):
    """The compiled type of the handle; named by a hash of its fields, because the full name runs to pages."""

    def __init__(self, fields: Any) -> None:
        super().__init__(fields)
        self.name = "Office" + hashlib.sha256(repr(fields).encode()).hexdigest()[:16]

    def preprocess_fields(self, fields: Any) -> Any:
        """Fields are held as their plain types."""
        return tuple((name, types.unliteral(kind)) for name, kind in fields)

    @property
    def mangling_args(self) -> tuple[str, tuple[()]]:
        """Short symbols for compiled functions."""
        return self.name, ()


class Handle(structref.StructRefProxy):
    """A reference to the arrays; read its fields inside compiled functions only."""


structref.define_proxy(Handle, OfficeType, list(Arrays._fields))


@jit
def _assemble(
    fig: Any, groups: Any, exits: Any, plans: Any, phases: Any, decide: Any, tables: Any, days: Any, day_of: Any, slots: Any, elastic: Any,
    now: Any, coaches: Any, blank: Any, leave: Any, customers: Any, sums: Any, limits: Any, held: Any, active: Any, diary: Any,
    counts: Any, agenda: Any, tasks: Any, contacts: Any, door: Any, wake: Any, recent: Any, scratch: Any, log: Any,
) -> Any:  # fmt: skip
    return Handle(
        fig, groups, exits, plans, phases, decide, tables, days, day_of, slots, elastic, now, coaches, blank, leave,
        customers, sums, limits, held, active, diary, counts, agenda, tasks, contacts, door, wake, recent, scratch, log,
    )  # fmt: skip


def handle_of(arrays: Arrays) -> Any:
    """The handle that steps take."""
    if numba.config.DISABLE_JIT:
        return arrays
    return _assemble(*arrays)
