"""Runs of many offices added up to regions and the nation, office by office: run r of the nation is run r of every office.

Only what is added up is kept, and a row for each office.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

import numpy as np
import xxhash

from jobcentre.metrics import BY_NAME, HEADLINES, is_total
from jobcentre.model.events import DIGEST
from jobcentre.runs.folder import csv_text
from jobcentre.runs.results import columns, summarise, value_of
from jobcentre.runs.store import Key, Run
from jobcentre.scenario.offices import REQUIRED, Site, SiteTable
from jobcentre.stats.intervals import Interval, Kind, interval, runs_and_level, wilson

#: The default threshold at which an office-year does not cope: half of its coach-days overloaded. Assumed.
TIPS_OVER = "overloaded_share>0.5"
EASED = ("flexibility_share", None)
QUANTILES = (5, 25, 50, 75, 95)


class YearCondition(Protocol):
    """A condition on one metric of an office-year."""

    @property
    def key(self) -> Key:
        """The metric and group of the condition."""

    def met_by(self, value: float | None) -> bool:
        """Whether a value meets it."""


class OfficeYears(NamedTuple):
    """One office over its runs that ended well; `tips_over` and `ever_eased` are shares of them."""

    office: str
    region: str
    posts: int
    coaches: int
    runs: int
    failed: int
    values: Mapping[str, float | None]
    tips_over: Interval
    flexibility_share: float | None
    ever_eased: Interval


class Tail(NamedTuple):
    """A quantile of a metric over the offices of a region or (None) of the nation."""

    region: str | None
    figure: str
    metric: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    n: int
    level: float | None
    method: str
    kind: str


class Nation:
    """One scenario in the offices of a table; `add` takes them in the order of the table, so that sums have the same bits every time.

    `tips_over` says when an office-year counts as tipped over.
    """

    def __init__(
        self, sites: Sequence[Site], runs: int, tips_over: YearCondition, intervals: Kind = "fixed", metrics: Sequence[str] = HEADLINES
    ) -> None:
        self.runs, self.tips_over, self.kind, self.metrics = runs, tips_over, intervals, tuple(metrics)
        self.offices: list[OfficeYears] = []
        self._sites = tuple(sites)
        self._nation = _Area(runs)
        self._regions = {site.region: _Area(runs) for site in sites}
        self._of: tuple[str, int] | None = None  # scenario and point

    def add(self, site: Site, runs: Sequence[Run]) -> None:
        """The runs of the next office of the table, failed ones too."""
        row = len(self.offices)
        if row >= len(self._sites) or self._sites[row].office != site.office:
            raise ValueError(f"`{site.office}` is not office {row + 1} of the table")
        mine = sorted(runs, key=lambda run: run.run)
        if [run.run for run in mine] != list(range(self.runs)):
            raise ValueError(f"`{site.office}` needs runs 0 to {self.runs - 1}, each once")
        of = {(run.scenario, run.point) for run in mine} | ({self._of} if self._of else set())
        if len(of) != 1:
            raise ValueError(f"runs of one scenario and point are needed, not of {len(of)}")
        (self._of,) = of
        tipped = [run.failure is None and self.tips_over.met_by(_value(run, self.tips_over.key)) for run in mine]
        eased = [(_value(run, EASED) or 0.0) > 0 for run in mine]
        for area in (self._nation, self._regions[site.region]):
            area.add(site.office, mine, tipped, eased)
        self.offices.append(self._office(site, mine, tipped, eased))

    def national_runs(self) -> list[Run]:
        """Runs of all offices together."""
        return self._runs_of(self._nation)

    def regional_runs(self) -> dict[str, list[Run]]:
        """Runs of the offices of each region together, regions in the order of the table."""
        return {region: self._runs_of(area) for region, area in self._regions.items()}

    def tails(self) -> list[Tail]:
        """Gives the offices that do not cope or use flexibilities, and quantiles of the headline metrics; the nation first."""
        self._whole()
        areas: list[tuple[str | None, _Area]] = [(None, self._nation), *self._regions.items()]
        return [tail for region, area in areas for tail in [*self._counted(region, area), *self._spread(region)]]

    def _office(self, site: Site, runs: Sequence[Run], tipped: Sequence[bool], eased: Sequence[bool]) -> OfficeYears:
        good = [run for run in runs if run.failure is None]
        values = {metric: _over_runs(good, (metric, None)) for metric in self.metrics}

        def share(flags: Sequence[bool]) -> Interval:
            office_flags = [flags[run.run] for run in good]
            return interval(office_flags, np.ones(len(office_flags)), "run_share", intervals=self.kind)

        about = (site.office, site.region, site.posts, site.coaches, len(good), len(runs) - len(good))
        return OfficeYears(*about, values, share(tipped), _over_runs(good, EASED), share(eased))

    def _runs_of(self, area: _Area) -> list[Run]:
        self._whole()
        assert self._of is not None
        return area.as_runs(*self._of)

    def _whole(self) -> None:
        if len(self.offices) < len(self._sites):
            raise ValueError(f"{len(self.offices)} of {len(self._sites)} offices have been added")

    def _counted(self, region: str | None, area: _Area) -> Iterator[Tail]:
        """Offices per run: each run of the area that ended well is one value."""
        good = np.array([run not in area.failed for run in range(self.runs)])
        for name, metric, numbers in (("tip_over", str(self.tips_over), area.tipped), ("ever_eased", f"{EASED[0]}>0", area.eased)):
            estimate = share_of_offices(numbers[good], area.offices, self.kind)
            for figure, unit, times in ((f"offices_{name}", "offices", area.offices), (f"share_of_offices_{name}", "share", 1)):
                mean, low, high = (None if value is None else value * times for value in (estimate.mean, estimate.low, estimate.high))
                yield Tail(region, figure, metric, mean, low, high, unit, estimate.n, estimate.level, estimate.method, estimate.kind)

    def _spread(self, region: str | None) -> Iterator[Tail]:
        """Quantiles of the offices' own values over all their runs."""
        offices = [office for office in self.offices if region is None or office.region == region]
        for metric in self.metrics:
            values = [value for office in offices if (value := office.values[metric]) is not None]
            for percent in QUANTILES:
                quantile = float(np.quantile(values, percent / 100)) if values else None
                unit = BY_NAME[metric].unit
                yield Tail(
                    region, f"quantile_{percent:02}", metric, quantile, None, None, unit, len(values), None, "quantile over offices", ""
                )


