"""Intervals for one metric over runs: hand calculations, published limits, and coverage by simulation.

Coverage is measured over 2,000 repetitions: its Monte-Carlo standard error is 0.5 points at 95 %, so ± 1.5 points are
allowed around a nominal level, and more only where a test says why.
"""

import numpy as np
import pytest
from scipy import special, stats
from scipy.optimize import brentq

from jobcentre.stats.intervals import Interval, interval, wilson

REPETITIONS = 2000
TOLERANCE = 0.015
ONES = np.ones(5)


def coverage(truth, draw, aggregation, share=False, repetitions=REPETITIONS):
    covered = 0
    for _ in range(repetitions):
        found = interval(*draw(), aggregation, share=share)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= truth <= found.high
    return covered / repetitions


def test_mean_of_five_runs_by_hand():
    # Mean 3, variance 2.5, standard error sqrt(2.5 / 5) = 0.70711, t with 4 degrees of freedom 2.77645.
    found = interval([1, 2, 3, 4, 5], ONES, "mean")
    assert found.mean == pytest.approx(3)
    assert (found.low, found.high) == pytest.approx((1.03676, 4.96324), abs=1e-5)
    assert (found.n, found.level, found.kind) == (5, 0.95, "fixed")


def test_mean_is_of_the_runs_own_values_and_ratio_of_sums():
    top, bottom = [10, 0, 0, 0, 0], [10, 1, 1, 1, 1]
    assert interval(top, bottom, "mean").mean == pytest.approx(0.2)
    assert interval(top, bottom, "ratio").mean == pytest.approx(10 / 14)


def test_ratio_is_the_jackknife_of_its_definition():
    top, bottom = np.array([3.0, 1, 4, 1, 5, 9]), np.array([2.0, 7, 1, 8, 2, 8])
    without = np.array([(top.sum() - top[i]) / (bottom.sum() - bottom[i]) for i in range(6)])
    error = np.sqrt(5 / 6 * ((without - without.mean()) ** 2).sum())
    # Runs of unequal weight: 28² / 186 = 4.215 equal runs would weigh as much.
    t = stats.t.ppf(0.975, 28**2 / 186 - 1)
    # Their skewness is negative, so the lower limit is Hall's and the upper one Student's.
    root_n_skew = stats.skew(6 * 23 / 28 - 5 * without) / np.sqrt(6)
    found = interval(top, bottom, "ratio")
    assert found.mean == pytest.approx(23 / 28)
    assert root_n_skew < 0
    assert 23 / 28 - hall(t, root_n_skew) * error < 0 == found.low  # amounts are never negative
    assert hall(t, root_n_skew) > t
    assert found.high == pytest.approx(23 / 28 + t * error)
    half = stats.t.ppf(0.75, 28**2 / 186 - 1)
    assert interval(top, bottom, "ratio", 0.5).low == pytest.approx(23 / 28 - max(half, hall(half, root_n_skew)) * error)


def hall(t, skew):
    """Where Hall's (1992) transformation of t has the value t: g(T) = T + s T²/3 + s² T³/27 + s/6, s the skewness ÷ √n."""
    return brentq(lambda x: x + skew * x**2 / 3 + skew**2 * x**3 / 27 + skew / 6 - t, -1000, 1000)


@pytest.mark.parametrize("values", [[0, 0, 1, 0, 5, 2, 0, 1], [3, 3, 2, 3, -4, 3, 3, 2]])
def test_the_limit_on_the_side_of_the_long_tail_is_halls_and_the_other_students(values):
    found = interval(values, np.ones(8), "mean")
    mean, error, t = np.mean(values), stats.sem(values), stats.t.ppf(0.975, 7)
    skew = stats.skew(values) / np.sqrt(8)
    below, above = hall(t, skew), -hall(-t, skew)
    assert min(below, above) < t < max(below, above)
    assert (found.low, found.high) == pytest.approx((mean - max(t, below) * error, mean + max(t, above) * error))


def test_a_share_is_lengthened_by_the_skewness_that_the_logit_leaves():
    top = np.array([1.0, 0, 2, 0, 1, 9, 0, 1])
    found = interval(top, np.full(8, 100.0), "ratio", share=True)
    share, error, t = 14 / 800, stats.sem(top / 100), stats.t.ppf(0.975, 7)
    slope, curvature = 1 / (share * (1 - share)), (2 * share - 1) / (share * (1 - share)) ** 2  # of the logit
    skew = stats.skew(top) / np.sqrt(8) + 1.5 * curvature / slope * error
    low, high = (special.logit(share) + reach * slope * error for reach in (-max(t, hall(t, skew)), max(t, -hall(-t, skew))))
    assert (found.low, found.high) == pytest.approx((special.expit(low), special.expit(high)))
    assert (special.logit(found.high) + special.logit(found.low)) / 2 != pytest.approx(special.logit(share))


