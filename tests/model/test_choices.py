"""The choices that rules and steps act on are those of the schema, numbered as they are written into the arrays."""

from __future__ import annotations

from enum import IntEnum
from typing import get_args

import pytest

from jobcentre.model import choices, prepare
from jobcentre.scenario import load
from jobcentre.scenario.coaches import Hiring, Response
from jobcentre.scenario.field_types import Section
from jobcentre.scenario.groups import Group
from jobcentre.scenario.movements import Movement
from jobcentre.scenario.policies import Flexibilities, Relief
from jobcentre.scenario.schema import Diary

pytestmark = pytest.mark.invariants
FIELDS: dict[type[IntEnum], tuple[type[Section], str]] = {
    choices.ResponseForm: (Response, "form"),
    choices.DiaryTemplate: (Diary, "template"),
    choices.BookedWith: (Group, "booked_with"),
    choices.SeenBy: (Diary, "seen_by"),
    choices.HiringPolicy: (Hiring, "policy"),
    choices.FlexibilitiesTrigger: (Flexibilities, "trigger"),
    choices.ReliefPolicy: (Relief, "policy"),
    choices.MovedService: (Movement, "service"),
}


def test_every_choice_of_the_model_is_compared() -> None:
    declared = {one for one in vars(choices).values() if isinstance(one, type) and issubclass(one, IntEnum) and one is not IntEnum}
    assert declared == set(FIELDS)


@pytest.mark.parametrize("choice", FIELDS, ids=lambda choice: choice.__name__)
def test_names_and_order_are_those_of_the_schema(choice: type[IntEnum]) -> None:
    section, field = FIELDS[choice]
    assert tuple(member.name.lower() for member in choice) == get_args(section.model_fields[field].annotation)
    assert [int(member) for member in choice] == list(range(len(choice)))


def test_arrays_hold_the_number_of_the_choice() -> None:
    """Written into the record of figures by name, read back by number."""
    settings = load("baseline").settings
    fig = prepare(load("baseline")).fig[0]
    assert fig["hiring_policy"] == choices.HiringPolicy[settings.hiring.policy.upper()]
    assert fig["diary_template"] == choices.DiaryTemplate[settings.diary.template.upper()]
    assert fig["policies_flexibilities_trigger"] == choices.FlexibilitiesTrigger[settings.policies.flexibilities.trigger.upper()]
    assert fig["policies_relief_policy"] == choices.ReliefPolicy[settings.policies.relief.policy.upper()]
