"""Reads the plan of a sweep from a file, and says all that is wrong with it at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from jobcentre.metrics import BY_NAME, HEADLINES
from jobcentre.scenario import Problem, Scenario, ScenarioError, check_file, load
from jobcentre.scenario import files as find
from jobcentre.scenario.document import AROUND, wrong_with_format
from jobcentre.scenario.errors import did_you_mean
from jobcentre.scenario.files import NAMES, wrong_with_name, wrong_with_title
from jobcentre.scenario.schema_paths import ROOT, child_names
from jobcentre.scenario.yaml_file import Node, plain, read
from jobcentre.studies.levers import Axis, InvalidAxis, Value, axis_of, value_on
from jobcentre.studies.sweep_plan import MOST_RUNS, MOST_SEED, RUNS, Keys, SweepPlan, check_points, points_from
from jobcentre.studies.sweep_sampling import MOST_POINTS, SAMPLINGS, AxisInput, Sampling, span_of

KEYS = ("format", "title", "question", "scenarios", "runs", "sampling", "points", "sampling_seed", "metrics", "sites", "figures")
#: Keys that a plan has and a scenario has not, and the other way round.
_OF_PLANS = ("scenarios", "sampling", "figures", "points", "runs", "sampling_seed")
_OF_SCENARIOS = ("extends", "changes", "moves", "catalogue", *child_names(ROOT))


def is_plan(name_or_path: str | Path) -> bool:
    """Whether a path or bare name is that of a plan rather than a scenario."""
    place = _place(name_or_path)
    if place is None:
        return False
    root, _ = read(place)
    content = root.children if root else {}
    if any(key in content for key in _OF_SCENARIOS):
        return False
    if any(did_you_mean(key, _OF_PLANS) for key in content if key not in AROUND):  # well or badly spelt
        return True
    return Path(os.path.realpath(place)).parts[-3:-1] == (find.PACKAGE_SCENARIOS.name, find.PLANS)


def read_plan(name_or_path: str | Path) -> SweepPlan:
    """The plan of a file or bare name; ScenarioError holds all problems. Whether its points fit its scenarios is for `check_points`."""
    plan, problems = _examine(name_or_path)
    if plan is None or problems:
        raise ScenarioError(problems)
    return plan


def check_plan_file(name_or_path: str | Path, tell: Callable[[float], None] = lambda share: None) -> list[Problem]:
    """All problems of a plan file: its own, those of its scenarios, and those of its points in them; `tell` hears the share done."""
    plan, problems = _examine(name_or_path)
    if plan is None:
        return problems
    wrong = [problem for name in plan.scenarios for problem in check_file(name)]
    if wrong or problems:
        return list(dict.fromkeys([*problems, *wrong]))
    return check_points(plan, scenarios_of(plan), tell)


def scenarios_of(plan: SweepPlan) -> list[Scenario]:
    """The scenarios of a plan; ScenarioError holds the problems of all."""
    found: list[Scenario] = []
    problems: list[Problem] = []
    for name in plan.scenarios:
        try:
            found.append(load(name))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(dict.fromkeys(problems))
    return found


def _place(name_or_path: str | Path) -> Path | None:
    """The file meant, a scenario's before a plan's; None if there is none."""
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or not find.is_bare_name(text):
        return Path(text)
    if isinstance(find.locate(text), Path):
        return None
    plan = find.locate_plan(text)
    return plan if isinstance(plan, Path) else None


def _examine(name_or_path: str | Path) -> tuple[SweepPlan | None, list[Problem]]:
    """The plan, if there is one, and everything that is wrong in its file."""
    place = name_or_path if isinstance(name_or_path, Path) else find.locate_plan(name_or_path)
    if isinstance(place, Problem):
        return None, [place]
    root, found = read(place)
    if root is None:
        return None, found
    if not root.is_mapping:
        what = "is not a plan: a file of `name: value` lines is expected"
        return None, [*found, Problem(str(place), root.line, "", what, "begin with `title: …`")]
    keys = Keys(place, root)
    keys.problems += [*found, *wrong_with_format(root)]
    _unknown_keys(keys)
    if wrong := wrong_with_name(place.stem):
        what = f"the name of the file {wrong}: the names of results could not hold it"
        keys.problems.append(Problem(str(place), None, "", what, NAMES))
    title = keys.text("title")
    if "title" not in keys.content:
        keys.complain("title", "`title` is missing", "add a line `title: …` that says in a few words what this plan is for")
    elif wrong := wrong_with_title(title):
        keys.complain("title", wrong, "write one short line; the rest can stand under `question`")
    question = keys.text("question")
    scenarios = _scenarios(keys)
    metrics = _metrics(keys)
    runs = keys.whole("runs", 1, MOST_RUNS)
    seed = keys.whole("sampling_seed", 0, MOST_SEED)
    sampling = _sampling(keys)
    count = keys.whole("points", 1, MOST_POINTS)
    sites = _sites(keys)
    given = _figures(keys)
    points: tuple[tuple[Value, ...], ...] = ()
    if given is not None and sampling is not None and (count is not None or "points" not in keys.content):
        try:
            points = points_from(given, sampling, count, 1 if seed is None else seed, keys.at)
        except ScenarioError as error:
            keys.problems += error.problems
    problems = sorted(dict.fromkeys(keys.problems), key=lambda one: one.line or 0)
    if problems or given is None or sampling is None:
        return None, problems
    plan = SweepPlan(
        place.stem, str(place), title, question, scenarios, sampling, tuple(one.axis.name for one in given), points,
        runs or RUNS, metrics, sites, 1 if seed is None else seed, tuple(given),
    )  # fmt: skip
    return plan, []


def _unknown_keys(keys: Keys) -> None:
    for key in keys.content:
        if key in KEYS:
            continue
        hint = did_you_mean(key, KEYS)
        if key == "seed":
            hint = "the seed of the runs is given on the command line; `sampling_seed` is that of drawn points"
        elif _is_axis(key):
            hint = "what is varied stands under `figures:`"
        keys.complain(key, f"`{key}` is not known here", hint or f"known: {', '.join(KEYS)}")


def _is_axis(key: str) -> bool:
    try:
        axis_of(key)
    except InvalidAxis:
        return False
    return True


def _scenarios(keys: Keys) -> tuple[str, ...]:
    """The scenarios as `load` takes them; they are there, and no two have one name."""
    if "scenarios" not in keys.content:
        keys.complain("scenarios", "`scenarios` is missing", "add a line such as `scenarios: [baseline]`")
    found: list[str] = []
    for name, line in keys.texts("scenarios"):
        place = scenario_place(keys, name)
        if isinstance(place, Problem):
            keys.complain("scenarios", place.message, place.suggestion, line)
        elif Path(place).stem in [Path(one).stem for one in found]:
            what = f"two scenarios are called `{Path(place).stem}`"
            keys.complain("scenarios", what, "rename one: results could not be told apart", line)
        else:
            found.append(place)
    return tuple(found)


def scenario_place(keys: Keys, name: str) -> str | Problem:
    """A scenario's path or bare name: seen from the plan's folder, else from where the program runs."""
    if not find.is_bare_name(name):
        place = Path(_beside(keys, name))
        hint = "give a bare name, or a path from the plan's folder"
        missing = Problem(keys.file, None, "", f"there is no file `{name}`", hint)
        if place.suffix not in find.SUFFIXES:
            return missing._replace(message=f"`{name}` is no scenario: its name does not end in {' or '.join(find.SUFFIXES)}")
        return str(place) if os.path.isfile(place) else missing
    for suffix in find.SUFFIXES:
        own = keys.folder / (name + suffix)
        if os.path.isfile(own) and not is_plan(own):
            return str(own)
    above = next((one for one in [keys.folder.resolve(), *keys.folder.resolve().parents] if one.name == find.PACKAGE_SCENARIOS.name), None)
    place_above, usual = find.locate(name, above), find.locate(name)
    if isinstance(place_above, Problem):
        return place_above
    return name if isinstance(usual, Path) and usual.resolve() == place_above.resolve() else str(place_above)


def _sites(keys: Keys) -> str | None:
    """The table of offices, if one is named; it is there."""
    name = keys.text("sites")
    if not name:
        return None
    place = find.locate_sites(name, keys.folder)
    if isinstance(place, Problem):
        keys.complain("sites", place.message, place.suggestion)
    elif place.suffix != find.TABLE:
        keys.complain("sites", f"`{name}` is no table of offices: its name does not end in {find.TABLE}", "name a .csv file")
    elif not os.path.isfile(place):
        what = "is a folder" if os.path.isdir(place) or os.path.isdir(keys.folder / name) else "is not there"
        keys.complain("sites", f"the table of offices `{name}` {what}", "give a path from the plan's folder, or a bare name")
    return _beside(keys, name)


def _beside(keys: Keys, name: str) -> str:
    """A path from the plan's folder, if a file is there; else as it is."""
    return str(keys.folder / name) if name and os.path.isfile(keys.folder / name) else name


