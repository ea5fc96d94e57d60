"""The study of answers finds what is known of made-up pools: who says too much is caught, who keeps the promise is not."""

from __future__ import annotations

import re

import numpy as np
import pytest

from jobcentre.metrics import BY_NAME, HEADLINES
from jobcentre.stats import comparisons
from jobcentre.stats.best import indistinguishable_from_best
from jobcentre.stats.intervals import interval
from jobcentre.studies.conditions import Condition
from jobcentre.studies.levers import KNOWN
from jobcentre.studies.precision import read_precision
from jobcentre.studies.selection import question_of
from jobcentre.studies.staffing_search import LookPlan, StaffingAnswer, StaffingQuestion, plan_of
from validation import __main__ as assurance
from validation.answers import best, page
from validation.answers.best import is_left_out, left_out, measure_of, sizes, true_order
from validation.answers.precision import stops, truths
from validation.answers.precision_part import precision_part
from validation.answers.resampling import Wrong, as_runs, together
from validation.answers.selection import how_far_behind, selections, true_means
from validation.answers.similar_options import is_untrue, runs_with_half, tables_text
from validation.answers.staffing import Wish, answers_text, chances, condition_of, width, wrongly_enough, wrongly_not_enough
from validation.statistics.pool import Pool

OVERLOADED, HELD, COST = "overloaded_share", "appointments_held_per_coach_day", "cost_per_year_pounds"


def made(columns):
    """A pool whose metrics have these values, each over 1."""
    values = np.stack([np.column_stack([top, np.ones(len(top))]) for top in columns.values()], axis=1)
    return Pool(tuple((name, None) for name in columns), values)


def lively(seed, runs=1000):
    """A pool of all headline metrics between 0 and 1, and counts."""
    rng, shared = np.random.default_rng(seed), np.random.default_rng(99).random(runs)
    own = {name: rng.random(runs) for name in (*HEADLINES, "same_coach_share")}
    return made({name: rng.poisson(0.3, runs) if "leaving" in name else (shared + one) / 2 + seed / 50 for name, one in own.items()})


def test_too_often_is_more_than_chance_between_samples_explains():
    assert not Wrong(20, 300).too_often  # Wilson from 4.4 %
    assert Wrong(30, 300).too_often  # Wilson from 7.1 %
    assert str(Wrong(30, 300)) == "**10.0 % (7.1 to 13.9)**"


def test_samples_take_the_same_runs_from_every_scenario_and_none_twice():
    pools = {"a": made({HELD: np.arange(50.0)}), "b": made({HELD: 100 + np.arange(50.0)})}
    runs = {name: as_runs(name, pool, [(HELD, None)]) for name, pool in pools.items()}
    drawn = list(together(runs, 30, 4, 1))
    assert len(drawn) == 4
    for sample in drawn:
        mine, theirs = ([run.metrics[HELD, None][0] for run in sample[name]] for name in "ab")
        assert [one + 100 for one in mine] == theirs
        assert len(set(mine)) == 30
        assert [run.run for run in sample["a"]] == list(range(30))
        assert sample["b"][0].scenario == "b"
    assert drawn[0] != drawn[1]


# staffing


def test_a_target_is_the_limit_that_the_wanted_share_meets():
    pools = {
        2.0: made({OVERLOADED: np.arange(1, 11) / 10, HELD: np.arange(10.0)}),
        3.0: made({OVERLOADED: np.arange(10) / 20, HELD: np.arange(10.0) + 5}),
    }
    assert condition_of(Wish(OVERLOADED, 0.9, 2), pools) == Condition(OVERLOADED, None, "<=", 0.9)
    assert condition_of(Wish(HELD, 0.9, 2), pools) == Condition(HELD, None, ">=", 1.0)
    # the limit that no more than 90 % meet with any number of coaches
    assert condition_of(Wish(OVERLOADED, 0.9), pools).value == 0.4
    assert condition_of(Wish(HELD, 0.9), pools).value == 6.0
    # where many runs have the same value, more than the share meet it, or fewer
    tied = {2.0: made({OVERLOADED: np.array([0.1, 0.2, 0.2, 0.2, 0.3])})}
    assert (condition_of(Wish(OVERLOADED, 0.4, 2), tied).value, condition_of(Wish(OVERLOADED, 0.4), tied).value) == (0.2, 0.1)


