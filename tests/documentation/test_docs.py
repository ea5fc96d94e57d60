"""What the README and docs/ say is true of the program: commands work, links lead somewhere, names exist, made pages are fresh."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml

from docs.make_pages import PAGES
from jobcentre.commands import app
from jobcentre.commands.output import CHECK_FAILED, DONE
from jobcentre.metrics import BY_NAME
from jobcentre.scenario import load
from jobcentre.scenario.evidence import evidence_summary, load_sources
from jobcentre.scenario.files import PACKAGE_SCENARIOS, scenario_files
from jobcentre.scenario.schema_paths import ROOT as SCHEMA
from jobcentre.scenario.schema_paths import all_figures, child_names, node_at, step
from support.places import ROOT

README = ROOT / "README.md"
RESULTS = ROOT / "docs" / "results"
DOCS = sorted(path for path in (ROOT / "docs").rglob("*.md") if RESULTS not in path.parents)
MADE = {ROOT / "docs" / name for name in PAGES}
WRITTEN = [path for path in [README, *DOCS] if path not in MADE]
TEXTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [README, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *DOCS]
}
SCENARIOS = list(scenario_files(PACKAGE_SCENARIOS))
COMMANDS = typer.main.get_command(app.app).commands
CODE = re.compile(r"`([^`\n]+)`")
OPTION = re.compile(r"--[a-z-]+")


def blocks(text: str) -> Iterator[str]:
    """Code blocks, fenced and indented."""
    yield from re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    unfenced = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    yield from re.findall(r"(?:^ {4}\S.*\n)+", unfenced, re.MULTILINE)


def lines() -> list[str]:
    """Every command line of the README, without comments and indentation."""
    found = [line.split("  #")[0].strip() for block in blocks(README.read_text(encoding="utf-8")) for line in block.splitlines()]
    return [line for line in found if re.match(r"(jobcentre|make|python3|py|\.venv)\b", line)]


def words_of(line: str) -> list[str]:
    """The words after `jobcentre`; none for another program."""
    first, *rest = shlex.split(line.replace("\\", "/"))
    return rest if Path(first).name == "jobcentre" else []


LINES = lines()
JOBCENTRE = [line for line in LINES if words_of(line)]
ON_A_CLUSTER = [
    line for line in JOBCENTRE if "--cluster" in line
]  # tests/documentation/test_docs_sweeps.py runs them, with a real scheduler


# --- pages made from the code ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_a_made_page_is_what_make_docs_would_write(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == PAGES[name](), "out of date: run `make docs`"


def test_the_changelog_has_the_form_it_says_it_has() -> None:
    heads = re.findall(r"^## \[(.+?)\]", TEXTS["CHANGELOG.md"], re.MULTILINE)
    kinds = set(re.findall(r"^### (.+)$", TEXTS["CHANGELOG.md"], re.MULTILINE))
    assert heads[0] == "Unreleased"
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


# --- commands of the README ------------------------------------------------------------------------------------------


def test_the_readme_has_commands_for_make_linux_and_windows() -> None:
    assert {"make demo", "make test"} <= set(LINES)
    assert len(JOBCENTRE) >= 10
    for start in ("python3 -m venv", ".venv/bin/python -m pip", "py -3.11", ".venv\\Scripts\\python -m pip"):
        assert any(line.startswith(start) for line in LINES), start


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for name, text in TEXTS.items():
        named = {word for code in CODE.findall(text) for word in re.findall(r"^make ([a-z-]+)$", code)}
        named |= {line.split()[1] for line in LINES if line.startswith("make ")}
        assert named <= targets, name


def test_files_named_in_pip_lines_exist() -> None:
    named = [word for line in LINES if " pip " in line for word in shlex.split(line.replace("\\", "/")) if word.endswith(".txt")]
    assert named
    assert all((ROOT / word).is_file() for word in named)


@pytest.mark.parametrize("line", JOBCENTRE)
def test_a_command_line_of_the_readme_is_understood(line: str) -> None:
    name, *rest = words_of(line)
    assert COMMANDS[name].make_context(name, rest).params


def test_the_table_of_commands_is_the_list_of_commands() -> None:
    table = re.findall(r"^\| `jobcentre ([a-z-]+)", TEXTS["README.md"], re.MULTILINE)
    assert sorted(table) == sorted(COMMANDS)


def test_options_named_in_the_docs_exist() -> None:
    known = {option for one in COMMANDS.values() for parameter in one.params for option in (*parameter.opts, *parameter.secondary_opts)} | {
        "--help"
    }
    for path in WRITTEN:
        text = "\n".join(CODE.findall(path.read_text(encoding="utf-8")))
        assert set(OPTION.findall(text)) <= known, path.name


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the README's own scenario file."""
    folder = tmp_path_factory.mktemp("readme")
    (scenario,) = re.findall(r"^```yaml\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (folder / "three_posts_empty.yaml").write_text(scenario, encoding="utf-8")
    return folder


@pytest.mark.cli
@pytest.mark.parametrize("line", dict.fromkeys(shlex.join(words_of(line)) for line in JOBCENTRE if line not in ON_A_CLUSTER))
def test_a_command_line_of_the_readme_works(
    line: str, visited: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """For real, with one run or round where the README has many."""
    monkeypatch.chdir(visited)
    words = shlex.split(re.sub(r"--rounds \d+", "--rounds 1", re.sub(r"--runs \d+", "--runs 1 --jobs 0", line)))
    if words[0] == "staffing":
        words += ["--range", "30:31", "--runs", "5", "--jobs", "0", "--no-responses"]
    with pytest.raises(SystemExit) as ended:
        app.main(words)
    said = capsys.readouterr()
    wanted = (DONE, CHECK_FAILED) if "--fail-if" in words or words[0] == "diff-runs" else (DONE,)
    assert ended.value.code in wanted, said.err
    assert said.out.strip()


@pytest.mark.cli
def test_a_results_folder_holds_what_the_readme_says(visited: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(visited)
    with pytest.raises(SystemExit):
        app.main(
            ["compare", "baseline", "three_posts_empty.yaml", "remote_first", "--runs", "1", "--jobs", "0", "--quiet", "--out", "apart"]
        )
    (folder,) = (visited / "apart").glob("compare-baseline-*")
    section = TEXTS["docs/folders.md"].split("\n## ")[1]
    named = {name.strip("/") for name in re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)}
    assert {path.name for path in folder.iterdir() if not path.name.startswith(".")} == named


# --- names in the text -----------------------------------------------------------------------------------------------


def anchors(text: str) -> set[str]:
    """The anchors that headings of a Markdown page have."""
    heads = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[page]):
        if re.match(r"[a-z]+://", target):
            continue
        file, _, anchor = target.partition("#")
        place = (ROOT / page).parent / file if file else ROOT / page
        assert place.exists(), f"{page} links to {target}"
        if anchor:
            assert anchor in anchors(place.read_text(encoding="utf-8")), f"{page} links to {target}"


def test_the_readme_leads_to_every_page() -> None:
    linked = {(ROOT / target).resolve() for target in re.findall(r"\]\(([^)#\s]+)", TEXTS["README.md"]) if "://" not in target}
    further = {
        (path.parent / target).resolve() for path in DOCS for target in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
    }
    assert {path.resolve() for path in [*DOCS, *RESULTS.glob("*.md")]} <= linked | further


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_scenario_file_is_listed(path: Path) -> None:
    assert any(f"`{path.stem}`" in text for name, text in TEXTS.items() if name in ("README.md", "docs/reference/scenarios.md"))


def codes(path: Path) -> Iterator[str]:
    """What stands between backticks, words of commands apart."""
    for code in CODE.findall(path.read_text(encoding="utf-8")):
        yield from re.split(r"[\s=]", code)


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_paths_of_figures_in_the_text_exist(path: Path) -> None:
    sections = child_names(SCHEMA)
    figures = [code for code in codes(path) if "." in code and code.split(".")[0] in sections and not code.endswith((".py", ".yaml"))]
    assert [code for code in figures if node_at(code.split(".")) is None] == []


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_files_named_in_the_text_exist(path: Path) -> None:
    elsewhere = {
        "FILE.csv",
        "scenario.schema.json",
        "our_office.yaml",
        "three_posts_empty.yaml",
        "my_scenarios/our_office.yaml",
        "manifest.json",
        "runs.sqlite",
        "summary.csv",
        "differences.csv",
        "windows.csv",
        "best.csv",
        "selection.csv",
        "selection.json",
        "uncertainty.json",
        "ensemble.json",
        "sensitivity.json",
        "assurance.yaml",
        "assurance.md",
        "our_year.csv",
        "experiment.json",
        "responses.csv",
        "points.csv",
        "metrics.csv",
        "weekly.csv",
        "steadiness.csv",
        "staffing.json",
        "staffing.csv",
        "sites.csv",
        "regions.csv",
        "offices.csv",
        "tails.csv",
    }
    named = [code for code in codes(path) if re.search(r"\.(py|yaml|txt|csv|json|sqlite)$", code) and code not in elsewhere]
    package = ROOT / "sim" / "jobcentre"
    places = [ROOT, package, *(folder for folder in package.rglob("*") if folder.is_dir())]
    assert [code for code in named if not any((place / code).is_file() for place in places)] == []


def test_names_of_scenarios_and_metrics_in_the_text_exist() -> None:
    known = {path.stem for path in SCENARIOS} | set(BY_NAME)
    near = re.compile(r"^(oxford|surge|awcs|way_to_work|overloaded|leavers|missed)_\w+$")
    for path in WRITTEN:
        named = {re.split(r"[<>]", code)[0] for code in codes(path)}
        assert {name for name in named if near.match(name)} <= known, path.name


def test_the_model_page_names_every_figure() -> None:
    named = set(codes(ROOT / "docs" / "model.md"))
    every = {".".join(path) for name in child_names(SCHEMA) if (below := step(SCHEMA, name)) for path, _ in all_figures(below, (name,))}
    assert sorted(every - named) == []


def test_every_evidence_id_can_be_looked_up() -> None:
    given = {source for one in load_sources().values() for source in one.gives}
    mechanisms = set(re.findall(r"^\| (M\d+) \|", TEXTS["docs/model.md"], re.MULTILINE))
    for path in WRITTEN:
        named = set(re.findall(r"\b([A-GM]\d{1,2})\b", path.read_text(encoding="utf-8")))
        assert named <= given | mechanisms, path.name


def test_every_mechanism_cited_in_the_code_is_listed() -> None:
    mechanisms = set(re.findall(r"^\| (M\d+) \|", TEXTS["docs/model.md"], re.MULTILINE))
    cited = {name for path in (ROOT / "sim").rglob("*.py") for name in re.findall(r"[( ](M\d{1,2})[,);]", path.read_text(encoding="utf-8"))}
    assert cited
    assert cited <= mechanisms


# --- statements that could become untrue -----------------------------------------------------------------------------


def test_about_three_quarters_of_the_baseline_is_assumed() -> None:
    summary = evidence_summary(load("baseline").evidence)
    assert 0.70 < len(summary.assumed) / summary.total < 0.80


@pytest.mark.parametrize("path", [path for path in SCENARIOS if path.parent.name != "theory"], ids=lambda path: path.stem)
def test_rules_described_as_off_in_every_file_are_off(path: Path) -> None:
    scenario = load(path)
    diary = scenario.settings.diary
    assert (diary.bookings_per_start, diary.seen_by, scenario.settings.attendance.ends_claim_after) == (1, "booked_coach", 0)
    off = ("diary.seen_by", "attendance.ends_claim_after")
    assert not any(figure in off for change in scenario.changes for figure in change.set)


def test_rules_described_as_off_in_the_baseline_are_off() -> None:
    settings = load("baseline").settings
    policies = settings.policies
    assert policies.flexibilities.trigger == "off"
    assert policies.digital.share == policies.outreach.coaches == policies.training.coaches_per_week == 0
    assert policies.reminders.on is False
    assert (settings.diary.fill_target_share, settings.hiring.mental_health_effect) == (0, 0)
    assert settings.conversation.rapport_failed_factor == settings.conversation.rapport_stops_factor == 1


def test_the_readme_stays_short() -> None:
    assert len(TEXTS["README.md"].splitlines()) < 200


def repository_files() -> list[Path]:
    """The files of the repository, with those not yet added to it; ignored ones apart."""
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def test_no_file_names_a_place_on_a_machine_or_a_package_index() -> None:
    # written in pieces, so that this file does not name them either
    places = [rf"(?<![\w./~-])/{name}/" for name in ("wo" + "rk", "t" + "mp", "ho" + "me", "ro" + "ot", "Us" + "ers")]
    index = ["py" + r"pi\.org", "python" + "hosted", "--(extra-)?index" + "-url", "--find" + "-links", "index" + r"[-_]url\s*="]
    places += ["[A-Z]:" + r"\\\\?Us" + "ers"]
    wrong = re.compile("|".join([*places, *index]))
    found = []
    for path in repository_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in wrong.finditer(text)]
    assert found == []


