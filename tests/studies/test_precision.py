"""As many runs as a precision takes: at looks only, never without end, and told in words where it is not reached."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from jobcentre.metrics import BY_NAME, HEADLINES
from jobcentre.runs.results import RunResults
from jobcentre.runs.store import Run
from jobcentre.scenario import ScenarioError
from jobcentre.studies.precision import looks_up_to, number_of_runs, precision_status, precision_text, read_precision
from support.fake_model import model  # noqa: F401 - a fixture

pytestmark = pytest.mark.cli

LOOKS = (25, 50, 100, 200, 400, 800, 1600)
WORDS = ("run", "oxford_before", "--jobs", "0", "--no-responses")


@pytest.mark.parametrize(("most", "looks"), [(25, [25]), (49, [25]), (50, [25, 50]), (1599, list(LOOKS[:-1])), (1600, list(LOOKS))])
def test_results_are_looked_at_after_25_50_100_runs(most, looks):
    assert looks_up_to(most) == looks


def results(values, kind="anytime", **other):
    """Runs of one scenario or of several, with values of the overtime; all other headline metrics are 1 in every run."""
    whole = {(name, None): (1.0, 1.0) for name in HEADLINES}
    metric = ("overtime_minutes_per_coach_day", None)
    scenarios = {"one": values} | other
    return RunResults(
        {
            name: [Run(name, number, "", whole | {metric: (float(value), 1.0)}) for number, value in enumerate(mine)]
            for name, mine in scenarios.items()
        },
        kind,
    )


NORMAL = np.random.default_rng(2).normal(size=1600)
OVERTIME = "overtime_minutes_per_coach_day"
HALF = BY_NAME[OVERTIME].matters / 2


def found(results_, *texts):
    return {one.metric: one for one in precision_status(results_, read_precision(list(texts), 1600))}


def test_half_of_what_matters_is_waited_for():
    scatter = HALF / 10
    assert found(results(50 + scatter * NORMAL[:100]), "matters")[OVERTIME].reached
    one = found(results(50 + 30 * HALF * NORMAL[:100]), "matters")[OVERTIME]
    assert not one.reached
    assert one.target == HALF
    # at the third look of the level 1 − 0.05/12 the half-width is about 3.0 standard errors
    assert one.half_width == pytest.approx(30 * HALF * NORMAL[:100].std(ddof=1) / 10 * 2.93, rel=0.03)


def test_a_share_of_the_mean_is_waited_for():
    one = found(results(1000 * HALF + NORMAL[:100]), "5%")[OVERTIME]
    assert one.target == pytest.approx(50 * HALF, rel=0.01)
    assert found(results(1000 * HALF + 100 * HALF * NORMAL[:100]), "5%")[OVERTIME].reached
    assert not found(results(1000 * HALF + 400 * HALF * NORMAL[:100]), "5%")[OVERTIME].reached


@pytest.mark.parametrize("mean", [0.0, 1e-9, -1e-9])
def test_a_share_of_a_mean_near_zero_asks_for_no_more_than_what_matters(mean):
    """5 % of nothing would never be reached."""
    one = found(results(mean + HALF * (NORMAL[:100] - NORMAL[:100].mean())), "5%")[OVERTIME]
    assert one.target == pytest.approx(HALF)
    assert one.reached


def test_the_sign_of_a_mean_does_not_count():
    up, down = (found(results(sign * 1000 * HALF + 100 * HALF * NORMAL[:100]), "5%")[OVERTIME] for sign in (1, -1))
    assert up.target == pytest.approx(down.target, rel=0.05)
    assert up.reached
    assert down.reached


def test_a_difference_near_zero_asks_for_no_more_than_one_that_is_not():
    """In a comparison the wanted half-width is a share of the base's mean, not of the difference."""
    base = 1000 * HALF + HALF * NORMAL[:100]
    same, other = base + HALF * np.roll(NORMAL[:100], 1), base + 300 * HALF + HALF * np.roll(NORMAL[:100], 1)
    near = found(results(base, two=same), "5%")[OVERTIME]
    far = found(results(base, two=other), "5%")[OVERTIME]
    assert near.target == far.target == pytest.approx(50 * HALF, rel=0.01)
    assert near.half_width == pytest.approx(far.half_width, rel=1e-6)
    assert near.scenario == "two"
    assert near.reached
    assert far.reached