def test_a_run_without_a_value_does_not_meet_a_target():
    values = np.array([[[0.1, 1.0]], [[0.0, 0.0]], [[0.3, 1.0]], [[0.2, 1.0]]])
    pools = {2.0: Pool(((OVERLOADED, None),), values)}
    condition = condition_of(Wish(OVERLOADED, 0.75, 2), pools)
    assert condition.value == 0.3
    question = StaffingQuestion("", KNOWN["coaches"], [2.0], [condition], 0.9)
    assert chances(question, [as_runs("", pools[2.0], [(OVERLOADED, None)])]) == [0.75]


@pytest.mark.parametrize(
    ("low", "high", "reachable", "enough", "not_enough", "values"),
    [
        (4, 5, True, False, False, 2),  # true: 4
        (2, 3, True, True, False, 2),  # 3 is not enough
        (5, 5, True, False, True, 1),  # 4 was said not to be enough
        (3, None, None, False, False, 3),
        (5, None, None, False, True, 1),
        (None, None, False, False, True, None),
    ],
)
def test_what_is_wrong_by_hand(low, high, reachable, enough, not_enough, values):
    question, true = StaffingQuestion("", KNOWN["coaches"], [2.0, 3.0, 4.0, 5.0], [], 0.9), [0.5, 0.8, 0.9, 0.99]
    answer = StaffingAnswer(low, high, reachable, [], [], [], None)
    assert (wrongly_enough(question, true, answer), wrongly_not_enough(question, true, answer)) == (enough, not_enough)
    if values:
        assert width(question, answer) == values


def test_a_value_that_was_not_tried_is_judged_too():
    question, true = StaffingQuestion("", KNOWN["coaches"], [2.0, 3.0, 4.0], [], 0.9), [0.95, 0.5, 0.99]
    assert wrongly_enough(question, true, StaffingAnswer(2.0, 2.0, True, [], [], [], None))


def office(chances, runs=3000, seed=1, common=False):
    """A question whose pools meet the target in these shares of runs."""
    rng = np.random.default_rng(seed)
    drawn = rng.random((runs, 1)) if common else rng.random((runs, len(chances)))
    short = (np.broadcast_to(drawn, (runs, len(chances))) >= chances).astype(float)
    question = StaffingQuestion(
        "made up", KNOWN["coaches"], [float(n) for n in range(len(chances))], [Condition(OVERLOADED, None, "<=", 0.5)], 0.9
    )
    return question, [as_runs(str(n), made({OVERLOADED: short[:, n]}), [(OVERLOADED, None)]) for n in range(len(chances))]


NEAR = [0.5, 0.7, 0.8, 0.85, 0.87, 0.87, 0.88, 0.95, 0.99]
ABOVE = [0.5, 0.7, 0.92, 0.93, 0.93, 0.94, 0.95, 0.95, 0.99]


@pytest.mark.parametrize("plan", [plan_of(100, 100), plan_of(None, 200)], ids=["fixed", "anytime"])
@pytest.mark.parametrize("chances_", [NEAR, ABOVE])
def test_the_search_keeps_its_promise(plan, chances_):
    told = answers_text(*office(chances_), plan, 300, 1)
    assert told.anything.samples == 300
    assert not told.anything.too_often
    assert max(told.enough.wrong, told.not_enough.wrong) <= told.anything.wrong <= told.enough.wrong + told.not_enough.wrong


@pytest.mark.parametrize(("chances_", "which"), [(NEAR, "enough"), (ABOVE, "not_enough")])
def test_a_search_with_too_low_a_level_is_caught(chances_, which):
    told = answers_text(*office(chances_), LookPlan("fixed", [(100, 0.5)]), 200, 1)
    assert told.anything.too_often
    assert getattr(told, which).too_often


def test_looks_that_each_spend_the_whole_error_are_caught():
    """Looks at 25, 50, 100 … runs with 80 % each: nothing is shared out among them."""
    greedy = LookPlan("anytime", [(runs, 0.8) for runs, _ in plan_of(None, 400).looks])
    assert answers_text(*office([0.5, 0.85, 0.9, 0.9, 0.95]), greedy, 200, 1).anything.too_often


def test_what_clear_answers_are_worth():
    told = answers_text(*office([0.1] * 5 + [1.0] * 4), plan_of(100, 100), 20, 1)
    assert (told.one_value, told.width, told.unreachable, told.open_ended) == (20, 1.0, 0, 0)
    assert 500 <= told.runs <= 700  # the coarse grid of five, and what lies between
    never = answers_text(*office([0.1] * 9), plan_of(100, 100), 20, 1)
    assert (never.unreachable, never.anything.wrong, never.runs) == (20, 0, 500)
    level = answers_text(*office([0.9] * 9, common=True), plan_of(None, 25), 20, 1)
    assert level.open_ended == 20  # 25 runs can show nothing to be enough
    assert level.width > 8


