"""The notebook and the code of docs/python.md run from beginning to end."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from support.places import ROOT

pytestmark = pytest.mark.library

PAGE = ROOT / "docs" / "python.md"
NOTEBOOK = ROOT / "docs" / "python.ipynb"


@pytest.mark.slow
def test_the_notebook_runs(tmp_path: Path) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert {output.output_type for output in shown} == {"execute_result"}  # nothing is printed, and no warning given
    assert "tables: differences, metrics" in shown[1]["data"]["text/plain"]
    assert not list(tmp_path.iterdir())


def test_the_notebook_is_kept_without_results() -> None:
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in nbformat.read(NOTEBOOK, as_version=4).cells)


@pytest.mark.slow
def test_the_code_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """For real, with few runs and weeks where the page has many."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    code = re.sub(r"\bruns=\d+", "runs=5", "\n".join(blocks))
    code = re.sub(r"max_runs=\d+", "first_runs=5, max_runs=5", code).replace('"28:31"', '"30:31"')
    code = code.replace('jc.load("oxford_before")', 'jc.load("oxford_before", {"period.weeks": 34})')
    names: dict[str, object] = {}
    exec(compile(code, str(PAGE), "exec"), names)
    assert "diary.appointments_per_dya" in str(names["problem"])
    assert capsys.readouterr() == ("", "")
