"""From ranges and lists to points: grids and lists by hand, and what samples promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import qmc

from jobcentre.studies.levers import MOST, InvalidAxis, axis_of
from jobcentre.studies.sweep_sampling import MOST_POINTS, AxisInput, column, points_of, span_of, ten_digits, wrong_with_count

FACTOR, MINUTES, COACHES, CHOICE, YES = "admin.factor", "admin.held_minutes", "coaches", "diary.template", "diary.cover"


def of(name, what, held=False):
    axis = axis_of(name)
    if isinstance(what, str):
        return AxisInput(axis, span=span_of(what, axis))
    return AxisInput(axis, values=tuple(what), is_held=held)


def points(sampling, *given, count=0, seed=1):
    return points_of([column(one, sampling) for one in given], given, sampling, count, seed)


def refused(call, *arguments):
    with pytest.raises(InvalidAxis) as error:
        call(*arguments)
    return error.value


# --- grid and list ---------------------------------------------------------------------------------------------------


def test_a_grid_has_each_value_with_each_and_the_last_figure_moves_fastest():
    found = points("grid", of(COACHES, "20:24:2"), of(CHOICE, ["spread", "earliest"]))
    assert found == ((20, "spread"), (20, "earliest"), (22, "spread"), (22, "earliest"), (24, "spread"), (24, "earliest"))


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        (COACHES, "18:21", (18, 19, 20, 21)),
        (COACHES, "18:30:5", (18, 23, 28)),
        (COACHES, " 18 : 20 ", (18, 19, 20)),
        (FACTOR, "0:0.3:0.1", (0.0, 0.1, 0.2, 0.3)),
        (FACTOR, "0.8:1.25:0.15", (0.8, 0.95, 1.1, 1.25)),
        (FACTOR, "0:2", (0.0, 1.0, 2.0)),
        (FACTOR, "1e-3:3e-3:1e-3", (0.001, 0.002, 0.003)),
    ],
)
def test_a_range_has_exactly_these_values(name, text, values):
    found = column(of(name, text), "grid")
    assert found == values
    assert {type(one) for one in found} == {type(values[0])}


def test_whole_figures_have_whole_values_and_others_have_not():
    assert repr(points("grid", of(COACHES, "20:21"), of(FACTOR, "1:2"))[0]) == "(20, 1.0)"


def test_a_value_that_is_held_stands_at_every_point():
    assert points("grid", of(COACHES, "20:21"), of(FACTOR, [1.1], held=True)) == ((20, 1.1), (21, 1.1))
    assert points("list", of(COACHES, [20, 25]), of(FACTOR, [1.1], held=True)) == ((20, 1.1), (25, 1.1))
    sampled = points("sobol", of(COACHES, "20:40"), of(FACTOR, [1.1], held=True), of(YES, [True], held=True), count=8)
    assert {one[1:] for one in sampled} == {(1.1, True)}


def test_in_a_list_the_values_in_the_same_place_belong_together():
    assert points("list", of(COACHES, [20, 20, 30]), of(FACTOR, [1.0, 1.2, 1.0])) == ((20, 1.0), (20, 1.2), (30, 1.0))
    assert points("list", of(COACHES, "20:24:2"), of(YES, [True, False, True])) == ((20, True), (22, False), (24, True))


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "words", "fix"),
    [
        (COACHES, "30:18", "runs from high to low", "write 18:30"),
        (COACHES, "30:18:2", "runs from high to low", "write 18:30:2"),
        (COACHES, "18:30:0", "has a step of 0", "above 0"),
        (COACHES, "18:30:-2", "has a step of -2", "above 0"),
        (COACHES, "18:18", "holds one value", "write 18 to hold it"),
        (COACHES, "18:30.5", "is 30.5 but must be a whole number", None),
        (COACHES, "18:20:0.5", "is 0.5 but must be a whole number", None),
        (COACHES, "18:high", "is not a range", "LOW:HIGH"),
        (COACHES, "18:", "is not a range", "LOW:HIGH"),
        (COACHES, "18:20:1:1", "is not a range", "LOW:HIGH"),
        (COACHES, "true:20", "is not a range", "LOW:HIGH"),
        (COACHES, "018:20", "begins with a zero", None),
        (FACTOR, ".nan:1", ".nan is not an ordinary number", None),
        (FACTOR, "0:.inf", ".inf is not an ordinary number", None),
        (FACTOR, "-1e308:1e308", "-1e308 is not an ordinary number", None),
    ],
)
def test_what_is_no_range_is_refused_with_the_fix(name, text, words, fix):
    error = refused(span_of, text, axis_of(name))
    assert words in error.message
    assert (fix or "") in (error.suggestion or "")


@pytest.mark.parametrize(
    ("sampling", "name", "what", "words"),
    [
        ("grid", COACHES, [18, 23, 18], "holds 18 twice"),
        ("grid", YES, [True, True], "holds true twice"),
        ("grid", CHOICE, ["spread", "spread"], "holds spread twice"),
        ("grid", FACTOR, [1.0, 1.00000000001], "10 digits do not tell apart"),
        ("grid", FACTOR, "1:1.0000000001:0.00000000002", "10 digits do not tell apart"),
        ("grid", FACTOR, "0.8:1.25", "with a step of 1 holds one value"),
        ("grid", FACTOR, "0:2:0.00001", "more than 100,000 values"),
        ("list", COACHES, [], "is an empty list"),
        ("sobol", COACHES, "18:30:2", "has a step"),
        ("latin_hypercube", COACHES, [18, 30], "is a list"),
        ("latin_hypercube", CHOICE, ["spread", "earliest"], "`grid` and `list` only"),
        ("sobol", FACTOR, "1:1.00000000001", "10 digits do not tell apart"),
    ],
)
def test_values_that_make_no_sense_are_refused(sampling, name, what, words):
    error = refused(column, of(name, what), sampling)
    assert words in f"{error.message} {error.suggestion}"


def test_a_step_that_is_too_large_comes_with_one_that_would_do():
    assert refused(column, of(FACTOR, "0.8:1.25"), "grid").suggestion == "give a smaller step, such as 0.8:1.25:0.09"


@pytest.mark.parametrize(
    ("sampling", "given_", "words"),
    [
        ("grid", [of(COACHES, "0:999"), of("demand.posts", "0:999")], "1000 × 1000 = 1,000,000 points, more than 100,000"),
        ("list", [of(COACHES, [1, 2]), of(FACTOR, [1.0, 2.0, 3.0])], "coaches has 2, admin.factor has 3"),
        ("list", [of(COACHES, [1]), of(FACTOR, [1.0, 2.0, 3.0])], "coaches has 1, admin.factor has 3"),
        ("list", [of(COACHES, [1, 2, 1]), of(FACTOR, [1.0, 2.0, 1.0])], "the same values in places 1 and 3"),
        ("grid", [of(COACHES, [20], held=True)], "varies nothing"),
        ("sobol", [of(COACHES, [20], held=True)], "varies nothing"),
    ],
)
def test_points_that_make_no_sense_are_refused(sampling, given_, words):
    assert words in refused(lambda: points(sampling, *given_, count=2)).message


def test_as_many_points_as_are_allowed_are_made():
    assert len(points("grid", of(COACHES, "1:1000"), of("demand.posts", "1:100"))) == MOST_POINTS


def test_more_points_than_whole_numbers_hold_are_refused():
    error = refused(lambda: points("latin_hypercube", of(COACHES, "20:22"), of("demand.posts", "20:21"), count=7))
    assert "hold 6 different points, fewer than the 7 asked for" in error.message
    assert len(points("latin_hypercube", of(COACHES, "20:22"), of("demand.posts", "20:21"), count=6)) == 6


def test_a_range_too_narrow_for_its_points_is_refused():
    assert "too narrow for 64 points" in refused(lambda: points("sobol", of(FACTOR, "1:1.00000001"), count=64)).message


@pytest.mark.parametrize(
    ("count", "sampling", "words"),
    [
        (None, "sobol", "is missing"),
        (None, "latin_hypercube", "is missing"),
        (4, "grid", "does not go with sampling `grid`"),
        (4, "list", "does not go with sampling `list`"),
        (0, "latin_hypercube", "from 1 to 100,000"),
        (10_000_000, "latin_hypercube", "from 1 to 100,000"),
        (100, "sobol", "take 64 or 128,"),
        (3, "sobol", "take 2 or 4,"),
        (99_999, "sobol", "take 65536,"),
    ],
)
def test_a_number_of_points_that_does_not_go_is_refused(count, sampling, words):
    wrong = wrong_with_count(count, sampling)
    assert wrong is not None
    assert words in f"{wrong.message}; {wrong.suggestion}"


@pytest.mark.parametrize(
    ("count", "sampling"), [(None, "grid"), (None, "list"), (1, "sobol"), (65_536, "sobol"), (100_000, "latin_hypercube")]
)
def test_a_number_of_points_that_goes(count, sampling):
    assert wrong_with_count(count, sampling) is None


# --- samples ---------------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(count=st.integers(2, 200), seed=st.integers(0, 2**64 - 1), low=st.floats(0, 5), width=st.floats(0.01, 5))
def test_a_latin_hypercube_meets_each_stratum_of_each_figure_once(count, seed, low, width):
    low, high = ten_digits(low), ten_digits(low + width)
    ranges = {FACTOR: (low, high), MINUTES: (0.0, 1.0)}
    found = points("latin_hypercube", *(of(name, f"{a!r}:{b!r}") for name, (a, b) in ranges.items()), count=count, seed=seed)
    for values, (a, b) in zip(zip(*found, strict=True), ranges.values(), strict=True):
        assert all(a <= value <= b for value in values)
        # a drawn value is rounded to ten digits, by which it can pass the edge of its stratum
        slack = 1e-9 * max(abs(a), abs(b)) / (b - a) * count
        for place, value in enumerate(sorted(values)):
            assert place - slack <= (value - a) / (b - a) * count <= place + 1 + slack


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
def test_the_first_points_of_more_sobol_points_are_those_of_fewer(seed):
    axes = (of(FACTOR, "0.8:1.25"), of(COACHES, "20:40"), of(MINUTES, "3:6"))
    more = points("sobol", *axes, count=128, seed=seed)
    assert more[:64] == points("sobol", *axes, count=64, seed=seed)
    assert len(more) == 128


@pytest.mark.parametrize("power", [1, 4, 7])
def test_sobol_points_fall_evenly_on_every_figure(power):
    """A property of the sequence: of 2^m points each figure has one in each of 2^m equal parts."""
    count = 2**power
    for values in zip(
        *points("sobol", of(FACTOR, "0:1"), of(MINUTES, "0:1"), of("office.part_time_share", "0:1"), count=count), strict=True
    ):
        assert [math.floor(value * count) for value in sorted(values)] == list(range(count))


@pytest.mark.parametrize("sampling", ["latin_hypercube", "sobol"])
def test_points_hang_on_their_seed_and_on_nothing_else(sampling):
    axes = (of(FACTOR, "0.8:1.25"), of(COACHES, "20:40"))
    once = points(sampling, *axes, count=32, seed=7)
    np.random.seed(3)  # noqa: NPY002 - the global state is what must not matter
    np.random.random(5)  # noqa: NPY002
    assert points(sampling, *axes, count=32, seed=7) == once
    assert points(sampling, *axes, count=32, seed=8) != once


@pytest.mark.parametrize(("sampling", "sampler"), [("latin_hypercube", qmc.LatinHypercube), ("sobol", qmc.Sobol)])
def test_points_are_those_of_the_library_laid_over_the_ranges(sampling, sampler):
    unit = sampler(2, rng=np.random.default_rng(5)).random(8)
    expected = [(0.8 + 0.45 * u, 20 + math.floor(21 * v)) for u, v in unit]
    found = points(sampling, of(FACTOR, "0.8:1.25"), of(COACHES, "20:40"), count=8, seed=5)
    assert [coaches for _, coaches in found] == [coaches for _, coaches in expected]
    assert [factor for factor, _ in found] == pytest.approx([factor for factor, _ in expected], rel=1e-9)


@pytest.mark.parametrize("sampling", ["latin_hypercube", "sobol"])
def test_each_whole_number_is_equally_likely(sampling):
    """512 points over 8 numbers: each has an eighth of the range, so 64 points, which both samples meet exactly."""
    found = [coaches for coaches, _ in points(sampling, of(COACHES, "20:27"), of(FACTOR, "0:1"), count=512)]
    assert {number: found.count(number) for number in found} == dict.fromkeys(range(20, 28), 64)


def test_points_that_are_equal_by_chance_stay():
    found = points("sobol", of(COACHES, "20:23"), of("demand.posts", "20:23"), count=16)
    assert len(found) == 16
    found = points("latin_hypercube", of(COACHES, "20:23"), of("demand.posts", "20:23"), count=16, seed=3)
    assert len(found) == 16
    assert len(set(found)) < 16


@settings(max_examples=200, deadline=None)
@given(st.floats(-MOST, MOST))
def test_ten_digits_are_written_in_ten_digits(number):
    rounded = ten_digits(number)
    assert float(f"{rounded:.10g}") == rounded
    assert rounded == pytest.approx(number, rel=1e-9)
