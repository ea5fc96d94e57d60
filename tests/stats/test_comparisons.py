"""Options against a base: verdicts by hand, identity, and family-wise coverage by simulation."""

import numpy as np
import pytest
from scipy import stats

from jobcentre.stats import comparisons
from jobcentre.stats.comparisons import Measure, compare, max_t_quantile, verdict

LOAD = Measure("overloaded_share", "ratio", "lower", 0.02)


def one(base, option, measure=LOAD, **settings):
    (found,) = compare({measure.metric: base}, {"B": {measure.metric: option}}, [measure], **settings)
    return found


@pytest.mark.parametrize(
    ("low", "high", "better", "expected"),
    # The smallest difference that matters is 2 throughout.
    [
        (-1.9, 1.9, "lower", "no_material_difference"),
        (0.5, 1.5, "higher", "no_material_difference"),  # clearly more, but too little to matter: the first rule wins
        (-1.5, -0.5, None, "no_material_difference"),
        (0.5, 2.0, "higher", "better_size_unsure"),  # the ends of the band are outside it
        (0.5, 2.0, "lower", "worse_size_unsure"),
        (-2.002, -0.8, "lower", "better_size_unsure"),
        (0.5, 2.0, None, "higher_size_unsure"),
        (-2.0, -0.5, None, "lower_size_unsure"),
        (2.0, 2.5, "higher", "better"),
        (1.999, 2.5, "higher", "better_size_unsure"),
        (-9.0, -3.0, "lower", "better"),
        (-9.0, -3.0, "higher", "worse"),
        (3.0, 9.0, None, "higher"),
        (-9.0, -3.0, None, "lower"),
        (-2.0, 0.0, "lower", "unclear"),  # no difference is not excluded
        (0.0, 5.0, "higher", "unclear"),
        (-3.0, 1.0, "lower", "unclear"),
        (-3.0, 1.0, None, "unclear"),
    ],
)
def test_verdicts_in_their_order(low, high, better, expected):
    assert verdict(low, high, 2.0, better) == expected


def test_without_a_band_nothing_is_immaterial():
    assert verdict(-0.001, 0.001, 0.0, "lower") == "unclear"


def test_a_difference_of_ratios_by_hand():
    # Equal denominators: per-run differences 0.1, 0.2, 0.3, 0.2, 0.2; mean 0.2, standard error sqrt(0.005 / 5).
    base = ([10, 20, 30, 20, 40], [100] * 5)
    found = one(base, ([20, 40, 60, 40, 60], [100] * 5))
    assert found.difference == pytest.approx(0.2)
    half = (found.high - found.low) / 2
    assert half >= stats.t.ppf(0.975, 4) * np.sqrt(0.001) - 1e-12
    assert (found.low + found.high) / 2 == pytest.approx(0.2)
    assert (found.option, found.metric, found.n, found.level, found.kind) == ("B", "overloaded_share", 5, 0.95, "fixed")


def test_the_words_go_with_the_verdict():
    rng = np.random.default_rng(1)
    base = rng.normal(100, 10, 40), np.full(40, 200.0)
    found = one(base, (base[0] - 50 + rng.normal(0, 1, 40), base[1]))
    assert (found.verdict, found.better_text) == ("better", "clearly better")
    found = one(base, (base[0] + 50 + rng.normal(0, 1, 40), base[1]))
    assert (found.verdict, found.better_text) == ("worse", "clearly worse")
    found = one(base, (base[0] + rng.normal(0, 1, 40), base[1]))
    assert (found.verdict, found.better_text) == ("no_material_difference", "no difference that matters")
    found = one(base, (rng.normal(100, 100, 40), base[1]))
    assert (found.verdict, found.better_text) == ("unclear", "too close to call")


@pytest.mark.parametrize("aggregation", ["ratio", "count", "run_share", "mean"])
@pytest.mark.parametrize("runs", [1, 4, 30])
def test_the_same_in_every_run_is_identical(aggregation, runs):
    values = np.arange(runs) % 3.0, np.ones(runs)
    found = one(values, values, Measure("m", aggregation, "lower", 0.1))
    assert (found.difference, found.verdict, found.better_text) == (0.0, "identical", "identical")
    assert (found.low, found.high) == ((0.0, 0.0) if runs >= 5 else (None, None))


def test_nothing_out_of_different_totals_is_identical():
    found = one((np.zeros(9), np.full(9, 100.0)), (np.zeros(9), np.full(9, 120.0)))
    assert found.verdict == "identical"


def test_equal_means_of_different_runs_are_not_identical():
    found = one(([1, 2, 3, 4, 5], [10] * 5), ([5, 4, 3, 2, 1], [10] * 5))
    assert found.difference == pytest.approx(0)
    assert found.verdict == "unclear"


