"""How compiled code reads and writes an office's arrays: plain loads and stores, without numba's own array machinery.

numba's arrays count references and carry shape and strides with them; for a model made of thousands of small look-ups
that doubled both the time of a run and the time to compile. Here a `Handle` holds a block of whole numbers: address and
lengths of each array of an office in turn. A field of it is a `Table` (records) or a `Column` (numbers): an address and
the place of its lengths in the block. Tables become columns by field name, columns become numbers by index. Whole
numbers are read as 64 bits, floats as double precision; an index is checked only when NUMBA_BOUNDSCHECK=1, and then a
negative one is an error too.
"""

from __future__ import annotations

import hashlib
import operator
from functools import cache
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer, infer_getattr, infer_global, signature
from numba.extending import NativeValue, lower_builtin, lower_getattr, lower_getattr_generic, models, register_model, unbox

from jobcentre.model.state import Arrays

I8, I64, DOUBLE = ir.IntType(8), ir.IntType(64), ir.DoubleType()


class Column(types.Type):
    """Numbers of one dtype at equal distances: an array, or one field of an array of records."""

    def __init__(self, code: str, offset: int, distance: int, ndim: int) -> None:
        self.code, self.offset, self.distance, self.ndim = code, offset, distance, ndim
        self.element = types.float64 if np.dtype(code).kind == "f" else types.int64
        super().__init__(name=f"Column_{code}_{offset}_{distance}_{ndim}")

    def part(self, ndim: int) -> Column:
        """The view that leading indices leave."""
        return Column(self.code, self.offset, self.distance, ndim)


class TableType(types.Type):
    """Records of one dtype, C contiguous."""

    def __init__(self, dtype: np.dtype, ndim: int) -> None:
        self.dtype, self.distance, self.ndim, self.offset = dtype, dtype.itemsize, ndim, 0
        super().__init__(name=f"Table_{hashlib.sha256(repr(dtype).encode()).hexdigest()[:12]}_{ndim}")

    def part(self, ndim: int) -> TableType:
        """The view that leading indices leave."""
        return TableType(self.dtype, ndim)

    def column(self, field: str) -> Column:
        """One field of all records."""
        kind, offset = self.dtype.fields[field][:2]  # type: ignore[index]
        return Column(kind.str[1:], offset, self.distance, self.ndim)


class RowType(types.Type):
    """One record, to be copied whole into another place."""

    def __init__(self, dtype: np.dtype) -> None:
        self.size = dtype.itemsize
        super().__init__(name=f"Row_{hashlib.sha256(repr(dtype).encode()).hexdigest()[:12]}")


@cache
def kind_of(dtype: np.dtype, ndim: int) -> Column | TableType:
    """The type by which compiled code knows an array."""
    if dtype.fields:
        return TableType(dtype, ndim)
    return Column(dtype.str[1:], 0, dtype.itemsize, ndim)


class _View(models.StructModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, [("base", types.voidptr), ("lengths", types.CPointer(types.int64))])


register_model(Column)(_View)
register_model(TableType)(_View)
register_model(RowType)(models.OpaqueModel)


# --- types of expressions ---------------------------------------------------------------------------------------------


@infer
class _Field(AbstractTemplate):
    key = "static_getitem"

    def generic(self, args: Any, kws: Any) -> Any:
        view, field = args
        if isinstance(view, TableType) and isinstance(field, str) and field in (view.dtype.names or ()):
            return signature(view.column(field), *args)
        return None


def _given(index: Any) -> int:
    """The number of indices; 0 if one of them is no whole number."""
    if isinstance(index, types.BaseTuple):
        return len(index) if all(isinstance(one, types.Integer | types.IntEnumMember) for one in index) else 0
    return 1 if isinstance(index, types.Integer | types.IntEnumMember) else 0