# which may be the best


def several(leads, runs=3000, metrics=best.METRICS[:3], seed=3):
    """Scenarios whose values of each metric are normal, with this much more of what is good, and half of their luck in common."""
    rng = np.random.default_rng(seed)
    shared = {metric: rng.normal(size=runs) for metric in metrics}
    pools = {}
    for name, lead in leads.items():
        more = {metric: lead if BY_NAME[metric].better == "higher" else -lead for metric in metrics}
        # values of a pool have exactly the mean that is said
        own = {metric: (noise := rng.normal(size=runs)) - noise.mean() for metric in metrics}
        pools[name] = made({metric: 10 + more[metric] + shared[metric] + own[metric] for metric in metrics})
    return pools


def test_the_true_order_knows_the_better_direction():
    pools = {
        "a": made({OVERLOADED: np.array([0.2, 0.4]), HELD: np.array([1.0, 2.0])}),
        "b": made({OVERLOADED: np.array([0.1, 0.3]), HELD: np.array([1.0, 1.0])}),
    }
    assert true_order(pools, OVERLOADED) == [("b", pytest.approx(0.2)), ("a", pytest.approx(0.3))]
    assert [name for name, _ in true_order(pools, HELD)] == ["a", "b"]
    assert best.gap(true_order(pools, HELD)) == 0.5


@pytest.fixture
def few_resamples(monkeypatch):
    monkeypatch.setattr(comparisons, "RESAMPLES", 1000)


LEVEL_HEADED = {"a": 0.01, "b": 0.0, "c": 0.0, "d": 0.0}


def test_tables_that_may_leave_out_the_best_do_so_seldom_and_others_are_caught(few_resamples):
    pools = several(LEVEL_HEADED)
    metrics = best.METRICS[:3]
    kept = left_out(pools, [30], "fixed", 300, 1, metrics)
    assert not kept.tables.too_often
    at_looks = left_out(pools, (25, 50, 100), "anytime", 100, 1, metrics)
    assert not at_looks.tables.too_often
    bold = left_out(pools, [30], "fixed", 150, 1, metrics, level=0.5)
    assert bold.tables.too_often
    assert bold.first_at == (bold.tables.wrong,)
    assert max(bold.by_metric.values()) <= bold.tables.wrong <= sum(bold.by_metric.values())


def test_making_only_tables_in_doubt_changes_nothing(few_resamples):
    metrics, pools = best.METRICS[:3], several(LEVEL_HEADED)
    rng, said = np.random.default_rng(4), []
    for _ in range(40):
        drawn = best.sample(pools, rng.choice(3000, 25, replace=False), metrics)
        for kind, level in (("fixed", 0.6), ("anytime", 0.4)):
            rows = indistinguishable_from_best(drawn, [measure_of(metric) for metric in metrics], level, kind)
            for metric in metrics:
                first = true_order(pools, metric)[0][0]
                whole = not next(row.may_be_best for row in rows if (row.metric, row.scenario) == (metric, first))
                assert is_left_out(drawn, metric, first, kind, 3, level) == whole
                said.append(whole)
    assert 0 < sum(said) < len(said)


def test_clear_leads_leave_one_and_none_leaves_nearly_all(few_resamples):
    metric = best.METRICS[:1]
    assert sizes(several({"a": 5.0, "b": 0.0, "c": 0.0}, metrics=metric), 20, 10, 1, metric) == {metric[0]: 1.0}
    assert sizes(several({"a": 0.0, "b": 0.0, "c": 0.0}, metrics=metric), 20, 30, 1, metric)[metric[0]] > 2.7


# select


def asked(indifference, confidence=0.95, scenarios=4):
    return question_of(HELD, scenarios, indifference, confidence, 20, 1000)


def runs_of(pools):
    return {name: as_runs(name, pool, [(HELD, None)]) for name, pool in pools.items()}


def test_select_keeps_its_promise_where_the_lead_is_the_indifference():
    slippage = runs_of(several({"a": 0.5, "b": 0.0, "c": 0.0, "d": 0.0}, metrics=(HELD,)))
    chosen = selections(slippage, asked(0.49), 150, 1)
    assert not chosen.wrong.too_often
    assert chosen.best == 150 - chosen.wrong.wrong - chosen.undecided
    assert 80 <= chosen.runs <= 4 * chosen.longest


