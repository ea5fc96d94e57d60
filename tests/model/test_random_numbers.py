"""Random numbers by address: the published generator, addresses of their own, and durations against scipy."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from jobcentre.model import random_numbers
from jobcentre.model.random_numbers import Stream

pytestmark = pytest.mark.rules

WORD = 0xFFFFFFFF
M0, M1, W0, W1 = 0xD2511F53, 0xCD9E8D57, 0x9E3779B9, 0xBB67AE85

# Random123 1.14, tests/kat_vectors, lines "philox4x32 10": counter, key, result.
KNOWN_ANSWERS = (
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
)


def words(text: str) -> tuple[int, ...]:
    return tuple(int(word, 16) for word in text.split())


def plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as plain Python, whether or not compilation is on."""
    return getattr(function, "py_func", function)


def counter_of_block(block: tuple[int, ...], key: tuple[int, int]) -> tuple[int, ...]:
    """Philox4x32-10 run backwards: each round is undone by the inverse of its two odd multipliers."""
    c0, c1, c2, c3 = block
    for step in range(9, -1, -1):
        k0, k1 = (key[0] + step * W0) & WORD, (key[1] + step * W1) & WORD
        before0, before2 = c3 * pow(M0, -1, 1 << 32) & WORD, c1 * pow(M1, -1, 1 << 32) & WORD
        c0, c1, c2, c3 = before0, c0 ^ (M1 * before2 >> 32) ^ k0, before2, c2 ^ (M0 * before0 >> 32) ^ k1
    return c0, c1, c2, c3


# --- the generator ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("counter", "key", "result"), KNOWN_ANSWERS)
@pytest.mark.parametrize("form", [random_numbers.philox, plain(random_numbers.philox)], ids=["compiled", "plain"])
def test_the_published_known_answers(form: Callable[..., Any], counter: str, key: str, result: str) -> None:
    assert tuple(int(word) for word in form(*words(counter), *words(key))) == words(result)


@pytest.mark.parametrize(("counter", "key", "result"), KNOWN_ANSWERS)
def test_the_generator_runs_backwards(counter: str, key: str, result: str) -> None:
    low, high = words(key)
    assert counter_of_block(words(result), (low, high)) == words(counter)


@settings(deadline=None)
@given(st.tuples(*[st.integers(0, WORD)] * 4), st.tuples(st.integers(0, WORD), st.integers(0, WORD)))
def test_no_two_counters_share_a_block(counter: tuple[int, ...], key: tuple[int, int]) -> None:
    """A generator that can be run backwards gives every counter a block of its own."""
    block = tuple(int(word) for word in random_numbers.philox(*counter, *key))
    assert counter_of_block(block, key) == counter


# --- addresses --------------------------------------------------------------------------------------------------------

SEEDS = st.tuples(st.integers(0, WORD), st.integers(0, WORD))
RUNS, WHOS, KS = st.integers(0, WORD), st.integers(0, (1 << 54) - 1), st.integers(0, random_numbers.K_LIMIT - 1)
STREAMS = st.sampled_from(list(Stream))


def address_of(counter: tuple[int, ...]) -> tuple[int, int, int, int]:
    """(run, stream, who, k) that a counter stands for: 32, 8, 64 and 24 bits, none shared."""
    return counter[0], counter[1] >> 24, counter[2] << 32 | counter[3], counter[1] & 0xFFFFFF


@settings(deadline=None)  # the first example may have to compile
@given(SEEDS, RUNS, STREAMS, WHOS, KS)
def test_a_number_comes_from_the_counter_of_its_address(seed: tuple[int, int], run: int, stream: Stream, who: int, k: int) -> None:
    """Each field keeps its own bits, so the address can be read back from the counter: no two addresses collide."""
    counter = (run, int(stream) << 24 | k, who >> 32, who & WORD)
    assert address_of(counter) == (run, stream, who, k)
    a, b, _, _ = (int(word) for word in random_numbers.philox(*counter, *seed))
    assert random_numbers.uniform(*seed, run, int(stream), who, k) == ((a << 20 | b >> 12) + 0.5) / 2.0**52


@settings(deadline=None)  # the first example may have to compile
@given(SEEDS, RUNS, STREAMS, WHOS, KS)
def test_compiled_and_plain_python_give_the_same_bits(seed: tuple[int, int], run: int, stream: Stream, who: int, k: int) -> None:
    assert random_numbers.uniform(*seed, run, int(stream), who, k) == plain(random_numbers.uniform)(*seed, run, int(stream), who, k)