@pytest.mark.parametrize("aggregation", ["ratio", "count", "run_share", "mean"])
def test_nothing_in_the_denominator_is_null(aggregation):
    assert interval(np.zeros(30), np.zeros(30), aggregation).mean is None
    assert interval([], [], aggregation).mean is None


@pytest.mark.parametrize("aggregation", ["ratio", "count", "run_share", "mean"])
def test_no_interval_from_fewer_than_five_runs(aggregation):
    values = [0, 1, 2, 0, 1]
    four, five = interval(values[:4], ONES[:4], aggregation), interval(values, ONES, aggregation)
    assert four.mean is not None
    assert (four.low, four.high) == (None, None)
    assert five.low is not None
    assert five.low < five.mean < five.high


def test_runs_without_a_denominator_do_not_count_towards_the_five():
    found = interval([1, 2, 3, 0, 0, 0], [4, 4, 5, 0, 0, 0], "ratio")
    assert found.mean == pytest.approx(6 / 13)
    assert found.low is None
    alone = interval([1, 0, 0, 0, 0], [4, 0, 0, 0, 0], "ratio")
    assert (alone.mean, alone.low) == (0.25, None)


@pytest.mark.parametrize(("total", "low", "high"), [(0, 0, 3.689), (1, 0.025, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390)])
def test_counts_without_overdispersion_have_garwoods_limits(total, low, high):
    # Published: e.g. Ulm 1990, Am J Epidemiol 131, 373-375 (limits for 0, 1, 5 and 10 events).
    counts = np.zeros(20)
    counts[:total] = 1  # at most one event in a run: variance below the mean
    found = interval(counts, np.ones(20), "count")
    assert found.mean == pytest.approx(total / 20)
    assert (found.low * 20, found.high * 20) == pytest.approx((low, high), abs=0.0015)


def test_overdispersed_counts_are_stretched_by_hand():
    # 0, 4, 0, 4, 0, 4, 0, 4, 0, 4: mean 2, variance 40/9, dispersion 20/9, times (2.26216 / 1.95996)² = 2.96033.
    found = interval([0, 4] * 5, np.ones(10), "count")
    stretch = 20 / 9 * (2.26216 / 1.95996) ** 2
    low = stretch * stats.chi2.ppf(0.025, 2 * 20 / stretch) / 2 / 10
    high = stretch * stats.chi2.ppf(0.975, 2 * 20 / stretch + 2) / 2 / 10
    assert (found.mean, found.low, found.high) == pytest.approx((2, low, high), rel=1e-4)


def test_counts_are_per_unit_of_exposure():
    per_run, per_coach_year = interval([1, 0, 1, 1, 0], ONES, "count"), interval([1, 0, 1, 1, 0], 20 * ONES, "count")
    assert per_coach_year.mean == pytest.approx(3 / 100)
    assert (per_coach_year.low, per_coach_year.high) == pytest.approx((per_run.low / 20, per_run.high / 20))


@pytest.mark.parametrize(("successes", "trials", "low", "high"), [(15, 23, 0.449, 0.812), (8, 15, 0.301, 0.752)])
def test_wilson_limits_as_published_for_resignations_in_one_team(successes, trials, low, high):
    events = np.arange(trials) < successes
    found = interval(3 * events, np.ones(trials), "run_share")
    assert found.mean == pytest.approx(successes / trials)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.0005)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    # Newcombe 1998, Stat Med 17, 857-872, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_limits_as_published_by_newcombe(successes, trials, low, high):
    assert wilson(successes, trials) == pytest.approx((low, high), abs=0.00006)


def test_wilson_reaches_nought_and_one_exactly():
    assert wilson(0, 50)[0] == 0
    assert wilson(50, 50)[1] == 1
    with pytest.raises(ValueError, match="not a share"):
        wilson(3, 2)


@pytest.mark.parametrize("top", [[1, 0, 0, 0, 0, 0], [99, 100, 100, 98, 100, 100], [50, 1, 99, 2, 80, 0]])
def test_a_share_keeps_between_nought_and_one_and_mirrors_its_complement(top):
    top, bottom = np.array(top, dtype=float), np.full(6, 100.0)
    found, complement = interval(top, bottom, "ratio", share=True), interval(bottom - top, bottom, "ratio", share=True)
    assert 0 < found.low < found.mean < found.high < 1
    assert (1 - complement.high, 1 - complement.low) == pytest.approx((found.low, found.high))