def test_a_selection_that_is_too_confident_is_caught():
    slippage = runs_of(several({"a": 0.5, "b": 0.0, "c": 0.0, "d": 0.0}, metrics=(HELD,)))
    assert selections(slippage, asked(0.49, confidence=0.4), 100, 1).wrong.too_often


def test_whoever_is_within_the_indifference_is_right_and_who_is_not_is_wrong():
    pools = runs_of(several({"a": 0.3, "b": 0.2, "c": -5.0}, metrics=(HELD,)))
    question = asked(0.2, scenarios=3)
    assert how_far_behind(true_means(pools, HELD), question) == pytest.approx({"a": 0, "b": 0.1, "c": 5.3})
    chosen = selections(pools, question, 40, 1)
    assert chosen.wrong.wrong == 0
    assert 20 < chosen.best < 40
    stopped = selections(pools, asked(0.01, scenarios=3), 5, 1, max_runs=20)
    assert (stopped.undecided, stopped.wrong.wrong, stopped.longest) == (5, 0, 20)


# precision


def whole(pool):
    return {"a": as_runs("a", pool, [(name, None) for name, _ in pool.keys])}


def test_intervals_of_normal_runs_hold_where_commands_stop():
    pool = made({HELD: 10 + np.random.default_rng(5).normal(size=5000)})
    wish = read_precision([f"{HELD}=0.34"], 400)
    found = stops(whole(pool), truths({"a": pool}, [HELD]), wish, 300, 1)
    assert not found.wrong[HELD].too_often
    assert found.reached == 300
    # by hand: t ÷ √n at the levels of the looks is 0.48, 0.39 and 0.29 at 25, 50 and 100 runs
    assert found.ended[100] > 0.75
    assert found.runs == pytest.approx(sum(runs * share for runs, share in found.ended.items()))
    assert sum(of[HELD].samples for of in found.at.values()) == 300
    assert sum(of[HELD].wrong for of in found.at.values()) == found.wrong[HELD].wrong
    assert found.said["as it came"] > 0.7 * 300


def test_too_narrow_intervals_are_caught(monkeypatch):
    monkeypatch.setattr("jobcentre.runs.results.interval", lambda *given, intervals, share: interval(*given, level=0.8, share=share))
    pool = made({HELD: 10 + np.random.default_rng(5).normal(size=5000)})
    assert stops(whole(pool), truths({"a": pool}, [HELD]), read_precision([f"{HELD}=0.3"], 100), 200, 1).wrong[HELD].too_often


def test_stopping_before_a_rare_event_was_seen_is_caught_and_told():
    rng = np.random.default_rng(6)
    rare = made(
        {
            name: rng.normal(size=5000) + 100 * (rng.random(5000) < 0.02) if name == COST else 0.3 + 0.1 * rng.random(5000)
            for name in HEADLINES
        }
    )
    wish = read_precision([f"{COST}=2"], 400)
    found = stops(whole(rare), truths({"a": rare}, [COST]), wish, 100, 1)
    # four in ten samples of 50 runs, the fewest with which it stops, hold none, are narrow and lie near 0; the truth is 2
    assert 25 not in found.at
    assert found.at[50][COST].share > 0.9
    assert found.ended[50] == pytest.approx(0.98**50, abs=0.15)
    assert found.wrong[COST].too_often


def test_a_comparison_is_judged_by_its_whole_table(few_resamples):
    pools = {"a": lively(1), "b": lively(2)}
    true = truths(pools, HEADLINES)
    assert true[OVERLOADED] == pytest.approx(1 / 50, abs=0.03)
    runs = {name: as_runs(name, pool, [(metric, None) for metric in HEADLINES]) for name, pool in pools.items()}
    wish = read_precision([f"{OVERLOADED}=0.3"], 50)
    assert stops(runs, true, wish, 15, 1).any_wrong.wrong <= 3
    claimed = true | {HELD: true[HELD] + 3}
    assert stops(runs, claimed, wish, 5, 1).any_wrong.wrong == 5  # a metric that was not waited for counts too


# options that are much alike


def twins(apart, runs=4000):
    """A base, and an option that differs from it by so much in one metric and by a little noise in all."""
    rng, base = np.random.default_rng(8), lively(1, runs)
    top = {name: base.of((name, None))[0] + 0.01 * rng.random(runs) for name in HEADLINES}
    return base, made(top | {COST: base.of((COST, None))[0] + apart(rng, runs)})