def test_streams_have_numbers_of_their_own_that_fit_their_bits() -> None:
    numbers = [int(stream) for stream in Stream]
    assert len(set(numbers)) == len(Stream.__members__)
    assert all(0 <= number < 1 << random_numbers.STREAM_BITS for number in numbers)
    assert random_numbers.STREAM_BITS + random_numbers.K_BITS == 32


@given(st.integers(0, 63), st.integers(-(1 << 23), (1 << 23) - 1), st.integers(0, (1 << 24) - 1))
def test_a_customers_identity_keeps_group_day_and_number_apart(group: int, day: int, number: int) -> None:
    who = int(random_numbers.customer_who(group, day, number))
    assert (who >> 48, (who >> 24 & 0xFFFFFF) - (1 << 23), who & 0xFFFFFF) == (group, day, number)
    assert 0 <= who < 1 << 54


@given(st.integers(0, (1 << 16) - 1), st.integers(0, (1 << 16) - 1))
def test_a_coachs_identity_keeps_post_and_holder_apart(post: int, holder: int) -> None:
    who = int(random_numbers.coach_who(post, holder))
    assert (who >> 16, who & 0xFFFF) == (post, holder)


@pytest.mark.parametrize(("words_drawn", "number"), [((0, 0), 2.0**-53), ((WORD, WORD), 1.0 - 2.0**-53), ((1 << 31, 0), 0.5 + 2.0**-53)])
def test_uniform_is_strictly_between_0_and_1(words_drawn: tuple[int, int], number: float) -> None:
    """At the very addresses where the generator gives its smallest, largest and middle words."""
    seed = (12345, 678)
    run, stream, who, k = address_of(counter_of_block((*words_drawn, 17, 4), seed))
    for form in (random_numbers.uniform, plain(random_numbers.uniform)):
        assert form(*seed, run, stream, np.uint64(who) if who >> 63 else who, k) == number


def test_numbers_along_every_field_are_uniform() -> None:
    """Neighbouring addresses, one field at a time: Kolmogorov–Smirnov and neighbours' correlation, 20,000 numbers each."""
    n = 20_000
    along: dict[str, Callable[[int], float]] = {
        "seed": lambda i: random_numbers.uniform(i, 0, 0, 47, 99, 3),
        "run": lambda i: random_numbers.uniform(1, 0, i, 47, 99, 3),
        "who": lambda i: random_numbers.uniform(1, 0, 0, 47, i, 3),
        "k": lambda i: random_numbers.uniform(1, 0, 0, 47, 99, i),
    }
    for field, number in along.items():
        u = np.array([number(i) for i in range(n)])
        assert stats.kstest(u, "uniform").pvalue > 1e-4, field
        # under independence the lag-1 correlation has standard error 1/√n = 0.0071
        assert abs(np.corrcoef(u[1:], u[:-1])[0, 1]) < 4 / math.sqrt(n), field


def test_neighbouring_seeds_share_no_run() -> None:
    """Seed 1 run 2 is not seed 2 run 1; seed 0 and run 0 are ordinary."""
    numbers = {(seed, run): random_numbers.uniform(seed, 0, run, 37, 5, 5) for seed in range(60) for run in range(60)}
    assert len(set(numbers.values())) == 3600
    assert stats.kstest(list(numbers.values()), "uniform").pvalue > 1e-4


# --- durations --------------------------------------------------------------------------------------------------------


def exact(family: str, cv: float) -> Any:
    """The distribution with mean 1 and this spread, by scipy."""
    if family == "exponential":
        return stats.expon()
    if family == "lognormal":
        sigma = math.sqrt(math.log1p(cv * cv))
        return stats.lognorm(sigma, scale=math.exp(-sigma * sigma / 2))
    if family == "gamma":
        return stats.gamma(1 / cv**2, scale=cv**2)
    if family == "uniform":
        return stats.uniform(1 - cv * math.sqrt(3), 2 * cv * math.sqrt(3))
    return stats.triang(0.5, 1 - cv * math.sqrt(6), 2 * cv * math.sqrt(6))


FAMILIES = (
    ("exponential", 1.0),
    ("lognormal", 0.05),
    ("lognormal", 0.6),
    ("lognormal", 1.5),
    ("gamma", 0.05),
    ("gamma", 0.5),
    ("gamma", 1.0),
    ("gamma", 1.5),
    ("uniform", 0.5),
    ("triangular", 0.3),
)


def moments_of_table(table: np.ndarray) -> tuple[float, float]:
    """Mean and variance of a variable whose quantile function is linear between the table's points, constant beyond them."""
    share = -np.diff(random_numbers.probabilities())
    low, high = table[:-1], table[1:]
    rest = float(random_numbers.probabilities()[-1])
    mean = float(np.sum(share * (low + high) / 2)) + rest * (table[0] + table[-1])
    square = float(np.sum(share * (low * low + low * high + high * high) / 3)) + rest * (table[0] ** 2 + table[-1] ** 2)
    return mean, square - mean * mean


