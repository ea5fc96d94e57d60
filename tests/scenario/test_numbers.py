"""Numbers in every way of writing them and every place of entry: read as the one thing they can mean, or refused with all readings."""

from __future__ import annotations

import itertools
import re
from fractions import Fraction
from pathlib import Path

import pytest

from jobcentre.scenario import Scenario, ScenarioError, check_file, load, to_yaml
from jobcentre.scenario.offices import read_sites
from jobcentre.scenario.yaml_file import scalar
from jobcentre.studies.levers import lever_of, values_of
from jobcentre.studies.questionnaire import questions, read_answer
from jobcentre.studies.sweep_plan_file import read_plan
from jobcentre.studies.sweep_plan_options import plan_from_options
from support.scenario_texts import SMALL, variant

pytestmark = pytest.mark.rules

BASE = load("baseline")
SMALL_ONE = load(SMALL)
WHOLE, NUMBER = "diary.appointments_per_day", "demand.starts_factor"
POUNDS = "money.salary_pounds"
LARGEST = {WHOLE: 400, NUMBER: 6, POUNDS: 1_000_000}  # docs/reference/figures.md
SPACES = (" ", "\u202f", "'")
GROUPS = (("3",), ("0",), ("2", "625"), ("1", "000"), ("2", "231", "000"))
DECIMALS = ("", "0", "5", "125", "000", "1250")
OTHER_DIGITS = ("\uff11", "\u0661\u0668", "2.\uff15", "1\u0660", "\u00b2", "\u2460")


def texts() -> list[str]:
    """Groups of digits with each mark between them, and decimals behind each mark."""
    found = []
    for groups, decimals in itertools.product(GROUPS, DECIMALS):
        marks = ("", ".", ",", *SPACES) if len(groups) > 1 else ("",)
        for thousands, point in itertools.product(marks, (".", ",") if decimals else ("",)):
            found.append(thousands.join(groups) + point + decimals)
    return list(dict.fromkeys(found))


def meanings(text: str) -> set[Fraction]:
    """What a text can mean, counted out anew: the last point or comma parts decimals, or every mark parts groups of three."""
    found = set()
    if re.fullmatch(r"[1-9][0-9]{0,2}(,[0-9]{3})+|[1-9][0-9]{0,2}(\.[0-9]{3})+|[1-9][0-9]{0,2}([^0-9,.][0-9]{3})+|[0-9]+", text):
        found.add(Fraction(re.sub("[^0-9]", "", text)))
    before, mark, after = max((text.rpartition(mark) for mark in ".,"), key=lambda parts: len(parts[0]) if parts[1] else -1)
    if mark and mark not in before and after.isdigit() and re.fullmatch(rf"[0-9]+|[1-9][0-9]{{0,2}}([^0-9{mark}][0-9]{{3}})+", before):
        found.add(Fraction(re.sub("[^0-9]", "", before)) + Fraction(int(after), 10 ** len(after)))
    return found


def said(error: ScenarioError) -> str:
    return "\n".join(map(str, error.problems))


def numbers_written(message: str, text: str) -> set[Fraction]:
    """The numbers that a message tells the reader to write."""
    words = re.findall(r"(?:write|(?:write [0-9.-]+ or)) (-?[0-9.]+)(?: or (-?[0-9.]+))?", message.replace(text, "…"))
    return {Fraction(number.rstrip(".")) for pair in words for number in pair if number}


def in_table(folder: Path, text: str, column: str) -> object:
    cells = {"office": "a", "region": "r", "posts": "20", "coaches": "20", column: text}
    (folder / "t.csv").write_text(";".join(cells) + "\n" + ";".join(f'"{cell}"' for cell in cells.values()) + "\n", encoding="utf-8")
    (site,) = read_sites(str(folder / "t.csv"), [SMALL_ONE]).sites
    return {"posts": site.posts, "searching": site.customers.get("searching")}.get(column, site.figures.get(column))


def answered(folder: Path, text: str, key: str) -> object:
    question = next(one for one in questions(BASE.settings) if one.key == key)
    try:
        return read_answer(text, question, {})
    except ValueError as error:
        raise ScenarioError([]) from error


