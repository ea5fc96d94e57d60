"""Keys at the wrong level, files called otherwise, parents from elsewhere, and changes cut off by --weeks: told with where they belong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from jobcentre.commands.app import main
from jobcentre.scenario import ScenarioError, check_file, load
from jobcentre.scenario.document import AROUND
from jobcentre.scenario.evidence import FORM
from jobcentre.scenario.offices import read_sites
from jobcentre.scenario.schema import Settings
from jobcentre.scenario.schema_paths import ROOT, SchemaNode, child_names, node_at, step
from jobcentre.studies.request import scenarios_of
from jobcentre.studies.sweep_plan_file import read_plan
from jobcentre.studies.sweep_request import requested_plan
from support.scenario_texts import SMALL, variant, write

pytestmark = pytest.mark.rules

BASE = load(SMALL)


def all_keys(spot: SchemaNode = ROOT, path: tuple[str, ...] = ()) -> dict[str, list[tuple[str, ...]]]:
    """The paths of every section, row and figure by their last key."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for key in ["*"] if spot.kind == "rows" else child_names(spot):
        below = step(spot, key)
        assert below is not None
        if key != "*":
            found.setdefault(key, []).append((*path, key))
        for name, paths in all_keys(below, (*path, key)).items():
            found.setdefault(name, []).extend(paths)
    return found


KEYS = {name: paths for name, paths in all_keys().items() if name not in (*AROUND, *FORM)}


def is_told(name: str, suggestion: str | None) -> bool:
    """Whether a suggestion names places where the key stands, and no other."""
    if suggestion is None or f"`{name}` belongs" not in suggestion:
        return False
    above = re.findall(r"`([\w.]+)`", suggestion.partition("belongs")[2])
    if not above:
        return suggestion.endswith("at the top of the file") and name in Settings.model_fields
    return all((*place.replace("NAME", "*").split("."), name) in KEYS[name] for place in above)


@pytest.mark.parametrize("value", ["3", "{mean: 3, cv: 0.5}"])
def test_every_key_of_the_schema_at_the_top_says_where_it_belongs(tmp_path: Path, value: str) -> None:
    tried = 0
    for name in KEYS:
        if name in Settings.model_fields:
            continue
        found = check_file(variant(tmp_path, f"{name}: {value}\n"))
        assert any(one.path == name and one.line == 3 and is_told(name, one.suggestion) for one in found), (name, found)
        tried += 1
    assert tried > 150


@pytest.mark.parametrize(
    "section", [name for name in Settings.model_fields if (spot := node_at([name])) and spot.kind in ("section", "rows")]
)
@pytest.mark.parametrize("value", ["3", "{mean: 3, cv: 0.5}"])
def test_every_key_of_the_schema_in_another_section_says_where_it_belongs(tmp_path: Path, section: str, value: str) -> None:
    """In a section of rows any key is the name of one; of a row that lacks nearly everything the same is said."""
    spot = node_at([section])
    assert spot is not None
    misplaced = [
        name for name in KEYS if name not in child_names(spot) and not (spot.kind == "rows" and name in getattr(BASE.settings, section))
    ]
    assert len(misplaced) > 100
    found = []
    step_size = 8 if spot.kind == "rows" else 100  # a row lacks many figures, and so many problems are told
    for first in range(0, len(misplaced), step_size):
        body = "".join(f"  {name}: {value}\n" for name in misplaced[first : first + step_size])
        found += check_file(variant(tmp_path, f"{section}:\n  why: x\n{body}"))
    told = {one.path: one.suggestion for one in found}
    for name in misplaced:
        assert is_told(name, told.get(f"{section}.{name}")), (name, told.get(f"{section}.{name}"))


def test_a_misplaced_path_on_the_command_line_names_the_right_one() -> None:
    for name, paths in KEYS.items():
        if name in Settings.model_fields:
            continue
        for wrong in (name, f"money.{name}", f"diary.{name}"):
            if node_at(wrong.split(".")) is not None:
                continue
            with pytest.raises(ScenarioError) as error:
                load(SMALL, {wrong: "3"})
            hint = error.value.problems[0].suggestion or ""
            meant = re.findall(r"`([\w.]+)`", hint)
            assert meant, (wrong, hint)
            assert all(tuple(place.replace("NAME", "*").split(".")) in paths for place in meant), (wrong, hint)


