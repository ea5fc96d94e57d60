"""Processes of their own that compile one small rule, with compiled code kept in a folder of the test's."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.places import ROOT, python_path

RULE = "jobcentre.model.rules.admin.left_of_task"
LEFT = 70  # planned 100 s, 30 s done
ASK = """
import json
from jobcentre.model.compiling import CACHE
from jobcentre.model.rules.admin import left_of_task
{before}
left = left_of_task(100, 30)
print(json.dumps({{"left": left, "loaded": CACHE.loaded, "saved": CACHE.saved, "folder": str(CACHE.folder), "writable": CACHE.writable}}))
"""


def environment(kept: Path | str | None, root: Path = ROOT, **more: str | None) -> dict[str, str]:
    """This process's environment with another place for compiled code; None takes a variable away."""
    changed = {"JOBCENTRE_CACHE_DIR": None if kept is None else str(kept), "PYTHONPATH": python_path(root=root), "NO_COLOR": "1"} | more
    return {name: value for name, value in (os.environ | changed).items() if value is not None}


def start(code: str, given: dict[str, str], cwd: Path = ROOT, before_exec: Callable[[], None] | None = None) -> subprocess.Popen[str]:
    """Starts Python on a program."""
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", code], env=given, cwd=cwd, text=True, stdout=pipe, stderr=pipe, preexec_fn=before_exec)


def told(process: subprocess.Popen[str]) -> Any:
    """What a process says at its end, which must be well and without complaint."""
    out, err = process.communicate(timeout=300)
    assert (process.returncode, err) == (0, "")
    return json.loads(out)


def ask(kept: Path | str | None, before: str = "", cwd: Path = ROOT, before_exec: Callable[[], None] | None = None, **more: Any) -> Any:
    """Has a process of its own work out the rule: the result, what was loaded and saved, and where."""
    return told(start(ASK.format(before=before), environment(kept, **more), cwd, before_exec))


def obey_permissions() -> None:
    """To be called before exec: permissions of files hold for root too."""
    for right in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        ctypes.CDLL(None).prctl(24, right, 0, 0, 0)  # PR_CAPBSET_DROP; refused to an ordinary user, who obeys anyway
