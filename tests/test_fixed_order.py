"""Which values are shown to be enough: hand cases of the two chains, and how often the whole search is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.experiments.conditions import Condition
from sim.experiments.levers import KNOWN
from sim.experiments.staffing import Question, plan_of, search
from sim.stats.fixed_order import Look, shown_by
from sim.store import Run

GOOD, BAD, FAIR = (100, 100), (50, 100), (90, 100)  # of 0.9: enough, not enough, cannot be told


def look(level=0.95, **met):
    return Look({int(place[1:]): counts for place, counts in met.items()}, level)


# by hand


def test_each_chain_ends_at_the_first_value_that_fails_its_test():
    found = shown_by([look(_0=BAD, _1=BAD, _2=FAIR, _3=GOOD, _4=GOOD)], [0, 1, 2, 3, 4], 0.9)
    assert found == (3, 1)


def test_a_value_behind_one_that_fails_is_not_shown_however_clear_it_is():
    found = shown_by([look(_0=FAIR, _1=BAD, _2=GOOD, _3=FAIR)], [0, 1, 2, 3], 0.9)
    assert found == (None, None)


def test_all_may_be_enough_or_none():
    assert shown_by([look(_0=GOOD, _5=GOOD)], [0, 5], 0.9) == (0, None)
    assert shown_by([look(_0=BAD, _5=BAD)], [0, 5], 0.9) == (None, 5)


def test_nothing_is_shown_without_a_look():
    assert shown_by([], [0, 1], 0.9) == (None, None)
    assert shown_by([Look({}, 0.95)], [0, 1], 0.9) == (None, None)


def test_both_limits_meet_the_wanted_chance_as_they_should():
    # 96 of 100: Clopper and Pearson's lower limit is 0.90074; at 0.9 exactly the chain of "not enough" needs the limit below it
    assert shown_by([look(_0=(96, 100))], [0], 0.9).enough == 0
    assert shown_by([look(_0=(95, 100))], [0], 0.9).enough is None
    high = stats.beta.ppf(0.975, 84, 17)
    assert shown_by([look(_0=(83, 100))], [0], float(high)).not_enough is None
    assert shown_by([look(_0=(83, 100))], [0], float(high) + 1e-9).not_enough == 0


def test_a_look_with_a_higher_level_shows_less():
    # 96 of 100 at 0.975: the lower limit is below 0.9
    assert shown_by([look(0.975, _0=(96, 100))], [0], 0.9).enough is None


def test_what_an_earlier_look_showed_stays_shown_and_the_chain_goes_on_from_there():
    first = look(_0=BAD, _1=FAIR, _2=FAIR, _3=GOOD)
    then = look(_1=BAD, _2=GOOD)  # 0 and 3 got no more runs
    assert shown_by([first], [0, 1, 2, 3], 0.9) == (3, 0)
    assert shown_by([first, then], [0, 1, 2, 3], 0.9) == (2, 1)
    against = look(_1=FAIR, _2=FAIR, _3=BAD)  # later runs do not take it back
    assert shown_by([first, against], [0, 1, 2, 3], 0.9) == (3, 0)


def test_a_value_that_was_not_looked_at_holds_the_chain_up():
    first = look(_0=BAD, _1=BAD, _3=GOOD, _4=GOOD)
    assert shown_by([first], [0, 1, 2, 3, 4], 0.9) == (3, 1)
    assert shown_by([first, look(_2=GOOD)], [0, 1, 2, 3, 4], 0.9) == (2, 1)


# the whole search on made-up chances

METRIC = "overloaded_share"
TARGET = Condition(METRIC, None, "<=", 0.5)
MET = {METRIC: (0.0, 1.0)}, {METRIC: (1.0, 1.0)}
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
    question = Question("made up", KNOWN["coaches"], [float(value) for value in range(values)], [TARGET], 0.9)

    def runs(places, number):
        if count is not None:
            count.append((tuple(places), number))
        return {place: [RUNS[int(met[number_, place])][number_] for number_ in range(number)] for place in places}

    return search(question, plan, runs)


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
