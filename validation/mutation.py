"""The page on mutation testing: do the tests of rules, verdicts and intervals notice a changed operator, number or condition?

A random sample of mutants, each played against the tests of its room, uncompiled.
"""

from __future__ import annotations

import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import NamedTuple

from jobcentre.runs.worker import default_jobs
from jobcentre.stats.exact import clopper_pearson
from validation.pages import SEED, say, table

ROOT = Path(__file__).parents[1]
PACKAGE = Path("sim/jobcentre")
#: What is mutated, and the tests that should notice.
ROOMS = {
    "model/rules/*.py": ("tests/rules",),
    "stats/intervals.py": ("tests/stats/test_intervals.py", "tests/stats/test_proportions.py", "tests/stats/test_comparisons.py"),
    "stats/comparisons.py": ("tests/stats/test_comparisons.py",),
    "stats/reversal.py": ("tests/stats/test_reversal.py",),
}
SECONDS = 300
_SWAPPED: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot,
    ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


class Mutant(NamedTuple):
    """A change of one node of a module's syntax tree."""

    file: str
    node: int
    line: int
    change: str
    tests: tuple[str, ...]


def mutation_page(number: int) -> str:
    """Writes the page, from a sample of so many mutants."""
    every = [
        mutant for pattern, tests in ROOMS.items() for file in sorted((ROOT / PACKAGE).glob(pattern)) for mutant in mutants(file, tests)
    ]
    sample = random.Random(SEED).sample(every, min(number, len(every)))
    places: Queue[Path] = Queue()
    with tempfile.TemporaryDirectory() as folder:
        for worker in range(default_jobs()):
            place = Path(folder) / str(worker)
            for part in ("sim", "tests", "scenarios"):
                shutil.copytree(ROOT / part, place / part)
            shutil.copy(ROOT / "pyproject.toml", place)
            places.put(place)

        def played(mutant: Mutant) -> bool:
            place = places.get()
            try:
                return killed(mutant, place)
            finally:
                places.put(place)

        with ThreadPoolExecutor(default_jobs()) as pool:
            results = []
            for done, one in enumerate(pool.map(played, sample), 1):
                results.append(one)
                if done % 25 == 0:
                    say(f"{done} of {len(sample)} mutants, {sum(results)} killed")
    low, high = clopper_pearson(sum(results), len(results))
    rows = []
    for pattern in ROOMS:
        mine = [one for mutant, one in zip(sample, results, strict=True) if (PACKAGE / mutant.file).match(str(PACKAGE / pattern))]
        rows.append((f"`{pattern}`", f"{len(mine)}", f"{sum(mine)}"))
    survivors = [(f"`{one.file}`", f"{one.line}", f"`{one.change}`") for one, dead in zip(sample, results, strict=True) if not dead]
    return "\n".join(
        [
            "# Do the tests notice a mistake?",
            "",
            f"Made by `python -m validation mutation {number}`, which is not part of CI. {len(sample)} of {len(every)} possible mutants of rules, verdicts and "
            "intervals, each one changed operator, number or condition, were played against the tests of their room, uncompiled.",
            "",
            f"**{sum(results)} of {len(results)} were killed, {100 * sum(results) / len(results):.0f} %** "
            f"(exact 95 % interval {100 * low:.0f} to {100 * high:.0f}).",
            "",
            table(("what", "mutants", "killed"), rows),
            "",
            "## Survivors",
            "",
            table(("file", "line", "change"), survivors) if survivors else "None.",
            "",
        ]
    )  # fmt: skip


def mutants(file: Path, tests: tuple[str, ...]) -> Iterator[Mutant]:
    """Every mutant of a module, docstrings and annotations left alone."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    name = file.relative_to(ROOT / PACKAGE).as_posix()
    for number, node in enumerate(ast.walk(tree)):
        before = _text(node)
        if _mutated(node):
            yield Mutant(name, number, getattr(node, "lineno", 0), f"{before} → {_text(node)}".replace("|", "∣"), tests)


def killed(mutant: Mutant, place: Path) -> bool:
    """Whether the tests fail, or do not end, in a copy of the program with the mutant."""
    file = place / PACKAGE / mutant.file
    source = file.read_text(encoding="utf-8")
    tree = ast.parse(source)
    _mutated(next(node for number, node in enumerate(ast.walk(tree)) if number == mutant.node))
    file.write_text(ast.unparse(ast.fix_missing_locations(tree)), encoding="utf-8")
    environment = {
        **os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(map(str, (place / "sim", place, place / "tests"))),
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    try:
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *mutant.tests]
        ended = subprocess.run(command, cwd=place, env=environment, capture_output=True, timeout=SECONDS, check=False)
        return ended.returncode == 1
    except subprocess.TimeoutExpired:
        return True
    finally:
        file.write_text(source, encoding="utf-8")


def _mutated(node: ast.AST) -> bool:
    """Changes a node in place; False where there is nothing to change."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _SWAPPED:
        node.ops[0] = _SWAPPED[type(node.ops[0])]()
        return True
    if isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in _SWAPPED:
        node.op = _SWAPPED[type(node.op)]()
        return True
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        node.op = ast.UAdd() if isinstance(node.op, ast.USub) else ast.Not()
        if isinstance(node.op, ast.Not):
            node.operand = ast.UnaryOp(ast.Not(), node.operand)
        return True
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        node.value = node.value + 1
        return True
    if isinstance(node, ast.IfExp):
        node.body, node.orelse = node.orelse, node.body
        return True
    return False


def _text(node: ast.AST) -> str:
    try:
        return ast.unparse(node)[:80]
    except (AttributeError, ValueError):
        return ""
