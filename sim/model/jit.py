"""How the model's functions are compiled: one decorator, and an on-disk cache that can never be stale.

numba's cache does not notice a change in a function of another file; therefore the cache folder's name holds a hash
over every source file of the model.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core import types

from sim.model.parts import part_of

Function = TypeVar("Function", bound=Callable[..., Any])


def source_hash() -> str:
    """Hash over the model's source files: what a compiled function may depend on."""
    digest = hashlib.sha256(numba.__version__.encode())
    folder = Path(__file__).parent
    for file in sorted(folder.rglob("*.py")):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _cache_folder() -> Path | None:
    """A writable folder for compiled code, or None where there is none."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    for base in (
        os.environ.get("JOBCENTRE_CACHE_DIR"),
        os.path.join(home, "jobcentre"),
        os.path.join(tempfile.gettempdir(), "jobcentre-cache"),
    ):
        if not base:
            continue
        folder = Path(base) / f"model-{source_hash()}{'-checked' if os.environ.get('NUMBA_BOUNDSCHECK') == '1' else ''}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return None


CACHE_FOLDER = _cache_folder()
if CACHE_FOLDER is not None:
    numba.config.CACHE_DIR = str(CACHE_FOLDER)


def jit(function: Function) -> Function:
    """Compiles a function of the model, once: exact arithmetic, no fused operations, one type per argument.

    Called from Python it becomes machine code of its own, kept on disk. Called by another compiled function it becomes a
    part of that one's machine code (sim/model/parts.py).
    """
    options: dict[str, Any] = {"fastmath": False, "error_model": "python"}
    compiled = numba.njit(cache=CACHE_FOLDER is not None, **options)(function)
    if not numba.config.DISABLE_JIT:
        _call_as_part(compiled, part_of(function, options))
    return compiled


def _call_as_part(compiled: Any, part: Any) -> None:
    """Lets calls in compiled code go to the part, with literals, small whole numbers and names of an IntEnum as plain whole numbers.

    numba would compile the function anew for each combination of them, which trebles the time to compile.
    """

    def with_plain_types(args: Any, kws: Any) -> Any:
        return part.get_call_template(tuple(_plain(kind) for kind in args), {name: _plain(kind) for name, kind in dict(kws).items()})

    compiled.get_call_template = with_plain_types
    compiled.get_overload = part.get_overload


def _plain(kind: Any) -> Any:
    kind = types.unliteral(kind)
    if isinstance(kind, types.IntEnumMember) or (isinstance(kind, types.Integer) and kind.signed):
        return types.int64
    return kind
