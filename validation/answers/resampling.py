"""Samples of real runs, drawn together from the pools of several scenarios, and counts of what was said wrongly about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from jobcentre.runs.store import Key, Run
from jobcentre.stats.intervals import wilson
from validation.statistics.pool import Pool

#: How often anything said may be wrong.
PROMISED = 0.05


class Wrong(NamedTuple):
    """In how many of the samples something said was wrong."""

    wrong: int
    samples: int

    @property
    def share(self) -> float:
        """Share of samples in which something was wrong."""
        return self.wrong / self.samples

    @property
    def limits(self) -> tuple[float, float]:
        """Wilson's limits of that share, from the finite number of samples."""
        return wilson(self.wrong, self.samples)

    @property
    def too_often(self) -> bool:
        """Whether it is more than was promised, and by more than chance between samples explains."""
        return self.limits[0] > PROMISED

    def __str__(self) -> str:
        low, high = (f"{100 * limit:.1f}" for limit in self.limits)
        text = f"{100 * self.share:.1f} % ({low} to {high})"
        return f"**{text}**" if self.too_often else text


def as_runs(name: str, pool: Pool, keys: Sequence[Key]) -> list[Run]:
    """The runs of a pool as the program keeps them, with these metrics alone."""
    columns = [pool.values[:, pool.keys.index(key)].tolist() for key in keys]
    return [
        Run(name, number, metrics={key: (top, bottom) for key, (top, bottom) in zip(keys, of_run, strict=True)})
        for number, of_run in enumerate(zip(*columns, strict=True))
    ]


def places(pool_runs: int, runs: int, samples: int, seed: int) -> Iterator[list[int]]:
    """For each sample the places of so many runs in a pool, none twice within a sample."""
    rng = np.random.default_rng([seed, runs])
    for _ in range(samples):
        yield rng.choice(pool_runs, runs, replace=False).tolist()


def together(made: Mapping[str, Sequence[Run]], runs: int, samples: int, seed: int) -> Iterator[dict[str, list[Run]]]:
    """Samples of so many runs, numbered from 0; run i of every scenario had the same random numbers."""
    (pool_runs,) = {len(mine) for mine in made.values()}
    for chosen in places(pool_runs, runs, samples, seed):
        yield {name: [mine[place]._replace(run=number) for number, place in enumerate(chosen)] for name, mine in made.items()}
