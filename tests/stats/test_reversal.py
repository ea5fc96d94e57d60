"""What could reverse an order, by hand: turns, switching places, shares of variance, regret."""

from __future__ import annotations

import numpy as np
import pytest

from jobcentre.stats.reversal import MeanDifference, best_in_draws, explained, mean_difference, switching_place, turns

NAN = float("nan")


def test_a_mean_difference_is_that_of_pairs_with_student_s_interval():
    """Differences 1, 2, 3, 4, 5: mean 3, standard deviation √2.5, t(0.975; 4) = 2.776445."""
    first, second = np.array([1.0, 1, 1, 1, 1, NAN]), np.array([2.0, 3, 4, 5, 6, 7])
    found = mean_difference(first, second)
    half = 2.776445 * 2.5**0.5 / 5**0.5
    assert found == pytest.approx((3.0, 3 - half, 3 + half), rel=1e-6)
    assert found.sign == 1
    assert mean_difference(second, first).sign == -1


def test_below_five_pairs_nothing_is_decided():
    found = mean_difference(np.zeros(4), np.ones(4))
    assert (found.mean, found.low, found.high, found.sign) == (1.0, None, None, 0)


@pytest.mark.parametrize(
    ("before", "after", "change", "expected"),
    [
        ((2, 1, 3), (-2, -3, -1), (-4, -5, -3), "yes"),
        ((2, 1, 3), (-1, -3, 1), (-3, -4, -2), "perhaps"),
        ((2, 1, 3), (0.5, 0.1, 0.9), (-1.5, -2, -1), "no"),
        ((-2, -3, -1), (2, 1, 3), (4, 3, 5), "yes"),
        ((1, -1, 3), (-2, -3, -1), (-3, -4, -2), "no"),  # there was no order
        ((2, 1, 3), (0.9, -0.1, 1.9), (-1.1, -2.5, 0.3), "no"),  # the end may be no different: its interval alone is wider
        ((2, 1, 3), (0.9, -0.1, 1.9), (1.1, 0.5, 1.7), "no"),  # and moves the other way
    ],
)
def test_an_order_turns_only_where_intervals_say_so(before, after, change, expected):
    assert turns(MeanDifference(*before), MeanDifference(*after), MeanDifference(*change)) == expected


def test_the_place_of_the_switch_lies_on_a_straight_line():
    assert switching_place(3.0, -1.0) == pytest.approx(0.75)
    assert switching_place(-1.0, 3.0) == pytest.approx(0.25)
    assert switching_place(3.0, 1.0) is None


def test_shares_of_variance_are_squared_correlations():
    """Two columns that do not go together: y = 3 a + 4 b has 9/25 and 16/25 of its variance from them; a constant has nothing."""
    a, b = np.array([1.0, 1, -1, -1]), np.array([1.0, -1, 1, -1])
    found = explained(np.column_stack([a, b, np.ones(4)]), 3 * a + 4 * b)
    assert found == pytest.approx([9 / 25, 16 / 25, 0.0])


def test_draws_without_a_value_are_left_out_of_the_shares():
    a = np.array([1.0, 2, 3, 4])
    assert explained(a[:, None], np.array([2.0, 4, NAN, 8])) == pytest.approx([1.0])


def test_best_acceptable_and_regret_over_draws():
    """Lower is better: losses against the best are (0, 1), (2, 0), (0, 0); the draw without a value does not count."""
    values = np.array([[1.0, 2.0], [5.0, 3.0], [4.0, 4.0], [NAN, 1.0]])
    first, second = best_in_draws(values, "lower", 1.0)
    assert first == (2, 2, 3, pytest.approx(2 / 3), 2.0)
    assert second == (2, 3, 3, pytest.approx(1 / 3), 1.0)
    higher = best_in_draws(-values, "higher", 1.0)
    assert higher == [first, second]