@pytest.mark.parametrize(("family", "cv"), FAMILIES)
def test_tables_have_mean_1_and_the_spread_and_quantiles_of_scipy(family: str, cv: float) -> None:
    """Mean within 1e-9; spread and quantiles from one in a thousand to all but one in a thousand million within 5e-5."""
    table = random_numbers.quantile_table(family, cv)
    mean, variance = moments_of_table(table)
    assert mean == pytest.approx(1.0, abs=1e-9)
    assert math.sqrt(variance) == pytest.approx(cv, rel=5e-5)
    assert np.all(np.diff(table) >= 0)
    for u in (0.001, 0.01, 0.1, 0.25, 0.4999, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999, 1 - 1e-6, 1 - 1e-9):
        assert random_numbers.quantile(table.reshape(1, -1), 0, u) == pytest.approx(exact(family, cv).ppf(u), rel=5e-5, abs=1e-6)


@pytest.mark.parametrize(("family", "cv"), FAMILIES)
def test_draws_follow_the_distribution(family: str, cv: float) -> None:
    """Kolmogorov–Smirnov on 20,000 numbers at addresses: a distance of 0.016 would fail (p = 1e-4)."""
    tables = random_numbers.quantile_table(family, cv).reshape(1, -1)
    sample = [random_numbers.quantile(tables, 0, random_numbers.uniform(7, 0, 0, 40, who, 1)) for who in range(20_000)]
    assert stats.kstest(sample, exact(family, cv).cdf).pvalue > 1e-4


@pytest.mark.parametrize("family", ["constant", "lognormal", "gamma", "uniform", "triangular"])
def test_no_spread_is_a_constant(family: str) -> None:
    tables = random_numbers.quantile_table(family, 0.0).reshape(1, -1)
    assert [random_numbers.quantile(tables, 0, u) for u in (2.0**-53, 0.2, 0.5, 0.9, 1 - 2.0**-53)] == [1.0] * 5


def test_a_table_of_quantiles_is_read_linearly_and_scaled_to_mean_1() -> None:
    """Quantiles 10, 20, 60 at 0, ½, 1 have mean ½·15 + ½·40 = 27.5."""
    tables = random_numbers.quantile_table("table", 0.0, (10.0, 20.0, 60.0)).reshape(1, -1)
    for u, value in ((0.25, 15), (0.5, 20), (0.75, 40), (0.9, 52)):
        assert random_numbers.quantile(tables, 0, u) == pytest.approx(value / 27.5, rel=1e-6)


@given(st.floats(2.0**-53, 1 - 2.0**-53), st.sampled_from(FAMILIES))
def test_durations_are_the_same_bits_in_both_forms(u: float, shape: tuple[str, float]) -> None:
    tables = TABLES[shape]
    assert random_numbers.quantile(tables, 0, u) == plain(random_numbers.quantile)(tables, 0, u)


TABLES = {(family, cv): random_numbers.quantile_table(family, cv).reshape(1, -1) for family, cv in FAMILIES}


@given(st.floats(2.0**-53, 1 - 2.0**-53), st.floats(2.0**-53, 1 - 2.0**-53), st.sampled_from(FAMILIES))
def test_a_larger_uniform_never_gives_a_shorter_duration(u: float, v: float, shape: tuple[str, float]) -> None:
    tables = TABLES[shape]
    assert random_numbers.quantile(tables, 0, min(u, v)) <= random_numbers.quantile(tables, 0, max(u, v))


# --- numbers of arrivals ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mean", [0.0, 0.02, 0.67, 2.0, 11.5, 108.0, 600.0])
def test_poisson_by_inversion_is_that_of_scipy(mean: float) -> None:
    levels = (np.arange(2000) + 0.5) / 2000
    counts = [random_numbers.poisson(u, mean, math.exp(-mean)) for u in levels]
    # inversion takes the first count whose cumulative probability exceeds u
    assert counts == [int(np.searchsorted(stats.poisson.cdf(np.arange(1200), mean), u, side="right")) for u in levels]
    assert counts == [plain(random_numbers.poisson)(u, mean, math.exp(-mean)) for u in levels]


@pytest.mark.parametrize("mean", [0.67, 108.0, 600.0])
def test_poisson_ends_at_the_largest_uniform(mean: float) -> None:
    most = random_numbers.poisson(1 - 2.0**-53, mean, math.exp(-mean))
    assert stats.poisson.sf(most - 1, mean) < 1e-13
    assert most < mean + 12 * math.sqrt(mean) + 16