@pytest.mark.parametrize(("shift", "said"), [(0.0, "identical"), (0.1, "worse")])
def test_a_metric_that_differs_alike_in_every_run_does_not_change_the_others(shift, said):
    rng = np.random.default_rng(2)
    ones, base, option = np.ones(30), rng.normal(size=30), rng.normal(size=30)
    cost = 1000 * rng.random(30)  # adding a tenth rounds differently in each run
    first, second = Measure("first", "mean", "lower", 0.1), Measure("second", "mean", "lower", 0.01)
    (alone,) = compare({"first": (base, ones)}, {"B": {"first": (option, ones)}}, [first])
    base_values = {"first": (base, ones), "second": (cost, ones)}
    option_values = {"first": (option, ones), "second": (cost + shift, ones)}
    both = compare(base_values, {"B": option_values}, [first, second])
    assert both[0] == alone
    assert both[1].verdict == said


def test_the_same_difference_in_every_run_has_no_doubt():
    costs = np.array([1000003.1, 1200000.7, 999999.9, 1100000.3, 1050000.2])
    found = one((costs, np.ones(5)), (costs + 90000, np.ones(5)), Measure("cost", "mean", "lower", 10000))
    assert (found.low, found.high) == pytest.approx((90000, 90000))
    assert found.verdict == "worse"


def test_fewer_than_five_runs_are_not_tested():
    found = one(([1, 1, 1, 1], [10] * 4), ([9, 9, 9, 9], [10] * 4))
    assert found.difference == pytest.approx(0.8)
    assert (found.low, found.high, found.verdict) == (None, None, "not_tested")
    assert found.better_text == "not tested: fewer than 5 runs"


def test_anytime_waits_for_the_first_look_and_then_uses_its_runs():
    rng = np.random.default_rng(3)
    base, option = rng.normal(10, 1, 60), rng.normal(3, 1, 60)
    measure = Measure("m", "mean", "lower", 0.5)

    def after(runs):
        return one((base[:runs], np.ones(runs)), (option[:runs], np.ones(runs)), measure, intervals="anytime")

    assert (after(24).low, after(24).verdict) == (None, "not_tested")
    assert after(25).verdict == "better"
    assert after(49) == after(25)
    assert after(60).n == 50
    fixed = one((base[:50], np.ones(50)), (option[:50], np.ones(50)), measure)
    assert after(60).high - after(60).low > fixed.high - fixed.low


def test_a_metric_that_is_null_somewhere_is_not_tested():
    found = one((np.zeros(9), np.zeros(9)), (np.ones(9), np.full(9, 2.0)))
    assert (found.difference, found.low, found.verdict) == (None, None, "not_tested")
    assert found.better_text == "not tested: too few runs for an interval"


def test_pairing_takes_out_what_the_runs_share():
    rng = np.random.default_rng(4)
    luck = rng.normal(0, 10, 50)
    base, option = luck + rng.normal(0, 1, 50), luck + rng.normal(0, 1, 50) - 2
    measure = Measure("m", "mean", "lower", 0.1)
    assert one((base, np.ones(50)), (option, np.ones(50)), measure).verdict == "better"
    assert one((base, np.ones(50)), (np.roll(option, 1), np.ones(50)), measure).verdict == "unclear"


def test_negative_means_are_compared_like_positive_ones():
    rng = np.random.default_rng(5)
    base, option = rng.normal(-50, 5, 30), rng.normal(-60, 5, 30)
    found = one((base, np.ones(30)), (option, np.ones(30)), Measure("m", "mean", "higher", 1))
    assert found.difference < 0
    assert found.low < found.difference < found.high < 0
    assert found.verdict == "worse"


def family(rng, runs, options, metrics):
    ones = np.ones(runs)
    base = {f"m{m}": (rng.normal(size=runs), ones) for m in range(metrics)}
    return base, {f"o{o}": {name: (values + rng.normal(size=runs), ones) for name, (values, _) in base.items()} for o in range(options)}


def test_answers_are_the_same_each_time_and_in_the_order_asked():
    base, options = family(np.random.default_rng(6), 30, 2, 2)
    measures = [Measure("m1", "mean", None, 0.1), Measure("m0", "mean", None, 0.1)]
    first, second = compare(base, options, measures), compare(base, options, measures)
    assert first == second
    assert [(d.option, d.metric) for d in first] == [("o0", "m1"), ("o0", "m0"), ("o1", "m1"), ("o1", "m0")]
    shuffled = compare(base, dict(reversed(options.items())), measures[::-1])
    assert {(d.option, d.metric): d for d in shuffled} == {(d.option, d.metric): d for d in first}