def test_tables_of_normal_differences_hold_and_those_of_rare_ones_are_caught(few_resamples):
    usual = tables_text(*twins(lambda rng, runs: rng.normal(size=runs)), 30, 100, 1)
    assert not usual.intervals.too_often
    rare = tables_text(*twins(lambda rng, runs: 100_000.0 * (rng.random(runs) < 0.01) + 0.01 * rng.normal(size=runs)), 30, 60, 1)
    assert rare.by_metric[COST] / 60 == pytest.approx(0.99**30, abs=0.2)  # samples without a run that differs
    assert rare.intervals.too_often
    assert rare.verdicts.wrong == 0  # a mean of 1,000 is less than matters
    large = tables_text(*twins(lambda rng, runs: 3_000_000.0 * (rng.random(runs) < 0.01) + 0.01 * rng.normal(size=runs)), 30, 30, 1)
    assert large.verdicts.too_often  # "no difference that matters", where 30,000 do


@pytest.mark.parametrize(
    ("verdict", "metric", "true", "untrue"),
    [
        ("better", OVERLOADED, -0.02, False), ("better", OVERLOADED, -0.019, True), ("worse", OVERLOADED, 0.0, True),
        ("better_size_unsure", OVERLOADED, -0.001, False), ("better_size_unsure", OVERLOADED, 0.001, True),
        ("better", HELD, 0.5, False), ("better_size_unsure", HELD, 0.1, False), ("worse_size_unsure", HELD, 0.1, True),
        ("higher", COST, 10_000.0, False), ("higher", COST, 5.0, True), ("higher_size_unsure", COST, 5.0, False), ("lower", COST, 5.0, True),
        ("no_material_difference", OVERLOADED, 0.019, False), ("no_material_difference", OVERLOADED, -0.02, True),
        ("unclear", OVERLOADED, 0.5, False), ("identical", OVERLOADED, 0.5, False),
    ],
)  # fmt: skip
def test_which_verdicts_are_untrue(verdict, metric, true, untrue):
    assert is_untrue(verdict, true, measure_of(metric)) == untrue


def test_how_few_runs_hold_half_of_what_differs():
    same = made({HELD: np.zeros(1000)})
    assert runs_with_half(same, same, (HELD, None)) == 1
    assert runs_with_half(same, made({HELD: np.r_[5.0, -3.0, np.zeros(998)]}), (HELD, None)) == 0.001
    normal = made({HELD: np.random.default_rng(1).normal(size=1000)})
    assert runs_with_half(same, normal, (HELD, None)) == pytest.approx(0.24, abs=0.02)  # half of it lies beyond 1.18 standard deviations


# the page


@pytest.mark.slow
def test_the_part_on_precision_tells_where_it_is_wrong(few_resamples):
    rng = np.random.default_rng(7)
    rare = {name: 0.3 + 0.1 * rng.random(2000) for name in HEADLINES} | {
        COST: 100 * rng.normal(size=2000) + 100_000 * (rng.random(2000) < 0.02)
    }
    pool = made(rare)
    text = "\n".join(precision_part({"rare": pool}, {"a": lively(1), "b": lively(2)}, 30, 2, lambda _: None))
    assert "**Wrong more often than promised**" in text
    early = text.partition("**Wrong more often")[2]
    assert re.search(r"\| `rare` \| `cost_per_year_pounds=1500` \| – \| (9\d|100) % of", early)
    assert "`overloaded_share=0.02` |" not in early


def test_too_few_runs_for_the_page_are_refused():
    with pytest.raises(ValueError, match="at least"):
        page.answers_page(999)


@pytest.mark.slow
def test_the_page_has_every_part(monkeypatch, few_resamples):
    assert assurance.PAGES["answers"][0] is page.answers_page
    told = []
    monkeypatch.setattr(page, "_pool", lambda scenario, runs: lively(len(told.append(scenario.name) or told), runs))
    monkeypatch.setattr(page, "_ordinary", lambda name: lively(len(name), 300))
    monkeypatch.setattr(page, "SAMPLE_FOR", 250)
    monkeypatch.setattr(page, "TABLE_FOR", 1000)
    text = page.answers_page(1000)
    assert re.findall(r"(?m)^## (.*)$", text) == [
        "How many coaches will do", "Which scenarios may be the best", "The one that is selected", "Runs until it is precise", "Options that are much alike",
        "What was not checked",
    ]  # fmt: skip
    assert "nan" not in text
    assert {f"oxford_surge_step-coaches-{n}" for n in range(2, 11)} | {"baseline", "surge_demand_only"} <= set(told)
    for case in ("steep, 6 is just enough", "flat, 6 is just not enough", "never, far from it"):
        assert text.count(f"| {case} |") == 5  # the truth; both plans in both tables
