"""How the model's functions are compiled: one decorator, and one more for the few that are called most.

Where numba is missing or switched off (NUMBA_DISABLE_JIT=1) the same functions run as plain Python, with the same
results, about two hundred times slower; `WHY_PLAIN` then says why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from jobcentre.model.compiling.code_cache import CodeCache, source_hash

try:
    import numba

    WHY_PLAIN = "compiling is switched off (NUMBA_DISABLE_JIT)" if numba.config.DISABLE_JIT else ""
    VERSION = source_hash()
    CHECKED = bool(numba.config.BOUNDSCHECK)
except Exception as error:  # not installed, or not made for this processor, system or Python
    WHY_PLAIN = f"numba cannot be used here ({type(error).__name__}: {error})"
    VERSION, CHECKED = "plain", False

Function = TypeVar("Function", bound=Callable[..., Any])

COMPILES = not WHY_PLAIN
CACHE = CodeCache(VERSION, "-checked" if CHECKED else "") if COMPILES else None
#: Names of the functions that can be compiled.
FUNCTIONS: list[str] = []


def jit(function: Function) -> Function:
    """Compiles a function of the model, once: exact arithmetic, no fused operations, one type per argument.

    Called from Python it becomes machine code of its own, kept on disk. Called by another compiled function it becomes a
    part of that one's machine code (sim/jobcentre/model/compiling/linking.py).
    """
    return _compiled(function, inline=False)


def jit_inline(function: Function) -> Function:
    """As `jit`, and copied into every compiled function that calls it: for what is called very often and is short."""
    return _compiled(function, inline=True)


def _compiled(function: Function, *, inline: bool) -> Function:
    FUNCTIONS.append(function.__name__)
    if not COMPILES:
        return function
    from jobcentre.model.compiling.linking import compiled_with_parts

    return compiled_with_parts(function, CACHE, inline)
