"""Verification of the engines against each other: what it compares, what it replays, and what the command says."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest

from jobcentre.diagnostics.divergence_text import divergence_text
from jobcentre.diagnostics.event_text import differing_columns, sentence
from jobcentre.diagnostics.replay import DAY, differences, moment_before, office_at
from jobcentre.diagnostics.verify import ENGINES, first_difference, verify
from jobcentre.model import RunStopped, play, prepare, simpy_engine
from jobcentre.model import events as ev
from jobcentre.model.events import Event
from support.short_scenarios import SHORT

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def office():
    """A small office in which coaches come and go, and its log."""
    scenario = SHORT["coaches come and go"]()
    inputs = prepare(scenario)
    return scenario, inputs, play(inputs, 1, 0)


@pytest.fixture
def last_post_first(monkeypatch):
    """Breaks ties the other way round in the simpy engine."""

    def wake_coaches(run, bells):
        for post in run.woken():
            bells[post].ring(simpy_engine.TAKES_WORK - post)

    monkeypatch.setattr(simpy_engine, "wake_coaches", wake_coaches)


# comparing


def test_the_first_row_that_differs_is_found():
    rows = np.arange(30).reshape(10, 3)
    other = rows.copy()
    other[[4, 7], 1] += 1
    assert first_difference(rows, rows) == -1
    assert first_difference(rows, other) == 4
    assert first_difference(rows, rows[:6]) == first_difference(rows[:6], rows) == 6


def test_runs_that_agree_are_counted(office):
    scenario, inputs, log = office
    found = verify(scenario, 1, 2)
    other = play(inputs, 1, 1)
    assert (found.runs, found.divergence, found.stopped) == (2, None, ())
    assert found.rows == len(log.rows) + len(other.rows)
    assert found.digests == (log.digest, other.digest)


# replaying


@pytest.mark.parametrize("part", [0.1, 0.3, 0.62, 0.999])
def test_a_replay_stops_before_the_step_that_writes_a_row(office, part):
    _, inputs, log = office
    row = int(part * len(log.rows))
    moments = [moment_before(inputs, 1, 0, engine, row) for engine in ENGINES]
    for moment in moments:
        assert moment is not None
        assert np.array_equal(moment.row, log.rows[row])
        assert moment.now == log.rows[row, ev.TIME]
        last = int(moment.office.now["rows"][0]) - 1
        written = moment.office.log[last]
        assert written[ev.TIME] <= moment.now
        assert any(np.array_equal(written, one) for one in log.rows[max(0, row - 5000) : row])
        if log.rows[row, ev.KIND] in ev.STRETCHES:
            assert moment.step in ("end_work", "take_work", "open_door", "begin_day")
    one, other = moments
    assert (one.step, one.post, one.now) == (other.step, other.post, other.now)
    assert differences(one.office, other.office) == []


def test_a_row_of_setting_up_the_office_has_no_moment_before_it(office):
    _, inputs, log = office
    set_up = int(np.flatnonzero(log.rows[:, ev.KIND] == Event.DAY)[0])
    assert moment_before(inputs, 1, 0, "simpy", set_up - 1) is None
    assert moment_before(inputs, 1, 0, "simpy", set_up).step == "begin_day"


def test_an_office_is_taken_as_it_is_before_a_day(office):
    _, inputs, _ = office
    one, other = (office_at(inputs, 1, 0, engine, 20) for engine in ENGINES)
    assert one.now["day"][0] == 19
    assert differences(one, other) == []
    later = office_at(inputs, 1, 0, "compiled", 21)
    found = differences(one, later)
    assert ("now.day", (0,), 19, 20) in found


# telling


def test_a_different_tie_is_told(office, last_post_first):
    parting = verify(office[0], 1, 1).divergence
    rows = [parting.row_of(engine) for engine in ENGINES]
    assert not np.array_equal(*rows)
    text = divergence_text(parting)
    assert f"the engines part at row {parting.row:,} of the log" in text
    first = dt.date.fromisoformat(parting.runs["compiled"].log.first_day)
    for engine, row in zip(ENGINES, rows, strict=True):
        moment = first + dt.timedelta(days=int(row[ev.TIME]) // DAY)
        assert f"the {engine} engine: {moment:%A} {moment.day} {moment:%B %Y}, " in text
    for name, mine, theirs in differing_columns(*rows):
        assert f"  {name}: {mine} | {theirs}" in text
    assert "At the start of that day both offices were the same in every field." in text


def test_an_engine_that_stops_is_told(office, monkeypatch):
    begin_day = simpy_engine.begin_day

    def stops(given, now):
        if now == 9 * DAY:
            raise RunStopped("the run stopped on day 9: out of tea")
        return begin_day(given, now)

    monkeypatch.setattr(simpy_engine, "begin_day", stops)
    parting = verify(office[0], 1, 1).divergence
    assert parting.runs["compiled"].stopped == ""
    assert parting.row_of("simpy") is None
    text = divergence_text(parting)
    ends = f"the simpy engine: its log ends after {parting.row:,} rows; the run stopped on day 9: out of tea"
    assert ends in text
    assert "the compiled engine: Wednesday 20 December 2023, " in text  # day 9 counted from Monday 11 December
    assert "next step: the calendar of a new day | none: the log has ended" in text


def test_offices_that_differ_behind_equal_logs_are_told(office, monkeypatch):
    wake_coaches = simpy_engine.wake_coaches

    def also_writes(run, bells):
        run.state.customers["rapport"][-1] = 77  # of nobody: the log does not show it
        wake_coaches(run, bells)

    monkeypatch.setattr(simpy_engine, "wake_coaches", also_writes)
    parting = verify(office[0], 1, 1).divergence
    assert parting.row == -1
    text = divergence_text(parting)
    assert "the logs are equal, but the engines leave different offices" in text
    assert f"customers.rapport[{len(parting.runs['compiled'].office.customers) - 1}]: 0 | 77" in text


def test_every_kind_of_event_has_words():
    told: dict[Event, str] = {}
    for name in ("ordinary", "coaches come and go", "managed", "busy customers", "all groups, digital"):
        log = play(prepare(SHORT[name]()), 1, 0)
        kinds, places = np.unique(log.rows[:, ev.KIND], return_index=True)
        first = dt.date.fromisoformat(log.first_day)
        told |= {Event(kind): sentence(log.rows[place], log.group_names, first) for kind, place in zip(kinds, places, strict=True)}
    assert set(told) == set(Event)
    assert len(set(told.values())) == len(Event)


# the command


@pytest.mark.cli
def test_verify_says_how_much_was_compared(jobcentre):
    status, out, err = jobcentre("verify", "diary", "caseload", "--weeks", "2")
    assert (status, err) == (0, "")
    diary, caseload = out.splitlines()
    assert diary.startswith("diary: 2 runs, ")
    assert caseload.startswith("caseload: 2 runs, ")
    assert diary.endswith(" rows, equal")
    assert jobcentre("verify", "diary", "--weeks", "2", "--quiet") == (0, "", "")


@pytest.mark.cli
def test_verify_prints_one_document(jobcentre):
    status, out, _ = jobcentre("verify", "diary", "--weeks", "2", "--runs", "3", "--seed", "5", "--json")
    document = json.loads(out)
    assert (status, document["seed"], document["equal"]) == (0, 5, True)
    (diary,) = document["scenarios"]
    assert (diary["scenario"], diary["runs"], diary["equal"], diary["parting"]) == ("diary", 3, True, None)
    assert len(set(diary["digests"])) == 3
    assert diary["rows"] > 0


@pytest.mark.cli
def test_engines_that_part_give_1_and_the_other_scenarios_are_verified_too(jobcentre, last_post_first):
    words = ("verify", "oxford_before", "caseload", "--weeks", "2", "--runs", "1")
    status, out, err = jobcentre(*words)
    assert (status, err) == (1, "")
    assert out.startswith("oxford_before, seed 1, run 0: the engines part at row ")
    assert "\ncaseload" in out
    status, out, _ = jobcentre(*words, "--json")
    document = json.loads(out)
    assert (status, document["equal"]) == (1, False)
    parting = document["scenarios"][0]["parting"]
    assert set(parting) == {"scenario", "seed", "run", "row", "engines", "stopped", "offices", "differences", "text"}
    assert parting["engines"]["compiled"] != parting["engines"]["simpy"]
    assert parting["offices"]["next step"]["compiled"] != parting["offices"]["next step"]["simpy"]


@pytest.mark.cli
@pytest.mark.parametrize(
    "words",
    [
        (),
        ("diary", "--all"),
        ("nothing_of_the_kind",),
        ("diary", "--runs", "0"),
        ("diary", "--weeks", "0"),
        ("diary", "--engine", "compiled"),
    ],
)
def test_bad_words_give_2(jobcentre, words):
    status, out, err = jobcentre("verify", *words)
    assert (status, out) == (2, "")
    assert err.strip()
    assert "Traceback" not in err