def test_a_metric_may_have_a_half_width_of_its_own():
    values = 50 + HALF * NORMAL[:100]
    one = found(results(values), f"{OVERTIME}=0.000001")
    assert set(one) == {OVERTIME}
    assert (one[OVERTIME].target, one[OVERTIME].reached) == (1e-6, False)
    both = found(results(values), "matters", f"{OVERTIME}=0.000001")
    assert set(both) == set(HEADLINES)
    assert not both[OVERTIME].reached


def test_too_few_runs_for_an_interval_do_not_do():
    assert not found(results([1.0, 2.0, 3.0]), "matters")[OVERTIME].reached


def test_words_say_what_is_missing_and_how_many_runs_would_do():
    precision = read_precision([f"{OVERTIME}={HALF / 10}"], 50)
    one = precision_status(results(50 + HALF * NORMAL[:50]), precision)
    said = precision_text(one, 50, 50)
    (needed,) = {number for number in LOOKS if f"about {number} runs would do" in said}
    # the half-width falls with the root of runs: about 3 standard errors of HALF/10 need about 900 runs
    assert needed in (800, 1600)
    assert "not reached within 50 runs" in said
    assert OVERTIME in said
    assert precision_text(precision_status(results(np.full(50, 5.0)), precision), 50, 50) == "Precision reached with 50 runs."


@pytest.mark.parametrize(
    "text", ["", "fine", "5", "0%", "-5%", "nan%", "x%", "overloaded_share=", "overloaded_share=0", "=3", "overloaded_share=inf"]
)
def test_what_is_no_precision_is_refused(text):
    with pytest.raises(ScenarioError):
        read_precision([text], 1600)


def test_a_metric_that_does_not_exist_is_refused_with_a_likely_one():
    with pytest.raises(ScenarioError) as refused:
        read_precision(["overloadd_share=0.01"], 1600)
    assert "overloaded_share" in refused.value.problems[0].suggestion


def test_a_number_of_runs_is_50_unless_something_is_said():
    assert number_of_runs(None, [], 1600) == (50, None)
    assert number_of_runs(7, [], 1600) == (7, None)
    assert number_of_runs(None, ["5%"], 1600)[1].relative == 0.05


# on the command line, with a model whose overloaded share is spread by a wave that the test knows


@pytest.fixture
def wave(model, monkeypatch):  # noqa: F811
    """The overloaded share of run r is 0.5 and a wave of so many points beside it; overtime is 0 on average."""
    measure = model.measure_all
    model.height = 0.1

    def with_wave(log, given):
        measured, windows, weekly = measure(log, given)
        turn = np.sin(1.0 + 2.4 * log.rows[0, 1])
        more = {("overloaded_share", None): (5.0 + 10 * model.height * turn, 10.0), (OVERTIME, None): (HALF * turn, 1.0)}
        more["leaving_rate_per_year", None] = (2000.0, 23000.0)
        return measured | more, windows, weekly

    monkeypatch.setattr("jobcentre.runs.worker.measure_all", with_wave)
    return model


def ask(jobcentre, *more):
    status, out, err = jobcentre(*WORDS, *more, "--json")
    assert (status, err) == (0, "")
    return json.loads(out)


def row(document, metric="overloaded_share"):
    return next(one for one in document["metrics"] if (one["metric"], one["group"]) == (metric, None))


@pytest.mark.parametrize("wanted", [0.1, 0.03, 0.012])
def test_runs_stop_at_the_second_look_or_the_first_after_it_that_is_precise(jobcentre, wave, wanted):
    document = ask(jobcentre, "--precision", f"overloaded_share={wanted}")
    last = document["runs"]
    assert last in LOOKS
    halves = {}
    for looks in LOOKS[: LOOKS.index(last) + 1]:
        shares = 0.5 + wave.height * np.sin(1.0 + 2.4 * np.arange(looks))
        level = 1 - 0.05 / ((LOOKS.index(looks) + 1) * (LOOKS.index(looks) + 2))
        halves[looks] = stats.t.ppf(0.5 + level / 2, looks - 1) * shares.std(ddof=1) / looks**0.5
    # limits of shares are worked out on another scale: about these
    assert halves[last] < wanted * 1.05
    assert all(half > wanted * 0.95 for runs, half in halves.items() if LOOKS[0] < runs < last)
    assert (row(document)["high"] - row(document)["low"]) / 2 <= wanted
    assert {run for name, run in wave.calls} == set(range(last))


