"""Folders and logs that another has made or altered: told by file with what to do, exit status 2, and nothing written."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from random import Random

import pytest

from support.foreign_folders import MADE_BY, OFFICES, hash_again, spoil
from support.refusals import noted, own
from support.same_bytes import contents

pytestmark = [pytest.mark.cli, pytest.mark.slow]

#: Spoiled files of each kind of folder, and logs; FOREIGN_FOLDERS=1000 tries so many.
CASES = int(os.environ.get("FOREIGN_FOLDERS", "25"))
BATCH = 25
LOG = "events/baseline-run00000.parquet"


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """Folders that were made once, by kind."""
    return tmp_path_factory.mktemp("originals")


@pytest.fixture
def folder_of(originals, jobcentre, tmp_path):
    """Gives a copy of a folder of a kind."""

    def copy(kind):
        if not (originals / kind).exists():
            (tmp_path / "ours.csv").write_text(OFFICES, encoding="utf-8")
            status, out, err = jobcentre(*MADE_BY[kind])
            assert status == 0, out + err
            (folder,) = Path("outputs").iterdir()
            folder.rename(originals / kind)
        shutil.rmtree(tmp_path / "foreign", ignore_errors=True)
        return Path(shutil.copytree(originals / kind, tmp_path / "foreign").name)

    return copy


def commands(folder, file, of_manifest, chance):
    """The commands that read a spoiled file."""
    if file.suffix == ".parquet":
        other = next((path for path in sorted(file.parent.iterdir()) if path != file), file)
        coach, day, customer = chance.randrange(5), chance.randrange(1, 20), chance.randrange(200)
        return [
            ("trace", str(file), "--coach", str(coach), "--date", f"2023-10-{day:02}"), ("trace", str(file), "--customer", str(customer)),
            ("diff-runs", str(file), str(other)), ("diff-runs", str(other), str(file)),
        ]  # fmt: skip
    read_again = file.name in ("metrics.csv", "experiment.json", "manifest.json", "sites.csv") or not of_manifest
    return [("report", str(folder)), *[("reproduce", str(folder), "--runs", "1", "--jobs", "0")] * read_again]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("batch", range(-(-CASES // BATCH)))
@pytest.mark.parametrize("kind", [*MADE_BY, "logs"])
def test_a_spoiled_file_is_told_by_name_and_nothing_is_written(jobcentre, raised, folder_of, kind, batch) -> None:
    refused, maker = 0, "comparison" if kind == "logs" else kind
    whole = folder_of(maker)
    suffixes = (".parquet",) if kind == "logs" else (".csv", ".json", ".yaml", ".parquet")
    files = [path.relative_to(whole) for path in sorted(whole.rglob("*")) if path.suffix in suffixes]
    for case in range(BATCH * batch, min(BATCH * (batch + 1), CASES)):
        chance = Random(f"{kind} {case}")
        folder = folder_of(maker)
        file = folder / chance.choice([*files, *[one for one in files if one.suffix == ".json"] * 2])
        done = f"{kind} {case}: {spoil(file, chance)}"
        if of_manifest := file.name != "manifest.json" and chance.random() < 0.9:
            hash_again(folder, file)
        for words in commands(folder, file, of_manifest, chance):
            before, beside = contents(folder, ()), sorted(Path().iterdir())
            begun, _ = time.monotonic(), raised.clear()
            status, out, err = jobcentre(*words, "--json")
            noted("logs" if file.suffix == ".parquet" else "folders", f"{kind} {case}", status, time.monotonic() - begun, [done, *words])
            assert status in (0, 1, 2), f"{done}: {words}: {out} {err}"
            assert "Warning" not in err, f"{done}: {words}: {err}"
            if status == 2:
                message = json.loads(out)["error"]["message"]
                assert all(map(own, raised)), f"{done}: {words}: {raised}"
                assert str(folder) in message, f"{done}: {words}: {message}"
                assert "(" in message or words[0] == "trace" or file.suffix == ".yaml", f"{done}: {words}: {message}"
            refused += status == 2
            assert sorted(Path().iterdir()) == beside, f"{done}: {words}"
            drawn = ("report.html", "manifest.json") if words[0] == "report" and status == 0 else ()
            assert contents(folder, drawn) == {name: content for name, content in before.items() if name not in drawn}, f"{done}: {words}"
    assert refused  # the generator spoils what is read