def test_a_share_that_no_run_shows_counts_each_run_once():
    found = interval(np.zeros(50), np.full(50, 1000.0), "ratio", share=True)
    assert (found.mean, found.low) == (0, 0)
    assert found.high == pytest.approx(1.959964**2 / (50 + 1.959964**2))  # Wilson's upper limit for 0 of 50
    always = interval(np.full(50, 1000.0), np.full(50, 1000.0), "ratio", share=True)
    assert (always.low, always.high) == pytest.approx((1 - found.high, 1))


def test_more_than_all_is_not_a_share():
    with pytest.raises(ValueError, match="between 0 and 1"):
        interval(2 * ONES, ONES, "ratio", share=True)


@pytest.mark.parametrize("aggregation", ["ratio", "mean"])
def test_a_negative_mean_has_the_mirrored_interval(aggregation):
    top, bottom = np.array([-5.0, 2, -8, -1, -4, 3]), np.array([1.0, 2, 1, 3, 1, 2])
    found, mirrored = interval(top, bottom, aggregation), interval(-top, bottom, aggregation)
    assert found.mean < 0
    assert found.low < found.mean < found.high
    assert (mirrored.mean, mirrored.low, mirrored.high) == pytest.approx((-found.mean, -found.high, -found.low))


def test_a_mean_of_nought_has_a_finite_interval():
    found = interval([-2, 2, -1, 1, 0], ONES, "ratio")
    assert found.mean == 0
    assert found.high == pytest.approx(stats.t.ppf(0.975, 4) * np.sqrt(2.5 / 5))


def test_runs_that_all_agree_leave_no_doubt():
    found = interval([0.3, 0.6, 0.9, 1.2, 0.3], [1, 2, 3, 4, 1], "ratio")
    assert found.mean == pytest.approx(0.3)
    assert found.high - found.low < 1e-12


def test_a_higher_level_is_wider_and_more_runs_are_narrower():
    values = np.tile([1.0, 2, 3, 4, 5], 4)
    usual, strict = interval(values, np.ones(20), "mean"), interval(values, np.ones(20), "mean", level=0.99)
    assert strict.low < usual.low < usual.high < strict.high
    assert usual.high - usual.low < 0.6 * (interval(values[:5], ONES, "mean").high - interval(values[:5], ONES, "mean").low)


def test_anytime_uses_the_runs_of_the_last_look_at_its_level():
    values = np.arange(60.0) ** 1.5
    found = interval(values, np.ones(60), "mean", intervals="anytime")
    at_look = interval(values[:50], np.ones(50), "mean", level=1 - 0.05 / 6)
    assert (found.n, found.level, found.kind) == (50, 0.95, "anytime")
    assert (found.mean, found.low, found.high) == (at_look.mean, at_look.low, at_look.high)


def test_anytime_has_no_interval_before_the_first_look():
    found = interval(np.arange(24.0), np.ones(24), "mean", intervals="anytime")
    assert (found.mean, found.low, found.high, found.n) == (11.5, None, None, 24)


@pytest.mark.parametrize(
    ("top", "bottom", "aggregation", "words"),
    [
        ([1, 2], [1], "ratio", "shapes"),
        ([1, np.nan], [1, 1], "ratio", "finite"),
        ([1, 1], [1, -1], "ratio", "negative"),
        ([-1, 1], [1, 1], "count", "negative"),
        ([1, 1], [1, 1], "median", "median"),
    ],
)
def test_arrays_that_no_metric_can_have_are_refused(top, bottom, aggregation, words):
    with pytest.raises(ValueError, match=words):
        interval(top, bottom, aggregation)


def test_unknown_kinds_and_levels_are_refused():
    with pytest.raises(ValueError, match="anytime"):
        interval(ONES, ONES, "mean", intervals="peek")
    with pytest.raises(ValueError, match="95"):
        interval(ONES, ONES, "mean", level=95)


def test_an_interval_cannot_be_changed():
    found: Interval = interval(ONES, ONES, "mean")
    with pytest.raises(AttributeError):
        found.mean = 2.0


