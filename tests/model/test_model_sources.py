"""What is compiled depends on the model's sources alone: the folder of compiled code is named by a hash over them and nothing else."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from benchmarks import log_cost
from jobcentre.model.compiling import FUNCTIONS
from jobcentre.model.compiling.code_cache import MODEL

pytestmark = pytest.mark.engines
ALLOWED = {"numpy", "xxhash"} | set(sys.stdlib_module_names)
STRICT = sorted([*(MODEL / "rules").glob("*.py"), *(MODEL / "steps").glob("*.py"), *(MODEL / f"{n}.py" for n in ("random_numbers", "events", "choices", "log_writers", "compiled_engine"))])  # type: ignore[list-item]  # fmt: skip


def imported(tree: ast.AST) -> dict[str, str]:
    """Names that a file's imports bind, and the module of each."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.asname or alias.name.partition(".")[0]: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute in this house"
            found |= {alias.asname or alias.name: str(node.module) for alias in node.names}
    return found


def is_outside(module: str) -> bool:
    return module.partition(".")[0] not in ALLOWED and module != "jobcentre.model" and not module.startswith("jobcentre.model.")


def is_compiled(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and any(
        isinstance(one, ast.Name) and one.id in ("jit", "jit_inline") for one in node.decorator_list
    )


def names_in(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def reached(tree: ast.Module) -> set[str]:
    """Names that a file's compiled functions use, also by way of names given a value in the file."""
    given = {}
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            given |= {name: names_in(node.value) if node.value else set() for target in targets for name in names_in(target)}
        elif isinstance(node, ast.ClassDef) or (isinstance(node, ast.FunctionDef) and not is_compiled(node)):
            given[node.name] = names_in(node)
    # a signature's types are not looked at: numba goes by what is given
    todo = {name for node in tree.body if is_compiled(node) for one in node.body for name in names_in(one)}
    found: set[str] = set()
    while todo:
        found |= todo
        todo = {name for one in todo for name in given.get(one, ())} - found
    return found


def outside_names(text: str) -> dict[str, str]:
    """Names from outside the model that compiled functions of a file reach."""
    tree = ast.parse(text)
    return {name: module for name, module in imported(tree).items() if is_outside(module) and name in reached(tree)}


@pytest.mark.parametrize("file", STRICT, ids=lambda path: path.relative_to(MODEL).as_posix())
def test_rules_and_steps_import_nothing_from_outside_the_model(file: Path) -> None:
    assert {name: module for name, module in imported(ast.parse(file.read_text(encoding="utf-8"))).items() if is_outside(module)} == {}


def test_no_compiled_function_uses_a_name_from_outside_the_model() -> None:
    files = {file: file.read_text(encoding="utf-8") for file in sorted(MODEL.rglob("*.py"))}
    with_compiled = [file for file, text in files.items() if any(is_compiled(node) for node in ast.walk(ast.parse(text)))]
    functions = [node.name for file in with_compiled for node in ast.walk(ast.parse(files[file])) if is_compiled(node)]  # type: ignore[attr-defined]
    assert sorted([*functions, log_cost.write_again.__name__]) == sorted(
        FUNCTIONS
    )  # the search has found all that the decorator has seen, below the hashed folder
    assert {file.name: found for file in with_compiled if (found := outside_names(files[file]))} == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [("from jobcentre.scenario.schema import WEEK\n@jit\ndef f(a): return a + WEEK", {"WEEK": "jobcentre.scenario.schema"}),
     ("from jobcentre.scenario.schema import WEEK\nDAYS = len(WEEK)\nMORE = DAYS + 1\n@jit\ndef f(a): return a + MORE", {"WEEK": "jobcentre.scenario.schema"}),
     ("import scipy.special as s\ndef g(a): return s.erf(a)\n@jit\ndef f(a): return g(a)", {"s": "scipy.special"}),
     ("import jobcentre.scenario.working_days\n@jit\ndef f(a): return jobcentre.scenario.working_days.X", {"jobcentre": "jobcentre.scenario.working_days"}),
     ("from jobcentre.scenario.schema import WEEK\ndef g(): return WEEK\n@jit\ndef f(a): return a", {}),
     ("import math\nimport numpy as np\nfrom jobcentre.model.events import KIND\n@jit\ndef f(a): return a[KIND] + math.pi + np.pi", {})],
)  # fmt: skip
def test_the_search_finds_what_it_is_there_for(text, found):
    assert outside_names(text) == found
