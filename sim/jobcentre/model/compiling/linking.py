"""Parts: compiled functions as other compiled functions call them.

numba makes machine code of every function together with all that it calls, and again for each of its callers, so that the
time to compile grows with the square of the model. A part stops at intermediate code; whatever Python calls takes in
all parts that it needs, once, and only then is optimised and turned into machine code. That divides the time by three.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
from llvmlite.binding import Linkage
from numba.core import compiler, types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler_machinery import register_pass
from numba.core.runtime import rtsys
from numba.core.typed_passes import NativeLowering

OPTIONS = {"fastmath": False, "error_model": "python"}

#: Called each time a part has been made, with the number so far, and each time machine code has, with the function's
#: name; a command shows its progress by it.
watchers: list[Callable[[int, str], None]] = []
_made: list[str] = []
_compiled: list[str] = []


def machine_code_made() -> int:
    """The number of functions called from Python that this process has compiled to machine code so far."""
    return len(_compiled)


class _PartLibrary(JITCodeLibrary):
    """Intermediate code of one function, to be linked into others."""

    def finalize(self) -> None:
        """Nothing is linked in, optimised or turned into machine code here."""
        self._raise_if_finalized()
        self._final_module.verify()
        self._finalized = True

    def needed(self) -> list[Any]:
        """This library and all that it calls, directly or not; callees come complete, since they were compiled first."""
        return [self, *dict.fromkeys(self._linking_libraries)]


class _WholeLibrary(JITCodeLibrary):
    """Machine code of one function with all its parts, which nothing else can call: so they may be changed to suit each other."""

    def _optimize_final_module(self) -> None:
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == Linkage.linkonce_odr:
                function.linkage = "internal"
        super()._optimize_final_module()


@register_pass(mutates_CFG=True, analysis_only=False)
class _WholeLowering(NativeLowering):
    """Lowers a function that Python calls."""

    _name = "whole_lowering"

    def run_pass(self, state: Any) -> bool:
        """Runs the pass on the state of a compilation."""
        state.library = _WholeLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return bool(super().run_pass(state))


@register_pass(mutates_CFG=True, analysis_only=False)
class _PartLowering(NativeLowering):
    """Lowers a function to intermediate code and makes it known to its callers."""

    _name = "part_lowering"

    def run_pass(self, state: Any) -> bool:
        """Runs the pass on the state of a compilation."""
        flags, context = state.flags, state.targetctx
        flags.no_compile = flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
        state.library = _PartLibrary(context.codegen(), state.func_id.func_qualname)
        super().run_pass(state)
        lowered = state["cr"]
        key = object()  # by which callers find it; there is nothing that Python could call
        context.insert_user_function(key, lowered.fndesc, state.library.needed())
        state["cr"] = lowered._replace(cfunc=key)
        return True


class _PartCompiler(compiler.CompilerBase):
    """numba's ordinary passes but for the last."""

    lowering: type[NativeLowering] = _PartLowering

    def define_pipelines(self) -> list[Any]:
        """The passes."""
        passes = compiler.DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.passes = [(self.lowering, text) if step is NativeLowering else (step, text) for step, text in passes.passes]
        passes.finalize()
        return [passes]


class _WholeCompiler(_PartCompiler):
    """The same for what Python calls."""

    lowering = _WholeLowering


class _OnDisk:
    """The cache of one function, as numba calls it."""

    def __init__(self, function: Callable[..., Any], cache: Any) -> None:
        self.name, self.cache = f"{function.__module__}.{function.__qualname__}", cache
        self.cache_path = str(cache.folder)

    def load_overload(self, signature: Any, context: Any) -> Any:
        """Compiled code of a signature, or None."""
        rtsys.initialize(context)  # all that running needs; what compiling needs besides takes a quarter of a second to load
        payload = self.cache.load(self.name, _key(signature, context.codegen()))
        try:
            return None if payload is None else compiler.CompileResult._rebuild(context, *payload)
        except Exception:  # whole, but not what this numba saves: it can be compiled again
            return None

    def save_overload(self, signature: Any, result: Any) -> None:
        """Keeps compiled code."""
        _compiled.append(self.name)
        for watcher in watchers:
            watcher(len(_made), self.name)
        self.cache.save(self.name, _key(signature, result.codegen), result._reduce())


def _key(signature: Any, codegen: Any) -> str:
    return repr((str(signature), codegen.magic_tuple()))


def compiled_with_parts(function: Callable[..., Any], cache: Any, inline: bool) -> Any:
    """The function as Python calls it; calls from compiled code go to its part."""
    compiled = numba.njit(pipeline_class=_WholeCompiler, **OPTIONS)(function)
    compiled._cache = _OnDisk(function, cache)
    parts: list[Any] = []

    def part() -> Any:
        if not parts:  # made when first called for: most processes find all code on disk
            parts.append(numba.njit(pipeline_class=_PartCompiler, forceinline=inline, **OPTIONS)(function))
            parts[0].add_overload = keep
        return parts[0]

    def keep(result: Any) -> None:
        parts[0].overloads[tuple(result.signature.args)] = result
        _made.append(function.__name__)
        for watcher in watchers:
            watcher(len(_made), "")

    def with_plain_types(args: Any, kws: Any) -> Any:
        return part().get_call_template(tuple(_plain(kind) for kind in args), {name: _plain(kind) for name, kind in dict(kws).items()})

    def overload(signature: Any) -> Any:
        return part().get_overload(signature)

    compiled.get_call_template, compiled.get_overload = with_plain_types, overload
    return compiled


def _plain(kind: Any) -> Any:
    """Literals, small whole numbers and names of an IntEnum as plain whole numbers.

    numba would compile the function anew for each combination of them, which trebles the time to compile.
    """
    kind = types.unliteral(kind)
    if isinstance(kind, types.IntEnumMember) or (isinstance(kind, types.Integer) and kind.signed):
        return types.int64
    return kind
