"""Which scenarios may be the best: by hand, where nothing can be said, and that the true best is in every set."""

import math

import numpy as np
import pytest
from scipy import stats

from jobcentre.stats import comparisons
from jobcentre.stats.best import indistinguishable_from_best
from jobcentre.stats.comparisons import Measure

LESS, MORE = Measure("less", "mean", "lower", 0.1), Measure("more", "mean", "higher", 0.1)


def scenarios(**values):
    """One metric, `less`, with the same weight for every run."""
    return {name: {"less": (np.asarray(runs, float), np.ones(len(runs)))} for name, runs in values.items()}


def sets(rows):
    found = {}
    for row in rows:
        found.setdefault(row.metric, set()).update({row.scenario} if row.may_be_best else set())
    return found


def noise(seed, runs=30, columns=3):
    return np.random.default_rng(seed).normal(size=(runs, columns))


def test_what_is_shown_to_be_worse_is_out_and_says_than_which():
    luck = noise(1)
    found = indistinguishable_from_best(scenarios(a=luck[:, 0] + 9, b=luck[:, 1], c=luck[:, 2] + 0.05), [LESS])
    assert [(row.scenario, row.may_be_best, row.worse_than is None) for row in found] == [
        ("a", False, False),
        ("b", True, True),
        ("c", True, True),
    ]
    assert found[0].worse_than in ("b", "c")
    assert {(row.metric, row.judged, row.n, row.level, row.kind) for row in found} == {("less", True, 30, 0.95, "fixed")}
    best = indistinguishable_from_best(
        {name: {"more": one["less"]} for name, one in scenarios(a=luck[:, 0] + 9, b=luck[:, 1], c=luck[:, 2]).items()}, [MORE]
    )
    assert sets(best) == {"more": {"a"}}
    assert {row.worse_than for row in best} == {None, "a"}


def test_two_scenarios_are_parted_at_about_the_one_sided_t():
    # 40 normal differences: the mean that just parts them is near t(0.95, 39) standard errors, not t(0.975, 39).
    differences = noise(2, 40, 1)[:, 0]
    standard = (differences - differences.mean()) / (differences.std(ddof=1) / math.sqrt(40))
    parted = [
        shift
        for shift in np.arange(1.0, 4.0, 0.01)
        if sets(indistinguishable_from_best(scenarios(a=standard + shift, b=np.zeros(40)), [LESS]))["less"] == {"b"}
    ]
    assert stats.t.ppf(0.95, 39) <= parted[0] < stats.t.ppf(0.95, 39) + 0.2


def test_more_scenarios_and_more_metrics_need_clearer_evidence():
    luck = noise(3, 40, 8)
    shift = 2.05 * math.sqrt(2 / 40)
    pair = {"a": luck[:, 0] - luck[:, 0].mean() + shift, "b": luck[:, 1] - luck[:, 1].mean()}
    assert sets(indistinguishable_from_best(scenarios(**pair), [LESS])) == {"less": {"b"}}
    many = pair | {f"o{i}": luck[:, i] - luck[:, i].mean() + 0.9 * shift for i in range(2, 8)}
    assert "a" in sets(indistinguishable_from_best(scenarios(**many), [LESS]))["less"]
    twice = {name: one | {f"m{i}": one["less"] for i in range(8)} for name, one in scenarios(**pair).items()}
    measures = [LESS, *(Measure(f"m{i}", "mean", "lower", 0.1) for i in range(8))]
    assert set(map(frozenset, sets(indistinguishable_from_best(twice, measures)).values())) == {frozenset("ab")}


def test_scenarios_that_are_the_same_in_every_run_stay_or_go_together():
    luck = noise(4)
    found = sets(indistinguishable_from_best(scenarios(a=luck[:, 0], b=luck[:, 0], c=luck[:, 1] + 9), [LESS]))
    assert found == {"less": {"a", "b"}}
    found = sets(indistinguishable_from_best(scenarios(a=luck[:, 0], b=luck[:, 0], c=luck[:, 1] - 9), [LESS]))
    assert found == {"less": {"c"}}
    assert sets(indistinguishable_from_best(scenarios(a=luck[:, 0], b=luck[:, 0], c=luck[:, 0]), [LESS])) == {"less": {"a", "b", "c"}}
    # always a little worse, by the same in every run: no doubt
    assert sets(indistinguishable_from_best(scenarios(a=luck[:, 0], b=luck[:, 0] + 0.01, c=luck[:, 1] + 9), [LESS])) == {"less": {"a"}}


@pytest.mark.parametrize(("runs", "kind", "used"), [(4, "fixed", 4), (24, "anytime", 24)])
def test_too_few_runs_leave_all_and_say_so(runs, kind, used):
    luck = noise(5, runs)
    found = indistinguishable_from_best(scenarios(a=luck[:, 0], b=luck[:, 1] + 99, c=luck[:, 2]), [LESS], intervals=kind)
    assert {(row.may_be_best, row.worse_than, row.judged, row.n, row.kind) for row in found} == {(True, None, False, used, kind)}


def test_anytime_uses_the_runs_of_the_last_look():
    luck = noise(6, 60)
    given = scenarios(a=luck[:, 0], b=luck[:, 1] + 3, c=luck[:, 2])
    found = indistinguishable_from_best(given, [LESS], intervals="anytime")
    assert sets(found) == {"less": {"a", "c"}}
    assert {row.n for row in found} == {50}
    first = {name: {"less": tuple(column[:50] for column in one["less"])} for name, one in given.items()}
    assert indistinguishable_from_best(first, [LESS], intervals="anytime") == found


