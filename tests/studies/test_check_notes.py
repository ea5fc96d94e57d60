"""What `check` notes on a scenario without faults, beside what a run and its figures say when they are read in another way."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter

import pytest

from jobcentre.model import events as ev
from jobcentre.model import play, prepare
from jobcentre.model.events import Event, Presence
from jobcentre.scenario import Change, load, vary, with_change
from jobcentre.studies.sanity_checks import cap_notes, notes
from support.places import ROOT
from support.scenario_texts import SMALL

pytestmark = pytest.mark.cli

README = ROOT / "README.md"
DAY = 86_400


def days_at_the_cap(scenario, first=None):
    """Coach-days of the trial run, and those on which as many were booked as the cap allows, row by row."""
    log = play(prepare(scenario), 1, 0)
    rows = log.rows.tolist()
    office = next(row for row in rows if row[ev.KIND] == Event.OFFICE)
    first_day, end = office[ev.START] // DAY if first is None else first, office[ev.SERIAL] // DAY
    caps, booked = {}, Counter()
    for row in rows:
        kind, coach = row[ev.KIND], row[ev.COACH]
        if kind == Event.COACH_DAY and row[ev.A] == Presence.PRESENT and row[ev.CUSTOMER] > 0 and first_day <= row[ev.START] // DAY < end:
            caps[coach, row[ev.START] // DAY] = row[ev.CUSTOMER]
        elif kind == Event.CONVERSATION:
            booked[coach, row[ev.E] // DAY] += 1
        elif kind == Event.FAILED or (kind == Event.REARRANGED and row[ev.B] == 1):
            booked[coach, row[ev.START] // DAY] += 1
    return len(caps), sum(booked[key] >= cap for key, cap in caps.items())


@pytest.mark.parametrize("cap", [12, 16, 22])
def test_the_share_of_days_at_the_cap_is_that_of_the_rows(cap):
    scenario = vary(load(SMALL), {"diary.appointments_per_day": cap})
    (note,) = cap_notes(scenario)
    days, reached = days_at_the_cap(scenario)
    assert 0 < reached < days
    assert f"the daily cap of {cap} is reached on {100 * reached / days:.0f} % of coach-days; on the others fewer" in note


def test_a_cap_that_nobody_reaches_is_said_to_be_reached_on_no_day():
    (note,) = cap_notes(vary(load(SMALL), {"diary.appointments_per_day": 400}))
    assert note.endswith("the daily cap of 400 is reached on no coach-day")


def test_where_nothing_may_be_booked_there_is_no_note_on_the_cap():
    assert cap_notes(vary(load(SMALL), {"diary.appointments_per_day": 0})) == []


def test_a_lower_cap_is_reached_more_often():
    shares = [float(re.search(r"on (\d+) %", cap_notes(vary(load("baseline"), {"diary.appointments_per_day": cap}))[0])[1])
              for cap in (16, 20, 24)]  # fmt: skip
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 2 * shares[-1]


def test_after_a_change_only_the_days_count_that_have_settled():
    before = load("oxford_before")
    scenario = with_change(before, Change(before.settings.period.start, {"diary.appointments_per_day": 19}))
    (note,) = cap_notes(scenario)
    first = 7 * (scenario.settings.period.warmup_weeks + 8)
    days, reached = days_at_the_cap(scenario, first)
    assert f"the daily cap of 19 is reached on {100 * reached / days:.0f} % of coach-days" in note


def test_the_readme_says_what_check_says_of_its_file(jobcentre, tmp_path):
    text = README.read_text(encoding="utf-8")
    file = re.search(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[1]
    (tmp_path / "our_office.yaml").write_text(file, encoding="utf-8")
    status, out, _ = jobcentre("check", "our_office.yaml", "--json")
    assert status == 0
    (note,) = json.loads(out)["notes"]
    assert note.removeprefix("our_office: ") in " ".join(text.split())


def test_fewer_posts_than_coaches_make_nobody_leave_and_the_note_says_so():
    cut = with_change(load("baseline"), Change(load("baseline").settings.period.start, {"office.establishment": 19}))
    (note,) = notes(cut, trial=False)
    assert "19 posts from 2023-10-02, but up to 23 coaches: nobody leaves because of this; posts that fall empty are not filled" in note
    assert notes(with_change(load("baseline"), Change(cut.changes[0].date, {"office.establishment": 23})), trial=False) == []


def test_posts_are_beside_the_coaches_that_earlier_posts_may_have_brought():
    first, later = (Change(load("baseline").settings.period.start + dt.timedelta(weeks=n), {"office.establishment": posts})
                    for n, posts in ((0, 30), (20, 25)))  # fmt: skip
    (note,) = notes(with_change(with_change(load("baseline"), first), later), trial=False)
    assert "25 posts from 2024-02-19, but up to 30 coaches" in note


def test_posts_that_fall_day_by_day_are_noted_once():
    start = load("baseline").settings.period.start
    with_all = vary(load("baseline"), {"office.establishment": 23})
    (note,) = notes(with_change(with_all, Change(start, {"office.establishment": 19}, over_days=28)), trial=False)
    assert f"19 posts from {start + dt.timedelta(days=27)}, but up to 23 coaches" in note


def test_an_office_without_coaches_is_noted():
    nobody = vary(load("baseline"), {"office.coaches": 0, "office.establishment": 0})
    assert notes(nobody) == ["baseline: 0 coaches: nobody is there to work"]
    hired = vary(nobody, {"office.establishment": 5})
    assert "0 coaches at the start: nobody is there to work until newcomers are hired and trained" in notes(hired, trial=False)[0]
    frozen = vary(hired, {"hiring.policy": "freeze"})
    assert notes(frozen, trial=False) == ["baseline: 0 coaches: nobody is there to work"]