class _Area:
    """Sums over some offices: numerators and denominators by run, and counts of offices that do not cope or use flexibilities."""

    def __init__(self, runs: int) -> None:
        self.offices = 0
        self.failed: dict[int, tuple[str, int]] = {}  # by run: the first message, and in how many offices more
        self.tipped = np.zeros(runs)
        self.eased = np.zeros(runs)
        self._runs = runs
        self._sums: dict[Key, tuple[np.ndarray, np.ndarray]] = {}
        self._digests = [xxhash.xxh3_128() for _ in range(runs)]

    def add(self, office: str, runs: Sequence[Run], tipped: Sequence[bool], eased: Sequence[bool]) -> None:
        """One office with all its runs in order."""
        self.offices += 1
        self.tipped += tipped
        self.eased += eased
        for run in runs:
            self._digests[run.run].update(f"{office}\0{run.digest}\0".encode())
            if run.failure is not None:
                first, more = self.failed.get(run.run, (f"`{office}`: {run.failure}", -1))
                self.failed[run.run] = first, more + 1
        for key in dict.fromkeys(key for run in runs for key in run.metrics):
            top, bottom = (np.array(column) for column in columns(runs, key))
            sums = self._sums.setdefault(key, (np.zeros(self._runs), np.zeros(self._runs)))
            sums[0][:] += top
            if not is_total(BY_NAME[key[0]]):
                sums[1][:] += bottom
            elif ((sums[1] != bottom) & (sums[1] > 0) & (bottom > 0)).any():
                raise ValueError(f"`{office}` is counted over another time than the offices before it: {key[0]} cannot be added up")
            else:
                np.maximum(sums[1], bottom, out=sums[1])

    def as_runs(self, scenario: str, point: int) -> list[Run]:
        """The offices together, run by run; a run in which any office failed has failed."""
        return [self._failed(scenario, run, point) if run in self.failed else self._run(scenario, run, point) for run in range(self._runs)]

    def _run(self, scenario: str, run: int, point: int) -> Run:
        metrics = {key: (float(top[run]), float(bottom[run])) for key, (top, bottom) in self._sums.items()}
        return Run(scenario, run, f"{DIGEST}:{self._digests[run].hexdigest()}", metrics, point=point)

    def _failed(self, scenario: str, run: int, point: int) -> Run:
        first, more = self.failed[run]
        others = f", and {more} more office{'s' if more > 1 else ''}" if more else ""
        return Run(scenario, run, None, failure=first + others, point=point)