@pytest.mark.parametrize(
    ("read", "column", "whole"),
    [
        (in_table, "posts", True), (in_table, WHOLE, True), (in_table, NUMBER, False),
        (answered, "customers_searching", True), (answered, "sick_days", False),
    ],
)  # fmt: skip
def test_a_table_and_an_answer_mean_one_thing_or_are_refused_with_both(tmp_path: Path, read, column: str, whole: bool) -> None:
    accepted = 0
    for text in texts():
        can_mean = meanings(text)
        try:
            value = read(tmp_path, text, column)
        except ScenarioError as error:
            message = said(error) if error.problems else str(error.__cause__)
            limits = any(words in message for words in ("between", "at most", "at least"))
            if len(can_mean) > 1:
                assert {Fraction(word) for word in re.findall(r" as ([0-9]+(?:\.[0-9]+)?)", message)} == can_mean, message
            elif can_mean and not limits:
                assert next(iter(can_mean)).denominator > 1, message
                assert whole, message
            assert numbers_written(message, text) <= can_mean, message
        else:
            assert {Fraction(str(value))} == can_mean, text
            accepted += 1
    assert accepted > 5


def from_file(folder: Path, text: str, path: str) -> object:
    section, key = path.split(".")
    return getattr(getattr(load(variant(folder, f"{section}: {{{key}: {text}, why: x}}\n")).settings, section), key)


def from_quotes(folder: Path, text: str, path: str) -> object:
    return from_file(folder, '"' + text + '"', path)


def from_set(folder: Path, text: str, path: str) -> object:
    section, key = path.split(".")
    return getattr(getattr(load("baseline", {path: text}).settings, section), key)


def from_plan(folder: Path, text: str, path: str) -> object:
    (folder / "p.yaml").write_text(f'title: A\nscenarios: [baseline]\nfigures: {{{path}: ["{text}", 7]}}\n', encoding="utf-8")
    return read_plan(folder / "p.yaml").points[0][0]


def from_bare_plan(folder: Path, text: str, path: str) -> object:
    (folder / "p.yaml").write_text(f"title: A\nscenarios: [baseline]\nfigures: {{{path}: [{text}, 5.5e0]}}\n".replace("5.5e0", "5"))
    return read_plan(folder / "p.yaml").points[0][0]


def from_range(folder: Path, text: str, path: str) -> object:
    return plan_from_options(["baseline"], [f"{path}={text}:6"]).plan.points[0][0]


@pytest.mark.parametrize(("path", "whole"), [(WHOLE, True), (NUMBER, False), (POUNDS, False)])
@pytest.mark.parametrize("read", [from_file, from_quotes, from_set, from_plan, from_bare_plan, from_range])
def test_yaml_and_options_mean_one_thing_or_suggest_only_what_the_text_can_mean(tmp_path: Path, path: str, whole: bool, read) -> None:
    """A point is a decimal point in YAML; refused is a number that the figure can also have without its point, or that must be whole."""
    accepted = 0
    largest = LARGEST[path]
    for text in texts():
        if "'" in text or ("," in text and read in (from_file, from_bare_plan)):
            continue  # in braces a comma ends the value
        can_mean = meanings(text)
        try:
            value = read(tmp_path, text, path)
        except ScenarioError as error:
            message = said(error)
            limits = any(words in message for words in ("at most", "from high to low", "step", "twice", "one value"))
            fixed = r"such as .*|write a list .*|as \[18.*|write [0-9.]+(:[0-9.]+)+"
            assert limits or numbers_written(re.sub(fixed, "", message), text) <= can_mean, message
            if (whole or max(can_mean, default=0) <= largest) and len(can_mean) > 1 and not limits and "," not in text:
                assert {Fraction(word) for word in re.findall(r"[0-9]+(?:\.[0-9]+)?", message)} >= can_mean, message
        else:
            assert re.fullmatch(r"[0-9]+(\.[0-9]+)?", text), text
            assert Fraction(str(value)) in can_mean
            assert len(can_mean) == 1 or (not whole and max(can_mean) > largest), text
            accepted += 1
    assert accepted > 1 or read is from_quotes or read is from_plan