@infer_global(operator.getitem)
class _Get(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        view, index = args
        if not isinstance(view, Column | TableType) or not 0 < _given(index) <= view.ndim:
            return None
        left = view.ndim - _given(index)
        if left:
            return signature(view.part(left), *args)
        return signature(view.element if isinstance(view, Column) else RowType(view.dtype), *args)


@infer_global(operator.setitem)
class _Set(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        view, index, _ = args
        if not isinstance(view, Column | TableType) or _given(index) != view.ndim:
            return None
        return signature(types.none, view, index, view.element if isinstance(view, Column) else RowType(view.dtype))


@infer_global(len)
class _Len(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(types.intp, *args) if isinstance(args[0], Column | TableType) else None


class _Shape(AttributeTemplate):
    def resolve_shape(self, view: Any) -> Any:
        return types.UniTuple(types.int64, view.ndim)


@infer_getattr
class _ShapeOfColumn(_Shape):
    key = Column


@infer_getattr
class _ShapeOfTable(_Shape):
    key = TableType


# --- their code -------------------------------------------------------------------------------------------------------


def constant_load(builder: Any, place: Any) -> Any:
    """A load of something that no step ever changes: addresses and lengths."""
    loaded = builder.load(place)
    loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
    return loaded


def _length(builder: Any, lengths: Any, axis: int) -> Any:
    return constant_load(builder, builder.gep(lengths, [ir.Constant(I64, axis)]))


def _indices(context: Any, builder: Any, kind: Any, value: Any) -> list[Any]:
    if isinstance(kind, types.BaseTuple):
        pairs = zip(kind, cgutils.unpack_tuple(builder, value, len(kind)), strict=True)
        return [context.cast(builder, one, its, types.int64) for its, one in pairs]
    return [context.cast(builder, value, kind, types.int64)]


def _place(context: Any, builder: Any, view: Any, value: Any, kind: Any, index: Any) -> tuple[Any, Any]:
    """Address that the indices lead to, and the place of the lengths that remain."""
    base, lengths = cgutils.unpack_tuple(builder, value, 2)
    indices = _indices(context, builder, kind, index)
    linear = None
    for axis in range(view.ndim):
        if axis < len(indices) and numba.config.BOUNDSCHECK:
            outside = builder.icmp_unsigned(">=", indices[axis], _length(builder, lengths, axis))
            with builder.if_then(outside, likely=False):
                context.call_conv.return_user_exc(builder, IndexError, ("index is out of bounds",))
        if linear is not None:
            linear = builder.mul(linear, _length(builder, lengths, axis), flags=["nsw"])
        if axis < len(indices):
            linear = indices[axis] if linear is None else builder.add(linear, indices[axis], flags=["nsw"])
    distance = builder.mul(linear, ir.Constant(I64, view.distance), flags=["nsw"])
    return builder.gep(base, [distance], inbounds=True), builder.gep(lengths, [ir.Constant(I64, len(indices))])


def _cell(builder: Any, column: Column, address: Any) -> Any:
    """A typed pointer to a number of a column."""
    if column.offset:
        address = builder.gep(address, [ir.Constant(I64, column.offset)], inbounds=True)
    bits = np.dtype(column.code)
    return builder.bitcast(address, (DOUBLE if bits.kind == "f" else ir.IntType(8 * bits.itemsize)).as_pointer())


@lower_builtin("static_getitem", TableType, types.StringLiteral)
def _lower_field(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return args[0]


@lower_builtin(operator.getitem, TableType, types.Any)
@lower_builtin(operator.getitem, Column, types.Any)
def _lower_get(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    view, kind = sig.args
    address, lengths = _place(context, builder, view, args[0], kind, args[1])
    if isinstance(sig.return_type, Column | TableType):
        return cgutils.pack_struct(builder, [address, lengths])
    if isinstance(sig.return_type, RowType):
        return address
    loaded = builder.load(_cell(builder, view, address))
    if view.element == types.int64 and loaded.type != I64:
        return builder.zext(loaded, I64) if np.dtype(view.code).kind in "ub" else builder.sext(loaded, I64)
    return loaded


@lower_builtin(operator.setitem, TableType, types.Any, types.Any)
@lower_builtin(operator.setitem, Column, types.Any, types.Any)
def _lower_set(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    view, kind, value_type = sig.args
    address, _ = _place(context, builder, view, args[0], kind, args[1])
    if isinstance(view, TableType):
        cgutils.raw_memcpy(builder, address, args[2], ir.Constant(I64, view.distance), 1)
        return context.get_dummy_value()
    cell = _cell(builder, view, address)
    value = context.cast(builder, args[2], value_type, view.element)
    if cell.type.pointee != value.type:
        value = builder.trunc(value, cell.type.pointee)
    builder.store(value, cell)
    return context.get_dummy_value()


@lower_builtin(len, TableType)
@lower_builtin(len, Column)
def _lower_len(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return _length(builder, builder.extract_value(args[0], 1), 0)


@lower_getattr(TableType, "shape")
@lower_getattr(Column, "shape")
def _lower_shape(context: Any, builder: Any, view: Any, value: Any) -> Any:
    lengths = builder.extract_value(value, 1)
    return cgutils.pack_array(builder, [_length(builder, lengths, axis) for axis in range(view.ndim)], I64)


# --- the handle -------------------------------------------------------------------------------------------------------


class OfficeType(types.Type):
    """The compiled type of the handle; named by a hash of its fields."""

    def __init__(self, fields: tuple[tuple[str, Column | TableType], ...]) -> None:
        self.fields = dict(fields)
        self.place: dict[str, int] = {}
        at = 0
        for name, kind in fields:
            self.place[name] = at
            at += 1 + kind.ndim
        text = repr([(name, str(kind)) for name, kind in fields])
        super().__init__(name=f"Office_{hashlib.sha256(text.encode()).hexdigest()[:16]}")


@cache
def _office_type(kinds: tuple[Column | TableType, ...]) -> OfficeType:
    return OfficeType(tuple(zip(Arrays._fields, kinds, strict=True)))


class Handle:
    """The addresses of an office's arrays, which it keeps alive."""

    __slots__ = ("_numba_type_", "address", "arrays", "block")

    def __init__(self, arrays: Arrays) -> None:
        if not all(array.flags.c_contiguous for array in arrays):
            raise ValueError("arrays of an office must be contiguous")
        self.arrays = arrays
        self.block = np.array([number for array in arrays for number in (array.ctypes.data, *array.shape)], np.int64)
        self.address: int = self.block.ctypes.data
        self._numba_type_ = _office_type(tuple(kind_of(array.dtype, array.ndim) for array in arrays))


@register_model(OfficeType)
class _OfficeModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, I64.as_pointer())


@infer_getattr
class _Array(AttributeTemplate):
    key = OfficeType

    def generic_resolve(self, office: OfficeType, attr: str) -> Any:
        return office.fields.get(attr)


@lower_getattr_generic(OfficeType)
def _lower_array(context: Any, builder: Any, office: OfficeType, value: Any, attr: str) -> Any:
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
