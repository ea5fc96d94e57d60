"""The JSON Schema for editors, judged by a library of its own: all scenario files fit, typical mistakes do not."""

from __future__ import annotations

import json
import re
import typing

import jsonschema
import pytest

from jobcentre.scenario import check_file
from jobcentre.scenario.json_schema import json_schema
from jobcentre.scenario.schema_paths import all_figures, node_at
from jobcentre.scenario.yaml_file import parse, plain, read
from support.places import ROOT
from support.scenario_texts import as_json

FILES = sorted(path for folder in ("scenarios", "scenarios/theory", "tests/data") for path in (ROOT / folder).glob("*.yaml"))
FILES = [path for path in FILES if path.stem != "sources"]
SCHEMA = json_schema()
DRAFT = jsonschema.Draft202012Validator
VALIDATOR = DRAFT(SCHEMA, format_checker=DRAFT.FORMAT_CHECKER)


def errors(text):
    node, problems = parse(text, "text.yaml")
    assert node is not None
    assert problems == []
    return list(VALIDATOR.iter_errors(as_json(plain(node))))


def test_it_is_a_schema_of_the_draft_it_names():
    DRAFT.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == DRAFT.META_SCHEMA["$id"]


def test_the_command_prints_it(jobcentre):
    for words in ((), ("--json",), ("--quiet",)):
        status, out, err = jobcentre("schema", *words)
        assert (status, err, json.loads(out)) == (0, "", json.loads(json.dumps(SCHEMA)))


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_every_scenario_file_fits(file):
    node, _ = read(file)
    assert [error.message for error in VALIDATOR.iter_errors(as_json(plain(node)))] == []


HEAD = "title: A variant\nextends: baseline\n"
MISTAKES = {
    "a typo in a section": "diery: {why: a trial}\n",
    "a typo in a figure": "diary: {why: a trial, apointments_per_day: 20}\n",
    "a typo in a row's figure": "groups: {searching: {why: a trial, failed_shar: 0.2}}\n",
    "a typo beside a value": "diary: {appointments_per_day: {value: 20, sorce: A1}}\n",
    "text for a number": "diary: {why: a trial, appointments_per_day: '20'}\n",
    "a list for a number": "diary: {why: a trial, appointments_per_day: [20]}\n",
    "a fraction for a whole number": "diary: {why: a trial, appointments_per_day: 20.5}\n",
    "yes for true": "diary: {why: a trial, any_coach: yes}\n",
    "no such choice": "diary: {why: a trial, template: random}\n",
    "above the limit": "diary: {why: a trial, appointments_per_day: 401}\n",
    "below the limit": "groups: {searching: {why: a trial, failed_share: -0.1}}\n",
    "at an exclusive limit": "strain: {why: a trial, support: 0}\n",
    "above the limit in a form": "diary: {appointments_per_day: {value: 401, why: a trial}}\n",
    "a form without value": "diary: {appointments_per_day: {source: A1, quality: reported}}\n",
    "no such quality": "diary: {appointments_per_day: {value: 20, quality: guessed}}\n",
    "a range of one": "diary: {appointments_per_day: {value: 20, quality: assumed, range: [18]}}\n",
    "no such day of the week": "office: {why: a trial, open_days: [mon, tuesday]}\n",
    "a day twice": "office: {why: a trial, open_days: [mon, mon]}\n",
    "no such time": "office: {why: a trial, opens: '25:00'}\n",
    "a time in words": "office: {why: a trial, opens: nine}\n",
    "a British date": "period: {why: a trial, start: 02/10/2023}\n",
    "a day that never was": "period: {why: a trial, start: 2023-02-30}\n",
    "a thirteenth month": "period: {why: a trial, start: 2023-13-01}\n",
    "a section without content": "diary: 20\n",
    "a mean of text": "demand: {unscheduled_minutes: {mean: ten}}\n",
    "no such family": "demand: {unscheduled_minutes: {mean: 10, family: normal}}\n",
    "a typo in a distribution": "demand: {unscheduled_minutes: {mean: 10, sd: 3}}\n",
    "a row named by a reserved word": "responses: {value: {form: hill, why: a trial, steep: 1}}\n",
    "a share of text": "groups: {pre_wca: {why: a trial, decision: {to: {lcw: half}}}}\n",
    "a direction": "moves: {missed_share: sideways}\n",
    "changes without names": "changes: [{date: 2023-11-06, why: a trial, set: {diary.appointments_per_day: 20}}]\n",
    "a change called no": "changes: {No: {date: 2023-11-06, why: a trial, set: {diary.appointments_per_day: 20}}}\n",
    "a change of nothing": "changes: {trial: {date: 2023-11-06, why: a trial, set: {}}}\n",
    "a change on a British date": "changes: {trial: {date: 06/11/2023, why: a trial, set: {diary.appointments_per_day: 20}}}\n",
    "a typo in a change": "changes: {trial: {date: 2023-11-06, why: a trial, set: {diary.apointments_per_day: 20}}}\n",
    "a change above the limit": "changes: {trial: {date: 2023-11-06, why: a trial, set: {diary.appointments_per_day: 401}}}\n",
    "a change below rows above the limit": "changes: {trial: {date: 2023-11-06, why: a trial, set: {groups.lcw.failed_share: 2}}}\n",
    "a change of a fixed figure": "changes: {trial: {date: 2023-11-06, why: a trial, set: {office.coaches: 20}}}\n",
    "a typo in a change's key": "changes: {trial: {date: 2023-11-06, why: a trial, sets: {diary.appointments_per_day: 20}}}\n",
    "too many days": "changes: {trial: {date: 2023-11-06, over_days: 4000, why: a trial, set: {diary.appointments_per_day: 20}}}\n",
}


