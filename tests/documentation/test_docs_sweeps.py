"""What the README says of sweeps, done as it stands there: the SQL it shows, and the lines for a cluster with a real scheduler."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobcentre.commands import app
from support.places import ROOT, python_path

README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README.split("## Your first sweep")[1].split("\n## ")[0]
SHORT = ("--weeks", "1", "--runs", "2", "--jobs", "0", "--quiet")


def jobcentre(*words: str) -> object:
    with pytest.raises(SystemExit) as ended:
        app.main(words)
    return ended.value.code


@pytest.mark.cli
def test_the_sql_of_the_readme_gives_the_means_of_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert jobcentre("sweep", "first_sweep", *SHORT) == 0
    (sql,) = re.findall(r"```sql\n(.*?)```", SECTION, re.DOTALL)
    (folder,) = (tmp_path / "outputs").iterdir()
    with contextlib.closing(sqlite3.connect(folder / "runs.sqlite")) as store:
        rows = store.execute(sql).fetchall()
    assert sorted(point for point, _, _ in rows) == [1, 2, 3, 4, 5, 6]
    assert [mean for _, mean, _ in rows] == sorted(mean for _, mean, _ in rows)
    values: dict[int, list[float]] = {}
    for line in (folder / "metrics.csv").read_text(encoding="utf-8").splitlines():
        _, point, _, group, metric, top, bottom, _ = line.split(",")
        if (metric, group) == ("overloaded_share", ""):
            values.setdefault(int(point), []).append(float(top) / float(bottom))
    assert {point: (mean, most) for point, mean, most in rows} == {
        point: (pytest.approx(sum(mine) / len(mine)), pytest.approx(max(mine))) for point, mine in values.items()
    }


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[str]:
    """The README's scheduler and workers on this machine; gives the address."""
    pytest.importorskip("distributed", reason="the package distributed is not installed (an extra)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    lines = [line for line in SECTION.splitlines() if line.startswith("dask ")]
    assert len(lines) == 2
    begun = []
    environment = os.environ | {"PYTHONPATH": python_path()}
    try:
        for line in lines:
            words = shlex.split(line.replace("HOST", "127.0.0.1").replace("8786", str(port)))[1:]
            more = ["--no-dashboard"] + (["--host", "127.0.0.1"] if words[0] == "scheduler" else ["--local-directory", str(tmp_path)])
            begun.append(
                subprocess.Popen(
                    [sys.executable, "-m", "dask", *words, *more], env=environment, cwd=tmp_path, start_new_session=True,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )
            )  # fmt: skip
            time.sleep(2)
        yield f"127.0.0.1:{port}"
    finally:
        for process in begun:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in begun:
            process.wait(30)


@pytest.mark.cli
@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent differently there")
def test_the_cluster_lines_of_the_readme_work(cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (line,) = (line for line in SECTION.splitlines() if line.startswith("jobcentre ") and "--cluster" in line)
    words = shlex.split(line.replace("HOST:8786", cluster))[1:]
    assert jobcentre(*words, *SHORT) == 0
    assert jobcentre(*words[:2], *SHORT, "--out", "here") == 0
    (there,), (here,) = (tmp_path / "outputs").iterdir(), (tmp_path / "here").iterdir()
    for name in ("metrics.csv", "summary.csv", "runs.sqlite", "report.html"):
        assert (there / name).read_bytes() == (here / name).read_bytes(), name
