"""One office of a table: what its row means as figures of a scenario, and its own stream of random numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sim.scenario.changes import Change
from sim.scenario.loading import Scenario, vary
from sim.scenario.problems import Problem, ScenarioError

ESTABLISHMENT = "office.establishment"
#: Figures that the columns `posts` and `coaches` say.
SAID_BY = {"demand.posts": "posts", "office.coaches": "coaches"}


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
        filled = Change(period.start, {ESTABLISHMENT: posts}, why=f"Posts of {site.office} that may be filled.")
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