@pytest.mark.parametrize("body", MISTAKES.values(), ids=MISTAKES)
def test_a_typical_mistake_is_marked_and_check_refuses_it_too(body, tmp_path):
    assert errors(HEAD + body) != []
    (tmp_path / "variant.yaml").write_text(HEAD + body, encoding="utf-8")
    assert check_file(tmp_path / "variant.yaml") != []


FITTING = {
    "a plain value with a why beside it": "diary: {why: a trial, appointments_per_day: 20}\n",
    "a form": "diary: {appointments_per_day: {value: 20, why: a trial}}\n",
    "a distribution with a why": "demand: {unscheduled_minutes: {mean: 12, cv: 0.6, why: a trial}}\n",
    "a distribution in a form": "demand: {unscheduled_minutes: {value: {mean: 12, cv: 0.6}, why: a trial}}\n",
    "a whole section in a form": "sickness: {short: {value: {per_year: 1, days: {mean: 3}}, why: a trial}}\n",
    "rows in a form": "groups: {pre_wca: {decision: {to: {value: {searching: 0.2, lcw: 0.2, lcwra: 0.6}, why: a trial}}}}\n",
    "a row removed": "why: a trial\ngroups: {searching: {exits: {health_worsens: null}}}\n",
    "an optional section removed": "why: a trial\ngroups: {pre_wca: {decision: null}}\n",
    "an optional figure given": "why: a trial\noffice: {establishment: 25}\n",
    "an optional figure left out": "why: a trial\noffice: {establishment: null}\n",
    "a whole number written with a point": "why: a trial\ndiary: {appointments_per_day: 20.0}\n",
    "a change of a form": "changes: {trial: {date: 2023-11-06, set: {demand.starts_factor: {value: 1.2, why: a trial}}}}\n",
    "a change below a row": "changes: {trial: {date: 2023-11-06, why: a trial, over_days: 30, set: {groups.lcw.failed_share: 0.3}}}\n",
    "a change of several figures": "changes: {trial: {date: 2023-11-06, why: a trial, set: {diary: {appointments_per_day: 20, any_coach: false}}}}\n",
    "a change of a mean": "changes: {trial: {date: 2023-11-06, why: a trial, set: {demand.unscheduled_minutes.mean: 12}}}\n",
}


@pytest.mark.parametrize("body", FITTING.values(), ids=FITTING)
def test_what_check_accepts_fits(body, tmp_path):
    (tmp_path / "variant.yaml").write_text(HEAD + body, encoding="utf-8")
    assert check_file(tmp_path / "variant.yaml") == []
    assert errors(HEAD + body) == []


def test_a_scenario_without_a_parent_gives_every_section():
    (error,) = [one for one in errors("title: Alone\nquestion: What?\n") if "groups" in one.message]
    assert error.validator == "required"
    assert errors("extends: baseline\n") != []


def test_every_figure_is_described_with_its_unit():
    texts = json.dumps(SCHEMA, ensure_ascii=False)
    for path, spot in all_figures():
        description = spot.field.description if spot.field else None
        if description is not None:
            assert json.dumps(description, ensure_ascii=False)[1:-1] in texts, path
    cap = SCHEMA["$defs"]["Diary.appointments_per_day"]["description"]
    assert cap == "Most bookings of one coach on one day. Unit: appointments per coach-day. May be: 0 to 400"


def test_changes_offer_exactly_the_figures_that_can_change():
    targets = SCHEMA["$defs"]["change"]["properties"]["set"]
    offered = set(targets["properties"])
    for path, spot in all_figures():
        name = ".".join(path)
        if spot.kind != "figure":
            continue
        if "*" not in name:
            assert (name in offered) == spot.changeable, name
        else:
            fits = any(re.search(pattern, name.replace("*", "row")) for pattern in targets["patternProperties"])
            assert fits == spot.changeable, name


def test_limits_are_those_of_the_schema():
    for path in ("diary.appointments_per_day", "office.slot_minutes", "strain.support"):
        spot = node_at(path.split("."))
        assert spot is not None
        assert spot.field is not None
        section, name = path.split(".")
        plain_value = SCHEMA["$defs"][f"{section.capitalize()}.{name}"]["else"]
        for one in spot.field.metadata:
            for key, word in (("ge", "minimum"), ("gt", "exclusiveMinimum"), ("le", "maximum")):
                if getattr(one, key, None) is not None:
                    assert plain_value[word] == getattr(one, key)
    assert typing.get_args(node_at(("diary", "template")).inner) == tuple(SCHEMA["$defs"]["Diary.template"]["else"]["enum"])