EMPTY = [
    name
    for name in Settings.model_fields
    if (spot := node_at([name])) and spot.kind in ("section", "rows") and getattr(load("baseline").settings, name)
]


@pytest.mark.parametrize("path", [*EMPTY, "sickness.long", "policies.flexibilities", "groups.searching", "groups.searching.plans"])
def test_an_empty_mapping_is_never_silently_nothing(tmp_path: Path, path: str) -> None:
    with pytest.raises(ScenarioError) as error:
        load("baseline", {path: "{}"})
    assert [(one.file, one.path) for one in error.value.problems] == [("--set", path)]
    assert "is empty, which changes nothing" in error.value.problems[0].message
    keys = path.split(".")
    (tmp_path / "v.yaml").write_text("title: A\nextends: baseline\n" + ": {".join(keys) + ": {}" + "}" * (len(keys) - 1) + "\n")
    assert any(one.path == path and one.line == 3 and "is empty" in one.message for one in check_file(tmp_path / "v.yaml"))


def test_an_empty_change_is_never_silently_nothing(tmp_path: Path) -> None:
    for name in {change.name for change in load("oxford_surge_step").changes}:
        with pytest.raises(ScenarioError) as error:
            load("oxford_surge_step", {f"changes.{name}": "{}"})
        assert "is empty, which changes nothing" in error.value.problems[0].message
        (tmp_path / "v.yaml").write_text(f"title: A\nextends: oxford_surge_step\nchanges: {{{name}: {{}}}}\n")
        assert [(one.line, one.path) for one in check_file(tmp_path / "v.yaml")] == [(3, f"changes.{name}")]


def test_an_empty_mapping_in_place_of_an_empty_one_is_nothing_new(tmp_path: Path) -> None:
    assert check_file(variant(tmp_path, "moves: {}\n")) == []


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["A.YAML", "a.Yml", "a.txt", "a.yaml.bak", "a", "a.json", "b c.YAML"])
def test_a_file_that_is_there_is_told_by_what_is_wrong_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text("title: A\nextends: baseline\n")
    (tmp_path / "child.yaml").write_text(f"title: A\nextends: '{name}'\n")
    (tmp_path / "plan.yaml").write_text(f"title: A\nscenarios: baseline\nsites: '{name}'\nfigures: {{coaches: 20:22}}\n")
    for call in (
        load,
        lambda word: requested_plan([word], [], None, None, None, None, (), None),
        read_plan,
        lambda word: read_sites(word, [BASE]),
    ):
        with pytest.raises(ScenarioError) as error:
            call(name)
        (problem,) = error.value.problems
        assert problem.file == name
        assert re.search(r"its name does not end in \.(yaml or \.yml|csv)", problem.message)
        assert "there is no" not in str(problem)
        assert re.search(r"rename it to .*\.(yaml|yml|csv)$", problem.suggestion or "")
    for file in ("child.yaml", "plan.yaml"):
        found = check_file(file) if file == "child.yaml" else []
        if file == "plan.yaml":
            with pytest.raises(ScenarioError) as error:
                read_plan("plan.yaml")
            found = error.value.problems
        assert any("does not end in" in one.message for one in found), found


def test_a_folder_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    for call in (load, read_plan, lambda word: read_sites(word, [BASE])):
        with pytest.raises(ScenarioError, match="is a folder, not a"):
            call("mine")


def status(words: list[str]) -> object:
    with pytest.raises(SystemExit) as ended:
        main(words)
    return ended.value.code