def test_more_comparisons_make_each_interval_wider():
    base, options = family(np.random.default_rng(7), 40, 3, 5)
    measures = [Measure(f"m{m}", "mean", None, 0.1) for m in range(5)]
    alone = compare(base, {"o0": options["o0"]}, measures[:1])[0]
    together = compare(base, options, measures)[0]
    assert together.low < alone.low < alone.high < together.high


def test_the_critical_value_is_that_of_the_largest_of_independent_normals():
    # 12 independent columns and many runs: P(max |z| <= c) = (2Φ(c) − 1)^12 = 0.95, so c = 2.8574; for one column 1.96.
    values = np.random.default_rng(8).normal(size=(1000, 12))
    independent = stats.norm.ppf((1 + 0.95 ** (1 / 12)) / 2)
    assert max_t_quantile(values, 0.95) == pytest.approx(independent, abs=0.1)
    assert max_t_quantile(values[:, :1], 0.95) == pytest.approx(1.96, abs=0.1)
    assert max_t_quantile(np.repeat(values[:, :1], 12, axis=1), 0.95) == pytest.approx(max_t_quantile(values[:, :1], 0.95))


def test_the_critical_value_is_that_of_resampling_runs_one_by_one(monkeypatch):
    # Each |t| from its definition; 40,000 resamples on either side put the Monte-Carlo error of the quantile below 1 %.
    monkeypatch.setattr(comparisons, "RESAMPLES", 40_000)
    values = np.random.default_rng(10).normal(size=(8, 2))
    resampled = values[np.random.default_rng(11).integers(0, 8, size=(40_000, 8))]
    errors = resampled.std(axis=1, ddof=1) / np.sqrt(8)
    largest = (np.abs(resampled.mean(axis=1) - values.mean(axis=0)) / errors).max(axis=1)
    assert max_t_quantile(values, 0.9) == pytest.approx(np.quantile(largest, 0.9), rel=0.03)


def test_a_metric_that_differs_in_a_single_run_leaves_finite_intervals():
    rng = np.random.default_rng(9)
    rare = np.zeros(50)
    rare[7] = 1
    values = np.column_stack([rng.normal(size=50), rare])
    assert 1.96 < max_t_quantile(values, 0.95) < 20


@pytest.mark.parametrize(
    ("base", "option", "words"),
    [
        ({"m": ([1] * 6, [1] * 6)}, {"m": ([1] * 5, [1] * 5)}, "same runs"),
        ({"m": ([1] * 6, [1] * 6)}, {"x": ([1] * 6, [1] * 6)}, "option 'B' has no metric 'm'"),
        ({}, {"m": ([1] * 6, [1] * 6)}, "the base has no metric 'm'"),
    ],
)
def test_what_cannot_be_paired_is_refused(base, option, words):
    with pytest.raises(ValueError, match=words):
        compare(base, {"B": option}, [Measure("m", "ratio", "lower", 0.1)])


def test_nothing_to_compare_is_an_empty_table():
    assert compare({"m": ([1], [1])}, {}, [Measure("m", "ratio")]) == []


@pytest.mark.theory
@pytest.mark.parametrize(("runs", "most"), [(10, 1.0), (30, 0.985), (100, 0.975)])
def test_all_intervals_of_a_table_hold_together(monkeypatch, runs, most):
    """Two options × four correlated metrics, ratios with unequal denominators among them, 500 tables.

    The Monte-Carlo standard error is 1 point; with ten runs the bootstrap is known to be cautious. Single t intervals
    hold together in about 70 % of tables (100 tables, standard error 5 points).
    """
    monkeypatch.setattr(comparisons, "RESAMPLES", 1000)
    rng = np.random.default_rng([12, runs])
    measures = [Measure(name, "ratio" if name < "c" else "mean", "lower", 0.1) for name in "abcd"]
    truths = {"o1": 0.5, "o2": -0.25}
    tables, singly_tables, held, held_singly = 500, 100 if runs == 30 else 0, 0, 0
    for table in range(tables):
        shared = rng.normal(size=runs)
        weights = {name: np.exp(rng.normal(0, 0.3, runs)) if name < "c" else np.ones(runs) for name in "abcd"}
        base = {name: (weights[name] * rng.normal(-1, 1, runs), weights[name]) for name in "abcd"}
        options = {
            option: {name: (top + w * (truth + 0.6 * shared + 0.8 * rng.normal(size=runs)), w) for name, (top, w) in base.items()}
            for option, truth in truths.items()
        }
        found = compare(base, options, measures)
        held += all(d.low <= truths[d.option] <= d.high for d in found)
        if table < singly_tables:
            singly = [compare(base, {o: values}, [m])[0] for o, values in options.items() for m in measures]
            held_singly += all(d.low <= truths[d.option] <= d.high for d in singly)
    assert 0.93 <= held / tables <= most
    if singly_tables:
        assert held_singly / singly_tables < 0.88
