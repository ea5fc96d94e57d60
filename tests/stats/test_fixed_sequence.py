"""Which values are shown to be enough: hand cases of the two chains, and how often the whole search is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from jobcentre.runs.store import Run
from jobcentre.stats.fixed_sequence import sequence_result
from jobcentre.stats.share_at_looks import shown
from jobcentre.studies.conditions import Condition
from jobcentre.studies.levers import KNOWN
from jobcentre.studies.staffing_search import StaffingQuestion, plan_of, search_among

# by hand


@pytest.mark.parametrize(
    ("reached", "ends"),
    [
        ([False, False, None, True, True], (3, 1)),
        ([None, False, True, None], (None, None)),  # behind one that fails nothing is shown, however clear it is
        ([True, True], (0, None)),
        ([False, False], (None, 1)),
        ([True, False], (None, None)),
        ([], (None, None)),
    ],
)
def test_each_chain_ends_at_the_first_value_that_fails_its_test(reached, ends):
    assert sequence_result(dict(enumerate(reached))) == ends


# the whole search on made-up chances

METRIC = "overloaded_share"
TARGET = Condition(METRIC, None, "<=", 0.5)
RUNS = [
    [Run("", number, "", {(METRIC, None): (float(not met), 1.0), ("cost_per_year_pounds", None): (1.0, 1.0)}) for number in range(200)]
    for met in (False, True)
]


def luck(chances, runs, rng, common):
    """Whether each value meets the target in each run; with common luck one number decides for all values."""
    drawn = rng.random((runs, 1) if common else (runs, len(chances)))
    return drawn < np.asarray(chances)


def ask(met, plan, count=None):
    """The answer of the search where `met` says which runs (rows) of which value (column) meet the target."""
    values = met.shape[1]
    question = StaffingQuestion("made up", KNOWN["coaches"], [float(value) for value in range(values)], [TARGET], 0.9)

    def runs(places, number):
        if count is not None:
            count.append((tuple(places), number))
        return {place: [RUNS[int(met[number_, place])][number_] for number_ in range(number)] for place in places}

    return search_among(question, plan, runs)


def truth(chances):
    """The least value from which on all reach 0.9; as many as there are values if none."""
    return next((n for n in range(len(chances)) if all(p >= 0.9 for p in chances[n:])), len(chances))


def contradicts(answer, least, values):
    """Whether something is said that is not so: a value called enough that is not, or not enough that is."""
    if answer.reachable is False:
        return least < values
    low, high = answer.low, values - 1 if answer.high is None else answer.high
    return (answer.high is not None and high < least) or low > least


def rising(steepness, middle, values=31):
    return 1 / (1 + np.exp(-steepness * (np.arange(values) - middle)))


EDGE = np.concatenate([np.linspace(0.1, 0.88, 14), [0.9] * 3, np.linspace(0.93, 1, 14)])
BELOW = np.concatenate([np.linspace(0.1, 0.88, 14), [0.899] * 3, np.linspace(0.93, 1, 14)])
ABOVE = np.concatenate([np.linspace(0.1, 0.88, 14), [0.901] * 3, np.linspace(0.93, 1, 14)])
CURVES = {
    "steep": rising(1.5, 15),
    "gentle": rising(0.25, 10),
    "exactly 0.9": EDGE,
    "just below": BELOW,
    "just above": ABOVE,
    "never": np.linspace(0, 0.89, 31),
    "nearly": np.full(31, 0.899),
    "always": np.full(31, 0.9),
    "never and few": np.linspace(0.5, 0.89, 5),
}
PLANS = {"fixed": plan_of(100, 100), "anytime": plan_of(None, 200)}
EXPERIMENTS = 125  # of each curve, plan and kind of luck: 500 of each curve


@pytest.fixture
def quick(monkeypatch):
    """Leaves out the means and costs, of which nothing is said here."""
    monkeypatch.setattr("jobcentre.studies.staffing_search._mean", lambda *_: None)
    monkeypatch.setattr("jobcentre.studies.staffing_search._step", lambda *_: None)


def too_many(wrong, experiments, error=0.05):
    """Whether so many wrong answers are more than chance explains if the error is kept (one in a thousand)."""
    return stats.binom.sf(wrong - 1, experiments, error) < 0.001


def assert_seldom_wrong(chances):
    """With both plans, with luck in common and with luck of their own, each by itself and all together."""
    wrong = []
    for plan in PLANS:
        for common in (True, False):
            rng = np.random.default_rng([len(wrong), int(1000 * sum(chances))])
            answers = [ask(luck(chances, 200, rng, common), PLANS[plan]) for _ in range(EXPERIMENTS)]
            wrong.append(sum(contradicts(answer, truth(chances), len(chances)) for answer in answers))
            assert not too_many(wrong[-1], EXPERIMENTS), (plan, common, wrong[-1] / EXPERIMENTS)
    assert sum(wrong) / (EXPERIMENTS * len(wrong)) <= 0.05, wrong


@pytest.mark.theory
@pytest.mark.parametrize("curve", CURVES)
def test_what_is_said_is_wrong_in_less_than_five_of_a_hundred(quick, curve):
    assert_seldom_wrong(CURVES[curve])


@pytest.mark.theory
def test_a_wide_fall_in_the_chances_is_seen(quick):
    """More coaches that do worse from 18 to 24 of 31: the least value from which on all will do is 25."""
    chances = np.concatenate([np.linspace(0.5, 0.88, 10), np.full(8, 0.97), np.full(7, 0.8), np.full(6, 0.99)])
    assert truth(chances) == 25
    assert_seldom_wrong(chances)


@pytest.mark.parametrize("plan", PLANS)
def test_a_fall_between_two_values_that_were_tried_is_not_seen(quick, plan):
    """What the coarse grid costs: values that were not tried are taken to lie between their neighbours, as every answer says."""
    chances = np.where(np.arange(31) < 5, 0.2, 0.995)
    chances[22] = 0.3
    answer = ask(luck(chances, 200, np.random.default_rng(5), True), PLANS[plan])
    assert 22 not in [one.value for one in answer.candidates]
    assert (answer.low, answer.high) == (5, 5)


@pytest.mark.parametrize("common", [True, False], ids=["common luck", "own luck"])
@pytest.mark.parametrize("plan", PLANS)
def test_a_clear_answer_is_one_value(quick, plan, common):
    """From 0.6 to 0.99 in one step."""
    chances = np.where(np.arange(31) < 17, np.linspace(0, 0.6, 31), 0.99)
    rng = np.random.default_rng([3, plan == "fixed", common])
    answers = [ask(luck(chances, 200, rng, common), PLANS[plan]) for _ in range(100)]
    assert np.mean([(one.low, one.high) == (17, 17) for one in answers]) > 0.9


def test_more_runs_make_the_range_narrower(quick):
    chances = CURVES["gentle"]
    rng = np.random.default_rng(6)
    widths = {25: [], 100: [], 200: []}
    for _ in range(60):
        met = luck(chances, 200, rng, True)
        for runs, found in widths.items():
            answer = ask(met, plan_of(runs, runs))
            found.append((30 if answer.high is None else answer.high) - answer.low)
    assert np.mean(widths[25]) > np.mean(widths[100]) > np.mean(widths[200])


def with_all_values(met, plan, monkeypatch):
    """The answer where every value is tried."""
    with monkeypatch.context() as all_values:
        all_values.setattr("jobcentre.studies.staffing_search._coarse", lambda values: list(range(values)))
        return ask(met, plan)


def ends(answer, values=31):
    return answer.low, values if answer.high is None else answer.high


@pytest.mark.parametrize("curve", ["steep", "gentle", "exactly 0.9"])
def test_with_luck_in_common_a_coarse_grid_says_what_all_values_say(quick, monkeypatch, curve):
    """Where more coaches never do worse in a run, values left out between two can say nothing that their neighbours do not."""
    rng = np.random.default_rng([7, len(curve)])
    for _ in range(50):
        met = luck(CURVES[curve], 100, rng, True)
        coarse, every = ask(met, PLANS["fixed"]), with_all_values(met, PLANS["fixed"], monkeypatch)
        assert len(coarse.candidates) < len(every.candidates) == 31
        assert (coarse.low, coarse.high, coarse.reachable) == (every.low, every.high, every.reachable)


@pytest.mark.parametrize("curve", ["steep", "gentle", "exactly 0.9"])
def test_with_looks_it_says_what_all_values_say_that_all_have_all_runs(quick, monkeypatch, curve):
    """Values at which no chain stands have fewer runs: with luck in common theirs could not change the answer."""
    rng = np.random.default_rng(7)
    for _ in range(50):
        met = luck(CURVES[curve], 200, rng, True)
        answer = ask(met, PLANS["anytime"])
        reached = {place: shown(met[:, place], tuple(PLANS["anytime"].looks), 0.9) for place in range(31)}
        enough, not_enough = sequence_result(reached)
        assert (answer.low, answer.high) == (0 if not_enough is None else not_enough + 1, enough)
        assert sum(one.runs for one in answer.candidates) < 31 * 200 / 2


def test_with_luck_of_their_own_a_coarse_grid_may_differ_and_contradicts_nothing(quick, monkeypatch):
    """Chains over all values have more values at which to fail, so that they end earlier in about one of four experiments."""
    rng = np.random.default_rng(8)
    same = 0
    for _ in range(100):
        met = luck(CURVES["gentle"], 100, rng, False)
        coarse, every = ask(met, PLANS["fixed"]), with_all_values(met, PLANS["fixed"], monkeypatch)
        (low, high), (least, most) = ends(coarse), ends(every)
        assert least <= high
        assert low <= most
        same += (low, high) == (least, most)
    assert same > 50


# what the search asks for and tells


def test_only_values_that_are_not_decided_get_more_runs(quick):
    chances = np.where(np.arange(31) < 17, 0.02, 1.0)
    chances[17] = 0.93
    asked = []
    answer = ask(luck(chances, 200, np.random.default_rng(9), True), PLANS["anytime"], asked)
    at = {number: {place for places, runs in asked if runs == number for place in places} for number in (25, 50, 100, 200)}
    assert {0, 5, 10} <= at[25]
    assert {0, 5, 10} & at[50] == set()
    assert 17 in at[200]
    assert len(at[200]) < 4
    by_value = {one.value: one for one in answer.candidates}
    assert by_value[0].runs == 25
    assert by_value[0].level == pytest.approx(0.975)
    assert by_value[17].level == pytest.approx(0.96)
    assert by_value[17].runs == 200


def test_few_values_are_all_tried(quick):
    answer = ask(luck(np.linspace(0.2, 1, 8), 100, np.random.default_rng(1), True), PLANS["fixed"])
    assert [one.value for one in answer.candidates] == list(range(8))


def test_a_fall_is_shown_with_the_exact_chance_of_it(quick):
    met = np.ones((100, 3), dtype=bool)
    met[:12, 2] = False  # twelve runs in which the most generous value alone does not meet the targets
    (fall,) = ask(met, PLANS["fixed"]).violations
    assert (fall.value, fall.better_than, fall.p) == (2, 1, pytest.approx(0.5**12))
    met[:12, 2], met[:4, 2] = True, False  # four: 1/16 is no surprise
    assert ask(met, PLANS["fixed"]).violations == []


def test_candidates_tell_their_share_and_its_limits(quick):
    met = np.zeros((100, 2), dtype=bool)
    met[:97, 1] = True
    short, enough = ask(met, PLANS["fixed"]).candidates
    wanted = stats.binomtest(97, 100).proportion_ci(0.95, method="exact")
    assert (enough.met, enough.runs, enough.probability, enough.state) == (97, 100, 0.97, "enough")
    assert (enough.low, enough.high) == pytest.approx((wanted.low, wanted.high))
    assert (short.met, short.state) == (0, "not_enough")


def test_a_run_that_failed_does_not_meet_the_targets(quick):
    question = StaffingQuestion("made up", KNOWN["coaches"], [1.0, 2.0], [TARGET], 0.9)
    failed = [Run("", number, failure="died") for number in range(100)]
    answer = search_among(question, PLANS["fixed"], lambda places, number: dict.fromkeys(places, failed[:number]))
    assert answer.reachable is False
    assert [one.met for one in answer.candidates] == [0, 0]


def test_the_plan_of_looks():
    assert plan_of(100, 200)[:2] == ("fixed", [(100, 0.95)])
    kind, looks = plan_of(None, 200)[:2]
    assert kind == "anytime"
    # 0.05/(1·2), 0.05/(2·3), 0.05/(3·4), 0.05/(4·5)
    assert looks == [(25, 0.975), (50, pytest.approx(1 - 0.05 / 6)), (100, pytest.approx(1 - 0.05 / 12)), (200, pytest.approx(0.9975))]
    assert [runs for runs, _ in plan_of(None, 99)[1]] == [25, 50]
