"""Three faults put into a copy of the program on purpose: `jobcentre verify` finds each and says where and how."""

from __future__ import annotations

import re

import pytest

from jobcentre.model import play, prepare
from support.copied_program import Copy
from support.shortened import FILES, shortened

pytestmark = [pytest.mark.engines, pytest.mark.slow]

WORDS = ("oxford_before", "--weeks", "4", "--runs", "1")
IN_END_WORK = 'rushed = is_rushed(coaches["cut"][post], need, fig["conversation_rushed_share"][0])'


@pytest.fixture
def program(tmp_path) -> Copy:
    """A copy of the program; the original's compiled code is made first where there is none yet."""
    inputs = prepare(shortened(next(path for path in FILES if path.stem == "diary")))
    for engine in ("compiled", "simpy"):
        play(inputs, 1, 0, engine)  # type: ignore[arg-type]
    return Copy(tmp_path)


def caught(program: Copy) -> str:
    """What verify says of the fault."""
    status, said = program.verify(*WORDS)
    print(said)
    assert status == 1, said
    assert said.startswith("oxford_before, seed 1, run 0: the engines part at row ")
    return said


def test_a_rule_changed_for_one_engine_is_caught(program: Copy) -> None:
    """For the simpy engine alone every conversation that is cut at all counts as rushed."""
    program.use_kept_code()
    conversation, coach_day = "sim/jobcentre/model/rules/conversation", "sim/jobcentre/model/steps/coach_day"
    program.edit(f"{conversation}.py", "return cut > rushed_share * need", "return cut > 0", into=f"{conversation}_other.py")
    program.edit(f"{coach_day}.py", "rules.conversation import", "rules.conversation_other import", f"{coach_day}_other.py")
    program.edit("sim/jobcentre/model/simpy_engine.py", "steps.coach_day import", "steps.coach_day_other import")
    said = caught(program)
    both = re.findall(
        r"^the (\w+) engine: \w+day .*? of this: conversation with (.*?), coach .* cut by ([\d.]+ min)(.*)$", said, re.MULTILINE
    )
    (one, mine, cut, not_rushed), (other, theirs, also_cut, rushed) = both
    assert (one, other, mine, cut) == ("compiled", "simpy", theirs, also_cut)
    assert ("(rushed)" in not_rushed, "(rushed)" in rushed) == (False, True)
    (column,) = re.findall(r"^  (.*): \d+ \| \d+$", said.partition("What both wrote")[0], re.MULTILINE)
    assert column.startswith("d (Flag bits")
    assert re.search(r"^  next step: work of the coach in post \d+ ends$", said, re.MULTILINE)
    assert "At the start of that day both offices were the same in every field." in said
    assert "stale cache" not in said


def test_a_tie_broken_differently_is_caught(program: Copy) -> None:
    """In the simpy engine the highest post goes first among coaches who are woken at one instant."""
    program.use_kept_code()
    program.edit("sim/jobcentre/model/simpy_engine.py", "ring(TAKES_WORK + post)", "ring(TAKES_WORK - post)")
    said = caught(program)
    first, second = re.search(r"next step: the coach in post (\d+) takes work \| the coach in post (\d+) takes work", said).groups()
    assert int(first) < int(second)
    moments = re.findall(r"^the \w+ engine: (\w+day .*?\d\d:\d\d(?::\d\d)?): coach", said, re.MULTILINE)
    assert len(moments) == 2
    assert moments[0] == moments[1]  # a tie: both at one instant
    assert "stale cache" not in said


def test_compiled_code_of_older_sources_is_caught(program: Copy) -> None:
    """A step changes; `play_day`, in another file, was compiled with the step as it was."""
    named = program.folder_of_compiled_code()
    program.edit("sim/jobcentre/model/steps/coach_day.py", IN_END_WORK, "rushed = unmet > 0")
    assert program.folder_of_compiled_code() != named  # as it is, the change is noticed: another folder, nothing stale in it
    program.use_kept_code()
    assert program.folder_of_compiled_code() == named
    said = caught(program)
    assert "the compiled engine does not write its own row but that of the other engine." in said
    assert "(a stale cache)" in said
