"""A year of 23 coaches fits in 400 MB, and run after run needs no more."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.places import ROOT

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")

PROGRAM = """
import json, re
from jobcentre.metrics import measure, measure_with
from jobcentre.model import play, prepare
from jobcentre.scenario import load
scenario = load("baseline")
inputs, given, peaks = prepare(scenario), measure_with(scenario), []
for run in range(4):
    measure(play(inputs, 1, run), given)
    # not ru_maxrss: a new process inherits that of the one that started it
    peaks.append(int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024 / 1e6)
print(json.dumps(peaks))
"""


def peaks() -> list[float]:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, cwd=ROOT)
    return [float(peak) for peak in json.loads(done.stdout)]


def test_memory_is_small_and_flat() -> None:
    peaks()  # the first process may compile, which takes memory of its own
    found = peaks()
    print("peak memory after each run, MB:", found)
    assert found[-1] < 400
    # what the first run leaves free for later ones, the second run's peak contains
    assert found[-1] < 1.05 * found[1]