@pytest.mark.theory
@pytest.mark.parametrize("runs", [10, 30, 100])
@pytest.mark.parametrize("skew", [0.1, 1.0])
def test_a_ratio_covers_also_with_skewed_denominators(runs, skew):
    """Lognormal denominators whose logarithms scatter by `skew`; per-unit values around a truth of −0.4."""
    rng = np.random.default_rng([1, runs, round(10 * skew)])

    def draw():
        bottom = np.exp(rng.normal(0, skew, runs))
        return bottom * rng.normal(-0.4, 1, runs), bottom

    assert coverage(-0.4, draw, "ratio") == pytest.approx(0.95, abs=TOLERANCE)


@pytest.mark.theory
@pytest.mark.parametrize(("runs", "least"), [(20, 0.94), (50, 0.94)])
def test_skewed_means_are_covered(runs, least):
    """Exponential runs, of which Student's t covers 92 and 93 %."""
    rng = np.random.default_rng([5, runs])
    covered = coverage(1.0, lambda: (rng.exponential(size=runs), np.ones(runs)), "mean")
    assert least <= covered <= 0.95 + TOLERANCE


@pytest.mark.theory
@pytest.mark.parametrize("runs", [10, 20, 50])
def test_heavy_tails_are_covered(runs):
    """Symmetric runs with t of five degrees of freedom: an interval that trusted their skewness on both sides would cover 94 %."""
    rng = np.random.default_rng([6, runs])
    covered = coverage(0.0, lambda: (rng.standard_t(5, size=runs), np.ones(runs)), "mean")
    assert 0.95 - TOLERANCE / 2 <= covered <= 0.95 + 1.5 * TOLERANCE


@pytest.mark.theory
@pytest.mark.parametrize("runs", [10, 30, 100])
@pytest.mark.parametrize(("probability", "clustering"), [(0.3, 0.02), (0.05, 0.1), (0.97, 0.05)])
def test_a_share_covers_near_its_bounds(runs, probability, clustering):
    """Beta-binomial shares of 500 in unequal runs, skewed near the bounds: at least 90 % (plain t: down to 84 %)."""
    rng = np.random.default_rng([2, runs, round(1000 * probability)])
    alpha = probability * (1 / clustering - 1)
    beta = (1 - probability) * (1 / clustering - 1)

    def draw():
        bottom = np.round(500 * np.exp(rng.normal(0, 0.3, runs)))
        return rng.binomial(bottom.astype(int), rng.beta(alpha, beta, runs)), bottom

    covered = coverage(probability, draw, "ratio", share=True)
    assert 0.90 - TOLERANCE / 2 <= covered <= 0.95 + TOLERANCE


@pytest.mark.theory
@pytest.mark.parametrize("runs", [10, 30, 100])
@pytest.mark.parametrize("mean", [0.3, 5.0])
def test_poisson_counts_are_covered_at_least_as_promised(runs, mean):
    """Exact limits of whole numbers cover more than their level with few events; 99 % is the most expected here."""
    rng = np.random.default_rng([3, runs, round(10 * mean)])
    covered = coverage(mean, lambda: (rng.poisson(mean, runs), np.ones(runs)), "count")
    assert 0.95 - TOLERANCE <= covered <= 0.99 + TOLERANCE / 2


@pytest.mark.theory
@pytest.mark.parametrize("runs", [10, 30, 100])
@pytest.mark.parametrize(("mean", "dispersion"), [(5.0, 2.0), (5.0, 4.0), (15.0, 8.0)])
def test_overdispersed_counts_are_covered(runs, mean, dispersion):
    """Negative binomial counts; unstretched Poisson limits would cover 51 to 83 %."""
    rng = np.random.default_rng([4, runs, round(dispersion)])
    size = mean / (dispersion - 1)
    covered = coverage(mean, lambda: (rng.negative_binomial(size, 1 / dispersion, runs), np.ones(runs)), "count")
    assert covered == pytest.approx(0.95, abs=TOLERANCE)


@pytest.mark.theory
@pytest.mark.parametrize(("runs", "probability"), [(10, 0.3), (50, 0.1), (100, 0.65)])
def test_shares_of_runs_are_covered(runs, probability):
    """Wilson's coverage, summed exactly over all possible outcomes, lies between 92 and 98 % here (Brown, Cai, DasGupta 2001)."""
    chances = stats.binom.pmf(np.arange(runs + 1), runs, probability)
    covered = 0.0
    for successes, chance in enumerate(chances):
        found = interval(np.arange(runs) < successes, np.ones(runs), "run_share")
        covered += chance * (found.low <= probability <= found.high)
    assert 0.92 <= covered <= 0.98
