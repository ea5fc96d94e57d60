"""`python -m validation.synthetic_offices` writes a table of 646 made-up offices whose totals are the published ones."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from pathlib import Path
from statistics import NormalDist
from typing import TypeVar

from jobcentre.runs.folder import csv_text
from jobcentre.scenario.files import PACKAGE_SCENARIOS, SITES

Thing = TypeVar("Thing")

FILE = PACKAGE_SCENARIOS / SITES / "synthetic_646.csv"
SEED = 646

OFFICES = 646  # B1
COACHES = 17_160  # B2, March 2025
SHORT = 1_400  # B4, 2023-24
FUNDED = 17_800  # B4: 17,600 to 18,000
REGIONS, REGIONS_SHORT = 7, 5  # B4
SEARCHING = 1_662_380  # B9
HEALTH, EVERYBODY = 2_100_000, 7_200_000  # F2, B8
PRE_WCA, LCW = 273_000, 378_000  # F2: 13 % and 18 % of 2,100,000
LCWRA_SEEN = 2 * COACHES  # the baseline's two in contact a coach
LCWRA = 1_449_000  # F2: the rest, 69 %
LOWEST, HIGHEST = 0.24, 0.52  # F3

#: Assumed: the scatter of office sizes, and how short the regions are in proportion to each other.
SIZE_SIGMA = 0.55
SHORTNESS = (0.6, 0.8, 1.0, 1.2, 1.4)

NOTES = f"""\
SYNTHETIC: no office or region in this table exists. Names are made up, and only the totals are those published.
It must not be read as a statement on any real jobcentre or region.
Totals, by the ids of scenarios/sources.yaml and the evidence:
{OFFICES} offices (B1); {COACHES:,} coaches in post (B2, March 2025);
{COACHES + SHORT:,} posts needed: those coaches and the {SHORT:,} that were short in 2023-24 (B4), in {REGIONS_SHORT} of {REGIONS} regions;
{FUNDED:,} posts funded, the middle of 17,600 to 18,000 (B4): office.establishment, to which empty posts may be filled;
{SEARCHING:,} customers searching for work (B9, March 2025);
{PRE_WCA:,} pre_wca and {LCW:,} lcw, 13 % and 18 % of {HEALTH:,} (F2, rounded as in the baseline);
{LCWRA_SEEN:,} lcwra in contact, 2 for each coach as the baseline assumes; the others of {LCWRA:,} (69 %, the rest of F2) without contact.
The publications are of different dates between 2023 and 2025, so that the totals never held on one day.
Assumed: the spread of office sizes (lognormal, sigma {SIZE_SIGMA}: from 4 to 141 posts);
that customers on Universal Credit are in proportion to needed posts;
the spread of shares with a health condition (24 % to 52 %, F3; most offices near the lower end, mean 29 %: {HEALTH:,} of {EVERYBODY:,}, B8),
which has nothing to do with size or region; regions of nearly equal numbers of offices;
how short of coaches each of the five regions is ({", ".join(f"{one:g}" for one in SHORTNESS)} in proportion);
that shortage varies between the offices of a region.
Made by `python -m validation.synthetic_offices` with seed {SEED}; docs/how-to/offices.md explains the columns."""


def table() -> str:
    """The table as CSV, with comments at its top."""
    chance = random.Random(SEED)
    sizes = _shuffled([math.exp(SIZE_SIGMA * NormalDist().inv_cdf((place + 0.5) / OFFICES)) for place in range(OFFICES)], chance)
    posts = shared_out(COACHES + SHORT, sizes)
    shares = _shuffled(_health_shares(), chance)
    regions = _shuffled([place % REGIONS for place in range(OFFICES)], chance)
    empty = _empty_posts(posts, regions, [chance.random() for _ in range(OFFICES)])
    filled = shared_out(FUNDED - COACHES, empty)
    sick = [share * size for share, size in zip(shares, posts, strict=True)]
    well = [(1 - share) * size for share, size in zip(shares, posts, strict=True)]
    searching, pre_wca, lcw, health_journey = (
        shared_out(SEARCHING, well),
        *(shared_out(total, sick) for total in (PRE_WCA, LCW, LCWRA_SEEN)),
    )
    unseen = shared_out(LCWRA - LCWRA_SEEN, sick)
    rows = [
        (
            f"synthetic {place + 1:03}", f"region {regions[place] + 1}", posts[place], posts[place] - empty[place],
            searching[place], pre_wca[place], lcw[place], health_journey[place],
            posts[place] - empty[place] + filled[place], f"{unseen[place] / posts[place]:.1f}",
        )
        for place in range(OFFICES)
    ]  # fmt: skip
    groups = ("searching", "pre_wca", "lcw", "lcwra")
    head = ("office", "region", "posts", "coaches", *groups, "office.establishment", "groups.lcwra.without_contact_per_post")
    return "".join(f"# {line}\n" for line in NOTES.splitlines()) + csv_text(head, rows)


def shared_out(total: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers in proportion to weights that add up to the total: the largest remainders are rounded up."""
    parts = [total * weight / sum(weights) for weight in weights]
    whole = [math.floor(part) for part in parts]
    by_rest = sorted(range(len(parts)), key=lambda place: (whole[place] - parts[place], place))
    for place in by_rest[: total - sum(whole)]:
        whole[place] += 1
    return whole


def _shuffled(things: Sequence[Thing], chance: random.Random) -> list[Thing]:
    """In an order that every version of Python makes of the seed."""
    keys = [chance.random() for _ in things]
    return [things[place] for place in sorted(range(len(things)), key=keys.__getitem__)]


def _health_shares() -> list[float]:
    """Shares from the lowest to the highest, many low and few high, with the mean of the country."""
    span, mean = HIGHEST - LOWEST, HEALTH / EVERYBODY - LOWEST
    power = 1 / (span / mean - 1)
    return [LOWEST + span * (1 - (1 - place / (OFFICES - 1)) ** power) for place in range(OFFICES)]


def _empty_posts(posts: Sequence[int], regions: Sequence[int], chance: Sequence[float]) -> list[int]:
    """Posts without a coach: none in the last regions, and in the others in proportion to posts, the region, and chance.

    No office loses more than half of its posts, nor its last coach.
    """
    weights = [
        (SHORTNESS[region] * size * (0.5 + luck) if region < REGIONS_SHORT else 0.0)
        for size, region, luck in zip(posts, regions, chance, strict=True)
    ]
    empty = shared_out(SHORT, weights)
    if any(2 * gone > size or gone == size for gone, size in zip(empty, posts, strict=True)):
        raise ValueError("an office would lose more than half of its coaches")
    return empty


def main(file: Path = FILE) -> None:
    """Writes the table."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(table(), encoding="utf-8", newline="\n")
    print(file)


if __name__ == "__main__":
    main()
