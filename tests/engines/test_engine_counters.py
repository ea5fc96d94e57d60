"""All metrics made from the event log equal counters that are kept inside the engine while it runs, without a look at the log.

Every metric is covered; tests/support/counted_metrics.py says by which counts. Taken from the engine's state as they stand there,
and not worked out anew, are strain, the day's cap, and who is in training, on a course or posted elsewhere. Work still in
hand when an office open round the clock ends its run is outside both.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from jobcentre.metrics import METRICS, MeasureWith, measure_all, measure_with
from jobcentre.metrics.log_index import LogIndex
from jobcentre.model import EventLog, Inputs, play, prepare
from jobcentre.model import events as ev
from jobcentre.model.events import STRETCHES, Event, Task
from support.counted_metrics import COUNTS, Counted, differences, of
from support.counted_scenarios import COUNTED, SEEDS, UNSUPPORTED_MOVES
from support.small_processes import environment, start, told

pytestmark = [pytest.mark.invariants, pytest.mark.slow]

DAY = 86_400
RUNS = [(name, seed) for name, seeds in SEEDS.items() for seed in seeds]

#: Kinds of event that no metric reads: they tell the story, or tell the same once more from another side.
UNREAD = (
    Event.CHANGE, Event.TRAINED, Event.RELIEF_ON, Event.RELIEF_OFF, Event.COURSE_DONE,
    Event.ASSIGNED, Event.NOT_NEEDED, Event.GIVEN_UP, Event.DIGITAL, Event.COVERED, Event.TASK_MOVED, Event.LUNCH,
    Event.TRAINING, Event.POSTED,
)  # fmt: skip
READ = tuple(kind for kind in Event if kind not in UNREAD and kind != Event.OFFICE)  # without its first row a log is refused
OF_GROUPS = (
    Event.CUSTOMER_IN, Event.CUSTOMER_OUT, Event.CUSTOMER_MOVED, Event.BOOKED, Event.CONVERSATION, Event.FAILED, Event.CANCELLED,
    Event.NOT_OFFERED, Event.REARRANGED,
)  # fmt: skip
#: Of these kinds only the rows with this value in this column are read: working days, safeguarding, stress, and a post's first vacancy.
ONLY = {
    Event.DAY: (ev.A, 1),
    Event.TASK_MADE: (ev.A, Task.SAFEGUARDING),
    Event.RETURN: (ev.A, 2),
    Event.SICK: (ev.A, 2),
    Event.CONTACT_IN: (ev.B, 1),
    Event.VACANCY_OPEN: (ev.SERIAL, 3),
}
#: Where the day stands to which a row belongs, if neither in its time nor in its start.
DAY_COLUMN = {Event.DAY: ev.D, Event.TASK_MADE: ev.C}


@pytest.fixture(scope="module")
def counts_of(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What processes that run the model as plain Python count in the runs of a scenario."""

    @cache
    def counted(name: str) -> dict[int, Any]:
        given = environment(tmp_path_factory.mktemp("kept"), NUMBA_DISABLE_JIT="1")
        code = f"from support.count_in_engine import main\nmain({name!r}, {SEEDS.get(name, (1,))!r})"
        return {one["seed"]: one for one in told(start(code, given))}

    def found(name: str, seed: int) -> tuple[str, Counted]:
        one, (inputs, _, _) = counted(name)[seed], played(name, seed)
        return one["digest"], Counted(one["counts"], inputs.group_names, inputs.counted_from, inputs.run_days)

    return found


@cache
def played(name: str, seed: int) -> tuple[Inputs, EventLog, MeasureWith]:
    """The run on the compiled engine, and what its metrics need beside the log."""
    scenario = (COUNTED | UNSUPPORTED_MOVES)[name]()
    inputs = prepare(scenario)
    return inputs, play(inputs, seed, 0), measure_with(scenario)._replace(windows=())  # all counted weeks, as the counters have them


def apart(log: EventLog, given: MeasureWith, counted: Counted) -> list[str]:
    """Parts of metrics that differ on any day of the run, warm-up included, from what was counted on that day."""
    facts, wrong = LogIndex(log, given), []
    for metric in METRICS:
        for adds, what in zip((metric.over, metric.under), COUNTS[metric.name], strict=True):
            assert (adds is None) == (what is None), metric.name
            if adds is None or what is None:
                continue
            tally = facts.once(adds)
            for number, group in enumerate((None, *facts.groups) if metric.by_group else (None,)):
                measured = tally.total if group is None or tally.groups is None else tally.groups[number - 1]
                by_day = counted.by_day(what, group)
                wrong += [
                    f"{metric.name} ({group or 'all'}), {', '.join(what.names)}, day {day}: "
                    f"measured {measured[day]!r}, counted {by_day[day] / what.per!r}"
                    for day in differences(measured, by_day, what)
                ]
    return wrong


def test_every_metric_is_counted() -> None:
    assert set(COUNTS) == {metric.name for metric in METRICS}


