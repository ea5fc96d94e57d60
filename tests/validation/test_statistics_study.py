"""The study of the statistics finds what theory says: on data whose coverage, false alarms and correlation are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from jobcentre.metrics import BY_NAME, measure, measure_with
from jobcentre.model import play, prepare
from jobcentre.stats import comparisons
from jobcentre.stats.comparisons import Measure, compare
from jobcentre.stats.intervals import interval
from validation.statistics import interval_parts, page, pairing, pool, tables
from validation.statistics.coverage import Covered, coverage, coverage_of_all_looks, missed_by_events, product, runs_needed, student, truth
from validation.statistics.critical import Table, exponential, from_pools, held
from validation.statistics.interval_parts import coverage_part, zero_part
from validation.statistics.pairing import reduction
from validation.statistics.pool import Pool, renumbered, small
from validation.statistics.table_parts import pairing_part, tables_part
from validation.statistics.tables import HEADLINE_KEYS, KEYS, Pairing, false_tables, looks, single_is_wrong, stopped_early

HELD = ("appointments_held_per_coach_day", None)  # a ratio that is no share
COST = ("cost_per_year_pounds", None)
TWO = (HELD, COST)


def made(columns, denominators=1.0):
    """A pool whose metrics have these numerators."""
    values = np.stack([np.column_stack([top, np.broadcast_to(denominators, np.shape(top))]) for top in columns.values()], axis=1)
    return Pool(tuple(columns), values)


def normal(seed=1, runs=20_000, keys=TWO):
    rng = np.random.default_rng(seed)
    return made({key: 10 + rng.normal(size=runs) for key in keys})


def lively(seed, runs=2000):
    """A pool with all metrics of the tables between 0 and 1, and counts."""
    rng = np.random.default_rng(seed)
    shared = rng.random(runs)
    return made(
        {
            key: rng.poisson(3, runs) if BY_NAME[key[0]].aggregation == "count" else (shared + rng.random(runs)) / 2
            for key in (*KEYS, ("leavers", None))
        }
    )


# --- coverage --------------------------------------------------------------------------------------------------------


def test_the_truth_is_the_sum_over_the_sum():
    few = Pool((HELD,), np.array([[[10.0, 10.0]], [[0.0, 30.0]]]))
    assert truth(few, HELD) == 0.25  # the mean of the runs' ratios would be 0.5


def test_student_covers_normal_runs_at_its_level_and_the_product_no_less():
    plain, now = (coverage(normal(), [HELD], 20, 2000, 1, find)[0] for find in (student, product))
    assert plain.share == pytest.approx(0.95, abs=0.015)  # 3 standard errors
    assert plain.held <= now.held <= plain.held + 40  # lengthened by chance skewness of a sample: about a point
    assert plain.held + plain.too_low + plain.too_high == 2000
    assert 1 <= now.width / plain.width < 1.1
    low, high = plain.limits
    assert low < plain.share < high


@pytest.mark.parametrize("runs", [20, 50])
def test_student_misses_exponential_runs_as_often_as_reckoned_apart(runs):
    rng = np.random.default_rng(2)
    values = rng.exponential(size=(20_000, runs))
    error = values.std(axis=1, ddof=1) / np.sqrt(runs)
    away, furthest = (values.mean(axis=1) - 1) / error, stats.t.ppf(0.975, runs - 1)
    exponentials = made({HELD: rng.exponential(size=20_000)})
    plain, now = (coverage(exponentials, [HELD], runs, 2000, 3, find)[0] for find in (student, product))
    assert plain.too_low / 2000 == pytest.approx(np.mean(away < -furthest), abs=0.02)  # t misses on one side
    assert plain.too_high / 2000 == pytest.approx(np.mean(away > furthest), abs=0.007)
    assert plain.share + 0.01 < now.share < 0.97
    assert now.too_high == plain.too_high  # the other side is Student's


def test_an_interval_of_another_level_is_caught():
    def too_narrow(key):
        return lambda top, bottom: interval(top, bottom, "ratio", level=0.8)

    rows = [row for runs in (20, 50) for row in coverage(normal(), [HELD], runs, 1000, 4, too_narrow)]
    assert all(row.share == pytest.approx(0.8, abs=0.04) for row in rows)
    assert runs_needed(rows, HELD) is None


def test_all_looks_together_hold_at_least_as_often_as_promised_and_not_always():
    (seen,) = coverage_of_all_looks(normal(), [HELD], 1500, 5)
    assert seen.runs == 400
    assert 0.95 - 0.012 < seen.share < 0.99  # the levels of five looks alone would allow 1 − 0.05 × (1 − 1/6) = 95.8 % at worst


def test_misses_are_told_by_how_often_a_rare_event_was_seen():
    rng = np.random.default_rng(18)
    event = rng.random(20_000) < 0.05
    rare = made({HELD: rng.normal(size=20_000) + 100 * event})
    none, once, twice, more = missed_by_events(rare, HELD, event, 20, 1000, 1)
    assert none[1] == none[0]  # without the event every interval lies near 0, and the truth is 5
    assert none[0] / 1000 == pytest.approx((1 - event.mean()) ** 20, abs=0.05)
    assert sum(n for n, _ in (none, once, twice, more)) == 1000
    assert more[1] < 0.5 * more[0]


def test_the_runs_needed_are_those_from_which_on_it_is_always_enough():
    def rows(*shares):
        return [Covered(HELD, runs, 1000, held, 0, 0, 1.0) for runs, held in zip((20, 50, 100), shares, strict=True)]

    assert runs_needed(rows(930, 950, 940), HELD) == 20
    assert runs_needed(rows(950, 929, 930), HELD) == 100
    assert runs_needed(rows(950, 950, 929), HELD) is None


# --- tables ----------------------------------------------------------------------------------------------------------


def test_a_rule_that_stops_early_says_something_false_17_times_in_100():
    rng = np.random.default_rng(6)
    steps = rng.normal(size=(200_000, 5)) * np.sqrt([25, 25, 50, 100, 200])
    z = steps.cumsum(axis=1) / np.sqrt([25, 50, 100, 200, 400])
    expected = np.mean((np.abs(z) > 1.959964).any(axis=1))
    assert expected == pytest.approx(0.17, abs=0.005)
    one = normal()
    found = stopped_early(Pairing(one, one, False), [HELD], 2000, 7, looks())[HELD]
    assert found.share == pytest.approx(expected, abs=0.025)  # 3 standard errors
    assert sum(found.first_at) == found.wrong
    assert found.first_at[0] / 2000 == pytest.approx(0.05, abs=0.015)


def test_tables_without_a_difference_are_false_as_often_as_promised_and_single_intervals_far_more():
    one = normal(keys=HELD_LIKE)
    pairing = Pairing(one, one, False)
    found = false_tables(pairing, HELD_LIKE, 300, 8, (30,), "fixed")
    assert found.share < 0.05 + 0.025

    def any_single(base, option, true, kind):
        return any(single_is_wrong(base[key], option[key], key, true[key], kind) for key in true)

    singly = false_tables(pairing, HELD_LIKE, 300, 8, (30,), "fixed", wrong=any_single)
    assert singly.share == pytest.approx(1 - 0.95 ** len(HELD_LIKE), abs=0.09)  # independent metrics


HELD_LIKE = tuple(key for key in HEADLINE_KEYS if BY_NAME[key[0]].aggregation == "ratio" and not BY_NAME[key[0]].share)


def test_a_difference_that_is_not_what_is_claimed_is_caught():
    base, option = normal(1), normal(2)
    claimed = dict.fromkeys(TWO, 1.0)
    assert false_tables(Pairing(base, option, False), TWO, 20, 9, (50,), "fixed", claimed).wrong == 20


def test_making_only_tables_in_doubt_changes_nothing(monkeypatch):
    monkeypatch.setattr(comparisons, "RESAMPLES", 500)
    base, option = lively(1), lively(2)

    def made_always(base, option, true, kind):
        names = {key: str(key) for key in true}
        measures = [Measure(names[key], BY_NAME[key[0]].aggregation) for key in true]
        mine, theirs = ({names[key]: columns[key] for key in true} for columns in (base, option))
        rows = compare(mine, {"B": theirs}, measures, intervals=kind)
        return any(not row.low <= true[key] <= row.high for key, row in zip(true, rows, strict=True))  # none is identical

    # Claims that are wrong by more than an error now and then, so that tables of both kinds are seen.
    claimed = dict.fromkeys(KEYS, 0.0) | {KEYS[0]: 0.12}
    for kind, runs in (("fixed", (12,)), ("anytime", (25, 50))):
        screened, whole = (
            false_tables(Pairing(base, option, False), KEYS, 25, 10, runs, kind, claimed, rule) for rule in (None, made_always)
        )
        assert screened == whole
        assert 0 < whole.wrong < 25


def test_what_is_seen_in_neither_office_is_told_apart():
    rng = np.random.default_rng(16)
    rare = (rng.random(4000) < 0.05).astype(float)
    pairing = Pairing(made({HELD: rng.normal(size=4000), COST: rare}), made({HELD: rng.normal(size=4000), COST: np.roll(rare, 7)}), False)
    claimed = {HELD: 0.0, COST: 0.01}
    unseen = false_tables(pairing, TWO, 1000, 17, (10,), "fixed", claimed, tables.identical_by_chance)
    assert unseen.share == pytest.approx((1 - rare.mean()) ** 20, abs=0.05)
    nil = dict.fromkeys(TWO, 0.0)
    assert false_tables(pairing, TWO, 100, 17, (10,), "fixed", nil, tables.identical_by_chance).wrong == 0
    assert false_tables(pairing, TWO, 100, 17, (10,), "fixed", claimed).share < 0.15  # the rows that say identical are not among them


def test_runs_that_belong_together_are_drawn_together_and_others_never_twice():
    ordered = made({HELD: np.arange(60.0)})
    for base, option in tables.draws(Pairing(ordered, ordered, True), [HELD], 5, 1, 25):
        assert (base[HELD][0] == option[HELD][0]).all()
    for base, option in tables.draws(Pairing(ordered, ordered, False), [HELD], 5, 1, 25):
        assert len({*base[HELD][0], *option[HELD][0]}) == 50


def test_bonferroni_holds_for_normal_differences_and_fails_for_exponential_ones(monkeypatch):
    monkeypatch.setattr(comparisons, "RESAMPLES", 500)
    rng = np.random.default_rng(11)

    def normal_table():
        values = rng.normal(size=(10, 20))
        away = np.abs(values.mean(axis=0)) / (values.std(axis=0, ddof=1) / np.sqrt(10))
        return Table(away, np.full(20, 9.0), values)

    usual, skewed = held(normal_table, 400), held(exponential(10, 12), 200)
    assert usual.bonferroni == pytest.approx((1 - 0.05 / 20) ** 20, abs=0.035)
    assert usual.bonferroni_value == pytest.approx(stats.t.ppf(1 - 0.025 / 20, 9))
    assert usual.product >= 0.94
    assert skewed.bonferroni < 0.75
    assert skewed.product > skewed.bonferroni + 0.15


def test_tables_from_pools_are_measured_from_the_truth():
    base, option = normal(1), made({key: 12 + np.random.default_rng(3).normal(size=20_000) for key in TWO})
    draw = from_pools(Pairing(base, option, False), dict.fromkeys(TWO, 2.0), 100, 1, 50)
    away = np.array([draw().away for _ in range(50)])
    assert np.mean(away**2) == pytest.approx(1, abs=0.45)  # squares of t around the truth


# --- pairing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("correlation", [0.0, 0.8, -0.5])
def test_pairing_leaves_one_less_the_correlation_of_the_variance(correlation):
    rng = np.random.default_rng(13)
    shared, own = rng.normal(size=4000), rng.normal(size=4000)
    found = reduction(made({HELD: shared}), made({HELD: correlation * shared + np.sqrt(1 - correlation**2) * own}), HELD, 1)
    assert found.ratio == pytest.approx(1 - correlation, abs=0.05)
    assert found.low < 1 - correlation < found.high
    assert found.high - found.low < 0.2
    assert found.runs_spared == pytest.approx(1 / found.ratio)


def test_what_does_not_vary_has_no_reduction():
    same = made({HELD: np.full(30, 5.0)})
    assert reduction(same, same, HELD, 1) is None


# --- the pool --------------------------------------------------------------------------------------------------------


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "bases", lambda: iter([tmp_path]))
    return tmp_path


def test_a_pool_holds_what_runs_measure_and_is_made_once(cache, monkeypatch):
    scenario = small("baseline")
    found = pool.pool(scenario, 3, 3, 0, block_of=2)
    third = measure(play(prepare(scenario), 3, 2), measure_with(scenario))
    assert {key: tuple(found.values[2, number]) for number, key in enumerate(found.keys)} == third
    assert len(list(cache.rglob("*.npz"))) == 2

    played = []
    monkeypatch.setattr(pool, "play", lambda inputs, seed, run, engine: played.append(run) or play(inputs, seed, run, engine))
    again = pool.pool(scenario, 3, 3, 0, block_of=2)
    assert played == []
    assert again.keys == found.keys
    assert (again.values == found.values).all()

    sorted(cache.rglob("*.npz"))[1].write_bytes(b"half a file")
    assert (pool.pool(scenario, 3, 3, 0, block_of=2).values == found.values).all()
    assert played == [2]  # the unreadable block alone


def test_a_pool_made_by_processes_is_the_same(cache):
    scenario = small("baseline")
    by_processes = pool.pool(scenario, 1, 4, 2, block_of=1)
    for file in cache.rglob("*.npz"):
        file.unlink()
    assert (by_processes.values == pool.pool(scenario, 1, 4, 0, block_of=1).values).all()


def test_another_seed_or_scenario_is_kept_elsewhere():
    scenario = small("baseline")
    folders = {pool.folder_of(scenario, 1), pool.folder_of(scenario, 2), pool.folder_of(renumbered(scenario), 1)}
    assert len(folders) == 3


def test_renumbered_groups_give_customers_another_fate_and_coaches_their_own():
    one = small("baseline")
    other = renumbered(one)
    assert {name: group.number + 20 for name, group in one.settings.groups.items()} == {
        name: group.number for name, group in other.settings.groups.items()
    }
    ready = [(prepare(each), measure_with(each)) for each in (one, other)]
    values = [[measure(play(inputs, 1, run), given) for run in range(40)] for inputs, given in ready]

    def correlation(metric):
        a, b = ([run[metric, None][0] for run in mine] for mine in values)
        return np.corrcoef(a, b)[0, 1]

    assert correlation("sick_days_ordinary_per_coach_year") > 0.95  # of coaches
    assert correlation("failed_to_attend_share") < 0.9  # of customers
    assert all(a != b for a, b in zip(*values, strict=True))


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_parts_tell_what_falls_short(monkeypatch):
    monkeypatch.setattr(interval_parts, "KEYS", TWO)
    rng = np.random.default_rng(14)
    good = {key: rng.normal(size=3000) for key in TWO}
    rare = np.where(rng.random(3000) < 0.01, 1.0, 0.001 * rng.random(3000))
    events = {("leavers", None): rare > 0.5, ("sick_days_per_coach_year", None): rare, ("contact_minutes_share", None): rare + 1,
              ("days_late_mean", None): rare}  # fmt: skip
    pools = {"baseline": made(good | events), "surge": made(good | {COST: rare})}
    text = "\n".join(coverage_part(pools, 500, lambda _: None))
    assert "cost a year on surge: over 200 runs" in text
    assert "on baseline" not in text.partition("### Which")[2].partition("### What")[0]
    assert "**" in text


def test_limits_of_a_share_never_seen_hold_for_rare_ones():
    rng = np.random.default_rng(15)
    key = ("missed_share", None)
    text = "\n".join(zero_part(made({key: (rng.random(5000) < 0.04).astype(float)}), 20, 300))
    assert "16.1 %" in text  # Newcombe 1998: 0 of 20
    assert "3.0 %" in text  # 0.8389^20
    label, share, shown, none, held = text.splitlines()[-1].strip("| ").split(" | ")
    assert label == "Missed appointments"
    assert float(share[:-2]) == pytest.approx(4, abs=1)
    assert float(shown[:-2]) == pytest.approx(float(share[:-2]), abs=0.1)
    assert float(none[:-2]) == pytest.approx(100 * 0.96**20, abs=10)
    assert held == "100.0 %"


def test_too_few_runs_for_the_page_are_refused():
    with pytest.raises(ValueError, match="at least 1000"):
        page.statistics_page(999)


def test_the_page_has_every_part(monkeypatch):
    monkeypatch.setattr(comparisons, "RESAMPLES", 200)
    monkeypatch.setattr(page, "_pool", lambda what, runs: lively(len(what), 900))
    monkeypatch.setattr(page, "FEWEST_RUNS", 20)
    monkeypatch.setattr(pairing, "RESAMPLES", 50)
    text = page.statistics_page(20)
    assert text.count("\n## ") == 7
    assert "nan" not in text
    pairs = {("a", "b"): (lively(1), lively(2))}
    assert "`b` against `a`" in "".join(pairing_part(pairs))
    assert "renumbered" in "".join(tables_part({"baseline": lively(1), "surge": lively(2)}, lively(3), 2, lambda _: None))
