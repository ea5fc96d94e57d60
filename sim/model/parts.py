"""Parts: compiled functions that only other compiled functions call.

numba makes machine code of every function together with all that it calls, and again for each of its callers, so that the
time to compile grows with the square of the model. A part stops at intermediate code; whatever Python calls takes in
all parts that it needs, once, and only then is optimised and turned into machine code. That divides the time by three.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
from numba.core import compiler
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NativeLowering


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

    def define_pipelines(self) -> list[Any]:
        """The passes."""
        passes = compiler.DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.passes = [(_PartLowering, text) if step is NativeLowering else (step, text) for step, text in passes.passes]
        passes.finalize()
        return [passes]


def part_of(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    """A dispatcher for calls from compiled code only."""
    part = numba.njit(pipeline_class=_PartCompiler, **options)(function)

    def keep(result: Any) -> None:
        part.overloads[tuple(result.signature.args)] = result

    part.add_overload = keep
    return part
