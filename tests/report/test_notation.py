"""One notation each, in every kind of page, on the terminal and in documents."""

from __future__ import annotations

import shutil

import pytest

from jobcentre.commands.output import print_results
from jobcentre.report.json_documents import comparison_document, run_facts
from jobcentre.runs.execute import ExecutionOptions
from jobcentre.runs.folder import experiment, json_ready
from jobcentre.runs.results import steadiness
from jobcentre.studies.compare import run_comparison
from support.nation_folders import one, two  # noqa: F401 - fixtures
from support.notation import faults_of_page, faults_of_text, strings_of
from support.report_folders import RUNS, comparison, out_of_reach, scenarios_of, single, staffing  # noqa: F401 - fixtures
from support.sweep_folders import sweep  # noqa: F401 - a fixture

pytestmark = pytest.mark.cli


def check(folder):
    assert faults_of_page((folder / "report.html").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "kind", ["single", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("comparison", "one", "two", "staffing", "out_of_reach"))]
)
def test_intervals_alone_stand_in_brackets_on_a_page(kind, request):
    check(request.getfixturevalue(kind))


def test_intervals_alone_stand_in_brackets_on_the_page_of_a_sweep(sweep):  # noqa: F811
    check(sweep)


def test_intervals_alone_stand_in_brackets_on_the_terminal_and_in_documents(comparison, tmp_path, capsys):  # noqa: F811
    scenarios = scenarios_of()
    asked = experiment("of-tests", scenarios, 1, tmp_path)
    shutil.copytree(comparison, asked.folder)
    results = run_comparison(asked, RUNS, ExecutionOptions(jobs=0, engine="compiled"))
    summaries, steady = results.summaries(), steadiness(results, scenarios)
    print_results(asked, asked.folder / "report.html", results, summaries, steady, RUNS, 1, False)
    said = capsys.readouterr().out
    assert "Coaches in post on" in said
    assert faults_of_text(said) == []
    facts = run_facts(asked.folder, asked.folder / "report.html", RUNS, 1, "compiled", results, [], steady)
    document = json_ready(comparison_document(results, summaries, facts))
    assert [fault for text in strings_of(document) for fault in faults_of_text(text)] == []


NUMBER = '<data value="0.5" data-of="{}">50.0 %</data>'
MEAN, LOW, HIGH = (NUMBER.format(f"{stat}|a|overloaded_share|") for stat in ("mean", "low", "high"))
LESS = [NUMBER.format(f"less|difference{end}|a|overloaded_share") for end in ("", "_low", "_high")]
LEAVERS = [NUMBER.format(f"response|{response}|a|mean") for response in ("low", "central", "high")]


@pytest.mark.parametrize(
    "text",
    [
        f"{MEAN} ({LOW} to {HIGH})",
        f"<b>{MEAN}</b> ({LOW} to {HIGH}), no difference (of any kind)",
        f"thought possible (range 3 to 6), {MEAN}",
        f"down by {LESS[0]} ({LESS[2]} to {LESS[1]})",
        f"up by {MEAN} ({LOW} to {HIGH}), {' / '.join(LEAVERS)}",
    ],
)
def test_what_is_right_is_let_pass(text):
    assert faults_of_page(f"<p>{text}</p>") == []


@pytest.mark.parametrize(
    "text",
    [
        f"from 1 to 2 (change {MEAN} ({LOW} to {HIGH}))",
        f"{MEAN} ({LOW} to {MEAN})",
        f"{MEAN} ({HIGH} to {LOW})",
        f"{MEAN} of the sets ({LOW} to {HIGH})",
        f"{MEAN} ({LEAVERS[0]} to {LEAVERS[2]})",
        "thought possible 4 (3 to 6)",
        f"{MEAN} ({LOW} to {HIGH}, clearly worse)",
        " / ".join(LEAVERS[::-1]),
        f"{LOW} / {HIGH}",
    ],
)
def test_what_is_wrong_is_found(text):
    assert len(faults_of_page(f"<p>{text}</p>")) == 1
