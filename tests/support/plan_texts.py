"""Plans written for tests, and what is wrong with them."""

from __future__ import annotations

import pytest

from jobcentre.scenario import Problem, ScenarioError

HEAD = "title: A trial\nscenarios: [oxford_surge_step]\n"
CAP = "diary.appointments_per_day"


@pytest.fixture
def plan(tmp_path):
    """Writes a plan file."""

    def write(text, name="ours.yaml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def problems_of(call, *arguments, **options) -> list[Problem]:
    with pytest.raises(ScenarioError) as error:
        call(*arguments, **options)
    return error.value.problems
