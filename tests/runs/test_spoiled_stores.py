"""Stores that are damaged, altered or none at all: told by name with what to do, exit status 2, whichever command opens them."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from random import Random

import pytest

from jobcentre.metrics import HEADLINES
from jobcentre.runs import store
from jobcentre.runs.locks import StoreError
from jobcentre.runs.store import FILE, PackedText, Run
from support.fake_model import model  # noqa: F401 - a fixture
from support.foreign_folders import MADE_BY, OFFICES
from support.same_bytes import contents
from support.spoiled_stores import spoil_store

pytestmark = pytest.mark.cli

#: Spoiled stores that every function reads and writes; SPOILED_STORES=10000 tries so many.
CASES = int(os.environ.get("SPOILED_STORES", "200"))
#: The same for the command that makes a kind of folder, for which a case takes a second.
CASES_OF_COMMAND = max(CASES // 60, 1)
#: Found by trying thousands: a row twice that should be there once, a text that is none, and rows without a value.
FOUND = (118, 197, 201, 224, 536, 582, 598, 1368)
RUNS = [
    Run(name, run, f"{run:064x}", {(metric, group): (float(run), 10.0) for metric in HEADLINES for group in (None, "searching")},
        PackedText.of("week,metric\n0,overloaded_share\n" * 20), None, point, "", f"{name}{point}" * 4, PackedText.of("whole,overloaded_share,1.0,2.0\n"))
    for name in ("a", "b") for point in (0, 1) for run in range(12)
]  # fmt: skip


def in_store(folder: Path) -> None:
    """All that commands do with a store."""
    with store.opened(folder) as opened:
        store.finished_runs(opened)
        store.outdated_runs(opened)
        store.digests(opened)
        store.looks(opened)
        names = store.locations(opened)
        for run in RUNS[:3]:
            store.save(opened, run)
        store.record_look(opened, 6)
        store.assign_names(opened, names)
    store.rewrite_canonically(folder)
    with store.opened(folder) as opened:
        for name, site, point in store.locations(opened):
            store.read(opened, name, point, site)
        for run_key in store.finished_runs(opened):
            store.read_run_key(opened, run_key, ("a", "", 0))


def raised_by(function, folder: Path) -> Exception | None:
    try:
        function(folder)
    except Exception as error:
        return error
    return None


def test_whatever_is_wrong_with_a_store_is_told_by_its_name(tmp_path) -> None:
    whole, told = tmp_path / "whole", 0
    whole.mkdir()
    with store.opened(whole) as opened:
        for run in RUNS:
            store.save(opened, run)
    store.rewrite_canonically(whole)
    in_store(shutil.copytree(whole, tmp_path / "sound"))
    for case in sorted({*FOUND, *range(CASES)}):
        folder = tmp_path / "spoiled"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(whole, folder)
        done = spoil_store(folder / FILE, Random(f"fuzz {case}"))
        error = raised_by(in_store, folder)
        if error is not None:
            told += 1
            assert isinstance(error, StoreError), f"{case}, {done}: {error!r}"
            assert error.filename == str(folder / FILE), f"{case}, {done}: {error}"
            assert "(" in error.strerror, f"{case}, {done}: {error}"
    assert told > CASES / 3


def test_an_error_of_ours_is_not_blamed_on_a_sound_store(tmp_path) -> None:
    with pytest.raises(ZeroDivisionError), store.opened(tmp_path):
        raise ZeroDivisionError


@pytest.mark.slow
@pytest.mark.parametrize("place", ["outputs", "shared"])
@pytest.mark.parametrize("kind", sorted(MADE_BY))
def test_a_spoiled_store_is_told_by_the_command(jobcentre, model, tmp_path, kind, place) -> None:  # noqa: F811
    (tmp_path / "ours.csv").write_text(OFFICES, encoding="utf-8")
    words = (*MADE_BY[kind], *(("--store", "shared") if place == "shared" else ()))
    assert jobcentre(*words)[0] == 0
    if place == "shared":  # else all runs are found beside the tables
        shutil.rmtree("outputs")
    Path(place).rename("whole")
    for case in range(CASES_OF_COMMAND):
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree("whole", place)
        (file,) = Path(place).rglob(FILE)
        if case == 0:
            file.write_text("runs, kept elsewhere\n", encoding="utf-8")
        done = spoil_store(file, Random(f"{kind} {case} {place}")) if case else "a text"
        before = contents(Path(place), ())
        status, out, err = jobcentre(*words)
        assert status in ((0, 1, 2) if case else (2,)), f"{case}, {done}: {out} {err}"
        if status == 2:
            message = json.loads(out)["error"]["message"]
            assert str(file) in message, f"{case}, {done}: {message}"
            assert "(" in message, f"{case}, {done}: {message}"
        if not case:
            assert contents(Path(place), ()) == before
