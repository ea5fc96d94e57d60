"""`jobcentre init --office`: ten answers, from a terminal or a CSV file, as a scenario that means what was answered."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import json
import os
import re
import subprocess
import sys

import pytest

from jobcentre.scenario import check_file, load
from jobcentre.studies.questionnaire import COMPARED, ask_questions, questions
from support.small_processes import ROOT, environment

pytestmark = pytest.mark.cli

BASE = load("baseline").settings
KEYS = [one.key for one in questions(BASE)]
ANSWERS = {
    "coaches": "18", "part_time_coaches": "4", "vacancies": "2", "customers_searching": "1900", "customers_pre_wca": "300",
    "customers_lcw": "450", "customers_lcwra": "40", "appointments_per_day": "20", "missed_percent": "20", "sick_days": "11",
    "start_date": "2024-04-01",
}  # fmt: skip


def lines(answers, delimiter=","):
    return "".join(f"{key}{delimiter}{value}\n" for key, value in answers.items())


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path.name


def office(jobcentre, tmp_path, text, *more, encoding="utf-8"):
    """What the command says of a file of answers, and the scenario it wrote."""
    write(tmp_path / "answers.csv", text, encoding)
    status, out, err = jobcentre("init", "mine", "--answers", "answers.csv", "--force", "--json", *more)
    assert (status, err) == (0, ""), out
    return json.loads(out), load(tmp_path / "mine" / "this_office.yaml")


def test_answers_mean_these_figures(jobcentre, tmp_path):
    document, scenario = office(jobcentre, tmp_path, "question,answer\n" + lines(ANSWERS))
    settings = scenario.settings
    assert document["written"] == ["this_office.yaml", "scenario.schema.json"]
    assert check_file(tmp_path / "mine" / "this_office.yaml") == []
    assert (settings.office.coaches, settings.demand.posts, settings.diary.appointments_per_day) == (18, 20, 20)
    assert settings.office.part_timers == 4
    stocks = {name: group.stock_per_post for name, group in settings.groups.items()}
    assert stocks == {"searching": 95.0, "pre_wca": 15.0, "lcw": 22.5, "lcwra": 2.0}  # ÷ 20 posts
    assert settings.period.start == dt.date(2024, 4, 1)
    # 11 − 0.7 of stress are left for short spells of 3.2 and long ones of 65 days, of which 0.85 count, in the baseline's proportion
    short, long, usual = settings.sickness.short.per_year, settings.sickness.long.per_year, BASE.sickness
    assert 0.85 * (short * 3.2 + long * 65) == pytest.approx(10.3, rel=2e-3)
    assert short / long == pytest.approx(usual.short.per_year / usual.long.per_year, rel=2e-3)
    (change,) = scenario.changes
    assert (change.date, dict(change.set)) == (dt.date(2024, 4, 1), {"office.establishment": 20})


def test_the_failed_shares_mean_the_share_that_was_answered(jobcentre, tmp_path):
    """One group alone: of 100 appointments held or failed 20 fail, 5 % are rearranged, and 1.11 fail for each that the figures say."""
    only = {**ANSWERS, "customers_pre_wca": "0", "customers_lcw": "0", "customers_lcwra": "0"}
    _, scenario = office(jobcentre, tmp_path, "question,answer\n" + lines(only))
    assert scenario.settings.groups["searching"].failed_share == pytest.approx(0.20 * 0.95 / 1.11, rel=1e-5)
    ratio = BASE.groups["lcw"].failed_share / BASE.groups["searching"].failed_share
    assert scenario.settings.groups["lcw"].failed_share == pytest.approx(ratio * 0.20 * 0.95 / 1.11, rel=1e-5)


def test_every_figure_says_that_it_is_the_offices_own(jobcentre, tmp_path):
    _, scenario = office(jobcentre, tmp_path, "question,answer\n" + lines(ANSWERS))
    own = {path: said for path, said in scenario.evidence.items() if said.scenario == "this_office"}
    own |= scenario.changes[0].evidence
    # 4 of period, coaches and posts; 4 stocks; 4 failed shares; the cap; 2 kinds of sickness; posts that may be filled
    assert len(own) == 4 + 4 + 4 + 1 + 2 + 1
    for said in own.values():
        assert said.source == ("this office",)
        assert said.why
        assert said.quality in ("reported", "derived")
        assert (said.quality == "derived") == bool(said.note)


def test_what_is_not_answered_stays_the_baselines(jobcentre, tmp_path):
    for text in ("question,answer\n", "question,answer\ncoaches,\n", "question,answer\n\n,\nsick_days,  \n"):
        _, scenario = office(jobcentre, tmp_path, text)
        assert scenario.settings == BASE
        assert scenario.changes == ()
    text = (tmp_path / "mine" / "this_office.yaml").read_text(encoding="utf-8")
    assert f"# Not answered, so as in the baseline: {', '.join(key for key in KEYS if key not in COMPARED)}." in text


def test_answers_equal_to_the_baseline_change_no_figure(jobcentre, tmp_path):
    same = {"coaches": "23", "part_time_coaches": "0", "vacancies": "0", "customers_searching": "2231", "customers_pre_wca": "368",
            "customers_lcw": "506", "customers_lcwra": "46", "appointments_per_day": "22", "start_date": "2023-10-02"}  # fmt: skip
    _, scenario = office(jobcentre, tmp_path, "question,answer\n" + lines(same))
    assert scenario.settings == BASE


def test_stocks_that_the_figures_do_not_keep_are_noted(jobcentre, tmp_path):
    document, _ = office(jobcentre, tmp_path, "question,answer\ncustomers_lcw,2000\n")
    assert any("stock of `lcw`" in note or "stock of `lcwra`" in note for note in document["notes"])
    assert office(jobcentre, tmp_path, "question,answer\ncoaches,30\n")[0]["notes"] == []


SAVED = {
    "UTF-8": ("question,answer\n" + lines(ANSWERS), "utf-8"),
    "with a byte order mark": ("question,answer\n" + lines(ANSWERS), "utf-8-sig"),
    "Windows line ends": (("question,answer\n" + lines(ANSWERS)).replace("\n", "\r\n"), "utf-8"),
    "semicolons": ("question;answer\n" + lines(ANSWERS, ";"), "utf-8-sig"),
    "semicolons named first": ("sep=;\r\nquestion;answer\r\n" + lines(ANSWERS, ";"), "utf-8"),
    "tabs in UTF-16": ("question\tanswer\r\n" + lines(ANSWERS, "\t"), "utf-16"),
    "quotes": ('"question","answer"\n' + "".join(f'"{key}","{value}"\n' for key, value in ANSWERS.items()), "utf-8"),
    "capitals and spaces": (" Question , ANSWER \n" + lines({key.title(): f" {value} " for key, value in ANSWERS.items()}), "utf-8"),
    "more columns": ("answer,remark,question\n" + "".join(f'{value},"by Ann, 3 May",{key}\n' for key, value in ANSWERS.items()), "utf-8"),
    "empty cells behind": ("question,answer,,\n" + "".join(f"{key},{value},,\n" for key, value in ANSWERS.items()), "utf-8"),
    "thousands with a narrow space": ("question;answer\n" + lines(ANSWERS | {"customers_searching": "1\u202f900"}, ";"), "utf-8"),
    "decimal commas": ("question;answer\n" + lines(ANSWERS | {"sick_days": "11,0", "missed_percent": "20,0 %"}, ";"), "utf-8"),
    "a whole number with a point": ("question,answer\n" + lines(ANSWERS | {"coaches": "18.0"}), "utf-8"),
}


@pytest.mark.parametrize(("text", "encoding"), SAVED.values(), ids=SAVED)
def test_files_of_any_spreadsheet_mean_the_same(jobcentre, tmp_path, text, encoding):
    _, expected = office(jobcentre, tmp_path, "question,answer\n" + lines(ANSWERS))
    assert office(jobcentre, tmp_path, text, encoding=encoding)[1].settings == expected.settings


WRONG = {
    "empty": ("", 1, "empty"),
    "no head": ("coaches,18\n", 1, "question and answer"),
    "another head": ("q,a\ncoaches,18\n", 1, "question and answer"),
    "two columns of one name": ("question,answer,answer\ncoaches,18,19\n", 1, "question and answer"),
    "no such question": ("question,answer\ncoachs,18\n", 2, "did you mean `coaches`?"),
    "answered twice": ("question,answer\ncoaches,18\ncoaches,19\n", 3, "twice"),
    "words": ("question,answer\ncoaches,eighteen\n", 2, "not a whole number"),
    "half a coach": ("question,answer\ncoaches,17.5\n", 2, "not a whole number"),
    "below": ("question,answer\ncoaches,0\n", 2, "between 1 and"),
    "negative": ("question,answer\nvacancies,-1\n", 2, "not a whole number"),
    "not a number": ("question,answer\nsick_days,nan\n", 2, "not a number"),
    "no end": ("question,answer\nsick_days,1e400\n", 2, "not a number"),
    "too many digits": ("question,answer\ncoaches," + "9" * 5000 + "\n", 2, "not a whole number"),
    "other digits": ("question,answer\ncoaches,١٨\n", 2, "not a whole number"),
    "a share for a percentage": ("question,answer\nmissed_percent,0.145\n", 2, "14.5"),
    "above": ("question,answer\nmissed_percent,97\n", 2, "between 0 and 60"),
    "a whole number that may be a decimal": (
        'question,answer\ncoaches,18\ncustomers_searching,"1,900"\n',
        3,
        "two ways, as 1.9 and as 1900",
    ),
    "thousands or a decimal": ("question;answer\ncoaches;18\ncustomers_searching;1.900\n", 3, "write 1900"),
    "two readings": ('question,answer\nsick_days,"1,234"\n', 2, "two ways"),
    "a comma not in quotes": ("question,answer\nmissed_percent,14,5\n", 2, "3 cells"),
    "a British date": ("question,answer\nstart_date,02/10/2023\n", 2, "YYYY-MM-DD"),
    "no such day": ("question,answer\nstart_date,2023-02-30\n", 2, "no such date"),
    "a Tuesday": ("question,answer\nstart_date,2023-10-03\n", 2, "2023-10-02 or 2023-10-09"),
    "a year too far": ("question,answer\nstart_date,2999-01-07\n", 2, "1990 to 2100"),
    "more part-timers than coaches": ("question,answer\npart_time_coaches,9\ncoaches,8\n", 2, "more than the 8 coaches"),
    "customers of a city": ("question,answer\ncoaches,1\ncustomers_searching,90000\n", 3, "more than 2,000"),
    "a quotation mark left open": ('question,answer\ncoaches,"18\nvacancies,2\n', 3, "quotation mark"),
}


@pytest.mark.parametrize(("text", "line", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_refused_with_its_line_and_nothing_is_written(jobcentre, tmp_path, text, line, words):
    write(tmp_path / "answers.csv", text)
    status, out, err = jobcentre("init", "--answers", "answers.csv", "--json")
    error = json.loads(out)["error"]
    assert (status, err, error["file"], error["line"]) == (2, "", "answers.csv", line)
    assert words in error["message"]
    assert [path.name for path in tmp_path.iterdir()] == ["answers.csv"]


def test_all_that_is_wrong_is_told_at_once(jobcentre, tmp_path):
    write(tmp_path / "answers.csv", "question,answer\ncoaches,x\nvacancies,y\nstart_date,z\n")
    _, _, err = jobcentre("init", "--answers", "answers.csv")
    assert [line.split()[0] for line in err.splitlines()] == ["answers.csv:2:", "answers.csv:3:", "answers.csv:4:"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04workbook", "workbook"),
        ("question,answer\ncoaches,18 £\n".encode("cp1252"), "UTF-8"),
        (b"question,answer\ncoaches,\x0018\n", "NUL"),
        (codecs.BOM_UTF16_LE + b"q", "UTF-8"),
        (b"question,answer\n" + b"x" * 1_000_001, "1 MB"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_what_to_do(jobcentre, tmp_path, data, words):
    (tmp_path / "answers.csv").write_bytes(data)
    status, _, err = jobcentre("init", "--answers", "answers.csv")
    assert status == 2
    assert words in err


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir(), os.mkfifo])
def test_a_place_without_answers_gives_2(jobcentre, tmp_path, make):
    make(tmp_path / "answers.csv")
    assert jobcentre("init", "--answers", "answers.csv", "--json")[0] == 2


def test_the_template_holds_every_question_and_can_be_read_back(jobcentre, tmp_path):
    assert jobcentre("init", "--template", "new.csv", "--quiet") == (0, "", "")
    with (tmp_path / "new.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["question"] for row in rows] == KEYS
    assert {row["answer"] for row in rows} == {""}
    assert jobcentre("init", "--answers", "new.csv", "--quiet")[0] == 0
    (tmp_path / "new.csv").write_text("mine", encoding="utf-8")
    assert jobcentre("init", "--template", "new.csv")[0] == 2
    assert jobcentre("init", "--template", "new.csv", "--office")[0] == 2
    assert (tmp_path / "new.csv").read_text(encoding="utf-8") == "mine"


def test_without_a_terminal_and_answers_it_says_what_to_do(jobcentre, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin", open(os.devnull, encoding="utf-8"))  # noqa: SIM115 - closed with the test's process
    status, out, err = jobcentre("init", "--office")
    assert (status, out) == (2, "")
    assert "--answers FILE.csv" in err
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_answer_is_asked_again_and_the_baselines_is_offered():
    said = []
    given = iter(["twenty", "0", "20", "21", "5", "", *[""] * 6, "8", "2024-04-02", "2024-04-01", "", ""])
    answers = ask_questions(BASE, lambda: next(given), said.append)
    assert answers == {"coaches": 20, "part_time_coaches": 5, "sick_days": 8.0, "start_date": dt.date(2024, 4, 1)}
    assert list(given) == []
    text = "".join(said)
    assert "`twenty` is not a whole number" in text
    assert "21 part-time coaches are more than the 20 coaches in post" in text
    assert "Enter alone takes 1940" in text  # 97 × 20
    assert "counting starts on a Monday, such as 2024-04-01" in text
    assert text.count("1 of 10.") == 3
    assert list(dict.fromkeys(re.findall(r"(\w+) of 10\.", text))) == ["1", "2", "3", "4a", "4b", "4c", "4d", "5", "6", "7", "8", "9", "10"]


def test_an_answer_far_from_the_usual_is_asked_back_once():
    said = []
    given = iter(["20", "", "", "", "16", "", "320", "88", "y", *[""] * 7])
    answers = ask_questions(BASE, lambda: next(given), said.append)
    assert answers == {"coaches": 20, "customers_pre_wca": 320, "customers_lcw": 88}
    assert list(given) == []
    text = "".join(said)
    assert "16 is 1/20 of 320, what an office of this size has in the baseline. Is it right? [y/N]" in text  # 16 × 20 posts
    assert text.count("4b of 10.") == 2  # again, as Enter alone is no
    assert "88 is 1/5 of 440, " in text  # 22 × 20 posts
    assert text.count("4c of 10.") == 1
    assert text.count("[y/N]") == 2


def test_a_file_with_answers_far_from_the_usual_is_noted(jobcentre, tmp_path):
    text = "question,answer\ncoaches,20\ncustomers_pre_wca,16\ncustomers_lcw,0\nappointments_per_day,220\nsick_days,8\n"
    document, _ = office(jobcentre, tmp_path, text)
    slips = [note for note in document["notes"] if "Is it right?" in note]
    assert [note.split(",")[0] for note in slips] == [
        "customers_pre_wca: 16 is 1/20 of 320", "customers_lcw: 0 is far from 440", "appointments_per_day: 220 is 10 times 22"
    ]  # fmt: skip


def test_a_place_that_is_taken_is_told_before_the_first_question(jobcentre, tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "this_office.yaml").write_text("title: Mine\n", encoding="utf-8")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    status, _, err = jobcentre("init", "mine", "--office")
    assert status == 2
    assert "this_office.yaml" in err
    assert "of 10" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals there")
@pytest.mark.parametrize(("typed", "status"), [("20\n" + "\n" * 12, 0), ("20\n\x04", 2)], ids=["to the end", "ended early"])
def test_it_asks_at_a_terminal(tmp_path, typed, status):
    keyboard, terminal = os.openpty()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "cli.py"), "init", "mine", "--office", "--json"],
        cwd=tmp_path, env=environment(None), stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.close(terminal)
    os.write(keyboard, typed.encode())
    out, err = process.communicate(timeout=120)
    os.close(keyboard)
    assert process.returncode == status
    assert isinstance(json.loads(out), dict)
    assert "1 of 10. Work coaches in post today" in err
    assert (tmp_path / "mine").exists() == (status == 0)
    if status == 0:
        assert load(tmp_path / "mine" / "this_office.yaml").settings.office.coaches == 20


def test_answers_that_the_model_does_not_give_are_told(jobcentre, tmp_path):
    """Six of eighteen leave and 20.3 appointments a day are held: far from an ordinary office. Two leavers and 9 sick days are not."""
    document, scenario = office(
        jobcentre, tmp_path, "question,answer\ncoaches,18\nleavers_last_year,6\nappointments_held,20.3\nsick_days,9\n"
    )
    notes = [note for note in document["notes"] if "by the office's answer" in note]
    assert [note.split(" by")[0] for note in notes] == ["6 coaches leave in a year", "20.3 appointments a coach-day are held"]
    low, high = map(float, re.search(r"\((\S+) to (\S+) in 95", notes[1]).groups())
    assert 12 < low < high < 18
    assert scenario.settings.responses == BASE.responses, "one year of one office sets no rate of leaving"
    document, _ = office(jobcentre, tmp_path, "question,answer\ncoaches,18\nleavers_last_year,2\n")
    assert not any("by the office's answer" in note for note in document["notes"])