def _metrics(keys: Keys) -> tuple[str, ...]:
    found = keys.texts("metrics")
    for name, line in found:
        if name not in BY_NAME:
            hint = did_you_mean(name, BY_NAME) or f"such as {', '.join(HEADLINES[:3])}"
            keys.complain("metrics", f"there is no metric `{name}`", hint, line)
    return tuple(name for name, _ in found) or HEADLINES


def _sampling(keys: Keys) -> Sampling | None:
    if "sampling" not in keys.content:
        return "grid"
    given = keys.text("sampling")
    chosen = next((one for one in SAMPLINGS if one == given), None)
    if chosen is None and given:
        hint = did_you_mean(given, SAMPLINGS) or f"one of {', '.join(SAMPLINGS)}"
        keys.complain("sampling", f"`{given}` is no way of choosing points", hint)
    return chosen


def _figures(keys: Keys) -> list[AxisInput] | None:
    """What is given of each axis; None if something is wrong with one."""
    node = keys.content.get("figures")
    if node is None or not node.children:
        what = "`figures` is missing" if node is None else "should hold lines of `name: values`"
        keys.complain("figures", what, "add `figures:` and below it lines such as `coaches: 18:30:2`")
        return None
    before = len(keys.problems)
    found = []
    for name, child in node.children.items():
        path = f"figures.{name}"
        try:
            axis = axis_of(name)
        except InvalidAxis as unfit:
            keys.complain(path, unfit.message, unfit.suggestion, child.line)
            continue
        one = _given(keys, axis, child)
        if one is not None:
            found.append(one._replace(file=keys.file, line=child.line, path=path))
    return found if len(keys.problems) == before else None


def _given(keys: Keys, axis: Axis, node: Node) -> AxisInput | None:
    """What is given of an axis; None, with the problems, if it cannot be used."""
    path = f"figures.{axis.name}"
    try:
        if isinstance(node.value, str) and axis.is_number and ":" in node.value:
            return AxisInput(axis, span=span_of(node.value, axis))
        if not isinstance(node.value, tuple):
            return AxisInput(axis, values=(value_on(axis, plain(node)),), is_held=True)
    except InvalidAxis as unfit:
        keys.complain(path, unfit.message, unfit.suggestion, node.line)
        return None
    values: list[Value] = []
    for place, item in enumerate(node.value, start=1):
        try:
            values.append(value_on(axis, plain(item)))
        except InvalidAxis as unfit:
            keys.complain(path, f"value {place} {unfit.message}", unfit.suggestion, item.line)
    return AxisInput(axis, values=tuple(values)) if len(values) == len(node.value) else None
