"""A generator of scenario files, plans, tables of offices and command lines that nobody means well with, made from the schema."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from jobcentre.scenario import load, to_yaml
from support.foreign_folders import CELLS, VALUES

#: What stands in a file as it is, since nothing that a writer of YAML makes has it.
RAW = (
    "", "~", "3,5", "1.234", "１", "-0.0", ".inf", ".nan", "1e400", "0x7fffffffffffffff", "007", "12:60", "2021-02-30", "yes", "&a 1", "*a", "!!python/x 1",
    "[1, 2", "{a: ", "'", "\t1", "- 1", "<<: {}", "# 1", "\x07", "\ufeff1", "\u202e1", "| \n  x", "{value: 1}", "{value: 1, range: [2, 1]}",
    "{mean: 1, cv: 9}", "{mean: -1}", "null", "1" * 400,
)  # fmt: skip
SUFFIXES = (".yaml", ".yml", ".YAML", ".txt", "", ".csv")
OFFICES = "office,region,posts,coaches,searching,pre_wca,admin.factor\nMill Lane,west,3,3,300,40,1\nHigh Street,east,2,2,200,30,1.2\n"
#: Options with a value that each may have.
OPTIONS = {
    "--runs": "2", "--seed": "7", "--jobs": "0", "--weeks": "30", "--set": "diary.appointments_per_day=20", "--target": "overloaded_share<=0.1",
    "--fail-if": "overloaded_share>20%", "--precision": "matters", "--window": "2023-12-04:2024-03-03", "--sites": "synthetic_646",
    "--tips-over": "overloaded_share>0.4", "--engine": "simpy", "--out": "made", "--store": "kept", "--metric": "missed_share", "--sampling": "sobol",
    "--at": "2023-11-06", "--diff": "baseline", "--draws": "5", "--date": "2023-10-02", "--coach": "1", "--customer": "3", "--answers": "a.csv",
    "--sampling-seed": "2", "--template": "t.csv", "--first-runs": "10", "--max-runs": "12", "--points": "4", "--probability": "0.8", "--range": "20:24:2", "--lever": "coaches", "--confidence": "0.9", "--indifference": "0.02", "--cluster": "x",
}  # fmt: skip
WORDS = (
    *RAW, "0", "1", "-1", "5", "1e9", "18:27:3", "27:18", "5:100000", "1,2,3", "x=1", "diary.appointments_per_day=27", "diary=1", "groups={}",
    "groups.lcw=null", "changes.surge.date=2021-01-01", "period.start=9999-12-27", "overloaded_share<=0.1", "overloaded_share>20", "leavers@x>1",
    "2021-11-01:2022-01-01", "2022-01-01:2021-11-01", "/dev/null", "/", ".", "..", "synthetic_646", "matters", "5%", "\x1b[2J", "x" * 2000, "ünï",
)  # fmt: skip
#: A short run, where a command makes or times one.
SHORT = ("--weeks", "3", "--set", "period.warmup_weeks=2")
#: Commands with what each needs, as somebody would give it who means well.
COMMANDS: dict[str, tuple[str, ...]] = {
    "run": ("baseline", "--dry-run", *SHORT), "compare": ("baseline", "remote_first", "--dry-run", *SHORT),
    "sweep": ("first_sweep", "--dry-run", "--weeks", "2"), "staffing": ("baseline", "--target", "overloaded_share<=0.3", "--dry-run", *SHORT),
    "select": ("baseline", "remote_first", "--metric", "overloaded_share", "--dry-run", *SHORT), "check": ("baseline", "oxford_surge_step", "--no-trial"),
    "show": ("oxford_surge_step", "diary"), "verify": ("mm1", "--weeks", "1"), "trace": ("mm1", "--coach", "0", "--date", "2023-10-02"),
    "report": ("outputs",), "diff-runs": ("mm1", "mm1"), "reproduce": ("outputs",), "init": ("made", "--force"), "upgrade": ("baseline", "--dry-run"),
    "schema": (), "scenarios": (), "doctor": (),
}  # fmt: skip


def paths_of(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every place of a document, inner ones too."""
    found = [path] if path else []
    for key, inner in value.items() if isinstance(value, dict) else ():
        found += paths_of(inner, (*path, str(key)))
    return found


SCENARIO = load("oxford_surge_step").resolved()
PATHS = paths_of(SCENARIO)


def value_at(path: tuple[str, ...]) -> Any:
    """What the scenario has at a place."""
    value: Any = SCENARIO
    for key in path:
        value = value[key]
    return value


NUMBERS = [path for path in PATHS if type(value_at(path)) in (int, float) and path[0] not in ("changes", "format", "period")]
PLAN: dict[str, Any] = {
    "format": 2, "title": "P", "question": "Q", "scenarios": ["baseline"], "sampling": "grid", "sampling_seed": 3, "runs": 3, "sites": "offices.csv",
    "figures": {"appointments_per_day": [18, 20], "coaches": "20:24:2"}, "metrics": ["overloaded_share"],
}  # fmt: skip
#: Other values that a plan may well have.
PLAN_VALUES: dict[str, tuple[Any, ...]] = {
    "sampling": ("grid", "list", "latin_hypercube", "sobol"), "points": (4, 8), "runs": (1, 20), "sites": ("synthetic_646",),
    "scenarios": (["remote_first"], "baseline", ["baseline", "remote_first"]), "metrics": ("missed_share", ["missed_share", "days_late_mean"]),
}  # fmt: skip