def share_of_offices(numbers: np.ndarray, offices: int, intervals: Kind) -> Interval:
    """The mean share of offices over runs, by how many there were in each run.

    Where there were none in any run (or all in every run) runs have no scatter to judge by. Offices have streams of random
    numbers of their own, so that each office-year is then one observation.
    """
    estimate = interval(numbers / offices, np.ones(len(numbers)), "mean", intervals=intervals, share=True)
    if estimate.low is None or estimate.mean not in (0.0, 1.0):
        return estimate
    runs, level = runs_and_level(len(numbers), estimate.level, intervals)
    low, high = wilson(estimate.mean * runs * offices, runs * offices, level or estimate.level)
    return replace(estimate, low=low, high=high, method="Wilson over office-years")


def _value(run: Run, key: Key) -> float | None:
    return value_of(run.metrics.get(key, (0.0, 0.0)))


def _over_runs(runs: Sequence[Run], key: Key) -> float | None:
    top, bottom = columns(runs, key)
    return value_of((sum(top), sum(bottom)))


# --- tables -----------------------------------------------------------------------------------------------------------


def regions_csv(nations: Mapping[str, Nation]) -> str:
    """Every metric of every region with its interval, by scenario."""
    header = ("scenario", "region", "group", "metric", "mean", "low", "high", "unit", "n", "level", "method", "kind")
    rows: list[tuple[Any, ...]] = []
    for name, nation in nations.items():
        for region, runs in nation.regional_runs().items():
            rows += [(name, region, *row[2:]) for row in summarise(name, runs, nation.kind)]
    return csv_text(header, rows)


def offices_csv(nations: Mapping[str, Nation]) -> str:
    """Every office: headline metrics, and in which share of its runs it tips over and eases appointments."""
    metrics = next(iter(nations.values())).metrics
    shares = [f"{name}{end}" for name in ("tips_over", "ever_eased") for end in ("", "_low", "_high")]
    header = (
        "scenario",
        "office",
        "region",
        "posts",
        "coaches",
        "runs",
        "failed",
        *metrics,
        "tips_over_means",
        *shares,
        "flexibility_share",
    )
    rows = []
    for name, nation in nations.items():
        for office in nation.offices:
            limits = [
                limit
                for limits_of_office in (office.tips_over, office.ever_eased)
                for limit in (limits_of_office.mean, limits_of_office.low, limits_of_office.high)
            ]
            about = (office.office, office.region, office.posts, office.coaches, office.runs, office.failed)
            values = [office.values[metric] for metric in metrics]
            rows.append((name, *about, *values, str(nation.tips_over), *limits, office.flexibility_share))
    return csv_text(header, rows)


def tails_csv(nations: Mapping[str, Nation]) -> str:
    """Writes the distribution over offices by scenario; the nation has no region."""
    return csv_text(("scenario", *Tail._fields), ((name, *tail) for name, nation in nations.items() for tail in nation.tails()))


def sites_csv(table: SiteTable) -> str:
    """The table of offices as it was read, its notes and the columns that every table has first."""
    others = [name for name in table.columns if name not in REQUIRED]
    return "".join(f"# {note}\n" for note in table.notes) + csv_text((*REQUIRED, *others), _site_rows(table.sites, others))


def _site_rows(sites: Iterable[Site], others: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    for site in sites:
        cells = {**site.customers, **{name: "null" if value is None else value for name, value in site.figures.items()}}
        yield site.office, site.region, site.posts, site.coaches, *(cells.get(name) for name in others)
