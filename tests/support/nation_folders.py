"""Folders of a table of offices over made-up runs: quick to make, in the format in which `run --sites` writes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from jobcentre.metrics import HEADLINES
from jobcentre.report.page import write_report
from jobcentre.runs.folder import differences_csv, experiment, write_folder
from jobcentre.runs.machine import provenance
from jobcentre.runs.requests import NationRequest, OfficeTable
from jobcentre.runs.results import RunResults
from jobcentre.runs.store import Run
from jobcentre.scenario import load
from jobcentre.scenario.offices import Site, SiteTable
from jobcentre.studies.conditions import read_condition
from jobcentre.studies.nation import TIPS_OVER, Nation, offices_csv, regions_csv, sites_csv, tails_csv

RUNS = 6
PLACES = [("north", 12, 9), ("south", 30, 30), ("north", 8, 8), ("east", 20, 16), ("south", 5, 6), ("east", 14, 13)]
SITES = [Site(f"office {place}", region, posts, coaches, {}, {}) for place, (region, posts, coaches) in enumerate(PLACES)]
NAMES = ("baseline", "remote_first")
#: What an office has as a whole, so that offices add up to a total.
TOTALS = ("cost_per_year_pounds", "coaches_in_post", "caseload_mean", "leavers")
ABOUT = {**provenance(), "command": {}}


def made_up(name: str, site: Site) -> list[Run]:
    """Runs of one office; some offices are overloaded, and some ease appointments."""
    chance = np.random.default_rng(list(f"{name} {site.office}".encode()))
    runs = []
    for run in range(RUNS):
        days = float(220 * site.coaches)
        busy = float(round(days * min(0.95, max(0.02, chance.normal(0.1 + 1.6 * max(0, site.posts - site.coaches) / site.posts, 0.08)))))
        found = {(metric, None): (float(chance.integers(0, 100)), 100.0 * site.coaches) for metric in HEADLINES}
        found |= {("overloaded_share", None): (busy, days), ("missed_share", "lcw"): (3.0, 20.0)}
        found |= {(metric, None): (float(1000 * site.coaches + chance.integers(0, 100)), 364.0) for metric in TOTALS[1:3]}
        found[TOTALS[0], None] = (40_000.0 * site.coaches + float(chance.integers(0, 100)), 1.0)
        found["leavers", None] = (float(chance.integers(0, 3)), 1.0)
        found["flexibility_share", None] = (float(chance.integers(0, 2) * 30) if site.coaches < site.posts else 0.0, 364.0)
        runs.append(Run(name, run, f"{site.office} {run}", found))
    return runs


def folder_of(out: Path, names: tuple[str, ...], notes: tuple[str, ...] = ("SYNTHETIC: made up.",), sites: list[Site] = SITES) -> Path:
    scenarios = {name: load(name) for name in names}
    nations = {name: Nation(sites, RUNS, read_condition(TIPS_OVER, "")) for name in names}
    for name, nation in nations.items():
        for site in sites:
            nation.add(site, made_up(name, site))
    results = RunResults({name: nation.national_runs() for name, nation in nations.items()}, "fixed")
    tables = {"regions.csv": regions_csv(nations), "offices.csv": offices_csv(nations), "tails.csv": tails_csv(nations)}
    tables["sites.csv"] = sites_csv(SiteTable("ours", "ours.csv", notes, ("office", "region", "posts", "coaches"), tuple(sites)))
    if len(names) > 1:
        tables["differences.csv"] = differences_csv(results)
    asked = experiment("of-tests", scenarios, 1, out)
    request = NationRequest(runs=RUNS, table=OfficeTable(name="ours", offices=len(sites), notes=list(notes)), tips_over=TIPS_OVER)
    write_folder(asked, request, results, tables, ABOUT)
    write_report(asked.folder)
    return asked.folder


@pytest.fixture(scope="session")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The nation under two scenarios; tests only read it."""
    return folder_of(tmp_path_factory.mktemp("two"), NAMES)


@pytest.fixture(scope="session")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The nation under one scenario; tests only read it."""
    return folder_of(tmp_path_factory.mktemp("one"), NAMES[:1])
