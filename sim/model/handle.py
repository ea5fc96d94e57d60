"""One handle for all arrays of an office, so that a compiled step takes one argument instead of two dozen.

The handle holds a block of whole numbers: address and lengths of each array in turn. Compiled code reads the block;
with compilation off (NUMBA_DISABLE_JIT=1) the handle is the named tuple of arrays itself, and its fields read the same.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import NativeValue, lower_getattr_generic, models, register_model, unbox

from sim.model.columns import I64, Column, Table, constant_load, kind_of
from sim.model.state import Arrays


class OfficeType(types.Type):
    """The compiled type of the handle; named by a hash of its fields."""

    def __init__(self, fields: tuple[tuple[str, Column | Table], ...]) -> None:
        self.fields = dict(fields)
        self.place: dict[str, int] = {}
        at = 0
        for name, kind in fields:
            self.place[name] = at
            at += 1 + kind.ndim
        text = repr([(name, str(kind)) for name, kind in fields])
        super().__init__(name=f"Office_{hashlib.sha256(text.encode()).hexdigest()[:16]}")


class Handle:
    """Where an office's arrays lie; it keeps them alive."""

    __slots__ = ("_numba_type_", "address", "arrays", "block")

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays
        self.block = np.array([number for array in arrays for number in (array.ctypes.data, *array.shape)], np.int64)
        self.address: int = self.block.ctypes.data
        self._numba_type_ = OfficeType(tuple((name, kind_of(array)) for name, array in arrays._asdict().items()))


def handle_of(arrays: Arrays) -> Any:
    """The handle that steps take."""
    return arrays if numba.config.DISABLE_JIT else Handle(arrays)


@register_model(OfficeType)
class _OfficeModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, I64.as_pointer())


@infer_getattr
class _Field(AttributeTemplate):
    key = OfficeType

    def generic_resolve(self, office: OfficeType, attr: str) -> Any:
        return office.fields.get(attr)


@lower_getattr_generic(OfficeType)
def _lower_field(context: Any, builder: Any, office: OfficeType, value: Any, attr: str) -> Any:
    place = ir.Constant(I64, office.place[attr])
    address = constant_load(builder, builder.gep(value, [place], inbounds=True))
    lengths = builder.gep(value, [ir.Constant(I64, office.place[attr] + 1)], inbounds=True)
    return cgutils.pack_struct(builder, [builder.inttoptr(address, ir.IntType(8).as_pointer()), lengths])


@unbox(OfficeType)
def _unbox(typ: OfficeType, handle: Any, context: Any) -> NativeValue:
    number = context.pyapi.object_getattr_string(handle, "address")
    address = context.pyapi.long_as_longlong(number)
    context.pyapi.decref(number)
    failed = cgutils.is_not_null(context.builder, context.pyapi.err_occurred())
    return NativeValue(context.builder.inttoptr(address, I64.as_pointer()), is_error=failed)