def test_intervals_are_anytime_even_where_there_is_one_look(jobcentre, wave):
    document = ask(jobcentre, "--precision", "overloaded_share=0.3", "--max-runs", "49")
    assert (document["runs"], [one["reached"] for one in document["precision"]]) == (25, [True])
    assert json.loads(Path(document["folder"], "manifest.json").read_text(encoding="utf-8"))["intervals"] == "anytime"
    wide = row(document)["high"] - row(document)["low"]
    fixed = row(ask(jobcentre, "--runs", "25", "--out", "elsewhere"))
    assert wide > 1.05 * (fixed["high"] - fixed["low"])


def test_a_mean_of_zero_does_not_make_runs_explode(jobcentre, wave):
    """5 % of an overtime of nothing on average, and of an overloaded share of a half."""
    document = ask(jobcentre, "--precision", "5%")
    assert document["runs"] <= 200
    assert {one["metric"]: one["reached"] for one in document["precision"]}[OVERTIME]


def test_runs_end_at_max_runs_and_words_say_what_is_missing(jobcentre, wave):
    status, out, _ = jobcentre(*WORDS, "--precision", "overloaded_share=0.0001", "--max-runs", "60")
    assert status == 0
    said = " ".join(out.split())
    assert "Precision not reached within 60 runs (--max-runs): oxford_before overloaded_share ± " in said
    assert {run for _, run in wave.calls} == set(range(50))  # the last look within 60 runs
    document = ask(jobcentre, "--precision", "overloaded_share=0.0001", "--max-runs", "60")
    (one,) = document["precision"]
    assert (document["runs"], one["reached"], one["target"]) == (50, False, 0.0001)
    assert one["runs"] is None or one["runs"] > 60


def test_a_finished_folder_is_extended_and_makes_nothing_twice(jobcentre, wave):
    first = ask(jobcentre, "--runs", "30")
    wave.calls.clear()
    more = ask(jobcentre, "--precision", "overloaded_share=0.03")
    assert more["folder"] == first["folder"]
    assert more["digests"][:30] == first["digests"]
    made = [run for _, run in wave.calls]
    assert sorted(made[: more["runs"] - 30]) == list(range(30, more["runs"]))  # and then the logs that are kept, once more
    wave.calls.clear()
    assert ask(jobcentre, "--precision", "overloaded_share=0.03") == more
    assert wave.calls == []


def test_nobody_stops_at_the_first_of_several_looks(jobcentre, wave):
    """25 runs without the event that rules a metric look precise at the wrong place."""
    document = ask(jobcentre, "--precision", "overloaded_share=0.3")
    assert document["runs"] == 50
    at_25 = row(ask(jobcentre, "--precision", "overloaded_share=0.3", "--max-runs", "25", "--out", "elsewhere"))
    assert (at_25["high"] - at_25["low"]) / 2 < 0.3  # as narrow as was wished


def test_a_wish_that_is_met_already_looks_at_the_second_look(jobcentre, wave):
    ask(jobcentre, "--runs", "120")
    wave.calls.clear()
    document = ask(jobcentre, "--precision", "overloaded_share=0.3")
    assert document["runs"] == 50
    assert wave.calls == []


def test_a_comparison_waits_for_its_differences(jobcentre, wave, tmp_path):
    (tmp_path / "worse.yaml").write_text("title: A variant\nextends: oxford_before\n", encoding="utf-8")
    words_ = ("compare", "oxford_before", str(tmp_path / "worse.yaml"), "--jobs", "0", "--no-responses", "--json")
    status, out, _ = jobcentre(*words_, "--precision", "matters")
    document = json.loads(out)
    assert (status, document["runs"]) == (0, 50)  # both scenarios have the same wave: no difference at all
    assert {one["scenario"] for one in document["precision"]} == {"worse"}


def test_quiet_says_nothing_of_precision(jobcentre, wave):
    assert "Precision" not in jobcentre(*WORDS, "--precision", "overloaded_share=0.3", "--quiet")[1]
    assert "Precision reached with 50 runs." in jobcentre(*WORDS, "--precision", "overloaded_share=0.3")[1]