@pytest.mark.parametrize(("name", "seed"), RUNS)
def test_metrics_equal_the_counters_on_every_day(counts_of: Any, name: str, seed: int) -> None:
    digest, counted = counts_of(name, seed)
    _, log, given = played(name, seed)
    assert log.digest == digest  # watching changes nothing, and it is the same run
    assert apart(log, given, counted) == []


@pytest.mark.parametrize(("name", "seed"), RUNS)
def test_sums_over_the_counted_period_and_by_week_equal_the_counters(counts_of: Any, name: str, seed: int) -> None:
    counted = counts_of(name, seed)[1]
    _, log, given = played(name, seed)
    measured, _, by_week = measure_all(log, given)
    for (metric, group), parts in measured.items():
        for part, what in zip(parts, COUNTS[metric], strict=True):
            expected = np.array([1.0 if what is None else counted.total(what, group)])
            assert what is None or len(differences(np.array([part]), expected, what)) == 0, (metric, group, part, expected)
            assert what is not None or part == 1.0
    for metric, table in by_week.frame().groupby("metric"):
        for column, what in zip(("numerator", "denominator"), COUNTS[metric], strict=True):
            if what is not None:
                weeks = differences(table[column].to_numpy(), counted.weeks(what), what)
                assert len(weeks) == 0, (metric, column, weeks)


def test_every_count_is_more_than_nothing_in_some_run(counts_of: Any) -> None:
    needed = {name for parts in COUNTS.values() for what in parts if what is not None for name in what.names}
    inside = {name for run in RUNS for name in needed if counts_of(*run)[1].by_day(of(name))[played(*run)[0].counted_from :].any()}
    assert needed - inside == set()


def test_where_the_log_does_not_tell_only_the_number_of_decisions_is_too_high(counts_of: Any) -> None:
    """CUSTOMER_OUT does not say whether a decision or a way out led to the move on which contact ended: both count as decisions."""
    _, log, given = played("unsupported moves", 1)
    wrong = apart(log, given, counts_of("unsupported moves", 1)[1])
    assert {line.split(", day")[0] for line in wrong} == {f"decision_wait_weeks ({group}), decisions" for group in ("all", "pre_wca")}


# --- a fault in the log is noticed ------------------------------------------------------------------------------------


def run_with(kind: Event) -> tuple[tuple[str, int], int]:
    """A run that shows this kind of event, and the number of such a row."""
    column, value = ONLY.get(kind, (ev.KIND, kind))
    names = sorted(SEEDS, key=lambda name: kind == Event.VACANCY_OPEN and name != "part time, intake")
    for name in names:
        rows = played(name, 1)[1].rows
        found = np.flatnonzero((rows[:, ev.KIND] == kind) & (rows[:, column] == value))
        if len(found):
            return (name, 1), int(found[0 if kind in ONLY else len(found) // 2])
    raise AssertionError(f"no run shows {kind.name}")


def faulty(counts_of: Any, kind: Event, change: Any) -> list[str]:
    """What differs once a row of this kind has been changed, or dropped."""
    run, number = run_with(kind)
    _, log, given = played(*run)
    rows = log.rows.copy()
    kept = np.ones(len(rows), dtype=bool)
    kept[number] = change(rows[number]) is not False
    return apart(log._replace(rows=rows[kept]), given, counts_of(*run)[1])


def dropped(row: np.ndarray) -> bool:
    return False


def a_day_later(row: np.ndarray) -> None:
    row[ev.TIME] += DAY
    row[ev.START] += DAY if row[ev.START] >= 0 else 0
    if Event(row[ev.KIND]) in DAY_COLUMN:
        row[DAY_COLUMN[Event(row[ev.KIND])]] += 1


def of_another_group(row: np.ndarray) -> None:
    row[ev.GROUP] = 1 - min(1, row[ev.GROUP])


def a_second_longer(row: np.ndarray) -> None:
    row[ev.START] -= 1


@pytest.mark.parametrize("kind", READ, ids=lambda kind: kind.name)
def test_a_row_that_is_missing_is_noticed(counts_of: Any, kind: Event) -> None:
    assert faulty(counts_of, kind, dropped)


@pytest.mark.parametrize("kind", READ, ids=lambda kind: kind.name)
def test_a_row_that_is_a_day_late_is_noticed(counts_of: Any, kind: Event) -> None:
    assert faulty(counts_of, kind, a_day_later)


@pytest.mark.parametrize("kind", OF_GROUPS, ids=lambda kind: kind.name)
def test_a_row_of_another_group_is_noticed(counts_of: Any, kind: Event) -> None:
    assert faulty(counts_of, kind, of_another_group)


@pytest.mark.parametrize("kind", [kind for kind in STRETCHES if kind in READ], ids=lambda kind: kind.name)
def test_a_stretch_that_is_a_second_longer_is_noticed(counts_of: Any, kind: Event) -> None:
    assert faulty(counts_of, kind, a_second_longer)


@pytest.mark.parametrize("kind", UNREAD, ids=lambda kind: kind.name)
def test_a_kind_that_no_metric_reads_is_named_as_such(counts_of: Any, kind: Event) -> None:
    assert faulty(counts_of, kind, dropped) == []