def test_workflows_to_copy_are_yaml_and_their_commands_are_understood() -> None:
    fenced = re.findall(r"^```yaml\n(.*?)^```", TEXTS["docs/how-to/ci-for-your-office.md"], re.MULTILINE | re.DOTALL)
    workflow, dependabot = (yaml.safe_load(block) for block in fenced)
    assert dependabot == yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))
    steps = [words_of(step["run"]) for step in workflow["jobs"]["office"]["steps"] if step.get("run", "").startswith("jobcentre")]
    assert [name for name, *_ in steps] == ["check", "run"]
    assert all(COMMANDS[name].make_context(name, rest).params for name, *rest in steps)


def test_every_page_is_in_the_navigation_of_the_site() -> None:
    named = set(re.findall(r"[\w/-]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8")))
    assert {path.relative_to(ROOT / "docs").as_posix() for path in [*DOCS, *RESULTS.glob("*.md")]} == named


def test_commits_that_examples_name_are_in_the_history() -> None:
    named = re.findall(r"^Example: `([0-9a-f]{7})` \*([^*]+)\*", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
    log = subprocess.run(
        ["git", "-C", str(ROOT), "log", "--format=%H %s"], capture_output=True, check=False, text=True, encoding="utf-8"
    ).stdout
    subjects = {commit[:7]: subject for commit, _, subject in (line.partition(" ") for line in log.splitlines())}
    if named[0][0] not in subjects:
        pytest.skip("the history is not here")
    assert len(named) == 6
    assert {commit: subjects[commit] for commit, _ in named} == dict(named)


def test_the_page_on_interviews_counts_right_and_names_tests_that_exist() -> None:
    """Of 45 findings at least 20 are carried in full, each shown by a test, and at most 10 not at all."""
    page = TEXTS["docs/interviews.md"]
    table = re.findall(r"^\| (\d+) \| .+? \| (full|part|not) \| .+? \| (.+?) \|$", page, re.MULTILINE)
    assert [int(number) for number, _, _ in table] == list(range(1, 46))
    count = {word: sum(carried == word for _, carried, _ in table) for word in ("full", "part", "not")}
    assert f"{count['full']} are carried in full, {count['part']} in part, {count['not']} not" in page.replace("\n", " ")
    assert count["full"] >= 20
    assert count["not"] <= 10
    tests = set(re.findall(r"def (test_\w+)", (ROOT / "tests/model/test_interview_findings.py").read_text(encoding="utf-8")))
    assert all(shown != "–" for _, carried, shown in table if carried == "full")
    assert {name for _, _, shown in table for name in re.findall(r"`(test_\w+)`", shown)} - {"test_evidence"} <= tests