@pytest.mark.parametrize("text", OTHER_DIGITS)
def test_only_the_digits_0_to_9_are_read_and_suggested(tmp_path: Path, text: str) -> None:
    for read in (from_file, from_set, from_plan, from_range):
        with pytest.raises(ScenarioError) as error:
            read(tmp_path, text, WHOLE)
        assert all(number.isascii() for number in re.findall(r"write ([\w.]+)", said(error.value)) if number[:1].isdigit())
    for column in ("posts", "searching", WHOLE):
        with pytest.raises(ScenarioError):
            in_table(tmp_path, text, column)
    with pytest.raises(ScenarioError):
        values_of(f"{text}:20", lever_of("coaches", None), BASE)
    with pytest.raises(ScenarioError):
        load("baseline", {"diary.protected_admin_start": f"1{text[-1:]}:30"})


def figures(scenario: Scenario) -> str:
    return repr((scenario.settings.model_dump(mode="json"), [dict(change.set) for change in scenario.changes]))


@pytest.mark.parametrize("zero", ["-0", "-0.0", "-0e5", "-1e-999", -0.0])
def test_minus_nought_is_nought(tmp_path: Path, zero: object) -> None:
    for path in (WHOLE, NUMBER, "conversation.late_minutes.cv", "groups.lcw.stock_per_post"):
        assert figures(load("baseline", {path: zero})) == figures(load("baseline", {path: "0"}))
    dated = "changes.admin.set.admin.factor"
    assert figures(load("oxford_surge_step", {dated: zero})) == figures(load("oxford_surge_step", {dated: str(zero).lstrip("-")}))
    assert not check_file(variant(tmp_path, f"demand: {{starts_factor: {zero}, why: x}}\n"))
    assert repr(from_file(tmp_path, str(zero), NUMBER)) == "0.0"
    assert repr(plan_from_options(["baseline"], [f"{NUMBER}={zero}:1"]).plan.points[0][0]) == "0.0"


@pytest.mark.parametrize("number", [1.125, -2.625, 40.001, 999.125, 0.125, 1000.125, 2.5, 1e-07, 1.25e21])
def test_a_number_that_is_written_out_has_one_reading(number: float) -> None:
    """Else what `show` prints could not be read again."""
    text = to_yaml({"x": number}).removeprefix("x: ").strip()
    read = scalar(text)
    assert type(read) is float
    assert read == number


@pytest.mark.parametrize("digits", ["\uff11\uff12", "1_2", "\u0661\u0662", "1\uff12"])
@pytest.mark.parametrize("option", ["--runs", "--seed", "--weeks", "--jobs", "--max-runs"])
def test_options_take_numbers_in_the_digits_0_to_9(jobcentre, option: str, digits: str) -> None:
    for words in ([option, digits], [f"{option}={digits}"]):
        status, _, err = jobcentre("run", "baseline", "--dry-run", *words)
        assert (status, "write 12" in err) == (2, True), err


@pytest.mark.parametrize("digits", ["1.500", "\uff11", "1,5", "2_0", "nan", "1e999"])
def test_limits_and_precisions_are_read_as_strictly(jobcentre, digits: str) -> None:
    for option, wish in (("--fail-if", "overtime_minutes_per_coach_day>"), ("--precision", "overtime_minutes_per_coach_day=")):
        status, _, err = jobcentre("run", "baseline", "--dry-run", option, wish + digits)
        assert (status, "write " in err) == (2, True), err


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("demand: {starts_factor: {value: 2, source: assumed, quality: assumed, range: [1.500, 60000]}}", "demand.starts_factor.range"),
        ("demand: {starts_factor: {value: 2, source: assumed, quality: assumed, range: [1, 60.000]}}", "demand.starts_factor.range"),
        ("sickness: {short: {days: {mean: 3, family: table, quantiles: [1, 1.500, 2], why: x}}}", "sickness.short.days.quantiles"),
        ("groups: {pre_wca: {decision: {to: {lcw: 0, lcwra: 1.000}, why: x}}}", "groups.pre_wca.decision.to"),
    ],
)
def test_a_number_that_has_no_limits_is_refused_where_it_can_be_read_in_two_ways(tmp_path: Path, text: str, path: str) -> None:
    plain = re.sub(r"([0-9])\.([0-9]{3})\b", r"\1.\g<2>0", text)
    assert plain != text
    assert not any("two ways" in str(problem) for problem in check_file(variant(tmp_path, plain + "\n", "plain.yaml")))
    (problem,) = [problem for problem in check_file(variant(tmp_path, text + "\n")) if "two ways" in problem.message]
    assert problem.path.startswith(path)
    assert problem.line is not None
