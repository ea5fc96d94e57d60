"""One HTML file that holds everything: opens offline, asks for nothing, the same bytes for the same results."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from jobcentre.report.comparison import SECTIONS
from jobcentre.report.comparison_text import answer, caution
from jobcentre.report.elements import Chart, Page, Panels, Table, plain, sentence, title
from jobcentre.report.evidence import EVIDENCE_SECTIONS
from jobcentre.report.saved import Saved, read_folder
from jobcentre.report.uncertainty import could_reverse, in_a_sentence
from jobcentre.report.warmup import steady
from jobcentre.runs.folder import add_to_manifest
from jobcentre.runs.locks import locked, write_atomically
from jobcentre.runs.manifest import NAME as MANIFEST
from jobcentre.runs.manifest import experiment_of, read_manifest
from jobcentre.scenario.errors import visible

FILE = "report.html"
PLOTLY = "plotly-basic-4.1.1.min.js"


def write_report(folder: Path) -> Path:
    """Draws the report of a results folder into it, from what is saved there alone."""
    path = folder / FILE
    read_manifest(folder / MANIFEST)  # before anything is written, and be it a lock
    with locked(folder):  # nobody may add runs between the tables and the manifest
        write_atomically(path, html(page_of(folder)).encode())
        add_to_manifest(folder, path)
    return path


def page_of(folder: Path) -> Page:
    """What the report of a folder says, by the kind of experiment in it.

    Each kind loads what its own page needs: that of a sweep takes as long to load as a short run takes altogether.
    """
    kind = experiment_of(folder, read_manifest(folder / MANIFEST)).request.kind
    if kind == "staffing":
        from jobcentre.report.staffing import staffing_page

        return staffing_page(folder)
    if kind == "selection":
        from jobcentre.report.selection import selection_page

        return selection_page(folder)
    if kind == "sweep":
        from jobcentre.report.sweep import sweep_page

        return sweep_page(folder)
    if kind == "nation":
        from jobcentre.report.nation import nation_page

        return nation_page(folder)
    return comparison_page(read_folder(folder))


def comparison_page(saved: Saved) -> Page:
    """The report of scenarios beside each other."""
    sections = [section for make in (SECTIONS[0], could_reverse, *SECTIONS[1:], steady, *EVIDENCE_SECTIONS) if (section := make(saved)).id]
    base = saved.scenarios[saved.base]
    return Page(
        _heading(saved),
        base.question or base.context,
        answer(saved),
        Markup("<br>").join(filter(None, (caution(saved), in_a_sentence(saved) if saved.options else ""))),
        sections,
    )


def html(page: Page) -> str:
    """A report as one HTML file."""
    charts = [chart for section in page.sections for block in section.blocks for chart in _charts_in(block)]
    scripts = {"plotly": _asset(f"assets/{PLOTLY}"), "boot": _asset("templates/report.js")}
    style = _asset("templates/report.css")
    environment = Environment(
        loader=PackageLoader("jobcentre.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        finalize=_shown,
    )  # fmt: skip
    environment.tests |= {
        "chart": lambda one: isinstance(one, Chart),
        "panels": lambda one: isinstance(one, Panels),
        "table": lambda one: isinstance(one, Table),
    }
    return environment.get_template("report.html.j2").render(
        heading=page.heading,
        question=page.question,
        answer=page.answer,
        caution=page.caution,
        sections=page.sections,
        data=_Own(_json([_drawn(chart) for chart in charts])),
        style=_Own(style),
        scripts={name: _Own(text) for name, text in scripts.items()},
        policy=_policy(style, scripts.values()),
        plain=plain,
    )


class _Own(Markup):
    """Text of this program, which goes into the page byte for byte: the page's policy holds its hash."""


def _shown(value: object) -> object:
    """Words that a scenario gives can turn nothing round and hold no control characters."""
    if isinstance(value, _Own) or not isinstance(value, str):
        return value
    return Markup(visible(value)) if isinstance(value, Markup) else visible(value)


def _heading(saved: Saved) -> Markup:
    if not saved.options:
        return sentence("{}", title(saved.scenarios[saved.base]))
    many = "An option" if len(saved.options) == 1 else f"{len(saved.options)} options"
    return sentence('<span class="given">{} compared with “{}”</span>', many, title(saved.scenarios[saved.base]))


def _charts_in(block: object) -> list[Chart]:
    if isinstance(block, Panels):
        return list(block.charts)
    return [block] if isinstance(block, Chart) else []


def _drawn(chart: Chart) -> dict[str, Any]:
    figure = json.loads(chart.figure.to_json(engine="json"))
    return {"id": f"chart-{chart.id}", "data": figure["data"], "layout": figure["layout"]}


def _json(value: Any) -> str:
    """JSON that cannot end the element it stands in."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _policy(style: str, scripts: Any) -> str:
    """Content-Security-Policy: nothing but the scripts and the style of this page, and the empty style that plotly fills rule by rule."""
    hashes = " ".join(_hash(script) for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src {_hash(style)} {_hash('')}; img-src data:; "
        "connect-src 'none'; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _asset(name: str) -> str:
    """A file of this package; line ends do not differ between systems."""
    return files("jobcentre.report").joinpath(name).read_text(encoding="utf-8").replace("\r\n", "\n")