def test_a_scenario_without_the_metric_cannot_be_excluded_and_does_not_hinder_the_others():
    luck = noise(7)
    given = scenarios(a=luck[:, 0], b=luck[:, 1] + 9) | {"c": {"less": (np.zeros(30), np.zeros(30))}}
    assert [(row.scenario, row.may_be_best, row.judged) for row in indistinguishable_from_best(given, [LESS])] == [
        ("a", True, True),
        ("b", False, True),
        ("c", True, False),
    ]
    nothing = {name: {"less": (np.zeros(30), np.zeros(30))} for name in "abc"}
    assert {(row.may_be_best, row.judged) for row in indistinguishable_from_best(nothing, [LESS])} == {(True, False)}


def test_metrics_without_a_better_direction_are_left_out():
    given = {name: {"less": (noise(8)[:, 0], np.ones(30)), "cost": (noise(9)[:, 0], np.ones(30))} for name in "abc"}
    assert {row.metric for row in indistinguishable_from_best(given, [LESS, Measure("cost", "mean")])} == {"less"}
    assert indistinguishable_from_best(given, [Measure("cost", "mean")]) == []


def test_ratios_are_compared_by_their_sums():
    # b has the lower mean of ratios (0.30 against 0.38 or so), a the lower ratio of sums
    weights = np.where(np.arange(30) % 2, 100.0, 1.0)
    a = {"less": (np.where(weights > 1, 20.0, 0.6) + 0.01 * noise(10)[:, 0], weights)}
    b = {"less": (np.where(weights > 1, 50.0, 0.1) + 0.01 * noise(10)[:, 1], weights)}
    assert sets(indistinguishable_from_best({"a": a, "b": b, "c": b}, [Measure("less", "ratio", "lower", 0.1)])) == {"less": {"a"}}


def test_answers_do_not_depend_on_the_order():
    luck = noise(11, 30, 5) + 0.5 * np.arange(5)
    given = scenarios(**{name: luck[:, i] for i, name in enumerate("abcde")})
    turned = dict(reversed(given.items()))
    assert sets(indistinguishable_from_best(given, [LESS])) == sets(indistinguishable_from_best(turned, [LESS]))


CASES = {
    "normal, unrelated": lambda rng, shape: rng.normal(size=shape),
    "normal, random numbers in common": lambda rng, shape: rng.normal(size=shape) + 2 * rng.normal(size=(shape[0], 1, shape[2])),
    "normal, unequal spread": lambda rng, shape: rng.normal(size=shape) * np.linspace(0.3, 3, shape[1])[:, None],
    "normal, the best spreads most": lambda rng, shape: rng.normal(size=shape) * np.linspace(3, 0.3, shape[1])[:, None],
    "skewed": lambda rng, shape: rng.exponential(size=shape) - 1 + rng.normal(size=(shape[0], 1, shape[2])),
    "skewed, unequal spread": lambda rng, shape: (rng.exponential(size=shape) - 1) * np.linspace(2, 0.5, shape[1])[:, None],
    "skewed the other way": lambda rng, shape: 1 - rng.exponential(size=shape) + rng.normal(size=(shape[0], 1, shape[2])),
}


@pytest.mark.theory
@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_the_true_best_is_in_every_set(monkeypatch, case):
    """Three metrics × four scenarios, 30 runs, 500 tables; the best leads by nothing, which is the hardest case.

    The least that 95 % allows within binomial error: 95 − 2.33 × 0.97 = 92.7 %, which chance alone goes below in one of 100.
    """
    monkeypatch.setattr(comparisons, "RESAMPLES", 1000)
    rng = np.random.default_rng([31, list(CASES).index(case)])
    measures = [Measure(f"m{m}", "mean", "lower" if m else "higher", 0.1) for m in range(3)]
    tables, held = 500, 0
    for _ in range(tables):
        values = CASES[case](rng, (30, 4, 3))
        given = {f"s{s}": {f"m{m}": (values[:, s, m], np.ones(30)) for m in range(3)} for s in range(4)}
        held += all("s0" in best for best in sets(indistinguishable_from_best(given, measures)).values())
    assert held / tables >= 0.95 - 2.33 * math.sqrt(0.95 * 0.05 / tables)


@pytest.mark.theory
def test_a_clearly_worse_one_is_dropped_and_random_numbers_in_common_help(monkeypatch):
    """One standard error of a paired difference is √2 ÷ √40 = 0.22: a scenario five of them behind goes in nearly every table."""
    monkeypatch.setattr(comparisons, "RESAMPLES", 1000)
    rng = np.random.default_rng(32)
    dropped, dropped_unpaired, tables = 0, 0, 100
    for _ in range(tables):
        own, luck = rng.normal(size=(40, 4)) + np.array([0, 0, 0, 1.1]), 4 * rng.normal(size=(40, 1))
        dropped += "d" not in sets(indistinguishable_from_best(scenarios(**dict(zip("abcd", (own + luck).T, strict=True))), [LESS]))["less"]
        apart = own + 4 * rng.normal(size=(40, 4))
        dropped_unpaired += (
            "d" not in sets(indistinguishable_from_best(scenarios(**dict(zip("abcd", apart.T, strict=True))), [LESS]))["less"]
        )
    assert dropped / tables >= 0.95
    assert dropped_unpaired / tables < 0.5
