"""Every figure of the baseline says where it comes from, and agrees with what its source gives."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobcentre.scenario.evidence import QUALITIES, Evidence, evidence_summary, load_sources, published_numbers
from jobcentre.scenario.load import Scenario, load
from jobcentre.scenario.schema_paths import all_figures
from support.places import SCENARIOS

FILES = sorted(path for path in SCENARIOS.glob("*.yaml") if path.stem != "sources")
#: What a row is called and where it leads; all else is a figure.
NAMES = (("groups", "*", "label"), ("groups", "*", "number"), ("groups", "*", "exits", "*", "to"))
FROM_A_SOURCE = ("measured", "reported", "policy", "testimony")


@pytest.fixture(scope="module")
def baseline() -> Scenario:
    return load(SCENARIOS / "baseline.yaml")


def value_at(scenario: Scenario, path: str) -> Any:
    found: Any = scenario.resolved()
    for key in path.split("."):
        found = found[key]
    return found


def middle(value: Any) -> Any:
    """A figure's value, or the mean of a distribution."""
    return value["mean"] if isinstance(value, dict) else value


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def figures(tree: Any, pattern: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The paths in a tree that match a path in which `*` is any name."""
    if not pattern:
        yield ()
    elif isinstance(tree, dict):
        for key in tree if pattern[0] == "*" else [pattern[0]]:
            if tree.get(key) is not None:
                yield from ((key, *rest) for rest in figures(tree[key], pattern[1:]))


def agrees(value: Any, given: list[Any]) -> bool:
    """Whether a value is one of the numbers or states given, or lies inside a span given as two numbers."""
    for one in given:
        if is_number(value) and isinstance(one, tuple) and one[0] <= value <= one[1]:
            return True
        if is_number(value) and is_number(one) and math.isclose(value, one, rel_tol=1e-9):
            return True
        if type(value) is type(one) and not is_number(value) and value == one:
            return True
    return False


def stated(scenario: Scenario) -> Iterator[tuple[str, Any, Evidence]]:
    """Path, value and evidence of every figure of a scenario and of its dated changes."""
    for path, said in scenario.evidence.items():
        yield path, value_at(scenario, path), said
    for change in scenario.changes:
        for path, said in change.evidence.items():
            yield path, change.set[path], said


# --- arithmetic in notes ---------------------------------------------------------------------------------------------

STEP = r"(?:(?<![\w.])[(\d][\d.,()\s×÷+−]*?\d\)*\s*[×÷+−]\s*[\d.,()\s×÷+−]*?[\d)])"
EQUATION = re.compile(rf"({STEP})\s*([=≈])\s*(\d[\d,]*(?:\.\d+)?)")
DOES = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def arithmetic(text: str) -> float:
    """The value of a sum of numbers written with + − × ÷ and brackets."""

    def work(node: ast.AST) -> float:
        if isinstance(node, ast.BinOp):
            return float(DOES[type(node.op)](work(node.left), work(node.right)))
        assert isinstance(node, ast.Constant)
        assert isinstance(node.value, int | float)
        return float(node.value)

    plain = text.replace(",", "").replace("×", "*").replace("÷", "/").replace("−", "-")
    return work(ast.parse(plain.strip(), mode="eval").body)


def equations(note: str) -> list[tuple[float, float, float]]:
    """Left side, right side and half a unit of the right side's last digit, of each equation in a note."""
    found = []
    for left, _, right in EQUATION.findall(note):
        number = right.replace(",", "")
        digits = len(number.partition(".")[2])
        found.append((arithmetic(left), float(number), 0.5 * 10**-digits))
    return found


def test_arithmetic_is_read_as_people_write_it() -> None:
    first, second = equations("By B9: 1,662,380 ÷ 17,160 ≈ 97 per post; then 0.95 × (2 × 0.10 − 82 × 0.00047) ÷ 4 = 0.04.")
    assert first == pytest.approx((96.8753, 97, 0.5), abs=1e-4)
    assert second == pytest.approx((0.03834675, 0.04, 0.005))
    assert equations("from 5 to 10 in 2016") == []


# --- the baseline ----------------------------------------------------------------------------------------------------


def test_every_figure_of_the_baseline_has_source_and_quality(baseline: Scenario) -> None:
    """Figures that the file leaves out stand at the schema's default, which is off."""
    tree = baseline.resolved()
    in_force = {".".join(path): spot for pattern, spot in all_figures() if pattern not in NAMES for path in figures(tree, pattern)}
    full = {path for path, said in baseline.evidence.items() if said.is_full}
    assert len(full) > 250
    for path in in_force.keys() - full:
        field = in_force[path].field
        assert field is not None, path
        assert not field.is_required(), path
        assert value_at(baseline, path) == field.default, path
        assert path not in baseline.evidence, path


def test_numbers_of_the_baseline_have_a_range_that_holds_them(baseline: Scenario) -> None:
    """A number from a rule may stand without a range."""
    without = []
    for path, said in baseline.evidence.items():
        value = middle(value_at(baseline, path))
        if not is_number(value):
            continue
        if said.range is None:
            without.append((path, said.quality))
        else:
            assert said.range[0] <= value <= said.range[1], path
    assert [path for path, quality in without if quality != "policy" and not path.startswith("groups.pre_wca.decision")] == []


def test_qualities_go_with_their_sources(baseline: Scenario) -> None:
    for path, said in baseline.evidence.items():
        assert said.quality in QUALITIES, path
        assert (said.quality == "assumed") == (said.source == ("assumed",)), path


def test_summary_counts_what_the_file_says(baseline: Scenario) -> None:
    text = (SCENARIOS / "baseline.yaml").read_text(encoding="utf-8")
    summary = evidence_summary(baseline.evidence)
    assert summary.counts == {quality: len(re.findall(rf"\bquality: {quality}\b", text)) for quality in QUALITIES}
    assert len(summary.assumed) == summary.counts["assumed"]
    known_gaps = {"diary.appointments_per_day", "admin.held_minutes", "strain.half_life_days", "responses.central.leaving_ceiling"}
    assert known_gaps <= set(summary.assumed)
    assert "groups.searching.failed_share" not in summary.assumed
    assert summary.reason_only == ()
    assert summary.total == len(baseline.evidence)


# --- all scenario files ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_every_source_id_is_in_the_list_of_publications(file: Path) -> None:
    known = {source for one in load_sources().values() for source in one.gives} | {"assumed"}
    for path, _, said in stated(load(file)):
        assert set(said.source) <= known, path


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_figures_from_a_source_agree_with_what_it_gives(file: Path) -> None:
    publications = load_sources()
    for path, value, said in stated(load(file)):
        if said.quality in FROM_A_SOURCE:
            given = published_numbers(said.source, publications)
            assert agrees(middle(value), given), f"{path} is {middle(value)}, but {', '.join(said.source)} gives {given}"


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_derived_figures_show_how(file: Path) -> None:
    """The note's last result is the value, or its results enclose the value, or the note names the target that a simulation met."""
    for path, value, said in stated(load(file)):
        if said.quality != "derived" or said.note.startswith("Set so that"):
            continue
        results = [right for _, right, _ in equations(said.note)]
        assert results, f"{path} shows no arithmetic: {said.note}"
        assert results[-1] == pytest.approx(middle(value)) or min(results) < middle(value) < max(results), path


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_arithmetic_in_notes_is_right(file: Path) -> None:
    scenario = load(file)
    notes = [said.note + " " + said.why for _, _, said in stated(scenario)]
    comments = [line.strip("# \n") for line in file.read_text(encoding="utf-8").splitlines() if line.lstrip().startswith("#")]
    for note in [*notes, *comments, scenario.question]:
        for left, right, half_unit in equations(note):
            assert abs(left - right) <= half_unit * 1.0001, note


# --- publications ----------------------------------------------------------------------------------------------------


def test_publications_say_what_was_read() -> None:
    for key, one in load_sources().items():
        assert all(isinstance(text, str) and text for text in (one.title, one.publisher, one.date)), key
        assert one.url is None or one.url.startswith(("https://", "http://")), key
        assert one.read_as in ("report", "excerpt", "press summary"), key
        assert one.gives, key
        for source, given in one.gives.items():
            assert re.fullmatch(r"[A-GM]\d{1,2}", source), key
            assert given.unit, source
            assert given.quality in QUALITIES, source
            for number in given.numbers.values():
                assert not isinstance(number, tuple) or (len(number) == 2 and number[0] < number[1]), source


def test_a_value_outside_what_its_source_gives_is_noticed() -> None:
    assert agrees(18, [(17, 19), 27])
    assert agrees(27.0, [(17, 19), 27])
    assert not agrees(22, [(17, 19), 27])
    assert not agrees(True, [1])
    assert agrees("after_breakdown", ["after_breakdown", 0])