SECRETS = {
    "lines": "user-name-one:x:0:0\nuser-name-two:x:1:1\n",
    "keys": "secret_key_one: alpha-beta\nsecret_key_two: {gamma-delta: 1}\n",
    "values": "title: A\noffice: {coaches: epsilon-zeta, eta-theta: 1}\ndiary: iota-kappa\n",
    "not YAML": "[alpha-beta: {gamma\n",
    "changes": "title: A\nextends: baseline\nchanges: {alpha-beta: {date: epsilon-zeta, set: {eta.theta: 1}}}\n",
}
WORDS = re.compile("user-name|secret_key|alpha|beta|gamma|delta|epsilon|zeta|eta-|theta|iota|kappa")


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("name", ["secret.yaml", "secret.txt", "secret", "secret.YAML"])
@pytest.mark.parametrize("way", ["../../{}", "{root}/{}", "./link.yaml"])
def test_a_parent_from_elsewhere_is_not_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, text: str, name: str, way: str
) -> None:
    here = tmp_path / "some" / "where"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    (tmp_path / name).write_text(text)
    (here / "link.yaml").symlink_to(tmp_path / name)
    (here / "theirs.yaml").write_text(f"title: A\nextends: {way.format(name, root=tmp_path)}\n")
    for words in (["check", "theirs.yaml"], ["run", "theirs.yaml", "--runs", "1", "--dry-run"], ["show", "theirs.yaml", "--json"]):
        assert status(words) == 2
        said = capsys.readouterr()
        assert not WORDS.search(said.out + said.err), said
        assert "theirs.yaml" in said.out + said.err or name in said.out + said.err or "link.yaml" in said.out + said.err


def test_a_parent_in_the_same_folder_or_tree_is_told_in_full(tmp_path: Path) -> None:
    (tmp_path / "scenarios" / "b").mkdir(parents=True)
    (tmp_path / "scenarios" / "parent.yaml").write_text("title: A\nextends: baseline\noffice: {coachs: 3, why: x}\n")
    (tmp_path / "scenarios" / "b" / "child.yaml").write_text("title: A\nextends: ../parent.yaml\n")
    (problem,) = check_file(tmp_path / "scenarios" / "b" / "child.yaml")
    assert (problem.line, problem.path) == (3, "office.coachs")


# --- --weeks ----------------------------------------------------------------------------------------------------------


def test_a_change_that_weeks_cuts_off_blames_weeks_and_no_other_problem_does(tmp_path: Path) -> None:
    """The small scenario counts 4 weeks from 2 October: a change in the third and fourth lies outside of fewer."""
    for week in (1, 2, 3, 4):
        body = f"changes:\n  late: {{date: 2023-10-{7 * week - 5:02d}, why: x, set: {{admin.factor: 2}}}}\n"
        file = variant(tmp_path, body)
        for weeks in (1, 2, 3, 4):
            if week <= weeks:
                assert scenarios_of([str(file)], weeks=weeks)
                continue
            with pytest.raises(ScenarioError) as error:
                scenarios_of([str(file)], weeks=weeks)
            (problem,) = error.value.problems
            assert (problem.file, problem.line, problem.path) == ("--weeks", None, "changes.late.date")
            assert "count more weeks" in (problem.suggestion or "")
    body = "changes:\n  late: {date: 2023-12-02, why: x, set: {admin.factor: 2}}\n"
    file = variant(tmp_path, body + "diary: {covr: true, why: x}\n")
    with pytest.raises(ScenarioError) as error:
        scenarios_of([str(file)], weeks=2)
    assert {one.file for one in error.value.problems} == {str(file)}


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_file_with_a_byte_order_mark_is_the_same_scenario(tmp_path: Path, mark: bytes) -> None:
    file = write(tmp_path, "", "marked.yaml")
    file.write_bytes(mark + SMALL.read_bytes())
    assert load(file).settings == BASE.settings
    (tmp_path / "p.yaml").write_bytes(mark + b"title: A\nscenarios: [baseline]\nfigures: {coaches: 20:22}\n")
    assert len(read_plan(tmp_path / "p.yaml").points) == 3


def test_json_tells_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "A.YAML").write_text("title: A\n")
    assert status(["run", "A.YAML", "--json"]) == 2
    assert "does not end in .yaml" in json.loads(capsys.readouterr().out)["error"]["message"]