def scenario_text(chance: Random) -> str:
    """A scenario file: some figures of the baseline with values of any kind, and the text then spoilt in one of four; half mean well."""
    document: dict[str, Any] = {"format": 2, "title": "T", "extends": "baseline"}
    well_meant = chance.random() < 0.5
    for _ in range(chance.randint(1, 4)):
        path = chance.choice(NUMBERS if well_meant else PATHS)
        if not well_meant and chance.random() < 0.2:  # at a wrong level, or with a letter more
            path = (path[-1],) if chance.random() < 0.5 else (*path[:-1], path[-1] + chance.choice("xs_ "))
        place = document
        for key in path[:-1]:
            inner = place.setdefault(key, {})
            place[key] = inner if isinstance(inner, dict) else {}
            place = place[key]
        if well_meant:
            place[path[-1]] = {"value": value_at(path) * chance.choice((0, 1, 1, 1, 0.9, 1.1, 2)), "why": "W"}
        else:
            place[path[-1]] = chance.choice(VALUES) if chance.random() < 0.7 else "RAW"
    if well_meant:
        return to_yaml(document)
    return _spoilt(_raw(to_yaml(_writable(document)), chance), chance)


def plan_text(chance: Random) -> str:
    """A plan with one or two values of any kind at any of its keys; half mean well."""
    document = {key: value for key, value in PLAN.items() if key in ("format", "title", "scenarios", "figures") or chance.random() < 0.5}
    figures = dict(PLAN["figures"])
    for path in chance.sample(NUMBERS, chance.choice((0, 0, 1, 2))):
        usual = value_at(path)
        figures[".".join(path)] = chance.choice(([usual], [usual, usual * 2], f"{usual}:{usual + 2}:1", f"{usual}:{usual + 2}"))
    document["figures"] = figures
    if chance.random() < 0.5:
        key = chance.choice(list(PLAN_VALUES))
        return to_yaml({**document, "sites": "offices.csv", key: chance.choice(PLAN_VALUES[key])})
    for _ in range(chance.randint(1, 2)):
        value = chance.choice([*VALUES, "RAW", "RAW", list(RAW[:4]), {"coaches": "1:9:0"}])
        if chance.random() < 0.4:
            figures[chance.choice([*figures, "coaches", "x"])] = chance.choice((value, [value, 20], *WORDS))
        else:
            document[chance.choice([*PLAN, "points", "figure"])] = value
    return _spoilt(_raw(to_yaml(_writable(document)), chance), chance)


def table_text(chance: Random) -> str:
    """A table of offices with some cells, or its separator, otherwise; a third mean well."""
    rows = [line.split(",") for line in OFFICES.splitlines()]
    well_meant = chance.random() < 0.35
    path = chance.choice(NUMBERS)
    if chance.random() < 0.5:  # a figure of the schema as one more column
        rows = [[*row, cell] for row, cell in zip(rows, (".".join(path), *(str(value_at(path)),) * 2), strict=True)]
    for _ in range(chance.randint(1, 3)):
        row = chance.choice(rows[1:] if well_meant or chance.random() < 0.6 else rows)
        cells = ("1", "2", "3", "") if well_meant else (*CELLS, *(text for text in RAW if "\n" not in text))
        row[chance.randrange(len(row)) if not well_meant else chance.randrange(2, len(row))] = chance.choice(cells)
    usual = chance.choice((",", ",", ";", "\t"))
    text = "\n".join((usual if well_meant or chance.random() < 0.9 else chance.choice(",;\t")).join(row) for row in rows) + "\n"
    return text if well_meant else _spoilt(text, chance)


def command_line(chance: Random, files: list[str]) -> list[str]:
    """A command as it is meant, with up to three words and options of other kinds."""
    command = chance.choice(list(COMMANDS))
    words = [command, *COMMANDS[command]]
    for _ in range(chance.randint(0, 3)):
        how = chance.random()
        if how < 0.5:
            option = chance.choice(list(OPTIONS))
            others = files if option == "--sites" else WORDS
            words += [option, OPTIONS[option] if chance.random() < 0.6 else chance.choice(others)]
        elif len(words) > 1:
            words[chance.randrange(1, len(words))] = chance.choice((*files, *WORDS))
    return [*words, "--json"] if chance.random() < 0.5 else words


def write(folder: Path, chance: Random, number: int) -> Path:
    """Writes one such file under some name."""
    kind, text = chance.choice((("s", scenario_text), ("s", scenario_text), ("p", plan_text), ("t", table_text)))
    suffix = ".csv" if kind == "t" else chance.choice(SUFFIXES) if chance.random() < 0.1 else ".yaml"
    file = folder / f"{kind}{number}{suffix}"
    data = text(chance).encode("utf-8", "surrogatepass")
    if chance.random() < 0.1:
        data = bytearray(data)
        for _ in range(3):
            data[chance.randrange(len(data))] = chance.randrange(256)
    file.write_bytes(bytes(data))
    return file


def _writable(value: Any) -> Any:
    """The same as the writer of YAML takes it: no lone surrogates, no whole numbers beyond all bounds."""
    if isinstance(value, dict):
        return {str(key): _writable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(inner) for inner in value]
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _raw(text: str, chance: Random) -> str:
    while "RAW" in text:
        text = text.replace("RAW", chance.choice(RAW), 1)
    return text


def _spoilt(text: str, chance: Random) -> str:
    if chance.random() < 0.75 or not text:
        return text
    lines = text.splitlines(keepends=True)
    place = chance.randrange(len(lines))
    line = lines[place]
    lines[place] = chance.choice(
        (line * 2, "", "\t" + line, line[:-2], line.upper(), " " + line, line + "extends: [a, b]\n", line.replace(":", "="))
    )
    return "".join(lines)
