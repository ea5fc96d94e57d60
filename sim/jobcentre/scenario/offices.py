"""Tables of offices, and a scenario in one of them."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from jobcentre.scenario import csv_file
from jobcentre.scenario import files as find
from jobcentre.scenario.changes import Change
from jobcentre.scenario.csv_file import value_of as number_of
from jobcentre.scenario.errors import Problem, ScenarioError, did_you_mean
from jobcentre.scenario.files import wrong_with_name
from jobcentre.scenario.load import Scenario, vary
from jobcentre.scenario.named_changes import PREFIX, SITE_POSTS
from jobcentre.scenario.numbers import readings
from jobcentre.scenario.schema_paths import node_at, suggest
from jobcentre.scenario.yaml_file import value_of

ESTABLISHMENT = "office.establishment"
#: Figures that the columns `posts` and `coaches` say.
OFFICE_INPUTS = {"demand.posts": "posts", "office.coaches": "coaches"}


@dataclass(frozen=True, slots=True)
class Site:
    """One office; `customers` are those in contact by group, `figures` what else differs, by dotted path.

    `posts` are those that its customers need, `coaches` those in post. `line` is that of its row.
    """

    office: str
    region: str
    posts: int
    coaches: int
    customers: Mapping[str, int]
    figures: Mapping[str, Any]
    line: int = 0


def at_site(scenario: Scenario, site: Site) -> Scenario:
    """The scenario in one office, under its own name; ScenarioError if the office's figures do not fit it.

    Empty posts stay empty until the first counted day and may be filled from then on: filled in the weeks before it they
    would not be empty then. That change of ours does not move the date from which coaches are followed.
    """
    if unfit := wrong_for_any_site(scenario):
        raise ScenarioError([unfit])
    figures = dict(site.figures)
    posts = figures.pop(ESTABLISHMENT, site.posts if site.posts > site.coaches else site.coaches)
    figures |= {"demand.posts": site.posts, "office.coaches": site.coaches, ESTABLISHMENT: None}
    figures |= {f"groups.{name}.stock_per_post": count / site.posts for name, count in site.customers.items()}
    period, changes = scenario.settings.period, scenario.changes
    if posts != site.coaches:
        if changes and period.reference_date is None:
            figures["period.reference_date"] = str(min(change.date for change in changes))
        filled = Change(period.start, {ESTABLISHMENT: posts}, why=f"Posts of {site.office} that may be filled.", name=SITE_POSTS)
        changes = tuple(sorted((*changes, filled), key=lambda one: one.date))
    return vary(replace(scenario, changes=changes), figures)


def wrong_for_any_site(scenario: Scenario) -> Problem | None:
    """Why a scenario can be played in no office of a table, if so."""
    if not any(ESTABLISHMENT in change.set for change in scenario.changes):
        return None
    message = "is changed at a date: the same number of posts cannot be right for every office of a table"
    return Problem(scenario.file, None, ESTABLISHMENT, message, "use a scenario without it, or no table of offices")


def replaced(scenario: Scenario) -> list[str]:
    """What a scenario says of its own posts and coaches, in words, where a table of offices takes the place of it."""
    office, posts = scenario.settings.office, scenario.settings.demand.posts
    most = office.coaches if office.establishment is None else office.establishment
    if (office.coaches, most) == (posts, posts):
        return []
    own = f"{office.coaches} coaches for {posts} posts" + (f", of which {most} may be filled" if most != office.coaches else "")
    return [f"`{scenario.name}` has {own}; in a table of offices each has its own posts and coaches, and this has no effect"]


def seed_of(seed: int, office: str) -> int:
    """The seed of one office's runs, 64 bits from the seed and its name: the same in every scenario and place in a table."""
    return int.from_bytes(hashlib.sha256(f"{seed}\0{office}".encode()).digest()[:8], "big")


MOST_OFFICES = 10_000
MOST_BYTES = 20_000_000
MOST_POSTS = 4000
MOST_CUSTOMERS_PER_POST = 2000
MOST_PROBLEMS = 200
OFFICE, REGION, POSTS, COACHES = REQUIRED = ("office", "region", "posts", "coaches")
_DOCS = "docs/how-to/offices.md shows a table"


@dataclass(frozen=True, slots=True)
class SiteTable:
    """A table of offices in its order; `notes` are the comments at its top, `columns` the names of its columns."""

    name: str
    file: str
    notes: tuple[str, ...]
    columns: tuple[str, ...]
    sites: tuple[Site, ...]

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions in the order in which they first occur."""
        return tuple(dict.fromkeys(site.region for site in self.sites))


class _Cell(NamedTuple):
    """Where something stands, for messages."""

    file: str
    line: int
    column: str

    def problem(self, message: str, suggestion: str | None = None) -> Problem:
        return Problem(self.file, self.line, self.column, message, suggestion)


def read_sites(name_or_path: str | Path, scenarios: Sequence[Scenario], beside: Path | None = None) -> SiteTable:
    """The table of a bare name or path; ScenarioError holds all that is wrong with it for any of the scenarios."""
    place = find.locate_sites(str(name_or_path), beside)
    if isinstance(place, Problem):
        raise ScenarioError([place])
    if unfit := [problem for scenario in scenarios if (problem := wrong_for_any_site(scenario))]:
        raise ScenarioError(unfit)
    problems: list[Problem] = []
    lines = csv_file.text_of(place, MOST_BYTES, _DOCS).splitlines(keepends=True)
    notes = _notes(lines)
    rest = lines[len(notes) :]
    rows = list(csv_file.rows_of("".join(rest), place, next((line for line in rest if OFFICE in line.lower()), ""), len(notes)))
    if rows and csv_file.is_separator_line(rows[0].cells[0]):
        del rows[0]
    if not rows:
        raise csv_file.csv_error(place, None, "has no rows", _DOCS)
    columns = _columns(rows[0], place, scenarios, problems)
    if len(rows) == 1:
        problems.append(Problem(str(place), rows[0].line, "", "names columns and no office", _DOCS))
    if len(rows) - 1 > MOST_OFFICES:
        problems.append(
            Problem(str(place), None, "", f"has {len(rows) - 1:,} offices, more than {MOST_OFFICES:,}", "divide it into several")
        )
    elif not problems:  # without its columns no row can be read
        sites = list(_sites(rows[1:], columns, str(place), scenarios[0].settings.groups, problems))
        problems += _doubled(sites, str(place))
        if not problems:
            problems += _misfits(sites, str(place), scenarios)
    if problems:
        raise ScenarioError(sorted(problems, key=lambda one: one.line or 0)[:MOST_PROBLEMS])
    words = tuple(line for line in (note.strip().strip('"').lstrip("#").strip().rstrip(",;\t") for note in notes) if line)
    return SiteTable(place.stem, str(place), words, tuple(name for name in columns if name), tuple(sites))


def _notes(lines: Sequence[str]) -> list[str]:
    """The comments at the top, as they stand or in the quotation marks a spreadsheet puts around them."""
    found: list[str] = []
    for line in lines:
        if not line.strip().strip('",;\t').startswith("#") and line.strip().strip(",;"):
            break
        found.append(line)
    return found


def _columns(head: csv_file.CsvRow, file: Path, scenarios: Sequence[Scenario], problems: list[Problem]) -> list[str]:
    """The names of the columns; empty ones at the end are left out."""
    names = [cell.strip() for cell in head.cells]
    names = [name.lower() if name.lower() in REQUIRED else name for name in names]
    while names and not names[-1]:
        names.pop()
    for name in REQUIRED:
        if name not in names:
            hint = f"the first line should begin with {','.join(REQUIRED)}; {_DOCS}"
            problems.append(Problem(str(file), head.line, name, "this column is missing", hint))
    for place, name in enumerate(names):
        cell = _Cell(str(file), head.line, name)
        if name in names[:place]:
            problems.append(cell.problem("two columns have this name", "delete one of them"))
        elif name not in REQUIRED:
            problems += [one for scenario in scenarios for one in _wrong_column(cell, scenario)][:1]
    return names


def _wrong_column(cell: _Cell, scenario: Scenario) -> Iterator[Problem]:
    """What is wrong with a column that is none of those every table has."""
    groups, path, name = scenario.settings.groups, cell.column.split("."), cell.column
    if name in groups:
        return
    if name in OFFICE_INPUTS or (path[0] == "groups" and path[-1] == "stock_per_post"):
        yield cell.problem("is said by another column", f"use the column `{OFFICE_INPUTS.get(name, path[1])}`")
    elif path[0] == "period":
        yield cell.problem("must be the same in every office, which are added up day by day", "set it in the scenario")
    elif len(path) == 1:
        hint = did_you_mean(name, [*groups, *REQUIRED]) or f"groups: {', '.join(groups)}; a figure is written like hiring.days_to_hire.mean"
        yield cell.problem(f"`{scenario.name}` has no customer group of this name, and no figure", hint)
    else:
        spot = node_at(path)
        if spot is None or spot.kind not in ("figure", "distribution"):
            yield cell.problem("there is no such figure", suggest(path) or "docs/reference/figures.md lists them")
        elif node_at(path[:1]) is not None and path[0] in ("groups", "responses"):
            rows = getattr(scenario.settings, path[0])
            if path[1] not in rows:
                hint = did_you_mean(path[1], rows) or f"rows: {', '.join(rows)}"
                yield cell.problem(f"`{scenario.name}` has no `{path[0]}.{path[1]}`", hint)


def _sites(
    rows: Sequence[csv_file.CsvRow], columns: Sequence[str], file: str, groups: Mapping[str, object], problems: list[Problem]
) -> Iterator[Site]:
    """The offices of all rows that can be read."""
    for line, cells in rows:
        before = len(problems)
        if any(cell.strip() for cell in cells[len(columns) :]):
            message = f"has {len(cells)} cells, the line of column names {len(columns)}"
            problems.append(Problem(file, line, "", message, "a comma inside a number or a name? put the cell in quotes"))
            continue
        texts = {name: cell.strip() for name, cell in zip(columns, [*cells, *[""] * len(columns)], strict=False)}
        at = {name: _Cell(file, line, name) for name in columns}
        for name in (OFFICE, REGION):
            wrong = "is empty" if not texts[name] else wrong_with_name(texts[name])
            if wrong is not None:
                hint = "names of offices and regions become names of files and begin rows of tables: use letters, digits and spaces"
                problems.append(at[name].problem(wrong, hint))
        posts, coaches = (_whole(texts[name], at[name], 1, MOST_POSTS, problems) for name in (POSTS, COACHES))
        most = MOST_CUSTOMERS_PER_POST * posts if posts else None
        customers = {name: _whole(texts[name], at[name], 0, most, problems) for name in columns if name in groups and texts[name]}
        others = [name for name in columns if name not in REQUIRED and name not in groups and texts[name]]
        figures = {name: _figure(texts[name], at[name], problems) for name in others}
        if len(problems) == before:
            assert posts is not None
            assert coaches is not None
            counts = {name: number for name, number in customers.items() if number is not None}
            yield Site(texts[OFFICE], texts[REGION], posts, coaches, counts, figures, line)


def _whole(text: str, at: _Cell, low: int, high: int | None, problems: list[Problem]) -> int | None:
    if not text:
        problems.append(at.problem("is empty", "write a whole number, such as 23"))
        return None
    try:
        number = int(number_of(text, "whole"))  # type: ignore[arg-type]
    except ValueError as error:
        problems.append(at.problem(str(error)))
        return None
    if number < low or (high is not None and number > high):
        why = " (2,000 for each post)" if at.column not in REQUIRED else ""
        span = f"between {low:,} and {high:,}{why}" if high is not None else f"{low:,} or more"
        problems.append(at.problem(f"is {number:,} and must be {span}", "leave out an office that is closed" if number == 0 else None))
        return None
    return number


def _figure(text: str, at: _Cell, problems: list[Problem]) -> Any:
    node = node_at(at.column.split("."))
    is_number = node is not None and node.inner in (int, float) and node.unit != "time"
    sign = "-" * text.startswith("-")
    try:
        if is_number and readings(text):
            number = number_of(text.removeprefix("-").strip(), "whole" if node is not None and node.inner is int else "number")
            return -number if sign else number  # type: ignore[operator]
        return value_of(text)
    except ValueError as error:
        problems.append(at.problem(str(error)))
        return None


def _doubled(sites: Sequence[Site], file: str) -> Iterator[Problem]:
    """Offices whose names a file system may not tell apart."""
    first: dict[str, int] = {}
    for site in sites:
        key = unicodedata.normalize("NFKC", site.office).casefold()
        if key in first:
            hint = "delete one of the two rows, or give the offices different names"
            yield Problem(file, site.line, OFFICE, f"`{site.office}` is also on line {first[key]}", hint)
        first.setdefault(key, site.line)


def _misfits(sites: Sequence[Site], file: str, scenarios: Sequence[Scenario]) -> Iterator[Problem]:
    """Offices whose figures do not fit the scenarios."""
    for scenario in scenarios:
        for site in sites:
            try:
                at_site(scenario, site)
            except ScenarioError as error:
                for one in error.problems:
                    yield Problem(file, site.line, _column_of(one.path), f"in `{scenario.name}`: {one.message}", one.suggestion)


def _column_of(path: str) -> str:
    """The column that says a figure."""
    if path == f"{PREFIX}{SITE_POSTS}.set.{ESTABLISHMENT}":  # empty posts are filled from a date
        return ESTABLISHMENT
    parts = path.split(".")
    return parts[1] if parts[-1] == "stock_per_post" else OFFICE_INPUTS.get(path, path)
